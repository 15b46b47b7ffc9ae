"""A small network that makes a texture in one go: trained once, then far faster than it plays.

The engine changes noise, step by step, until its statistics are right, and does so anew for every
sound. Here the steps change a network instead, so that *whatever* noise it is given comes out right
(Ulyanov and others, 2016). Then a sound costs one pass through it, and the phases.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from .arguments import check_number, check_seed, check_whole
from .audio import check_rate
from .auditory import MIN_SECONDS
from .levels import fade_ends, rms
from .model import TextureModel
from .networks import NoiseToChannels
from .optim import Progress, cpu_threads, progress_bar
from .quality import Quality, as_quality
from .result import check_length
from .statistics import Ear, GramLoss, SoundMeasure, best_match, resample_quantiles, sound_targets
from .stream import check_continuable, joined, level_gain, played, stretch_frames
from .transforms import STFT

_STRETCH = 512  # frames made at once, a multiple of the coarsest noise's step
_HEARD = 256  # frames that are made sound at once in training
_N_QUANTILES = 64  # of each bin's levels
_PIECE_SECONDS = 0.5  # of the pieces that should not come again; the copy scores' length
_N_ITER = 2  # rounds of Griffin-Lim in training
_GRAM_SHARE = 0.3  # weight of the Gram matrices beside the envelopes, while training on sound
# Milder than the last touch's: what teaches the ear's averages should leave room for variety.
_EAR = Ear(n_bands=36, exponent=0.25, silence=1e-8, depth=60.0)
_RATES = (3e-3, 2e-3)  # of Adam, at their highest: on channels, on sound


@dataclass(frozen=True)
class TextureGenerator:
    """A texture that has been learned: new sound of it, at once (see `train_generator`).

    Attributes
    ----------
    model : TextureModel
        What was measured of the recording.
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

    model: TextureModel = field(repr=False)
    network: NoiseToChannels = field(repr=False)
    sr: int
    history: list[float] = field(repr=False, default_factory=list)
    refine_history: list[float] = field(repr=False, default_factory=list)
    seconds_taken: float = 0.0
    levels: Tensor = field(repr=False, default_factory=lambda: torch.zeros(2, 1, 1))
    gain: float = 1.0

    def synthesize(self, seconds: float = 5.0, seed: int = 0, *, n_iter: int = 8) -> np.ndarray:
        """New sound, array of shape (seconds * sr,), float32: the stream's first `seconds`.

        It ends at zero, as it begins.
        """
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
        arrays of shape (block_seconds * sr,), float32 in [-1, 1]
            From zero, and at about the level of the reference, less where its usual peak would
            exceed 0.9. Rare ones beyond 1 are turned down, not clipped.
        """
        size = check_length(block_seconds, self.sr)
        return played(self._sound(seed, n_iter), lambda _: self.gain, self.sr, size)

    @property
    def _transform(self) -> STFT:
        assert isinstance(self.model.transform, STFT)
        return self.model.transform

    def channels(self, noise: list[Tensor]) -> Tensor:
        """The model's channels (c, t) from noise that is longer by a margin at either end."""
        margin = self.network.margin
        return self.model.deviations[0][:, None] * self.network(noise)[0, :, margin:-margin]

    def fluctuations(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """All bins (n_bins, t) of channels (c, t), with noise where the components say nothing."""
        deviation = self.model.residual_deviations[0][:, None]
        return self.model.basis @ x + self.model.remainder(deviation, x.shape[1], generator)

    def spectrogram(self, fluctuations: Tensor) -> Tensor:
        """Log magnitudes (n_bins, t): each bin's levels brought to the recording's quantiles."""
        return self.model.means[0][:, None] + relevel(fluctuations, *self.levels)

    def _stretches(self, seed: int) -> Iterator[Tensor]:
        """Endless stretches of fluctuations; noise goes on where the last stretch's ended."""
        network, generator = self.network, torch.Generator().manual_seed(seed)
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

    def _sound(self, seed: int, n_iter: int) -> Iterator[np.ndarray]:
        check_seed(seed)
        check_whole("n_iter", n_iter, 1)
        return joined(self._spectrograms(seed), self._transform, n_iter=n_iter, seed=seed)

    def _spectrograms(self, seed: int) -> Iterator[Tensor]:
        yield from map(self.spectrogram, self._stretches(seed))


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


@cpu_threads(1)
def train_generator(
    y: np.ndarray,
    sr: int,
    *,
    seed: int = 0,
    quality: str | Quality = "standard",
    variety: float = 4.0,
    channel_steps: int = 600,
    sound_steps: int = 400,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> TextureGenerator:
    """Train a small network that makes one texture at once, as long as you like (book: chapter 11).

    After Ulyanov, Lebedev, Vedaldi and Lempitsky (2016), with our model's statistics. Each step
    makes a sound's channels from fresh noise, and changes the network so that their Gram matrices
    come nearer to the recording's. The last steps make sound of them, phases and all, and mend what
    is heard: its envelopes' statistics (McDermott and Simoncelli, 2011) too. 20 s of work or so.

    Parameters
    ----------
    y : array of shape (n,)
        The reference, in [-1, 1]; a few seconds are best.
    sr : int
        Rate of reference and result in Hz.
    seed : int
        Of the network's start and of the noise in training.
    quality : str or Quality
        As for `stream_texture`. Its steps are those of the optimiser, which is not at work here;
        `variety` stands in for rhythm and diversity.
    variety : float >= 0
        Weight of what keeps moments of a sound from repeating others (`best_match`). More gives
        more variety, and in the end less likeness.
    channel_steps : int >= 1
        Steps of training on channels, about 7 ms each for 4 s of sound.
    sound_steps : int >= 0
        Steps of training on sound, about 40 ms each; none for less than half a second.
    device, progress
        As for `synthesize_texture`.

    Returns
    -------
    TextureGenerator
        With `synthesize(seconds, seed)` and `stream(block_seconds, seed)`.

    Raises
    ------
    AudioError
        If the reference is no sound, silent, or shorter than the widest kernel, or a parameter is
        out of range.

    Examples
    --------
    >>> from audiostyle_lib.sounds import rain
    >>> y = rain(seconds=1.0)
    >>> made = train_generator(y, 22050, channel_steps=5, sound_steps=1, progress=False)
    >>> made.synthesize(2.0, seed=1).shape, next(made.stream(0.5)).shape
    ((44100,), (11025,))
    """
    began = time.perf_counter()
    seed, variety = check_seed(seed), check_number("variety", variety)
    channel_steps = check_whole("channel_steps", channel_steps, 1)
    sound_steps = check_whole("sound_steps", sound_steps)
    check_continuable(as_quality(quality), check_rate(sr))
    model = TextureModel.measure([y], sr, quality, seed=seed, device=device)
    (y,), sr = model.references, model.sr
    network = NoiseToChannels(model.basis.shape[1], seed=seed).to(model.basis.device)
    made = TextureGenerator(model, network, sr)
    learn = partial(_learn, made, variety=variety, seed=seed, progress=progress)
    history = learn(_channels_loss(made), stretch_frames(model), channel_steps)

    raw = torch.cat(list(islice(made._stretches(seed), 4)), dim=1)
    levels = [resample_quantiles(S, _N_QUANTILES) for S in (raw, model.fluctuations[0])]
    made = replace(made, history=history, levels=torch.stack(levels))
    if sound_steps and len(y) >= MIN_SECONDS * sr:
        found = learn(_sound_loss(made, y), _HEARD, sound_steps, rate=_RATES[1])
        made = replace(made, refine_history=found)
    network.requires_grad_(False)
    sound = np.concatenate(list(islice(made._sound(seed, 8), 4)))
    gain = level_gain(sound, rms(y))
    return replace(made, gain=gain, seconds_taken=time.perf_counter() - began)


# From channels (c, t) and a source of noise: what to lower, and the distance to write down.
_Loss = Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]]


def _channels_loss(made: TextureGenerator) -> _Loss:
    """The Gram matrices of channels. Its logarithm: the last halves count as much as the first."""
    gram = GramLoss(made.model.features[0])

    def loss(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        distance = gram(made.model.network(x[None]))
        return distance.log(), distance

    return loss


def _sound_loss(made: TextureGenerator, y: np.ndarray) -> _Loss:
    """The envelopes of the sound that channels become, and the Gram matrices of its spectrogram.

    Phases are found without a gradient, and then held: it flows through the magnitudes.
    """
    model, transform, gram = made.model, made._transform, GramLoss(made.model.features[0])
    length = (_HEARD - 1) * transform.hop_length
    measure = SoundMeasure(length, made.sr, ear=_EAR, device=model.basis.device)
    target = torch.as_tensor(sound_targets([y], made.sr, ear=_EAR)[0]).to(model.basis)
    weights = measure.weights(target)

    def loss(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        S = made.spectrogram(made.fluctuations(x, generator))
        start = int(torch.randint(2**31, (1,), generator=generator))
        rough = transform.inverse(S.detach(), length=length, n_iter=_N_ITER, seed=start)
        sound = transform.inverse(S, length=length, n_iter=0, guess=transform.complex(rough))
        distance = (weights * (measure(sound) - target).square()).sum()
        heard = model.basis.mT @ (transform.forward(sound) - model.means[0][:, None])
        return distance.log() + _GRAM_SHARE * gram(model.network(heard[None])).log(), distance

    return loss


def _learn(
    made: TextureGenerator,
    loss: _Loss,
    n_frames: int,
    n_steps: int,
    *,
    variety: float,
    seed: int,
    progress: Progress,
    rate: float = _RATES[0],
) -> list[float]:
    """Change the network, in place; returns the distance before every step."""
    network = made.network
    generator = torch.Generator().manual_seed(seed)
    total = -(-n_frames // network.step) * network.step + 2 * network.margin
    solver = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))
    half = n_frames // 2
    piece = round(_PIECE_SECONDS * made.sr / made._transform.hop_length)
    history: list[float] = []
    with cpu_threads(1), progress_bar(n_steps, "train", progress) as bar:
        for i in range(n_steps):
            for group in solver.param_groups:  # rise, then fall to nothing
                fall = 0.5 + 0.5 * math.cos(math.pi * i / n_steps)
                group["lr"] = rate * min(1.0, (i + 1) / 20) * fall
            x = made.channels(network.noise(total, generator))[:, :n_frames]
            value, distance = loss(x, generator)
            history.append(distance.item())
            if variety:
                early, late = x[None, :, :half], x[None, :, half:]
                value = value + variety * best_match(late, early, width=min(piece, half // 2))
            solver.zero_grad()
            value.backward()
            solver.step()
            bar.update()
    return history
