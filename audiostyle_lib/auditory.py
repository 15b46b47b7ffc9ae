"""The ear's view of a sound: bands, their envelopes, and the statistics of these.

After McDermott and Simoncelli, *Sound texture perception via statistics of the auditory periphery*
(Neuron 71, 2011): sounds with equal statistics of this kind sound like the same texture.
"""

from __future__ import annotations

from functools import lru_cache

import librosa
import numpy as np
import scipy.fft
import scipy.signal

from .audio import AudioError, check_audio

MIN_SECONDS = 0.5  # statistics of less than this say little

_ENVELOPE_RATE = 400  # Hz, as in the paper
_COMPRESSION = 0.3  # exponent of the ear's loudness compression, as in the paper
_BAND_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # bands apart whose correlation is measured


@lru_cache(maxsize=4)  # 30 rows as long as the sound: worth keeping while sounds are compared
def erb_filters(
    n: int, sr: int, *, n_bands: int = 30, fmin: float = 50.0, fmax: float | None = None
) -> np.ndarray:
    """Gains of band-pass filters spaced like the ear's, for the real FFT of `n` samples.

    Half-cosine bands, equally wide and half overlapping on the ERB-rate scale of Glasberg and
    Moore (1990); the squares of neighbours add to one between `fmin` and `fmax`.

    Parameters
    ----------
    n : int
        Length of the signal in samples.
    sr : int
        Rate in Hz.
    n_bands : int
    fmin, fmax : Hz
        Centres of the lowest and the highest band; `fmax` is 10 kHz or 0.45 `sr` by default,
        whichever is lower.

    Returns
    -------
    array of shape (n_bands, n // 2 + 1), in [0, 1]; read-only

    Examples
    --------
    >>> erb_filters(1000, 22050).shape
    (30, 501)
    """
    gains = np.zeros((n_bands, n // 2 + 1))
    for row, (first, band) in zip(
        gains, erb_bands(n, sr, n_bands=n_bands, fmin=fmin, fmax=fmax), strict=True
    ):
        row[first : first + len(band)] = band
    gains.flags.writeable = False
    return gains


def erb_bands(
    n: int, sr: int, *, n_bands: int = 30, fmin: float = 50.0, fmax: float | None = None
) -> list[tuple[int, np.ndarray]]:
    """`erb_filters` without their zeros: of each band its first bin, and its gains from there.

    >>> first, gains = erb_bands(1000, 22050)[-1]
    >>> first, gains.shape
    (397, (104,))
    """
    fmax = min(10_000.0, 0.45 * sr) if fmax is None else fmax
    rates = _erb_rate(np.fft.rfftfreq(n, 1 / sr))
    low, high = _erb_rate(np.array([fmin, fmax]))
    centres, step = np.linspace(low, high, n_bands, retstep=True)
    edges = np.searchsorted(rates, [centres - step, centres + step])
    return [
        (int(first), np.cos(np.pi / 2 * (rates[first:last] - centre) / step))
        for first, last, centre in zip(*edges, centres, strict=True)
    ]


def _erb_rate(f: np.ndarray) -> np.ndarray:
    return 9.265 * np.log(1 + f / 228.8455)  # Glasberg and Moore (1990), as in the 2011 paper


def erb_envelopes(y: np.ndarray, sr: int, *, n_bands: int = 30) -> np.ndarray:
    """Compressed envelopes of the ear's bands, at 400 Hz.

    Parameters
    ----------
    y : array of shape (n,)
    sr : int
    n_bands : int

    Returns
    -------
    array of shape (n_bands, n * 400 / sr), >= 0

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> erb_envelopes(tone(440.0, seconds=1.0), 22050).shape
    (30, 400)
    """
    n = len(y)
    spectrum = scipy.fft.rfft(y.astype(np.float64)) * erb_filters(n, sr, n_bands=n_bands)
    analytic = np.zeros((n_bands, n), dtype=complex)
    analytic[:, : spectrum.shape[1]] = 2 * spectrum
    analytic[:, 0] /= 2
    envelopes = np.abs(scipy.fft.ifft(analytic, axis=1)) ** _COMPRESSION
    return np.maximum(
        scipy.signal.resample(envelopes, max(1, round(n * _ENVELOPE_RATE / sr)), axis=1), 0.0
    )


def auditory_statistics(y: np.ndarray, sr: int, *, n_bands: int = 30) -> dict[str, np.ndarray]:
    """The statistics by which listeners recognise textures, one array per class.

    From McDermott and Simoncelli (2011): of each band's compressed envelope the mean, the
    coefficient of variation and the skewness; correlations between bands; the power in bands of
    modulation (0.5 to 200 Hz), relative to the envelope's variance; and correlations between bands
    within six bands of modulation (their C1; C2, between modulation bands, is left out).

    Parameters
    ----------
    y : array of shape (n,)
        At least 0.5 s.
    sr : int
        Rate in Hz.
    n_bands : int
        Number of bands, 22 or more.

    Returns
    -------
    dict of arrays
        `envelope_mean`, `envelope_variation`, `envelope_skewness` of shape (n_bands,),
        `band_correlation` (pairs,), `modulation_power` (n_bands, 20),
        `modulation_correlation` (6, pairs).

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> stats = auditory_statistics(rain(seconds=1.0), 22050)
    >>> stats["modulation_power"].shape
    (30, 20)
    """
    y = check_audio(y, sr, min_seconds=MIN_SECONDS)
    if n_bands <= max(_BAND_OFFSETS):
        raise AudioError(f"n_bands is {n_bands}; expected at least {max(_BAND_OFFSETS) + 1}")
    s = erb_envelopes(y, sr, n_bands=n_bands)
    mean, deviation = s.mean(axis=1), s.std(axis=1) + 1e-12
    z = (s - mean[:, None]) / deviation[:, None]
    power = np.stack([(m**2).mean(axis=1) for m in _modulations(z, 20, 0.5, 200.0)], axis=1)
    return {
        "envelope_mean": mean,
        "envelope_variation": deviation / (mean + 1e-12),
        "envelope_skewness": (z**3).mean(axis=1),
        "band_correlation": _band_correlations(z, _BAND_OFFSETS),
        "modulation_power": power,
        "modulation_correlation": np.stack(
            [_band_correlations(m, (1, 2)) for m in _modulations(z, 6, 3.125, 100.0)]
        ),
    }


def _modulations(z: np.ndarray, n_bands: int, fmin: float, fmax: float) -> list[np.ndarray]:
    """`z` (bands, t) through `n_bands` constant-Q (Q = 2) band-pass filters of modulation rate."""
    n = z.shape[1]
    f = np.fft.rfftfreq(n, 1 / _ENVELOPE_RATE)
    spectrum = scipy.fft.rfft(z, axis=1)
    out = []
    for centre in np.geomspace(fmin, fmax, n_bands):
        distance = (f - centre) / (centre / 2)
        gain = np.where(np.abs(distance) < 1, np.cos(np.pi / 2 * distance), 0.0)
        out.append(scipy.fft.irfft(spectrum * gain, n, axis=1))
    return out


def _band_correlations(z: np.ndarray, offsets: tuple[int, ...]) -> np.ndarray:
    z = z / (np.sqrt((z**2).mean(axis=1, keepdims=True)) + 1e-9)
    return np.concatenate([(z[k:] * z[:-k]).mean(axis=1) for k in offsets])


def log_mel(y: np.ndarray, sr: int, *, n_mels: int = 40, hop_seconds: float = 0.01) -> np.ndarray:
    """Mel spectrogram in dB below its own maximum, at least -80 dB: for pictures and comparisons.

    Parameters
    ----------
    y : array of shape (n,)
    sr : int
    n_mels : int
        Bands, evenly spaced on the mel scale.
    hop_seconds : float
        Time from frame to frame; the window is four times as long.

    Returns
    -------
    array of shape (n_mels, n_frames), in [-80, 0]

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> log_mel(tone(440.0, seconds=1.0), 22050).shape
    (40, 101)
    """
    y = check_audio(y, sr)
    hop = max(1, round(hop_seconds * sr))
    mel = librosa.feature.melspectrogram(
        y=y, sr=sr, n_fft=4 * hop, hop_length=hop, n_mels=n_mels, fmax=sr / 2
    )
    return librosa.power_to_db(mel, ref=max(float(mel.max()), 1e-20), amin=1e-30, top_db=80.0)
