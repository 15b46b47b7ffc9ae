"""Phases that fit: more rounds fit better, known ones stay, seeds decide the rest."""

from __future__ import annotations

import torch

from audiostyle_lib.sounds import load_sound
from audiostyle_lib.transforms import STFT
from audiostyle_lib.transforms.phase import find_phases

TRANSFORM = STFT()
Y = torch.as_tensor(load_sound("tabla", seconds=1.0))
D = TRANSFORM.complex(Y)
SEED = torch.Generator()
WINDOW = torch.hann_window(1024)


def to_sound(D: torch.Tensor) -> torch.Tensor:
    return torch.istft(D, 1024, 256, window=WINDOW, length=len(Y))


def misfit(y: torch.Tensor) -> float:
    return float((TRANSFORM.complex(y).abs() - D.abs()).norm() / D.abs().norm())


def test_each_round_helps() -> None:
    found = [
        misfit(find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=n)) for n in (0, 2, 16)
    ]
    assert found[0] > 1.3 * found[1] > 1.3**2 * found[2]


def test_momentum_helps() -> None:
    plain, fast = (
        misfit(find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=24, momentum=m))
        for m in (0.0, 0.99)
    )
    assert fast < 0.95 * plain


def test_seeds() -> None:
    first, again, other = (
        find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=1, seed=s) for s in (0, 0, 1)
    )
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=1e-3)


def test_known_phases_stay_and_lead_the_others() -> None:
    known = D[:, :40]
    found = find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=16, known=known)
    assert torch.allclose(found[: 36 * 256], Y[: 36 * 256], atol=1e-4)
    everything = find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=1, known=D)
    assert torch.allclose(everything, Y, atol=1e-4)


def test_a_guess_is_where_it_starts() -> None:
    near = D * torch.polar(
        torch.ones(()), 0.3 * torch.randn(D.shape, generator=SEED.manual_seed(0))
    )
    guessed, blind = (
        misfit(find_phases(D.abs(), to_sound, TRANSFORM.complex, n_iter=1, guess=g))
        for g in (near, None)
    )
    assert guessed < 0.5 * blind


def test_arguments_stay() -> None:
    magnitude = D.abs()
    before = magnitude.clone()
    find_phases(magnitude, to_sound, TRANSFORM.complex, n_iter=2, known=D[:, :5])
    assert torch.equal(magnitude, before)
