"""A generator in a file: the same sounds to the bit, nothing of the recording, or one error."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save
from torch import Tensor

from audiostyle_lib import AudioError, load_generator, save_audio, train_generator
from audiostyle_lib.files.tensors import read_tensors, write_tensors
from audiostyle_lib.files.whole import write_whole
from audiostyle_lib.generator import TextureGenerator
from audiostyle_lib.quality import STANDARD
from audiostyle_lib.sounds import crackle, rain
from audiostyle_lib.transforms import STFT

SR = 22050
TINY = STANDARD.but(n_filters=8)
QUICK = {"channel_steps": 6, "sound_steps": 2, "quality": TINY, "progress": False}
Y, Z = crackle(12.0, seconds=1.5), 0.4 * rain(seconds=1.5)
RECORDINGS = {
    "mono": (Y, SR),
    "one channel": (Y[None], SR),
    "stereo": (np.stack([Y, Z + 0.3 * Y]), SR),
    "equal": (np.stack([Y, Y]), SR),
    "opposite, and silence": (np.stack([Y, -Y, 0 * Y]), SR),
    "two of three": (np.stack([Y, Z, Y]), SR),
    "48,000 Hz": (Y, 48_000),
    "stereo at 8,000 Hz": (np.stack([Y, Z]), 8000),
}
KIND = {"kind": "texture generator", "version": 1}


@pytest.fixture(scope="module")
def made() -> TextureGenerator:
    return train_generator(Y, SR, **QUICK)


@pytest.fixture
def path(made: TextureGenerator, tmp_path: Path) -> Path:
    made.save(tmp_path / "a.safetensors")
    return tmp_path / "a.safetensors"


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_same_to_the_bit(tmp_path: Path, name: str) -> None:
    y, sr = RECORDINGS[name]
    made = train_generator(y, sr, **QUICK)
    made.save(tmp_path / "a.safetensors")
    found = load_generator(tmp_path / "a.safetensors")
    assert found.synthesize(1.0).shape == (*y.shape[:-1], sr)
    assert np.array_equal(made.synthesize(8.0, 3), found.synthesize(8.0, 3))  # across a joint
    blocks = (islice(it.stream(0.7, 5), 3) for it in (made, found))
    assert all(np.array_equal(a, b) for a, b in zip(*blocks, strict=True))
    for field in ("sr", "gains", "history", "refine_history", "seconds_taken"):
        assert getattr(found, field) == getattr(made, field)
    assert not any(p.requires_grad for p in found.network.parameters())


def test_other_settings_of_the_transform(tmp_path: Path) -> None:
    quality = TINY.but(transform=STFT(800, 200, gain=3.5), n_components=None)
    made = train_generator(Y, SR, **QUICK | {"quality": quality})
    made.save(tmp_path / "a.safetensors")
    found = load_generator(tmp_path / "a.safetensors")
    assert found.voice.transform == STFT(800, 200, gain=3.5)
    assert np.array_equal(made.synthesize(2.0), found.synthesize(2.0))


def test_a_transform_of_ones_own_is_not_lost_in_silence(tmp_path: Path) -> None:
    class Own(STFT):
        pass

    made = train_generator(Y, SR, **QUICK | {"quality": TINY.but(transform=Own())})
    with pytest.raises(AudioError, match="only what is made with an STFT can be kept"):
        made.save(tmp_path / "a.safetensors")
    assert os.listdir(tmp_path) == []


def test_nothing_of_the_recording_is_kept(tmp_path: Path) -> None:
    """The file is as large whatever the recording's length: no axis of a tensor is its time."""
    shapes = []
    for seconds in (1.5, 3.1):
        made = train_generator(crackle(12.0, seconds=seconds), SR, **QUICK)
        made.save(tmp_path / "a.safetensors")
        tensors, settings = read_tensors(tmp_path / "a.safetensors", **KIND)
        shapes.append({name: x.shape for name, x in tensors.items()})
        for name in ("transform", "layout", "mono", "sr", "gain", "seconds_taken"):
            settings.pop(name)
        assert {len(values) for values in settings.values()} == {6, 2}  # a number for each step
    assert shapes[0] == shapes[1] and (tmp_path / "a.safetensors").stat().st_size < 600_000


def test_equal_generators_are_equal_files(made: TextureGenerator, path: Path) -> None:
    before = path.read_bytes()
    load_generator(path).save(path)
    assert path.read_bytes() == before


def test_any_program_can_open_it(path: Path) -> None:
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["audiostyle"])
        assert about["kind"] == "texture generator" and about["version"] == 1
        assert file.get_tensor("basis").shape == (513, 32)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("a.pt", r"suffix '\.pt'; expected \.safetensors"),
        ("a", "suffix ''"),
        ("absent/a.safetensors", "no folder"),
        ("folder.safetensors", "is a folder"),
    ],
)
def test_where_none_is_saved(
    made: TextureGenerator, tmp_path: Path, target: str, message: str
) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(AudioError, match=message):
        made.save(tmp_path / target)
    assert os.listdir(tmp_path) == ["folder.safetensors"]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failed_save_keeps_the_old_file(
    made: TextureGenerator, path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises((AudioError, KeyboardInterrupt)):
        made.save(path)
    with pytest.raises((AudioError, KeyboardInterrupt)):
        write_whole(path, b"other")
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


def test_what_cannot_be_read_again_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    for tensors, settings, message in (
        ({"x": torch.tensor([1.0, float("nan")])}, {}, "x has 1 NaN or infinite values of 2"),
        ({"x": torch.ones(2, dtype=torch.float64)}, {}, "type float64; expected float32"),
        ({"x": torch.ones(2)}, {"gain": float("nan")}, "of its settings"),
    ):
        with pytest.raises(AudioError, match=message):
            write_tensors(path, tensors, settings, **KIND)
    assert not path.exists()


def test_other_files_are_refused(tmp_path: Path, path: Path) -> None:
    header = {"sha256": "", "settings": {}, **KIND}
    arrays = {"x": np.ones(2, np.float32)}
    others = {
        "empty.safetensors": b"",
        "text.safetensors": b"no tensors at all, but some words",
        "plain.safetensors": save(arrays),
        "strange.safetensors": save(arrays, {"audiostyle": "[" * 100_000}),
        "filter.safetensors": save(arrays, {"audiostyle": json.dumps(header | {"kind": "filter"})}),
        "newer.safetensors": save(arrays, {"audiostyle": json.dumps(header | {"version": 2})}),
    }
    messages = {
        "empty": "no whole file of safetensors|cannot be read",
        "text": "no whole file of safetensors",
        "plain": "a file of safetensors, but no texture generator of this library",
        "strange": "but no texture generator",
        "filter": "but no texture generator",
        "newer": "version 2; expected 1: another release of this library wrote it",
        "absent": "cannot be read: no such file",
        "folder": "cannot be read: expected an ordinary file",
        "pipe": "cannot be read: expected an ordinary file",
        "sound": "no whole file of safetensors",
    }
    for name, data in others.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.safetensors").mkdir()
    os.mkfifo(tmp_path / "pipe.safetensors")
    save_audio(tmp_path / "sound.wav", Y, SR)
    os.rename(tmp_path / "sound.wav", tmp_path / "sound.safetensors")
    for name, message in messages.items():
        with pytest.raises(AudioError, match=message):
            load_generator(tmp_path / f"{name}.safetensors")
    with pytest.raises(AudioError, match="device is 'nowhere'"):
        load_generator(path, device="nowhere")


Change = Callable[[dict[str, Tensor], dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, _: x.pop("means"), r"means is missing; expected some of shape \(513,\)"),
        (lambda x, _: x.pop("network.joins.0"), "network.joins.0 is missing"),
        (lambda x, _: x.update(basis=x["basis"].T), r"basis has shape \(32, 513\); .*\(513, n\)"),
        (lambda x, _: x.update(basis=x["basis"][:, :0]), r"basis has shape \(513, 0\)"),
        (lambda x, _: x.update(deviations=torch.ones(31)), r"expected \(32,\)"),
        (lambda x, _: x.update(levels=torch.ones(2, 513)), r"expected \(2, 513, n\)"),
        (lambda x, _: x.update(more=torch.ones(2)), "more: not expected"),
        (lambda _, it: it.pop("sr"), "it says nothing of 'sr'"),
        (lambda _, it: it.update(sr=22050.5), "sr is 22050.5"),
        (lambda _, it: it.update(gain="much"), "gain is 'much'"),
        (lambda _, it: it.update(history=3), "no whole texture generator"),
        (lambda _, it: it.update(history=["x"]), "history is 'x'"),
        (lambda _, it: it.update(mono="yes"), "mono is 'yes'"),
        (lambda _, it: it.update(layout=[[1], [1]]), "mono is True of 2 channels"),
        (lambda _, it: it.update(layout=[[2]]), r"layout is \[\[2\]\]; expected for each"),
        (lambda _, it: it.update(layout=[[10**400]]), "layout is"),
        (lambda _, it: it.update(layout=[]), r"layout is \[\]"),
        (lambda _, it: it.update(layout=[[1, 0], [0, 1]], mono=False), "taps is missing"),
        (lambda _, it: it.update(transform=[]), "no whole texture generator"),
        (lambda _, it: it["transform"].update(n_fft=10**12), "expected .500000000001, n"),
        (lambda _, it: it["transform"].update(hop_length=-1), "hop_length is -1"),
    ],
)
def test_what_does_not_fit_together(path: Path, change: Change, message: str) -> None:
    """With a sum that is right: somebody meant it so."""
    tensors, settings = read_tensors(path, **KIND)
    change(tensors, settings)
    write_tensors(path, tensors, settings, **KIND)
    with pytest.raises(AudioError, match=message) as caught:
        load_generator(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("shape", [(2, 3, 1024), (2, 1, 1023), (2, 0, 1024), (3, 2, 1024)])
def test_filters_that_are_none(tmp_path: Path, shape: tuple[int, ...]) -> None:
    path = tmp_path / "a.safetensors"
    train_generator(np.stack([Y, Z]), SR, **QUICK).save(path)
    tensors, settings = read_tensors(path, **KIND)
    assert tensors["taps"].shape == (2, 2, 1024)
    write_tensors(path, tensors | {"taps": torch.ones(shape)}, settings, **KIND)
    with pytest.raises(AudioError, match="taps has shape"):
        load_generator(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1, np.nan], np.float32), "means has 1 NaN or infinite values of 2"),
        (np.ones(2, np.float64), "means of type F64; expected F32"),
        (np.ones(2, np.float16), "means of type F16"),
        (np.ones(2, np.int64), "means of type I64"),
    ],
)
def test_other_numbers(path: Path, array: np.ndarray, message: str) -> None:
    with safe_open(path, framework="np") as file:
        arrays = {name: file.get_tensor(name) for name in list(file.keys())}
        path.write_bytes(save(arrays | {"means": array}, file.metadata()))
    with pytest.raises(AudioError, match=message):
        load_generator(path)


def test_a_cut_file(path: Path) -> None:
    data = path.read_bytes()
    for size in (0, 1, 7, 8, 9, 100, 5000, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(AudioError):
            load_generator(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(AudioError):
        load_generator(path)


def test_no_mutation_passes(path: Path) -> None:
    """Of 200 bytes that become others, half of them in the header, each is found."""
    data, rng = path.read_bytes(), np.random.default_rng(0)
    header = 8 + int.from_bytes(data[:8], "little")
    told = set()
    for number in range(200):
        changed = bytearray(data)
        place = int(rng.integers(header if number % 2 else len(data)))
        changed[place] ^= int(rng.integers(1, 256))
        path.write_bytes(changed)
        try:
            found = load_generator(path)
        except AudioError as error:
            told.add(str(error).removeprefix(str(path))[:90])
        else:  # a space that became another
            assert found.synthesize(0.1).shape == (2205,)
            assert changed[place : place + 1].isspace()
    assert len(told) >= 4, told  # of more than one kind
