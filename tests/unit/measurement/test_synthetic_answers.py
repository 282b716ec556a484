"""What a synthetic comparison says: its warnings, who is left out and why, and what a script sees of it."""

import csv
import json
import re

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.times import parse_time
from abate.measurement.synthetic.answer import synthetic
from abate.measurement.synthetic.panel import Panel
from abate.measurement.tables.columns import Interventions, encode
from abate.measurement.weeks import DAY, NO_TIME, to_micros

CAUSAL = re.compile(
    r"\b(caus\w*|because|due to|leads? to|led to|drives?|drove|reduces?|reduced|thanks to)\b", re.IGNORECASE
)
MONDAY = to_micros(parse_time("2025-01-06", "test"))


def values(donors=25, periods=40, seed=0, noise=1.0):
    """A panel whose donors and treated unit, the first row, share two factors."""
    draw = np.random.default_rng(seed)
    factors = np.cumsum(draw.normal(size=(2, periods)), axis=1)
    return 50 + draw.normal(size=(donors + 1, 2)) @ factors + noise * draw.normal(size=(donors + 1, periods))


def panel(table, before=28, *, at=None, dated=False, names=()):
    periods = table.shape[1]
    at = 1980 + np.arange(periods) if at is None else at
    return Panel(
        treated="harbourline",
        donors=names or tuple(f"quay-{place}" for place in range(len(table) - 1)),
        periods=tuple(str(int(one)) for one in at),
        at=np.asarray(at, dtype=np.float64),
        dated=dated,
        before=before,
        treated_values=table[0],
        donor_values=table[1:],
    )


def happened(*rows):
    """Interventions from (date, platform, kind, end or nothing)."""
    dates, platforms, kinds, ends = zip(*[(*row, "") if len(row) == 3 else row for row in rows], strict=True)
    return Interventions(
        date=np.array([to_micros(parse_time(date, "test")) for date in dates], dtype=np.int64),
        end=np.array([to_micros(parse_time(end, "test")) if end else NO_TIME for end in ends], dtype=np.int64),
        platform=encode(platforms),
        kind=encode(kinds),
    )


def codes(answer):
    return [caveat.code for caveat in answer.footing.caveats]


def said(answer, code):
    return [caveat.text for caveat in answer.footing.caveats if caveat.code == code]


def test_a_close_fit_among_many_donors_that_holds_before_is_called_calibrated():
    answer = synthetic(panel(values()))
    assert answer.footing.calibrated is True
    assert codes(answer) == []


def test_an_effect_is_found_and_nothing_is_said_of_its_cause():
    table = values()
    table[0, 28:] -= 15
    answer = synthetic(panel(table))
    assert answer.interval[0] < -15 < answer.interval[1] < 0
    assert answer.rank.p == pytest.approx(1 / 26)
    assert answer.sentence.startswith("from 2008 on harbourline lay 1")
    assert "below what its donors say, effect -1" in answer.sentence
    assert "1 of 26 by ratio of errors" in answer.sentence


@pytest.mark.parametrize("method", ["sc", "sdid", "did"])
@pytest.mark.parametrize("shift", [-15, 0, 15])
@pytest.mark.parametrize("seed", [0, 1])
def test_no_word_of_an_answer_claims_a_cause(method, shift, seed):
    table = values(donors=6, periods=16, seed=seed)
    table[0, 11:] += shift
    answer = synthetic(panel(table, 11), method)
    assert not CAUSAL.search(answer.sentence)
    assert not CAUSAL.search(json.dumps(answer.to_json(), allow_nan=False))
    assert ("below" in answer.sentence) == (answer.fit.effect < 0)


def test_one_donor_has_neither_interval_nor_rank():
    answer = synthetic(panel(values(donors=1)))
    told = answer.to_json()
    assert told["interval"] is None
    assert told["placebo"] is None
    assert told["minimum_detectable"] is None
    assert told["leave_one_out"] is None
    assert told["calibrated"] is False
    assert said(answer, "few-placebos") == ["1 donor: no placebo is possible"]
    assert "not-calibrated" in codes(answer)
    assert "[" not in answer.sentence


def test_with_few_donors_the_smallest_possible_p_is_named():
    answer = synthetic(panel(values(donors=7)))
    assert said(answer, "few-placebos") == ["7 donors: the smallest p that ranks can give is 0.12"]
    assert answer.footing.calibrated is False


def test_a_treated_unit_outside_its_donors_is_a_poor_fit():
    table = values()
    table[0] += np.linspace(0, 60, 40)
    answer = synthetic(panel(table))
    assert any("no mix of them is like the treated unit" in text for text in said(answer, "poor-fit"))
    assert any("against a mean outcome" in text for text in said(answer, "poor-fit"))
    assert answer.footing.calibrated is False


def test_a_treated_unit_more_restless_than_its_donors_is_a_poor_fit():
    table = values(noise=0.3)
    table[0] += np.random.default_rng(1).normal(size=40) * 3
    answer = synthetic(panel(table))
    assert any("chance is larger in the treated unit" in text for text in said(answer, "poor-fit"))


def test_a_unit_that_moved_before_the_start_has_an_interval_that_is_no_more_than_a_guide():
    table = values(noise=0.3)
    table[0, 14:20] -= 30
    answer = synthetic(panel(table), "did")
    assert answer.footing.calibrated is False
    (text,) = said(answer, "not-calibrated")
    assert re.search(r"contained zero \d+% of the time \(\d+% for harbourline\), from 25 donors", text)


def test_units_that_never_vary_have_an_effect_and_no_interval():
    table = np.full((4, 10), 5.0)
    table[0, 6:] = 3
    answer = synthetic(panel(table, 6), "did")
    assert answer.fit.effect == pytest.approx(-2)
    assert answer.interval is None
    assert answer.relative == pytest.approx(-0.4)
    json.dumps(answer.to_json(), allow_nan=False)


def test_there_is_no_share_of_a_counterfactual_below_zero():
    assert synthetic(panel(values() - 200), "did").relative is None


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="--method magic: choose sc"):
        synthetic(panel(values()), "magic")


def test_a_donor_with_its_own_event_is_left_out_and_named():
    events = happened(
        ("1990-05-01", "quay-1", "sweep"), ("1999-01-01", "quay-1", "ban"), ("1930-01-01", "quay-2", "ban")
    )
    answer = synthetic(panel(values()), interventions=events)
    assert "quay-1" not in answer.panel.donors
    assert len(answer.panel.donors) == 24
    assert said(answer, "concurrent-event") == [
        "units with their own event were left out of the donors: quay-1 (sweep, 1990-05-01; ban, 1999-01-01)"
    ]


def test_a_donor_with_its_own_event_stays_when_asked_for_and_is_named_all_the_same():
    answer = synthetic(panel(values()), interventions=happened(("1990-05-01", "quay-1", "sweep")), keep=True)
    assert "quay-1" in answer.panel.donors
    assert "kept as donors because --keep was given: quay-1" in said(answer, "concurrent-event")[0]


def test_an_event_that_reaches_into_the_window_counts_and_one_that_ended_before_it_does_not():
    within = happened(
        ("1970-01-01", "quay-0", "filter", "1981-01-01"), ("1970-01-01", "quay-1", "filter", "1979-12-31")
    )
    assert "quay-0" not in synthetic(panel(values()), interventions=within).panel.donors
    assert "quay-1" in synthetic(panel(values()), interventions=within).panel.donors


def test_the_treatment_itself_is_no_event_of_its_own_but_another_one_is():
    known = happened(("2008-06-01", "harbourline", "removal"))
    assert codes(synthetic(panel(values()), interventions=known)) == []
    more = happened(("2008-06-01", "harbourline", "removal"), ("2010-02-01", "harbourline", "new owner"))
    (text,) = said(synthetic(panel(values()), interventions=more), "concurrent-event")
    assert text == "harbourline had other events in the window (new owner, 2010-02-01): they cannot be told apart"


def test_a_changed_collector_is_named_as_an_instrument():
    events = happened(("1990-05-01", "quay-1", "collector 2"), ("1991-05-01", "elsewhere", "collector 3"))
    answer = synthetic(panel(values()), interventions=events, keep=True)
    (text,) = said(answer, "instrument-change")
    assert "quay-1: collector 2, 1990-05-01" in text
    assert "elsewhere" not in text


def test_weekly_dates_place_events_in_their_weeks():
    at = MONDAY + 7 * DAY * np.arange(40)
    table = values()
    last_day = happened(("2025-10-12", "quay-3", "sweep"), ("2025-10-13", "quay-4", "sweep"))
    answer = synthetic(panel(table, at=at, dated=True), interventions=last_day)
    assert "quay-3" not in answer.panel.donors
    assert "quay-4" in answer.panel.donors


def test_periods_that_are_no_dates_make_every_event_count_and_say_so():
    answer = synthetic(panel(values(), at=np.arange(40)), interventions=happened(("1930-01-01", "quay-2", "ban")))
    assert "quay-2" not in answer.panel.donors
    assert "the periods are neither dates nor years" in said(answer, "concurrent-event")[-1]


def test_when_every_donor_had_an_event_none_is_left():
    events = happened(("1990-05-01", "quay-0", "sweep"), ("1990-05-01", "quay-1", "sweep"))
    with pytest.raises(InputError, match="no donor is left"):
        synthetic(panel(values(donors=2)), interventions=events)


NAMES = ("harbourline", "quayside", "tidewater", "lowmoor")


@pytest.fixture
def write(tmp_path):
    def put(rows, name="panel.csv", head=("unit", "time", "outcome")):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return path

    return put


def long(table, times, names=NAMES):
    return [
        (name, time, f"{value:.6f}")
        for name, row in zip(names, table, strict=True)
        for time, value in zip(times, row, strict=True)
    ]


@pytest.fixture
def file(write):
    return write(long(values(donors=3, periods=12), range(2010, 2022)))


FLAGS = ("--treated", "harbourline", "--start", "2018")


def test_a_script_finds_every_key_of_the_contract(abate, file):
    done = abate.run("measure", "synthetic", "--series", file, *FLAGS, "--json")
    assert done.code == 0
    told = done.json
    assert {"schema", "method", "level", "calibrated", "assumptions", "warnings"} <= set(told)
    assert {"effect", "interval", "weights", "pre_rmse", "gaps", "placebo"} <= set(told)
    assert {"rank", "units", "p"} <= set(told["placebo"])
    assert told["placebo"]["units"] == 4
    assert list(told["gaps"]) == [str(year) for year in range(2010, 2022)]
    assert np.mean([told["gaps"][str(year)] for year in range(2018, 2022)]) == pytest.approx(told["effect"])
    assert sum(told["weights"].values()) == pytest.approx(1)
    assert "time_weights" not in told
    assert {one["code"] for one in told["warnings"]} >= {"few-placebos", "not-calibrated"}


def test_synthetic_did_also_tells_its_weights_in_time(abate, file):
    told = abate.run("measure", "synthetic", "--series", file, *FLAGS, "--method", "sdid", "--json").json
    assert list(told["time_weights"]) == [str(year) for year in range(2010, 2018)]
    assert sum(told["time_weights"].values()) == pytest.approx(1)


def test_a_reader_sees_the_sentence_the_weights_and_the_warnings(abate, file, tmp_path):
    chart = tmp_path / "chart.svg"
    done = abate.run("measure", "synthetic", "--series", file, *FLAGS, "--chart", chart)
    assert done.code == 0
    assert "from 2018 on harbourline lay" in done.out
    assert "donor" in done.out
    assert "warning (few-placebos): 3 donors" in done.err
    drawn = chart.read_text("utf-8")
    assert "harbourline and what its donors say" in drawn
    assert "start 2018" in drawn


def test_a_chart_without_an_interval_has_no_band(abate, file, tmp_path):
    chart = tmp_path / "chart.svg"
    flags = (*FLAGS, "--donors", "quayside", "--chart", chart, "--json")
    done = abate.run("measure", "synthetic", "--series", file, *flags)
    assert done.json["interval"] is None
    assert chart.stat().st_size > 0


@pytest.mark.parametrize(
    ("flags", "donors"),
    [
        (("--donors", "quayside,lowmoor"), {"quayside", "lowmoor"}),
        (("--donors", "quayside", "--donors", "lowmoor"), {"quayside", "lowmoor"}),
        (("--exclude", "lowmoor"), {"quayside", "tidewater"}),
        (("--donors", "quayside,lowmoor", "--exclude", "lowmoor"), {"quayside"}),
    ],
)
def test_donors_are_chosen_and_left_out_by_name(abate, file, flags, donors):
    told = abate.run("measure", "synthetic", "--series", file, *FLAGS, "--method", "did", *flags, "--json").json
    assert set(told["weights"]) == donors


def test_the_command_reads_interventions(abate, file, write):
    events = write([("2015-03-01", "lowmoor", "sweep")], "interventions.csv", ("date", "platform", "kind"))
    flags = ("measure", "synthetic", "--series", file, *FLAGS, "--method", "did", "--interventions", events, "--json")
    told = abate.run(*flags).json
    assert set(told["weights"]) == {"quayside", "tidewater"}
    assert any(one["code"] == "concurrent-event" and "lowmoor" in one["text"] for one in told["warnings"])
    kept = abate.run(*flags, "--keep").json
    assert set(kept["weights"]) == {"quayside", "tidewater", "lowmoor"}


def test_the_snapshot_leaves_out_later_dates(abate, write):
    days = [f"2025-{month:02}-01" for month in range(1, 13)]
    file = write(long(values(donors=3, periods=12), days))
    flags = ("measure", "synthetic", "--series", file, "--treated", "harbourline", "--start", "2025-08-01", "--json")
    assert list(abate.run(*flags, "--until", "2025-10-15").json["gaps"])[-1] == "2025-10-01"


def test_a_donor_with_a_gap_is_left_out_and_named(abate, write):
    rows = [row for row in long(values(donors=3, periods=12), range(2010, 2022)) if row[:2] != ("lowmoor", 2013)]
    told = abate.run("measure", "synthetic", "--series", write(rows), *FLAGS, "--method", "did", "--json").json
    assert set(told["weights"]) == {"quayside", "tidewater"}
    assert any(one["code"] == "rows-skipped" and "lowmoor" in one["text"] for one in told["warnings"])


def test_the_treated_units_first_and_last_value_bound_the_panel(abate, write):
    rows = [row for row in long(values(donors=3, periods=12), range(2010, 2022)) if row[:2] != ("harbourline", 2010)]
    rows.append(("", "2010", "3"))
    told = abate.run("measure", "synthetic", "--series", write(rows), *FLAGS, "--json").json
    assert next(iter(told["gaps"])) == "2011"


def broken(change):
    rows = long(values(donors=3, periods=12), range(2010, 2022))
    return change(rows)


@pytest.mark.parametrize(
    ("change", "flags", "words"),
    [
        (list, ("--treated", "nowhere", "--start", "2018"), "--treated nowhere: the unit column has no such unit"),
        (list, (*FLAGS, "--donors", "nowhere"), "--donors nowhere"),
        (list, (*FLAGS, "--exclude", "nowhere"), "--exclude nowhere"),
        (list, (*FLAGS, "--donors", "harbourline"), "cannot be its own donor"),
        (list, (*FLAGS, "--exclude", "quayside,tidewater,lowmoor"), "no donor is left"),
        (list, ("--treated", "harbourline", "--start", "2010"), "0 periods lie before it"),
        (list, ("--treated", "harbourline", "--start", "2011"), "1 periods lie before it"),
        (list, ("--treated", "harbourline", "--start", "2050"), "--start 2050"),
        (list, (*FLAGS, "--method", "magic"), "--method magic"),
        (list, (*FLAGS, "--outcome", "none"), "no column 'none'"),
        (list, (*FLAGS, "--unit", "none"), "no column 'none'"),
        (list, (*FLAGS, "--until", "2020-01-01"), "--until is a date"),
        (list, ("--treated", "harbourline"), "--start PERIOD"),
        (lambda rows: [*rows, rows[0]], FLAGS, "'harbourline' has two rows for 2010"),
        (lambda rows: [row for row in rows if row[:2] != ("harbourline", 2014)], FLAGS, "no value for 2014"),
        (
            lambda rows: [row for row in rows if row[0] == "harbourline" or row[1] != 2021],
            FLAGS,
            "every donor lacks a value",
        ),
        (lambda rows: [(*row[:2], "") if row[0] == "harbourline" else row for row in rows], FLAGS, "has no value of"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(abate, write, change, flags, words):
    done = abate.run("measure", "synthetic", "--series", write(broken(change)), *flags, "--json")
    assert done.code == 2
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert done.out == ""


def test_many_units_are_not_all_listed_in_an_error(abate, write):
    names = [f"quay-{place}" for place in range(9)]
    file = write(long(values(donors=8, periods=6), range(2010, 2016), names))
    done = abate.run("measure", "synthetic", "--series", file, "--treated", "nowhere", "--start", "2013")
    assert "and 4 more" in done.err


def test_many_donors_with_gaps_are_counted_beyond_the_fifth(abate, write):
    names = ["harbourline", *(f"quay-{place}" for place in range(9))]
    rows = long(values(donors=9, periods=8), range(2010, 2018), names)
    rows = [row for row in rows if not (row[1] == 2012 and row[0] in names[1:8])]
    file = write(rows)
    told = abate.run("measure", "synthetic", "--series", file, "--treated", "harbourline", "--start", "2015", "--json")
    assert any("and 2 more" in one["text"] for one in told.json["warnings"])
