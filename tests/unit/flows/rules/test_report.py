"""A report in figures and sentences: what is known, how surely, and what nobody can know."""

from datetime import timedelta

import pytest

import rules_history as past
from abate.domain.rule import RuleState, RuleVersion
from abate.flows.rules.counting import Asked, Span, reports, share
from abate.flows.rules.judged import Judged, Outcome
from abate.flows.rules.query import HOUR, Found, Group, Hits, HourOf, Late, Range
from abate.flows.rules.report import Hourly, RuleReport, percent
from abate.measurement.weeks import to_micros
from abate.testing import NOON

SINCE, UNTIL = NOON - timedelta(hours=6), NOON
FIRST = to_micros(SINCE) // HOUR
NOTHING = Hits(hours={}, groups=(), late=(), shared=(), by_none=0, by_all=0, new=0)


def of(hits=NOTHING, *, when="item.views > 1", present=(), oldest=SINCE, forgotten=0, openings=(), **said):
    asked = Asked(rules=past.rule_set(when, **said).rules, present=present, since=SINCE, until=UNTIL)
    span = Span(within=Range(read_from=1, first=1, last=9), oldest=oldest, end=NOON)
    found = Found(hits=(hits,), events={FIRST: 100, FIRST + 5: 20}, forgotten=forgotten)
    (made,) = reports(asked, found, span, Judged(outcomes={}, opened={}, openings=tuple(openings)))
    return made


def said(report):
    return " ".join(report.sentences())


def groups(**counts):
    return tuple(
        Group(language="en", context="", outcome=Outcome(name) if name in set(Outcome) else None, hits=hits)
        for name, hits in counts.items()
    )


def with_groups(**counts):
    return Hits(hours={}, groups=groups(**counts), late=(), shared=(), by_none=0, by_all=0, new=0)


def late(*hours, ordered=0):
    return tuple(
        Late(received=0, opened=int(hour * HOUR), ordered=number < ordered) for number, hour in enumerate(hours)
    )


def test_a_load_counts_the_hours_in_which_nothing_was_hit():
    hours = {FIRST: HourOf(hits=9, spared=2, cased=3), FIRST + 2: HourOf(hits=4, spared=0, cased=4)}
    report = of(Hits(hours=hours, groups=(), late=(), shared=(), by_none=0, by_all=0, new=0))
    assert report.hits == 13
    assert report.spared == 2
    assert report.hours.hits == (9, 0, 4, 0, 0, 0)
    assert report.load == Hourly(total=11, median=0.0, p95=pytest.approx(6.25), most=7, busiest=SINCE)
    assert (report.added.total, report.added.most) == (4, 4)
    assert "and spares 2 of them, which read as protected speech" in said(report)
    assert "and 7 in the busiest (2026-03-02 06:00)" in said(report)


def test_cases_that_were_opened_outside_of_the_period_are_not_counted():
    inside, before = to_micros(SINCE), to_micros(SINCE) - 1
    report = of(openings=[before, inside, inside + HOUR, to_micros(UNTIL)])
    assert report.hours.cases == (1, 1, 0, 0, 0, 0)
    assert [day.cases for day in report.days] == [2]


def test_orders_are_neither_right_nor_wrong():
    report = of(with_groups(removed=10, limited=5, kept=5, ordered=7, nobody=3))
    assert (report.decided.by_order, report.decided.undecided) == (7, 3)
    assert (report.decided.precision.of, report.decided.precision.among) == (15, 20)
    assert "(and 7 were taken down on an authority's order)" in said(report)
    assert "75% [51%, 91%] of 20 were rightly hit. Nobody decided 3." in said(report)


def test_the_median_of_hours_has_the_interval_of_order_statistics():
    """Of ten values the second and ninth bound the median at 97.9 %, the third and eighth at 89.1 % only."""
    report = of(Hits(hours={}, groups=(), late=late(*range(1, 11), ordered=2), shared=(), by_none=0, by_all=0, new=0))
    assert (report.earlier.items, report.earlier.by_order) == (10, 2)
    assert (report.earlier.hours, report.earlier.low, report.earlier.high) == (5.5, 2.0, 9.0)
    assert "10 items that were taken down and that nothing proposed at first: 5.5 [2.0, 9.0] hours" in said(report)


def test_a_median_of_few_has_no_upper_end():
    report = of(Hits(hours={}, groups=(), late=late(1, 2, 3), shared=(), by_none=0, by_all=0, new=0))
    assert (report.earlier.hours, report.earlier.low, report.earlier.high) == (2.0, 0.0, None)
    assert "2.0 [0.0, no upper end] hours" in said(report)


def test_protected_speech_that_is_kept_is_said_and_other_classes_are_listed():
    found = (
        Group(language="de", context="endorsement", outcome=Outcome.KEPT, hits=6),
        Group(language="de", context="report", outcome=Outcome.KEPT, hits=1),
        Group(language="", context="report", outcome=Outcome.REMOVED, hits=3),
        Group(language="en", context="counter_speech", outcome=Outcome.REMOVED, hits=1),
        Group(language="en", context="counter_speech", outcome=None, hits=50),
    )
    report = of(Hits(hours={}, groups=found, late=(), shared=(), by_none=0, by_all=0, new=0))
    assert [(one.name, one.share.of, one.share.among) for one in report.wrongly if one.by == "context"] == [
        ("report", 1, 4),
        ("counter_speech", 0, 1),
        ("endorsement", 6, 6),
    ]
    assert [(one.name, one.share.of, one.share.among) for one in report.wrongly if one.by == "language"] == [
        ("de", 7, 7),
        ("", 0, 3),
        ("en", 0, 1),
    ]
    assert "Of its hits in report, which is protected speech, people kept 25% [1%, 81%] of 4." in said(report)
    assert "counter_speech" not in said(report)


def test_it_stands_beside_each_live_rule():
    live = RuleVersion(
        id="a" * 64, name="live", text="", created_at=NOON, created_by="kim", state=RuleState.LIVE, since=NOON
    )
    report = of(Hits(hours={}, groups=(), late=(), shared=(4,), by_none=3, by_all=4, new=2), present=(live,))
    assert [(one.name, one.hits) for one in report.beside.rules] == [("live", 4)]
    assert "2 are new; no live rule has 3, and all 1 have 4." in said(report)
    assert "no live rule" not in said(of())


def test_a_share_of_none_says_so():
    assert percent(share(0, 0)) == "none of 0"
    assert percent(share(1, 4)) == "25% [1%, 81%] of 4"


def test_what_nobody_can_know_is_said():
    report = of(when='count(item.url, "2h") > 1', oldest=SINCE + timedelta(hours=1), forgotten=3)
    assert report.kept_from == SINCE + timedelta(hours=1)
    assert report.full_from == SINCE + timedelta(hours=3)
    assert report.forgotten == 3
    assert "Nothing is kept from before 2026-03-02 07:00 UTC." in said(report)
    assert "Before 2026-03-02 09:00 UTC its windows are not full" in said(report)
    assert "The content of 3 items was destroyed since" in said(report)


def test_a_rule_that_shows_a_text_and_reads_none_is_not_blind():
    assert of(forgotten=3, because="{item.text}").forgotten == 0


def test_a_report_comes_back_from_its_json_as_it_was():
    hits = Hits(
        hours={FIRST: HourOf(hits=1, spared=0, cased=0)},
        groups=groups(kept=1),
        late=late(1, 2),
        shared=(),
        by_none=1,
        by_all=0,
        new=1,
    )
    report = of(hits, oldest=SINCE + timedelta(microseconds=1))
    again = RuleReport.from_json(report.to_json())
    assert again == report
    assert again.to_json() == report.to_json()
    assert again.since.utcoffset() == timedelta(0)
