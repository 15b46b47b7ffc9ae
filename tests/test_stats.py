"""Statistics against slow oracles, and the property that makes them describe texture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audiostyle_lib.audio import AudioError
from audiostyle_lib.statistics import (
    autocorrelation,
    gram_matrix,
    match_quantiles,
    principal_components,
)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("positions", [(7,), (3, 4)])
def test_gram_by_loops(positions: tuple[int, ...]) -> None:
    x = random(2, 3, *positions)
    found, flat = gram_matrix(x), x.flatten(2)
    for b in range(2):
        for i in range(3):
            for j in range(3):
                products = [flat[b, i, t] * flat[b, j, t] for t in range(flat.shape[2])]
                assert found[b, i, j] == pytest.approx(float(sum(products) / len(products)))


def test_gram_of_a_batch_is_that_of_its_parts() -> None:
    x = random(3, 4, 10)
    assert torch.allclose(gram_matrix(x), torch.cat([gram_matrix(x[i : i + 1]) for i in range(3)]))


def test_gram_forgets_order_but_not_within_a_window() -> None:
    x = random(1, 4, 50).cumsum(dim=2)  # neighbours are alike
    shuffled = x[:, :, torch.randperm(50, generator=torch.Generator().manual_seed(1))]
    assert torch.allclose(gram_matrix(x), gram_matrix(shuffled))
    pairs, shuffled_pairs = (torch.cat([z[:, :, 1:], z[:, :, :-1]], dim=1) for z in (x, shuffled))
    assert not torch.allclose(gram_matrix(pairs), gram_matrix(shuffled_pairs), rtol=0.05)


def test_gram_gradient() -> None:
    assert torch.autograd.gradcheck(gram_matrix, random(1, 3, 5).requires_grad_())


def test_gram_shape() -> None:
    with pytest.raises(AudioError, match=r"shape \(3, 5\)"):
        gram_matrix(random(3, 5))


def test_components_are_those_of_the_svd() -> None:
    x = random(6, 40) * torch.tensor([[5.0], [4.0], [3.0], [2.0], [1.0], [0.5]])
    mean, basis = principal_components(x, 4)
    assert torch.allclose(mean, x.mean(dim=1, keepdim=True))
    assert torch.allclose(basis.mT @ basis, torch.eye(4, dtype=x.dtype))
    u, s, _ = np.linalg.svd((x - mean).numpy(), full_matrices=False)
    assert np.allclose(np.abs(u[:, :4].T @ basis.numpy()), np.eye(4), atol=1e-6)
    assert np.allclose((basis.mT @ (x - mean)).norm(dim=1).numpy(), s[:4])


def test_all_components_lose_nothing_and_more_there_are_not() -> None:
    x = random(5, 30)
    mean, basis = principal_components(x, 99)
    assert basis.shape == (5, 5)
    assert torch.allclose(mean + basis @ (basis.mT @ (x - mean)), x)


def test_component_signs_are_settled() -> None:
    _, basis = principal_components(random(8, 30), 8)
    largest = basis.gather(0, basis.abs().argmax(dim=0, keepdim=True))
    assert (largest > 0).all()


def test_components_of_a_constant_are_finite() -> None:
    mean, basis = principal_components(torch.full((4, 9), 2.0), 2)
    assert (mean == 2).all() and basis.isfinite().all()


@pytest.mark.parametrize(("shape", "n"), [((2, 3, 4), 1), ((3, 4), 0)])
def test_bad_components(shape: tuple[int, ...], n: int) -> None:
    with pytest.raises(AudioError, match=f"n is {n}"):
        principal_components(random(*shape), n)


@pytest.mark.parametrize("length", [1, 20, 33])
def test_quantiles_are_taken_and_order_is_kept(length: int) -> None:
    x, reference = random(3, 20), random(3, length, seed=1) ** 3
    before = x.clone()
    found = match_quantiles(x, reference)
    assert torch.equal(found.argsort(dim=1), x.argsort(dim=1)) or length == 1
    if length == 20:
        assert torch.allclose(found.sort(dim=1).values, reference.sort(dim=1).values)
    assert torch.allclose(found.amax(dim=1), reference.amax(dim=1))
    assert torch.allclose(found.amin(dim=1), reference.amin(dim=1))
    assert torch.equal(x, before)


def test_autocorrelation_is_the_mean_product_of_partners() -> None:
    x = torch.randn(2, 3, 20, generator=torch.Generator().manual_seed(0))
    found = autocorrelation(x, 7)
    z = x - x.mean(dim=2, keepdim=True)
    wanted = torch.stack([(z[..., k:] * z[..., :-k]).mean(dim=2) for k in range(1, 8)], dim=2)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n_lags", [0, 20])
def test_autocorrelation_needs_lags_within_the_time(n_lags: int) -> None:
    with pytest.raises(AudioError, match=f"n_lags is {n_lags}"):
        autocorrelation(torch.zeros(1, 1, 20), n_lags)
