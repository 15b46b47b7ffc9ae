"""Feature networks: they turn a spectrogram into responses whose statistics describe it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d

from .audio import AudioError


class RandomCNN1d(nn.Module):
    """One layer of random filters along time, in parallel for several kernel widths.

    Frequency bins (or components) are the channels, so a filter sees all frequencies at once and
    slides along time alone. Nothing is learned: Ulyanov and Lebedev (2016) found random filters to
    be enough, and Huzaifah and Wyse (2019) confirm it (book: chapter 6).

    Parameters
    ----------
    n_channels : int
        Channels of the input.
    n_filters : int
        Filters per width.
    widths : sequence of int
        Kernel widths in frames.
    seed : int
        Filters are drawn from a normal distribution, divided by the root of the number of inputs.

    Examples
    --------
    >>> network = RandomCNN1d(8, n_filters=4, widths=(2, 5))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 8, 20)).items()}
    {'width_2': (1, 4, 19), 'width_5': (1, 4, 16)}
    """

    def __init__(
        self,
        n_channels: int,
        *,
        n_filters: int = 64,
        widths: Sequence[int] = (2, 8, 32),
        seed: int = 0,
    ) -> None:
        super().__init__()
        widths = tuple(widths)
        if min((n_channels, n_filters, *widths), default=0) < 1 or not widths:
            raise AudioError(
                f"n_channels is {n_channels}, n_filters {n_filters}, widths {widths}; "
                "expected at least 1 of each"
            )
        if len(set(widths)) < len(widths):
            raise AudioError(f"widths is {widths}; expected each width once")
        self.n_channels, self.widths = n_channels, widths
        generator = torch.Generator().manual_seed(seed)
        for width in widths:
            filters = torch.randn(n_filters, n_channels, width, generator=generator)
            self.register_buffer(f"width_{width}", filters / (n_channels * width) ** 0.5)

    def responses(self, x: Tensor) -> dict[str, Tensor]:
        """Filter outputs before the nonlinearity, by name, each (b, n_filters, t - width + 1)."""
        if x.ndim != 3 or x.shape[1] != self.n_channels or x.shape[2] < max(self.widths):
            raise AudioError(
                f"x has shape {tuple(x.shape)}; expected (batch, {self.n_channels}, frames), "
                f"at least as many frames as the widest kernel, {max(self.widths)}"
            )
        return {name: conv1d(x, filters) for name, filters in self.named_buffers()}

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of `x` (b, n_channels, t), by name: responses, negative ones set to 0."""
        return {name: r.relu() for name, r in self.responses(x).items()}

    @torch.no_grad()
    def calibrate(self, x: Tensor) -> RandomCNN1d:
        """Scale each filter, in place, to unit deviation over `x`; return the network itself.

        Otherwise the filters that happen to point along the loudest components rule the loss.
        """
        for name, r in self.responses(x).items():
            filters = self.get_buffer(name)
            filters /= r.std(dim=(0, 2)).clamp(min=1e-6).view(-1, 1, 1)
        return self
