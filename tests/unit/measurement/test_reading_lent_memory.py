"""Rules on columns whose memory is lent, and on tables without rows."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.flows.sources import Source, incidents_of, labels_of, lifetimes_of, series_of, surveys_of
from abate.measurement.tables.cells import Column
from abate.measurement.tables.moments import axis_of
from abate.measurement.tables.numbers import read_number
from abate.measurement.tables.read import read_lifetimes
from abate.measurement.tables.rules import Consequence, clear, in_order
from abate.measurement.weeks import DAY, NO_TIME


def lent(*values):
    column = Column(values=np.array(values, dtype=np.int64))
    column.values.flags.writeable = False
    return column


def test_a_rule_writes_into_its_own_copy_where_memory_is_lent():
    columns = {"first": lent(100 * DAY + 5, 7), "second": lent(100 * DAY, 9)}
    findings = list(in_order("first", "second", Consequence.LEFT_OUT, "mend it")(columns))
    assert [finding.rows.tolist() for finding in findings] == [[]]
    assert columns["second"].values.tolist() == [100 * DAY + 5, 9]
    clear(columns["first"], np.array([1]))
    assert columns["first"].values.tolist() == [100 * DAY + 5, NO_TIME]


def test_a_table_without_rows_breaks_no_rule_and_is_refused(tmp_path):
    times = {name: pa.array([], pa.timestamp("us", "UTC")) for name in ("first_seen", "last_seen")}
    words = {name: pa.array([], pa.string()) for name in ("subject", "platform")}
    pq.write_table(pa.table(times | words), tmp_path / "l.parquet")
    with pytest.raises(InputError, match="no row can be used as lifetimes"):
        read_lifetimes(tmp_path / "l.parquet")


def test_nothing_is_no_number_and_has_no_times():
    assert np.isnan(read_number(None))
    assert len(axis_of((), str).at) == 0


@pytest.mark.parametrize(
    ("of", "name"), [(incidents_of, "incidents"), (labels_of, "labels"), (surveys_of, "surveys"), (series_of, "series")]
)
def test_a_table_that_no_store_holds_has_to_be_given(of, name):
    with pytest.raises(InputError, match=f"no {name} were given; add --{name} FILE"):
        of(Source())


def test_one_map_serves_every_table_of_a_question(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    source = Source(
        incidents=write("i.csv", "day,count\n2025-03-03,2\n"),
        labels=write("l.csv", "post,label\na,yes\n"),
        surveys=write("s.csv", "day,question,share,margin\n2025-03-03,q,0.5,0.03\n"),
        series=write("t.csv", "week,y\n2025-03-03,1\n"),
        lifetimes=write("f.csv", "who,platform,first_seen,last_seen\na,p,2025-03-03,2025-03-04\n"),
        mapping={"day": "date", "post": "item", "week": "time", "who": "subject"},
    )
    assert source.shared
    assert incidents_of(source).count.tolist() == [2]
    assert labels_of(source).item.text(0) == "a"
    assert surveys_of(source).share.tolist() == [0.5]
    assert series_of(source).names == ("time", "y")
    assert lifetimes_of(None, source).subject.text(0) == "a"
    assert not Source(series=source.series).shared
