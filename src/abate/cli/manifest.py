"""A file of results that a later run goes on with: what stands in it and is unchanged since is not done again.

Each line carries size and time of the file that it tells of. A run that was stopped anywhere leaves whole lines and at
most one half, which the next run takes away; so the file ends up as one uninterrupted run would have written it.
"""

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from abate.domain.errors import InputError
from abate.flows.intake import Received

_Stamp = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds."""


class Manifest:
    """Results in a file, a group of lines a file or row that was looked at.

    :param name: the field that names what a line tells of
    :param grouped: whether one thing may give several lines, so that a group may be cut between two of them
    :raises InputError: when the file is there and holds something else, or cannot be written
    """

    def __init__(self, path: Path, *, name: str, grouped: bool = False) -> None:
        self._name = name
        self._known: set[bytes] = set()
        self._stamps: deque[_Stamp | None] = deque()
        self.passed_over = 0
        try:
            if path.exists():
                self._read(path, grouped=grouped)
            self._stream = path.open("a", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            msg = f"cannot be written ({error.strerror}); name another file"
            raise InputError(msg, where=str(path)) from error

    def __enter__(self) -> Self:
        """Return the manifest."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write out what is left."""
        self._stream.close()

    def _read(self, path: Path, *, grouped: bool) -> None:
        whole, group_start, last, place = 0, 0, b"", 0
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                start, place = place, place + len(line)
                if not line.endswith(b"\n"):
                    self._refuse_foreign(path, number, line)
                    break
                name, key = self._understood(path, number, line)
                if name != last:
                    group_start, last = start, name
                    newest = key
                self._known.add(key)
                whole = place
        if grouped and last:
            # Nothing says whether the last group is all there; doing one file again is cheap.
            whole = group_start
            self._known.discard(newest)
        os.truncate(path, whole)

    def _refuse_foreign(self, path: Path, number: int, line: bytes) -> None:
        if number == 1 and not line.startswith(b'{"' + self._name.encode()) and not b'{"'.startswith(line):
            raise _foreign(path, number)

    def _understood(self, path: Path, number: int, line: bytes) -> tuple[bytes, bytes]:
        """Return the name that a line is about, and the key of it as it was then."""
        try:
            found = json.loads(line)
            name, file = str(found[self._name]), found["file"]
            stamp = None if file is None else (int(file["size"]), int(file["mtime_ns"]))
        except (ValueError, TypeError, KeyError) as error:
            raise _foreign(path, number) from error
        return _digest(name), _key(name, stamp)

    def new(self, received: Iterable[Received]) -> Iterator[Received]:
        """Pass on what does not stand in the file as it is now."""
        for one in received:
            stamp = _stamp_of(one.file)
            if stamp is not None and _key(one.item.id, stamp) in self._known:
                self.passed_over += 1
            else:
                self._stamps.append(stamp)
                yield one

    def write(self, lines: Iterable[Mapping[str, object]]) -> None:
        """Write the lines of the next thing that :meth:`new` passed on, in its order."""
        stamp = self._stamps.popleft()
        file = None if stamp is None else {"size": stamp[0], "mtime_ns": stamp[1]}
        text = (json.dumps({**line, "file": file}, ensure_ascii=False, default=str) for line in lines)
        self._stream.write("".join(f"{line}\n" for line in text))


def _foreign(path: Path, number: int) -> InputError:
    return InputError(f"line {number} is no result of this command; name another file", where=str(path))


def _stamp_of(file: str) -> _Stamp | None:
    try:
        status = os.stat(file) if file else None  # noqa: PTH116 - a path as it came, once for each of many
    except OSError:
        return None
    return None if status is None else (status.st_size, status.st_mtime_ns)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _key(name: str, stamp: _Stamp | None) -> bytes:
    """Return 16 bytes for a name and a stamp: a hundred thousand of them are to be held."""
    return _digest(f"{stamp}\n{name}")
