"""The tables that measurement reads, as columns: one class a table of the contract, but for series.

A text column is held as small integers into a list of names (``Words``), a time as int64 microseconds UTC, a count as
int64 with -1 for unknown, a real number as float64 with NaN for unknown. A column that a file does not have is
``None``, so that fifty million sightings cost only what they say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.weeks import Micros

Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
"""Shape ``(rows,)``; NaN where unknown."""
Rows = npt.NDArray[np.int64]
"""Row numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A dictionary-encoded text column."""

    codes: Codes
    """Shape ``(rows,)``: place in ``names``, or -1 where the cell is empty."""
    names: Sequence[str]

    def text(self, row: int) -> str:
        """Return the cell; empty where it is."""
        code = int(self.codes[row])
        return "" if code < 0 else self.names[code]

    def code_of(self, name: str) -> int:
        """Return the place of a name, or -1 when no cell can hold it."""
        return self.names.index(name) if name in self.names else -1


def encode(values: Iterable[str]) -> Words:
    """Turn text cells into :class:`Words`; an empty string is an empty cell."""
    places: dict[str, int] = {"": -1}
    names: list[str] = []
    codes: list[int] = []
    for value in values:
        place = places.get(value)
        if place is None:
            place = places[value] = len(names)
            names.append(value)
        codes.append(place)
    return Words(codes=np.array(codes, dtype=np.int32), names=names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One row or cell that could not be used."""

    where: str
    """``file:line`` for text, ``file:row N`` for Parquet."""
    text: str
    """What, and what to do."""
    left_out: bool = True
    """Whether the whole row was left out, not only a cell of it emptied."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How the reading of a file went. Empty for tables built from the history."""

    file: str = ""
    rows: int = 0
    """Rows found, used or not."""
    skipped: int = 0
    problems: tuple[Problem, ...] = ()
    """The first hundred."""
    emptied: int = 0
    """Cells that say nothing usable, of rows that were kept."""
    naive_times: int = 0
    """Times without an offset, read as UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sightings:
    """Something seen at a time on a channel; one row a sighting, or a reader, or a follower count."""

    observed_at: Micros
    platform: Words
    channel: Words
    posted_at: Micros | None = None
    group: Words | None = None
    language: Words | None = None
    country: Words | None = None
    kind: Words | None = None
    item: Words | None = None
    audience: Words | None = None
    """Pseudonym of one follower or reader, meaningful within one platform only."""
    views: Counts | None = None
    views_at: Micros | None = None
    followers: Counts | None = None
    signal: Words | None = None
    collector: Words | None = None
    collector_version: Words | None = None
    seed_panel: Codes | None = None
    """1 yes, 0 no, -1 unknown."""
    reading: Reading = Reading()
    derived: dict[tuple[object, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What measures worked out of these rows and may ask again; see :mod:`abate.measurement.counting.remembered`."""

    def __len__(self) -> int:
        return len(self.observed_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checks:
    """Channels looked at: ``result`` is alive, gone, private or error."""

    channel: Words
    checked_at: Micros
    result: Words
    collector: Words | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.checked_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lifetimes:
    """When a subject (account, channel, item) began, was first and last seen, and was removed."""

    subject: Words
    platform: Words
    first_seen: Micros
    last_seen: Micros
    created: Micros | None = None
    removed: Micros | None = None
    reason: Words | None = None
    views_at_removal: Counts | None = None
    operator: Words | None = None
    """A lineage of channels that an analyst holds to be run by the same hands, never a person. How often such a link is
    wrong is the analyst's to say too; it is not in the table but given with the question (``--operator-error-rate``).
    """
    more: Mapping[str, Words] = field(default_factory=dict)
    """Further columns to divide by, read because somebody named them."""
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.first_seen)

    def column(self, name: str) -> Words:
        """Return a column to divide by.

        :raises InputError: when there is none of this name
        """
        found = {"platform": self.platform, "operator": self.operator, **self.more}
        column = found.get(name)
        if column is None:
            there = ", ".join(sorted(key for key, value in found.items() if value is not None and key != "operator"))
            other = "or another column of the file that is no time and names no single channel"
            msg = f"--by {name}: the lifetimes have no such column to divide by; choose from {there}, {other}"
            raise InputError(msg, where=self.reading.file)
        return column


@dataclass(frozen=True, kw_only=True, slots=True)
class Interventions:
    """Something done at a date; a ``kind`` beginning with ``collector`` marks a change of instrument."""

    date: Micros
    platform: Words
    kind: Words
    end: Micros | None = None
    note: Words | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.date)


@dataclass(frozen=True, kw_only=True, slots=True)
class Incidents:
    """What happened off the platforms; a row without a count is one incident."""

    date: Micros
    count: Counts
    """1 where the file gives none; 0 is a day on which somebody looked and nothing happened."""
    country: Words | None = None
    kind: Words | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.date)


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """A population of items, some of them labelled by people; the rows without a label are the rest of it."""

    item: Words
    stratum: Words | None = None
    views: Counts | None = None
    inclusion_probability: Numbers | None = None
    """In (0, 1]: how likely the item was to be drawn for labelling."""
    label: Words | None = None
    """Empty: not labelled."""
    score: Numbers | None = None
    """In [0, 1]: what a classifier gives for the label that is counted."""
    channel: Words | None = None
    posted_at: Micros | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.item.codes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Surveys:
    """What people answered when somebody asked: a share with its margin of error, both between 0 and 1."""

    date: Micros
    question: Words
    share: Numbers
    margin: Numbers
    """Half the width of the 95 % interval, as surveys print it."""
    n: Counts | None = None
    source: Words | None = None
    reading: Reading = Reading()

    def __len__(self) -> int:
        return len(self.date)


CHECK_RESULTS = ("alive", "gone", "private", "error")
