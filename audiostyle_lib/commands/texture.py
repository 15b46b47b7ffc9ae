"""`audiostyle texture`: a new texture after a recording."""

from __future__ import annotations

import argparse

from .options import INPUT, add_making, add_part, add_quality, add_reading, add_writing, verb
from .outputs import loaded, make_takes


def add(commands: argparse._SubParsersAction) -> None:
    """Add the verb to the command's parsers."""
    texture = verb(
        commands,
        "texture",
        "make a new texture after a recording",
        "Make a new texture, of any length, at the recording's rate, in its channels and depth. "
        "Of more than 30 s, the 30 s that are most like the whole are measured.",
        "audiostyle texture rain.wav more-rain.wav --seconds 60 --loop",
    )
    texture.add_argument("input", help=f"recording, {INPUT}; - is standard input")
    texture.add_argument("output", help="file to write; its suffix names the format")
    texture.add_argument("--seconds", type=float, help="length of the result [the recording's]")
    add_part(texture)
    texture.add_argument(
        "--keep-trend", action="store_true", help="die away, or swell, as the recording does"
    )
    add_quality(texture)
    add_reading(texture)
    add_writing(texture, loop=True)
    add_making(texture)
    texture.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read, make, write."""
    read = loaded(options, options.input, start=options.start, end=options.end)
    from ..quality import as_quality
    from ..texture import synthesize_texture

    (sound,) = read
    make_takes(
        options,
        read,
        lambda seed: synthesize_texture(
            sound.y,
            sound.sr,
            seconds=options.seconds,
            seed=seed,
            quality=as_quality(options.quality).but(n_filters=options.filters),
            keep_trend=options.keep_trend,
            loop=options.loop,
            device=options.device,
            progress=not options.quiet,
        ),
        style=sound,
    )
