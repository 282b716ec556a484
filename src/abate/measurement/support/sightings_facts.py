"""What sightings and checks hold that a claim could rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from abate.measurement.counting.scope import calendar, keys
from abate.measurement.tables.columns import Checks, Sightings, Words
from abate.measurement.weeks import DAY, NO_TIME, Micros, monday, weeks_of

Weeks = frozenset[int]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class SightingsFacts:
    """Counts over all files of sightings together."""

    weeks: Weeks = frozenset()
    """Weeks in which something was seen."""
    platforms: Mapping[str, Weeks]
    """Platform → weeks in which something was seen there."""
    channels: int = 0
    audience: int = 0
    """Different pseudonyms; of several files, those of the largest."""
    audience_weeks: Weeks = frozenset()
    repeated: int = 0
    """Of these, those seen on more than one day."""
    follower_weeks: Weeks = frozenset()
    views: int = 0
    """Rows with views."""
    aged_views: int = 0
    """Rows with views, the time they were read, and the time of the post: what can be compared at equal age."""
    shared_content: Mapping[str, int]
    """``group``, ``platform``, ``language`` → how many of its values show content (a signal, else an item) that can be
    compared."""
    collectors: tuple[str, ...] = ()
    recaptured: int = 0
    """Channels that the best pair of collectors both saw."""
    versions: int = 0
    kinds: tuple[str, ...] = ()
    retrospective: bool = False

    @property
    def span(self) -> int:
        """Return the weeks from the first to the last."""
        return max(self.weeks) - min(self.weeks) + 1 if self.weeks else 0

    @property
    def period(self) -> str:
        """Return the first and the last week as their Mondays."""
        return f"{monday(min(self.weeks))} to {monday(max(self.weeks))}"


def sightings_facts(tables: Sequence[Sightings]) -> SightingsFacts | None:
    """Count over all tables; ``None`` where there is none."""
    if not tables:
        return None
    lists = _lists(tables)
    readers = [_readers(table) for table in tables]
    return SightingsFacts(
        weeks=_union(_weeks_where(table, None) for table in tables),
        platforms=_platforms(tables),
        channels=len(lists),
        audience=max(people for people, _ in readers),
        repeated=max(again for _, again in readers),
        audience_weeks=_union(_weeks_where(table, _has_word(table, "audience")) for table in tables),
        follower_weeks=_union(_weeks_where(table, _has_count(table, "followers")) for table in tables),
        views=sum(int(_has_count(table, "views").sum()) for table in tables),
        aged_views=sum(int(_aged(table).sum()) for table in tables),
        shared_content={by: len(_carriers(tables, by)) for by in ("group", "platform", "language")},
        collectors=tuple(sorted(_words(tables, "collector"))),
        recaptured=_recaptured(lists.values()),
        versions=len(_words(tables, "collector_version")),
        kinds=tuple(sorted(_words(tables, "kind"))),
        retrospective=any(calendar(table, _when(table), None, None).retrospective for table in tables),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecksFacts:
    """What checks hold."""

    channels: int
    weeks: Weeks
    rows: int


def checks_facts(tables: Sequence[Checks]) -> ChecksFacts | None:
    """Count over all tables; ``None`` where there is none."""
    if not tables:
        return None
    channels = {table.channel.names[code] for table in tables for code in np.unique(table.channel.codes) if code >= 0}
    weeks = _union(_set(weeks_of(table.checked_at)) for table in tables)
    return ChecksFacts(channels=len(channels), weeks=weeks, rows=sum(len(table) for table in tables))


def _when(table: Sightings) -> Micros:
    if table.posted_at is None:
        return table.observed_at
    return np.where(table.posted_at == NO_TIME, table.observed_at, np.minimum(table.posted_at, table.observed_at))


def _weeks_where(table: Sightings, keep: Mask | None) -> Weeks:
    week = weeks_of(_when(table))
    return _set(week if keep is None else week[keep])


def _platforms(tables: Sequence[Sightings]) -> dict[str, Weeks]:
    out: dict[str, Weeks] = {}
    for table in tables:
        pairs = np.unique(weeks_of(_when(table)) * (len(table.platform.names) + 1) + table.platform.codes + 1)
        week, place = np.divmod(pairs, len(table.platform.names) + 1)
        for code in np.unique(place).tolist():
            name = table.platform.names[code - 1] if code else ""
            out[name] = out.get(name, frozenset()) | _set(week[place == code])
    return dict(sorted(out.items()))


def _lists(tables: Sequence[Sightings]) -> dict[tuple[str, str], set[str]]:
    """Return platform and channel → the collectors that saw it."""
    out: dict[tuple[str, str], set[str]] = {}
    for table in tables:
        _, rows = np.unique(keys(table, ("platform", "channel", "collector")), return_index=True)
        for row in rows.tolist():
            seen = out.setdefault((table.platform.text(row), table.channel.text(row)), set())
            name = table.collector.text(row) if table.collector is not None else ""
            if name:
                seen.add(name)
    return out


def _recaptured(lists: Iterable[set[str]]) -> int:
    """Return the channels that two lists share, for the pair that shares most."""
    together: dict[tuple[str, ...], int] = {}
    for names in lists:
        for pair in combinations(sorted(names), 2):
            together[pair] = together.get(pair, 0) + 1
    return max(together.values(), default=0)


def _readers(table: Sightings) -> tuple[int, int]:
    """Return how many pseudonyms there are, and how many of them were seen on more than one day."""
    if table.audience is None:
        return 0, 0
    rows = np.flatnonzero(table.audience.codes >= 0)
    who = np.unique(keys(table, ("platform", "audience"))[rows], return_inverse=True)[1]
    day = _when(table)[rows] // DAY
    order = np.lexsort((day, who))
    another_day = (np.diff(who[order]) == 0) & (np.diff(day[order]) > 0)
    return int(who.max(initial=-1)) + 1, len(np.unique(who[order][1:][another_day]))


def _aged(table: Sightings) -> Mask:
    """Return the rows whose views have an age."""
    if table.views is None or table.views_at is None or table.posted_at is None:
        return np.zeros(len(table), dtype=bool)
    return np.asarray((table.views >= 0) & (table.views_at != NO_TIME) & (table.posted_at != NO_TIME))


def _carriers(tables: Sequence[Sightings], by: str) -> set[str]:
    """Return the values of a column that show content which another table or value could share."""
    out: set[str] = set()
    for table in tables:
        column: Words | None = getattr(table, by)
        content = table.signal if table.signal is not None else table.item
        if column is None or content is None:
            continue
        codes = np.unique(column.codes[(content.codes >= 0) & (column.codes >= 0)])
        out |= {column.names[code] for code in codes.tolist()}
    return out


def _words(tables: Sequence[Sightings], name: str) -> set[str]:
    out: set[str] = set()
    for table in tables:
        column: Words | None = getattr(table, name)
        if column is not None:
            out |= {column.names[code] for code in np.unique(column.codes).tolist() if code >= 0}
    return out


def _has_word(table: Sightings, name: str) -> Mask:
    column: Words | None = getattr(table, name)
    return np.zeros(len(table), dtype=bool) if column is None else np.asarray(column.codes >= 0)


def _has_count(table: Sightings, name: str) -> Mask:
    column: Micros | None = getattr(table, name)
    return np.zeros(len(table), dtype=bool) if column is None else np.asarray(column >= 0)


def _set(values: npt.NDArray[np.int64]) -> Weeks:
    return frozenset(np.unique(values).tolist())


def _union(parts: Iterable[Weeks]) -> Weeks:
    return frozenset[int]().union(*parts)
