"""The network that makes a texture of noise, or several of them and what lies between."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, leaky_relu

from .audio import AudioError

N_SCALES = 6  # of noise: a value every 32, 16, 8, 4 and 2 frames, and in every frame
STEP = 2 ** (N_SCALES - 1)  # lengths are multiples of it
MARGIN = 4 * STEP  # frames at either end that do not yet have all their neighbours
LEAK = 0.2  # of what is below 0
FAINT = 1e-6  # beside the mean square that a layer's values are divided by


class NoiseToChannels(nn.Module):
    """From noise on several time scales to a texture's channels, by convolutions alone.

    After the generator of Ulyanov, Lebedev, Vedaldi and Lempitsky (2016): the coarsest noise comes
    first; then, scale after scale, what is there is stretched to twice its length, joined by noise
    of that scale, and filtered. Nothing depends on where in time it is, so any length comes out.

    Parameters
    ----------
    n_out : int
        Channels that come out.
    n_noise, n_hidden : int
        Values of noise at each moment of each scale, and filters of each layer.
    n_textures : int
        Between so many textures it can move: each scales and shifts what every filter says, by its
        share of the moment.
    seed : int
        Of the weights at the start.

    Examples
    --------
    >>> network = NoiseToChannels(8)
    >>> noise = network.noise(64, torch.Generator().manual_seed(0))
    >>> [z.shape[2] for z in noise], network(noise).shape
    ([2, 4, 8, 16, 32, 64], torch.Size([1, 8, 64]))
    """

    step, margin = STEP, MARGIN

    def __init__(
        self,
        n_out: int,
        *,
        n_noise: int = 8,
        n_hidden: int = 32,
        n_textures: int = 1,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(n_out, n_noise, n_hidden, n_textures) < 1:
            raise AudioError(
                f"n_out is {n_out}, n_noise {n_noise}, n_hidden {n_hidden}, n_textures "
                f"{n_textures}; expected at least 1 of each"
            )
        self.n_noise = n_noise
        generator = torch.Generator().manual_seed(seed)

        def weights(n_in: int, n: int, width: int) -> nn.Parameter:
            scale = (2 / (n_in * width)) ** 0.5
            return nn.Parameter(scale * torch.randn(n, n_in, width, generator=generator))

        wide = n_noise + n_hidden
        self.joins = nn.ParameterList(
            weights(n_noise if k == 0 else wide, n_hidden, 3) for k in range(N_SCALES)
        )
        self.mixes = nn.ParameterList(weights(n_hidden, n_hidden, 3) for _ in range(N_SCALES))
        self.out = weights(n_hidden, n_out, 1)
        own = (n_textures, n_hidden) if n_textures > 1 else (n_hidden,)
        self.biases = nn.ParameterList(torch.zeros(own) for _ in range(2 * N_SCALES))
        self.gains = nn.ParameterList(
            torch.ones(own) for _ in range(2 * N_SCALES if n_textures > 1 else 0)
        )

    def noise(self, n_frames: int, generator: torch.Generator) -> list[Tensor]:
        """Noise of every scale for `n_frames`, the coarsest first, each (1, n_noise, t)."""
        if n_frames < 1 or n_frames % self.step:
            raise AudioError(f"n_frames is {n_frames}; expected a multiple of {self.step}")
        lengths = [n_frames * 2**k // self.step for k in range(N_SCALES)]
        return [torch.randn(1, self.n_noise, n, generator=generator).to(self.out) for n in lengths]

    def forward(self, noise: Sequence[Tensor], shares: Tensor | None = None) -> Tensor:
        """Channels (1, n_out, t) from noise of every scale.

        And, where it knows several textures, from their `shares` (t, n_textures) or (1, n_textures)
        at every frame.
        """
        h = noise[0]
        for k, z in enumerate(noise):
            x = torch.cat([h.repeat_interleave(2, dim=2), z], dim=1) if k else z
            here = shares
            if shares is not None and len(shares) > 1:
                here = shares.unflatten(0, (z.shape[2], -1)).mean(dim=1)
            x = self._layer(2 * k, x, self.joins[k], here)
            x = self._layer(2 * k + 1, x, self.mixes[k], here)
            h = x / (x.square().mean(dim=1, keepdim=True) + FAINT).sqrt()  # or scales drift apart
        return conv1d(h, self.out)

    def _layer(self, i: int, x: Tensor, filters: Tensor, shares: Tensor | None) -> Tensor:
        if not len(self.gains):
            return leaky_relu(conv1d(x, filters, self.biases[i], padding=1), LEAK)
        assert shares is not None
        gain, bias = ((shares @ own[i]).mT for own in (self.gains, self.biases))
        return leaky_relu(gain * conv1d(x, filters, padding=1) + bias, LEAK)
