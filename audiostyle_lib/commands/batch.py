"""`audiostyle batch`: textures after every recording in a folder, on one machine or on many."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import BITS, add_reading, verb
from .terminal import hushed, say

if TYPE_CHECKING:
    from ..batch import Settings, Take
    from ..progress import Bar
    from ..take import Made


def add(commands: argparse._SubParsersAction) -> None:
    """Add the verb to the command's parsers."""
    batch = verb(
        commands,
        "batch",
        "make textures after every recording in a folder",
        "Make new textures after every recording in a folder and its subfolders, each at the "
        "recording's rate, in its channels and depth. OUT/manifest.jsonl says in a line for each "
        "what was made, how alike and how new it is, or why it could not be. Interrupted, the same "
        "command goes on where it stopped. Neither --jobs nor --scheduler changes a result.",
        "audiostyle batch recordings textures --takes 8 --format flac",
    )
    batch.add_argument("sounds", metavar="SOUNDS", help="folder with recordings")
    batch.add_argument("output", metavar="OUT", help="folder for the textures; it is made")
    batch.add_argument("--takes", type=int, default=1, help="textures after each [1]")
    batch.add_argument("--seed", type=int, default=0, help="another seed, other takes [0]")
    batch.add_argument("--seconds", type=float, help="length of each [the recording's]")
    batch.add_argument("--quality", default="standard", help="draft, standard or best [standard]")
    add_reading(batch)
    batch.add_argument("--bits", choices=BITS, help="depth of the files [that of each recording]")
    batch.add_argument(
        "--loop", action="store_true", help="the end meets the beginning, without a seam"
    )
    batch.add_argument("--format", default="wav", help="wav, flac, ogg, mp3... [wav]")
    batch.add_argument("--jobs", type=int, help="processes on this machine [its cores]")
    batch.add_argument("--scheduler", help="address of a Dask scheduler, whose workers do the work")
    batch.add_argument("--quiet", action="store_true", help="no progress, no report")
    batch.add_argument("--json", action="store_true", help="report as one line of JSON")
    batch.set_defaults(
        run=run, when_stopped="what is done is kept, and the same command goes on from there"
    )


def run(options: argparse.Namespace) -> int:
    """Make what is missing; 1 if some recordings could not be used."""
    from ..batch import Settings, all_takes, not_done
    from ..files.manifest import Manifest
    from ..progress import progress_bar

    began = time.monotonic()
    names = ("seed", "seconds", "quality", "sr", "mono", "bits", "loop")
    form = options.format.removeprefix(".").lower()
    settings = Settings(**{name: getattr(options, name) for name in names}, format=form)
    takes = all_takes(options.sounds, options.takes, settings)  # before there is any output
    out = _apart(options.output, options.sounds)
    with Manifest(out) as manifest:
        wanted = not_done(takes, settings, manifest.lines, out)
        with progress_bar(len(wanted), "batch", not options.quiet) as bar:
            failed = _make_all(wanted, settings, options, manifest, out, bar)
    files = {take.file for take in takes}
    report = {
        **{"made": len(wanted) - sum(failed.values()), "kept": len(takes) - len(wanted)},
        **{"files": len(files), "failed": len(failed), "manifest": str(manifest.path)},
        "elapsed_seconds": round(time.monotonic() - began, 1),
    }
    if options.json:
        say(json.dumps(report), sys.stdout)
    elif not options.quiet:
        kept = f", {report['kept']} were there already" if report["kept"] else ""
        say(f"{out}: {report['made']} made in {report['elapsed_seconds']} s{kept}", sys.stdout)
    if failed:
        some = f"{len(failed)} of {len(files)} files could not be used"
        say(f"audiostyle: {some}; {manifest.path} says why", sys.stderr)
    return 1 if failed else 0


def _apart(output: str, sounds: str) -> Path:
    """The folder of the results, which must not become inputs of the next run."""
    from ..audio import AudioError

    if Path(output).resolve().is_relative_to(Path(sounds).resolve()):
        raise AudioError(f"{output} lies in {sounds}; expected a folder outside for the results")
    return Path(output)


def _make_all(
    wanted: list[Take],
    settings: Settings,
    options: argparse.Namespace,
    manifest: Any,
    out: Path,
    bar: Bar,
) -> dict[str, int]:
    """Make, write and note all; return how many takes of which files failed."""
    from ..batch import line_of
    from ..files.writing import save_audio
    from ..parallel import in_parallel
    from ..progress import beside_bars

    failed: dict[str, int] = {}
    noted: set[str] = set()
    jobs = _jobs(wanted, Path(options.sounds), settings)
    done = in_parallel(_made, jobs, n_jobs=options.jobs, scheduler=options.scheduler)
    with closing(done):
        for index, outcome in done:
            take, made = wanted[index], outcome.value
            if made is None:
                words = _in_words(outcome.error, take.file)
                notes, about = [words], {"error": words}
                failed[take.file] = failed.get(take.file, 0) + 1
            else:
                target = out / take.output
                target.parent.mkdir(parents=True, exist_ok=True)
                bits = made.about["bits"]
                save_audio(target, made.y, made.sr, bits=bits, loop=settings.loop)
                notes, about = [f"note: {note}" for note in made.warnings], made.about
            manifest.append(line_of(take, settings, about))
            for note in notes:
                if note not in noted:  # of several takes once
                    noted.add(note)
                    with beside_bars(sys.stderr):
                        say(f"audiostyle: {note}", sys.stderr)
            bar.update(1)
    return failed


@dataclass(frozen=True)
class _Job:
    """All that a worker needs, which does not see this disk: `data`, or why there are none."""

    name: str
    data: bytes | str
    seed: int
    settings: Settings


def _jobs(takes: list[Take], folder: Path, settings: Settings) -> Iterator[_Job]:
    """What is to be done, read only when its turn comes."""
    for take in takes:
        data: bytes | str
        try:
            data = (folder / take.file).read_bytes()
        except OSError as error:
            data = f"{take.file} cannot be read: {error.strerror}"
        yield _Job(take.file, data, take.seed, settings)


class _InMemory(io.BytesIO):
    """A file in memory, with a name for messages."""

    name: str = ""


def _made(job: _Job) -> Made:
    """The work itself, wherever it is done."""
    from ..audio import AudioError
    from ..files.reading import read_audio
    from ..files.writing import nearest_rate
    from ..take import new_take

    if isinstance(job.data, str):
        raise AudioError(job.data)
    file = _InMemory(job.data)
    file.name = job.name
    with hushed():
        sound = read_audio(file, sr=job.settings.sr, mono=job.settings.mono)
        held = nearest_rate(f".{job.settings.format}", sound.sr)
        if job.settings.sr is None and held != sound.sr:
            file.seek(0)
            sound = read_audio(file, sr=held, mono=job.settings.mono)
    return new_take(sound, job.seed, job.settings)


def _in_words(error: Exception | None, file: str) -> str:
    """Why there is no texture, in one line that names the recording."""
    from ..audio import AudioError

    kind = "" if isinstance(error, AudioError) else f"{type(error).__name__}: "
    words = kind + " ".join(str(error).split())
    return words if words.startswith(os.fspath(file)) else f"{file}: {words}"
