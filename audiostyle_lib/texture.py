"""Texture synthesis: new sound with the statistics of a recording, and nothing else of it.

The engine: log spectrogram -> mean removed, a few principal components -> random 1D CNN -> Gram
matrices. From noise, the components are changed until the Gram matrices agree; then the way back:
components -> spectrogram -> phase -> sound.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from .audio import AudioError, check_audio, rms
from .losses import GramLoss
from .networks import RandomCNN
from .optim import optimise
from .stats import match_quantiles, principal_components
from .transforms import STFT

_MAX_SECONDS = 1800.0  # memory grows with length
_LEVEL = 0.1  # root mean square inside the engine, so that results do not depend on the input's


@dataclass(frozen=True)
class TextureResult:
    """A synthesised texture and how it came about.

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


def synthesize_texture(
    y: np.ndarray,
    sr: int,
    *,
    seconds: float | None = None,
    seed: int = 0,
    n_filters: int = 64,
    widths: Sequence[int] = (2, 8, 32),
    n_components: int | None = 32,
    start: float = 1.0,
    n_steps: int = 100,
    transform: STFT | None = None,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> TextureResult:
    """Make a new texture after a recording (book: chapter 6).

    After Ulyanov and Lebedev (2016) and section 4 of Huzaifah and Wyse (2019), made faster and
    closer by principal components, filters of several widths and unit deviation, and by giving
    each frequency bin the reference's distribution of levels at the end.

    Parameters
    ----------
    y : array of shape (n,)
        The reference, in [-1, 1]; a few seconds are best, the widest kernel is the least.
    sr : int
        Rate of reference and result in Hz.
    seconds : number > 0, optional
        Length of the result; the reference's by default.
    seed : int
        The same seed gives the same sound on the same machine.
    n_filters : int
        Random filters per width. More are closer to the reference, in the end a copy of it.
    widths : sequence of int
        Kernel widths in frames (12 ms each by default): the spans of time that are described.
    n_components : int or None
        Principal components that are the network's channels; None takes all frequency bins as
        they are, without removing the mean, as the papers do.
    start : float >= 0
        Deviation of the noise at the start, relative to that of the reference's channels.
    n_steps : int
        Steps of the optimiser.
    transform : STFT, optional
        The spectrogram; `STFT.for_rate(sr)` by default.
    device : str or torch.device
        "cpu" or "cuda".
    progress : bool
        Show bars.

    Returns
    -------
    TextureResult
        Its `y` has the level of the reference, less where its peak would exceed 1.

    Raises
    ------
    AudioError
        If the reference is no sound, silent, or shorter than the widest kernel, or a parameter is
        out of range.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> result = synthesize_texture(
    ...     rain(seconds=1.0), 22050, seconds=2.0, n_filters=16, n_steps=20, progress=False
    ... )
    >>> result.y.shape, result.history[-1] < result.history[0] / 10
    ((44100,), True)
    """
    began = time.perf_counter()
    y = check_audio(y, sr, min_seconds=1e-9)
    device = _device(device)
    transform = STFT.for_rate(sr) if transform is None else transform
    length = _length(len(y) / sr if seconds is None else seconds, sr)
    if not 0 <= seed < 2**62:
        raise AudioError(f"seed is {seed!r}; expected 0 to 2**62 - 1")
    if not (np.isfinite(start) and start >= 0):
        raise AudioError(f"start is {start!r}; expected a number of at least 0")
    widest = max(widths, default=1)
    if transform.n_frames(len(y)) <= widest or len(y) <= transform.n_fft:
        needed = max((widest + 1) * transform.hop_length, transform.n_fft + 1) / sr
        raise AudioError(
            f"y lasts {len(y) / sr:.3f} s; expected at least {needed:.3f} s for kernels of "
            f"{widest} frames: take a longer sound or narrower kernels"
        )

    level = rms(y)
    S = transform.forward(torch.as_tensor(y * (_LEVEL / level)).to(device))
    channels = _Channels.of(S, n_components)
    target = channels.forward(S)[None]
    network = RandomCNN(target.shape[1], n_filters=n_filters, widths=widths, seed=seed)
    network.to(device).calibrate(target)
    loss = GramLoss(network(target))

    # A result shorter than the widest kernel is made longer, then cut.
    n_frames = max(transform.n_frames(length) + 1, 2 * widest)
    generator = torch.Generator().manual_seed(seed + 1)
    noise = torch.randn((1, target.shape[1], n_frames), generator=generator).to(device)
    found = optimise(
        start * target.std(dim=2, keepdim=True) * noise,
        lambda x: loss(network(x)),
        n_steps=n_steps,
        progress=progress,
        description="texture",
    )

    new = match_quantiles(channels.inverse(found.x[0], generator), S)
    out = transform.inverse(new, length=length, seed=seed, progress=progress).cpu().numpy()
    out = out * (level / max(rms(out), 1e-9))
    out = (out / max(1.0, float(np.abs(out).max()))).astype(np.float32)
    return TextureResult(
        out, int(sr), found.history, time.perf_counter() - began, loss.n_statistics
    )


@dataclass(frozen=True)
class _Channels:
    """Spectrogram (n_bins, t) <-> channels (c, t): principal components, or all bins as they are.

    What the components leave out comes back as noise of the same deviation in each bin.
    """

    mean: Tensor
    basis: Tensor
    residual: Tensor

    @classmethod
    def of(cls, S: Tensor, n_components: int | None) -> _Channels:
        if n_components is None:
            return cls(
                torch.zeros_like(S[:, :1]), torch.eye(len(S)).to(S), torch.zeros_like(S[:, :1])
            )
        mean, basis = principal_components(S, n_components)
        rest = S - mean - basis @ (basis.mT @ (S - mean))
        return cls(mean, basis, rest.std(dim=1, keepdim=True))

    def forward(self, S: Tensor) -> Tensor:
        return self.basis.mT @ (S - self.mean)

    def inverse(self, x: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn((len(self.mean), x.shape[1]), generator=generator).to(x.device)
        noise = noise - self.basis @ (self.basis.mT @ noise)
        return self.mean + self.basis @ x + self.residual * noise


def _length(seconds: float, sr: int) -> int:
    if not (np.isfinite(seconds) and round(seconds * sr) >= 1):
        raise AudioError(f"seconds is {seconds!r}; expected a length above 0")
    if seconds > _MAX_SECONDS:
        raise AudioError(f"seconds is {seconds!r}; expected at most {_MAX_SECONDS:.0f}")
    return round(seconds * sr)


def _device(device: str | torch.device) -> torch.device:
    try:
        torch.zeros(1, device=device).item()  # "meta" makes tensors, but none with numbers
    except (RuntimeError, AssertionError, ImportError) as error:  # unknown, or not here
        reason = str(error).splitlines()[0]
        raise AudioError(
            f"device is {str(device)!r}, which torch cannot use here: {reason}"
        ) from error
    return torch.device(device)
