"""The book's sounds: twelve free recordings, and seeded synthetic ones with known parameters.

Recordings answer "does it work?"; synthetic sounds answer "what exactly is kept?", because their
pitch, rate and density are known. Every function returns float32 of shape (n,), peak at most 0.9.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

from .audio import SR, AudioError, check_audio
from .files.reading import read_audio

_FOLDER = Path(__file__).parent / "data" / "sounds"
_PEAK = 0.9


@dataclass(frozen=True)
class Recording:
    """Where a recording comes from and under which licence; `sha256` is that of its file."""

    name: str
    seconds: float
    sha256: str
    what: str
    author: str
    source: str
    licence: str


def recordings() -> dict[str, Recording]:
    """All recordings by name, in the order of the provenance table (book: sounds and licences).

    >>> recordings()["sauna"].what
    'texture: water sizzling on hot stones'
    """
    with (_FOLDER / "PROVENANCE.tsv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        name: Recording(name, float(row.pop("seconds")), **row)
        for row in rows
        for name in [row.pop("file").removesuffix(".flac")]
    }


def sound_path(name: str) -> Path:
    """Path of a recording's file, by name.

    >>> sound_path("sauna").name
    'sauna.flac'
    """
    path = _FOLDER / f"{name}.flac"
    if name not in recordings():
        raise AudioError(f"no recording {name!r}; expected one of {', '.join(recordings())}")
    return path


def load_sound(name: str, *, sr: int = SR, seconds: float | None = None) -> np.ndarray:
    """Load a recording of the book by name, or its first `seconds`.

    Parameters
    ----------
    name : str
        One of `recordings()`.
    sr : int
        Rate of the result in Hz.
    seconds : number > 0, optional
        Length to keep; the whole recording if it is shorter.

    Returns
    -------
    array of shape (n,), float32

    Examples
    --------
    >>> load_sound("sauna", seconds=2.0).shape
    (44100,)
    """
    return read_audio(sound_path(name), sr=sr, max_seconds=seconds).y


def tone(frequency: float, *, seconds: float = 2.0, sr: int = SR) -> np.ndarray:
    """A pure tone: one sine of `frequency` in Hz.

    >>> tone(440.0, seconds=1.0).shape
    (22050,)
    """
    _below_nyquist(sr, frequency=frequency)
    return _finish(np.sin(2 * np.pi * frequency * _time(seconds, sr)), sr)


def harmonic_note(
    f0: float,
    *,
    seconds: float = 2.0,
    sr: int = SR,
    n_harmonics: int = 10,
    am_rate: float = 0.0,
    am_depth: float = 1.0,
) -> np.ndarray:
    """A note: harmonics of `f0` with amplitudes 1/k, swelling `am_rate` times a second.

    Harmonics above half the sampling rate are left out. All of them carry the same
    amplitude modulation of depth `am_depth` in [0, 1]: one sound though far apart in frequency.

    >>> harmonic_note(220.0, seconds=0.5, am_rate=8.0).shape
    (11025,)
    """
    _below_nyquist(sr, f0=f0, am_rate=max(am_rate, 1e-9))
    if n_harmonics < 1 or not 0 <= am_depth <= 1:
        raise AudioError(
            f"n_harmonics is {n_harmonics}, am_depth {am_depth}; expected >= 1 and within [0, 1]"
        )
    t = _time(seconds, sr)
    k = np.arange(1, min(n_harmonics, int(np.ceil(sr / 2 / f0)) - 1) + 1)[:, None]
    y = (np.sin(2 * np.pi * k * f0 * t) / k).sum(axis=0)
    if am_rate:
        y = y * (1 - am_depth * (0.5 + 0.5 * np.cos(2 * np.pi * am_rate * t)))
    return _finish(y, sr)


def chirp(f0: float, f1: float, *, seconds: float = 2.0, sr: int = SR) -> np.ndarray:
    """A glide from `f0` to `f1` Hz, even in octaves per second.

    >>> chirp(200.0, 800.0, seconds=1.0).shape
    (22050,)
    """
    _below_nyquist(sr, f0=f0, f1=f1)
    return _finish(scipy.signal.chirp(_time(seconds, sr), f0, seconds, f1, "logarithmic"), sr)


def clicks(rate: float, *, seconds: float = 2.0, sr: int = SR) -> np.ndarray:
    """A click train: `rate` short bursts a second, evenly spaced, each a decaying 2 kHz ring.

    >>> int((np.abs(clicks(4.0, seconds=2.0)) > 0.8).sum()) >= 8
    True
    """
    _below_nyquist(sr, rate=rate)
    onsets = np.arange(0, seconds, 1 / rate)
    ring = _ring(2000.0 if sr > 5000 else sr / 4, 0.004, sr)
    return _finish(_events(onsets, np.ones(len(onsets)), [ring], seconds, sr), sr)


def rain(
    drops_per_second: float = 400.0, *, seconds: float = 5.0, sr: int = SR, seed: int = 0
) -> np.ndarray:
    """Rain: drops at random times, of random loudness and pitch (1 to 8 kHz), over a faint hiss.

    >>> bool(np.array_equal(rain(seconds=0.1, seed=3), rain(seconds=0.1, seed=3)))
    True
    """
    rng = np.random.default_rng(seed)
    onsets, loud = _poisson(drops_per_second, seconds, rng)
    rings = [_ring(f, 0.003, sr) for f in np.geomspace(1000, min(8000, 0.45 * sr), 24)]
    y = _events(onsets, loud * rng.choice([-1, 1], len(loud)), rings, seconds, sr, rng)
    return _finish(y + 0.01 * rng.standard_normal(len(y)), sr)


def crackle(rate: float = 15.0, *, seconds: float = 5.0, sr: int = SR, seed: int = 0) -> np.ndarray:
    """A crackling fire: sharp noise bursts at random times, `rate` a second, over a low rumble.

    Sparse events make envelopes skewed, which is what synthesis from statistics finds hardest.

    >>> crackle(seconds=0.5).shape
    (11025,)
    """
    rng = np.random.default_rng(seed)
    onsets, loud = _poisson(rate, seconds, rng)
    n = int(0.01 * sr)
    bursts = [rng.standard_normal(n) * np.exp(-np.arange(n) / (0.0015 * sr)) for _ in range(16)]
    y = _events(onsets, loud, bursts, seconds, sr, rng)
    low = scipy.signal.butter(2, 300, fs=sr, output="sos")
    rumble = scipy.signal.sosfilt(low, rng.standard_normal(len(y)))
    return _finish(y + 0.05 * rumble / rumble.std(), sr)


def engine(
    rate: float = 25.0,
    *,
    seconds: float = 5.0,
    sr: int = SR,
    jitter: float = 0.02,
    seed: int = 0,
) -> np.ndarray:
    """An idling engine: `rate` firings a second, each a damped thump, every fourth one louder.

    `jitter` is the deviation of a firing's time, as a fraction of the period. The known periods,
    1/rate and 4/rate, are what a receptive field must span to keep the rhythm.

    >>> engine(20.0, seconds=1.0).shape
    (22050,)
    """
    _below_nyquist(sr, rate=rate)
    rng = np.random.default_rng(seed)
    onsets = np.arange(0, seconds, 1 / rate)
    loud = np.where(np.arange(len(onsets)) % 4 == 0, 1.0, 0.5)
    onsets = np.maximum(onsets + rng.normal(0, jitter / rate, len(onsets)), 0)
    y = _events(onsets, loud, [_ring(90.0, 0.012, sr)], seconds, sr)
    y += 0.3 * _events(onsets, loud, [_ring(min(700.0, sr / 4), 0.006, sr)], seconds, sr)
    return _finish(y + 0.01 * rng.standard_normal(len(y)), sr)


def matched_noise(
    y: np.ndarray, sr: int, *, seconds: float | None = None, seed: int = 0
) -> np.ndarray:
    """Gaussian noise with the spectrum and level of `y`, and nothing else of it.

    The comparison that every texture must beat: it has the reference's colour, but none of its
    events. The spectrum is Welch's average over windows of 2,048 samples.

    Parameters
    ----------
    y : array of shape (n,)
        Reference, at least 0.1 s.
    sr : int
        Rate in Hz.
    seconds : number > 0, optional
        Length of the noise; the reference's by default.
    seed : int

    Returns
    -------
    array of shape (seconds * sr,), float32; scaled down if its peak would exceed 1

    Examples
    --------
    >>> matched_noise(load_sound("sauna"), SR, seconds=1.0).shape
    (22050,)
    """
    y = check_audio(y, sr, min_seconds=0.1)
    n = len(y) if seconds is None else len(_time(seconds, sr))
    _, power = scipy.signal.welch(y.astype(np.float64), fs=sr, nperseg=min(2048, len(y)))
    bins = np.linspace(0, len(power) - 1, n // 2 + 1)
    gain = np.sqrt(np.interp(bins, np.arange(len(power)), power))
    noise = np.random.default_rng(seed).standard_normal(n)
    out = np.fft.irfft(np.fft.rfft(noise) * gain, n)
    out *= np.sqrt(np.mean(np.square(y, dtype=np.float64)) / np.mean(out**2))
    return (out / max(1.0, np.abs(out).max())).astype(np.float32)


def _time(seconds: float, sr: int) -> np.ndarray:
    if not (np.isfinite(seconds) and seconds * sr >= 1):
        raise AudioError(f"seconds is {seconds!r}; expected a length above 0")
    return np.arange(round(seconds * sr)) / sr


def _below_nyquist(sr: int, **frequencies: float) -> None:
    for name, f in frequencies.items():
        if not 0 < f < sr / 2:
            raise AudioError(f"{name} is {f!r} Hz; expected above 0 and below {sr / 2} Hz")


def _finish(y: np.ndarray, sr: int) -> np.ndarray:
    return check_audio(_PEAK * y / (np.abs(y).max() or 1.0), sr)


def _ring(frequency: float, decay: float, sr: int) -> np.ndarray:
    """A sine at `frequency` Hz that decays by 1/e every `decay` seconds."""
    t = np.arange(int(8 * decay * sr)) / sr
    return np.sin(2 * np.pi * frequency * t) * np.exp(-t / decay)


def _poisson(
    rate: float, seconds: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Times (s) and loudness of events that happen `rate` times a second on average."""
    if not 0 < rate <= 1e5:
        raise AudioError(f"{rate!r} events a second; expected above 0, at most 100,000")
    n = max(1, rng.poisson(rate * len(_time(seconds, 1000)) / 1000))
    return np.sort(rng.uniform(0, seconds, n)), rng.lognormal(-1.0, 0.7, n)


def _events(
    onsets: np.ndarray,
    gains: np.ndarray,
    shapes: list[np.ndarray],
    seconds: float,
    sr: int,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Sum of `shapes` (picked at random by `rng`), placed at `onsets` with `gains`."""
    n = len(_time(seconds, sr))
    picks = rng.integers(len(shapes), size=len(onsets)) if rng else np.zeros(len(onsets), int)
    y = np.zeros(n + max(map(len, shapes)) + 1)
    for onset, gain, pick in zip(onsets, gains, picks, strict=True):
        start = min(round(onset * sr), n)
        y[start : start + len(shapes[pick])] += gain * shapes[pick]
    return y[:n]
