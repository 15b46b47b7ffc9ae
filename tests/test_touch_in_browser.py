"""The last touch in the page against the library's: every statistic, its gradient, what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser
from test_engine_in_browser import Run, engine_on, off

from audiostyle_lib.auditory import erb_bands, erb_count
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.refine import _colour, refined
from audiostyle_lib.sounds import crackle, matched_noise, rain
from audiostyle_lib.statistics import (
    SOUND_STATISTICS,
    SoundMeasure,
    WideBands,
    order,
    sound_targets,
)

# Channels, rate and samples: even and odd lengths, transforms of lengths that are no multiple of 4.
SOUNDS = [(1, 22050, 12_000), (2, 22050, 12_001), (1, 44100, 44_100), (2, 44100, 25_000)]
# Differences from Python's, relative to the numbers' size. A gradient in 32 bits is exact to some
# 1e-5, there and here; where rises are nearly equal, rounding says whose place in the order is
# whose, and so whose gradient.
VALUE, WEIGHT, GRADIENT, TIES = 2e-6, 5e-7, 1e-4, 1e-3


@pytest.fixture(scope="module")
def touch(browser: Browser) -> Iterator[Run]:
    """Calls any function of the engine."""
    page = browser.new_page()
    yield engine_on(page)
    page.close()


@pytest.fixture(scope="module")
def plain_touch(browser: Browser) -> Iterator[Run]:
    """The same where nothing may be compiled."""
    page = browser.new_page()
    page.evaluate("delete window.WebAssembly")
    yield engine_on(page)
    page.close()


@cache
def sounds(channels: int, sr: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """A sound and another one that it should be like, (channels, n)."""
    rng = np.random.default_rng(n)
    fire = crackle(seconds=5.0)
    found = []
    for turned, noise in ((fire, 0.02), (fire[::-1], 1e-3)):
        y = np.stack([turned[3000 * k : 3000 * k + n] for k in range(channels)])
        y = (y + noise * rng.standard_normal(y.shape)).astype(np.float32)
        y[1:] = 0.5 * y[1:] + 0.3 * y[:1]
        found.append(y * np.float32(LEVEL / rms(y)))
    return found[0], found[1]


MEASURED = """(y, like, n, sr) => {
  const measure = new SoundMeasure(n, sr, {nChannels: y.length});
  const target = measure.of(like), weights = measure.weights(target), found = measure.of(y);
  const Y = y.map(rfft), grown = measure.lossAndGradient(Y, target, weights);
  const gradients = measure.statistics.map(({first, statistic}) => {
    const row = measure.ofSpectrum(Y), {size} = statistic;
    const g = row.map((s, i) => 2 * weights[i] * (s - target[i])).subarray(first, first + size);
    measure.heard.clear();
    statistic.back(measure.heard, g);
    const some = part => part.filter((_, k) => k % 8 === 0);
    return measure.heard.back().map(({re, im}) => [some(re), some(im)]);
  });
  const names = measure.statistics.map(({name}) => name);
  const sizes = measure.statistics.map(({statistic}) => statistic.size);
  const again = measure.lossAndGradient(Y, target, weights);
  const gradient = again[1].map(({re, im}) => [re, im]);
  return {found, target, weights, names, sizes, gradients, loss: grown[0], gradient};
}"""


def expected(channels: int, sr: int, n: int) -> dict[str, Any]:
    """The same by the library, whose gradients are torch's."""
    y, like = (torch.as_tensor(x) for x in sounds(channels, sr, n))
    measure = SoundMeasure(n, sr, n_channels=channels)
    target = measure(like)
    weights = measure.weights(target)
    Y = torch.fft.rfft(y).requires_grad_(True)
    parts = (weights * (measure.of_spectrum(Y) - target).square()).split(measure.sizes)
    gradients = [torch.autograd.grad(part.sum(), Y, retain_graph=True)[0] for part in parts]
    return {
        "found": measure(y), "target": target, "weights": weights,
        "names": list(measure.statistics), "sizes": measure.sizes, "gradients": gradients,
        "loss": float(torch.cat(parts).detach().sum()), "gradient": sum(gradients),
    }  # fmt: skip


def flat(spectra: torch.Tensor, step: int = 1) -> torch.Tensor:
    """Real and imaginary parts of each channel, or of some bins, as the page gives them."""
    return torch.view_as_real(spectra[:, ::step]).mT.flatten()


@pytest.mark.parametrize(
    ("channels", "sr", "n", "kind"),
    [*((*sound, "touch") for sound in SOUNDS), (*SOUNDS[0], "plain_touch")],
)
def test_statistics_and_gradients(
    channels: int, sr: int, n: int, kind: str, request: pytest.FixtureRequest
) -> None:
    y, like = sounds(channels, sr, n)
    mine = request.getfixturevalue(kind)(MEASURED, list(y), list(like), n, sr)
    theirs = expected(channels, sr, n)
    assert (mine["names"], mine["sizes"]) == (theirs["names"], theirs["sizes"])
    assert mine["loss"] == pytest.approx(theirs["loss"], rel=1e-6)
    assert off(mine["gradient"], flat(theirs["gradient"])) < TIES
    stops = np.cumsum(theirs["sizes"])[:-1]
    for key, bound in (("found", VALUE), ("target", VALUE), ("weights", WEIGHT)):
        parts = zip(np.split(mine[key], stops), np.split(theirs[key], stops), strict=True)
        for name, (found, wanted) in zip(theirs["names"], parts, strict=True):
            assert off(found, wanted) < bound, (key, name)
    gradients = zip(theirs["names"], mine["gradients"], theirs["gradients"], strict=True)
    for name, found, wanted in gradients:
        assert off(found, flat(wanted, 8)) < (TIES if name == "rises" else GRADIENT), name


def test_every_statistic_is_there(touch: Run) -> None:
    assert touch("() => Object.keys(SOUND_STATISTICS)") == list(SOUND_STATISTICS)


def test_some_weights(touch: Run) -> None:
    """What does not count is not measured, but for the means, which do not count then."""
    n, sound = 22050, {"rises": 2.0, "peaks": 1.0}
    y, _ = sounds(1, 22050, 44100)
    measure = SoundMeasure(n, 22050, sound=sound)
    target = measure(torch.as_tensor(y[:, :n].copy()))
    found = touch(
        """(y, n, sound) => {
          const measure = new SoundMeasure(n, 22050, {sound}), row = measure.of(y);
          return [row, measure.weights(row)];
        }""", [y[0, :n]], n, sound,
    )  # fmt: skip
    assert off(found[0], target) < VALUE
    assert off(found[1], measure.weights(target)) < WEIGHT


@pytest.mark.parametrize(
    ("sr", "n"), [(8000, 5000), (22050, 22051), (44100, 88200), (96000, 60_000)]
)
def test_bands_of_any_rate(sr: int, n: int, touch: Run) -> None:
    count = erb_count(sr, 48)
    found = touch("(n, sr, count) => erbBands(n, sr, erbCount(sr, 48))", n, sr, count)
    wanted = erb_bands(n, sr, n_bands=count)
    assert [row["first"] for row in found] == [first for first, _ in wanted]
    assert (
        off(np.concatenate([row["gains"] for row in found]), np.concatenate([g for _, g in wanted]))
        < 1e-12
    )
    wide = WideBands(n, sr)
    y = np.random.default_rng(0).standard_normal((2, n)).astype(np.float32)
    powers = wide.powers(torch.fft.rfft(torch.as_tensor(y)))
    found = touch(
        """(y, n, sr) => {
          const wide = new WideBands(n, sr), room = wide.room(2);
          const level = new Float32Array(wide.nFrames);
          wide.powers(y.map(rfft), room);
          const levels = [0, 1].map((c) => room.map(({power}) => {
            wide.levels(power[c], level);
            return level.slice();
          }));
          return {powers: room.map(({power}) => power), levels, centres: wide.centres};
        }""", list(y), n, sr,
    )  # fmt: skip
    assert off(found["centres"], wide.centres) < 1e-12
    for mine, theirs in zip(found["powers"], powers, strict=True):
        assert off(mine, theirs) < VALUE
    assert off(found["levels"], wide.levels(powers)) < VALUE


@pytest.mark.parametrize(
    "n", [1, 4, 15, 16, 20, 36, 2250, 3000, 12_000, 17 * 1728, 131_072, 300_000]
)
def test_one_whole_transform(n: int, touch: Run) -> None:
    """Also of lengths that are no multiple of 4, or too long for the kernels' memory."""
    z = np.random.default_rng(n).standard_normal((2, n)).astype(np.float32)
    found = touch(
        """(re, im, n) => {
          const plan = new WholeFFT(n), half = 4 * plan.nBlocks;
          plan.run(plan.b, plan.b); // also where room was used before
          const {M} = plan.room();
          M.set(re, plan.kept);
          M.set(im, plan.kept + half);
          const at = plan.run(plan.kept, plan.kept + half);
          const part = (p, i) => M[at + 8 * (i >> 2) + (i & 3) + p];
          return [0, 4].map(p => Float32Array.from(re, (_, i) => part(p, i)));
        }""", z[0], z[1], n,
    )  # fmt: skip
    wanted = np.fft.fft(z[0].astype(float) + 1j * z[1])
    assert off(found, np.stack([wanted.real, wanted.imag])) < 1e-6


def test_order(touch: Run) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [rng.standard_normal(3000), np.round(rng.standard_normal(3000)), [-0.0, 0.0]]
    )
    x = rng.permutation(x).astype(np.float32)
    for row in (x, x[:1], x[:700]):
        found = touch(
            "x => {const out = new Uint32Array(x.length); order(x, out); return out;}", row
        )
        assert found.tolist() == order(torch.as_tensor(row)).tolist()


@pytest.mark.parametrize("channels", [1, 2])
def test_targets(channels: int, touch: Run) -> None:
    """Of references of several lengths and levels."""
    references = [
        y[:, :n] * gain
        for y, n, gain in zip(
            sounds(channels, 22050, 27_300), (27_300, 20_001), (1, 0.3), strict=True
        )
    ]
    found = touch(
        "(references, sr) => soundTargets(references, sr)", [list(y) for y in references], 22050
    )
    for mine, theirs in zip(found, sound_targets(references, 22050), strict=True):
        assert off(mine, theirs) < VALUE


@pytest.mark.parametrize("part", [1.0, 0.6])
@pytest.mark.parametrize(("channels", "n"), [(1, 20_001), (2, 20_000)])
def test_changes_and_the_way_back(channels: int, n: int, part: float, touch: Run) -> None:
    """Of a whole sound, and where the beginning is held."""
    sr, rng = 22050, np.random.default_rng(n)
    y = torch.as_tensor(sounds(channels, 22050, 27_300)[0][:, :n].copy())
    held = (
        torch.as_tensor(np.linspace(0, 1, n, dtype=np.float32).clip(0, 1 - part) / (1 - part))
        if part < 1
        else torch.ones(n)
    )
    bins = n // 2 + 1
    x, g = (
        torch.as_tensor(rng.standard_normal((channels, 2, bins)).astype(np.float32))
        for _ in range(2)
    )
    x.requires_grad_(True)
    change = LEVEL * (n / 2) ** 0.5 * _colour(y, sr) * torch.complex(x[:, 0], x[:, 1])
    if part < 1:
        change = torch.fft.rfft(held * torch.fft.irfft(change, n))
    Y = torch.fft.rfft(y) + change
    ((Y.real * g[:, 0]).sum() + (Y.imag * g[:, 1]).sum()).backward()
    found = touch(
        """(y, held, sr, x, g) => {
          const change = new Change(y, held, sr), Y = change.apply(x);
          const gradient = new Float32Array(x.length);
          const found = Y.map(({re, im}) => [re.slice(), im.slice()]);
          change.back(g.map(([re, im]) => ({re, im})), gradient);
          return {found, gradient};
        }""", list(y), held, sr, x.flatten(), [list(row) for row in g],
    )  # fmt: skip
    assert off(found["found"], flat(Y.detach())) < VALUE
    assert off(found["gradient"], x.grad) < VALUE


REFINED = """(y, references, sr, wanted) => {
  const shares = [], k = references.length;
  for (let i = 0; i < wanted.share.length; i += k) shares.push(wanted.share.slice(i, i + k));
  return refined(y, references, sr, {...wanted, shares});
}"""


@pytest.mark.parametrize(
    ("channels", "n", "loop", "shares", "joints"),
    [
        (1, 12_000, False, [[1.0]], []),
        (1, 12_001, True, [[1.0]], []),
        (2, 12_000, False, [[0.25, 0.75]], []),
        # A morph, in two pieces.
        (1, 28_000, False, [[1.0, 0.0], [0.2, 0.8], [0.0, 1.0]], [13_999, 14_000]),
        # A loop in two pieces: before the first comes the last.
        (1, 121_000, True, [[1.0]], [0, 60_499, 60_500, -1]),
    ],
)
def test_pieces(
    channels: int, n: int, loop: bool, shares: list[list[float]], joints: list[int], touch: Run
) -> None:
    """At once the library's sound, then one that is as like: later on roundings tell."""
    sr = 8000
    like = sounds(channels, 22050, 27_300)[1][:, :12_000]
    references = [like, 0.3 * like[:, ::-1].copy()][: len(shares[0])]
    rng = np.random.default_rng(0)
    y = (0.1 * rng.standard_normal((channels, n))).astype(np.float32)
    rows = np.array(shares)

    def both(n_steps: int) -> list[np.ndarray]:
        theirs = refined(y, references, sr, n_steps=n_steps, shares=rows, loop=loop)
        wanted = {"nSteps": n_steps, "loop": loop, "share": rows.ravel()}
        mine = touch(REFINED, list(y), [list(r) for r in references], sr, wanted)
        return [np.array(mine), theirs]

    mine, theirs = both(1)
    assert off(mine, theirs) < 1e-3
    targets = sound_targets(references, sr)
    last = torch.as_tensor((rows[-1] @ targets).astype(np.float32))
    half = (-min(n, 12_000)) // 2
    measure = SoundMeasure(-half, sr, n_channels=channels)
    weights = measure.weights(last)
    found = [*both(8), y]
    distances = [
        float((weights * (measure(torch.as_tensor(x[:, half:].copy())) - last).square()).sum())
        for x in found
    ]
    assert distances[0] == pytest.approx(distances[1], rel=0.3)
    assert distances[1] < 0.7 * distances[2]
    for x in found[:2]:  # where pieces meet, a sound stays as it was
        assert np.abs(x[:, joints] - y[:, joints]).max(initial=0) < 1e-5


def test_what_is_too_short_stays(touch: Run) -> None:
    y = np.full(1000, 0.1, np.float32)
    found = touch("(y, sr) => refined([y], [[y]], sr, {nSteps: 3})", y, 22050)
    assert np.array_equal(found[0], y)


@pytest.mark.parametrize("make", [rain, crackle])
def test_from_draft_to_standard(make: Callable[..., np.ndarray], touch: Run) -> None:
    """A draft gets as like in the page as by the library."""
    sr, reference = 22050, make(seconds=2.0)
    draft = matched_noise(reference, sr)
    target = torch.as_tensor(sound_targets([reference], sr)[0])
    measure = SoundMeasure(len(draft), sr)

    def distance(y: np.ndarray) -> float:
        row = measure(torch.as_tensor(y * (LEVEL / rms(y))).float())
        return float((measure.weights(target) * (row - target).square()).sum())

    theirs = refined(draft, [reference], sr, n_steps=20, n_sharpen=12)
    mine = touch(
        "(y, r, sr) => refined([y], [[r]], sr, {nSteps: 20, nSharpen: 12})", draft, reference, sr
    )[0]
    assert distance(theirs) < 0.1 * distance(draft)
    assert distance(mine) == pytest.approx(distance(theirs), rel=0.25)
    scores = [auditory_distances(reference, y, sr)["auditory"] for y in (mine, theirs)]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
