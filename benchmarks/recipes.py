"""Published recipes of texture synthesis, written anew from the papers' constants, to compare with.

Each is a function (reference, seed) -> `Problem`: where it starts, what it minimises, and how the
result becomes sound. Where a paper leaves a constant open, or we read it second-hand, the docstring
says "ours". All use the same optimiser, L-BFGS with a line search: without one some of them stall
at their start.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv2d, relu

from audiostyle_lib.audio import SR
from audiostyle_lib.levels import finished, rms
from audiostyle_lib.transforms.phase import find_phases


@dataclass(frozen=True)
class Problem:
    """What a recipe changes (`start`), minimises (`loss`), and how that becomes `sound`.

    `least` is the loss of equal statistics.
    """

    start: Tensor
    loss: Callable[[Tensor], Tensor]
    sound: Callable[[Tensor], np.ndarray]
    least: float = 0.0


class _Done(Exception):
    """Raised inside an optimisation that has converged, or whose seconds are spent."""


def solve(
    problem: Problem,
    *,
    limit: float,
    n_steps: int = 2000,
    found: float = 1e-4,
    converged: float = 0.02,
    patience: int = 20,
) -> tuple[list[tuple[float, Tensor]], list[float]]:
    """Minimise; return the best so far after 0.5, 1, 2, 4, ... CPU seconds, and the losses.

    It ends after `n_steps` steps or `limit` CPU seconds, or where the loss is less than `found` of
    its start, or falls by less than a share `converged` in `patience` evaluations, once it has
    begun to fall at all.
    """
    x = problem.start.detach().clone().requires_grad_(True)

    def solver() -> torch.optim.LBFGS:
        return torch.optim.LBFGS(
            [x],
            max_iter=n_steps,
            max_eval=2 * n_steps,
            history_size=10,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )

    losses: list[float] = []
    lows: list[float] = []
    kept: list[tuple[float, Tensor]] = []
    best = x.detach().clone()
    began = time.process_time()

    def closure() -> float:
        nonlocal best
        x.grad = None
        loss = problem.loss(x)
        loss.backward()
        losses.append(loss.item() - problem.least)
        if losses[-1] <= min(losses):
            best = x.detach().clone()
        lows.append(min(losses))
        spent = time.process_time() - began
        while spent > 0.5 * 2 ** len(kept):  # a slow recipe passes several marks at once
            kept.append((spent, best))
        flat = len(lows) > patience and lows[-1] > (1 - converged) * lows[-1 - patience]
        if spent > limit or lows[-1] < found * lows[0] or (flat and lows[-1] < 0.9 * lows[0]):
            raise _Done
        return loss.item()

    with contextlib.suppress(_Done):
        while len(losses) < 2 * n_steps:  # where rounding ends a line search, begin anew
            solver().step(closure)
    kept.append((time.process_time() - began, best))
    return kept, losses


def _gram(x: Tensor) -> Tensor:
    """(c, positions) -> (c, c), per position."""
    return x @ x.mT / x.shape[1]


def _stft(y: Tensor, n_fft: int, hop: int) -> Tensor:
    return torch.stft(y, n_fft, hop, window=torch.hann_window(n_fft), return_complex=True)


def _spectrogram_sound(
    reference: np.ndarray, n_fft: int, hop: int, seed: int
) -> Callable[[Tensor], np.ndarray]:
    """From log(1 + magnitude) to sound, by 100 rounds of Griffin-Lim."""
    window = torch.hann_window(n_fft)

    def sound(S: Tensor) -> np.ndarray:
        y = find_phases(
            torch.expm1(S.clamp(min=0)),
            lambda D: torch.istft(D, n_fft, hop, window=window, length=len(reference)),
            lambda y: _stft(y, n_fft, hop),
            n_iter=100,
            seed=seed,
        )
        return finished(y.numpy(), SR, rms(reference))

    return sound


def _wide_layer(
    reference: np.ndarray, seed: int, *, n_fft: int, hop: int, n_filters: int = 4096
) -> Problem:
    """One layer of filters 11 frames wide, frequency bins as channels, log(1 + |STFT|)."""
    generator = torch.Generator().manual_seed(seed)
    D = _stft(torch.as_tensor(reference), n_fft, hop)
    target = torch.log1p(D.abs())
    n_bins = len(target)
    deviation = (2 * 2 / ((n_bins + n_filters) * 11)) ** 0.5
    weight = deviation * torch.randn((n_filters, n_bins, 11), generator=generator)
    wanted = relu(conv1d(target[None], weight))[0]
    scale = (wanted.mT @ wanted).square().sum()

    def loss(x: Tensor) -> Tensor:
        # |Gram - wanted Gram|^2, without the 4,096 x 4,096 matrices: there are fewer frames than
        # filters, and the sum over pairs of filters is one over pairs of frames. And without its
        # constant, 1, in which the quiet start's first steps would be lost to rounding.
        found = relu(conv1d(x[None], weight))[0]
        own, cross = (found.mT @ found).square().sum(), (wanted.mT @ found).square().sum()
        return (own - 2 * cross) / scale

    start = 1e-3 * torch.randn(target.shape, generator=generator)
    return Problem(start, loss, _spectrogram_sound(reference, n_fft, hop, seed), least=-1.0)


def ulyanov_lebedev(reference: np.ndarray, seed: int) -> Problem:
    """Ulyanov and Lebedev, *Audio texture synthesis and style transfer* (2016).

    4,096 random filters of width 11, window 2,048, quiet start.
    """
    return _wide_layer(reference, seed, n_fft=2048, hop=512)


def huzaifah_wyse(reference: np.ndarray, seed: int) -> Problem:
    """Huzaifah and Wyse (2019), arXiv 1901.10240: the same layer, window 1,024, hop 256 (ours)."""
    return _wide_layer(reference, seed, n_fft=1024, hop=256)


def antognini(reference: np.ndarray, seed: int) -> Problem:
    """Antognini, Hoffman and Weiss (2018), arXiv 1806.08002.

    Six single-layer networks of 512 random filters, widths 2 to 128, window 512, hop 64;
    Gram matrices, autocorrelation of the responses' first 200 lags, and diversity. Scaling of
    filters and weights of the three terms are ours: each term relative to its target.
    """
    n_fft, hop, widths, n_filters = 512, 64, (2, 4, 8, 16, 64, 128), 512
    generator = torch.Generator().manual_seed(seed)
    target = torch.log1p(_stft(torch.as_tensor(reference), n_fft, hop).abs())
    n_bins = len(target)
    weights = [
        torch.randn((n_filters, n_bins, w), generator=generator) * (2 / (n_bins * w)) ** 0.5
        for w in widths
    ]

    def lags(x: Tensor) -> Tensor:
        """Autocorrelation of each response at 1 to 200 frames."""
        power = torch.fft.rfft(x, 2 * x.shape[1], dim=1)
        c = torch.fft.irfft(power.real**2 + power.imag**2, dim=1)
        return c[:, 1:201] / x.shape[1]

    with torch.no_grad():
        responses = [relu(conv1d(target[None], w))[0] for w in weights]
        grams = [_gram(x) for x in responses]
        repeats = [lags(x) for x in responses]

    def loss(S: Tensor) -> Tensor:
        total = S.new_zeros(())
        for w, f, g, a in zip(weights, responses, grams, repeats, strict=True):
            x = relu(conv1d(S[None], w))[0]
            total = total + ((_gram(x) - g) ** 2).sum() / (g**2).sum()
            total = total + ((lags(x) - a) ** 2).sum() / (a**2).sum()
            # Diversity: responses that are the reference's, place by place, cost.
            total = total + 1e-4 * (f**2).sum() / ((x - f) ** 2).sum().clamp(min=1e-6)
        return total / len(weights)

    start = target.mean() + target.std() * torch.randn(target.shape, generator=generator)
    return Problem(start, loss, _spectrogram_sound(reference, n_fft, hop, seed))


def caracalla_roebel(reference: np.ndarray, seed: int) -> Problem:
    """Caracalla and Roebel (2020), arXiv 1910.09497: the waveform itself is changed.

    Real and imaginary parts of the STFT (window 512, hop 256), their magnitude compressed, are the
    two channels of eight 2D single-layer networks of 128 random filters, whose responses are
    correlated over time in every frequency row. Compression log(1 + 1000 |D|) and square kernels
    of 2 to 16 are ours.
    """
    n_fft, hop, sizes, n_filters = 512, 256, (2, 3, 4, 5, 7, 9, 11, 16), 128
    generator = torch.Generator().manual_seed(seed)
    y = torch.as_tensor(reference)
    weights = [
        torch.randn((n_filters, 2, k, k), generator=generator) / (2 * k * k) ** 0.5 for k in sizes
    ]

    def grams(y: Tensor) -> list[Tensor]:
        """For every network, (rows, filters, filters)."""
        D = _stft(y, n_fft, hop)
        size = (D.abs().square() + 1e-12).sqrt()
        D = D * (torch.log1p(1000 * size) / size)
        picture = torch.stack([D.real, D.imag])[None]
        responses = [relu(conv2d(picture, w))[0].transpose(0, 1) for w in weights]
        return [x @ x.mT / x.shape[2] for x in responses]

    with torch.no_grad():
        wanted = grams(y)
        scales = [(g**2).sum() for g in wanted]

    def loss(z: Tensor) -> Tensor:
        terms = [
            ((x - g) ** 2).sum() / scale
            for x, g, scale in zip(grams(z), wanted, scales, strict=True)
        ]
        return torch.stack(terms).mean()

    noise = torch.randn(y.shape, generator=generator)
    return Problem(rms(reference) * noise, loss, lambda z: finished(z.numpy(), SR, rms(reference)))


RECIPES: dict[str, Callable[[np.ndarray, int], Problem]] = {
    "Ulyanov, Lebedev 2016": ulyanov_lebedev,
    "Huzaifah, Wyse 2019": huzaifah_wyse,
    "Antognini et al. 2018": antognini,
    "Caracalla, Roebel 2020": caracalla_roebel,
}
