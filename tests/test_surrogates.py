"""Noise with a recording's values and repetitions, and nothing else of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib import DRAFT, synthesize_texture
from audiostyle_lib.metrics import spectrogram_copy_score
from audiostyle_lib.sounds import clicks, load_sound, matched_noise
from audiostyle_lib.statistics import (
    autocorrelation,
    repeated,
    repetition,
    resample_quantiles,
    surrogate,
    wanted_powers,
)

SR = 22050


def series(n: int = 600) -> torch.Tensor:
    """Two rows: pulses that come every 15 positions, and slow noise."""
    pulses = (torch.arange(n) % 15 == 0).float() * 3 + 1
    slow = torch.randn(n + 39, generator=torch.Generator().manual_seed(1)).unfold(0, 40, 1).mean(1)
    return torch.stack([pulses, slow])


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def made(x: torch.Tensor, n: int, n_rounds: int = 30, seed: int = 0) -> torch.Tensor:
    wanted, n_lags = wanted_powers([repetition(x)], torch.ones(1), n)
    return surrogate(
        noise(len(x), n, seed=seed), resample_quantiles(x, n), wanted, n_lags, n_rounds=n_rounds
    )


def likeness(x: torch.Tensor, lag: int) -> torch.Tensor:
    """Autocorrelation of each row at a lag, of 1."""
    return autocorrelation(x[None], lag)[0, :, -1] / x.var(dim=1)


@pytest.mark.parametrize("n", [600, 450, 901])
def test_it_repeats_as_the_series_does(n: int) -> None:
    """Pulses at their distance and not between, slow noise slowly; white noise does neither."""
    x, white = series(), noise(2, n)
    new = made(x, n)
    assert likeness(new, 15)[0] > 0.6 > 0.2 > likeness(new, 7)[0]
    assert likeness(new, 10)[1] == pytest.approx(float(likeness(x, 10)[1]), abs=0.2)
    assert likeness(white, 15).abs().max() < 0.2 > likeness(white, 10).abs().max()


def test_it_has_the_values_of_the_series() -> None:
    x = series()
    new = made(x, 600)
    for row, like in zip(new, x, strict=True):
        off = (row.sort().values - like.sort().values).square().mean() / like.var()
        assert off < 0.25
    assert new[0].max() > 3 * new[0].median()  # pulses


def test_it_is_new() -> None:
    """Slow noise: no shift of it, forwards or backwards, is the series, and seeds differ."""
    x = series()[1:]
    a, b = made(x, 600), made(x, 600, seed=1)

    def most(p: torch.Tensor, q: torch.Tensor) -> float:
        p, q = ((z - z.mean()) / z.std() for z in (p[0], q[0]))
        turned = (q, q.flip(0))
        return max(
            float(torch.fft.irfft(torch.fft.rfft(p) * torch.fft.rfft(z).conj(), 600).max())
            for z in turned
        ) / len(p)

    assert most(x, x) > 0.99 and max(most(a, x), most(b, x), most(a, b)) < 0.8


def test_what_repeats_as_wanted_stays_and_gains_have_limits() -> None:
    x = series()
    wanted, n_lags = wanted_powers([repetition(x)], torch.ones(1), x.shape[1])
    same = repeated(x, wanted, n_lags)
    assert float((same - x).square().mean() / x.var()) < 0.05
    white = noise(2, 600)
    little = repeated(white, wanted, n_lags, most=1.01)
    assert torch.allclose(little, white, atol=0.2) and not torch.equal(little, white)
    assert torch.allclose(repeated(white, wanted, n_lags, strength=0.0), white, atol=1e-5)


def test_shares_and_other_lengths() -> None:
    x = series()
    found = [repetition(x), repetition(x[:, :200])]
    powers, n_lags = wanted_powers(found, torch.tensor([0.25, 0.75]), 300)
    assert powers.shape == (2, 151) and n_lags == 50 and bool((powers >= 0).all())
    one, _ = wanted_powers([found[0], 0 * found[1]], torch.tensor([0.25, 0.75]), 300)
    other, _ = wanted_powers([0 * found[0], found[1]], torch.tensor([0.25, 0.75]), 300)
    assert torch.allclose(one + other, powers, rtol=1e-3, atol=1e-3)


def beat(y: np.ndarray, seconds: float) -> float:
    """Autocorrelation of the envelope in 5 ms after some time, of 1."""
    n = round(0.005 * SR)
    envelope = np.sqrt(np.square(y[: len(y) // n * n]).reshape(-1, n).mean(axis=1))
    envelope -= envelope.mean()
    c = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
    place = round(seconds / 0.005)
    return float(c[place - 1 : place + 2].max() / c[0])


def test_a_draft_keeps_a_beat_by_its_start_and_by_its_levels() -> None:
    """On average of four seeds: kernels of 93 ms alone cannot, and either of both helps."""
    y = clicks(5.0, seconds=3.0)
    short = DRAFT.but(widths=(2, 8))

    def kept(**words: int) -> float:
        takes = (
            synthesize_texture(y, SR, seed=s, quality=short.but(**words), progress=False).y
            for s in range(4)
        )
        return float(np.mean([beat(z, 0.2) for z in takes]))

    alone = kept(n_start=0, n_sharpen=0)
    assert kept() > 0.5 > 0.35 > alone
    assert min(kept(n_start=0), kept(n_sharpen=0)) > alone + 0.1


def test_a_start_is_no_copy() -> None:
    """Nor is what comes of it more of one than without."""
    y = load_sound("printer", seconds=4.0)
    scores = [
        np.mean(
            [
                spectrogram_copy_score(
                    y, synthesize_texture(y, SR, seed=s, quality=q, progress=False).y, SR
                )
                for s in range(3)
            ]
        )
        for q in (DRAFT, DRAFT.but(n_start=0))
    ]
    floor = spectrogram_copy_score(y, matched_noise(y, SR), SR)
    assert scores[0] < scores[1] + 0.05 and scores[0] < 0.5 > floor
