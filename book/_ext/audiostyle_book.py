"""Sphinx extension of the book: a cache that sees the library, folded code, pages without a CDN."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx_thebe import init_thebe_core

ROOT = Path(__file__).resolve().parents[2]
TITLE = "# @title "  # first line of a folded cell: Colab shows it too
DEEPER = "Deeper: "  # how the heading of a section begins that is folded, sounds and all
NUMBER = re.compile(
    r"[-+−]?[\d.,]*\d ?%?( \([-+−\d.,]+\))?|–?"
)  # what stands to the right in a table, below its header
SHORT = 12  # letters of a cell that a phone has room for beside another
PHONE = 30  # letters, or those of a formula, after which it has no room for a second column
MANY = 7  # columns: too many to stand below one another; such a table is moved sideways
WORKER = re.compile(r'<script type="text/plain" data-as-worker="(\w+)">.*?</script>', re.DOTALL)
MATHJAX = ("tex-chtml-full.js", "output/chtml/fonts/woff-v2")  # 1.7 MB of the 32 in the wheel


def library_hash(root: Path = ROOT) -> str:
    """Return a short hash of what a chapter's results depend on besides its own cells."""
    library = root / "audiostyle_lib"
    files = [p for p in library.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    digest = hashlib.sha256()
    for path in sorted([*files, root / "requirements.lock"]):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def configure(app: Sphinx, config: Config) -> None:
    """Give each state of the library a cache of its own, so that going back is quick too."""
    cache = config.nb_execution_cache_path or app.outdir.parent / ".jupyter_cache"
    config.nb_execution_cache_path = str(Path(cache) / library_hash())
    config.mathjax_path = f"mathjax/{MATHJAX[0]}"


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Put the MathJax files of the wheel where `mathjax_path` points."""
    if error is not None or app.builder.format != "html":
        return
    package = "sphinx-mathjax-offline"  # also the name of its folder, so it cannot be imported
    source = Path(str(distribution(package).locate_file(f"{package}/static/mathjax")))
    for name in MATHJAX:
        target = app.outdir / "_static" / "mathjax" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target, dirs_exist_ok=True)
        else:
            shutil.copy(source / name, target)


def leave_out_widget_state(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Drop what live controls leave in a notebook: a page without a kernel has no use for it."""
    for page in getattr(env, "nb_metadata", {}).values():
        page.get("js_files", {}).pop("ipywidgets_state", None)
    return []


def fold_code(app: Sphinx, doctree: nodes.document) -> None:
    """Fold the code of cells tagged `hide-input` under their title; what they show stays open."""
    for cell in doctree.findall(lambda n: getattr(n, "attributes", {}).get("hide_mode") == "input"):
        source = cell[0]
        code = next(source.findall(nodes.literal_block))
        title, _, code.rawsource = code.astext().removeprefix(TITLE).partition("\n")
        code.children = [nodes.Text(code.rawsource)]
        begin = f'<details class="code"><summary>{escape(title)}</summary>'
        cell[0:1] = [html(begin), source, html("</details>")]


def fold_sections(app: Sphinx, doctree: nodes.document) -> None:
    """Fold sections that go deeper than the story under their heading."""
    for section in list(doctree.findall(nodes.section)):
        if section[0].astext().startswith(DEEPER):
            section.insert(1, html('<details class="deeper"><summary>Open this section</summary>'))
            section.append(html("</details>"))


def fit_tables(app: Sphinx, doctree: nodes.document) -> None:
    """Let a phone show the cells of wide tables below one another, each with its column's name.

    Numbers stand to the right, below the name of their column.
    The style sheet of the library's own tables, pieces.css, does so by these classes.
    """
    for table in doctree.findall(nodes.table):
        head, body = table.next_node(nodes.thead), table.next_node(nodes.tbody)
        if head is None or body is None:
            continue
        names, columns = list(head[0]), list(zip(*body, strict=True))
        wide = max(len(row[0].astext()) for row in body) > PHONE
        stack = len(names) < MANY and (len(names) > 2 or wide)
        table["classes"] += ["as-stack"] * stack + ["as-many"] * (len(names) >= MANY)
        for k, (name, cells) in enumerate(zip(names, columns, strict=True)):
            words = [cell.astext() for cell in cells]
            kind = "as-words" if max(map(len, words)) > SHORT else "as-short"
            kind = "as-number" if any(words) and all(map(NUMBER.fullmatch, words)) else kind
            for entry in (name, *cells):
                entry["classes"].append(kind if k else "as-name")
            for cell in cells:
                if stack and k and cell.astext():
                    cell[0].insert(0, nodes.inline("", name.astext(), classes=["as-label"]))


def html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def share_workers(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Let the text of a worker stand once on a page, however many outputs bring it along.

    Each output has it, since each stands alone in a notebook; scripts find it by its sum.
    """
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        known = found[1] in seen
        seen.add(found[1])
        return "" if known else found[0]

    if "body" in context:
        context["body"] = WORKER.sub(first, context["body"])


def leave_out_thebe(app: Sphinx) -> None:
    """Undo what Jupyter Book adds to every page: a script from a CDN, declared twice (an error)."""
    for listeners in app.events.listeners.values():
        listeners[:] = [item for item in listeners if item.handler is not init_thebe_core]


def setup(app: Sphinx) -> dict[str, bool]:
    os.environ["TQDM_DISABLE"] = "1"  # progress bars are for a kernel, not for a page
    leave_out_thebe(app)
    app.connect("config-inited", configure)
    app.connect("doctree-read", fold_code)
    app.connect("doctree-read", fold_sections)
    app.connect("doctree-read", fit_tables)
    app.connect("env-updated", leave_out_widget_state)
    app.connect("html-page-context", share_workers)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
