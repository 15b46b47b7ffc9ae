"""The public face: names and signatures that other programs rely on, all documented."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from dataclasses import fields

import pytest

import audiostyle_lib

WALK = pkgutil.walk_packages(audiostyle_lib.__path__, "audiostyle_lib.")  # into every group
MODULES = [module.name for module in WALK if not module.name.endswith("__main__")]


def public(module: str) -> list[tuple[str, object]]:
    loaded = importlib.import_module(module)
    return [
        (name, item)
        for name, item in vars(loaded).items()
        if not name.startswith("_")
        and (inspect.isfunction(item) or inspect.isclass(item))
        and item.__module__ == loaded.__name__
    ]


def test_names() -> None:
    assert set(audiostyle_lib.__all__) == {
        "BEST",
        "DRAFT",
        "STANDARD",
        "Quality",
        "Realism",
        "Stretch",
        "AudioError",
        "AudioWarning",
        "TextureGenerator",
        "TextureResult",
        "expected_realism",
        "find_stretches",
        "load_audio",
        "load_generator",
        "mix_textures",
        "save_audio",
        "stream_texture",
        "synthesize_texture",
        "texture_report",
        "train_generator",
        "transfer_style",
    }


@pytest.mark.parametrize(
    ("name", "positional", "keywords"),
    [
        ("load_audio", ["path"], {"sr": 22050, "max_seconds": None}),
        ("synthesize_texture", ["y", "sr"], {"seconds": None, "seed": 0, "quality": "standard"}),
        ("stream_texture", ["y", "sr"], {"block_seconds": 1.0, "seed": 0, "quality": "standard"}),
        ("mix_textures", ["sounds", "sr"], {"seconds": None, "seed": 0, "quality": "standard"}),
        ("transfer_style", ["content", "style", "sr"], {"style_weight": 0.5, "seed": 0}),
        ("train_generator", ["y", "sr"], {"channel_steps": 600, "sound_steps": 400, "seed": 0}),
        ("load_generator", ["path"], {"device": "cpu"}),
        ("texture_report", ["reference", "synthetic", "sr"], {}),
        ("expected_realism", ["y", "sr"], {}),
        ("find_stretches", ["y", "sr"], {"seconds": 8.0, "n": 5}),
    ],
)
def test_signatures(name: str, positional: list[str], keywords: dict) -> None:
    parameters = inspect.signature(getattr(audiostyle_lib, name)).parameters
    kinds = {n: p.kind for n, p in parameters.items()}
    assert [n for n, k in kinds.items() if k is inspect.Parameter.POSITIONAL_OR_KEYWORD] == (
        positional
    )
    for keyword, default in keywords.items():
        assert kinds[keyword] is inspect.Parameter.KEYWORD_ONLY
        assert parameters[keyword].default == default


def test_result_fields() -> None:
    names = [f.name for f in fields(audiostyle_lib.TextureResult)]
    assert names[:4] == ["y", "sr", "history", "seconds_taken"]


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_is_documented(module: str) -> None:
    for name, item in public(module):
        text = item.__doc__ or ""  # a dataclass without one is given its signature
        assert text and not text.startswith(f"{name}("), f"{module}.{name}"


@pytest.mark.parametrize("name", [n for n in audiostyle_lib.__all__ if n.islower()])
def test_public_calls_have_examples(name: str) -> None:
    text = inspect.getdoc(getattr(audiostyle_lib, name))
    for section in ("Parameters", "Raises", "Examples", ">>>"):
        assert section in text, section
    assert "Returns" in text or "Yields" in text or name == "save_audio"


def test_import_changes_nothing() -> None:
    code = """
import torch
state, threads = torch.get_rng_state(), torch.get_num_threads()
import audiostyle_lib
assert torch.equal(state, torch.get_rng_state()) and threads == torch.get_num_threads()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


@pytest.mark.parametrize("package", ["audiostyle_lib", "audiostyle_lib.page"])
def test_no_name_hides_behind_a_module(package: str) -> None:
    """Once a submodule is loaded, its name is the package's: a function of that name is gone."""
    loaded = importlib.import_module(package)
    modules = {m.name for m in pkgutil.iter_modules(loaded.__path__)}
    assert not modules & set(dir(loaded)) - {"check"}
