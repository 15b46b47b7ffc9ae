"""Textures without end: blocks of sound that join without seams, in constant memory.

New frames are made a few seconds at a time. Each stretch continues the channels of the one before,
so that the filters' statistics hold across the border, and fits its phases to those that were
already played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

import numpy as np
import torch
from torch import Tensor

from .audio import AudioError, rms
from .engine import (
    MAX_SECONDS,
    TextureModel,
    check_numbers,
    check_reference,
)
from .envelopes import refine, target_statistics
from .optim import Progress, check_device, cpu_threads
from .presets import Quality
from .transforms import STFT

_OVERLAP = 24  # frames of the last stretch that are made sound again, as context for phases
_HELD = 8  # of these, frames not yet played: their phases may still move
_STRETCH_SECONDS = 6.0  # at most: what is optimised at once, and the memory it takes


def stream_texture(
    y: np.ndarray,
    sr: int,
    *,
    block_seconds: float = 1.0,
    seed: int = 0,
    quality: str = "standard",
    n_filters: int = 32,
    widths: Sequence[int] = (2, 8, 32),
    dilation: int = 1,
    n_components: int | None = 32,
    n_steps: int | None = None,
    n_iter: int | None = None,
    n_refine: int | None = None,
    transform: STFT | None = None,
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
    quality, n_filters, widths, dilation, n_components, n_steps, n_refine, transform, device
        As for `synthesize_texture`.
    n_iter : int, optional
        Rounds of Griffin-Lim; set by `quality`.

    Yields
    ------
    arrays of shape (block_seconds * sr,), float32 in [-1, 1]
        At the level of the reference, by one gain for all; the rare sample beyond 1 is clipped.

    Raises
    ------
    AudioError
        At the call, not at the first block, for what cannot be used.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> stream = stream_texture(rain(seconds=1.0), 22050, n_filters=8, n_steps=5)
    >>> next(stream).shape, next(stream).shape
    ((22050,), (22050,))
    """
    device = check_device(device)
    transform = STFT.for_rate(sr) if transform is None else transform
    y = check_reference(y, sr, transform=transform, widths=widths, dilation=dilation)
    check_numbers(seed=seed)
    work = Quality.named(quality, n_steps=n_steps, n_iter=n_iter, n_refine=n_refine)
    work = work.within(len(y) / sr)
    if not (np.isfinite(block_seconds) and 1 <= block_seconds * sr <= MAX_SECONDS * sr):
        raise AudioError(
            f"block_seconds is {block_seconds!r}; expected above 0, at most {MAX_SECONDS:.0f}"
        )
    model = TextureModel.of(
        [y],
        transform=transform,
        n_filters=n_filters,
        widths=widths,
        dilation=dilation,
        n_components=n_components,
        seed=seed,
        device=device,
    )
    stretch = stretch_frames(model, len(y), sr)
    pieces = sound_stretches(model, stretch, n_steps=work.n_steps, n_iter=work.rounds, seed=seed)
    if work.n_refine:
        pieces = _refined(pieces, y, sr, n_steps=work.n_refine, device=device)
    return cut_blocks(_at_level(pieces, rms(y)), 1.0, round(block_seconds * sr))


def _refined(
    pieces: Iterator[np.ndarray], y: np.ndarray, sr: int, *, n_steps: int, device: torch.device
) -> Iterator[np.ndarray]:
    """Pieces whose envelopes have the statistics of the reference `y`."""
    target = torch.as_tensor(target_statistics([y], sr)[0]).to(device)
    tensors = ((torch.as_tensor(piece).to(device), target) for piece in pieces)
    for piece in refine(tensors, sr, n_steps=n_steps, endless=True):
        yield piece.cpu().numpy()


def stretch_frames(model: TextureModel, length: int, sr: int) -> int:
    """Frames that are made at once: as many as the reference of `length` samples has, with limits.

    Fewer would force the statistics of seconds on a moment; more would only cost memory.
    """
    most = round(_STRETCH_SECONDS * sr)
    frames = model.transform.n_frames(min(length, most))
    return max(frames, 2 * model.span, 2 * _OVERLAP)


def sound_stretches(
    model: TextureModel,
    n_frames: int,
    *,
    weights_at: Callable[[np.ndarray], np.ndarray] | None = None,
    n_steps: int = 40,
    n_iter: int = 16,
    seed: int = 0,
    progress: Progress = False,
) -> Iterator[np.ndarray]:
    """Endless stretches of sound at level `audio.LEVEL`, each continuing the one before.

    Parameters
    ----------
    model : TextureModel
        Its transform must be an STFT.
    n_frames : int
        New frames of each stretch.
    weights_at : function, optional
        From frame numbers (n,) to the shares (n, k) of the references.
    n_steps, n_iter, seed, progress
        As for `stream_texture`.
    """
    transform = model.transform
    if not isinstance(transform, STFT):
        raise AudioError(
            f"transform is {transform!r}; a stream expects an STFT, whose phases can be continued"
        )

    def spectrograms() -> Iterator[Tensor]:
        x = None  # channels of the last stretch
        for number in count():
            at = np.arange(number * n_frames, (number + 1) * n_frames)
            new = model.frames(
                n_frames,
                weights=None if weights_at is None else weights_at(at),
                before=None if x is None else x[:, -(model.span - 1) :] if model.span > 1 else None,
                n_steps=n_steps,
                seed=seed + 1 + number,
                progress=progress,
            )
            x = new.x
            yield new.S

    yield from joined(spectrograms(), transform, n_iter=n_iter, seed=seed)


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
        with cpu_threads(1):  # not across the yield: the number is the process's
            if S is None or sound is None:
                S = new
                out = transform.inverse(S, length=(S.shape[1] - 1) * hop, n_iter=n_iter, seed=seed)
                ready, held = out[: -_HELD * hop], out[-_HELD * hop :]
            else:
                # `sound` is that of the overlap. What was played of it stays; the frames held back
                # start with the phases they have, so that both versions fit where one fades into
                # the other.
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


def _at_level(pieces: Iterator[np.ndarray], level: float) -> Iterator[np.ndarray]:
    """One gain for all pieces, which brings the first to `level`."""
    gain = None  # not level / LEVEL: frames whose phases do not fit cancel a little, by half a dB
    for piece in pieces:
        gain = level / rms(piece) if gain is None else gain
        yield gain * piece


def cut_blocks(pieces: Iterable[np.ndarray], gain: float, size: int) -> Iterator[np.ndarray]:
    """Cut pieces, times `gain`, into float32 blocks of `size` samples; beyond 1 they are clipped.

    >>> [block.tolist() for block in cut_blocks([np.ones(3), np.ones(2)], 0.5, 2)]
    [[0.5, 0.5], [0.5, 0.5]]
    """
    waiting = np.zeros(0, dtype=np.float32)
    for piece in pieces:
        waiting = np.concatenate([waiting, np.clip(gain * piece, -1, 1).astype(np.float32)])
        while len(waiting) >= size:
            yield waiting[:size].copy()
            waiting = waiting[size:]
