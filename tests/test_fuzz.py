"""Some broken sound files: a sound or an `AudioError`, nothing else, within limits of memory and
computing time, in a process of its own. `benchmarks/fuzz.py` has more of them.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

from audiostyle_lib.files.foreign import foreign_kind

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import fuzz


def test_broken_files_give_a_sound_or_an_audio_error() -> None:
    rows = fuzz.fuzz(n_files=250, seed=20260101)
    wrong = [row for row in rows if row["end"] not in ("sound", "AudioError")]
    assert len(rows) == 250 and wrong == []
    ends = [row["end"] for row in rows]
    assert ends.count("sound") > 50 and ends.count("AudioError") > 30  # both were tried


def test_files_of_ffmpeg_are_among_them() -> None:
    pytest.importorskip("av")
    kinds = {foreign_kind(bytearray(data)) for data in fuzz.foreign_files()}
    names = {kind.demuxer for kind in kinds if kind}
    assert {"mov", "aac", "matroska", "asf", "caf"} <= names and None not in kinds
    rows = fuzz.fuzz(n_files=150, seed=20260102)
    assert {row["end"] for row in rows} == {"sound", "AudioError"}
    tried = [row["end"] for row in rows if row["kind"] in names]
    assert tried.count("sound") > 10 and tried.count("AudioError") > 10


def test_seeds_repeat_the_files() -> None:
    first, again, other = (
        [len(data) for data in islice(fuzz.broken_files(seed), 20)] for seed in (1, 1, 2)
    )
    assert first == again != other
