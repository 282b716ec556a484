"""A roll-up as a file: a head of JSON, arrays behind it, one checksum over both; and whether its source has changed.

::

    "abate roll-up 1", line feed | SHA-256 of what follows | length of the head, 8 bytes | head | arrays
"""

import hashlib
import json
from pathlib import Path

from abate.domain.errors import InputError
from abate.measurement.rollup.kept import Rollup, Source
from abate.measurement.rollup.packing import Arrays, Misfit, packed, unpacked

SUFFIX = ".rollup"
_MAGIC = b"abate roll-up 1\n"
_DIGEST, _LENGTH = 32, 8
_FOOT = 1 << 16
"""Bytes at the end of a file that tell whether it is the same one: of Parquet, they describe all the rest."""


def is_rollup(path: Path | None) -> bool:
    """Return whether a file says of itself that it is a roll-up."""
    return path is not None and path.suffix == SUFFIX


def source_of(path: Path) -> Source:
    """Return what tells the files of a table from later ones of the same name.

    :param path: a file, or a folder of Parquet parts
    :raises OSError: when one cannot be read
    """
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return tuple(_identity(one, one.relative_to(path.parent).as_posix()) for one in files)


def _identity(path: Path, name: str) -> tuple[str, int, int, str]:
    told = path.stat()
    with path.open("rb") as file:
        file.seek(max(told.st_size - _FOOT, 0))
        foot = hashlib.sha256(file.read(_FOOT)).hexdigest()
    return name, told.st_size, told.st_mtime_ns, foot


def write_rollup(rollup: Rollup, path: Path) -> None:
    """Write a roll-up; a file of that name is replaced once all of it is written.

    :raises InputError: when the file cannot be written
    """
    arrays = Arrays()
    content = packed(rollup, arrays)
    head = json.dumps({"arrays": arrays.places, "rollup": content}, ensure_ascii=False).encode()
    body = len(head).to_bytes(_LENGTH, "little") + head + arrays.content()
    part = path.with_suffix(".part")
    try:
        part.write_bytes(_MAGIC + hashlib.sha256(body).digest() + body)
        part.replace(path)
    except OSError as error:
        msg = f"the roll-up cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(path)) from error


def read_rollup(path: Path) -> Rollup:
    """Read a roll-up.

    :raises InputError: when it is missing, damaged or of another version, or the table beside it has changed since
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"the roll-up cannot be read ({error.strerror}); check the path"
        raise InputError(msg, where=str(path)) from error
    if not content.startswith(_MAGIC):
        msg = "no roll-up of this version of abate; make it anew with abate measure rollup"
        raise InputError(msg, where=str(path))
    digest, body = content[len(_MAGIC) :][:_DIGEST], memoryview(content)[len(_MAGIC) + _DIGEST :]
    if hashlib.sha256(body).digest() != digest:
        msg = "the roll-up is damaged: its checksum does not hold; make it anew with abate measure rollup"
        raise InputError(msg, where=str(path))
    rollup = _unpacked(body, path)
    _refuse_stale(rollup, path)
    return rollup


def _unpacked(body: memoryview, path: Path) -> Rollup:
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    try:
        head = json.loads(bytes(body[_LENGTH:end]))
        rollup = unpacked(Rollup, head["rollup"], Arrays.of(head["arrays"], body[end:]))
    except (ValueError, KeyError, TypeError, Misfit) as error:
        msg = "the roll-up does not hold what one of this version does; make it anew with abate measure rollup"
        raise InputError(msg, where=str(path)) from error
    assert isinstance(rollup, Rollup)
    return rollup


def _refuse_stale(rollup: Rollup, path: Path) -> None:
    for name, *kept in rollup.source:
        beside = path.parent / name
        if beside.is_file() and _identity(beside, name)[1:] != tuple(kept):
            msg = f"the sightings beside it ({name}) have changed since; make it anew with abate measure rollup"
            raise InputError(msg, where=str(path))
