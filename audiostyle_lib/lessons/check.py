"""Checks of the exercises: `check.NAME(answer)` says whether an answer holds, or what to try.

A check helps and does not give the answer away. They are written in two modules, each check under
the chapter that asks for it; here are all of them.

>>> from audiostyle_lib import check
>>> check.receptive_field(...)
Not yet: replace the `...` by your answer, then run the cell again.
"""

from .check_making import (
    cents_behind,
    equal_power,
    fair_filters,
    fits_itself,
    frames_for_period,
    frames_to_keep,
    gaps_above,
    hidden_copy,
    lucky_one,
    needed_right,
    nothing_mixed,
    receptive_field,
    share_of_second,
    worth_training,
)
from .check_seeing import (
    blind_spot,
    chance,
    equal_numbers,
    filter_sees,
    filter_weights,
    gram,
    ruled,
    strongest_tone,
    whole_again,
)

__all__ = [
    "blind_spot",
    "cents_behind",
    "chance",
    "equal_numbers",
    "equal_power",
    "fair_filters",
    "filter_sees",
    "filter_weights",
    "fits_itself",
    "frames_for_period",
    "frames_to_keep",
    "gaps_above",
    "gram",
    "hidden_copy",
    "lucky_one",
    "needed_right",
    "nothing_mixed",
    "receptive_field",
    "ruled",
    "share_of_second",
    "strongest_tone",
    "whole_again",
    "worth_training",
]
