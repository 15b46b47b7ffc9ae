"""How a texture is described and made: `Quality`, and the presets "draft", "standard" and "best".

A quality says how and never what, so that all calls take the same one, and a word means the same in
each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from .arguments import MAX_FILTERS, PRESETS, check_number, check_whole, check_widths
from .audio import AudioError
from .statistics import FRAME_STATISTICS, SOUND_STATISTICS
from .transforms import Transform, transform_named

_ROUNDS, _ROUNDS_TOUCHED = 32, 12  # of Griffin-Lim


@dataclass(frozen=True)
class Quality:
    """How a texture is described, and how much work goes into it.

    Attributes
    ----------
    n_filters : int
        Random filters per width. More are closer to the reference, in the end a copy of it.
    widths : sequence of int
        Kernel widths in frames of 12 ms: the spans of time that are described. Where rhythm looks
        further, short ones are as like and copy less.
    dilation : int
        Frames between a kernel's taps: it spans (width - 1) * dilation + 1 frames (chapter 7).
    n_components : int or None
        Principal components that are the network's channels; None takes all frequency bins as
        they are, without removing the mean, as the papers do.
    transform : str or Transform
        The spectrogram: "stft" or "cqt" at whatever rate the sound has, or one of your own.
    frames : dict
        Weights of the statistics of the spectrogram's frames, by name: "gram" (of the filters'
        responses), "rhythm" (their autocorrelation), "diversity" (against copies).
    sound : dict
        The same for the waveform, in the last touch: "envelope_mean", "envelope_variation" and so
        on (`statistics.envelopes`).
    start : float
        Deviation of the noise that the search starts from, relative to the reference's.
    n_start : int
        Rounds that give this noise the values and the repetitions of the reference's components,
        so that the search has less to do (`statistics.surrogates`); with 0 it is white.
    n_steps : int
        Steps of the optimiser on the spectrogram.
    n_sharpen : int
        Rounds that bring the sound's levels, and how fast they rise, to the reference's; 0 for
        none.
    n_refine : int
        Steps on the waveform at last, towards its statistics; 0 for none.
    n_iter : int, optional
        Rounds of Griffin-Lim, which finds the phases; see `rounds`.

    Raises
    ------
    AudioError
        If a number is out of range, or a statistic unknown.

    Examples
    --------
    >>> own = STANDARD.but(n_filters=128, rhythm=0.0)
    >>> own.n_filters, dict(own.frames)
    (128, {'gram': 1.0, 'rhythm': 0.0, 'diversity': 1.0})
    """

    n_filters: int = 64
    widths: tuple[int, ...] = (2, 8, 32)
    dilation: int = 1
    n_components: int | None = 32
    transform: str | Transform = "stft"
    frames: Mapping[str, float] = field(default_factory=lambda: {"gram": 1.0}, hash=False)
    sound: Mapping[str, float] = field(
        default_factory=lambda: dict.fromkeys(SOUND_STATISTICS, 1.0), hash=False
    )
    start: float = 1.0
    n_start: int = 8
    n_steps: int = 20
    n_sharpen: int = 8
    n_refine: int = 0
    n_iter: int | None = None

    def __post_init__(self) -> None:
        def keep(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        keep("n_filters", check_whole("n_filters", self.n_filters, 1, MAX_FILTERS))
        keep("widths", check_widths(self.widths))
        keep("dilation", check_whole("dilation", self.dilation, 1))
        if self.n_components is not None:
            keep("n_components", check_whole("n_components", self.n_components, 1))
        transform_named(self.transform, 22050)
        for name, known in (("frames", FRAME_STATISTICS), ("sound", SOUND_STATISTICS)):
            weights = getattr(self, name)
            if not isinstance(weights, Mapping) or not set(weights) <= set(known):
                raise AudioError(
                    f"{name} is {weights!r}; expected weights of some of {', '.join(known)}"
                )
            checked = {k: check_number(k, weight) for k, weight in weights.items()}
            keep(name, MappingProxyType(checked))  # presets are the whole process's
        if not any(self.frames.values()):
            raise AudioError(
                f"frames is {dict(self.frames)!r}; expected at least one weight above 0"
            )
        keep("start", check_number("start", self.start))
        keep("n_start", check_whole("n_start", self.n_start))
        keep("n_steps", check_whole("n_steps", self.n_steps, 1))
        keep("n_sharpen", check_whole("n_sharpen", self.n_sharpen))
        keep("n_refine", check_whole("n_refine", self.n_refine))
        if self.n_iter is not None:
            keep("n_iter", check_whole("n_iter", self.n_iter, 1))

    def __reduce__(self) -> tuple:
        values = (getattr(self, f.name) for f in fields(self))
        return Quality, tuple(dict(v) if isinstance(v, Mapping) else v for v in values)

    def but(self, **changes: Any) -> Quality:
        """This quality with changes: attributes, and weights of statistics, by their names.

        >>> dict(DRAFT.but(n_steps=7, rhythm=0.5).frames)
        {'gram': 1.0, 'rhythm': 0.5}
        """
        known = [f.name for f in fields(self)]
        for name in list(changes):
            for side, statistics in (("frames", FRAME_STATISTICS), ("sound", SOUND_STATISTICS)):
                if name in statistics and name not in known:
                    weights = changes.get(side, getattr(self, side))
                    changes[side] = {**weights, name: changes.pop(name)}
        unknown = set(changes) - set(known)
        if unknown:
            raise AudioError(
                f"a quality has no {', '.join(sorted(unknown))}; expected some of "
                f"{', '.join([*known, *FRAME_STATISTICS, *SOUND_STATISTICS])}"
            )
        return replace(self, **changes)

    def rounds(self, touched: bool) -> int:
        """Rounds of Griffin-Lim: those that were asked for, or as many as are needed.

        Few do where the waveform is `touched` afterwards. More would gain little, and make tones so
        steady that their samples follow the reference's.

        >>> STANDARD.rounds(True), STANDARD.rounds(False)
        (12, 32)
        """
        few = _ROUNDS_TOUCHED if touched else _ROUNDS
        return self.n_iter if self.n_iter is not None else few


def as_quality(quality: str | Quality) -> Quality:
    """The quality of that name, or the one that was given.

    >>> as_quality("best").n_steps
    40
    >>> as_quality("perfect")
    Traceback (most recent call last):
    audiostyle_lib.audio.AudioError: quality is 'perfect'; expected one of draft, standard, best, \
or a Quality
    """
    if isinstance(quality, Quality):
        return quality
    if not (isinstance(quality, str) and quality in QUALITIES):
        raise AudioError(
            f"quality is {quality!r}; expected one of {', '.join(QUALITIES)}, or a Quality"
        )
    return QUALITIES[quality]


DRAFT = Quality()
STANDARD = Quality(
    widths=(2, 8),
    frames={"gram": 1.0, "rhythm": 0.3, "diversity": 1.0},
    n_steps=40,
    n_sharpen=12,
    n_refine=20,
)
BEST = STANDARD.but(n_refine=75)
QUALITIES = dict(zip(PRESETS, (DRAFT, STANDARD, BEST), strict=True))
