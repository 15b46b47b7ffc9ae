"""`audiostyle transfer`: one recording in the style of another."""

from __future__ import annotations

import argparse

from .options import add_making, add_reading, add_writing, verb
from .outputs import loaded, make_takes


def add(commands: argparse._SubParsersAction) -> None:
    """Add the verb to the command's parsers."""
    transfer = verb(
        commands,
        "transfer",
        "give one recording the style of another",
        "Make a sound with the pitch and rhythm of one recording and the colour of another. It "
        "lasts as long as the first; the second may have any length and rate.",
        "audiostyle transfer song.wav rain.wav song-of-rain.wav --style-weight 0.7",
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
    transfer.add_argument("--begin", default="content", help="content or noise [content]")
    transfer.add_argument(
        "--quality", default="standard", help="draft, standard or best [standard]"
    )
    add_reading(transfer)
    add_writing(transfer)
    add_making(transfer)
    transfer.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read, make, write."""
    read = loaded(options, options.content, options.style)
    from ..transfer import transfer_style

    content, style = read
    make_takes(
        options,
        read,
        lambda seed: transfer_style(
            content.y,
            style.y,
            content.sr,
            style_weight=options.style_weight,
            begin=options.begin,
            seed=seed,
            quality=options.quality,
            device=options.device,
            progress=not options.quiet,
        ),
        style=style,
    )
