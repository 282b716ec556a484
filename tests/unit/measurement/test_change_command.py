"""``abate measure change`` from a file to JSON, to a chart, and to one clear sentence where it cannot."""

import json
from datetime import date, timedelta

import numpy as np
import pytest


@pytest.fixture
def weekly(tmp_path):
    """Sixty weeks with a fall of 12 at the thirty-fifth."""
    draw = np.random.default_rng(3)
    values = 40 + 2 * draw.standard_normal(60) - 12 * (np.arange(60) >= 35)
    monday = date(2024, 1, 1)
    rows = [f"{monday + timedelta(days=7 * row)};{1950 + row};{values[row]:.2f}" for row in range(60)]
    path = tmp_path / "weekly.csv"
    path.write_text("week;year;active\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def test_points_are_rows_numbers_or_dates(abate, weekly):
    common = ("measure", "change", "--series", weekly, "--outcome", "active", "--json")
    by_row = abate.run(*common)
    assert by_row.code == 0
    told = by_row.json
    assert told["points"] == [35]
    assert abate.run(*common, "--time", "year").json["points"] == [1985]
    assert abate.run(*common, "--time", "week").json["points"] == ["2024-09-02"]
    assert {"schema", "method", "level", "calibrated", "assumptions", "warnings", "seed", "false_alarm"} <= set(told)
    assert (told["schema"], told["level"], told["seed"], told["calibrated"]) == (1, 0.95, 0, True)
    assert told["false_alarm"] <= 0.05
    json.dumps(told, allow_nan=False)


def test_a_person_gets_a_chart_a_sentence_and_the_levels(abate, weekly, tmp_path):
    chart = tmp_path / "change.svg"
    told = abate.run("measure", "change", "--series", weekly, "--outcome", "active", "--time", "week", "--chart", chart)
    assert told.code == 0
    assert "one change in the level of active: from 2024-09-02" in told.out
    assert "2024-08-26" in told.out
    assert "a change says when, not why" in told.err
    drawing = chart.read_text("utf-8")
    assert "change 2024-09-02" in drawing
    assert "level" in drawing
    assert "caus" not in drawing + told.out


def test_a_snapshot_before_the_change_does_not_know_it(abate, weekly):
    common = ("measure", "change", "--series", weekly, "--outcome", "active", "--time", "week", "--json")
    assert abate.run(*common, "--until", "2024-08-26").json["points"] == []
    assert abate.run(*common, "--until", "2024-08-26", "--seed", "5").json["seed"] == 5


def test_years_in_halves_keep_their_half(abate, tmp_path):
    path = tmp_path / "halves.csv"
    values = [*[10.0, 10.5] * 10, *[20.0, 20.4] * 10]
    path.write_text("t,y\n" + "".join(f"{row / 2},{value}\n" for row, value in enumerate(values)), "utf-8")
    told = abate.run("measure", "change", "--series", path, "--outcome", "y", "--time", "t", "--json").json
    assert told["points"] == [10]
    assert told["levels"][0]["last"] == 9.5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "a change needs --series FILE and --outcome COLUMN"),
        (("--outcome", "gone"), "has no column 'gone'; its columns are: week, year, active"),
        (("--outcome", "week"), "week: '2024-01-01' is not a number"),
        (("--outcome", "year", "--time", "year"), "year is given as --outcome and as --time"),
        (("--outcome", "active", "--until", "2024-03-01"), "--until needs dates"),
        (
            ("--outcome", "active", "--time", "week", "--until", "2024-03-01"),
            "9 periods have a value and 16",
        ),
        (("--outcome", "active", "--time", "active"), "is given as"),
    ],
)
def test_wrong_use_ends_with_one_sentence(abate, weekly, more, said):
    told = abate.run("measure", "change", "--series", weekly, *more)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert not told.out
