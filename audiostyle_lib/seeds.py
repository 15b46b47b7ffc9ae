"""Seeds: one number from the caller, and as many independent sources of noise as are needed.

Seeds that are added up meet again: stretch 2 of seed 0 would begin as stretch 1 of seed 1 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    import torch


def derived_seed(seed: int, *purpose: str | int) -> int:
    """A seed for one purpose, independent of those for others and of other seeds.

    After O'Neill's seed sequences, as `numpy.random.SeedSequence` has them.

    >>> derived_seed(0, "frames", 1) == derived_seed(1, "frames", 0)
    False
    """
    key = [crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    state = np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))  # torch takes 63 bits


def noise_source(seed: int, *purpose: str | int) -> torch.Generator:
    """A generator of noise, the same on every device.

    >>> import torch
    >>> float(torch.rand(1, generator=noise_source(0, "phases"))) < 1
    True
    """
    import torch  # it takes a second, which a command that refuses its input need not wait

    return torch.Generator().manual_seed(derived_seed(seed, *purpose))
