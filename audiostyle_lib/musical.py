"""Timbre, rhythm and pitch: what two sounds share as a listener to music would put it.

Timbre is compared as an average over time, since two sounds may have the same timbre at different
moments; rhythm and pitch are compared moment by moment, since they are order in time.
"""

from __future__ import annotations

import librosa
import numpy as np

from .audio import AudioError, check_audio

_HOP_SECONDS = 0.0116  # 256 samples at 22,050 Hz
_MIN_SECONDS = 0.25
_HEARING = 20_000.0  # Hz: what lies above is not heard
_N_MFCC = 13  # enough for the spectrum's envelope, too few for single harmonics


def timbre_distance(a: np.ndarray, b: np.ndarray, sr: int) -> float:
    """How differently two sounds are coloured, in dB; 0 for the same colour.

    The spectral envelope, in mel bands and smoothed (13 cepstral coefficients without the first, so
    that level and pitch do not count), averaged over time with louder moments counting more; then
    the root mean square difference over the bands.

    Parameters
    ----------
    a, b : arrays of shape (n,) and (m,)
    sr : int
        Rate of both in Hz.

    Examples
    --------
    >>> from audiostyle_lib.sounds import harmonic_note, rain
    >>> note = harmonic_note(220.0)
    >>> timbre_distance(note, note, 22050)
    0.0
    >>> other_pitch = timbre_distance(note, harmonic_note(262.0), 22050)
    >>> other_pitch < 0.5 * timbre_distance(note, rain(seconds=2.0), 22050)
    True
    """
    means = []
    for name, y in (("a", a), ("b", b)):
        y = check_audio(y, sr, min_seconds=_MIN_SECONDS, name=name, mono=True)
        mel = librosa.feature.melspectrogram(
            y=y, sr=sr, n_fft=_n_fft(sr), hop_length=_hop(sr), fmax=min(_HEARING, sr / 2)
        )
        decibels = librosa.power_to_db(mel, ref=float(mel.max()), amin=1e-30, top_db=60.0)
        cepstrum = librosa.feature.mfcc(S=decibels, n_mfcc=_N_MFCC, norm="ortho")[1:]
        loudness = mel.sum(axis=0) ** 0.3  # the ear's compression
        means.append((cepstrum * loudness).sum(axis=1) / loudness.sum())
    # The transform is orthonormal, so the distance of coefficients is that of 128 bands.
    return float(np.linalg.norm(means[0] - means[1]) / np.sqrt(128))


def envelope_correlation(a: np.ndarray, b: np.ndarray, sr: int) -> float:
    """How far loudness rises and falls together, the correlation in [-1, 1] of two envelopes.

    Root mean square of 46 ms every 12 ms, compressed as the ear does (exponent 0.6 of amplitude).

    >>> from audiostyle_lib.sounds import clicks
    >>> envelope_correlation(clicks(4.0), clicks(4.0), 22050) > 0.999
    True
    """
    a, b = _same_length(a, b, sr)
    curves = [
        librosa.feature.rms(y=y, frame_length=_n_fft(sr), hop_length=_hop(sr))[0] ** 0.6
        for y in (a, b)
    ]
    return _correlation(*curves)


def onset_correlation(a: np.ndarray, b: np.ndarray, sr: int) -> float:
    """How far events begin together: the correlation in [-1, 1] of two onset curves.

    The curves say how much louder the mel bands have become since the frame before (spectral flux),
    smoothed over 50 ms.

    >>> from audiostyle_lib.sounds import clicks
    >>> onset_correlation(clicks(4.0), clicks(4.0), 22050) > 0.999
    True
    """
    a, b = _same_length(a, b, sr)
    kernel = np.hanning(9) / np.hanning(9).sum()
    n_fft, hop, fmax = _n_fft(sr), _hop(sr), min(_HEARING, sr / 2)
    flux = (
        librosa.onset.onset_strength(y=y, sr=sr, n_fft=n_fft, hop_length=hop, fmax=fmax)
        for y in (a, b)
    )
    curves = [np.convolve(curve, kernel, mode="same") for curve in flux]
    return _correlation(*curves)


def chroma_correlation(a: np.ndarray, b: np.ndarray, sr: int) -> float:
    """How far the same pitch classes (C, C#, ... B) sound at the same time, in [-1, 1].

    Correlation of two chromagrams over all moments and classes, each class less its own mean over
    time, so that a drone shared by both does not count; where the chroma does not move at all, as
    in one held note, of the means themselves.

    >>> from audiostyle_lib.sounds import harmonic_note
    >>> note, other = harmonic_note(220.0), harmonic_note(311.13)
    >>> melody, wrong = np.r_[note, other], np.r_[other, note]
    >>> chroma_correlation(melody, melody, 22050) > 0.999
    True
    >>> chroma_correlation(melody, wrong, 22050) < 0
    True
    """
    a, b = _same_length(a, b, sr)
    chroma = [
        librosa.feature.chroma_stft(
            y=y, sr=sr, n_fft=4 * _n_fft(sr), hop_length=_hop(sr), tuning=0.0
        )
        for y in (a, b)
    ]
    moving = [c - c.mean(axis=1, keepdims=True) for c in chroma]
    if min(float(m.std()) for m in moving) < 0.02:
        moving = [c.mean(axis=1) for c in chroma]
    return _correlation(*(m.ravel() for m in moving))


def pitch_agreement(
    a: np.ndarray, b: np.ndarray, sr: int, *, fmin: float = 65.0, fmax: float = 1000.0
) -> float:
    """Share of the moments at which `a` has a pitch where `b` has the same, in [0, 1].

    Pitch by the algorithm YIN (de Cheveigne and Kawahara, 2002) in the louder half of the moments
    of `a`; the same means within 50 cents, octaves not counted.

    >>> from audiostyle_lib.sounds import harmonic_note
    >>> note = harmonic_note(220.0)
    >>> pitch_agreement(note, note, 22050), pitch_agreement(note, harmonic_note(250.0), 22050)
    (1.0, 0.0)
    """
    a, b = _same_length(a, b, sr)
    frame = 4 * _n_fft(sr) // 2
    pitches = [
        librosa.yin(y, fmin=fmin, fmax=fmax, sr=sr, frame_length=frame, hop_length=_hop(sr))
        for y in (a, b)
    ]
    loud = librosa.feature.rms(y=a, frame_length=frame, hop_length=_hop(sr))[0]
    chosen = loud >= np.median(loud)
    cents = 1200 * np.log2(pitches[1] / pitches[0])
    off = np.abs(cents - 1200 * np.round(cents / 1200))
    return float((off[chosen] < 50).mean())


def transfer_report(
    content: np.ndarray, style: np.ndarray, result: np.ndarray, sr: int
) -> dict[str, float]:
    """Named scores of a style transfer: what it has of either sound (book: chapter 4).

    Parameters
    ----------
    content, style, result : arrays of shape (n,)
        Sounds of at least 0.25 s; content and result should be equally long, or the longer one is
        cut.
    sr : int
        Rate of all in Hz.

    Returns
    -------
    dict of float
        `timbre_to_style`, `timbre_to_content`: `timbre_distance` in dB, small is alike;
        `envelope`, `onsets`, `chroma`: correlations with the content over time, 1 is equal;
        `pitch`: `pitch_agreement` with the content.

    Raises
    ------
    AudioError
        If one of them is no sound, silent or too short.

    Examples
    --------
    >>> from audiostyle_lib.sounds import harmonic_note, rain
    >>> report = transfer_report(note := harmonic_note(220.0), rain(seconds=2.0), note, 22050)
    >>> report["timbre_to_content"], report["timbre_to_style"] > 5, report["pitch"]
    (0.0, True, 1.0)
    """
    return {
        "timbre_to_style": timbre_distance(style, result, sr),
        "timbre_to_content": timbre_distance(content, result, sr),
        "envelope": envelope_correlation(content, result, sr),
        "onsets": onset_correlation(content, result, sr),
        "chroma": chroma_correlation(content, result, sr),
        "pitch": pitch_agreement(content, result, sr),
    }


def _hop(sr: int) -> int:
    return max(1, round(_HOP_SECONDS * sr))


def _n_fft(sr: int) -> int:
    return 4 * _hop(sr)


def _same_length(a: np.ndarray, b: np.ndarray, sr: int) -> tuple[np.ndarray, np.ndarray]:
    a = check_audio(a, sr, min_seconds=_MIN_SECONDS, name="a", mono=True)
    b = check_audio(b, sr, min_seconds=_MIN_SECONDS, name="b", mono=True)
    if max(len(a), len(b)) > 1.5 * min(len(a), len(b)):
        raise AudioError(
            f"the sounds last {len(a) / sr:.2f} s and {len(b) / sr:.2f} s; "
            "expected about the same length, to be compared moment by moment"
        )
    n = min(len(a), len(b))
    return a[:n], b[:n]


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 1e-12 else 0.0
