"""New frames: the weighted statistics of their references, and borders that are not seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.frames import Frames, new_frames, stretches
from audiostyle_lib.model import TextureModel
from audiostyle_lib.quality import DRAFT
from audiostyle_lib.sounds import engine, load_sound, rain
from audiostyle_lib.statistics import GramLoss

SR = 22050


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    return [rain(seconds=1.5), 0.2 * engine(seconds=1.0)]


@pytest.fixture(scope="module")
def hasty(sounds: list[np.ndarray]) -> TextureModel:
    return TextureModel.measure(sounds, SR, DRAFT.but(n_filters=16, n_steps=3))


@pytest.fixture(scope="module")
def careful(sounds: list[np.ndarray]) -> TextureModel:
    return TextureModel.measure(sounds, SR, DRAFT.but(n_filters=16, n_steps=60))


@pytest.fixture(scope="module")
def guitar() -> TextureModel:
    return TextureModel.measure([load_sound("guitar", seconds=3.0)], SR, DRAFT)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_new_frames_have_the_weighted_statistics(careful: TextureModel, share: float) -> None:
    n, model = 200, careful
    new = new_frames(model, n, weights=np.tile([1 - share, share], (n, 1)))
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


def test_means_follow_weights_frame_by_frame(hasty: TextureModel) -> None:
    share = np.linspace(0, 1, 300)
    new = new_frames(hasty, 300, weights=np.stack([1 - share, share], 1))
    first, last = new.S[:, :60].mean(dim=1), new.S[:, -60:].mean(dim=1)
    a, b = hasty.means
    for part, near, far in ((first, a, b), (last, b, a)):
        assert (part - near).norm() < 0.5 * (part - far).norm()


def test_frames_continue_what_was_before(guitar: TextureModel) -> None:
    """Across a border the filters see both sides: its step is like the steps within."""
    ratios = []
    for seed in range(6):
        before = new_frames(guitar, 80, seed=seed).x
        kept = before.clone()
        new, alone = (
            new_frames(guitar, 80, before=end, seed=seed + 6).x for end in (before[:, -31:], None)
        )
        within = new.diff(dim=1).norm(dim=0).median()
        assert torch.equal(before, kept) and new.shape == (32, 80)
        ratios.append([float((before[:, -1] - x[:, 0]).norm() / within) for x in (new, alone)])
    joined, cut = np.median(ratios, axis=0)
    assert joined < 1.4 and cut > 1.3 * joined, (joined, cut)


def test_open_ends_are_no_worse_than_the_middle(guitar: TextureModel) -> None:
    """On average of six seeds: any of them may pluck just there."""
    takes = [new_frames(guitar, 200, seed=s).x.diff(dim=1).norm(dim=0) for s in range(6)]
    size = torch.stack(takes).mean(dim=0)
    for end in (size[:5], size[-5:]):
        assert end.mean() < 1.6 * size[50:150].mean(), (size[:5], size[-5:], size[50:150].mean())


def test_stretches_go_on(guitar: TextureModel) -> None:
    """Each is as long as its shares, and begins where the last one ended."""
    lengths = (60, 20, 60)  # the second one is shorter than what the widest kernel sees
    made = list(stretches(guitar, [np.ones((n, 1)) for n in lengths]))
    assert [new.S.shape for new in made] == [(513, n) for n in lengths]
    x = torch.cat([new.x for new in made], dim=1)
    step = x.diff(dim=1).norm(dim=0)
    assert float(step[[59, 79]].max() / step.median()) < 2.0


def test_seeds(hasty: TextureModel) -> None:
    first, again, other = (new_frames(hasty, 80, seed=s) for s in (0, 0, 1))
    assert torch.equal(first.S, again.S) and not torch.allclose(first.S, other.S)
    assert first.history == again.history


def test_what_is_watched_is_what_was_searched(hasty: TextureModel) -> None:
    steps: list[Frames] = []
    made = new_frames(hasty, 90, seed=1, watch=steps.append)
    assert torch.equal(made.S, new_frames(hasty, 90, seed=1).S)
    loss = GramLoss.wanted(hasty.features, [0.5, 0.5], 90)
    for now in steps:
        assert float(loss(hasty.network(now.seen[None]))) == pytest.approx(
            now.history[-1], rel=1e-4
        )
        assert now.S.shape == made.S.shape and now.x.shape == made.x.shape
    assert torch.equal(steps[-1].x, made.x) or made.history[-1] > min(made.history)
    assert not torch.equal(steps[0].x, made.x)
