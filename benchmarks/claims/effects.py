"""The claims: what the paper, or a later one, says, and an experiment that could show the opposite.

An experiment takes a sound and a seed and returns two numbers: the side for which something is
claimed, and the side it is compared with. All else, such as which should be larger and by how much,
is in the `Claim`, so that a verdict is a matter of arithmetic (`verdicts`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.signal
import torch
from torch.utils.flop_counter import FlopCounterMode

from audiostyle_lib import (
    DRAFT,
    STANDARD,
    Quality,
    mix_textures,
    sounds,
    synthesize_texture,
    texture_report,
    train_generator,
    transfer_style,
)
from audiostyle_lib.generator import TextureGenerator
from audiostyle_lib.lessons.classifier import sound_examples, train_classifier
from audiostyle_lib.lessons.layouts import LayoutModel
from audiostyle_lib.levels import match_levels
from audiostyle_lib.metrics import auditory_distances, spectrogram_copy_score
from audiostyle_lib.musical import (
    chroma_correlation,
    envelope_correlation,
    onset_correlation,
    timbre_distance,
)
from audiostyle_lib.networks import DeepCNN
from audiostyle_lib.optim import optimise
from audiostyle_lib.refine import refined
from audiostyle_lib.sounds import load_sound
from audiostyle_lib.statistics import DiversityLoss, Features, GramLoss, principal_components
from audiostyle_lib.transforms import CQT, STFT

SR = 22050
HW = "Huzaifah and Wyse 2019"
NETWORK = DRAFT.but(n_start=0, n_sharpen=0, n_steps=30)  # nothing but the network
TRANSFER = DRAFT.but(n_steps=40, n_iter=32)
HASTY = STANDARD.but(n_filters=16)  # of a generator for synthetic sounds, which are for tests


@dataclass(frozen=True)
class Claim:
    """What is said, how it is tried, and what the numbers should show.

    `margin` is what the difference must exceed, in the measure's own unit; a negative one makes the
    claim "no worse than". `quick` are synthetic sounds on which a test tries it in seconds.
    """

    key: str
    says: str
    source: str
    test: str
    measure: str
    experiment: Callable[[str, int], tuple[float, float]]
    sides: tuple[str, str]
    larger: bool
    sounds: tuple[str, ...]
    quick: tuple[str, ...]
    chapter: int
    margin: float = 0.0


@cache
def sound(name: str) -> np.ndarray:
    """A recording of the book, or a synthetic sound with parameters in its name."""
    kind, _, value = name.partition(" ")
    if kind == "clicks":  # per second
        return sounds.clicks(float(value), seconds=3.0)
    if kind == "note":  # Hz; it pulses six times a second
        y = sounds.harmonic_note(float(value), seconds=3.0, am_rate=6.0)
        return (0.1 * y / y.std()).astype(np.float32)
    if kind == "melody":  # four notes from this pitch
        steps = (0, 4, 7, 12)
        notes = [
            sounds.harmonic_note(float(value) * 2 ** (k / 12), seconds=0.5)
            * np.linspace(1, 0.1, SR // 2)
            for k in steps
        ]
        return np.concatenate(notes).astype(np.float32)
    if kind in ("rain", "crackle"):
        return getattr(sounds, kind)(seconds=3.0)
    if kind == "engine":
        return sounds.engine(float(value or 8.0), seconds=3.0)
    skipped = SR if name == "sauna" else 0
    return load_sound(name)[skipped : skipped + 3 * SR]


def auditory(y: np.ndarray, z: np.ndarray) -> float:
    return auditory_distances(y, z, SR)["auditory"]


@cache
def texture(name: str, seed: int, quality: Quality = NETWORK) -> np.ndarray:
    return synthesize_texture(sound(name), SR, seed=seed, quality=quality, progress=False).y


@cache
def transfer(
    content: str, style: str, weight: float, seed: int, begin: str = "content"
) -> np.ndarray:
    return transfer_style(
        sound(content),
        sound(style),
        SR,
        style_weight=weight,
        begin=begin,
        seed=seed,
        quality=TRANSFER,
        progress=False,
    ).y


def partner(name: str) -> str:
    """A texture to be the style, or the other parent."""
    if name.partition(" ")[0] in ("melody", "note", "clicks", "engine", "rain", "crackle"):
        return "rain" if name != "rain" else "engine"
    return "sauna" if name != "sauna" else "drum_roll"


def layouts(name: str, seed: int, layout: str, n_operations: float = 40e9) -> np.ndarray:
    """A texture by one layout, with as many statistics and as many operations as any other."""
    widths = {"frequency": (3, 12), "time": (3, 12), "2d": ((3, 3), (7, 7))}[layout]
    model = LayoutModel.of(sound(name)[: 2 * SR], SR, layout=layout, widths=widths, seed=seed)
    options = {"start": 0.3, "progress": False}
    return model.synthesise(n_operations=n_operations, seed=seed, **options).y


def one_dimension(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)[: 2 * SR]
    return tuple(timbre_distance(y, layouts(name, seed, how), SR) for how in ("frequency", "2d"))


def gram_is_timbre(name: str, seed: int) -> tuple[float, float]:
    others = {"sauna", "printer", "piano", "choir", "bell", "guitar", "tabla", "speech"} - {name}
    near = min(timbre_distance(sound(name), sound(other), SR) for other in others)
    return timbre_distance(sound(name), texture(name, seed), SR), near


def gram_forgets_order(name: str, seed: int) -> tuple[float, float]:
    y, z = sound(name), texture(name, seed)
    kept = transfer(name, partner(name), 0.0, seed, "noise")
    return abs(envelope_correlation(y, z, SR)), abs(envelope_correlation(y, kept, SR))


def content_is(measure: Callable) -> Callable[[str, int], tuple[float, float]]:
    def experiment(name: str, seed: int) -> tuple[float, float]:
        content, style = (transfer(name, partner(name), w, seed, "noise") for w in (0.0, 1.0))
        return measure(sound(name), content, SR), measure(sound(name), style, SR)

    return experiment


def moved_up(y: np.ndarray, rows: int = 3) -> np.ndarray:
    """All of a sound some rows of its spectrogram higher; phases go on from frame to frame."""
    transform = STFT()
    D = transform.complex(torch.from_numpy(y))
    turn = torch.exp(2j * torch.pi * torch.arange(D.shape[1]) * rows * 256 / 1024)
    moved = torch.zeros_like(D)
    moved[rows:] = D[:-rows] * turn
    z = torch.istft(moved, 1024, 256, window=torch.hann_window(1024), length=len(y))
    return (z / max(1, z.abs().max())).numpy()


def frequency_is_not_invariant(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)
    model = LayoutModel.of(y, SR, layout="frequency", widths=(3, 12), seed=seed)
    return model.distance(moved_up(y)), model.distance(np.roll(y, SR // 3))


def harmonics_together(y: np.ndarray, f0: float) -> float:
    """Mean correlation of the loudness of ten harmonics."""
    curves = []
    for k in range(1, 11):
        band = (k * f0 - 40, k * f0 + 40)
        filters = scipy.signal.butter(2, band, "band", fs=SR, output="sos")
        line = scipy.signal.sosfiltfilt(filters, y)
        curves.append(np.abs(scipy.signal.hilbert(line))[SR // 10 : -SR // 10])
    return float(np.corrcoef(curves)[np.triu_indices(10, 1)].mean())


def harmonics_are_far_apart(name: str, seed: int) -> tuple[float, float]:
    f0 = float(name.split()[1])
    one, two = (layouts(name, seed, how) for how in ("frequency", "2d"))
    return harmonics_together(one, f0), harmonics_together(two, f0)


def transparent(name: str, seed: int) -> tuple[float, float]:
    """In dB: a mixture's spectrogram beside the louder of both, and beside their mean."""
    a, b = match_levels([np.roll(sound(name), 1000 * seed), sound(partner(name))])
    n = min(len(a), len(b))
    A, B, M = (
        20 * torch.log10(STFT().complex(torch.from_numpy(y[:n])).abs() + 1e-9).numpy()
        for y in (a, b, a[:n] + b[:n])
    )
    floor = M.max() - 60
    heard = np.maximum(A, B) > floor
    overlay = (np.maximum(A, floor) + np.maximum(B, floor)) / 2
    return tuple(float(np.median(np.abs(G - M)[heard])) for G in (np.maximum(A, B), overlay))


def weight_is_timbre(name: str, seed: int) -> tuple[float, float]:
    style = partner(name)
    return tuple(
        timbre_distance(sound(style), transfer(name, style, w, seed), SR) for w in (0.9, 0.1)
    )


def weight_costs_pitch(name: str, seed: int) -> tuple[float, float]:
    return tuple(
        chroma_correlation(sound(name), transfer(name, partner(name), w, seed), SR)
        for w in (0.9, 0.1)
    )


def start_matters(name: str, seed: int) -> tuple[float, float]:
    return tuple(
        onset_correlation(sound(name), transfer(name, partner(name), 1.0, seed, begin), SR)
        for begin in ("content", "noise")
    )


@cache
def networks(seed: int) -> tuple[DeepCNN, DeepCNN]:
    """A deep network with random weights, and the same trained to tell kinds of sound apart."""
    same = {"transform": STFT(), "remove_mean": True}
    examples, test = sound_examples(24, **same), sound_examples(12, test=True, **same)
    untrained = DeepCNN(513, n_filters=(64,) * 4, seed=seed)
    found = train_classifier(untrained, examples, test, n_epochs=10, seed=seed, progress=False)
    return untrained.requires_grad_(False), found.network


def deep_texture(y: np.ndarray, network: DeepCNN, seed: int) -> np.ndarray:
    transform = STFT()
    S = transform.forward(torch.from_numpy((y * 0.1 / y.std()).astype(np.float32)))
    mean = S.mean(dim=1, keepdim=True)
    _, basis = principal_components(S - mean, 64)
    x = (basis.mT @ (S - mean))[None]
    loss = GramLoss(network((S - mean)[None]))
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    start = x.std(dim=2, keepdim=True) * noise
    found = optimise(start, lambda z: loss(network(basis @ z)), n_steps=30, progress=False)
    z = transform.inverse(mean + basis @ found.x[0], length=len(y), seed=seed).numpy()
    return z / max(1, np.abs(z).max())


def random_suffices(name: str, seed: int) -> tuple[float, float]:
    return tuple(
        auditory(sound(name), deep_texture(sound(name), net, seed)) for net in networks(seed)
    )


def more_filters(name: str, seed: int) -> tuple[float, float]:
    return tuple(
        auditory(sound(name), texture(name, seed, NETWORK.but(n_filters=n))) for n in (64, 4)
    )


def time_as_channels(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)
    found = []
    for layout in ("time", "frequency"):
        model = LayoutModel.of(y, SR, layout=layout, widths=(3, 12), seed=seed)
        found.append(model.distance(np.roll(y, SR // 3)))
    return found[0], found[1]


def regularity(y: np.ndarray, period: float) -> float:
    """Autocorrelation of the envelope one period (seconds) later."""
    n = round(0.005 * SR)
    envelope = np.sqrt(np.square(y[: len(y) // n * n]).reshape(-1, n).mean(axis=1))
    envelope = np.convolve(envelope, np.hanning(7) / np.hanning(7).sum(), mode="same")
    envelope -= envelope.mean()
    c = np.correlate(envelope, envelope, "full")[len(envelope) - 1 :]
    c = c / c[0] * len(c) / np.arange(len(c), 0, -1)
    i = round(period / 0.005)
    return float(c[i - 2 : i + 4].max())


def field_keeps_beat(taps: int | None) -> Callable[[str, int], tuple[float, float]]:
    """Fields of 1.6 periods, of neighbouring frames or of some taps, beside one of 4 frames."""

    def experiment(name: str, seed: int) -> tuple[float, float]:
        period = 1 / float(name.split()[1])
        frames = round(1.6 * period * SR / 256)
        width, dilation = (frames, 1) if taps is None else (taps, frames // (taps - 1))
        wide, narrow = (
            texture(name, seed, NETWORK.but(widths=(w,), dilation=d, n_components=8))
            for w, d in ((width, dilation), (4, 1))
        )
        return regularity(wide, period), regularity(narrow, period)

    return experiment


def autocorrelation_keeps_beat(name: str, seed: int) -> tuple[float, float]:
    period = 1 / float(name.split()[1])
    qualities = (NETWORK.but(widths=(2, 8), rhythm=rhythm) for rhythm in (1.0, 0.0))
    return tuple(regularity(texture(name, seed, q), period) for q in qualities)


class StrictDiversity(DiversityLoss, name="strict_diversity"):
    """As Antognini and others have it: all likeness costs, also what sounds have by chance."""

    @classmethod
    def wanted(
        cls, targets: Sequence[Features], shares: Sequence[float], n_frames: int
    ) -> DiversityLoss:
        """Without the tolerance of the library's own term."""
        return cls(*targets, weights=shares)


def diverse(name: str, seed: int, weight: float) -> np.ndarray:
    return texture(name, seed, NETWORK.but(strict_diversity=weight))


def diversity_costs_quality(name: str, seed: int) -> tuple[float, float]:
    return tuple(auditory(sound(name), diverse(name, seed, d)) for d in (3.0, 0.0))


def diversity_is_new(name: str, seed: int) -> tuple[float, float]:
    return tuple(
        spectrogram_copy_score(sound(name), diverse(name, seed, d), SR) for d in (3.0, 0.0)
    )


def any_length(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)
    long = synthesize_texture(y, SR, seconds=12.0, seed=seed, quality=NETWORK, progress=False).y
    return auditory(y, long), auditory(y, texture(name, seed))


def mixture(name: str, seed: int) -> tuple[float, float]:
    parents = [sound(name), sound(partner(name))]
    new = mix_textures(
        parents, SR, weights=[1, 1], seconds=3.0, seed=seed, quality=NETWORK, progress=False
    ).y
    return max(timbre_distance(y, new, SR) for y in parents), timbre_distance(*parents, SR)


def partials(y: np.ndarray, n: int = 8) -> np.ndarray:
    """Frequencies of the strongest peaks of the spectrum, in order, in Hz."""
    size = 8 * len(y)
    P = np.abs(np.fft.rfft(y * np.hanning(len(y)), size))
    width = int(40 * size / SR)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(P, width), 2 * width + 1)
    peaks = np.where(windows.max(axis=1) == P, P, 0)
    return np.sort(peaks.argsort()[-n:]) * SR / size


def transposition(name: str, seed: int) -> tuple[float, float]:
    """Mean error in cents of eight partials after moving rows up by four semitones."""
    f0 = float(name.split()[1])
    y = sounds.harmonic_note(f0, n_harmonics=8)
    wanted = f0 * 2 ** (4 / 12)
    errors = []
    for transform, rows in ((CQT(), 8), (STFT(), round((wanted - f0) * 1024 / SR))):
        S = transform.forward(torch.from_numpy(y))
        S = torch.cat([torch.zeros_like(S[:rows]), S[:-rows]])
        z = transform.inverse(S, length=len(y), seed=seed).numpy()
        off = 1200 * np.log2(partials(z) / (wanted * np.arange(1, 9)))
        errors.append(float(np.abs(off).mean()))
    return errors[0], errors[1]


def price_of_cqt(name: str, seed: int) -> tuple[float, float]:
    """Error in dB of a sound that went there and back with its phases."""
    y = torch.from_numpy(np.roll(sound(name), 1000 * seed))
    errors = []
    for transform in (CQT(), STFT()):
        D = transform.complex(y)
        back = (
            transform.inverse_complex(D, length=len(y))
            if isinstance(transform, CQT)
            else torch.istft(D, 1024, 256, window=torch.hann_window(1024), length=len(y))
        )
        errors.append(float(20 * torch.log10((back - y).norm() / y.norm())))
    return errors[0], errors[1]


def waveform(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)
    return tuple(auditory(y, texture(name, seed, NETWORK.but(n_refine=n))) for n in (30, 0))


def pieces_are_no_quality(name: str, seed: int) -> tuple[float, float]:
    """The recording in pieces of half a second, shuffled, beside a real synthesis."""
    y = sound(name)
    n = SR // 2
    cut = y[: len(y) // n * n].reshape(-1, n)
    shuffled = np.random.default_rng(seed).permutation(cut).reshape(-1)
    return auditory(y, shuffled), auditory(y, texture(name, seed))


def copying_is_seen(name: str, seed: int) -> tuple[float, float]:
    y = sound(name)
    n = SR // 2
    cut = y[: len(y) // n * n].reshape(-1, n)
    shuffled = np.random.default_rng(seed).permutation(cut).reshape(-1)
    return texture_report(y, shuffled, SR)["copy"], texture_report(y, texture(name, seed), SR)[
        "copy"
    ]


def averages_alone(name: str, seed: int) -> tuple[float, float]:
    """From noise by the statistics of envelopes, no network; beside that noise."""
    y = sound(name)
    noise = sounds.matched_noise(y, SR, seed=seed)
    new = refined(noise, [y], SR, n_steps=100)
    return auditory(y, new.clip(-1, 1)), auditory(y, noise)


@cache
def trained(name: str, seed: int, variety: float = 4.0) -> TextureGenerator:
    """A generator; a hasty one for synthetic sounds, which are for tests."""
    hasty = name not in sounds.recordings()
    steps = {"channel_steps": 60, "sound_steps": 20, "quality": HASTY} if hasty else {}
    return train_generator(sound(name), SR, seed=seed, variety=variety, progress=False, **steps)


def _transform_operations(shape: Sequence[int], *_: object, out_shape: Sequence[int]) -> float:
    """Of a Fourier transform: 5 n log2 n for each, and half of that for real sounds."""
    n = max(shape[-1], out_shape[-1], 2)
    return 2.5 * max(np.prod(shape), np.prod(out_shape)) * np.log2(n)


def operations(make: Callable[[], object]) -> float:
    """Additions and multiplications, counted: those of filters, matrices and Fourier transforms.

    The same on every machine, however busy.
    """
    aten = torch.ops.aten
    transforms = dict.fromkeys((aten._fft_r2c, aten._fft_c2r, aten._fft_c2c), _transform_operations)
    with FlopCounterMode(display=False, custom_mapping=transforms) as counter:
        make()
    return float(counter.get_total_flops())


def generator_work(name: str, seed: int) -> tuple[float, float]:
    """Operations for a second of sound, as a power of ten, beside the optimiser's usual quality."""
    made, y = trained(name, seed), sound(name)
    work = (
        operations(lambda: made.synthesize(30.0, seed)) / 30,
        operations(lambda: synthesize_texture(y, SR, seconds=6.0, seed=seed, progress=False)) / 6,
    )
    return float(np.log10(work[0])), float(np.log10(work[1]))


def takes(name: str, seed: int, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Two sounds by one generator, or by the optimiser, that should be different."""
    seeds = (2 * seed, 2 * seed + 1)
    if how == "optimiser":
        return tuple(texture(name, s, STANDARD) for s in seeds)
    made = trained(name, seed, 0.0 if how == "no variety" else 4.0)
    return tuple(made.synthesize(3.0, s) for s in seeds)


def generator_likeness(name: str, seed: int) -> tuple[float, float]:
    """Mean distance of both takes, by generator and by the optimiser at its usual quality."""
    y = sound(name)
    return tuple(
        float(np.mean([auditory(y, z) for z in takes(name, seed, how)]))
        for how in ("generator", "optimiser")
    )


def takes_alike(one: str, other: str) -> Callable[[str, int], tuple[float, float]]:
    """How much of a take is found in another take."""

    def experiment(name: str, seed: int) -> tuple[float, float]:
        return tuple(spectrogram_copy_score(*takes(name, seed, how), SR) for how in (one, other))

    return experiment
