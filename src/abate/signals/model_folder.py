"""A model as a folder: its files, and a manifest with the kind of model, its format, each file's SHA-256 and size.

Nothing in it is ever run: no pickle, no code. A file is read once, checked against the manifest and used from memory,
so that what changes on the disk afterwards is not met. No link is followed and no name leads out of the folder. What a
kind of model keeps in which file is for its own room to say.
"""

import hashlib
import mmap
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from abate.domain.errors import InputError

T = TypeVar("T")

MANIFEST: Final = "manifest.json"
MOST_MANIFEST: Final = 1 << 20
AGAIN: Final = "copy the folder anew from where it was made"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """What a file must be."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a folder says of itself."""

    kind: str
    format: int
    files: dict[str, File]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A kind of model: what its manifests call it, the format that is read, and the files that it cannot do without."""

    kind: str
    format: int
    needed: Collection[str]

    def is_at(self, folder: Path) -> bool:
        """Say whether ``folder`` calls itself a model of this kind, of whatever format."""
        try:
            return _manifest(_read_manifest(folder), folder).kind == self.kind
        except InputError:
            return False

    def written(self, contents: Mapping[str, bytes]) -> bytes:
        """Return the manifest of files with these contents. The same contents give the same bytes."""
        files = {
            name: File(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
            for name, content in contents.items()
        }
        manifest = Manifest(kind=self.kind, format=self.format, files=files)
        return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)

    def opened(self, folder: Path) -> tuple[Manifest, bytes]:
        """Return the manifest of a model of this form, read and as it lies there.

        :raises InputError: when there is none, it is another form's, or it lists a needed file not or one elsewhere
        """
        raw = _read_manifest(folder)
        manifest = _manifest(raw, folder)
        where = str(folder / MANIFEST)
        if (manifest.kind, manifest.format) != (self.kind, self.format):
            found = f"{manifest.kind!r} of format {manifest.format}"
            msg = f"the model is a {found}, and what is read is {self.kind!r} of format {self.format}; make it anew"
            raise InputError(msg, where=where)
        absent = sorted(set(self.needed) - manifest.files.keys())
        if absent:
            msg = f"the manifest does not list {', '.join(absent)}; {AGAIN}, or write it when the folder is complete"
            raise InputError(msg, where=where)
        astray = [name for name in manifest.files if not is_inside(name)]
        if astray:
            msg = f"the manifest lists {astray[0]!r}, which leads out of the folder; write it anew from files in it"
            raise InputError(msg, where=where)
        return manifest, raw


def version_of(raw: bytes) -> str:
    """Return a model's version: the SHA-256 of its manifest, and thereby of all its files."""
    return hashlib.sha256(raw).hexdigest()


def is_inside(name: str) -> bool:
    """Say whether a file's name stays in the folder."""
    return name not in {"", ".", ".."} and "\x00" not in name and "\\" not in name and Path(name).name == name


def checked(folder: Path, name: str, file: File) -> bytes:
    """Return a file's content.

    :raises InputError: when it cannot be read or is not what the manifest lists
    """
    content = read(folder, name, most=file.bytes)
    check(content, file, folder / name)
    return content


def check(content: bytes | mmap.mmap, file: File, where: Path) -> None:
    """Hold a content against the manifest.

    :raises InputError: when it is another
    """
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        msg = f"the model's file is not the one that the manifest lists, so it was changed since; {AGAIN}"
        raise InputError(msg, where=str(where))


def read(folder: Path, name: str, *, most: int | None = None) -> bytes:
    """Return a plain file's content, at most one byte more than ``most``: no link is followed, no pipe waited for.

    :raises InputError: when it cannot be read
    """
    try:
        with os.fdopen(descriptor(folder / name), "rb") as source:
            return source.read() if most is None else source.read(most + 1)
    except OSError as error:
        raise unreadable(error, folder / name) from error


def descriptor(path: Path) -> int:
    """Open a plain file for reading.

    :raises InputError: when it is a folder, a device or a pipe
    :raises OSError: when it is not there, or a link
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    opened = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        msg = "is no plain file; put the file itself into the folder"
        raise InputError(msg, where=str(path))
    return opened


def unreadable(error: OSError, path: Path) -> InputError:
    """Return what to say of a file that cannot be read."""
    return InputError(
        f"the model's file cannot be read ({error.strerror}), and links are not followed; {AGAIN}", where=str(path)
    )


def decoded(content: bytes, kind: type[T], where: Path) -> T:
    """Read JSON as a value of ``kind``.

    :raises InputError: when it does not hold one
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"the model's file does not say what it must ({error}); {AGAIN}"
        raise InputError(msg, where=str(where)) from error


def _read_manifest(folder: Path) -> bytes:
    return read(folder, MANIFEST, most=MOST_MANIFEST)


def _manifest(raw: bytes, folder: Path) -> Manifest:
    return decoded(raw, Manifest, folder / MANIFEST)
