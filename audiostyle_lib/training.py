"""How a generator learns: what it makes of fresh noise comes nearer to the recording."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from .arguments import check_number, check_seed, check_whole
from .audio import check_rate
from .generator import STRETCH, TextureGenerator
from .knob import Knob
from .maker import NoiseToChannels
from .model import TextureModel
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
_BEYOND = 0.15  # a knob's ends are tried so often, as parts of its way: they are no rare places
_RATES = (3e-3, 2e-3)  # of Adam, at their highest: on channels, on sound


@cpu_threads(1)
def train_generator(
    y: np.ndarray | Mapping[float, np.ndarray],
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

    Of several references it learns what lies between, too, along a knob: at each step the knob
    stands elsewhere, and what is wanted is a mixture of the two nearest, as of `mix_textures`.

    Parameters
    ----------
    y : array of shape (n,) or (channels, n), or a dict of such arrays
        The reference, in [-1, 1]; a few seconds are best. Or several, by where each stands on a
        knob, rising: 0 and 1 for a morph, or the values of a parameter. Where all are above 0, the
        knob moves evenly in their logarithm.
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
        With `synthesize(seconds, seed)`, `stream(block_seconds, seed)` and `save(path)`; the first
        two take a `knob` if there is one.

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

    From 10 to 40 drops a second:

    >>> sounds = {drops: rain(drops, seconds=1.0) for drops in (10.0, 40.0)}
    >>> made = train_generator(sounds, 22050, channel_steps=5, sound_steps=1, progress=False)
    >>> made.synthesize(2.0, knob=20.0).shape
    (44100,)
    """
    began = time.perf_counter()
    seed, variety = check_seed(seed), check_number("variety", variety)
    channel_steps = check_whole("channel_steps", channel_steps, 1)
    sound_steps = check_whole("sound_steps", sound_steps)
    check_continuable(as_quality(quality), check_rate(sr))
    sounds = list(y.values()) if isinstance(y, Mapping) else [y]
    turns, k = Knob.of(list(y)) if isinstance(y, Mapping) else None, len(sounds)
    model = TextureModel.measure(sounds, sr, quality, seed=seed, device=device, progress=progress)
    start = derived_seed(seed, "weights")
    network = NoiseToChannels(model.basis.shape[1], n_textures=k, seed=start).to(model.basis.device)
    made = TextureGenerator(Voice.of(model), network, model.sr, gains=(1.0,) * k, knob=turns)
    learn = partial(_learn, made, variety=variety, seed=seed, progress=progress)
    history = learn(_channels_loss(model), stretch_frames(model), channel_steps)

    made = replace(made, history=history, levels=_levels(made, model, seed))
    if sound_steps and model.touched():
        found = learn(_sound_loss(made, model), _HEARD, sound_steps, rate=_RATES[1])
        made = replace(made, refine_history=found)
    network.requires_grad_(False)
    return replace(made, gains=_gains(made, model, seed), seconds_taken=time.perf_counter() - began)


def _levels(made: TextureGenerator, model: TextureModel, seed: int) -> Tensor:
    """Each bin's quantiles where the knob stands at each recording, as made and as wanted."""
    levels = []
    for row, wanted in zip(np.eye(len(model.levels)), model.fluctuations, strict=True):
        stretches = made.raw_stretches(seed, repeat(np.tile(row, (STRETCH, 1)), 4))
        raw = torch.cat([F for F, _ in stretches], dim=1)
        levels.append(torch.stack([resample_quantiles(S, _N_QUANTILES) for S in (raw, wanted)]))
    return torch.stack(levels)


def _gains(made: TextureGenerator, model: TextureModel, seed: int) -> tuple[float, ...]:
    """Factors to each recording's level, by some seconds made where the knob stands at it."""
    gains, seconds = [], 4 * STRETCH * made.voice.transform.hop_length / made.sr
    for level, at in zip(model.levels, made.knob.positions if made.knob else [None], strict=True):
        pieces, sound = made.sound(seed, knob=at), np.zeros((made.n_channels, 0), np.float32)
        while sound.shape[1] < (seconds - 1) * made.sr:
            sound = np.concatenate([sound, np.atleast_2d(next(pieces))], axis=1)
        gains.append(level_gain(sound, level))
    return tuple(gains)


# From channels (c, t), the shares (1, k) that they are made after, and a source of noise: what to
# lower, and the distance to write down.
_Loss = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]


def _channels_loss(model: TextureModel) -> _Loss:
    """The Gram matrices of channels. Its logarithm: the last halves count as much as the first."""
    gram = _grams(model)

    def loss(x: Tensor, shares: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        distance = gram(shares)(model.network(x[None]))
        return distance.log(), distance

    return loss


def _grams(model: TextureModel) -> Callable[[Tensor], GramLoss]:
    """From shares (1, k) of the recordings to the Gram matrices of their mixture."""
    alone = GramLoss(model.features[0])
    if len(model.features) == 1:
        return lambda _: alone
    return lambda shares: GramLoss(*model.features, weights=shares[0].tolist())


def _sound_loss(made: TextureGenerator, model: TextureModel) -> _Loss:
    """The envelopes of the sound that channels become, and the Gram matrices of its spectrogram.

    Phases are found without a gradient, and then held: it flows through the magnitudes.
    """
    gram, transform = _grams(model), made.voice.transform
    length = (_HEARD - 1) * transform.hop_length
    # Not how sharp events are: the phases that are held here would not follow.
    weighed = {k: w for k, w in model.quality.sound.items() if k not in ("rises", "peaks")}
    device = model.basis.device
    measure = SoundMeasure(
        length, made.sr, n_channels=model.image.n_distinct, sound=weighed, ear=_EAR, device=device
    )
    found = sound_targets(model.references, made.sr, sound=weighed, ear=_EAR)
    targets = torch.as_tensor(found).to(model.basis)

    def phased(S: Tensor, seed: int) -> Tensor:
        rough = transform.inverse(S.detach(), length=length, n_iter=_N_ITER, seed=seed)
        return transform.inverse(S, length=length, n_iter=0, guess=transform.complex(rough))

    def loss(x: Tensor, shares: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        F = made.fluctuations(x, shares, generator)
        S = made.spectrogram(F, shares).chunk(model.image.n_parts)
        start = int(torch.randint(2**31, (1,), generator=generator))
        parts = torch.stack([phased(part, start + i) for i, part in enumerate(S)])
        off = measure(together(model, parts, shares.cpu().numpy())) - (
            target := shares[0] @ targets
        )
        distance = (measure.weights(target) * off.square()).sum()
        again = torch.cat([transform.forward(part) for part in parts])
        heard = model.basis.mT @ (again - (shares @ model.means).mT)
        return distance.log() + _GRAM_SHARE * gram(shares)(
            model.network(heard[None])
        ).log(), distance

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
            shares = _shares(made, generator)
            x = made.channels(network.noise(total, generator), shares)[:, :n_frames]
            value, distance = loss(x, shares, generator)
            history.append(distance.item())
            if variety:
                early, late = x[None, :, :half], x[None, :, half:]
                value = value + variety * best_match(late, early, width=min(piece, half // 2))
            solver.zero_grad()
            value.backward()
            solver.step()
            bar.update()
    return history


def _shares(made: TextureGenerator, generator: torch.Generator) -> Tensor:
    """Shares (1, k) of the recordings where the knob stands for one step: anywhere."""
    like = made.voice.basis
    if made.knob is None:
        return torch.ones((1, 1)).to(like)
    low, high = made.knob.even[[0, -1]]
    place = float(torch.rand(1, generator=generator)) * (1 + 2 * _BEYOND) - _BEYOND
    place = low + (high - low) * min(max(place, 0.0), 1.0)
    return torch.as_tensor(made.knob.between(np.array([place]))).to(like)
