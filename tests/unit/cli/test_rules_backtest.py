"""``abate rules backtest`` as it is typed: files and versions tried on what came in, and the results kept."""

from datetime import timedelta

import pytest

import rules_history as past
from abate import app as wiring
from abate.cli import output, rules_backtest
from abate.domain.rule import RuleState
from abate.flows.rules import life

BUSY = 'rule(name="busy", when=item.views > 10, then=review, because="Busy.", owner="kim")\n'
QUIET = 'rule(name="quiet", when=item.views < 5, then=review, because="Quiet.", owner="kim")\n'


@pytest.fixture
def files(abate, tmp_path):
    """Two rule files, and forty items of yesterday."""
    with wiring.opened() as kit:
        yesterday = kit.clock.now() - timedelta(days=1)
        past.put(kit, [{"item.views": float(views)} for views in range(40)], start=yesterday)
    one, other = tmp_path / "busy.rules", tmp_path / "both.rules"
    one.write_text(BUSY, "utf-8")
    other.write_text(BUSY + QUIET, "utf-8")
    return one, other


def test_a_file_is_tried_and_its_rules_and_results_are_kept(abate, files):
    answer = abate.run("rules", "backtest", files[1])
    assert answer.code == 0
    assert answer.err == "2 rules tried, 2 results kept, 0 mistakes, 0 files not read\n"
    head, busy, quiet, *rest = answer.out.splitlines()
    assert head.split()[:4] == ["rule", "version", "items", "hits"]
    assert (busy.split()[0], busy.split()[2:5]) == ("busy", ["40", "29", "29"])
    assert "unknown (0 decided)" in quiet
    assert any("It hits 29 of 40 items" in line for line in rest)
    with wiring.opened() as kit:
        kept = life.found(kit, "busy")
        assert (kept.state, kept.created_by) == (RuleState.DRAFT, output.OPERATOR)
        with kit.store.read() as tx:
            (backtest,) = tx.backtests.find(rule=kept.id)
    assert (backtest.hits, backtest.events, backtest.by) == (29, 40, output.OPERATOR)


def test_what_was_tried_can_be_asked_for(abate, files):
    abate.run("rules", "backtest", files[0])
    abate.run("rules", "shadow", "busy")
    assert abate.run("rules", "promote", "busy", "--share", 50).code == 0


def test_a_version_is_tried_by_its_name_and_once_however_often_it_is_named(abate, files):
    abate.run("rules", "draft", files[0])
    answer = abate.run("rules", "backtest", "busy", files[0], "--since", "2d", "--until", "1h", "--json")
    (told,) = answer.json
    assert (told["name"], told["hits"], told["events"]) == ("busy", 29, 40)
    assert told["backtest"].startswith("b")
    assert told["said"][0].startswith("It hits 29 of 40 items")
    assert sum(told["hours"]["hits"]) == 29


def test_nothing_is_kept_where_nothing_is_to_be(abate, files):
    told = abate.run("rules", "backtest", files[1], "--no-keep", "--json").json
    assert [(one["name"], one["hits"], one["backtest"]) for one in told] == [("busy", 29, None), ("quiet", 5, None)]
    assert abate.run("rules", "list", "--json").json == []
    abate.run("rules", "draft", files[0])
    (told,) = abate.run("rules", "backtest", "busy", "--no-keep", "--json").json
    assert told["backtest"] is None


def test_one_rule_of_a_file_is_tried_alone(abate, files):
    told = abate.run("rules", "backtest", files[1], "--rule", "quiet", "--json").json
    assert [one["name"] for one in told] == ["quiet"]
    answer = abate.run("rules", "backtest", files[1], "--rule", "loud")
    assert answer.code == 2
    assert answer.err == "abate: --rule: no file has a rule 'loud'; there are: busy, quiet\n"


def test_rules_come_through_a_pipe(abate, files):
    answer = abate.run("rules", "backtest", "-", "--no-keep", "--json", stdin=BUSY.encode())
    assert answer.json[0]["hits"] == 29


def test_standard_input_cannot_hold_rules_and_a_password(abate, files):
    answer = abate.run("rules", "backtest", "-", "--as", "kim", stdin=BUSY.encode())
    assert answer.code == 2
    assert "standard input holds the rules" in answer.err


def test_a_mistake_costs_its_file_only(abate, files, tmp_path):
    wrong = tmp_path / "wrong.rules"
    wrong.write_text('rule(name="x", when=item.view > 1, then=review, because="b", owner="o")', "utf-8")
    answer = abate.run("rules", "backtest", wrong, files[0], "--json")
    assert answer.code == 1
    assert [one["name"] for one in answer.json] == ["busy"]
    assert f"{wrong}:1:21: there is no field item.view" in answer.err
    assert "1 rules tried, 1 results kept, 1 mistakes, 0 files not read" in answer.err


def test_a_file_that_is_no_text_is_wrong_use(abate, files, tmp_path):
    spoilt = tmp_path / "spoilt.rules"
    spoilt.write_bytes(b"\xff")
    answer = abate.run("rules", "backtest", spoilt, files[0], "--rule", "busy", "--json")
    assert answer.code == 2
    assert len(answer.json) == 1
    assert "1 files not read" in answer.err


def test_what_is_neither_a_file_nor_a_version_is_said(abate, files):
    assert abate.run("rules", "backtest", "nobody").code == 2


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--since", "soon", "neither a span nor a time"),
        ("--until", "2026-13-01", "neither a span nor a time"),
        ("--since", "999999w", "before all calendars"),
        ("--until", "60d", "is not before"),
    ],
)
def test_a_time_that_is_none_is_refused_with_a_remedy(abate, files, option, value, said):
    answer = abate.run("rules", "backtest", files[0], option, value)
    assert answer.code == 2
    assert said in answer.err


def test_dates_and_times_are_taken_too(abate, files):
    (told,) = abate.run("rules", "backtest", files[0], "--since", "2026-03-01", "--no-keep", "--json").json
    assert told["since"] == "2026-03-01T00:00:00Z"
    with wiring.opened() as kit:
        moment = (kit.clock.now() - timedelta(days=2)).isoformat()
    assert abate.run("rules", "backtest", files[0], "--since", moment).code == 0


def test_hours_saved_are_in_the_table(abate, files):
    with wiring.opened() as kit:
        for number in range(20, 40):
            event = past.stored(kit)[number]
            past.open_case(kit, event.item, past.to_moment(event.at) + timedelta(hours=2))
            past.decide(kit, event.item, "remove")
    answer = abate.run("rules", "backtest", files[0])
    row = answer.out.splitlines()[1].split()
    assert row[-2:] == ["20", "2.0"]
    assert "100% [83%, 100%] of 20" in answer.out


def test_reading_the_store_is_shown_on_a_terminal(abate, files, monkeypatch):
    monkeypatch.setattr(output, "err", output.Console(stderr=True, force_terminal=True, soft_wrap=True))
    assert abate.run("rules", "backtest", files[0]).code == 0
    with rules_backtest._watched() as watch:
        watch(3, 10)
