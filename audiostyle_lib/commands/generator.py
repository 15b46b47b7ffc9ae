"""`audiostyle train` and `audiostyle synthesize`: a network learns a texture, and makes it."""

from __future__ import annotations

import argparse
import json
import sys
import time

from .inputs import check_options, read_inputs
from .options import INPUT, add_making, add_part, add_quality, add_reading, add_writing, verb
from .outputs import takes, write
from .terminal import say


def add(commands: argparse._SubParsersAction) -> None:
    """Add both verbs to the command's parsers."""
    train = verb(
        commands,
        "train",
        "let a small network learn a texture",
        "Train a network, for half a minute or so, that then makes one texture at once, as long as "
        "you like. The file holds nothing of the recording itself.",
        "audiostyle train rain.wav rain.safetensors",
    )
    train.add_argument("input", help=f"recording, {INPUT}; - is standard input")
    train.add_argument("output", help="file to write, NAME.safetensors")
    add_part(train)
    add_quality(train)
    add_reading(train)
    train.add_argument("--overwrite", action="store_true", help="the output may replace an input")
    add_making(train)
    train.set_defaults(run=run_train)
    synthesize = verb(
        commands,
        "synthesize",
        "make sound with a network that has learned a texture",
        "Make sound with what `audiostyle train` has written, at the rate and in the channels of "
        "its recording.",
        "audiostyle synthesize rain.safetensors ten-minutes.flac --seconds 600",
    )
    synthesize.add_argument("generator", help="NAME.safetensors")
    synthesize.add_argument("output", help="file to write; its suffix names the format")
    synthesize.add_argument("--seconds", type=float, default=10.0, help="length [%(default)s]")
    add_writing(synthesize, loop=True)
    add_making(synthesize)
    synthesize.set_defaults(run=run_synthesize)


def run_train(options: argparse.Namespace) -> None:
    """Read, learn, write."""
    from ..files.tensors import check_tensors_target

    kept = () if options.overwrite else (options.input,)
    check_tensors_target(options.output, inputs=kept)
    (sound,) = read_inputs(options, options.input, start=options.start, end=options.end)
    from ..quality import as_quality
    from ..training import train_generator

    made = train_generator(
        sound.y,
        sound.sr,
        seed=options.seed,
        quality=as_quality(options.quality).but(n_filters=options.filters),
        device=options.device,
        progress=not options.quiet,
    )
    made.save(options.output)
    if options.quiet:
        return
    row = {"output": options.output, "sr": sound.sr, "work_seconds": round(made.seconds_taken, 3)}
    words = f"{options.output}: trained in {made.seconds_taken:.1f} s"
    say(json.dumps(row) if options.json else words, sys.stdout)


def run_synthesize(options: argparse.Namespace) -> None:
    """Load, make, write."""
    from ..files.tensors import GENERATOR, read_arrays
    from ..files.writing import check_target
    from ..result import TextureResult

    check_options(options)
    wanted = list(takes(options))
    for target, _ in wanted:
        check_target(target, bits=options.bits, inputs=[options.generator])
    read_arrays(options.generator, **GENERATOR)  # what is wrong with it is said at once
    from ..loading import load_generator

    made = load_generator(options.generator, device=options.device)
    channels = made.n_channels
    check_target(options.output, sr=made.sr, channels=channels, bits=options.bits)
    for target, seed in wanted:
        began = time.perf_counter()
        y = made.synthesize(options.seconds, seed, loop=options.loop)
        result = TextureResult(y, made.sr, [], time.perf_counter() - began, 0)
        write(options, target, seed, result, bits=options.bits)
