"""Receive: paths on this machine become items. Every file or row gives at least one line, an unreadable one its reason.

What is read is hostile until shown otherwise: links may loop, a line may be a gigabyte, a table may point outside its
folder. None of that stops the batch.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind
from abate.domain.signal import NotScanned
from abate.flows.fields import item_fields
from abate.flows.rows import TABLE_SUFFIXES, rows_of
from abate.settings import Settings

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi", ".flv", ".ogv", ".wmv", ".mpg", ".mpeg", ".m2ts"}
)
TEXT_SUFFIXES = frozenset({".txt", ".md"})
_MAGIC = {
    b"\xff\xd8\xff": Kind.PHOTO,
    b"\x89PNG\r\n\x1a\n": Kind.PHOTO,
    b"GIF8": Kind.PHOTO,
    b"\x1aE\xdf\xa3": Kind.VIDEO,
    b"FLV\x01": Kind.VIDEO,
}
_FILM_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42", b"M4V ", b"qt  ", b"3gp4", b"3gp5"}
)
"""What an MP4 says it is when it is a film; sound and still pictures use the same boxes under other names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """An item as it came in, with what already went wrong."""

    item: Item
    not_scanned: tuple[NotScanned, ...] = ()
    wrong_use: bool = False
    """The caller named something that cannot be meant, such as a table without item columns."""
    file: str = ""
    """The file that it was read from: when that is as it was, so is the item. Empty for what came through a pipe."""


@dataclass(slots=True)
class Walked:
    """What a walk passed over without a line of its own, for the summary."""

    tables_passed_over: int = 0


def unreadable(where: str, reason: str, *, kind: Kind = Kind.FILE, wrong_use: bool = False) -> Received:
    """Make the line that stands for something that could not be read."""
    problem = NotScanned(step="read", reason=reason)
    return Received(item=Item(id=where, kind=kind), not_scanned=(problem,), wrong_use=wrong_use)


def receive(
    paths: list[Path], settings: Settings, mapping: Mapping[str, str] | None = None, walked: Walked | None = None
) -> Iterator[Received]:
    """Yield what lies at ``paths``: files, tables of items, and folders, which are walked in name order.

    :param mapping: ``theirs → ours`` column names; two of theirs on one of ours are joined with a newline
    """
    walked = walked if walked is not None else Walked()
    for path in paths:
        if path.is_dir():
            yield from _walk(path, settings, mapping or {}, walked)
        elif not path.exists():
            yield unreadable(str(path), "there is nothing at this path; check its spelling", wrong_use=True)
        else:
            yield from _file(path, settings, mapping or {}, walked, named=True)


def _walk(top: Path, settings: Settings, mapping: Mapping[str, str], walked: Walked) -> Iterator[Received]:
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, files in os.walk(top, followlinks=True):
        here = Path(folder)
        status = here.stat()
        if (status.st_dev, status.st_ino) in seen:
            # A link that leads to a folder already read: following it again would never end.
            subfolders.clear()
            yield unreadable(str(here), "this link leads back to a folder already read; it was not followed again")
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders.sort()
        for name in sorted(files):
            yield from _file(here / name, settings, mapping, walked, named=False)


def _file(
    path: Path, settings: Settings, mapping: Mapping[str, str], walked: Walked, *, named: bool
) -> Iterator[Received]:
    if not path.is_file():
        yield unreadable(str(path), "not a regular file (a broken link, pipe or device); it was passed over")
    elif path.suffix.lower() in TABLE_SUFFIXES:
        yield from (replace(one, file=str(path)) for one in _table(path, settings, mapping, walked, named=named))
    else:
        yield replace(_single(path, settings), file=str(path))


def _single(path: Path, settings: Settings) -> Received:
    try:
        size = path.stat().st_size
        kind = kind_of(path)
    except OSError as error:
        return unreadable(str(path), f"cannot be read ({error.strerror}); check its permissions")
    if size == 0:
        return unreadable(str(path), "the file is empty (0 bytes); send it again", kind=kind)
    if size > settings.max_file_bytes:
        limit = settings.max_file_bytes // 2**20
        reason = f"the file has {size // 2**20} MiB, the limit is {limit}; raise the setting max_file_bytes to read it"
        return unreadable(str(path), reason, kind=kind)
    if kind is Kind.TEXT:
        return _text(path)
    return Received(item=Item(id=str(path), kind=kind, path=str(path.absolute())))


def _text(path: Path) -> Received:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"not valid UTF-8 at byte {error.start}; save it as UTF-8"
        return unreadable(str(path), reason, kind=Kind.TEXT)
    except OSError as error:
        return unreadable(str(path), f"cannot be read ({error.strerror}); check its permissions", kind=Kind.TEXT)
    return Received(item=Item(id=str(path), kind=Kind.TEXT, text=text))


def kind_of(path: Path) -> Kind:
    """Tell the kind of a file by its name, else by its first bytes."""
    suffix = path.suffix.lower()
    for kind, suffixes in ((Kind.PHOTO, PHOTO_SUFFIXES), (Kind.VIDEO, VIDEO_SUFFIXES), (Kind.TEXT, TEXT_SUFFIXES)):
        if suffix in suffixes:
            return kind
    with path.open("rb") as stream:
        head = stream.read(12)
    if (head[:4] == b"RIFF" and head[8:] == b"WEBP") or head[4:] in {b"ftypavif", b"ftypavis"}:
        return Kind.PHOTO
    if (head[4:8] == b"ftyp" and head[8:] in _FILM_BRANDS) or (head[:4] == b"RIFF" and head[8:] == b"AVI "):
        return Kind.VIDEO
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), Kind.FILE)


def _table(
    path: Path, settings: Settings, mapping: Mapping[str, str], walked: Walked, *, named: bool
) -> Iterator[Received]:
    try:
        for row in rows_of(path, settings, mapping):
            if isinstance(row.values, NotScanned):
                yield Received(item=Item(id=row.where, kind=Kind.TEXT), not_scanned=(row.values,))
            else:
                yield item_of(row.values, row.where, path.parent)
    except InputError as error:
        if named:
            yield unreadable(str(path), error.bare, wrong_use=True)
        else:
            walked.tables_passed_over += 1


def item_of(values: Mapping[str, object], where: str, folder: Path | None) -> Received:
    """Make an item of a row's columns.

    :param folder: where a relative ``path`` column starts; ``None`` refuses paths (a caller over the network)
    """
    try:
        fields = item_fields(values)
        path = _inside(str(values.get("path") or ""), folder)
    except InputError as error:
        return unreadable(where, error.bare, kind=Kind.TEXT)
    kind = _kind(values, path)
    if kind is None:
        return unreadable(where, "the row has neither text, url nor path; fill one of them", kind=Kind.TEXT)
    return Received(item=Item(**{**fields, "id": fields["id"] or where, "kind": kind, "path": path}))


def _kind(values: Mapping[str, object], path: str) -> Kind | None:
    given = str(values.get("kind") or "").lower()
    if given in set(Kind):
        return Kind(given)
    if path:
        return _kind_of_file(path)
    if values.get("text"):
        return Kind.TEXT
    return Kind.URL if values.get("url") else None


def _kind_of_file(path: str) -> Kind:
    try:
        return kind_of(Path(path)) if Path(path).is_file() else Kind.FILE
    except OSError:
        return Kind.FILE


def _inside(untrusted_path: str, folder: Path | None) -> str:
    """Resolve a path column against its table's folder, which it must not leave: a table is somebody else's text."""
    if not untrusted_path:
        return ""
    if folder is None:
        msg = "a path names a file of the server; send the bytes as content instead"
        raise InputError(msg)
    try:
        target = (folder / untrusted_path).resolve()
    except (OSError, ValueError) as error:  # longer than a path can be, or with a NUL in it
        msg = "path is none that a file can have; correct it"
        raise InputError(msg) from error
    if not target.is_relative_to(folder.resolve()):
        msg = f"path {untrusted_path!r} leads out of the table's folder; move the file beside the table"
        raise InputError(msg)
    return str(target)
