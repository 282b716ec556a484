"""Version 0004: cases gain what was read of their text, and lose it again on the way down, and nothing else."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from abate.domain.bank import Match
from abate.domain.case import Case
from abate.domain.scan import Proposal, Verdict
from abate.domain.signal import Context, ContextLabel, Language, Outlook, Score, Span
from abate.stores.migrate import configuration
from abate.stores.open import open_store
from abate.testing import NOON

READ = Case(
    id="c1",
    item="i1",
    opened_at=NOON,
    proposal=Proposal(verdict=Verdict.REVIEW),
    matches=(Match(bank="lantern", entry="e1", signal_type="term", distance=0, spans=(Span(start=3, end=9),)),),
    scores=(Score(name="m:abuse", probability=0.75, outlook=Outlook.LIKELY),),
    language=Language(code="fa", confidence=0.5),
    context=Context(label=ContextLabel.REPORT, probability=0.875),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'abate.sqlite3'}"
    return request.getfixturevalue("postgres_address")


def to(address: str, version: str, step) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        step(configuration(connection), version)
        connection.commit()
    engine.dispose()


def test_what_was_read_of_a_text_is_kept_with_its_case_and_forgotten_by_the_version_before(address):
    store = open_store(address, home=Path())
    store.migrate()
    with store.write() as tx:
        tx.cases.add(READ)
    with store.read() as tx:
        assert tx.cases.get("c1") == READ
    store.close()

    to(address, "0003", command.downgrade)
    to(address, "0004", command.upgrade)

    store = open_store(address, home=Path())
    with store.read() as tx:
        after = tx.cases.get("c1")
    store.close()
    (match,) = after.matches
    assert (after.scores, after.language, after.context, match.spans) == ((), None, Context(), ())
    assert (after.id, after.item, after.proposal, match.entry) == (READ.id, READ.item, READ.proposal, "e1")
