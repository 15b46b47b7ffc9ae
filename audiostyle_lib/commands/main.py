"""The command `audiostyle`: the library without Python.

    audiostyle texture in.wav out.wav --seconds 20 --loop
    audiostyle stream in.wav - | ffplay -
    audiostyle batch recordings textures --takes 3

Exit status: 0 done, 1 if some files of a batch could not be used, 2 for input that cannot be used
(one line says why), 130 when interrupted, 143 when terminated. An existing output file is replaced
only by a whole new one, and an input never, unless `--overwrite` says so. What was lost or changed
in a sound is said on standard error.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from . import batch, generator, mix, report, stream, texture, transfer
from .terminal import say

VERBS = (texture, transfer, mix, stream, generator, report, batch)  # each adds a verb or two


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the terminal's) and return its exit status."""
    options = _parser().parse_args(argv)
    received: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        received.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else _Terminated

    # One that is ignored, as in a job of the background, stays so.
    waited = [s for s in _STATUS if signal.getsignal(s) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in waited}
    try:
        return _run(options, received)
    except (KeyboardInterrupt, _Terminated):
        return _stopped(options, received[-1] if received else signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_STATUS = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}


class _Terminated(BaseException):
    """As KeyboardInterrupt: nothing but `main` stops it, and what is half done is cleared away."""


def _stopped(options: argparse.Namespace, number: int) -> int:
    status, word = _STATUS[signal.Signals(number)]
    say(f"audiostyle: {word}, {options.when_stopped}", sys.stderr)
    return status


def _run(options: argparse.Namespace, received: list[int]) -> int:
    from ..audio import AudioError  # imports take a second, in which one may interrupt

    try:
        status = options.run(options) or 0
        sys.stdout.flush()  # a full disk may show only now
        return status
    except AudioError as error:
        if received:  # while C code was reading, which took the signal for a damaged file
            return _stopped(options, received[-1])
        say(f"audiostyle: {error}", sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read has enough
        _close_output()
        return 0
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _close_output()
        say(f"audiostyle: standard output cannot be written: {error.strerror}", sys.stderr)
        return 2


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}  # files have errors of their own


def _close_output() -> None:
    """Let standard output go nowhere, so that nothing is written to it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="audiostyle", description="Texture synthesis and style transfer of sound."
    )
    parser.set_defaults(when_stopped="nothing written")
    parser.add_argument("--version", action="version", version=f"audiostyle {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for verb in VERBS:
        verb.add(commands)
    return parser
