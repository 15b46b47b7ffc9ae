"""The last touch: a sound's samples, changed until its envelopes have a recording's statistics.

`auditory` measures how like a texture sounds to the ear; here nearly the same statistics have a
gradient. The engine's spectrogram fixes what follows what; this gives bands their depth, their
sharp events, their rhythms and what they do together, and needs no phases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import scipy.fft
import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

from .auditory import MIN_SECONDS, erb_bands
from .levels import LEVEL, rms
from .optim import Progress, cpu_threads, optimise

_RATE = 400.0  # Hz, about: of the envelopes, as in McDermott and Simoncelli (2011)
# Exponent of the power, milder than the ear's 0.15; power that is silence; dB below the loudest one
_EAR = (0.18, 5e-9, 80.0)
_STEADY = 0.01  # deviation, relative to the mean, below which an envelope counts as steady
_UNITS = (0.05, 1.0, 0.1, 0.02, 0.1)  # of the classes after the mean: what lies below it is small
_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)  # bands apart whose correlation counts
_NEIGHBOURS = (1, 2)  # bands apart whose correlation counts in every band of modulation
_SMOOTH_HZ = 30.0  # width over which a spectrum is averaged, to colour changes like it
_FADE_SECONDS = 0.05  # over which a change fades in beside samples that stay
_CONTEXT_SECONDS = 1.0  # of the sound before that is measured together with a new piece
_PIECE_SECONDS = 10.0  # changed at once, about: more would only cost memory
_MORPH_SECONDS = 2.0  # the same while shares move, to follow them


class EnvelopeStatistics:
    """Statistics of a sound's envelopes, after McDermott and Simoncelli (2011), with a gradient.

    Of bands like the ear's: mean, coefficient of variation and skewness of each envelope,
    correlations between bands, power in 20 bands of modulation, and correlations between
    neighbouring bands in six bands of modulation. Bands and compression are not those of
    `auditory.auditory_statistics`, so that the measure is not what is optimised.

    Parameters
    ----------
    n : int
        Samples of the sounds to be measured.
    sr : int
        Rate in Hz.
    n_bands : int
        Bands, 22 or more.
    device : str or torch.device
    ear : three numbers, as `_EAR`

    Examples
    --------
    >>> measure = EnvelopeStatistics(22050, 22050)
    >>> measure(0.1 * torch.randn(22050)).shape
    torch.Size([1979])
    """

    def __init__(
        self, n: int, sr: int, *, n_bands: int = 48, ear: tuple = _EAR, device: Any = "cpu"
    ) -> None:
        def tensor(x: np.ndarray) -> Tensor:
            return torch.as_tensor(x, dtype=torch.float32, device=device)

        self.n, self._ear = n, ear
        self._n_env = 2 * scipy.fft.next_fast_len(int(np.ceil(n * _RATE / sr / 2)), real=True)
        # A band is a slice of the spectrum, and its inverse transform, as short as the slice
        # allows, its analytic signal. Bands whose transforms are equally long go together.
        sizes = [self._n_env * k * 2**i // 2 for i in range(20) for k in (2, 3)]
        slices: dict[int, list[tuple[int, np.ndarray]]] = {}
        for first, gain in erb_bands(n, sr, n_bands=n_bands):
            # Of the power, what is faster than the envelopes' rate may fold, but not onto them.
            enough = len(gain) + self._n_env // 2
            size = next(m for m in sizes if m >= enough)
            slices.setdefault(size, []).append((first, gain))
        self._bands = []
        for size, rows in slices.items():
            width = max(1, *(len(gain) for _, gain in rows))
            index = np.stack([first + np.arange(width) for first, _ in rows])
            gains = np.stack([np.pad(gain, (0, width - len(gain))) for _, gain in rows])
            self._bands.append(
                (
                    size,
                    torch.as_tensor(np.minimum(index, n // 2), device=device),
                    tensor(gains * (2 * size / n)),
                )
            )
        # Sums over a real sound's spectrum: every frequency counts twice but the outer two.
        n_bins = self._n_env // 2 + 1
        twice = np.where((np.arange(n_bins) % (n_bins - 1)) > 0, 2.0, 1.0) / self._n_env**2
        rates = np.arange(n_bins) * sr / n
        self._twice = tensor(twice)
        self._powers = tensor((_modulation_gains(rates, 20, 0.5, 200.0) ** 2 * twice).T)
        self._modulations = tensor((_modulation_gains(rates, 6, 3.125, 100.0) ** 2 * twice).T)
        pairs = [(i, i + k) for k in _OFFSETS for i in range(n_bands - k)]
        self._pairs = torch.tensor(pairs, device=device).T
        self.sizes = class_sizes(n_bands)

    def __call__(self, y: Tensor) -> Tensor:
        """All statistics of `y` (n,) in one row; `sizes` says how many there are of each class."""
        return self.of_spectrum(torch.fft.rfft(y))

    def of_spectrum(self, Y: Tensor) -> Tensor:
        """The same, of a sound whose Fourier transform is `Y` (n // 2 + 1,)."""
        E = self._envelope_spectra(Y)
        mean = E[:, 0].real / self._n_env
        D = torch.view_as_real(E[:, 1:])
        D = torch.cat([torch.zeros_like(D[:, :1]), D], dim=1)  # without the mean
        deviation = (D.square().sum(dim=2) @ self._twice + (_STEADY * mean).square()).sqrt()
        Z = D / deviation[:, None, None]
        power = Z.square().sum(dim=2)
        z = torch.fft.irfft(torch.view_as_complex(Z), self._n_env)
        correlation = z @ z.mT / self._n_env
        own = (power @ self._modulations).clamp(min=1e-6).sqrt()
        together = [
            ((Z[k:] * Z[:-k]).sum(dim=2) @ self._modulations) / (own[k:] * own[:-k])
            for k in _NEIGHBOURS
        ]
        return torch.cat(
            [
                mean,
                deviation / mean,
                (z**3).mean(dim=1),
                correlation[self._pairs[0], self._pairs[1]],
                (power @ self._powers).flatten(),
                torch.cat(together).flatten(),
            ]
        )

    def _envelope_spectra(self, Y: Tensor) -> Tensor:
        """Spectra of the compressed envelopes, complex (n_bands, n_env // 2 + 1)."""
        spectra = []
        for size, index, gains in self._bands:
            analytic = torch.fft.ifft(Y[index] * gains, size)
            power = torch.view_as_real(analytic).square().sum(dim=2)
            envelope = (power + self._ear[1]) ** self._ear[0]
            cut = torch.fft.rfft(envelope)[:, : self._n_env // 2 + 1]
            spectra.append(cut * (self._n_env / size))
        return torch.cat(spectra)

    def weights(self, target: Tensor) -> Tensor:
        """How much each squared difference from `target` counts: every class the same in all.

        Differences are relative to the size of the class's statistics, or to `_UNITS` where these
        are small; of means half so, half each to its own, so that quiet bands stay quiet. What
        bands do that are far below the loudest (80 dB by default) does not count.
        """
        mean, *others = target.split(self.sizes)
        decibels = 10 / self._ear[0] * torch.log10(mean / mean.max())
        heard = ((self._ear[2] + decibels) / 20).clamp(0, 1)
        pairs = (heard[self._pairs[0]] * heard[self._pairs[1]]).sqrt()
        near = torch.cat([(heard[k:] * heard[:-k]).sqrt() for k in _NEIGHBOURS])
        of_class = (heard, heard, pairs, heard.repeat_interleave(20), near.repeat_interleave(6))
        parts = [1 / (4 * mean.square().sum()) + 1 / (4 * len(mean) * mean.square())]
        for part, unit, counts in zip(others, _UNITS, of_class, strict=True):
            scale = 2 * (counts * part.square()).sum() + part.numel() * unit**2
            parts.append(counts / scale)
        return torch.cat(parts) / len(self.sizes)


def class_sizes(n_bands: int = 48) -> tuple[int, ...]:
    """How many statistics there are of each class.

    >>> sum(class_sizes())
    1979
    """
    pairs, neighbours = (sum(n_bands - k for k in o) for o in (_OFFSETS, _NEIGHBOURS))
    return (n_bands, n_bands, n_bands, pairs, 20 * n_bands, 6 * neighbours)


def _modulation_gains(rates: np.ndarray, n_bands: int, fmin: float, fmax: float) -> np.ndarray:
    """Half-cosine band-pass gains (n_bands, rates), half as wide as their rate to either side."""
    centres = np.geomspace(fmin, fmax, n_bands)[:, None]
    distance = (rates - centres) / (centres / 2)
    return np.where(np.abs(distance) < 1, np.cos(np.pi / 2 * distance), 0.0)


@torch.no_grad()
@cpu_threads(1)
def target_statistics(references: Sequence[np.ndarray], sr: int, **ear: Any) -> np.ndarray:
    """`EnvelopeStatistics` of sounds (n_i,) brought to one level, shape (k, n_statistics)."""
    rows = [
        EnvelopeStatistics(len(y), sr, **ear)(torch.as_tensor(y * (LEVEL / rms(y))).float())
        for y in references
    ]
    return torch.stack(rows).numpy()


def refined(
    y: np.ndarray,
    references: Sequence[np.ndarray],
    sr: int,
    *,
    n_steps: int,
    shares: np.ndarray | None = None,
    device: torch.device | str = "cpu",
    progress: Progress = False,
) -> np.ndarray:
    """A sound like `y`, whose envelopes have the statistics of references.

    Parameters
    ----------
    y : array of shape (n,)
        Any level.
    references : sequence of k arrays of shape (n_i,)
        Any levels.
    sr : int
        Rate in Hz.
    n_steps : int
        Steps of the optimiser; 0 leaves `y` as it is.
    shares : array (m, k), optional
        Weights of the references, rows adding to 1 and spread over the sound; equal by default.
    device, progress
        As for `synthesize_texture`.

    Returns
    -------
    array of shape (n,)
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
    if n_steps == 0 or min(len(x) for x in (y, *references)) < MIN_SECONDS * sr:
        return y
    k = len(references)
    shares = np.full((1, k), 1 / k) if shares is None else shares
    piece_seconds = _PIECE_SECONDS if len(shares) == 1 else _MORPH_SECONDS
    parts = np.array_split(y, max(1, round(len(y) / sr / piece_seconds)))
    middles = (np.arange(len(parts)) + 0.5) / len(parts) * (len(shares) - 1)
    of_part = np.stack([np.interp(middles, np.arange(len(shares)), s) for s in shares.T], axis=1)
    targets = of_part @ target_statistics(references, sr)
    level = rms(y)
    pieces = [
        (torch.as_tensor(part * (LEVEL / level)).to(device), torch.as_tensor(target).to(device))
        for part, target in zip(parts, targets.astype(np.float32), strict=True)
    ]
    found = torch.cat(list(refine(pieces, sr, n_steps=n_steps, progress=progress)))
    return found.cpu().numpy() * np.float32(level / LEVEL)


def refine(
    pieces: Iterable[tuple[Tensor, Tensor]],
    sr: int,
    *,
    n_steps: int,
    endless: bool = False,
    progress: Progress = False,
) -> Iterator[Tensor]:
    """Change a sound, piece by piece, until its envelopes have the wanted statistics.

    Parameters
    ----------
    pieces : iterable of (y, target)
        Successive pieces of one sound, tensors (n,), near `LEVEL`, and the `EnvelopeStatistics`
        that each should have.
    sr : int
        Rate in Hz.
    n_steps : int
        Steps of the optimiser on every piece, at least 1.
    endless : bool
        There will be another piece: do not wait for it to see that this is not the last.
    progress : bool

    Yields
    ------
    tensors as long as the pieces
        A piece is measured together with the second before it, and changes fade in and out at its
        ends, so that pieces join as they did.
    """
    waiting = iter(pieces)
    context, fade = round(_CONTEXT_SECONDS * sr), round(_FADE_SECONDS * sr)
    past: Tensor | None = None
    measures: dict[int, EnvelopeStatistics] = {}
    piece = next(waiting, None)
    while piece is not None:
        y, target = piece
        if not endless:
            piece = next(waiting, None)
        before = y[:0]
        if past is not None:
            longest = len(y) + min(context, len(past))  # or less: few lengths transform fast
            fast = (m for m in range(longest, 0, -1) if scipy.fft.next_fast_len(m, real=True) == m)
            before = past[len(past) + len(y) - next(fast) :]
        free = torch.ones_like(y)
        ramp = torch.linspace(0, 1, min(fade, len(y)), device=y.device)
        if past is not None:
            free[: len(ramp)] = ramp
        if piece is not None:
            free[len(y) - len(ramp) :] *= ramp.flip(0)
        n = len(before) + len(y)
        if n not in measures:
            measures = dict(list(measures.items())[-1:])  # lengths hardly change
            measures[n] = EnvelopeStatistics(n, sr, device=y.device)
        new = _refined(y, before, free, target, measures[n], sr, n_steps, progress)
        past = torch.cat([before, new])[-context:]
        yield new
        if endless:
            piece = next(waiting, None)


def _colour(y: Tensor, sr: int) -> Tensor:
    """Gains (n // 2 + 1,) that give white noise 0.6 of the slopes, in dB, of `y`."""
    power = torch.fft.rfft(y).abs().square()
    width = 2 * round(_SMOOTH_HZ / 2 * len(y) / sr) + 1
    smooth = avg_pool1d(power[None], width, 1, width // 2, count_include_pad=False)[0]
    gains = smooth**0.3
    return gains / gains.square().mean().sqrt().clamp(min=1e-9)


def _refined(
    y: Tensor,
    before: Tensor,
    free: Tensor,
    target: Tensor,
    measure: EnvelopeStatistics,
    sr: int,
    n_steps: int,
    progress: Progress,
) -> Tensor:
    """`y`, each sample changed as far as `free` (n,) lets it, to measure well after `before`."""
    sound = torch.cat([before, y])
    n, spectrum, weights = len(sound), torch.fft.rfft(sound), measure.weights(target)
    # Quiet bands take small steps, loud ones large ones, so fewer do; 1 is as large as the sound.
    gains = LEVEL * (n / 2) ** 0.5 * _colour(sound, sr)
    held = torch.cat([torch.zeros_like(before), free])

    def changed(x: Tensor) -> Tensor:
        change = gains * torch.view_as_complex(x)
        if (held != 1).any():  # else there is nothing to do in the time domain
            change = torch.fft.rfft(held * torch.fft.irfft(change, n))
        return spectrum + change

    def loss(x: Tensor) -> Tensor:
        return (weights * (measure.of_spectrum(changed(x)) - target).square()).sum()

    start = torch.zeros((len(gains), 2), device=y.device)
    found = optimise(start, loss, n_steps=n_steps, progress=progress, description="envelopes")
    return torch.fft.irfft(changed(found.x), n)[len(before) :]
