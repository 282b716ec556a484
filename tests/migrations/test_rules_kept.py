"""Version 0005: rules and what they hit are kept, and on the way down items lose their new fields, and nothing else."""

import json
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent
from abate.stores.migrate import configuration
from abate.stores.open import open_store
from abate.testing import NOON
from abate.testing.store_values import values

NEW_TABLES = {"rules", "rule_changes", "backtests", "past_counts", "rule_events", "rule_hits"}
OLD_ITEM = {
    "id": "old",
    "kind": "text",
    "text": "good morning \ud800",
    "language": "",
    "account": "a",
    "channel": "c",
    "platform": "harbourline",
    "posted_at": None,
    "url": "",
    "path": "",
    "views": 7,
}
MANY = 2_300
"""Items: more than two of the batches in which they are rewritten."""


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'abate.sqlite3'}"
    return request.getfixturevalue("postgres_address")


def run(address: str, *statements: tuple[str, dict[str, object]], to: str = "", step=command.upgrade) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        if to:
            step(configuration(connection), to)
        for statement, values_given in statements:
            connection.execute(text(statement), values_given)
        connection.commit()
    engine.dispose()


def opened(address: str):
    store = open_store(address, home=Path())
    store.migrate()
    return store


def bodies(address: str) -> list[dict[str, object]]:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT body FROM items ORDER BY seq")).scalars().all()
    engine.dispose()
    return [json.loads(body) for body in found]


@pytest.fixture
def old(address) -> str:
    """A store as version 0004 left it, with one item."""
    row = {name: OLD_ITEM[name] for name in ("id", "kind", "account", "channel", "platform", "url")}
    names, given = ", ".join((*row, "body")), ", ".join(f":{name}" for name in (*row, "body"))
    run(address, (f"INSERT INTO items ({names}) VALUES ({given})", row | {"body": json.dumps(OLD_ITEM)}), to="0004")  # noqa: S608 - our own names
    return address


def test_an_item_of_the_version_before_says_nothing_of_its_surface(old):
    store = opened(old)
    with store.read() as tx:
        item = tx.items.get("old")
        assert (tx.rules.find(), tx.rule_events.latest(), tx.past_counts.count()) == ([], (0, 0), 0)
    store.close()
    assert (item.surface, item.account_created_at, item.channel_created_at, item.channel_members) == ("",) + (None,) * 3
    assert (item.text, item.views) == (OLD_ITEM["text"], 7)


def test_it_goes_back_to_the_very_items_and_up_again(old):
    store = opened(old)
    with store.write() as tx:
        tx.items.replace(tx.items.get("old"))
        tx.items.add_many(
            Item(id=f"n{n}", kind=Kind.TEXT, text=f"post {n}", surface="feed", account_created_at=NOON,
                 channel_created_at=NOON, channel_members=n)
            for n in range(MANY)
        )  # fmt: skip
        tx.rule_events.append([RuleEvent(item="n1", at=1, body="{}")])
        for name in ("rules", "rule_changes", "backtests", "past_counts"):
            getattr(tx, name).add_many(values()[name])
    store.close()

    run(old, to="0004", step=command.downgrade)
    engine = create_engine(old)
    assert not NEW_TABLES & set(inspect(engine).get_table_names())
    engine.dispose()
    kept = bodies(old)
    assert kept[0] == OLD_ITEM
    assert [body["text"] for body in kept[1:]] == [f"post {n}" for n in range(MANY)]
    assert all(set(body) == set(OLD_ITEM) for body in kept)

    store = opened(old)
    with store.read() as tx:
        after = tx.items.get("n7")
        assert (tx.rules.count(), tx.rule_events.stream(after=0, limit=9), tx.items.count()) == (0, [], MANY + 1)
    store.close()
    assert after == Item(id="n7", kind=Kind.TEXT, text="post 7")


FORBIDDEN = [
    ("rule_changes", "UPDATE rule_changes SET body = '[]'", "a step in the life of a rule is never changed"),
    ("rule_changes", "DELETE FROM rule_changes", "a step in the life of a rule is never changed"),
    ("backtests", "UPDATE backtests SET rule = 'other'", "a backtest is never changed"),
    ("backtests", "DELETE FROM backtests", "a backtest is never changed"),
]


@pytest.mark.parametrize(("table", "statement", "sentence"), FORBIDDEN, ids=[row[1] for row in FORBIDDEN])
def test_not_even_a_database_shell_changes_who_let_a_rule_go_live(address, table, statement, sentence):
    store = opened(address)
    with store.write() as tx:
        getattr(tx, table).add(values()[table][0])
    store.close()
    with pytest.raises(DBAPIError, match=sentence):
        run(address, (statement, {}))
    store = open_store(address, home=Path())
    with store.read() as tx:
        assert getattr(tx, table).find() == values()[table][:1]
    store.close()


@pytest.mark.parametrize("table", ["rule_changes", "backtests"])
def test_truncating_them_is_no_way_round_on_postgresql(postgres_address, table):
    opened(postgres_address).close()
    with pytest.raises(DBAPIError, match="is never changed nor deleted"):
        run(postgres_address, (f"TRUNCATE {table}", {}))
