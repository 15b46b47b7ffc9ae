"""The texture engine: what is measured of references, and new spectrogram frames that share it.

Log spectrogram -> mean removed, a few principal components -> random 1D CNN -> Gram matrices. From
noise, components are changed until the Gram matrices agree; then the way back to a spectrogram.
`texture`, `stream` and `mixture` turn its frames into sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .arguments import MAX_FILTERS, check_whole, check_widths, is_number
from .audio import AudioError, check_audio
from .levels import LEVEL, rms, without_offset
from .networks import RandomCNN
from .optim import Progress, cpu_threads, optimise
from .statistics import (
    AutocorrelationLoss,
    DiversityLoss,
    Features,
    GramLoss,
    match_quantiles,
    principal_components,
    resample_quantiles,
)
from .transforms import CQT, STFT, Transform

MAX_SECONDS = 1800.0  # of a result that is kept in memory
MAX_BINS = 4097  # 46 ms of the highest rate; twice as many take minutes


@dataclass(frozen=True)
class TextureResult:
    """A synthesised sound and how it came about.

    Attributes
    ----------
    y : array of shape (n,), float32 in [-1, 1]
    sr : int, Hz
    history : list of float
        Loss at every evaluation; 0 would be equal statistics.
    seconds_taken : float
        Wall time of the synthesis.
    n_statistics : int
        How many numbers described the reference: far fewer than the result's samples.
    """

    y: np.ndarray = field(repr=False)
    sr: int
    history: list[float] = field(repr=False)
    seconds_taken: float
    n_statistics: int


@dataclass(frozen=True)
class Frames:
    """New spectrogram frames: `S` (n_bins, t), their channels `x` (c, t), and the loss's fall."""

    S: Tensor
    x: Tensor
    history: list[float]


@dataclass(frozen=True)
class TextureModel:
    """Statistics of one or more references, in a common basis.

    Attributes
    ----------
    transform : Transform
    network : RandomCNN
        Of layout "frequency", on the channels.
    basis : tensor (n_bins, c)
        Principal components of all references' fluctuations; the identity where none were asked
        for.
    means : tensor (k, n_bins)
        Mean of each reference's log spectrogram; 0 where there are no components.
    fluctuations : tuple of k tensors (n_bins, t_i)
        What is left of each reference's log spectrogram.
    n_statistics : int
        How many numbers the network measures.
    """

    transform: Transform
    network: RandomCNN
    basis: Tensor
    means: Tensor
    fluctuations: tuple[Tensor, ...]
    features: tuple[Features, ...]

    @classmethod
    @torch.no_grad()
    @cpu_threads(1)
    def of(
        cls,
        references: Sequence[np.ndarray],
        *,
        transform: Transform,
        n_filters: int = 64,
        widths: Sequence[int] = (2, 8, 32),
        dilation: int = 1,
        n_components: int | None = 32,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> TextureModel:
        """Measure references, arrays of shape (n_i,), that have passed `check_reference`."""
        spectrograms = [
            transform.forward(torch.as_tensor(y * (LEVEL / rms(y))).to(device)) for y in references
        ]
        n_bins = len(spectrograms[0])
        if n_components is None:
            means = [torch.zeros_like(S[:, 0]) for S in spectrograms]
            basis = torch.eye(n_bins).to(spectrograms[0])
        else:
            means = [S.mean(dim=1) for S in spectrograms]
            rest = [
                (S - m[:, None]) / S.shape[1] ** 0.5
                for S, m in zip(spectrograms, means, strict=True)
            ]
            _, basis = principal_components(torch.cat(rest, 1), n_components)
        fluctuations = tuple(S - m[:, None] for S, m in zip(spectrograms, means, strict=True))
        channels = [(basis.mT @ F)[None] for F in fluctuations]
        network = RandomCNN(
            basis.shape[1], n_filters=n_filters, widths=widths, dilation=dilation, seed=seed
        )
        network.to(device).calibrate(*channels)
        features = tuple(network(x) for x in channels)
        return cls(transform, network, basis, torch.stack(means), fluctuations, features)

    @property
    def n_statistics(self) -> int:
        return GramLoss(self.features[0]).n_statistics

    @property
    def span(self) -> int:
        """Frames seen by the widest kernel."""
        return max(width for _, width in self.network.spans)

    @cached_property
    def _deviations(self) -> Tensor:
        """Root mean square of each reference's channels, (k, c)."""
        channels = [self.basis.mT @ F for F in self.fluctuations]
        return torch.stack([x.std(dim=1) for x in channels])

    @cached_property
    def _residuals(self) -> Tensor:
        """Deviation in each bin of what the components leave out, (k, n_bins)."""
        rests = [F - self.basis @ (self.basis.mT @ F) for F in self.fluctuations]
        return torch.stack([rest.std(dim=1) for rest in rests])

    @cached_property
    def _quantiles(self) -> Tensor:
        """Sorted values of each reference's bins, brought to one length, (k, n_bins, q)."""
        longest = max(F.shape[1] for F in self.fluctuations)
        return torch.stack([resample_quantiles(F, longest) for F in self.fluctuations])

    def _extras(
        self, rhythm: float, diversity: float, tolerance: float, n_frames: int
    ) -> list[tuple[float, Callable[[Features], Tensor]]]:
        """Terms beside that of the Gram matrices, with their weights."""
        if not (rhythm or diversity):
            return []
        if len(self.features) > 1:
            raise AudioError("rhythm and diversity are for one reference; mixtures have several")
        target = self.features[0]
        n = min(min(x.shape[2] for x in target.values()), n_frames - self.span)
        terms: list[tuple[float, Callable[[Features], Tensor]]] = []
        if rhythm:
            terms.append((rhythm, AutocorrelationLoss(target, n_lags=max(1, n // 2))))
        if diversity:
            terms.append((diversity, DiversityLoss(target, tolerance=tolerance)))
        return terms

    @cpu_threads(1)
    def frames(
        self,
        n_frames: int,
        *,
        weights: np.ndarray | None = None,
        before: Tensor | None = None,
        start: float = 1.0,
        n_steps: int = 100,
        rhythm: float = 0.0,
        diversity: float = 0.0,
        tolerance: float = 0.0,
        seed: int = 0,
        progress: Progress = False,
    ) -> Frames:
        """Make `n_frames` new frames.

        Parameters
        ----------
        n_frames : int
        weights : array (n_frames, k), optional
            Share of each reference at every frame, rows adding to 1; equal shares by default.
            Means follow it frame by frame, the other statistics its average.
        before : tensor (c, t), optional
            Channels that the new frames continue; they stay as they are.
        start : float >= 0
            Deviation of the noise at the start, relative to the references'.
        rhythm, diversity : float >= 0
            Weights of `AutocorrelationLoss`, of lags up to half the reference, and of
            `DiversityLoss`, beside that of the Gram matrices, 1; for one reference only.
        tolerance : float >= 0
            Of `DiversityLoss`.
        n_steps, seed, progress
            As for `optimise`.
        """
        k = len(self.means)
        generator = torch.Generator().manual_seed(seed)
        w = torch.full((n_frames, k), 1 / k) if weights is None else torch.as_tensor(weights)
        w = w.to(self.basis)
        share = w.mean(dim=0)
        loss = GramLoss(*self.features, weights=share.tolist())
        fixed = self.basis.new_zeros((self.basis.shape[1], 0)) if before is None else before
        # Frames at an open end are seen by few filter positions, so some more are made and cut.
        first, last = (self.span - 1 if before is None else 0), self.span - 1
        total = first + n_frames + last

        noise = torch.randn((1, self.basis.shape[1], total), generator=generator).to(self.basis)
        extras = self._extras(rhythm, diversity, tolerance, total + fixed.shape[1])

        def criterion(x: Tensor) -> Tensor:
            features = self.network(torch.cat([fixed[None], x], dim=2))
            return sum((weight * term(features) for weight, term in extras), loss(features))

        found = optimise(
            start * (share @ self._deviations**2).sqrt()[:, None] * noise,
            criterion,
            n_steps=n_steps,
            progress=progress,
            description="texture",
        )
        x = found.x[0, :, first : first + n_frames]
        rest = torch.randn((len(self.basis), n_frames), generator=generator).to(self.basis)
        rest = rest - self.basis @ (self.basis.mT @ rest)
        S = self.basis @ x + (w @ self._residuals).mT * rest
        S = match_quantiles(S, torch.einsum("k,kbq->bq", share, self._quantiles))
        return Frames((w @ self.means).mT + S, x, found.history)


def check_network(n_filters: int, n_components: int | None) -> None:
    """Raise `AudioError` unless a network can be made of these, in bearable time."""
    check_whole("n_filters", n_filters, 1, MAX_FILTERS)
    if n_components is not None:
        check_whole("n_components", n_components, 1)


def check_reference(
    y: np.ndarray,
    sr: int,
    *,
    transform: Transform,
    widths: Sequence[int],
    dilation: int = 1,
    name: str = "y",
) -> np.ndarray:
    """Return `y` as `check_audio` does, without an offset, if the widest kernel fits into it."""
    if not isinstance(transform, (STFT, CQT)):
        raise AudioError(f"transform is {transform!r}; expected an STFT or a CQT")
    bins = transform.n_bins if isinstance(transform, CQT) else transform.n_fft // 2 + 1
    if bins > MAX_BINS:
        raise AudioError(
            f"transform is {transform!r}, of {bins:,} bins; expected at most {MAX_BINS:,}, since "
            "the work grows with their cube"
        )
    widths, dilation = check_widths(widths), check_whole("dilation", dilation, 1)
    y = without_offset(check_audio(y, sr, min_seconds=1e-9, name=name), sr)
    widest = (max(widths) - 1) * dilation + 1
    if transform.n_frames(len(y)) <= widest or len(y) < transform.min_length:
        needed = max((widest + 1) * transform.hop_length, transform.min_length) / sr
        raise AudioError(
            f"{name} lasts {len(y) / sr:.3f} s; expected at least {needed:.3f} s for kernels of "
            f"{widest} frames: take a longer sound or narrower kernels"
        )
    return y


def check_length(seconds: float, sr: int) -> int:
    """Samples of a result of `seconds`, or say what is wrong with it.

    >>> check_length(0.5, 22050)
    11025
    """
    if not (is_number(seconds) and round(seconds * sr) >= 1):
        raise AudioError(f"seconds is {seconds!r}; expected a length above 0")
    if seconds > MAX_SECONDS:
        raise AudioError(f"seconds is {seconds!r}; expected at most {MAX_SECONDS:.0f}")
    return round(seconds * sr)
