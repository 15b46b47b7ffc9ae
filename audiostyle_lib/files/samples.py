"""The samples that are asked for, out of those that come: no more memory than they need.

What a reader of any kind gives its blocks to, and what is said of the whole when it has come.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..audio import MAX_CHANNELS, AudioError

_LARGEST = 1 << 29  # samples in all channels: 2 GiB, an hour and a half of stereo at 48,000 Hz
_FIRST = 1 << 22  # samples that a header is given memory for before there is any sound
_FRAMES_PER_BYTE = 200  # at most, even in a compressed file: a header that says more is mistaken
_CHANNELS = 64
_EVER = 1e9  # seconds: later than any sound ends, and still a number of frames
_DEEPER = {  # than 16 bits
    "24": {"PCM_24", "ALAC_20", "ALAC_24", "DWVW_24"},
    "32f": {"PCM_32", "ALAC_32", "FLOAT", "DOUBLE"},
}
_WILD = {0.999: 1e2, 0.5: 1e6}  # share of samples, and how much larger than these is damage


@dataclass(frozen=True)
class Wanted:
    """What of a file is asked for, and what it is for.

    Seconds `start` to `end` (exclusive), at most `max_seconds`; `sr` is the rate that it will be
    brought to (None: its own), and `mono` whether one channel will be made of all.
    """

    sr: int | None = None
    mono: bool = True
    start: float = 0.0
    end: float | None = None
    max_seconds: float | None = None

    def frames(self, native: int) -> tuple[int, int | None]:
        """First frame, and the one behind the last, of a file of that rate; None is its end.

        >>> Wanted(start=0.5, max_seconds=2.0).frames(8000)
        (4000, 20000)
        """
        first = round(min(self.start, _EVER) * native)
        ends = []
        if self.max_seconds is not None:
            ends.append(first + max(1, int(min(self.max_seconds, _EVER) * native)))
        if self.end is not None:
            ends.append(max(first + 1, round(min(self.end, _EVER) * native)))
        return first, min(ends, default=None)


@dataclass(frozen=True)
class Decoded:
    """A file's samples as they are in it.

    Attributes
    ----------
    Y : array of shape (channels, n), float32 in [-1, 1]
    sr : int, Hz
    bits : str or None
        Depth: "16", "24" or "32f"; None where the coding has none.
    notes : list of str
        What has to be said of them.
    """

    Y: np.ndarray = field(repr=False)
    sr: int
    bits: str | None
    notes: list[str]


class Taken:
    """Takes from blocks, which come from a sound's start to its end, the part that is asked for.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    wanted : Wanted
    sr : int
        The file's own rate in Hz.
    channels : int

    Raises
    ------
    AudioError
        If rate or number of channels cannot be meant, or cannot be kept.

    Examples
    --------
    >>> taken = Taken("a.wav", Wanted(start=0.001, end=0.002), 8000, 1)
    >>> taken.add(np.zeros((12, 1), np.float32))
    >>> taken.passed, taken.n, taken.full
    (12, 4, False)
    """

    def __init__(self, name: str, wanted: Wanted, sr: int, channels: int) -> None:
        if not 1000 <= sr <= 384_000:
            raise AudioError(
                f"{name} says that its rate is {sr:,} Hz; expected 1,000 to 384,000 Hz"
            )
        if not 1 <= channels <= _CHANNELS:
            raise AudioError(
                f"{name} says that it has {channels} channels; expected 1 to {_CHANNELS}"
            )
        if channels > MAX_CHANNELS and not wanted.mono:
            raise AudioError(
                f"{name} has {channels} channels; expected at most {MAX_CHANNELS}, or any number "
                "to make one of, with mono=True"
            )
        self.sr, self.channels = sr, channels
        self.passed, self.n = 0, 0  # frames that came, and those of them that were taken
        self._name, self._wanted = name, wanted
        self._first, self._last = wanted.frames(sr)
        kept = 1 if wanted.mono else channels
        self._most = int(_LARGEST / max(channels, kept * (wanted.sr or sr) / sr))
        self._room = self._most
        if self._last is not None:
            self._room = min(self._most, self._last - self._first)
        self._expected = 0
        self._Y = np.empty((channels, 0), np.float32)

    @property
    def full(self) -> bool:
        """Whether all that is asked for is here; `AudioError` if it is more than there may be."""
        if self.n == self._most:
            raise self._too_long(self._most)
        return self.n == self._room

    @property
    def before(self) -> int:
        """Frames that come before the first that is taken."""
        return max(0, self._first - self.passed)

    @property
    def left(self) -> int:
        """Frames that there is still room for."""
        return self._room - self.n

    def expect(self, frames: int, size: int) -> int:
        """Get ready for `frames` that are promised for the next `size` bytes, if that may be true.

        Returns how many of all there will be to pass, as far as one can know; or raises
        `AudioError` if they are more than there may be.
        """
        self._expected = 0
        if frames >= _FRAMES_PER_BYTE * size:
            return self.passed
        end = self.passed + frames
        last = end if self._last is None else min(end, self._last)
        expected = self.n + max(0, last - max(self._first, self.passed))
        if expected > self._most:
            raise self._too_long(expected)
        self._expected = expected
        return max(last, self.passed)

    def add(self, block: np.ndarray) -> None:
        """Pass `block` of shape (n, channels), and take what of it is asked for."""
        new = block[self.before :][: self.left]
        self.passed += len(block)
        n = self.n + len(new)
        if n > self._Y.shape[1]:
            if not self._Y.size:
                first = _FIRST // self.channels
                size = max(n, min(self._expected or first, first))
            else:
                size = self._expected if n <= self._expected else n + n // 4
            longer = np.empty((self.channels, size), np.float32)
            longer[:, : self.n] = self._Y[:, : self.n]
            self._Y = longer
        self._Y[:, self.n : n] = new.T
        self.n = n

    def skip(self, n: int) -> None:
        """Pass `n` frames that need not be decoded."""
        self.passed += n

    def all(self, bits: str | None, notes: list[str]) -> Decoded:
        """What was taken, in [-1, 1]; or raise `AudioError` if it is nothing, or no sound."""
        if not self.passed:
            raise empty(self._name)
        if not self.n:
            raise AudioError(
                f"start is {self._wanted.start:g} s, but {self._name} ends after "
                f"{self.passed / self.sr:.2f} s; expected a start before its end"
            )
        Y = np.ascontiguousarray(self._Y[:, : self.n])
        peak = _check_samples(Y, self._name)
        if peak > 1.0:
            Y /= np.float32(peak)
            notes = [*notes, scaled(peak)]
        return Decoded(Y, self.sr, bits, notes)

    def _too_long(self, frames: int) -> AudioError:
        return AudioError(
            f"{self._name} holds {frames / self.sr:,.0f} s or more; expected at most "
            f"{self._most / self.sr:,.0f} s, as much as the memory is for: read a part of it, with "
            "start, end or max_seconds"
        )


def empty(name: str) -> AudioError:
    """What is said of a file without samples."""
    return AudioError(f"{name} is empty; expected at least one sample")


def scaled(peak: float) -> str:
    """What is said of a sound that was scaled from this peak to 1.

    >>> scaled(2.0)
    'has samples up to 2: scaled by -6.0 dB'
    """
    return f"has samples up to {peak:.4g}: scaled by {-20 * np.log10(peak):.1f} dB"


def depth(coding: str) -> str | None:
    """The depth of a coding of libsndfile: "16", "24", "32f"; None for those that have none.

    What has fewer bits than 16, or codes them, as telephones did, fits into 16.

    >>> [depth(coding) for coding in ("PCM_U8", "ULAW", "PCM_24", "ALAC_20", "DOUBLE", "VORBIS")]
    ['16', '16', '24', '24', '32f', None]
    """
    if coding in ("VORBIS", "OPUS") or coding.startswith("MPEG"):
        return None
    return next((bits for bits, codings in _DEEPER.items() if coding in codings), "16")


def _check_samples(Y: np.ndarray, name: str) -> float:
    """The largest sample; or raise `AudioError` for values that are no sound."""
    peak, bad = 0.0, 0
    for first in range(0, Y.shape[1], _FIRST):
        size = np.abs(Y[:, first : first + _FIRST])
        peak = max(peak, float(size.max()))
        bad += int(np.count_nonzero(~np.isfinite(size)))
    if bad:
        raise AudioError(
            f"{name} has {bad} NaN or infinite samples of {Y.size}; expected numbers in [-1, 1]"
        )
    if peak > 1.0:
        size = np.abs(Y)
        size = size[size > 0]
        for share, times in _WILD.items():
            usual = float(np.quantile(size, share))
            if peak > times * usual:
                raise AudioError(
                    f"{name} has samples up to {peak:.3g}, where {share:.1%} are below "
                    f"{usual:.3g}: it is damaged; expected samples in [-1, 1]"
                )
    return peak
