"""The rules' history as files beside the store: Parquet in blocks of the order of receipt, a cache of the store.

The store is the truth. A block that is missing, of another form, changed behind our back or not of this store is made
anew; what the store pruned goes from the files, and so does what was forgotten:

- when an item's content is destroyed, the block that holds it is deleted at once (:func:`forget`);
- every time the files are brought up to date, each destruction since the last time deletes its block again, wherever it
  was done: by another process, on another machine, or just before a crash.

A block is written beside its place and renamed into it; the list of blocks is written after it, and only a file that is
as long and as old as the list says is ever read. Whoever reads holds a shared lock, whoever writes an exclusive one.
"""

# late: pyarrow, pyarrow.parquet - a quarter of a second that only reading and writing columns should cost

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from abate.domain.action import HoldState
from abate.domain.errors import StoreError
from abate.domain.history import Step
from abate.domain.rule import RuleEvent
from abate.extend.store import Store, Transaction
from abate.flows.kit import Kit
from abate.flows.rule_columns import as_table, form

FOLDER: Final = "rules-history"
BLOCK: Final = 50_000
"""Events of a block: one with the numbers ``n * BLOCK + 1`` to ``(n + 1) * BLOCK``. Only the newest grows."""
SPILLED: Final = "spilled"
"""Folder in which a query may lay down what memory does not hold. It is emptied before anybody writes."""

UNUSED: Final = timedelta(days=7)
"""After this, files that nobody asks for go."""

_LIST, _LOCK = "blocks.json", "lock"
_OURS: Final = "*.parquet*"

Watch = Callable[[int, int], None]
"""Told how many events are read, and how many are to be."""


def unwatched(_done: int, _of: int) -> None:
    """Take no notice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One file, and what must be true of it before it is used."""

    number: int
    first: int
    """The ``seq`` of its first event."""
    last: int
    seal: str
    """SHA-256 of its last event: another store's block of the same numbers has another."""
    size: int
    changed: int
    """Nanoseconds since 1970, as the file system gives them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """The list of blocks."""

    form: str = ""
    destroyed: int = 0
    """How many destructions of content these blocks know of."""
    newest_destroyed: str = ""
    """SHA-256 of the last one of these, so that another store's are not taken for them."""
    blocks: dict[int, Block] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Now:
    """What the store holds."""

    oldest: int
    newest: int
    destroyed: tuple[tuple[str, str], ...]
    """Item and time of each destruction, in order."""


@contextmanager
def brought_up_to_date(kit: Kit, watch: Watch = unwatched, *, block: int = BLOCK) -> Iterator["Files"]:
    """Give the files with every event that the store holds now; nobody changes them before this is left.

    Only :func:`forget` does, which waits for nobody: a query may then find a file gone, and is asked again.

    :raises StoreError: when the folder cannot be written
    """
    files = Files(store=kit.store, folder=kit.settings.home / FOLDER, block=block)
    try:
        files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.folder.chmod(0o700)
        descriptor = os.open(files.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(files.folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            files.bring_up_to_date(watch)
        except OSError as error:
            raise _unwritable(files.folder, error) from error
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield files
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> StoreError:
    msg = f"{folder} cannot be written ({error.strerror}); free space and correct its owner, or remove the folder"
    return StoreError(msg)


def forget(kit: Kit, item: str) -> None:
    """Delete the block that holds an item whose content was destroyed; it is made anew without it.

    Call it after the destruction is committed: then a block that was read before is deleted here, and one that is
    still being written is found by its writer.
    """
    folder = kit.settings.home / FOLDER
    if not folder.is_dir():
        return
    with kit.store.read() as tx:
        events = tx.rule_events.of_items([item]).values()
    for one in _listed(folder).blocks.values():
        if any(one.first <= event.seq <= one.last for event in events):
            _path(folder, one.number).unlink(missing_ok=True)


def tidy(kit: Kit) -> int:
    """Delete the files that nobody asked for in :data:`UNUSED`; return how many went.

    They are brought up to date only when they are asked for. Until then they may hold what the store pruned, or what
    another machine forgot: so they do not lie about.
    """
    folder = kit.settings.home / FOLDER
    try:
        used = (folder / _LIST).stat().st_mtime
    except OSError:
        return 0
    if time.time() - used < UNUSED.total_seconds():
        return 0
    return discard(kit)


def discard(kit: Kit) -> int:
    """Delete all files, and return how many there were. They are made anew when they are next asked for."""
    folder = kit.settings.home / FOLDER
    (folder / _LIST).unlink(missing_ok=True)
    gone = list(folder.glob(_OURS))
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.parquet"


def _listed(folder: Path) -> Listed:
    """Read the list of blocks; an empty one where there is none that can be used."""
    try:
        found = msgspec.json.decode((folder / _LIST).read_bytes(), type=Listed)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Listed(form=form())
    return found if found.form == form() else Listed(form=form())


@dataclass(kw_only=True, slots=True)
class Files:
    """The files of one home."""

    store: Store
    folder: Path
    block: int = BLOCK
    listed: Listed = field(default_factory=Listed)

    def of(self, first: int, last: int) -> list[Path]:
        """Return the files that hold any event from ``first`` to ``last``, in order."""
        held = sorted(self.listed.blocks.values(), key=lambda one: one.number)
        return [_path(self.folder, one.number) for one in held if one.first <= last and one.last >= first]

    def bring_up_to_date(self, watch: Watch) -> None:
        """Make what is missing, as of now; and again what was forgotten while that was read."""
        self.listed = _listed(self.folder)
        now = self._now()
        upto = now.newest
        while True:
            self._drop(now, upto)
            self._make(now.oldest, upto, watch)
            later = self._now()
            if len(later.destroyed) == len(now.destroyed):
                return
            now = later

    def _now(self) -> _Now:
        with self.store.read() as tx:
            newest, _ = tx.rule_events.latest()
            first = tx.rule_events.stream(after=0, limit=1)
            return _Now(oldest=first[0].seq if first else 1, newest=newest, destroyed=destroyed(tx))

    def _drop(self, now: _Now, upto: int) -> None:
        """Forget the blocks that must not be used, and delete every file that is none of the others."""
        with self.store.read() as tx:
            gone = self._of_destroyed(tx, now)
            held = [one for one in self.listed.blocks.values() if one.number not in gone and one.last <= upto]
            kept = {one.number: one for one in held if self._is_whole(tx, one, now.oldest)}
        self._list(replace(self.listed, blocks=kept, destroyed=len(now.destroyed), newest_destroyed=_newest(now)))
        wanted = {_path(self.folder, number) for number in kept}
        for path in [*self.folder.glob(_OURS), *(self.folder / SPILLED).glob("*")]:
            if path not in wanted:
                path.unlink(missing_ok=True)

    def _of_destroyed(self, tx: Transaction, now: _Now) -> set[int]:
        """Return the blocks that may hold what was destroyed since they were made."""
        known = self.listed.destroyed
        if known > len(now.destroyed) or _newest(now, known) != self.listed.newest_destroyed:
            return set(self.listed.blocks)
        items = {item for item, _ in now.destroyed[known:]}
        seqs = [event.seq for event in tx.rule_events.of_items(items).values()]
        held = self.listed.blocks.values()
        return {one.number for one in held if any(one.first <= seq <= one.last for seq in seqs)}

    def _is_whole(self, tx: Transaction, one: Block, oldest: int) -> bool:
        if one.first != max(one.number * self.block + 1, oldest) or one.last > (one.number + 1) * self.block:
            return False
        try:
            status = _path(self.folder, one.number).stat()
        except FileNotFoundError:
            return False
        if (status.st_size, status.st_mtime_ns) != (one.size, one.changed):
            return False
        last = tx.rule_events.stream(after=one.last - 1, limit=1)
        return bool(last) and last[0].seq == one.last and _seal(last[0]) == one.seal

    def _make(self, oldest: int, upto: int, watch: Watch) -> None:
        wanted: list[tuple[int, int, int]] = []
        for number in range((oldest - 1) // self.block, (upto - 1) // self.block + 1) if upto else ():
            known = self.listed.blocks.get(number)
            after = known.last if known else max(number * self.block + 1, oldest) - 1
            wanted.append((number, after, min((number + 1) * self.block, upto)))
        total, done = sum(last - after for _, after, last in wanted), 0
        for number, after, last in wanted:
            if after < last:
                watch(done, total)
                self._write(number, after, last)
                done += last - after
        if done:
            watch(done, total)

    def _write(self, number: int, after: int, last: int) -> None:
        """Write a block: its first events, or further ones behind those that it holds."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path, known = _path(self.folder, number), self.listed.blocks.get(number)
        before = _whole(path) if known else None
        first = after + 1 if known is None else known.first
        if before is None:
            after = first - 1
        with self.store.read() as tx:
            streamed = tx.rule_events.stream(after=after, limit=last - after, content=True)
        events = [event for event in streamed if event.seq <= last]
        if not events:  # all were pruned meanwhile, and what came are the next block's
            return
        table = as_table(events)
        new = path.with_suffix(".parquet.new")
        pq.write_table(table if before is None else pa.concat_tables([before, table]), new, row_group_size=self.block)
        status = new.stat()
        made = Block(
            number=number,
            first=first if before is not None else events[0].seq,
            last=events[-1].seq,
            seal=_seal(events[-1]),
            size=status.st_size,
            changed=status.st_mtime_ns,
        )
        new.replace(path)
        self._list(replace(self.listed, blocks=self.listed.blocks | {number: made}))

    def _list(self, listed: Listed) -> None:
        self.listed = listed
        new = self.folder / f"{_LIST}.new"
        new.write_text(json.dumps(asdict(listed)), "utf-8")
        new.replace(self.folder / _LIST)


def _whole(path: Path) -> Any:  # noqa: ANN401 - Arrow is published without types
    """Return what a file holds; ``None`` where it is gone or cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError):
        return None


def destroyed(tx: Transaction) -> tuple[tuple[str, str], ...]:
    """Return item and time of each destruction of content, in order; the item may have been held twice."""
    held = tx.history.read(steps=(Step.HELD,))
    return tuple((one.item, one.at.isoformat()) for one in held if one.detail == HoldState.DESTROYED.value)


def _newest(now: _Now, known: int | None = None) -> str:
    told = now.destroyed[:known][-1:]
    return _digest(*told[0]) if told else ""


def _seal(event: RuleEvent) -> str:
    return _digest(event.seq, event.at, event.item, event.body)


def _digest(*parts: Any) -> str:  # noqa: ANN401 - whatever has a form of its own
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
