"""Try every claim on several sounds and seeds: cached, so that it can be interrupted and resumed.

.venv/bin/python benchmarks/claims                 # what is not done yet, about half an hour
.venv/bin/python benchmarks/claims --only transparent mixture
.venv/bin/python benchmarks/claims --write         # verdicts into the table and the page
.venv/bin/python benchmarks/claims --afresh        # also what older code has run
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import inspect
import io
import json
import time
from collections.abc import Sequence
from pathlib import Path

import effects
import torch
from claims import CLAIMS
from effects import Claim
from tqdm import tqdm
from verdicts import Finding, find, page, row

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUNS = HERE.parent / "results" / "claims.jsonl"
TABLE = HERE.parent / "results" / "claims.csv"
PAGE = ROOT / "book" / "paper_map.md"
SEEDS = (0, 1, 2)
MARKS = ("<!-- claims: begin -->", "<!-- claims: end -->")


def version(claim: Claim) -> str:
    """A short hash of the experiments and the library: runs of other versions do not count."""
    digest = hashlib.sha256(inspect.getsource(effects).encode())
    digest.update(repr((claim.sounds, claim.larger, claim.margin)).encode())
    return digest.hexdigest()[:12]


def done() -> dict[tuple[str, str, int], dict]:
    """Runs so far by claim, sound and seed; the last of each counts."""
    lines = RUNS.read_text("utf-8").splitlines() if RUNS.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(r["claim"], r["sound"], r["seed"]): r for r in rows}


def run(claims: Sequence[Claim], *, afresh: bool) -> None:
    """Do what is missing, and write each run as soon as it is there."""
    found = done()
    wanted = [
        (claim, name, seed)
        for claim in claims
        for name in claim.sounds
        for seed in SEEDS
        if (r := found.get((claim.key, name, seed))) is None
        or (afresh and r["version"] != version(claim))
    ]
    torch.set_num_threads(1)
    RUNS.parent.mkdir(exist_ok=True)
    with RUNS.open("a", encoding="utf-8") as file:
        for claim, name, seed in tqdm(wanted, desc="runs"):
            began = time.process_time()
            sides = [round(float(side), 5) for side in claim.experiment(name, seed)]
            line = {"claim": claim.key, "sound": name, "seed": seed, "sides": sides}
            line |= {"version": version(claim), "seconds": round(time.process_time() - began, 2)}
            file.write(json.dumps(line) + "\n")
            file.flush()


def findings(claims: Sequence[Claim] = CLAIMS) -> list[Finding]:
    """Of all claims whose runs are complete."""
    rows = done()
    found = []
    for claim in claims:
        places = [(claim.key, name, seed) for name in claim.sounds for seed in SEEDS]
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
    args = parser.parse_args(argv)
    if not args.write:
        run([c for c in CLAIMS if not args.only or c.key in args.only], afresh=args.afresh)
    found = findings()
    for finding in found:
        print(f"{finding.verdict:15} {finding.effect:+8.3f}  {finding.claim.key}")
    if args.write and found:
        TABLE.write_text(as_csv(found), "utf-8")
        PAGE.write_text(as_page(found, PAGE.read_text("utf-8")), "utf-8")
