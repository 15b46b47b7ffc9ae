"""What the page of derivations says holds: its own code, on inputs that it does not show."""

from __future__ import annotations

import ast

import numpy as np
import pytest
import torch
from test_notebooks import cells
from torch.nn.functional import conv1d, conv_transpose1d

from audiostyle_lib.networks import RandomCNN
from audiostyle_lib.sounds import rain
from audiostyle_lib.statistics import GramLoss, gram_matrix
from audiostyle_lib.transforms import STFT
from audiostyle_lib.transforms.ring import Ring

PAGE = "for_those_who_know"


def functions(*names: str, **given: object) -> dict:
    """Functions of the page by name, with what else they need."""
    found: dict = {"np": np, "torch": torch, **given}
    sources = [cell["source"] for cell in cells(PAGE, "code")]
    for name in names:
        (source,) = (s for s in sources if f"def {name}(" in s)
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                exec(ast.unparse(node), found)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_loss(seed: int) -> None:
    gradient = functions("gradient", conv1d=conv1d, conv_transpose1d=conv_transpose1d)["gradient"]
    generator = torch.Generator().manual_seed(seed)
    filters = torch.randn(6, 4, 3, generator=generator, dtype=torch.float64)
    x = torch.randn(1, 4, 30, generator=generator, dtype=torch.float64, requires_grad=True)
    target = torch.rand(1, 6, 50, generator=generator, dtype=torch.float64)
    GramLoss({"layer": target})({"layer": conv1d(x, filters).relu()}).backward()
    by_hand = gradient(x.detach(), filters, gram_matrix(target)[0])
    assert torch.allclose(by_hand, x.grad, rtol=1e-10, atol=1e-14)


def test_linear_filters_do_not_notice_what_relu_does() -> None:
    """Components with equal second moments, before both kinds of Gram matrices."""
    page = functions("turned", "round_off", WIDTH=5)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 3, 121, generator=generator).exp()  # lopsided, as strokes are
    x = x - x.mean(dim=2, keepdim=True)
    ring, other = (page["round_off"](z) for z in (x, page["turned"](x)))
    network = RandomCNN(3, n_filters=40, widths=(5,)).calibrate(ring)
    linear = GramLoss(network.responses(ring))(network.responses(other))
    relu = GramLoss(network(ring))(network(other))
    assert linear < 1e-10 < 1e-3 < relu
    assert not torch.allclose(ring, other, atol=0.1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", ["a sound's", "of no sound"])
def test_griffin_lim_never_gets_worse(seed: int, shape: str) -> None:
    y = torch.from_numpy(rain(seconds=0.3, seed=seed))
    frames = Ring(STFT(n_fft=256, hop_length=64), len(y), len(y) // 64)
    M = frames.complex(y).abs()
    if shape == "of no sound":
        M = M.mean() * torch.rand(M.shape, generator=torch.Generator().manual_seed(seed))
    v = torch.full((len(M), 1), 2.0)
    v[0] = v[-1] = 1.0
    rounds = functions("size", "rounds", frames=frames, M=M, v=v)["rounds"]
    chain = rounds(25, seed=seed)
    assert (np.diff(chain) <= 1e-6).all() and chain[-1] < 0.9 * chain[0]
