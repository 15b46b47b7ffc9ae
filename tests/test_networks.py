"""The random network computes what its definition says, and treats time and frequency unlike."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.networks import RandomCNN1d


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_convolution_by_loops() -> None:
    network, x = RandomCNN1d(3, n_filters=2, widths=(4,)), noise(1, 3, 10)
    found, filters = network(x)["width_4"][0], network.get_buffer("width_4")
    assert found.shape == (2, 7)
    for f in range(2):
        for t in range(7):
            response = sum(
                float(filters[f, c, k] * x[0, c, t + k]) for c in range(3) for k in range(4)
            )
            assert found[f, t] == pytest.approx(max(0.0, response), abs=1e-5)


def test_filters_have_the_stated_deviation() -> None:
    filters = RandomCNN1d(20, n_filters=50, widths=(10,)).get_buffer("width_10")
    assert float(filters.std()) == pytest.approx(1 / np.sqrt(200), rel=0.05)


def test_a_shift_in_time_shifts_features_a_shift_in_frequency_changes_them() -> None:
    network, x = RandomCNN1d(8, n_filters=5, widths=(3, 6)), noise(1, 8, 40)
    features = network(x)
    for name, moved in network(x.roll(2, dims=2)).items():
        assert torch.allclose(moved[:, :, 2:], features[name][:, :, :-2], atol=1e-6)
    for name, moved in network(x.roll(2, dims=1)).items():
        assert not torch.allclose(moved.mean(), features[name].mean(), rtol=1e-3)


def test_seeds() -> None:
    first, again, other = (RandomCNN1d(4, seed=s).get_buffer("width_8") for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_calibration_gives_unit_deviation() -> None:
    x = 7 * noise(1, 6, 300)
    network = RandomCNN1d(6, n_filters=9, widths=(2, 5))
    assert network.calibrate(x) is network
    for response in network.responses(x).values():
        assert torch.allclose(response.std(dim=(0, 2)), torch.ones(9), atol=1e-3)


def test_calibration_by_silence_is_finite() -> None:
    network = RandomCNN1d(6).calibrate(torch.zeros(1, 6, 50))
    assert all(f.isfinite().all() for f in network.buffers())


def test_nothing_is_trained_and_filters_move_along() -> None:
    network = RandomCNN1d(6).to(torch.float64)
    assert not list(network.parameters())
    assert network(torch.zeros(1, 6, 50, dtype=torch.float64))["width_2"].dtype == torch.float64


@pytest.mark.parametrize("shape", [(6, 50), (1, 5, 50), (1, 6, 31)])
def test_bad_inputs(shape: tuple[int, ...]) -> None:
    with pytest.raises(AudioError, match="widest kernel, 32"):
        RandomCNN1d(6)(torch.zeros(shape))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_filters": 0}, "n_filters 0"),
        ({"widths": (0, 3)}, r"widths \(0, 3\)"),
        ({"widths": ()}, r"widths \(\)"),
        ({"widths": (3, 3)}, "each width once"),
    ],
)
def test_bad_settings(arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        RandomCNN1d(6, **arguments)
    with pytest.raises(AudioError, match="n_channels is 0"):
        RandomCNN1d(0)
