"""Principal channels: uncorrelated, and back again the sound they were made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib import DRAFT, train_generator
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.model import TextureModel
from audiostyle_lib.sounding import image_stretches, together
from audiostyle_lib.sounds import crackle, load_sound, rain
from audiostyle_lib.spatial import Layout, SpatialImage, cross_spectra, filtered
from audiostyle_lib.transforms import STFT

SR = 22050


def wide(
    seconds: float = 2.0,
    *,
    sr: int = SR,
    share: float = 0.6,
    delay: float = 4e-4,
    level: float = 0.6,
) -> np.ndarray:
    """Rain in two channels: a share of it in both, later and quieter in the second."""
    both, left, right = (rain(seconds=seconds, sr=sr, seed=seed) for seed in range(3))
    own = (1 - share) ** 0.5
    later = np.roll(both, round(delay * sr))
    Y = [share**0.5 * both + own * left, level * (share**0.5 * later + own * right)]
    return (0.5 * np.stack(Y)).astype(np.float32)


def error_db(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(found - wanted) / np.linalg.norm(wanted)))


def there_and_back(Y: np.ndarray, sr: int = SR) -> float:
    """Error in dB, relative to the sound at the level in use."""
    image = SpatialImage.of([Y], sr)
    again = filtered(image.apart(Y, 0), image.taps([1.0])).numpy()
    return error_db(image.layout.all(again), Y * (LEVEL / rms(Y)))


# ---- which channels say something of their own -------------------------------------------------


def test_layout() -> None:
    x, y, none = np.array([0.5, 0.25]), np.array([0.1, -0.3]), np.zeros(2)
    sound = np.stack([none, x, y, -x, x, none])
    layout = Layout.of([sound])
    assert layout.matrix.tolist() == [[0, 0], [1, 0], [0, 1], [-1, 0], [1, 0], [0, 0]]
    assert np.array_equal(layout.distinct(sound), np.stack([x, y]))
    assert np.array_equal(layout.all(layout.distinct(sound)), sound)


def test_what_is_equal_in_one_sound_may_differ_in_another() -> None:
    x, y = np.array([0.5, 0.25]), np.array([0.1, -0.3])
    assert Layout.of([np.stack([x, x]), np.stack([x, y])]).matrix.shape == (2, 2)
    assert Layout.of([np.stack([x, x]), np.stack([y, y])]).matrix.shape == (2, 1)


# ---- there and back ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "Y",
    [
        wide(),
        wide(share=0.9, delay=1e-3),
        wide(share=0.95, delay=5e-3),
        np.stack([rain(), 0.5 * rain()]),
        np.stack([rain(), -0.98 * rain()]),
        np.stack([load_sound("guitar", seconds=2.0), 0.3 * load_sound("sauna", seconds=2.0)]),
    ],
    ids=["partly alike", "delayed", "echo", "panned", "nearly opposite", "two sounds"],
)
def test_there_and_back(Y: np.ndarray) -> None:
    assert there_and_back(Y) < -40


@pytest.mark.parametrize(("sr", "most"), [(8000, -30), (16000, -40), (44100, -40), (96000, -40)])
def test_there_and_back_at_other_rates(sr: int, most: float) -> None:
    """Where a low rate cuts a loud band, its highest bin cannot hold a phase."""
    assert there_and_back(wide(sr=sr), sr) < most


@pytest.mark.parametrize("n", [3, 8])
def test_there_and_back_where_no_direction_is_stronger(n: int) -> None:
    """Directions then turn from bin to bin as chance has it, and filters are longer than they are
    made: that is not heard."""
    assert there_and_back(np.stack([0.5 * rain(seed=seed) for seed in range(n)])) < -25


@pytest.mark.parametrize("share", [0.0, 0.6, 0.95])
def test_parts_have_nothing_in_common(share: float) -> None:
    Y = wide(share=share)
    image = SpatialImage.of([Y], SR)
    parts = image.apart(Y, 0).numpy()
    assert parts.shape == Y.shape
    assert [rms(part) for part in parts] == pytest.approx([LEVEL] * 2, rel=1e-3)
    assert abs(np.corrcoef(parts)[0, 1]) < 0.03
    assert image.levels[0, 0] > image.levels[0, 1]
    assert np.square(image.levels).sum() == pytest.approx(2.0, rel=0.01)


def test_faint_parts_are_left_out() -> None:
    """What a coder leaves of two channels that are one would cost as much as all the rest."""
    y, hiss = rain(), rain(seed=1)
    assert SpatialImage.of([np.stack([y, -0.98 * y])], SR).n_parts == 1
    assert SpatialImage.of([np.stack([y, y + 1e-5 * hiss])], SR).n_parts == 1
    assert SpatialImage.of([np.stack([y, y + 0.1 * hiss])], SR).n_parts == 2
    assert SpatialImage.of([np.stack([y, y])], SR).n_distinct == 1


def test_cross_spectra_are_of_the_channels() -> None:
    Y = torch.as_tensor(wide())
    S = cross_spectra(Y, STFT())
    powers = [STFT().complex(y).abs().square().mean() for y in Y]
    found = S.diagonal(dim1=1, dim2=2).real.mean(dim=0)
    assert found.tolist() == pytest.approx([float(p) for p in powers], rel=0.05)
    coherence = S[50:400, 0, 1].abs() / (S[50:400, 0, 0] * S[50:400, 1, 1]).real.sqrt()
    assert float(coherence.mean()) == pytest.approx(0.6, abs=0.1)


# ---- filters, at once and piece by piece -------------------------------------------------------


def test_filters_are_those_of_the_definition() -> None:
    generator = torch.Generator().manual_seed(0)
    h, Y = torch.randn(3, 2, 64, generator=generator), torch.randn(2, 500, generator=generator)
    found = filtered(Y, h)
    for i in range(3):
        whole = sum(np.convolve(Y[j].numpy(), h[i, j].numpy()) for j in range(2))
        assert np.allclose(found[i], whole[32 : 32 + 500], atol=1e-4)


def test_long_sounds_are_filtered_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    h, Y = torch.randn(2, 2, 64, generator=generator), torch.randn(2, 5000, generator=generator)
    whole = filtered(Y, h)
    monkeypatch.setattr("audiostyle_lib.spatial._CHUNK", 701)
    assert torch.allclose(filtered(Y, h), whole, atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_image_of_a_stream_is_that_of_the_whole(share: float) -> None:
    model = TextureModel.measure([wide(share=share)], SR, DRAFT.but(n_filters=4))
    parts = torch.randn(2, 40_000, generator=torch.Generator().manual_seed(0))
    whole = together(model, parts, np.ones((1, 1)))
    pieces = parts.split([5000, 1024, 9001, 13_000, 11_975], dim=1)
    streamed = torch.cat(list(image_stretches(model.image.even_taps, pieces)), dim=1)
    n = streamed.shape[1]
    assert 40_000 - n == model.image.taps([1.0]).shape[2] // 2  # what waits for its future
    assert torch.allclose(streamed, whole[:, :n], atol=1e-4)


def test_a_generators_stream_has_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that has hardly learned: the image is not learned."""
    Y = wide(share=0.9, delay=0.0, level=0.5)
    made = train_generator(
        Y, SR, quality=DRAFT.but(n_filters=4), channel_steps=2, sound_steps=0, progress=False
    )
    y = made.synthesize(3.0)
    assert np.corrcoef(y)[0, 1] == pytest.approx(np.corrcoef(Y)[0, 1], abs=0.05)
    assert rms(y[1]) / rms(y[0]) == pytest.approx(0.5, rel=0.1)


def test_images_of_a_mixture_meet() -> None:
    """From the one's image to the other's, by shares; what has none takes that of the others."""
    left, right = np.stack([rain(), 0.1 * rain()]), np.stack([0.1 * rain(seed=1), rain(seed=1)])
    noise = [np.random.default_rng(s).normal(0, 0.01, left.shape[1]) for s in range(4)]
    left, right = left + np.stack(noise[:2]), right + np.stack(noise[2:])
    image = SpatialImage.of([left, right, crackle()[None]], SR)
    parts = torch.randn(image.n_parts, 20_000, generator=torch.Generator().manual_seed(0))

    def balance(*shares: float) -> float:
        y = filtered(parts, image.taps(shares)).numpy()
        return float(20 * np.log10(rms(y[0]) / rms(y[1])))

    assert balance(1, 0, 0) > 12 and balance(0, 1, 0) < -12 and abs(balance(1, 1, 0)) < 3
    assert balance(1, 0, 1) == pytest.approx(balance(1, 0, 0), abs=0.1)
    assert abs(balance(0, 0, 1)) < 3
