"""Domain values to JSON and back; texts to index columns and back."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.case import Case, Decision
from abate.domain.errors import StoreError
from abate.domain.history import HistoryEvent
from abate.domain.item import Item, Kind
from abate.domain.order import RemovalOrder
from abate.domain.scan import Scan
from abate.domain.work import Job
from abate.stores import codec
from abate.stores.tables import TABLES
from examples import WHOLE_ANSWERS

# Two halves side by side are one character to JSON, as to UTF-16: only halves that stand alone must come back.
HALVES = st.text('"\x00\ud800\udfff\\a', max_size=6).filter(lambda text: "\ud800\udfff" not in text)
TEXTS = st.text(max_size=30) | HALVES
TIMES = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis wants its bounds naive
    datetime(9999, 12, 29),  # noqa: DTZ001 - as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)
PLAIN = {
    str: TEXTS,
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    datetime: TIMES,
    type(None): st.none(),
}


def values_of(hint):
    """A strategy for whatever a field's type hint says."""
    if hint in PLAIN:
        return PLAIN[hint]
    if dataclasses.is_dataclass(hint):
        return st.builds(hint, **{name: values_of(part) for name, part in get_type_hints(hint).items()})
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if get_args(hint):
        return st.one_of([values_of(part) for part in get_args(hint)])
    return st.sampled_from(hint)


RECORDS = [*(spec.type for spec in TABLES), Job, HistoryEvent, Scan]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@WHOLE_ANSWERS
@given(data=st.data())
def test_every_record_comes_back_as_it_was(kind, data):
    value = data.draw(values_of(kind))
    assert codec.decode(kind, codec.encode(value)) == value


@WHOLE_ANSWERS
@given(values_of(Case))
def test_a_body_is_ascii_whatever_people_wrote(case):
    assert codec.encode(case).isascii()
    assert "\x00" not in codec.encode(case)


def test_fields_that_lie_in_columns_are_left_out_and_laid_over():
    order = RemovalOrder(
        id="o",
        received_at=datetime(2026, 3, 1, tzinfo=UTC),
        received_text="t",
        raw_sha256="x",
        authority="a",
        authority_reference="r",
        issuing_state="AT",
    )
    fixed = ("received_at", "raw_sha256")
    body = codec.encode(order, leave_out=fixed)
    assert not set(json.loads(body)) & set(fixed)
    overlay = {"received_at": "2026-03-01T00:00:00+00:00", "raw_sha256": "x"}
    assert codec.decode(RemovalOrder, body, overlay=overlay) == order


def test_a_field_that_an_older_body_lacks_takes_its_default():
    assert codec.decode(Item, '{"id":"i","kind":"text"}') == Item(id="i", kind=Kind.TEXT)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        '{"id":"i","kind":"nonsense"}',
        '{"id":7,"kind":"text"}',
        '{"id":"i","kind":"text","views":"many"}',
        '{"id":"i","kind":"text","views":true}',
        '{"id":"i","kind":"text","posted_at":"2026-03-01"}',
        '{"id":"i","kind":"text","posted_at":"yesterday"}',
        '{"id":"i","kind":"text","unknown":1}',
    ],
)
def test_a_body_that_was_tampered_with_is_a_store_error(body):
    with pytest.raises(StoreError, match="stored Item cannot be read"):
        codec.decode(Item, body)


def test_a_whole_number_is_a_good_probability():
    body = codec.encode(Scan(item=Item(id="i", kind=Kind.TEXT), proposal=_proposal()))
    plain = json.loads(body) | {"scores": [{"name": "n", "probability": 1}]}
    assert codec.decode(Scan, json.dumps(plain)).scores[0].probability == 1.0


def _proposal():
    from abate.domain.scan import Proposal, Verdict

    return Proposal(verdict=Verdict.NONE)


@dataclasses.dataclass(frozen=True)
class Chain:
    """Holds another of its own kind."""

    name: str
    next: "Chain | None" = None


def test_a_value_may_hold_another_of_its_kind():
    chain = Chain("a", Chain("b"))
    assert codec.decode(Chain, codec.encode(chain)) == chain


@dataclasses.dataclass(frozen=True)
class Odd:
    raw: bytes


@dataclasses.dataclass(frozen=True)
class Either:
    one: int | str


def test_what_has_no_json_is_refused_by_name():
    with pytest.raises(TypeError, match="cannot store a bytes"):
        codec.encode(Odd(b"x"))
    with pytest.raises(StoreError, match="teach abate"):
        codec.decode(Odd, '{"raw":"x"}')
    with pytest.raises(StoreError, match=r"only 'X \| None' is"):
        codec.decode(Either, '{"one":1}')


@given(TEXTS)
def test_an_escaped_text_comes_back_and_both_databases_take_it(text):
    column = codec.escape(text)
    assert codec.unescape(column) == text
    assert "\x00" not in column
    column.encode()


@given(TEXTS, TEXTS)
def test_different_texts_have_different_index_columns(one, other):
    assert (codec.indexed(one) == codec.indexed(other)) == (one == other)


@given(st.text(min_size=251, max_size=400), TEXTS)
def test_nobody_can_choose_a_name_that_stands_in_a_long_ones_place(long, other):
    column = codec.indexed(long)
    assert len(column) <= 250
    assert codec.indexed(column) != column
    assert codec.indexed(other) != column
    assert codec.indexed(long + "x") != column


@given(TIMES, TIMES)
def test_text_order_is_time_order(one, other):
    assert (codec.time_text(one) < codec.time_text(other)) == (one < other)
    assert codec.read_time(codec.time_text(one)) == one


def test_a_stored_time_that_is_none_is_a_store_error():
    with pytest.raises(StoreError, match="stored time"):
        codec.read_time("noon")
    assert codec.optional_read_time(None) is None
    assert codec.optional_time_text(None) is None


def test_a_stored_word_that_is_none_of_the_few_is_a_store_error():
    assert codec.read_word(Kind, "text") is Kind.TEXT
    with pytest.raises(StoreError, match=r"stored Kind cannot be read .'poem'"):
        codec.read_word(Kind, "poem")


@given(TEXTS)
def test_a_short_form_is_told_from_every_text_that_stands_as_it_is(text):
    assert codec.is_short_form(codec.indexed(text + "x" * 300))
    assert codec.is_short_form(codec.indexed(text)) == (len(codec.escape(text)) > codec.LONGEST_INDEXED)


def test_a_decision_keeps_its_microseconds():
    at = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
    decision = Decision(id="d", case="c", item="i", by="u", at=at, verdict="none")
    assert codec.decode(Decision, codec.encode(decision)).at == at
