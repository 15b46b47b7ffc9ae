"""New spectrogram frames: from noise, changed until their statistics are those of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from .model import TextureModel
from .optim import optimise
from .progress import Progress
from .seeds import derived_seed, noise_source
from .statistics import (
    FRAME_STATISTICS,
    Features,
    match_quantiles,
    resample_quantiles,
    surrogate,
    wanted_powers,
)


@dataclass(frozen=True)
class Frames:
    """New spectrogram frames: `S` (n_bins, t), their components `x` (c, t), and the loss's fall.

    `seen` (c, t + more) are the components with what the filters see before and after them.
    """

    S: Tensor
    x: Tensor
    history: list[float]
    seen: Tensor


def new_frames(
    model: TextureModel,
    n_frames: int,
    *,
    weights: np.ndarray | None = None,
    before: Tensor | None = None,
    loop: bool = False,
    seed: int = 0,
    progress: Progress = False,
    watch: Callable[[Frames], object] | None = None,
) -> Frames:
    """Make `n_frames` new frames.

    Parameters
    ----------
    model : TextureModel
    n_frames : int
    weights : array (n_frames, k), optional
        Share of each reference at every frame, rows adding to 1; equal shares by default.
        Means follow it frame by frame, the other statistics its average.
    before : tensor (c, t), optional
        Components that the new frames continue; they stay as they are.
    loop : bool
        After the last frame comes the first: filters see across.
    seed, progress
        As for `synthesize_texture`.
    watch : function of `Frames`, optional
        Told what the search would end with if it ended there: at the start, and at every step that
        lowers the loss.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> model, steps = TextureModel.measure([rain(seconds=1.0)], 22050, "draft"), []
    >>> new_frames(model, 100, watch=steps.append).S.shape
    torch.Size([513, 100])
    >>> steps[-1].history[-1] < steps[0].history[0]
    True
    """
    k, n_channels = len(model.means), model.basis.shape[1]
    generator = noise_source(seed, "frames")
    w = torch.full((n_frames, k), 1 / k) if weights is None else torch.as_tensor(weights)
    w = w.to(model.basis)
    share = w.mean(dim=0)
    fixed = model.basis.new_zeros((n_channels, 0)) if before is None else before
    # Frames at an open end are seen by few filter positions, so some more are made and cut.
    first, last = (model.span - 1 if before is None else 0), model.span - 1
    if loop:
        first = last = 0
    total = first + n_frames + last
    n_positions = total + fixed.shape[1] - (0 if loop else model.span)

    start = _start(model, share, total, fixed, generator)[None]
    statistics = _statistics(model, share.tolist(), n_positions)

    def seen(x: Tensor) -> Tensor:
        return _around(x, model.span - 1) if loop else torch.cat([fixed[None], x], dim=2)

    def criterion(x: Tensor) -> Tensor:
        features = model.network(seen(x))
        terms = [weight * statistic(features) for weight, statistic in statistics]
        return sum(terms[1:], terms[0])

    rest = model.remainder(w, generator, loop=loop)
    wanted = torch.einsum("k,kbq->bq", share, model.quantiles)

    def frames(found: Tensor, history: list[float]) -> Frames:
        x = found[0, :, first : first + n_frames]
        return Frames((w @ model.means).mT + model.basis @ x + rest, x, history, seen(found)[0])

    found = optimise(
        start,
        criterion,
        n_steps=model.quality.n_steps,
        progress=progress,
        description="texture",
        watch=None if watch is None else lambda x, history: watch(frames(x, history)),
    )
    new, means = frames(found.x, found.history), (w @ model.means).mT
    return replace(new, S=means + match_quantiles(new.S - means, wanted))


def _start(
    model: TextureModel, share: Tensor, n_frames: int, before: Tensor, generator: torch.Generator
) -> Tensor:
    """What a search for `n_frames` new frames after `before` (c, t) starts from, (c, n_frames).

    Noise with the deviations of the references' channels, in shares (k,) that add to 1; or with
    their values and repetitions, and nothing else of them.
    """
    quality, (c, t) = model.quality, before.shape
    n = t + n_frames
    x = torch.randn((c, n), generator=generator).to(model.basis)
    x = x * (share @ model.deviations**2).sqrt()[:, None]
    if quality.n_start:
        values = torch.stack([resample_quantiles(channel, n) for channel in model.channels])
        x = surrogate(
            x,
            torch.einsum("k,kct->ct", share, values),
            *wanted_powers(model.repetitions, share, n),
            n_rounds=quality.n_start,
            known=before,
        )
    return quality.start * x[:, t:]


def _around(x: Tensor, n: int) -> Tensor:
    """A loop (..., t) and the first `n` of what comes after its end, which is its beginning.

    >>> _around(torch.tensor([1, 2]), 3)
    tensor([1, 2, 1, 2, 1])
    """
    t = x.shape[-1]
    return torch.cat([x] * (1 + -(-n // t)), dim=-1)[..., : t + n]


def _statistics(
    model: TextureModel, share: list[float], n_positions: int
) -> list[tuple[float, Callable[[Features], Tensor]]]:
    """The quality's criteria with their weights, for so many positions of the widest filter."""
    return [
        (weight, FRAME_STATISTICS[name].wanted(model.features, share, n_positions))
        for name, weight in model.quality.frames.items()
        if weight
    ]


def stretches(
    model: TextureModel,
    parts: Iterable[np.ndarray],
    *,
    seed: int = 0,
    progress: Progress = False,
) -> Iterator[Frames]:
    """Stretches of frames, each going on where the one before ended.

    Parameters
    ----------
    model : TextureModel
    parts : iterable of arrays (n_frames, k)
        Shares of the references at the frames of each stretch, as `weights` of `new_frames`.
    seed, progress
        As for `new_frames`.
    """
    x = None
    for number, part in enumerate(parts):
        own = derived_seed(seed, "stretch", number)
        new = new_frames(model, len(part), weights=part, before=x, seed=own, progress=progress)
        yield new
        made = new.x if x is None else torch.cat([x, new.x], dim=1)
        x = made[:, made.shape[1] - (model.span - 1) :]
