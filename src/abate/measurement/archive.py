"""The weekly counts as questions to an engine, for archives that lie in a database or on a cluster.

Each is an Ibis expression over a table of sightings (columns as in the contract), executed where the table lies: DuckDB
on one machine, Spark on many. The numbers are those of :mod:`abate.measurement.weekly` and its neighbours. Needs the
extra ``scale``.

Four things made engines disagree, and are settled here. A week is counted from microseconds since 1970 UTC, because a
cast from a time with a zone to one without takes the session's zone with it. Every order is total: where times are the
same, platform and channel decide, so that a first or a previous row is the same row everywhere. A bare date, which is
stored as its midnight, means the whole day, as it does where tables are read. And counts are exact; no engine's
approximation is asked for.
"""

from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from abate.domain.errors import InputError
from abate.measurement.weeks import DAY, WEEK, week_start

CHANNEL = ("platform", "channel")


_TAKES = ((dt.timestamp,), dt.int64)


@ibis.udf.scalar.builtin(name="epoch_us", signature=_TAKES)  # type: ignore[untyped-decorator]  # Ibis has no types
def _epoch_us(moment: Any) -> Any:  # noqa: ANN401 - an Ibis column; Ibis writes the call
    """Microseconds since 1970 UTC, as DuckDB says it; a time without a zone is UTC."""


@ibis.udf.scalar.builtin(name="unix_micros", signature=_TAKES)  # type: ignore[untyped-decorator]  # as above
def _unix_micros(moment: Any) -> Any:  # noqa: ANN401 - as above
    """Microseconds since 1970 UTC, as Spark says it."""


_MICROS: dict[str, Any] = {"duckdb": _epoch_us, "pyspark": _unix_micros}


class Archive:
    """Questions to one table of sightings.

    Each answer is an Ibis table whose ``week`` is the number of a week (:func:`abate.measurement.weeks.monday` gives
    its Monday), in a total order.
    """

    def __init__(self, sightings: Any) -> None:  # noqa: ANN401 - an Ibis table; Ibis is an extra
        """Prepare the questions; nothing is executed.

        :param sightings: an Ibis table that lies on DuckDB or Spark
        :raises InputError: for another engine, or when a needed column is missing
        """
        engine = sightings.get_backend().name
        if engine not in _MICROS:
            msg = f"archives lie on {' or '.join(_MICROS)}, not on {engine}; copy the sightings to Parquet"
            raise InputError(msg)
        missing = [name for name in ("observed_at", *CHANNEL) if name not in sightings.columns]
        if missing:
            msg = f"sightings need the column {missing[0]}; rename it with table.rename({missing[0]}=…)"
            raise InputError(msg)
        self._micros = _MICROS[engine]
        self._sightings = _counted(sightings, self._micros)

    def active_channels(self) -> Any:  # noqa: ANN401 - an Ibis table, as all answers
        """Return ``week, value``: how many channels were active."""
        seen = self._sightings.select("week", *CHANNEL).distinct()
        return seen.group_by("week").agg(value=seen.count()).order_by("week")

    def audience(self) -> Any:  # noqa: ANN401 - as above
        """Return ``week, value, sum``: how many different people, and their sum over channels."""
        self._require("audience")
        people = _counted_for_readers(self._sightings)
        pairs = people.select("week", *CHANNEL, "audience").distinct()
        one = pairs.select("week", "platform", "audience").distinct()
        union = one.group_by("week").agg(value=one.count())
        total = pairs.group_by("week").agg(sum=pairs.count())
        return union.join(total, "week").select("week", "value", "sum").order_by("week")

    def reach(self, age: timedelta = timedelta(days=7)) -> Any:  # noqa: ANN401 - as above
        """Return ``week, value``: views by posting week, each item at its largest count within ``age`` of posting.

        An item was posted at the earliest time that any of its rows knows; without one it cannot be compared. A row
        without an item is one of its own.
        """
        self._require("posted_at", "views")
        seen = self._sightings
        looked = seen.views_us if "views_us" in seen.columns else seen.observed_us
        named = _named(seen.item) if "item" in seen.columns else ibis.literal(False)
        posted = seen.own_us
        if "item" in seen.columns:
            posted = ibis.ifelse(named, posted.min().over(ibis.window(group_by=("platform", "item"))), posted)
        dated = seen.mutate(posted_us=posted, looked_us=looked, named=named)
        dated = dated.filter(dated.posted_us.notnull(), dated.views >= 0)
        within = dated.filter(dated.looked_us - dated.posted_us <= age // timedelta(microseconds=1))
        within = within.mutate(week=_week(within.posted_us))
        each = within.filter(~within.named).select("week", "views")
        if "item" in seen.columns:
            item = within.filter(within.named).group_by("week", "platform", "item").agg(views=within.views.max())
            each = each.union(item.select("week", "views"))
        return each.group_by("week").agg(value=each.views.sum()).order_by("week")

    def first_and_last(self) -> Any:  # noqa: ANN401 - as above
        """Return ``platform, channel, first, last``: microseconds since 1970 UTC of the first and last observation."""
        seen = self._sightings
        ends = seen.group_by(CHANNEL).agg(first=seen.observed_us.min(), last=seen.observed_us.max())
        return ends.order_by(*CHANNEL)

    def returns(self, silent: int = 4) -> Any:  # noqa: ANN401 - as above
        """Return ``week, platform, channel, silent``: channels active again after at least so many silent weeks."""
        active = self._sightings.select("week", *CHANNEL).distinct()
        order = ibis.window(group_by=CHANNEL, order_by=("week", *CHANNEL))
        gaps = active.mutate(silent=active.week - active.week.lag().over(order) - 1)
        return gaps.filter(gaps.silent >= silent).order_by("week", *CHANNEL)

    def follower_range(self) -> Any:  # noqa: ANN401 - as above
        """Return ``week, largest, sum`` of the last follower count of each channel in the week of observation.

        Of counts seen at the same moment the larger one is taken.
        """
        self._require("followers")
        asked = self._sightings.filter(self._sightings.followers >= 0)
        asked = asked.mutate(week=_week(asked.observed_us))
        latest = ibis.window(
            group_by=("week", *CHANNEL), order_by=(asked.observed_us.desc(), asked.followers.desc(), *CHANNEL)
        )
        last = asked.mutate(place=ibis.row_number().over(latest)).filter(ibis._.place == 0)
        ends = last.group_by("week").agg(largest=last.followers.max(), sum=last.followers.sum())
        return ends.order_by("week")

    def _require(self, *names: str) -> None:
        for name in names:
            if name not in self._sightings.columns:
                msg = f"the sightings have no column {name!r}; rename one with table.rename({name}=…)"
                raise InputError(msg)


def _week(micros: Any) -> Any:  # noqa: ANN401 - Ibis columns
    return (micros - week_start(0)) // WEEK


def _counted(sightings: Any, micros: Any) -> Any:  # noqa: ANN401 - Ibis tables and functions
    """Add when each row was observed and when it counts, in microseconds, and the week of that; drop empty names."""
    seen = sightings.filter(sightings.observed_at.notnull(), *(_named(sightings[name]) for name in CHANNEL)).mutate(
        observed_us=micros(sightings.observed_at)
    )
    own = ibis.null("int64")
    if "posted_at" in seen.columns:
        posted = micros(seen.posted_at)
        bare = (seen.observed_us % DAY == 0) & (seen.observed_us // DAY == posted // DAY)
        seen = seen.mutate(observed_us=ibis.ifelse(bare & (posted > seen.observed_us), posted, seen.observed_us))
        # A posting time after its observation is a wrong clock; the observation bounds it.
        own = ibis.ifelse(posted > seen.observed_us, seen.observed_us, posted)
    if "views_at" in seen.columns:
        seen = seen.mutate(views_us=ibis.coalesce(micros(seen.views_at), seen.observed_us))
    seen = seen.mutate(own_us=own)
    seen = seen.mutate(at=_first_time(seen, ("platform", "item")))
    return seen.mutate(week=_week(seen.at))


def _counted_for_readers(seen: Any) -> Any:  # noqa: ANN401 - Ibis tables
    """Keep the rows of readers; an item counts at its first reading by each."""
    people = seen.filter(_named(seen.audience))
    people = people.mutate(at=_first_time(people, ("platform", "item", "audience")))
    return people.mutate(week=_week(people.at))


def _first_time(seen: Any, item: tuple[str, ...]) -> Any:  # noqa: ANN401 - Ibis columns
    """Return the own posting time, else the earliest that the item's rows know, else its first observation."""
    alone = ibis.coalesce(seen.own_us, seen.observed_us)
    if "item" not in seen.columns:
        return alone
    same = ibis.window(group_by=item)
    shared = ibis.coalesce(seen.own_us, seen.own_us.min().over(same), seen.observed_us.min().over(same))
    return ibis.ifelse(_named(seen.item), shared, alone)


def _named(column: Any) -> Any:  # noqa: ANN401 - Ibis columns
    return column.notnull() & (column.cast("string") != "")
