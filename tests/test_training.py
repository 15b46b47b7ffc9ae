"""The small classifier learns what can be learned, and nothing else."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.lessons.classifier import (
    RECORDED,
    SYNTHETIC,
    Examples,
    _crop,
    sound_examples,
    train_classifier,
)
from audiostyle_lib.networks import DeepCNN
from audiostyle_lib.sounds import load_sound

CLASSES = ("tone", "rain", "sauna", "guitar")


@pytest.fixture(scope="module")
def examples() -> Examples:
    return sound_examples(12, classes=CLASSES)


@pytest.fixture(scope="module")
def test_set() -> Examples:
    return sound_examples(10, classes=CLASSES, test=True)


@pytest.fixture
def network() -> DeepCNN:
    return DeepCNN(257, n_filters=(16, 16))


def test_examples(examples: Examples) -> None:
    assert examples.S.shape == (48, 257, 39) and examples.names == CLASSES
    assert examples.labels.bincount().tolist() == [12] * 4
    again = sound_examples(12, classes=CLASSES)
    assert torch.equal(again.S, examples.S)
    assert not torch.equal(sound_examples(12, classes=CLASSES, seed=1).S, examples.S)
    strength = examples.S.mean(dim=(1, 2))
    assert strength.max() < 40 * strength.min()


def test_mean_is_removed(examples: Examples) -> None:
    flat = sound_examples(12, classes=CLASSES, remove_mean=True).S
    assert flat.mean(dim=2).abs().max() < 1e-5
    means = examples.S.mean(dim=2, keepdim=True)
    torch.testing.assert_close(flat, examples.S - means)


def test_every_class_makes_examples() -> None:
    everything = sound_examples(1)
    assert everything.S.isfinite().all() and len(everything.names) == 18
    assert "crow" not in RECORDED and len(SYNTHETIC) == 7


def test_no_moment_is_in_both_sets() -> None:
    y = np.arange(100_000, dtype=np.float32)
    rng = np.random.default_rng(0)
    train = [_crop(y, 0.5, False, rng, "y") for _ in range(200)]
    test = [_crop(y, 0.5, True, rng, "y") for _ in range(200)]
    assert max(c[-1] for c in train) < min(c[0] for c in test)
    assert min(c[0] for c in train) < 5000 and max(c[-1] for c in test) > 95_000


def test_it_learns(examples: Examples, test_set: Examples, network: DeepCNN) -> None:
    done = train_classifier(network, examples, test_set, n_epochs=8, progress=False)
    assert done.accuracy > 0.8  # chance is 0.25
    assert len(done.history) == 8 and done.history[-1] < 0.5 * done.history[0]
    assert list(done.network(test_set.S[:1])) == ["layer_1", "layer_2"]
    assert not any(p.requires_grad for p in done.network.parameters())


def test_it_cannot_learn_shuffled_labels(
    examples: Examples, test_set: Examples, network: DeepCNN
) -> None:
    order = torch.randperm(48, generator=torch.Generator().manual_seed(0))
    shuffled = Examples(examples.S, examples.labels[order], examples.names)
    done = train_classifier(network, shuffled, test_set, n_epochs=8, progress=False)
    assert done.accuracy < 0.6


def test_seeds_and_arguments(examples: Examples, test_set: Examples, network: DeepCNN) -> None:
    before = copy.deepcopy(network.state_dict())
    first, again, other = (
        train_classifier(network, examples, test_set, n_epochs=1, seed=s, progress=False)
        for s in (0, 0, 1)
    )
    assert first.history == again.history != other.history
    weights = [t.network.layers[0].weight for t in (first, again)]
    assert torch.equal(*weights) and not torch.equal(weights[0], network.layers[0].weight)
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    assert all(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("layout", ["time", "2d"])
def test_other_layouts(examples: Examples, test_set: Examples, layout: str) -> None:
    channels = {"time": 39, "2d": 1}[layout]
    network = DeepCNN(channels, n_filters=(4, 4), width=3, layout=layout)
    done = train_classifier(network, examples, test_set, n_epochs=1, progress=False)
    assert np.isfinite(done.history).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": ("tone", "tea")}, "classes has .'tea'."),
        ({"classes": ()}, "classes has nothing"),
        ({"n_per_class": 0}, "n_per_class is 0"),
        ({"seconds": 0.0}, "seconds is 0"),
        ({"seconds": 9.0, "classes": ("choir",)}, "seconds is 9.0; expected above 0, at most 1.10"),
    ],
)
def test_bad_examples(arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        sound_examples(**{"n_per_class": 1, **arguments})


def test_bad_training(examples: Examples, test_set: Examples, network: DeepCNN) -> None:
    other = sound_examples(1, classes=("tone", "rain"))
    with pytest.raises(AudioError, match="expected equal names and sizes"):
        train_classifier(network, examples, other, progress=False)
    with pytest.raises(AudioError, match="n_epochs is 0"):
        train_classifier(network, examples, test_set, n_epochs=0, progress=False)
    with pytest.raises(AudioError, match="expected 99 channels"):
        train_classifier(DeepCNN(99), examples, test_set, progress=False)


def test_recordings_are_as_long_as_the_examples_need() -> None:
    for name in RECORDED:
        assert 0.3 * len(load_sound(name)) >= 0.45 * 22050
