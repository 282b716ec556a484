"""Figures of each language, and the gates that are read off them."""

import numpy as np
import pytest

from abate.flows.training.figures import Counted, Figures, Judged, figures_of
from abate.flows.training.gates import Outcome, against_promotion, failed, gates_of
from abate.flows.training.labelled import Labelled
from abate.flows.training.metrics import expected_calibration_error


def judged(scores, truth, *, languages=None, protected=None, calibrated=None, sets=None):
    """Two classes, ``0`` and ``1``, of which the second is the violation."""
    rows, scores = len(scores), np.asarray(scores, float)
    return Judged(
        rows=Labelled(
            texts=("",) * rows,
            labels=tuple("01"[one] for one in truth),
            languages=tuple(languages or ("en",) * rows),
            templates=("",) * rows,
            sources=("",) * rows,
            protected=tuple(protected or (False,) * rows),
        ),
        labels=("0", "1"),
        violating=frozenset({"1"}),
        guesses=(scores >= 0.5).astype(np.int64),
        probabilities=np.stack([1 - scores, scores], axis=1),
        sets=np.ones((rows, 2), bool) if sets is None else np.asarray(sets),
        calibrated=np.ones(rows, bool) if calibrated is None else np.asarray(calibrated),
        level=0.9,
    )


def test_each_language_is_counted_apart_and_over_all_each_keeps_its_threshold():
    one = judged([0.9, 0.6, 0.2, 0.9, 0.6, 0.2], [1, 0, 0, 1, 1, 0], languages=["en", "en", "en", "ar", "ar", "ar"])
    everything, each = figures_of(one, {"en": {"review": 0.8}, "ar": {"review": 0.5}})
    assert (each["en"].rows, each["ar"].rows) == (3, 3)
    assert each["en"].thresholds["review"].precision == 1
    assert each["ar"].thresholds["review"].recall == 1
    assert everything.thresholds["review"].flagged == 3
    assert np.isnan(everything.thresholds["review"].threshold)
    assert each["en"].thresholds["0.95"] is None
    assert each["en"].f1 == pytest.approx(2 / 3)
    assert everything.accuracy == pytest.approx(5 / 6)


def test_a_language_without_a_threshold_puts_nothing_forward():
    one = judged([0.9, 0.9, 0.9], [1, 0, 0], languages=["en", "ar", "ar"], protected=[False, True, False])
    everything, each = figures_of(one, {"en": {"review": 0.5}, "ar": {"review": None}})
    assert everything.thresholds["review"].flagged == 1
    assert each["ar"].thresholds["review"] is None
    assert (each["ar"].protected.count, each["ar"].protected.of) == (0, 1)


def test_protected_rows_at_the_threshold_are_false_positives():
    one = judged([0.9, 0.8, 0.1, 0.95], [0, 0, 0, 1], protected=[True, True, True, False])
    everything, _ = figures_of(one, {"en": {"review": 0.8}})
    assert (everything.protected.count, everything.protected.of) == (2, 3)
    assert everything.protected.share == pytest.approx(2 / 3)


def test_rows_in_a_language_that_was_not_calibrated_count_for_f1_only():
    one = judged([0.9, 0.1], [1, 0], languages=["en", "sw"], calibrated=[True, False])
    everything, each = figures_of(one, {"en": {"review": 0.5}})
    assert each["sw"].macro_f1 == 1
    assert each["sw"].ece is None
    assert everything.calibrated == 1
    assert everything.coverage.of == 1


def test_coverage_counts_the_sets_that_hold_the_truth():
    one = judged([0.9, 0.9, 0.1], [1, 0, 0], sets=[[False, True], [False, True], [True, False]])
    everything, _ = figures_of(one, {})
    assert (everything.coverage.count, everything.coverage.of) == (2, 3)


def test_classes_without_a_violation_are_told_apart_and_nothing_is_put_forward():
    base = judged([0.9, 0.3, 0.2], [1, 0, 1])
    one = Judged(**{name: getattr(base, name) for name in base.__dataclass_fields__} | {"violating": frozenset()})
    everything, _ = figures_of(one, {})
    assert everything.f1 is None
    assert everything.thresholds is None
    expected = expected_calibration_error(np.array([0.9, 0.7, 0.8]), np.array([True, True, False]))
    assert everything.ece == pytest.approx(expected)


def figures(rows=4_000, **kept):
    covered = Counted(count=int(0.9 * rows), of=rows)
    return Figures(
        **{
            "rows": rows,
            "calibrated": rows,
            "labels": {},
            "accuracy": 1,
            "macro_f1": 1,
            "ece": 0.01,
            "coverage": covered,
        }
        | kept
    )


def outcomes(language_figures):
    found = gates_of({"en": language_figures}, {"en": 0.9})
    return {gate.name: gate.outcome for gate in found}


def test_a_good_model_passes_every_gate():
    good = figures(protected=Counted(count=0, of=3_100))
    assert set(outcomes(good).values()) == {Outcome.PASSED}
    assert not against_promotion(gates_of({"en": good}, {"en": 0.9}))


def test_one_news_item_in_three_thousand_one_hundred_is_one_too_many():
    gates = gates_of({"en": figures(protected=Counted(count=1, of=3_100))}, {"en": 0.9})
    (gate,) = failed(gates)
    assert gate.sentence == "gate protected in en failed: 0.153 %, limit 0.100 %"
    assert against_promotion(gates) == [gate]


def test_fewer_protected_items_print_the_bound_and_are_no_gate():
    few = figures(protected=Counted(count=5, of=900))
    assert outcomes(few)["protected"] is Outcome.NOT_JUDGED
    assert not against_promotion(gates_of({"en": few}, {"en": 0.9}))


@pytest.mark.parametrize(
    ("rows", "ece", "outcome"),
    [
        (3_000, 0.031, Outcome.FAILED),
        (3_000, 0.030, Outcome.PASSED),
        (2_999, 0.031, Outcome.PASSED),
        (2_999, 0.061, Outcome.FAILED),
        (499, 0.2, Outcome.NOT_JUDGED),
    ],
)
def test_calibration_is_held_to_more_where_there_are_more_rows(rows, ece, outcome):
    assert outcomes(figures(rows=rows, ece=ece))["calibration"] is outcome


@pytest.mark.parametrize(
    ("count", "rows", "outcome"),
    [(860, 1_000, Outcome.FAILED), (890, 1_000, Outcome.PASSED), (40, 50, Outcome.NOT_JUDGED)],
)
def test_coverage_fails_when_it_lies_below_its_level_by_more_than_chance(count, rows, outcome):
    assert outcomes(figures(rows=rows, coverage=Counted(count=count, of=rows)))["coverage"] is outcome


def test_too_few_rows_keep_a_model_from_promotion_and_fail_nothing():
    gates = gates_of({"en": figures(rows=40)}, {"ar": 0.9, "en": 0.9})
    assert not failed(gates)
    assert [(gate.name, gate.language) for gate in against_promotion(gates)] == [("rows", "ar"), ("rows", "en")]
    assert "not judged on 0 rows" in against_promotion(gates)[0].sentence


def test_a_language_that_the_model_does_not_speak_of_has_no_gate():
    assert not gates_of({"sw": figures()}, {})
