"""One loop for every synthesis of the book: change `x` until a criterion is small.

It knows nothing of sound: `x` is a tensor, the criterion a function of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from .arguments import check_whole
from .audio import AudioError
from .progress import Progress, progress_bar

_HISTORY = 10  # gradients that are remembered
_TOLERANCE = 1e-12  # of the largest gradient, below which there is nothing to gain


@contextmanager
def cpu_threads(n: int) -> Iterator[None]:
    """Let torch use `n` threads inside the block, and as many as before after it.

    One is right for this book's small tensors: on two quiet cores a second one saves a third of the
    time, but on a busy machine the threads wait for each other, and 1 s can become 50 s.

    >>> with cpu_threads(1):
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


T = TypeVar("T")


def on_one_thread(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made with one thread; between them torch has as many as before.

    >>> list(on_one_thread(torch.get_num_threads() for _ in range(2)))
    [1, 1]
    """
    waiting = iter(items)
    while True:
        with cpu_threads(1):  # not across the yield: the number is the process's
            try:
                item = next(waiting)
            except StopIteration:
                return
        yield item


def check_device(device: str | torch.device) -> torch.device:
    """The torch device, if it is here and can compute.

    >>> check_device("cpu")
    device(type='cpu')
    """
    try:
        torch.zeros(1, device=device).item()  # "meta" makes tensors, but none with numbers
    except (RuntimeError, TypeError, AssertionError, ImportError) as error:  # unknown, or not here
        reason = str(error).splitlines()[0]
        raise AudioError(
            f"device is {str(device)!r}, which torch cannot use here: {reason}"
        ) from error
    return torch.device(device)


@dataclass(frozen=True)
class Result:
    """What `optimise` found: the tensor `x`, and the loss at every evaluation."""

    x: Tensor
    history: list[float]


def optimise(
    x: Tensor,
    criterion: Callable[[Tensor], Tensor],
    *,
    n_steps: int = 100,
    n_evaluations: int | None = None,
    progress: Progress = True,
    description: str = "optimise",
    watch: Callable[[Tensor, list[float]], object] | None = None,
) -> Result:
    """Minimise `criterion(x)` by L-BFGS with a strong Wolfe line search.

    L-BFGS uses the last few gradients to guess the curvature; the line search guards the length of
    each step, without which it can stall at the start. A step takes one evaluation, at times more,
    so `history` can be a little longer than `n_steps`.

    Parameters
    ----------
    x : tensor
        Start; it is not changed.
    criterion : function of a tensor like `x`, returning a scalar tensor
    n_steps : int >= 1
        Steps at most; it ends earlier where the gradient vanishes.
    n_evaluations : int >= 1, optional
        Evaluations of the criterion, about: no step begins after as many; twice the steps by
        default.
    progress : bool or function
        Show a bar, in a terminal or a notebook; or a function that is told what is done and how far
        it is, in [0, 1]: what it raises stops the work.
    description : str
        The bar's label.
    watch : function of a tensor like `x` and of the losses so far, optional
        Told the start, and every point whose loss, the last of these, is below all before: the
        steps, without what was tried and taken back.

    Returns
    -------
    Result
        Interrupting (Ctrl-C, or the stop button) raises KeyboardInterrupt and changes nothing.

    Raises
    ------
    AudioError
        If `n_steps` is below 1 or the loss is not a finite number.

    Examples
    --------
    >>> found = optimise(torch.tensor([3.0]), lambda x: ((x - 1) ** 2).sum(), progress=False)
    >>> round(float(found.x), 4), found.history[0]
    (1.0, 4.0)
    """
    n_steps = check_whole("n_steps", n_steps, 1)
    most = check_whole("n_evaluations", 2 * n_steps if n_evaluations is None else n_evaluations, 1)
    x = x.detach().clone(memory_format=torch.contiguous_format).requires_grad_(True)
    solver = torch.optim.LBFGS(
        [x],
        max_iter=n_steps,
        max_eval=most,
        history_size=_HISTORY,
        tolerance_grad=_TOLERANCE,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )
    history: list[float] = []
    with cpu_threads(1), progress_bar(n_steps, description, progress) as bar:

        def closure() -> float:
            solver.zero_grad()
            loss = criterion(x)
            loss.backward()
            history.append(loss.item())
            if not torch.isfinite(loss):
                raise AudioError(
                    f"the loss became {history[-1]} at evaluation {len(history)}; "
                    "expected a finite number: try a smaller start"
                )
            if watch is not None and history[-1] < min(history[:-1], default=float("inf")):
                watch(x.detach().clone(), list(history))
            bar.set_postfix(loss=f"{history[-1]:.2e}", refresh=False)
            bar.update(min(1, n_steps - bar.n))
            return history[-1]

        solver.step(closure)
    return Result(x.detach(), history)
