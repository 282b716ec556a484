"""The migrations: they make what the declarations say, on both engines, and protect what must not change."""

import multiprocessing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from abate.domain.errors import StoreError
from abate.stores.migrate import FOLDER, configuration
from abate.stores.open import open_store
from abate.stores.schema import METADATA
from abate.stores.tables import TABLES, RecordTables


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'abate.sqlite3'}"
    return request.getfixturevalue("postgres_address")


@pytest.fixture
def migrated(address):
    """A raw connection to a database that was just migrated."""
    _migrate(address)
    engine = create_engine(address)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _migrate(address: str) -> None:
    store = open_store(address, home=Path())
    store.migrate()
    store.close()


def test_the_migrations_make_what_the_declarations_say(migrated):
    assert compare_metadata(MigrationContext.configure(migrated), METADATA) == []


def test_the_migrations_make_every_unique_key(migrated):
    found = inspect(migrated)
    for spec in TABLES:
        uniques = {tuple(unique["column_names"]) for unique in found.get_unique_constraints(spec.name)}
        assert uniques == {(name,) for name in (spec.key, *spec.unique)}
    assert [unique["column_names"] for unique in found.get_unique_constraints("jobs")] == [["key"]]


def test_every_declaration_is_a_table_of_a_transaction():
    asked = []
    RecordTables(asked.append)
    assert asked == list(TABLES)


ROWS = {
    "audit": "INSERT INTO audit (seq, at, tag, subject, commitment, previous, hash) VALUES (1,'a','t','s','c','p','h')",
    "decisions": """INSERT INTO decisions (id, "case", item, body) VALUES ('d','c','i','{}')""",
    "orders": "INSERT INTO orders (id, state, received_at, received_text, raw_sha256, body)"
    " VALUES ('o','received','t','x','y','{}')",
}

FORBIDDEN = [
    ("audit", "UPDATE audit SET subject = 'other'", "never changed"),
    ("audit", "UPDATE audit SET seq = 2", "never changed"),
    ("audit", "DELETE FROM audit", "never changed"),
    ("decisions", "UPDATE decisions SET body = '[]'", "one more decision"),
    ("decisions", "DELETE FROM decisions", "one more decision"),
    ("orders", "UPDATE orders SET received_at = 'later'", "receipt"),
    ("orders", "UPDATE orders SET received_text = 'later'", "receipt"),
    ("orders", "UPDATE orders SET raw_sha256 = 'other'", "receipt"),
    ("orders", "UPDATE orders SET id = 'other'", "receipt"),
]


@pytest.mark.parametrize(("table", "statement", "sentence"), FORBIDDEN, ids=[row[1] for row in FORBIDDEN])
def test_not_even_a_database_shell_changes_what_is_written(migrated, table, statement, sentence):
    migrated.execute(text(ROWS[table]))
    migrated.commit()
    with pytest.raises(DBAPIError, match=sentence):
        migrated.execute(text(statement))
    migrated.rollback()
    assert len(migrated.execute(METADATA.tables[table].select()).all()) == 1


def test_an_order_moves_on_all_the_same(migrated):
    migrated.execute(text(ROWS["orders"]))
    migrated.execute(text("UPDATE orders SET state = 'executed', body = '[]', received_at = received_at"))
    assert migrated.execute(text("SELECT state FROM orders")).scalar_one() == "executed"


@pytest.mark.parametrize("table", ["audit", "decisions"])
def test_truncate_is_no_way_round_on_postgresql(postgres_address, table):
    _migrate(postgres_address)
    engine = create_engine(postgres_address)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
        connection.execute(text(f"TRUNCATE {table}"))
    engine.dispose()


def test_two_processes_that_start_at_once_migrate_once(address):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(3) as pool:
        pool.map(_migrate, [address] * 3)
    engine = create_engine(address)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [head()]
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def head() -> str:
    return ScriptDirectory(str(FOLDER)).get_current_head()


def test_a_newer_store_is_refused_with_the_way_out(migrated, address):
    migrated.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrated.commit()
    with pytest.raises(StoreError, match=r"version 9999.*install that version, or restore a backup"):
        _migrate(address)


def test_there_is_nothing_before_the_first_version(migrated):
    with pytest.raises(StoreError, match="restore a backup"):
        command.downgrade(configuration(migrated), "base")
    migrated.rollback()
    command.upgrade(configuration(migrated), "head")
    assert compare_metadata(MigrationContext.configure(migrated), METADATA) == []


def test_a_migration_that_fails_leaves_nothing_behind(address, monkeypatch):
    monkeypatch.setattr("abate.stores.migrate.command.upgrade", _half_an_upgrade)
    with pytest.raises(StoreError, match="migrating the store failed"):
        _migrate(address)
    engine = create_engine(address)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def _half_an_upgrade(config, _revision) -> None:
    connection = config.attributes["connection"]
    connection.execute(text("CREATE TABLE half (x INTEGER)"))
    connection.execute(text("SELECT nonsense"))


def test_a_store_that_was_never_migrated_says_what_to_do(address):
    store = open_store(address, home=Path())
    with pytest.raises(StoreError, match=r"store.migrate\(\)"), store.read() as tables:
        tables.items.count()
    store.close()
