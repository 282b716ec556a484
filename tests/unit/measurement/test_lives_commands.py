"""``abate measure survival``, ``reappearance`` and ``quality`` as a script sees them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from abate import app as wiring
from abate.domain.bank import Match
from abate.domain.case import Case
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Verdict
from abate.flows.cases import decide
from abate.flows.lives import case_times

DATA = Path(__file__).resolve().parents[2] / "data"
HEAD = "subject,platform,created,first_seen,last_seen,removed"
FIRST = date(2025, 1, 1)


def day(number):
    return (FIRST + timedelta(days=int(number))).isoformat()


@pytest.fixture
def write(tmp_path):
    def put(lines, name="lives.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return put


def table(rows, *more):
    """Lines from (subject, created, last seen, removed, further cells)."""
    lines = [",".join([HEAD, *more])]
    for subject, created, last, removed, *cells in rows:
        gone = "" if removed is None else day(removed)
        lines.append(",".join([subject, "harbour", day(created), day(created), day(last), gone, *cells]))
    return lines


@pytest.fixture
def flies(write):
    """The table that somebody would make of Walton's flies by hand: no creation, dates instead of ages."""
    groups = json.loads((DATA / "waltons.json").read_text("utf-8"))["groups"]
    rows = [
        (age, seen, name) for name, group in groups.items() for age, seen in zip(group["T"], group["E"], strict=True)
    ]
    lines = ["subject,platform,first_seen,last_seen,removed,group"]
    for place, (age, seen, name) in enumerate(rows):
        lines.append(f"fly{place},jar,{FIRST},{day(age)},{day(age) if seen else ''},{name}")
    return write(lines)


def test_waltons_flies_have_their_known_half_lives_and_test(abate, flies):
    told = abate.run("measure", "survival", "--lifetimes", flies, "--by", "group", "--json").json
    assert {name: group["median"] for name, group in told["groups"].items()} == {"control": 58, "miR-137": 26}
    assert told["log_rank"]["chi2"] == pytest.approx(122.249, abs=5e-4)
    assert told["log_rank"]["df"] == 1
    assert told["schema"] == 1
    assert told["given_alive_at"] is None
    assert all(len(step) == 4 for step in told["curve"])
    assert "left-truncation" in {one["code"] for one in told["warnings"]}


def test_waltons_flies_have_their_known_cox_coefficient(abate, flies):
    told = abate.run("measure", "survival", "--lifetimes", flies, "--cox", "group", "--json").json
    assert told["cox"]["group=miR-137"]["coef"] == pytest.approx(2.052535, abs=1e-6)
    assert told["cox"]["group=miR-137"]["se"] == pytest.approx(0.216974, abs=1e-6)
    assert told["cox"]["group=miR-137"]["p"] == pytest.approx(3.0847e-21, rel=1e-4)
    assert told["log_likelihood"] == pytest.approx(-613.1818820, abs=1e-6)


def test_the_table_tells_half_lives_coefficients_and_doubts(abate, flies):
    said = abate.run("measure", "survival", "--lifetimes", flies, "--by", "group", "--cox", "group")
    assert said.code == 0
    assert "control: half-life 58 days" in said.out
    assert "chi-square 122.249" in said.out
    assert "group=miR-137" in said.out
    assert "warning (poor-fit): the factor of group=miR-137" in said.err


def test_a_runaway_coefficient_is_told_in_words(abate, write):
    rows = [(f"s{age}", 0, age, age, "a") for age in range(1, 31)] + [(f"t{age}", 0, 40, None, "b") for age in range(9)]
    said = abate.run("measure", "survival", "--lifetimes", write(table(rows, "kind")), "--cox", "kind")
    assert "not given" in said.out
    assert "nobody with kind=b was removed" in said.err


def test_every_flag_of_survival_works_together(abate, write, tmp_path):
    rows = [
        (f"s{age}", age % 3, age + 5, age + 5, "ab"[age % 2], ("takedown", "closed")[age % 3 == 0]) for age in range(60)
    ]
    path, chart = write(table(rows, "kind", "why")), tmp_path / "curve.svg"
    flags = ["--by", "quarter", "--event", "takedown", "--competing", "closed", "--given-alive-at", "5"]
    flags += ["--cox", "kind", "--until", day(50), "--map", "why=reason", "--chart", chart, "--json"]
    told = abate.run("measure", "survival", "--lifetimes", path, *flags).json
    assert told["given_alive_at"] == 5
    assert set(told["groups"]) == {"2025-Q1"}
    assert set(told["incidence"]) == {"takedown", "closed", "other reasons"}
    assert set(told["cox"]) == {"kind=b"}
    assert chart.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "empty"),
        ([HEAD], ""),
        (["a,b", "1,2"], "subject"),
        ([HEAD, "s,p,,never,never,"], "not a time"),
        ([HEAD, "s,p,,,,"], "empty"),
        ([HEAD, f"s,p,{FIRST},{day(9)},{day(3)},"], "first_seen"),
    ],
)
def test_a_file_that_says_nothing_ends_with_a_sentence(abate, write, lines, words):
    said = abate.run("measure", "survival", "--lifetimes", write(lines), "--json")
    assert said.code == 2
    assert words in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "flags",
    [
        ("--by", "nothing"),
        ("--cox", "nothing"),
        ("--event", "nothing"),
        ("--competing", "nothing"),
        ("--given-alive-at", "9999"),
        ("--given-alive-at", "-3"),
        ("--until", "1999-01-01"),
    ],
)
def test_a_flag_that_fits_nothing_ends_with_2(abate, write, flags):
    path = write(table([(f"s{age}", 0, age, age) for age in range(1, 20)]))
    assert abate.run("measure", "survival", "--lifetimes", path, *flags).code == 2


def test_one_row_is_an_answer_with_warnings(abate, write):
    told = abate.run("measure", "survival", "--lifetimes", write(table([("s", 0, 5, 5)])), "--json").json
    assert told["median"] == 5
    assert told["calibrated"] is None
    assert {"small-cells", "not-calibrated"} <= {one["code"] for one in told["warnings"]}


OPERATORS = [(f"lost{place}", 0, 10, 10, f"o{place}") for place in range(20)]
BACK = [(f"back{place}", 10 + 2 * place, 300, None, f"o{place}") for place in range(0, 20, 2)]


def test_reappearance_within_30_and_90_days(abate, write, tmp_path):
    path = write(table([*OPERATORS, *BACK], "operator"))
    told = abate.run("measure", "reappearance", "--lifetimes", path, "--days", "30,90", "--json").json
    assert [(row["days"], row["value"]) for row in told["incidence"]] == [
        (30, pytest.approx(0.4)),
        (90, pytest.approx(0.5)),
    ]
    low, high = told["incidence"][0]["interval"]
    assert low < 0.4 < high
    assert told["regained_audience"]["value"] is None
    assert told["regained_audience"]["reason"]
    assert told["calibrated"] is True
    chart = tmp_path / "back.svg"
    flags = ["--operator-error-rate", "0.1", "--chart", chart, "--days", "90 , 30"]
    said = abate.run("measure", "reappearance", "--lifetimes", path, *flags)
    assert "within 30 days 40 %" in said.out
    assert "10 % of the links between channels are wrong" in said.err
    assert "within 30 days" in chart.read_text("utf-8").lower()


def test_reappearance_takes_the_audience_from_sightings_with_one_map_for_both_files(abate, write):
    lives = table([("a", 0, 10, 10, "o1"), ("b", 20, 300, None, "o1"), ("c", 0, 10, 10, "o2")], "who")
    sights = ["observed_at,platform,kanal,followers", f"{day(5)},harbour,a,100", f"{day(40)},harbour,b,60"]
    flags = ["--map", "who=operator", "--map", "kanal=channel", "--json"]
    told = abate.run(
        "measure", "reappearance", "--lifetimes", write(lives), "--sightings", write(sights, "s.csv"), *flags
    ).json
    assert told["regained_audience"]["value"] == 0.6
    assert told["regained_audience"]["pairs"] == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--days", "soon"), "whole days"),
        (("--days", "0"), "whole days"),
        (("--days", ""), "whole days"),
        (("--operator-error-rate", "7"), "below 1"),
        (("--event", "nothing"), "no removal has the reason"),
    ],
)
def test_a_question_that_makes_no_sense_ends_with_2(abate, write, flags, words):
    said = abate.run("measure", "reappearance", "--lifetimes", write(table([*OPERATORS, *BACK], "operator")), *flags)
    assert said.code == 2
    assert words in said.err


def test_reappearance_without_operators_says_what_to_add(abate, write):
    said = abate.run("measure", "reappearance", "--lifetimes", write(table([("a", 0, 10, 10)])), "--json")
    assert said.code == 2
    assert "add a column operator" in said.err


def test_nobody_watched_for_90_days_is_null_and_still_drawn(abate, write):
    path = write(table([*OPERATORS, ("z", 0, 45, None, "z")], "operator"))
    told = abate.run("measure", "reappearance", "--lifetimes", path, "--json").json
    assert told["incidence"][1]["value"] is None
    assert abate.run("measure", "reappearance", "--lifetimes", path).code == 0


def test_quality_of_a_store_without_decisions_is_null_with_a_reason(abate):
    answer = abate.run("measure", "quality", "--json")
    assert answer.code == 0
    assert answer.json["overall"]["precision"]["value"] is None
    assert "no person has decided" in answer.json["reason"]
    assert "No person has decided" in abate.run("measure", "quality").out
    assert abate.run("measure", "quality", "--chart", "x.svg").code == 2


def test_quality_of_decided_cases_is_a_table(abate, tmp_path):
    with wiring.opened() as kit:
        for number in range(24):
            found = (Match(bank="known", entry="e", signal_type="pdq", distance=0),) if number < 15 else ()
            with kit.store.write() as tx:
                tx.items.add(Item(id=f"i{number}", kind=Kind.PHOTO, language="ar"))
                tx.cases.add(
                    Case(
                        id=f"c{number}",
                        item=f"i{number}",
                        opened_at=kit.clock.now(),
                        proposal=Proposal(verdict=Verdict.REVIEW),
                        matches=found,
                    )
                )
            decide(kit, f"c{number}", verdict=Verdict.NONE if number < 3 else Verdict.LIMIT, by="r1")
    said = abate.run("measure", "quality", "--chart", tmp_path / "q.svg")
    assert "0.80 [0.52, 0.96] of 15" in said.out
    assert "24 cases decided, 0 open; 9 decided without any match" in said.out
    hidden = abate.run("measure", "quality", "--suppress-below", "20")
    assert "too few" in hidden.out


def test_from_the_store_the_clock_runs_from_the_opened_case_to_the_first_answer(home):
    at = datetime(2025, 3, 3, tzinfo=UTC)

    def told(step, item, hours, detail=""):
        where = {"platform": "harbourline", "channel": "lantern"}
        return HistoryEvent(at=at + timedelta(hours=hours), step=step, item=item, detail=detail, **where)

    events = [HistoryEvent(at=at, step=Step.MATCHED, item="acted", platform="p", channel="c", group="g")]
    events += [told(Step.OPENED, item, 0) for item in ("acted", "kept", "waits", "undone")]
    events += [told(Step.ACTED, "acted", 2, "limit"), told(Step.DECIDED, "kept", 3, "none")]
    events += [told(Step.ACTED, "undone", 5, "remove"), told(Step.ACTED, "undone", 9, "restore")]
    events += [told(Step.ACTED, "stranger", 1, "remove"), told(Step.DECIDED, "waits", 4, "limit")]
    events += [told(Step.ACTED, "waits", 90, "limit")]
    with wiring.opened() as kit:
        assert case_times(kit) is None
        with kit.store.write() as tx:
            tx.history.append(events)
        found = case_times(kit, at + timedelta(hours=50))
    assert found.subjects == 4
    assert found.acted.ended == 2, "what comes after the snapshot is not known yet"
    assert [found.acted.at(hours) for hours in (1, 2, 6)] == [0, 0.25, 0.5]
    assert found.kept.ended == 1
