"""What a generator needs to know of recordings to sound like them, and nothing of their sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from .arguments import check_number, check_whole
from .audio import MAX_CHANNELS, AudioError
from .files.tensors import taken
from .model import TextureModel
from .remainder import Remainder
from .sounding import image_stretches
from .spatial import Layout, filtered
from .transforms import STFT


@dataclass(frozen=True)
class Voice:
    """Of k recordings, mostly one: mean spectra, components, their remainder, and images.

    Averages over all of a recording; no moment of it is kept. Where k are there, what is between
    them is between these numbers.

    Attributes
    ----------
    transform : STFT
    layout : Layout
        From the channels that say something of their own to all.
    mono : bool
        The recordings were of shape (n,), and so is what is made.
    taps : tensor (k, distinct, parts, n_taps), or None
        Filters from principal channels to the image; None where one channel says all.
    means : tensor (k, n_bins)
        Mean of the log spectrogram, all parts one above the other.
    deviations : tensor (k, c)
        Of the channels, the components over time.
    remainder : Remainder
        Noise beside the components, and the components themselves.
    """

    transform: STFT
    layout: Layout = field(repr=False)
    mono: bool
    taps: Tensor | None = field(repr=False)
    means: Tensor = field(repr=False)
    deviations: Tensor = field(repr=False)
    remainder: Remainder = field(repr=False)

    @classmethod
    def of(cls, model: TextureModel) -> Voice:
        """Of a model of recordings, whose transform is an STFT.

        >>> from audiostyle_lib.sounds import rain
        >>> voice = Voice.of(TextureModel.measure([rain(seconds=1.0)], 22050, "draft"))
        >>> voice
        Voice(transform=STFT(n_fft=1024, hop_length=256, gain=10.0), mono=True)
        """
        transform, image = model.transform, model.image
        assert isinstance(transform, STFT)
        return cls(
            transform, image.layout, image.mono, image.each_taps(len(model.means)), model.means,
            model.deviations, model.remainder,
        )  # fmt: skip

    @property
    def basis(self) -> Tensor:
        """Principal components, (n_bins, c)."""
        return self.remainder.basis

    @property
    def n_parts(self) -> int:
        """How many principal channels are made."""
        return 1 if self.taps is None else self.taps.shape[2]

    def imaged(self, pieces: Iterable[Tensor]) -> Iterator[np.ndarray]:
        """Successive pieces (k, parts, n_i), as loud as each recording's share, in all channels.

        Each goes through the filters of its recording.
        """
        if self.taps is None:
            return (self.all(piece.sum(dim=0)) for piece in pieces)
        flat = (piece.flatten(0, 1) for piece in pieces)
        return map(self.all, image_stretches(self._filters(self.taps), flat))

    def image(self, Y: Tensor, *, loop: bool = False) -> np.ndarray:
        """The same of a whole sound (k, parts, n)."""
        if self.taps is None:
            return self.all(Y.sum(dim=0))
        return self.all(filtered(Y.flatten(0, 1), self._filters(self.taps), loop=loop))

    @staticmethod
    def _filters(h: Tensor) -> Tensor:
        return h.transpose(0, 1).flatten(1, 2)  # (distinct, k * parts, n_taps)

    def all(self, Y: Tensor) -> np.ndarray:
        """A sound (distinct, n) in all channels that the recording has: (n,) or (channels, n)."""
        y = self.layout.all(Y.cpu().numpy())
        return y[0] if self.mono else y

    def kept(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and settings from which `from_kept` makes this voice again.

        Of one recording tensors have no axis for recordings.
        """
        if type(self.transform) is not STFT:
            raise AudioError(
                f"transform is {self.transform!r}; only what is made with an STFT can be kept"
            )
        tensors = {
            "means": self.means,
            "deviations": self.deviations,
            "residual_deviations": self.remainder.deviations,
            "residual_overlaps": self.remainder.overlaps,
        }
        if self.taps is not None:
            tensors["taps"] = self.taps
        if len(self.means) == 1:
            tensors = {name: x[0] for name, x in tensors.items()}
        tensors["basis"] = self.basis
        of = self.transform
        settings = {
            "transform": dict(n_fft=int(of.n_fft), hop_length=int(of.hop_length), gain=of.gain),
            "layout": self.layout.matrix.astype(int).tolist(),
            "mono": self.mono,
        }
        return tensors, settings

    @classmethod
    def from_kept(
        cls, tensors: dict[str, Tensor], settings: Mapping[str, Any], k: int = 1
    ) -> Voice:
        """What `kept` gave, of k recordings; its tensors are taken out of `tensors`.

        Raises
        ------
        AudioError
            If they do not fit together.
        """
        of = settings["transform"]
        n_fft, hop_length = (check_whole(name, of[name]) for name in ("n_fft", "hop_length"))
        transform = STFT(n_fft, hop_length, check_number("gain", of["gain"]))
        layout, mono = _layout(settings["layout"]), settings["mono"]
        n_channels, n_distinct = layout.matrix.shape
        if not isinstance(mono, bool) or (mono and n_channels > 1):
            raise AudioError(f"mono is {mono!r} of {n_channels} channels; expected true or false")

        def each(name: str, *shape: int | None) -> Tensor:
            return taken_of_each(tensors, k, name, *shape)

        h = each("taps", n_distinct, None, None) if n_distinct > 1 else None
        n_parts = 1 if h is None else h.shape[2]
        if h is not None and not (n_parts <= n_distinct and h.shape[3] % 2 == 0 < h.shape[3]):
            raise AudioError(
                f"taps has shape {tuple(h.shape[1:])}; expected at most {n_distinct} parts, an "
                "even number of taps"
            )
        n_bins = n_parts * transform.n_bins
        basis = taken(tensors, "basis", n_bins, None)
        return cls(
            transform, layout, mono, h, each("means", n_bins), each("deviations", basis.shape[1]),
            Remainder(
                basis,
                each("residual_deviations", n_bins),
                each("residual_overlaps", n_bins).clamp(-0.5, 0.5),
            ),
        )  # fmt: skip


def taken_of_each(tensors: dict[str, Tensor], k: int, name: str, *shape: int | None) -> Tensor:
    """As `files.tensors.taken`, of k recordings, along a first axis; kept without it where k is 1.

    >>> import torch
    >>> taken_of_each({"x": torch.ones(3)}, 1, "x", 3).shape
    torch.Size([1, 3])
    """
    x = taken(tensors, name, *((k,) if k > 1 else ()), *shape)
    return x if k > 1 else x[None]


def _layout(rows: Any) -> Layout:
    """The layout of these rows: each channel is silent, or a distinct one, or its opposite."""
    try:
        matrix = np.array(rows, dtype=float)
        n_channels, n_distinct = matrix.shape
        good = 1 <= n_distinct <= n_channels <= MAX_CHANNELS and np.isin(matrix, (-1, 0, 1)).all()
        good = good and bool((np.abs(matrix).sum(axis=1) <= 1).all())
    except (OverflowError, TypeError, ValueError):
        good = False
    if not good:
        raise AudioError(
            f"layout is {str(rows)[:80]}; expected for each of 1 to {MAX_CHANNELS} channels a row "
            "of 0, with at most one 1 or -1"
        )
    return Layout(matrix)
