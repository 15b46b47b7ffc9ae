"""The loop: it finds minima, leaves its start alone, and fails clearly."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from audiostyle_lib import mix_textures, synthesize_texture, transfer_style
from audiostyle_lib.audio import SR, AudioError
from audiostyle_lib.optim import cpu_threads, optimise
from audiostyle_lib.quality import STANDARD
from audiostyle_lib.sounds import rain

FEW = STANDARD.but(n_steps=3, n_refine=3)


def rosenbrock(x: Tensor) -> Tensor:
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def test_minimum() -> None:
    start = torch.tensor([-1.2, 1.0], dtype=torch.float64)
    found = optimise(start, rosenbrock, n_steps=100, progress=False)
    assert torch.allclose(found.x, torch.ones(2, dtype=torch.float64), atol=1e-4)
    assert found.history[0] == pytest.approx(24.2) and found.history[-1] < 1e-8
    assert start.tolist() == [-1.2, 1.0] and not start.requires_grad
    assert not found.x.requires_grad


def test_watch_sees_what_was_not_taken_back() -> None:
    seen: list[tuple[Tensor, list[float]]] = []
    start = torch.tensor([-1.2, 1.0])
    kwargs = {"n_steps": 20, "progress": False}
    found = optimise(start, rosenbrock, watch=lambda x, h: seen.append((x, h)), **kwargs)
    losses = [history[-1] for _, history in seen]
    assert torch.equal(seen[0][0], start) and losses[0] == found.history[0]
    assert losses == sorted(losses, reverse=True) and losses[-1] == min(found.history)
    assert len(losses) < len(found.history), "one was taken back"
    for x, history in seen:
        assert history == found.history[: len(history)]
        assert rosenbrock(x).item() == pytest.approx(history[-1], rel=1e-5)
    assert torch.equal(found.x, optimise(start, rosenbrock, **kwargs).x), "watching changes nothing"


def test_more_steps_go_further() -> None:
    few, many = (
        optimise(torch.tensor([-1.2, 1.0]), rosenbrock, n_steps=n, progress=False) for n in (3, 20)
    )
    assert many.history[-1] < few.history[-1] < few.history[0]
    assert 3 <= len(few.history) <= 7


@pytest.mark.parametrize("n_steps", [0, -5])
def test_steps(n_steps: int) -> None:
    with pytest.raises(AudioError, match=f"n_steps is {n_steps}"):
        optimise(torch.ones(1), torch.sum, n_steps=n_steps, progress=False)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number(bad: float) -> None:
    with pytest.raises(AudioError, match=f"the loss became {bad} at evaluation 1"):
        optimise(torch.ones(1), lambda x: x.sum() * bad, progress=False)


def test_threads_are_as_before_whatever_happens() -> None:
    before = torch.get_num_threads()
    seen = []

    def criterion(x: Tensor) -> Tensor:
        seen.append(torch.get_num_threads())
        if len(seen) > 2:
            raise KeyboardInterrupt
        return (x**2).sum()

    with cpu_threads(before + 1):
        with pytest.raises(KeyboardInterrupt):
            optimise(torch.tensor([3.0, 1e3]), criterion, progress=False)
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before and set(seen) == {1}


def test_bar(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    optimise(torch.ones(1), lambda x: (x**2).sum(), progress=True, description="my bar")
    assert "my bar" in capsys.readouterr().err
    optimise(torch.ones(1), lambda x: (x**2).sum(), progress=False)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    optimise(torch.ones(1), lambda x: (x**2).sum(), progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_start_of_any_memory_layout() -> None:
    start = torch.arange(6.0).view(2, 3).mT
    found = optimise(start, lambda x: ((x - 1) ** 2).sum(), progress=False)
    assert torch.allclose(found.x, torch.ones(3, 2)) and start[2, 1] == 5


@pytest.mark.parametrize(
    "work",
    [
        lambda y, tell: synthesize_texture(y, SR, quality=FEW, progress=tell),
        lambda y, tell: mix_textures([y, y], SR, weights=[1, 1], quality=FEW, progress=tell),
        lambda y, tell: transfer_style(y, y, SR, quality=FEW, progress=tell),
    ],
    ids=["texture", "mixture", "transfer"],
)
def test_progress_tells_a_function_which_may_stop_the_work(work: Callable) -> None:
    y = rain(seconds=1.0)
    told: list[tuple[str, float]] = []
    work(y, lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert len(told) > 3 and all(0 < share <= 1 for share in shares)
    assert shares[-1] == 1.0 or len({what for what, _ in told}) > 1

    def stop(what: str, share: float) -> None:
        raise InterruptedError(what)

    threads = torch.get_num_threads()
    with pytest.raises(InterruptedError):
        work(y, stop)
    assert torch.get_num_threads() == threads  # nothing is left as it was inside


def test_evaluations_can_be_limited() -> None:
    def criterion(x: torch.Tensor) -> torch.Tensor:
        return ((x[1:] - x[:-1] ** 2) ** 2).sum() + ((x - 1) ** 2).sum()

    start = torch.full((20,), 3.0)
    few = optimise(start, criterion, n_steps=100, n_evaluations=10, progress=False)
    assert 10 <= len(few.history) < 16
    with pytest.raises(AudioError, match="n_evaluations is 0"):
        optimise(start, criterion, n_evaluations=0, progress=False)
