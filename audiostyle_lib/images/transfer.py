"""Texture synthesis and style transfer of pictures, after Gatys, Ecker and Bethge (2015, 2016)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..arguments import check_seed
from ..audio import AudioError
from ..optim import check_device, cpu_threads, optimise
from ..progress import Progress
from ..statistics import ContentLoss, Features, GramLoss
from .networks import RandomPyramid
from .pictures import check_image

Network = Callable[[Tensor], Features]


@dataclass(frozen=True)
class ImageResult:
    """A picture that was made: `image` (1, 3, h, w) in [0, 1], and how it came about."""

    image: Tensor
    history: list[float]
    seconds_taken: float


@cpu_threads(1)
def synthesize_image_texture(
    image: Tensor,
    *,
    size: tuple[int, int] | None = None,
    network: Network | None = None,
    n_steps: int = 100,
    seed: int = 0,
    device: str | torch.device = "cpu",
    progress: Progress = True,
    watch: Callable[[Tensor, list[float]], object] | None = None,
) -> ImageResult:
    """Make a picture with the texture of another, from noise (book: chapter 1).

    Parameters
    ----------
    image : tensor (1, 3, h, w) in [0, 1]
    size : (height, width), optional
        Whole numbers of pixels of the result; those of the image by default.
    network : callable, optional
        From pictures to features by layer; a `RandomPyramid` by default.
    n_steps : int
        Steps of the optimiser.
    seed : int
        Of the noise, and of the default network.
    device : str or torch.device
    progress : bool
    watch : function, optional
        Told pictures on the way, and the losses so far, as by `optimise`.

    Raises
    ------
    AudioError
        If the image is none, or too small for the network, or a parameter is out of range.

    Examples
    --------
    >>> from audiostyle_lib.images.pictures import load_picture
    >>> made = synthesize_image_texture(load_picture("gravel", size=32), n_steps=3, progress=False)
    >>> made.image.shape
    torch.Size([1, 3, 32, 32])
    """
    began = time.perf_counter()
    check_device(device)
    check_seed(seed)
    image = check_image(image).to(device)
    network = _network(network, seed, device)
    height, width = _check_size(image.shape[2:] if size is None else size)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn((1, 3, height, width), generator=generator).to(device)
    mean, deviation = image.mean(dim=(2, 3), keepdim=True), image.std(dim=(2, 3), keepdim=True)
    loss = GramLoss(_with_picture(network, image), with_mean=True)
    found = optimise(
        mean + deviation * noise,
        lambda x: loss(_with_picture(network, x)) + _outside(x),
        n_steps=n_steps,
        progress=progress,
        description="texture",
        watch=None if watch is None else lambda x, losses: watch(x.clamp(0, 1), losses),
    )
    return ImageResult(found.x.clamp(0, 1), found.history, time.perf_counter() - began)


@cpu_threads(1)
def transfer_image_style(
    content: Tensor,
    style: Tensor,
    *,
    style_weight: float = 0.9,
    start: str = "content",
    network: Network | None = None,
    content_layer: str | None = None,
    n_steps: int = 100,
    seed: int = 0,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> ImageResult:
    """Redraw the picture `content` in the style of the picture `style` (book: chapter 1).

    Parameters
    ----------
    content, style : tensors (1, 3, h, w) in [0, 1]
        Sizes may differ.
    style_weight : number in [0, 1]
        0 gives the content back, 1 only the style's texture.
    start : str
        "content" or "noise": what the optimiser begins with.
    network, n_steps, seed, device, progress
        As for `synthesize_image_texture`.
    content_layer : str, optional
        Name of the layer whose features are the content; the last but one by default, where the
        picture is coarse and its fine strokes are free.

    Raises
    ------
    AudioError
        If a picture is none or too small, or a parameter is out of range.

    Examples
    --------
    >>> from audiostyle_lib.images.pictures import load_picture
    >>> coffee, gravel = load_picture("coffee", size=32), load_picture("gravel", size=32)
    >>> transfer_image_style(coffee, gravel, n_steps=3, progress=False).image.shape
    torch.Size([1, 3, 32, 48])
    """
    began = time.perf_counter()
    check_device(device)
    check_seed(seed)
    content = check_image(content, name="content").to(device)
    style = check_image(style, name="style").to(device)
    network = _network(network, seed, device)
    if not (isinstance(style_weight, (int, float, np.number)) and 0 <= style_weight <= 1):
        raise AudioError(f"style_weight is {style_weight!r}; expected 0 (content) to 1 (style)")
    if start not in ("content", "noise"):
        raise AudioError(f"start is {start!r}; expected 'content' or 'noise'")
    features = _with_picture(network, content)
    layers = [name for name in features if name != "picture"]
    layer = layers[max(len(layers) - 2, 0)] if content_layer is None else content_layer
    if layer not in features:
        raise AudioError(f"content_layer is {layer!r}; expected one of {', '.join(features)}")
    content_loss = ContentLoss({layer: features[layer]})
    style_loss = GramLoss(_with_picture(network, style), with_mean=True)

    def loss(x: Tensor) -> Tensor:
        found = _with_picture(network, x)
        return (
            (1 - style_weight) * content_loss({layer: found[layer]})
            + style_weight * style_loss(found)
            + _outside(x)
        )

    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(content.shape, generator=generator).to(device)
    found = optimise(
        content if start == "content" else 0.5 + 0.2 * noise,
        loss,
        n_steps=n_steps,
        progress=progress,
        description="transfer",
    )
    return ImageResult(found.x.clamp(0, 1), found.history, time.perf_counter() - began)


def _check_size(size: Sequence[int]) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, Sequence) else (size,)
    if len(pair) != 2 or not all(isinstance(n, (int, np.integer)) and n >= 1 for n in pair):
        raise AudioError(f"size is {size!r}; expected (height, width) in whole pixels")
    return int(pair[0]), int(pair[1])


def _network(network: Network | None, seed: int, device: str | torch.device) -> Network:
    return RandomPyramid(seed=seed).to(device) if network is None else network


def _with_picture(network: Network, x: Tensor) -> Features:
    """Features of the network, and the picture itself: its Gram matrix is that of the colours."""
    return {"picture": x, **network(x)}


def _outside(x: Tensor) -> Tensor:
    """Mean square of what lies outside [0, 1], so that little is lost when it is cut."""
    return ((x - x.clamp(0, 1)) ** 2).mean()
