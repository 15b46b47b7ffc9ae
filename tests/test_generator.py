"""The generator: learned once, then any noise gives the texture; the same whatever the blocks."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from audiostyle_lib import AudioError, train_generator
from audiostyle_lib.generator import TextureGenerator, relevel
from audiostyle_lib.levels import rms
from audiostyle_lib.maker import NoiseToChannels
from audiostyle_lib.metrics import auditory_distances, spectrogram_copy_score, spectrum_distance
from audiostyle_lib.quality import DRAFT, STANDARD
from audiostyle_lib.seeds import noise_source
from audiostyle_lib.sounds import crackle, matched_noise
from audiostyle_lib.transforms import CQT, STFT

SR = 22050
TINY, SMALL = STANDARD.but(n_filters=8), STANDARD.but(n_filters=16)
QUICK = {"channel_steps": 6, "sound_steps": 2, "quality": TINY, "progress": False}


@pytest.fixture(scope="module")
def y() -> np.ndarray:
    return crackle(12.0, seconds=3.0)


@pytest.fixture(scope="module")
def made(y: np.ndarray) -> TextureGenerator:
    """Trained for a few seconds."""
    return train_generator(y, SR, channel_steps=100, sound_steps=40, quality=SMALL, progress=False)


def test_training_lowers_the_distances(made: TextureGenerator) -> None:
    assert len(made.history) == 100 and len(made.refine_history) == 40
    assert np.mean(made.history[-10:]) < made.history[0] / 4
    assert np.mean(made.refine_history[-10:]) < 0.8 * np.mean(made.refine_history[:5])


def distance(y: np.ndarray, made: TextureGenerator) -> float:
    """Mean of two takes."""
    return float(
        np.mean([auditory_distances(y, made.synthesize(3.0, s), SR)["auditory"] for s in (1, 2)])
    )


def test_trained_is_nearer_than_untrained_than_noise(y: np.ndarray, made: TextureGenerator) -> None:
    noise = auditory_distances(y, matched_noise(y, SR), SR)["auditory"]
    untrained = train_generator(
        y, SR, channel_steps=1, sound_steps=0, quality=SMALL, progress=False
    )
    assert untrained.refine_history == []
    assert distance(y, made) < 0.85 * distance(y, untrained)
    assert distance(y, untrained) < 0.8 * noise  # the levels of each bin, and slow noise
    off = [spectrum_distance(y, made.synthesize(3.0, seed), SR) for seed in range(4)]
    assert np.mean(off) < 3.0  # dB, on any processor; takes scatter by 1


def test_seeds(y: np.ndarray) -> None:
    one, two = (train_generator(y, SR, seed=3, **QUICK) for _ in range(2))
    other = train_generator(y, SR, seed=4, **QUICK)
    assert one.history == two.history != other.history
    assert np.array_equal(one.synthesize(1.0, 5), two.synthesize(1.0, 5))
    assert not np.array_equal(one.synthesize(1.0, 5), other.synthesize(1.0, 5))


def test_another_seed_is_another_sound(made: TextureGenerator) -> None:
    a, b = made.synthesize(3.0, 1), made.synthesize(3.0, 2)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.1
    assert spectrogram_copy_score(a, a, SR) > 0.99  # the measure would see it
    assert spectrogram_copy_score(a, b, SR) < 0.9


def test_variety_keeps_takes_apart(y: np.ndarray) -> None:
    alike = []
    for variety in (0.0, 20.0):
        steps = {"channel_steps": 120, "sound_steps": 0}
        made = train_generator(y, SR, **steps, variety=variety, quality=SMALL, progress=False)
        takes = [made.synthesize(3.0, seed) for seed in range(4)]
        alike.append(np.mean([spectrogram_copy_score(a, b, SR) for a, b in pairwise(takes)]))
    assert alike[1] < alike[0] - 0.05, alike


def test_block_length_is_only_a_matter_of_cutting(made: TextureGenerator) -> None:
    whole = made.synthesize(14.0, seed=3)
    for seconds in (0.3, 1.7):
        blocks = list(islice(made.stream(seconds, seed=3), int(14 / seconds)))
        assert {block.shape for block in blocks} == {(round(seconds * SR),)}
        assert all(b.dtype == np.float32 and np.abs(b).max() <= 1 for b in blocks)
        joint = np.concatenate(blocks)
        assert np.array_equal(joint, whole[: len(joint)])


def test_stretches_are_pieces_of_one_spectrogram(made: TextureGenerator) -> None:
    """What two stretches hold is what one pass over all of their noise makes: no seam."""
    network, generator = made.network, noise_source(7, "noise")
    one = np.ones((512, 1))
    pieces = torch.cat([F for F, _ in made.raw_stretches(7, [one, one])], dim=1)
    n = pieces.shape[1] // 2
    first = network.noise(n + 2 * network.margin, generator)
    torch.randn(len(made.voice.basis), n, generator=generator)  # of the bins' own noise
    both = [torch.cat(z, 2) for z in zip(first, network.noise(n, generator), strict=True)]
    seam = slice(n - 40, n + 40)
    x = made.channels(both, torch.ones(1, 1))[:, seam]
    found = made.voice.basis.mT @ pieces[:, seam]
    assert (found - x).norm() < 0.1 * x.norm()  # the bins' own noise is not quite at right angles


def test_no_seam_is_heard(made: TextureGenerator) -> None:
    """The spectrogram is as steady at the joints as elsewhere."""
    sound = torch.from_numpy(made.synthesize(26.0, seed=1))
    S = STFT().forward(sound)
    change = (S[:, 1:] - S[:, :-1]).square().mean(dim=0).numpy()
    joints = [k * 512 - 8 for k in (1, 2, 3, 4)]
    near = np.array([change[j - 4 : j + 5].mean() for j in joints])
    assert near.mean() < 2.5 * change.mean()
    assert (near < np.quantile(change, 0.99)).all()


def test_level_is_kept_without_end(y: np.ndarray, made: TextureGenerator) -> None:
    blocks = list(islice(made.stream(8.0, seed=1), 4))
    assert rms(np.concatenate(blocks)) == pytest.approx(rms(y), rel=0.15)
    for block in blocks:
        assert rms(block) == pytest.approx(rms(y), rel=0.3)
    quiet = train_generator(0.1 * y, SR, **QUICK).synthesize(20.0)
    assert rms(quiet) == pytest.approx(0.1 * rms(y), rel=0.15)


def test_relevel_brings_quantiles_to_others() -> None:
    own, wanted = torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[0.0, 10.0, 40.0]])
    found = relevel(torch.tensor([[-1.0, 0.5, 1.5, 3.0]]), own, wanted)
    assert found.tolist() == [[0.0, 5.0, 25.0, 40.0]]


def test_scales_of_noise_reach_as_far_as_they_say() -> None:
    """A change of the coarsest noise moves its own surroundings, and nothing beyond a margin."""
    network = NoiseToChannels(4)
    noise = network.noise(640, torch.Generator().manual_seed(0))
    before = network(noise)
    noise[0][0, :, 10] += 1.0
    moved = (network(noise) - before)[0].abs().amax(dim=0) > 1e-6
    middle = 10 * network.step + network.step // 2
    assert moved[middle - network.step : middle + network.step].all()
    assert not moved[: middle - network.margin - network.step].any()
    assert not moved[middle + network.margin + network.step :].any()


def test_nothing_is_changed(y: np.ndarray) -> None:
    before, state, threads = y.copy(), torch.get_rng_state(), torch.get_num_threads()
    made = train_generator(y, SR, **QUICK)
    weights = [p.clone() for p in made.network.parameters()]
    next(made.stream(0.5))
    assert np.array_equal(y, before) and torch.equal(state, torch.get_rng_state())
    assert torch.get_num_threads() == threads
    assert all(torch.equal(a, b) for a, b in zip(weights, made.network.parameters(), strict=True))
    with pytest.raises(FrozenInstanceError):
        made.gains = (2.0,)  # type: ignore[misc]


def test_rates_lengths_and_device(y: np.ndarray) -> None:
    assert len(train_generator(y[:SR], 44100, **QUICK).synthesize(0.7)) == round(0.7 * 44100)
    short = train_generator(y[: SR * 45 // 100], SR, device="cpu", **QUICK)
    assert short.refine_history == []  # too short for envelopes
    assert len(short.synthesize(0.01)) == round(0.01 * SR)
    assert short.network.out.device == torch.device("cpu")


def test_progress_as_a_function(y: np.ndarray) -> None:
    told: list[tuple[str, float]] = []
    train_generator(y, SR, **QUICK | {"progress": lambda *what: told.append(what)})
    ends = [number for number, what in enumerate(told) if what == ("train", 1.0)]
    assert len(ends) == 2 and ends[-1] == len(told) - 1
    assert [what for what, _ in told[-8:]] == ["train"] * 8

    def stop(what: str, share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_generator(y, SR, **QUICK | {"progress": stop})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"channel_steps": 0}, "channel_steps is 0"),
        ({"sound_steps": -1}, "sound_steps is -1"),
        ({"seed": -1}, "seed is -1"),
        ({"variety": -1.0}, "variety is -1.0"),
        ({"variety": float("nan")}, "variety is nan"),
        ({"quality": "superb"}, "quality is 'superb'"),
        ({"quality": DRAFT.but(widths=(4000,))}, "narrower kernels"),
        ({"quality": DRAFT.but(transform=CQT())}, "expects an STFT"),
        ({"device": "nowhere"}, "device is 'nowhere'"),
    ],
)
def test_errors_of_training(y: np.ndarray, wrong: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        train_generator(y, SR, **QUICK | wrong)


def test_errors_of_sounds(y: np.ndarray) -> None:
    with pytest.raises(AudioError, match="silent"):
        train_generator(np.zeros(SR, np.float32), SR, **QUICK)
    with pytest.raises(AudioError, match="shape"):
        train_generator(np.zeros((SR, 2), np.float32), SR, **QUICK)


def test_errors_of_calls_come_at_once(made: TextureGenerator) -> None:
    """Not at the first block."""
    for call in (made.synthesize, made.stream):
        with pytest.raises(AudioError, match="seconds is 0"):
            call(0.0)
        with pytest.raises(AudioError, match="seed is -1"):
            call(1.0, -1)
        with pytest.raises(AudioError, match="n_iter is 0"):
            call(1.0, n_iter=0)
    with pytest.raises(AudioError, match="multiple of 32"):
        made.network.noise(33, torch.Generator())
