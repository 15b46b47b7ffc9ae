"""Spectrograms agree with librosa's, and the way back finds phases as well as librosa does."""

from __future__ import annotations

import dataclasses

import librosa
import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.auditory import log_mel
from audiostyle_lib.sounds import load_sound, tone
from audiostyle_lib.transforms import STFT

SR = 22050


@pytest.fixture(scope="module")
def y() -> np.ndarray:
    return load_sound("tabla", seconds=2.0)


def convergence(S: np.ndarray, y: np.ndarray) -> float:
    """How far the magnitudes of `y` are from `S`, relative to `S`."""
    return float(np.linalg.norm(np.abs(librosa.stft(y, n_fft=1024, hop_length=256)) - S)) / float(
        np.linalg.norm(S)
    )


@pytest.mark.parametrize(("n_fft", "hop_length"), [(1024, 256), (512, 128), (2048, 1024)])
def test_stft_is_librosas(y: np.ndarray, n_fft: int, hop_length: int) -> None:
    transform = STFT(n_fft=n_fft, hop_length=hop_length)
    expected = librosa.stft(y, n_fft=n_fft, hop_length=hop_length, pad_mode="reflect")
    assert np.abs(transform.complex(torch.as_tensor(y)).numpy() - expected).max() < 1e-3
    assert transform.n_frames(len(y)) == expected.shape[1]


def test_compression_and_back(y: np.ndarray) -> None:
    transform = STFT(gain=3.0)
    magnitude = transform.complex(torch.as_tensor(y)).abs()
    S = transform.forward(torch.as_tensor(y))
    assert torch.allclose(S, torch.log(1 + 3 * magnitude), atol=1e-5)
    assert torch.allclose(transform.magnitude(S), magnitude, atol=1e-4)
    assert transform.magnitude(torch.tensor([[-1.0]])).item() == 0


def test_a_tone_is_in_its_bin() -> None:
    S = STFT().forward(torch.as_tensor(tone(10 * SR / 1024)))
    assert (S[:, 5:-5].argmax(dim=0) == 10).all()


def test_phases_are_found_as_well_as_by_librosa(y: np.ndarray) -> None:
    S = np.abs(librosa.stft(y, n_fft=1024, hop_length=256))
    transform = STFT(gain=1.0)
    ours = transform.inverse(torch.log1p(torch.as_tensor(S)), length=len(y), n_iter=32).numpy()
    theirs = librosa.griffinlim(
        S, n_iter=32, hop_length=256, length=len(y), momentum=0.99, random_state=0
    )
    assert convergence(S, ours) < 0.2
    assert convergence(S, ours) < 1.2 * convergence(S, theirs)


def test_more_rounds_and_momentum_help(y: np.ndarray) -> None:
    transform = STFT(gain=1.0)
    S = transform.forward(torch.as_tensor(y))
    scores = [
        convergence(
            transform.magnitude(S).numpy(), transform.inverse(S, length=len(y), **options).numpy()
        )
        for options in ({"n_iter": 2}, {"n_iter": 40, "momentum": 0.0}, {"n_iter": 40})
    ]
    assert scores[0] > scores[1] > scores[2]


@pytest.mark.parametrize("extra", [0, 1, 100, 255])
def test_any_length_down_to_the_last_sample(extra: int) -> None:
    noise = torch.randn(256 * 40 + extra, generator=torch.Generator().manual_seed(0)) * 0.1
    transform = STFT()
    S = transform.forward(noise)
    assert S.shape[1] == transform.n_frames(len(noise))
    again = transform.inverse(S, length=len(noise))
    assert again.shape == noise.shape and again.isfinite().all()
    assert again[-20:].abs().max() > 0.01
    assert transform.inverse(S, length=500).shape == (500,)


def test_seeds(y: np.ndarray) -> None:
    transform = STFT()
    S = transform.forward(torch.as_tensor(y))
    first, again, other = (transform.inverse(S, length=len(y), seed=s, n_iter=2) for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=1e-3)


@pytest.mark.parametrize(
    ("sr", "n_fft"), [(8000, 512), (16000, 1024), (22050, 1024), (48000, 2048)]
)
def test_settings_for_a_rate(sr: int, n_fft: int) -> None:
    assert STFT.for_rate(sr) == STFT(n_fft=n_fft, hop_length=n_fft // 4)


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        STFT().n_fft = 512  # type: ignore[misc]


@pytest.mark.parametrize(
    "settings",
    [{"n_fft": 1023}, {"n_fft": 0}, {"hop_length": 0}, {"hop_length": 600}, {"gain": 0.0}],
)
def test_bad_settings(settings: dict) -> None:
    with pytest.raises(AudioError, match=f"{next(iter(settings))} is|hop_length 0|hop_length 600"):
        STFT(**settings)


@pytest.mark.parametrize(
    ("shape", "length", "message"),
    [
        ((100, 10), 1000, r"S has shape \(100, 10\)"),
        ((1, 513, 10), 1000, "S has shape"),
        ((513, 10), 0, "length is 0"),
        ((513, 10), 9999, "length is 9999; 10 frames hold 1 to 2559"),
    ],
)
def test_bad_spectrograms(shape: tuple[int, ...], length: int, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        STFT().inverse(torch.zeros(shape), length=length)


@pytest.mark.parametrize("shape", [(512,), (2, 2000)])
def test_bad_sounds(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match="more than 512 samples"):
        STFT().forward(torch.zeros(shape))


def test_log_mel() -> None:
    S = log_mel(tone(1000.0, seconds=1.0), SR)
    centres = librosa.mel_frequencies(n_mels=42, fmax=SR / 2)[1:-1]
    assert abs(centres[S.mean(axis=1).argmax()] / 1000 - 1) < 0.1
    assert S.max() == pytest.approx(0, abs=1e-4) and S.min() >= -80.001
    assert np.isfinite(log_mel(np.zeros(SR), SR)).all()
