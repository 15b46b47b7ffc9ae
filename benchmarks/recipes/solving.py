"""What a recipe is, and how it is carried out: with a clock beside it.

Most minimise: a `Problem`. Who has a procedure of his own gives `Rounds` of it.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Problem:
    """What a recipe changes (`start`), minimises (`loss`), and how that becomes `sound`.

    `least` is the loss of equal statistics; `patience` says in how many evaluations it should fall.
    """

    start: Tensor
    loss: Callable[[Tensor], Tensor]
    sound: Callable[[Tensor], np.ndarray]
    least: float = 0.0
    patience: int = 20


@dataclass(frozen=True)
class Rounds:
    """What a recipe changes (`start`), round after round, and how that becomes `sound`.

    `round` says how far what it is given is from the wanted statistics, and gives what comes next.
    """

    start: Tensor
    round: Callable[[Tensor], tuple[float, Tensor]]
    sound: Callable[[Tensor], np.ndarray]
    n_rounds: int
    patience: int = 20


class _Done(Exception):
    """Raised inside an optimisation that has converged, or whose seconds are spent."""


@dataclass
class _Record:
    """Losses so far, and the best after 0.5, 1, 2, 4, ... CPU seconds."""

    limit: float
    found: float
    converged: float
    patience: int
    losses: list[float] = field(default_factory=list)
    kept: list[tuple[float, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lows: list[float] = []
        self._began = time.process_time()

    @property
    def seconds(self) -> float:
        """Spent so far."""
        return time.process_time() - self._began

    def note(self, x: Tensor, loss: float) -> None:
        """Keep what is worth it, and raise `_Done` where that was enough."""
        lows, spent = self._lows, self.seconds
        self.losses.append(loss)
        if not lows or loss <= lows[-1]:
            self.best = x.detach().clone()
        lows.append(min([loss, *lows[-1:]]))
        while spent > 0.5 * 2 ** len(self.kept):  # a slow recipe passes several marks at once
            self.kept.append((spent, self.best))
        earlier = lows[-1 - self.patience] if len(lows) > self.patience else math.inf
        flat = (1 - self.converged) * earlier < lows[-1] < 0.9 * lows[0]
        if spent > self.limit or lows[-1] < self.found * lows[0] or flat:
            raise _Done


def solve(
    problem: Problem | Rounds,
    *,
    limit: float,
    n_steps: int = 2000,
    found: float = 1e-4,
    converged: float = 0.02,
) -> tuple[list[tuple[float, Tensor]], list[float]]:
    """Carry out; return the best so far after 0.5, 1, 2, 4, ... CPU seconds, and the losses.

    It ends after `n_steps` steps or the recipe's rounds, after `limit` CPU seconds, or where the
    loss is less than `found` of its start, or falls by less than a share `converged` in as many
    evaluations as the recipe has `patience`, once it has begun to fall at all.
    """
    record = _Record(limit, found, converged, problem.patience)
    with contextlib.suppress(_Done):
        if isinstance(problem, Problem):
            _minimise(problem, record, n_steps)
        else:
            _go_round(problem, record, n_steps)
    record.kept.append((record.seconds, record.best))
    return record.kept, record.losses


def _minimise(problem: Problem, record: _Record, n_steps: int) -> None:
    """By L-BFGS with a line search: without one some recipes stall at their start."""
    x = problem.start.detach().clone().requires_grad_(True)

    def closure() -> float:
        x.grad = None
        loss = problem.loss(x)
        loss.backward()
        record.note(x, loss.item() - problem.least)
        return loss.item()

    while len(record.losses) < 2 * n_steps:  # where rounding ends a line search, begin anew
        lbfgs(x, n_steps).step(closure)


def _go_round(problem: Rounds, record: _Record, n_steps: int) -> None:
    x = problem.start
    for _ in range(min(n_steps, problem.n_rounds) + 1):  # what the last round gives counts too
        distance, following = problem.round(x)
        record.note(x, distance)
        x = following


def lbfgs(x: Tensor, n_steps: int) -> torch.optim.LBFGS:
    """The optimiser of all recipes, on `x`."""
    return torch.optim.LBFGS(
        [x],
        max_iter=n_steps,
        max_eval=2 * n_steps,
        history_size=10,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )
