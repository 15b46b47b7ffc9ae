"""Textures without end: blocks of sound that join without seams, in constant memory.

New frames are made a few seconds at a time. Each stretch continues the channels of the one before,
so that the filters' statistics hold across the border, and fits its phases to those that were
already played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from .arguments import check_seed, is_number
from .audio import AudioError, check_rate
from .levels import fade_ends, limited, rms
from .model import TextureModel
from .optim import on_one_thread
from .quality import Quality, as_quality
from .refine import refine
from .result import MAX_SECONDS
from .transforms import STFT, transform_named

_OVERLAP = 24  # frames of the last stretch that are made sound again, as context for phases
_HELD = 8  # of these, frames not yet played: their phases may still move
_PEAK = 0.9  # of the first seconds: what comes later may have a larger one
_STRETCH_SECONDS = 6.0  # at most: what is optimised at once, and the memory it takes


def stream_texture(
    y: np.ndarray,
    sr: int,
    *,
    block_seconds: float = 1.0,
    seed: int = 0,
    quality: str | Quality = "standard",
    device: str | torch.device = "cpu",
) -> Iterator[np.ndarray]:
    """Play a texture for ever: an endless iterator over blocks of new sound (book: chapter 8).

    Memory does not grow, and blocks come faster than they play. Interrupting it at any point does
    no harm.

    Parameters
    ----------
    y : array of shape (n,)
        The reference, in [-1, 1].
    sr : int
        Rate of reference and result in Hz.
    block_seconds : number > 0
        Length of each block; it does not change what is heard.
    seed : int
        The same seed gives the same stream on the same machine.
    quality, device
        As for `synthesize_texture`; the transform must be an STFT, whose phases can be continued.

    Yields
    ------
    arrays of shape (block_seconds * sr,), float32 in [-1, 1]
        From zero, and at the level of the reference by one gain for all, less where the first
        seconds' peak would exceed 0.9. Later peaks beyond 1 are turned down, not clipped.

    Raises
    ------
    AudioError
        At the call, not at the first block, for what cannot be used.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> stream = stream_texture(rain(seconds=1.0), 22050, quality="draft")
    >>> next(stream).shape, next(stream).shape
    ((22050,), (22050,))
    """
    seed, sr = check_seed(seed), check_rate(sr)
    if not (is_number(block_seconds) and 1 <= block_seconds * sr <= MAX_SECONDS * sr):
        raise AudioError(
            f"block_seconds is {block_seconds!r}; expected above 0, at most {MAX_SECONDS:.0f}"
        )
    check_continuable(as_quality(quality), sr)
    model = TextureModel.measure([y], sr, quality, seed=seed, device=device)
    level = rms(model.references[0])
    pieces = sound_stretches(model, seed=seed)
    return played(pieces, lambda first: level_gain(first, level), sr, round(block_seconds * sr))


def check_continuable(quality: Quality, sr: int) -> STFT:
    """The quality's transform at rate `sr`, if it is one whose phases can be continued."""
    transform = transform_named(quality.transform, sr)
    if not isinstance(transform, STFT):
        raise AudioError(
            f"transform is {quality.transform!r}; a stream expects an STFT, whose phases can be "
            "continued"
        )
    return transform


def stretch_frames(model: TextureModel) -> int:
    """Frames that are made at once: as many as the longest reference has, with limits.

    Fewer would force the statistics of seconds on a moment; more would only cost memory.
    """
    most = round(_STRETCH_SECONDS * model.sr)
    frames = model.transform.n_frames(min(max(map(len, model.references)), most))
    return max(frames, 2 * model.span, 2 * _OVERLAP)


def sound_stretches(
    model: TextureModel, shares: Iterable[np.ndarray] | None = None, *, seed: int = 0
) -> Iterator[np.ndarray]:
    """Endless stretches of sound at level `levels.LEVEL`, each continuing the one before.

    Parameters
    ----------
    model : TextureModel
        Its transform must be an STFT.
    shares : iterable of arrays (n_frames, k), optional
        Shares of the references at the frames of each stretch; equal ones by default.
    seed : int
    """
    transform = check_continuable(model.quality, model.sr)
    n_refine = model.n_refine()
    if shares is None:
        k = len(model.references)
        shares = repeat(np.full((stretch_frames(model), k), 1 / k))
    frames = (new.S for new in model.stretches(shares, seed=seed + 1))
    pieces = joined(frames, transform, n_iter=model.quality.rounds(n_refine), seed=seed)
    return touched(pieces, model) if n_refine else pieces


def touched(pieces: Iterator[np.ndarray], model: TextureModel) -> Iterator[np.ndarray]:
    """Pieces of sound whose waveform has the statistics of the model's references."""
    device = model.basis.device
    target = torch.as_tensor(model.sound_targets.mean(axis=0)).to(device)
    tensors = ((torch.as_tensor(piece).to(device), target) for piece in pieces)
    n_steps, sound = model.quality.n_refine, model.quality.sound
    for piece in refine(tensors, model.sr, n_steps=n_steps, sound=sound, endless=True):
        yield piece.cpu().numpy()


def joined(
    spectrograms: Iterable[Tensor], transform: STFT, *, n_iter: int, seed: int
) -> Iterator[np.ndarray]:
    """Sound of successive stretches of one spectrogram, whose phases continue across the joints.

    Parameters
    ----------
    spectrograms : iterable of tensors (n_bins, t_i)
        Each goes on where the one before ended.
    transform : STFT
    n_iter, seed
        As for `stream_texture`.

    Yields
    ------
    arrays of shape (n_i,)
        Some frames late: phases at the end of a stretch may still move.

    Examples
    --------
    >>> S = STFT().forward(0.1 * torch.randn(30000))
    >>> sound = joined([S[:, :60], S[:, 60:]], STFT(), n_iter=2, seed=0)
    >>> [len(piece) // 256 for piece in sound]
    [51, 58]
    """
    hop, n_fft = transform.hop_length, transform.n_fft
    S = sound = None  # of the last stretch: frames, and the end of its sound
    for number, new in enumerate(spectrograms):
        if S is None or sound is None:
            S = new
            out = transform.inverse(S, length=(S.shape[1] - 1) * hop, n_iter=n_iter, seed=seed)
            ready, held = out[: -_HELD * hop], out[-_HELD * hop :]
        else:
            # `sound` is that of the overlap. What was played of it stays; the frames held back
            # start with the phases they have, so that both versions fit where one fades into the
            # other.
            S = torch.cat([S[:, -_OVERLAP:], new], dim=1)
            guess = transform.complex(sound)
            out = transform.inverse(
                S,
                length=(S.shape[1] - 1) * hop,
                n_iter=n_iter,
                seed=seed + number,
                known=guess[:, : _OVERLAP - _HELD - n_fft // (2 * hop)],
                guess=guess,
            )
            out = out[(_OVERLAP - 1 - _HELD) * hop :]
            fade = torch.linspace(0, 1, n_fft).to(out)
            joint = held[:n_fft] + fade * (out[:n_fft] - held[:n_fft])
            ready = torch.cat([joint, out[n_fft : -_HELD * hop]])
            held = out[-_HELD * hop :]
        sound = torch.cat([ready, held])[-(_OVERLAP - 1) * hop :]
        yield ready.cpu().numpy()


def played(
    pieces: Iterable[np.ndarray], gain: Callable[[np.ndarray], float], sr: int, size: int
) -> Iterator[np.ndarray]:
    """Pieces of one sound as blocks that can be played: at one level, from zero, none beyond 1.

    Parameters
    ----------
    pieces : iterable of arrays of shape (n_i,)
        At any level.
    gain : function
        From the first piece to the factor for all.
    sr : int
        Rate in Hz.
    size : int
        Samples of a block.

    Yields
    ------
    float32 arrays of shape (size,)

    Examples
    --------
    >>> blocks = played([np.ones(3000), np.ones(2000)], lambda first: 0.5, 22050, 2000)
    >>> [(float(block[0]), float(block[-1])) for block in blocks]
    [(0.0, 0.5), (0.5, 0.5)]
    """

    def at_level() -> Iterator[np.ndarray]:
        factor = None
        for piece in pieces:
            first, factor = factor is None, gain(piece) if factor is None else factor
            new = (factor * piece).astype(np.float32)
            yield fade_ends(new, sr, end=False) if first else new

    waiting = np.zeros(0, dtype=np.float32)
    for piece in on_one_thread(limited(at_level(), sr)):
        waiting = np.concatenate([waiting, piece])
        while len(waiting) >= size:
            yield waiting[:size].copy()
            waiting = waiting[size:]


def level_gain(first: np.ndarray, level: float) -> float:
    """Factor that brings a sound, by its first piece, to `level`, or as near as its peaks allow.

    >>> level_gain(np.array([0.1, -0.1]), 0.5), level_gain(np.array([0.0, 2.0]), 5.0)
    (5.0, 0.45)
    """
    peak = float(np.abs(first).max())
    return float(min(level / max(rms(first), 1e-9), _PEAK / max(peak, 1e-9)))
