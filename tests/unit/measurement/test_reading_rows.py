"""What rows contradict: each row that cannot be meant is named, and the rest goes on."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abate.domain.errors import InputError
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.tables.read import (
    read_checks,
    read_incidents,
    read_interventions,
    read_labels,
    read_lifetimes,
    read_sightings,
    read_surveys,
)
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import NO_TIME, to_moment


def write(path, text):
    path.write_text(text, "utf-8")
    return path


def said(table):
    """Line → what was said of it."""
    return {problem.where.rsplit(":", 1)[1]: problem.text for problem in table.reading.problems}


LIFETIMES = "subject,platform,created,first_seen,last_seen,removed\n"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("a,p,2025-01-01,2025-02-01,2025-01-20,", "last_seen: 2025-01-20 lies before first_seen; correct or swap"),
        ("a,p,2025-01-01,2025-02-01,2025-03-01,2025-01-15", "removed: 2025-01-15 lies before first_seen"),
        ("a,p,2025-02-02,2025-02-01,2025-03-01,", "first_seen: 2025-02-01 lies before created"),
        ("a,p,0205-01-01,2025-02-01,2025-03-01,", "created: 0205-01-01 lies outside the years 1900 to 2099"),
        ("a,p,2025-01-01,2025-02-01,2205-03-01,", "last_seen: 2205-03-01 lies outside"),
        ("a,p,someday,2025-02-01,2025-03-01,", "created: 'someday' is not a time"),
        ("x,p,2025-01-01,2025-02-01,2025-03-01,", "subject: stands in an earlier row; a lifetime counts once"),
    ],
)
def test_a_lifetime_that_contradicts_itself_is_left_out_and_named(tmp_path, row, wrong):
    table = read_lifetimes(write(tmp_path / "l.csv", f"{LIFETIMES}x,p,2025-01-01,2025-02-01,2025-03-01,\n{row}\n"))
    assert (len(table), table.subject.text(0), table.reading.skipped) == (1, "x", 1)
    assert said(table)["3"].startswith(wrong)


def test_a_bare_date_is_the_whole_day(tmp_path):
    row = "a,p,2025-02-01T15:00Z,2025-02-01,2025-02-01,2025-02-01\n"
    table = read_lifetimes(write(tmp_path / "l.csv", LIFETIMES + row))
    assert table.reading.problems == ()
    assert table.created[0] == table.first_seen[0] == table.last_seen[0] == table.removed[0]
    assert to_moment(int(table.created[0])).hour == 15


def test_a_subject_seen_after_its_removal_is_kept_and_said(tmp_path):
    row = "a,p,2025-01-01,2025-02-01,2025-03-09,2025-03-01\n"
    table = read_lifetimes(write(tmp_path / "l.csv", LIFETIMES + row))
    assert (len(table), table.reading.skipped, table.reading.emptied) == (1, 0, 0)
    assert said(table)["2"] == "removed: 2025-03-01 lies before last_seen; the removal counts; was it restored?"
    assert table.reading.problems[0].left_out is False


def test_a_subject_that_came_back_has_two_lifetimes(tmp_path):
    rows = "a,p,,2025-01-01,2025-01-09,2025-01-10\na,p,,2025-02-01,2025-02-09,2025-02-10\na,q,,2025-01-01,2025-01-09,\n"
    assert len(read_lifetimes(write(tmp_path / "l.csv", LIFETIMES + rows))) == 3


def test_the_operator_stays_a_lineage_beside_the_lifetimes(tmp_path):
    text = "subject,platform,first_seen,last_seen,operator\na,p,2025-01-01,2025-01-02,o1\n"
    assert read_lifetimes(write(tmp_path / "l.csv", text)).column("operator").text(0) == "o1"


def test_sightings_before_the_web_and_after_the_century_are_slips(tmp_path):
    text = (
        "observed_at,platform,channel,posted_at,views,views_at\n"
        "1970-01-01,p,a,,,\n"
        "2205-03-03,p,b,,,\n"
        "2025-03-03,p,c,0025-03-01,,\n"
        "2025-03-03,p,d,2025-03-01,5,2025-02-01\n"
        "2025-03-03,p,e,2025-04-01,,\n"
        "2025-03-03,p,f,2025-03-03T09:00Z,,\n"
    )
    table = read_sightings(write(tmp_path / "s.csv", text))
    assert [table.channel.text(row) for row in range(len(table))] == ["c", "d", "e", "f"]
    assert (table.reading.skipped, table.reading.emptied) == (2, 2)
    assert table.posted_at[0] == NO_TIME
    assert table.views_at[1] == NO_TIME
    lines = said(table)
    assert "2: observed_at: 1970-01-01 lies outside the years 1990 to 2099" in f"2: {lines['2']}"
    assert lines["5"] == "views_at: 2025-02-01 lies before posted_at; views have no age then; correct one of them"
    assert lines["6"].startswith("observed_at: 2025-03-03 lies before posted_at; the earlier of the two counts")
    assert "7" not in lines


def test_what_was_left_out_and_what_was_emptied_are_two_warnings(tmp_path):
    text = "observed_at,platform,channel,views\n2025-03-03,p,a,many\nsoon,p,b,1\n2025-03-03,p,c,1\n"
    found = reading_caveats(read_sightings(write(tmp_path / "s.csv", text)).reading)
    assert [caveat.code for caveat in found] == ["rows-skipped", "cells-emptied"]
    assert "1 of 3 rows was left out; the first: " in found[0].text
    assert "s.csv:3: observed_at: 'soon'" in found[0].text
    assert "1 cell says nothing usable" in found[1].text
    assert "s.csv:2: views: 'many'" in found[1].text


def test_a_row_is_left_out_for_one_reason_only(tmp_path):
    table = read_sightings(write(tmp_path / "s.csv", "observed_at,platform,channel\nsoon,,\n2025-03-03,p,a\n"))
    assert (table.reading.skipped, len(table.reading.problems)) == (1, 1)


def test_negative_and_gigantic_counts_are_unknown_whatever_the_file(tmp_path):
    rows = {"observed_at": ["2025-03-03"] * 4, "platform": ["p"] * 4, "channel": ["a", "b", "c", "d"]}
    huge = rows | {
        "views": pa.array([5, -1, None, 7]),
        "followers": pa.array([2**64 - 1, 1, None, 3], pa.uint64()),
    }
    pq.write_table(pa.table(huge), tmp_path / "s.parquet")
    table = read_sightings(tmp_path / "s.parquet")
    assert table.views.tolist() == [5, -1, -1, 7]
    assert table.followers.tolist() == [-1, 1, -1, 3]
    assert set(said(table)) == {"row 1", "row 2"}
    assert said(table)["row 2"] == "views: -1 is not a whole number of zero or more; write 1200"
    text = "observed_at,platform,channel,views\n2025-03-03,p,a,-5\n2025-03-03,p,b,1e300\n2025-03-03,p,c,1e3\n"
    table = read_sightings(write(tmp_path / "s.csv", text))
    assert table.views.tolist() == [-1, -1, 1000]
    assert table.reading.emptied == 2


def test_a_check_with_an_unknown_word_is_left_out_even_where_all_others_are_sound(tmp_path):
    text = "channel,checked_at,result\na,2025-03-03,alive\nb,2025-03-03,Alive?\nc,1925-03-03,gone\n"
    table = read_checks(write(tmp_path / "c.csv", text))
    assert (len(table), table.reading.skipped) == (1, 2)
    assert said(table)["3"] == "result: 'Alive?' is none of alive, gone, private, error; write one of them"
    assert "outside the years 1990" in said(table)["4"]


def test_an_intervention_twice_is_one_and_its_end_lies_after_it(tmp_path):
    rows = "2025-03-03,,p,takedown\n2025-03-03,,p,takedown\n2025-05-05,2025-04-04,p,block\n2025-05-05,,q,block\n"
    table = read_interventions(write(tmp_path / "i.csv", f"date,end,platform,kind\n{rows}"))
    assert len(table) == 3
    assert table.end.tolist() == [NO_TIME] * 3
    assert said(table)["3"].startswith("date: stands in an earlier row")
    assert said(table)["4"].startswith("end: 2025-04-04 lies before date")


def test_incidents_count_one_unless_they_say_otherwise(tmp_path):
    text = "date,country,kind,count\n2025-03-03,XA,arson,\n2025-03-03,XA,arson,\n2025-03-04,XB,,3\n2025-03-05,,,0\n"
    table = read_incidents(write(tmp_path / "i.csv", text))
    assert table.count.tolist() == [1, 1, 3, 0]
    assert (len(table), table.reading.problems) == (4, ())
    text = "date\n2025-03-03\n2025-03-04\n"
    assert read_incidents(write(tmp_path / "j.csv", text)).count.tolist() == [1, 1]


def test_an_incident_with_an_unreadable_count_is_not_taken_for_one(tmp_path):
    table = read_incidents(write(tmp_path / "i.csv", "date,count\n2025-03-03,some\n2025-03-04,-2\n2025-03-05,2\n"))
    assert (table.count.tolist(), table.reading.skipped) == ([2], 2)
    assert "is not a whole number" in said(table)["2"]


LABELS = "item,channel,views,inclusion_probability,label,score\n"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("b,c,5,0,yes,0.5", "inclusion_probability: 0 is no probability above 0 and up to 1"),
        ("b,c,5,1.5,yes,0.5", "inclusion_probability: 1.5 is no probability"),
        ("b,c,5,-0.1,yes,0.5", "inclusion_probability: -0.1 is no probability"),
        ("b,c,5,5%,yes,0.5", "inclusion_probability: '5%' is a percentage; write 0.43 for 43 %"),
        ("b,c,5,0.1,yes,1.01", "score: 1.01 is no share from 0 to 1; write 0.43 for 43 %"),
        ("b,c,-5,0.1,yes,0.5", "views: '-5' is not a whole number of zero or more"),
        ('b,c,5,"0,1",yes,0.5', "inclusion_probability: '0,1' has a comma"),
        (",c,5,0.1,yes,0.5", "item: is empty"),
    ],
)
def test_an_item_with_a_weight_that_cannot_be_is_left_out(tmp_path, row, wrong):
    table = read_labels(write(tmp_path / "l.csv", f"{LABELS}a,c,5,1,yes,1\n{row}\n"))
    assert (len(table), table.reading.skipped) == (1, 1)
    assert said(table)["3"].startswith(wrong)


def test_the_unlabelled_rows_are_the_population_and_may_say_little(tmp_path):
    table = read_labels(write(tmp_path / "l.csv", f"{LABELS}a,c,5,0.25,yes,1\nb,,,,,\nc,,0,,,0\n"))
    assert [table.label.text(row) for row in range(3)] == ["yes", "", ""]
    assert np.array_equal(table.inclusion_probability, [0.25, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(table.score, [1, np.nan, 0], equal_nan=True)
    assert table.views.tolist() == [5, -1, 0]
    assert table.reading.problems == ()


def test_an_item_that_stands_twice_counts_once_with_its_label(tmp_path):
    rows = "a,c,5,,,\na,c,5,0.5,yes,\na,d,5,,,\nb,c,5,0.5,no,\nb,c,5,0.5,yes,\n"
    table = read_labels(write(tmp_path / "l.csv", LABELS + rows))
    kept = [(table.item.text(row), table.channel.text(row), table.label.text(row)) for row in range(len(table))]
    assert kept == [("a", "c", "yes"), ("a", "d", ""), ("b", "c", "no")]
    assert set(said(table)) == {"2", "6"}
    assert "settle which row holds" in said(table)["6"]


@pytest.mark.parametrize(
    ("share", "wrong"),
    [("43", "43 is no share from 0 to 1; write 0.43 for 43 %"), ("43 %", "is a percentage"), ("", "is empty")],
)
def test_a_survey_in_percent_is_refused_with_the_remedy(tmp_path, share, wrong):
    text = f"date,question,share,margin\n2025-03-03,q,0.4,0.03\n2025-06-03,q,{share},0.03\n"
    table = read_surveys(write(tmp_path / "s.csv", text))
    assert (table.share.tolist(), table.margin.tolist()) == ([0.4], [0.03])
    assert wrong in said(table)["3"]


def test_a_survey_that_stands_twice_counts_once(tmp_path):
    rows = "2025-03-03,q,0.4,0.03,a\n2025-03-03,q,0.4,0.03,a\n2025-03-03,q,0.4,0.03,b\n2025-03-03,q,0.5,0.03,a\n"
    table = read_surveys(write(tmp_path / "s.csv", f"date,question,share,margin,source\n{rows}"))
    assert len(table) == 3
    with pytest.raises(InputError, match="no row can be used as surveys"):
        read_surveys(write(tmp_path / "t.csv", "date,question,share,margin\n2025-03-03,q,40,3\n"))


def test_sightings_that_stand_twice_inflate_nothing(tmp_path):
    rows = [
        f"2025-0{month}-0{day},p,ch{day},i{month}{day},r{reader},40\n"
        for month in range(1, 5)
        for day in range(1, 8)
        for reader in range(3)
    ]
    head = "observed_at,platform,channel,item,audience,followers\n"
    once = read_sightings(write(tmp_path / "once.csv", head + "".join(rows)))
    twice = read_sightings(write(tmp_path / "twice.csv", head + "".join(rows * 2)))
    assert (len(once), len(twice), twice.reading.skipped) == (84, 168, 0)
    for measure in (presence, following):
        answers = [[row.to_json() for row in measure(table).rows] for table in (once, twice)]
        assert answers[0] == answers[1]


def test_the_first_hundred_problems_are_kept_and_all_are_counted(tmp_path):
    lines = ["observed_at,platform,channel", *("soon,p,a" for _ in range(150)), "2025-03-03,p,a"]
    reading = read_sightings(write(tmp_path / "s.csv", "\n".join(lines))).reading
    assert (reading.rows, reading.skipped, len(reading.problems)) == (151, 150, 100)
    assert reading.problems[0].where.endswith("s.csv:2")


def test_real_numbers_come_from_any_type_of_column(tmp_path):
    rows = {"item": ["a", "b", "c"], "score": pa.array([0.25, float("inf"), None]), "views": pa.array([1.0, 2.0, 3.0])}
    pq.write_table(pa.table(rows), tmp_path / "l.parquet")
    table = read_labels(tmp_path / "l.parquet")
    assert np.array_equal(table.score, [0.25, np.nan], equal_nan=True)
    assert said(table)["row 2"] == "score: is infinite; write a number or leave the cell empty"
    lines = [{"item": "a", "score": 1}, {"item": "b", "score": "0.5"}, {"item": "c", "score": None}]
    table = read_labels(write(tmp_path / "l.jsonl", "\n".join(map(json.dumps, lines))))
    assert np.array_equal(table.score, [1, 0.5, np.nan], equal_nan=True)
    whole = {"item": ["a", "b"], "score": pa.array([0, 1])}
    pq.write_table(pa.table(whole), tmp_path / "w.parquet")
    assert read_labels(tmp_path / "w.parquet").score.tolist() == [0, 1]
