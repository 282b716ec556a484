"""The invented region whole: three platforms and what is labelled, said and suffered around them, as every table.

``abate simulate platform`` writes it. Whoever wants to know whether a measure can be believed runs it on these tables
and compares the answer with ``truth.json``.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from abate.domain.history import Step
from abate.measurement.footing import Json
from abate.measurement.platform import opinion, words
from abate.measurement.platform.elsewhere import MOVED_SHARE, SALTMARSH, TIDEWATER, Elsewhere, elsewhere
from abate.measurement.platform.generate import Generated, generate
from abate.measurement.platform.lives import TAKEDOWN_WEEK, WEEKS, YEAR, ChannelLife, Year
from abate.measurement.platform.posts import group_posts
from abate.measurement.platform.seeing import Readers, Row, Seen, readers, seen, views

_TIMES = frozenset(
    {"observed_at", "posted_at", "views_at", "checked_at", "created", "first_seen", "last_seen", "removed", "date"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """Rows by table name, and the truth about them."""

    tables: dict[str, tuple[Row, ...]]
    truth: Json


def region(seed: int = 0, *, scale: float = 1.0) -> Region:
    """Invent a year of the region.

    :param scale: how many channels and people; 1 makes some 60 channels of the group at their peak
    """
    made = generate(seed, scale=scale)
    year = Year(seed=seed, scale=scale, start=made.start)
    places = (_guarded(year, made), *elsewhere(year, [life for life in made.lives if life.reason == "takedown"]))
    weekly = [_active(place) for place in places]
    collected, read = seen(year, places), readers(year, _reactions(made))
    told = {
        "incidents": opinion.incidents(year, [sum(week) for week in zip(*weekly, strict=True)]),
        "labels": opinion.labels(year),
        "replies": opinion.replies(year),
        "surveys": opinion.surveys(year),
    }
    tables = {
        "sightings": (*collected.rows, *views(year, places), *read.rows),
        "checks": tuple(_checks(made)),
        "lifetimes": tuple(_lifetimes(year, places)),
        "interventions": tuple(_interventions(made)),
        "series": tuple(_series(year, places, weekly, made)),
    } | {name: one.rows for name, one in told.items()}
    truth = _truth(made, weekly, collected, read) | {name: one.truth for name, one in told.items()}
    return Region(tables=tables, truth=truth)


def _guarded(year: Year, made: Generated) -> Elsewhere:
    drafts = tuple(draft for life in made.lives for draft in group_posts(year, life, life.removed))
    return Elsewhere(platform=words.PLATFORM, lives=made.lives, drafts=drafts)


def _active(place: Elsewhere) -> list[int]:
    active: list[set[str]] = [set() for _ in range(WEEKS)]
    for draft in place.drafts:
        active[int(draft.posted // 7)].add(draft.channel)
    return [len(channels) for channels in active]


def _reactions(made: Generated) -> list[Row]:
    mine = {post.item.id for post in made.posts if post.of_group}
    return [
        {
            "observed_at": event.at,
            "platform": event.platform,
            "channel": event.channel,
            "group": words.GROUP,
            "language": event.language,
            "kind": "reaction",
            "item": event.item,
            "audience": event.audience,
        }
        for event in made.events
        if event.step is Step.REACTED and event.item in mine
    ]


def _checks(made: Generated) -> Iterator[Row]:
    for event in made.events:
        if event.step is Step.CHECKED:
            yield {"channel": event.channel, "checked_at": event.at, "result": event.detail}


def _lifetimes(year: Year, places: Sequence[Elsewhere]) -> Iterator[Row]:
    for place in places:
        first: dict[str, float] = {}
        last: dict[str, float] = {}
        for draft in place.drafts:
            first[draft.channel] = min(first.get(draft.channel, YEAR), draft.observed)
            last[draft.channel] = max(last.get(draft.channel, 0.0), draft.posted)
        for life in place.lives:
            if life.name in first and first[life.name] < min(life.removed, YEAR):
                yield _lifetime(year, place.platform, life, first[life.name], last[life.name])


def _lifetime(year: Year, platform: str, life: ChannelLife, first: float, last: float) -> Row:
    ended = life.removed < YEAR
    return {
        "subject": life.name,
        "platform": platform,
        "created": year.moment(life.created),
        "first_seen": year.moment(first),
        "last_seen": year.moment(min(max(last, first), life.removed, YEAR)),
        "removed": year.moment(life.removed) if ended else None,
        "reason": life.reason if ended else "",
        "operator": life.operator,
        "language": life.language,
    }


def _interventions(made: Generated) -> Iterator[Row]:
    for one in made.interventions:
        yield {"date": one.date, "platform": one.platform, "kind": one.kind, "note": one.note}


def _series(year: Year, places: Sequence[Elsewhere], weekly: Sequence[Sequence[int]], made: Generated) -> Iterator[Row]:
    """Yield weekly presence by platform, beside a negative control: channels of neighbours, which nothing strikes."""
    neighbours: list[set[str]] = [set() for _ in range(WEEKS)]
    for post in made.posts:
        posted = post.item.posted_at
        if not post.of_group and posted is not None:
            neighbours[min((posted - made.start) // timedelta(weeks=1), WEEKS - 1)].add(post.item.channel)
    for week in range(WEEKS):
        row: Row = {"week": year.moment(week * 7.0).date().isoformat()}
        row |= {place.platform: counts[week] for place, counts in zip(places, weekly, strict=True)}
        yield row | {"neighbours": len(neighbours[week])}


def _truth(made: Generated, weekly: Sequence[Sequence[int]], collected: Seen, read: Readers) -> Json:
    guarded = made.truth.to_json()
    before, after = range(TAKEDOWN_WEEK - 8, TAKEDOWN_WEEK), range(TAKEDOWN_WEEK + 1, TAKEDOWN_WEEK + 9)
    twin = made.truth.without_takedown
    return guarded | {
        "platforms": [words.PLATFORM, TIDEWATER, SALTMARSH],
        "presence_by_platform": dict(zip((words.PLATFORM, TIDEWATER, SALTMARSH), weekly, strict=True)),
        "effect_per_week": sum(weekly[0][week] - twin[week] for week in after) / len(after),
        "displacement": {
            "moved_share": MOVED_SHARE,
            "drop": sum(weekly[0][week] for week in after) / 8 - sum(weekly[0][week] for week in before) / 8,
            "rise": sum(weekly[1][week] for week in after) / 8 - sum(weekly[1][week] for week in before) / 8,
        },
        "hidden": {"channels": collected.channels, "found": collected.found},
        "recruitment": {
            "exposed": read.exposed,
            "repeated": read.repeated,
            "invited": read.invited,
            "contacted": read.contacted,
        },
    }


def write_region(made: Region, folder: Path) -> list[Path]:
    """Write every table as Parquet and ``truth.json``; return the files.

    :param folder: made where it is missing; files of these names are replaced
    """
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for name, rows in made.tables.items():
        out.append(folder / f"{name}.parquet")
        _write(rows, out[-1])
    out.append(folder / "truth.json")
    text = json.dumps(made.truth, indent=2, ensure_ascii=False, allow_nan=False)
    out[-1].write_text(f"{text}\n", "utf-8")
    return out


def _write(rows: Sequence[Row], path: Path) -> None:
    import pyarrow as pa  # heavy: only where a file is written
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for row in rows for name in row))
    moment = pa.timestamp("us", "UTC")
    columns = {name: pa.array([row.get(name) for row in rows], moment if name in _TIMES else None) for name in names}
    pq.write_table(pa.table(columns), path)
