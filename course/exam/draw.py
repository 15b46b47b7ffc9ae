"""How a function that draws numbers becomes a question of the bank."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from quizzes import Choice, Item

Draw = Callable[[Random], Item]
BANK: list[Draw] = []
TITLES = {
    1: "Pictures and the Gram matrix",
    2: "Sound as image",
    6: "Textures and scores",
    7: "Receptive fields",
    8: "Streams, mixtures and pitch",
    12: "Listening tests",
}


def drawn(chapter: int) -> Callable[[Callable[[Random], tuple]], Draw]:
    """Make an item of a function that returns text, answer and reason.

    An answer is a number, a number with its tolerance, or choices of which the first is right.
    """

    def register(make: Callable[[Random], tuple]) -> Draw:
        def item(rng: Random) -> Item:
            text, answer, why = make(rng)
            name = make.__name__.replace("_", "-")
            if isinstance(answer, list):
                choices = [
                    Choice(words, i == 0, why if i == 0 else "") for i, words in enumerate(answer)
                ]
                rng.shuffle(choices)
                return Item(name, TITLES[chapter], text, choices, why=why)
            number, near = answer if isinstance(answer, tuple) else (answer, 0.0)
            return Item(name, TITLES[chapter], text, (), number, near, why)

        BANK.append(item)
        return item

    return register


def near(number: float, share: float = 0.02) -> tuple[float, float]:
    """A number that may be rounded: to within a share of it."""
    return round(number, 6), round(abs(number) * share, 6)
