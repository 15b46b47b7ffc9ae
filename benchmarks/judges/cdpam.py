"""CDPAM: how far apart people would find two sounds, by a network that learned from people.

Manocha, Jin, Zhang, Finkelstein (2021), "CDPAM: contrastive learning for perceptual audio
similarity", ICASSP. Written anew after its architecture. The authors' weights (MIT, 106 MB) are
taken from where their package is installed:

    .venv/bin/pip install --no-deps cdpam==0.0.6

Nothing of that package is run, and its pickle may make nothing but tensors.

It learned from pairs of sounds with the same course in time, which textures have not, and averages
over time, so that short sounds are further apart. A distance means something only beside others of
the same length: the recording's halves, its noise. A copy pleases it.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import librosa
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, normalize

from audiostyle_lib.audio import SR, AudioError, check_audio
from audiostyle_lib.levels import rms

VERSION = "0.0.6"
WEIGHTS = "cdpam/CDPAM_trained/scratchJNDdefault_best_model.pth"
SHA256 = "453c8b6edee1a94f0120236156436ff28fe4d8d884485e4a67695c8e8570bdfe"
HOW = f"get them with: .venv/bin/pip install --no-deps cdpam=={VERSION}"
HARMLESS = {("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2")}
MIN_SECONDS = 0.1

_N_LAYERS, _WIDTH, _HALVED = 16, 15, 4  # of the encoder: every fourth layer halves the rate
_CHANNELS = (1, *(64 << (i + 1) // _HALVED for i in range(_N_LAYERS)))  # doubled there, to 1,024
_SIZES = (_CHANNELS[-1] // 2, 256, 64, 16, 4)  # of the layers whose differences are summed


class Cdpam(nn.Module):
    """The network, with random weights; `Cdpam.trained()` has the authors'.

    `distance` compares what `heard` gives, so that a sound compared with many is heard once.
    """

    def __init__(self) -> None:
        super().__init__()
        # Named as in the authors' file. They drop every second value of a fourth layer, we do not
        # compute it.
        pairs = list(pairwise(_CHANNELS))
        strides = [1 + ((i + 1) % _HALVED == 0) for i in range(_N_LAYERS)]
        convolutions = [
            nn.Conv1d(*pair, _WIDTH, stride, padding=_WIDTH // 2)
            for pair, stride in zip(pairs, strides, strict=True)
        ]
        norms = [nn.BatchNorm1d(channels) for channels in _CHANNELS[1:]]
        linear = [nn.Sequential(nn.Linear(*pair), nn.LeakyReLU()) for pair in pairwise(_SIZES)]
        linear[-1] = nn.Sequential(nn.Linear(*_SIZES[-2:]))
        self.base_encoder = nn.ModuleDict(
            {"encoder": nn.ModuleList(convolutions), "ebatch": nn.ModuleList(norms)}
        )
        self.model_dist = nn.ModuleDict(
            {
                "convs": nn.ModuleList(linear),
                "chan_w": nn.ParameterList(torch.randn(size) for size in _SIZES[1:]),
            }
        )
        self.eval().requires_grad_(False)

    @classmethod
    @cache
    def trained(cls) -> Cdpam:
        """The network as its authors trained it; read once."""
        model, state = cls(), read_weights(weights_path())
        wanted = model.state_dict().keys()  # a classifier beside them is not
        model.load_state_dict({name: state[name] for name in wanted})
        return model

    def heard(self, y: np.ndarray, level: float | None = None) -> Tensor:
        """What the network hears in `y` (n,) at 22,050 Hz: (512,), of norm 1.

        At a level (rms) of `level`, its own by default: louder is not the same to it.
        """
        y = check_audio(y, SR, min_seconds=MIN_SECONDS, mono=True)
        gain = 1.0 if level is None else level / max(rms(y), 1e-12)
        x = torch.as_tensor(np.round(y * np.float32(32768 * gain)))[None, None]
        layers = (self.base_encoder[name].children() for name in ("encoder", "ebatch"))
        for convolution, norm in zip(*layers, strict=True):
            x = leaky_relu(norm(convolution(x)), 0.1)
        acoustics, _content = x[0].mean(dim=1).chunk(2)
        return normalize(acoustics, dim=0)

    def distance(self, a: Tensor, b: Tensor) -> float:
        """The distance of two sounds as `heard`: 0 for equal ones."""
        total = 0.0
        layers, shares = self.model_dist["convs"].children(), self.model_dist["chan_w"].parameters()
        for layer, share in zip(layers, shares, strict=True):
            a, b = layer(a), layer(b)
            total += (share * (a - b)).abs().sum().item()
        return total


def cdpam_distance(reference: np.ndarray, synthetic: np.ndarray, sr: int = SR) -> float:
    """How far `synthetic` is from `reference`, both (n,): 0 for equal sounds.

    The longer one is cut to the length of the shorter; `synthetic` is brought to the level of
    `reference` (rms). On one core it hears 6 s in about five, so of many sounds against one
    let `Cdpam.trained()` hear it once.
    """
    a, b = (
        librosa.resample(
            check_audio(y, sr, min_seconds=MIN_SECONDS, name=name, mono=True),
            orig_sr=sr,
            target_sr=SR,
        )
        for name, y in (("reference", reference), ("synthetic", synthetic))
    )
    n = min(len(a), len(b))
    model = Cdpam.trained()
    return model.distance(model.heard(a[:n]), model.heard(b[:n], rms(a[:n])))


def weights_path() -> Path:
    """Where the authors' weights are installed."""
    try:
        installed = distribution("cdpam")
    except PackageNotFoundError:
        raise AudioError(f"the weights of CDPAM are not installed; {HOW}") from None
    path = Path(str(installed.locate_file(WEIGHTS)))
    if not path.is_file():
        raise AudioError(f"cdpam {installed.version} has no weights; {HOW}")
    return path


def read_weights(path: Path, sha256: str = SHA256) -> Mapping[str, Tensor]:
    """The tensors of the authors' file, by name, if it is the one that we know.

    `torch.load(weights_only=True)` does not read a pickle as old as that; so our own `Restricted`.
    """
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise AudioError(
            f"the weights of CDPAM have SHA-256 {found[:12]}...; expected {sha256[:12]}...; {HOW}"
        )
    loaded = torch.load(
        BytesIO(data), map_location="cpu", pickle_module=restricted, weights_only=False
    )
    return loaded["state"]


class Restricted(pickle.Unpickler):
    """Makes tensors and dictionaries, and refuses whatever else a pickle asks for."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in HARMLESS:
            raise pickle.UnpicklingError(f"a file of weights asks for {module}.{name}; refused")
        return super().find_class(module, name)


def _load(file: Any, **options: Any) -> Any:
    return Restricted(file, **options).load()


restricted = SimpleNamespace(__name__="restricted", Unpickler=Restricted, load=_load)
