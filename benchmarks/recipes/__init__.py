"""Published recipes of texture synthesis, written anew from the papers' constants, to compare with.

Each is a function (reference, seed) -> `Problem`: where it starts, what it minimises, and how the
result becomes sound; or -> `Rounds`, where the authors' procedure is not to minimise. Where a paper
leaves a constant open, or we read it second-hand, the docstring says "ours".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .antognini_2018 import antognini
from .caracalla_roebel_2020 import caracalla_roebel
from .mcdermott_simoncelli_2011 import mcdermott_simoncelli
from .solving import Problem, Rounds, solve
from .ulyanov_lebedev_2016 import huzaifah_wyse, ulyanov_lebedev

__all__ = ["RECIPES", "Problem", "Rounds", "solve"]

RECIPES: dict[str, Callable[[np.ndarray, int], Problem | Rounds]] = {
    "McDermott, Simoncelli 2011": mcdermott_simoncelli,
    "Ulyanov, Lebedev 2016": ulyanov_lebedev,
    "Huzaifah, Wyse 2019": huzaifah_wyse,
    "Antognini et al. 2018": antognini,
    "Caracalla, Roebel 2020": caracalla_roebel,
}
