"""What the last touch measures: nearly what the yardstick does, with a slope that is its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.auditory import auditory_statistics
from audiostyle_lib.sounds import harmonic_note, load_sound, rain, tone
from audiostyle_lib.statistics import SoundMeasure, sound_targets

SR = 22050


def by_class(y: np.ndarray) -> dict[str, np.ndarray]:
    measure = SoundMeasure(y.shape[-1], SR, n_channels=len(np.atleast_2d(y)))
    parts = torch.as_tensor(sound_targets([y], SR)[0]).split(measure.sizes)
    return dict(zip(measure.statistics, (p.numpy() for p in parts), strict=True))


@pytest.mark.parametrize("name", ["printer", "tabla", "safari"])
def test_it_measures_nearly_what_the_yardstick_measures(name: str) -> None:
    y = load_sound(name, seconds=3.0)
    ours, theirs = by_class(y), auditory_statistics(y, SR)
    n_bands = len(ours["envelope_mean"])  # over the range where the yardstick has 30

    def as_theirs(x: np.ndarray) -> np.ndarray:
        return np.interp(np.arange(30), np.linspace(0, 29, n_bands), x)

    for name in ("envelope_mean", "envelope_variation", "envelope_skewness"):
        assert np.corrcoef(as_theirs(ours[name]), theirs[name])[0, 1] > 0.7, name
    power = ours["modulation_power"].reshape(n_bands, 20).mean(axis=0)
    assert np.corrcoef(power, theirs["modulation_power"].mean(axis=0))[0, 1] > 0.9
    for name in ("band_correlation", "modulation_correlation"):
        assert ours[name].mean() == pytest.approx(theirs[name].mean(), abs=0.12), name


def test_modulation_is_found_at_its_rate() -> None:
    y = harmonic_note(1000.0, n_harmonics=1, am_rate=8.0, seconds=2.0)
    found = by_class(y)
    band = found["envelope_mean"].argmax()
    power = found["modulation_power"].reshape(-1, 20)[band]
    assert abs(np.log2(np.geomspace(0.5, 200, 20)[power.argmax()] / 8.0)) < 0.5
    assert by_class(rain(seconds=2.0))["modulation_power"].reshape(-1, 20)[band].argmax() > 8


def test_gradient_is_the_slope() -> None:
    y = torch.as_tensor(rain(seconds=0.5))
    measure = SoundMeasure(len(y), SR)
    weights = measure.weights(measure(y))
    direction = torch.randn(y.shape, generator=torch.Generator().manual_seed(0))
    start = (y + 0.02 * direction).requires_grad_(True)

    def loss(x: torch.Tensor) -> torch.Tensor:
        return (weights * (measure(x) - measure(y)).square()).sum()

    loss(start).backward()
    assert start.grad is not None
    slope = float(start.grad @ direction)
    with torch.no_grad():
        step = 1e-3
        measured = (loss(start + step * direction) - loss(start - step * direction)) / (2 * step)
    assert slope == pytest.approx(float(measured), rel=0.02)


# ---- several channels --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "louder"), [("same", 2**0.18), ("opposite", 0.2), ("other", 1.0)]
)
def test_channels_and_their_sum_are_heard(second: str, louder: float) -> None:
    """The sum too, by whoever has one loudspeaker: of opposite channels silence is left."""
    y = rain(seconds=1.0)
    Y = {"same": y, "opposite": -y, "other": rain(seconds=1.0, seed=1)}
    found, alone = by_class(np.stack([y, Y[second]])), by_class(y)
    left, right, both = np.split(found["envelope_mean"], 3)
    assert left.shape == right.shape == both.shape == alone["envelope_mean"].shape
    assert np.median(both / left) == pytest.approx(louder, abs=0.15)
    assert len(found["modulation_power"]) == 3 * len(alone["modulation_power"])


def test_what_channels_have_in_common() -> None:
    y, other = rain(seconds=2.0), rain(seconds=2.0, seed=1)
    for second, waves, swells in ((y, 1, 1), (-y, -1, 1), (0.3 * y, 1, 1), (other, 0, 0)):
        found = by_class(np.stack([y, second]))
        real, imaginary = np.split(found["channel_correlation"], 2)
        assert np.allclose(np.median(real), waves, atol=0.05)
        assert np.allclose(np.median(imaginary), 0, atol=0.05)
        assert np.allclose(np.median(found["channel_envelope_correlation"]), swells, atol=0.1)
    assert not {name for name in by_class(y) if name.startswith("channel")}
    three = by_class(np.stack([y, other, y]))  # pairs: 0 1, 0 2, 1 2
    real = np.split(three["channel_correlation"], 2)[0].reshape(3, -1)
    assert np.allclose(np.median(real, axis=1), [0, 1, 0], atol=0.05)


def test_a_delay_is_a_phase() -> None:
    """A quarter of a period later: nothing of the wave is alike, but it is known where it went."""
    y = tone(1000.0, sr=16000, seconds=1.0)
    Y = torch.as_tensor(np.stack([y, np.roll(y, 4)]))  # of 16 samples
    measure = SoundMeasure(16000, 16000, n_channels=2)
    found = dict(zip(measure.statistics, measure(Y).split(measure.sizes), strict=True))
    band = int(found["envelope_mean"].view(3, -1)[0].argmax())
    real, imaginary = found["channel_correlation"].chunk(2)
    assert float(real[band]) == pytest.approx(0, abs=0.02)
    assert abs(float(imaginary[band])) == pytest.approx(1, abs=0.02)


def test_bands_that_are_not_heard_do_not_count() -> None:
    """Of a tone only its surroundings; and no number counts below 0."""
    y = torch.as_tensor(np.stack([tone(1000.0, seconds=1.0), 0.5 * tone(1000.0, seconds=1.0)]))
    measure = SoundMeasure(SR, SR, n_channels=2)
    target = measure(y)
    weights = dict(
        zip(measure.statistics, measure.weights(target).split(measure.sizes), strict=True)
    )
    assert all((w >= 0).all() and torch.isfinite(w).all() for w in weights.values())
    counted = (weights["envelope_variation"].view(3, -1) > 0).float().mean(dim=1)
    assert (counted < 0.7).all()


def test_weights_are_shares() -> None:
    """What is asked for twice as much counts twice as much, and all together as much as ever."""
    y = torch.as_tensor(rain(seconds=1.0))
    names = ("envelope_mean", "envelope_variation", "band_correlation")

    def shares(*values: float) -> list[float]:
        measure = SoundMeasure(SR, SR, sound=dict(zip(names, values, strict=True)))
        parts = measure.weights(measure(y)).split(measure.sizes)
        return [float(part.sum()) for part in parts]

    even, more = shares(1, 1, 1), shares(1, 2, 1)
    assert more[1] / more[0] == pytest.approx(2 * even[1] / even[0], rel=1e-4)
    assert shares(3, 3, 3) == pytest.approx(even, rel=1e-4)
    assert len(shares(1, 0, 1)) == 2  # what does not count is not computed
