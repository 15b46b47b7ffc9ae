"""The reader's own sound: uploads of either ipywidgets, paths, refusals, recording, download."""

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
from conftest import as_page, serve
from playwright.sync_api import Browser

from audiostyle_lib.audio import SR, AudioError, save_audio
from audiostyle_lib.sounds import load_sound, tone
from audiostyle_lib.yours import YourSound, _recorder, bring_sound, download, read_sound


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


def test_a_long_upload_is_cut() -> None:
    sound = bring_sound(max_seconds=1.5)
    assert "1.5 s" in hand_over(sound, "long.wav", as_file(tone(440.0, seconds=3.0)))
    assert len(sound.y) == round(1.5 * SR)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"once upon a time", "cannot be read"),
        (as_file(np.zeros(2 * SR)), "silent"),
        (as_file(tone(440.0, seconds=0.3)), "0.3"),
        (b"RIFF" + bytes(30_000_001), "at most 30"),
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


def test_recording_reaches_the_upload_field(browser: Browser, tmp_path: Path) -> None:
    # As ipywidgets has it: the field is made by the button, and never in the page.
    field = (
        '<div><button class="widget-upload">Upload</button><div>%s</div></div><script>'
        "window.got = null; const field = document.createElement('input'); field.type = 'file';"
        "document.querySelector('.widget-upload').onclick = () => field.click();"
        "field.addEventListener('change', async e => {"
        " const data = new Uint8Array(await e.target.files[0].arrayBuffer());"
        " window.got = [e.target.files[0].name, Array.from(data)]; })</script>"
    )
    (tmp_path / "page.html").write_text(as_page(field % _recorder()))
    for url in serve(tmp_path):
        page = browser.new_page()
        page.goto(f"{url}/page.html")
        page.locator(".as-record button").click()
        page.get_by_text("Recording: 1 s").wait_for(timeout=20_000)
        page.locator(".as-record button").click()
        page.get_by_text("Recorded and handed over.").wait_for()
        page.wait_for_function("() => window.got")
        name, data = page.evaluate("() => window.got")
        assert page.get_by_role("link").get_attribute("href").startswith("blob:")
        page.close()
        y, sr = read_sound(bytes(data), name)
        assert name == "recording.wav" and sr == SR and len(y) >= SR
        assert np.abs(y).max() > 0.01  # the pretended microphone beeps


def test_no_microphone_is_said(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(as_page(_recorder()))
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')); }"
    )
    page.locator(".as-record button").click()
    page.get_by_text("upload a file instead").wait_for()
    page.close()
