"""Domain values to JSON and back, driven by their type hints; and texts to index columns.

A body holds every field by name. A field that a stored body lacks takes its default, so that a new field with a default
needs no rewriting of rows. JSON is written in ASCII: PostgreSQL refuses NUL in a text, and neither database takes half
a surrogate pair, while what people upload may hold both.
"""

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from abate.domain.errors import AbateError, StoreError

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)
Read = Callable[[Any], Any]

LONGEST_INDEXED = 250
"""Characters (at most 1,000 bytes) that an index column takes as they are; PostgreSQL's B-tree refuses 2,704 bytes."""

_UNSAFE = re.compile(r'^"|[\x00\ud800-\udfff]')


def encode(value: object, *, leave_out: tuple[str, ...] = ()) -> str:
    """Write a domain value as JSON, without the fields in ``leave_out``."""
    return json.dumps(_plain_fields(value, leave_out), separators=(",", ":"), default=_plain)


def _plain_fields(value: object, leave_out: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(value, name) for name in _field_names(cast("Hashable", type(value))) if name not in leave_out}


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cast("type", kind)))


def _plain(value: object) -> object:
    """Spell out what JSON has no word for; called by the encoder, innermost parts included."""
    if isinstance(value, datetime):
        return time_text(value)
    if is_dataclass(value):
        return _plain_fields(value, ())
    msg = f"cannot store a {type(value).__name__}"
    raise TypeError(msg)


def decode(kind: type[T], body: str, *, overlay: Mapping[str, object] | None = None) -> T:
    """Read a domain value from the JSON of :func:`encode`.

    :param overlay: fields that lie in columns of their own, already plain
    :raises StoreError: when the body does not hold a value of this kind
    """
    try:
        plain = json.loads(body)
        return cast("T", _reader(cast("Hashable", kind))({**plain, **(overlay or {})}))
    except (ValueError, TypeError, KeyError, AbateError) as error:
        msg = (
            f"a stored {kind.__name__} cannot be read ({error}); the row was changed from outside or written by "
            "another version: compare it with a backup"
        )
        raise StoreError(msg) from error


@cache
def _reader(hint: Hashable) -> Read:
    """Return the function that reads plain JSON into what ``hint`` describes."""
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_reader(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if hint is datetime:
        return datetime.fromisoformat
    if get_origin(hint) is tuple:
        one = _reader(get_args(hint)[0])
        return lambda values: tuple(one(value) for value in _checked(values, list))
    if get_origin(hint) in {Union, UnionType}:
        return _optional_reader(hint)
    if hint in {str, int, float, bool}:
        kind = cast("type", hint)
        return lambda value: _checked(value, kind)
    msg = f"no way to store {hint!r}; teach abate.stores.codec"
    raise TypeError(msg)


def _dataclass_reader(kind: type) -> Read:
    hints = get_type_hints(kind)
    readers: dict[str, Read] = {}

    def read(plain: object) -> object:
        # Filled on first use, so that a value may hold another of its own kind.
        if not readers:
            readers.update({name: _reader(hint) for name, hint in hints.items()})
        given = _checked(plain, dict)
        return kind(**{name: readers[name](value) for name, value in given.items()})

    return read


def _optional_reader(hint: object) -> Read:
    inner = [_reader(part) for part in get_args(hint) if part is not type(None)]
    if len(inner) != 1:
        msg = f"no way to store {hint!r}; only 'X | None' is"
        raise TypeError(msg)
    return lambda value: None if value is None else inner[0](value)


def _checked(value: Any, kind: type) -> Any:  # noqa: ANN401 - plain JSON
    # A whole number is a good float; True is no number.
    good = type(value) is kind or (kind is float and type(value) is int)
    if not good:
        msg = f"{kind.__name__} expected, {type(value).__name__} found"
        raise TypeError(msg)
    return value


def time_text(moment: datetime) -> str:
    """Write a time in UTC with microseconds: always 32 characters, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def optional_time_text(moment: datetime | None) -> str | None:
    """Like :func:`time_text`, letting ``None`` through."""
    return None if moment is None else time_text(moment)


def read_time(text: str) -> datetime:
    """Read what :func:`time_text` wrote.

    :raises StoreError: when it is no such time
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"a stored time cannot be read ({text!r}); compare the row with a backup"
        raise StoreError(msg) from error


def optional_read_time(text: str | None) -> datetime | None:
    """Like :func:`read_time`, letting ``None`` through."""
    return None if text is None else read_time(text)


def read_word(kind: type[W], text: str) -> W:
    """Read one word of a fixed few.

    :raises StoreError: when it is none of them
    """
    try:
        return kind(text)
    except ValueError as error:
        msg = f"a stored {kind.__name__} cannot be read ({text!r}); compare the row with a backup"
        raise StoreError(msg) from error


def escape(text: str) -> str:
    """Write a text so that both databases take it; different texts stay different, and common ones stay as they are.

    What holds NUL or half a surrogate pair becomes a JSON string; so does what already looks like one. Two halves that
    stand side by side come back as the one character that they spell.
    """
    if text.isascii() and "\0" not in text and not text.startswith('"'):
        return str(text)  # found without looking at each character, as most that is stored is
    return json.dumps(text) if _UNSAFE.search(text) else str(text)


def unescape(column: str) -> str:
    """Read what :func:`escape` wrote."""
    return str(json.loads(column)) if column.startswith('"') else column


def indexed(text: str) -> str:
    """Write a text for an index column: escaped, and a long one by its SHA-256.

    A short form begins with a quote and does not end with one, which no escaped text does: nobody can choose an
    identifier that stands in another's place.
    """
    column = escape(text)
    if len(column) <= LONGEST_INDEXED:
        return column
    return '"sha256:' + hashlib.sha256(column.encode()).hexdigest()


def is_short_form(column: str) -> bool:
    """Say whether :func:`indexed` wrote a text that was too long, so that it stands elsewhere."""
    return column.startswith('"sha256:') and not column.endswith('"')
