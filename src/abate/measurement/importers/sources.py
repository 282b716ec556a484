"""A stranger's file, line by line: a line that cannot be read costs one error, never the file or the memory."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from abate.domain.errors import InputError

LONGEST: Final = 4 * 1024 * 1024
"""Bytes. A post with all that an export says of it takes a few thousand; above this the file is broken or an attack."""
BOM: Final = b"\xef\xbb\xbf"

Object = Mapping[str, object]


def opened(path: Path) -> BinaryIO:
    """Open a file, placed after a UTF-8 byte order mark where there is one.

    :raises InputError: when it cannot be opened, or is in UTF-16
    """
    try:
        stream = path.open("rb")
        head = stream.read(len(BOM))
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); check the path and its permissions"
        raise InputError(msg, where=str(path)) from error
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        stream.close()
        msg = "is in UTF-16; save it as UTF-8"
        raise InputError(msg, where=str(path))
    stream.seek(len(BOM) if head == BOM else 0)
    return stream


def lines(path: Path) -> Iterator[tuple[int, str] | InputError]:
    """Yield each line with its number, counted from 1 and with its end; in place of what is no line, why.

    :raises InputError: as ``opened``
    """
    with opened(path) as stream:
        number = 0
        while untrusted := stream.readline(LONGEST + 1):
            number += 1
            where = f"{path}:{number}"
            if len(untrusted) > LONGEST and not untrusted.endswith(b"\n"):
                _skip_line(stream)
                yield InputError(f"this line is longer than {LONGEST} bytes; split or remove it", where=where)
                continue
            try:
                yield number, untrusted.decode("utf-8")
            except UnicodeDecodeError as error:
                text = f"byte {error.start + 1} of this line is not UTF-8; save the file as UTF-8"
                yield InputError(text, where=where)


def objects(path: Path) -> Iterator[tuple[str, Object] | InputError]:
    """Yield each JSON object of a file with one a line, and its place; in place of any other line, why.

    :raises InputError: as ``opened``
    """
    for line in lines(path):
        if isinstance(line, InputError):
            yield line
            continue
        number, text = line
        if text.strip():
            found = parsed(text)
            where = f"{path}:{number}"
            broken = "this line is no JSON object; one object a line, or take it out"
            yield InputError(broken, where=where) if found is None else (where, found)


def parsed(text: str) -> Object | None:
    """Return a JSON object, or nothing where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def first_object(head: bytes) -> Object:
    """Return the object on the first line that is not blank; an empty one where there is none."""
    for line in head.removeprefix(BOM).splitlines():
        if line.strip():
            return parsed(line.decode("utf-8", "replace")) or {}
    return {}


def text_of(row: Object, name: str) -> str:
    """Return a field as trimmed text; numbers as written, empty where it is missing or is no plain value."""
    value = row.get(name)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def object_of(row: Object, name: str) -> Object:
    """Return a field that is an object; an empty one where it is missing or is none."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def language_code(untrusted: str) -> str:
    """Return the language of a tag such as ``pt-BR``; nothing where it is none, because free text may say anything."""
    code = re.split("[-_]", untrusted.strip().lower())[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else ""


def refuse_names(path: Path, names: Mapping[str, str]) -> None:
    """Refuse ``--map`` for a format without columns.

    :raises InputError: when anything is to be renamed
    """
    if names:
        msg = "--map renames the columns of a table, and this format has none; leave it out"
        raise InputError(msg, where=str(path))


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(LONGEST)) and not piece.endswith(b"\n"):
        pass
