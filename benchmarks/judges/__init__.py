"""Judges of textures that no engine here optimises.

`cdpam`: how far apart people would find two sounds, by a network that learned from people.
`listener`: whether a machine that is trained to can tell what is recorded from what is synthetic.

A copy pleases both, so they stand beside a copy score. Each needs minutes for twenty recordings.
"""

from __future__ import annotations

from .cdpam import Cdpam, cdpam_distance
from .listener import Told, tell_apart

__all__ = ["Cdpam", "Told", "cdpam_distance", "tell_apart"]
