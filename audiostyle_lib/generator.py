"""A texture learned by a small network: new sound of it at once, as long as you like.

`texture` changes a sound, step by step, until its statistics are right, and does so anew for every
sound. `training` changes a network instead, so that *whatever* noise it is given comes out right
(Ulyanov and others, 2016). Then a sound costs one pass through it, and the phases. What it has
learned can be kept in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from .arguments import check_number, check_seed, check_whole
from .audio import AudioError, check_rate
from .files.tensors import read_tensors, taken, write_tensors
from .levels import fade_ends, finished, rms
from .networks import NoiseToChannels
from .optim import check_device
from .result import check_length
from .seeds import derived_seed, noise_source
from .sounding import image_stretches, joined
from .spatial import filtered
from .stream import played
from .transforms import Ring
from .voice import Voice

_STRETCH = 512  # frames made at once, a multiple of the coarsest noise's step
_KIND, _VERSION = "texture generator", 1  # of the files that keep one


@dataclass(frozen=True)
class TextureGenerator:
    """A texture that has been learned: new sound of it, at once (see `train_generator`).

    It holds no sound of the recording, only averages over it and what a network learned of them.

    Attributes
    ----------
    voice : Voice
        What was measured of the recording and is needed to sound like it.
    network : NoiseToChannels
    sr : int, Hz
    history : list of float
        Distance of the Gram matrices (`GramLoss`) at every step of training on channels.
    refine_history : list of float
        Distance of the envelopes' statistics at every step of training on sound.
    seconds_taken : float
        Wall time of the training.
    levels : tensor (2, n_bins, n_quantiles)
        Quantiles of each bin as the network makes them, and as the recording has them.
    gain : float
        From what the phases give to the level of the recording.
    """

    voice: Voice = field(repr=False)
    network: NoiseToChannels = field(repr=False)
    sr: int
    history: list[float] = field(repr=False, default_factory=list)
    refine_history: list[float] = field(repr=False, default_factory=list)
    seconds_taken: float = 0.0
    levels: Tensor = field(repr=False, default_factory=lambda: torch.zeros(2, 1, 1))
    gain: float = 1.0

    @property
    def n_channels(self) -> int:
        """How many channels it makes."""
        return len(self.voice.layout.matrix)

    def synthesize(
        self, seconds: float = 5.0, seed: int = 0, *, n_iter: int = 8, loop: bool = False
    ) -> np.ndarray:
        """New sound, (seconds * sr,) or (channels, seconds * sr): the stream's first `seconds`.

        It ends at zero, as it begins; or, as a `loop`, its end meets its beginning. Then it runs up
        to a fifth of a second faster or slower in all, since noise comes in whole steps.
        """
        if loop:
            return self._loop(check_length(seconds, self.sr), check_seed(seed), n_iter)
        return fade_ends(next(self.stream(seconds, seed, n_iter=n_iter)), self.sr, start=False)

    def stream(
        self, block_seconds: float = 1.0, seed: int = 0, *, n_iter: int = 8
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

        Yields
        ------
        arrays of shape (block_seconds * sr,) or (channels, block_seconds * sr), float32 in [-1, 1]
            From zero, and at about the level of the reference, less where its usual peak would
            exceed 1.4. Rare ones beyond 1 are turned down, not clipped.
        """
        size = check_length(block_seconds, self.sr)
        return played(self.sound(seed, n_iter), lambda _: self.gain, self.sr, size)

    def channels(self, noise: list[Tensor]) -> Tensor:
        """The model's channels (c, t) from noise that is longer by a margin at either end."""
        margin = self.network.margin
        return self.voice.deviations[:, None] * self.network(noise)[0, :, margin:-margin]

    def fluctuations(self, x: Tensor, generator: torch.Generator, *, loop: bool = False) -> Tensor:
        """All bins (n_bins, t) of channels (c, t), with noise where the components say nothing."""
        alone = torch.ones((x.shape[1], 1)).to(x)
        return self.voice.basis @ x + self.voice.remainder(alone, generator, loop=loop)

    def spectrogram(self, fluctuations: Tensor) -> Tensor:
        """Log magnitudes (n_bins, t): each bin's levels brought to the recording's quantiles."""
        return self.voice.means[:, None] + relevel(fluctuations, *self.levels)

    def stretches(self, seed: int) -> Iterator[Tensor]:
        """Endless stretches of fluctuations; noise goes on where the last stretch's ended."""
        network, generator = self.network, noise_source(seed, "noise")
        keep = 2 * network.margin
        noise = network.noise(_STRETCH + keep, generator)
        while True:
            with torch.no_grad():  # not across the yield: it is the process's
                S = self.fluctuations(self.channels(noise), generator)
                noise = [
                    torch.cat([old[..., -(keep * old.shape[2] // (_STRETCH + keep)) :], new], dim=2)
                    for old, new in zip(noise, network.noise(_STRETCH, generator), strict=True)
                ]
            yield S

    def sound(self, seed: int, n_iter: int = 8) -> Iterator[np.ndarray]:
        """Endless pieces of sound as the phases give it, not yet at the recording's level."""
        check_seed(seed)
        check_whole("n_iter", n_iter, 1)
        voice, frames = self.voice, map(self.spectrogram, self.stretches(seed))
        parts = joined(voice.transform, voice.n_parts, frames, n_iter=n_iter, seed=seed)
        return map(voice.all, image_stretches(voice.taps, parts))

    def _loop(self, length: int, seed: int, n_iter: int) -> np.ndarray:
        """A loop of so many samples: noise, network, phases and filters go round."""
        check_whole("n_iter", n_iter, 1)
        voice, network = self.voice, self.network
        generator, step = noise_source(seed, "noise"), network.step
        n_frames = step * max(1, round(length / voice.transform.hop_length / step))
        noise = []
        for z in network.noise(n_frames, generator):
            n, around = z.shape[2], network.margin * z.shape[2] // n_frames
            noise.append(z[..., torch.arange(-around, n + around) % n])
        ring = Ring(voice.transform, length, n_frames, like=voice.basis)
        with torch.no_grad():
            S = self.spectrogram(self.fluctuations(self.channels(noise), generator, loop=True))
            parts = [
                ring.inverse(part, n_iter=n_iter, seed=derived_seed(seed, "phases", 0, number))
                for number, part in enumerate(S.chunk(voice.n_parts))
            ]
            Y = torch.stack(parts)
            y = voice.all(Y if voice.taps is None else filtered(Y, voice.taps, loop=True))
        return finished(y, self.sr, self.gain * rms(y), loop=True)

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
            "gain": self.gain,
            "seconds_taken": self.seconds_taken,
            "history": self.history,
            "refine_history": self.refine_history,
        }
        tensors["levels"] = self.levels
        write_tensors(path, tensors, settings, kind=_KIND, version=_VERSION)


def load_generator(
    path: str | os.PathLike, *, device: str | torch.device = "cpu"
) -> TextureGenerator:
    """A generator that was kept in a file by `TextureGenerator.save`.

    On the same machine it makes the same sounds, to the bit. Nothing in the file is run.

    Parameters
    ----------
    path : path
    device : str or torch.device
        Where it shall work.

    Returns
    -------
    TextureGenerator

    Raises
    ------
    AudioError
        If there is no such file, or it is no generator, of another version, or damaged.

    Examples
    --------
    >>> import tempfile
    >>> from audiostyle_lib import train_generator
    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> made = train_generator(y, 22050, channel_steps=5, sound_steps=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made.save(f"{folder}/rain.safetensors")
    ...     again = load_generator(f"{folder}/rain.safetensors")
    >>> np.array_equal(again.synthesize(2.0, seed=1), made.synthesize(2.0, seed=1))
    True
    """
    device = check_device(device)
    tensors, kept = read_tensors(path, kind=_KIND, version=_VERSION, device=device)
    try:
        voice = Voice.from_kept(tensors, kept)
        n_bins, n_components = voice.basis.shape
        network = NoiseToChannels(n_components).to(device)
        weights = {
            name: taken(tensors, f"network.{name}", *x.shape)
            for name, x in network.state_dict().items()
        }
        network.load_state_dict(weights)
        made = TextureGenerator(
            voice,
            network.requires_grad_(False),
            check_rate(kept["sr"]),
            [check_number("history", x) for x in kept["history"]],
            [check_number("refine_history", x) for x in kept["refine_history"]],
            check_number("seconds_taken", kept["seconds_taken"]),
            taken(tensors, "levels", 2, n_bins, None),
            check_number("gain", kept["gain"]),
        )
        if tensors:
            raise AudioError(f"{', '.join(sorted(tensors))}: not expected")
    except (AudioError, KeyError, TypeError) as error:
        reason = f"it says nothing of {error}" if isinstance(error, KeyError) else error
        raise AudioError(f"{os.fsdecode(path)} is no whole {_KIND}: {reason}") from error
    return made


def relevel(S: Tensor, own: Tensor, wanted: Tensor) -> Tensor:
    """Bring each bin's levels from quantiles `own` (n_bins, q) to `wanted`, moment by moment.

    >>> relevel(torch.tensor([[0.5, 3.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0, 10.0]]))
    tensor([[ 5., 10.]])
    """
    S = S.contiguous()
    i = torch.searchsorted(own, S.detach()).clamp(1, own.shape[1] - 1)
    low, high = own.gather(1, i - 1), own.gather(1, i)
    share = ((S - low) / (high - low).clamp(min=1e-9)).clamp(0, 1)
    return torch.lerp(wanted.gather(1, i - 1), wanted.gather(1, i), share)
