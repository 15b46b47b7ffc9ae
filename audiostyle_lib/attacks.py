"""How sharp a sound's events are: what listeners, and machines, tell synthetic textures by.

No engine here optimises these numbers, and all are cheap, so they judge.
"""

from __future__ import annotations

import librosa
import numpy as np
import scipy.signal
import scipy.stats

from .audio import SILENCE, check_audio
from .auditory import MIN_SECONDS

_FRAME = 0.01  # s, between which levels rise
_FLOOR = 1e-6  # of the mean power, -60 dB: what lies below is silence
_LEVEL_QUANTILE, _MEL_QUANTILE = 0.99, 0.995
_N_MELS = 24  # as many as windows of two frames can tell apart
_FINE = 0.0005  # s, of the power in which rises are timed
_SMOOTH = 0.002  # s, over which it is averaged: a period of what is heard as pitch may be longer
_BEFORE = 0.05  # s before a peak in which its rise is looked for, and that peaks are apart
_ONSETS = 4  # a second, the largest, are timed
_RISE = (0.1, 0.9)  # shares of the rise between which


def attack_statistics(y: np.ndarray, sr: int) -> dict[str, float]:
    """How fast and how far loudness rises, in four numbers.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        At least 0.5 s; its level does not count.
    sr : int
        Rate in Hz.

    Returns
    -------
    dict of float
        `level_rise`: 99th percentile of the rise of level from one frame of 10 ms to the next, dB.
        `mel_rise`: 99.5th percentile of the same in 24 mel bands, dB.
        `rise_ms`: median time in which the largest rises of power, four a second, go from a tenth
        to nine tenths, ms; what takes more than 50 ms is none.
        `kurtosis`: fourth moment of the samples over the squared variance; 3 for noise.
        Of several channels the means.

    Examples
    --------
    >>> from audiostyle_lib.sounds import clicks, matched_noise
    >>> sharp = clicks(4.0)
    >>> found = attack_statistics(sharp, 22050)
    >>> noise = attack_statistics(matched_noise(sharp, 22050), 22050)
    >>> found["level_rise"] > 30 > 10 > noise["level_rise"]
    True
    >>> found["rise_ms"] < 2, found["kurtosis"] > 10 * noise["kurtosis"]
    (True, True)
    """
    return attacks_of(check_audio(y, sr, min_seconds=MIN_SECONDS), sr)


def attacks_of(y: np.ndarray, sr: int) -> dict[str, float]:
    """`attack_statistics` of a sound that may be silent: then nothing rises.

    >>> attacks_of(np.zeros(11025), 22050)["level_rise"]
    0.0
    """
    found = [_of_channel(channel.astype(np.float64), sr) for channel in np.atleast_2d(y)]
    return {name: float(np.mean([f[name] for f in found])) for name in found[0]}


def attack_distance(a: dict[str, float], b: dict[str, float]) -> float:
    """How far two sounds' `attack_statistics` are apart: mean difference of their logarithms.

    0 for equal ones, 0.7 where each is twice or half the other's.

    >>> flat = {"level_rise": 4.0, "mel_rise": 10.0, "rise_ms": 6.0, "kurtosis": 3.0}
    >>> round(attack_distance(flat, {name: 2 * x for name, x in flat.items()}), 2)
    0.69
    """
    return float(np.mean([abs(np.log(max(a[name], 1e-2) / max(b[name], 1e-2))) for name in a]))


def _of_channel(y: np.ndarray, sr: int) -> dict[str, float]:
    if np.ptp(y) < SILENCE:
        return {"level_rise": 0.0, "mel_rise": 0.0, "rise_ms": 0.0, "kurtosis": 3.0}
    hop = max(1, round(_FRAME * sr))
    mel = librosa.feature.melspectrogram(
        y=y, sr=sr, n_fft=2 * hop, hop_length=hop, n_mels=_N_MELS, fmax=sr / 2
    )
    mel = 10 * np.log10(np.maximum(mel / mel.max(), _FLOOR))
    return {
        "level_rise": float(np.quantile(np.diff(_levels(y, sr, _FRAME)), _LEVEL_QUANTILE)),
        "mel_rise": float(np.quantile(np.diff(mel, axis=1), _MEL_QUANTILE)),
        "rise_ms": _rise_ms(y, sr),
        "kurtosis": float(scipy.stats.kurtosis(y, fisher=False)),
    }


def _levels(y: np.ndarray, sr: int, seconds: float) -> np.ndarray:
    """Power of frames, in dB relative to their mean, at least -60."""
    hop = max(1, round(seconds * sr))
    power = np.square(y[: len(y) // hop * hop]).reshape(-1, hop).mean(axis=1)
    return 10 * np.log10(np.maximum(power / power.mean(), _FLOOR))


def _rise_ms(y: np.ndarray, sr: int) -> float:
    hop = max(1, round(_FINE * sr))
    rate = sr / hop
    width, before = max(1, round(_SMOOTH * rate)), round(_BEFORE * rate)
    power = np.square(y[: len(y) // hop * hop]).reshape(-1, hop).mean(axis=1)
    power = np.convolve(power, np.ones(width) / width, "same")
    peaks, _ = scipy.signal.find_peaks(power, distance=before)
    peaks = peaks[peaks >= before]
    rises = np.stack([power[p - before : p + 1] for p in peaks]) if len(peaks) else np.zeros((0, 1))
    rises = rises - rises.min(axis=1, keepdims=True)
    largest = np.argsort(-rises[:, -1])[: max(1, round(_ONSETS * len(y) / sr))]
    times = [
        int(np.argmax(back < _RISE[0] * back[0]) - np.argmax(back < _RISE[1] * back[0]))
        for back in rises[largest, ::-1]
    ]
    return float(np.median(times)) / rate * 1000 if times else 1000 * _BEFORE
