"""What sentences under players speak of, as numbers: how bright a sound is, how sharp, how steady.

No number depends on a sound's level: players bring all to one, so nobody hears it. Of several
channels the mean. Each measure names the least difference that is heard, not what suits a caption.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import librosa
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter1d

from ..attacks import attack_statistics
from ..audio import AudioError
from ..levels import match_levels
from ..metrics import auditory_distances, spectrogram_copy_score, spectrum_distance
from ..trend import without_course

_WINDOW = 0.046  # s, of spectra: it parts the harmonics of a voice
_VOICE = (73.0, 368.0)  # Hz: pitches of voices
_AROUND = 500.0  # Hz around a frequency, of which a line stands out or not
_FLOOR_DB = -60.0  # below the mean: silence


@dataclass(frozen=True)
class Measure:
    """A number of a sound, and what difference in it is heard.

    `of` takes samples, (n,) or (channels, n), and their rate in Hz. `least` is in `unit`, or, where
    `relative`, a share of the value.
    """

    name: str
    unit: str
    least: float
    of: Callable[[np.ndarray, int], float]
    relative: bool = False


def _levels(y: np.ndarray, sr: int, seconds: float) -> np.ndarray:
    """Power of frames, the mean of all channels, in dB relative to their mean."""
    hop = max(1, round(seconds * sr))
    frames = np.atleast_2d(y)[:, : y.shape[-1] // hop * hop].astype(np.float64)
    power = np.square(frames).reshape(len(frames), -1, hop).mean(axis=(0, 2))
    return 10 * np.log10(np.maximum(power / max(power.mean(), 1e-30), 10 ** (_FLOOR_DB / 10)))


def _spectra(y: np.ndarray, sr: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz from 50 on, and power of all frames of all channels, (n_freqs, frames)."""
    n_fft = 2 ** round(np.log2(_WINDOW * sr))
    f = librosa.fft_frequencies(sr=sr, n_fft=n_fft)
    S = np.abs(librosa.stft(y.astype(np.float32), n_fft=n_fft)) ** 2
    return f[f >= 50], np.concatenate(list(np.atleast_3d(S.T).T), axis=-1)[f >= 50]


def _brightness(y: np.ndarray, sr: int) -> float:
    f, S = _spectra(y, sr)
    heights = np.sqrt(S).mean(axis=1)
    return float(f @ heights) / max(float(heights.sum()), 1e-30)


def _noisiness(y: np.ndarray, sr: int) -> float:
    f, S = _spectra(y, sr)
    around = uniform_filter1d(S, max(3, round(_AROUND / (f[1] - f[0]))), axis=0)
    heard = around > 10 ** (_FLOOR_DB / 10) * around.max()
    depth = 10 * np.log10(np.maximum(S[heard], 1e-30) / around[heard])
    return float(np.average(depth, weights=around[heard] ** 0.3))  # as loud as the ear has it


def _periodicity(y: np.ndarray, sr: int) -> float:
    n, found = round(_WINDOW * sr), []
    first, last = round(sr / _VOICE[1]), round(sr / _VOICE[0])
    for x in np.atleast_2d(y).astype(np.float64):
        for start in range(0, len(x) - n - last, n // 2):
            now = x[start : start + n] - x[start : start + n].mean()
            if now.std() > 0.5 * x.std():  # where it is loud
                later = sliding_window_view(x[start + first : start + last + n - 1], n)
                sizes = np.linalg.norm(now) * np.linalg.norm(later, axis=1)
                found.append(float((later @ now / sizes).max()))
    return float(np.mean(found)) if found else 0.0


def _fade(y: np.ndarray, sr: int) -> float:
    power = 10 ** (_levels(y, sr, 0.01) / 10)
    n = max(1, len(power) // 4)
    return float(10 * np.log10(power[:n].mean() / power[-n:].mean()))


def _width(y: np.ndarray, sr: int) -> float:
    return 0.0 if y.ndim == 1 else 1 - float(np.corrcoef(y)[0, 1])


def _pitch(y: np.ndarray, sr: int) -> float:
    tops = [librosa.yin(x.astype(float), fmin=50, fmax=2000, sr=sr) for x in np.atleast_2d(y)]
    return float(np.median(np.concatenate(tops)))


def _attack(name: str) -> Callable[[np.ndarray, int], float]:
    return lambda y, sr: attack_statistics(y, sr)[name]


# Listeners tell a few percent of the centre of a spectrum (Allen and Oxenham, 2014).
BRIGHTNESS = Measure("brightness", "Hz", 0.07, _brightness, relative=True)
# Of level 1 dB is heard, in noise less (Miller, 1947); of an attack's duration a quarter (van
# Heuven and van den Broecke, 1979). One is of all that sounds at a moment, the other of its bands.
SHARPNESS = Measure("sharpness", "dB in 10 ms", 1.0, _attack("level_rise"))
BAND_SHARPNESS = Measure("sharpness of bands", "dB in 10 ms", 1.0, _attack("mel_rise"))
RISE = Measure("rise time", "ms", 0.25, _attack("rise_ms"), relative=True)
UNEVENNESS = Measure("swing of level", "dB", 1.0, lambda y, sr: float(_levels(y, sr, 0.05).std()))
# 1 dB is told of steady sounds; where both vary it takes more, and of what is nearly silent, too.
FADE = Measure("fall from first to last quarter", "dB", 2.0, _fade)
GAPS = Measure(
    "depth of the quietest tenth",
    "dB",
    3.0,
    lambda y, sr: -float(np.quantile(_levels(y, sr, 0.02), 0.1)),
)
# -2.5 dB is noise, less has lines. Where noise fills a gap by half, it is heard.
NOISINESS = Measure("noise between lines", "dB", 3.0, _noisiness)
# How alike neighbouring periods of a voice are, where it is loud: 0.9 and 0.92 are 1 dB of noise.
PERIODICITY = Measure("evenness of the voice", "", 0.02, _periodicity)
# From one channel twice hearing tells 0.02, from two without a relation 0.4 (Gabriel and Colburn,
# 1981): between them, about
WIDTH = Measure("width", "", 0.2, _width)
PITCH = Measure("pitch", "Hz", 0.01, _pitch, relative=True)  # a sixth of a semitone


def course(other: np.ndarray, *, seconds: float = 0.1) -> Measure:
    """How far level goes with that of another sound, a correlation in [-1, 1].

    Of frames of so many seconds, in dB, as far as the shorter lasts.
    """

    def of(y: np.ndarray, sr: int) -> float:
        a, b = (np.maximum(_levels(x, sr, seconds), -40) for x in (y, other))
        n = min(len(a), len(b))
        a, b = a[:n] - a[:n].mean(), b[:n] - b[:n].mean()
        norm = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(a @ b) / norm if norm else 0.0

    return Measure("course of level together", "", 0.2, of)


def beat(period: float, *, slack: float = 0.012) -> Measure:
    """How well loudness repeats after `period` seconds: 1 is a perfect beat, noise is near 0.

    The autocorrelation of the envelope (book: chapter 7), the best within `slack` of the period.
    """

    def of(y: np.ndarray, sr: int) -> float:
        envelope = np.sqrt(10 ** (_levels(y, sr, 0.005) / 10))
        kernel = np.hanning(7) / np.hanning(7).sum()
        envelope = np.convolve(envelope, kernel, mode="same")
        envelope -= envelope.mean()
        c = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
        first, last = int((period - slack) / 0.005), int(np.ceil((period + slack) / 0.005))
        if last >= len(c) or first < 0:
            raise AudioError(
                f"a beat of {period} s in {y.shape[-1] / sr:.2f} s; expected a longer sound"
            )
        c = c / max(c[0], 1e-30) * len(c) / np.arange(len(c), 0, -1)  # fewer at long lags
        return float(c[first : last + 1].max())

    return Measure(f"beat of {1000 * period:.0f} ms", "", 0.1, of)


def stretch(measure: Measure, start: float, end: float) -> Measure:
    """The same measure of a part, in seconds: what a sound begins as, and what it becomes."""

    def of(y: np.ndarray, sr: int) -> float:
        part = y[..., round(start * sr) : round(end * sr)]
        if not part.size:
            raise AudioError(f"a part from {start} to {end} s; it lasts {y.shape[-1] / sr:.2f} s")
        return measure.of(part, sr)

    name = f"{measure.name}, {start:g} to {end:g} s"
    return Measure(name, measure.unit, measure.least, of, measure.relative)


def level_at(start: float, end: float) -> Measure:
    """Level of a stretch (seconds) less that of the whole, in dB."""

    def of(y: np.ndarray, sr: int) -> float:
        part = y[..., round(start * sr) : round(end * sr)]
        if not part.size:
            raise AudioError(
                f"a stretch from {start} to {end} s; it lasts {y.shape[-1] / sr:.2f} s"
            )
        powers = (float(np.mean(np.square(x, dtype=float))) for x in (part, y))
        mine, whole = (max(power, 1e-30) for power in powers)
        return max(10 * float(np.log10(mine / whole)), _FLOOR_DB)

    return Measure(f"level at {start:g} to {end:g} s", "dB", 1.0, of)


def click_at(moment: float) -> Measure:
    """How far a click at `moment` (seconds) stands out of what is within half a second, in dB.

    Of the power of the samples' second differences, in which a jump is large, in frames of 2 ms.
    """

    def of(y: np.ndarray, sr: int) -> float:
        edges = _levels(np.diff(y.astype(np.float64), 2), sr, 0.002)
        k, near, far = round(moment / 0.002), 10, 250
        return float(
            edges[max(k - near, 0) : k + near].max()
            - np.quantile(edges[max(k - far, 0) : k + far], 0.95)
        )

    return Measure(f"click at {moment:g} s", "dB", 3.0, of)


def distance(other: np.ndarray) -> Measure:
    """How far it is from another sound by the ear's statistics, as `metrics.texture_report` says.

    A slow course of level does not count, as there.
    """

    def of(y: np.ndarray, sr: int) -> float:
        a, b = match_levels([without_course(other), without_course(y)])
        return auditory_distances(a, b, sr)["auditory"]

    # Takes that differ by their noise alone are as far from their recording within 0.01.
    return Measure("auditory distance", "", 0.02, of)


def colour(other: np.ndarray) -> Measure:
    """How far its spectrum is from another sound's, in dB (`metrics.spectrum_distance`)."""
    return Measure("difference in colour", "dB", 1.0, lambda y, sr: spectrum_distance(other, y, sr))


def copied(other: np.ndarray) -> Measure:
    """How well its best half second is found in another (`metrics.spectrogram_copy_score`)."""
    return Measure(
        "copy score of the spectrogram", "", 0.1, lambda y, sr: spectrogram_copy_score(other, y, sr)
    )
