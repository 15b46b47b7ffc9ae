"""The texture engine: what it measures of references, and frames that continue others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.levels import rms
from audiostyle_lib.model import (
    TextureModel,
    check_length,
    check_reference,
)
from audiostyle_lib.optim import check_device
from audiostyle_lib.sounds import engine, load_sound, rain
from audiostyle_lib.statistics import GramLoss
from audiostyle_lib.transforms import STFT

SR = 22050


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    return [rain(seconds=1.5), 0.2 * engine(seconds=1.0)]


@pytest.fixture(scope="module")
def model(sounds: list[np.ndarray]) -> TextureModel:
    return TextureModel.of(sounds, transform=STFT(), n_filters=16)


def test_analysis_is_of_each_sound_in_one_basis(model: TextureModel, sounds: list) -> None:
    assert torch.allclose(model.basis.mT @ model.basis, torch.eye(32), atol=1e-4)
    for mean, F, y in zip(model.means, model.fluctuations, sounds, strict=True):
        S = model.transform.forward(torch.as_tensor(y * (0.1 / rms(y))))
        assert torch.allclose(mean[:, None] + F, S, atol=1e-5)
        assert F.mean(dim=1).abs().max() < 1e-4
    assert model.n_statistics == 3 * 16 * 17 // 2 and model.span == 32


def test_level_of_a_reference_does_not_count(model: TextureModel, sounds: list) -> None:
    louder = TextureModel.of([sounds[0], 5 * sounds[1]], transform=STFT(), n_filters=16)
    assert torch.allclose(louder.means, model.means, atol=1e-4)


def test_dilation_widens_what_is_seen(sounds: list) -> None:
    model = TextureModel.of(sounds, transform=STFT(), n_filters=4, widths=(3, 8), dilation=4)
    assert model.span == 29


def test_all_bins_keep_their_mean(sounds: list) -> None:
    model = TextureModel.of(sounds[:1], transform=STFT(), n_filters=4, n_components=None)
    assert not model.means.any() and torch.equal(model.basis, torch.eye(513))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_new_frames_have_the_weighted_statistics(model: TextureModel, share: float) -> None:
    n = 200
    new = model.frames(n, weights=np.tile([1 - share, share], (n, 1)), n_steps=60)
    loss = GramLoss(*model.features, weights=[1 - share, share])
    noise = torch.randn(new.x.shape, generator=torch.Generator().manual_seed(0))
    assert loss(model.network(new.x[None])) < 0.05 < 0.1 * loss(model.network(noise[None]))
    # each bin has the weighted mean and the weighted distribution of levels
    mean = (1 - share) * model.means[0] + share * model.means[1]
    assert torch.allclose(new.S.mean(dim=1), mean, atol=0.05)
    highest = sum(
        w * F.max(dim=1).values for w, F in zip((1 - share, share), model.fluctuations, strict=True)
    )
    assert torch.allclose(new.S.max(dim=1).values, mean + highest, atol=1e-3)


def test_means_follow_weights_frame_by_frame(model: TextureModel) -> None:
    share = np.linspace(0, 1, 300)
    new = model.frames(300, weights=np.stack([1 - share, share], 1), n_steps=3)
    first, last = new.S[:, :60].mean(dim=1), new.S[:, -60:].mean(dim=1)
    a, b = model.means
    for part, near, far in ((first, a, b), (last, b, a)):
        assert (part - near).norm() < 0.5 * (part - far).norm()


def test_frames_continue_what_was_before() -> None:
    """Across a border the filters see both sides: its step is like the steps within."""
    guitar = load_sound("guitar", seconds=3.0)
    model = TextureModel.of([guitar], transform=STFT())
    before = model.frames(200, n_steps=60).x
    kept = before.clone()
    ratios = []
    for seed in range(3):
        new = model.frames(150, before=before[:, -31:], n_steps=60, seed=seed).x
        within = new.diff(dim=1).norm(dim=0).median()
        alone = model.frames(150, n_steps=60, seed=seed).x
        ratios.append([float((before[:, -1] - x[:, 0]).norm() / within) for x in (new, alone)])
    joined, cut = np.median(ratios, axis=0)
    assert joined < 1.3 and cut > 1.3 * joined
    assert torch.equal(before, kept) and new.shape == (32, 150)


def test_open_ends_are_no_worse_than_the_middle() -> None:
    guitar = load_sound("guitar", seconds=3.0)
    steps = TextureModel.of([guitar], transform=STFT()).frames(200, n_steps=60).x.diff(dim=1)
    size = steps.norm(dim=0)
    for end in (size[:5], size[-5:]):
        assert end.mean() < 1.6 * size[50:150].mean()


def test_seeds(model: TextureModel) -> None:
    first, again, other = (model.frames(80, n_steps=3, seed=s) for s in (0, 0, 1))
    assert torch.equal(first.S, again.S) and not torch.allclose(first.S, other.S)
    assert first.history == again.history


def test_checks() -> None:
    transform = STFT()
    with pytest.raises(AudioError, match=r"style lasts 0\.100 s; expected at least 0\.383 s"):
        check_reference(rain(seconds=0.1), SR, transform=transform, widths=(32,), name="style")
    with pytest.raises(AudioError, match="kernels of 31 frames"):
        check_reference(
            rain(seconds=0.3), SR, transform=transform, widths=(4,), dilation=10, name="y"
        )
    with pytest.raises(AudioError, match=r"seconds is 1801\.0; expected at most 1800"):
        check_length(1801.0, SR)
    with pytest.raises(AudioError, match="device is 'abacus'"):
        check_device("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(AudioError, match="device is 'cuda', which torch cannot use here"):
            check_device("cuda")
