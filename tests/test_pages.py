"""The built pages in headless Chromium: players that sound, no request that leaves the page, no
error, text for every picture.

What a page must satisfy is a plain function of what was seen on it, so that the last tests can show
each of them a page made to fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import as_page, serve, violations, walk
from playwright.sync_api import Browser, Page, Request
from test_site import HTML, PAGES

MAX_WEIGHT = 4_000_000  # bytes of a page with its pictures; what all pages share is loaded once


PLAYERS = """async () => {
  const context = new OfflineAudioContext(1, 1, 22050);
  const players = [];
  for (const audio of document.querySelectorAll("audio")) {
    const player = {
      label: audio.getAttribute("aria-label"), preload: audio.preload, autoplay: audio.autoplay,
      playing: !audio.paused, seconds: 0, peak: 0, error: null,
    };
    try {
      const source = audio.src || audio.querySelector("source").src;
      const sound = await context.decodeAudioData(await (await fetch(source)).arrayBuffer());
      player.seconds = sound.duration;
      for (let i = 0; i < sound.numberOfChannels; i++)
        for (const y of sound.getChannelData(i))
          player.peak = Number.isFinite(y) ? Math.max(player.peak, Math.abs(y)) : Infinity;
    } catch (error) { player.error = String(error); }
    players.push(player);
  }
  return players;
}"""
IMAGES = """() => [...document.images].map(
  i => ({src: i.src.slice(0, 80), alt: i.alt, width: i.naturalWidth,
    part: i.closest("button")?.textContent.trim()
      || i.closest(".as-panels")?.querySelector("img").alt}))"""
# A while after a change of width the theme lets the keyboard reach what scrolls. It is waited for,
# however slow the machine; where it does not come at all, axe-core says so.
SETTLED = """async width => {
  const scrolls = e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight;
  const marked = () => innerWidth === width &&
    ![...document.querySelectorAll("article [tabindex='-1']")].some(scrolls);
  for (let i = 0; i < 600 && !marked(); i++) await new Promise(done => setTimeout(done, 50));
}"""
# Tables whose last cells are beyond the page's edge, and no words say so.
CUT = """tables => tables.filter(table => {
  const reach = Math.max(...[...table.querySelectorAll("caption, th, td")]
    .map(cell => cell.getBoundingClientRect().right));
  const says = getComputedStyle(table.parentElement, "::before").content.includes("right");
  return reach > innerWidth && !says;
}).map(table => table.innerText.slice(0, 80))"""
FAILED_CELLS = "() => [...document.querySelectorAll('.traceback, .stderr')].map(e => e.textContent)"


@dataclass
class Visit:
    """What was seen on a page."""

    url: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    players: list[dict] = field(default_factory=list)
    images: list[dict] = field(default_factory=list)
    failed_cells: list[str] = field(default_factory=list)

    def check_players(self) -> None:
        for player in self.players:
            assert player["error"] is None, player
            assert player["seconds"] > 0.2, player
            assert 1e-3 < player["peak"] < 2, player
            assert player["label"], player
            assert player["preload"] == "none", player
            assert not player["autoplay"] and not player["playing"], player

    def check_requests(self) -> None:
        home = urlsplit(self.url)[:2]
        away = [r for r in self.requests if urlsplit(r)[:2] != home]
        assert not away, "requests that leave the page"

    def check_errors(self) -> None:
        assert not self.errors

    def check_images(self) -> None:
        for image in self.images:
            said = image["alt"].strip() or image["part"]  # of a button, or of a figure that has it
            assert said and not image["alt"].endswith(".png"), image
            assert image["width"] > 0, f"not a picture: {image}"

    def check_cells(self) -> None:
        assert not self.failed_cells


def visit(browser: Browser, url: str) -> Visit:
    """Open a page and look at it; nothing but the page's own host is let through."""
    seen = Visit(url)
    home = urlsplit(url)[:2]

    def note(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            seen.requests.append(request.url)

    page = browser.new_page()
    page.route(lambda u: urlsplit(u)[:2] != home, lambda route: route.abort())
    page.on("request", note)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.goto(url, wait_until="networkidle")
    seen.images = page.evaluate(IMAGES)
    seen.failed_cells = page.evaluate(FAILED_CELLS)
    if url.startswith("http"):  # a file:// page may not fetch what it plays
        seen.players = page.evaluate(PLAYERS)
    page.close()
    return seen


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    yield from serve(HTML)


@pytest.fixture(scope="module", params=[page for page in PAGES if page != "index.html"])
def seen(request: pytest.FixtureRequest, browser: Browser, site: str) -> Visit:
    return visit(browser, f"{site}/{request.param}")


def test_players_sound(seen: Visit) -> None:
    seen.check_players()


def test_nothing_leaves_the_page(seen: Visit) -> None:
    seen.check_requests()


def test_no_page_error(seen: Visit) -> None:
    seen.check_errors()


def test_pictures_have_text(seen: Visit) -> None:
    seen.check_images()


def test_no_failed_cell(seen: Visit) -> None:
    seen.check_cells()


def test_weight(seen: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    files = {unquote(urlsplit(url).path).lstrip("/") for url in seen.requests}
    sizes = {name: (HTML / name).stat().st_size for name in files if (HTML / name).is_file()}
    shared = sum(size for name, size in sizes.items() if name.startswith("_static/"))
    weight = sum(sizes.values()) - shared
    with capsys.disabled():
        path = urlsplit(seen.url).path
        print(f"\n{path} weighs {weight / 1e6:.2f} MB, and {shared / 1e6:.2f} shared", end=" ")
    assert weight <= MAX_WEIGHT


@pytest.fixture(scope="module", params=[page for page in PAGES if page != "index.html"])
def opened(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """Each page opened from its folder, as a reader without a server does."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: requests.append(r.url))
    page.goto((HTML / request.param).as_uri(), wait_until="load")
    page.evaluate("() => window.MathJax?.startup.promise")  # formulas are drawn a little later
    yield page
    page.close()
    assert not errors
    assert not [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]


def test_every_position_of_every_explorer(opened: Page, capsys: pytest.CaptureFixture[str]) -> None:
    explorers = opened.locator(".as-explorer").all()
    counts = [len(walk(explorer)) for explorer in explorers]
    name = Path(urlsplit(opened.url).path).stem
    with capsys.disabled():
        print(f"\n{name}: {len(counts)} explorers, {sum(counts)} positions", end=" ")
    assert counts or not name[:2].isdigit(), "a chapter without an explorer"


def test_a_chapter_plays_before_its_code_and_opens_all_of_it(opened: Page) -> None:
    """Before any code stands open something is heard or seen; test_folding.py tries the buttons."""
    if not Path(urlsplit(opened.url).path).stem[:2].isdigit():
        return
    first = opened.locator("article :is(.as-clip, figure, .cell_input):visible").first
    assert "cell_input" not in (first.get_attribute("class") or "")
    hidden = opened.locator("details.code .cell_input").first
    assert hidden.is_hidden()
    opened.get_by_role("button", name="Show all code").click()
    assert hidden.is_visible()


def test_players_play_from_the_folder(opened: Page) -> None:
    """One press each on the first and the last player: it plays, alone."""
    opened.evaluate(
        """() => { window.heard = new Map(); document.addEventListener('timeupdate', e => {
        const playing = [...document.querySelectorAll('audio')].filter(a => !a.paused).length;
        if (e.target.currentTime > 0)
          heard.set(e.target, Math.max(playing, heard.get(e.target) ?? 0)); }, true); }"""
    )
    buttons = opened.locator(".as-clip .as-play:visible").all()
    for n, button in enumerate(buttons[:1] + buttons[-1:], 1):
        button.click()
        opened.wait_for_function("n => heard.size === n", arg=n)
        assert opened.evaluate("() => Math.max(...heard.values())") <= 1
    opened.evaluate(  # by its button, if it has not ended: else the player goes on following it
        """() => document.querySelectorAll('.as-play').forEach(
        button => button.textContent.includes('Pause') && button.click())"""
    )


def test_the_keyboard_reaches_every_control(opened: Page) -> None:
    controls = ".as-widget button:visible, .as-widget input:visible, .as-widget select:visible"
    opened.locator(controls).evaluate_all(
        """all => { document.activeElement.blur(); window.missed = new Set(all);
        document.addEventListener('focusin', e => window.missed.delete(e.target)); }"""
    )
    missed = "() => [...window.missed].map(e => e.outerHTML)"
    for i in range(opened.locator("a, button, input, select, summary, [tabindex]").count() + 5):
        if i % 20 == 0 and opened.evaluate(missed) == []:
            break  # all are reached; what follows are links
        opened.keyboard.press("Tab")
    assert opened.evaluate(missed) == []


@pytest.mark.parametrize(
    ("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
def test_axe_finds_no_violation(opened: Page, theme: str, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    opened.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
    opened.mouse.move(0, 0)
    # Colours half way through a change are nobody's: look at what it comes to.
    opened.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    opened.evaluate(SETTLED, width)
    assert violations(opened) == []
    assert opened.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_dark_page_has_no_pale_frame(opened: Page) -> None:
    """The theme would put pictures on a card, and dim them: they come as they are."""
    opened.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
    opened.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    styles = opened.locator(".cell_output :is(.as-panel, .as-stage, .as-clip, .as-matrix) img")
    framed = styles.evaluate_all(
        """all => all.map(e => [e.className, getComputedStyle(e)]).filter(([name, s]) =>
        s.backgroundColor !== "rgba(0, 0, 0, 0)" || s.padding !== "0px" ||
        (s.filter !== "none") !== /as-drawing/.test(name)).map(([name]) => name)"""
    )
    assert framed == []


def test_a_phone_shows_every_cell(opened: Page) -> None:
    """No table reaches beyond a phone; where one has many columns, it says how to see them."""
    opened.set_viewport_size({"width": 390, "height": 900})
    opened.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert opened.locator("article table").evaluate_all(CUT) == []


@pytest.mark.skipif(not PAGES, reason="no built book")
def test_the_first_page_leads_to_the_book() -> None:
    assert "url=book/intro.html" in (HTML / "index.html").read_text("utf-8")


@pytest.mark.skipif(not PAGES, reason="no built book")
def test_the_book_has_players(browser: Browser, site: str) -> None:
    """Without this, a book that lost its players would pass the tests of them."""
    assert visit(browser, f"{site}/book/sounds_and_licences.html").players


# Each check must be able to fail

SILENCE = "UklGRnQRAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YVAR"  # 0.28 s, 8 kHz, 16 bits
SILENT = f"data:audio/wav;base64,{SILENCE}{'A' * 5974}"


@pytest.mark.parametrize(
    ("check", "body"),
    [
        ("players", f'<audio preload="none" aria-label="a" src="{SILENT}"></audio>'),
        ("players", '<audio preload="none" aria-label="a" src="page.html"></audio>'),
        ("players", '<audio preload="none" aria-label="a"></audio>'),
        ("requests", '<script src="https://cdn.example/require.js"></script>'),
        ("requests", '<link rel="stylesheet" href="//cdn.example/font.css">'),
        ("errors", "<script>throw Error('broken')</script>"),
        ("errors", '<script src="absent.js"></script>'),
        ("images", '<img src="dot.png">'),
        ("images", '<img src="dot.png" alt="_images/0123.png">'),
        ("images", '<img src="absent.png" alt="A figure">'),
        ("cells", '<div class="output traceback">ValueError</div>'),
    ],
)
def test_a_broken_page_is_seen(browser: Browser, tmp_path: Path, check: str, body: str) -> None:
    (tmp_path / "page.html").write_text(f"<!doctype html><title>Broken</title>{body}")
    (tmp_path / "dot.png").write_bytes(b"")
    for url in serve(tmp_path):
        seen = visit(browser, f"{url}/page.html")
        with pytest.raises(AssertionError):
            getattr(seen, f"check_{check}")()


WORDS = "<span class=a>one</span> <span class=b>word</span> " * 30
CODE = f"<details open><summary>Code</summary><pre>{WORDS}</pre><pre>{WORDS}</pre></details>"
HIDDEN = CODE.replace(" open", "").replace("one", "a longer one")
TEXT = "<p><b>Nothing of its own.</b></p>" * 3 + "<p>Little.</p>"


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("", False),
        (".a { color: #bbb; }", True),
        (".a:nth-of-type(41) { color: #bbb; }", True),
        ("pre + pre { background: #555; }", True),
        ("pre + pre .b { background: #555; }", True),
        ("p { color: #bbb; } p * { color: black; }", True),
    ],
)
def test_colours_are_tried_wherever_they_differ(browser: Browser, style: str, seen: bool) -> None:
    page = browser.new_page()
    page.set_content(as_page(f"<style>{style}</style>", CODE, HIDDEN, TEXT))
    assert [rule.split(":")[0] for rule in violations(page)][:1] == ["color-contrast"] * seen
    page.close()
