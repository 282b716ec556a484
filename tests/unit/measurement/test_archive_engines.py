"""The same questions to DuckDB, to Spark and to our own counting give the same numbers."""

import importlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.counting.channels import first_and_last, returns
from abate.measurement.tables.read import read_sightings
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weekly.reach import reach
from abate.measurement.weeks import monday
from plugin_needs import all_must_run


def scale(name):
    """A package of the extra ``scale``; where every test must run, its absence is an error and no reason to skip."""
    if all_must_run():
        return importlib.import_module(name)
    return pytest.importorskip(name, reason="pip install '.[scale]'")


scale("ibis")
Archive = importlib.import_module("abate.measurement.archive").Archive

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
NAMES = {"active_channels", "audience", "reach", "first_and_last", "returns", "follower_range"}


def rows_of(size=400, seed=2):
    """Sightings with ties, edges of weeks, late and missing posting times, empty names, silence, three platforms."""
    draw = np.random.default_rng(seed)
    out = []
    for number in range(size):
        week = int(draw.choice([0, 1, 2, 7, 8, 9, 15]))
        edge = [timedelta(0), timedelta(microseconds=-1), timedelta(hours=int(draw.integers(0, 168)))][number % 3]
        observed = MONDAY + timedelta(weeks=week) + edge
        posted = None if draw.random() < 0.3 else observed - timedelta(hours=int(draw.integers(-5, 200)))
        channel = int(draw.integers(0, 9))
        out.append(
            {
                "observed_at": observed,
                "posted_at": posted,
                "platform": "pq"[channel % 2] if draw.random() < 0.9 else "r",
                "channel": f"c{channel}",
                "item": None if draw.random() < 0.2 else f"i{int(draw.integers(0, 120))}",
                "audience": ["", None, f"a{int(draw.integers(0, 30))}", f"a{int(draw.integers(0, 30))}"][number % 4],
                "views": None if draw.random() < 0.3 else int(draw.integers(0, 1000)),
                "followers": None if draw.random() < 0.6 else 1000 * channel + number,
            }
        )
    return out


def write(path, rows):
    types = {"observed_at": pa.timestamp("us", "UTC"), "posted_at": pa.timestamp("us", "UTC"), "views": pa.int64()}
    types |= {"followers": pa.int64()}
    names = rows[0].keys()
    columns = {name: pa.array([row[name] for row in rows], types.get(name, pa.string())) for name in names}
    pq.write_table(pa.table(columns), path)
    return path


def answers(archive):
    """All six, as plain lists."""
    out = {}
    for name in NAMES:
        table = getattr(archive, name)().to_pyarrow()
        out[name] = [tuple(row.values()) for row in table.to_pylist()]
    return out


def expected(path):
    """The same from our own counting."""
    table = read_sightings(path)
    spans, back = first_and_last(table), returns(table)
    weekly = [presence(table), following(table), reach(table), following(replace(table, audience=None))]
    active, people, views, counts = ([row for row in one.rows if row.value or row.total] for one in weekly)
    return {
        "active_channels": [(row.week, row.value) for row in active],
        "audience": [(row.week, row.value, row.total) for row in people],
        "reach": [(row.week, row.value) for row in views],
        "first_and_last": sorted(zip(*names(table, spans), spans.first, spans.last, strict=True)),
        "returns": sorted(zip(back.week, *names(table, back), back.silent, strict=True)),
        "follower_range": [(row.week, *row.bounds) for row in counts],
    }


def names(table, of):
    """Platforms and channels in words."""
    return [
        [words.names[code] for code in codes]
        for words, codes in ((table.platform, of.platform), (table.channel, of.channel))
    ]


@pytest.fixture
def duckdb():
    import ibis

    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kathmandu"])
def test_duckdb_counts_as_we_do_in_every_time_zone(tmp_path, duckdb, zone):
    rows = rows_of()
    path = write(tmp_path / "s.parquet", rows)
    duckdb.raw_sql(f"SET TimeZone = '{zone}'")
    assert answers(Archive(duckdb.read_parquet(path))) == expected(path)


def test_weeks_are_mondays(tmp_path, duckdb):
    rows = rows_of(60)
    weeks = [week for week, _ in answers(Archive(duckdb.read_parquet(write(tmp_path / "s.parquet", rows))))["reach"]]
    assert all(monday(week).weekday() == 0 for week in weeks)


def test_a_table_with_the_needed_columns_only_has_presence_and_returns(tmp_path, duckdb):
    rows = [{name: row[name] for name in ("observed_at", "platform", "channel")} for row in rows_of(50)]
    archive = Archive(duckdb.read_parquet(write(tmp_path / "s.parquet", rows)))
    table = read_sightings(tmp_path / "s.parquet")
    assert archive.active_channels().to_pyarrow().column("value").to_pylist() == [
        row.value for row in presence(table).rows if row.value
    ]
    assert archive.returns(1).count().to_pyarrow().as_py() > 0
    for ask in (archive.audience, archive.reach, archive.follower_range):
        with pytest.raises(InputError, match="have no column"):
            ask()


def test_views_have_their_own_time(tmp_path, duckdb):
    late = {"observed_at": MONDAY + timedelta(days=30), "posted_at": MONDAY, "platform": "p", "channel": "c"}
    rows = [late | {"item": "1", "views": 5}, late | {"item": "2", "views": 7}]
    table = duckdb.read_parquet(write(tmp_path / "s.parquet", rows))
    assert Archive(table).reach().count().to_pyarrow().as_py() == 0
    import ibis

    looked = ibis.ifelse(
        table.item == "1", ibis.timestamp("2025-03-05T00:00:00", timezone="UTC"), ibis.null("timestamp")
    )
    assert Archive(table.mutate(views_at=looked)).reach().to_pyarrow().column("value").to_pylist() == [5]


def test_what_cannot_be_asked_is_said(tmp_path, duckdb):
    import ibis

    path = write(tmp_path / "s.parquet", [{"observed_at": MONDAY, "platform": "p"}])
    with pytest.raises(InputError, match="need the column channel"):
        Archive(duckdb.read_parquet(path))
    with pytest.raises(InputError, match="not on sqlite"):
        Archive(ibis.sqlite.connect().create_table("s", schema=ibis.schema({"channel": "string"})))


@pytest.mark.needs_program("java", "default-jre-headless")
def test_spark_gives_the_same_numbers_whatever_zone_its_session_has(tmp_path):
    """In one zone that is not UTC: the questions are few, starting Spark and compiling its plans is what takes time."""
    import ibis

    pyspark = scale("pyspark")
    path = write(tmp_path / "s.parquet", rows_of())
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = pyspark.sql.SparkSession.builder.master("local[1]").appName("abate")
    settings = {
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "America/Los_Angeles",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        connection = ibis.pyspark.connect(session)
        session.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
        assert answers(Archive(connection.read_parquet(str(path)))) == expected(path)
    finally:
        session.stop()
