"""The book's sounds: free recordings, and seeded synthetic ones with known parameters.

Recordings answer "does it work?"; synthetic sounds answer "what exactly is kept?", because their
pitch, rate and density are known. The synthetic ones are float32 of shape (n,), peak at most 0.9,
and sound alike at any rate; those of the recordings are in `recordings`.
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from .audio import SR, AudioError, check_audio
from .recordings import (
    Recording,
    field_recordings,
    load_field,
    load_sound,
    recordings,
    sound_path,
)

__all__ = [
    "Recording",
    "chirp",
    "clicks",
    "crackle",
    "engine",
    "field_recordings",
    "harmonic_note",
    "load_field",
    "load_sound",
    "matched_noise",
    "rain",
    "recordings",
    "sound_path",
    "tone",
]

_PEAK = 0.9
_WINDOW = 2048 / 22050  # seconds of the windows whose spectra noise is made after
_NOISE_SECONDS = 0.1  # of the shortest sound that noise is made after
_DEFINITE = 1e-9  # of the power: channels that are equal are so but for 90 dB


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
    return _finish(y + 0.01 * _white(len(y), sr, rng), sr)


def crackle(rate: float = 15.0, *, seconds: float = 5.0, sr: int = SR, seed: int = 0) -> np.ndarray:
    """A crackling fire: sharp noise bursts at random times, `rate` a second, over a low rumble.

    Sparse events make envelopes skewed, which is what synthesis from statistics finds hardest.

    >>> crackle(seconds=0.5).shape
    (11025,)
    """
    rng = np.random.default_rng(seed)
    onsets, loud = _poisson(rate, seconds, rng)
    n = int(0.01 * sr)
    bursts = [_white(n, sr, rng) * np.exp(-np.arange(n) / (0.0015 * sr)) for _ in range(16)]
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
    return _finish(y + 0.01 * _white(len(y), sr, rng), sr)


def matched_noise(
    y: np.ndarray, sr: int, *, seconds: float | None = None, seed: int = 0
) -> np.ndarray:
    """Gaussian noise with the spectrum and level of `y`, and nothing else of it.

    The comparison that every texture must beat: it has the reference's colour, but none of its
    events. The spectrum is Welch's average over windows of 93 ms.

    Of several channels each has its own spectrum and level, and in every bin any two are as
    coherent as they were, at the same phase to one another: what stood left stands left, what was
    wide is wide. For that, independent noises are mixed by a root of the channels' coherence; new
    phases common to all channels would do it too, but for the reference's own length alone.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        Reference, at least 0.1 s.
    sr : int
        Rate in Hz.
    seconds : number > 0, optional
        Length of the noise; the reference's by default.
    seed : int

    Returns
    -------
    array of shape (seconds * sr,) or (channels, seconds * sr), float32
        Scaled down if its peak would exceed 1.

    Examples
    --------
    >>> matched_noise(load_sound("sauna"), SR, seconds=1.0).shape
    (22050,)
    """
    y = check_audio(y, sr, min_seconds=_NOISE_SECONDS)
    n = y.shape[-1] if seconds is None else len(_time(seconds, sr))
    channels = np.atleast_2d(y).astype(np.float64)
    window = min(round(_WINDOW * sr), y.shape[-1])
    _, powers = scipy.signal.welch(channels, fs=sr, nperseg=window)
    roots = _coherence_roots(channels, sr, window)
    rng = np.random.default_rng(seed)
    noises = [np.fft.rfft(rng.standard_normal(n)) for _ in channels]
    own = np.arange(powers.shape[1])
    bins = np.linspace(0, own[-1], n // 2 + 1)
    out = np.empty((len(channels), n))
    for k, (channel, power) in enumerate(zip(channels, powers, strict=True)):
        shares = [np.interp(bins, own, roots[:, k, j]) for j in range(k + 1)]
        size = np.sqrt(sum(np.abs(share) ** 2 for share in shares))
        mixed = sum(share / size * noise for share, noise in zip(shares, noises, strict=False))
        out[k] = np.fft.irfft(mixed * np.sqrt(np.interp(bins, own, power)), n)
        out[k] *= np.sqrt(np.mean(channel**2) / max(np.mean(out[k] ** 2), 1e-30))
    return (out / max(1.0, np.abs(out).max())).astype(np.float32).reshape(*y.shape[:-1], n)


def _coherence_roots(channels: np.ndarray, sr: int, window: int) -> np.ndarray:
    """Triangles (n_bins, channels, channels) that mix independent noises into coherent ones."""
    if len(channels) == 1:
        return np.ones((window // 2 + 1, 1, 1))
    *_, S = scipy.signal.spectrogram(
        channels, fs=sr, window="hann", nperseg=window, noverlap=window // 2, mode="complex"
    )
    S = S.transpose(1, 0, 2)  # (n_bins, channels, frames)
    S = S / np.maximum(np.linalg.norm(S, axis=2, keepdims=True), 1e-30)
    return np.linalg.cholesky(S @ S.conj().transpose(0, 2, 1) + _DEFINITE * np.eye(len(channels)))


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


def _white(n: int, sr: int, rng: np.random.Generator) -> np.ndarray:
    """White noise, as strong in each Hz at any rate: of deviation 1 at 22,050 Hz."""
    return np.sqrt(sr / SR) * rng.standard_normal(n)


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
