"""A knob that moves between references: where each stands on it, and in which shares they mix.

For `train_generator`: between two recordings the knob is a morph; of one sound at several values of
a parameter, such as rain at 5, 10 and 20 drops a second, it is that parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .arguments import check_number
from .audio import AudioError

Turn = float | Callable[[float], float] | None  # where it stands, or from seconds to that


@dataclass(frozen=True)
class Knob:
    """Positions of k references on a knob, rising.

    What lies between two of them is a mixture of these: evenly in the logarithm where all
    positions are above 0, so that 5 to 10 is as far as 40 to 80; else evenly.

    >>> Knob((5.0, 20.0, 80.0)).shares([5, 10, 80]).round(2)
    array([[1. , 0. , 0. ],
           [0.5, 0.5, 0. ],
           [0. , 0. , 1. ]])
    >>> Knob((0.0, 1.0)).shares([0.25])
    array([[0.75, 0.25]])
    """

    positions: tuple[float, ...]

    @classmethod
    def of(cls, positions: Sequence[float]) -> Knob:
        """Of positions that somebody gave, or say what is wrong.

        >>> Knob.of([3, 2])
        Traceback (most recent call last):
        audiostyle_lib.audio.AudioError: the knob's positions are [3, 2]; expected two or more \
rising numbers
        """
        found = tuple(check_number("a position of the knob", x, -np.inf) for x in positions)
        if len(found) < 2 or np.any(np.diff(found) <= 0):
            raise AudioError(
                f"the knob's positions are {positions!r}; expected two or more rising numbers"
            )
        return cls(found)

    @property
    def even(self) -> np.ndarray:
        """The positions, (k,), where equal steps count as equal."""
        at = np.asarray(self.positions)
        return np.log(at) if at[0] > 0 else at

    def place(self, value: float) -> float:
        """A value on the knob where equal steps count as equal; ends are the outer references."""
        low, high = self.positions[0], self.positions[-1]
        value = min(max(check_number("knob", value, -np.inf), low), high)
        return float(np.log(value)) if low > 0 else value

    @property
    def middle(self) -> float:
        """Half-way, as `place` counts."""
        half = (self.even[0] + self.even[-1]) / 2
        return float(np.exp(half) if self.positions[0] > 0 else half)

    def between(self, places: np.ndarray) -> np.ndarray:
        """Shares (n, k) at places (n,) as `place` gives them: of the two nearest references."""
        rows = np.eye(len(self.positions))
        return np.stack([np.interp(places, self.even, row) for row in rows], axis=1)

    def shares(self, values: Sequence[float]) -> np.ndarray:
        """Shares (n, k) of the references at values (n,) of the knob."""
        return self.between(np.array([self.place(value) for value in values]))

    def path(self, turn: Turn, n_frames: int, seconds: float) -> Iterator[np.ndarray]:
        """Shares (n_frames, k) of endless stretches of so many `seconds`, while the knob is turned.

        It is looked at once a stretch, when the stretch begins, and then moved to within it.
        """
        value: Callable[[float], float]
        value = turn if callable(turn) else lambda _: self.middle if turn is None else turn
        last = self.place(value(0.0))
        number = 0
        while True:
            new = self.place(value(number * seconds))
            yield self.between(last + (new - last) * np.arange(1, n_frames + 1) / n_frames)
            last, number = new, number + 1


def weighted(
    pieces: Iterable[Tensor], shares: Iterable[np.ndarray], gains: Sequence[float], hop_length: int
) -> Iterator[Tensor]:
    """Pieces (parts, n_i) of one sound as often as there are references, (k, parts, n_i).

    Each time as loud as is the share of one.

    Parameters
    ----------
    pieces : iterable of tensors (parts, n_i)
        They follow their frames: never more samples than `hop_length` for each frame so far.
    shares : iterable of arrays (n_frames, k)
        Of the frames that each piece was made of, and maybe of more.
    gains : sequence of k numbers
        Factors for the references.
    hop_length : int

    Examples
    --------
    >>> pieces, shares = [torch.ones(1, 4)], [np.array([[1.0, 0], [0.5, 0.5], [0, 1.0]])]
    >>> next(weighted(pieces, shares, [1.0, 10.0], 2))[:, 0]
    tensor([[1.0000, 0.7500, 0.5000, 0.2500],
            [0.0000, 2.5000, 5.0000, 7.5000]])
    """
    rows, first, at = np.zeros((0, len(gains))), 0, 0  # frames that are known, from number `first`
    for piece, new in zip(pieces, shares, strict=False):
        rows = np.concatenate([rows, new])
        places = (at + np.arange(piece.shape[1])) / hop_length - first
        weights = [
            gain * np.interp(places, np.arange(len(rows)), column)
            for gain, column in zip(gains, rows.T, strict=True)
        ]
        yield torch.as_tensor(np.stack(weights)).to(piece)[:, None] * piece
        at += piece.shape[1]
        done = max(0, at // hop_length - first)
        rows, first = rows[done:], first + done
