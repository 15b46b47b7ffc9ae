"""What the browser sends of a sound that is chosen or recorded: what is used; and what it says."""

from __future__ import annotations

import base64
import io
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from conftest import as_page, serve, violations
from playwright.sync_api import Browser, Page

from audiostyle_lib.audio import SR, AudioWarning
from audiostyle_lib.page.own_sound import _recorder, bring_sound, read_sound
from audiostyle_lib.sounds import tone

LIMIT = 720_000  # bytes: below 1 MB as base64
STORY = b"once upon a time "
M4A = (Path(__file__).parent / "data" / "tone.m4a").read_bytes()  # 440 Hz, 2 s, index at the end
# As ipywidgets has it: the field is made by the button, and never in the page.
UPLOAD = """
<button class="widget-upload">Your sound</button><script>{
  const button = document.currentScript.previousElementSibling;
  const field = document.createElement('input');
  field.type = 'file';
  button.addEventListener('click', () => field.click());
  window.got = [];
  field.addEventListener('change', async () => {
    const file = field.files[0];
    got.push([file.name, Array.from(new Uint8Array(await file.arrayBuffer()))]);
  });
}</script>"""
ANSWER = '<div class="widget-label">Now: sauna</div>'


class Controls:
    """The controls as a reader has them: files and buttons, what is said, and what is sent."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder, self.asked = page, folder, 0
        self.output = page.locator(".as-record output")
        self.record = page.locator(".as-record button")
        self.upload = page.locator(".widget-upload")

    def choose(self, data: bytes, name: str = "mine.wav") -> str:
        """Choose a file as a reader does, wait until all is done, and return what is said."""
        (self.folder / name).write_bytes(data)
        with self.page.expect_file_chooser() as chooser:
            self.upload.click()
        chooser.value.set_files(self.folder / name)
        return self.said()

    def said(self) -> str:
        self.page.wait_for_function(
            "() => / sent| cannot /.test(document.querySelector('output').textContent)"
        )
        return self.output.inner_text()

    def record_until(self, words: str) -> None:
        """Record, and stop when it says so: by the page itself, since words stand for a moment."""
        done = self.page.evaluate_handle(
            """words => {
            const output = document.querySelector(".as-record output");
            const button = document.querySelector(".as-record button");
            const stopped = new Promise(done => new MutationObserver((_, watch) => {
              if (!output.textContent.includes(words)) return;
              watch.disconnect(); button.click(); done(true);
            }).observe(output, {childList: true, characterData: true, subtree: true}));
            button.click();
            return {stopped}; }""",
            words,
        )
        assert done.evaluate("made => made.stopped")

    def sent(self) -> tuple[str, bytes]:
        """Name and bytes of what was handed over last."""
        self.page.wait_for_function("() => got.length")
        name, data = self.page.evaluate("() => got.pop()")
        return name, bytes(data)

    def sound(self) -> tuple[np.ndarray, int]:
        """What was handed over last, as it is in its WAV file of 16 bits: (n, channels)."""
        name, data = self.sent()
        assert name.endswith(".wav") and len(data) <= LIMIT
        assert sf.info(io.BytesIO(data)).subtype == "PCM_16"
        return sf.read(io.BytesIO(data), always_2d=True)


def controls(
    browser: Browser, folder: Path, max_seconds: float, upload: str = UPLOAD
) -> Iterator[Controls]:
    (folder / "page.html").write_text(
        as_page(f'<div class="as-bring">{upload}{_recorder(max_seconds)}{ANSWER}</div>')
    )
    errors: list[str] = []
    for url in serve(folder):  # the microphone needs a safe address
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("filechooser", lambda chooser: None)  # or Playwright stops looking in between
        page.goto(f"{url}/page.html")
        yield Controls(page, folder)
        page.close()
        assert errors == []


@pytest.fixture
def eight(browser: Browser, tmp_path: Path) -> Iterator[Controls]:
    yield from controls(browser, tmp_path, 8.0)


@pytest.fixture
def short(browser: Browser, tmp_path: Path) -> Iterator[Controls]:
    yield from controls(browser, tmp_path, 1.2)


@pytest.fixture
def thirty(browser: Browser, tmp_path: Path) -> Iterator[Controls]:
    yield from controls(browser, tmp_path, 30.0)


@pytest.fixture
def alone(browser: Browser, tmp_path: Path) -> Iterator[Controls]:
    """A recorder without an upload button."""
    yield from controls(browser, tmp_path, 1.0, upload="")


def as_file(y: np.ndarray, sr: int = 44100, kind: str = "WAV", subtype: str = "PCM_16") -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, y, sr, format=kind, subtype=subtype)
    return buffer.getvalue()


def pitch(y: np.ndarray) -> float:
    return np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) * SR / len(y)


def test_of_a_large_file_the_first_seconds_are_sent(eight: Controls) -> None:
    first = [tone(f, sr=44100, seconds=8.0) for f in (440.0, 660.0)]
    later = np.zeros((38 * 44100, 2)) + tone(3000.0, sr=44100, seconds=38.0)[:, None]
    data = as_file(np.concatenate([np.stack(first, 1) * [1, 0.5], later]), subtype="PCM_24")
    assert len(data) > 12_000_000
    says = eight.choose(data, "long.wav")
    assert says == "long.wav (12.2 MB, 2 channels): the first 8.0 s were sent."
    y, sr = eight.sound()
    assert sr == SR and y.shape == (8 * SR, 2)
    inside = slice(100, -100)  # resampling rings where the sound begins and changes
    for channel, frequency, level in ((0, 440.0, 1), (1, 660.0, 0.5)):
        wanted = level * tone(frequency, sr=SR, seconds=8.0)
        np.testing.assert_allclose(y[inside, channel], wanted[inside], atol=2e-3)


def test_what_the_rate_cannot_hold_does_not_fold_back(eight: Controls) -> None:
    high = tone(15000.0, sr=44100, seconds=2.0) + 0.1 * tone(440.0, sr=44100, seconds=2.0)
    says = eight.choose(as_file(0.5 * high))
    assert says == "mine.wav (0.2 MB, 2.0 s, 1 channel): all of it was sent."
    y, _ = eight.sound()
    spectrum = np.abs(np.fft.rfft(y[1000:-1000, 0] * np.hanning(len(y) - 2000)))
    at = np.fft.rfftfreq(len(y) - 2000, 1 / SR)
    assert spectrum[np.abs(at - (SR - 15000)) < 50].max() < 0.03 * spectrum.max()


def test_opposite_channels_are_not_averaged(eight: Controls) -> None:
    y = 0.8 * tone(440.0, sr=44100, seconds=3.0)
    eight.choose(as_file(np.stack([y, -y], axis=1)))
    name, data = eight.sent()
    found, _ = sf.read(io.BytesIO(data))
    np.testing.assert_allclose(found[:, 0], -found[:, 1], atol=1e-4)
    assert np.abs(found).max() == pytest.approx(np.abs(y).max(), abs=0.01)
    with pytest.warns(AudioWarning, match="cancel"):
        read_sound(data, name)


def test_of_many_channels_two_are_sent_and_that_is_said(eight: Controls) -> None:
    y = np.stack([tone(220.0 * c, sr=44100, seconds=1.5) for c in range(1, 7)], axis=1)
    assert "6 channels): all of it was sent; of the channels the first two." in eight.choose(
        as_file(y)
    )
    found, _ = eight.sound()
    assert [round(pitch(y)) for y in found.T] == [220, 440]


@pytest.mark.parametrize(
    ("level", "peak", "words"),
    [(2.0, 1.0, "quieter by 6.0 dB"), (0.01, 0.5, "louder by 34 dB"), (0.4, 0.4, "")],
)
def test_the_level_fits_into_16_bits(
    eight: Controls, level: float, peak: float, words: str
) -> None:
    y = level * tone(440.0, sr=SR, seconds=2.0) / np.abs(tone(440.0, sr=SR, seconds=2.0)).max()
    says = eight.choose(as_file(y, SR, subtype="FLOAT"))
    assert words in says and ("made" in says) == bool(words)
    found, _ = eight.sound()
    np.testing.assert_allclose(found[:, 0], y * peak / level, atol=1e-4)


def test_what_exceeds_one_message_is_cut_and_that_is_said(thirty: Controls) -> None:
    y = np.tile(tone(440.0, sr=SR, seconds=1.0), 20)
    says = thirty.choose(as_file(np.stack([y, y], axis=1), SR))
    assert "20.0 s, 2 channels): the first 8.2 s were sent, the most that one message" in says
    found, _ = thirty.sound()
    assert len(found) == (LIMIT - 44) // 4
    assert "the first 16.3 s were sent" in thirty.choose(as_file(y, SR))
    thirty.record_until("Recording: 0 s of 16 s")


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_other_formats_become_wav(eight: Controls, kind: str) -> None:
    data = as_file(tone(440.0, sr=SR, seconds=2.0), SR, kind, None)
    says = eight.choose(data, f"my.note.{kind.lower()}")
    assert says.startswith(f"my.note.{kind.lower()} (") and "all of it was sent" in says
    name, data = eight.sent()
    y, _ = read_sound(data, name)
    assert name == "my.note.wav" and pitch(y) == pytest.approx(440, abs=1)


def test_a_browsers_own_recording(eight: Controls) -> None:
    recorded = eight.page.evaluate(
        """async () => {
        const context = new AudioContext(), tone = new OscillatorNode(context, {frequency: 440});
        const out = context.createMediaStreamDestination();
        tone.connect(out);
        const recorder = new MediaRecorder(out.stream, {mimeType: 'audio/webm;codecs=opus'});
        const done = new Promise(resolve => { recorder.ondataavailable = e => resolve(e.data); });
        tone.start(); recorder.start();
        while (context.currentTime < 1.6) await new Promise(requestAnimationFrame);
        recorder.stop();
        const data = new Uint8Array(await (await done).arrayBuffer());
        return btoa(String.fromCharCode(...data));
        }"""
    )
    assert "all of it was sent" in eight.choose(base64.b64decode(recorded), "voice.webm")
    name, data = eight.sent()
    y, _ = read_sound(data, name)
    assert name == "voice.wav" and len(y) > SR and pitch(y) == pytest.approx(440, abs=2)


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + size]))
        at += size
    return found


def box(kind: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside) + 8) + kind + inside


def long_m4a(*, wide: bool) -> bytes:
    """The M4A with 20 MB behind its sound and before its index; `wide` with places of 64 bits."""

    def widened(kind: bytes, inside: bytes) -> bytes:
        if wide and kind == b"stco":
            places = struct.unpack(f">{(len(inside) - 8) // 4}I", inside[8:])
            return box(b"co64", inside[:8] + struct.pack(f">{len(places)}Q", *places))
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            return box(kind, b"".join(widened(*inner) for inner in boxes(inside)))
        return box(kind, inside)

    pieces = [widened(k, v + bytes(20_000_000) if k == b"mdat" else v) for k, v in boxes(M4A)]
    assert pieces[-1][4:8] == b"moov"
    return b"".join(pieces)


@pytest.mark.parametrize("wide", [None, False, True])
def test_a_telephones_recording_however_long(short: Controls, wide: bool | None) -> None:
    if not short.page.evaluate("() => new Audio().canPlayType('audio/mp4; codecs=\"mp4a.40.2\"')"):
        pytest.skip("this Chromium was built without AAC")
    data = M4A if wide is None else long_m4a(wide=wide)
    says = short.choose(data, "birds.m4a")
    told = "(5 kB, 2.0 s, 1 channel)" if wide is None else "(20.0 MB, 1 channel)"
    assert says == f"birds.m4a {told}: the first 1.2 s were sent."
    y, sr = short.sound()
    assert sr == SR and y.shape == (round(1.2 * SR), 1)
    assert pitch(y[:, 0]) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    "data", [STORY, as_file(np.full((SR, 1), np.nan), SR, subtype="FLOAT")], ids=["text", "NaN"]
)
def test_what_the_browser_cannot_decode_goes_to_python_as_it_is(
    eight: Controls, data: bytes
) -> None:
    assert eight.choose(data, "story.txt").endswith("decode it, so it was sent as it is.")
    assert eight.sent() == ("story.txt", data)


def test_unless_it_is_too_large(eight: Controls) -> None:
    says = eight.choose(STORY * 100_000, "story.wma")
    assert says.startswith(
        "story.wma (1.7 MB) was not sent: this browser cannot decode it. Save it"
    )
    assert eight.page.evaluate("() => got.length") == 0


def test_of_a_large_aiff_the_beginning_is_sent(eight: Controls) -> None:
    y = tone(440.0, sr=44100, seconds=30.0)
    says = eight.choose(as_file(y, kind="AIFF"), "field.aiff")
    assert says.endswith("cannot decode it, so the first 0.7 MB were sent as they are.")
    name, data = eight.sent()
    assert len(data) == LIMIT
    with pytest.warns(AudioWarning, match="cut short"):
        found, _ = read_sound(data, name)
    assert len(found) == 8 * SR and pitch(found) == pytest.approx(440, abs=1)


def test_the_same_file_twice_and_by_the_keyboard(eight: Controls) -> None:
    data = as_file(tone(440.0, sr=SR, seconds=1.0), SR)
    eight.choose(data)
    first = eight.sent()
    eight.page.evaluate("() => { document.querySelector('output').textContent = ''; }")
    eight.upload.focus()
    with eight.page.expect_file_chooser() as chooser:
        eight.page.keyboard.press("Enter")
    chooser.value.set_files(eight.folder / "mine.wav")
    assert "all of it was sent" in eight.said()
    assert eight.sent() == first
    assert eight.page.locator(".widget-label").get_attribute("aria-live") == "polite"
    assert violations(eight.page) == []


def test_a_second_click_while_it_reads_does_nothing(eight: Controls) -> None:
    asked: list[object] = []
    eight.page.evaluate(
        """() => {
        const real = OfflineAudioContext.prototype.decodeAudioData;
        OfflineAudioContext.prototype.decodeAudioData = async function (data) {
          await new Promise(resolve => { window.proceed = resolve; });
          return real.call(this, data);
        }; }"""
    )
    (eight.folder / "mine.wav").write_bytes(as_file(tone(440.0, sr=SR, seconds=1.0), SR))
    with eight.page.expect_file_chooser() as chooser:
        eight.upload.click()
    chooser.value.set_files(eight.folder / "mine.wav")
    eight.page.wait_for_function("() => window.proceed")
    assert eight.output.inner_text() == "Reading mine.wav (45 kB) …"
    eight.page.on("filechooser", lambda chooser: asked.append(chooser))
    eight.upload.click()
    eight.record.click()
    eight.page.evaluate("() => window.proceed()")
    assert "all of it was sent" in eight.said()
    eight.sent()
    assert asked == [] and eight.record.inner_text() == "● Record"


def test_other_upload_buttons_are_left_alone(eight: Controls) -> None:
    eight.page.evaluate(
        """() => {
        const other = document.createElement('button');
        other.className = 'widget-upload'; other.textContent = 'Other';
        other.onclick = () => { window.other = true; };
        document.body.append(other); }"""
    )
    eight.page.get_by_text("Other").click()
    assert eight.page.evaluate("() => window.other")


@pytest.mark.filterwarnings("ignore::audiostyle_lib.audio.AudioWarning")  # it beeps off centre
def test_recording_is_sent_when_it_is_stopped(eight: Controls) -> None:
    eight.record_until("Recording: 1 s of 8 s")
    assert eight.said().startswith("recording.wav (") and "all of it was sent" in eight.said()
    assert eight.page.get_by_role("link").get_attribute("href").startswith("blob:")
    name, data = eight.sent()
    y, sr = read_sound(data, name)
    assert name == "recording.wav" and sr == SR and SR <= len(y) < 8 * SR
    assert np.abs(y).max() > 0.01  # the pretended microphone beeps


def test_recording_stops_by_itself_at_what_is_used(short: Controls) -> None:
    short.record.click()
    assert "1.2 s, 1 channel): all of it was sent" in short.said()
    assert short.record.inner_text() == "● Record"
    y, sr = short.sound()
    assert sr == SR and len(y) == round(1.2 * SR) and np.abs(y).max() > 0.01


def test_stopped_before_nothing_came(eight: Controls) -> None:
    eight.page.evaluate(
        """() => { AudioContext.prototype.createScriptProcessor = function () {
        return this.createGain(); }; }"""
    )
    eight.record.click()
    eight.page.get_by_text("■ Stop recording").click()
    eight.page.get_by_text("Nothing came from the microphone").wait_for()
    assert "all of it" in eight.choose(as_file(tone(440.0, sr=SR, seconds=1.0), SR))


def test_no_microphone_is_said(eight: Controls) -> None:
    eight.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')); }"
    )
    eight.record.click()
    eight.page.get_by_text("upload a file instead").wait_for()
    assert "all of it" in eight.choose(as_file(tone(440.0, sr=SR, seconds=1.0), SR))


def test_without_an_upload_button_a_recording_can_be_saved(alone: Controls) -> None:
    alone.record.click()
    alone.page.get_by_text("no upload button here: save the recording").wait_for()
    assert alone.page.get_by_role("link").get_attribute("href").startswith("blob:")


def test_python_and_page_belong_together() -> None:
    sound = bring_sound(max_seconds=2.5)
    bar, _ = sound.children
    upload, record = bar.children
    assert "as-bring" in sound._dom_classes
    page = record.outputs[0]["data"]["text/html"]
    assert 'data-seconds="2.5"' in page and f'accept="{upload.accept}"' in page
    assert {".m4a", ".aac", ".webm", ".3gp", ".caf", ".opus", ".mp4"} <= set(
        upload.accept.split(",")
    )
