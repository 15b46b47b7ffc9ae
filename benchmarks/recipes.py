"""Published recipes of texture synthesis, written anew from the papers' constants, to compare with.

Each is a function (reference, sr, clock, seed) -> new sound, float32, of the reference's length.
Where a paper leaves a constant open, or we read it second-hand, the docstring says "ours". All use
the same optimiser, L-BFGS with a line search: without one some of them stall at their start.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv2d, relu

from audiostyle_lib.audio import rms
from audiostyle_lib.engine import at_level
from audiostyle_lib.phase import find_phases


class TimeIsUp(Exception):
    """Raised inside an optimisation whose seconds are spent."""


@dataclass
class Clock:
    """Ends an optimisation: after `n_steps`, after `seconds`, or where the loss hardly falls.

    `converged` is the least fall of the loss, as a share of it, over the last `patience`
    evaluations; what is found when time is up is the best so far.
    """

    seconds: float = float("inf")
    n_steps: int = 2000
    converged: float = 0.02
    patience: int = 20
    history: list[float] = field(default_factory=list)
    began: float = 0.0

    def minimise(self, x: Tensor, criterion: Callable[[Tensor], Tensor]) -> Tensor:
        """The best `x` found for `criterion`."""
        x = x.detach().clone().requires_grad_(True)
        solver = torch.optim.LBFGS(
            [x],
            max_iter=self.n_steps,
            max_eval=2 * self.n_steps,
            history_size=10,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            line_search_fn="strong_wolfe",
        )
        self.history, best = [], (float("inf"), x.detach().clone())
        lows: list[float] = []

        def closure() -> float:
            nonlocal best
            solver.zero_grad()
            loss = criterion(x)
            loss.backward()
            self.history.append(loss.item())
            if self.history[-1] < best[0]:
                best = (self.history[-1], x.detach().clone())
            lows.append(best[0])
            late = time.perf_counter() - self.began > self.seconds
            flat = (
                len(lows) > self.patience
                and lows[-1] > (1 - self.converged) * lows[-1 - self.patience]
            )
            if late or flat:
                raise TimeIsUp
            return self.history[-1]

        with contextlib.suppress(TimeIsUp):
            solver.step(closure)
        return best[1]


def _gram(x: Tensor) -> Tensor:
    """(c, positions) -> (c, c), per position."""
    return x @ x.mT / x.shape[1]


def _stft(y: Tensor, n_fft: int, hop: int) -> Tensor:
    return torch.stft(y, n_fft, hop, window=torch.hann_window(n_fft), return_complex=True)


def _griffin_lim(magnitude: Tensor, n_fft: int, hop: int, length: int, seed: int) -> Tensor:
    window = torch.hann_window(n_fft)
    return find_phases(
        magnitude,
        lambda D: torch.istft(D, n_fft, hop, window=window, length=length),
        lambda y: _stft(y, n_fft, hop),
        n_iter=100,
        seed=seed,
    )


def _finish(y: Tensor, reference: np.ndarray) -> np.ndarray:
    return at_level(y.detach().numpy(), rms(reference))


def _wide_layer(
    reference: np.ndarray, clock: Clock, seed: int, *, n_fft: int, hop: int, n_filters: int = 4096
) -> np.ndarray:
    """One layer of filters 11 frames wide, frequency bins as channels, log(1 + |STFT|)."""
    generator = torch.Generator().manual_seed(seed)
    D = _stft(torch.as_tensor(reference), n_fft, hop)
    target = torch.log1p(D.abs())
    n_bins = len(target)
    deviation = (2 * 2 / ((n_bins + n_filters) * 11)) ** 0.5
    weight = deviation * torch.randn((n_filters, n_bins, 11), generator=generator)
    wanted = _gram(relu(conv1d(target[None], weight))[0])
    scale = 1 / (wanted**2).sum()

    def loss(x: Tensor) -> Tensor:
        return ((_gram(relu(conv1d(x[None], weight))[0]) - wanted) ** 2).sum() * scale

    start = 1e-3 * torch.randn(target.shape, generator=generator)
    S = clock.minimise(start, loss).clamp(min=0)
    return _finish(_griffin_lim(torch.expm1(S), n_fft, hop, len(reference), seed), reference)


def ulyanov_lebedev(reference: np.ndarray, sr: int, clock: Clock, seed: int) -> np.ndarray:
    """Ulyanov and Lebedev, *Audio texture synthesis and style transfer* (2016).

    4,096 random filters of width 11, window 2,048, quiet start.
    """
    return _wide_layer(reference, clock, seed, n_fft=2048, hop=512)


def huzaifah_wyse(reference: np.ndarray, sr: int, clock: Clock, seed: int) -> np.ndarray:
    """Huzaifah and Wyse (2019), arXiv 1901.10240: the same layer, window 1,024, hop 256 (ours)."""
    return _wide_layer(reference, clock, seed, n_fft=1024, hop=256)


def antognini(reference: np.ndarray, sr: int, clock: Clock, seed: int) -> np.ndarray:
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
    S = clock.minimise(start, loss).clamp(min=0)
    return _finish(_griffin_lim(torch.expm1(S), n_fft, hop, len(reference), seed), reference)


def caracalla_roebel(reference: np.ndarray, sr: int, clock: Clock, seed: int) -> np.ndarray:
    """Caracalla and Roebel (2020), arXiv 1910.09497: the waveform itself is changed.

    Real and imaginary parts of the STFT (window 512, hop 256) are the two channels of eight 2D
    single-layer networks of 128 random filters; square kernels of 2 to 16 (ours).
    """
    n_fft, hop, sizes, n_filters = 512, 256, (2, 3, 4, 5, 7, 9, 11, 16), 128
    generator = torch.Generator().manual_seed(seed)
    y = torch.as_tensor(reference)
    weights = [
        torch.randn((n_filters, 2, k, k), generator=generator) / (2 * k * k) ** 0.5 for k in sizes
    ]

    def picture(y: Tensor) -> Tensor:
        D = _stft(y, n_fft, hop)
        return torch.stack([D.real, D.imag])[None]

    def responses(y: Tensor) -> list[Tensor]:
        P = picture(y)
        return [relu(conv2d(P, w))[0].flatten(1) for w in weights]

    with torch.no_grad():
        grams = [_gram(x) for x in responses(y)]

    def loss(z: Tensor) -> Tensor:
        terms = [
            ((_gram(x) - g) ** 2).sum() / (g**2).sum()
            for x, g in zip(responses(z), grams, strict=True)
        ]
        return torch.stack(terms).mean()

    noise = torch.randn(y.shape, generator=generator)
    return _finish(clock.minimise(rms(reference) * noise, loss), reference)


RECIPES: dict[str, Callable[[np.ndarray, int, Clock, int], np.ndarray]] = {
    "Ulyanov, Lebedev 2016": ulyanov_lebedev,
    "Huzaifah, Wyse 2019": huzaifah_wyse,
    "Antognini et al. 2018": antognini,
    "Caracalla, Roebel 2020": caracalla_roebel,
}
