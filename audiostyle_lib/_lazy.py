"""Names of a package that are loaded when they are first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def attach(package: str, modules: Mapping[str, str]) -> tuple[Callable, Callable, list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package, from its names' modules.

    >>> load, _, names = attach("audiostyle_lib", {"rms": "levels", "levels": ""})
    >>> load("rms")([0.5, -0.5]), names
    (0.5, ['levels', 'rms'])
    """

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if not modules[name]:  # a module itself
            return import_module(f"{package}.{name}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    names = sorted(modules)
    return load, lambda: names, names
