"""What all verbs do: common options, reading with a word about what was lost, writing whole."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from ..files.reading import Reading
    from ..realism import Realism
    from ..result import TextureResult

_ONE_AT_A_TIME = threading.Lock()


def say(line: str, file: TextIO) -> None:
    """Print one line, whatever bytes a file's name is made of."""
    coding = file.encoding or "utf-8"
    print(line.replace("\n", " ").encode(coding, "backslashreplace").decode(coding), file=file)


def add_common(command: argparse.ArgumentParser) -> None:
    """Give a verb the options that all have."""
    command.add_argument("--seed", type=int, default=0, help="another seed, another take [0]")
    command.add_argument("--sr", type=int, help="sampling rate in Hz [that of the recording]")
    command.add_argument("--mono", action="store_true", help="make one channel of all")
    command.add_argument("--device", default="cpu", help="cpu or cuda [cpu]")
    command.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    command.add_argument("--overwrite", action="store_true", help="the output may replace an input")


def loaded(options: argparse.Namespace, *inputs: str, **part: float | None) -> list[Reading]:
    """Check the output, before the work and not after it, then read the inputs, or a part of them.

    All have the rate that was asked for, or that of the first.
    """
    from ..files.reading import read_audio
    from ..files.writing import check_target

    kept: Any = () if options.overwrite else inputs
    check_target(options.output, sr=options.sr, inputs=kept)
    read: list[Reading] = []
    with hushed() as terminal:
        for path in inputs:
            sr = read[0].sr if read else options.sr
            progress = False if options.quiet else _shown_on(terminal)
            read.append(read_audio(path, sr=sr, mono=options.mono, progress=progress, **part))
    channels = max(len(sound.y) if sound.y.ndim == 2 else 1 for sound in read)
    check_target(options.output, sr=read[0].sr, channels=channels)  # that these can be written
    for warning in (warning for sound in read for warning in sound.warnings):
        say(f"audiostyle: note: {warning}", sys.stderr)
    return read


def save(
    result: TextureResult, read: Sequence[Reading], options: argparse.Namespace, *, style: Reading
) -> None:
    """Write a result, and say what was made of what, and how well the style suits it."""
    from ..files.writing import save_audio

    expected = None if options.quiet else _expected(style)
    save_audio(options.output, result.y, result.sr)
    if options.quiet:
        return
    seconds = result.y.shape[-1] / result.sr
    channels = f", {len(result.y)} channels" if result.y.ndim == 2 else ""
    changes = [f"{sound.name}: {', '.join(sound.changes)}" for sound in read if sound.changes]
    say(
        f"{options.output}: {seconds:.2f} s at {result.sr} Hz{channels}, "
        f"made in {result.seconds_taken:.1f} s" + "".join(f" ({change})" for change in changes),
        sys.stdout,
    )
    if expected:
        of = " of the style" if len(read) > 1 else ""
        about = "as listeners rated another method's results for such recordings"
        say(f"expected realism{of}: {expected.figures}, {about}", sys.stdout)
        if expected.warning:
            say(f"audiostyle: note: {style.name}: {expected.warning}", sys.stderr)


def _expected(style: Reading) -> Realism | None:
    """How convincing its textures can be expected to be; of less than a second nothing is known."""
    from ..audio import AudioError
    from ..realism import expected_realism

    try:
        return expected_realism(style.y, style.sr)
    except AudioError:
        return None


@contextmanager
def hushed() -> Iterator[TextIO]:
    """Without what C libraries write to standard error: what they mean is said in our words.

    Yields a file that still goes there.
    """
    with _ONE_AT_A_TIME:  # standard error is the process's, and a worker may have several threads
        sys.stderr.flush()
        before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            with open(before, "w", closefd=False) as terminal:
                yield terminal
        finally:
            os.dup2(before, 2)
            os.close(before)
            os.close(nowhere)


def _shown_on(terminal: TextIO) -> Callable[[str, float], None]:
    """What shows on a file how far the reading is, once there is something to tell."""
    from ..progress import Bar, progress_bar

    bars: list[Bar] = []

    def tell(what: str, share: float) -> None:
        if not bars:
            bars.append(progress_bar(100, what, True, file=terminal))
        bars[0].update(round(100 * share) - bars[0].n)
        if share == 1:
            bars.pop().close()

    return tell
