"""The history as Parquet: one state, whole files, the columns that measurement reads."""

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import StoreError
from abate.domain.history import HistoryEvent, Step
from abate.stores import history
from abate.stores.history import export_history, write_parquet
from abate.stores.memory import MemoryStore
from abate.stores.open import open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _events(number: int, every: timedelta = timedelta(days=1)) -> list[HistoryEvent]:
    return [
        HistoryEvent(
            at=NOON + position * every,
            step=Step.REACTED,
            item=f"i{position}",
            platform="p",
            channel="c",
            audience=f"a{position}",
            views=position or None,
            posted_at=NOON if position % 2 else None,
            detail="d",
        )
        for position in range(number)
    ]


@pytest.fixture(params=["memory:", ""], ids=["memory", "sqlite"])
def store(request, tmp_path):
    opened = open_store(request.param, home=tmp_path / "home")
    opened.migrate()
    yield opened
    opened.close()


def test_the_history_comes_out_whole_one_file_a_month(store, tmp_path, monkeypatch):
    monkeypatch.setattr(history, "BATCH", 7)
    events = _events(100)
    with store.write() as tables:
        tables.history.append(events)
    files = export_history(store, tmp_path / "out")
    assert [path.name for path in files] == [f"history-2026-0{month}-000.parquet" for month in (3, 4, 5, 6)]
    # Microseconds, because DuckDB hands out times with a zone only where pytz happens to be installed.
    asked = "SELECT item, views, epoch_us(views_at) FROM read_parquet(?) ORDER BY observed_at"
    found = duckdb.execute(asked, [f"{tmp_path}/out/*.parquet"]).fetchall()
    assert [row[0] for row in found] == [event.item for event in events]
    assert [row[1] for row in found] == [event.views for event in events]
    micros = timedelta(microseconds=1)
    assert [row[2] for row in found] == [(event.at - EPOCH) // micros if event.views else None for event in events]


def test_columns_are_those_of_sightings_and_what_is_empty_is_null(tmp_path):
    (file,) = write_parquet([HistoryEvent(at=NOON, step=Step.CHECKED, item="\ud800")], tmp_path)
    table = pq.read_table(file)
    assert table.schema.equals(history.SCHEMA)
    assert table.schema.field("observed_at").type == pa.timestamp("us", tz="UTC")
    row = table.to_pylist()[0]
    assert (row["platform"], row["channel"], row["group"], row["detail"]) == ("", "", None, None)
    assert (row["item"], row["step"], row["observed_at"]) == ("?", "checked", NOON)


def test_a_new_export_replaces_the_old_one(tmp_path):
    write_parquet(_events(100), tmp_path)
    (tmp_path / "mine.parquet").touch()
    write_parquet(_events(3), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history-2026-03-000.parquet", "mine.parquet"]


def test_an_empty_history_is_no_file(tmp_path):
    assert export_history(MemoryStore(), tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_more_months_than_files_may_be_open_give_more_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "OPEN_PARTS", 2)
    monkeypatch.setattr(history, "BATCH", 5)
    there_and_back = _events(5, timedelta(days=31))
    files = write_parquet([*there_and_back, *there_and_back], tmp_path)
    assert "history-2026-03-001.parquet" in {path.name for path in files}
    assert pq.read_table(tmp_path).num_rows == 10


def test_an_export_that_fails_leaves_the_old_one(tmp_path):
    def broken():
        yield from _events(3)
        msg = "gone"
        raise StoreError(msg)

    write_parquet(_events(40), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StoreError, match="gone"):
        write_parquet(broken(), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write the history into"):
        write_parquet([], tmp_path / "file")


def test_a_store_of_a_stranger_is_read_without_batches(tmp_path):
    class Log:
        def read(self, **_how):
            return _events(3)

    class Tables:
        history = Log()

    class Stranger:
        def read(self):
            from contextlib import nullcontext

            return nullcontext(Tables())

    assert len(export_history(Stranger(), tmp_path)) == 1
