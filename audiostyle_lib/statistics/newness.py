"""Newness: criteria against copies, of the recording or of what was made before."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn.functional import avg_pool1d, conv1d

from ..audio import AudioError
from .frames import Features, FrameStatistic, check_layers

_SHARPNESS = 100.0  # how much the largest of all shifts counts more than the next
_TOLERANCE = 0.2  # likeness, moment by moment, that sounds of one kind have by chance


class DiversityLoss(FrameStatistic, name="diversity"):
    """Newness: what is like the target place by place costs (Antognini and others, 2018, 3.3).

    Each layer's term is about the largest correlation of all channels with the target's, at any
    shift: near 0 for nothing in common, near 1 for a copy that begins elsewhere (book: chapter 11).

    Parameters
    ----------
    *targets : dicts of tensors (b, c, t)
        Likeness to several counts by their shares.
    sharpness : number > 0
        How much the largest of all shifts counts more than the next.
    tolerance : number >= 0
        Likeness that costs nothing: what new sound of the same kind has by chance, or by its beat.
    weights : sequence of numbers, optional
        As for `GramLoss`.

    Examples
    --------
    >>> import torch
    >>> x = {"layer": torch.randn(1, 4, 200, generator=torch.Generator().manual_seed(0))}
    >>> loss = DiversityLoss(x)
    >>> copied = loss({"layer": x["layer"].roll(50, 2)}).item()
    >>> new = loss({"layer": torch.randn(1, 4, 200)}).item()
    >>> copied > 0.9 and new < 0.3
    True
    """

    def __init__(
        self,
        *targets: Features,
        sharpness: float = _SHARPNESS,
        tolerance: float = 0.0,
        weights: Sequence[float] | None = None,
    ) -> None:
        if sharpness <= 0:
            raise AudioError(f"sharpness is {sharpness}; expected a number above 0")
        self._sharpness, self._tolerance = sharpness, tolerance
        self._weights = [1 / len(targets)] * len(targets) if weights is None else list(weights)
        self._targets = [{name: _unit(x.detach()) for name, x in t.items()} for t in targets]

    @classmethod
    def wanted(
        cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
    ) -> DiversityLoss:
        """What new sound has by chance passes: the term need only undo what rhythm does."""
        return cls(*targets, tolerance=_TOLERANCE, weights=shares)

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        check_layers(features, self._targets[0])
        parts = [
            {name: weight * self._match(x, target[name]) for name, x in features.items()}
            for weight, target in zip(self._weights, self._targets, strict=True)
            if weight
        ]
        return {name: sum(part[name] for part in parts[1:]) + parts[0][name] for name in features}

    def _match(self, x: Tensor, target: Tensor) -> Tensor:
        size = next_fast_len(max(x.shape[2], target.shape[2]), real=True)
        spectra = [torch.fft.rfft(y, size) for y in (_unit(x), target)]
        # All channels at one shift: a copy is a copy of the whole, not of single channels.
        match = torch.fft.irfft((spectra[0] * spectra[1].conj()).mean(dim=1), size)
        soft = torch.logsumexp(self._sharpness * match, dim=-1)
        best = (soft - math.log(size)) / self._sharpness
        return (best - self._tolerance).clamp(min=0).mean()


def best_match(x: Tensor, pieces: Tensor, *, width: int, sharpness: float = _SHARPNESS) -> Tensor:
    """How well the best piece is found anywhere in `x`: near 1 for a copy, near 0 for none.

    A soft maximum, with a gradient, of the correlation of pieces with places, each less its own
    mean in every channel: the spectrogram's copy score (book: chapter 6) as a loss. It keeps apart
    what Ulyanov, Vedaldi and Lempitsky (2017) and Li and others (2017) keep apart: different
    noises.

    Parameters
    ----------
    x, pieces : tensors of shape (1, c, t) and (1, c, u)
        `pieces` is cut every half `width`.
    width : int
        Frames of a piece, at most t and u.
    sharpness : number > 0
        How much the best counts more than the next.

    Returns
    -------
    scalar tensor

    Examples
    --------
    >>> x = torch.randn(1, 4, 200, generator=torch.Generator().manual_seed(0))
    >>> copied = best_match(x, x[:, :, 50:100], width=20).item()
    >>> new = best_match(x, torch.randn(1, 4, 50), width=20).item()
    >>> copied > 0.85 and new < 0.5
    True
    """
    cut = pieces[0].unfold(1, width, max(1, width // 2)).permute(1, 0, 2)
    cut = cut - cut.mean(dim=2, keepdim=True)
    cut = cut / cut.flatten(1).norm(dim=1).clamp(min=1e-6)[:, None, None]
    power = x.square().sum(dim=1, keepdim=True)
    means = avg_pool1d(x, width, 1).square().sum(dim=1)[0]
    energy = width * (avg_pool1d(power, width, 1)[0, 0] - means)
    energy = energy + 1e-3 * energy.mean() + 1e-9  # near-silent places match nothing
    match = conv1d(x, cut)[0] / energy.clamp(min=1e-9).sqrt()
    return (torch.logsumexp(sharpness * match.flatten(), 0) - math.log(match.numel())) / sharpness


def _unit(x: Tensor) -> Tensor:
    """Each channel without its mean, of norm 1."""
    x = x - x.mean(dim=2, keepdim=True)
    return x / x.norm(dim=2, keepdim=True).clamp(min=1e-9)
