"""The Gram loss is 0 for equal statistics, 1 for silence, and blind to time."""

from __future__ import annotations

import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.statistics import (
    FRAME_STATISTICS,
    AutocorrelationLoss,
    ContentLoss,
    DiversityLoss,
    GramLoss,
    gram_matrix,
)


@pytest.fixture
def features() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.rand((1, 3, n), generator=generator, dtype=torch.float64)
        for name, n in [("narrow", 12), ("wide", 7)]
    }


def test_zero_and_one(features: dict) -> None:
    loss = GramLoss(features)
    assert loss(features) == 0
    assert loss({name: 0 * x for name, x in features.items()}) == pytest.approx(1.0)


def test_order_and_number_of_positions_do_not_matter(features: dict) -> None:
    loss = GramLoss(features)
    assert loss({n: x.flip(2) for n, x in features.items()}) < 1e-20
    assert loss({n: x.repeat(1, 1, 5) for n, x in features.items()}) < 1e-20


def test_scale_free(features: dict) -> None:
    other = {n: x.roll(1, dims=1) for n, x in features.items()}
    plain = GramLoss(features)(other)
    scaled = GramLoss({n: 9 * x for n, x in features.items()})({n: 9 * x for n, x in other.items()})
    assert plain > 0.001 and scaled == pytest.approx(float(plain))


def test_terms_by_name_and_their_mean(features: dict) -> None:
    loss = GramLoss(features)
    terms = loss.terms(features | {"wide": 0 * features["wide"]})
    assert terms["narrow"] == 0 and terms["wide"] == pytest.approx(1.0)
    assert loss(features | {"wide": 0 * features["wide"]}) == pytest.approx(0.5)


def test_number_of_statistics(features: dict) -> None:
    assert GramLoss(features).n_statistics == 2 * 6


def test_gradient(features: dict) -> None:
    loss = GramLoss(features)
    x = features["narrow"].roll(1, dims=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: loss(features | {"narrow": z}), x)


def test_a_silent_target_is_finite() -> None:
    loss = GramLoss({"a": torch.zeros(1, 3, 5)})
    assert loss({"a": torch.zeros(1, 3, 5)}) == 0
    assert loss({"a": torch.ones(1, 3, 5)}).isfinite()


def test_other_layers(features: dict) -> None:
    with pytest.raises(AudioError, match=r"features are \['narrow'\]; expected .*'wide'"):
        GramLoss(features)({"narrow": features["narrow"]})


def test_several_targets_are_a_weighted_mean(features: dict) -> None:
    other = {n: 2 * x.roll(1, dims=1) for n, x in features.items()}
    x = {n: x.flip(1) for n, x in features.items()}
    wanted = {n: 0.25 * gram_matrix(features[n]) + 0.75 * gram_matrix(other[n]) for n in features}
    terms = GramLoss(features, other, weights=(0.25, 0.75)).terms(x)
    for name in x:
        expected = ((gram_matrix(x[name]) - wanted[name]) ** 2).sum() / (wanted[name] ** 2).sum()
        assert terms[name] == pytest.approx(float(expected))
    assert GramLoss(features, other, weights=(1, 0))(features) == 0
    assert GramLoss(features, features)(features) < 1e-20


def test_with_mean_tells_means_apart(features: dict) -> None:
    x = {"narrow": features["narrow"] - features["narrow"].mean()}
    assert GramLoss(x)({"narrow": -x["narrow"]}) == 0
    loss = GramLoss({"narrow": x["narrow"] + 1}, with_mean=True)
    assert loss.n_statistics == 10
    assert loss({"narrow": -x["narrow"] - 1}) > 0.1


def test_content_knows_the_places(features: dict) -> None:
    loss = ContentLoss(features)
    assert loss(features) == 0
    assert loss({n: 0 * x for n, x in features.items()}) == pytest.approx(1.0)
    assert loss({n: x.flip(2) for n, x in features.items()}) > 0.1
    by_hand = ((features["narrow"].flip(2) - features["narrow"]) ** 2).mean()
    found = loss.terms(features | {"narrow": features["narrow"].flip(2)})
    assert found["narrow"] == pytest.approx(float(by_hand / (features["narrow"] ** 2).mean()))
    assert found["wide"] == 0


def test_content_keeps_its_length(features: dict) -> None:
    with pytest.raises(AudioError, match="content keeps its length"):
        ContentLoss(features)({n: x[..., 1:] for n, x in features.items()})


def responses(period: int, shift: int = 0, t: int = 240) -> dict[str, torch.Tensor]:
    """Two channels with pulses every `period` positions."""
    pulse = (torch.arange(t) + shift) % period < 2
    return {"layer": torch.stack([pulse.float(), 2 * pulse.float()])[None]}


def test_autocorrelation_loss_knows_the_period_and_not_the_moment() -> None:
    loss = AutocorrelationLoss(responses(24), n_lags=60)
    assert float(loss(responses(24))) == pytest.approx(0, abs=1e-9)
    moved, other = float(loss(responses(24, shift=11))), float(loss(responses(17)))
    assert moved < 0.02 and other > 0.5
    longer = float(loss(responses(24, t=600)))
    assert longer < 0.05  # any length


def test_diversity_loss_finds_a_copy_at_any_shift() -> None:
    generator = torch.Generator().manual_seed(0)
    x, new = torch.randn(2, 1, 8, 300, generator=generator)
    loss = DiversityLoss({"layer": x})
    copies = [float(loss({"layer": x.roll(k, 2)})) for k in (0, 7, 150)]
    assert min(copies) > 0.9 and float(loss({"layer": new})) < 0.2
    half = torch.cat([x[..., :150], new[..., 150:]], dim=2)
    assert float(loss({"layer": new})) + 0.2 < float(loss({"layer": half})) < min(copies)


def test_diversity_lets_pass_what_is_tolerated() -> None:
    generator = torch.Generator().manual_seed(0)
    x, new = torch.randn(2, 1, 8, 300, generator=generator)
    plain, mild = (DiversityLoss({"layer": x}, tolerance=t) for t in (0.0, 0.2))
    assert float(plain({"layer": new})) > 0 == float(mild({"layer": new}))
    assert float(mild({"layer": x})) == pytest.approx(float(plain({"layer": x})) - 0.2)


def test_both_have_gradients() -> None:
    x = torch.randn(1, 3, 50, generator=torch.Generator().manual_seed(1))
    for loss in (AutocorrelationLoss({"a": x}, n_lags=9), DiversityLoss({"a": x})):
        y = torch.randn(1, 3, 60, generator=torch.Generator().manual_seed(2), requires_grad=True)
        loss({"a": y}).backward()
        assert torch.isfinite(y.grad).all() and y.grad.abs().sum() > 0


def test_their_bad_input_is_refused() -> None:
    x = {"a": torch.zeros(1, 2, 10)}
    with pytest.raises(AudioError, match="n_lags is 10"):
        AutocorrelationLoss(x, n_lags=10)
    with pytest.raises(AudioError, match="sharpness is 0"):
        DiversityLoss(x, sharpness=0)
    with pytest.raises(AudioError, match="expected those of the target"):
        DiversityLoss(x)({"b": x["a"]})


def test_what_a_quality_wants_of_them() -> None:
    """The weighted statistics of several sounds; of their copies, what is more than chance."""
    generator = torch.Generator().manual_seed(0)
    x, y, new = ({"a": torch.randn(1, 8, n, generator=generator)} for n in (300, 200, 250))
    found = {name: s.wanted([x, y], [0.25, 0.75], 250) for name, s in FRAME_STATISTICS.items()}
    assert {"gram", "rhythm", "diversity"} <= set(found)
    assert float(found["gram"](new)) == float(GramLoss(x, y, weights=[0.25, 0.75])(new))
    rhythm = AutocorrelationLoss(x, y, n_lags=50, weights=[0.25, 0.75])  # a quarter of the shortest
    assert float(found["rhythm"](new)) == float(rhythm(new))
    short = AutocorrelationLoss.wanted([x, y], [0.25, 0.75], 50)
    assert float(short(new)) == float(
        AutocorrelationLoss(x, y, n_lags=12, weights=[0.25, 0.75])(new)
    )
    diversity = found["diversity"]
    assert float(diversity(new)) == 0 < float(diversity(x)) < float(diversity(y)) < 0.75
