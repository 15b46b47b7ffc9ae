"""Audio style transfer and texture synthesis: the library behind the book *Hearing Style*.

>>> from audiostyle_lib import load_audio, synthesize_texture, texture_report

A name is loaded when it is first used, so that `audiostyle_lib.host` can be asked what is missing.
What a sound is, its calls and what they are made of lie here; `files` reads and writes,
`transforms` and `statistics` describe, `commands` are for the terminal; `images`, `page` and
`lessons` are the book's.
"""

from typing import TYPE_CHECKING

from ._lazy import attach

if TYPE_CHECKING:
    from .audio import AudioError, AudioWarning
    from .files.reading import load_audio
    from .files.writing import save_audio
    from .finding import Stretch, find_stretches
    from .generator import TextureGenerator
    from .lessons import check
    from .loading import load_generator
    from .metrics import texture_report
    from .mixture import mix_textures
    from .quality import BEST, DRAFT, STANDARD, Quality
    from .realism import Realism, expected_realism
    from .result import TextureResult
    from .stream import stream_texture
    from .texture import synthesize_texture
    from .training import train_generator
    from .transfer import transfer_style

__all__ = [
    "BEST",
    "DRAFT",
    "STANDARD",
    "AudioError",
    "AudioWarning",
    "Quality",
    "Realism",
    "Stretch",
    "TextureGenerator",
    "TextureResult",
    "expected_realism",
    "find_stretches",
    "load_audio",
    "load_generator",
    "mix_textures",
    "save_audio",
    "stream_texture",
    "synthesize_texture",
    "texture_report",
    "train_generator",
    "transfer_style",
]
__version__ = "0.1.0"
__getattr__, __dir__, _names = attach(
    __name__,
    {
        "BEST": "quality",
        "DRAFT": "quality",
        "STANDARD": "quality",
        "AudioError": "audio",
        "AudioWarning": "audio",
        "Quality": "quality",
        "Realism": "realism",
        "Stretch": "finding",
        "TextureGenerator": "generator",
        "TextureResult": "result",
        "check": "lessons",
        "expected_realism": "realism",
        "find_stretches": "finding",
        "load_audio": "files.reading",
        "load_generator": "loading",
        "mix_textures": "mixture",
        "save_audio": "files.writing",
        "stream_texture": "stream",
        "synthesize_texture": "texture",
        "texture_report": "metrics",
        "train_generator": "training",
        "transfer_style": "transfer",
    },
)
