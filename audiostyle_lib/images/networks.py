"""Networks for pictures: random filters on several scales, and VGG-19 where there are its weights.

Both turn a picture (b, channels, h, w) into a dictionary of features by layer, so that one can
stand for the other.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, pad, relu

from ..audio import AudioError
from ..progress import Progress, progress_bar


class RandomPyramid(nn.Module):
    """Random filters on a picture and on smaller and smaller copies of it (book: chapter 1).

    Small filters on small copies see large structures of the original. Filters add to zero, so that
    plain areas answer with 0; nothing is learned.

    Parameters
    ----------
    n_channels : int
        3 for colour pictures, 1 for a spectrogram.
    n_filters : int
        Filters per kernel size.
    sizes : sequence of int
        Kernel sizes in pixels, odd.
    n_levels : int
        Copies, each half as wide and high as the one before; a picture must allow for the last.
    seed : int

    Examples
    --------
    >>> network = RandomPyramid(n_filters=4, sizes=(3, 5), n_levels=2)
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 3, 16, 24)).items()}
    {'level_1': (1, 8, 16, 24), 'level_2': (1, 8, 8, 12)}
    """

    def __init__(
        self,
        n_channels: int = 3,
        *,
        n_filters: int = 24,
        sizes: Sequence[int] = (3, 5, 7),
        n_levels: int = 4,
        seed: int = 0,
    ) -> None:
        super().__init__()
        sizes = tuple(sizes)
        if min((n_channels, n_filters, n_levels, *sizes), default=0) < 1 or not sizes:
            raise AudioError(
                f"n_channels is {n_channels}, n_filters {n_filters}, sizes {sizes}, n_levels "
                f"{n_levels}; expected at least 1 of each"
            )
        if any(size % 2 == 0 for size in sizes):
            raise AudioError(f"sizes is {sizes}; expected odd numbers")
        self.n_channels, self.n_levels, self.widest = n_channels, n_levels, max(sizes)
        generator = torch.Generator().manual_seed(seed)
        for size in sizes:
            filters = torch.randn(n_filters, n_channels, size, size, generator=generator)
            if size > 1:
                filters = filters - filters.mean(dim=(2, 3), keepdim=True)
            self.register_buffer(f"size_{size}", filters / filters[0].numel() ** 0.5)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of pictures (b, n_channels, h, w), by level, none negative."""
        # Borders are mirrored, so the smallest copy must be wider than half a kernel.
        needed = (self.widest // 2 + 1) * 2 ** (self.n_levels - 1)
        if x.ndim != 4 or x.shape[1] != self.n_channels or min(x.shape[2:]) < needed:
            raise AudioError(
                f"x has shape {tuple(x.shape)}; expected (batch, {self.n_channels}, height, "
                f"width), at least {needed} x {needed} pixels for {self.n_levels} levels"
            )
        features = {}
        for level in range(self.n_levels):
            if level:
                x = avg_pool2d(x, 2)
            features[f"level_{level + 1}"] = torch.cat(
                [
                    relu(conv2d(pad(x, [filters.shape[-1] // 2] * 4, mode="reflect"), filters))
                    for filters in self.buffers()
                ],
                dim=1,
            )
        return features


# VGG-19 (Simonyan and Zisserman, 2014): channels of the convolutions in its five blocks
_BLOCKS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
_VGG19_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"  # 548 MB
_VGG19_HASH = "dcbb9e9d"  # beginning of the file's SHA-256, as its publisher put it in the name
_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


class VGG19(nn.Module):
    """The network of Gatys et al. (2016), up to the layers whose features are used.

    Blocks are joined by average instead of maximum pooling, as they advise. Weights are those of
    ImageNet where `load_vgg19` found them, random ones otherwise.

    Parameters
    ----------
    layers : sequence of str
        Names `relu<block>_<convolution>` of the layers that give features.

    Examples
    --------
    >>> network = VGG19(layers=("relu1_2", "relu2_1"))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 3, 16, 16)).items()}
    {'relu1_2': (1, 64, 16, 16), 'relu2_1': (1, 128, 8, 8)}
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, layers: Sequence[str] = _LAYERS) -> None:
        super().__init__()
        self.layers = tuple(layers)
        names = [f"relu{b + 1}_{c + 1}" for b, n in enumerate(_BLOCKS) for c in range(len(n))]
        if not self.layers or not set(self.layers) <= set(names):
            raise AudioError(f"layers is {self.layers}; expected some of {', '.join(names)}")
        # Numbers of the layers in the published file: each convolution is followed by ReLU, each
        # block by pooling.
        self.convolutions = nn.ModuleDict()
        self.numbers: dict[str, int] = {}
        number, n_in = 0, 3
        last = max(names.index(name) for name in self.layers)
        for block, channels in enumerate(_BLOCKS):
            for c, n_out in enumerate(channels):
                name = f"relu{block + 1}_{c + 1}"
                if names.index(name) <= last:
                    self.convolutions[name] = nn.Conv2d(n_in, n_out, 3, padding=1)
                    self.numbers[name] = number
                number, n_in = number + 2, n_out
            number += 1
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of pictures (b, 3, h, w) in [0, 1], by layer, none negative."""
        if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 16:
            raise AudioError(
                f"x has shape {tuple(x.shape)}; expected (batch, 3, height, width), at least "
                "16 x 16 pixels"
            )
        x = (x - self.mean) / self.deviation
        features = {}
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "relu1_1":
                x = avg_pool2d(x, 2)
            x = relu(convolution(x))
            if name in self.layers:
                features[name] = x
        return features


def vgg19_path() -> Path:
    """Where the weights of VGG-19 are looked for: torch's own cache of published models.

    >>> vgg19_path().name
    'vgg19-dcbb9e9d.pth'
    """
    return Path(torch.hub.get_dir()) / "checkpoints" / _VGG19_URL.rpartition("/")[2]


def load_vgg19(
    path: str | os.PathLike | None = None,
    *,
    layers: Sequence[str] = _LAYERS,
    download: bool = False,
    sha256: str = _VGG19_HASH,
    progress: Progress = True,
) -> VGG19:
    """VGG-19 with its ImageNet weights, from a file (book: chapter 1).

    Parameters
    ----------
    path : path, optional
        File of weights as PyTorch publishes it; `vgg19_path()` by default.
    layers : sequence of str
        As for `VGG19`.
    download : bool
        Fetch the file (548 MB) from its publisher if it is absent. An interruption leaves nothing
        behind.
    sha256 : str
        Beginning of the file's SHA-256; a file with another is refused. "" accepts any.
    progress : bool
        Show a bar while fetching.

    Raises
    ------
    AudioError
        If the file is absent, cannot be fetched, or is not what it should be.

    Examples
    --------
    >>> load_vgg19("absent.pth")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: VGG-19 is not at hand: no file absent.pth; \
load_vgg19(download=True) fetches it
    """
    file = vgg19_path() if path is None else Path(path)
    if not file.is_file() and download:
        _fetch(_VGG19_URL, file, sha256, progress)
    if not file.is_file():
        raise AudioError(
            f"VGG-19 is not at hand: no file {file}; load_vgg19(download=True) fetches it"
        )
    check_hash(file, file, sha256)
    network = VGG19(layers)
    try:
        published = torch.load(file, map_location="cpu", weights_only=True)
        wanted = {
            f"{name}.{kind}": published[f"features.{number}.{kind}"]
            for name, number in network.numbers.items()
            for kind in ("weight", "bias")
        }
        network.convolutions.load_state_dict(wanted)
    except Exception as error:  # torch raises many kinds for a broken file
        raise AudioError(f"{file} does not hold the weights of VGG-19: {error}") from error
    return network


def check_hash(file: Path, name: Path, sha256: str) -> None:
    """Refuse a file, called `name` in messages, whose SHA-256 begins otherwise; "" accepts any."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while sha256 and (block := stream.read(1_000_000)):
                digest.update(block)
    except OSError as error:
        raise AudioError(f"{name} cannot be read: {error}") from error
    found = digest.hexdigest()
    if not found.startswith(sha256):
        raise AudioError(
            f"{name} has SHA-256 {found[: len(sha256)]}...; expected {sha256}...: it is broken or "
            "another file"
        )


def _fetch(url: str, target: Path, sha256: str, progress: Progress) -> None:
    """Fetch a file beside its target, and move it there when it is whole and checked."""
    partial = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=target.parent, suffix=".part")
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=30) as response:
            total = int(response.headers.get("Content-Length") or 0)
            with progress_bar(total // 1_000_000, "VGG-19, MB", progress) as bar:
                while block := response.read(1_000_000):
                    out.write(block)
                    bar.update()
            if out.tell() < total:
                raise OSError(f"{out.tell():,} of {total:,} bytes came")
        check_hash(Path(partial), target, sha256)
        os.replace(partial, target)
    except AudioError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AudioError(f"VGG-19 could not be fetched from {url}: {error}") from error
    finally:
        if partial and os.path.exists(partial):
            os.unlink(partial)
