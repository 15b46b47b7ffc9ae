"""The texture engine in the page against the library's, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser
from test_engine_in_browser import Run, engine_on, off

from audiostyle_lib.audio import AudioError
from audiostyle_lib.levels import finished, limited, rms
from audiostyle_lib.mixture import mix_textures
from audiostyle_lib.model import TextureModel
from audiostyle_lib.page import engine as bundler
from audiostyle_lib.quality import QUALITIES
from audiostyle_lib.seeds import derived_seed, noise_source
from audiostyle_lib.sharpen import level_targets, sharpened
from audiostyle_lib.sounds import crackle, matched_noise, rain
from audiostyle_lib.spatial import SpatialImage, filtered
from audiostyle_lib.statistics import (
    FRAME_STATISTICS,
    WideBands,
    principal_components,
    repetition,
    resample_quantiles,
    surrogate,
    wanted_powers,
)
from audiostyle_lib.texture import synthesize_texture
from audiostyle_lib.transforms import STFT, Ring

SR = 22050
RAIN = rain(seconds=2.0)
FIRE = crackle(seconds=2.0)
BOTH = np.stack([RAIN, 0.6 * RAIN + 0.5 * np.roll(FIRE, 100)]).astype(np.float32)
NOISE = np.random.default_rng(0).standard_normal


@pytest.fixture(scope="module")
def run(browser: Browser) -> Iterator[Run]:
    page = browser.new_page()
    yield engine_on(page)
    page.close()


@pytest.fixture(scope="module")
def model() -> TextureModel:
    return TextureModel.measure([RAIN], SR, "draft")


def rows(x: torch.Tensor) -> np.ndarray:
    """Frames one after the other, as the page has them, of a tensor (bins, t)."""
    return np.ascontiguousarray(x.numpy().T)


@pytest.mark.parametrize("sr", [8000, 22050, 44100])
def test_spectrogram(sr: int, run: Run) -> None:
    S = STFT.for_rate(sr).forward(torch.as_tensor(RAIN))
    assert off(run("(y, sr) => STFT.forRate(sr).forward(y)", RAIN, sr), rows(S)) < 1e-6


def test_overlap_add_is_the_way_back(run: Run) -> None:
    y = RAIN[:20_001]
    found = run(
        "y => { const s = STFT.forRate(22050); return s.sound(s.complex(y), y.length); }", y
    )
    assert off(found[1000:-1000], y[1000:-1000]) < 1e-6


@pytest.mark.parametrize("known", [False, True])
def test_phases(known: bool, run: Run) -> None:
    """Two rounds: after many, roundings have grown."""
    stft, y = STFT(), torch.as_tensor(RAIN[:30_000])
    D = stft.complex(y)[:, :20] if known else None
    expected = stft.inverse(stft.forward(y), length=29_000, n_iter=2, seed=5, known=D, guess=D)
    found = run(
        """(y, known) => {
          const stft = STFT.forRate(22050), S = stft.forward(y), D = stft.complex(y);
          const part = {re: D.re.slice(0, 20 * 513), im: D.im.slice(0, 20 * 513)};
          const more = known ? {known: part, guess: part} : {};
          return stft.inverse(S, {length: 29000, nIter: 2, seed: 5, ...more});
        }""", y, known,
    )  # fmt: skip
    assert off(found, expected) < 3e-6


def test_a_ring(run: Run) -> None:
    y = torch.as_tensor(RAIN[:5001])
    ring = Ring(STFT(), 5001, 20)
    found = run(
        "y => new Ring(STFT.forRate(22050), 5001, 20).inverse("
        "STFT.forRate(22050).forward(y), {nIter: 1, seed: 3})",
        y,
    )
    assert off(found, ring.inverse(STFT().forward(y), n_iter=1, seed=3)) < 3e-6
    D = run("y => new Ring(STFT.forRate(22050), 5001, 20).complex(y)", y)
    assert off(np.hypot(D["re"], D["im"]), rows(ring.complex(y).abs())) < 1e-6


def test_principal_components(run: Run) -> None:
    S = STFT().forward(torch.as_tensor(RAIN))
    mean, basis = principal_components(S, 32)
    found = run("(x, n) => principalDirections(x, n, 32)", rows(S - mean), 513).reshape(513, 32)
    same = np.abs(np.sum(found * basis.numpy(), axis=0))
    assert same[:20].min() > 0.9999  # the last ones are weak, and nearly alike
    inside = np.linalg.svd(basis.numpy().T @ found)[1]
    assert inside.min() > 0.999


def test_few_bins(run: Run) -> None:
    x = NOISE((10, 50)).astype(np.float32) * np.arange(1, 11, dtype=np.float32)[:, None]
    x -= x.mean(axis=1, keepdims=True)
    _, basis = principal_components(torch.as_tensor(x), 32)
    found = run("x => principalDirections(x, 10, 32)", x.T)
    assert off(found, basis) < 1e-6


def test_network(model: TextureModel, run: Run) -> None:
    x = model.channels[0]
    features = run(
        """(x, seed) => {
          const network = new RandomCNN(32, {nFilters: 64, widths: [2, 8, 32], seed});
          network.calibrate([x]);
          return network.features(x);
        }""", rows(x), derived_seed(0, "filters") % 2**32,
    )  # fmt: skip
    for width in (2, 8, 32):
        expected = model.features[0][f"width_{width}"][0]
        assert off(features[str(width)], rows(expected)) < 2e-6


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("name", ["gram", "rhythm", "diversity"])
def test_frame_statistics_and_gradients(name: str, n_targets: int, run: Run) -> None:
    rng = np.random.default_rng(0)
    shares = [1.0] if n_targets == 1 else [0.25, 0.75]
    targets = [rng.random((9, t)).astype(np.float32) for t in (150, 97)[:n_targets]]
    x = rng.random((9, 120)).astype(np.float32)
    x[:, :90] += 0.9 * targets[0][:, 5:95]  # much of a copy
    features = [{"width_1": torch.as_tensor(target)[None]} for target in targets]
    statistic = FRAME_STATISTICS[name].wanted(features, shares, 120)
    free = torch.as_tensor(x)[None].requires_grad_(True)
    loss = statistic({"width_1": free})
    loss.backward()
    found = run(
        """(name, targets, shares, x) => {
          const given = {targets: targets.map(t => new Map([[1, t]])), shares, c: 9, nFrames: 120};
          const G = new Float32Array(x.length);
          const loss = frameStatistics({[name]: 0.5}, given)(new Map([[1, x]]), new Map([[1, G]]));
          return {loss, G};
        }""", name, [t.T for t in targets], shares, x.T,
    )  # fmt: skip
    assert loss.item() > 0.01
    assert found["loss"] == pytest.approx(0.5 * loss.item(), rel=1e-4)
    assert off(found["G"], 0.5 * rows(free.grad[0])) < 2e-6


def test_gradient_through_the_network(model: TextureModel, run: Run) -> None:
    x = torch.as_tensor(NOISE((32, 90)).astype(np.float32)).requires_grad_(True)
    statistic = FRAME_STATISTICS["gram"].wanted(model.features, [1.0], 90)
    loss = statistic(model.network(x[None]))
    loss.backward()
    found = run(
        """(x, target, seed) => {
          const network = new RandomCNN(32, {nFilters: 64, widths: [2, 8, 32], seed});
          network.calibrate([target]);
          const given = {targets: [network.features(target)], shares: [1], c: 64, nFrames: 90};
          const gradient = new Float32Array(x.length);
          const loss = network.criterion(90, frameStatistics({gram: 1}, given))(x, gradient);
          return {loss, gradient};
        }""", rows(x.detach()), rows(model.channels[0]), derived_seed(0, "filters") % 2**32,
    )  # fmt: skip
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert off(found["gradient"], rows(x.grad)) < 2e-6


def test_surrogates(model: TextureModel, run: Run) -> None:
    x = model.channels[0]
    noise = torch.randn((32, 200), generator=torch.Generator().manual_seed(1))
    wanted = wanted_powers([repetition(x)], torch.ones(1), 200)
    expected = surrogate(noise, resample_quantiles(x, 200), *wanted, n_rounds=3)
    found = run(
        """(x, noise) => {
          const t = x.length / 32, values = new Float32Array(32 * 200);
          rowsOf(x, t).forEach((row, i) => values.set(resampleQuantiles(row, 200), 200 * i));
          const wanted = wantedPowers([repetition(x, t)], 32, [1], 200);
          surrogate(noise, 200, values, wanted, {nRounds: 3});
          return noise;
        }""", x.contiguous(), noise,
    )  # fmt: skip
    assert off(found, expected) < 1e-5  # neighbours may change places


@pytest.mark.parametrize("loop", [False, True])
def test_remainder(loop: bool, model: TextureModel, run: Run) -> None:
    expected = model.remainder(torch.ones(50, 1), noise_source(2, "frames"), loop=loop)
    found = run(
        """(basis, rest, loop) => new Remainder(basis, 32, [rest])
          .make(50, [1], noiseSource(2, "frames"), loop)""",
        model.basis.contiguous(), rows(model.residuals[0]), loop,
    )  # fmt: skip
    assert off(found, rows(expected)) < 1e-6


@pytest.mark.parametrize("peak", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("loop", [False, True])
def test_finished(loop: bool, peak: float, run: Run) -> None:
    Y = np.stack([RAIN, FIRE])[:, :20_000].copy()
    Y[0, 9_000:9_003] = Y[1, 3] = peak
    found = run("(Y, loop) => finished(Y, 22050, 0.2, {loop})", list(Y), loop)
    assert off(np.stack(found), finished(Y, SR, 0.2, loop=loop)) < 3e-7


def test_limited(run: Run) -> None:
    y = 3 * NOISE(9_000).astype(np.float32) / 4
    pieces = np.split(y, [100, 5_000])
    found = run("pieces => [...limited(pieces.map(y => [y]), 22050)].map(([y]) => y)", pieces)
    assert off(np.concatenate(found), np.concatenate(list(limited(pieces, SR)))) < 3e-7


@pytest.mark.parametrize("Y", [FIRE[None], BOTH, np.stack([FIRE, RAIN, BOTH[1]])])
@pytest.mark.parametrize("loop", [False, True])
def test_sharpen(Y: np.ndarray, loop: bool, run: Run) -> None:
    noise = np.stack([matched_noise(y, SR, seed=i)[:30_000] for i, y in enumerate(Y)])
    targets = level_targets([Y], SR)
    expected = sharpened(torch.as_tensor(noise), targets, torch.ones(1), SR, n_rounds=5, loop=loop)
    found = run(
        """(Y, noise, loop) => {
          const targets = levelTargets([Y], 22050);
          const y = sharpened(noise, targets, [1], 22050, {nRounds: 5, loop});
          return {y, ...targets.at(-1)};
        }""", list(Y), list(noise), loop,
    )  # fmt: skip
    last = targets[-1]
    assert off(found["means"][0], last.means[0]) < 1e-6
    assert off(found["noisy"][0], last.noisy[0]) < 3e-6
    assert off(found["alike"][0], last.alike[0]) < 3e-6
    assert off(np.stack(found["y"]), expected) < 0.03  # values that are nearly alike change places
    assert off(noise, expected) > 0.2


def test_bands_add_up(run: Run) -> None:
    Y = torch.fft.rfft(torch.as_tensor(BOTH))
    wide = WideBands(BOTH.shape[1], SR)
    expected = wide.levels(wide.powers(Y))
    found = run("Y => bandLevels(new WideBands(Y[0].length, 22050), Y.map(rfft))", list(BOTH))
    assert off(np.stack(found), expected) < 1e-6


THREE = np.stack([RAIN, RAIN, -RAIN, 0 * RAIN, FIRE, BOTH[1]])


@pytest.mark.parametrize("Y", [BOTH, THREE, np.stack([RAIN, RAIN]), RAIN[None]])
def test_image(Y: np.ndarray, run: Run) -> None:
    image = SpatialImage.of([Y], SR)
    found = run(
        """Y => {
          const image = new SpatialImage([Y], 22050), parts = image.apart(Y, 0);
          const n = image.nDistinct;
          const turned = n === 1 ? parts : filtered(parts, image.taps([1]));
          return {n, parts, turned, all: image.layout.all(image.layout.distinct(Y))};
        }""", list(Y),
    )  # fmt: skip
    assert found["n"] == image.n_distinct
    assert np.array_equal(np.stack(found["all"]), Y)
    parts = image.apart(Y, 0)
    assert off(np.abs(np.stack(found["parts"])), parts.abs()) < 1e-5  # either sign
    if image.n_distinct > 1:
        assert off(np.stack(found["turned"]), filtered(parts, image.taps([1.0]))) < 1e-5


def test_two_images_and_one_channel(run: Run) -> None:
    other = np.stack([BOTH[1], FIRE])
    image = SpatialImage.of([BOTH, RAIN[None], other], SR)
    found = run(
        """sounds => {
          const image = new SpatialImage(sounds, 22050);
          return {taps: image.taps([0.2, 0.5, 0.3]), spread: image.distinct(sounds[1]),
            apart: image.apart(sounds[2], 2)};
        }""", [list(BOTH), [RAIN], list(other)],
    )  # fmt: skip
    taps = image.taps([0.2, 0.5, 0.3])
    assert off(np.abs(np.concatenate(found["taps"])), taps.abs()) < 5e-6
    assert off(np.stack(found["spread"]), image.distinct(RAIN[None])) < 1e-6
    assert off(np.abs(np.stack(found["apart"])), image.apart(other, 2).abs()) < 5e-6


@pytest.mark.parametrize(
    ("y", "sr"),
    [
        (0 * RAIN, SR),
        (np.full(9000, np.nan, np.float32), SR),
        (RAIN[:3000], SR),
        (RAIN * 40, SR),
        (RAIN[:0], SR),
        (RAIN, 22050.5),
        (np.stack([RAIN] * 9), SR),
    ],
)
def test_python_and_the_page_say_the_same(y: np.ndarray, sr: float, run: Run) -> None:
    with pytest.raises(AudioError) as error:
        synthesize_texture(y, sr, quality="draft", progress=False)  # type: ignore[arg-type]
    said = run(
        """(Y, sr) => {
          try { texture({references: [Y], sr, quality: "draft"}); }
          catch (error) { return {name: error.name, message: error.message}; }
        }""", list(np.atleast_2d(y)), sr,
    )  # fmt: skip
    assert said["name"] == "AudioError"
    expected = str(error.value)
    words = 2 if y.ndim == 2 else 4  # there is no shape in the page
    assert said["message"].split()[:words] == expected.split()[:words]


def report(y: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    from audiostyle_lib.metrics import texture_report

    return texture_report(y, found, SR)


TEXTURE = """args => {
  const told = [], made = texture(args, (share, what) => told.push([share, what]));
  return {...made, told};
}"""


@pytest.mark.parametrize("quality", ["draft", "standard"])
def test_textures_as_good_as_the_library_s(quality: str, run: Run) -> None:
    mine = synthesize_texture(FIRE, SR, quality=quality, seed=1, progress=False)
    found = run(TEXTURE, {"references": [[FIRE]], "sr": SR, "quality": quality, "seed": 1})
    assert found["history"][0] == pytest.approx(mine.history[0], rel=1e-3)
    assert found["history"][-1] == pytest.approx(mine.history[-1], rel=0.3)
    (y,) = found["channels"]
    assert len(y) == len(mine.y) and np.abs(y).max() <= 1 and y[0] == 0
    theirs, ours = report(FIRE, y), report(FIRE, mine.y)
    for name in ("auditory", "spectrum"):
        if name in theirs:
            assert theirs[name] == pytest.approx(ours[name], abs=0.05)
    shares = [share for share, _ in found["told"]]
    assert shares == sorted(shares) and shares[-1] == 1


@pytest.mark.parametrize("loop", [False, True])
def test_channels_lengths_and_mixtures(loop: bool, run: Run) -> None:
    args = {"references": [list(BOTH), [FIRE]], "sr": SR, "quality": "draft", "shares": [3, 1]}
    args |= {"seconds": 1.3, "loop": loop}
    made = [run(TEXTURE, {**args, "seed": seed}) for seed in (0, 0, 1)]
    first, again, other = (one["channels"] for one in made)
    assert [len(y) for y in first] == [round(1.3 * SR)] * 2
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert (first[0][0] == 0) == (not loop)
    mine = mix_textures(
        [BOTH, FIRE], SR, weights=[3, 1], seconds=1.3, loop=loop, quality="draft", progress=False
    )
    assert made[0]["history"][0] == pytest.approx(mine.history[0], rel=1e-3)
    assert rms(np.stack(first)) == pytest.approx(rms(mine.y), rel=0.02)  # peaks are turned down


def test_presets_are_the_library_s(run: Run) -> None:
    found = run("K.quality.QUALITIES")
    for name, quality in QUALITIES.items():
        assert found[name]["nSteps"] == quality.n_steps
        assert found[name]["frames"] == dict(quality.frames)


def test_a_page_that_may_not_compile(browser: Browser, run: Run) -> None:
    """The same but for rounding, which the search makes larger."""
    page = browser.new_page()
    page.evaluate("delete window.WebAssembly")
    args = {"references": [[FIRE[:22050]]], "sr": SR, "quality": "draft", "seed": 2}
    slow, fast = (call(TEXTURE, args) for call in (engine_on(page), run))
    page.close()
    assert slow["history"][:3] == pytest.approx(fast["history"][:3], rel=1e-4)
    assert slow["history"][-1] == pytest.approx(fast["history"][-1], rel=0.3)


WORKER = """async ([source, y]) => {
  const {Engine} = window, engine = new Engine(source), told = [], errors = [];
  const references = [[Float32Array.from(y)]], sr = 22050;
  const seen = e => errors.push(e.name, e.message);
  const progress = (share, what) => told.push([share, what]);
  const args = {references, sr, quality: "draft", seconds: 0.6, seed: 3};
  const {channels} = await engine.run("texture", args, progress);
  await engine.run("texture", {...args, seconds: -1}).catch(seen);
  await engine.run("dance", {}).catch(seen);
  const waiting = [args, args].map(a => engine.run("texture", a).catch(seen));
  engine.stop();
  await Promise.all(waiting);
  const again = await engine.run("texture", args);
  engine.stop();
  const same = again.channels[0].every((v, i) => v === channels[0][i]);
  return {told, errors, same, n: channels[0].length};
}"""


@pytest.mark.parametrize("compiled", [True, False])
def test_in_a_worker(compiled: bool, browser: Browser) -> None:
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.add_script_tag(content=bundler.script("client") + "window.Engine = Engine;")
    source = ("" if compiled else "delete self.WebAssembly;") + bundler.worker_script()
    found = page.evaluate(WORKER, [source, FIRE[:22050].tolist()])
    page.close()
    assert found["n"] == round(0.6 * SR) and found["same"]
    shares = [share for share, _ in found["told"]]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == 1 and len(shares) > 10
    assert {"measure", "texture", "phase"} <= {what for _, what in found["told"]}
    names, messages = found["errors"][::2], found["errors"][1::2]
    assert names == ["AudioError", "AudioError", "Stopped", "Stopped"]
    assert messages[0] == "seconds is -1; expected a length above 0"
    assert messages[1].startswith("task is dance; expected one of ")
    assert not [url for url in requests if not url.startswith("blob:")]


def test_the_page_follows_a_changed_constant(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiostyle_lib.levels._FADE_SECONDS", 0.1)
    page = browser.new_page()
    found = engine_on(page)("y => finished([y], 22050, 0.2)[0]", RAIN)
    page.close()
    assert off(found, finished(RAIN, SR, 0.2)) < 3e-7
    assert np.abs(found[10:500]).max() < 0.2 * np.abs(found[-30_000:-29_000]).max()
