"""What every transform can do: the class that a new one is made from, and all of them by name."""

from __future__ import annotations

import torch
from torch import Tensor

from ..audio import SR, AudioError, check_rate
from ..progress import Progress

TRANSFORMS: dict[str, type[Transform]] = {}  # by the word that stands for them

_HOP_LENGTH, _NEAR = 256, 1.2  # the book's, and how far from it in time others may be
_PRIMES = (2, 3, 5, 7)  # of which the fast lengths are made


class Transform:
    """What STFT and CQT share: frames every `hop_length` samples, magnitudes on a log scale.

    A new one is one class with `for_rate`, `min_length`, `complex` and `inverse`. With a name it
    can be asked for by that word, see `transform_named`; a class defined later takes over a name.

    >>> class Mel(Transform, name="mel"):
    ...     hop_length = 256
    >>> TRANSFORMS.pop("mel").__name__
    'Mel'
    """

    hop_length: int
    gain: float

    def __init_subclass__(cls, *, name: str | None = None) -> None:
        super().__init_subclass__()
        if name is not None:
            TRANSFORMS[name] = cls

    @classmethod
    def for_rate(cls, sr: int) -> Transform:
        """The book's settings for a sound at rate `sr`.

        Windows and hops are lengths in time, the same at every rate from 8,000 to 192,000 Hz, so
        that a frame holds as much of a sound whatever its rate; see `hop_for_rate`.
        """
        raise NotImplementedError

    @property
    def n_bins(self) -> int:
        """Rows of a spectrogram."""
        raise NotImplementedError

    @property
    def min_length(self) -> int:
        """Samples of the shortest sound that can be transformed."""
        raise NotImplementedError

    def n_frames(self, length: int) -> int:
        """Frames of a sound of `length` samples."""
        return 1 + length // self.hop_length

    def complex(self, y: Tensor) -> Tensor:
        """The transform of `y` (n,) with its phases, shape (n_bins, n_frames)."""
        raise NotImplementedError

    def forward(self, y: Tensor) -> Tensor:
        """Log magnitudes of `y` (n,), shape (n_bins, n_frames), >= 0."""
        return torch.log1p(self.gain * self.complex(y).abs())

    def magnitude(self, S: Tensor) -> Tensor:
        """Undo the compression: magnitudes from `S`; what lies below 0 counts as 0."""
        return torch.expm1(S.clamp(min=0)) / self.gain

    def inverse(
        self, S: Tensor, *, length: int, n_iter: int = 32, seed: int = 0, progress: Progress = False
    ) -> Tensor:
        """A sound (length,) whose log magnitudes are nearly `S`."""
        raise NotImplementedError


def transform_named(transform: str | Transform, sr: int) -> Transform:
    """The transform that a word stands for, with its settings for rate `sr`; others as they are.

    Parameters
    ----------
    transform : str or Transform
        A word of `TRANSFORMS`, such as "stft" or "cqt", or a transform.
    sr : int
        Rate in Hz.

    Raises
    ------
    AudioError
        If it is neither.

    Examples
    --------
    >>> transform_named("stft", 44100)
    STFT(n_fft=2048, hop_length=512, gain=10.0)
    """
    if isinstance(transform, Transform):
        return transform
    if isinstance(transform, str) and transform in TRANSFORMS:
        return TRANSFORMS[transform].for_rate(sr)
    raise AudioError(
        f"transform is {transform!r}; expected one of {', '.join(sorted(TRANSFORMS))}, or a "
        "Transform"
    )


def hop_for_rate(sr: int) -> int:
    """Samples of the book's hop of 11.6 ms at rate `sr`: 256 at 22,050 Hz.

    The nearest number with no prime factor above 7, since Fourier transforms of such lengths are
    fast; from 8,000 to 192,000 Hz it is within 4 %.

    >>> hop_for_rate(44100), hop_for_rate(48000), hop_for_rate(8000)
    (512, 560, 90)
    """
    wanted = _HOP_LENGTH * check_rate(sr) / SR
    near = range(int(wanted / _NEAR), int(wanted * _NEAR) + 2)
    return min(filter(_is_smooth, near), key=lambda hop: abs(hop - wanted))


def _is_smooth(n: int) -> bool:
    """Whether `n` has no prime factors but the small ones."""
    for prime in _PRIMES:
        while n % prime == 0:
            n //= prime
    return n == 1


def check_inverse(S: Tensor, n_bins: int, length: int, hop_length: int) -> None:
    """Whether `S` can become a sound of this length, or say why not."""
    if S.ndim != 2 or S.shape[0] != n_bins:
        raise AudioError(f"S has shape {tuple(S.shape)}; expected ({n_bins}, n_frames)")
    most = S.shape[1] * hop_length - 1  # one more would have another frame
    if not 1 <= length <= most:
        raise AudioError(f"length is {length}; {S.shape[1]} frames hold 1 to {most} samples")
