"""Levels that are brought to a recording's, and the statistics that keep them there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib import DRAFT, STANDARD, synthesize_texture
from audiostyle_lib.attacks import attack_distance, attack_statistics
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.metrics import spectrogram_copy_score
from audiostyle_lib.sharpen import level_targets, sharpened
from audiostyle_lib.sounds import crackle, load_sound, matched_noise, rain, tone
from audiostyle_lib.statistics import SoundMeasure, WideBands, sound_targets

SR = 22050


@pytest.fixture(scope="module")
def fire() -> np.ndarray:
    return crackle(12.0, seconds=3.0)


def as_worked_on(y: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(np.atleast_2d(y) * (LEVEL / rms(y)))


def brought(y: np.ndarray, reference: np.ndarray, n_rounds: int = 12) -> np.ndarray:
    targets = level_targets([reference], SR)
    return sharpened(as_worked_on(y), targets, torch.ones(1), SR, n_rounds=n_rounds).numpy()


def sharpness(y: np.ndarray) -> dict[str, float]:
    return attack_statistics((y * (0.5 / np.abs(y).max())).astype(np.float32), SR)


def test_noise_gets_a_fires_attacks(fire: np.ndarray) -> None:
    noise = matched_noise(fire, SR)
    found = [attack_distance(sharpness(fire), sharpness(y)) for y in (noise, brought(noise, fire))]
    assert found[1] < 0.6 * found[0]


def test_a_sound_that_has_its_levels_keeps_them(fire: np.ndarray) -> None:
    """Nearly: what is already right stays as it is, sample by sample."""
    found = brought(fire, fire)
    assert np.corrcoef(found[0], fire)[0, 1] > 0.98


def test_nothing_is_done_without_rounds_or_where_it_is_held(fire: np.ndarray) -> None:
    y = as_worked_on(matched_noise(fire, SR))
    assert sharpened(y, level_targets([fire], SR), torch.ones(1), SR, n_rounds=0) is y
    held = torch.ones(y.shape[1])
    held[: y.shape[1] // 2] = 0
    new = sharpened(y, level_targets([fire], SR), torch.ones(1), SR, n_rounds=4, held=held)
    half = y.shape[1] // 2
    assert torch.allclose(new[:, :half], y[:, :half], atol=1e-6)
    assert not torch.allclose(new[:, half:], y[:, half:], atol=1e-2)


def test_tones_are_spared() -> None:
    """Gains within milliseconds would surround them with noise."""
    y = tone(440.0, seconds=2.0) + 0.3 * tone(1100.0, seconds=2.0)
    y = (0.5 * y).astype(np.float32)
    wobbling = y * (1 + 0.5 * np.sin(np.arange(len(y)) / 300)).astype(np.float32)
    found = brought(wobbling, y)[0]
    shares = []
    for z in (wobbling, found):
        power = np.abs(np.fft.rfft(z * np.hanning(len(y)))) ** 2
        shares.append((power[850:910].sum() + power[2150:2250].sum()) / power.sum())
    assert shares[1] > shares[0] - 0.01


def test_shares_lie_between(fire: np.ndarray) -> None:
    other = rain(seconds=3.0)
    targets = level_targets([fire, other], SR)
    y = as_worked_on(matched_noise(fire, SR))
    peaky = []
    for share in (0.0, 0.5, 1.0):
        new = sharpened(y, targets, torch.tensor([1 - share, share]), SR, n_rounds=12)
        peaky.append(sharpness(new.numpy())["kurtosis"])
    assert peaky[0] > 2 * peaky[2] and peaky[1] > peaky[2]


def test_equal_channels_stay_equal_and_silence_stays(fire: np.ndarray) -> None:
    Y = np.stack([fire, fire, 0 * fire])
    noise = matched_noise(fire, SR)
    made = brought(np.stack([noise, noise, 0 * noise]), Y)
    np.testing.assert_allclose(made[0], made[1], rtol=1e-4, atol=1e-6)
    assert not made[2].any()


def test_wide_bands_add_up_to_the_sound() -> None:
    y = as_worked_on(matched_noise(rain(seconds=1.0), SR))
    wide, Y = WideBands(y.shape[1], SR), torch.fft.rfft(y)
    levels = wide.levels(wide.powers(Y))
    assert float(levels.sum(dim=1).mean()) / 2 == pytest.approx(LEVEL**2, rel=0.03)
    ones = torch.ones(1, len(wide.slices), y.shape[1])
    assert torch.allclose(wide.amplified(y, Y, ones), y, atol=1e-6)
    double = wide.amplified(y, Y, 2 * ones)
    inside = slice(y.shape[1] // 10, -y.shape[1] // 10)
    assert float(double[:, inside].norm() / y[:, inside].norm()) == pytest.approx(2, rel=0.03)


@pytest.mark.parametrize("name", ["rises", "peaks"])
def test_statistics_do_not_know_when(fire: np.ndarray, name: str) -> None:
    """Backwards in time rises are falls; turned around in place they are the same ones."""
    alone = {"envelope_mean": 0.0, name: 1.0}
    rows = sound_targets([fire, np.roll(fire, 9999), rain(seconds=3.0)], SR, sound=alone)
    measure = SoundMeasure(len(fire), SR, sound=alone)
    weights = measure.weights(torch.as_tensor(rows[0])).numpy()
    same, other = ((weights * (row - rows[0]) ** 2).sum() for row in rows[1:])
    assert same < 0.1 * other


def test_sharper_is_not_copied() -> None:
    """On average of three seeds: copies scatter by 0.03."""
    y, found = load_sound("drum_roll", seconds=4.0), []
    for seed in range(3):
        made = [
            synthesize_texture(y, SR, quality=q, seed=seed, progress=False).y
            for q in (DRAFT.but(n_sharpen=0), DRAFT, STANDARD)
        ]
        apart = [attack_distance(sharpness(y), sharpness(z)) for z in made]
        found.append([apart, [spectrogram_copy_score(y, z, SR) for z in made]])
    apart, copies = np.mean(found, axis=0)
    assert apart[1] < apart[0] and apart[2] < 0.85 * apart[0]
    assert max(copies[1:]) < 0.52  # 0.48 before there was any of this


def lowest(y: np.ndarray) -> float:
    """Level of the quietest 20 ms that are not at the ends, in dB below the mean."""
    n = SR // 50
    power = np.square(y[: len(y) // n * n]).reshape(-1, n).mean(axis=1)
    return float(10 * np.log10(power[4:-4].min() / power.mean()))


def test_a_recordings_ends_are_no_texture() -> None:
    """Where it was faded in and out it is nearly silent: that must not come again in the middle."""
    y = matched_noise(rain(seconds=3.0), SR)
    faded = y.copy()
    ramp = np.linspace(0, 1, round(0.03 * SR), dtype=np.float32) ** 2
    faded[: len(ramp)] *= ramp
    faded[-len(ramp) :] *= ramp[::-1]
    found = [lowest(brought(matched_noise(y, SR, seed=s), faded)[0]) for s in range(3)]
    assert min(found) > lowest(y) - 1.5


def test_octaves_are_as_loud_as_in_the_reference(fire: np.ndarray) -> None:
    """Although gains have limits, and bands are turned to one another."""
    noise = matched_noise(fire, SR)
    made, wide = brought(noise, fire), WideBands(len(fire), SR)
    P = [
        wide.levels(wide.powers(torch.fft.rfft(x)))
        for x in (as_worked_on(fire), torch.as_tensor(made))
    ]
    off = 10 * torch.log10(P[1].mean(dim=2) / P[0].mean(dim=2))
    assert float(off.abs().max()) < 1.0


def test_channels_of_their_own_get_gains_of_their_own(fire: np.ndarray) -> None:
    """Fire on the left and noise on the right: neither takes the other's levels."""
    other = matched_noise(rain(seconds=3.0), SR)
    Y = np.stack([fire, other * (rms(fire) / rms(other))])
    start = np.stack([matched_noise(x, SR, seed=s) for s, x in enumerate(Y)])
    made = brought(start, Y)
    assert sharpness(made[0])["kurtosis"] > 2 * sharpness(made[1])["kurtosis"]
    assert sharpness(made[1])["kurtosis"] < 1.5 * sharpness(Y[1])["kurtosis"]


@pytest.mark.parametrize("delay", [0, 40])
def test_what_is_one_sound_stays_one(fire: np.ndarray, delay: int) -> None:
    """Nearly also where one channel hears it 2 ms later, and gets its gains 2 ms too early."""
    Y = np.stack([fire, 0.5 * np.roll(fire, delay)])
    noise = matched_noise(fire, SR)
    made = brought(np.stack([noise, 0.5 * np.roll(noise, delay)]), Y)
    assert np.corrcoef(made[0], np.roll(made[1], -delay))[0, 1] > (0.9 if delay else 0.999)
    assert rms(made[1]) == pytest.approx(0.5 * rms(made[0]), rel=0.05)
