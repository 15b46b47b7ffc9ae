"""What is measured of references, new spectrogram frames that share it, and their way to sound.

Log spectrogram -> mean removed, a few principal components -> random 1D CNN -> statistics of its
responses. From noise, components are changed until the statistics agree; then the way back to a
spectrogram, to phases, and the last touch on the waveform. Each public call adds its own idea.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .audio import check_rate
from .auditory import MIN_SECONDS
from .levels import LEVEL, finished, rms
from .networks import RandomCNN
from .optim import Progress, check_device, cpu_threads, optimise
from .quality import Quality, as_quality
from .references import check_reference
from .refine import refined
from .statistics import (
    FRAME_STATISTICS,
    Features,
    GramLoss,
    match_quantiles,
    principal_components,
    resample_quantiles,
    sound_targets,
)
from .transforms import Transform, transform_named


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
    sr : int, Hz
    quality : Quality
    transform : Transform
    references : tuple of k arrays (n_i,)
        As they were measured, at their own level.
    network : RandomCNN
        Of layout "frequency", on the channels.
    basis : tensor (n_bins, c)
        Principal components of all references' fluctuations; the identity where none were asked
        for.
    means : tensor (k, n_bins)
        Mean of each reference's log spectrogram; 0 where there are no components.
    fluctuations : tuple of k tensors (n_bins, t_i)
        What is left of each reference's log spectrogram.
    features : tuple of k dicts
        What the network says of each reference.
    """

    sr: int
    quality: Quality
    transform: Transform
    references: tuple[np.ndarray, ...] = field(repr=False)
    network: RandomCNN = field(repr=False)
    basis: Tensor = field(repr=False)
    means: Tensor = field(repr=False)
    fluctuations: tuple[Tensor, ...] = field(repr=False)
    features: tuple[Features, ...] = field(repr=False)

    @classmethod
    @torch.no_grad()
    @cpu_threads(1)
    def measure(
        cls,
        references: Sequence[np.ndarray],
        sr: int,
        quality: str | Quality = "standard",
        *,
        names: Sequence[str] = (),
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> TextureModel:
        """Check references, arrays of shape (n_i,), and measure them.

        Parameters
        ----------
        references : sequence of k arrays of shape (n_i,)
        sr : int
            Rate of all in Hz.
        quality : str or Quality
        names : sequence of k str, optional
            What to call them in a message.
        seed : int
            Of the network's filters.
        device : str or torch.device

        Raises
        ------
        AudioError
            Before any work, for what cannot be used.

        Examples
        --------
        >>> from audiostyle_lib.sounds import rain
        >>> model = TextureModel.measure([rain(seconds=1.0)], 22050, "draft")
        >>> model.sound(model.frames(87).S, 22050, level=0.1).shape
        (22050,)
        """
        sr, device, quality = check_rate(sr), check_device(device), as_quality(quality)
        transform = transform_named(quality.transform, sr)
        names = names or ["y", *(f"sound {i}" for i in range(1, len(references)))]
        references = tuple(
            check_reference(y, sr, quality, transform, name=name)
            for y, name in zip(references, names, strict=True)
        )
        spectrograms = [
            transform.forward(torch.as_tensor(y * (LEVEL / rms(y))).to(device)) for y in references
        ]
        n_bins = len(spectrograms[0])
        if quality.n_components is None:
            means = [torch.zeros_like(S[:, 0]) for S in spectrograms]
            basis = torch.eye(n_bins).to(spectrograms[0])
        else:
            means = [S.mean(dim=1) for S in spectrograms]
            rest = [
                (S - m[:, None]) / S.shape[1] ** 0.5
                for S, m in zip(spectrograms, means, strict=True)
            ]
            _, basis = principal_components(torch.cat(rest, 1), quality.n_components)
        fluctuations = tuple(S - m[:, None] for S, m in zip(spectrograms, means, strict=True))
        channels = [(basis.mT @ F)[None] for F in fluctuations]
        network = RandomCNN(
            basis.shape[1],
            n_filters=quality.n_filters,
            widths=quality.widths,
            dilation=quality.dilation,
            seed=seed,
        )
        network.to(device).calibrate(*channels)
        features = tuple(network(x) for x in channels)
        return cls(
            sr, quality, transform, references, network, basis, torch.stack(means), fluctuations,
            features,
        )  # fmt: skip

    @property
    def span(self) -> int:
        """Frames seen by the widest kernel."""
        return max(width for _, width in self.network.spans)

    @property
    def shortest(self) -> int:
        """Samples of the shortest reference."""
        return min(len(y) for y in self.references)

    @cached_property
    def channels(self) -> tuple[Tensor, ...]:
        """Components of each reference's fluctuations, the network's input, k tensors (c, t_i)."""
        return tuple(self.basis.mT @ F for F in self.fluctuations)

    @cached_property
    def deviations(self) -> Tensor:
        """Root mean square of each reference's channels, (k, c)."""
        return torch.stack([x.std(dim=1) for x in self.channels])

    @cached_property
    def residuals(self) -> tuple[Tensor, ...]:
        """What the components leave out of each reference, k tensors (n_bins, t_i)."""
        return tuple(
            F - self.basis @ x for F, x in zip(self.fluctuations, self.channels, strict=True)
        )

    @cached_property
    def residual_deviations(self) -> Tensor:
        """Deviation in each bin of the residuals, (k, n_bins)."""
        return torch.stack([rest.std(dim=1) for rest in self.residuals])

    @cached_property
    def quantiles(self) -> Tensor:
        """Sorted values of each reference's bins, brought to one length, (k, n_bins, q)."""
        longest = max(F.shape[1] for F in self.fluctuations)
        return torch.stack([resample_quantiles(F, longest) for F in self.fluctuations])

    @cached_property
    def sound_targets(self) -> np.ndarray:
        """What the last touch wants, of each reference, (k, n_statistics)."""
        return sound_targets(self.references, self.sr, sound=self.quality.sound)

    def n_refine(self, length: int | None = None) -> int:
        """Steps of the last touch: none where a sound is too short for envelopes."""
        shortest = self.shortest if length is None else min(self.shortest, length)
        return self.quality.n_refine if shortest >= MIN_SECONDS * self.sr else 0

    def n_statistics(self, length: int | None = None) -> int:
        """How many numbers a sound of `length` samples is made after."""
        touched = self.sound_targets.shape[1] if self.n_refine(length) else 0
        return GramLoss(self.features[0]).n_statistics + touched

    def n_frames(self, length: int) -> int:
        """Frames to make for `length` samples: a sound shorter than the widest kernel is cut."""
        return max(self.transform.n_frames(length) + 1, 2 * self.span)

    def remainder(self, deviation: Tensor, n_frames: int, generator: torch.Generator) -> Tensor:
        """Noise (n_bins, n_frames) where the components say nothing, of `deviation` in each bin."""
        noise = torch.randn((len(self.basis), n_frames), generator=generator).to(self.basis)
        return deviation * (noise - self.basis @ (self.basis.mT @ noise))

    def frames(
        self,
        n_frames: int,
        *,
        weights: np.ndarray | None = None,
        before: Tensor | None = None,
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
        seed, progress
            As for `synthesize_texture`.
        """
        k = len(self.means)
        generator = torch.Generator().manual_seed(seed)
        w = torch.full((n_frames, k), 1 / k) if weights is None else torch.as_tensor(weights)
        w = w.to(self.basis)
        share = w.mean(dim=0)
        fixed = self.basis.new_zeros((self.basis.shape[1], 0)) if before is None else before
        # Frames at an open end are seen by few filter positions, so some more are made and cut.
        first, last = (self.span - 1 if before is None else 0), self.span - 1
        total = first + n_frames + last

        noise = torch.randn((1, self.basis.shape[1], total), generator=generator).to(self.basis)
        statistics = self._statistics(share.tolist(), total + fixed.shape[1])

        def criterion(x: Tensor) -> Tensor:
            features = self.network(torch.cat([fixed[None], x], dim=2))
            terms = [weight * statistic(features) for weight, statistic in statistics]
            return sum(terms[1:], terms[0])

        found = optimise(
            self.quality.start * (share @ self.deviations**2).sqrt()[:, None] * noise,
            criterion,
            n_steps=self.quality.n_steps,
            progress=progress,
            description="texture",
        )
        x = found.x[0, :, first : first + n_frames]
        rest = self.remainder((w @ self.residual_deviations).mT, n_frames, generator)
        S = self.basis @ x + rest
        S = match_quantiles(S, torch.einsum("k,kbq->bq", share, self.quantiles))
        return Frames((w @ self.means).mT + S, x, found.history)

    def _statistics(
        self, share: list[float], total: int
    ) -> list[tuple[float, Callable[[Features], Tensor]]]:
        """The quality's criteria with their weights, for `total` frames."""
        return [
            (weight, FRAME_STATISTICS[name].wanted(self.features, share, total - self.span))
            for name, weight in self.quality.frames.items()
            if weight
        ]

    def stretches(
        self, parts: Iterable[np.ndarray], *, seed: int = 0, progress: Progress = False
    ) -> Iterator[Frames]:
        """Stretches of frames, each going on where the one before ended.

        Parameters
        ----------
        parts : iterable of arrays (n_frames, k)
            Shares of the references at the frames of each stretch, as `weights` of `frames`.
        seed, progress
            As for `frames`.
        """
        x = None
        for number, part in enumerate(parts):
            new = self.frames(
                len(part), weights=part, before=x, seed=seed + number, progress=progress
            )
            yield new
            made = new.x if x is None else torch.cat([x, new.x], dim=1)
            x = made[:, made.shape[1] - (self.span - 1) :]

    def sound(
        self,
        S: Tensor,
        length: int,
        *,
        level: float,
        shares: np.ndarray | None = None,
        touch: bool = True,
        seed: int = 0,
        progress: Progress = False,
    ) -> np.ndarray:
        """Frames made sound: phases, the last touch, the level.

        Parameters
        ----------
        S : tensor (n_bins, t)
            Log spectrogram, of `n_frames(length)` frames or more.
        length : int
            Samples of the result.
        level : number
            Its root mean square, less where its peak would exceed 1.
        shares : array (m, k), optional
            Weights of the references, rows adding to 1 and spread over the sound; equal by default.
        touch : bool
            Let the waveform have the references' statistics too.
        seed, progress
            As for `synthesize_texture`.
        """
        n_refine = self.n_refine(length) if touch else 0
        rounds = self.quality.rounds(n_refine)
        rough = self.transform.inverse(
            S, length=length, n_iter=rounds, seed=seed, progress=progress
        )
        y = refined(
            rough.cpu().numpy(),
            self.references,
            self.sr,
            n_steps=n_refine,
            shares=shares,
            sound=self.quality.sound,
            device=S.device,
            progress=progress,
        )
        return finished(y, self.sr, level)
