from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abate.domain.bank import SELF, Bank, BankPurpose, Entry, EntryState, Stance
from abate.domain.errors import InputError
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.signal import MIN_QUALITY, NotScanned, Signal
from abate.matching.bank import Matcher, Said
from abate.matching.exact_index import ExactIndexType
from abate.matching.hamming_index import HammingIndexType
from abate.signals.exact import Md5, Sha256
from abate.signals.photo import Pdq

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SIGNALS = {plug.name: plug for plug in (Sha256(), Md5(), Pdq())}
INDEXES = {plug.name: plug for plug in (ExactIndexType(), HammingIndexType())}
ZERO = "0" * 64
LANTERN = Bank(name="lantern", group="Order of the Grey Lantern", created_at=NOW)
OTHER = Bank(name="other", created_at=NOW)


def entry(number, value=ZERO, *, kind="sha256", bank="lantern", sources=(), day=0):
    return Entry(
        id=f"e{number}",
        bank=bank,
        signal_type=kind,
        value=value,
        sources=sources,
        added_at=NOW + timedelta(days=day),
    )


def matcher(*entries, banks=(LANTERN, OTHER), signals=SIGNALS, indexes=INDEXES):
    return Matcher(banks=banks, entries=entries, signal_types=signals, index_types=indexes)


def one(built, *signals):
    (found,) = built.match([signals], at=NOW)
    return found


def bits(count, digits=64):
    return f"{(1 << count) - 1:0{digits}x}"


def test_an_equal_value_matches_with_all_that_is_known_of_the_entry():
    (match,) = one(matcher(entry(1, sources=("b", "a"))), Signal(type="sha256", value=ZERO))
    assert (match.bank, match.entry, match.signal_type, match.distance) == ("lantern", "e1", "sha256", 0)
    assert (match.sources, match.group) == (("a", "b"), "Order of the Grey Lantern")


def test_a_value_of_another_type_does_not_match_though_it_is_written_alike():
    assert one(matcher(entry(1, kind="pdq")), Signal(type="sha256", value=ZERO)) == ()


def test_entries_of_one_value_in_one_bank_are_one_match_vouched_for_by_all():
    """Two organisations that confirm one content make the automatic path possible: they must not arrive apart."""
    built = matcher(entry(2, sources=("x",), day=1), entry(1, sources=("y",)), entry(3, ZERO.upper(), sources=(SELF,)))
    (match,) = one(built, Signal(type="sha256", value=ZERO))
    assert (match.entry, match.sources) == ("e1", (SELF, "x", "y"))
    assert len(built) == 1


def test_entries_of_one_value_in_two_banks_are_two_matches():
    found = one(matcher(entry(1), entry(2, bank="other", sources=("x",))), Signal(type="sha256", value=ZERO))
    assert [(m.bank, m.sources) for m in found] == [("lantern", ()), ("other", ("x",))]


def test_near_pictures_match_by_distance_nearest_first():
    built = matcher(entry(1, bits(31), kind="pdq"), entry(2, bits(32), kind="pdq"), entry(3, bits(4), kind="pdq"))
    found = one(built, Signal(type="pdq", value=ZERO))
    assert [(m.entry, m.distance) for m in found] == [("e3", 4), ("e1", 31)]


def test_an_entry_met_by_two_signals_counts_once_at_the_smaller_distance():
    built = matcher(entry(1, kind="pdq"))
    for order in (1, -1):
        signals = [Signal(type="pdq", value=bits(9)), Signal(type="pdq", value=bits(3))][::order]
        assert [m.distance for m in one(built, *signals)] == [3]


@pytest.mark.parametrize(("quality", "matches"), [(0, 0), (MIN_QUALITY - 1, 0), (MIN_QUALITY, 1)])
def test_a_poor_signal_matches_nothing(quality, matches):
    assert len(one(matcher(entry(1, kind="pdq")), Signal(type="pdq", value=ZERO, quality=quality))) == matches


def test_a_batch_answers_item_by_item_in_order():
    built = matcher(entry(1), entry(2, bits(8), kind="pdq"))
    found = built.match(
        [
            [],
            [Signal(type="sha256", value=ZERO)],
            [Signal(type="sha256", value=bits(1))],
            [Signal(type="pdq", value=ZERO), Signal(type="sha256", value=ZERO)],
            [Signal(type="sha256", value=ZERO)],
        ],
        at=NOW,
    )
    assert [[(m.entry, m.distance) for m in item] for item in found] == [
        [],
        [("e1", 0)],
        [],
        [("e1", 0), ("e2", 8)],
        [("e1", 0)],
    ]
    assert built.match([], at=NOW) == []


def test_banks_of_designated_names_and_banks_that_are_gone_match_nothing():
    names = Bank(name="un", purpose=BankPurpose.DESIGNATED, created_at=NOW)
    built = matcher(entry(1, bank="un"), entry(2, bank="gone"), banks=(names,))
    assert one(built, Signal(type="sha256", value=ZERO)) == ()
    assert len(built) == 0


def test_a_type_whose_index_is_missing_is_said_and_the_others_are_matched():
    built = matcher(entry(1), entry(2, kind="pdq"), indexes={"exact": ExactIndexType()})
    signals = [Signal(type="sha256", value=ZERO), Signal(type="pdq", value=ZERO)]
    assert [m.entry for m in one(built, *signals)] == ["e1"]
    (said,) = built.not_scanned(signals)
    assert said == NotScanned(
        step="match", reason="signal type 'pdq' wants the index 'hamming'; install the package that brings it"
    )


def test_a_type_that_is_not_installed_is_said():
    built = matcher(entry(1, kind="clip"))
    (said,) = built.not_scanned([Signal(type="clip", value="x")])
    assert "no signal type 'clip' is installed" in said.reason


def test_nothing_is_said_of_what_no_bank_holds_or_what_would_not_be_matched_anyway():
    built = matcher(entry(1, kind="clip"), indexes={})
    assert built.not_scanned([Signal(type="pdq", value=ZERO)]) == ()
    assert built.not_scanned([Signal(type="clip", value="x", quality=MIN_QUALITY - 1)]) == ()


def test_an_entry_that_is_no_value_of_its_type_is_an_error_not_a_gap():
    with pytest.raises(InputError, match="SHA-256"):
        matcher(entry(1, "nonsense"))


def test_an_entry_that_nothing_can_look_up_comes_and_goes_without_a_trace():
    built = matcher(entry(1, kind="stranger"))
    assert built.not_scanned([Signal(type="stranger", value="x")])
    built.update(banks=(LANTERN, OTHER), changed=[], gone=["e1", "e-none"], said=Said())
    assert len(built) == 0


def test_a_bank_matches_as_near_as_it_says_and_the_next_update_changes_that():
    near = replace(LANTERN, max_distance=9)
    built = matcher(entry(1, bits(10), kind="pdq"), entry(2, bits(9), kind="pdq"), banks=(near,))
    asked = Signal(type="pdq", value=ZERO)
    assert [m.entry for m in one(built, asked)] == ["e2"]
    built.update(banks=(LANTERN,), changed=[], gone=(), said=Said())
    assert [m.entry for m in one(built, asked)] == ["e2", "e1"]
    built.update(banks=(), changed=[], gone=(), said=Said())
    assert one(built, asked) == ()


def test_a_negative_entry_of_a_value_is_a_match_of_its_own_with_all_that_is_known_of_it():
    known, no = entry(1, sources=("a",)), replace(entry(2, sources=("b",)), stance=Stance.NEGATIVE, origin="l.csv")
    built = matcher(known, no)
    yes, said_no = one(built, Signal(type="sha256", value=ZERO))
    assert (yes.stance, yes.sources, yes.group) == (Stance.KNOWN, ("a",), "Order of the Grey Lantern")
    assert (said_no.stance, said_no.sources, said_no.group) == (Stance.NEGATIVE, ("b",), "")
    assert (said_no.origin, said_no.added_at, said_no.state) == ("l.csv", NOW, EntryState.NEGATIVE)


def test_who_disputes_one_of_two_equal_entries_does_not_vouch_through_the_other():
    dispute = Opinion(id="o", entry="e1", source="b", word=OpinionWord.DISPUTE, at=NOW)
    built = matcher(entry(1, sources=("a",)), entry(2, sources=("b", "c")))
    built.update(banks=(LANTERN,), changed=[], gone=(), said=Said(opinions={"e1": [dispute]}))
    (match,) = one(built, Signal(type="sha256", value=ZERO))
    assert (match.sources, match.disputers, match.state) == (("a", "c"), ("b",), EntryState.DISPUTED)
