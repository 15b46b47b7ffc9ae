"""What is measured of references: each in one basis, at one level, as wide as its kernels see."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.levels import rms, without_offset
from audiostyle_lib.model import TextureModel
from audiostyle_lib.optim import check_device
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.sounds import engine, rain
from audiostyle_lib.statistics import SoundMeasure
from audiostyle_lib.trend import without_course

SR = 22050
SMALL = DRAFT.but(n_filters=16)


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    return [rain(seconds=1.5), 0.2 * engine(seconds=1.0)]


@pytest.fixture(scope="module")
def model(sounds: list[np.ndarray]) -> TextureModel:
    return TextureModel.measure(sounds, SR, SMALL)


def test_analysis_is_of_each_sound_in_one_basis(model: TextureModel, sounds: list) -> None:
    assert torch.allclose(model.basis.mT @ model.basis, torch.eye(32), atol=1e-4)
    for mean, F, y in zip(model.means, model.fluctuations, sounds, strict=True):
        y = without_course(without_offset(y, SR)[None])[0]
        S = model.transform.forward(torch.as_tensor(y * (0.1 / rms(y))))
        assert torch.allclose(mean[:, None] + F, S, atol=1e-5)
        assert F.mean(dim=1).abs().max() < 1e-4
    assert model.n_statistics() == 3 * 16 * 17 // 2 and model.span == 32
    assert model.longest == len(sounds[0])
    assert model.levels == pytest.approx([rms(without_offset(y, SR)) for y in sounds])


def test_what_components_leave_out_is_what_they_leave_out(model: TextureModel) -> None:
    for F, x, rest in zip(model.fluctuations, model.channels, model.residuals, strict=True):
        assert torch.allclose(model.basis @ x + rest, F, atol=1e-5)
        assert (model.basis.mT @ rest).abs().max() < 1e-3 * F.abs().max()


def test_level_of_a_reference_does_not_count(model: TextureModel, sounds: list) -> None:
    louder = TextureModel.measure([sounds[0], 5 * sounds[1]], SR, SMALL)
    assert torch.allclose(louder.means, model.means, atol=1e-4)


def test_dilation_widens_what_is_seen(sounds: list) -> None:
    model = TextureModel.measure(sounds, SR, SMALL.but(n_filters=4, widths=(3, 8), dilation=4))
    assert model.span == 29


def test_all_bins_keep_their_mean(sounds: list) -> None:
    model = TextureModel.measure(sounds[:1], SR, SMALL.but(n_filters=4, n_components=None))
    assert not model.means.any() and torch.equal(model.basis, torch.eye(513))


def test_the_last_touch_counts_where_there_is_one(sounds: list) -> None:
    """Its numbers are statistics too; a sound too short for envelopes has none."""
    model = TextureModel.measure(sounds[:1], SR, STANDARD.but(n_filters=16))
    grams, touched = 2 * 16 * 17 // 2, sum(SoundMeasure(SR, SR).sizes)
    assert model.n_statistics() == grams + touched and model.n_refine() == STANDARD.n_refine
    assert model.n_statistics(SR // 3) == grams and model.n_refine(SR // 3) == 0


def test_frames_to_make(model: TextureModel) -> None:
    """One more than the length has; a sound shorter than the widest kernel is made longer."""
    assert model.n_frames(SR) == 1 + SR // 256 + 1
    assert model.n_frames(1) == 2 * model.span


@pytest.mark.parametrize(
    "device", ["abacus", "meta", *([] if torch.cuda.is_available() else ["cuda"])]
)
def test_devices_that_cannot_be_used(device: str, sounds: list) -> None:
    with pytest.raises(AudioError, match=f"device is '{device}', which torch cannot use here"):
        check_device(device)
    with pytest.raises(AudioError, match=f"device is '{device}'"):
        TextureModel.measure(sounds, SR, SMALL, device=device)
