"""Options that several verbs have, each said once."""

from __future__ import annotations

import argparse

BITS = ("16", "24", "32f")  # depths of files
INPUT = (
    "in any format of libsndfile (WAV, FLAC, MP3...), with audiostyle[formats] also m4a, webm..."
)


def verb(
    commands: argparse._SubParsersAction, name: str, summary: str, about: str, example: str
) -> argparse.ArgumentParser:
    """Add a verb, whose help ends with an example."""
    return commands.add_parser(name, help=summary, description=about, epilog=f"example: {example}")


def add_part(command: argparse.ArgumentParser) -> None:
    """Which part of a recording is meant."""
    command.add_argument("--start", type=float, help="where in the recording to begin, in seconds")
    command.add_argument("--end", type=float, help="where to end")


def add_reading(command: argparse.ArgumentParser) -> None:
    """How recordings are read: as they are, unless asked otherwise."""
    command.add_argument("--sr", type=int, help="sampling rate in Hz [that of the recording]")
    command.add_argument("--mono", action="store_true", help="make one channel of all")


def add_quality(command: argparse.ArgumentParser) -> None:
    """How a texture is described."""
    command.add_argument("--quality", default="standard", help="draft, standard or best [standard]")
    command.add_argument(
        "--filters",
        type=int,
        default=64,
        help="filters per width: more is closer, then a copy [%(default)s]",
    )


def add_making(command: argparse.ArgumentParser) -> None:
    """What all have that make something."""
    command.add_argument("--seed", type=int, default=0, help="another seed, another take [0]")
    command.add_argument("--device", default="cpu", help="cpu or cuda [cpu]")
    add_telling(command)


def add_telling(command: argparse.ArgumentParser) -> None:
    """What is said, and how."""
    command.add_argument("--quiet", action="store_true", help="no progress, no report")
    command.add_argument("--json", action="store_true", help="the report as a line of JSON")


def add_writing(command: argparse.ArgumentParser, *, loop: bool = False) -> None:
    """How results are written."""
    command.add_argument(
        "--takes",
        type=int,
        default=1,
        help="so many results, NAME-1 and so on, from independent seeds [1]",
    )
    command.add_argument("--bits", choices=BITS, help="depth [that of the recording]")
    if loop:
        command.add_argument(
            "--loop", action="store_true", help="the end meets the beginning, without a seam"
        )
    command.add_argument("--overwrite", action="store_true", help="the output may replace an input")
