"""What is due in which words, and evidence that is kept until its date."""

from datetime import UTC, datetime, timedelta

import pytest

from abate.compliance.due import describe, remaining, soonest_first
from abate.compliance.preservation import PURPOSES, Removed, destroy, expires_at, extend, place
from abate.domain.action import HoldState
from abate.domain.errors import ConflictError, InputError
from abate.domain.order import Deadline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def due(at=NOON, subject="order:o1", name="T_ORDER"):
    return Deadline(subject=subject, name=name, due=at, basis="Art. 3(3)", text="Remove it.")


def test_the_soonest_comes_first_and_ties_never_flicker():
    late, soon, tie = due(NOON), due(NOON - timedelta(hours=1)), due(NOON, subject="order:o0")
    assert soonest_first([late, soon, tie]) == [soon, tie, late] == soonest_first([tie, late, soon])


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=41), "41 minutes left"),
        (timedelta(minutes=41, seconds=59), "41 minutes left"),
        (timedelta(minutes=1), "1 minute left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(), "due now"),
        (timedelta(seconds=-1), "less than a minute late"),
        (timedelta(minutes=-12, seconds=-5), "12 minutes late"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes left"),
        (timedelta(hours=-25), "1 day late"),
        (timedelta(days=180), "180 days left"),
    ],
)
def test_a_deadline_in_words(left, words):
    assert remaining(due(), NOON - left) == left
    assert describe(due(), NOON - left) == words


@pytest.mark.parametrize(
    ("placed", "months", "end"),
    [
        ((2026, 8, 31), 6, (2027, 2, 28)),
        ((2027, 8, 31), 6, (2028, 2, 29)),
        ((2026, 3, 2), 6, (2026, 9, 2)),
        ((2026, 7, 1), 6, (2027, 1, 1)),
        ((2026, 12, 31), 2, (2027, 2, 28)),
        ((2026, 6, 15), 120, (2036, 6, 15)),
    ],
)
def test_months_are_calendar_months_and_end_on_the_last_day_where_the_day_does_not_exist(placed, months, end):
    assert expires_at(datetime(*placed, 23, 59, tzinfo=UTC), months) == datetime(*end, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize("months", [0, -1, 121])
def test_months_out_of_all_reason_are_refused(months):
    with pytest.raises(InputError, match="hold_months"):
        expires_at(NOON, months)


def hold(**changes):
    parts = {"hold_id": "h1", "removed": Removed(item="i1", action="a1", at=NOON), "sealed": "vault:1"}
    return place(**(parts | changes))


def test_what_was_removed_is_held_for_six_months_for_the_laws_purposes():
    placed = hold()
    assert (placed.item, placed.action, placed.sealed, placed.placed_at) == ("i1", "a1", "vault:1", NOON)
    assert placed.expires_at == datetime(2026, 9, 2, 12, tzinfo=UTC)
    assert placed.purposes == tuple(PURPOSES)


@pytest.mark.parametrize("purposes", [(), ("CURIOSITY",), ("COMPLAINT_HANDLING", "MODEL_TRAINING")])
def test_no_purpose_beside_the_laws_is_accepted(purposes):
    with pytest.raises(InputError, match="COMPLAINT_HANDLING"):
        hold(purposes=purposes)


def test_a_hold_with_nothing_sealed_says_why():
    with pytest.raises(InputError, match="nothing is sealed"):
        hold(sealed="", note=" ")
    assert hold(sealed="", note="The platform had deleted it.").sealed == ""


def test_a_court_can_ask_for_longer_and_its_document_is_noted():
    longer = extend(hold(note="First."), until=NOON + timedelta(days=400), requester="Court of X", document="5 C 12/26")
    assert longer.expires_at == NOON + timedelta(days=400)
    assert longer.note.startswith("First. Extended from 2026-09-02")
    assert "Court of X (5 C 12/26)" in longer.note


@pytest.mark.parametrize(("requester", "document", "days"), [("", "d", 400), ("c", " ", 400), ("c", "d", 10)])
def test_nobody_extends_without_a_name_a_document_and_a_later_date(requester, document, days):
    with pytest.raises(InputError):
        extend(hold(), until=NOON + timedelta(days=days), requester=requester, document=document)


def test_nothing_is_destroyed_before_its_date():
    with pytest.raises(ConflictError, match="must be kept until 2026-09-02"):
        destroy(hold(), datetime(2026, 9, 2, 11, 59, tzinfo=UTC))


def test_on_its_date_the_evidence_goes_and_the_record_stays_without_it():
    gone = destroy(hold(), datetime(2026, 9, 2, 12, tzinfo=UTC))
    assert (gone.state, gone.sealed, gone.item) == (HoldState.DESTROYED, "", "i1")


def test_what_is_destroyed_is_neither_destroyed_again_nor_extended():
    gone = destroy(hold(), datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(ConflictError, match="already"):
        destroy(gone, datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(ConflictError, match="was destroyed"):
        extend(gone, until=datetime(2028, 1, 1, tzinfo=UTC), requester="c", document="d")
