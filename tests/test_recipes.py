"""The published recipes: each aims at its reference, comes nearer to it, and repeats itself."""

from __future__ import annotations

import itertools
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.optim import cpu_threads
from audiostyle_lib.sounds import crackle

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import recipes
from recipes import mcdermott_simoncelli_2011, solving
from recipes.spectrograms import stft

# Little more than the widest kernel of each recipe, or the slowest modulation, needs.
SECONDS = {
    "McDermott, Simoncelli 2011": 0.5,
    "Ulyanov, Lebedev 2016": 0.5,
    "Huzaifah, Wyse 2019": 0.25,
    "Antognini et al. 2018": 0.5,
    "Caracalla, Roebel 2020": 0.35,
}


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_recipes_lower_their_loss_and_give_sound(name: str) -> None:
    reference = crackle(seconds=SECONDS[name])
    with cpu_threads(1):  # beside other tests, a second one would mostly be waited for
        problem = recipes.RECIPES[name](reference, 0)
        kept, losses = recipes.solve(problem, limit=math.inf, n_steps=50, found=0.5)
        y = problem.sound(kept[-1][1])
    assert losses[-1] < 0.5 * losses[0]
    times = [seconds for seconds, _ in kept]
    assert times == sorted(times)
    assert y.shape == reference.shape and y.dtype == np.float32 and np.isfinite(y).all()


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_seed_is_a_start(name: str) -> None:
    reference = crackle(seconds=SECONDS[name])
    with cpu_threads(1):
        first, again, other = (recipes.RECIPES[name](reference, seed) for seed in (1, 1, 2))
        losses = [recipes.solve(p, limit=math.inf, n_steps=1)[1] for p in (first, again)]
    assert (first.start == again.start).all() and (first.start != other.start).any()
    assert losses[0] == losses[1]


def test_nothing_is_left_to_do_at_the_reference() -> None:
    """But for Antognini's, whose diversity keeps away from it."""
    found = {}
    with cpu_threads(1):
        for name in set(recipes.RECIPES) - {"Antognini et al. 2018"}:
            reference = crackle(seconds=SECONDS[name])
            problem = recipes.RECIPES[name](reference, 0)
            y = torch.as_tensor(reference)
            if isinstance(problem, recipes.Rounds):
                found[name] = problem.round(y * (LEVEL / rms(reference)))[0]
            else:
                n_fft = 2 * (len(problem.start) - 1)
                x = y if problem.start.ndim == 1 else torch.log1p(stft(y, n_fft, n_fft // 4).abs())
                found[name] = problem.loss(x).item() - problem.least
    assert found == dict.fromkeys(found, pytest.approx(0, abs=1e-5))


def test_bands_add_up_to_the_sound() -> None:
    y = torch.as_tensor(crackle(seconds=0.5))
    ear = mcdermott_simoncelli_2011._Ear(len(y))
    bands = ear.bands(y)
    s = ear.envelopes(bands)
    assert torch.allclose(ear.collapsed(bands, s, s), y, atol=1e-4)
    quieter = ear.collapsed(bands, s, 0.5**0.3 * s)
    assert torch.allclose(quieter, 0.5 * y, atol=1e-4)


def test_the_best_so_far_is_kept_until_the_seconds_are_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.count(step=0.25)  # what a look at the clock takes, and nothing else does
    monkeypatch.setattr(solving, "time", SimpleNamespace(process_time=clock.__next__))
    problem = recipes.Problem(torch.tensor([1.0, 9.0]), lambda x: (x**4).sum(), Tensor.numpy)
    kept, losses = recipes.solve(problem, limit=2.1, found=0.0)
    assert len(losses) == 9 and losses[-1] < losses[0]
    assert [seconds for seconds, _ in kept] == [0.75, 1.25, 2.25, 2.5]
    found = [problem.loss(x).item() for _, x in kept]
    assert found == [min(losses[:n]) for n in (3, 5, 9, 9)]


def test_rounds_end_with_the_last_or_the_nearest() -> None:
    distances = iter([4.0, 1.0, 2.0, 3.0, 0.5])
    problem = recipes.Rounds(torch.zeros(1), lambda x: (next(distances), x + 1), Tensor.numpy, 3)
    kept, losses = recipes.solve(problem, limit=math.inf)
    assert losses == [4.0, 1.0, 2.0, 3.0]
    assert kept[-1][1].item() == 1  # what was at 1.0
