"""The last touch: a sound's samples, changed until its envelopes have a recording's statistics.

First its levels are made as sharp as the recording's (`sharpen`), which needs no gradient and does
most; then the statistics follow. `metrics` measures how like a texture sounds to the ear; here
nearly the same statistics have a gradient. The model's spectrogram fixes what follows what; this
gives bands their depth, their sharp events, their rhythms and what they do together, and needs no
phases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import scipy.fft
import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from .auditory import MIN_SECONDS
from .levels import LEVEL, fade_ends, rms
from .optim import optimise
from .progress import Progress
from .sharpen import LevelTargets, level_targets, sharpened
from .statistics import SoundMeasure, sound_targets

_SMOOTH_HZ = 30.0  # width over which a spectrum is averaged, to colour changes like it
_COLOUR = 0.3  # exponent of the power: gains have 0.6 of the slopes, in dB
_FADE_SECONDS = 0.05  # over which a change fades in beside samples that stay
_CONTEXT_SECONDS = 1.0  # of the sound before that is measured together with a new piece
_PIECE_SECONDS = 10.0  # changed at once, about: more would only cost memory
_MORPH_SECONDS = 2.0  # the same while shares move, to follow them


def refined(
    y: np.ndarray,
    references: Sequence[np.ndarray],
    sr: int,
    *,
    n_steps: int,
    n_sharpen: int = 0,
    shares: np.ndarray | None = None,
    sound: Mapping[str, float] | None = None,
    targets: np.ndarray | None = None,
    levels: Sequence[LevelTargets] | None = None,
    loop: bool = False,
    device: torch.device | str = "cpu",
    progress: Progress = False,
) -> np.ndarray:
    """A sound like `y`, whose envelopes have the statistics of references.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n)
        Any level.
    references : sequence of k arrays of shape (n_i,) or (channels, n_i)
        Any levels; as many channels as `y`.
    sr : int
        Rate in Hz.
    n_steps : int
        Steps of the optimiser.
    n_sharpen : int
        Rounds of `sharpen`; with neither `y` is left as it is.
    shares : array (m, k), optional
        Weights of the references, rows adding to 1 and spread over the sound; equal by default.
    sound : dict, optional
        Weights of the statistics, as of a `Quality`; all 1 by default.
    targets : array (k, n_statistics), optional
        What is wanted of each reference; by default `sound_targets` of it.
    levels : sequence of LevelTargets, optional
        The same for `sharpen`; by default `level_targets` of the references.
    loop : bool
        The end of `y` meets its beginning, and still does.
    device, progress
        As for `synthesize_texture`.

    Returns
    -------
    array of the same shape
        About as loud as `y`; `y` itself where a sound is shorter than `auditory.MIN_SECONDS`.

    Examples
    --------
    >>> from audiostyle_lib.sounds import crackle, matched_noise
    >>> reference = crackle(seconds=1.0)
    >>> noise = matched_noise(reference, 22050)
    >>> found = refined(noise, [reference], 22050, n_steps=20)
    >>> bool(abs(found).max() > 1.5 * abs(noise).max())
    True
    """
    if not (n_steps or n_sharpen):
        return y
    if min(x.shape[-1] for x in (y, *references)) < MIN_SECONDS * sr:
        return y
    k = len(references)
    shares = np.full((1, k), 1 / k) if shares is None else shares
    piece_seconds = _PIECE_SECONDS if len(shares) == 1 else _MORPH_SECONDS
    n = y.shape[-1]
    parts = np.array_split(np.atleast_2d(y), max(1, round(n / sr / piece_seconds)), axis=1)
    middles = (np.arange(len(parts)) + 0.5) / len(parts) * (len(shares) - 1)
    of_part = np.stack([np.interp(middles, np.arange(len(shares)), s) for s in shares.T], axis=1)
    level = rms(y)
    pieces = [
        (torch.as_tensor(part * (LEVEL / level)).to(device), share)
        for part, share in zip(parts, of_part, strict=True)
    ]
    if n_steps and targets is None:
        targets = sound_targets(references, sr, sound=sound)
    if n_sharpen and levels is None:
        levels = level_targets(references, sr)
    found = list(
        refine(
            pieces, sr, n_steps=n_steps, n_sharpen=n_sharpen, sound=sound, targets=targets,
            levels=levels, loop=loop, progress=progress,
        )
    )  # fmt: skip
    new = torch.cat(found, dim=1).cpu().numpy() * np.float32(level / LEVEL)
    return new if y.ndim == 2 else new[0]


def refine(
    pieces: Iterable[tuple[Tensor, np.ndarray]],
    sr: int,
    *,
    n_steps: int,
    n_sharpen: int = 0,
    sound: Mapping[str, float] | None = None,
    targets: np.ndarray | None = None,
    levels: Sequence[LevelTargets] | None = None,
    endless: bool = False,
    loop: bool = False,
    progress: Progress = False,
) -> Iterator[Tensor]:
    """Change a sound, piece by piece, until its levels and envelopes are as is wanted.

    Parameters
    ----------
    pieces : iterable of (y, shares)
        Successive pieces of one sound, tensors (c, n), near `LEVEL`, and the shares (k,) of the
        references that each should be like.
    sr : int
        Rate in Hz.
    n_steps, n_sharpen : int
        Steps of the optimiser, and rounds of `sharpen`, on every piece.
    sound : dict, optional
        Weights of the statistics.
    targets : array (k, n_statistics)
        What the steps want of each reference, as `sound_targets` gives it.
    levels : sequence of LevelTargets
        What the rounds want.
    endless : bool
        There will be another piece: do not wait for it to see that this is not the last.
    loop : bool
        After the last piece comes the first.
    progress : bool

    Yields
    ------
    tensors as long as the pieces
        A piece is measured together with the second before it, and changes fade in and out at its
        ends, so that pieces join as they did. The first begins and the last ends at zero, but not
        of a loop; if that is one piece, it is measured and changed as a ring.
    """
    context, fade = round(_CONTEXT_SECONDS * sr), round(_FADE_SECONDS * sr)
    past: Tensor | None = None
    ring = False
    if loop:
        pieces = list(pieces)
        ring = len(pieces) == 1
        past = None if ring else pieces[-1][0][:, -context:]
    waiting = iter(pieces)
    measures: dict[int, SoundMeasure] = {}
    piece = next(waiting, None)
    while piece is not None:
        y, shares = piece
        if not endless:
            piece = next(waiting, None)
        before, length = y[:, :0], y.shape[1]
        if past is not None:
            longest = length + min(context, past.shape[1])  # or less: few lengths transform fast
            fast = (m for m in range(longest, 0, -1) if scipy.fft.next_fast_len(m, real=True) == m)
            before = past[:, past.shape[1] + length - next(fast) :]
        free = torch.ones_like(y[0])
        ramp = torch.linspace(0, 1, min(fade, length), device=y.device)
        if past is not None:
            free[: len(ramp)] = ramp
        if piece is not None or (loop and not ring):
            free[length - len(ramp) :] *= ramp.flip(0)
        if n_sharpen:
            assert levels is not None
            both, held = torch.cat([before, y], 1), None
            if (free != 1).any() or before.shape[1]:  # else there is nothing to hold
                held = torch.cat([torch.zeros_like(before[0]), free])
            share = torch.as_tensor(shares).to(y)
            new = sharpened(both, levels, share, sr, n_rounds=n_sharpen, held=held, loop=ring)
            y = new[:, before.shape[1] :]
        # A result begins and ends at zero: what is measured must, too.
        first, last = past is None and not loop, piece is None and not (endless or loop)
        edges = fade_ends(np.ones(length, np.float32), sr, start=first, end=last)
        edge = torch.as_tensor(edges).to(y)
        y = y * edge
        if n_steps:
            assert targets is not None
            n = before.shape[1] + length
            if n not in measures:
                measures = dict(list(measures.items())[-1:])  # lengths hardly change
                measures[n] = SoundMeasure(n, sr, n_channels=len(y), sound=sound, device=y.device)
            target = torch.as_tensor((shares @ targets).astype(np.float32)).to(y.device)
            new = _refined(y, before, free, target, measures[n], sr, n_steps, progress)
            y = torch.lerp(y, new, edge)  # only now: some ms are not worth two transforms a step
        past = torch.cat([before, y], dim=1)[:, -context:]
        yield y
        if endless:
            piece = next(waiting, None)


def _colour(y: Tensor, sr: int) -> Tensor:
    """Gains (c, n // 2 + 1) that give white noise 0.6 of the slopes, in dB, of `y` (c, n)."""
    power = torch.fft.rfft(y).abs().square()
    width = 2 * round(_SMOOTH_HZ / 2 * y.shape[1] / sr) + 1
    smooth = avg_pool1d(power, width, 1, width // 2, count_include_pad=False)
    gains = smooth**_COLOUR
    return gains / gains.square().mean().sqrt().clamp(min=1e-9)


def _refined(
    y: Tensor,
    before: Tensor,
    free: Tensor,
    target: Tensor,
    measure: SoundMeasure,
    sr: int,
    n_steps: int,
    progress: Progress,
) -> Tensor:
    """`y` (c, n), changed as far as `free` (n,) lets it, to measure well after `before`."""
    sound = torch.cat([before, y], dim=1)
    n, spectrum, weights = sound.shape[1], torch.fft.rfft(sound), measure.weights(target)
    # Quiet bands take small steps, loud ones large ones, so fewer do; 1 is as large as the sound.
    gains = LEVEL * (n / 2) ** 0.5 * _colour(sound, sr)
    held = torch.cat([torch.zeros_like(before[0]), free])

    def changed(x: Tensor) -> Tensor:
        change = gains * torch.view_as_complex(x)
        if (held != 1).any():  # else there is nothing to do in the time domain
            change = torch.fft.rfft(held * torch.fft.irfft(change, n))
        return spectrum + change

    def loss(x: Tensor) -> Tensor:
        return (weights * (measure.of_spectrum(changed(x)) - target).square()).sum()

    start = torch.zeros((*gains.shape, 2), device=y.device)
    found = optimise(start, loss, n_steps=n_steps, progress=progress, description="envelopes")
    return torch.fft.irfft(changed(found.x), n)[:, before.shape[1] :]
