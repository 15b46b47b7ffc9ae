"""The engine in the page against the library's, stage by stage, in Chromium."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import scipy.fft
import torch
from playwright.sync_api import Browser, Page

from audiostyle_lib.optim import optimise
from audiostyle_lib.page import engine as bundler
from audiostyle_lib.seeds import derived_seed, noise_source

Run = Callable[..., Any]

MODULES = sorted(path.stem for path in bundler.FOLDER.glob("*.js"))
# Arrays go in and out as base64; a bigint comes out as a text.
CALL = """async ([what, args]) => {
  const kinds = {Float32Array, Float64Array, Int32Array, Uint32Array};
  const inward = v => {
    if (Array.isArray(v)) return v.map(inward);
    if (!v || typeof v !== "object") return v;
    if (!v.kind) return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, inward(w)]));
    return new kinds[v.kind](Uint8Array.from(atob(v.data), c => c.charCodeAt(0)).buffer);
  };
  const outward = v => {
    if (typeof v === "bigint") return String(v);
    if (Array.isArray(v)) return v.map(outward);
    if (v instanceof Map) return outward(Object.fromEntries(v));
    if (!v || typeof v !== "object") return v;
    if (!ArrayBuffer.isView(v))
      return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, outward(w)]));
    const bytes = new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768)
      text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return {kind: v.constructor.name, data: btoa(text)};
  };
  const found = (0, eval)(`(${what})`);
  return outward(typeof found === "function" ? await found(...args.map(inward)) : found);
}"""


def to_page(value: Any) -> Any:
    """What playwright can hand to the page: arrays (flat there) as base64."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        kind = {"f4": "Float32Array", "f8": "Float64Array", "i4": "Int32Array", "u4": "Uint32Array"}
        data = np.ascontiguousarray(value)
        return {
            "kind": kind[data.dtype.str[1:]],
            "data": base64.b64encode(data.tobytes()).decode(),
        }
    if isinstance(value, dict):
        return {key: to_page(row) for key, row in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_page(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def from_page(value: Any) -> Any:
    """The other way."""
    if isinstance(value, dict) and set(value) == {"kind", "data"}:
        names = {"Float32Array": "f4", "Float64Array": "f8", "Int32Array": "i4"}
        names |= {"Uint32Array": "u4", "Uint8Array": "u1", "Uint8ClampedArray": "u1"}
        return np.frombuffer(base64.b64decode(value["data"]), names[value["kind"]])
    if isinstance(value, dict):
        return {key: from_page(row) for key, row in value.items()}
    return [from_page(item) for item in value] if isinstance(value, list) else value


def engine_on(page: Page, script: str | None = None) -> Run:
    """A function that calls the engine's functions on a page: `run("rms", y)`.

    The first argument is a name, or any JavaScript that says what to call, such as an arrow
    function; the others are numbers, texts, arrays (flat on the page), lists and dicts of them.
    """
    page.add_script_tag(content=script or bundler.script(*MODULES))

    def run(what: str, *args: Any) -> Any:
        return from_page(page.evaluate(CALL, [what, to_page(args)]))

    return run


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that asks for nothing."""
    page = browser.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    yield page
    page.close()
    assert not [url for url in requests if not url.startswith(("blob:", "data:"))]


@pytest.fixture(scope="module")
def engine(page: Page) -> Run:
    """Calls any function of the engine, see `engine_on`."""
    return engine_on(page)


@pytest.fixture(scope="module")
def plain(browser: Browser) -> Iterator[Run]:
    """The same where nothing may be compiled."""
    page = browser.new_page()
    page.evaluate("delete window.WebAssembly")
    yield engine_on(page)
    page.close()


def off(found: np.ndarray, expected: np.ndarray | torch.Tensor) -> float:
    """Root mean square of the difference, relative to what is expected."""
    wanted = np.asarray(expected, dtype=np.float64).reshape(-1)
    difference = np.asarray(found, dtype=np.float64).reshape(-1) - wanted
    return float(np.sqrt(np.mean(difference**2) / max(np.mean(wanted**2), 1e-300)))


def test_names_are_unique() -> None:
    """The bundle is one scope."""
    names = [
        name
        for module in MODULES
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:function\*?|const|let|class) ([\w$]+)",
            (bundler.FOLDER / f"{module}.js").read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    assert sorted(names) == sorted(set(names))


def test_a_type_checker_knows_the_constants() -> None:
    """Written anew by `python -m audiostyle_lib.page.engine`."""
    written = (bundler.FOLDER / "constants.d.ts").read_text("utf-8")
    assert written == bundler.declarations()


def test_the_worker_is_light() -> None:
    """A page may weigh 150 kB without its sounds."""
    assert len(bundler.packed_worker()) < 90_000


def test_a_changed_constant_reaches_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    assert '"LEVEL":0.1' in bundler.script("levels", "spatial")
    monkeypatch.setattr("audiostyle_lib.levels.LEVEL", 0.25)
    assert '"LEVEL":0.25' in bundler.script("levels", "spatial")


def test_modules_that_import_one_another_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"a": 'import { f } from "./b.js";\n', "b": 'import { g } from "./a.js";\n'}
    monkeypatch.setattr(bundler, "_source", texts.__getitem__)
    with pytest.raises(ValueError, match="a > b > a"):
        bundler.script("a")


def test_the_kernels_are_those_of_their_text() -> None:
    assert (bundler.FOLDER / "kernels.wasm").read_bytes() == bundler.assemble()


@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (5, 3, 7), (33, 9, 600), (300, 513, 32)])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", ["engine", "plain"])
def test_products(
    kind: str, turned: bool, m: int, n: int, k: int, request: pytest.FixtureRequest
) -> None:
    run = request.getfixturevalue(kind)
    rng = np.random.default_rng(0)
    A, B = (rng.standard_normal(s).astype(np.float32) for s in ((m, k), (k, n)))
    call = """(m, n, k, A, ar, ac, B, br, bc) => {
      const C = new Float32Array(m * n);
      product(m, n, k, A, ar, ac, B, br, bc, C);
      return C;
    }"""
    if turned:
        found = run(call, m, n, k, A.T.copy(), 1, m, B.T.copy(), 1, k)
    else:
        found = run(call, m, n, k, A, k, 1, B, n, 1)
    assert off(found, A.astype(float) @ B.astype(float)) < 1e-6


def test_overlapping_windows_are_a_product(engine: Run) -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(s).astype(np.float32) for s in ((700, 32), (256, 64)))
    found = engine(
        """(x, w) => {
          const C = new Float32Array(693 * 64);
          product(693, 64, 256, x, 32, 1, w, 64, 1, C);
          return C;
        }""", x, w,
    )  # fmt: skip
    windows = np.lib.stride_tricks.sliding_window_view(x.reshape(-1), 256)[::32]
    assert off(found, windows @ w) < 1e-6


@pytest.mark.parametrize(
    "n", [1, 2, 3, 8, 45, 87, 431, 1024, 1102, 2048, 2240, 3001, 4096, 4100, 11025, 20011]
)
@pytest.mark.parametrize("kind", ["engine", "plain"])
def test_fourier_transforms(kind: str, n: int, request: pytest.FixtureRequest) -> None:
    run = request.getfixturevalue(kind)
    y = np.random.default_rng(n).standard_normal((11, n)).astype(np.float32)
    found = run(
        """(y, n) => {
          const fft = new RealFFT(n), re = new Float32Array(11 * fft.nBins), im = re.slice();
          fft.forward(y, re, im, 11);
          const back = new Float32Array(y.length);
          fft.inverse(re, im, back, 11);
          return {re, im, back};
        }""", y, n,
    )  # fmt: skip
    Y = np.fft.rfft(y.astype(float))
    difference = found["re"] + 1j * found["im"] - Y.reshape(-1)
    assert np.sqrt(np.mean(abs(difference) ** 2) / np.mean(abs(Y) ** 2)) < 1e-6
    assert off(found["back"], y) < 1e-6


def test_a_long_transform(engine: Run) -> None:
    y = np.random.default_rng(0).standard_normal(1_323_000).astype(np.float32)  # a minute
    found = engine("rfft", y)
    Y = np.fft.rfft(y.astype(float))
    difference = found["re"] + 1j * found["im"] - Y
    assert np.sqrt(np.mean(abs(difference) ** 2) / np.mean(abs(Y) ** 2)) < 1e-6


@pytest.mark.parametrize("seed", [0, 1, 2**32 + 5, 2**53 - 1])
def test_seeds(seed: int, engine: Run) -> None:
    for purpose in ([], ["filters"], ["phases", 3, 1], ["stretch", 2**33]):
        found = engine("(seed, purpose) => derivedSeed(seed, ...purpose)", seed, purpose)
        assert int(found) == derived_seed(seed, *purpose)
    twice = engine("seed => derivedSeed(derivedSeed(seed, 'stretch', 1), 'frames')", seed)
    assert int(twice) == derived_seed(derived_seed(seed, "stretch", 1), "frames")


@pytest.mark.parametrize("n", [1, 5, 16, 20, 1000])
def test_noise(n: int, engine: Run) -> None:
    found = engine(
        """n => {
          const noise = noiseSource(7, "frames");
          return [noise.normal(n), noise.uniform(n), noise.normal(n)];
        }""", n,
    )  # fmt: skip
    generator = noise_source(7, "frames")
    for mine, make in zip(found, (torch.randn, torch.rand, torch.randn), strict=True):
        assert np.abs(mine - make(n, generator=generator).numpy()).max() < 2e-6


def test_lbfgs(engine: Run) -> None:
    found = engine(
        """start => optimise(start, (x, g) => {
          let loss = 0;
          g.fill(0);
          for (let i = 0; i + 1 < x.length; i++) {
            const a = x[i + 1] - x[i] ** 2, b = 1 - x[i];
            loss += 10 * a * a + b * b;
            g[i] += -40 * a * x[i] - 2 * b;
            g[i + 1] += 20 * a;
          }
          return loss;
        }, {nSteps: 30})""",
        np.full(20, -1.0, np.float32),
    )

    def criterion(x: torch.Tensor) -> torch.Tensor:
        return (10 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    expected = optimise(torch.full((20,), -1.0), criterion, n_steps=30, progress=False)
    n = 15  # later on roundings tell
    assert found["history"][:n] == pytest.approx(expected.history[:n], rel=1e-3)
    assert len(found["history"]) == pytest.approx(len(expected.history), abs=3)
    assert found["history"][-1] < 0.02 * found["history"][0]


@pytest.mark.parametrize("n", [1, 12, 45, 1000, 1801, 3000])
def test_plans_and_the_way_back(n: int, engine: Run) -> None:
    rng = np.random.default_rng(n)
    a, b = (torch.as_tensor(rng.standard_normal(n).astype(np.float32)) for _ in range(2))
    found = engine(
        """(a, b, n) => {
          const [re, im] = [a.slice(), b.slice()], p = fft(n);
          p.forward(re, im);
          const back = [re.slice(), im.slice()];
          p.inverse(...back);
          const y = new Float32Array(n), spectrum = [0, 1].map(() => new Float32Array(p.nBins));
          p.backReal(a.slice(0, p.nBins), b.slice(0, p.nBins), y);
          p.backInverseReal(a, ...spectrum);
          return {re, im, back, y, spectrum};
        }""", a, b, n,
    )  # fmt: skip
    assert off(np.concatenate([found["re"], found["im"]]), both(torch.fft.fft(a + 1j * b))) < 1e-6
    assert off(np.concatenate(found["back"]), n * torch.cat([a, b])) < 1e-6
    x = torch.zeros(n, requires_grad=True)
    bins = n // 2 + 1
    Y = torch.view_as_real(torch.fft.rfft(x))
    (Y[:, 0] @ a[:bins] + Y[:, 1] @ b[:bins]).backward()
    assert off(found["y"], x.grad) < 1e-6
    X = torch.zeros((bins, 2), requires_grad=True)
    (torch.fft.irfft(torch.view_as_complex(X), n) @ a).backward()
    assert off(np.concatenate(found["spectrum"]), X.grad.T) < 1e-6


def both(z: torch.Tensor) -> torch.Tensor:
    """Real parts, then imaginary ones."""
    return torch.cat([z.real, z.imag])


def test_fast_lengths(engine: Run) -> None:
    for n in [1, 7, 11, 13, 431, 540, 1001, 110_251]:
        assert engine("fastLength", n) == scipy.fft.next_fast_len(n)
        assert engine("fastLengthReal", n) == scipy.fft.next_fast_len(n, real=True)
