"""What a generator needs to know of a recording to sound like it, and nothing of its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from .arguments import check_number, check_whole
from .audio import MAX_CHANNELS, AudioError
from .files.tensors import taken
from .model import TextureModel
from .remainder import Remainder
from .spatial import Layout
from .transforms import STFT


@dataclass(frozen=True)
class Voice:
    """Of one recording: its mean spectrum, components, their remainder, and its image.

    Averages over all of the recording; no moment of it is kept.

    Attributes
    ----------
    transform : STFT
    layout : Layout
        From the channels that say something of their own to all.
    mono : bool
        The recording was of shape (n,), and so is what is made.
    taps : tensor (distinct, parts, n_taps), or None
        Filters from principal channels to the image; None where one channel says all.
    means : tensor (n_bins,)
        Mean of the log spectrogram, all parts one above the other.
    deviations : tensor (c,)
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
        """Of a model of one recording, whose transform is an STFT.

        >>> from audiostyle_lib.sounds import rain
        >>> voice = Voice.of(TextureModel.measure([rain(seconds=1.0)], 22050, "draft"))
        >>> voice
        Voice(transform=STFT(n_fft=1024, hop_length=256, gain=10.0), mono=True)
        """
        transform, image = model.transform, model.image
        assert isinstance(transform, STFT)
        return cls(
            transform, image.layout, image.mono, image.even_taps, model.means[0],
            model.deviations[0], model.remainder,
        )  # fmt: skip

    @property
    def basis(self) -> Tensor:
        """Principal components, (n_bins, c)."""
        return self.remainder.basis

    @property
    def n_parts(self) -> int:
        """How many principal channels are made."""
        return 1 if self.taps is None else self.taps.shape[1]

    def all(self, Y: Tensor) -> np.ndarray:
        """A sound (distinct, n) in all channels that the recording has: (n,) or (channels, n)."""
        y = self.layout.all(Y.cpu().numpy())
        return y[0] if self.mono else y

    def kept(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and settings from which `from_kept` makes this voice again."""
        if type(self.transform) is not STFT:
            raise AudioError(
                f"transform is {self.transform!r}; only what is made with an STFT can be kept"
            )
        tensors = {
            "basis": self.basis,
            "means": self.means,
            "deviations": self.deviations,
            "residual_deviations": self.remainder.deviations[0],
            "residual_overlaps": self.remainder.overlaps[0],
        }
        if self.taps is not None:
            tensors["taps"] = self.taps
        of = self.transform
        settings = {
            "transform": dict(n_fft=int(of.n_fft), hop_length=int(of.hop_length), gain=of.gain),
            "layout": self.layout.matrix.astype(int).tolist(),
            "mono": self.mono,
        }
        return tensors, settings

    @classmethod
    def from_kept(cls, tensors: dict[str, Tensor], settings: Mapping[str, Any]) -> Voice:
        """What `kept` gave; its tensors are taken out of `tensors`.

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
        h = taken(tensors, "taps", n_distinct, None, None) if n_distinct > 1 else None
        n_parts = 1 if h is None else h.shape[1]
        if h is not None and not (n_parts <= n_distinct and h.shape[2] % 2 == 0 < h.shape[2]):
            raise AudioError(
                f"taps has shape {tuple(h.shape)}; expected at most {n_distinct} parts, an even "
                "number of taps"
            )
        n_bins = n_parts * transform.n_bins
        basis = taken(tensors, "basis", n_bins, None)
        return cls(
            transform, layout, mono, h, taken(tensors, "means", n_bins),
            taken(tensors, "deviations", basis.shape[1]),
            Remainder(
                basis,
                taken(tensors, "residual_deviations", n_bins)[None],
                taken(tensors, "residual_overlaps", n_bins).clamp(-0.5, 0.5)[None],
            ),
        )  # fmt: skip


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
