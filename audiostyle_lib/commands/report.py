"""`audiostyle report` and `audiostyle find`: how like and how new, and where a texture is."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from .inputs import read_inputs
from .options import INPUT, add_part, add_reading, add_telling, verb
from .terminal import note, say


def add(commands: argparse._SubParsersAction) -> None:
    """Add both verbs to the command's parsers."""
    report = verb(
        commands,
        "report",
        "say how like a recording a sound is, and how new",
        "Scores of a sound beside the recording that it was made after: 0 is alike; copy scores "
        "stand beside those of noise, which copies nothing.",
        "audiostyle report rain.wav more-rain.wav",
    )
    report.add_argument("recording", help=f"recording, {INPUT}")
    report.add_argument("made", help="what was made after it; brought to the recording's rate")
    find = verb(
        commands,
        "find",
        "find the steadiest stretches of a long recording",
        "Name the stretches that change least, which make the best textures, with the realism that "
        "can be expected, ready to pass on as --start and --end.",
        "audiostyle find afternoon.flac --seconds 8",
    )
    find.add_argument("input", help=f"recording, {INPUT}; - is standard input")
    find.add_argument("--seconds", type=float, default=8.0, help="of each stretch [%(default)s]")
    find.add_argument("--n", type=int, default=5, help="how many at most [%(default)s]")
    add_part(find)
    for command, run in ((report, run_report), (find, run_find)):
        add_reading(command)
        add_telling(command)
        command.set_defaults(run=run)


def run_report(options: argparse.Namespace) -> None:
    """Read both, compare."""
    recording, made = read_inputs(options, options.recording, options.made)
    from ..audio import AudioError
    from ..metrics import texture_report

    both = [recording.y, made.y]
    if both[0].ndim != both[1].ndim:
        raise AudioError(
            f"{recording.name} and {made.name} have not equally many channels; expected as many in "
            "each, or --mono"
        )
    scores = texture_report(both[0], both[1], recording.sr)
    for sound in (recording, made):
        if sound.changes and not options.quiet:
            note(f"{sound.name}: {', '.join(sound.changes)}")
    if options.json:
        say(json.dumps(scores), sys.stdout)
    else:
        width = max(map(len, scores))
        for name, score in scores.items():
            say(f"{name:{width}} {score:8.3f}", sys.stdout)


def run_find(options: argparse.Namespace) -> None:
    """Read, look, name."""
    (sound,) = read_inputs(options, options.input, start=options.start, end=options.end)
    from ..finding import find_stretches

    offset = options.start or 0.0
    found = find_stretches(
        sound.y, sound.sr, seconds=options.seconds, n=options.n, progress=not options.quiet
    )
    for stretch in found:
        start, end = offset + stretch.start, offset + stretch.end
        if options.json:
            row = asdict(stretch) | {"start": round(start, 3), "end": round(end, 3)}
            say(json.dumps(row), sys.stdout)
            continue
        realism = f", expected realism {stretch.realism.figures}" if stretch.realism else ""
        say(
            f"--start {start:.2f} --end {end:.2f}   changes by {stretch.change:.1f} dB{realism}",
            sys.stdout,
        )
