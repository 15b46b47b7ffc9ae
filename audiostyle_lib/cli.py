"""The command `audiostyle`: the library without Python.

    audiostyle texture in.wav out.wav --seconds 20 --seed 0
    audiostyle transfer content.wav style.wav out.wav --style-weight 0.5

Exit status: 0 done, 2 for input that cannot be used (one line says why), 130 when interrupted. An
existing output file is replaced only by a whole new one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import __version__
from .audio import AudioError, check_target, load_audio, save_audio
from .engine import TextureResult
from .texture import synthesize_texture
from .transfer import transfer_style


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the terminal's) and return its exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        options.run(options)
    except AudioError as error:
        print(f"audiostyle: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("audiostyle: interrupted, nothing written", file=sys.stderr)
        return 130
    return 0


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


def _texture(options: argparse.Namespace) -> None:
    check_target(options.output)  # before the work, not after it
    y, sr = load_audio(options.input, sr=options.sr)
    result = synthesize_texture(
        y,
        sr,
        seconds=options.seconds,
        seed=options.seed,
        quality=options.quality,
        n_filters=options.filters,
        device=options.device,
        progress=not options.quiet,
    )
    _save(result, options)


def _transfer(options: argparse.Namespace) -> None:
    check_target(options.output)
    content, sr = load_audio(options.content, sr=options.sr)
    style, _ = load_audio(options.style, sr=options.sr)
    result = transfer_style(
        content,
        style,
        sr,
        style_weight=options.style_weight,
        start=options.start,
        seed=options.seed,
        device=options.device,
        progress=not options.quiet,
    )
    _save(result, options)


def _save(result: TextureResult, options: argparse.Namespace) -> None:
    save_audio(options.output, result.y, result.sr)
    if not options.quiet:
        print(
            f"{options.output}: {len(result.y) / result.sr:.2f} s at {result.sr} Hz, "
            f"made in {result.seconds_taken:.1f} s"
        )
