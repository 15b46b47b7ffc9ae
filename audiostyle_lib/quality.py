"""The presets "draft", "standard" and "best": how much work goes into a sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .arguments import check_choice, check_number, check_whole, check_widths
from .auditory import MIN_SECONDS


@dataclass(frozen=True)
class Quality:
    """How much work goes into a sound.

    Attributes
    ----------
    n_steps : int
        Steps of the optimiser on the spectrogram.
    n_refine : int
        Steps on the waveform at last, towards the statistics of the reference's envelopes.
    n_iter : int, optional
        Rounds of Griffin-Lim, which finds the phases; see `rounds`.
    rhythm, diversity : float
        Weights of the terms that keep repetition, and that keep from copying; like what follows
        here, not for mixtures and streams.
    tolerance : float
        Likeness, moment by moment, that diversity lets pass: it need only undo what rhythm does.
    widths : tuple of int
        Of the kernels. Where a term looks after the rhythm, short ones are as like and copy less;
        of a strict beat, long ones keep more.
    """

    n_steps: int
    n_refine: int
    n_iter: int | None = None
    rhythm: float = 0.0
    diversity: float = 0.0
    tolerance: float = 0.0
    widths: tuple[int, ...] = (2, 8, 32)

    @classmethod
    def named(cls, name: str, **own: float | Sequence[int] | None) -> Quality:
        """The preset "draft", "standard" or "best", but for what is given.

        >>> own = Quality.named("draft", n_steps=7, n_refine=None)
        >>> own.n_steps, own.n_refine, own.widths
        (7, 0, (2, 8, 32))
        """
        found = QUALITIES[check_choice("quality", name, QUALITIES)]
        for number, value in own.items():
            if value is not None:
                found = replace(found, **{number: value})  # type: ignore[arg-type]
        if own.get("diversity") is not None:  # one's own weight counts in full
            found = replace(found, tolerance=0.0)
        for number in ("rhythm", "diversity", "tolerance"):
            check_number(number, getattr(found, number))
        check_whole("n_steps", found.n_steps, 1)
        check_whole("n_refine", found.n_refine)
        check_whole("n_iter", found.rounds, 1)
        return replace(found, widths=check_widths(found.widths))

    def within(self, seconds: float) -> Quality:
        """This, but without the steps on the waveform where a sound is too short for envelopes.

        >>> Quality.named("standard").within(0.1).n_refine
        0
        """
        return self if seconds >= MIN_SECONDS else replace(self, n_refine=0)

    @property
    def rounds(self) -> int:
        """Rounds of Griffin-Lim: those that were asked for, or as many as are needed.

        Few do before the steps on the waveform. More would gain little, and make tones so steady
        that their samples follow the reference's.

        >>> Quality.named("standard").rounds, Quality.named("draft").rounds
        (2, 16)
        """
        return self.n_iter if self.n_iter is not None else 2 if self.n_refine else 16


_RHYTHM: dict[str, Any] = {"rhythm": 0.3, "diversity": 1.0, "tolerance": 0.2, "widths": (2, 8)}
QUALITIES = {
    "draft": Quality(30, 0),
    "standard": Quality(30, 75, **_RHYTHM),
    "best": Quality(80, 150, **_RHYTHM),
}
