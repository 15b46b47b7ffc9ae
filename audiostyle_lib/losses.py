"""Criteria on feature dictionaries: how far features are from what is wanted, term by term."""

from __future__ import annotations

from torch import Tensor

from .audio import AudioError
from .stats import gram_matrix

Features = dict[str, Tensor]


class GramLoss:
    """Style or texture: the Gram matrices of features against those of a target's features.

    Each layer's term is its squared difference over the squared norm of the target's Gram matrix
    (equation 4 of Gatys et al., 2016, made free of units): 0 for equal statistics, 1 for silence.

    Parameters
    ----------
    target : dict of tensors (b, c, *positions)
        Features of the sound or picture to be like; their number of positions does not matter.

    Examples
    --------
    >>> import torch
    >>> x = {"layer": torch.rand(1, 3, 10)}
    >>> loss = GramLoss(x)
    >>> loss.terms(x)["layer"].item(), loss({"layer": torch.zeros(1, 3, 5)}).item()
    (0.0, 1.0)
    """

    def __init__(self, target: Features) -> None:
        self._targets = {name: gram_matrix(x.detach()) for name, x in target.items()}
        self._scales = {
            name: 1 / (g**2).sum().clamp(min=1e-12) for name, g in self._targets.items()
        }

    @property
    def n_statistics(self) -> int:
        """How many different numbers the target is described by."""
        return sum(g.shape[1] * (g.shape[1] + 1) // 2 for g in self._targets.values())

    def terms(self, features: Features) -> Features:
        """One scalar per layer, by the layer's name."""
        if features.keys() != self._targets.keys():
            raise AudioError(
                f"features are {sorted(features)}; expected those of the target, "
                f"{sorted(self._targets)}"
            )
        return {
            name: ((gram_matrix(x) - self._targets[name]) ** 2).sum() * self._scales[name]
            for name, x in features.items()
        }

    def __call__(self, features: Features) -> Tensor:
        """The mean of all terms."""
        terms = self.terms(features)
        return sum(terms.values()) / len(terms)  # type: ignore[return-value]
