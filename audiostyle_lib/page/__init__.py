"""What stands on a page: players, explorers, figures, live controls, the listening lab."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .endless import Endless
    from .html import Html, figure, table
    from .lab import COLUMNS, Trial, evaluate, listening_lab
    from .live import Live
    from .method import Method
    from .own_sound import bring_sound, download
    from .plotting import COLOURS, plot_loss, plot_scores, plot_spectrogram, plot_waveform
    from .steps import Steps
    from .studio import Studio
    from .widgets import Clip, Explorer, Picture, players

__getattr__, __dir__, _names = attach(
    __name__,
    {
        "COLOURS": "plotting",
        "COLUMNS": "lab",
        "Clip": "widgets",
        "Endless": "endless",
        "Explorer": "widgets",
        "Html": "html",
        "Live": "live",
        "Method": "method",
        "Picture": "widgets",
        "Steps": "steps",
        "Studio": "studio",
        "Trial": "lab",
        "bring_sound": "own_sound",
        "download": "own_sound",
        "evaluate": "lab",
        "figure": "html",
        "listening_lab": "lab",
        "players": "widgets",
        "plot_loss": "plotting",
        "plot_scores": "plotting",
        "plot_spectrogram": "plotting",
        "plot_waveform": "plotting",
        "table": "html",
    },
)
