"""`audiostyle texture`: a new texture after a recording."""

from __future__ import annotations

import argparse

from .common import add_common, loaded, save


def add(commands: argparse._SubParsersAction) -> None:
    """Add the verb to the command's parsers."""
    texture = commands.add_parser(
        "texture",
        help="make a new texture after a recording",
        description="Make a new texture, of any length, at the recording's rate, in its channels. "
        "Of more than 30 s, the 30 s that are most like the whole are measured.",
    )
    texture.add_argument("input", help="recording, in any format of libsndfile (WAV, FLAC, MP3...)")
    texture.add_argument("output", help="file to write; its suffix names the format")
    texture.add_argument("--seconds", type=float, help="length of the result [the recording's]")
    texture.add_argument("--start", type=float, help="where in the recording to begin, in seconds")
    texture.add_argument("--end", type=float, help="where to end")
    texture.add_argument("--quality", default="standard", help="draft, standard or best [standard]")
    texture.add_argument(
        "--filters",
        type=int,
        default=64,
        help="filters per width: more is closer, then a copy [%(default)s]",
    )
    add_common(texture)
    texture.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read, make, write."""
    read = loaded(options, options.input, start=options.start, end=options.end)
    from ..quality import as_quality
    from ..texture import synthesize_texture

    (sound,) = read
    result = synthesize_texture(
        sound.y,
        sound.sr,
        seconds=options.seconds,
        seed=options.seed,
        quality=as_quality(options.quality).but(n_filters=options.filters),
        device=options.device,
        progress=not options.quiet,
    )
    save(result, read, options, style=sound)
