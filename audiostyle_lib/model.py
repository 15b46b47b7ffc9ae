"""What is measured of references: their mean spectra, components, features, image and envelopes.

Log spectrogram -> mean removed, a few principal components -> random 1D CNN -> statistics of its
responses. `frames` makes new frames that share them, `sounding` makes these sound; each public call
adds its own idea.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .audio import check_rate
from .auditory import MIN_SECONDS
from .levels import rms
from .networks import RandomCNN
from .optim import check_device, cpu_threads
from .progress import Progress, progress_bar
from .quality import Quality, as_quality
from .references import check_references
from .remainder import Remainder
from .seeds import derived_seed
from .sharpen import LevelTargets, level_targets
from .spatial import SpatialImage
from .statistics import (
    Features,
    GramLoss,
    SoundMeasure,
    principal_components,
    repetition,
    resample_quantiles,
    sound_targets,
)
from .transforms import Transform, transform_named

_SEVERAL = 0.75  # of the steps, where channels are measured together too


@dataclass(frozen=True)
class TextureModel:
    """Statistics of one or more references, in a common basis.

    Of a sound with several channels its principal channels (`spatial`) are measured, `parts` of
    them: their spectrograms stand one above the other, so `n_bins` is that of all.

    Attributes
    ----------
    sr : int, Hz
    quality : Quality
    transform : Transform
    references : tuple of k arrays (distinct, n_i)
        The channels that say something of their own, at their own level.
    levels : list of k numbers
        Root mean square of each reference, over all its channels.
    image : SpatialImage
    network : RandomCNN
        Of layout "frequency", on the components.
    basis : tensor (n_bins, c)
        Principal components of all references' fluctuations, part by part; the identity where none
        were asked for.
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
    levels: list[float]
    image: SpatialImage = field(repr=False)
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
        longest: Sequence[float] | None = None,
        steady: Sequence[bool] | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        progress: Progress = False,
    ) -> TextureModel:
        """Check references and measure them.

        Parameters
        ----------
        references : sequence of k arrays of shape (n_i,) or (channels, n_i)
        sr : int
            Rate of all in Hz.
        quality : str or Quality
        names : sequence of k str, optional
            What to call them in a message.
        longest : sequence of k numbers, optional
            Seconds of each that are measured at most: its most typical stretch; 30 by default.
        steady : sequence of k bool, optional
            Which lose their slow course of level; all by default.
        seed : int
            Of the network's filters.
        device : str or torch.device
        progress : bool or function

        Raises
        ------
        AudioError
            Before any work, for what cannot be used.

        Examples
        --------
        >>> from audiostyle_lib.sounds import rain
        >>> model = TextureModel.measure([rain(seconds=1.0)], 22050, "draft")
        >>> model.basis.shape, len(model.channels), model.n_statistics()
        (torch.Size([513, 32]), 1, 6240)
        """
        sr, device, quality = check_rate(sr), check_device(device), as_quality(quality)
        transform = transform_named(quality.transform, sr)
        names = names or ["y", *(f"sound {i}" for i in range(1, len(references)))]
        mono = all(np.ndim(y) == 1 for y in references)
        sounds = check_references(
            references, sr, quality, transform, names=names, longest=longest, steady=steady,
            progress=progress,
        )  # fmt: skip
        with progress_bar(3 + len(sounds), "measure", progress) as bar:
            image = SpatialImage.of(sounds, sr, mono=mono, device=device)
            bar.update()
            spectrograms = []
            for which, Y in enumerate(sounds):
                parts = (transform.forward(y) for y in image.apart(Y, which).to(device))
                spectrograms.append(torch.cat(list(parts)))
                bar.update()
            means, basis = _basis(spectrograms, image.n_parts, quality.n_components)
            bar.update()
            fluctuations = tuple(S - m[:, None] for S, m in zip(spectrograms, means, strict=True))
            channels = [(basis.mT @ F)[None] for F in fluctuations]
            network = RandomCNN(
                basis.shape[1],
                n_filters=quality.n_filters,
                widths=quality.widths,
                dilation=quality.dilation,
                seed=derived_seed(seed, "filters"),
            )
            network.to(device).calibrate(*channels)
            features = tuple(network(x) for x in channels)
            bar.update()
        return cls(
            sr, quality, transform, tuple(map(image.distinct, sounds)), [rms(Y) for Y in sounds],
            image, network, basis, torch.stack(means), fluctuations, features,
        )  # fmt: skip

    @property
    def span(self) -> int:
        """Frames seen by the widest kernel."""
        return max(width for _, width in self.network.spans)

    @property
    def longest(self) -> int:
        """Samples of the longest reference, or of what is measured of it."""
        return max(Y.shape[1] for Y in self.references)

    @cached_property
    def channels(self) -> tuple[Tensor, ...]:
        """Components of each reference's fluctuations, the network's input, k tensors (c, t_i)."""
        return tuple(self.basis.mT @ F for F in self.fluctuations)

    @cached_property
    def deviations(self) -> Tensor:
        """Root mean square of each reference's channels, (k, c)."""
        return torch.stack([x.std(dim=1) for x in self.channels])

    @cached_property
    def repetitions(self) -> tuple[Tensor, ...]:
        """Of each reference's channels, k tensors (c, t_i)."""
        return tuple(repetition(x) for x in self.channels)

    @cached_property
    def residuals(self) -> tuple[Tensor, ...]:
        """What the components leave out of each reference, k tensors (n_bins, t_i)."""
        return tuple(
            F - self.basis @ x for F, x in zip(self.fluctuations, self.channels, strict=True)
        )

    @cached_property
    def remainder(self) -> Remainder:
        """Noise where the components say nothing, after the residuals."""
        return Remainder.of(self.basis, self.residuals)

    @cached_property
    def quantiles(self) -> Tensor:
        """Sorted values of each reference's bins, brought to one length, (k, n_bins, q)."""
        longest = max(F.shape[1] for F in self.fluctuations)
        return torch.stack([resample_quantiles(F, longest) for F in self.fluctuations])

    @cached_property
    def sound_targets(self) -> np.ndarray:
        """What the last touch wants, of each reference, (k, n_statistics)."""
        rows = sound_targets(self.references, self.sr, sound=self.quality.sound)
        if len(self._imaged) < len(rows):
            n, sound = self.image.n_distinct, self.quality.sound
            common = SoundMeasure(self.sr, self.sr, n_channels=n, sound=sound).places("channel")
            alone = np.setdiff1d(np.arange(len(rows)), self._imaged)
            rows[np.ix_(alone, common)] = rows[np.ix_(self._imaged, common)].mean(axis=0)
        return rows

    @property
    def _imaged(self) -> np.ndarray:
        """References that have an image: the others have that of these."""
        return np.array(self.image.several or range(len(self.references)))

    @cached_property
    def level_targets(self) -> tuple[LevelTargets, ...]:
        """How levels of the references are distributed, for `sharpen`."""
        return level_targets(self.references, self.sr, imaged=self._imaged)

    def n_refine(self, length: int | None = None) -> int:
        """Steps of the last touch: none where a sound is too short for envelopes."""
        if not self.touched(length):
            return 0
        several = self.image.n_distinct > 1  # whose sum is measured too, at their expense
        return round(self.quality.n_refine * (_SEVERAL if several else 1))

    def touched(self, length: int | None = None) -> bool:
        """Whether all sounds are long enough for statistics of their waveform."""
        shortest = min(Y.shape[1] for Y in self.references)
        shortest = shortest if length is None else min(shortest, length)
        return shortest >= MIN_SECONDS * self.sr

    def n_statistics(self, length: int | None = None) -> int:
        """How many numbers a sound of `length` samples is made after."""
        touched = self.sound_targets.shape[1] if self.n_refine(length) else 0
        return GramLoss(self.features[0]).n_statistics + touched

    def n_frames(self, length: int, *, loop: bool = False) -> int:
        """Frames to make for `length` samples: a sound shorter than the widest kernel is cut.

        Of a loop as many as go round it.
        """
        if loop:
            return max(4, round(length / self.transform.hop_length))
        return max(self.transform.n_frames(length) + 1, 2 * self.span)


def _basis(
    spectrograms: Sequence[Tensor], n_parts: int, n_components: int | None
) -> tuple[list[Tensor], Tensor]:
    """Mean of each spectrogram (n_bins, t_i), and principal components of the rest (n_bins, c)."""
    if n_components is None:
        means = [torch.zeros_like(S[:, 0]) for S in spectrograms]
        return means, torch.eye(len(means[0])).to(means[0])
    means = [S.mean(dim=1) for S in spectrograms]
    rest = torch.cat(
        [(S - m[:, None]) / S.shape[1] ** 0.5 for S, m in zip(spectrograms, means, strict=True)], 1
    )
    found = [principal_components(part, n_components)[1] for part in rest.chunk(n_parts)]
    return means, torch.block_diag(*found)
