"""What every list format promises, as functions that take one: hostile files cost one error a row."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from abate.domain.errors import InputError
from abate.exchange.lines import LONGEST
from abate.extend.exchange import Listed, ListFormat
from abate.testing.promises import equal, holds, promised, raises

HEADS = (b"", b"\x00\x01\x02\xff", b"\n\n", b"<html>", b"PK\x03\x04", b"plain words\n")
"""How files begin that are no list."""
BAD_ROWS = (b"\xff\xfe\xfd\n", b"x" * (LONGEST + 1) + b"\n", b"x" * (5 * LONGEST))
"""Bytes that are no text, and rows that are longer than any value, with and without an end."""
HUGE_ROW = 100 * 1024**2
"""Bytes. A sparse file: a hole reads as zero bytes and takes no room on the disk."""
MOST_MEMORY = 16 * 1024**2
"""Bytes that reading may take, whatever is in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExampleList:
    """A list of one row, in the format that is checked."""

    file_name: str
    row: str
    """One line, with its end."""
    head: str = ""
    """What stands before the first row, with its line ends: the names of columns."""

    def written(self, folder: Path, suffix: bytes = b"") -> Path:
        """Write the list into ``folder``, with ``suffix`` after it, and return where it is."""
        path = folder / self.file_name
        path.write_bytes((self.head + self.row).encode() + suffix)
        return path


def check_list_format(
    plug: ListFormat,
    example: ExampleList,
    folder: Path,
    *,
    others: Mapping[str, ListFormat] | None = None,
    bad_rows: Iterable[bytes] = BAD_ROWS,
) -> None:
    """Hold a list format against every promise.

    :param folder: an empty one to write in
    :param others: the formats that it must be told from, by name
    :param bad_rows: rows that it cannot read
    :raises AssertionError: with the first promise that was broken
    """
    check_a_file_is_recognised_by_its_own_format_alone(plug, example, folder, others=others or {})
    check_a_byte_order_mark_is_passed_over(plug, example, folder)
    for head in HEADS:
        check_no_format_claims_what_it_cannot_read(plug, folder, head)
    for row in bad_rows:
        check_a_bad_row_costs_one_error(plug, example, folder, row)
    check_a_huge_row_is_not_held_in_memory(plug, example, folder)
    check_a_file_that_cannot_be_read_is_one_error(plug, example, folder)
    if not example.head:
        check_an_empty_list_is_an_empty_list(plug, example, folder)


@promised
def check_a_file_is_recognised_by_its_own_format_alone(
    plug: ListFormat, example: ExampleList, folder: Path, *, others: Mapping[str, ListFormat]
) -> None:
    """Whoever imports a list need not say its format."""
    path = example.written(folder)
    everyone = {**others, plug.name: plug}
    equal([name for name, one in everyone.items() if one.recognises(path, path.read_bytes())], [plug.name])


@promised
def check_a_byte_order_mark_is_passed_over(plug: ListFormat, example: ExampleList, folder: Path) -> None:
    """Spreadsheets write one before the first word; it changes nothing."""
    path = example.written(folder)
    expected = _read(plug, path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    holds(plug.recognises(path, path.read_bytes()), "the file is not recognised any more")
    equal(_read(plug, path), expected)
    equal((len(expected[0]), expected[1]), (1, []))


@promised
def check_no_format_claims_what_it_cannot_read(plug: ListFormat, folder: Path, head: bytes) -> None:
    """A file that is empty, binary, a page or plain words is no list."""
    holds(not plug.recognises(folder / "list.bin", head), f"a file that begins with {head!r} was recognised")


@promised
def check_a_bad_row_costs_one_error(
    plug: ListFormat, example: ExampleList, folder: Path, row: bytes, *, says: str = ""
) -> None:
    """The row is reported as ``file:line`` with its fault, and the rows before and after it are read.

    :param says: words that the error must have
    """
    path = example.written(folder, row.removesuffix(b"\n") + b"\n" + example.row.encode())
    good, bad = _read(plug, path)
    number = (example.head + example.row).count("\n") + 1
    equal((len(good), [error.where for error in bad]), (2, [f"{path}:{number}"]))
    holds(str(bad[0]).startswith(f"{path}:"), f"{str(bad[0])!r} does not begin with the place")
    holds(says in str(bad[0]), f"{str(bad[0])!r} does not say {says!r}")
    equal(good[1].where, f"{path}:{number + 1}")


@promised
def check_a_huge_row_is_not_held_in_memory(plug: ListFormat, example: ExampleList, folder: Path) -> None:
    """A row of a hundred megabytes costs one error and little memory; a gigabyte would take no other path."""
    path = example.written(folder)
    with path.open("r+b") as stream:
        stream.seek(HUGE_ROW)
        stream.write(b"\n" + example.row.encode())
    (good, bad), peak = _measured(lambda: _read(plug, path))
    equal((len(good), len(bad)), (2, 1))
    holds(peak < MOST_MEMORY, f"reading took {peak} bytes")


@promised
def check_a_file_that_cannot_be_read_is_one_error(
    plug: ListFormat, example: ExampleList, folder: Path, *, says: tuple[str, str] = ("", "")
) -> None:
    """One that is not there, or in UTF-16, is an ``InputError`` of the whole.

    :param says: words that the error of the absent file, and of the other encoding, must have
    """
    with raises(InputError, says[0]):
        _read(plug, folder / "absent")
    path = folder / example.file_name
    path.write_text(example.head + example.row, "utf-16")
    with raises(InputError, says[1]):
        _read(plug, path)


@promised
def check_an_empty_list_is_an_empty_list(plug: ListFormat, example: ExampleList, folder: Path) -> None:
    """A file without a byte lists nothing, and that is no error. Not for a format that begins with names of columns."""
    path = folder / example.file_name
    path.write_bytes(b"")
    equal([*plug.read(path)], [])


def _read(plug: ListFormat, path: Path) -> tuple[list[Listed], list[InputError]]:
    rows = list(plug.read(path))
    return [row for row in rows if isinstance(row, Listed)], [row for row in rows if isinstance(row, InputError)]


def _measured(
    reading: Callable[[], tuple[list[Listed], list[InputError]]],
) -> tuple[tuple[list[Listed], list[InputError]], int]:
    """Return what was read, and the greatest memory that it took meanwhile."""
    tracemalloc.start()
    try:
        read = reading()
        return read, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
