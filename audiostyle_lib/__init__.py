"""Audio style transfer and texture synthesis: the library behind the book *Hearing Style*.

>>> from audiostyle_lib import load_audio, synthesize_texture, texture_report

A name is loaded when it is first used, so that `audiostyle_lib.host` can be asked what is missing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audio import AudioError, load_audio
    from .engine import TextureResult
    from .generator import TextureGenerator, train_generator
    from .metrics import texture_report
    from .mixture import mix_textures
    from .stream import stream_texture
    from .texture import synthesize_texture
    from .transfer import transfer_style

__all__ = [
    "AudioError",
    "TextureGenerator",
    "TextureResult",
    "load_audio",
    "mix_textures",
    "stream_texture",
    "synthesize_texture",
    "texture_report",
    "train_generator",
    "transfer_style",
]
__version__ = "0.1.0"
_MODULES = {
    "AudioError": "audio",
    "TextureGenerator": "generator",
    "TextureResult": "engine",
    "load_audio": "audio",
    "mix_textures": "mixture",
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
