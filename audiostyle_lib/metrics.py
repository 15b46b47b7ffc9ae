"""Is it alike, and is it new? Scores for a texture made after a reference.

Likeness is measured by the statistics of `auditory`, newness by the best match of any half second
of the result in the reference. Neither counts without the other.

Sounds may have several channels, equally many. Then every score is one number for all: channel is
compared with channel, at one level for all of them, and `panorama` adds how they are related.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.stats
from numpy.lib.stride_tricks import sliding_window_view

from .attacks import attack_distance, attacks_of
from .audio import AudioError, check_audio
from .auditory import (
    HOP_SECONDS,
    MIN_SECONDS,
    envelope_statistics,
    erb_bands,
    erb_envelopes,
    log_mel,
)
from .levels import fade_ends, match_levels
from .panorama import channel_distances, same_channels
from .sounds import matched_noise
from .trend import without_course

_UNITS = {"envelope_skewness": 1.0}  # near 0 for noise and many textures, 1 to 4 for sparse events
_N_NOISES = 4  # noises whose mean score is the floor of a copy score
_PIECE = 0.5  # seconds of a piece looked for by the copy scores
_FRAME = 0.01  # seconds of the frames whose levels are compared
_FLOOR_DB = -60.0  # of bands below the strongest, of frames below the mean


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

    Sounds (n,) or (channels, n); a class of several channels is compared as one array.

    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> auditory_distances(y, y, 22050)["auditory"]
    0.0
    """
    reference, synthetic = _checked(reference, synthetic, sr)
    return _envelope_distances(erb_envelopes(reference, sr), erb_envelopes(synthetic, sr))


def _envelope_distances(reference: np.ndarray, synthetic: np.ndarray) -> dict[str, float]:
    a, b = envelope_statistics(reference), envelope_statistics(synthetic)
    found = {name: relative_distance(a[name], b[name], unit=_UNITS.get(name, 0.0)) for name in a}
    return found | {"auditory": float(np.mean(list(found.values())))}


def spectrum_distance(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """Mean difference of the long-term spectra in ERB bands, in dB, levels made equal first.

    Sounds (n,) or (channels, n): 30 bands at 22,050 Hz, and as close at other rates, of each
    channel. Bands more than 60 dB below the reference's strongest count as if they were at -60 dB.
    Both sounds are faded at their ends, since the edges of a cut would fill the bands where it is
    quiet.

    >>> from audiostyle_lib.sounds import tone
    >>> spectrum_distance(tone(440.0), 0.5 * tone(440.0), 22050) < 1e-3
    True
    """
    same_channels(reference, synthetic)
    levels = []
    for y in (reference, synthetic):
        filters, powers = erb_bands(y.shape[-1], sr), []
        for channel in np.atleast_2d(y):
            power = np.abs(scipy.fft.rfft(fade_ends(channel.astype(np.float64), sr))) ** 2
            powers += [gains**2 @ power[first : first + len(gains)] for first, gains in filters]
        levels.append(10 * np.log10(np.array(powers) / np.sum(powers) + 1e-12))
    floor = levels[0].max() + _FLOOR_DB
    return float(np.abs(np.maximum(levels[0], floor) - np.maximum(levels[1], floor)).mean())


def envelope_distance(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """How differently loudness is distributed over time, in dB (Wasserstein distance).

    Levels of 10 ms frames relative to the sound's mean level; frames below -60 dB count as -60 dB.
    Sounds (n,) or (channels, n): of channels the mean distance, levels relative to that of all.

    >>> from audiostyle_lib.sounds import clicks, tone
    >>> envelope_distance(clicks(4.0), tone(440.0), 22050) > 20
    True
    """
    same_channels(reference, synthetic)
    hop = max(1, round(_FRAME * sr))
    levels = []
    for y in map(np.atleast_2d, (reference, synthetic)):
        frames = y[:, : y.shape[1] // hop * hop].astype(np.float64).reshape(len(y), -1, hop)
        power = np.square(frames).mean(axis=2)
        levels.append(10 * np.log10(np.maximum(power / power.mean(), 10 ** (_FLOOR_DB / 10))))
    channels = zip(*levels, strict=True)
    return float(np.mean([scipy.stats.wasserstein_distance(a, b) for a, b in channels]))


def copy_score(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """How well the best half second of `synthetic` is found in `reference`, in [0, 1].

    Pieces of 0.5 s, every 0.25 s, are compared with every position of the reference by normalised
    correlation of the samples; sign does not count. 1 is a copy. Noise does not give 0, so read it
    beside its floor: the score of `matched_noise`.

    Parameters
    ----------
    reference, synthetic : arrays of shape (n,) and (m,), or (channels, n) and (channels, m)
        At least 0.5 s. Channels are matched together: all at one moment of the reference.
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
    same_channels(reference, synthetic)
    return _best_match(np.atleast_2d(reference), np.atleast_2d(synthetic), round(_PIECE * sr))


def spectrogram_copy_score(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> float:
    """Like `copy_score`, on mel spectrograms in dB: phase does not count.

    It finds copies that have been given new phases. Each piece and place is taken less its own
    mean in each band, so that neither colour nor slow swells count, but what happens within half a
    second. Its floor is noise again, and its natural ceiling the score of one half of the
    recording against the other.
    """
    same_channels(reference, synthetic)
    mels = log_mel(reference, sr), log_mel(synthetic, sr)
    a, b = (mel.reshape(-1, mel.shape[-1]) for mel in mels)  # all channels' bands
    return _best_match(a, b, round(_PIECE * sr / round(HOP_SECONDS * sr)))


def _best_match(reference: np.ndarray, synthetic: np.ndarray, width: int) -> float:
    """Largest |correlation coefficient| of pieces (channels, width) with places of the reference.

    Means are those of each channel within piece and place.
    """
    n, m = reference.shape[1], synthetic.shape[1]
    if min(n, m) < width:
        raise AudioError(
            f"{min(n, m)} samples or frames; expected at least {width}, that is {_PIECE} s"
        )
    reference = reference.astype(np.float64) - reference.mean(axis=1, keepdims=True)
    energy = (_sums(reference**2, width) - _sums(reference, width) ** 2 / width).sum(axis=0)
    energy = np.maximum(energy, 1e-6 * energy.max() + 1e-20)  # near-silent places match nothing
    # The reference in blocks that share width - 1 samples: short transforms fit into the cache.
    size = scipy.fft.next_fast_len(4 * width, real=True)
    step = size - width + 1
    n_blocks = -(-len(energy) // step)
    padded = np.pad(reference, ((0, 0), (0, n_blocks * step + width - 1 - n)))
    blocks = sliding_window_view(padded, size, axis=1)[:, ::step]
    spectra = scipy.fft.rfft(blocks, axis=2)
    best = 0.0
    for start in range(0, m - width + 1, max(1, width // 2)):
        piece = synthetic[:, start : start + width].astype(np.float64)
        piece -= piece.mean(axis=1, keepdims=True)
        own = max(float((piece**2).sum()), 1e-20)
        cross = np.zeros(spectra.shape[1:], dtype=complex)
        for spectrum, other in zip(spectra, scipy.fft.rfft(piece, size, axis=1), strict=True):
            cross += spectrum * other.conj()
        match = scipy.fft.irfft(cross, size, axis=1)[:, :step].ravel()[: len(energy)]
        best = max(best, float((np.abs(match) / np.sqrt(energy * own)).max()))
    return min(best, 1.0)


def _sums(x: np.ndarray, width: int) -> np.ndarray:
    """Sums of `x` (channels, n) over every `width` neighbours, shape (channels, n - width + 1)."""
    total = np.cumsum(np.pad(x, ((0, 0), (1, 0))), axis=1)
    return total[:, width:] - total[:, :-width]


def texture_report(reference: np.ndarray, synthetic: np.ndarray, sr: int) -> dict[str, float]:
    """Named scores of a synthetic texture: is it alike, and is it new (book: chapter 6)?

    Parameters
    ----------
    reference, synthetic : arrays of shape (n,) and (m,), or (channels, n) and (channels, m)
        Sounds of at least 1 s and 0.5 s at one rate, with equally many channels. Their levels do
        not count, and neither does a slow course of level (`levels.slow_course`): that a recording
        dies away is no part of its texture.
    sr : int
        Rate of both in Hz.

    Returns
    -------
    dict of float
        `envelope_mean`, `envelope_variation`, `envelope_skewness`, `band_correlation`,
        `modulation_power`, `modulation_correlation`: `relative_distance` per class of
        `auditory_statistics`; `auditory`: their mean, 0 for equal statistics.
        `spectrum_db`, `envelope_db`: see `spectrum_distance`, `envelope_distance`.
        `attack`: `attacks.attack_distance`, 0 for equally sharp events; `attack_halves`: that of
        the reference's halves. `attack_level_rise`, `attack_mel_rise`, `attack_rise_ms`,
        `attack_kurtosis`: by how much the synthetic's `attack_statistics` are larger.
        `copy`: `copy_score`; `copy_floor`: that of noise with the reference's spectrum,
        the mean of four.
        `copy_spectrogram`: `spectrogram_copy_score`; `copy_spectrogram_floor`, noise again;
        `copy_spectrogram_halves`: of the reference's second half in its first.
        Of several channels also `channel_correlation`, `channel_level_db` and
        `channel_envelope_correlation`: see `panorama.channel_distances`.

    Raises
    ------
    AudioError
        If either is no sound, silent or too short, or they have not equally many channels.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> report = texture_report(rain(seconds=2.0), rain(seconds=2.0, seed=1), 22050)
    >>> report["auditory"] < 0.2, report["copy"] < 0.5
    (True, True)
    """
    reference, synthetic = _checked(reference, synthetic, sr, min_seconds=2 * MIN_SECONDS)
    reference, synthetic = match_levels(list(map(without_course, (reference, synthetic))))
    envelopes = erb_envelopes(reference, sr), erb_envelopes(synthetic, sr)
    report = _envelope_distances(*envelopes)
    report["spectrum_db"] = spectrum_distance(reference, synthetic, sr)
    report["envelope_db"] = envelope_distance(reference, synthetic, sr)
    seconds = synthetic.shape[-1] / sr
    half = reference.shape[-1] // 2
    attacks, made, first, second = (
        attacks_of(y, sr)
        for y in (reference, synthetic, reference[..., :half], reference[..., half:])
    )
    report["attack"] = attack_distance(attacks, made)
    report["attack_halves"] = attack_distance(first, second)
    report |= {f"attack_{name}": made[name] - attacks[name] for name in attacks}
    noises = [matched_noise(reference, sr, seconds=seconds, seed=s) for s in range(_N_NOISES)]
    report["copy"] = copy_score(reference, synthetic, sr)
    report["copy_floor"] = float(np.mean([copy_score(reference, noise, sr) for noise in noises]))
    report["copy_spectrogram"] = spectrogram_copy_score(reference, synthetic, sr)
    report["copy_spectrogram_floor"] = float(
        np.mean([spectrogram_copy_score(reference, noise, sr) for noise in noises])
    )
    report["copy_spectrogram_halves"] = spectrogram_copy_score(
        reference[..., :half], reference[..., half:], sr
    )
    if reference.ndim == 2 and len(reference) > 1:
        report |= channel_distances(reference, synthetic, sr, envelopes=envelopes)
    return report


def _checked(
    reference: np.ndarray, synthetic: np.ndarray, sr: int, *, min_seconds: float = MIN_SECONDS
) -> tuple[np.ndarray, np.ndarray]:
    reference = check_audio(reference, sr, min_seconds=min_seconds, name="reference")
    synthetic = check_audio(synthetic, sr, min_seconds=MIN_SECONDS, name="synthetic")
    same_channels(reference, synthetic)
    return reference, synthetic
