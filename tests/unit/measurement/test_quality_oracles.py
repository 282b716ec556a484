"""Precision, recall and agreement against scipy, statsmodels and a coincidence matrix counted by hand."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abate.domain.bank import Match
from abate.domain.case import AUTOMATIC, Case, Decision, Ground
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Verdict
from abate.flows.cases import decide
from abate.flows.quality import in_force, quality_of, second_reading
from abate.measurement.quality import Judged, krippendorff, quality
from abate.testing.fakes import make_kit

readings = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def alpha_by_hand(pairs):
    """Krippendorff's alpha from its coincidence matrix, cell by cell; ``None`` where chance cannot be told."""
    matrix = Counter()
    for pair in pairs:
        for one, other in itertools.permutations(pair, 2):
            matrix[one, other] += 1
    margin = Counter()
    for (one, _), count in matrix.items():
        margin[one] += count
    total = sum(margin.values())
    observed = sum(count for (one, other), count in matrix.items() if one != other) / total
    expected = sum(margin[a] * margin[b] for a, b in itertools.permutations(margin, 2)) / (total * (total - 1))
    return 1 - observed / expected if expected else None


@given(pairs=readings)
def test_alpha_is_that_of_the_coincidence_matrix(pairs):
    value, by_hand = krippendorff(pairs).value, alpha_by_hand(pairs)
    assert value == (None if by_hand is None else pytest.approx(by_hand))


@given(pairs=readings.filter(lambda pairs: len(set(itertools.chain.from_iterable(pairs))) > 1))
def test_alpha_is_fleiss_kappa_with_its_small_sample_correction(pairs):
    raters = pytest.importorskip("statsmodels.stats.inter_rater", reason="pip install '.[oracles]'")
    counts = np.array([[sum(pair), 2 - sum(pair)] for pair in pairs])
    kappa = raters.fleiss_kappa(counts)
    assert krippendorff(pairs).value == pytest.approx(1 - (1 - kappa) * (1 - 1 / (2 * len(pairs))))


@given(pairs=readings)
def test_who_read_first_and_which_label_is_called_violating_say_nothing(pairs):
    value = krippendorff(pairs).value
    same = None if value is None else pytest.approx(value)
    assert krippendorff([(second, first) for first, second in pairs]).value == same
    assert krippendorff([(not first, not second) for first, second in pairs]).value == same


cases = st.lists(
    st.builds(
        Judged,
        violating=st.booleans(),
        signals=st.frozensets(st.sampled_from(["pdq", "md5", "text"])),
        banks=st.frozensets(st.sampled_from(["north", "south"])),
        language=st.sampled_from(["ar", "en", "und"]),
        readable_by=st.frozensets(st.sampled_from(["pdq", "md5", "text"])),
    ),
    max_size=60,
)


def exact(k, n):
    low = stats.beta.ppf(0.025, k, n - k + 1) if k else 0.0
    return [low, stats.beta.ppf(0.975, k + 1, n - k) if k < n else 1.0]


@given(judged=cases)
def test_precision_and_recall_are_counted_as_they_are_defined(judged):
    told = quality(judged, suppress_below=0).to_json()
    for name, row in told["signal"].items():
        found = [one for one in judged if name in one.signals]
        missed = [one for one in judged if one.violating and name in one.readable_by and name not in one.signals]
        hits = sum(one.violating for one in found)
        assert row["precision"]["n"] == len(found)
        assert row["precision"]["interval"] == pytest.approx(exact(hits, len(found)))
        if hits + len(missed):
            assert row["recall"]["value"] == pytest.approx(hits / (hits + len(missed)))
            assert row["recall"]["interval"] == pytest.approx(exact(hits, hits + len(missed)))
    for name, row in told["bank"].items():
        found = [one.violating for one in judged if name in one.banks]
        wrong = sum(one.violating for one in judged)
        assert row["precision"]["value"] == pytest.approx(np.mean(found))
        assert row["recall"]["value"] == (pytest.approx(sum(found) / wrong) if wrong else None)
    for name, row in told["language"].items():
        found = [one.violating for one in judged if one.language == name and one.signals]
        assert row["precision"]["n"] == len(found)
    json.dumps(told, allow_nan=False)


def test_intervals_are_statsmodels_exact_ones():
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="pip install '.[oracles]'")
    judged = [Judged(violating=place < 37, signals=frozenset({"pdq"})) for place in range(52)]
    told = quality(judged).to_json()["signal"]["pdq"]["precision"]
    assert told["interval"] == pytest.approx(proportion.proportion_confint(37, 52, method="beta"))


@given(judged=cases, least=st.integers(1, 12))
def test_a_small_cell_shows_neither_its_number_nor_its_size(judged, least):
    told = quality(judged, suppress_below=least).to_json()
    for part in ("signal", "bank", "language"):
        for row in told[part].values():
            for name in ("precision", "recall"):
                cell = row[name]
                assert "n" not in cell if cell.get("suppressed") else cell["n"] == 0 or cell["n"] >= least


def decision(number, verdict, by, *, reverses="", ground=Ground.TERMS):
    return Decision(
        id=f"d{number}",
        case="c1",
        item="i1",
        verdict=verdict,
        by=by,
        at=datetime(2025, 3, 3, tzinfo=UTC) + timedelta(hours=number),
        reverses=reverses,
        ground=ground,
    )


def test_the_last_decision_that_stands_is_in_force():
    first, second = decision(1, Verdict.LIMIT, "r1"), decision(2, Verdict.NONE, "r2")
    assert in_force([first, second]) is second
    assert in_force([first, second, decision(3, Verdict.LIMIT, "r1", reverses="d2")]) is first
    assert in_force([decision(1, Verdict.LIMIT, AUTOMATIC)]) is None
    assert in_force([]) is None


def test_a_second_reading_is_by_somebody_else_and_not_under_an_order():
    first, same = decision(1, Verdict.LIMIT, "r1"), decision(2, Verdict.NONE, "r1")
    other, order = decision(3, Verdict.NONE, "r2"), decision(4, Verdict.REMOVE, "r3", ground=Ground.TCO_ART3)
    assert second_reading([first, same, other]) == (True, False)
    assert second_reading([first, same]) is None
    assert second_reading([first, order]) is None
    assert second_reading([decision(1, Verdict.LIMIT, AUTOMATIC)]) is None


def test_no_reviewer_no_item_and_no_account_comes_out_of_the_store(abate, tmp_path):
    kit = make_kit(tmp_path / "kit")
    for number in range(24):
        item = Item(
            id=f"zz-item-{number}",
            kind=Kind.PHOTO,
            language="ar",
            account=f"zz-account-{number}",
            channel="zz-channel",
            platform="harbourline",
        )
        found = (Match(bank="north", entry="zz-entry", signal_type="pdq", distance=0, group="zz-group"),)
        case = Case(
            id=f"zz-case-{number}",
            item=item.id,
            opened_at=kit.clock.now(),
            proposal=Proposal(verdict=Verdict.LIMIT, automatic=False),
            matches=found if number % 2 else (),
        )
        with kit.store.write() as tx:
            tx.items.add(item)
            tx.cases.add(case)
        decide(kit, case.id, verdict=Verdict.LIMIT if number % 3 else Verdict.NONE, by=f"zz-reviewer-{number % 2}")
    answer = quality_of(kit)
    told = json.dumps(answer.to_json()) + " ".join(answer.sentences())
    assert "zz-" not in told
    assert answer.to_json()["bank"]["north"]["precision"]["n"] == 12
