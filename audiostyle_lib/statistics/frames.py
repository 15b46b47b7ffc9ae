"""Statistics of a spectrogram's features, as criteria: how far are they from what is wanted?

A new one is one class: a `FrameStatistic` with a name, which a `Quality` then may give a weight.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..audio import AudioError
from .tensors import autocorrelation, gram_matrix

_LONGEST = 4  # lags up to one part of as many count

Features = dict[str, Tensor]
FRAME_STATISTICS: dict[str, type[FrameStatistic]] = {}


class FrameStatistic:
    """What a new one inherits: its name, a term for every layer of features, and their mean."""

    def __init_subclass__(cls, name: str = "") -> None:
        if name:
            FRAME_STATISTICS[name] = cls

    @classmethod
    def wanted(
        cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
    ) -> FrameStatistic:
        """The criterion for `n_frames` new frames after several targets in shares that add to 1."""
        raise NotImplementedError

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        raise NotImplementedError

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        return torch.stack(list(self.terms(features).values())).mean()


class GramLoss(FrameStatistic, name="gram"):
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
            check_layers(target, targets[0])
            for name, x in target.items():
                self._targets[name] = self._targets.get(name, 0) + weight * self._gram(x.detach())
        self._scales = {
            name: 1 / (g**2).sum().clamp(min=1e-12) for name, g in self._targets.items()
        }

    @classmethod
    def wanted(
        cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
    ) -> GramLoss:
        """Of the weighted mean of the targets' matrices."""
        return cls(*targets, weights=shares)

    def _gram(self, x: Tensor) -> Tensor:
        return gram_matrix(torch.cat([x, torch.ones_like(x[:, :1])], 1) if self._with_mean else x)

    @property
    def n_statistics(self) -> int:
        """How many different numbers the target is described by."""
        sizes = (g.shape[:2] for g in self._targets.values())
        return sum(n * c * (c + 1) // 2 for n, c in sizes)

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        check_layers(features, self._targets)
        return {
            name: ((self._gram(x) - self._targets[name]) ** 2).sum() * self._scales[name]
            for name, x in features.items()
        }


class ContentLoss(FrameStatistic):
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
        check_layers(features, self._targets)
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


class AutocorrelationLoss(FrameStatistic, name="rhythm"):
    """Rhythm: each channel's likeness to itself some time later, against that of a target.

    After section 3.2 of Antognini, Hoffman and Weiss (2018), with a term per layer that is relative
    to the target's (book: chapter 11): 0 for equal repetition, 1 for none.

    Parameters
    ----------
    *targets : dicts of tensors (b, c, t)
        Several are wanted by the weighted mean of their autocorrelations.
    n_lags : int
        Positions ahead that are compared, at most one less than the targets have.
    weights : sequence of numbers, optional
        As for `GramLoss`.

    Examples
    --------
    >>> import torch
    >>> beat = {"layer": torch.tensor([1.0, 0.0, 0.0] * 8)[None, None]}
    >>> loss = AutocorrelationLoss(beat, n_lags=6)
    >>> loss(beat).item(), round(loss({"layer": torch.ones(1, 1, 40)}).item(), 3)
    (0.0, 1.0)
    """

    def __init__(
        self, *targets: Features, n_lags: int, weights: Sequence[float] | None = None
    ) -> None:
        weights = [1 / len(targets)] * len(targets) if weights is None else weights
        self._n_lags = n_lags
        self._targets: Features = {}
        for target, weight in zip(targets, weights, strict=True):
            for name, x in target.items():
                found = weight * autocorrelation(x.detach(), n_lags)
                self._targets[name] = self._targets.get(name, 0) + found

    @classmethod
    def wanted(
        cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
    ) -> AutocorrelationLoss:
        """Of lags up to a quarter of the shortest target and of the new frames.

        Longer ones say how this recording went, once, and not how its texture goes on.
        """
        shortest = min(x.shape[2] for target in targets for x in target.values())
        return cls(*targets, n_lags=max(1, min(shortest, n_frames) // _LONGEST), weights=shares)

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        check_layers(features, self._targets)
        terms = {}
        for name, x in features.items():
            target = self._targets[name]
            off = ((autocorrelation(x, self._n_lags) - target) ** 2).sum()
            terms[name] = off / (target**2).sum().clamp(min=1e-12)
        return terms


def check_layers(features: Features, expected: Features) -> None:
    """Raise `AudioError` unless both are of the same layers."""
    if features.keys() != expected.keys():
        raise AudioError(
            f"features are {sorted(features)}; expected those of the target, {sorted(expected)}"
        )
