"""Feature networks: they turn a spectrogram into responses whose statistics describe it.

A spectrogram (b, f, t) can be read in three ways: each frequency bin a channel, each frame a
channel, or a picture. `LAYOUTS` says which axis goes where; the network is the same for all. Of a
picture's responses, statistics may average over all places, or over time alone: layout "rows". The
network that goes the other way, and makes, is in `maker`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from .audio import AudioError

LAYOUTS: dict[str, tuple[int, int, int, int]] = {  # orders of the axes (b, 1, f, t)
    "frequency": (0, 2, 1, 3),  # b f t -> b f 1 t: bins are channels, filters slide along time
    "time": (0, 3, 1, 2),  # b f t -> b t 1 f: frames are channels, filters slide along frequency
    "2d": (0, 1, 2, 3),  # b f t -> b 1 f t: one channel, filters slide along both
    "rows": (0, 1, 2, 3),  # the same, and each row of responses is described by itself
}
PICTURES = ("2d", "rows")  # layouts whose filters slide along two axes


def arrange(x: Tensor, layout: str) -> Tensor:
    """Lay out a spectrogram (b, f, t) as (b, channels, height, width) for a convolution.

    >>> x = torch.zeros(1, 513, 87)
    >>> [tuple(arrange(x, layout).shape) for layout in LAYOUTS]
    [(1, 513, 1, 87), (1, 87, 1, 513), (1, 1, 513, 87), (1, 1, 513, 87)]
    """
    if layout not in LAYOUTS:
        raise AudioError(f"layout is {layout!r}; expected one of {', '.join(LAYOUTS)}")
    if x.ndim != 3:
        raise AudioError(f"x has shape {tuple(x.shape)}; expected (batch, frequencies, frames)")
    return x[:, None].permute(LAYOUTS[layout])


def positions(r: Tensor, layout: str) -> Tensor:
    """Responses (b, c, height, width) with the axes that a statistic may average over at the end.

    In layout "rows" each row is an example of its own: a Gram matrix of each, as Caracalla and
    Roebel (2020) have it, forgets when but not how high.

    >>> r = torch.zeros(1, 4, 511, 85)
    >>> tuple(positions(r, "2d").shape), tuple(positions(r, "rows").shape)
    ((1, 4, 511, 85), (511, 4, 85))
    """
    if layout == "rows":
        return r.transpose(1, 2).flatten(0, 1)
    return r if layout == "2d" else r.squeeze(2)


class RandomCNN(nn.Module):
    """One layer of random filters, in parallel for several kernel sizes.

    With frequency bins (or components) as channels, a filter sees all frequencies at once and
    slides along time alone. Nothing is learned: Ulyanov and Lebedev (2016) found random filters to
    be enough, and Huzaifah and Wyse (2019) confirm it (book: chapters 5 to 7).

    Parameters
    ----------
    n_channels : int
        Channels of the input: its bins for the layout "frequency", its frames for "time", 1 for
        "2d" and "rows".
    n_filters : int
        Filters per kernel size.
    widths : sequence of int, or of pairs (bins, frames) for the layouts "2d" and "rows"
        Kernel sizes along the axis (or axes) that the filters slide on.
    layout : str
        One of `LAYOUTS`.
    dilation : int
        Steps between a kernel's taps: a kernel of `width` taps spans (width - 1) * dilation + 1.
    seed : int
        Filters are drawn from a normal distribution, divided by the root of the number of inputs.

    Examples
    --------
    >>> network = RandomCNN(8, n_filters=4, widths=(2, 5))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 8, 20)).items()}
    {'width_2': (1, 4, 19), 'width_5': (1, 4, 16)}
    >>> for layout in ("2d", "rows"):
    ...     network = RandomCNN(1, n_filters=4, widths=((3, 5),), layout=layout)
    ...     {name: tuple(x.shape) for name, x in network(torch.zeros(1, 8, 20)).items()}
    {'width_3x5': (1, 4, 6, 16)}
    {'width_3x5': (6, 4, 16)}
    """

    def __init__(
        self,
        n_channels: int,
        *,
        n_filters: int = 64,
        widths: Sequence[int | tuple[int, int]] = (2, 8, 32),
        layout: str = "frequency",
        dilation: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        arrange(torch.zeros(1, 1, 1), layout)  # an unknown layout says so
        widths = tuple(widths)
        sizes = [_size(width, layout) for width in widths]
        if min((n_channels, n_filters, dilation, *sum(sizes, ())), default=0) < 1 or not widths:
            raise AudioError(
                f"n_channels is {n_channels}, n_filters {n_filters}, widths {widths}, "
                f"dilation {dilation}; expected at least 1 of each"
            )
        if len(set(sizes)) < len(sizes):
            raise AudioError(f"widths is {widths}; expected each width once")
        self.n_channels, self.layout, self.dilation = n_channels, layout, dilation
        self.spans = [tuple((n - 1) * dilation + 1 for n in size) for size in sizes]
        generator = torch.Generator().manual_seed(seed)
        for height, width in sizes:
            filters = torch.randn(n_filters, n_channels, height, width, generator=generator)
            name = f"width_{height}x{width}" if layout in PICTURES else f"width_{width}"
            self.register_buffer(name, filters / (n_channels * height * width) ** 0.5)

    def responses(self, x: Tensor) -> dict[str, Tensor]:
        """Filter outputs before the nonlinearity, by name, each `(b, n_filters, *positions)`.

        In layout "rows" `(b * rows, n_filters, frames)`.
        """
        arranged = arrange(x, self.layout)
        height, width = (max(sizes) for sizes in zip(*self.spans, strict=True))
        channels, *plane = arranged.shape[1:]
        if channels != self.n_channels:
            raise AudioError(
                f"x has shape {tuple(x.shape)}, {channels} channels in layout "
                f"{self.layout!r}; expected {self.n_channels} channels"
            )
        if plane[0] < height or plane[1] < width:
            in_picture = self.layout in PICTURES
            spans = f"{height} bins and {width} frames" if in_picture else f"{width}"
            raise AudioError(
                f"x has shape {tuple(x.shape)}, too small for the widest kernel, {spans} "
                f"in layout {self.layout!r}: take a longer sound or narrower kernels"
            )
        return {
            name: positions(conv2d(arranged, filters, dilation=self.dilation), self.layout)
            for name, filters in self.named_buffers()
        }

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of a spectrogram (b, f, t), by name: responses, negative ones set to 0."""
        return {name: r.relu() for name, r in self.responses(x).items()}

    @torch.no_grad()
    def calibrate(self, *xs: Tensor) -> RandomCNN:
        """Scale each filter, in place, to unit deviation over `xs`; return the network itself.

        Otherwise the filters that happen to point along the loudest components rule the loss.
        """
        responses = [self.responses(x) for x in xs]
        for name in responses[0]:
            variance = torch.stack([r[name].flatten(2).var(dim=(0, 2)) for r in responses]).mean(0)
            filters = self.get_buffer(name)
            filters /= variance.sqrt().clamp(min=1e-6).view(-1, 1, 1, 1)
        return self


def _size(width: int | tuple[int, int], layout: str) -> tuple[int, int]:
    """Kernel (height, width) in the layout's plane."""
    if layout in PICTURES:
        both = (width, width) if isinstance(width, (int, np.integer)) else width
        return int(both[0]), int(both[1])
    if not isinstance(width, (int, np.integer)):
        raise AudioError(f"a width is {width!r}; layout {layout!r} expects whole numbers")
    return (1, int(width))


class DeepCNN(nn.Module):
    """A stack of layers, each seeing more of the sound than the one below: filters, ReLU, pooling.

    Random as it is made; `lessons.classifier.train_classifier` teaches it to tell sounds apart.
    Either way its features are those of every layer, by name (book: chapter 4).

    Parameters
    ----------
    n_channels : int
        Channels of the input in its layout, as for `RandomCNN`.
    n_filters : sequence of int
        Filters of each layer, from the first to the last.
    width : int
        Kernel size along each axis the filters slide on. Sizes of features stay as they are, but
        for pooling by 2 along these axes after each layer but the last.
    layout : str
        One of `LAYOUTS`.
    seed : int
        Filters are drawn from a normal distribution with the deviation that keeps responses
        equally strong through all layers (He et al., 2015).

    Examples
    --------
    >>> network = DeepCNN(8, n_filters=(4, 6))
    >>> {name: tuple(x.shape) for name, x in network(torch.zeros(1, 8, 20)).items()}
    {'layer_1': (1, 4, 20), 'layer_2': (1, 6, 10)}
    """

    def __init__(
        self,
        n_channels: int,
        *,
        n_filters: Sequence[int] = (64, 64, 64, 64),
        width: int = 5,
        layout: str = "frequency",
        seed: int = 0,
    ) -> None:
        super().__init__()
        arrange(torch.zeros(1, 1, 1), layout)
        if min((n_channels, width, *n_filters), default=0) < 1 or not n_filters:
            raise AudioError(
                f"n_channels is {n_channels}, n_filters {tuple(n_filters)}, width {width}; "
                "expected at least 1 of each"
            )
        self.n_channels, self.layout = n_channels, layout
        height, halves = (width, 2) if layout in PICTURES else (1, 1)
        size, self._pool = (height, width), (halves, 2)
        generator = torch.Generator().manual_seed(seed)
        self.layers = nn.ModuleList()
        for n_in, n_out in zip((n_channels, *n_filters), n_filters, strict=False):
            layer = nn.Conv2d(n_in, n_out, size, padding="same")
            fan_in = n_in * size[0] * size[1]
            with torch.no_grad():
                layer.weight.copy_(
                    torch.randn(layer.weight.shape, generator=generator) * (2 / fan_in) ** 0.5
                )
                layer.bias.zero_()  # type: ignore[union-attr]
            self.layers.append(layer)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Features of a spectrogram (b, f, t) in every layer, by name, none negative."""
        h = arrange(x, self.layout)
        smallest = 2 ** (len(self.layers) - 1)
        if h.shape[1] != self.n_channels or h.shape[3] < smallest:
            raise AudioError(
                f"x has shape {tuple(x.shape)}; in layout {self.layout!r} expected "
                f"{self.n_channels} channels and at least {smallest} positions"
            )
        features = {}
        for i, layer in enumerate(self.layers):
            if i:
                h = nn.functional.avg_pool2d(h, self._pool)
            h = layer(h).relu()
            features[f"layer_{i + 1}"] = positions(h, self.layout)
        return features
