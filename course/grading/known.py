"""What the grader knows of a class, and the sounds that it makes and nobody has seen."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from assignments import make_data

from audiostyle_lib import DRAFT, load_audio, synthesize_texture
from audiostyle_lib.audio import SR
from audiostyle_lib.metrics import auditory_distances
from audiostyle_lib.sounds import load_sound

SEEDS = (0, 1, 2, 3, 4)  # of the students' takes, as their notebook says
HALF = 4 * SR  # the mill's first seconds are the reference, the others are held out


class Known:
    """A key with all that follows from it; what takes time is made once."""

    def __init__(self, folder: Path, student: str) -> None:
        keys = [folder / "key" / f"{name}.json" for name in (student, "key")]
        places = (folder / "student" / student, folder / "student", folder)
        self.data = next(p / "data" for p in places if (p / "data").is_dir())
        self.key: dict[str, Any] = json.loads(
            next(path for path in keys if path.is_file()).read_text("utf-8")
        )
        self.task = make_data.task(self.key)

    def seed(self, what: str) -> int:
        """A seed that no student knows, for sounds that they have not met."""
        return make_data.number(self.key["secret"], what) % 2**31

    def _load(self, name: str) -> np.ndarray:
        return load_audio(self.data / f"{name}.flac")[0]

    @cached_property
    def clips(self) -> list[np.ndarray]:
        return [self._load(f"clip_{i}") for i in range(1, len(self.key["clips"]) + 1)]

    @cached_property
    def engine(self) -> np.ndarray:
        return self._load("engine")

    @cached_property
    def mill(self) -> np.ndarray:
        return self._load("mill")

    @cached_property
    def unseen(self) -> np.ndarray:
        """The same mill at another time: what takes are marked by."""
        return make_data.mill(self.key, self.seed("mill"))[:HALF]

    @cached_property
    def recordings(self) -> dict[str, np.ndarray]:
        return {name: load_sound(name) for name in self.task["recordings"]}

    @cached_property
    def other_clips(self) -> list[tuple[str, np.ndarray]]:
        """Clips after the class's recordings, at other levels and of other lengths."""
        rng, found = np.random.default_rng(self.seed("clips")), []
        for name, y in self.recordings.items():
            for kind in ("noise", "shuffled"):
                z = make_data.made(y, kind, int(rng.integers(2**31)))
                n = round(rng.uniform(1.6, 2.5) * SR)
                found.append((name, (rng.uniform(0.05, 0.5) * z[:n]).astype(np.float32)))
        return found

    @cached_property
    def other_kinds(self) -> list[tuple[np.ndarray, str, np.ndarray]]:
        """Recordings to practise on, a kind, and a clip of it that nobody has practised on."""
        rng, found = np.random.default_rng(self.seed("kinds")), []
        for name in ("safari", "guitar"):
            y = load_sound(name)
            for kind in self.task["kinds"]:
                z = make_data.made(y, kind, int(rng.integers(2**31)))
                found.append((y, kind, z / max(1.0, float(np.abs(z).max()))))
        return found

    def engine_takes(self, width: int) -> list[np.ndarray]:
        """The engine's textures by filters of that width, as the task's hint makes them."""
        quality = DRAFT.but(widths=(width,), n_components=8, n_start=0, n_steps=40, n_sharpen=0)
        return [
            synthesize_texture(self.engine, SR, seed=s, quality=quality, progress=False).y
            for s in range(3)
        ]

    @cached_property
    def draft(self) -> dict[str, float]:
        """Mean distance of drafts of the mill: from what was held out, and from what is unseen."""
        made = [
            synthesize_texture(self.mill[:HALF], SR, quality="draft", seed=s, progress=False).y
            for s in SEEDS
        ]
        to = {"held out": self.mill[HALF:], "unseen": self.unseen}
        return {
            name: float(np.mean([auditory_distances(y, z, SR)["auditory"] for z in made]))
            for name, y in to.items()
        }
