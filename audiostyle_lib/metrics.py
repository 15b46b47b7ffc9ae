"""Is it alike, and is it new? Scores for a texture made after a reference.

Likeness is measured by the statistics of `auditory`, newness by the best match of any half second
of the result in the reference. Neither counts without the other.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.stats

from .audio import AudioError, check_audio
from .auditory import MIN_SECONDS, auditory_statistics, erb_filters, log_mel
from .levels import fade_ends
from .sounds import matched_noise

_UNITS = {"envelope_skewness": 1.0}  # near 0 for noise and many textures, 1 to 4 for sparse events
_N_NOISES = 4  # noises whose mean score is the floor of a copy score
_PIECE = 0.5  # seconds of a piece looked for by the copy scores


def relative_distance(a: np.ndarray, b: np.ndarray, *, unit: float = 0.0) -> float:
    """How far two arrays are apart, 0 for equal ones, about 1 for unrelated ones.

    The norm of the difference over the root of the summed squared norms; symmetric, at most 1.42.
    Where values near 0 are common, `unit` is a size of values that counts as large, and joins the
    scale: two arrays far smaller than it are alike whatever their ratio.

    >>> relative_distance(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    0.0
    >>> relative_distance(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    scale = np.sqrt(np.sum(a**2) + np.sum(b**2) + a.size * unit**2)
    return float(np.linalg.norm(a - b) / scale) if scale else 0.0


def auditory_distances(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> dict[str, float]:
    """`relative_distance` of each class of `auditory_statistics`, and `auditory`, their mean.

    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> auditory_distances(y, y, 22050)["auditory"]
    0.0
    """
    a, b = auditory_statistics(reference, sr), auditory_statistics(synthetic, sr)
    found = {name: relative_distance(a[name], b[name], unit=_UNITS.get(name, 0.0)) for name in a}
    return found | {"auditory": float(np.mean(list(found.values())))}


def spectrum_distance(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """Mean difference of the long-term spectra in 30 ERB bands, in dB, levels made equal first.

    Bands more than 60 dB below the reference's strongest count as if they were at -60 dB. Both
    sounds are faded at their ends, since the edges of a cut would fill the bands where it is quiet.

    >>> from audiostyle_lib.sounds import tone
    >>> spectrum_distance(tone(440.0), 0.5 * tone(440.0), 22050) < 1e-3
    True
    """
    levels = []
    for y in (reference, synthetic):
        power = np.abs(scipy.fft.rfft(fade_ends(y.astype(np.float64), sr))) ** 2
        bands = erb_filters(len(y), sr) ** 2 @ power
        levels.append(10 * np.log10(bands / bands.sum() + 1e-12))
    floor = levels[0].max() - 60
    return float(np.abs(np.maximum(levels[0], floor) - np.maximum(levels[1], floor)).mean())


def envelope_distance(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """How differently loudness is distributed over time, in dB (Wasserstein distance).

    Levels of 10 ms frames relative to the sound's mean level; frames below -60 dB count as -60 dB.

    >>> from audiostyle_lib.sounds import clicks, tone
    >>> envelope_distance(clicks(4.0), tone(440.0), 22050) > 20
    True
    """
    levels = []
    for y in (reference, synthetic):
        hop = max(1, round(0.01 * sr))
        power = np.square(y[: len(y) // hop * hop].astype(np.float64)).reshape(-1, hop).mean(axis=1)
        levels.append(10 * np.log10(np.maximum(power / power.mean(), 1e-6)))
    return float(scipy.stats.wasserstein_distance(*levels))


def copy_score(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """How well the best half second of `synthetic` is found in `reference`, in [0, 1].

    Pieces of 0.5 s, every 0.25 s, are compared with every position of the reference by normalised
    correlation of the samples; sign does not count. 1 is a copy. Noise does not give 0, so read it
    beside its floor: the score of `matched_noise`.

    Parameters
    ----------
    reference, synthetic : arrays of shape (n,) and (m,), at least 0.5 s
    sr : int

    Returns
    -------
    float in [0, 1]

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=2.0)
    >>> round(copy_score(y, y[11025:], 22050), 3)
    1.0
    """
    return _best_match(reference[None], synthetic[None], round(_PIECE * sr))


def spectrogram_copy_score(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """Like `copy_score`, on mel spectrograms in dB: phase does not count.

    It finds copies that have been given new phases. Each piece and place is taken less its own
    mean in each band, so that neither colour nor slow swells count, but what happens within half a
    second. Its floor is noise again, and its natural ceiling the score of one half of the
    recording against the other.
    """
    hop = round(0.01 * sr)
    return _best_match(log_mel(reference, sr), log_mel(synthetic, sr), round(_PIECE * sr / hop))


def _best_match(reference: np.ndarray, synthetic: np.ndarray, width: int) -> float:
    """Largest |correlation coefficient| of pieces (channels, width) with places of the reference.

    Means are those of each channel within piece and place.
    """
    n, m = reference.shape[1], synthetic.shape[1]
    if min(n, m) < width:
        raise AudioError(
            f"{min(n, m)} samples or frames; expected at least {width}, that is {_PIECE} s"
        )
    size = scipy.fft.next_fast_len(n + width, real=True)
    reference = reference.astype(np.float64) - reference.mean(axis=1, keepdims=True)
    spectrum = scipy.fft.rfft(reference, size, axis=1)
    energy = (_sums(reference**2, width) - _sums(reference, width) ** 2 / width).sum(axis=0)
    energy = np.maximum(energy, 1e-6 * energy.max() + 1e-20)  # near-silent places match nothing
    best = 0.0
    for start in range(0, m - width + 1, max(1, width // 2)):
        piece = synthetic[:, start : start + width].astype(np.float64)
        piece -= piece.mean(axis=1, keepdims=True)
        own = max(float((piece**2).sum()), 1e-20)
        cross = (spectrum * scipy.fft.rfft(piece, size, axis=1).conj()).sum(axis=0)
        match = np.abs(scipy.fft.irfft(cross, size)[: n - width + 1])
        best = max(best, float((match / np.sqrt(energy * own)).max()))
    return min(best, 1.0)


def _sums(x: np.ndarray, width: int) -> np.ndarray:
    """Sums of `x` (channels, n) over every `width` neighbours, shape (channels, n - width + 1)."""
    total = np.cumsum(np.pad(x, ((0, 0), (1, 0))), axis=1)
    return total[:, width:] - total[:, :-width]


def texture_report(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> dict[str, float]:
    """Named scores of a synthetic texture: is it alike, and is it new (book: chapter 6)?

    Parameters
    ----------
    reference, synthetic : arrays of shape (n,) and (m,)
        Sounds of at least 1 s and 0.5 s at one rate.
    sr : int
        Rate of both in Hz.

    Returns
    -------
    dict of float
        `envelope_mean`, `envelope_variation`, `envelope_skewness`, `band_correlation`,
        `modulation_power`, `modulation_correlation`: `relative_distance` per class of
        `auditory_statistics`; `auditory`: their mean, 0 for equal statistics.
        `spectrum_db`, `envelope_db`: see `spectrum_distance`, `envelope_distance`.
        `copy`: `copy_score`; `copy_floor`: that of noise with the reference's spectrum,
        the mean of four.
        `copy_spectrogram`: `spectrogram_copy_score`; `copy_spectrogram_floor`, noise again;
        `copy_spectrogram_halves`: of the reference's second half in its first.

    Raises
    ------
    AudioError
        If either is no sound, silent or too short.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> report = texture_report(rain(seconds=2.0), rain(seconds=2.0, seed=1), 22050)
    >>> report["auditory"] < 0.2, report["copy"] < 0.5
    (True, True)
    """
    reference = check_audio(reference, sr, min_seconds=2 * MIN_SECONDS, name="reference")
    synthetic = check_audio(synthetic, sr, min_seconds=MIN_SECONDS, name="synthetic")
    report = auditory_distances(reference, synthetic, sr)
    report["spectrum_db"] = spectrum_distance(reference, synthetic, sr)
    report["envelope_db"] = envelope_distance(reference, synthetic, sr)
    noises = [
        matched_noise(reference, sr, seconds=len(synthetic) / sr, seed=s) for s in range(_N_NOISES)
    ]
    half = len(reference) // 2
    report["copy"] = copy_score(reference, synthetic, sr)
    report["copy_floor"] = float(np.mean([copy_score(reference, noise, sr) for noise in noises]))
    report["copy_spectrogram"] = spectrogram_copy_score(reference, synthetic, sr)
    report["copy_spectrogram_floor"] = float(
        np.mean([spectrogram_copy_score(reference, noise, sr) for noise in noises])
    )
    report["copy_spectrogram_halves"] = spectrogram_copy_score(
        reference[:half], reference[half:], sr
    )
    return report
