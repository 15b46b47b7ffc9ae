"""A network trained on sound: which of the book's sounds is this half second of spectrogram?

Small enough to be trained in a notebook, so that no weights need to travel with the book.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from ..audio import AudioError
from ..levels import rms
from ..networks import DeepCNN
from ..optim import cpu_threads
from ..progress import Progress, progress_bar
from ..sounds import (
    SR,
    chirp,
    clicks,
    crackle,
    engine,
    harmonic_note,
    load_sound,
    rain,
    recordings,
    tone,
)
from ..transforms import STFT, Transform

SYNTHETIC = ("tone", "harmonic_note", "chirp", "clicks", "rain", "crackle", "engine")
RECORDED = tuple(name for name in recordings() if name != "crow")  # half a second is too little
_TEST_SHARE = 0.3  # of the end of each recording, from which no training example is taken


@dataclass(frozen=True)
class Examples:
    """Log spectrograms `S` (n, n_bins, n_frames), their labels (n,), and the names of labels."""

    S: Tensor = field(repr=False)
    labels: Tensor = field(repr=False)
    names: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """A trained network, the loss after each epoch, and the share of test examples it names."""

    network: DeepCNN = field(repr=False)
    history: list[float]
    accuracy: float


@cpu_threads(1)
def sound_examples(
    n_per_class: int,
    *,
    test: bool = False,
    classes: Sequence[str] = SYNTHETIC + RECORDED,
    seconds: float = 0.45,
    transform: Transform | None = None,
    remove_mean: bool = False,
    seed: int = 0,
) -> Examples:
    """Nearly half seconds of the book's sounds, at random, as log spectrograms (book: chapter 4).

    Synthetic sounds get random pitch, rate or density. Recordings are cut at random places: the
    first 70 % are for training, the rest for the test, so that no moment is in both. All have one
    level.

    Parameters
    ----------
    n_per_class : int >= 1
    test : bool
        Examples for the test: other parameters, other places.
    classes : sequence of str
        Names among `SYNTHETIC` and `RECORDED`.
    seconds : number
        Length of an example; at most 30 % of the shortest recording.
    transform : Transform, optional
        `STFT(n_fft=512, hop_length=256)` by default.
    remove_mean : bool
        Take each bin's mean over time away: without its colour a sound is harder to name, and the
        network has to listen to how it moves.
    seed : int

    Raises
    ------
    AudioError
        If a class is unknown, or a length does not fit its recording.

    Examples
    --------
    >>> examples = sound_examples(2, classes=("rain", "choir"))
    >>> examples.S.shape, examples.labels.tolist()
    (torch.Size([4, 257, 39]), [0, 0, 1, 1])
    """
    unknown = set(classes) - set(SYNTHETIC + RECORDED)
    if unknown or not classes or n_per_class < 1:
        raise AudioError(
            f"classes has {sorted(unknown) or 'nothing'}, n_per_class is {n_per_class}; expected "
            f"names among {', '.join(SYNTHETIC + RECORDED)}, and at least 1"
        )
    transform = STFT(n_fft=512, hop_length=256) if transform is None else transform
    rng = np.random.default_rng((seed, test))
    pictures = []
    for name in classes:
        whole = load_sound(name) if name in RECORDED else None
        for _ in range(n_per_class):
            if whole is None:
                y = _synthetic(name, seconds, rng)
            else:
                y = _crop(whole, seconds, test, rng, name)
            y = y * np.float32(0.1 / max(rms(y), 1e-4))
            pictures.append(transform.forward(torch.from_numpy(y)))
    S = torch.stack(pictures)
    labels = torch.arange(len(classes)).repeat_interleave(n_per_class)
    return Examples(S - S.mean(dim=2, keepdim=True) if remove_mean else S, labels, tuple(classes))


def _synthetic(name: str, seconds: float, rng: np.random.Generator) -> np.ndarray:
    pitch, seed = float(np.exp(rng.uniform(np.log(110), np.log(880)))), int(rng.integers(2**31))
    if name == "tone":
        return tone(pitch, seconds=seconds)
    if name == "harmonic_note":
        return harmonic_note(pitch, seconds=seconds, am_rate=float(rng.uniform(0.1, 10)))
    if name == "chirp":
        return chirp(pitch, pitch * float(rng.uniform(2, 6)), seconds=seconds)
    if name == "clicks":
        return clicks(float(rng.uniform(4, 15)), seconds=seconds)
    if name == "rain":
        return rain(float(rng.uniform(100, 1000)), seconds=seconds, seed=seed)
    if name == "crackle":
        return crackle(float(rng.uniform(8, 30)), seconds=seconds, seed=seed)
    return engine(float(rng.uniform(10, 40)), seconds=seconds, seed=seed)


def _crop(
    y: np.ndarray, seconds: float, test: bool, rng: np.random.Generator, name: str
) -> np.ndarray:
    border, n = round((1 - _TEST_SHARE) * len(y)), round(seconds * SR)
    part = y[border:] if test else y[:border]
    if not 1 <= n <= len(part):
        raise AudioError(
            f"seconds is {seconds}; expected above 0, at most {len(part) / SR:.2f}, the part of "
            f"{name} for {'the test' if test else 'training'}"
        )
    start = int(rng.integers(len(part) - n + 1))
    return part[start : start + n]


@cpu_threads(1)
def train_classifier(
    network: DeepCNN,
    examples: Examples,
    test: Examples,
    *,
    n_epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 3e-3,
    seed: int = 0,
    device: str | torch.device = "cpu",
    progress: Progress = True,
) -> Training:
    """Teach a network to name sounds (book: chapter 4).

    The last layer's features, averaged over all positions, go through one linear layer; cross
    entropy, Adam. The network given stays as it is.

    Parameters
    ----------
    network : DeepCNN
    examples, test : Examples
        With the same names; `test` is only used for the accuracy at the end.
    n_epochs : int
        Times that all examples are seen.
    batch_size, learning_rate, seed, device, progress
        Examples per step of Adam, its step size, the order of examples and start of the linear
        layer, where to compute, and whether to show a bar.

    Returns
    -------
    Training
        With a trained copy of the network.

    Raises
    ------
    AudioError
        If examples do not fit the network or each other.

    Examples
    --------
    >>> examples = sound_examples(4, classes=("tone", "rain"))
    >>> network = DeepCNN(257, n_filters=(8, 8))
    >>> train_classifier(network, examples, examples, n_epochs=3, progress=False).accuracy
    1.0
    """
    if examples.names != test.names or examples.S.shape[1:] != test.S.shape[1:]:
        raise AudioError(
            f"examples are {tuple(examples.S.shape)} of {examples.names}, the test "
            f"{tuple(test.S.shape)} of {test.names}; expected equal names and sizes"
        )
    if n_epochs < 1 or batch_size < 1:
        raise AudioError(
            f"n_epochs is {n_epochs}, batch_size {batch_size}; expected at least 1 of each"
        )
    network = copy.deepcopy(network).to(device).requires_grad_(True)
    n_features = len(list(network(examples.S[:1].to(device)).values())[-1][0])
    generator = torch.Generator().manual_seed(seed)
    head = nn.Linear(n_features, len(examples.names))
    with torch.no_grad():
        head.weight.copy_(torch.randn(head.weight.shape, generator=generator) / n_features**0.5)
        head.bias.zero_()
    head.to(device)

    def scores(S: Tensor) -> Tensor:
        last = list(network(S.to(device)).values())[-1]
        return head(last.flatten(2).mean(dim=2))

    solver = torch.optim.Adam([*network.parameters(), *head.parameters()], lr=learning_rate)
    history = []
    with cpu_threads(1), progress_bar(n_epochs, "training", progress) as bar:
        for _ in range(n_epochs):
            order = torch.randperm(len(examples.labels), generator=generator)
            losses = []
            for batch in order.split(batch_size):
                loss = nn.functional.cross_entropy(
                    scores(examples.S[batch]), examples.labels[batch].to(device)
                )
                solver.zero_grad()
                loss.backward()
                solver.step()
                losses.append(loss.item())
            history.append(float(np.mean(losses)))
            bar.set_postfix(loss=f"{history[-1]:.2f}", refresh=False)
            bar.update()
        with torch.no_grad():
            named = torch.cat([scores(S) for S in test.S.split(64)]).argmax(dim=1).cpu()
    accuracy = float((named == test.labels).float().mean())
    return Training(network.requires_grad_(False), history, accuracy)
