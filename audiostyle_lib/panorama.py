"""Where the sound is: what the channels of one sound have to do with one another.

Two channels that hold the same are heard as one place between them, unlike ones as width, a louder
one as a side. So three things are measured in each of the ear's bands, and for each pair of
channels: how alike their waves are, how alike their loudness moves, and which is louder.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import scipy.fft

from .audio import AudioError, check_audio
from .auditory import MIN_SECONDS, erb_bands, erb_envelopes
from .levels import fade_ends

_FLOOR_DB = -60.0  # relative to the loudest band: what channels do below it is not heard
_STEADY = 0.01  # deviation, relative to the mean, below which an envelope counts as steady


def channel_statistics(
    y: np.ndarray, sr: int, *, envelopes: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """How channels are related, in each of the ear's bands and for each pair of channels.

    Parameters
    ----------
    y : array of shape (channels, n)
        Two channels or more, at least 0.5 s.
    sr : int
        Rate in Hz.
    envelopes : array of shape (channels, n_bands, t), optional
        `erb_envelopes` of `y`, where they are known.

    Returns
    -------
    dict of arrays of shape (n_bands, pairs)
        `channel_correlation`: of the bands' signals, in [-1, 1]; the real part of the coherence.
        `channel_level_db`: the first channel's level less the second's, in dB; bands more than
        60 dB below the loudest of all channels count as if they were there.
        `channel_envelope_correlation`: of the compressed envelopes, in [-1, 1].
        Both correlations fade to 0 in bands that are as quiet as that.

    Raises
    ------
    AudioError
        If it is no sound of several channels, silent or too short.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> left, right = rain(seconds=1.0), rain(seconds=1.0, seed=1)
    >>> near, wide = (channel_statistics(np.stack([left, y]), 22050) for y in (left, right))
    >>> float(near["channel_correlation"].mean().round(1)), near["channel_correlation"].shape
    (1.0, (30, 1))
    >>> bool(abs(wide["channel_correlation"]).mean() < 0.3)
    True
    """
    y = check_audio(y, sr, min_seconds=MIN_SECONDS)
    if y.ndim == 1 or len(y) < 2:
        raise AudioError(f"y has shape {y.shape}; expected (channels, n), two channels or more")
    i, j = np.array(list(combinations(range(len(y)), 2))).T
    spectra = [scipy.fft.rfft(fade_ends(channel.astype(np.float64), sr)) for channel in y]
    products = []
    for first, gains in erb_bands(y.shape[1], sr):
        band = np.stack([Y[first : first + len(gains)] * gains for Y in spectra])
        products.append((band @ band.conj().T).real)
    product = np.stack(products)  # (n_bands, channels, channels)
    power = np.diagonal(product, axis1=1, axis2=2)
    heard = np.maximum(power, 10 ** (_FLOOR_DB / 10) * power.max() + 1e-20)
    share = np.sqrt(power / heard)  # 1 in bands that are heard
    s = erb_envelopes(y, sr) if envelopes is None else envelopes
    mean = s.mean(axis=2, keepdims=True)
    z = s - mean
    z /= np.sqrt((z**2).mean(axis=2, keepdims=True) + (_STEADY * mean) ** 2) + 1e-12
    return {
        "channel_correlation": product[:, i, j] / np.sqrt(heard[:, i] * heard[:, j]),
        "channel_level_db": 10 * np.log10(heard[:, i] / heard[:, j]),
        "channel_envelope_correlation": share[:, i] * share[:, j] * (z[i] * z[j]).mean(axis=2).T,
    }


def channel_distances(
    reference: np.ndarray,
    synthetic: np.ndarray,
    sr: int,
    *,
    envelopes: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, float]:
    """How far two sounds are apart in `channel_statistics`: mean absolute differences.

    Parameters
    ----------
    reference, synthetic : arrays of shape (channels, n) and (channels, m)
        Equally many channels, two or more.
    sr : int
        Rate of both in Hz.
    envelopes : two arrays of shape (channels, n_bands, t), optional
        `erb_envelopes` of both, where they are known.

    Returns
    -------
    dict of float
        `channel_correlation` and `channel_envelope_correlation`, from 0 to 2; `channel_level_db`,
        in dB. Means over bands and pairs of channels, 0 for equal sounds.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> left, right = rain(seconds=1.0), rain(seconds=1.0, seed=1)
    >>> wide, narrow = np.stack([left, right]), np.stack([left, left])
    >>> channel_distances(wide, narrow, 22050)["channel_correlation"] > 0.7
    True
    >>> tilted = np.stack([left, 0.5 * right])
    >>> round(channel_distances(wide, tilted, 22050)["channel_level_db"], 1)
    6.0
    """
    same_channels(reference, synthetic)
    known = (None, None) if envelopes is None else envelopes
    a, b = (
        channel_statistics(y, sr, envelopes=s)
        for y, s in zip((reference, synthetic), known, strict=True)
    )
    return {name: float(np.abs(a[name] - b[name]).mean()) for name in a}


def same_channels(reference: np.ndarray, synthetic: np.ndarray) -> None:
    """Refuse two sounds that have not equally many channels; (n,) and (1, n) both have one."""
    a, b = (1 if y.ndim == 1 else len(y) for y in (reference, synthetic))
    if a != b:
        raise AudioError(
            f"reference has {a} channel{'s' * (a > 1)}, synthetic {b}; expected equally many"
        )
