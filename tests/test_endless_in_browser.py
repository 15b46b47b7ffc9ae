"""The endless player in Chromium: the sound is Python's, no sample is lost, a knob is followed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from audiostyle_book import WORKER, share_workers
from conftest import as_page, violations
from playwright.sync_api import Browser, Page
from test_engine_in_browser import Run, engine_on

from audiostyle_lib import train_generator
from audiostyle_lib.generator import STRETCH_TURNED, TextureGenerator
from audiostyle_lib.levels import rms
from audiostyle_lib.page import Endless, engine
from audiostyle_lib.page.endless import worker_text
from audiostyle_lib.page.packed import packed
from audiostyle_lib.quality import STANDARD
from audiostyle_lib.sounds import crackle, rain

SR = 22050
QUICK = {"channel_steps": 6, "sound_steps": 2, "quality": STANDARD.but(n_filters=8)}
QUICK |= {"progress": False}
FIRE, RAIN = crackle(12.0, seconds=1.5), rain(seconds=1.5)
LOUD = np.clip(4 * RAIN, -1, 1)
REFERENCES: dict[str, Any] = {
    "one channel": FIRE,
    "two channels": np.stack([FIRE, 0.4 * RAIN + 0.3 * FIRE]),
    "opposite": np.stack([FIRE, -FIRE]),
    "loud": LOUD,
    "a knob": {2.0: FIRE, 5.0: 0.4 * RAIN, 20.0: LOUD},
    "a knob of two channels": {
        -1.0: np.stack([FIRE, 0.3 * RAIN]),
        1.0: np.stack([0.5 * RAIN, FIRE[::-1]]),
    },
}
STRETCH_SECONDS = STRETCH_TURNED * 256 / SR
TURN = """(kept, seed, n, turns) => {
  let asked = 0, made = 0;
  const pieces = [], turn = () => turns[Math.min(asked++, turns.length - 1)];
  for (const piece of textureStream(new TextureGenerator(kept), seed, turn)) {
    pieces.push(piece);
    made += piece[0].length;
    if (made >= n) break;
  }
  return pieces[0].map((_, c) => joinedPieces(pieces.map(piece => piece[c])));
}"""


def trained(name: str) -> TextureGenerator:
    return train_generator(REFERENCES[name], SR, **QUICK)


@pytest.fixture(scope="module")
def made() -> TextureGenerator:
    return trained("a knob")


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def run(tab: Page) -> Run:
    """Calls functions of the player's engine there."""
    return engine_on(tab, engine.script("stream_worker", "../loudspeaker"))


@pytest.mark.parametrize("name", REFERENCES)
def test_the_page_makes_what_python_makes(name: str, run: Run) -> None:
    """Sample by sample, over joints and turns of the knob; the seed means the same."""
    kept, there = packed(trained(name))
    seconds, turns, knob = 14.0, [0.0], None
    if there.knob:
        low, *_, high = there.knob.positions
        turns = [low, low, high, high, (low + high) / 2, low, 2 * high, 0.9 * high]
        seconds = 5.0

        def knob(at: float) -> float:
            return turns[min(round(at / STRETCH_SECONDS), len(turns) - 1)]

    blocks = islice(there.stream(1.0, 3, knob=knob), round(seconds))
    expected = np.atleast_2d(np.concatenate(list(blocks), axis=-1))
    found = np.stack(run(TURN, kept, 3, expected.shape[1], turns))[:, : expected.shape[1]]
    assert found.shape == expected.shape and expected.std() > 0.01
    assert np.abs(found - expected).max() < 4e-4  # seen: up to 1.4e-4
    if name == "loud":
        assert 0.98 < np.abs(expected).max() <= 1  # the limiter was at work


# A worker and the audio thread's own script, asked for blocks as a sound card does, but only where
# there is something to play: a slow machine changes nothing.
CARD = """async ([text, kept, n, turns]) => {
  let Made;
  new Function("AudioWorkletProcessor", "registerProcessor", QUEUE)(
    class { port = {postMessage() {}}; }, (name, processor) => { Made = processor; });
  const worker = new Worker(URL.createObjectURL(new Blob([text])));
  const {port1, port2} = new MessageChannel();
  const queue = new Made({processorOptions: {ahead: 0.25 * kept.sr}});
  queue.port.onmessage({data: {source: port2}});
  worker.postMessage({kept, seed: 3, knob: turns[0][1], port: port1}, [port1]);
  const y = [], waiting = [];
  while (y.length < n) {
    const turned = turns.find(([at]) => at >= y.length && at < y.length + 128);
    if (turned) worker.postMessage({knob: turned[1]});
    if (queue.waiting < 128) {
      queue.process(null, [[new Float32Array(0)]]);  // it asks
      while (queue.waiting < 128) await new Promise(done => setTimeout(done, 1));
    }
    const out = new Float32Array(128);
    queue.process(null, [[out]]);
    y.push(...out);
    waiting.push(queue.waiting);
    if (queue.asked) await new Promise(done => setTimeout(done, 0));
  }
  worker.terminate();
  return [y, Math.max(...waiting)];
}"""


def played(tab: Page, made: TextureGenerator, n: int, turns: list) -> tuple[np.ndarray, int]:
    y, waiting = tab.evaluate(CARD, [worker_text(), packed(made)[0], n, turns])
    return np.array(y[:n], np.float32), waiting


def test_no_sample_is_lost_between_worker_and_loudspeaker(
    tab: Page, run: Run, made: TextureGenerator
) -> None:
    _, there = packed(made)
    y, waiting = played(tab, made, 4 * SR, [[0, 5.0]])
    expected = np.concatenate(list(islice(there.stream(1.0, 3, knob=5.0), 4)))
    assert np.abs(y - expected).max() < 4e-4
    assert waiting < (0.25 + STRETCH_SECONDS) * SR  # no more is kept than that


def test_a_turn_is_heard_within_a_second(tab: Page, run: Run, made: TextureGenerator) -> None:
    """Counted in samples that are played, however long they took to make; and nothing jumps."""
    at, n = 2 * SR, 5 * SR
    still, _ = played(tab, made, n, [[0, 2.0]])
    y, _ = played(tab, made, n, [[0, 2.0], [at, 20.0]])
    first = int(np.flatnonzero(np.abs(y - still) > 1e-3)[0])
    assert at < first < at + 0.75 * SR
    power = np.square(y[: n // 1102 * 1102].reshape(-1, 1102)).mean(axis=1)
    loud = 10 * np.log10(power + 1e-9)  # of each twentieth of a second
    before, after = np.median(loud[:40]), np.median(loud[70:])
    assert after > before + 6
    assert np.median(loud[60:64]) > before + 0.7 * (after - before)  # a second after the turn
    steep = np.abs(np.diff(y))
    assert steep[at : first + SR].max() <= 1.2 * steep[first + SR :].max()


LISTEN = """
  window.contexts = [];
  const Plain = AudioContext;
  AudioContext = class extends Plain { constructor(o) { super(o); contexts.push(this); } };
"""


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[object]:
    """A function that opens these players as a file, and notes errors and requests."""
    contexts, errors, requests = [], [], []

    def open_page(*pieces: object, scripts: bool = True, **options: Any) -> Page:
        (tmp_path / "page.html").write_text(as_page(*pieces))
        context = browser.new_context(java_script_enabled=scripts, **options)
        contexts.append(context)
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
    assert not [url for url in requests[1:] if not url.startswith(("blob:", "data:", "file:"))]


@pytest.fixture(scope="module")
def players(made: TextureGenerator) -> tuple[Endless, Endless]:
    return (
        Endless(made, "Weather", "Turn it.", knob="drops a second", seconds=2.0),
        Endless(trained("two channels"), "Fire", "Wide.", seconds=2.0),
    )


def sounds(page: Page, title: str) -> None:
    """Press play, and wait until it sounds."""
    page.get_by_role("button", name=f"Play: {title}").click()
    page.get_by_role("group", name=f"Endless: {title}").get_by_text("Playing take").wait_for()
    page.wait_for_function("() => contexts.at(-1).currentTime > 0.2")


def test_it_plays_one_at_a_time_and_ends_when_stopped(show, players) -> None:
    page = show(*players)
    assert page.evaluate("contexts.length") == 0 and not page.workers  # nothing by itself
    sounds(page, "Weather")
    assert len(page.workers) == 1
    sounds(page, "Fire")
    page.wait_for_function("() => contexts[0].state === 'closed'")
    assert page.evaluate("contexts.map(c => c.state)") == ["closed", "running"]
    page.get_by_role("button", name="Stop: Fire").click()
    page.wait_for_function("() => contexts[1].state === 'closed'")
    assert page.get_by_role("button", name="Play: Fire").is_visible()
    for _ in range(100):
        if not page.workers:
            break
        page.wait_for_timeout(50)
    assert not page.workers


def test_another_take_is_another_seed(show, players) -> None:
    page = show(players[0])
    page.evaluate(
        """() => { window.sent = []; const post = Worker.prototype.postMessage;
        Worker.prototype.postMessage = function (m, t) { sent.push(m); post.call(this, m, t); } }"""
    )
    page.get_by_role("button", name="Another take").click()
    page.get_by_text("Take 2 is next.").wait_for()
    sounds(page, "Weather")
    page.get_by_role("button", name="Another take").click()
    page.get_by_text("Playing take 3.").wait_for()
    assert page.evaluate("sent.filter(m => m.kept).map(m => m.seed)") == [1, 2]
    page.get_by_role("slider", name="drops a second").press("End")
    assert page.evaluate("sent.at(-1).knob") == pytest.approx(20.0)


def test_the_beginning_of_a_take_can_be_saved(show, players) -> None:
    page = show(players[1])
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save 30 seconds: Fire").click()
    assert saving.value.suggested_filename == "fire-take-1.wav"
    page.get_by_text("30 seconds are saved as fire-take-1.wav.").wait_for()
    y, sr = sf.read(saving.value.path())
    made = trained("two channels")
    assert (y.shape, sr) == ((30 * made.sr, 2), made.sr)
    assert 0.03 < rms(y) < 0.13 and min(rms(part) for part in np.split(y, 6)) > 0.01


def test_a_take_that_is_removed_falls_silent(show, players) -> None:
    """As when a notebook's cell is run again."""
    page = show(players[0])
    sounds(page, "Weather")
    page.evaluate("document.querySelector('.as-endless').remove()")
    page.wait_for_function("() => contexts[0].state === 'closed'")


def test_what_cannot_start_says_so(show, players) -> None:
    page = show(players[0])
    page.evaluate(
        "() => { AudioWorkletNode = class { constructor() { throw new Error('no ears'); } }; }"
    )
    page.get_by_role("button", name="Play: Weather").click()
    page.get_by_role("alert").get_by_text("This cannot be played: no ears.").wait_for()
    assert page.get_by_role("button", name="Play: Weather").is_visible()
    page.wait_for_function("() => contexts[0].state === 'closed'")


def test_keyboard_and_words(show, players) -> None:
    page = show(players[0])
    knob = page.get_by_role("slider", name="drops a second")
    assert knob.get_attribute("aria-valuetext") == "6.3"  # half-way from 2 to 20
    knob.press("Home")
    assert knob.get_attribute("aria-valuetext") == "2"
    volume = page.get_by_role("slider", name="volume")
    assert volume.get_attribute("aria-valuetext") == "100 %"
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
    assert all('data-lm-suppress-shortcuts="true"' in name for name in reached[1:])


def test_shares_are_said(show) -> None:
    page = show(Endless(trained("a knob of two channels"), "Morph", ends=("fire", "rain")))
    knob = page.get_by_role("slider", name="knob")
    knob.fill("25")
    assert knob.get_attribute("aria-valuetext") == "75 % fire, 25 % rain"


@pytest.mark.parametrize(
    "options",
    [{}, {"viewport": {"width": 320, "height": 700}}, {"reduced_motion": "reduce"}],
)
def test_axe_finds_nothing(show, players, options: dict) -> None:
    page = show(*players, **options)
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_some_seconds_are_there(show, players) -> None:
    page = show(*players, scripts=False)
    assert page.locator("audio").count() == 2
    assert page.locator("audio").first.is_visible() and page.get_by_role("button").count() == 0
    assert page.get_by_text("2 seconds of it: where scripts run").first.is_visible()


def test_the_engine_stands_once_on_a_page(show, players) -> None:
    context = {"body": "".join(map(str, players))}
    assert len(WORKER.findall(context["body"])) == 2
    share_workers(None, "page", "page.html", context, None)
    assert len(WORKER.findall(context["body"])) == 1
    page = show(context["body"])
    sounds(page, "Weather")
    sounds(page, "Fire")
