"""From frames to sound: phases, principal channels turned to an image, the last touch, the level.

`new_sound` makes one sound of all frames at once; `sound_stretches` goes on for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import repeat, tee

import numpy as np
import torch
from torch import Tensor

from .audio import SR, AudioError
from .frames import stretches
from .levels import finished
from .model import TextureModel
from .progress import Progress
from .quality import Quality
from .refine import refine, refined
from .seeds import derived_seed
from .spatial import filtered
from .transforms import STFT, Ring, transform_named

OVERLAP = 24  # frames of the last stretch that are made sound again, as context for phases
HELD = 8  # of these, frames not yet played: their phases may still move
_MOST_IMAGES = 32  # that a moving image is put together from
_STRETCH_SECONDS = 6.0  # at most: what is optimised at once, and the memory it takes
_FIRST_SECONDS = 2.5  # of a stream, at least: a search looks for the statistics of all of them
_GROWTH = 1.1  # of stretch to stretch: with more, standard in stereo at 44,100 Hz comes late


def new_sound(
    model: TextureModel,
    S: Tensor,
    length: int,
    *,
    level: float,
    shares: np.ndarray | None = None,
    touch: bool = True,
    loop: bool = False,
    seed: int = 0,
    progress: Progress = False,
) -> np.ndarray:
    """Frames made sound, of shape (length,) or (channels, length), as the references are.

    Parameters
    ----------
    model : TextureModel
    S : tensor (n_bins, t)
        Log spectrogram, of `model.n_frames(length)` frames or more.
    length : int
        Samples of the result.
    level : number
        Its root mean square, less where its peak would exceed 1.
    shares : array (m, k), optional
        Weights of the references, rows adding to 1 and spread over the sound; equal by default.
    touch : bool
        Let the waveform have the references' statistics too.
    loop : bool
        After the last frame comes the first, and after the end of the sound its beginning.
    seed, progress
        As for `synthesize_texture`.
    """
    touch = touch and model.touched(length)
    n_refine = model.n_refine(length) if touch else 0
    n_sharpen = model.quality.n_sharpen if touch else 0
    rounds = model.quality.rounds(n_refine + n_sharpen > 0)
    inverse: Callable[..., Tensor] = partial(model.transform.inverse, length=length)
    if loop:
        transform = check_continuable(model.quality, model.sr, "a loop")
        inverse = Ring(transform, length, S.shape[1], like=S).inverse
    parts = [
        inverse(
            part, n_iter=rounds, seed=derived_seed(seed, "phases", 0, number), progress=progress
        )
        for number, part in enumerate(S.chunk(model.image.n_parts))
    ]
    k = len(model.references)
    shares = np.full((1, k), 1 / k) if shares is None else shares
    y = refined(
        together(model, torch.stack(parts), shares, loop=loop).cpu().numpy(),
        model.references,
        model.sr,
        n_steps=n_refine,
        n_sharpen=n_sharpen,
        shares=shares,
        sound=model.quality.sound,
        targets=model.sound_targets if n_refine else None,
        levels=model.level_targets if n_sharpen else None,
        loop=loop,
        device=S.device,
        progress=progress,
    )
    Y = model.image.all(torch.as_tensor(np.atleast_2d(y)))
    return finished(Y, model.sr, level, loop=loop)


def together(
    model: TextureModel, parts: Tensor, shares: np.ndarray, *, loop: bool = False
) -> Tensor:
    """Principal channels (parts, n) turned to the references' image, (distinct, n).

    Where `shares` (m, k) move, from the image of each row to that of the next; in a `loop` they
    stay.
    """
    if model.image.n_distinct == 1:
        return parts
    if len(shares) == 1:
        return filtered(parts, model.image.taps(shares[0]), loop=loop)
    if len(shares) > _MOST_IMAGES:
        rows = np.linspace(0, len(shares) - 1, _MOST_IMAGES)
        columns = (np.interp(rows, np.arange(len(shares)), column) for column in shares.T)
        shares = np.stack(list(columns), axis=1)
    n = parts.shape[1]
    places = torch.linspace(0, len(shares) - 1, n, device=parts.device)
    out = parts.new_zeros((model.image.n_distinct, n))
    for number, row in enumerate(shares):
        taps = model.image.taps(row)
        weight = (1 - (places - number).abs()).clamp(min=0)
        here = torch.nonzero(weight).flatten()
        first = max(0, int(here[0]) - taps.shape[2])
        last = int(here[-1]) + 1 + taps.shape[2]
        turned = filtered(parts[:, first:last], taps)
        out[:, first:last] += turned * weight[first:last]
    return out


def check_continuable(quality: Quality, sr: int, what: str = "a stream") -> STFT:
    """The quality's transform at rate `sr`, if it is one whose phases can be continued."""
    transform = transform_named(quality.transform, sr)
    if not isinstance(transform, STFT):
        raise AudioError(
            f"transform is {quality.transform!r}; {what} expects an STFT, whose phases can be "
            "continued"
        )
    return transform


def stretch_frames(model: TextureModel) -> int:
    """Frames that are made at once: as many as the longest reference has, with limits.

    Fewer would force the statistics of seconds on a moment; more would only cost memory.
    """
    return _frames(model, _STRETCH_SECONDS)


def stretch_lengths(model: TextureModel) -> Iterator[int]:
    """Frames of successive stretches: the first is soon there, the rest as `stretch_frames`.

    Its work is that of six seconds of one channel at the book's rate, where it lasts 2.5 seconds at
    least; each of the next is a tenth longer, so that it is ready before the last has played.
    """
    whole = stretch_frames(model)
    seconds = max(_FIRST_SECONDS, _STRETCH_SECONDS * SR / (model.sr * model.image.n_parts))
    n = min(whole, _frames(model, seconds))
    while n < whole:
        yield n
        n = min(whole, round(_GROWTH * n))
    yield from repeat(whole)


def _frames(model: TextureModel, seconds: float) -> int:
    frames = model.transform.n_frames(min(model.longest, round(seconds * model.sr)))
    return max(frames, 2 * model.span, 2 * OVERLAP)


def sound_stretches(
    model: TextureModel, shares: Iterable[np.ndarray] | None = None, *, seed: int = 0
) -> Iterator[np.ndarray]:
    """Endless stretches of sound near level `levels.LEVEL`, each continuing the one before.

    Parameters
    ----------
    model : TextureModel
        Its transform must be an STFT.
    shares : iterable of arrays (n_frames, k), optional
        Shares of the references at the frames of each stretch; equal ones by default.
    seed : int

    Yields
    ------
    arrays (n_i,) or (channels, n_i), as the references are
    """
    transform = check_continuable(model.quality, model.sr)
    k = len(model.references)
    if shares is None:
        shares = (np.full((n, k), 1 / k) for n in stretch_lengths(model))
    n_refine = model.n_refine()
    n_sharpen = model.quality.n_sharpen if model.touched() else 0
    touched = n_refine + n_sharpen > 0
    of_pieces: Iterable[np.ndarray] = ()
    if touched:
        shares, of_pieces = tee(shares)  # a piece is a stretch, some frames late
    frames = (new.S for new in stretches(model, shares, seed=seed))
    n_iter = model.quality.rounds(touched)
    parts = joined(transform, model.image.n_parts, frames, n_iter=n_iter, seed=seed)
    pieces = image_stretches(model.image.even_taps, parts)
    if touched:
        pieces = refine(
            ((piece, share.mean(axis=0)) for piece, share in zip(pieces, of_pieces, strict=False)),
            model.sr,
            n_steps=n_refine,
            n_sharpen=n_sharpen,
            sound=model.quality.sound,
            targets=model.sound_targets if n_refine else None,
            levels=model.level_targets if n_sharpen else None,
            endless=True,
        )
    for piece in pieces:
        yield model.image.all(piece)


def joined(
    transform: STFT, n_parts: int, spectrograms: Iterable[Tensor], *, n_iter: int, seed: int = 0
) -> Iterator[Tensor]:
    """Principal channels of successive stretches, whose phases continue across the joints.

    Parameters
    ----------
    transform : STFT
    n_parts : int
        Principal channels, whose spectrograms stand one above the other.
    spectrograms : iterable of tensors (n_bins, t_i)
        Each goes on where the one before ended.
    n_iter : int
        Rounds of Griffin-Lim.
    seed : int

    Yields
    ------
    tensors (parts, n_i)
        Some frames late: phases at the end of a stretch may still move.
    """
    hop, n_fft = transform.hop_length, transform.n_fft
    S: Tensor | None = None  # of the last stretch: its frames,
    sound: Tensor | None = None  # the end of its sound,
    held = torch.zeros(0)  # and of that what is not yet played
    for number, new in enumerate(spectrograms):
        parts = torch.stack(new.chunk(n_parts))
        S = parts if S is None else torch.cat([S[:, :, -OVERLAP:], parts], dim=2)
        outs = []
        for place, part in enumerate(S):
            # What was played of the overlap stays; the frames held back start with the phases
            # they have, so that both versions fit where one fades into the other.
            guess = None if sound is None else transform.complex(sound[place])
            known = None if guess is None else guess[:, : OVERLAP - HELD - n_fft // (2 * hop)]
            outs.append(
                transform.inverse(
                    part,
                    length=(part.shape[1] - 1) * hop,
                    n_iter=n_iter,
                    seed=derived_seed(seed, "phases", number, place),
                    known=known,
                    guess=guess,
                )
            )
        out = torch.stack(outs)
        if sound is None:
            ready = out[:, : -HELD * hop]
        else:
            out = out[:, (OVERLAP - 1 - HELD) * hop :]
            fade = torch.linspace(0, 1, n_fft).to(out)
            joint = held[:, :n_fft] + fade * (out[:, :n_fft] - held[:, :n_fft])
            ready = torch.cat([joint, out[:, n_fft : -HELD * hop]], dim=1)
        held = out[:, -HELD * hop :]
        sound = torch.cat([ready, held], dim=1)[:, -(OVERLAP - 1) * hop :]
        yield ready


def image_stretches(h: Tensor | None, pieces: Iterable[Tensor]) -> Iterator[Tensor]:
    """Successive pieces of principal channels (parts, n_i) turned to the image, (distinct, n_i).

    By filters `h` (distinct, parts, n_taps), or as they are (`SpatialImage.even_taps`). Half a
    filter late; what comes before the first piece is silence.
    """
    if h is None:
        yield from pieces
        return
    half, waiting = h.shape[2] // 2, None
    for piece in pieces:
        first = waiting is None
        waiting = piece if waiting is None else torch.cat([waiting, piece], dim=1)
        out = filtered(waiting, h)
        if waiting.shape[1] > (half if first else 2 * half):
            yield out[:, 0 if first else half : out.shape[1] - half]
            waiting = waiting[:, -2 * half :]
