"""The machine listener: can a network that is trained to tell recorded from synthetic sound?

It sees half seconds as the power of 40 mel bands every 5.8 ms, and gives each a score. It is
trained on some recordings and their syntheses and tried on others: all that is made of a recording
is on one side with it, so nothing is learned by heart. The result is the area under the ROC curve:
how often a recorded half second gets a higher score than a synthetic one; 0.5 cannot tell.

What would give a sound away for the wrong reason is taken from it: its ends (cuts, fades), its
level and each band's, what 16 bits do not hold, what lies 60 dB below its level (under noise), what
is above 10 kHz. Data are scarce: in training, pieces are cut anywhere and moved by up to three
bands. From more recordings it learns more, so compare only what was judged on the same ones.

Give every synthesis a seed of its own. Those of one seed begin with the same noise, whatever the
recording, and the listener learns that noise by heart: it then tells noise from noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import librosa
import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, pad

from audiostyle_lib.audio import SR, AudioError, check_audio
from audiostyle_lib.levels import LEVEL, rms
from audiostyle_lib.optim import cpu_threads

PIECE = 0.5  # seconds that are judged at once; they overlap by half
FLOOR = 1e-3  # of a sound's level: -60 dB, where the noise is
N_FOLDS, N_STEPS, N_PAIRS = 5, 300, 32

_ENDS = 0.01  # seconds cut from each end
_N_FFT, _HOP, _N_BANDS, _FMAX = 512, 128, 40, 10_000.0
_FRAMES = round(PIECE * SR / _HOP)
_WIDTHS = (8, 16, 32)  # channels of the layers
_RATE, _DECAY, _DROPPED = 3e-3, 1e-2, 0.3  # of the training
_MOVED = 3  # bands that a piece is moved by in training, at most
_UNIT = 20.0  # dB that are 1 to the network


@dataclass(frozen=True)
class Told:
    """How well recorded was told from synthetic: areas under the curve, 0.5 for not at all."""

    auc: float  # of all half seconds together, mean over seeds
    spread: float  # its standard deviation over seeds
    within: float  # mean of `by_recording`
    by_recording: dict[str, float]  # the easiest first: mean over seeds


def tell_apart(
    recorded: Mapping[str, np.ndarray],
    synthetic: Mapping[str, Sequence[np.ndarray]],
    sr: int = SR,
    seeds: Sequence[int] = (0, 1, 2),
    *,
    n_steps: int = N_STEPS,
) -> Told:
    """Train listeners to tell recordings from syntheses of them, and try them on other recordings.

    Parameters
    ----------
    recorded : recordings (n,) by name, of at least 0.55 s
        At least two; five or more for five listeners, each tried on a fifth of them.
    synthetic : for each name one or more sounds made after it, no two with one seed
    sr : int
    seeds : each deals the recordings out anew and trains anew
        Equal seeds give equal results. Twenty recordings take about half a minute each.
    n_steps : steps of training of a listener, each on 32 pairs: recorded and synthetic
    """
    if len(recorded) < 2 or recorded.keys() != synthetic.keys() or not all(synthetic.values()):
        raise AudioError(
            f"{len(recorded)} recordings and syntheses of {len(synthetic)}; "
            "expected two or more recordings, and one synthesis or more for each of them"
        )
    rng = np.random.default_rng(0)
    pictures = {
        name: (
            [picture(recorded[name], sr, rng, f"{name}, recorded,")],
            [picture(y, sr, rng, f"{name}, synthetic,") for y in synthetic[name]],
        )
        for name in sorted(recorded)
    }
    with cpu_threads(1):  # so that the same numbers come from any machine's number of cores
        runs = [_scores(pictures, seed, n_steps) for seed in seeds]
    whole = [_area(*map(np.concatenate, zip(*run.values(), strict=True))) for run in runs]
    by_name = {n: float(np.mean([_area(*run[n]) for run in runs])) for n in pictures}
    return Told(
        auc=float(np.mean(whole)),
        spread=float(np.std(whole, ddof=1)) if len(whole) > 1 else 0.0,
        within=float(np.mean(list(by_name.values()))),
        by_recording=dict(sorted(by_name.items(), key=lambda item: -item[1])),
    )


def picture(y: np.ndarray, sr: int, rng: np.random.Generator, name: str = "y") -> Tensor:
    """Mel bands (bands, frames) of a sound as the listener may see it, in units of 20 dB."""
    y = check_audio(y, sr, min_seconds=PIECE + 5 * _ENDS, name=name, mono=True)
    y = y.astype(np.float64)
    y = librosa.resample(y, orig_sr=sr, target_sr=SR)[round(_ENDS * SR) : -round(_ENDS * SR)]
    y = np.round(y * (LEVEL / max(rms(y), 1e-12)) * 32768) / 32768
    y += FLOOR * LEVEL * rng.standard_normal(len(y))
    mel = librosa.feature.melspectrogram(
        y=y, sr=SR, n_fft=_N_FFT, hop_length=_HOP, n_mels=_N_BANDS, fmax=_FMAX
    )
    return torch.as_tensor(10 / _UNIT * np.log10(mel), dtype=torch.float32)


def network() -> nn.Module:
    """The listener, of 6,000 weights: three convolutions; mean, maximum and deviation over time."""
    layers: list[nn.Module] = []
    for n_in, n_out, width in zip((2, *_WIDTHS), _WIDTHS, (5, 3, 3), strict=False):
        convolution = nn.Conv2d(n_in, n_out, width, stride=2, padding=width // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(n_out), nn.ReLU()]
    return nn.Sequential(*layers, _Summary(), nn.Dropout(_DROPPED), nn.Linear(3 * _WIDTHS[-1], 1))


class _Summary(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x = x.mean(dim=2)  # over bands
        return torch.cat([x.mean(dim=2), x.amax(dim=2), x.std(dim=2)], dim=1)


def _seen(pieces: Tensor) -> Tensor:
    """What the network is given of (n, bands, frames): levels less each band's mean, and rises."""
    levels = pieces - pieces.mean(dim=2, keepdim=True)
    rises = pad(pieces.diff(dim=2), (1, 0))
    return torch.stack([levels, 2 * rises], dim=1)


Pictures = Mapping[str, tuple[list[Tensor], list[Tensor]]]


def _scores(pictures: Pictures, seed: int, n_steps: int) -> dict[str, list[np.ndarray]]:
    """Scores of each recording's half seconds, recorded and synthetic, by a listener to others."""
    rng = np.random.default_rng(seed)
    names = list(rng.permutation(list(pictures)))
    n_folds = min(N_FOLDS, len(names))
    found = {}
    for fold in range(n_folds):
        held_out = names[fold::n_folds]
        listener = _trained({n: pictures[n] for n in names if n not in held_out}, rng, n_steps)
        with torch.no_grad():
            for name in held_out:
                found[name] = [
                    np.concatenate([listener(_seen(_cut(S)))[:, 0].numpy() for S in group])
                    for group in pictures[name]
                ]
    return {name: found[name] for name in pictures}


def _cut(S: Tensor) -> Tensor:
    """Half seconds (n, bands, frames) that overlap by half."""
    return S.unfold(1, _FRAMES, _FRAMES // 2).transpose(0, 1)


def _trained(pictures: Pictures, rng: np.random.Generator, n_steps: int) -> nn.Module:
    """A listener trained on pairs, a recorded and a synthetic half second of one recording."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        listener, names = network(), list(pictures)
        optimizer = torch.optim.AdamW(listener.parameters(), _RATE, weight_decay=_DECAY)
        rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=max(n_steps, 2))
        truth = torch.cat([torch.ones(N_PAIRS), torch.zeros(N_PAIRS)])
        for _ in range(n_steps):
            chosen = [pictures[names[i]] for i in rng.integers(len(names), size=N_PAIRS)]
            pieces = [_varied(pair[kind], rng) for kind in (0, 1) for pair in chosen]
            scores = listener(_seen(torch.stack(pieces)))[:, 0]
            optimizer.zero_grad()
            binary_cross_entropy_with_logits(scores, truth).backward()
            optimizer.step()
            rates.step()
    return listener.eval()


def _varied(group: list[Tensor], rng: np.random.Generator) -> Tensor:
    """A half second (bands, frames) from anywhere in one of the sounds, moved by a few bands."""
    S = group[rng.integers(len(group))]
    start = rng.integers(S.shape[1] - _FRAMES + 1)
    moved = int(rng.integers(-_MOVED, _MOVED + 1))
    return torch.roll(S[:, start : start + _FRAMES], moved, dims=0)


def _area(recorded: np.ndarray, synthetic: np.ndarray) -> float:
    """Area under the ROC curve: how often a recorded one scores higher, ties counting half."""
    n, m = len(recorded), len(synthetic)
    ranks = rankdata(np.concatenate([recorded, synthetic]))[:n]
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))
