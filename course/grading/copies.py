"""Is a take a copy? Of anything a student has, forwards or backwards, as a whole or in grains."""

from __future__ import annotations

import numpy as np
import scipy.fft

from audiostyle_lib.metrics import copy_score, spectrogram_copy_score

# Above the score of an honest sound. Eight textures of the stored mill came to 0.06 above it at
# most; the students' check allows 0.05 for one take, and what is copied scores 0.4 more.
ALLOWED = 0.12
# A grain of 20 ms is a copy if it correlates by more than 0.95 with some place. Of the stored mill
# at another time 10 % are (it repeats itself), of textures 1 %, of shuffled or overlapping grains
# of 50 to 200 ms more than 55 %.
GRAIN, MATCH, ALLOWED_GRAINS = 0.02, 0.95, 0.15


def copied(known: np.ndarray, y: np.ndarray, honest: np.ndarray, sr: int) -> str:
    """How a sound gives away that it was copied from `known`; "" if it does not.

    `honest` is a sound of the same source that is no copy: what it scores, others may score.
    """
    for way, source in (("", known), (" backwards", np.ascontiguousarray(known[::-1]))):
        for what, score in (("samples", copy_score), ("spectrogram", spectrogram_copy_score)):
            found, limit = score(source, y, sr), score(source, honest, sr) + ALLOWED
            if found > min(limit, 0.98):
                return f"a copy{way}: its {what} match by {found:.2f}, above {limit:.2f}"
        share, own = grains(source, y, sr), grains(source, honest, sr)
        if share > own + ALLOWED_GRAINS:
            return f"{share:.0%} of its grains of 20 ms are copies{way} ({own:.0%} by themselves)"
    return ""


def grains(source: np.ndarray, y: np.ndarray, sr: int) -> float:
    """Share of the grains of `y` that are found in `source`, sample by sample."""
    n = round(GRAIN * sr)
    size = scipy.fft.next_fast_len(len(source), real=True)
    spectrum = scipy.fft.rfft(source.astype(float), size)
    energy = np.cumsum(np.concatenate([[0.0], source.astype(float) ** 2]))
    energy = np.maximum(energy[n:] - energy[:-n], 1e-6 * energy[-1] * n / len(source))
    pieces = y[: len(y) // n * n].reshape(-1, n).astype(float)
    loud = np.linalg.norm(pieces, axis=1)
    pieces, loud = pieces[loud > 1e-6], loud[loud > 1e-6]
    match = []
    for piece in pieces:
        cross = scipy.fft.irfft(spectrum * scipy.fft.rfft(piece, size).conj(), size)
        match.append(np.max(np.abs(cross[: len(energy)]) / np.sqrt(energy)))
    return float(np.mean(np.array(match) / loud > MATCH)) if len(pieces) else 0.0
