"""One table of values in a database."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.sql.dml import Insert, Update

from abate.stores.codec import decode, encode, escape, indexed, time_text, unescape
from abate.stores.schema import RECORDS
from abate.stores.tables import TableSpec
from abate.stores.wire import Wire, insert_or_pass, insert_or_update

T = TypeVar("T")
V = TypeVar("V")

BATCH = 2_000
"""Rows sent to the database at once: the gain levels off there, and a long iterable is never held whole."""


ASKED_AT_ONCE = 500
"""Keys in one question; SQLite's oldest limit on parameters is 999."""


class SqlRecords(Generic[T]):
    """The ``Records`` of one declaration."""

    def __init__(self, spec: TableSpec[T], wire: Wire) -> None:
        self._spec = spec
        self._wire = wire
        self._table = RECORDS[spec.name]

    def add(self, value: T) -> None:
        """Store a new value."""
        added = self._wire.change(insert_or_pass(self._wire.engine, self._table), _row(self._spec, value))
        if not added.rowcount:
            raise self._spec.taken(value)

    def add_many(self, values: Iterable[T]) -> int:
        """Store the values whose key is free."""
        statement = insert_or_pass(self._wire.engine, self._table)
        rows = (_row(self._spec, value) for value in values)
        return sum(self._wire.change(statement, batch).rowcount for batch in in_batches(rows, BATCH))

    def put_many(self, values: Iterable[T]) -> None:
        """Store each value, in place of the one with its key."""
        self._spec.check_put()
        self._wire.check_writable()
        statement = _put(self._wire.engine, self._spec.name, self._spec.key, _changing(self._spec))
        for batch in in_batches((_row(self._spec, value) for value in values), BATCH):
            self._wire.change(statement, batch)

    def replace(self, value: T) -> None:
        """Store ``value`` in place of the one with its key. Reading first is safe: there is one writer."""
        old = self.get(self._spec.key_of(value))
        self._spec.check_change(old, value)
        if old == value:
            return
        row = _row(self._spec, value)
        self._check_unique(value, row)
        parameters = {"wanted": row[self._spec.key], **{f"new_{name}": row[name] for name in _changing(self._spec)}}
        self._wire.change(_replace(self._spec.name, self._spec.key, _changing(self._spec)), parameters)

    def _check_unique(self, value: T, row: dict[str, str]) -> None:
        if not self._spec.unique:
            return
        same = or_(*(self._table.c[name] == row[name] for name in self._spec.unique))
        other = self._table.c[self._spec.key] != row[self._spec.key]
        if self._wire.rows(select(self._table.c.seq).where(and_(same, other))):
            raise self._spec.taken(value)

    def remove(self, key: str) -> None:
        """Delete a value."""
        self._spec.check_removal(key)
        gone = self._wire.change(delete(self._table).where(self._table.c[self._spec.key] == indexed(key)))
        if not gone.rowcount:
            raise self._spec.missing(key)

    def get(self, key: str) -> T:
        """Return the value under ``key``."""
        rows = self._wire.rows(_get(self._spec.name, self._spec.key, self._spec.fixed), {"wanted": indexed(key)})
        if not rows:
            raise self._spec.missing(key)
        return _value(self._spec, rows[0])

    def get_many(self, keys: Iterable[str]) -> list[T]:
        """Return the values under those of ``keys`` that are there, oldest first."""
        key = self._table.c[self._spec.key]
        found: list[Row[Any]] = []
        asked = _stored(self._spec.name, self._spec.fixed).add_columns(self._table.c.seq)
        for batch in in_batches(dict.fromkeys(map(indexed, keys)), ASKED_AT_ONCE):
            found += self._wire.rows(asked.where(key.in_(batch)))
        return [_value(self._spec, row) for row in sorted(found, key=_place)]

    def find(self, *, limit: int | None = None, **where: str) -> list[T]:
        """Return the values that match, oldest first."""
        self._spec.check_where(where)
        asked = _stored(self._spec.name, self._spec.fixed).order_by(self._table.c.seq).limit(limit)
        asked = asked.where(*(self._table.c[name] == indexed(text) for name, text in where.items()))
        return [_value(self._spec, row) for row in self._wire.rows(asked)]

    def count(self, **where: str) -> int:
        """Return how many values match."""
        self._spec.check_where(where)
        asked = select(func.count()).select_from(self._table)
        asked = asked.where(*(self._table.c[name] == indexed(text) for name, text in where.items()))
        return int(self._wire.rows(asked)[0][0])


def _place(row: Row[Any]) -> int:
    return int(row.seq)


def in_batches(values: Iterable[V], size: int) -> Iterator[list[V]]:
    """Cut ``values`` into lists of at most ``size``."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _row(spec: TableSpec[T], value: T) -> dict[str, str]:
    row = {name: indexed(getattr(value, name)) for name in (spec.key, *spec.columns)}
    for name in spec.fixed:
        given = getattr(value, name)
        row[name] = escape(given) if isinstance(given, str) else time_text(given)
    row["body"] = encode(value, leave_out=spec.fixed)
    return row


def _value(spec: TableSpec[T], row: Row[Any]) -> T:
    # Fixed fields come from their guarded columns, not from the body, which no trigger protects.
    return decode(spec.type, row.body, overlay={name: unescape(getattr(row, name)) for name in spec.fixed})


def _changing(spec: TableSpec[T]) -> tuple[str, ...]:
    return (*spec.columns, "body")


# Statements are built once: SQLAlchemy spends longer on building one than SQLite on running it.


@cache
def _stored(name: str, fixed: tuple[str, ...]) -> Select[Any]:
    table = RECORDS[name]
    return select(table.c.body, *(table.c[field] for field in fixed))


@cache
def _get(name: str, key: str, fixed: tuple[str, ...]) -> Select[Any]:
    return _stored(name, fixed).where(RECORDS[name].c[key] == bindparam("wanted"))


@cache
def _replace(name: str, key: str, columns: tuple[str, ...]) -> Update:
    table = RECORDS[name]
    changed: dict[str, BindParameter[str]] = {column: bindparam(f"new_{column}") for column in columns}
    return update(table).where(table.c[key] == bindparam("wanted")).values(changed)


@cache
def _put(engine: str, name: str, key: str, columns: tuple[str, ...]) -> Insert:
    return insert_or_update(engine, RECORDS[name], key, columns)
