"""What only a database can get wrong of rules' events and hits: damaged rows, and items that are gone."""

import sqlite3

import pytest

from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent, RuleHit
from abate.domain.verdict import Verdict
from abate.stores.open import open_store

LONG = "x" * 600
HALF = Item(id="half", kind=Kind.TEXT, text="\ud800 and more", url="u:1")


@pytest.fixture
def store(tmp_path):
    opened = open_store("", home=tmp_path)
    opened.migrate()
    with opened.write() as tx:
        tx.items.add_many([HALF, Item(id=LONG, kind=Kind.TEXT, text="words")])
        tx.rule_events.append(RuleEvent(item=item, at=1, body="{}") for item in (LONG, "half"))
        tx.rule_hits.append([RuleHit(event=1, rule="r", item=LONG, at=1, live=True, verdict=Verdict.REVIEW)])
    yield opened
    opened.close()


def shell(tmp_path, statement: str) -> None:
    with sqlite3.connect(tmp_path / "abate.sqlite3", isolation_level=None) as connection:
        connection.execute(statement)
    connection.close()


def test_words_that_are_half_a_character_are_read_all_the_same(store):
    with store.read() as tx:
        assert tx.rule_events.of_items(["half"])["half"].text == HALF.text
        assert tx.rule_events.stream(after=1, limit=1, content=True)[0].url == "u:1"


def test_an_identifier_too_long_for_an_index_is_read_off_its_item_as_long_as_there_is_one(store):
    with store.write() as tx:
        assert (tx.rule_events.stream(after=0, limit=1)[0].item, tx.rule_hits.of_item(LONG)[0].item) == (LONG, LONG)
        tx.items.remove(LONG)
    with store.read() as tx:
        (event, _) = tx.rule_events.stream(after=0, limit=9, content=True)
        assert event.item.startswith('"sha256:')
        assert (event.text, event.body) == ("", "{}")
        assert tx.rule_hits.of_item(LONG)[0].event == 1


def test_an_item_that_was_damaged_is_a_store_error_where_its_words_are_asked_for(store, tmp_path):
    shell(tmp_path, "UPDATE items SET body = '{\"text\":7}' WHERE id = 'half'")
    with store.read() as tx:
        assert tx.rule_events.stream(after=1, limit=1)[0].item == "half"
    with store.read() as tx, pytest.raises(StoreError, match="stored Item cannot be read"):
        tx.rule_events.stream(after=1, limit=1, content=True)


def test_a_hit_that_was_damaged_is_a_store_error(store, tmp_path):
    shell(tmp_path, "UPDATE rule_hits SET verdict = 'destroy'")
    with store.read() as tx, pytest.raises(StoreError, match=r"stored Verdict cannot be read .*compare the row"):
        tx.rule_hits.of_rule("r", limit=1)
