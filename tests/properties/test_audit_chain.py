"""The chain: whatever is changed, cut out, swapped or put in breaks it; what is destroyed beside it does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from abate.domain.audit import GENESIS, AuditRecord, canonical, commitment, link, verify
from abate.domain.errors import ChainBrokenError, InputError
from abate.stores.memory import MemoryStore
from examples import WHOLE_ANSWERS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

SAFE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BODIES = st.dictionaries(
    SAFE, SAFE | st.integers() | st.booleans() | st.none() | st.lists(SAFE, max_size=3), max_size=4
)
TAGS = st.from_regex(r"[a-z_]{1,5}:[a-z_]{1,5}:[a-z_]{1,5}", fullmatch=True)
FIRST, LAST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - hypothesis wants its bounds naive
TIMES = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
LINKS = st.lists(st.tuples(TIMES, TAGS, SAFE, BODIES), min_size=1, max_size=8)


def _chain(parts) -> list[AuditRecord]:
    records: list[AuditRecord] = []
    for at, tag, subject, body in parts:
        previous = records[-1] if records else None
        committed = commitment("00", body)
        records.append(link(previous=previous, at=at, tag=tag, subject=subject, committed=committed))
    return records


@WHOLE_ANSWERS
@given(LINKS)
def test_an_untouched_chain_holds_from_any_trusted_record_on(parts):
    records = _chain(parts)
    assert verify(records) == records[-1]
    for position, record in enumerate(records):
        assert verify(records[position + 1 :], after=record) == records[-1]
    assert records[0].previous == GENESIS
    assert [record.seq for record in records] == list(range(1, len(records) + 1))


CHANGES = {
    "at": lambda record: replace(record, at=record.at + timedelta(microseconds=1)),
    "tag": lambda record: replace(record, tag=record.tag + "x"),
    "subject": lambda record: replace(record, subject=record.subject + "x"),
    "commitment": lambda record: replace(record, commitment="f" * 64),
    "previous": lambda record: replace(record, previous="f" * 64),
    "hash": lambda record: replace(record, hash="f" * 64),
    "seq": lambda record: replace(record, seq=record.seq + 1),
}


@pytest.mark.parametrize("field", CHANGES)
@WHOLE_ANSWERS
@given(parts=LINKS, data=st.data())
def test_a_changed_record_breaks_the_chain_there(field, parts, data):
    records = _chain(parts)
    position = data.draw(st.integers(0, len(records) - 1))
    records[position] = CHANGES[field](records[position])
    with pytest.raises(ChainBrokenError, match=f"follow record {position}"):
        verify(records)


@WHOLE_ANSWERS
@given(LINKS, st.data())
def test_a_record_whose_hash_was_made_anew_breaks_the_next_one(parts, data):
    records = _chain(parts)
    assume(len(records) > 1)
    position = data.draw(st.integers(0, len(records) - 2))
    old = records[position]
    previous = records[position - 1] if position else None
    records[position] = link(
        previous=previous, at=old.at, tag=old.tag, subject=old.subject + "x", committed=old.commitment
    )
    with pytest.raises(ChainBrokenError, match=f"audit record {position + 2} "):
        verify(records)


@WHOLE_ANSWERS
@given(LINKS, st.data())
def test_a_record_cut_out_or_swapped_breaks_the_chain(parts, data):
    records = _chain(parts)
    assume(len(records) > 1)
    position = data.draw(st.integers(0, len(records) - 2))
    with pytest.raises(ChainBrokenError):
        verify(records[:position] + records[position + 1 :])
    swapped = [*records]
    swapped[position], swapped[position + 1] = swapped[position + 1], swapped[position]
    with pytest.raises(ChainBrokenError):
        verify(swapped)


@WHOLE_ANSWERS
@given(LINKS)
def test_a_cut_tail_shows_only_against_a_record_exported_earlier(parts):
    records = _chain(parts)
    assert verify(records[:-1]) != records[-1]
    assert verify([], after=records[-1]) == records[-1]


@given(BODIES, BODIES)
def test_different_bodies_have_different_commitments(one, other):
    assert (commitment("00", one) == commitment("00", other)) == (canonical(one) == canonical(other))


@given(BODIES)
def test_one_body_under_two_salts_cannot_be_told_to_be_one(body):
    assert commitment("00", body) != commitment("01", body)


@given(BODIES)
def test_the_order_of_keys_does_not_matter(body):
    assert canonical(dict(reversed(body.items()))) == canonical(body)


def test_the_same_moment_gives_the_same_bytes_whatever_its_offset():
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    assert canonical({"at": NOON, "on": NOON.date()}) == canonical({"at": there, "on": NOON.date()})


def test_what_has_no_plain_form_is_not_committed_to():
    with pytest.raises(TypeError, match="cannot commit to a set"):
        canonical({"names": {"a"}})


@pytest.mark.parametrize("tag", ["", "a:b", "a:b:c:d", "A:b:c", "a:b:c\n", "a b:c:d"])
def test_a_tag_that_does_not_read_source_subject_action_is_refused(tag):
    with pytest.raises(InputError, match="source:subject:action"):
        link(previous=None, at=NOON, tag=tag, subject="s", committed="c")


@WHOLE_ANSWERS
@given(st.lists(st.lists(st.tuples(TAGS, SAFE, BODIES), max_size=4), max_size=4), st.sets(st.integers(1, 16)))
def test_a_stored_chain_holds_whatever_is_forgotten(transactions, forgotten):
    store = MemoryStore()
    for parts in transactions:
        with store.write() as tables:
            for tag, subject, body in parts:
                tables.audit.append(at=NOON, tag=tag, subject=subject, body=body)
    with store.write() as tables:
        for seq in forgotten:
            tables.audit.forget(seq)
    with store.read() as tables:
        records = tables.audit.read()
        assert verify(records) == (records[-1] if records else None)
        assert len(records) == sum(len(parts) for parts in transactions)
        salts = [tables.audit.opening(record.seq).salt for record in records if record.seq not in forgotten]
        assert len(set(salts)) == len(salts)
