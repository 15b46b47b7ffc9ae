"""`audiostyle mix` and `audiostyle morph`: a texture between several recordings."""

from __future__ import annotations

import argparse

from .options import add_making, add_quality, add_reading, add_writing, verb
from .outputs import loaded, make_takes


def add(commands: argparse._SubParsersAction) -> None:
    """Add both verbs to the command's parsers."""
    mix = verb(
        commands,
        "mix",
        "make a texture between several recordings",
        "Make one texture whose statistics lie between those of several recordings. Other rates "
        "and channels than the first's are converted, and that is said.",
        "audiostyle mix rain.wav fire.wav between.wav --weights 2 1",
    )
    mix.add_argument(
        "--weights", type=float, nargs="+", help="share of each recording [equal shares]"
    )
    morph = verb(
        commands,
        "morph",
        "make a texture that moves from one recording to another",
        "Make one texture that begins like the first recording and ends like the last, by way of "
        "those between. Other rates and channels are converted, and that is said.",
        "audiostyle morph rain.wav fire.wav drying.wav --seconds 20",
    )
    for command, run in ((mix, run_mix), (morph, run_morph)):
        command.add_argument("inputs", nargs="+", metavar="input", help="recordings, two or more")
        command.add_argument("output", help="file to write; its suffix names the format")
        command.add_argument("--seconds", type=float, help="length [that of the longest recording]")
        add_quality(command)
        add_reading(command)
        add_writing(command, loop=command is mix)
        add_making(command)
        command.set_defaults(run=run)


def run_mix(options: argparse.Namespace) -> None:
    """Read, make, write."""
    _run(options, options.weights or [1.0] * len(options.inputs))


def run_morph(options: argparse.Namespace) -> None:
    """Read, make, write."""
    k = len(options.inputs)
    _run(options, [[float(i == j) for j in range(k)] for i in range(k)])


def _run(options: argparse.Namespace, weights: list) -> None:
    from ..arguments import check_weights
    from ..audio import AudioError

    if len(options.inputs) < 2:
        raise AudioError(
            f"{len(options.inputs)} recording came; expected two or more, then the output"
        )
    check_weights(weights, len(options.inputs))
    read = loaded(options, *options.inputs)
    from ..mixture import mix_textures
    from ..quality import as_quality

    more = {"loop": True} if getattr(options, "loop", False) else {}
    make_takes(
        options,
        read,
        lambda seed: mix_textures(
            [sound.y for sound in read],
            read[0].sr,
            weights=weights,
            seconds=options.seconds,
            seed=seed,
            quality=as_quality(options.quality).but(n_filters=options.filters),
            device=options.device,
            progress=not options.quiet,
            **more,
        ),
        style=read[0],
    )
