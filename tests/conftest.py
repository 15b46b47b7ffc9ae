"""What tests share: Chromium, a server for a folder, axe-core's findings, notebook cells that run.

Without Chromium the browser tests are skipped, except in CI, which must have one.
"""

from __future__ import annotations

import ast
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

IN_CI = os.environ.get("CI") == "true"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = [  # nothing but the page under test may touch the network
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",  # tests press play without a hand
    "--use-fake-device-for-media-stream",  # a microphone that beeps once a second
    "--use-fake-ui-for-media-stream",
]
PATIENCE = 180_000  # ms that anything on a page may take: only so that a hang ends
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The rule on colours takes axe-core most of its time, word by word, and code has thousands. Of
# elements that look the same, in surroundings that look the same, the three with most to read are
# tried for all: axe passes over single letters, and over what something else lies on. What is laid
# over others stands for itself alone.
THREE_OF_EACH_LOOK = """() => {
  const looks = new Map(), numbers = new Map(), tried = new Map();
  const look = e => {
    if (!e) return "";
    if (!looks.has(e)) {
      const s = getComputedStyle(e);
      const all = JSON.stringify([
        look(e.parentElement), e.localName, e.getAttribute("class"), e.disabled, e.ariaDisabled,
        s.color, s.backgroundColor, s.backgroundImage, s.opacity, s.visibility, s.mixBlendMode,
        s.fontSize, s.fontWeight, s.textShadow, s.webkitTextStrokeWidth,
        /absolute|fixed|sticky/.test(s.position) && numbers.size]);
      if (!numbers.has(all)) numbers.set(all, numbers.size);
      looks.set(e, numbers.get(all));
    }
    return looks.get(e);
  };
  const words = [];
  for (const e of document.querySelectorAll("body *")) {
    e.removeAttribute("data-as-tried");
    const own = [...e.childNodes].filter(c => c.nodeType === Node.TEXT_NODE);
    const length = own.map(c => c.data.trim()).join("").length;
    if (length && e.checkVisibility()) words.push([length, e]);
  }
  for (const [, e] of words.sort((a, b) => b[0] - a[0])) {
    const before = tried.get(look(e)) ?? 0;
    e.toggleAttribute("data-as-tried", before >= 3);
    tried.set(look(e), before + 1);
  }
  axe.configure({rules: [{id: "color-contrast", selector: ":not([data-as-tried])"}]});
}"""


def patient(make: Callable[..., Any]) -> Callable[..., Any]:
    """What `make` makes, a page or a context, with much time for all that it waits for."""

    def made(**options: Any) -> Any:
        opened = make(**options)
        opened.set_default_timeout(PATIENCE)
        return opened

    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None and not IN_CI:
        pytest.skip("no Chromium found: the pages were not tried in one")
    assert CHROMIUM, "no Chromium found, and CI must have one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=PATIENCE)
        browser.new_page = patient(browser.new_page)
        browser.new_context = patient(browser.new_context)
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: the tests report."""


def serve(root: Path) -> Iterator[str]:
    """Serve a folder on this machine, at the address that is yielded."""
    handler = partial(QuietHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:  # also where a test fails, or pytest would never end
            server.shutdown()
            thread.join()


def as_page(*pieces: object) -> str:
    """A page that holds these pieces and nothing else."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Try</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<main><h1>Try</h1>{''.join(map(str, pieces))}</main>"
    )


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2 A and AA on the page as it stands: rule and element."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    page.evaluate(THREE_OF_EACH_LOOK)
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", WCAG)
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def walk(explorer: Locator) -> list[tuple[str, ...]]:
    """What an explorer shows at each of its positions: sound, picture, numbers, and its words."""
    found = []
    explorer.evaluate("e => { while ((e = e.parentElement?.closest('details'))) e.open = true; }")
    knobs = explorer.locator(".as-knobs input, .as-knobs select").all()
    sizes = [
        knob.evaluate("k => k.options ? k.options.length : Number(k.max) + 1") for knob in knobs
    ]
    for place in np.ndindex(*sizes):
        for knob, value in zip(knobs, place, strict=True):
            knob.evaluate(
                "(k, v) => { k.value = v; k.dispatchEvent(new Event('input', {bubbles: true})); }",
                str(value),
            )
        states = explorer.locator("[data-at]:visible").all()
        assert len(states) == 1, "one result at a time"
        found.append(
            states[0].evaluate(
                """state => [
                state.querySelector('audio')?.src ?? '', state.querySelector('img').src,
                state.querySelector('.as-numbers')?.innerText ?? '',
                state.closest('.as-explorer').querySelector('.as-say').textContent]"""
            )
        )
    for column in (0, 1, 3):
        kinds = {row[column] for row in found}
        assert len(kinds) in (len(found), 1 if column == 0 and "" in kinds else -1)
    return [tuple(row) for row in found]


def run_code(code: str, space: dict[str, Any]) -> list[Any]:
    """Run code as a notebook cell, in this process: quick, and a warning is an error.

    Returns what it shows: the values of its lines and what it gives to `display`, in order. Its
    names are left in `space`.
    """
    matplotlib.use("agg")
    shown: list[Any] = []
    space["display"] = shown.append
    for node in ast.parse(code).body:
        if isinstance(node, ast.Expr):
            shown.append(eval(compile(ast.Expression(node.value), "cell", "eval"), space))
        else:
            exec(compile(ast.Module([node], []), "cell", "exec"), space)
    return [value for value in shown if value is not None]
