"""The studio, its real engine and all, in Firefox and in WebKitGTK, where they are installed.

Debian's `firefox-esr`, and `webkit2gtk-driver` with `xvfb`. Playwright drives neither, so both are
spoken to in their own way: Firefox over Marionette, WebKitGTK over WebDriver.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import as_page

from audiostyle_lib.page.studio import Studio

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
MINIBROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
WEBKIT = shutil.which("WebKitWebDriver") and shutil.which("xvfb-run") and MINIBROWSER
PATIENCE = 300  # s: only so that a hang ends
Script = Callable[[str], Any]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def tried(action: Callable[[], Any]) -> Any:
    """What it gives, as soon as the program that it asks is there."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except (ConnectionError, urllib.error.URLError):
            assert time.monotonic() < end
            time.sleep(0.2)


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    """A program with all that it starts, which ends with what is inside."""
    program = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGTERM)
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()


@contextmanager
def firefox(url: str, profile: Path) -> Iterator[Script]:
    port = free_port()
    profile.mkdir()
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    with (
        running(FIREFOX, "--headless", "--marionette", "--profile", str(profile)),
        tried(lambda: socket.create_connection(("127.0.0.1", port), PATIENCE)) as link,
    ):
        stream = link.makefile("rb")

        def answer() -> Any:
            length = b""
            while (letter := stream.read(1)) != b":":
                length += letter
            return json.loads(stream.read(int(length)))

        def call(name: str, **arguments: Any) -> Any:
            message = json.dumps([0, 1, name, arguments])
            link.sendall(f"{len(message)}:{message}".encode())
            _, _, error, result = answer()
            assert error is None, error
            return result

        answer()  # its greeting
        call("WebDriver:NewSession")
        call("WebDriver:Navigate", url=url)
        yield lambda code: call("WebDriver:ExecuteScript", script=code, args=[])["value"]


@contextmanager
def webkit(url: str, profile: Path) -> Iterator[Script]:
    port = free_port()

    def call(method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            json.dumps(body).encode() if method == "POST" else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        return json.load(urllib.request.urlopen(request, timeout=PATIENCE))["value"]

    options = {"binary": str(MINIBROWSER), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
    with running("xvfb-run", "-a", "WebKitWebDriver", f"--port={port}", HOME=str(profile)):
        session = tried(lambda: call("POST", "/session", wanted))["sessionId"]
        try:
            call("POST", f"/session/{session}/url", {"url": url})
            place = f"/session/{session}/execute/sync"
            yield lambda code: call("POST", place, {"script": code, "args": []})
        finally:
            call("DELETE", f"/session/{session}")


BROWSERS = [
    pytest.param(firefox, marks=pytest.mark.skipif(not FIREFOX, reason="no Firefox")),
    pytest.param(webkit, marks=pytest.mark.skipif(not WEBKIT, reason="no WebKitGTK")),
]


@pytest.mark.parametrize("browser", BROWSERS)
def test_a_texture_is_made_there(browser: Callable, tmp_path: Path) -> None:
    """From a file of the disk: a sound of the shelf, its forecast, a take with scores."""
    (tmp_path / "page.html").write_text(as_page(Studio()))
    with browser((tmp_path / "page.html").as_uri(), tmp_path / "profile") as run:

        def until(wanted: str) -> Any:
            end = time.monotonic() + PATIENCE
            while not (found := run(f"return {wanted}")):
                assert time.monotonic() < end, run("return document.body.innerText")
                time.sleep(0.3)
            return found

        part = "document.querySelector('[data-part={}]')".format
        until("document.querySelector('.as-studio[data-ready]') !== null")
        run("document.querySelector('[data-name=Fire]').click()")
        until("document.querySelector('.st-forecast:not(.st-waiting) .st-rating') !== null")
        assert run(f"return {part('sound-status')}.innerText").endswith("1 channel, 44,100 Hz.")
        rating = run("return document.querySelector('.st-rating b').innerText")
        assert float(rating.split()[0]) == pytest.approx(5.8, abs=0.3)
        run(
            f"{part('length')}.value = 1; {part('length')}.dispatchEvent(new Event('input'));"
            f"{part('loop')}.click(); {part('make')}.click();"
        )
        words = until(
            f"/ready|work/.test({part('make-status')}.innerText) && {part('make-status')}.innerText"
        )
        assert words.startswith("Take 1 is ready: 1 s")
        until("document.querySelector('.st-scores') !== null")
        pixels = run(
            "const picture = document.querySelectorAll('.st-take canvas')[1];"
            "return [...picture.getContext('2d').getImageData(0, 0, picture.width, 9).data]"
        )
        assert np.std(pixels[::4]) > 1  # something is drawn
