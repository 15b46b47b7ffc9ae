"""`audiostyle stream`: a texture without end, for another program, a file, or the loudspeaker."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .inputs import read_inputs
from .options import BITS, INPUT, add_making, add_part, add_quality, add_reading, verb
from .terminal import say

if TYPE_CHECKING:
    import numpy as np

    from ..files.reading import Reading

STDOUT = "-"
_BLOCK_SECONDS = 0.5


def add(commands: argparse._SubParsersAction) -> None:
    """Add the verb to the command's parsers."""
    stream = verb(
        commands,
        "stream",
        "play a texture without end, or write it to another program",
        "Make a texture for as long as somebody takes it: as a WAV file without length on standard "
        "output (-), as raw samples with --raw, or played with --play.",
        "audiostyle stream rain.wav - | ffplay -nodisp -",
    )
    stream.add_argument("input", help=f"recording, {INPUT}; - is standard input")
    stream.add_argument("output", nargs="?", default=STDOUT, help="- is standard output [-]")
    stream.add_argument("--seconds", type=float, help="stop after so many [never]")
    stream.add_argument("--raw", action="store_true", help="samples without a WAV header")
    stream.add_argument("--play", action="store_true", help="play it here (audiostyle[play])")
    stream.add_argument("--bits", choices=BITS, help="depth [the recording's]")
    add_part(stream)
    add_quality(stream)
    add_reading(stream)
    add_making(stream)
    stream.set_defaults(run=run, longest=math.inf, when_stopped="the stream ends here")


def run(options: argparse.Namespace) -> None:
    """Read, then make until nobody listens any more."""
    from ..audio import AudioError

    if options.output != STDOUT:
        raise AudioError(
            f"{options.output} is no pipe; stream expects - for standard output: for a file of a "
            "given length use `audiostyle texture --seconds`"
        )
    player = _player() if options.play else None
    (sound,) = read_inputs(options, options.input, start=options.start, end=options.end)
    blocks = _blocks(options, sound)
    if player is not None:
        player(blocks, sound)
    else:
        _written(options, blocks, sound)


def _blocks(options: argparse.Namespace, sound: Reading) -> Iterator[np.ndarray]:
    """Blocks of new sound, until the length that was asked for."""
    from ..quality import as_quality
    from ..result import check_length
    from ..stream import stream_texture

    left = None
    if options.seconds is not None:
        left = check_length(options.seconds, sound.sr, most=options.longest)
    stream = stream_texture(
        sound.y,
        sound.sr,
        block_seconds=_BLOCK_SECONDS,
        seed=options.seed,
        quality=as_quality(options.quality).but(n_filters=options.filters),
        device=options.device,
        progress=not options.quiet,
    )

    def blocks() -> Iterator[np.ndarray]:
        done = 0
        for block in stream:
            yield block if left is None else block[..., : left - done]
            done += block.shape[-1]
            if left is not None and done >= left:
                return

    return blocks()


def _written(options: argparse.Namespace, blocks: Iterator[np.ndarray], sound: Reading) -> None:
    """Write them to standard output."""
    from ..files.raw import sample_bytes, wav_header

    bits = options.bits or sound.bits or "16"
    channels = len(sound.y) if sound.y.ndim == 2 else 1
    out = sys.stdout.buffer
    if not options.raw:
        out.write(wav_header(sound.sr, channels, bits))
    elif not options.quiet:
        kind = {"16": "s16le", "24": "s24le", "32f": "f32le"}[bits]
        say(f"audiostyle: raw {kind}, {channels} channels, {sound.sr} Hz", sys.stderr)
    for block in blocks:
        out.write(sample_bytes(block, bits))
        out.flush()


def _player() -> Callable[[Iterator[np.ndarray], Reading], None]:
    """What plays blocks on the loudspeaker, or say what is missing."""
    from ..audio import AudioError

    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: it needs the system's PortAudio
        raise AudioError(
            f"--play needs sounddevice ({error}): pip install 'audiostyle[play]', and PortAudio "
            "where the system lacks it"
        ) from error

    def play(blocks: Iterator[np.ndarray], sound: Reading) -> None:
        channels = len(sound.y) if sound.y.ndim == 2 else 1
        try:
            with sounddevice.OutputStream(sound.sr, channels=channels, dtype="float32") as stream:
                for block in blocks:
                    stream.write(block.reshape(channels, -1).T.copy())
        except sounddevice.PortAudioError as error:
            raise AudioError(f"nothing can be played here: {error}") from error

    return play
