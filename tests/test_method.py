"""A search step by step: the Gram matrix by hand, heat maps, the loss; and phases by projection."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from audiostyle_lib.audio import AudioError
from audiostyle_lib.page.html import PALETTE
from audiostyle_lib.page.steps import (
    DIFFERENCES,
    Steps,
    coloured,
    distance,
    filter_order,
    heat_maps,
    loss_curve,
)
from audiostyle_lib.page.widgets import Clip
from audiostyle_lib.sounds import tone
from audiostyle_lib.statistics import gram_matrix
from audiostyle_lib.transforms import STFT

RESPONSES = torch.tensor([[2.0, 0, 2, 0], [1, 0, 3, 0], [0, 4, 0, 2]])  # of chapter 6
BY_HAND = torch.tensor([[2.0, 2, 0], [2, 2.5, 0], [0, 0, 5]])


def test_the_gram_matrix_by_hand() -> None:
    assert torch.equal(gram_matrix(RESPONSES[None])[0], BY_HAND)
    assert torch.equal(gram_matrix(RESPONSES[None, :, [3, 0, 2, 1]])[0], BY_HAND)
    later = RESPONSES.clone()
    later[1] = RESPONSES[1].roll(1)
    expected = torch.tensor([[2.0, 0, 0], [0, 2.5, 2.5], [0, 2.5, 5]])
    assert torch.equal(gram_matrix(later[None])[0], expected)


def test_filters_that_respond_together_stand_together() -> None:
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat([0, 1, 2], 8))
    x = rng.random((3, 500))[groups] + 0.1 * rng.random((24, 500))
    order = filter_order(x @ x.T / 500)
    assert sorted(order) == list(range(24))
    assert np.count_nonzero(np.diff(groups[order])) == 2


def pixels(html: str) -> list[np.ndarray]:
    import base64

    found = re.findall(r"base64,([^\"]*)", html)
    return [np.asarray(Image.open(BytesIO(base64.b64decode(f))).convert("RGB")) for f in found]


def test_heat_maps_have_one_scale_and_their_difference() -> None:
    wanted = np.eye(4) + 0.5
    three = pixels(heat_maps(wanted, wanted))
    assert np.array_equal(three[0], three[1])
    assert len(np.unique(three[2].reshape(-1, 3), axis=0)) == 1
    more = pixels(heat_maps(wanted, 2 * wanted))[2].astype(int)
    less = pixels(heat_maps(wanted, 0 * wanted))[2].astype(int)
    assert (more[..., 0] > more[..., 2]).all(), "too much is orange"
    assert (less[..., 2] > less[..., 0]).all(), "too little is violet"
    assert "100% of" in heat_maps(wanted, 0 * wanted)


def test_colours_end_where_the_palette_ends() -> None:
    found = np.asarray(coloured(np.array([[-1.0, 0.0, 1.0, 9.0]]), PALETTE).convert("RGB"))[0]
    assert found.tolist() == [PALETTE[0], PALETTE[0], PALETTE[-1], PALETTE[-1]]
    assert len(DIFFERENCES) == len(PALETTE)


def test_the_curve_falls_and_the_dot_is_on_it() -> None:
    history = [1.0, 0.1, 0.01, 0.001]
    for at in range(4):
        html = loss_curve(history, at)
        points = re.findall(r"([\d.]+),([\d.]+)", re.search(r'points="([^"]*)"', html)[1])
        heights = [float(y) for _, y in points]
        assert np.diff(heights) == pytest.approx([np.diff(heights)[0]] * 3, abs=0.11)
        assert f'cx="{points[at][0]}" cy="{points[at][1]}"' in html
        assert f"Loss at step {at} of 3" in html


def test_steps_say_what_is_missing() -> None:
    clips = {n: Clip(tone(220.0 * (n + 1)), 22050, "Tone", "A pitch.") for n in range(2)}
    wanted = np.eye(3)
    with pytest.raises(AudioError, match="step 1 has no Gram matrix"):
        Steps("Up", clips, {0: wanted}, wanted, [1.0, 0.1])
    with pytest.raises(AudioError, match="expected one of 1 with a loss"):
        Steps("Up", clips, {0: wanted, 1: wanted}, wanted, [1.0])
    page = str(Steps("Up", clips, {0: 0 * wanted, 1: wanted}, wanted, [1.0, 0.1]))
    assert "matrices differ by 100%" in page and "matrices differ by 0%" in page


def test_distance_is_relative() -> None:
    wanted = np.arange(9.0).reshape(3, 3)
    assert distance(wanted, wanted) == 0 and distance(7 * wanted, 0 * wanted) == 1


def test_griffin_and_lim_go_to_and_fro() -> None:
    """Rounds by hand, as chapter 6 makes them, are those of the library without momentum."""
    y = torch.as_tensor(tone(440.0, seconds=0.5) + 0.1 * tone(1234.0, seconds=0.5))
    transform, n = STFT(), len(y)
    S = transform.forward(y)
    goal = transform.magnitude(S)
    rounds = [transform.inverse(S, length=n, n_iter=0, seed=0)]
    for _ in range(8):
        D = transform.complex(rounds[-1])
        rounds.append(transform.inverse(S, length=n, n_iter=0, guess=D))
    off = [float((transform.complex(x).abs() - goal).norm() / goal.norm()) for x in rounds]
    assert off == sorted(off, reverse=True) and off[-1] < 0.7 * off[0]
    library = transform.inverse(S, length=n, n_iter=8, momentum=0.0, seed=0)
    assert torch.allclose(library, rounds[-1], atol=1e-3)
