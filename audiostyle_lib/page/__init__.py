"""What stands on a page: players, explorers, figures, live controls, the listening lab."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .checks import follows, independent_of, less, more, same
    from .clips import Clip, Picture
    from .endless import Endless
    from .figures import figure
    from .html import Html
    from .lab import COLUMNS, Trial, evaluate, listening_lab
    from .live import Live
    from .method import Method
    from .own_sound import bring_sound, download
    from .plotting import COLOURS, plot_loss, plot_scores, plot_spectrogram, plot_waveform
    from .steps import Steps
    from .studio import Studio
    from .tables import table
    from .widgets import Explorer, players

__getattr__, __dir__, _names = attach(
    __name__,
    {
        "COLOURS": "plotting",
        "COLUMNS": "lab",
        "Clip": "clips",
        "Endless": "endless",
        "Explorer": "widgets",
        "Html": "html",
        "Live": "live",
        "Method": "method",
        "Picture": "clips",
        "Steps": "steps",
        "Studio": "studio",
        "Trial": "lab",
        "bring_sound": "own_sound",
        "download": "own_sound",
        "evaluate": "lab",
        "figure": "figures",
        "follows": "checks",
        "independent_of": "checks",
        "less": "checks",
        "listening_lab": "lab",
        "more": "checks",
        "players": "widgets",
        "plot_loss": "plotting",
        "plot_scores": "plotting",
        "plot_spectrogram": "plotting",
        "plot_waveform": "plotting",
        "same": "checks",
        "table": "tables",
    },
)
