"""The tables of the contract: which columns each has, how their cells are read, and what its rows must agree on.

A new table is an entry here, a class in :mod:`abate.measurement.tables.columns` and a reader of two lines in
:mod:`abate.measurement.tables.read`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from abate.measurement.tables import cells, numbers
from abate.measurement.tables.cells import Column
from abate.measurement.tables.rules import RECORD, WEB, Consequence, Rule, in_order, known_results, once, within
from abate.measurement.weeks import DAY

Converter = Callable[[Any], Column]
"""From an Arrow column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of the contract."""

    name: str
    needed: Mapping[str, Converter]
    """A row in which one of these is empty or unreadable is left out."""
    others: Mapping[str, Converter]
    strict: frozenset[str] = frozenset()
    """Of the others, those that may be empty, but cost the row when they say something unusable: a wrong weight is
    worse than a missing row."""
    rules: tuple[Rule, ...] = ()

    @property
    def columns(self) -> dict[str, Converter]:
        """Return all columns."""
        return {**self.needed, **self.others}


SIGHTINGS = Table(
    name="sightings",
    needed={"observed_at": cells.times, "platform": cells.words, "channel": cells.words},
    others={
        "posted_at": cells.times,
        "group": cells.words,
        "language": cells.words,
        "country": cells.words,
        "kind": cells.words,
        "item": cells.words,
        "audience": cells.words,
        "views": numbers.counts,
        "views_at": cells.times,
        "followers": numbers.counts,
        "signal": cells.words,
        "collector": cells.words,
        "collector_version": cells.words,
        "seed_panel": cells.flags,
    },
    rules=(
        within(WEB, "observed_at", "posted_at", "views_at"),
        in_order(
            "posted_at", "observed_at", Consequence.TOLD, "the earlier of the two counts; set the clocks", slack=DAY
        ),
        in_order(
            "posted_at", "views_at", Consequence.EMPTIED, "views have no age then; correct one of them", slack=DAY
        ),
    ),
)
CHECKS = Table(
    name="checks",
    needed={"channel": cells.words, "checked_at": cells.times, "result": cells.words},
    others={"collector": cells.words},
    rules=(within(WEB, "checked_at"), known_results),
)
_SPAN = ("subject", "platform", "first_seen", "last_seen", "created", "removed", "reason")
LIFETIMES = Table(
    name="lifetimes",
    needed={"subject": cells.words, "platform": cells.words, "first_seen": cells.times, "last_seen": cells.times},
    others={
        "created": cells.times,
        "removed": cells.times,
        "reason": cells.words,
        "views_at_removal": numbers.counts,
        "operator": cells.words,
    },
    strict=frozenset({"created", "removed"}),
    rules=(
        within(RECORD, "first_seen", "last_seen", "created", "removed"),
        in_order(
            "created", "first_seen", Consequence.LEFT_OUT, "what is not there cannot be seen; correct one of them"
        ),
        in_order("first_seen", "last_seen", Consequence.LEFT_OUT, "correct or swap them"),
        in_order(
            "first_seen", "removed", Consequence.LEFT_OUT, "what is gone cannot be seen first; correct one of them"
        ),
        in_order("last_seen", "removed", Consequence.TOLD, "the removal counts; was it restored?", slack=DAY),
        once("subject", _SPAN, "a lifetime counts once; remove the row"),
    ),
)
INTERVENTIONS = Table(
    name="interventions",
    needed={"date": cells.times, "platform": cells.words, "kind": cells.words},
    others={"end": cells.times, "note": cells.words},
    rules=(
        within(RECORD, "date", "end"),
        in_order("date", "end", Consequence.EMPTIED, "correct or swap them"),
        once("date", ("date", "platform", "kind", "end", "note"), "an intervention counts once; remove the row"),
    ),
)
INCIDENTS = Table(
    name="incidents",
    needed={"date": cells.times},
    others={"country": cells.words, "kind": cells.words, "count": numbers.counts},
    strict=frozenset({"count"}),
    rules=(within(RECORD, "date"),),
)
LABELS = Table(
    name="labels",
    needed={"item": cells.words},
    others={
        "stratum": cells.words,
        "views": numbers.counts,
        "inclusion_probability": numbers.probabilities,
        "label": cells.words,
        "score": numbers.shares,
        "channel": cells.words,
        "posted_at": cells.times,
    },
    strict=frozenset({"views", "inclusion_probability", "score"}),
    rules=(
        within(WEB, "posted_at"),
        once(
            "item", ("item", "channel"), "an item counts once, with its label; settle which row holds", prefer="label"
        ),
    ),
)
SURVEYS = Table(
    name="surveys",
    needed={"date": cells.times, "question": cells.words, "share": numbers.shares, "margin": numbers.shares},
    others={"n": numbers.counts, "source": cells.words},
    rules=(
        within(RECORD, "date"),
        once(
            "question", ("date", "question", "share", "margin", "n", "source"), "a survey counts once; remove the row"
        ),
    ),
)
TABLES = {table.name: table for table in (SIGHTINGS, CHECKS, LIFETIMES, INTERVENTIONS, INCIDENTS, LABELS, SURVEYS)}
"""By name; a series has no columns of its own and is not among them."""
