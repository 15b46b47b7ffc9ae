"""The last touch in the page against the library's: every statistic, its gradient, what follows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser
from test_engine_in_browser import Run, engine_on, off

from audiostyle_lib.auditory import erb_bands, erb_count
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.sounds import crackle
from audiostyle_lib.statistics import (
    SOUND_STATISTICS,
    SoundMeasure,
    WideBands,
    order,
    sound_targets,
)

# Channels, rate and samples: even and odd lengths, transforms of lengths that are no multiple of 4.
SOUNDS = [(1, 22050, 44100), (2, 22050, 27_300), (1, 44100, 44_101), (2, 44100, 50_000)]
# Differences from Python's, relative to the numbers' size. A gradient in 32 bits is exact to some
# 1e-5, there and here; where rises are nearly equal, rounding says whose place in the order is
# whose, and so whose gradient.
VALUE, WEIGHT, GRADIENT, TIES = 2e-6, 5e-7, 1e-4, 2e-2


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


@pytest.mark.parametrize("kind", ["touch", "plain_touch"])
@pytest.mark.parametrize(("channels", "sr", "n"), SOUNDS)
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
