"""Reads a stranger's list line by line, whatever is in it: a bad line costs one error, never the file or the memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from abate.domain.errors import InputError

LONGEST: Final = 128 * 1024
"""Bytes. A listed value takes a hundred; a line above this is a broken file or an attack on the reader's memory."""

_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of text."""

    where: str
    """``file:line``, counted from 1."""
    text: str
    """Without its line end."""


def lines(path: Path) -> Iterator[Line | InputError]:
    """Yield the lines of a UTF-8 file that are not blank; in place of a line that cannot be read, why.

    :raises InputError: when the file cannot be opened, or is in UTF-16, as spreadsheets like to save
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
            line = decoded(untrusted, where)
            if isinstance(line, InputError) or line.text.strip():
                yield line


def opened(path: Path) -> BinaryIO:
    """Open a list, placed after a UTF-8 byte order mark where there is one.

    :raises InputError: as ``lines``
    """
    try:
        stream = path.open("rb", buffering=LONGEST)
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); check the path and its permissions"
        raise InputError(msg, where=str(path)) from error
    head = stream.read(3)
    if head[:2] in _BOMS:
        stream.close()
        msg = f"is in {_BOMS[head[:2]]}; save it as UTF-8"
        raise InputError(msg, where=str(path))
    stream.seek(3 if head == b"\xef\xbb\xbf" else 0)
    return stream


def decoded(untrusted: bytes, where: str) -> Line | InputError:
    """Return the line as text, or why it is none."""
    try:
        text = untrusted.decode("utf-8")
    except UnicodeDecodeError as error:
        return InputError(f"byte {error.start + 1} of this line is not UTF-8; save the file as UTF-8", where=where)
    return Line(where=where, text=text.rstrip("\r\n"))


def _skip_line(stream: BinaryIO) -> None:
    while (piece := stream.readline(LONGEST)) and not piece.endswith(b"\n"):
        pass
