"""The invented year as the tables of measurement: Parquet files and ``truth.json``, for trying the measures on."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.history import HistoryEvent, Step
from abate.measurement.platform import words
from abate.measurement.platform.generate import Generated
from abate.measurement.platform.lives import YEAR
from abate.measurement.tables.columns import Checks, Interventions, Lifetimes, Sightings, Words, encode
from abate.measurement.tables.history import HistoryTables, from_history
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros

_TIMES = {
    "observed_at",
    "posted_at",
    "views_at",
    "checked_at",
    "created",
    "first_seen",
    "last_seen",
    "removed",
    "date",
    "end",
}


def tables_of(generated: Generated) -> HistoryTables:
    """Return what a pipeline that misses nothing would make of the year, with the true dates of creation and end."""
    matched = [
        HistoryEvent(
            at=post.observed_at,
            step=Step.MATCHED,
            item=post.item.id,
            platform=post.item.platform,
            channel=post.item.channel,
            group=words.GROUP,
            language=post.item.language,
            kind=post.item.kind.value,
            posted_at=post.item.posted_at,
            views=post.item.views,
        )
        for post in generated.posts
        if post.of_group
    ]
    tables = from_history([*matched, *generated.events], generated.interventions)
    return replace(tables, lifetimes=_with_truth(tables.lifetimes, generated))


def _with_truth(lifetimes: Lifetimes, generated: Generated) -> Lifetimes:
    """Put in what a platform knows of its own channels: when each was opened and ended, by whom and why."""
    lives = {life.name: life for life in generated.lives}
    mine = [lives[lifetimes.subject.text(row)] for row in range(len(lifetimes))]
    start = to_micros(generated.start)
    ended = np.array([life.removed < YEAR for life in mine], dtype=bool)
    removed = _micros(start, [life.removed for life in mine])
    return replace(
        lifetimes,
        created=_micros(start, [life.created for life in mine]),
        removed=np.where(ended, removed, NO_TIME),
        last_seen=np.where(ended, np.minimum(lifetimes.last_seen, removed), lifetimes.last_seen),
        reason=encode(life.reason if life.removed < YEAR else "" for life in mine),
        operator=encode(life.operator for life in mine),
    )


def _micros(start: int, days: Sequence[float]) -> Micros:
    return np.array([start + round(day * 86_400) * (DAY // 86_400) for day in days], dtype=np.int64)


def write_tables(generated: Generated, folder: Path) -> None:
    """Write ``sightings``, ``checks``, ``lifetimes`` and ``interventions`` as Parquet, and ``truth.json``.

    :param folder: made where it is missing; files of these names are replaced
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = tables_of(generated)
    write_table(tables.sightings, folder / "sightings.parquet")
    write_table(tables.checks, folder / "checks.parquet")
    write_table(tables.lifetimes, folder / "lifetimes.parquet")
    write_table(tables.interventions, folder / "interventions.parquet")
    text = json.dumps(generated.truth.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "truth.json").write_text(f"{text}\n", "utf-8")


def write_table(table: Sightings | Checks | Lifetimes | Interventions, path: Path) -> None:
    """Write one table as Parquet, leaving out the columns that it does not have."""
    import pyarrow as pa  # heavy: only where a file is written
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {}
    for column in fields(table):
        values = getattr(table, column.name)
        if isinstance(values, Words):
            names = pa.array(list(values.names), pa.string())
            places = pa.array(values.codes, mask=values.codes < 0)
            columns[column.name] = pa.DictionaryArray.from_arrays(places, names).cast(pa.string())
        elif isinstance(values, np.ndarray) and column.name in _TIMES:
            columns[column.name] = pa.array(values, mask=values == NO_TIME).cast(pa.timestamp("us", "UTC"))
        elif isinstance(values, np.ndarray):
            columns[column.name] = pa.array(values, mask=values < 0)
    pq.write_table(pa.table(columns), path)
