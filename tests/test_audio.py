"""Sound in and out: what is loaded, what is refused, and that saving never loses a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib.audio import AudioError, check_audio, load_audio, match_levels, rms, save_audio
from audiostyle_lib.sounds import tone

SR = 22050
Y = tone(440.0, seconds=1.0)


def write(path: Path, y: np.ndarray = Y, sr: int = SR, **options: str) -> Path:
    sf.write(path, y, sr, **options)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
def test_round_trip(tmp_path: Path, suffix: str) -> None:
    save_audio(tmp_path / f"a.{suffix}", Y, SR)
    y, sr = load_audio(tmp_path / f"a.{suffix}")
    assert sr == SR and y.dtype == np.float32
    assert np.abs(y - Y).max() <= 1 / 32768  # 16 bits


@pytest.mark.parametrize("suffix", ["ogg", "mp3"])
def test_lossy_round_trip(tmp_path: Path, suffix: str) -> None:
    save_audio(tmp_path / f"a.{suffix}", Y, SR)
    y, _ = load_audio(tmp_path / f"a.{suffix}")
    assert abs(len(y) - len(Y)) < 0.1 * SR and rms(y) == pytest.approx(rms(Y), rel=0.1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    y, _ = load_audio(write(tmp_path / "a.wav", np.stack([Y, 0 * Y], axis=1)))
    assert np.allclose(y, Y / 2, atol=1e-4)


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_other_rates_are_resampled(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "a.wav", tone(440.0, seconds=1.0, sr=rate), rate)
    y, sr = load_audio(path)
    assert (sr, len(y)) == (SR, SR)
    assert np.abs(np.fft.rfft(y)).argmax() == 440
    assert load_audio(path, sr=None)[1] == rate


def test_max_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    assert np.allclose(load_audio(path, max_seconds=0.25)[0], Y[: SR // 4], atol=1e-4)
    assert len(load_audio(path, max_seconds=9.0)[0]) == len(Y)


def test_float_files_beyond_one_are_scaled(tmp_path: Path) -> None:
    y, _ = load_audio(write(tmp_path / "a.wav", 3 * Y, subtype="FLOAT"))
    assert np.abs(y).max() == pytest.approx(1.0)


def test_silence_and_clipping_load(tmp_path: Path) -> None:
    assert not load_audio(write(tmp_path / "a.wav", 0 * Y))[0].any()
    clipped = np.clip(3 * Y, -1, 1)
    assert np.abs(load_audio(write(tmp_path / "b.wav", clipped))[0]).max() <= 1


def test_a_cut_wav_gives_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[: 44 + SR])  # half of the 16-bit samples
    y, _ = load_audio(path)
    assert np.allclose(y, Y[: SR // 2], atol=1e-4)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_other_cut_files_give_their_start_or_an_error(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, SR)
    path = write(tmp_path / f"a.{suffix}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        y, _ = load_audio(path)
    except AudioError as error:
        assert str(path) in str(error)
    else:
        assert 0 < len(y) < 0.8 * SR and np.isfinite(y).all() and y[: len(y) // 2].any()


def _bad_files(folder: Path) -> dict[str, Path]:
    (folder / "text.wav").write_text("not a sound")
    (folder / "nothing.wav").write_bytes(b"")
    return {
        "no such file": folder / "absent.wav",
        "no such file: .*folder": folder.parent,
        "cannot be read as sound": folder / "text.wav",
        "cannot be read": folder / "nothing.wav",
        "empty": write(folder / "empty.wav", Y[:0]),
        "2 NaN": write(folder / "nan.wav", np.array([0, np.nan, np.inf]), subtype="FLOAT"),
    }


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for message, path in _bad_files(tmp_path / "folder").items():
        with pytest.raises(AudioError, match=message.split(":")[0]):
            load_audio(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sr": 0}, "sr is 0"),
        ({"sr": float("nan")}, "sr is nan"),
        ({"sr": "44k"}, "sr is '44k'"),
        ({"max_seconds": 0}, "max_seconds is 0"),
        ({"max_seconds": "1"}, "max_seconds is '1'"),
        ({"max_seconds": float("inf")}, "max_seconds is inf"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        load_audio(write(tmp_path / "a.wav"), **arguments)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((2, 5)), r"shape \(2, 5\)"),
        (np.zeros(()), r"shape \(\)"),
        (np.array([]), "empty"),
        (np.array([0.0, np.nan]), "1 NaN or infinite samples of 2"),
        (np.array([0.0, np.inf]), "1 NaN or infinite"),
        (np.array([1j]), "complex"),
        (np.array([True]), "bool"),
        (np.array(["a"]), "type"),
        (np.array([0.0, 1.5]), "peak of 1.5"),
    ],
)
def test_what_is_no_sound(y: np.ndarray, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        check_audio(y, SR)


def test_length_and_silence_are_checked_on_demand() -> None:
    assert len(check_audio(np.zeros(10), SR)) == 10
    with pytest.raises(AudioError, match=r"at least 1\.000 s"):
        check_audio(Y[:100], SR, min_seconds=1.0)
    with pytest.raises(AudioError, match="silent"):
        check_audio(np.zeros(SR), SR, min_seconds=0.5)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("int16", [-32768, 0, 16384], [-1, 0, 0.5]),
        ("int32", [-(2**31), 0, 2**30], [-1, 0, 0.5]),
        ("uint8", [0, 128, 192], [-1, 0, 0.5]),
        ("float64", [-1, 0, 0.5], [-1, 0, 0.5]),
    ],
)
def test_number_types(dtype: str, values: list, expected: list) -> None:
    y = np.array(values, dtype=dtype)
    before = y.copy()
    assert check_audio(y, SR).tolist() == expected
    assert np.array_equal(y, before)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("a.txt", r"no sound format has the suffix '\.txt'"),
        ("a", "suffix ''"),
        ("absent/a.wav", "no folder"),
        ("folder.wav", "is a folder"),
    ],
)
def test_bad_targets(tmp_path: Path, target: str, message: str) -> None:
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(AudioError, match=message):
        save_audio(tmp_path / target, Y, SR)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(AudioError, match="no permission"):
        save_audio(tmp_path / "a.wav", Y, SR)


@pytest.mark.parametrize("failure", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["soundfile.write", "os.replace"])
def test_a_failed_save_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, where: str
) -> None:
    path = tmp_path / "a.wav"
    save_audio(path, Y, SR)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(where, fail)
    expected = AudioError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        save_audio(path, 0.5 * Y, SR)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.wav"]


def test_a_new_file_can_be_read_by_those_who_may_read_others(tmp_path: Path) -> None:
    save_audio(tmp_path / "a.wav", Y, SR)
    (tmp_path / "b").touch()
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_bad_sound_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="peak"):
        save_audio(tmp_path / "a.wav", 2 * Y, SR)
    assert os.listdir(tmp_path) == []


def test_levels_are_matched_and_peaks_fit() -> None:
    sounds = [Y, 0.01 * Y, np.eye(1, SR, 5)[0], np.zeros(SR)]
    before = [y.copy() for y in sounds]
    *loud, silent = match_levels(sounds, level_db=-20.0, peak=0.9)
    assert np.ptp([rms(y) for y in loud]) < 1e-5 * rms(loud[0])
    assert max(np.abs(y).max() for y in loud) == pytest.approx(0.9)
    assert not silent.any()
    assert all(np.array_equal(a, b) for a, b in zip(sounds, before, strict=True))
    assert rms(match_levels([Y])[0]) == pytest.approx(0.1)
