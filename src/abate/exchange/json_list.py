"""Hash lists as JSON: an array of objects, or one object a line (JSON Lines).

Keys are those of the CSV columns: ``type`` and ``value``, and if wanted ``label``, ``ref``, ``source`` (text) or
``sources`` (array of texts), ``stance``, ``expires_at``, and ``disputed_by`` (array of texts).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.exchange.csv_list import guess_type
from abate.exchange.lines import lines, opened
from abate.extend.exchange import Listed

SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson"})
LARGEST: Final = 256 * 1024 * 1024
"""Bytes. An array must be read whole, at ten times its size in memory; larger lists come as one object a line."""


class JsonList:
    """Reads arrays and lines of ``{"type": …, "value": …}``."""

    name = "json"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file is named as JSON and its first object has a value."""
        return path.suffix.lower() in SUFFIXES and b'"value"' in head

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield the listed values; in place of an object that cannot be read, why.

        :raises InputError: when the file cannot be opened, or is an array that is too large or is not JSON
        """
        for row in objects(path):
            yield row if isinstance(row, InputError) else _listed(*row)


def objects(path: Path) -> Iterator[tuple[str, Mapping[str, object]] | InputError]:
    """Yield each object of an array or of JSON Lines with its place; in place of anything else, why.

    :raises InputError: as ``JsonList.read``
    """
    with opened(path) as stream:
        begins = stream.read(64).lstrip()[:1]
    rows = _array(path) if begins == b"[" else _lines(path)
    for row in rows:
        if isinstance(row, InputError):
            yield row
            continue
        where, untrusted = row
        if isinstance(untrusted, dict):
            yield where, untrusted
        else:
            yield InputError('this is no JSON object; give {"type": …, "value": …}', where=where)


def _array(path: Path) -> Iterable[tuple[str, object]]:
    if path.stat().st_size > LARGEST:
        msg = f"is an array of more than {LARGEST // 1024**2} MiB; write it as one object a line (.jsonl)"
        raise InputError(msg, where=str(path))
    with opened(path) as stream:
        try:
            rows = json.load(stream)
        except (ValueError, RecursionError) as error:
            msg = f"is not JSON ({error}); correct it, or write it as one object a line (.jsonl)"
            raise InputError(msg, where=str(path)) from error
    return ((f"{path}: element {number}", row) for number, row in enumerate(rows, start=1))


def _lines(path: Path) -> Iterator[tuple[str, object] | InputError]:
    for line in lines(path):
        if isinstance(line, InputError):
            yield line
            continue
        try:
            yield line.where, json.loads(line.text)
        except (ValueError, RecursionError) as error:
            yield InputError(f"this line is not JSON ({error}); one object a line", where=line.where)


def _listed(where: str, row: Mapping[str, object]) -> Listed | InputError:
    fields = {name: text(row, name) for name in ("type", "value", "label", "ref", "source", "stance", "expires_at")}
    if not fields["value"]:
        return InputError("this object has no `value`; fill it in or remove it", where=where)
    kind: str | InputError = fields["type"] or guess_type(fields["value"], where)
    if isinstance(kind, InputError):
        return kind
    named = _organisations(row, "sources") or ((fields["source"],) if fields["source"] else ())
    return Listed(
        where=where,
        untrusted_type=kind,
        untrusted_value=fields["value"],
        label=fields["label"],
        sources=named,
        ref=fields["ref"],
        untrusted_stance=fields["stance"],
        untrusted_expires_at=fields["expires_at"],
        disputed_by=_organisations(row, "disputed_by"),
    )


def _organisations(row: Mapping[str, object], name: str) -> tuple[str, ...]:
    given = row.get(name)
    named = (str(one).strip() for one in given) if isinstance(given, list) else ()
    return tuple(one for one in named if one)


def text(row: Mapping[str, object], name: str) -> str:
    """Return a field as text, trimmed; numbers as written, empty where it is missing or is no plain value."""
    value = row.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""
