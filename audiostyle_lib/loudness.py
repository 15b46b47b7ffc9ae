"""How loud a sound is to the ear, in LUFS, and sounds made equally loud.

The level (`levels.rms`) counts all frequencies alike. Loudness after ITU-R BS.1770 counts the high
ones more and the lowest less, as the ear does, and leaves out pauses.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from .arguments import check_number
from .audio import AudioError, check_audio, check_rate

_BLOCK_SECONDS = 0.4  # that the standard measures at once
_LEAST_RATE = 8000  # Hz; the standard's filters do not fit below 4,000
# Where each of so many channels, in the order of WAV and FLAC files, stands among the standard's
# five: left, right, centre, and two behind. The subwoofer of six is not counted.
_PLACES: dict[int, list[int | None]] = {
    1: [0],
    2: [0, 1],
    3: [0, 1, 2],
    4: [0, 1, 3, 4],
    5: [0, 1, 2, 3, 4],
    6: [0, 1, 2, None, 3, 4],
}


def loudness(y: np.ndarray, sr: int) -> float:
    """Loudness of a sound in LUFS, after ITU-R BS.1770: 1 more is 1 dB more.

    A sound that is shorter than 0.4 s counts as if it went on, again and again, until then.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n), 1 to 6 channels
        Samples in [-1, 1]. Several channels add up, those behind count 1.5 dB more, and a
        subwoofer does not count; they are in the order of WAV and FLAC files.
    sr : int
        Rate in Hz.

    Returns
    -------
    float
        -inf for silence, and for what is below -70 LUFS throughout.

    Raises
    ------
    AudioError
        If `y` is no sound, or has more channels than the standard.

    Examples
    --------
    >>> t = np.arange(48000) / 48000
    >>> round(loudness(np.sin(2 * np.pi * 997 * t), 48000), 1)
    -3.0
    >>> loudness(np.zeros(48000), 48000)
    -inf
    """
    sr = check_rate(sr)
    Y = np.atleast_2d(check_audio(y, sr))
    if len(Y) not in _PLACES:
        raise AudioError(
            f"y has {len(Y)} channels; loudness expects 1 to {max(_PLACES)}: choose some, or "
            "average them first"
        )
    import pyloudnorm  # only now, so that the library is imported at once
    from scipy.signal import resample_poly

    Y = Y.astype(np.float64)
    if sr < _LEAST_RATE:
        times = -(-_LEAST_RATE // sr)
        Y, sr = resample_poly(Y, times, 1, axis=1), times * sr
    n = max(Y.shape[1], int(np.ceil(_BLOCK_SECONDS * sr)))
    placed = np.zeros((n, 5 if len(Y) > 3 else len(Y)))
    for channel, place in zip(Y, _PLACES[len(Y)], strict=True):
        if place is not None:
            placed[:, place] = np.resize(channel, n)
    # "DeMan" are the standard's own filters; the package's others are a little off.
    meter = pyloudnorm.Meter(sr, filter_class="DeMan")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of no block, where it is silent
        return float(meter.integrated_loudness(placed))


def match_loudness(
    sounds: Sequence[np.ndarray],
    sr: int | Sequence[int],
    *,
    lufs: float = -23.0,
    peak: float = 0.95,
) -> list[np.ndarray]:
    """Scale sounds to one common loudness: `levels.match_levels` for the ear.

    All get `lufs`, or less where the most peaky sound would otherwise exceed `peak`. What has no
    loudness, as silence has none, stays as it is.

    Parameters
    ----------
    sounds : sequence of arrays of shape (n_i,) or (channels_i, n_i)
        The channels of a sound get one gain.
    sr : int, or one for each sound
        Rate in Hz.
    lufs : number from -70 to 0
        Wanted loudness; broadcasters' by default.
    peak : number in (0, 1]
        No sample of the result is larger.

    Returns
    -------
    list of float32 arrays, in the order given

    Raises
    ------
    AudioError
        If one cannot be measured (`loudness`), or a number is out of range.

    Examples
    --------
    >>> t = np.arange(22050) / 22050
    >>> low, high = np.sin(2 * np.pi * 60 * t), 0.1 * np.sin(2 * np.pi * 3000 * t)
    >>> [round(loudness(y, 22050), 2) for y in match_loudness([low, high], 22050)]
    [-23.0, -23.0]
    """
    lufs, peak = check_number("lufs", lufs, -70.0, 0.0), check_number("peak", peak, 1e-9, 1.0)
    rates = list(sr) if isinstance(sr, Sequence) else [sr] * len(sounds)
    if len(rates) != len(sounds):
        raise AudioError(f"sr has {len(rates)} rates for {len(sounds)} sounds; expected as many")
    scaled = []
    for y, rate in zip(sounds, rates, strict=True):
        y = check_audio(y, rate)
        unit = y / (np.abs(y).max() or 1.0)  # or of a quiet sound much would count as a pause
        found = loudness(unit, rate)
        scaled.append(unit * 10 ** ((lufs - found) / 20) if np.isfinite(found) else y)
    highest = max((float(np.abs(y).max()) for y in scaled), default=0.0)
    gain = min(1.0, peak / highest if highest else 1.0)
    return [(y * gain).astype(np.float32) for y in scaled]
