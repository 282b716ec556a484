"""Which rows are copies of one another, so that copies never stand in two parts of a split.

Two rows belong together when they have

- the same words, once letter case, numbers, links, ``@names`` and a leading ``RT`` are taken away;
- or the same first 40 letters, case taken away (only texts that have as many);
- or one template, or one source, where the table has such columns.

Belonging is passed on: copies of copies are copies. What one template gives with other words is not seen without
its column.
"""

import re
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from abate.flows.training.labelled import Labelled

FIRST_LETTERS = 40
_MASKED = re.compile(r"https?://\S+|www\.\S+|@\w+|\brt\b|[\d_]+")
_BETWEEN = re.compile(r"\W+")
_NO_LETTER = re.compile(r"[\W\d_]+")
_LONGEST_LOOK = 20_000
"""Characters of a text that are looked at; two that agree so far are taken for copies."""

Groups = npt.NDArray[np.int64]


def groups_of(rows: Labelled) -> Groups:
    """Return a group number for each row, 0, 1, 2 … in order of first appearance, shape ``(rows,)``."""
    return united([_keys(rows, place) for place in range(len(rows))])


def _keys(rows: Labelled, place: int) -> list[Hashable]:
    text = rows.texts[place][:_LONGEST_LOOK].casefold()
    keys: list[Hashable] = []
    words = " ".join(_BETWEEN.sub(" ", _MASKED.sub(" ", text)).split())
    if words:
        keys.append(("words", words))
    letters = _NO_LETTER.sub("", text)[:FIRST_LETTERS]
    if len(letters) == FIRST_LETTERS:
        keys.append(("letters", letters))
    if rows.templates[place]:
        keys.append(("template", rows.templates[place]))
    if rows.sources[place]:
        keys.append(("source", rows.sources[place]))
    return keys


def united(keys: Sequence[Sequence[Hashable]]) -> Groups:
    """Return the group of each row: rows that share a key, or are joined by rows that do, are one group."""
    parent = list(range(len(keys)))
    holder: dict[Hashable, int] = {}
    for place, mine in enumerate(keys):
        for key in mine:
            first = holder.setdefault(key, place)
            _join(parent, first, place)
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(_root(parent, place), len(numbers)) for place in range(len(keys))], np.int64)


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def _join(parent: list[int], one: int, other: int) -> None:
    first, second = _root(parent, one), _root(parent, other)
    if first != second:
        parent[max(first, second)] = min(first, second)
