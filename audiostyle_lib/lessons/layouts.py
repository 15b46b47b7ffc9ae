"""One synthesis for every layout of a spectrogram, so that layouts can be compared like with like.

`model` is the fast way for one layout. Here nothing favours any of them: no principal components,
the same start, the same scaling of filters, the same way back to sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ..audio import AudioError, check_audio, check_rate
from ..levels import LEVEL, finished, rms
from ..networks import RandomCNN, arrange
from ..optim import cpu_threads, optimise
from ..progress import Progress
from ..statistics import Features, GramLoss
from ..transforms import STFT

_MOST = 300  # evaluations: layout "rows" is cheap to count and slow to run, and gains no more by it


@cpu_threads(1)
def operations(criterion: Callable[[Tensor], Tensor], x: Tensor) -> int:
    """Additions and multiplications of one evaluation of a criterion and its gradient, counted.

    Of filters and matrices. Unlike seconds they are the same on every machine, so that methods can
    be compared by them.

    >>> operations(lambda x: (torch.ones(2, 3) @ x).sum(), torch.ones(3, 5))
    120
    """
    with FlopCounterMode(display=False) as counter:
        criterion(x.clone().requires_grad_(True)).backward()
    return int(counter.get_total_flops())


@dataclass(frozen=True)
class LayoutModel:
    """Statistics of one sound in one layout (book: chapters 5 and 7).

    Attributes
    ----------
    transform : STFT
    network : RandomCNN
        Its filters respond with unit deviation to the reference.
    mean : tensor (n_bins, 1)
        Of the reference's log spectrogram: the same number for each bin, or, if the colour is
        given, each bin's own, which tells every layout where in frequency the energy lies.
    fluctuation : tensor (n_bins, n_frames)
        The log spectrogram without it: what the network sees.
    level : float
        Root mean square of the reference.
    sr : int, Hz
    """

    transform: STFT
    network: RandomCNN
    mean: Tensor = field(repr=False)
    fluctuation: Tensor = field(repr=False)
    level: float
    sr: int

    @classmethod
    @cpu_threads(1)
    def of(
        cls,
        y: np.ndarray,
        sr: int,
        *,
        layout: str,
        widths: Sequence[int | tuple[int, int]],
        n_filters: int = 64,
        dilation: int = 1,
        colour: bool = False,
        seed: int = 0,
        transform: STFT | None = None,
    ) -> LayoutModel:
        """Measure a sound.

        Parameters
        ----------
        y : array of shape (n,)
            One channel.
        sr : int
        layout, widths, n_filters, dilation, seed
            As for `RandomCNN`.
        colour : bool
            Give each bin's mean to the result, whatever the network can tell.
        transform : STFT, optional
            By default a window of 23 ms and a hop of 12 ms: 512 and 256 samples at 22,050 Hz.

        Examples
        --------
        >>> from audiostyle_lib.sounds import rain
        >>> model = LayoutModel.of(rain(seconds=1.0), 22050, layout="time", widths=(3, 9))
        >>> model.network.n_channels, model.n_statistics
        (87, 4160)
        """
        y = check_audio(y, sr, min_seconds=0.1, mono=True)
        if transform is None:
            hop_length = STFT.for_rate(sr).hop_length
            transform = STFT(2 * hop_length, hop_length)
        level = max(rms(y), 1e-9)
        S = transform.forward(torch.as_tensor(y * np.float32(LEVEL / level)))
        mean = S.mean(dim=1, keepdim=True) if colour else S.mean().expand(len(S), 1)
        x = S - mean
        channels = arrange(x[None], layout).shape[1]
        network = RandomCNN(
            channels,
            n_filters=n_filters,
            widths=widths,
            layout=layout,
            dilation=dilation,
            seed=seed,
        )
        return cls(transform, network.calibrate(x[None]), mean, x, level, check_rate(sr))

    @cpu_threads(1)
    def features(self, y: np.ndarray) -> Features:
        """Features of another sound, as this model sees it."""
        scaled = torch.as_tensor(y * np.float32(LEVEL / max(rms(y), 1e-9)))
        return self.network((self.transform.forward(scaled) - self.mean)[None])

    @property
    def n_statistics(self) -> int:
        return self._loss.n_statistics

    @property
    def _loss(self) -> GramLoss:
        return GramLoss(self.network(self.fluctuation[None]))

    @cached_property
    def n_operations(self) -> int:
        """Of one evaluation of the loss and its gradient: see `operations`."""
        loss = self._loss
        return operations(lambda x: loss(self.network(x)), self.fluctuation[None])

    @cpu_threads(1)
    def distance(self, y: np.ndarray) -> float:
        """Loss of a sound: 0 for statistics equal to the reference's, 1 for all of them 0."""
        return float(self._loss(self.features(y)))

    @cpu_threads(1)
    def synthesise(
        self,
        n_frames: int | None = None,
        *,
        start: float = 1.0,
        n_steps: int = 60,
        n_operations: float | None = None,
        seed: int = 0,
        progress: Progress = True,
    ) -> LayoutResult:
        """Make a new sound with these statistics.

        Parameters
        ----------
        n_frames : int, optional
            Length of the result; the reference's by default. Layout "time" knows no other.
        start : float
            Deviation of the noise at the start, relative to that of the reference.
        n_steps, progress
            As for `optimise`.
        n_operations : number, optional
            As many evaluations as fit into so many operations, instead of `n_steps`; at least 3 and
            at most 300.
        seed : int
            Of the noise, and of the phases at the end.

        Raises
        ------
        AudioError
            If the layout cannot have this length.
        """
        n_bins, n = self.fluctuation.shape
        n_frames = n if n_frames is None else n_frames
        if self.network.layout == "time" and n_frames != n:
            raise AudioError(
                f"n_frames is {n_frames}; in layout 'time' each frame is a channel, so the result "
                f"has as many as the reference, {n}"
            )
        shape = (1, n_bins, n_frames)
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        loss = self._loss
        n_evaluations = None
        if n_operations is not None:
            n_steps = n_evaluations = min(_MOST, max(3, round(n_operations / self.n_operations)))
        found = optimise(
            start * self.fluctuation.std() * noise,
            lambda x: loss(self.network(x)),
            n_steps=n_steps,
            n_evaluations=n_evaluations,
            progress=progress,
            description=f"layout {self.network.layout}",
        )
        S = found.x[0] + self.mean
        length = (shape[2] - 1) * self.transform.hop_length
        y = self.transform.inverse(S, length=length, seed=seed).numpy()
        y = finished(y, self.sr, self.level)
        spent = len(found.history) * self.n_operations
        return LayoutResult(y, S, found.history, spent)


@dataclass(frozen=True)
class LayoutResult:
    """A sound `y`, its log spectrogram `S`, the loss's fall, and the operations that it took."""

    y: np.ndarray = field(repr=False)
    S: Tensor = field(repr=False)
    history: list[float] = field(repr=False)
    n_operations: int
