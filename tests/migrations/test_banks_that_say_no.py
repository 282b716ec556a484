"""Version 0002: what version 0001 wrote is read with its defaults, and goes back unless that would forget a no."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from abate.domain.bank import Bank, BankPurpose, Entry, EntryState, Match, Stance
from abate.domain.case import Case
from abate.domain.errors import StoreError
from abate.domain.flood import Quarantine
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.scan import Proposal, Verdict
from abate.stores.migrate import configuration
from abate.stores.open import open_store
from abate.testing import NOON

AT = "2026-03-02T12:00:00.000000+00:00"
OLD_BANK = {"name": "lantern", "purpose": "known", "group": "", "description": "", "created_at": AT}
OLD_ENTRY = {
    "id": "e1",
    "bank": "lantern",
    "signal_type": "pdq",
    "value": "f" * 64,
    "label": "lamp",
    "sources": ["hotline"],
    "ref": "7",
    "added_at": AT,
}
OLD_MATCH = {
    "bank": "lantern",
    "entry": "e1",
    "signal_type": "pdq",
    "distance": 3,
    "sources": ["hotline"],
    "group": "",
    "label": "lamp",
}
OLD_CASE = {
    "id": "c1",
    "item": "i1",
    "state": "open",
    "opened_at": AT,
    "proposal": {"verdict": "review", "automatic": False, "reasons": []},
    "matches": [OLD_MATCH],
    "mentions": [],
    "decision": "",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'abate.sqlite3'}"
    return request.getfixturevalue("postgres_address")


def to(address: str, version: str) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        step = command.downgrade if version == "0001" else command.upgrade
        try:
            step(configuration(connection), version)
        finally:
            connection.commit()
            engine.dispose()


@pytest.fixture
def old(address):
    """A store as version 0001 left it."""
    engine = create_engine(address)
    with engine.connect() as connection:
        command.upgrade(configuration(connection), "0001")
        for table, columns, body in (
            ("banks", {"name": "lantern", "purpose": "known"}, OLD_BANK),
            ("entries", {"id": "e1", "bank": "lantern", "signal_type": "pdq", "value": "f" * 64}, OLD_ENTRY),
            ("cases", {"id": "c1", "item": "i1", "state": "open"}, OLD_CASE),
        ):
            row = columns | {"body": json.dumps(body)}
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - our own names
        connection.commit()
    engine.dispose()
    return address


def bodies(address: str, table: str) -> list[dict]:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT body FROM {table} ORDER BY seq")).scalars().all()  # noqa: S608 - our own names
    engine.dispose()
    return [json.loads(body) for body in found]


def opened(address: str):
    store = open_store(address, home=Path())
    store.migrate()
    return store


def test_what_was_stored_before_is_read_as_a_plain_yes(old):
    store = opened(old)
    with store.read() as tx:
        entry, bank, case = tx.entries.get("e1"), tx.banks.get("lantern"), tx.cases.get("c1")
        assert (tx.entry_changes.newest(), tx.opinions.find(), tx.quarantines.find()) == (0, [], [])
    assert (entry.stance, entry.expires_at, bank.ceiling, bank.max_distance) == (
        Stance.KNOWN,
        None,
        Verdict.REMOVE,
        None,
    )
    assert case.matches[0].state is EntryState.KNOWN
    store.close()


def test_it_goes_back_to_the_very_bodies_and_up_again(old):
    store = opened(old)
    with store.write() as tx:
        tx.entries.replace(tx.entries.get("e1"))
        tx.entries.add_many(
            Entry(id=f"n{n}", bank="lantern", signal_type="pdq", value="0" * 64, added_at=NOON, origin="list.csv")
            for n in range(1200)
        )
        match = Match(bank="lantern", entry="e1", signal_type="pdq", distance=3, held_back="x", added_at=NOON)
        tx.cases.add(
            Case(id="c2", item="i", opened_at=NOON, proposal=Proposal(verdict=Verdict.REVIEW), matches=(match,))
        )
        tx.entry_changes.append(["e1"])
    store.close()
    to(old, "0001")
    assert [body["name"] for body in bodies(old, "banks")] == ["lantern"]
    assert all(set(body) == set(OLD_ENTRY) for body in bodies(old, "entries"))
    assert [set(match) for body in bodies(old, "cases") for match in body["matches"]] == [set(OLD_MATCH)] * 2
    assert bodies(old, "entries")[0] == OLD_ENTRY
    store = opened(old)
    with store.read() as tx:
        assert tx.entries.count() == 1201
        assert tx.entries.get("n7").origin == ""
    store.close()


def negative(tx):
    tx.entries.add(Entry(id="e2", bank="b", signal_type="pdq", value="0", added_at=NOON, stance=Stance.NEGATIVE))


def ending(tx):
    tx.entries.add(
        Entry(id="e2", bank="b", signal_type="pdq", value="0", added_at=NOON, expires_at=NOON + timedelta(days=1))
    )


def disputed(tx):
    tx.opinions.add(Opinion(id="o", entry="e1", source="hotline", word=OpinionWord.DISPUTE, at=NOON))


def set_aside(tx):
    tx.quarantines.add(Quarantine(id="q", entry="e1", bank="lantern", opened_at=NOON, items=50, seen=60, usual=0))


def kept_low(tx):
    tx.banks.add(Bank(name="b", purpose=BankPurpose.KNOWN, created_at=NOON, ceiling=Verdict.REVIEW))


@pytest.mark.parametrize("said", [negative, ending, disputed, set_aside, kept_low], ids=lambda one: one.__name__)
def test_a_store_that_holds_a_no_does_not_go_back(old, said):
    store = opened(old)
    with store.write() as tx:
        said(tx)
    store.close()
    with pytest.raises(StoreError, match=r"1 negative .* version 0001 would act against"):
        to(old, "0001")
    assert len(bodies(old, "entries")) >= 1


@pytest.mark.parametrize("statement", ["UPDATE opinions SET entry = 'other'", "DELETE FROM opinions"])
def test_not_even_a_database_shell_changes_an_opinion(old, statement):
    store = opened(old)
    with store.write() as tx:
        disputed(tx)
    store.close()
    engine = create_engine(old)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="an opinion is never changed"):
        connection.execute(text(statement))
    engine.dispose()


def test_truncating_the_opinions_is_no_way_round_on_postgresql(postgres_address):
    opened(postgres_address).close()
    engine = create_engine(postgres_address)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="an opinion is never changed"):
        connection.execute(text("TRUNCATE opinions"))
    engine.dispose()
