"""One number, many sources of noise: none is another's, whatever the number."""

from __future__ import annotations

from itertools import islice, product

import numpy as np
import pytest
import torch

from audiostyle_lib import DRAFT, frames, model, seeds, sounding, stream_texture
from audiostyle_lib.metrics import spectrogram_copy_score
from audiostyle_lib.seeds import derived_seed, noise_source
from audiostyle_lib.sounds import rain

SR = 22050
QUICK = DRAFT.but(n_filters=8, n_steps=6, n_iter=4)
STRETCHES = 4


def test_a_seed_for_every_purpose() -> None:
    purposes = [("frames",), ("filters",), ("phases",), *product(["stretch", "phases"], range(30))]
    found = [derived_seed(seed, *purpose) for seed in range(30) for purpose in purposes]
    assert len(set(found)) == len(found) and all(0 <= seed < 2**63 for seed in found)
    assert derived_seed(2**62 - 1, "frames") != derived_seed(2**62 - 2, "frames")
    assert derived_seed(0, "stretch", 1, 2) != derived_seed(0, "stretch", 2, 1)


def test_it_is_the_same_everywhere() -> None:
    """In every process, and on every machine: else a seed would not give a sound again."""
    assert derived_seed(0, "frames") == 2699830177457351877
    assert derived_seed(7, "stretch", 3) == 6415741370707739524


def test_noise() -> None:
    a, b, c = (torch.randn(1000, generator=noise_source(s, "frames")) for s in (0, 0, 1))
    assert torch.equal(a, b) and abs(float((a * c).mean())) < 0.15


def stretches(y: np.ndarray, seed: int) -> list[np.ndarray]:
    """The first seconds of a stream, in pieces as long as its stretches."""
    blocks = stream_texture(y, SR, block_seconds=len(y) / SR, quality=QUICK, seed=seed)
    return list(islice(blocks, STRETCHES))


def found_again(y: np.ndarray) -> tuple[float, float]:
    """How much of a stream is found in those of other seeds, and how much elsewhere in itself."""
    own, *others = (stretches(y, seed) for seed in range(4))
    elsewhere = [
        spectrogram_copy_score(np.concatenate(own[:i] + own[i + 1 :]), part, SR)
        for i, part in enumerate(own)
    ]
    in_others = [
        spectrogram_copy_score(np.concatenate(other), part, SR) for other in others for part in own
    ]
    return max(in_others), max(elsewhere)


def test_no_stretch_of_a_stream_comes_again_with_another_seed() -> None:
    in_others, elsewhere = found_again(rain(seconds=2.0))
    assert in_others < elsewhere + 0.1


def test_seeds_that_are_added_up_meet_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they did: what was stretch 3 of seed 0 was stretch 2 of seed 1, and this would hear it."""

    def added(seed: int, *purpose: str | int) -> int:
        number = int(purpose[1]) if len(purpose) > 1 else 0
        return seed + {"stretch": 1 + number, "phases": number}.get(str(purpose[0]), 0)

    for module in (seeds, frames, model, sounding):
        monkeypatch.setattr(module, "derived_seed", added)
    in_others, elsewhere = found_again(rain(seconds=2.0))
    assert in_others > elsewhere + 0.5
