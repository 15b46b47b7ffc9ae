"""Audio style transfer and texture synthesis: the library behind the book *Hearing Style*.

>>> from audiostyle_lib import load_audio, synthesize_texture, texture_report

A name is loaded when it is first used, so that `audiostyle_lib.host` can be asked what is missing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audio import AudioError, AudioWarning
    from .engine import TextureResult
    from .generator import TextureGenerator, train_generator
    from .metrics import texture_report
    from .mixture import mix_textures
    from .reading import load_audio
    from .stream import stream_texture
    from .texture import synthesize_texture
    from .transfer import transfer_style
    from .writing import save_audio

__all__ = [
    "AudioError",
    "AudioWarning",
    "TextureGenerator",
    "TextureResult",
    "load_audio",
    "mix_textures",
    "save_audio",
    "stream_texture",
    "synthesize_texture",
    "texture_report",
    "train_generator",
    "transfer_style",
]
__version__ = "0.1.0"
_MODULES = {
    "AudioError": "audio",
    "AudioWarning": "audio",
    "TextureGenerator": "generator",
    "TextureResult": "engine",
    "load_audio": "reading",
    "mix_textures": "mixture",
    "save_audio": "writing",
    "stream_texture": "stream",
    "synthesize_texture": "texture",
    "texture_report": "metrics",
    "train_generator": "generator",
    "transfer_style": "transfer",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
