"""Measure: from the store's own history, or from tables that somebody collected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.flows.lives import LivesQuestion, survival_of
from abate.flows.sources import Source, checks_of, interventions_of, sightings_of
from abate.measurement.drawing.chart import render
from abate.measurement.drawing.pictures import presence_chart as draw_presence
from abate.measurement.lives.survival import Survival
from abate.measurement.rollup.ask import AskedOfRollup, following_kept, presence_kept, reach_kept
from abate.measurement.rollup.file import SUFFIX, is_rollup, read_rollup, source_of, write_rollup
from abate.measurement.rollup.kept import Rollup, refuse
from abate.measurement.rollup.make import COLUMNS as ROLLUP_COLUMNS
from abate.measurement.rollup.make import roll_up
from abate.measurement.tables import read
from abate.measurement.weekly.following import COLUMNS as FOLLOWING_COLUMNS
from abate.measurement.weekly.following import Following, following
from abate.measurement.weekly.presence import COLUMNS as PRESENCE_COLUMNS
from abate.measurement.weekly.presence import Presence, presence
from abate.measurement.weekly.reach import AGE, Reach, reach
from abate.measurement.weekly.reach import COLUMNS as REACH_COLUMNS


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked, and of which tables; ``None`` asks the store."""

    sightings: Path | None = None
    checks: Path | None = None
    interventions: Path | None = None
    panel: Path | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    until: datetime | None = None
    seed: int = 0
    suppress_below: int | None = None
    age: timedelta = AGE
    """Reach: how old an item is when its views are read."""


def presence_of(kit: Asking, asked: Question) -> Presence:
    """Count active channels a week.

    :raises InputError: when there is nothing to count, or a table cannot be read
    """
    if is_rollup(asked.sightings):
        return presence_kept(_of_rollup(kit, asked))
    return presence(**_weekly(kit, asked, PRESENCE_COLUMNS))  # type: ignore[arg-type]  # the same keywords for both measures


def following_of(kit: Asking, asked: Question) -> Following:
    """Count the different people a week.

    :raises InputError: as for :func:`presence_of`
    """
    if is_rollup(asked.sightings):
        return following_kept(_of_rollup(kit, asked))
    return following(**_weekly(kit, asked, FOLLOWING_COLUMNS))  # type: ignore[arg-type]  # the same keywords for both measures


def reach_of(kit: Asking, asked: Question) -> Reach:
    """Add up views at an equal age.

    :raises InputError: as for :func:`presence_of`
    """
    if is_rollup(asked.sightings):
        return reach_kept(_of_rollup(kit, asked), asked.age)
    return reach(age=asked.age, **_weekly(kit, asked, REACH_COLUMNS))  # type: ignore[arg-type]  # the same keywords for all three


def _weekly(kit: Asking, asked: Question, columns: Sequence[str]) -> dict[str, object]:
    common = {
        "by": asked.by,
        "until": asked.until,
        "seed": asked.seed,
        "panel": read.read_panel(asked.panel) if asked.panel else None,
        "suppress_below": asked.suppress_below,
    }
    source = _source(asked)
    return common | {
        "sightings": sightings_of(kit, source, (*columns, *asked.by)),
        "checks": checks_of(kit, source),
        "interventions": interventions_of(kit, source),
    }


def _of_rollup(kit: Asking, asked: Question) -> AskedOfRollup:
    """Read a roll-up, and refuse what only its table can answer."""
    assert asked.sightings is not None
    rollup = read_rollup(asked.sightings)
    for option, given in (("--until", asked.until), ("--panel", asked.panel)):
        if given is not None:
            refuse(option, "which sightings count cannot be chosen any more", rollup)
    if asked.mapping:
        msg = "--map: the columns were named when the roll-up was made; rename those of other tables in their files"
        raise InputError(msg, where=str(asked.sightings))
    return AskedOfRollup(
        rollup=rollup,
        checks=checks_of(kit, _source(asked)),
        interventions=interventions_of(kit, _source(asked)),
        by=asked.by,
        seed=asked.seed,
        suppress_below=asked.suppress_below,
    )


def keep_rollup(sightings: Path, mapping: Mapping[str, str], age: timedelta, out: Path) -> Rollup:
    """Roll sightings up into a file.

    :param age: at which views are read
    :raises InputError: when the sightings cannot be read, or the file cannot be written
    """
    if not is_rollup(out):
        msg = f"a roll-up ends in {SUFFIX}; name it so, or nobody can tell it from a table"
        raise InputError(msg, where=str(out))
    # What tells the files apart from later ones is taken first: a change while they are read is one since.
    source = source_of(sightings) if sightings.exists() else ()
    rollup = roll_up(read.read_sightings(sightings, mapping, ROLLUP_COLUMNS), source, age)
    write_rollup(rollup, out)
    return rollup


def _source(asked: Question) -> Source:
    return Source(
        sightings=asked.sightings,
        checks=asked.checks,
        interventions=asked.interventions,
        mapping=asked.mapping,
    )


def presence_from_store(kit: Asking, *, by: tuple[str, ...] = ()) -> Presence:
    """Count active channels a week from the store's own history."""
    return presence_of(kit, Question(by=by))


def following_from_store(kit: Asking) -> Following:
    """Count the different people a week from the store's own history."""
    return following_of(kit, Question())


def survival_from_store(kit: Asking) -> Survival:
    """Estimate from the store's own history how long channels last."""
    return survival_of(kit, LivesQuestion())


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """A measure as the first page shows it."""

    chart: str
    """SVG without any style of its own."""
    sentences: tuple[str, ...]
    """What coincided with each intervention, with its interval."""


def presence_at_a_glance(kit: Asking) -> Glance | None:
    """Return the presence curve with a sentence for each intervention; ``None`` while there is nothing to draw."""
    try:
        answer = presence_from_store(kit)
    except InputError:
        return None
    drawn = render(draw_presence(answer), standalone=False, name="presence", height=400)
    sentences = tuple(f"{one.sentence[0].upper()}{one.sentence[1:]}." for one in answer.breaks)
    return Glance(chart=drawn, sentences=sentences)
