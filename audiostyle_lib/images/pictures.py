"""The pictures of the image chapter, and pictures as tensors: (1, 3, height, width) in [0, 1].

Six free photographs travel with the library; `load_image` reads any other file.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ..audio import AudioError

_FOLDER = Path(__file__).parents[1] / "data" / "images"
_SMALLEST = 8  # pixels: less has nothing to filter


@dataclass(frozen=True)
class Picture:
    """Where a picture comes from and under which licence; `sha256` is that of its file."""

    name: str
    width: int
    height: int
    sha256: str
    what: str
    author: str
    source: str
    licence: str


def pictures() -> dict[str, Picture]:
    """All pictures of the book by name (book: sounds and licences).

    >>> pictures()["coffee"].licence
    'CC0-1.0'
    """
    with (_FOLDER / "PROVENANCE.tsv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        name: Picture(name, int(row.pop("width")), int(row.pop("height")), **row)
        for row in rows
        for name in [row.pop("file").removesuffix(".jpg")]
    }


def picture_path(name: str) -> Path:
    """Path of a picture's file, by name.

    >>> picture_path("coffee").name
    'coffee.jpg'
    """
    if name not in pictures():
        raise AudioError(f"no picture {name!r}; expected one of {', '.join(pictures())}")
    return _FOLDER / f"{name}.jpg"


def load_picture(name: str, *, size: int = 160) -> Tensor:
    """Load a picture of the book by name, its shorter side `size` pixels (book: chapter 1).

    >>> load_picture("coffee", size=64).shape
    torch.Size([1, 3, 64, 96])
    """
    return load_image(picture_path(name), size=size)


def load_image(path: str | os.PathLike, *, size: int | None = None) -> Tensor:
    """Load a picture from a file.

    Any format that Pillow reads. Grey pictures, of 8 or 16 bits, get three equal channels,
    transparency is laid on white, and a camera's rotation mark is obeyed.

    Parameters
    ----------
    path : path
    size : int >= 8, optional
        Length of the shorter side in pixels; the file's own by default.

    Returns
    -------
    tensor of shape (1, 3, height, width), float32 in [0, 1]

    Raises
    ------
    AudioError
        If there is no such file, it is no picture, it is too small, or its pixels are real
        numbers or long integers, whose white is not agreed on.

    Examples
    --------
    >>> load_image(picture_path("brick"), size=32).shape
    torch.Size([1, 3, 32, 32])
    """
    path = Path(path)
    if size is not None and not (isinstance(size, (int, np.integer)) and size >= _SMALLEST):
        raise AudioError(f"size is {size!r}; expected a whole number of at least {_SMALLEST}")
    if not path.is_file():
        raise AudioError(f"no such file: {path}")
    try:
        with Image.open(path) as file:
            image = _eight_bits(_upright(file), path).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise AudioError(
            f"{path} cannot be read as a picture ({error}); expected PNG, JPEG or another "
            "format of Pillow"
        ) from error
    if min(image.size) < _SMALLEST:
        raise AudioError(
            f"{path} has {image.width} x {image.height} pixels; expected at least "
            f"{_SMALLEST} x {_SMALLEST}"
        )
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB")
    if size is not None:
        scale = size / min(image.size)
        image = image.resize(
            (round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS
        )
    pixels = torch.as_tensor(np.asarray(image, dtype=np.float32) / 255)
    return pixels.permute(2, 0, 1)[None].contiguous()


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps  # loads more of Pillow than most uses need

    return ImageOps.exif_transpose(image)


def _eight_bits(image: Image.Image, path: Path) -> Image.Image:
    """A grey picture of 16 bits in 8 bits: Pillow's own conversion would cut at 255."""
    sixteen = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")
    if sixteen:  # older versions of Pillow call a PNG of 16 bits "I"
        return Image.fromarray((np.asarray(image, dtype=np.float64) / 257).round().astype(np.uint8))
    if image.mode in ("I", "F"):
        raise AudioError(
            f"{path} has pixels of kind {image.mode!r}; expected whole numbers of 8 or 16 bits"
        )
    return image


def check_image(image: Tensor, *, name: str = "image") -> Tensor:
    """Return `image` as a float32 tensor (1, 3, h, w), or say why it is no picture.

    >>> check_image(torch.zeros(3, 20, 20))
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: image has shape (3, 20, 20); expected (1, 3, height, width), \
at least 8 x 8 pixels
    """
    if not isinstance(image, Tensor):
        raise AudioError(f"{name} has type {type(image).__name__}; expected a tensor")
    if image.ndim != 4 or image.shape[:2] != (1, 3) or min(image.shape[2:]) < _SMALLEST:
        raise AudioError(
            f"{name} has shape {tuple(image.shape)}; expected (1, 3, height, width), at least "
            f"{_SMALLEST} x {_SMALLEST} pixels"
        )
    image = image.float()
    if not bool(torch.isfinite(image).all()) or image.min() < -1e-4 or image.max() > 1 + 1e-4:
        raise AudioError(f"{name} has values outside [0, 1], or NaN; expected 0 (black) to 1")
    return image


def to_array(image: Tensor) -> np.ndarray:
    """A picture for matplotlib: array of shape (height, width, 3), values clipped to [0, 1].

    >>> to_array(torch.full((1, 3, 8, 9), 2.0)).shape
    (8, 9, 3)
    """
    if image.ndim != 4 or image.shape[:2] != (1, 3):
        raise AudioError(f"image has shape {tuple(image.shape)}; expected (1, 3, height, width)")
    return image[0].detach().cpu().clamp(0, 1).permute(1, 2, 0).numpy()
