"""Has the instrument changed? Collector versions and announced changes, and what a fixed panel says beside everything.

A new version of a collector finds other things, and the curve takes a step that nobody in the world took. A fixed panel
of channels, looked at in the same way throughout, shows the step or does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abate.measurement.counting.breaks import Series, compared
from abate.measurement.counting.distinct import Whole
from abate.measurement.counting.persistence import Compared
from abate.measurement.counting.scope import Mask
from abate.measurement.footing import Caveat, Json, finite
from abate.measurement.tables.columns import Interventions, Sightings
from abate.measurement.weeks import monday, week_of

_NAMED = 5
"""So many changes are named in a warning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of instrument."""

    week: int
    what: str

    def __str__(self) -> str:
        return f"{self.what} in the week of {monday(self.week)}"


def changes(sightings: Sightings, interventions: Interventions | None) -> tuple[Change, ...]:
    """Return new versions of a collector in the file, and interventions whose kind begins with ``collector``."""
    return all_changes(versions(sightings), interventions)


def all_changes(seen: Sequence[Change], interventions: Interventions | None) -> tuple[Change, ...]:
    """Return the changes that were seen and those that were announced, in order."""
    found = set(_announced(interventions)) | set(seen)
    return tuple(sorted(found, key=lambda one: (one.week, one.what)))


def _announced(interventions: Interventions | None) -> list[Change]:
    if interventions is None:
        return []
    kinds = [interventions.kind.text(row) for row in range(len(interventions))]
    return [
        Change(week=week_of(int(interventions.date[row])), what=kind)
        for row, kind in enumerate(kinds)
        if kind.startswith("collector")
    ]


def versions(sightings: Sightings) -> list[Change]:
    """Return the versions that came after another of the same collector."""
    version, collector = sightings.collector_version, sightings.collector
    if version is None:
        return []
    many = len(version.names) + 1
    key = version.codes.astype(np.int64) + 1
    if collector is not None:
        key += (collector.codes.astype(np.int64) + 1) * many
    pairs, first = _first_seen(key, sightings)
    out = []
    before: dict[int, str] = {}
    for place in np.argsort(first, kind="stable"):
        of, code = divmod(int(pairs[place]), many)
        name = version.names[code - 1] if code else ""
        if not name:
            continue
        whose = "" if collector is None or not of else f" of {collector.names[of - 1]}"
        if of in before:
            what = f"version {before[of]} → {name}{whose}"
            out.append(Change(week=week_of(int(first[place])), what=what))
        before[of] = name
    return out


def _first_seen(key: Whole, sightings: Sightings) -> tuple[Whole, Whole]:
    pairs = np.flatnonzero(np.bincount(key)).astype(np.int64)
    first = np.full(int(key.max()) + 1, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, key, sightings.observed_at)
    return pairs, first[pairs]


def change_caveats(found: tuple[Change, ...]) -> list[Caveat]:
    """Name the changes and their weeks."""
    if not found:
        return []
    named = ", ".join(map(str, found[:_NAMED]))
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    text = f"the instrument changed: {named}{more}; a step in those weeks may be the collector's"
    return [Caveat(code="instrument-change", text=text)]


def of_panel(sightings: Sightings) -> Mask | None:
    """Return which rows are of the fixed panel, shape ``(rows,)``; ``None`` where there is none."""
    if sightings.seed_panel is None:
        return None
    mine: Mask = sightings.seed_panel == 1
    return mine if mine.any() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelChange:
    """What a change of instrument did to the fixed panel, and to everything."""

    change: Change
    panel: Compared | None
    everything: Compared | None

    def to_json(self) -> Json:
        """Return the row of ``panel.changes``."""
        return {
            "week": monday(self.change.week).isoformat(),
            "change": self.change.what,
            "panel": _ratio(self.panel),
            "everything": _ratio(self.everything),
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """Say both beside each other."""
        if self.panel is None or self.everything is None:
            return f"too few usable weeks around {self.change} to set the fixed panel beside everything"
        mine, whole = (
            f"{one.ratio:.2f} [{one.interval[0]:.2f}, {one.interval[1]:.2f}]" for one in (self.panel, self.everything)
        )
        return (
            f"around {self.change} the fixed panel came to {mine} times what it was and everything to {whole}; "
            "where they differ, the instrument is the likelier reason"
        )


def _ratio(found: Compared | None) -> Json:
    if found is None:
        return {"ratio": None, "interval": None}
    return {"ratio": finite(found.ratio), "interval": list(found.interval)}


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelBeside:
    """The fixed panel by week, and around each change of instrument."""

    first: int
    series: Series
    """NaN where a week is missing or provisional."""
    changes: tuple[PanelChange, ...]

    def to_json(self) -> Json:
        """Return the contract's ``panel``."""
        rows = [
            {"week": monday(self.first + place).isoformat(), "value": finite(value)}
            for place, value in enumerate(self.series.tolist())
        ]
        return {"rows": rows, "changes": [one.to_json() for one in self.changes]}


def beside(found: tuple[Change, ...], panel: Series, everything: Series, first: int) -> PanelBeside:
    """Compare the panel and everything around each change.

    :param panel: shape ``(weeks,)``, of the fixed panel; ``first`` is the number of its first week
    :param everything: the same of all
    """
    rows = tuple(
        PanelChange(
            change=one,
            panel=compared(panel, first, one.week, one.week),
            everything=compared(everything, first, one.week, one.week),
        )
        for one in found
    )
    return PanelBeside(first=first, series=panel, changes=rows)
