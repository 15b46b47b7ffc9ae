"""A texture learned by a small network: new sound of it at once, as long as you like.

`texture` changes a sound, step by step, until its statistics are right, and does so anew for every
sound. `training` changes a network instead, so that *whatever* noise it is given comes out right
(Ulyanov and others, 2016). Then a sound costs one pass through it, and the phases. Of several
recordings it also learns what lies between them, and a knob moves there while it sounds. What it
has learned can be kept in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat, tee

import numpy as np
import torch
from torch import Tensor

from .arguments import check_seed, check_whole
from .audio import AudioError
from .files.tensors import GENERATOR, write_tensors
from .knob import Knob, Turn, weighted
from .levels import fade_ends, finished, rms
from .maker import NoiseToChannels
from .result import check_length
from .seeds import derived_seed, noise_source
from .sounding import joined
from .stream import played
from .transforms import Ring
from .voice import Voice

STRETCH = 512  # frames made at once, a multiple of the coarsest noise's step
STRETCH_TURNED = 32  # the same where a knob is to be followed: 0.4 s
N_ITER = 8  # rounds of Griffin-Lim


@dataclass(frozen=True)
class TextureGenerator:
    """A texture that has been learned: new sound of it, at once (see `train_generator`).

    It holds no sound of a recording, only averages over it and what a network learned of them.

    Attributes
    ----------
    voice : Voice
        What was measured of k recordings, mostly one, and is needed to sound like them.
    network : NoiseToChannels
    sr : int, Hz
    history : list of float
        Distance of the Gram matrices (`GramLoss`) at every step of training on channels.
    refine_history : list of float
        Distance of the envelopes' statistics at every step of training on sound.
    seconds_taken : float
        Wall time of the training.
    levels : tensor (k, 2, n_bins, n_quantiles)
        Quantiles of each bin as the network makes them, and as the recording has them.
    gains : tuple of k floats
        From what the phases give to the level of each recording.
    knob : Knob, or None
        Where the recordings stand, if there are several.
    """

    voice: Voice = field(repr=False)
    network: NoiseToChannels = field(repr=False)
    sr: int
    history: list[float] = field(repr=False, default_factory=list)
    refine_history: list[float] = field(repr=False, default_factory=list)
    seconds_taken: float = 0.0
    levels: Tensor = field(repr=False, default_factory=lambda: torch.zeros(1, 2, 1, 1))
    gains: tuple[float, ...] = (1.0,)
    knob: Knob | None = None

    @property
    def n_channels(self) -> int:
        """How many channels it makes."""
        return len(self.voice.layout.matrix)

    def synthesize(
        self,
        seconds: float = 5.0,
        seed: int = 0,
        *,
        n_iter: int = N_ITER,
        loop: bool = False,
        knob: Turn = None,
    ) -> np.ndarray:
        """New sound, (seconds * sr,) or (channels, seconds * sr): the stream's first `seconds`.

        It ends at zero, as it begins; or, as a `loop`, its end meets its beginning. Then it runs up
        to a fifth of a second faster or slower in all, since noise comes in whole steps. A `knob`,
        as for `stream`, stands still in a loop.
        """
        if loop:
            return self._loop(check_length(seconds, self.sr), check_seed(seed), n_iter, knob)
        blocks = self.stream(seconds, seed, n_iter=n_iter, knob=knob)
        return fade_ends(next(blocks), self.sr, start=False)

    def stream(
        self,
        block_seconds: float = 1.0,
        seed: int = 0,
        *,
        n_iter: int = N_ITER,
        knob: Turn = None,
    ) -> Iterator[np.ndarray]:
        """The same without end: blocks of sound that join without seams, in constant memory.

        Parameters
        ----------
        block_seconds : number > 0
            Length of each block; it does not change what is heard.
        seed : int
            Of the noise. The same seed gives the same sound on the same machine.
        n_iter : int >= 1
            Rounds of Griffin-Lim, which take most of the time.
        knob : number, or function from seconds to a number, optional
            Where the knob stands, for a generator that has one; half-way by default. A function is
            asked every 0.4 s, and followed in as long: what it says is heard half a second later.

        Yields
        ------
        arrays of shape (block_seconds * sr,) or (channels, block_seconds * sr), float32 in [-1, 1]
            From zero, and at about the level of the reference, less where its usual peak would
            exceed 1.4. Rare ones beyond 1 are turned down, not clipped.
        """
        size = check_length(block_seconds, self.sr)
        return played(self.sound(seed, n_iter, knob), lambda _: 1.0, self.sr, size)

    def channels(self, noise: list[Tensor], shares: Tensor) -> Tensor:
        """The model's channels (c, t) from noise that is longer by a margin at either end.

        And from the shares of the recordings, as long as the noise or of one row for all.
        """
        margin = self.network.margin
        inner = shares[margin:-margin] if len(shares) > 1 else shares
        deviations = (inner @ self.voice.deviations).mT
        return deviations * self.network(noise, shares)[0, :, margin:-margin]

    def fluctuations(
        self, x: Tensor, shares: Tensor, generator: torch.Generator, *, loop: bool = False
    ) -> Tensor:
        """All bins (n_bins, t) of channels (c, t), with noise where the components say nothing."""
        shares = shares.expand(x.shape[1], -1)
        return self.voice.basis @ x + self.voice.remainder(shares, generator, loop=loop)

    def spectrogram(self, fluctuations: Tensor, shares: Tensor) -> Tensor:
        """Log magnitudes (n_bins, t): each bin's levels brought to the recordings' quantiles."""
        if bool((shares == shares[0]).all()):
            shares = shares[:1]
        own, wanted = torch.einsum("tk,kxbq->xtbq", shares, self.levels)
        if len(shares) == 1:
            S = relevel(fluctuations, own[0], wanted[0])
        else:
            S = relevel(fluctuations.mT[..., None], own, wanted)[..., 0].mT
        return (shares @ self.voice.means).mT + S

    def stretches(self, seed: int, path: Iterable[np.ndarray]) -> Iterator[Tensor]:
        """Endless stretches of log magnitudes; noise goes on where the last stretch's ended.

        `path` has shares (n_frames, k) for each stretch. What was is known to the network, what
        will be is not: it takes it that the last shares stay.
        """
        for F, shares in self.raw_stretches(seed, path):
            yield self.spectrogram(F, shares)

    def raw_stretches(
        self, seed: int, path: Iterable[np.ndarray]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The same before their levels are right: fluctuations and shares of each stretch."""
        network, generator = self.network, noise_source(seed, "noise")
        margin = network.margin
        noise: list[Tensor] = []
        before = torch.zeros(0)
        for rows in path:
            new, n = torch.as_tensor(rows).to(self.voice.basis), len(rows)
            before = before if noise else new[:1].expand(margin, -1)
            shares = torch.cat([before, new, new[-1:].expand(margin, -1)])
            with torch.no_grad():  # not across the yield: it is the process's
                if not noise:
                    noise = network.noise(n + 2 * margin, generator)
                else:
                    fresh = network.noise(n, generator)
                    noise = [
                        torch.cat([old[..., -(2 * margin * z.shape[2] // n) :], z], dim=2)
                        for old, z in zip(noise, fresh, strict=True)
                    ]
                F = self.fluctuations(self.channels(noise, shares), new, generator)
            before = shares[n : n + margin]
            yield F, new

    def sound(self, seed: int, n_iter: int = N_ITER, knob: Turn = None) -> Iterator[np.ndarray]:
        """Endless pieces of sound at the recordings' level."""
        check_seed(seed)
        check_whole("n_iter", n_iter, 1)
        voice, (path, heard) = self.voice, tee(self._path(knob))
        transform, frames = voice.transform, self.stretches(seed, path)
        parts = joined(transform, voice.n_parts, frames, n_iter=n_iter, seed=seed)
        return voice.imaged(weighted(parts, heard, self.gains, transform.hop_length))

    def _path(self, turn: Turn) -> Iterator[np.ndarray]:
        """Shares (n_frames, k) of endless stretches."""
        if self.knob is None:
            if turn is not None:
                raise AudioError(f"knob is {turn!r}; expected none: this generator has no knob")
            return repeat(np.ones((STRETCH, 1)))
        if not callable(turn) and turn is not None:
            self.knob.place(turn)  # now, not at the first block
        seconds = STRETCH_TURNED * self.voice.transform.hop_length / self.sr
        return self.knob.path(turn, STRETCH_TURNED, seconds)

    def _loop(self, length: int, seed: int, n_iter: int, turn: Turn) -> np.ndarray:
        """A loop of so many samples: noise, network, phases and filters go round."""
        check_whole("n_iter", n_iter, 1)
        if callable(turn):
            raise AudioError("knob moves; a loop expects a number: its end is its beginning")
        voice, network = self.voice, self.network
        shares = torch.as_tensor(next(self._path(turn))[:1]).to(voice.basis)
        generator, step = noise_source(seed, "noise"), network.step
        n_frames = step * max(1, round(length / voice.transform.hop_length / step))
        noise = []
        for z in network.noise(n_frames, generator):
            n, around = z.shape[2], network.margin * z.shape[2] // n_frames
            noise.append(z[..., torch.arange(-around, n + around) % n])
        ring = Ring(voice.transform, length, n_frames, like=voice.basis)
        with torch.no_grad():
            x = self.channels(noise, shares)
            S = self.spectrogram(self.fluctuations(x, shares, generator, loop=True), shares)
            parts = [
                ring.inverse(part, n_iter=n_iter, seed=derived_seed(seed, "phases", 0, number))
                for number, part in enumerate(S.chunk(voice.n_parts))
            ]
            gains = (shares[0] * shares.new_tensor(self.gains))[:, None, None]
            y = voice.image(gains * torch.stack(parts), loop=True)
        return finished(y, self.sr, rms(y), loop=True)

    def save(self, path: str | os.PathLike) -> None:
        """Keep the generator in a file, for `load_generator`.

        In the format safetensors: numbers, and nothing that could be run. Nothing of the recording
        itself is among them, neither sound nor spectrogram, only what new sound is made with. About
        0.5 MB for one channel, 1 MB for two at 22,050 Hz, however long the recording was.

        Parameters
        ----------
        path : path
            Ends in .safetensors. A file that is there is replaced when the new one is whole.

        Raises
        ------
        AudioError
            If the suffix is another, or the file cannot be written.
        """
        tensors, settings = self.voice.kept()
        tensors |= {f"network.{name}": x for name, x in self.network.state_dict().items()}
        settings |= {
            "sr": self.sr,
            "gain": list(self.gains) if self.knob else self.gains[0],
            "seconds_taken": self.seconds_taken,
            "history": self.history,
            "refine_history": self.refine_history,
        }
        if self.knob:
            settings["knob"] = list(self.knob.positions)
        tensors["levels"] = self.levels if self.knob else self.levels[0]
        write_tensors(path, tensors, settings, **GENERATOR)


def relevel(S: Tensor, own: Tensor, wanted: Tensor) -> Tensor:
    """Bring each bin's levels from quantiles `own` (n_bins, q) to `wanted`, moment by moment.

    Or from quantiles of each moment, (t, n_bins, q), for `S` of shape (t, n_bins, 1).

    >>> relevel(torch.tensor([[0.5, 3.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 10.0]]))
    tensor([[ 5., 10.]])
    """
    S, own = S.contiguous(), own.contiguous()
    i = torch.searchsorted(own, S.detach()).clamp(1, own.shape[-1] - 1)
    low, high = own.gather(-1, i - 1), own.gather(-1, i)
    share = ((S - low) / (high - low).clamp(min=1e-9)).clamp(0, 1)
    return torch.lerp(wanted.gather(-1, i - 1), wanted.gather(-1, i), share)
