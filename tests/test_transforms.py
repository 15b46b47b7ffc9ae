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
from audiostyle_lib.transforms import CQT, STFT, TRANSFORMS, Transform, transform_named
from audiostyle_lib.transforms.base import hop_for_rate

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


USUAL = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
USUAL += (176400, 192000)
ODD = (9819, 14729, 22051, 29457, 37800, 191999)  # midway between numbers with small factors


@pytest.mark.parametrize("sr", USUAL + ODD)
def test_windows_last_as_long_at_every_rate(sr: int) -> None:
    transform = STFT.for_rate(sr)
    assert transform.n_fft / sr == pytest.approx(1024 / SR, rel=0.04)
    assert transform.hop_length == transform.n_fft / 4 == hop_for_rate(sr)
    assert transform.gain == STFT().gain and CQT.for_rate(sr).hop_length == transform.hop_length


def test_windows_last_as_long_at_any_rate() -> None:
    worst = max(abs(hop_for_rate(sr) * SR / 256 / sr - 1) for sr in range(8000, 192_001, 37))
    assert 0.02 < worst < 0.04


def test_settings_at_the_books_rates_are_what_they_were() -> None:
    assert STFT.for_rate(22050) == STFT() and STFT.for_rate(11025) == STFT(512, 128)
    assert STFT.for_rate(44100) == STFT(2048, 512) and STFT.for_rate(88200) == STFT(4096, 1024)


@pytest.mark.parametrize("sr", [8000, 16000, 22051, 37800, 48000, 192000])
def test_with_its_phases_a_sound_comes_back_exactly(sr: int) -> None:
    transform = STFT.for_rate(sr)
    y = torch.randn(sr // 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    window = torch.hann_window(transform.n_fft, dtype=torch.float64)
    again = torch.istft(
        transform.complex(y),
        transform.n_fft,
        transform.hop_length,
        window=window,
        length=len(y),
    )
    assert torch.allclose(again, y, atol=1e-12)
    shifted = window.reshape(4, transform.hop_length) ** 2  # what overlaps at each sample
    assert torch.allclose(shifted.sum(dim=0), torch.tensor(1.5).double(), atol=1e-12)


@pytest.mark.parametrize("sr", [8000, 48000])
def test_phases_are_found_at_other_rates_too(sr: int) -> None:
    transform = STFT.for_rate(sr)
    y = torch.as_tensor(load_sound("tabla", seconds=1.0, sr=sr))
    S = transform.forward(y)
    again = transform.forward(transform.inverse(S, length=len(y)))
    assert again.shape == S.shape and float((again - S).norm() / S.norm()) < 0.2


def test_bad_rate() -> None:
    with pytest.raises(AudioError, match="sr is 10; expected a sampling rate"):
        STFT.for_rate(10)


# ---- by name ---------------------------------------------------------------------------------


def test_the_two_that_there_are() -> None:
    assert TRANSFORMS == {"stft": STFT, "cqt": CQT}


@pytest.mark.parametrize("sr", [8000, 22050, 48000])
def test_a_name_stands_for_the_settings_of_a_rate(sr: int) -> None:
    assert transform_named("stft", sr) == STFT.for_rate(sr)
    assert transform_named("cqt", sr) == CQT.for_rate(sr)


def test_a_transform_stays_itself() -> None:
    mine = CQT(hop_length=64)
    assert transform_named(mine, 44100) is mine


def test_a_new_transform_is_one_class() -> None:
    @dataclasses.dataclass(frozen=True)
    class Linear(STFT, name="linear"):
        """An STFT without compression."""

        offset: float = 0.0

        def forward(self, y: torch.Tensor) -> torch.Tensor:
            return self.complex(y).abs() + self.offset

    try:
        found = transform_named("linear", 44100)
        assert type(found) is Linear and found == Linear(2048, 512)  # equal, printed and frozen ...
        assert repr(found).endswith("Linear(n_fft=2048, hop_length=512, gain=10.0, offset=0.0)")
        with pytest.raises(dataclasses.FrozenInstanceError):
            found.offset = 1.0  # type: ignore[attr-defined]
        assert TRANSFORMS["linear"] is Linear and TRANSFORMS["stft"] is STFT
        assert found.forward(torch.zeros(5000)).shape == (1025, 10)  # ... as a dataclass is
    finally:
        del TRANSFORMS["linear"]


def test_without_a_name_it_is_in_no_list() -> None:
    class Mine(STFT):
        """For one notebook."""

    assert set(TRANSFORMS) == {"stft", "cqt"}
    assert transform_named(Mine(), 8000) == Mine()


@pytest.mark.parametrize("wrong", ["mel", "STFT", "", None, 3, STFT, ["stft"]])
def test_what_is_no_transform(wrong: object) -> None:
    with pytest.raises(
        AudioError, match=r"transform is .*; expected one of cqt, stft, or a Transform"
    ):
        transform_named(wrong, SR)  # type: ignore[arg-type]


def test_the_contract_of_the_base() -> None:
    for promised in (lambda: Transform.for_rate(SR), lambda: Transform().min_length):
        with pytest.raises(NotImplementedError):
            promised()


# ---- settings --------------------------------------------------------------------------------


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


def test_log_mel_of_channels_has_one_loudest_point() -> None:
    y = tone(1000.0, seconds=0.5)
    S = log_mel(np.stack([y, 0.1 * y]), SR)
    assert S.shape == (2, *log_mel(y, SR).shape) and np.allclose(S[0], log_mel(y, SR), atol=1e-4)
    assert S[1].max() == pytest.approx(-20, abs=0.01)
