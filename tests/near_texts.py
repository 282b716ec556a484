"""Invented texts, and what near_text makes of them: shared by the tests that hold copies against what is known."""

import random

from abate.domain.item import Item, Kind, Material
from abate.signals.near_text import NearText

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def vocabulary(seed: int, count: int = 4000) -> list[str]:
    """Return invented words, each of two to four syllables."""
    chance = random.Random(seed)
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(count)]


WORDS = vocabulary(1)


def posts(seed: int, count: int, *, words: int = 45) -> list[str]:
    """Return texts of some 280 characters."""
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=words)) for _ in range(count)]


def edited(text: str, share: float, seed: int = 0) -> str:
    """Return a text in which so many of the words are others."""
    chance = random.Random(f"{seed} {text}")
    words = text.split()
    for place in chance.sample(range(len(words)), round(share * len(words))):
        words[place] = chance.choice(WORDS)
    return " ".join(words)


def signal_of(text: str, kind: Kind = Kind.TEXT):
    return NearText().compute(Material(item=Item(id="1", kind=kind, text=text)))


def value_of(text: str) -> str:
    found = signal_of(text)
    assert found is not None
    return found.value
