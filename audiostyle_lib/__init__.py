"""Audio style transfer and texture synthesis: the library behind the book *Hearing Style*.

>>> from audiostyle_lib import load_audio, synthesize_texture, texture_report
"""

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
