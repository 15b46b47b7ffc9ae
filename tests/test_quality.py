"""A quality: frozen words that say how, the same in every call, and statistics by their names."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
import torch
from torch import Tensor

import audiostyle_lib as al
from audiostyle_lib import BEST, DRAFT, STANDARD, AudioError, Quality
from audiostyle_lib.model import TextureModel
from audiostyle_lib.quality import QUALITIES, as_quality
from audiostyle_lib.refine import refined
from audiostyle_lib.sounds import crackle, matched_noise, rain
from audiostyle_lib.statistics import (
    FRAME_STATISTICS,
    SOUND_STATISTICS,
    Features,
    FrameStatistic,
    Heard,
    SoundMeasure,
    SoundStatistic,
    gram_matrix,
    sound_targets,
)
from audiostyle_lib.transforms import CQT, STFT

SR = 22050
PUBLIC = (
    "synthesize_texture",
    "mix_textures",
    "stream_texture",
    "transfer_style",
    "train_generator",
)
CALLS: dict[str, Callable] = {name: getattr(al, name) for name in PUBLIC}


# ---- the words --------------------------------------------------------------------------------


def test_presets() -> None:
    assert QUALITIES == {"draft": DRAFT, "standard": STANDARD, "best": BEST}
    assert all(as_quality(name) is quality for name, quality in QUALITIES.items())
    assert as_quality(STANDARD) is STANDARD and Quality() == DRAFT
    assert STANDARD.widths == BEST.widths == (2, 8)
    assert STANDARD.frames == BEST.frames == {"gram": 1.0, "rhythm": 0.3, "diversity": 1.0}
    assert DRAFT.n_refine == 0 < STANDARD.n_refine < BEST.n_refine
    assert set(DRAFT.sound) == set(SOUND_STATISTICS)


def test_it_is_frozen_and_what_it_was_made_of_may_change() -> None:
    with pytest.raises(FrozenInstanceError):
        STANDARD.n_steps = 5  # type: ignore[misc]
    weights, widths = {"gram": 1.0}, [2, 8]
    own = Quality(frames=weights, widths=widths)  # type: ignore[arg-type]
    weights["rhythm"], widths[0] = 1.0, 99
    assert own.frames == {"gram": 1.0} and own.widths == (2, 8)


def test_but() -> None:
    own = STANDARD.but(n_filters=128, rhythm=0.0, modulation_power=2)
    assert (own.n_filters, own.frames["rhythm"], own.sound["modulation_power"]) == (128, 0.0, 2.0)
    assert own.frames["diversity"] == 1.0 and own.sound["envelope_mean"] == 1.0  # as before
    assert STANDARD.n_filters == 64 and STANDARD.frames["rhythm"] == 0.3  # itself is as it was
    assert own.but(n_filters=64, rhythm=0.3, modulation_power=1.0) == STANDARD
    assert STANDARD.but() == STANDARD
    both = DRAFT.but(frames={"gram": 2.0}, rhythm=1.0)
    assert both.frames == {"gram": 2.0, "rhythm": 1.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"n_filter": 3},
            "a quality has no n_filter; expected some of n_filters, widths.* gram, rhythm",
        ),
        ({"loudness": 1.0, "colour": 2.0}, "a quality has no colour, loudness"),
        ({"frames": {"gran": 1.0}}, "frames is .*'gran'.*expected weights of some of gram, rhythm"),
        ({"sound": {"gram": 1.0}}, "sound is .*expected weights of some of .*envelope_mean"),
        ({"frames": ["gram"]}, "frames is"),
        ({"frames": {}}, "frames is {}; expected at least one weight above 0"),
        ({"frames": {"gram": 0.0}}, "expected at least one weight above 0"),
        ({"rhythm": -1.0}, "rhythm is -1.0; expected a number of at least 0"),
        ({"rhythm": "much"}, "rhythm is 'much'"),
        ({"diversity": float("nan")}, "diversity is nan"),
        ({"envelope_mean": -1.0}, "envelope_mean is -1.0"),
        ({"n_filters": "many"}, "n_filters is 'many'"),
        ({"n_filters": 10**5}, "n_filters is 100000; expected .* at most 1,024"),
        ({"n_filters": 2.5}, "n_filters is 2.5"),
        ({"n_filters": 0}, "n_filters is 0"),
        ({"n_components": "all"}, "n_components is 'all'"),
        ({"n_components": 0}, "n_components is 0"),
        ({"n_steps": 2.5}, "n_steps is 2.5"),
        ({"n_steps": "3"}, "n_steps is '3'"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_refine": 1.5}, "n_refine is 1.5"),
        ({"n_refine": -1}, "n_refine is -1"),
        ({"n_iter": 0}, "n_iter is 0"),
        ({"start": "content"}, "start is 'content'"),
        ({"start": -1.0}, "start is -1.0"),
        ({"start": float("inf")}, "start is inf"),
        ({"widths": 8}, "widths is 8"),
        ({"widths": ()}, r"widths is \(\)"),
        ({"widths": (2, 2)}, r"widths is \(2, 2\); expected each width once"),
        ({"widths": (0,)}, "a width is 0"),
        ({"widths": (2.5,)}, "a width is 2.5"),
        ({"widths": "wide"}, "a width is 'w'"),
        ({"dilation": 1.5}, "dilation is 1.5"),
        ({"dilation": 0}, "dilation is 0"),
        ({"transform": "fft"}, "transform is 'fft'; expected one of cqt, stft, or a Transform"),
        ({"transform": 3}, "transform is 3"),
    ],
)
def test_what_it_refuses(changes: dict, message: str) -> None:
    """When it is made, not when it is used."""
    with pytest.raises(AudioError, match=message) as refused:
        STANDARD.but(**changes)
    assert "\n" not in str(refused.value)


def test_equal_ones_are_one_key() -> None:
    first, same = (
        STANDARD.but(widths=w, start=s) for w, s in ((np.array([4, 9]), 1), ([4, 9], 1.0))
    )
    assert first == same and hash(first) == hash(same) and {first: 1}[same] == 1
    different = [
        *(DRAFT, STANDARD, BEST, STANDARD.but(rhythm=0.1), STANDARD.but(envelope_mean=0.0)),
        *(DRAFT.but(transform="cqt"), DRAFT.but(transform=CQT()), DRAFT.but(n_iter=16)),
    ]
    assert len({quality: 0 for quality in different}) == len(different)
    assert len(set(different)) == len(different)


def test_it_travels() -> None:
    for quality in (BEST, DRAFT.but(transform=STFT(512, 128), rhythm=0.5, n_components=None)):
        again = pickle.loads(pickle.dumps(quality))
        assert again == quality and hash(again) == hash(quality)
        assert again.but(n_steps=1).frames == quality.frames


def test_every_word_is_heard() -> None:
    """Another value of any attribute is another sound: none is forgotten on the way."""
    y = crackle(seconds=1.0)
    small = STANDARD.but(n_filters=4, n_steps=2, n_refine=2)
    words = {
        **{"n_filters": 5, "widths": (2, 9), "dilation": 2, "n_components": 20, "start": 0.5},
        **{"transform": STFT(512, 256), "n_steps": 4, "n_refine": 3, "n_iter": 5},
        **{"n_start": 1, "n_sharpen": 5},
        **{"frames": {"gram": 1.0}, "sound": {"envelope_mean": 1.0}},
    }
    assert set(words) == {f.name for f in fields(Quality)}

    def made(quality: Quality) -> bytes:
        return al.synthesize_texture(y, SR, quality=quality, progress=False).y.tobytes()

    plain = made(small)
    assert made(small.but(n_steps=2)) == plain
    same = [name for name, value in words.items() if made(small.but(**{name: value})) == plain]
    assert same == []


# ---- in every call ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLIC)
def test_calls_have_few_parameters(name: str) -> None:
    parameters = inspect.signature(CALLS[name]).parameters
    assert len(parameters) <= 9
    assert not {f.name for f in fields(Quality)} & set(parameters)
    assert {"seed", "quality", "device", "progress"} <= set(parameters)


def test_a_word_has_one_default_in_all_calls() -> None:
    defaults: dict[str, set] = {}
    for call in CALLS.values():
        for word, parameter in inspect.signature(call).parameters.items():
            if parameter.default is not parameter.empty:
                defaults.setdefault(word, set()).add(parameter.default)
    assert {word: len(found) for word, found in defaults.items()} == dict.fromkeys(defaults, 1)
    assert defaults["quality"] == {"standard"} and defaults["seed"] == {0}


def made_by(call: str, quality: str | Quality) -> np.ndarray:
    """A little sound by each of the calls."""
    y, z = rain(seconds=1.0), crackle(seconds=1.0)
    if call == "synthesize_texture":
        return al.synthesize_texture(y, SR, quality=quality, progress=False).y
    if call == "mix_textures":
        return al.mix_textures([y, z], SR, weights=[1, 1], quality=quality, progress=False).y
    if call == "stream_texture":
        return next(al.stream_texture(y, SR, quality=quality))
    if call == "transfer_style":
        return al.transfer_style(y, z, SR, quality=quality, progress=False).y
    steps = {"channel_steps": 2, "sound_steps": 1}
    made = al.train_generator(y, SR, quality=quality, progress=False, **steps)
    return made.synthesize(1.0)


@pytest.mark.parametrize("call", PUBLIC)
def test_a_word_is_its_preset_in_every_call(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few = STANDARD.but(n_filters=4, n_steps=2, n_refine=2)
    monkeypatch.setitem(QUALITIES, "standard", few)
    assert np.array_equal(made_by(call, "standard"), made_by(call, few))
    assert not np.array_equal(made_by(call, "standard"), made_by(call, few.but(widths=(2, 9))))


@pytest.mark.parametrize("call", ["synthesize_texture", "mix_textures", "stream_texture"])
def test_rhythm_is_asked_for_in_every_texture(call: str) -> None:
    few = STANDARD.but(n_filters=4, n_steps=4, n_refine=0)
    assert not np.array_equal(made_by(call, few), made_by(call, few.but(rhythm=0.0)))


# ---- statistics of one's own ------------------------------------------------------------------


@pytest.fixture
def names() -> Iterator[None]:
    """What a test defines is gone after it."""
    before = dict(FRAME_STATISTICS), dict(SOUND_STATISTICS)
    yield
    for known, kept in zip((FRAME_STATISTICS, SOUND_STATISTICS), before, strict=True):
        known.clear()
        known.update(kept)


def test_a_new_statistic_of_frames(names: None) -> None:
    """One class, and its name in a quality: it is asked for, and it is obeyed."""

    class Calm(FrameStatistic, name="calm"):
        """How strong all responses are: it wants silence."""

        asked = 0

        @classmethod
        def wanted(
            cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
        ) -> FrameStatistic:
            Calm.asked += 1
            assert len(targets) == len(shares) and n_frames > 0
            return cls()

        def terms(self, features: Features) -> Features:
            return {
                name: gram_matrix(x).diagonal(dim1=1, dim2=2).mean() for name, x in features.items()
            }

    small = DRAFT.but(n_filters=8, n_steps=8)
    y, z = rain(seconds=1.0), crackle(seconds=1.0)
    plain = al.synthesize_texture(y, SR, quality=small, progress=False)
    assert Calm.asked == 0
    calm = al.synthesize_texture(y, SR, quality=small.but(calm=3.0), progress=False)
    assert Calm.asked == 1 and calm.history[-1] > plain.history[-1]
    unasked = al.synthesize_texture(y, SR, quality=small.but(calm=0.0), progress=False)
    assert Calm.asked == 1 and np.array_equal(unasked.y, plain.y)
    al.mix_textures([y, z], SR, weights=[1, 3], quality=small.but(calm=1.0), progress=False)
    next(al.stream_texture(y, SR, quality=small.but(calm=1.0)))
    assert Calm.asked > 2


def test_a_new_statistic_of_sound(names: None) -> None:
    class Brightness(SoundStatistic, name="brightness"):
        """The highest bands' loudness beside that of all."""

        unit = 0.1

        def __call__(self, heard: Heard) -> Tensor:
            return heard.mean[:, -8:].sum(dim=1) / heard.mean.sum(dim=1)

        def counts(self, loud: Tensor) -> Tensor:
            return torch.ones_like(loud[:, 0])

    y, z, alone = rain(seconds=1.0), crackle(seconds=1.0), {"brightness": 1.0}
    few = STANDARD.but(n_filters=4, n_steps=2, n_refine=3, n_iter=2)
    touched, plain = few.but(sound=alone), few.but(n_refine=0)

    # it is measured, beside the loudness that says which bands count, and wanted
    brightness = [float(sound_targets([x], SR, sound=alone)[0, -1]) for x in (y, z)]
    n_bands = SoundMeasure(len(y), SR).bands.n_bands
    model = TextureModel.measure([z], SR, touched)
    assert model.sound_targets.shape == (1, n_bands + 1)
    noise = matched_noise(y, SR)
    found = refined(noise, [z], SR, n_steps=10, sound=alone)
    near, far = (sound_targets([x], SR, sound=alone)[0, -1] for x in (found, noise))
    assert abs(near - brightness[1]) < 0.1 * abs(far - brightness[1])

    # it counts, and changes what comes out, of every call that touches the waveform
    made = al.synthesize_texture(y, SR, quality=touched, progress=False)
    without = al.synthesize_texture(y, SR, quality=plain, progress=False)
    assert made.n_statistics == without.n_statistics + n_bands + 1
    for call in PUBLIC:
        if call != "transfer_style":
            assert not np.array_equal(made_by(call, touched), made_by(call, few)), call


def test_names_are_gone_afterwards() -> None:
    assert "calm" not in FRAME_STATISTICS and "brightness" not in SOUND_STATISTICS
    with pytest.raises(AudioError, match="a quality has no calm"):
        DRAFT.but(calm=1.0)


def test_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        STANDARD.frames["rhythm"] = 0.0  # type: ignore[index]
    given = {"gram": 1.0}
    own = Quality(frames=given)
    given["gram"] = 5.0
    assert own.frames == {"gram": 1.0}
