"""The reader's own sound: uploads of either ipywidgets, paths, refusals, download."""

from __future__ import annotations

import base64
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
import soundfile as sf

from audiostyle_lib.audio import SR, AudioError
from audiostyle_lib.files.writing import save_audio
from audiostyle_lib.page.own_sound import YourSound, bring_sound, download, read_sound
from audiostyle_lib.sounds import load_sound, tone


def as_file(y: np.ndarray, sr: int = SR, kind: str = "WAV") -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, y, sr, format=kind)
    return buffer.getvalue()


def hand_over(sound: YourSound, name: str, data: bytes) -> str:
    """Upload as this ipywidgets does, 7 or 8; returns what the controls say."""
    file = {"name": name, "type": "audio/wav", "size": len(data), "content": memoryview(data)}
    if ipywidgets.__version__.startswith("7"):
        sound._upload.set_trait("value", {name: {"metadata": file, "content": data}})
    else:
        sound._upload.value = ({**file, "last_modified": datetime.now(UTC)},)
    return sound._says.value


def test_until_one_is_brought_there_is_one_of_the_books() -> None:
    sound = bring_sound(default="tabla", max_seconds=2.0)
    assert sound.name == "tabla" and sound.sr == SR
    np.testing.assert_array_equal(sound.y, load_sound("tabla")[: 2 * SR])


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_an_upload_replaces_it(kind: str) -> None:
    sound = bring_sound()
    stereo = np.stack([tone(440.0, sr=44100, seconds=2.0)] * 2, axis=1)
    says = hand_over(sound, f"note.{kind.lower()}", as_file(stereo, 44100, kind))
    assert says.startswith(f"Taken: note.{kind.lower()}, 2.") or says.startswith("Taken: note")
    assert sound.sr == SR and sound.y.ndim == 1 and abs(len(sound.y) - 2 * SR) < 0.06 * SR
    peak = np.argmax(np.abs(np.fft.rfft(sound.y))) * SR / len(sound.y)
    assert peak == pytest.approx(440, abs=1)


def test_an_upload_that_no_browser_decoded() -> None:
    """As a telephone records it: with PyAV it is read here."""
    pytest.importorskip("av")
    sound = bring_sound()
    data = (Path(__file__).parent / "data" / "tone.m4a").read_bytes()
    says = hand_over(sound, "memo.m4a", data)
    assert says == "Taken: memo.m4a, 2.0 s. Then run the cells below."
    assert len(sound.y) == 2 * SR and np.abs(np.fft.rfft(sound.y)).argmax() == 880


def test_a_long_upload_is_cut() -> None:
    sound = bring_sound(max_seconds=1.5)
    assert "1.5 s" in hand_over(sound, "long.wav", as_file(tone(440.0, seconds=3.0)))
    assert len(sound.y) == round(1.5 * SR)


def test_what_was_lost_or_changed_is_said() -> None:
    sound = bring_sound()
    y = tone(440.0, seconds=2.0)
    says = hand_over(sound, "opposite.wav", as_file(np.stack([y, -y], axis=1)))
    assert says.startswith("Taken: opposite.wav, 2.0 s") and "cancel" in says
    assert "cancel" not in hand_over(sound, "one.wav", as_file(y))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"once upon a time", "cannot be read"),
        (as_file(np.zeros(2 * SR)), "silent"),
        (as_file(tone(440.0, seconds=0.3)), "0.3"),
        (b"RIFF" + bytes(10_000_001), "at most 10"),
    ],
)
def test_what_is_no_use_is_refused_and_changes_nothing(data: bytes, reason: str) -> None:
    sound = bring_sound(default="crow")
    before = sound.y.copy()
    says = hand_over(sound, "mine.wav", data)
    assert says.startswith("Not taken: ") and reason in says
    assert sound.name == "crow"
    np.testing.assert_array_equal(sound.y, before)
    with pytest.raises(AudioError, match=reason):
        read_sound(data, "mine.wav")


def test_a_path(tmp_path: Path) -> None:
    save_audio(tmp_path / "mine.wav", tone(440.0, seconds=2.0), SR)
    sound = bring_sound(tmp_path / "mine.wav", max_seconds=1.0)
    assert sound.name == "mine.wav" and len(sound.y) == SR
    with pytest.raises(AudioError, match="no such file"):
        bring_sound(tmp_path / "other.wav")


def test_download_is_the_sound() -> None:
    y = tone(440.0, seconds=0.5)
    page = str(download(y, SR, 'a "b".wav'))
    assert 'download="a &quot;b&quot;.wav"' in page
    data = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
    found, sr = sf.read(io.BytesIO(data), dtype="float32")
    assert sr == SR
    np.testing.assert_allclose(found, y, atol=1 / 32000)
    with pytest.raises(AudioError, match="at most 120"):
        download(np.zeros(SR * 121), SR)


@pytest.mark.parametrize("channels", [2, 6])
def test_download_keeps_channels(channels: int) -> None:
    y = np.stack([tone(110.0 * (k + 2), seconds=0.5) for k in range(channels)])
    page = str(download(y, SR))
    assert "(0.5 s, " in page
    found, sr = sf.read(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])))
    assert sr == SR
    np.testing.assert_allclose(found.T, y, atol=1 / 32000)
    with pytest.raises(AudioError, match="lasts 121 s; expected at most 120"):
        download(np.zeros((2, SR * 121)), SR)


@pytest.mark.parametrize("wrong", [-1, 0.5, "8", float("inf"), None])
def test_max_seconds_is_checked(wrong: object) -> None:
    with pytest.raises(AudioError, match="max_seconds is"):
        bring_sound(max_seconds=wrong)  # type: ignore[arg-type]
