"""Event records as columns: what the files of the rules' history hold, and how a rule's SQL reads them.

A column is named as its field and typed as the language types it; the fields that take a key are maps from key to
number. What is missing is NULL. An item's identifier is no text of the language and may hold half characters: it is
kept as bytes.
"""

# late: pyarrow, pyarrow.compute - a quarter of a second that only reading and writing columns should cost

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from abate.domain.rule import RuleEvent
from abate.policy.rules import fields, sql
from abate.policy.rules.event import AT, SEQ, fit, fit_text
from abate.policy.rules.fields import Info
from abate.policy.rules.tree import Field, Type

ITEM: Final = "item"
"""Column of the item's identifier, as bytes."""
TEXT, URL = "item.text", "item.url"

_TOGETHER: Final = 2_000
"""Events whose records are held at once."""

_RECORD = msgspec.json.Decoder(dict[str, Any]).decode
_PLAIN = frozenset(fields.PLAIN)


def item_key(item: str) -> bytes:
    """Return an item's identifier as its column holds it."""
    return item.encode("utf-8", "surrogatepass")


def form() -> str:
    """Say what columns there are: files of another form are made anew."""
    return ", ".join(f"{name} {kind}" for name, kind in _types().items())


def as_table(events: Sequence[RuleEvent]) -> Any:  # noqa: ANN401 - Arrow is published without types
    """Return the ``pyarrow.Table`` of events, a row each, in their order; one without rows for none."""
    import pyarrow as pa

    # In small parts: the garbage collector goes through all records that lie about, over and over.
    starts = range(0, max(len(events), 1), _TOGETHER)
    return pa.concat_tables([_part(events[start : start + _TOGETHER]) for start in starts])


def _part(events: Sequence[RuleEvent]) -> Any:  # noqa: ANN401 - as above
    import pyarrow as pa

    records = [_record(event) for event in events]
    try:
        held = _columns(records)
    except (ValueError, TypeError, pa.ArrowException):
        # Another version of abate wrote a value of another type: what does not fit is missing.
        held = _columns([fit(record) for record in records])
    return pa.table(
        {
            SEQ: pa.array([event.seq for event in events], pa.int64()),
            AT: pa.array([event.at for event in events], pa.int64()),
            ITEM: pa.array([item_key(event.item) for event in events], pa.binary()),
            **held,
        }
    )


def _record(event: RuleEvent) -> dict[str, Any]:
    try:
        record = _RECORD(event.body)
    except msgspec.MsgspecError:
        record = {}  # a body that is no record says nothing of its item, and the item came in all the same
    for name, written in ((TEXT, event.text), (URL, event.url)):
        if written:
            record[name] = fit_text(written)
    return record


def _columns(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    plain = {name: _column([record.get(name) for record in records], info) for name, info in fields.PLAIN.items()}
    return plain | _maps(records)


def _column(values: Sequence[object], info: Info) -> Any:  # noqa: ANN401 - as above
    """Return a column of one field.

    :raises ValueError: when a number is none that the language counts with
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    made = pa.array(values, _arrow_type(info.type))
    if info.type is Type.NUMBER:
        ends = pc.min_max(made).as_py()
        unlike = info.whole and not pc.all(pc.equal(pc.floor(made), made)).as_py()
        if made.null_count < len(made) and (unlike or ends["min"] < -fields.MOST or ends["max"] > fields.MOST):
            msg = f"{info.name} holds a number that is none of the language's"
            raise ValueError(msg)
    return made


def _arrow_type(kind: Type) -> Any:  # noqa: ANN401 - as above
    import pyarrow as pa

    return {
        Type.NUMBER: pa.float64(),
        Type.TEXT: pa.string(),
        Type.BOOL: pa.bool_(),
        Type.TEXTS: pa.list_(pa.string()),
    }[kind]


def _maps(records: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields that take a key. Columns of windows, which records hold for explanation, are left out."""
    import pyarrow as pa

    starts: dict[str, list[int]] = {name: [0] for name in fields.KEYED}
    keys: dict[str, list[str]] = {name: [] for name in fields.KEYED}
    values: dict[str, list[object]] = {name: [] for name in fields.KEYED}
    for record in records:
        for column in record.keys() - _PLAIN:
            name, colon, key = column.partition(":")
            if colon and name in keys:
                keys[name].append(fit_text(key))
                values[name].append(record[column])
        for name, ends in starts.items():
            ends.append(len(keys[name]))
    return {
        name: pa.MapArray.from_arrays(
            pa.array(starts[name], pa.int32()), pa.array(keys[name], pa.string()), pa.array(values[name], pa.float64())
        )
        for name in fields.KEYED
    }


def _types() -> dict[str, str]:
    plain = {name: sql.COLUMN_TYPES[info.type] for name, info in fields.PLAIN.items()}
    return {SEQ: "BIGINT", AT: "BIGINT", ITEM: "BLOB", **plain, **dict.fromkeys(fields.KEYED, "MAP(VARCHAR, DOUBLE)")}


def selected(read: Iterable[Field], besides: Iterable[str] = ()) -> str:
    """Write what stands behind SELECT, so that a rule's SQL finds the fields that it reads under their names.

    :param besides: further columns, which take no key
    """
    written = {column: sql.name(column) for column in (SEQ, AT, ITEM, *besides)}
    for field in read:
        column = sql.name(field.column)
        if field.key is None:
            written[field.column] = column
        else:
            written[field.column] = f"{sql.name(field.name)}[{sql.literal(field.key)}] AS {column}"
    return ", ".join(written.values())
