"""Criteria on feature dictionaries: how far features are from what is wanted, term by term."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, conv1d

from ..audio import AudioError
from .tensors import autocorrelation, gram_matrix

Features = dict[str, Tensor]


class GramLoss:
    """Style or texture: the Gram matrices of features against those of a target's features.

    Each layer's term is its squared difference over the squared norm of the target's Gram matrix
    (equation 4 of Gatys et al., 2016, made free of units): 0 for equal statistics, 1 for silence.

    Parameters
    ----------
    *targets : dicts of tensors (b, c, *positions)
        Features of the sounds or pictures to be like; their numbers of positions do not matter.
    weights : sequence of numbers, optional
        Several targets are wanted at once by this weighted mean of their Gram matrices; equal
        shares by default. They should add to 1.
    with_mean : bool
        Count each channel's mean too, as the Gram matrix with a channel that is 1 everywhere.

    Examples
    --------
    >>> import torch
    >>> x = {"layer": torch.eye(3)[None]}
    >>> loss = GramLoss(x)
    >>> loss.terms(x)["layer"].item(), loss({"layer": torch.zeros(1, 3, 5)}).item()
    (0.0, 1.0)
    """

    def __init__(
        self,
        *targets: Features,
        weights: Sequence[float] | None = None,
        with_mean: bool = False,
    ) -> None:
        weights = [1 / len(targets)] * len(targets) if weights is None else weights
        self._with_mean = with_mean
        self._targets: Features = {}
        for target, weight in zip(targets, weights, strict=True):
            _check_layers(target, targets[0])
            for name, x in target.items():
                self._targets[name] = self._targets.get(name, 0) + weight * self._gram(x.detach())
        self._scales = {
            name: 1 / (g**2).sum().clamp(min=1e-12) for name, g in self._targets.items()
        }

    def _gram(self, x: Tensor) -> Tensor:
        return gram_matrix(torch.cat([x, torch.ones_like(x[:, :1])], 1) if self._with_mean else x)

    @property
    def n_statistics(self) -> int:
        """How many different numbers the target is described by."""
        return sum(g.shape[1] * (g.shape[1] + 1) // 2 for g in self._targets.values())

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        _check_layers(features, self._targets)
        return {
            name: ((self._gram(x) - self._targets[name]) ** 2).sum() * self._scales[name]
            for name, x in features.items()
        }

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        return _mean(self.terms(features))


class ContentLoss:
    """Content: the features themselves, place by place, against those of a target.

    Each layer's term is the mean squared difference over the mean square of the target (equation 1
    of Gatys et al., 2016, made free of units): 0 for equal features, 1 for silence.

    Parameters
    ----------
    target : dict of tensors (b, c, *positions)
        Features of the sound or picture whose content is wanted.

    Examples
    --------
    >>> import torch
    >>> x = {"layer": torch.eye(3)[None]}
    >>> loss = ContentLoss(x)
    >>> loss(x).item(), round(loss({"layer": x["layer"].flip(2)}).item(), 3)
    (0.0, 1.333)
    """

    def __init__(self, target: Features) -> None:
        self._targets = {name: x.detach() for name, x in target.items()}
        self._scales = {
            name: 1 / (x**2).mean().clamp(min=1e-12) for name, x in self._targets.items()
        }

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        _check_layers(features, self._targets)
        for name, x in features.items():
            if x.shape != self._targets[name].shape:
                raise AudioError(
                    f"features of {name} have shape {tuple(x.shape)}; expected that of the "
                    f"content, {tuple(self._targets[name].shape)}: content keeps its length"
                )
        return {
            name: ((x - self._targets[name]) ** 2).mean() * self._scales[name]
            for name, x in features.items()
        }

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        return _mean(self.terms(features))


class AutocorrelationLoss:
    """Rhythm: each channel's likeness to itself some time later, against that of a target.

    After section 3.2 of Antognini, Hoffman and Weiss (2018), with a term per layer that is relative
    to the target's (book: chapter 11): 0 for equal repetition, 1 for none.

    Parameters
    ----------
    target : dict of tensors (b, c, t)
    n_lags : int
        Positions ahead that are compared, at most one less than the target has.

    Examples
    --------
    >>> import torch
    >>> beat = {"layer": torch.tensor([1.0, 0.0, 0.0] * 8)[None, None]}
    >>> loss = AutocorrelationLoss(beat, n_lags=6)
    >>> loss(beat).item(), round(loss({"layer": torch.ones(1, 1, 40)}).item(), 3)
    (0.0, 1.0)
    """

    def __init__(self, target: Features, *, n_lags: int) -> None:
        self._n_lags = n_lags
        self._targets = {name: autocorrelation(x.detach(), n_lags) for name, x in target.items()}

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        _check_layers(features, self._targets)
        terms = {}
        for name, x in features.items():
            target = self._targets[name]
            off = ((autocorrelation(x, self._n_lags) - target) ** 2).sum()
            terms[name] = off / (target**2).sum().clamp(min=1e-12)
        return terms

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        return _mean(self.terms(features))


class DiversityLoss:
    """Newness: what is like the target place by place costs (Antognini and others, 2018, 3.3).

    Each layer's term is about the largest correlation of all channels with the target's, at any
    shift: near 0 for nothing in common, near 1 for a copy that begins elsewhere (book: chapter 11).

    Parameters
    ----------
    target : dict of tensors (b, c, t)
    sharpness : number > 0
        How much the largest of all shifts counts more than the next.
    tolerance : number >= 0
        Likeness that costs nothing: what new sound of the same kind has by chance, or by its beat.

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
        self, target: Features, *, sharpness: float = 100.0, tolerance: float = 0.0
    ) -> None:
        if sharpness <= 0:
            raise AudioError(f"sharpness is {sharpness}; expected a number above 0")
        self._sharpness, self._tolerance = sharpness, tolerance
        self._targets = {name: _unit(x.detach()) for name, x in target.items()}

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        _check_layers(features, self._targets)
        terms = {}
        for name, x in features.items():
            target = self._targets[name]
            size = max(x.shape[2], target.shape[2])
            spectra = [torch.fft.rfft(y, size) for y in (_unit(x), target)]
            # All channels at one shift: a copy is a copy of the whole, not of single channels.
            match = torch.fft.irfft((spectra[0] * spectra[1].conj()).mean(dim=1), size)
            soft = torch.logsumexp(self._sharpness * match, dim=-1)
            best = (soft - math.log(size)) / self._sharpness
            terms[name] = (best - self._tolerance).clamp(min=0).mean()
        return terms

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        return _mean(self.terms(features))


def best_match(x: Tensor, pieces: Tensor, *, width: int, sharpness: float = 100.0) -> Tensor:
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


def _check_layers(features: Features, expected: Features) -> None:
    if features.keys() != expected.keys():
        raise AudioError(
            f"features are {sorted(features)}; expected those of the target, {sorted(expected)}"
        )


def _mean(terms: Features) -> Tensor:
    return torch.stack(list(terms.values())).mean()
