"""How a generator learns: what it makes of fresh noise comes nearer to the recording."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from .arguments import check_number, check_seed, check_whole
from .audio import check_rate
from .auditory import MIN_SECONDS
from .generator import TextureGenerator
from .model import TextureModel
from .networks import NoiseToChannels
from .optim import cpu_threads
from .progress import Progress, progress_bar
from .quality import Quality, as_quality
from .seeds import derived_seed, noise_source
from .sounding import check_continuable, stretch_frames, together
from .statistics import Ear, GramLoss, SoundMeasure, best_match, resample_quantiles, sound_targets
from .stream import level_gain
from .voice import Voice

_HEARD = 256  # frames that are made sound at once in training
_N_QUANTILES = 64  # of each bin's levels
_PIECE_SECONDS = 0.5  # of the pieces that should not come again; the copy scores' length
_N_ITER = 2  # rounds of Griffin-Lim in training
_GRAM_SHARE = 0.3  # weight of the Gram matrices beside the envelopes, while training on sound
# Milder than the last touch's: what teaches the ear's averages should leave room for variety.
_EAR = Ear(n_bands=36, exponent=0.25, silence=1e-8, depth=60.0)
_RATES = (3e-3, 2e-3)  # of Adam, at their highest: on channels, on sound


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
    y : array of shape (n,) or (channels, n)
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
        With `synthesize(seconds, seed)`, `stream(block_seconds, seed)` and `save(path)`.

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
    model = TextureModel.measure([y], sr, quality, seed=seed, device=device, progress=progress)
    start = derived_seed(seed, "weights")
    network = NoiseToChannels(model.basis.shape[1], seed=start).to(model.basis.device)
    made = TextureGenerator(Voice.of(model), network, model.sr)
    learn = partial(_learn, made, variety=variety, seed=seed, progress=progress)
    history = learn(_channels_loss(model), stretch_frames(model), channel_steps)

    raw = torch.cat(list(islice(made.stretches(seed), 4)), dim=1)
    levels = [resample_quantiles(S, _N_QUANTILES) for S in (raw, model.fluctuations[0])]
    made = replace(made, history=history, levels=torch.stack(levels))
    if sound_steps and model.longest >= MIN_SECONDS * model.sr:
        found = learn(_sound_loss(made, model), _HEARD, sound_steps, rate=_RATES[1])
        made = replace(made, refine_history=found)
    network.requires_grad_(False)
    sound = np.concatenate(list(islice(made.sound(seed), 4)), axis=-1)
    gain = level_gain(sound, model.levels[0])
    return replace(made, gain=gain, seconds_taken=time.perf_counter() - began)


# From channels (c, t) and a source of noise: what to lower, and the distance to write down.
_Loss = Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]]


def _channels_loss(model: TextureModel) -> _Loss:
    """The Gram matrices of channels. Its logarithm: the last halves count as much as the first."""
    gram = GramLoss(model.features[0])

    def loss(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        distance = gram(model.network(x[None]))
        return distance.log(), distance

    return loss


def _sound_loss(made: TextureGenerator, model: TextureModel) -> _Loss:
    """The envelopes of the sound that channels become, and the Gram matrices of its spectrogram.

    Phases are found without a gradient, and then held: it flows through the magnitudes.
    """
    gram, transform, one = GramLoss(model.features[0]), made.voice.transform, np.ones((1, 1))
    (Y,) = model.references
    length = (_HEARD - 1) * transform.hop_length
    # Not how sharp events are: the phases that are held here would not follow.
    weighed = {k: w for k, w in model.quality.sound.items() if k not in ("rises", "peaks")}
    device = model.basis.device
    measure = SoundMeasure(
        length, made.sr, n_channels=len(Y), sound=weighed, ear=_EAR, device=device
    )
    found = sound_targets([Y], made.sr, sound=weighed, ear=_EAR)
    target = torch.as_tensor(found[0]).to(model.basis)
    weights = measure.weights(target)

    def phased(S: Tensor, seed: int) -> Tensor:
        rough = transform.inverse(S.detach(), length=length, n_iter=_N_ITER, seed=seed)
        return transform.inverse(S, length=length, n_iter=0, guess=transform.complex(rough))

    def loss(x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        S = made.spectrogram(made.fluctuations(x, generator)).chunk(model.image.n_parts)
        start = int(torch.randint(2**31, (1,), generator=generator))
        parts = torch.stack([phased(part, start + i) for i, part in enumerate(S)])
        distance = (weights * (measure(together(model, parts, one)) - target).square()).sum()
        again = torch.cat([transform.forward(part) for part in parts])
        heard = model.basis.mT @ (again - model.means[0][:, None])
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
    generator = noise_source(seed, "training")
    total = -(-n_frames // network.step) * network.step + 2 * network.margin
    solver = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))
    half = n_frames // 2
    piece = round(_PIECE_SECONDS * made.sr / made.voice.transform.hop_length)
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
