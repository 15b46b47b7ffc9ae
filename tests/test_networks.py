"""The random network computes what its definition says, and treats time and frequency unlike."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.networks import LAYOUTS, PICTURES, DeepCNN, RandomCNN
from audiostyle_lib.statistics import gram_matrix


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_convolution_by_loops() -> None:
    network, x = RandomCNN(3, n_filters=2, widths=(4,)), noise(1, 3, 10)
    found, filters = network(x)["width_4"][0], network.get_buffer("width_4")
    assert found.shape == (2, 7)
    for f in range(2):
        for t in range(7):
            response = sum(
                float(filters[f, c, 0, k] * x[0, c, t + k]) for c in range(3) for k in range(4)
            )
            assert found[f, t] == pytest.approx(max(0.0, response), abs=1e-5)


def test_filters_have_the_stated_deviation() -> None:
    filters = RandomCNN(20, n_filters=50, widths=(10,)).get_buffer("width_10")
    assert float(filters.std()) == pytest.approx(1 / np.sqrt(200), rel=0.05)


def test_a_shift_in_time_shifts_features_a_shift_in_frequency_changes_them() -> None:
    network, x = RandomCNN(8, n_filters=5, widths=(3, 6)), noise(1, 8, 40)
    features = network(x)
    for name, moved in network(x.roll(2, dims=2)).items():
        assert torch.allclose(moved[:, :, 2:], features[name][:, :, :-2], atol=1e-6)
    for name, moved in network(x.roll(2, dims=1)).items():
        assert not torch.allclose(moved.mean(), features[name].mean(), rtol=1e-3)


def test_seeds() -> None:
    first, again, other = (RandomCNN(4, seed=s).get_buffer("width_8") for s in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_calibration_gives_unit_deviation() -> None:
    x = 7 * noise(1, 6, 300)
    network = RandomCNN(6, n_filters=9, widths=(2, 5))
    assert network.calibrate(x) is network
    for response in network.responses(x).values():
        assert torch.allclose(response.std(dim=(0, 2)), torch.ones(9), atol=1e-3)


def test_calibration_by_silence_is_finite() -> None:
    network = RandomCNN(6).calibrate(torch.zeros(1, 6, 50))
    assert all(f.isfinite().all() for f in network.buffers())


def test_nothing_is_trained_and_filters_move_along() -> None:
    network = RandomCNN(6).to(torch.float64)
    assert not list(network.parameters())
    assert network(torch.zeros(1, 6, 50, dtype=torch.float64))["width_2"].dtype == torch.float64


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dilation", [1, 3])
def test_layouts_are_torch_convolutions_of_the_arranged_axes(layout: str, dilation: int) -> None:
    x = noise(2, 9, 30)
    channels = {"frequency": 9, "time": 30}.get(layout, 1)
    network = RandomCNN(channels, n_filters=4, widths=(3,), layout=layout, dilation=dilation)
    (found,) = network(x).values()
    (filters,) = network.buffers()
    if layout in PICTURES:
        expected = torch.nn.functional.conv2d(x[:, None], filters, dilation=dilation)
        if layout == "rows":
            expected = torch.cat([example.transpose(0, 1) for example in expected])
    else:
        rows = x if layout == "frequency" else x.mT
        expected = torch.nn.functional.conv1d(rows, filters.squeeze(2), dilation=dilation)
    assert torch.allclose(found, expected.relu(), atol=1e-6)


def test_each_layout_is_blind_to_shifts_along_what_it_slides_on() -> None:
    x = torch.zeros(1, 16, 24)
    x[0, 4:7, 5:9] = noise(3, 4)  # an event, away from all borders
    for layout, channels, blind in [
        ("frequency", 16, "t"),
        ("time", 24, "f"),
        ("2d", 1, "tf"),
        ("rows", 1, "t"),
    ]:
        network = RandomCNN(channels, n_filters=6, widths=(3,), layout=layout)
        (gram,) = (gram_matrix(r) for r in network(x).values())
        for axis, moved in [("t", x.roll(6, 2)), ("f", x.roll(4, 1))]:
            (other,) = (gram_matrix(r) for r in network(moved).values())
            assert torch.allclose(gram, other, atol=1e-6) == (axis in blind), (layout, axis)


def test_dilation_spreads_the_taps() -> None:
    click = torch.zeros(1, 1, 41)
    click[0, 0, 20] = 1
    (r,) = RandomCNN(1, n_filters=1, widths=(3,), dilation=5).responses(click).values()
    assert r[0, 0].nonzero().flatten().tolist() == [10, 15, 20]


def test_calibration_over_several_sounds() -> None:
    xs = [noise(1, 6, 300), 3 * noise(1, 6, 200)]
    network = RandomCNN(6, n_filters=9, widths=(2,)).calibrate(*xs)
    a, b = (network.responses(x)["width_2"].var(dim=(0, 2)) for x in xs)
    assert torch.allclose((a + b) / 2, torch.ones(9), atol=1e-3)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((6, 50), "expected .batch, frequencies, frames"),
        ((1, 5, 50), "5 channels in layout 'frequency'; expected 6"),
        ((1, 6, 31), "widest kernel, 32"),
    ],
)
def test_bad_inputs(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(AudioError, match=message):
        RandomCNN(6)(torch.zeros(shape))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_filters": 0}, "n_filters 0"),
        ({"widths": (0, 3)}, r"widths \(0, 3\)"),
        ({"widths": ()}, r"widths \(\)"),
        ({"widths": (3, 3)}, "each width once"),
        ({"widths": ((3, 5),)}, "whole numbers"),
        ({"widths": ((3, 0),), "layout": "2d"}, r"widths \(\(3, 0\),\)"),
        ({"dilation": 0}, "dilation 0"),
        ({"layout": "3d"}, "layout is '3d'; expected one of frequency, time, 2d"),
    ],
)
def test_bad_settings(arguments: dict, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        RandomCNN(6, **arguments)
    with pytest.raises(AudioError, match="n_channels is 0"):
        RandomCNN(0)


@pytest.mark.parametrize(("layout", "channels"), [("frequency", 12), ("time", 32), ("2d", 1)])
def test_deep_network(layout: str, channels: int) -> None:
    network = DeepCNN(channels, n_filters=(8, 8, 8), layout=layout)
    x = noise(1, 12, 32)
    features = network(x)
    assert list(features) == ["layer_1", "layer_2", "layer_3"]
    assert all((h >= 0).all() for h in features.values())
    strengths = [float(h.detach().square().mean().sqrt()) for h in features.values()]
    assert min(strengths) > 0.2 * max(strengths)  # no layer falls silent
    again = DeepCNN(channels, n_filters=(8, 8, 8), layout=layout)(x)
    assert torch.equal(again["layer_3"], features["layer_3"])
    other = DeepCNN(channels, n_filters=(8, 8, 8), layout=layout, seed=1)(x)
    assert not torch.equal(other["layer_3"], features["layer_3"])


def test_deeper_layers_see_more() -> None:
    network = DeepCNN(1, n_filters=(4, 4, 4), width=3, layout="2d")
    click = torch.zeros(1, 32, 64)
    click[0, 16, 32] = 9
    with torch.no_grad():
        moved, still = network(click), network(0 * click)
    seen = [
        int(((moved[name] - still[name]).abs().amax(dim=(0, 1, 2)) > 0).sum()) * 2**i
        for i, name in enumerate(moved)
    ]
    assert seen == sorted(seen) and seen[0] == 3 and seen[2] > 2 * seen[0]


def test_bad_deep_networks() -> None:
    with pytest.raises(AudioError, match=r"n_filters \(\)"):
        DeepCNN(4, n_filters=())
    with pytest.raises(AudioError, match="layout is 'x'"):
        DeepCNN(4, layout="x")
    with pytest.raises(AudioError, match="expected 4 channels and at least 8 positions"):
        DeepCNN(4)(torch.zeros(1, 4, 7))
