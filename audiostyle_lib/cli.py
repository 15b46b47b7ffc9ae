"""The command `audiostyle`: the library without Python.

    audiostyle texture in.wav out.wav --seconds 20 --seed 0
    audiostyle transfer content.wav style.wav out.wav --style-weight 0.5

Exit status: 0 done, 2 for input that cannot be used (one line says why), 130 when interrupted, 143
when terminated. An existing output file is replaced only by a whole new one, and an input never,
unless `--overwrite` says so. What was lost or changed in a sound is said on standard error.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from . import __version__

if TYPE_CHECKING:
    from .engine import TextureResult
    from .reading import Reading


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the terminal's) and return its exit status."""
    options = _parser().parse_args(argv)
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return _run(options)
    except KeyboardInterrupt:
        _say("audiostyle: interrupted, nothing written", sys.stderr)
        return 130
    except _Terminated:
        _say("audiostyle: terminated, nothing written", sys.stderr)
        return 143
    finally:
        signal.signal(signal.SIGTERM, before)


class _Terminated(BaseException):
    """As KeyboardInterrupt: nothing but `main` stops it, and what is half done is cleared away."""


def _terminated(*_: object) -> NoReturn:
    raise _Terminated


def _run(options: argparse.Namespace) -> int:
    from .audio import AudioError  # here and below: imports take a second, which may be interrupted

    try:
        options.run(options)
    except AudioError as error:
        _say(f"audiostyle: {error}", sys.stderr)
        return 2
    return 0


def _say(line: str, file: TextIO) -> None:
    """Print one line, whatever bytes a file's name is made of."""
    coding = file.encoding or "utf-8"
    print(line.replace("\n", " ").encode(coding, "backslashreplace").decode(coding), file=file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="audiostyle", description="Texture synthesis and style transfer of sound."
    )
    parser.add_argument("--version", action="version", version=f"audiostyle {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    texture = commands.add_parser(
        "texture",
        help="make a new texture after a recording",
        description="Make a new texture, of any length, after a recording of a few seconds.",
    )
    texture.add_argument("input", help="recording, in any format of libsndfile (WAV, FLAC, MP3...)")
    texture.add_argument("output", help="file to write; its suffix names the format")
    texture.add_argument("--seconds", type=float, help="length of the result [the recording's]")
    texture.add_argument("--quality", default="standard", help="draft, standard or best [standard]")
    texture.add_argument(
        "--filters",
        type=int,
        default=64,
        help="filters per width: more is closer, then a copy [%(default)s]",
    )
    _add_common(texture)
    texture.set_defaults(run=_texture)

    transfer = commands.add_parser(
        "transfer",
        help="give one recording the style of another",
        description="Make a sound with the pitch and rhythm of one recording and the colour of "
        "another. It lasts as long as the first; the second may have any length and rate.",
    )
    transfer.add_argument("content", help="recording whose pitch and rhythm are kept")
    transfer.add_argument("style", help="recording whose colour is taken")
    transfer.add_argument("output", help="file to write; its suffix names the format")
    transfer.add_argument(
        "--style-weight",
        type=float,
        default=0.5,
        help="0 is the content, 1 a texture after the style [0.5]",
    )
    transfer.add_argument("--start", default="content", help="content or noise [content]")
    _add_common(transfer)
    transfer.set_defaults(run=_transfer)
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=0, help="another seed, another take [0]")
    command.add_argument("--sr", type=int, default=22050, help="sampling rate in Hz [22050]")
    command.add_argument("--device", default="cpu", help="cpu or cuda [cpu]")
    command.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    command.add_argument("--overwrite", action="store_true", help="the output may replace an input")


def _texture(options: argparse.Namespace) -> None:
    read = _loaded(options, options.input)
    from .texture import synthesize_texture

    (sound,) = read
    result = synthesize_texture(
        sound.y,
        sound.sr,
        seconds=options.seconds,
        seed=options.seed,
        quality=options.quality,
        n_filters=options.filters,
        device=options.device,
        progress=not options.quiet,
    )
    _save(result, read, options)


def _transfer(options: argparse.Namespace) -> None:
    read = _loaded(options, options.content, options.style)
    from .transfer import transfer_style

    content, style = read
    result = transfer_style(
        content.y,
        style.y,
        content.sr,
        style_weight=options.style_weight,
        start=options.start,
        seed=options.seed,
        device=options.device,
        progress=not options.quiet,
    )
    _save(result, read, options)


def _loaded(options: argparse.Namespace, *inputs: str) -> list[Reading]:
    """Check the output, before the work and not after it, then read the inputs."""
    from .reading import read_audio
    from .writing import check_target

    kept: Any = () if options.overwrite else inputs
    check_target(options.output, sr=options.sr, inputs=kept)
    with _hushed():
        read = [read_audio(path, sr=options.sr) for path in inputs]
    for warning in (warning for sound in read for warning in sound.warnings):
        _say(f"audiostyle: note: {warning}", sys.stderr)
    return read


@contextmanager
def _hushed() -> Iterator[None]:
    """Without what C libraries write to standard error: what they mean is said in our words."""
    sys.stderr.flush()
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


def _save(result: TextureResult, read: Sequence[Reading], options: argparse.Namespace) -> None:
    from .writing import save_audio

    save_audio(options.output, result.y, result.sr)
    if options.quiet:
        return
    changes = [f"{sound.name}: {', '.join(sound.changes)}" for sound in read if sound.changes]
    _say(
        f"{options.output}: {len(result.y) / result.sr:.2f} s at {result.sr} Hz, "
        f"made in {result.seconds_taken:.1f} s" + "".join(f" ({change})" for change in changes),
        sys.stdout,
    )
