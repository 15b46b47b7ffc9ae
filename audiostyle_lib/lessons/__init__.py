"""What only the book's lessons need: checks of exercises, layouts to compare, a trained network."""

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from . import check

__getattr__, __dir__, _names = attach(__name__, {"check": ""})
