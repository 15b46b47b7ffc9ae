"""Statistics of tensors: pure functions, the vocabulary in which a texture is described.

Features have shape `(b, c, *positions)`: batch, channels, then time (1D) or frequency and time
(2D). A statistic that averages over positions does not know where things happened: that is what
makes it a description of texture.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from ..audio import AudioError

_MORE, _ROUNDS = 16, 10  # for components: rain, the flattest spectrum, keeps 99.9 % of its power


def gram_matrix(x: Tensor) -> Tensor:
    """How strongly each pair of channels is active together, averaged over all positions.

    Equation (3) of Gatys, Ecker and Bethge (2016) up to the constant; Huzaifah and Wyse (2019)
    use it along time (book: chapter 6).

    Parameters
    ----------
    x : tensor of shape (b, c, *positions)

    Returns
    -------
    tensor of shape (b, c, c), symmetric; unchanged if the positions are shuffled

    Examples
    --------
    >>> gram_matrix(torch.tensor([[[1.0, 3.0], [2.0, 0.0]]]))
    tensor([[[5., 1.],
             [1., 2.]]])
    """
    if x.ndim < 3:
        raise AudioError(f"x has shape {tuple(x.shape)}; expected (batch, channels, positions...)")
    flat = x.flatten(2)
    return flat @ flat.mT / flat.shape[2]


def autocorrelation(x: Tensor, n_lags: int) -> Tensor:
    """How much each channel is like itself some positions later, for lags of 1 to `n_lags`.

    What Gram matrices forget beyond a kernel's width, such as a beat, is in it: section 3.2 of
    Antognini, Hoffman and Weiss (2018; book: chapter 11). Less the mean, and undivided, so that
    loud channels count more.

    Parameters
    ----------
    x : tensor of shape (b, c, t)
    n_lags : int
        At least 1, and less than t.

    Returns
    -------
    tensor of shape (b, c, n_lags), mean product over the positions that have a partner

    Examples
    --------
    >>> beat = torch.tensor([[[1.0, -1.0, 1.0, -1.0]]])
    >>> autocorrelation(beat, 2)
    tensor([[[-1.,  1.]]])
    """
    t = x.shape[-1]
    if x.ndim != 3 or not 1 <= n_lags < t:
        raise AudioError(
            f"x has shape {tuple(x.shape)} and n_lags is {n_lags}; expected (batch, channels, "
            "time), and lags from 1 to less than that time"
        )
    x = x - x.mean(dim=2, keepdim=True)
    size = next_fast_len(t + n_lags, real=True)  # room enough for the lags not to wrap around
    power = torch.view_as_real(torch.fft.rfft(x, size)).square().sum(dim=-1)
    products = torch.fft.irfft(power, size)[..., 1 : n_lags + 1]
    return products / torch.arange(t - 1, t - 1 - n_lags, -1, device=x.device)


def principal_components(x: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The mean of `x` over time and the `n` directions in which it varies most.

    Neighbouring frequency bins rise and fall together, so a few dozen weighted sums of bins
    (components) say nearly all that hundreds of bins do (book: chapter 6).

    Parameters
    ----------
    x : tensor of shape (c, t)
    n : int >= 1
        Number of directions; fewer come back if `x` has fewer channels.

    Returns
    -------
    mean : tensor of shape (c, 1)
    basis : tensor of shape (c, n), orthonormal columns, the strongest first; each column's sign
        makes its largest entry positive

    Examples
    --------
    >>> mean, basis = principal_components(torch.tensor([[1.0, 3.0], [5.0, 5.0]]), 1)
    >>> mean.flatten().tolist(), basis.flatten().abs().tolist()
    ([2.0, 5.0], [1.0, 0.0])
    """
    if x.ndim != 2 or n < 1:
        raise AudioError(f"x has shape {tuple(x.shape)}, n is {n}; expected (c, t) and n >= 1")
    mean = x.mean(dim=1, keepdim=True)
    centred = (x - mean).double()  # double: the weak directions survive the squaring
    basis = _directions(centred, n)
    largest = basis.gather(0, basis.abs().argmax(dim=0, keepdim=True))
    return mean, (basis * largest.sign()).to(x.dtype)


def _directions(x: Tensor, n: int) -> Tensor:
    """The strongest `n` eigenvectors (c, n) of `x @ x.mT`.

    By subspace iteration (Halko, Martinsson and Tropp, 2011): a few products with some vectors more
    than are wanted, in a third of the time that all eigenvectors take.
    """
    width = n + _MORE
    if len(x) <= 2 * width:
        return torch.linalg.eigh(x @ x.mT)[1].flip(1)[:, :n]
    generator = torch.Generator().manual_seed(0)  # any will do, but always the same
    Q = torch.randn((len(x), width), generator=generator).to(x)
    for _ in range(_ROUNDS):
        Q = torch.linalg.qr(x @ (x.mT @ Q))[0]
    found = Q.mT @ x
    return Q @ torch.linalg.eigh(found @ found.mT)[1].flip(1)[:, :n]


def match_quantiles(x: Tensor, reference: Tensor) -> Tensor:
    """Give each row of `x` the distribution of values of the same row of `reference`.

    The order of values along the row stays, the values are replaced: the largest becomes the
    reference's largest, and so on (Heeger and Bergen, 1995, did so for image textures).

    Parameters
    ----------
    x : tensor of shape (c, t)
    reference : tensor of shape (c, u), u >= 1

    Returns
    -------
    tensor of shape (c, t)

    Examples
    --------
    >>> match_quantiles(torch.tensor([[3.0, 1.0, 2.0]]), torch.tensor([[0.0, 10.0]]))
    tensor([[10.,  0.,  5.]])
    """
    values = resample_quantiles(reference, x.shape[1])
    return torch.empty_like(x).scatter_(1, order(x), values)


def order(x: Tensor) -> Tensor:
    """Where the values of each row of `x` (..., t) are, from the smallest; of equals, the first.

    As `torch.argsort`, but many times faster on a CPU: numpy sorts whole numbers with vector
    instructions, so each is a value's bits, then its place. 32 bits, fewer than 2 ** 31 values.

    >>> order(torch.tensor([[3.0, -1.0, -2.0, 3.0]]))
    tensor([[2, 1, 0, 3]])
    """
    if x.device.type != "cpu" or x.dtype != torch.float32:
        return x.argsort(dim=-1, stable=True)
    keys = (x.detach() + 0.0).numpy().view(np.int32).astype(np.int64)  # + 0.0: there is no -0.0
    keys ^= (keys >> 31) & 0x7FFFFFFF  # as whole numbers, negative floats run backwards
    keys <<= 32
    keys |= np.arange(x.shape[-1])
    keys.sort(axis=-1)
    keys &= 0xFFFFFFFF
    return torch.as_tensor(keys)


def resample_quantiles(x: Tensor, n: int) -> Tensor:
    """The values of each row of `x` (c, t) in order, read at `n` even steps: shape (c, n).

    >>> resample_quantiles(torch.tensor([[10.0, 0.0]]), 3)
    tensor([[ 0.,  5., 10.]])
    """
    ordered = x if bool((x[:, 1:] >= x[:, :-1]).all()) else x.gather(1, order(x))
    position = torch.linspace(0, x.shape[1] - 1, n, dtype=x.dtype, device=x.device)
    below = position.floor().long()
    above = (below + 1).clamp(max=x.shape[1] - 1)
    return torch.lerp(ordered[:, below], ordered[:, above], position - below)
