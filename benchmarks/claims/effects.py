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

from audiostyle_lib import (
    DRAFT,
    Quality,
    mix_textures,
    sounds,
    synthesize_texture,
    texture_report,
    transfer_style,
)
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
RECORDINGS = (*sounds.recordings(), *(f"field/{name}" for name in sounds.field_recordings()))


@dataclass(frozen=True)
class Claim:
    """What is said, how it is tried, and what the numbers should show.

    `margin` is what the difference must exceed, in the measure's own unit; a negative one makes the
    claim "no worse than". `quick` are synthetic sounds on which a test tries it in seconds.
    `things` is what the sounds are called.
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
    things: str = "recordings"
    n_seeds: int = 3

    def places(self) -> list[tuple[str, int]]:
        """Sounds and seeds on which it is tried."""
        return [(name, seed) for name in self.sounds for seed in range(self.n_seeds)]


@cache
def sound(name: str) -> np.ndarray:
    """Three seconds of a recording, or a synthetic sound with parameters in its name."""
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
    skipped = SR if name == "sauna" else 0  # its first second holds the pouring of the water
    return load_sound(name)[skipped : skipped + 3 * SR]


def periodicity(y: np.ndarray) -> float:
    """How much of the louder half is a tone: the median, over frames, of the highest peak in the
    autocorrelation at periods of 40 Hz to 2 kHz.

    Above 0.5 there is more energy in the tone than beside it (Boersma, 1993).
    """
    n, lags = 2048, np.arange(SR // 2000, SR // 40)
    frames = np.lib.stride_tricks.sliding_window_view(y.astype(np.float64), n)[::512]
    power = frames.var(axis=1)
    frames = frames[power >= np.median(power)]
    frames = frames - frames.mean(axis=1, keepdims=True)
    products = np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * n)) ** 2)[:, lags]
    energy = np.cumsum(frames**2, axis=1)
    early, late = energy[:, n - 1 - lags], energy[:, -1:] - energy[:, lags - 1]
    r = products / np.sqrt(early * late + 1e-12)
    peaks = (r[:, 1:-1] >= r[:, :-2]) & (r[:, 1:-1] >= r[:, 2:])
    return float(np.median(np.where(peaks, r[:, 1:-1], 0).max(axis=1)))


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
    if name not in RECORDINGS:
        return "rain" if name != "rain" else "engine"
    return "sauna" if name != "sauna" else "drum_roll"


LAYOUTS = {  # kernel sizes, and filters of each: about as many statistics
    "frequency": ((3, 12), 64),
    "time": ((3, 12), 64),
    "2d": (((3, 3), (7, 7)), 64),
    "rows": (((3, 3), (7, 7)), 4),
}


@cache
def layouts(name: str, seed: int, layout: str, n_operations: float = 40e9) -> np.ndarray:
    """A texture by one layout, with about as many statistics and operations as any other."""
    widths, n_filters = LAYOUTS[layout]
    options = {"layout": layout, "widths": widths, "n_filters": n_filters, "seed": seed}
    model = LayoutModel.of(two_seconds(name), SR, **options)
    found = model.synthesise(n_operations=n_operations, start=0.3, seed=seed, progress=False)
    return found.y


def two_seconds(name: str) -> np.ndarray:
    """As much as lets the filters of a picture make a few steps in these operations."""
    return sound(name)[: 2 * SR]


def between_layouts(one: str, other: str) -> Callable[[str, int], tuple[float, float]]:
    """How well either knows the colour."""

    def experiment(name: str, seed: int) -> tuple[float, float]:
        y = two_seconds(name)
        return tuple(timbre_distance(y, layouts(name, seed, how), SR) for how in (one, other))

    return experiment


def gram_is_timbre(name: str, seed: int) -> tuple[float, float]:
    others = set(RECORDINGS) - {name}
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
