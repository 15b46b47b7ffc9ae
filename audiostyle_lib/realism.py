"""Will it make a convincing texture? What a recording itself foretells, before any synthesis.

McDermott and Simoncelli (*Sound texture perception via statistics of the auditory periphery*,
Neuron 71, 2011) had listeners rate how realistic the textures were that their method made after
recordings. For 143 of these one number of the recording goes with the rating (rank correlation
-.82): how differently its bands swell and ebb from those of noise with its spectrum. The more a
sound is like noise, with much going on at any moment, the more is said of it by averages.
"""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import numpy as np
import scipy.ndimage
import scipy.signal

from .audio import SR, check_audio, check_rate
from .auditory import MIN_SECONDS
from .levels import without_offset
from .metrics import auditory_distances
from .references import typical_stretch
from .sounds import matched_noise

_WORST, _BEST = 1.0, 7.0  # ends of the listeners' scale
_AT_NOISE, _PER_DISTANCE = 7.16, -5.57  # the line that fits the 143 ratings best
_OFF = 0.72  # mean error of such a line for recordings it was not fitted to (ten-fold)
_WITHIN = 1.28 * _OFF / np.sqrt(2 / np.pi)  # four of five normal errors of that mean: 1.16
_SECONDS = 10.0  # of a long recording; estimates from more are steadier, and so nearer to noise
_WINDOW = 4096 / 22050  # seconds: a tone's line is 20 Hz wide
_LOWEST = 80.0  # Hz: below it is hum
_LINE = 10**1.5  # how far a line stands out: hardly any bin of a noise does
_PEAK = 0.5  # to which a recording is scaled, since resampling may exceed its own
_AROUND = 21  # bins, 113 Hz: what it stands out from
_TONES = "most of it is steady tones: of bells and alarms the rating was 2 to 3 too high"
_MOST = 0.5  # of the power in lines: no noise with a tone any more, but tones


@dataclass(frozen=True)
class Realism:
    """How convincing a texture of a recording can be expected to be.

    Attributes
    ----------
    rating : float in [1, 7]
        As listeners rated, 7 being the most realistic.
    low, high : float in [1, 7]
        Where four of five ratings lie, if the sound is not `pitched`.
    pitched : bool
        Most of it is steady tones, as of bells and alarms: their ratings were 2 to 3 lower.

    Examples
    --------
    >>> print(Realism(5.2, 4.04, 6.36, pitched=False))
    expected realism 5.2 of 7 (4.0 to 6.4)
    """

    rating: float
    low: float
    high: float
    pitched: bool

    @property
    def figures(self) -> str:
        """The rating with its interval, as "5.2 of 7 (4.0 to 6.4)"."""
        return f"{self.rating:.1f} of 7 ({self.low:.1f} to {self.high:.1f})"

    @property
    def warning(self) -> str:
        """What makes the rating doubtful, in words; empty if nothing does."""
        return _TONES if self.pitched else ""

    def __str__(self) -> str:
        line = f"expected realism {self.figures}"
        return f"{line}; {self.warning}" if self.pitched else line


def expected_realism(y: np.ndarray, sr: int) -> Realism:
    """How convincing a texture of this recording can be expected to be, from 1 to 7.

    Listeners gave such ratings to the textures of McDermott and Simoncelli (2011). So the number
    says which recordings suit synthesis from statistics; it does not say how good a texture of
    this library is, which nobody has rated. It is 7.16 - 5.57 d, where d is the `modulation_power`
    of `auditory_distances` between the recording and `matched_noise`. For recordings left out of
    the fit it was off by .72 on average, where the ratings themselves spread by 1.5. If errors are
    normal, four of five are less than 1.16: that is the interval.

    Bells, chimes and alarms fool it: listeners rated them 2 to 3 lower. So it is said where more
    than half of the power is in steady tones (`steady_tones`). Those that glide, as a siren's, are
    not found.

    Of more than 10 s, the most typical 10 s are measured (`typical_stretch`), and of rates above
    22,050 Hz what that rate holds, so that a recording has one rating at all of them. Level does
    not matter. A second or two of a sound come out up to .5 lower than a longer piece, and so, by
    up to 1.5, does what has nothing in its upper bands, as a telephone's sound at a high rate.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        The recording, at least 1 s.
    sr : int
        Its rate in Hz.

    Returns
    -------
    Realism

    Raises
    ------
    AudioError
        If it is no sound, silent or too short.

    Examples
    --------
    >>> from audiostyle_lib.sounds import clicks, tone
    >>> noise = matched_noise(clicks(4.0, seconds=3.0), 22050)
    >>> found = expected_realism(noise, 22050)
    >>> found.rating > 6.5, found.pitched, expected_realism(tone(440.0), 22050).pitched
    (True, False, True)
    """
    Y, sr = _measured(y, sr)
    distance = auditory_distances(Y, matched_noise(Y, sr), sr)["modulation_power"]
    rating = _AT_NOISE + _PER_DISTANCE * distance
    rating, low, high = (
        float(np.clip(rating + off, _WORST, _BEST)) for off in (0, -_WITHIN, _WITHIN)
    )
    return Realism(rating, low, high, pitched=steady_tones(Y, sr) > _MOST)


def steady_tones(y: np.ndarray, sr: int) -> float:
    """Share of the power in narrow lines of the spectrum that hold for a quarter of a second.

    A line stands 15 dB above what is around it, in two windows of 0.19 s, one after the other.
    Noise has none, a bell hardly anything else.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        At least 0.3 s.
    sr : int
        Rate in Hz.

    Returns
    -------
    float in [0, 1]

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain, tone
    >>> round(steady_tones(rain(), 22050), 2), round(steady_tones(tone(440.0), 22050), 2)
    (0.0, 1.0)
    """
    width = round(_WINDOW * sr)
    f, _, S = scipy.signal.spectrogram(np.atleast_2d(y), sr, "hann", width, width // 2)
    power = S.sum(axis=0)[f > _LOWEST]
    power /= max(power.max(), 1e-30)
    lines = power > _LINE * (scipy.ndimage.median_filter(power, (_AROUND, 1)) + 1e-12)
    there = scipy.ndimage.maximum_filter(lines, (3, 1))  # a bin to either side is the same line
    on = there[:, 1:] & there[:, :-1]
    held = np.pad(on, ((0, 0), (1, 0))) | np.pad(on, ((0, 0), (0, 1)))
    inside = scipy.ndimage.maximum_filter(lines & held, (5, 1))  # all of a line's width
    return float(power[inside].sum() / max(power.sum(), 1e-30))


def _measured(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
    """What is measured of a recording, (channels, n), and its rate."""
    sr = check_rate(sr)
    Y = np.atleast_2d(check_audio(y, sr, min_seconds=2 * MIN_SECONDS))
    Y = without_offset(Y[:, typical_stretch(Y, sr, seconds=_SECONDS)], sr)
    Y = Y * np.float32(_PEAK / max(np.abs(Y).max(), 1e-9))
    if sr > SR:
        Y, sr = librosa.resample(Y, orig_sr=sr, target_sr=SR), SR
    n = Y.shape[1]
    Y = Y[:, : n - n % (sr // 10)]  # transforms of some lengths take ten times as long
    return check_audio(Y, sr, min_seconds=MIN_SECONDS), sr
