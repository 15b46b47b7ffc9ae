"""Audio style transfer and texture synthesis: the library behind the book *Hearing Style*.

>>> from audiostyle_lib import load_audio, synthesize_texture, texture_report
"""

from .audio import AudioError, load_audio
from .engine import TextureResult
from .metrics import texture_report
from .texture import synthesize_texture

__all__ = ["AudioError", "TextureResult", "load_audio", "synthesize_texture", "texture_report"]
__version__ = "0.1.0"
