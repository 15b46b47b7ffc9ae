"""Try every claim on several sounds and seeds: cached, so that it can be interrupted and resumed.

.venv/bin/python benchmarks/claims                 # what is not done yet; all of it an hour
.venv/bin/python benchmarks/claims --only transparent mixture
.venv/bin/python benchmarks/claims --write         # verdicts into the table and the page
.venv/bin/python benchmarks/claims --afresh        # also what older code has run
.venv/bin/python benchmarks/claims --jobs 8        # several at once; seconds are then less exact

With `--scheduler tcp://host:port` the workers of a Dask cluster run them. Each needs the library as
installed from a clone of this repository, and nothing else: what they find comes back here.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import inspect
import io
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import effects
from claims import CLAIMS
from effects import Claim
from tqdm import tqdm
from verdicts import Finding, find, page, row

import audiostyle_lib
from audiostyle_lib.parallel import in_parallel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUNS = HERE.parent / "results" / "claims.jsonl"
TABLE = HERE.parent / "results" / "claims.csv"
PAGE = ROOT / "book" / "paper_map.md"
MARKS = ("<!-- claims: begin -->", "<!-- claims: end -->")


def version(claim: Claim) -> str:
    """A short hash of the experiments and the library: runs of other versions do not count."""
    experiments = inspect.getmodule(claim.experiment) or effects
    digest = hashlib.sha256(inspect.getsource(experiments).encode())
    digest.update(repr((claim.sounds, claim.larger, claim.margin)).encode())
    return digest.hexdigest()[:12]


def done() -> dict[tuple[str, str, int], dict]:
    """Runs so far by claim, sound and seed; the last of each counts."""
    lines = RUNS.read_text("utf-8").splitlines() if RUNS.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(r["claim"], r["sound"], r["seed"]): r for r in rows}


def tried(what: tuple[Claim, str, int]) -> dict:
    """One run: its two sides, and what it cost in CPU seconds."""
    claim, name, seed = what
    began = time.process_time()
    sides = [round(float(side), 5) for side in claim.experiment(name, seed)]
    return {"sides": sides, "seconds": round(time.process_time() - began, 2)}


def tried_there() -> Callable[[tuple[str, str, int]], dict]:
    """`tried`, of a claim's key, for a worker that has a clone of this repository."""

    def there(what: tuple[str, str, int]) -> Any:  # within a function, so that it travels whole
        place = str(Path(audiostyle_lib.__file__).parents[1] / "benchmarks" / "claims")
        if place not in sys.path:
            sys.path.insert(0, place)
        import command

        key, *rest = what
        return command.tried((next(c for c in command.CLAIMS if c.key == key), *rest))

    return there


def run(
    claims: Sequence[Claim], *, afresh: bool, n_jobs: int = 1, scheduler: str | None = None
) -> None:
    """Do what is missing, and write each run as soon as it is there."""
    found = done()
    wanted = [
        (claim, name, seed)
        for claim in claims
        for name, seed in claim.places()
        if (r := found.get((claim.key, name, seed))) is None
        or (afresh and r["version"] != version(claim))
    ]
    if scheduler is None:
        done_so_far = in_parallel(tried, wanted, n_jobs=n_jobs)
    else:
        keys = [(claim.key, name, seed) for claim, name, seed in wanted]
        done_so_far = in_parallel(tried_there(), keys, scheduler=scheduler)
    RUNS.parent.mkdir(exist_ok=True)
    with RUNS.open("a", encoding="utf-8") as file, closing(done_so_far):
        for index, outcome in tqdm(done_so_far, total=len(wanted), desc="runs"):
            claim, name, seed = wanted[index]
            found_now = outcome.result()
            line = {"claim": claim.key, "sound": name, "seed": seed, "sides": found_now["sides"]}
            line |= {"version": version(claim), "seconds": found_now["seconds"]}
            file.write(json.dumps(line) + "\n")
            file.flush()


def findings(claims: Sequence[Claim] = CLAIMS) -> list[Finding]:
    """Of all claims whose runs are complete."""
    rows = done()
    found = []
    for claim in claims:
        places = [(claim.key, name, seed) for name, seed in claim.places()]
        if all(place in rows for place in places):
            found.append(find(claim, {p[1:]: rows[p]["sides"] for p in places}))
    return found


def as_csv(found: Sequence[Finding]) -> str:
    """The machine-readable table."""
    text = io.StringIO()
    rows = [row(finding) for finding in found]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def chapters() -> dict[int, str]:
    """Names of the chapters by number."""
    return {int(p.stem[:2]): p.stem for p in (ROOT / "book").glob("[01]*.ipynb")}


def as_page(found: Sequence[Finding], before: str) -> str:
    """The book's page with its table renewed."""
    head, rest = before.split(MARKS[0])
    _, tail = rest.split(MARKS[1])
    return f"{head}{MARKS[0]}\n\n{page(found, chapters())}\n\n{MARKS[1]}{tail}"


def main(argv: Sequence[str] | None = None) -> None:
    """Run, then say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[c.key for c in CLAIMS])
    parser.add_argument("--write", action="store_true", help="only write the table and the page")
    parser.add_argument("--afresh", action="store_true", help="run again what older code has run")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once [1]")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, whose workers run them")
    args = parser.parse_args(argv)
    if not args.write:
        chosen = [c for c in CLAIMS if not args.only or c.key in args.only]
        run(chosen, afresh=args.afresh, n_jobs=args.jobs, scheduler=args.scheduler)
    found = findings()
    for finding in found:
        print(f"{finding.verdict:15} {finding.effect:+8.3f}  {finding.claim.key}")
    if args.write and found:
        TABLE.write_text(as_csv(found), "utf-8")
        PAGE.write_text(as_page(found, PAGE.read_text("utf-8")), "utf-8")
