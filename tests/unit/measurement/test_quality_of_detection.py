"""Precision, recall and agreement: from counts, and from what people decided in a store."""

import json
from datetime import timedelta

import numpy as np
import pytest

from abate.domain.bank import Match
from abate.domain.case import Case, Ground
from abate.domain.errors import InputError
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Verdict
from abate.flows.cases import decide, limit_automatically, undo
from abate.flows.lives import LivesQuestion, case_times, reappearance_of, survival_of
from abate.flows.quality import quality_of
from abate.measurement.drawing.quality_chart import quality_chart
from abate.measurement.quality import Judged, krippendorff, quality
from abate.numeric.intervals import clopper_pearson
from abate.testing.fakes import make_kit


def judged(count, *, violating=True, **more):
    return [Judged(violating=violating, **more)] * count


PDQ, MD5 = frozenset({"pdq"}), frozenset({"md5"})


def test_precision_is_of_what_was_found_and_recall_of_what_was_violating():
    told = quality(
        [
            *judged(18, signals=PDQ, banks=frozenset({"known"}), language="ar", readable_by=PDQ),
            *judged(6, violating=False, signals=PDQ, banks=frozenset({"known"}), language="ar", readable_by=PDQ),
            *judged(12, signals=MD5, readable_by=PDQ, language="ru"),
            *judged(30, language="ru"),
        ]
    ).to_json()
    assert told["signal"]["pdq"]["precision"] == {"value": 0.75, "interval": list(clopper_pearson(18, 24)), "n": 24}
    assert told["signal"]["pdq"]["recall"]["value"] == pytest.approx(18 / 30), "of the items that it can read"
    assert told["bank"]["known"]["recall"]["value"] == pytest.approx(18 / 60), "a bank could hold anything"
    assert told["language"]["ru"]["recall"]["value"] == pytest.approx(12 / 42)
    assert told["language"]["ar"]["precision"]["value"] == 0.75
    assert told["overall"]["recall"]["value"] == pytest.approx(30 / 60)
    assert (told["decided"], told["found_otherwise"]) == (66, 30)
    assert told["calibrated"] is True
    json.dumps(told, allow_nan=False)


def test_a_signal_that_matched_an_item_could_read_it_whatever_the_table_of_kinds_says():
    told = quality(judged(12, signals=PDQ)).to_json()
    assert told["signal"]["pdq"]["recall"]["value"] == 1


def test_small_cells_show_no_number_and_not_their_size():
    told = quality([*judged(9, signals=PDQ), *judged(20, signals=MD5)])
    assert told.to_json()["signal"]["pdq"]["precision"] == {"value": None, "interval": None, "suppressed": True}
    assert told.to_json()["signal"]["md5"]["precision"]["n"] == 20
    assert [caveat.code for caveat in told.footing.caveats] == ["small-cells", "poor-fit"]
    shown = quality([*judged(9, signals=PDQ), *judged(20)], suppress_below=0)
    assert shown.to_json()["signal"]["pdq"]["precision"]["n"] == 9


def test_when_every_case_came_from_a_match_nothing_shows_what_was_missed():
    told = quality(judged(20, signals=PDQ, language="ar")).to_json()
    assert told["overall"]["recall"]["value"] is None
    assert "nothing shows what was missed" in told["overall"]["recall"]["reason"]
    assert told["language"]["ar"]["recall"]["value"] is None
    assert any("every decided case came from a match" in one["text"] for one in told["warnings"])


def test_no_decision_is_null_with_a_reason():
    answer = quality([], open_cases=3)
    told = answer.to_json()
    assert told["overall"]["precision"] == {
        "value": None,
        "interval": None,
        "n": 0,
        "reason": "no such case was decided",
    }
    assert told["signal"] == told["bank"] == told["language"] == {}
    assert "no person has decided a case yet" in told["reason"]
    assert answer.sentences()[0].startswith("No person")
    assert quality_chart(answer) is None


def test_agreement_is_of_cases_that_two_people_decided():
    twice = [(True, True)] * 14 + [(False, False)] * 3 + [(True, False)] * 3
    cases = [Judged(violating=second, second=(first, second), signals=PDQ) for first, second in twice]
    told = quality([*cases, *judged(5, signals=PDQ)]).to_json()
    assert told["overall"]["agreement"]["value"] == 0.85
    assert told["signal"]["pdq"]["agreement"]["interval"] == list(clopper_pearson(17, 20))
    assert told["overall"]["agreement"]["alpha"]["value"] == pytest.approx(1 - 0.15 / (2 * 31 * 9 / (40 * 39)))
    none = quality(judged(20, signals=PDQ)).to_json()["overall"]["agreement"]
    assert "no case was decided a second time" in none["reason"]
    assert none["alpha"] is None
    few = quality([*cases[:4], *judged(20)]).to_json()["overall"]["agreement"]
    assert few == {"value": None, "interval": None, "suppressed": True, "alpha": None}


def test_alpha_has_its_known_values():
    # Two readers, ten units, binary: the worked example that everybody cites gives .095.
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    pairs = [(bool(a), bool(b)) for a, b in zip(first, second, strict=True)]
    assert krippendorff(pairs).value == pytest.approx(0.095, abs=5e-4)
    assert krippendorff([(True, True), (False, False)] * 10).value == 1
    assert krippendorff([(True, True)] * 9).value is None, "chance would agree as well"
    assert krippendorff([]).value is None
    low, high = krippendorff(pairs, seed=1).interval
    assert low < 0.095 < high
    assert krippendorff(pairs, seed=1) == krippendorff(pairs, seed=1)


def test_alpha_covers_what_it_says_when_readers_differ_by_chance():
    draw = np.random.default_rng(4)
    share, same = 0.5, 0.8
    # Each reading is the truth with this chance: alpha of the infinite sample is (2q - 1)^2 at even shares.
    truth, held = (2 * same - 1) ** 2, 0
    for run in range(200):
        facts = draw.random(80) < share
        readings = [facts ^ (draw.random(80) > same) for _ in range(2)]
        low, high = krippendorff(list(zip(*readings, strict=True)), seed=run).interval
        held += low <= truth <= high
    assert held >= 180


def test_the_chart_has_a_place_for_each_signal_bank_and_language():
    answer = quality([*judged(20, signals=PDQ, banks=frozenset({"known"}), language="ar"), *judged(12)])
    chart = quality_chart(answer)
    assert [tick.text for tick in chart.ticks] == ["pdq", "known", "ar"]
    assert [point.value for point in chart.points] == [1, None, 1, None, 1]


@pytest.fixture
def kit(tmp_path):
    return make_kit(tmp_path)


def put(kit, number, *, signal="pdq", kind=Kind.PHOTO, language="ar", views=None):
    """Put a case before the reviewers."""
    item = Item(id=f"i{number}", kind=kind, language=language, channel="c", platform="p", views=views)
    found = (Match(bank="known", entry="e", signal_type=signal, distance=0, group="g"),) if signal else ()
    proposal = Proposal(verdict=Verdict.LIMIT, automatic=True)
    case = Case(id=f"c{number}", item=item.id, opened_at=kit.clock.now(), proposal=proposal, matches=found)
    with kit.store.write() as tx:
        tx.items.add(item)
        tx.cases.add(case)
        opened = HistoryEvent(at=kit.clock.now(), step=Step.OPENED, item=item.id, platform="p", channel="c")
        tx.history.append([opened])
    return case, item


def test_a_store_is_read_by_the_decision_in_force(kit):
    for number in range(24):
        put(kit, number, signal="pdq" if number < 12 else "")
        decide(kit, f"c{number}", verdict=Verdict.LIMIT if number % 4 else Verdict.NONE, by="r1")
    put(kit, 99)
    told = quality_of(kit).to_json()
    assert (told["decided"], told["open"], told["found_otherwise"]) == (24, 1, 12)
    assert told["signal"]["pdq"]["precision"]["value"] == 0.75
    assert told["signal"]["pdq"]["recall"]["value"] == 0.5
    assert told["bank"]["known"]["precision"]["n"] == 12
    assert told["language"]["ar"]["precision"]["n"] == 12


def test_what_the_rules_did_alone_decides_nothing(kit):
    case, item = put(kit, 1)
    with kit.store.write() as tx:
        limit_automatically(kit, tx, case, item)
    assert quality_of(kit).decided == 0


def test_a_second_person_after_an_undo_is_a_second_reading(kit):
    for number in range(12):
        put(kit, number, language="")
        decide(kit, f"c{number}", verdict=Verdict.LIMIT, by="r1")
        undo(kit, f"c{number}", note="look again", by="r2")
        other = "r1" if number == 11 else "r2"
        decide(kit, f"c{number}", verdict=Verdict.NONE if number < 2 else Verdict.LIMIT, by=other)
    told = quality_of(kit, suppress_below=0).to_json()
    assert told["overall"]["agreement"]["n"] == 11, "the same person again is no second reading"
    assert told["overall"]["agreement"]["value"] == pytest.approx(9 / 11)
    assert told["overall"]["precision"]["value"] == pytest.approx(10 / 12)
    assert set(told["language"]) == {"und"}


def test_a_case_that_was_opened_again_is_not_decided(kit):
    put(kit, 1)
    decide(kit, "c1", verdict=Verdict.LIMIT, by="r1")
    undo(kit, "c1", by="r2")
    assert quality_of(kit).decided == 0


def test_carrying_out_an_order_is_nobodys_reading(kit):
    put(kit, 1)
    decide(kit, "c1", verdict=Verdict.LIMIT, by="r1", ground=Ground.TCO_ART3)
    told = quality_of(kit, suppress_below=0)
    assert told.decided == 1
    assert told.whole.agreement.raw.cases == 0


def test_a_snapshot_leaves_out_what_was_decided_later(kit):
    put(kit, 1)
    before = kit.clock.now()
    kit.clock.move(hours=2)
    decide(kit, "c1", verdict=Verdict.LIMIT, by="r1")
    put(kit, 2)
    told = quality_of(kit, until=before)
    assert (told.decided, told.open) == (0, 1)


def history(kit, *events):
    with kit.store.write() as tx:
        tx.history.append(
            HistoryEvent(at=at, step=step, item=item, platform="p", channel=item, group="g", detail=detail)
            for at, step, item, detail in events
        )


def test_the_time_from_an_opened_case_to_the_action_comes_from_the_history(kit):
    now = kit.clock.now()
    hour = timedelta(hours=1)
    history(
        kit,
        (now, Step.OPENED, "a", ""),
        (now, Step.OPENED, "b", ""),
        (now, Step.OPENED, "c", ""),
        (now, Step.OPENED, "d", ""),
        (now + 2 * hour, Step.ACTED, "a", "remove"),
        (now + 5 * hour, Step.DECIDED, "b", "none"),
        (now + 6 * hour, Step.ACTED, "b", "limit"),
        (now + 3 * hour, Step.DECIDED, "c", "remove"),
        (now + 4 * hour, Step.ACTED, "c", "limit"),
        (now + 4 * hour, Step.ACTED, "never opened", "limit"),
        (now + 1 * hour, Step.ACTED, "d", "restore"),
        (now + 90 * hour, Step.ACTED, "d", "remove"),
    )
    kit.clock.move(hours=30)
    told = case_times(kit).to_json()
    assert (told["from"], told["subjects"], told["acted"], told["median"]) == ("case opened", 4, 2, 4)
    assert {row["hours"]: row["value"] for row in told["within"]} == {
        1: 0,
        6: 0.5,
        24: 0.5,
        72: None,
        168: None,
        720: None,
    }
    assert told["ended_otherwise"][1]["value"] == pytest.approx(0.25)
    assert case_times(kit, now - hour) is None
    assert case_times(kit, now + 3 * hour).acted.ended == 1


def test_the_stores_own_channels_have_a_curve_with_the_time_to_action_beside_it(kit):
    now = kit.clock.now()
    history(
        kit,
        *((now + timedelta(days=day), Step.MATCHED, f"c{day}", "") for day in range(12)),
        *((now + timedelta(days=day + 3), Step.CHECKED, f"c{day}", "gone") for day in range(12)),
    )
    answer = survival_of(kit, LivesQuestion())
    assert answer.whole.curve.median == 3
    assert answer.time_to_action is None, "no case was opened"


def test_the_store_does_not_know_operators_and_says_what_to_bring(kit):
    with pytest.raises(InputError, match="add a column operator"):
        reappearance_of(kit, LivesQuestion())
