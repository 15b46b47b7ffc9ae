"""The constant-Q transform agrees with librosa's, turns transposition into a shift, and comes back.

Bounds of errors are measured ones with a little room; chapter 10 shows where they come from.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import librosa
import numpy as np
import pytest
import torch
from torch import Tensor

from audiostyle_lib import synthesize_texture
from audiostyle_lib.audio import AudioError
from audiostyle_lib.quality import DRAFT
from audiostyle_lib.sounds import chirp, harmonic_note, load_sound, rain, tone
from audiostyle_lib.transforms import CQT, STFT

SR = 22050


def sound(name: str, *, start: float = 0.0, seconds: float = 2.0) -> Tensor:
    return torch.as_tensor(load_sound(name)[int(start * SR) : int((start + seconds) * SR)])


def error_db(a: Tensor, b: Tensor) -> float:
    """Size of `a - b` relative to `b`."""
    return 20 * float(torch.log10((a - b).norm() / b.norm()))


def band(y: Tensor, low: float, high: float) -> Tensor:
    """Fourier coefficients of `y` between two frequencies in Hz."""
    f = torch.fft.rfftfreq(len(y), 1 / SR)
    return torch.fft.rfft(y)[(f >= low) & (f < high)]


def librosas(y: np.ndarray, transform: CQT) -> np.ndarray:
    """Magnitudes of librosa's CQT, scaled so that a tone counts as in ours."""
    settings = {
        "sr": transform.sr,
        "fmin": transform.fmin,
        "n_bins": transform.n_bins,
        "bins_per_octave": transform.bins_per_octave,
    }
    alpha = (2 ** (2 / transform.bins_per_octave) - 1) / (2 ** (2 / transform.bins_per_octave) + 1)
    lengths = transform.sr / (alpha * transform.frequencies)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="n_fft=.* is too large")
        C = np.abs(librosa.cqt(y, hop_length=transform.hop_length, **settings))
    return C / np.sqrt(lengths)[:, None] * 512


# ---- agreement with librosa ------------------------------------------------------------------


@pytest.mark.parametrize(("bins_per_octave", "fmin"), [(12, 65.406), (24, 65.406), (36, 130.81)])
def test_magnitudes_are_librosas(bins_per_octave: int, fmin: float) -> None:
    transform = CQT(fmin=fmin, bins_per_octave=bins_per_octave, n_bins=5 * bins_per_octave)
    for y in (load_sound("guitar", seconds=3.0), chirp(100.0, 1500.0, seconds=3.0)):
        ours = transform.complex(torch.as_tensor(y)).abs().numpy()
        theirs = librosas(y, transform)
        assert ours.shape == theirs.shape
        inner = np.s_[2:-2, 40:-40]  # the borders are padded differently
        assert np.corrcoef(ours[inner].ravel(), theirs[inner].ravel())[0, 1] > 0.99
        assert np.linalg.norm(ours - theirs) < 0.15 * np.linalg.norm(theirs)


def test_frequencies_are_librosas() -> None:
    transform = CQT(bins_per_octave=36)
    expected = librosa.cqt_frequencies(transform.n_bins, fmin=transform.fmin, bins_per_octave=36)
    assert np.allclose(transform.frequencies, expected)


def test_shortest_sound_is_half_of_librosas_longest_window() -> None:
    lengths, _ = librosa.filters.wavelet_lengths(freqs=CQT().frequencies, sr=SR)
    assert CQT().min_length == pytest.approx(lengths.max() / 2, rel=0.02)


# ---- pitch is position -----------------------------------------------------------------------


@pytest.mark.parametrize("k", [30, 75, 120, 180])
def test_a_tone_is_in_its_bin_as_strong_as_in_the_stft(k: int) -> None:
    transform = CQT()
    y = torch.as_tensor(tone(float(transform.frequencies[k])))
    C = transform.complex(y).abs()[:, 60:-60]
    assert (C.argmax(dim=0) == k).all()
    assert float(C[k].mean()) == pytest.approx(0.9 / 2 * 512, rel=0.01)
    assert float(C[k + 1].mean()) == pytest.approx(float(C[k].mean()) / 2, rel=0.02)
    assert float(C[k + 3 :].max()) < 0.01 * float(C.max())
    stft = STFT().complex(y).abs()[:, 20:-20].amax()
    assert float(C.max()) == pytest.approx(float(stft), rel=0.25)  # it has no bin at the tone


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_a_tone_counts_the_same_at_any_rate(rate: int) -> None:
    transform = CQT.for_rate(rate)
    y = torch.as_tensor(tone(440.0, sr=rate, seconds=1.5))
    stft = STFT.for_rate(rate).complex(y).abs().amax()
    assert float(transform.complex(y).abs().amax()) == pytest.approx(float(stft), rel=0.4)
    assert transform.frequencies[int(transform.complex(y).abs().sum(1).argmax())] == pytest.approx(
        440.0, rel=0.02
    )


@pytest.mark.parametrize("bins", [1, 8, 24, -12])
def test_transposition_is_a_shift_of_rows(bins: int) -> None:
    transform = CQT()
    S, T = (
        transform.forward(torch.as_tensor(harmonic_note(220.0 * r, n_harmonics=6)))[:, 60:-60]
        for r in (1.0, 2 ** (bins / 24))
    )
    moved = torch.roll(S, bins, dims=0)
    assert float((T - moved).norm() / T.norm()) < 0.02
    assert float((T - S).norm() / T.norm()) > 0.5
    stft = [
        STFT().forward(torch.as_tensor(harmonic_note(220.0 * r, n_harmonics=6)))
        for r in (1.0, 2 ** (bins / 24))
    ]
    nearest = min(
        float((stft[1] - torch.roll(stft[0], n, dims=0)).norm() / stft[1].norm())
        for n in range(-20, 21)
    )
    assert nearest > 0.1  # no shift will do


def test_a_moment_is_where_it_was() -> None:
    y = torch.zeros(2 * SR)
    y[SR] = 1.0
    C = CQT().complex(y).abs()
    assert (C[100:].argmax(dim=1) - SR / 256).abs().max() <= 0.5
    early, late = C[:, 43], C[:, 129]  # half a second to either side
    assert torch.allclose(early, late, atol=0.1 * float(C.max()))


def test_linear() -> None:
    transform = CQT(fmin=130.8)
    a, b = sound("guitar"), sound("sauna", start=1)
    mixed = transform.complex(2 * a - b)
    assert torch.allclose(mixed, 2 * transform.complex(a) - transform.complex(b), atol=1e-3)


# ---- and back --------------------------------------------------------------------------------


def test_a_fine_hop_inverts_all_between_fmin_and_the_highest_bin() -> None:
    transform = CQT(hop_length=16)
    y = sound("sauna", start=1)
    back = transform.inverse_complex(transform.complex(y), length=len(y))
    middle = slice(SR // 2, -SR // 2)
    assert error_db(band(back[middle], 50, 9000), band(y[middle], 50, 9000)) < -40
    assert error_db(band(back, 10300, 11025), band(y, 10300, 11025)) == pytest.approx(0, abs=0.5)
    hum = torch.as_tensor(tone(25.0))
    assert float(transform.complex(hum)[:, 1000:-1000].abs().max()) < 1.0


@pytest.mark.parametrize(("hop_length", "most"), [(256, 3.0), (128, -4.0), (64, -11.0)])
def test_a_coarse_hop_loses_the_high_bins(hop_length: int, most: float) -> None:
    transform = CQT(hop_length=hop_length)
    y = sound("sauna", start=1)
    back = transform.inverse_complex(transform.complex(y), length=len(y))
    low = error_db(band(back, 50, 600), band(y, 50, 600))
    assert error_db(back, y) < most
    assert low < -20 and low < error_db(band(back, 3000, 9000), band(y, 3000, 9000)) - 12


@pytest.mark.parametrize(("name", "most"), [("guitar", -20.0), ("glass_rub", -28.0)])
def test_pitched_sounds_come_back_at_the_books_hop(name: str, most: float) -> None:
    y = sound(name, start=1)
    back = CQT().inverse_complex(CQT().complex(y), length=len(y))
    assert error_db(back, y) < most


@pytest.mark.parametrize("octaves", [3, 3.5, 7.6])
def test_bins_need_not_fill_octaves(octaves: float) -> None:
    transform = CQT(n_bins=round(24 * octaves), fmin=55.0)
    y = torch.as_tensor(tone(110.0))
    back = transform.inverse_complex(transform.complex(y), length=len(y))
    assert error_db(back[SR // 2 : -SR // 2], y[SR // 2 : -SR // 2]) < -40


@pytest.mark.parametrize("name", ["guitar", "glass_rub", "choir"])
def test_magnitudes_alone_find_their_phases(name: str) -> None:
    transform = CQT()
    y = sound(name)
    S = transform.forward(y)
    few, many = (transform.forward(transform.inverse(S, length=len(y), n_iter=n)) for n in (1, 32))
    assert float((many - S).norm() / S.norm()) < 0.15
    assert float((many - S).norm()) < 0.7 * float((few - S).norm())


def test_no_buzz_at_the_frame_rate() -> None:
    transform = CQT()
    y = sound("sauna", start=1)

    def buzz(z: Tensor) -> float:
        """Share of the high band's power that swings with the frames."""
        Z = torch.fft.rfft(z)
        Z[: 4000 * len(z) // SR] = 0
        power = torch.fft.irfft(Z, len(z)) ** 2
        swing = torch.fft.rfft(power).abs()
        frame_rate = round(len(z) / transform.hop_length)
        return float(swing[frame_rate - 2 : frame_rate + 3].max() / swing[0])

    coarse = transform.inverse_complex(transform.complex(y), length=len(y))
    found = transform.inverse(transform.forward(y), length=len(y))
    assert buzz(coarse) > 0.3
    assert buzz(found) < 0.35 * buzz(coarse)


@pytest.mark.parametrize("hop_length", [240, 250, 245, 189, 243, 192])
def test_no_buzz_at_hops_that_four_does_not_divide(hop_length: int) -> None:
    """So many rates have: 16,000 Hz one of 189, which only 3, 7 and 9 divide."""
    transform = CQT(hop_length=hop_length)
    y = sound("sauna", start=1, seconds=1.0)
    S = transform.forward(y)
    again = transform.forward(transform.inverse(S, length=len(y), n_iter=8))
    assert float((again - S).norm() / S.norm()) < 0.15


def test_silence_stays_silent() -> None:
    S = CQT().forward(torch.zeros(SR))
    assert S.abs().max() == 0
    assert CQT().inverse(S, length=SR, n_iter=2).abs().max() == 0


# ---- seeds, lengths, types, devices ----------------------------------------------------------


def test_seeds_repeat_and_differ() -> None:
    transform = CQT(fmin=130.8)
    S = transform.forward(sound("choir", seconds=1.0))
    a, b, c = (transform.inverse(S, length=SR, n_iter=2, seed=s) for s in (3, 3, 4))
    assert torch.equal(a, b) and not torch.allclose(a, c, atol=1e-3)


@pytest.mark.parametrize("extra", [0, 1, 100, 255])
@pytest.mark.parametrize("hop_length", [256, 100, 7])
def test_any_length_and_hop(extra: int, hop_length: int) -> None:
    transform = CQT(fmin=261.6, hop_length=hop_length, bins_per_octave=12)
    y = torch.as_tensor(rain(seconds=1.0))[: 40 * 256 + extra]
    C = transform.complex(y)
    assert C.shape == (transform.n_bins, 1 + len(y) // hop_length)
    assert C.shape[1] == transform.n_frames(len(y))
    assert transform.inverse_complex(C, length=len(y)).shape == y.shape
    assert transform.inverse(C.abs(), length=len(y), n_iter=1).shape == y.shape


def test_the_shortest_sound() -> None:
    transform = CQT()
    y = torch.as_tensor(tone(220.0))[: transform.min_length]
    S = transform.forward(y)
    assert S.shape[1] == transform.n_frames(len(y)) and torch.isfinite(S).all()
    assert transform.inverse(S, length=len(y), n_iter=2).shape == y.shape
    assert transform.inverse(S[:, :4], length=700, n_iter=2).shape == (700,)


def test_arguments_stay_as_they_were() -> None:
    y = sound("choir")
    before = y.clone()
    S = CQT().forward(y)
    S_before = S.clone()
    CQT().inverse(S, length=len(y), n_iter=1)
    assert torch.equal(y, before) and torch.equal(S, S_before)


def test_double_precision_and_gradients() -> None:
    transform = CQT(fmin=523.25, bins_per_octave=12)
    y = torch.as_tensor(rain(seconds=0.1)).double().requires_grad_(True)
    S = transform.forward(y)
    assert S.dtype == torch.float64
    S.sum().backward()
    step = 1e-6 * torch.randn(len(y), generator=torch.Generator().manual_seed(0)).double()
    change = (transform.forward(y.detach() + step) - transform.forward(y.detach() - step)).sum()
    assert float(change) == pytest.approx(2 * float(y.grad @ step), rel=1e-3)  # type: ignore[operator]


@pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no CUDA device"))],
)  # fmt: skip
def test_devices(device: str) -> None:
    y = sound("choir", seconds=1.0)
    S = CQT().forward(y.to(device))
    assert S.device.type == device
    assert torch.allclose(S.cpu(), CQT().forward(y), atol=1e-3)
    assert CQT().inverse(S, length=len(y), n_iter=1).device.type == device


def test_book_settings_at_any_rate() -> None:
    for rate in (8000, 11025, 16000, 22050, 22051, 48000, 96000, 192000):
        transform = CQT.for_rate(rate)
        assert transform.hop_length / rate == pytest.approx(256 / SR, rel=0.04)
        assert 0.43 * rate < transform.frequencies[-1] < 0.45 * rate


def test_texture_on_it_keeps_the_colour() -> None:
    y = load_sound("choir")
    quality = DRAFT.but(transform=CQT(), n_filters=16, n_steps=20)
    result = synthesize_texture(y, SR, quality=quality, seed=0, progress=False)
    S, T = (CQT().forward(torch.as_tensor(z)).mean(dim=1) for z in (y, result.y))
    assert float((S - T).norm() / S.norm()) < 0.3
    again = synthesize_texture(y, SR, quality=quality, seed=0, progress=False)
    assert np.array_equal(result.y, again.y)


# ---- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sr": 0}, "sr is 0; expected a sampling rate"),
        ({"fmin": 0.0}, r"fmin is 0.0 Hz; expected above 0 and below 11025"),
        ({"fmin": -5.0}, "fmin is -5.0 Hz"),
        ({"fmin": float("nan")}, "fmin is nan Hz"),
        ({"fmin": 11025.0}, "fmin is 11025.0 Hz"),
        ({"n_bins": -1}, "n_bins is -1.*expected at least 1 bin"),
        ({"n_bins": 203}, r"n_bins is 203, 8.4 octaves above fmin.*below 11025 Hz"),
        ({"n_bins": 24, "fmin": 6000.0}, "n_bins is 24, 1.0 octaves above fmin"),
        ({"bins_per_octave": 0}, "bins_per_octave is 0"),
        ({"hop_length": 0}, "hop_length 0"),
        ({"gain": 0.0}, "gain 0.0"),
        ({"gain": float("nan")}, "gain nan"),
    ],
)
def test_bad_settings(settings: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        CQT(**settings)


def test_bad_rate() -> None:
    with pytest.raises(AudioError, match="sr is 10; expected a sampling rate"):
        CQT.for_rate(10)


def test_extreme_settings_that_are_fine() -> None:
    one = CQT(n_bins=1, fmin=440.0)
    C = one.complex(torch.as_tensor(tone(440.0)))
    assert C.shape[0] == 1 and float(C.abs().max()) > 200
    assert CQT(fmin=10000.0).n_bins == 1
    assert CQT(n_bins=202).frequencies[-1] < SR / 2


@pytest.mark.parametrize("shape", [(1, SR), (0,), (11505,), (2, 2, SR)])
def test_sounds_of_a_wrong_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match=r"expected \(n,\), at least 11506 samples \(0.52 s\)"):
        CQT().forward(torch.zeros(shape))


def test_texture_of_too_short_a_sound() -> None:
    with pytest.raises(AudioError, match=r"lasts 0\.481 s; expected at least 0\.522 s"):
        quality = DRAFT.but(transform=CQT())
        synthesize_texture(load_sound("crow"), SR, quality=quality, progress=False)


@pytest.mark.parametrize(
    ("shape", "length", "message"),
    [
        ((513, 87), SR, r"S has shape \(513, 87\); expected \(198, n_frames\)"),
        ((198,), SR, r"expected \(198, n_frames\)"),
        ((1, 198, 87), SR, r"expected \(198, n_frames\)"),
        ((198, 87), 87 * 256, "length is 22272; 87 frames hold 1 to 22271"),
        ((198, 87), 0, "length is 0"),
        ((198, 0), 10, "0 frames hold"),
    ],
)
def test_bad_spectrograms(shape: tuple[int, ...], length: int, message: str) -> None:
    transform = CQT()
    with pytest.raises(AudioError, match=message):
        transform.inverse(torch.zeros(shape), length=length)
    with pytest.raises(AudioError, match=message):
        transform.inverse_complex(torch.zeros(shape, dtype=torch.complex64), length=length)


def test_settings_cannot_change_unnoticed() -> None:
    assert replace(CQT(), hop_length=64).n_bins == CQT().n_bins
    with pytest.raises(AttributeError):
        CQT().hop_length = 128  # type: ignore[misc]
