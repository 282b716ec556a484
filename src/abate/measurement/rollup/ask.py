"""Ask a roll-up what is else asked of sightings; the answers are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from abate.measurement.counting.scope import Calendar
from abate.measurement.counting.suppression import suppress
from abate.measurement.rollup.kept import KeptSeen, KeptTold, Measure, Rollup, refuse
from abate.measurement.rollup.make import FOLLOWING, PRESENCE, REACH
from abate.measurement.tables.columns import Checks, Interventions
from abate.measurement.weekly.following import Following, following_told
from abate.measurement.weekly.presence import Presence, presence_told
from abate.measurement.weekly.reach import Reach, reach_told
from abate.measurement.weekly.weekly_answer import Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedOfRollup:
    """A question, without what only the table can answer."""

    rollup: Rollup
    checks: Checks | None = None
    interventions: Interventions | None = None
    by: Sequence[str] = ()
    seed: int = 0
    suppress_below: int | None = None


def presence_kept(asked: AskedOfRollup) -> Presence:
    """Return the active channels of each week.

    :raises abate.domain.errors.InputError: where the question needs the table itself
    """
    measure = asked.rollup.measure(PRESENCE)
    return presence_told(KeptTold(asked.rollup, measure), _scope(asked, measure), asked.by, asked.suppress_below)


def following_kept(asked: AskedOfRollup) -> Following:
    """Return the different people of each week.

    :raises abate.domain.errors.InputError: where the question needs the table itself
    """
    measure = asked.rollup.measure(FOLLOWING)
    assert measure.whole is not None
    told, scope = KeptTold(asked.rollup, measure), _scope(asked, measure)
    rows = suppress(told.rows(scope.weeks, scope.missing, asked.by), asked.suppress_below)
    return following_told(told, scope, rows, measure.whole, asked.suppress_below)


def reach_kept(asked: AskedOfRollup, age: timedelta) -> Reach:
    """Return the views of each week at the age that was kept.

    :raises abate.domain.errors.InputError: where the question needs the table itself
    """
    measure = asked.rollup.measure(REACH)
    kept = timedelta(microseconds=measure.age)
    if age != kept:
        days = f"{kept / timedelta(days=1):g} days"
        refuse("--age", f"only views within {days} of posting are kept", asked.rollup)
    told, scope = KeptTold(asked.rollup, measure), _scope(asked, measure)
    return reach_told(told, scope, age, asked.by, measure.doubts, asked.suppress_below)


def _scope(asked: AskedOfRollup, measure: Measure) -> Scope:
    weeks = _calendar(asked, measure)
    return Scope.of(KeptSeen(asked.rollup), weeks, asked.checks, asked.interventions, asked.seed)


def _calendar(asked: AskedOfRollup, measure: Measure) -> Calendar:
    checks = asked.checks
    if checks is not None and len(checks) and int(checks.checked_at.max()) > measure.extent.latest:
        refuse("--checks", "checks after the last sighting move the day up to which all is known", asked.rollup)
    return measure.extent.calendar(checks, age=measure.age)
