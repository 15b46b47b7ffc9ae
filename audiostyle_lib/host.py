"""Is this host ready for the book? One line says so, or says what is wrong and what to do.

    python -m audiostyle_lib.host

The first cell of every chapter asks on Colab, where the library is installed without touching
what is there. This module needs nothing but Python, since anything else may be missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from re import match

from . import __version__

_NOTEBOOK = "notebook"  # the extra with what notebooks need beside the library


def host_report(
    needed: Iterable[str] | None = None, installed: Callable[[str], str] = version
) -> tuple[bool, str]:
    """Whether all that the library needs is here and new enough, and one line about it.

    Parameters
    ----------
    needed : iterable of str, optional
        Requirements such as "numpy>=1.26"; by default those of the installed library. A
        pre-release such as 2.3.0rc1 counts as its release: it is what a host may come with.
    installed : function
        From a package's name to its version.

    Returns
    -------
    ready : bool
    line : str

    Examples
    --------
    >>> host_report(["numpy>=999"])[1]  # doctest: +ELLIPSIS
    'Not ready: numpy is ..., and 999 or newer is needed. In a cell: %pip install "numpy>=999"'
    """
    try:
        lines = _requirements() if needed is None else needed
    except PackageNotFoundError:
        return False, (
            "Not ready: audiostyle is imported from a folder and not installed. "
            "In a terminal, there: pip install -e ."
        )
    for line in lines:
        name, _, least = line.partition(">=")
        try:
            found = installed(name)
        except PackageNotFoundError:
            return False, f'Not ready: {name} is missing. In a cell: %pip install "{line}"'
        if _numbers(found) < _numbers(least):
            return False, (
                f"Not ready: {name} is {found}, and {least} or newer is needed. "
                f'In a cell: %pip install "{line}"'
            )
    here = [f"{name} {installed(name)}" for name in ("torch", "numpy")]
    python = sys.version.split()[0]
    return True, f"Ready: audiostyle {__version__}, {', '.join(here)} on Python {python}."


def _requirements() -> list[str]:
    """What the library and its notebooks need: names with lower bounds, as `name>=version`."""
    lines = []
    for line in requires("audiostyle") or []:
        requirement, _, marker = line.partition(";")
        if not marker or f'"{_NOTEBOOK}"' in marker.replace("'", '"'):
            lines.append(requirement.strip())
    return lines


def _numbers(text: str) -> tuple[int, ...]:
    """The release of a version, to compare: '2.9.0+cu126' is (2, 9), as 2.9 is."""
    found = match(r"\d+(\.\d+)*", text)
    numbers = [int(number) for number in found.group().split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


if __name__ == "__main__":
    ready, line = host_report()
    print(line)
    sys.exit(not ready)
