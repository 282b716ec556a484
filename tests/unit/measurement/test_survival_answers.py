"""From a table of lifetimes to a half-life: what counts as age, entry, end and loss."""

import json
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.lives import kaplan_meier as kaplan_meier_module
from abate.measurement.lives import kaplan_meier_kernel as kernels
from abate.measurement.lives.kaplan_meier import Observed, chi2_tail, kaplan_meier, log_rank, risk_table
from abate.measurement.lives.survival import survival
from abate.measurement.tables.columns import Lifetimes, encode
from abate.measurement.weeks import NO_TIME, to_micros

START = datetime(2025, 3, 1, tzinfo=UTC)


def micros(days):
    return np.array(
        [NO_TIME if day is None else to_micros(START + timedelta(days=day)) for day in days], dtype=np.int64
    )


def lives(rows, **more):
    """Lifetimes from (created, first seen, last seen, removed), in days."""
    created, first, last, removed = zip(*rows, strict=True)
    columns = {
        "subject": encode(f"s{place}" for place in range(len(rows))),
        "platform": encode(["p"] * len(rows)),
        "created": micros(created),
        "first_seen": micros(first),
        "last_seen": micros(last),
        "removed": micros(removed),
    }
    return Lifetimes(**columns | more)


def steps(result):
    return [(step[0], round(step[1], 6)) for step in result.to_json()["curve"]]


def codes(result):
    return {caveat.code for caveat in result.footing.caveats}


FOUR = [(0, 0, 2, 2), (0, 0, 3, None), (0, 0, 4, 4), (0, 0, 9, None)]


def test_ends_step_down_and_losses_only_thin_the_ranks():
    result = survival(lives(FOUR))
    assert steps(result) == [(0, 1.0), (2, 0.75), (4, 0.375), (9, 0.375)]
    assert result.whole.curve.median == 4
    assert (result.whole.subjects, result.whole.events) == (4, 2)
    answer = result.to_json()
    assert answer["schema"] == 1
    assert answer["level"] == 0.95
    assert answer["calibrated"] is None
    assert "groups" not in answer
    json.dumps(answer, allow_nan=False)


def test_a_half_life_that_is_not_reached_is_null():
    assert survival(lives([(0, 0, 9, None), (0, 0, 2, 2), (0, 0, 9, None)])).to_json()["median"] is None


def test_nobody_removed_is_a_flat_curve():
    result = survival(lives([(0, 0, 9, None), (0, 1, 5, None)]))
    assert steps(result) == [(0, 1.0), (9, 1.0)]


def test_a_subject_is_at_risk_only_after_it_was_first_seen():
    # Seen from age 3 on, the second one cannot speak for the first three days.
    result = survival(lives([(0, 0, 2, 2), (0, 3, 9, None), (0, 0, 8, 8), (0, 0, 9, None)]))
    assert steps(result)[1] == (2, round(2 / 3, 6))
    assert steps(result)[2] == (8, round(2 / 3 * 2 / 3, 6))


def test_ages_and_entries_are_rounded_up_to_the_day():
    result = survival(lives([(0, 0.1, 1.2, 1.2), (0, 0.1, 4, None), (0, 0, 4, None)]))
    assert steps(result)[1] == (2, round(2 / 3, 6))


def test_who_came_and_went_within_a_day_is_left_out_and_said_so():
    result = survival(lives([(0, 1.2, 1.8, 1.8), (0, 0, 4, None), (0, 0, 3, 3)]))
    assert steps(result)[1] == (3, 0.5)
    assert "left-truncation" in codes(result)


def test_a_removal_on_the_day_of_creation_counts():
    result = survival(lives([(0, 0, 0, 0), (0, 0, 4, None)]))
    assert steps(result) == [(0, 0.5), (4, 0.5)]
    assert result.whole.curve.median == 0


def test_without_a_creation_date_the_age_runs_from_the_first_sight():
    table = lives([(None, 1, 3, 3), (0, 0, 4, None)])
    assert steps(survival(table))[1] == (2, 0.5)
    assert "left-truncation" in codes(survival(table))
    assert "left-truncation" in codes(survival(lives([(0, 0, 4, 4)], created=None)))
    assert "left-truncation" not in codes(survival(lives(FOUR)))


def test_conditioning_on_an_age_forgets_what_was_before():
    rows = [(0, 0, 1, 1), (0, 0, 2, 2), (0, 0, 4, 4), (0, 0, 9, None)]
    result = survival(lives(rows), given_alive_at=2)
    assert steps(result) == [(2, 1.0), (4, 0.5), (9, 0.5)]
    assert result.to_json()["given_alive_at"] == 2
    assert result.whole.events == 1
    with pytest.raises(InputError, match="smaller --given-alive-at"):
        survival(lives(rows), given_alive_at=30)


def test_a_thin_early_risk_set_is_warned_of_with_the_way_out():
    late = [(0, 20, 60, None)] * 30
    result = survival(lives([(0, 0, 3, 3), (0, 0, 30, None), (0, 0, 30, None), *late]))
    assert any("--given-alive-at" in caveat.text for caveat in result.footing.caveats)
    calm = survival(lives([(0, 0, 3, 3), (0, 0, 30, None), (0, 0, 30, None), *late]), given_alive_at=21)
    assert not any("--given-alive-at" in caveat.text for caveat in calm.footing.caveats)


def test_a_reason_can_be_the_event_or_compete_with_it():
    table = lives([(0, 0, 2, 2), (0, 0, 3, 3), (0, 0, 9, None)], reason=encode(["takedown", "closed", ""]))
    assert steps(survival(table))[1:3] == [(2, 0.666667), (3, 0.333333)]
    assert steps(survival(table, event="closed"))[1:] == [(3, 0.5), (9, 0.5)]
    assert steps(survival(table, competing=["closed"]))[1] == (2, 0.666667)
    assert survival(table, competing=["closed"]).whole.events == 1
    with pytest.raises(InputError, match="reasons are: closed, takedown"):
        survival(table, event="gone")
    with pytest.raises(InputError, match="reasons are: none"):
        survival(lives(FOUR), competing=["gone"])


def test_a_table_without_removals_has_no_events():
    assert survival(lives(FOUR, removed=None)).whole.events == 0


def test_a_snapshot_forgets_what_came_later():
    table = lives([*FOUR, (20, 20, 30, 30)])
    result = survival(table, until=START + timedelta(days=3))
    assert steps(result) == [(0, 1.0), (2, 0.75), (3, 0.75)]
    assert result.whole.subjects == 4


def test_rows_that_contradict_themselves_are_left_out_and_counted():
    result = survival(lives([*FOUR, (5, 2, 9, None), (0, 4, 2, None), (0, 3, 9, 1)]))
    assert result.whole.subjects == 4
    assert any("3 lifetimes contradict" in caveat.text for caveat in result.footing.caveats)
    with pytest.raises(InputError, match="no lifetime remains"):
        survival(lives([(5, 2, 9, None)]))


def test_groups_have_their_own_curves_and_one_test():
    quick, slow = [(0, 0, day, day) for day in range(1, 21)], [(0, 0, day * 5, day * 5) for day in range(1, 21)]
    table = lives(quick + slow, operator=encode(["quick"] * 20 + [""] * 20))
    answer = survival(table, by="operator").to_json()
    assert {name: group["median"] for name, group in answer["groups"].items()} == {"": 50, "quick": 10}
    assert answer["log_rank"]["df"] == 1
    assert answer["log_rank"]["p"] < 1e-6
    alone = survival(table, by="platform").to_json()
    assert alone["log_rank"] is None
    late = survival(table, by="operator", given_alive_at=21)
    assert late.log_rank is None, "only one group has ends left"


def test_log_rank_needs_something_to_compare():
    one = risk_table(Observed(exit=np.array([3]), event=np.array([True])))
    assert log_rank([]) is None
    assert log_rank([one]) is None


def test_very_many_subjects_are_counted_by_the_kernels_alike(monkeypatch):
    draw = np.random.default_rng(1)
    entry = draw.integers(0, 5, 400)
    leave = entry + draw.integers(-2, 30, 400).clip(-entry)
    event = draw.random(400) < 0.6
    for early in (entry, np.zeros_like(entry), None):
        given = Observed(exit=leave, event=event, entry=early)
        plain = risk_table(given)
        with monkeypatch.context() as patch:
            patch.setattr(kaplan_meier_module, "_KERNEL_FROM", 1)
            compiled = risk_table(given)
            patch.setattr(kernels, "tally", kernels.tally.py_func)
            slowly = risk_table(given)
        for other in (compiled, slowly):
            assert np.array_equal(plain.at_risk, other.at_risk)
            assert np.array_equal(plain.ended, other.ended)
            assert plain.left_out == other.left_out


def test_an_empty_table_is_a_flat_curve():
    empty = np.array([], dtype=np.int64)
    curve = kaplan_meier(Observed(exit=empty, event=empty.astype(bool), entry=empty))
    assert (curve.days.tolist(), curve.survival.tolist(), curve.median) == ([0], [1.0], None)
    assert curve.at(99) == 1.0


def test_the_chi_square_tail_has_its_known_values():
    # From the tables everybody has: the 5 % points.
    for df, point in ((1, 3.841459), (2, 5.991465), (3, 7.814728), (4, 9.487729), (7, 14.067140)):
        assert chi2_tail(point, df) == pytest.approx(0.05, abs=1e-6)
    assert chi2_tail(0, 1) == 1.0
    assert chi2_tail(9, 2) == pytest.approx(math.exp(-4.5))
