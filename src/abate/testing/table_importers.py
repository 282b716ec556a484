"""What every table importer promises, as functions that take one: nothing personal leaves its field."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path

from abate.domain.errors import InputError
from abate.extend.table import PassedOver, Personal, TableImporter, TableRow
from abate.testing.promises import equal, holds, promised, raises

HEADS = (b"", b"\x00\x01\x02\xff", b"\n\n", b"<html>", b"PK\x03\x04", b"plain words\n", b"{}\n", b"[]\n")
"""How files begin that no tool exported."""
HOLE = 100 * 1024**2
"""Bytes. A sparse file: a hole reads as zero bytes and takes no room on the disk."""
MOST_MEMORY = 48 * 1024**2
"""Bytes that reading may take, whatever is in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleExport:
    """A small export in the format that is checked."""

    file_name: str
    content: str
    rows: int
    """How many rows it gives."""
    broken: str
    """The same with one part that cannot be read, before the last row."""
    personal: tuple[str, ...] = ()
    """Words that stand in its names, handles, texts and identifiers of people."""

    def written(self, folder: Path, *, broken: bool = False) -> Path:
        """Write the export into ``folder`` and return where it is."""
        path = folder / self.file_name
        path.write_bytes((self.broken if broken else self.content).encode())
        return path


def check_table_importer(
    plug: TableImporter, example: ExampleExport, folder: Path, *, others: Mapping[str, TableImporter] | None = None
) -> None:
    """Hold a table importer against every promise.

    :param folder: an empty one to write in
    :param others: the importers that it must be told from, by name
    :raises AssertionError: with the first promise that was broken
    """
    check_an_export_is_recognised_by_its_own_importer_alone(plug, example, folder, others=others or {})
    for head in HEADS:
        check_no_importer_claims_what_it_cannot_read(plug, example, folder, head)
    check_every_row_is_read(plug, example, folder)
    check_byte_order_marks_and_line_ends_change_nothing(plug, example, folder)
    check_a_broken_part_costs_one_error(plug, example, folder)
    check_nothing_personal_leaves_its_field(plug, example, folder)
    check_a_hole_is_not_held_in_memory(plug, example, folder)
    check_a_file_that_cannot_be_read_is_one_error(plug, example, folder)
    check_a_name_that_has_no_meaning_is_refused(plug, example, folder)


@promised
def check_an_export_is_recognised_by_its_own_importer_alone(
    plug: TableImporter, example: ExampleExport, folder: Path, *, others: Mapping[str, TableImporter]
) -> None:
    """Whoever imports need not say the format."""
    path = example.written(folder)
    everyone = {**others, plug.name: plug}
    equal([name for name, one in everyone.items() if one.recognises(path, path.read_bytes())], [plug.name])


@promised
def check_no_importer_claims_what_it_cannot_read(
    plug: TableImporter, example: ExampleExport, folder: Path, head: bytes
) -> None:
    """A file that is empty, binary, a page or plain words is no export, whatever its name."""
    claimed = plug.recognises(folder / example.file_name, head)
    holds(not claimed, f"a file that begins with {head!r} was recognised")


@promised
def check_every_row_is_read(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """A whole export gives its rows and no error, and every time has an offset."""
    rows, errors = _read(plug, example.written(folder))
    equal((len(rows), [str(error) for error in errors]), (example.rows, []))
    naive = [value for row in rows for value in _values(row) if isinstance(value, datetime) and not value.tzinfo]
    equal(naive, [])


@promised
def check_byte_order_marks_and_line_ends_change_nothing(
    plug: TableImporter, example: ExampleExport, folder: Path
) -> None:
    """Exports pass through programs that write a mark before the first word, or end lines in two characters."""
    path = example.written(folder)
    expected = _read(plug, path)
    content = path.read_bytes()
    for changed in (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n")):
        path.write_bytes(changed)
        holds(plug.recognises(path, changed), "the file is not recognised any more")
        equal(_read(plug, path), expected)


@promised
def check_a_broken_part_costs_one_error(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """The part is reported with its place, nothing of it is quoted, and the rows before and after it are read."""
    path = example.written(folder, broken=True)
    rows, errors = _read(plug, path)
    equal((len(rows), len(errors)), (example.rows, 1))
    holds(errors[0].where.startswith(str(path)), f"{str(errors[0])!r} does not begin with the place")


@promised
def check_nothing_personal_leaves_its_field(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """Names and texts stand in ``Personal`` or in ``untrusted_…``, or nowhere: not in another cell, reason or error."""
    for broken in (False, True):
        for found in plug.read(example.written(folder, broken=broken), {}):
            said = [str(found)] if isinstance(found, InputError) else [str(value) for value in _values(found)]
            leaked = [word for word in example.personal for text in said if word in text]
            equal(leaked, [])


@promised
def check_a_hole_is_not_held_in_memory(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """A hundred megabytes that are no export cost one error at most and little memory."""
    path = example.written(folder)
    with path.open("r+b") as stream:
        stream.seek(HOLE)
        stream.write(b"\n")
    tracemalloc.start()
    try:
        rows, errors = _read(plug, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    holds(len(rows) == example.rows and len(errors) <= 1, f"{len(rows)} rows and {len(errors)} errors")
    holds(peak < MOST_MEMORY, f"reading took {peak} bytes")


@promised
def check_a_file_that_cannot_be_read_is_one_error(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """One that is not there, or in UTF-16, is an ``InputError`` of the whole."""
    with raises(InputError):
        _read(plug, folder / f"absent-{example.file_name}")
    path = folder / example.file_name
    path.write_text(example.content, "utf-16")
    with raises(InputError):
        _read(plug, path)


@promised
def check_a_name_that_has_no_meaning_is_refused(plug: TableImporter, example: ExampleExport, folder: Path) -> None:
    """A column that is to be renamed and is not there is a mistake of whoever imports, and no silence."""
    path = example.written(folder)
    with raises(InputError, "--map"):
        list(plug.read(path, {"no such column": "channel"}))


def _read(plug: TableImporter, path: Path) -> tuple[list[TableRow], list[InputError]]:
    found = list(plug.read(path, {}))
    rows = [one for one in found if not isinstance(one, InputError | PassedOver)]
    return rows, [one for one in found if isinstance(one, InputError)]


def _values(value: object) -> Iterator[object]:
    """Yield whatever an import may write as it is: all but what is personal or untrusted, and the place."""
    if isinstance(value, Personal):
        return
    if is_dataclass(value):
        for one in fields(value):
            if one.name != "where" and not one.name.startswith("untrusted_"):
                yield from _values(getattr(value, one.name))
    else:
        yield value
