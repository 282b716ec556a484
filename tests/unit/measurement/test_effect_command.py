"""``abate measure effect`` from a file to JSON, to a chart, and to one clear sentence where it cannot."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

KEYS = {
    "schema",
    "method",
    "level",
    "calibrated",
    "assumptions",
    "warnings",
    "effect",
    "interval",
    "relative",
    "relative_interval",
    "cumulative",
    "predicted",
    "placebo_coverage",
    "minimum_detectable",
    "p",
}


@pytest.fixture
def weekly(tmp_path):
    """Forty weeks of a fall from about 50 to about 40 at the twenty-eighth, with a control and a year."""
    draw = np.random.default_rng(9)
    shared = draw.standard_normal(40)
    active = 50 + shared + 0.5 * draw.standard_normal(40)
    active[28:] -= 10
    monday = date(2024, 12, 30)
    lines = ["week,year,active,elsewhere,counted"]
    for row in range(40):
        day = monday + timedelta(days=7 * row)
        lines.append(f"{day},{1980 + row},{active[row]:.3f},{30 + shared[row]:.3f},{int(active[row])}")
    path = tmp_path / "weekly.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_an_effect_in_json_has_the_keys_that_others_script_against(abate, weekly):
    told = abate.run(
        "measure", "effect", "--series", weekly, "--time", "week", "--outcome", "active", "--controls", "elsewhere",
        "--start", "2025-07-14", "--json",
    )  # fmt: skip
    assert told.code == 0
    found = told.json
    assert set(found) >= KEYS
    assert (found["schema"], found["level"], found["start"]) == (1, 0.95, "2025-07-14")
    assert found["effect"] == pytest.approx(-10, abs=0.6)
    assert found["interval"][0] < found["effect"] < found["interval"][1]
    assert found["relative"] == pytest.approx(-0.2, abs=0.02)
    assert found["cumulative"] == pytest.approx(12 * found["effect"])
    assert found["settings"]["calendar"] == "none"
    assert found["settings"]["level_prior"] == 0.01
    assert [row["time"] for row in found["rows"]][28] == "2025-07-14"
    assert [row["after"] for row in found["rows"]].index(True) == 28
    json.dumps(found, allow_nan=False)


def test_the_start_is_a_row_without_a_time_column_and_a_value_with_one(abate, weekly):
    common = ("measure", "effect", "--series", weekly, "--outcome", "active", "--method", "its", "--json")
    by_row = abate.run(*common, "--start", "28").json
    by_year = abate.run(*common, "--start", "2008", "--time", "year").json
    by_week = abate.run(*common, "--start", "2025-07-14", "--time", "week").json
    assert by_row["effect"] == by_year["effect"] == by_week["effect"]
    assert [one["start"] for one in (by_row, by_year, by_week)] == ["28", "2008", "2025-07-14"]
    assert {"step", "step_interval", "slope", "slope_interval"} <= set(by_row)


def test_rows_in_any_order_give_the_same_answer(abate, weekly, tmp_path):
    head, *lines = weekly.read_text("utf-8").splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([head, *reversed(lines)]), "utf-8")
    common = ("--time", "week", "--outcome", "active", "--start", "2025-07-14", "--json")
    one, other = (abate.run("measure", "effect", "--series", path, *common).json for path in (weekly, turned))
    assert one == other


def test_a_snapshot_forgets_what_came_later(abate, weekly):
    common = ("measure", "effect", "--series", weekly, "--outcome", "active", "--start", "2025-07-14")
    told = abate.run(*common, "--time", "week", "--until", "2025-08-05", "--json").json
    assert told["periods"] == 4
    assert abate.run(*common[:-1], "28", "--until", "2025-08-05").code == 2
    refused = abate.run(*common, "--time", "week", "--until", "2020-01-01")
    assert refused.code == 2
    assert "choose a later snapshot" in refused.err


def test_several_outcomes_stand_below_their_names(abate, weekly):
    common = ("measure", "effect", "--series", weekly, "--outcome", "active,counted", "--start", "28")
    told = abate.run(*common, "--json").json
    assert set(told["outcomes"]) == {"active", "counted"}
    assert {"schema", "calibrated", "warnings", "outcomes"} <= set(told)
    assert all(0 <= one["q"] <= 1 for one in told["outcomes"].values())
    spoken = abate.run(*common)
    assert "since 28 counted was" in spoken.out
    drawn = abate.run(*common, "--chart", weekly.with_suffix(".svg"))
    assert drawn.code == 2
    assert "nothing to draw" in drawn.err


def test_a_person_gets_a_chart_a_sentence_and_the_assumptions(abate, weekly, tmp_path):
    chart = tmp_path / "effect.svg"
    told = abate.run(
        "measure", "effect", "--series", weekly, "--outcome", "active", "--start", "28", "--log", "--trend", "linear",
        "--level-prior", "tuned", "--chart", chart,
    )  # fmt: skip
    assert told.code == 0
    assert "since 28 active was" in told.out
    assert "assumed: but for the intervention" in told.err
    drawing = chart.read_text("utf-8")
    assert "would have been" in drawing
    assert "start 28" in drawing
    assert "caus" not in drawing + told.out


def test_weeks_without_a_row_are_warned_of(abate, weekly):
    lines = weekly.read_text("utf-8").splitlines()
    del lines[10:13]
    weekly.write_text("\n".join(lines), "utf-8")
    common = ("--time", "week", "--outcome", "active", "--start", "2025-07-14", "--json")
    told = abate.run("measure", "effect", "--series", weekly, *common).json
    assert "missing-periods" in {one["code"] for one in told["warnings"]}


def test_rows_that_cannot_be_read_are_counted(abate, weekly):
    with weekly.open("a", encoding="utf-8") as file:
        file.write("2025-10-06,1\n")
    common = ("--time", "week", "--outcome", "active", "--start", "2025-07-14", "--json")
    told = abate.run("measure", "effect", "--series", weekly, *common).json
    assert [one["text"][:26] for one in told["warnings"] if one["code"] == "rows-skipped"] == [
        "1 rows could not be read a"
    ]


def test_what_else_happened_is_named(abate, weekly, tmp_path):
    events = tmp_path / "events.csv"
    events.write_text(
        "date,platform,kind\n2025-07-15,harbourline,takedown\n2025-09-01,harbourline,election\n"
        "2025-03-03,harbourline,collector 2\n2024-01-01,harbourline,long ago\n",
        "utf-8",
    )
    told = abate.run(
        "measure", "effect", "--series", weekly, "--time", "week", "--outcome", "active", "--start", "2025-07-14",
        "--interventions", events, "--json",
    ).json  # fmt: skip
    said = {(one["code"], one["text"]) for one in told["warnings"]}
    assert any(code == "instrument-change" and "2025-03-03" in text for code, text in said)
    assert any(code == "concurrent-event" and "election on 2025-09-01" in text for code, text in said)
    assert not any("long ago" in text or "takedown" in text for _, text in said)


def test_daily_data_take_the_calendar_without_being_asked(abate, tmp_path):
    draw = np.random.default_rng(2)
    days = [date(2025, 1, 1) + timedelta(days=place) for place in range(120)]
    values = [20 + 5 * (day.weekday() == 4) + draw.standard_normal() for day in days]
    path = tmp_path / "daily.csv"
    path.write_text("day;posts\n" + "".join(f"{day};{value:.3f}\n" for day, value in zip(days, values, strict=True)))
    common = ("measure", "effect", "--series", path, "--time", "day", "--outcome", "posts", "--start", "2025-04-10")
    auto = abate.run(*common, "--json").json
    assert auto["settings"]["calendar"] == ["weekday", "ramadan"]
    plain = abate.run(*common, "--calendar", "none", "--json").json
    assert plain["settings"]["calendar"] == "none"
    assert np.ptp(auto["interval"]) < np.ptp(plain["interval"])
    assert "seasonality" in {one["code"] for one in plain["warnings"]}
    assert abate.run(*common, "--calendar", "lunar").code == 2


def test_weekly_data_take_ramadan_where_asked_for(abate, weekly):
    common = ("measure", "effect", "--series", weekly, "--outcome", "active", "--calendar", "ramadan", "--json")
    told = abate.run(*common, "--time", "week", "--start", "2025-07-14").json
    assert told["settings"]["calendar"] == ["ramadan"]
    told = abate.run(*common[:-2], "auto", "--json", "--start", "28").json
    assert told["settings"]["calendar"] == "none"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "an effect needs --series FILE, --outcome COLUMN and --start TIME"),
        (("--outcome", "active"), "an effect needs"),
        (("--outcome", "gone", "--start", "28"), "has no column 'gone'; its columns are: week, year"),
        (("--outcome", "week", "--start", "28"), "week: '2024-12-30' is not a number"),
        (("--outcome", "active", "--start", "99"), "rows go from 0 to 39"),
        (("--outcome", "active", "--start", "2025-07-14"), "add --time COLUMN"),
        (("--outcome", "active", "--start", "2025-07-15", "--time", "week"), "the next after it is 2025-07-21"),
        (("--outcome", "active", "--start", "0"), "needs periods before and after it"),
        (("--outcome", "active", "--start", "5"), "5 usable periods lie before the start and 8 are needed"),
        (("--outcome", "active", "--start", "28", "--method", "magic"), "--method magic: choose state-space or its"),
        (("--outcome", "active", "--start", "28", "--trend", "up"), "--trend up: choose none or linear"),
        (("--outcome", "active", "--start", "28", "--level-prior", "0"), "give tuned, or a number above 0"),
        (("--outcome", "active", "--start", "28", "--level-prior", "much"), "give tuned, or a number above 0"),
        (
            ("--outcome", "active", "--start", "28", "--calendar", "ramadan"),
            "needs dates; name their column",
        ),
        (
            ("--outcome", "active", "--controls", "active", "--start", "28"),
            "active is given as --outcome and as --controls",
        ),
    ],
)
def test_wrong_use_ends_with_one_sentence(abate, weekly, more, said):
    told = abate.run("measure", "effect", "--series", weekly, *more)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert not told.out


def test_a_series_that_never_moves_is_refused(abate, tmp_path):
    path = tmp_path / "flat.csv"
    path.write_text("y\n" + "5\n" * 30, "utf-8")
    told = abate.run("measure", "effect", "--series", path, "--outcome", "y", "--start", "20")
    assert told.code == 2
    assert "does not vary before the start" in told.err
