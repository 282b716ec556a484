"""Whatever a table holds, it says the same from CSV, from JSON lines and from Parquet."""

import csv
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abate.measurement.tables import contract, read
from abate.measurement.tables.columns import Words
from abate.measurement.tables.series import read_series
from abate.measurement.weeks import NO_TIME, to_moment

WORD = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=12
).filter(lambda text: text == text.strip())
FIRST = datetime(1995, 1, 1, tzinfo=UTC)
TIME = st.integers(0, 95 * 365 * 86_400_000_000).map(lambda micros: FIRST + timedelta(microseconds=micros))
COUNT = st.integers(0, 2**53)
SHARE = st.floats(0, 1, allow_subnormal=False).filter(lambda share: share == 0 or share > 1e-9)

CELLS = {
    "times": TIME,
    "words": WORD,
    "counts": COUNT,
    "shares": SHARE,
    "probabilities": SHARE.filter(bool),
    "flags": st.booleans(),
}
READERS = {
    "sightings": read.read_sightings,
    "checks": read.read_checks,
    "lifetimes": read.read_lifetimes,
    "interventions": read.read_interventions,
    "incidents": read.read_incidents,
    "labels": read.read_labels,
    "surveys": read.read_surveys,
}


@st.composite
def tables(draw, name):
    """Rows that break no rule of the table: in order, each once."""
    table = contract.TABLES[name]
    others = draw(st.sets(st.sampled_from(sorted(table.others))))
    kinds = {column: table.columns[column].__name__ for column in (*table.needed, *sorted(others))}
    cells = {column: CELLS[kind] for column, kind in kinds.items()}
    cells |= {column: st.none() | cell for column, cell in cells.items() if column in others}
    if name == "checks":
        cells["result"] = st.sampled_from(["alive", "gone", "private", "error"])
    drawn = draw(st.lists(st.tuples(*cells.values()), min_size=1, max_size=6))
    rows = [dict(zip(cells, row, strict=True)) for row in drawn]
    for place, row in enumerate(rows):
        in_order(row)
        once = {"labels": "item", "lifetimes": "subject", "interventions": "kind", "surveys": "question"}.get(name)
        if once:
            row[once] = f"{row[once]} {place}"
    return rows


def in_order(row):
    for names in (("posted_at", "observed_at"), ("posted_at", "views_at"), ("date", "end")):
        sort(row, names)
    sort(row, ("created", "first_seen", "last_seen", "removed"))


def sort(row, names):
    there = [name for name in names if row.get(name) is not None]
    moments = sorted(row[name] for name in there)
    row |= dict(zip(there, moments, strict=True))


def spelled(value):
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def write_csv(path, rows, sign=","):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=sign)
        writer.writerow(rows[0])
        writer.writerows([["" if cell is None else spelled(cell) for cell in row.values()] for row in rows])
    return path


def write_jsonl(path, rows):
    lines = [json.dumps({name: spelled(cell) for name, cell in row.items()}) for row in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def write_parquet(path, rows):
    kinds = {name: contract_kind(name) for name in rows[0]}
    columns = {name: pa.array([row[name] for row in rows], kinds[name]) for name in rows[0]}
    pq.write_table(pa.table(columns), path)
    return path


def contract_kind(name):
    converters = {table.columns[name].__name__ for table in contract.TABLES.values() if name in table.columns}
    (kind,) = converters
    return {
        "times": pa.timestamp("us", "UTC"),
        "words": pa.string(),
        "counts": pa.int64(),
        "flags": pa.bool_(),
    }.get(kind, pa.float64())


def told(table):
    """The table's columns as Python values."""
    out = {}
    for column in fields(table):
        values = getattr(table, column.name)
        if isinstance(values, Words):
            out[column.name] = [values.text(row) for row in range(len(table))]
        elif isinstance(values, np.ndarray):
            out[column.name] = [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
    return out


def meant(rows, table):
    """The rows as the columns should say them."""
    out = {}
    for name in rows[0]:
        kind = table.columns[name].__name__
        empty = {"times": NO_TIME, "words": "", "counts": -1, "flags": -1}.get(kind)
        out[name] = [empty if row[name] is None else row[name] for row in rows]
    return out


def plain(name, values):
    if name in {"observed_at", "posted_at", "views_at", "checked_at", "created", "first_seen", "last_seen"} | {
        "removed",
        "date",
        "end",
    }:
        return [None if value == NO_TIME else to_moment(value) for value in values]
    return values


@pytest.mark.parametrize("name", sorted(READERS))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_a_table_says_the_same_from_every_kind_of_file(tmp_path, name, data):
    rows = data.draw(tables(name))
    sign = data.draw(st.sampled_from([",", ";", "\t"]))
    files = [
        write_csv(tmp_path / "t.csv", rows, sign),
        write_jsonl(tmp_path / "t.jsonl", rows),
        write_parquet(tmp_path / "t.parquet", rows),
    ]
    wanted = {
        column: [None if cell == NO_TIME else cell for cell in cells]
        for column, cells in meant(rows, contract.TABLES[name]).items()
    }
    if name == "incidents":
        wanted["count"] = [1 if cell == -1 else cell for cell in wanted.get("count", [-1] * len(rows))]
    for path in files:
        table = READERS[name](path)
        assert (table.reading.rows, table.reading.skipped, table.reading.problems) == (len(rows), 0, ())
        found = {column: plain(column, cells) for column, cells in told(table).items()}
        assert found == wanted, path.suffix


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(WORD.filter(lambda text: "|" not in text), min_size=1, max_size=4, unique=True),
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False), min_size=1, max_size=6),
)
def test_a_series_keeps_its_numbers_to_the_last_digit(tmp_path, names, values):
    rows = [{"time": place, **{f"{name}\u00b7": value for name in names}} for place, value in enumerate(values)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    pq.write_table(pa.table(columns), tmp_path / "s.parquet")
    for path in (
        write_csv(tmp_path / "s.csv", rows, "\t"),
        write_jsonl(tmp_path / "s.jsonl", rows),
        tmp_path / "s.parquet",
    ):
        series = read_series(path)
        assert series.names == tuple(rows[0])
        for name, cells in columns.items():
            assert series.numbers(name).tolist() == cells
