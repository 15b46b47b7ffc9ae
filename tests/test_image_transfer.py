"""Pictures made after pictures: statistics taken over, content kept, bad input refused."""

from __future__ import annotations

import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.images.networks import RandomPyramid
from audiostyle_lib.images.pictures import load_picture
from audiostyle_lib.images.transfer import synthesize_image_texture, transfer_image_style
from audiostyle_lib.statistics import ContentLoss, GramLoss

COFFEE, GRAVEL = load_picture("coffee", size=64), load_picture("gravel", size=64)
QUICK = {"n_steps": 15, "progress": False}
MEASURE = RandomPyramid(n_filters=8, seed=99)  # other filters than those that made the pictures


def test_texture_takes_over_the_statistics() -> None:
    made = synthesize_image_texture(GRAVEL, **(QUICK | {"n_steps": 40}))
    loss = GramLoss(MEASURE(GRAVEL))
    noise = GRAVEL.mean() + GRAVEL.std() * torch.randn(
        GRAVEL.shape, generator=torch.Generator().manual_seed(5)
    )
    assert loss(MEASURE(made.image)) < 0.2 * loss(MEASURE(noise.clamp(0, 1)))
    assert made.history[-1] < 1e-2 * made.history[0] and made.seconds_taken > 0
    assert torch.allclose(made.image.mean(), GRAVEL.mean(), atol=0.03)
    assert (made.image - GRAVEL).std() > 0.5 * GRAVEL.std()  # not the same gravel


def test_weight_trades_content_for_style() -> None:
    content, style = ContentLoss(MEASURE(COFFEE)), GramLoss(MEASURE(GRAVEL), with_mean=True)
    made = [
        MEASURE(transfer_image_style(COFFEE, GRAVEL, style_weight=w, **QUICK).image)
        for w in (0.0, 0.9, 1.0)
    ]
    assert content(made[0]) < content(made[1]) < content(made[2])
    assert style(made[0]) > style(made[1]) > style(made[2])


def test_sizes() -> None:
    assert synthesize_image_texture(GRAVEL, size=(40, 72), **QUICK).image.shape == (1, 3, 40, 72)
    made = transfer_image_style(COFFEE, load_picture("brick", size=48), **QUICK).image
    assert made.shape == COFFEE.shape and made.min() >= 0 and made.max() <= 1


def test_seeds_and_arguments() -> None:
    before = COFFEE.clone(), GRAVEL.clone()
    first, again, other = (
        transfer_image_style(COFFEE, GRAVEL, start="noise", seed=s, **QUICK).image
        for s in (0, 0, 1)
    )
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=0.05)
    assert torch.equal(COFFEE, before[0]) and torch.equal(GRAVEL, before[1])


def test_another_network_by_the_same_interface() -> None:
    network = RandomPyramid(n_filters=4, n_levels=2)
    made = transfer_image_style(COFFEE, GRAVEL, network=network, content_layer="level_1", **QUICK)
    assert made.image.shape == COFFEE.shape


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"content": COFFEE[0]}, "content has shape"),
        ({"style": 255 * GRAVEL}, "style has values outside"),
        ({"style": GRAVEL * float("nan")}, "style has values outside"),
        ({"content": COFFEE[..., :20]}, "at least 32 x 32 pixels"),
        ({"style_weight": -0.1}, "style_weight is -0.1"),
        ({"style_weight": float("nan")}, "style_weight is nan"),
        ({"start": "middle"}, "start is 'middle'"),
        ({"content_layer": "level_9"}, "content_layer is 'level_9'; expected one of picture, l"),
        ({"style_weight": "much"}, "style_weight is 'much'"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 0.5}, "seed is 0.5"),
        ({"device": "abacus"}, "device is 'abacus', which torch cannot use here"),
    ],
)
def test_bad_input(arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        transfer_image_style(**{"content": COFFEE, "style": GRAVEL, **QUICK, **arguments})


@pytest.mark.parametrize("size", [(0, 40), (-3, 40), (40.5, 40), (40,), (40, 40, 3), 40, "ab"])
def test_bad_sizes(size: object) -> None:
    with pytest.raises(AudioError, match=r"size is .*expected \(height, width\) in whole pixels"):
        synthesize_image_texture(GRAVEL, size=size, **QUICK)


def test_too_small_for_the_network() -> None:
    with pytest.raises(AudioError, match="at least 32 x 32 pixels"):
        synthesize_image_texture(GRAVEL, size=(20, 40), **QUICK)
