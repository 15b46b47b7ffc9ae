"""The ear's view of a sound: bands, their envelopes, and the statistics of these.

After McDermott and Simoncelli, *Sound texture perception via statistics of the auditory periphery*
(Neuron 71, 2011): sounds with equal statistics of this kind sound like the same texture.
"""

from __future__ import annotations

from collections.abc import Iterator

import librosa
import numpy as np
import scipy.fft
import scipy.signal

from .audio import SR, AudioError, check_audio

MIN_SECONDS = 0.5  # statistics of less than this say little

_ENVELOPE_RATE = 400  # Hz, as in the paper
_COMPRESSION = 0.3  # exponent of the ear's loudness compression, as in the paper
_BAND_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # bands apart whose correlation is measured
_LEAST_BANDS = max(_BAND_OFFSETS) + 1
_N_BANDS = 30  # at the book's rate
_POWER_BANDS = (20, 0.5, 200.0)  # bands of modulation, from which to which rate in Hz
_CORRELATION_BANDS = (6, 3.125, 100.0)  # those within which bands are correlated,
_MODULATION_OFFSETS = (1, 2)  # so many bands apart
_HEARING = 20_000.0  # Hz: what lies above is not heard
_FMIN, _HIGHEST = 50.0, 0.45  # centres of the outer bands, in Hz and as a share of the rate
_ERB_SCALE, _ERB_CORNER = 9.265, 228.8455  # Glasberg and Moore (1990), as in the 2011 paper
_N_MELS, HOP_SECONDS, _TOP_DB = 40, 0.01, 80.0  # of mel spectrograms


def erb_count(
    sr: int, n_at_book_rate: int = _N_BANDS, *, fmin: float = _FMIN, fmax: float | None = None
) -> int:
    """How many bands from `fmin` to `fmax` are spaced as so many of the book's are at 22,050 Hz.

    At least 22, which is what the correlations between bands need.

    Parameters
    ----------
    sr : int
        Rate in Hz.
    n_at_book_rate : int
        Bands from 50 Hz to 9,922 Hz: 30 for measures, more for finer ones.
    fmin, fmax : Hz
        As for `erb_filters`.

    Examples
    --------
    >>> [erb_count(sr) for sr in (8000, 22050, 44100, 192000)]
    [22, 30, 36, 36]
    >>> erb_count(22050, 48), erb_count(48000, 48)
    (48, 57)
    """
    low, high, book = _erb_rate(np.array([fmin, _highest(sr, fmax), _highest(SR)]))
    steps = (n_at_book_rate - 1) * (high - low) / (book - _erb_rate(np.array(_FMIN)))
    return max(_LEAST_BANDS, 1 + round(float(steps)))


def erb_filters(
    n: int,
    sr: int,
    *,
    n_bands: int | None = None,
    fmin: float = _FMIN,
    fmax: float | None = None,
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
    n_bands : int, optional
        By default as `erb_count` has it: as close at every rate, 30 at 22,050 Hz.
    fmin, fmax : Hz
        Centres of the lowest and the highest band; `fmax` is 20 kHz, where hearing ends, or 0.45
        `sr` by default, whichever is lower.

    Returns
    -------
    array of shape (n_bands, n // 2 + 1), in [0, 1]
        Nearly all of it zeros: for long sounds take `erb_bands`.

    Examples
    --------
    >>> erb_filters(1000, 22050).shape
    (30, 501)
    """
    bands = erb_bands(n, sr, n_bands=n_bands, fmin=fmin, fmax=fmax)
    gains = np.zeros((len(bands), n // 2 + 1))
    for row, (first, band) in zip(gains, bands, strict=True):
        row[first : first + len(band)] = band
    return gains


def erb_bands(
    n: int,
    sr: int,
    *,
    n_bands: int | None = None,
    fmin: float = _FMIN,
    fmax: float | None = None,
) -> list[tuple[int, np.ndarray]]:
    """`erb_filters` without their zeros: of each band its first bin, and its gains from there.

    >>> first, gains = erb_bands(1000, 22050)[-1]
    >>> first, gains.shape
    (397, (104,))
    """
    fmax = _highest(sr, fmax)
    n_bands = erb_count(sr, fmin=fmin, fmax=fmax) if n_bands is None else n_bands
    rates = _erb_rate(np.fft.rfftfreq(n, 1 / sr))
    low, high = _erb_rate(np.array([fmin, fmax]))
    centres, step = np.linspace(low, high, n_bands, retstep=True)
    edges = np.searchsorted(rates, [centres - step, centres + step])
    return [
        (int(first), np.cos(np.pi / 2 * (rates[first:last] - centre) / step))
        for first, last, centre in zip(*edges, centres, strict=True)
    ]


def _highest(sr: int, fmax: float | None = None) -> float:
    return min(_HEARING, _HIGHEST * sr) if fmax is None else fmax


def _erb_rate(f: np.ndarray) -> np.ndarray:
    return _ERB_SCALE * np.log(1 + f / _ERB_CORNER)


def erb_envelopes(y: np.ndarray, sr: int, *, n_bands: int | None = None) -> np.ndarray:
    """Compressed envelopes of the ear's bands, at 400 Hz.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    sr : int
    n_bands : int, optional
        As for `erb_filters`.

    Returns
    -------
    array of shape (n_bands, n * 400 / sr) or (channels, n_bands, n * 400 / sr), >= 0

    Examples
    --------
    >>> from audiostyle_lib.sounds import tone
    >>> erb_envelopes(tone(440.0, seconds=1.0), 22050).shape
    (30, 400)
    """
    n = y.shape[-1]
    n_env = max(1, round(n * _ENVELOPE_RATE / sr))
    bands = erb_bands(n, sr, n_bands=n_bands)
    found = np.stack(
        [
            scipy.signal.resample(np.abs(band) ** _COMPRESSION, n_env)
            for channel in np.atleast_2d(y)
            for band in _analytic(channel, bands)
        ]
    )
    return np.maximum(found, 0.0).reshape(*y.shape[:-1], len(bands), n_env)


def _analytic(y: np.ndarray, bands: list[tuple[int, np.ndarray]]) -> Iterator[np.ndarray]:
    """Band after band as a complex signal (n,): all at once would be many times the sound."""
    spectrum = scipy.fft.rfft(y.astype(np.float64))
    spectrum[1:] *= 2
    band = np.zeros(len(y), dtype=complex)
    for first, gains in bands:
        inside = slice(first, first + len(gains))
        band[inside] = spectrum[inside] * gains
        yield scipy.fft.ifft(band)
        band[inside] = 0


def auditory_statistics(
    y: np.ndarray, sr: int, *, n_bands: int | None = None
) -> dict[str, np.ndarray]:
    """The statistics by which listeners recognise textures, one array per class.

    From McDermott and Simoncelli (2011): of each band's compressed envelope the mean, the
    coefficient of variation and the skewness; correlations between bands; the power in bands of
    modulation (0.5 to 200 Hz), relative to the envelope's variance; and correlations between bands
    within six bands of modulation (their C1; C2, between modulation bands, is left out).

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        At least 0.5 s.
    sr : int
        Rate in Hz.
    n_bands : int, optional
        Number of bands, 22 or more; by default as `erb_count` has it, 30 at 22,050 Hz.

    Returns
    -------
    dict of arrays
        `envelope_mean`, `envelope_variation`, `envelope_skewness` of shape (n_bands,),
        `band_correlation` (pairs,), `modulation_power` (n_bands, 20),
        `modulation_correlation` (6, pairs). Of several channels each is stacked, channels first.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> stats = auditory_statistics(rain(seconds=1.0), 22050)
    >>> stats["modulation_power"].shape
    (30, 20)
    """
    y = check_audio(y, sr, min_seconds=MIN_SECONDS)
    if n_bands is not None and n_bands < _LEAST_BANDS:
        raise AudioError(f"n_bands is {n_bands}; expected at least {_LEAST_BANDS}")
    return envelope_statistics(erb_envelopes(y, sr, n_bands=n_bands))


def envelope_statistics(s: np.ndarray) -> dict[str, np.ndarray]:
    """`auditory_statistics` of a sound whose `erb_envelopes` are known.

    >>> from audiostyle_lib.sounds import rain
    >>> s = erb_envelopes(np.stack([rain(seconds=1.0), rain(seconds=1.0, seed=1)]), 22050)
    >>> envelope_statistics(s)["modulation_power"].shape
    (2, 30, 20)
    """
    if s.ndim == 3:
        channels = [envelope_statistics(channel) for channel in s]
        return {name: np.stack([c[name] for c in channels]) for name in channels[0]}
    mean, deviation = s.mean(axis=1), s.std(axis=1) + 1e-12
    z = (s - mean[:, None]) / deviation[:, None]
    power = np.stack([(m**2).mean(axis=1) for m in _modulations(z, *_POWER_BANDS)], axis=1)
    return {
        "envelope_mean": mean,
        "envelope_variation": deviation / (mean + 1e-12),
        "envelope_skewness": (z**3).mean(axis=1),
        "band_correlation": _band_correlations(z, _BAND_OFFSETS),
        "modulation_power": power,
        "modulation_correlation": np.stack(
            [
                _band_correlations(m, _MODULATION_OFFSETS)
                for m in _modulations(z, *_CORRELATION_BANDS)
            ]
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


def log_mel(
    y: np.ndarray, sr: int, *, n_mels: int = _N_MELS, hop_seconds: float = HOP_SECONDS
) -> np.ndarray:
    """Mel spectrogram in dB below its own maximum, at least -80 dB: for pictures and comparisons.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
    sr : int
    n_mels : int
        Bands, evenly spaced on the mel scale.
    hop_seconds : float
        Time from frame to frame; the window is four times as long.

    Returns
    -------
    array of shape (n_mels, n_frames) or (channels, n_mels, n_frames), in [-80, 0]
        0 is the loudest point of all channels.

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
    return librosa.power_to_db(mel, ref=max(float(mel.max()), 1e-20), amin=1e-30, top_db=_TOP_DB)
