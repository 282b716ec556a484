"""The file: a head, then the arrays as they lie in memory, each with its checksum.

The head is one page: eight bytes that name the kind of index, the format's number, the length of a JSON object and a
CRC-32 of the page; then that object: what the file holds, and name, length and CRC-32 of each section. Sections begin
on pages and are filled up with zeros, so that every byte of the file is under some checksum and an array can be mapped
where it lies. CRC-32 is what zlib does at memory speed; it finds damage, not malice: read files only that your own
service wrote. What would make a kernel read outside its arrays is looked for all the same.

A file is written under another name, flushed to disk and renamed over the old one, so that a crash leaves the one or
the other, whole.
"""

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import numpy.typing as npt

from abate.domain.errors import ConflictError, InputError
from abate.matching.living.arrays import Bytes
from abate.matching.living.threads import in_threads

PAGE: Final = 4096
_HEAD: Final = struct.Struct("<8sIII")
"""Magic, format, length of the object, checksum of the page with this field zero."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileKind:
    """What sort of index a file holds, and how it is told from others."""

    magic: bytes
    """Eight bytes that such a file begins with."""
    format: int
    name: str
    """What it is called in errors."""
    saver: str
    """The method that writes such files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a file holds."""

    meta: Mapping[str, Any]
    arrays: Mapping[str, Array]


def packed(content: Content, kind: FileKind) -> Iterator[memoryview]:
    """Yield the bytes of a file, the head first."""
    sections, views = [], []
    for name, array in content.arrays.items():
        view = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        padding = memoryview(bytes(-len(view) % PAGE))
        crc = zlib.crc32(padding, zlib.crc32(view))
        shape, item = [*array.shape], array.dtype.str
        sections.append({"name": name, "type": item, "shape": shape, "crc": crc})
        views += [view, padding]
    written = json.dumps({**content.meta, "sections": sections}).encode()
    head = bytearray(PAGE)
    head[_HEAD.size : _HEAD.size + len(written)] = written
    _HEAD.pack_into(head, 0, kind.magic, kind.format, len(written), 0)
    _HEAD.pack_into(head, 0, kind.magic, kind.format, len(written), zlib.crc32(head))
    yield memoryview(bytes(head))
    yield from views


def head_of(page: bytes, where: str, kind: FileKind) -> dict[str, Any]:
    """Return the object in a file's first page.

    :raises InputError: when the page is none that this version wrote whole
    """
    if page[: len(kind.magic)] != kind.magic:
        msg = f"is not {kind.name}; name the file that {kind.saver} wrote"
        raise InputError(msg, where=where)
    if len(page) < PAGE:
        msg = "its head is cut off"
        raise _damaged(msg, where)
    _, number, length, crc = _HEAD.unpack_from(page)
    if zlib.crc32(page[_HEAD.size :], zlib.crc32(_HEAD.pack(kind.magic, number, length, 0))) != crc:
        msg = "the checksum of its head is wrong"
        raise _damaged(msg, where)
    if number != kind.format:
        reads = f"has format {number}, this version reads {kind.format}"
        msg = f"{reads}; update abate, or build the index anew from the banks"
        raise InputError(msg, where=where)
    return cast("dict[str, Any]", json.loads(page[_HEAD.size : _HEAD.size + length]))


def unpacked(held: Bytes, where: str, kind: FileKind, *, verify: bool = True, threads: int = 1) -> Content:
    """Return what a file's bytes hold; the arrays are views of them.

    :raises InputError: when they are damaged, cut off, foreign or newer
    """
    meta = head_of(held[:PAGE].tobytes(), where, kind)
    sections, start = meta.pop("sections"), PAGE
    spans = []
    for section in sections:
        size = int(np.prod(section["shape"], dtype=np.int64)) * np.dtype(section["type"]).itemsize
        spans.append((start, size))
        start += size + -size % PAGE
    if len(held) != start:
        msg = f"it has {len(held)} bytes where its head says {start}"
        raise _damaged(msg, where)

    def check(first: int, end: int) -> None:
        for section, (begin, size) in list(zip(sections, spans, strict=True))[first:end]:
            if zlib.crc32(held[begin : begin + size + -size % PAGE].data) != section["crc"]:
                msg = f"the checksum of its section {section['name']!r} is wrong"
                raise _damaged(msg, where)

    if verify:
        in_threads(check, len(sections), threads)
    arrays = {
        section["name"]: held[begin : begin + size].view(section["type"]).reshape(section["shape"])
        for section, (begin, size) in zip(sections, spans, strict=True)
    }
    return Content(meta=meta, arrays=arrays)


def mapped(path: Path, kind: FileKind, *, verify: bool = True, threads: int = 1) -> Content:
    """Return what a file holds, mapped into memory: processes that map the same file share its pages.

    :raises InputError: when it is not there, or damaged, cut off, foreign or newer
    """
    with _readable(path, kind) as file:
        if not os.fstat(file.fileno()).st_size:
            msg = "it is empty"
            raise _damaged(msg, str(path))
        # Private and writable, because a read-only array is another type to a kernel; nobody writes.
        held = np.memmap(file, dtype=np.uint8, mode="c").view(np.ndarray)
    return unpacked(held, str(path), kind, verify=verify, threads=threads)


def head_at(path: Path, kind: FileKind) -> dict[str, Any] | None:
    """Return the head of the file at ``path``; nothing when there is none that can be read."""
    try:
        with _readable(path, kind) as file:
            return head_of(file.read(PAGE), str(path), kind)
    except InputError:
        return None


@contextmanager
def _readable(path: Path, kind: FileKind) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); name a file that {kind.saver} wrote"
        raise InputError(msg, where=str(path)) from error
    with file:
        yield file


def _damaged(how: str, where: str) -> InputError:
    return InputError(f"is damaged: {how}; restore it from a copy, or build the index anew from the banks", where=where)


def replace_file(path: Path, content: Content, kind: FileKind) -> None:
    """Put ``content`` at ``path``, whole or not at all.

    :raises ConflictError: while another process writes the same file
    """
    new = path.with_name(f"{path.name}.new")
    descriptor = _locked(new)
    with os.fdopen(descriptor, "wb") as file:
        file.truncate()
        for piece in packed(content, kind):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        new.replace(path)
    flush_folder(path.parent)


def _locked(new: Path) -> int:
    while True:
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held the lock before may have renamed the file: then this is the live one.
            if new.exists() and os.fstat(descriptor).st_ino == new.stat().st_ino:
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            msg = f"another process is writing {new}; save again when it has finished"
            raise ConflictError(msg) from error
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring a rename or a removal in ``folder`` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
