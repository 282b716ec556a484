"""The history as Parquet, one partition a month: what measurement reads when the store has outgrown it.

Columns are those of the ``sightings`` table of the measurement tables, as far as the history knows them, then ``step``
and ``detail``. A text that the history left empty is null, save platform and channel, which are never null.
"""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast, runtime_checkable

import pyarrow as pa
import pyarrow.parquet as pq

from abate.domain.errors import StoreError
from abate.domain.history import HistoryEvent
from abate.extend.store import HistoryLog, Store

BATCH = 50_000
"""Events held in memory at once."""

OPEN_PARTS = 32
"""Files written side by side; a month that comes back after its file was closed gets one more part."""

_TIME = pa.timestamp("us", tz="UTC")

SCHEMA = pa.schema(
    [
        pa.field("observed_at", _TIME, nullable=False),
        pa.field("posted_at", _TIME),
        pa.field("platform", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("group", pa.string()),
        pa.field("language", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("item", pa.string()),
        pa.field("audience", pa.string()),
        pa.field("views", pa.int64()),
        pa.field("views_at", _TIME),
        pa.field("step", pa.string(), nullable=False),
        pa.field("detail", pa.string()),
    ]
)


@runtime_checkable
class _Batched(Protocol):
    def batches(self, size: int) -> Iterator[list[HistoryEvent]]: ...


def export_history(store: Store, folder: Path) -> list[Path]:
    """Write the whole history of ``store`` into ``folder`` and return the files.

    One state of the store is read, in batches. An earlier export there is replaced.

    :raises StoreError: when the store cannot be read or the folder not written
    """
    with store.read() as tables:
        return write_parquet(_events(tables.history), folder)


def _events(history: HistoryLog) -> Iterator[HistoryEvent]:
    if isinstance(history, _Batched):
        for batch in history.batches(BATCH):
            yield from batch
    else:
        yield from history.read()


def write_parquet(events: Iterable[HistoryEvent], folder: Path) -> list[Path]:
    """Write ``events`` as ``history-YYYY-MM-PPP.parquet`` and return the files, in order of their names.

    Each file appears whole, by a rename, once all of them are written; files of an earlier export that are left over
    then go. A reader that comes between may see months of both.

    :raises StoreError: when the folder cannot be written; the files of an earlier export are then untouched
    """
    unfinished = folder / f".unfinished-{secrets.token_hex(4)}"
    try:
        unfinished.mkdir(parents=True)
        with _Parts(unfinished) as parts:
            for month, rows in _by_month(events):
                parts.write(month, rows)
        return _publish(unfinished, folder)
    except (OSError, pa.ArrowException) as error:
        msg = f"cannot write the history into {folder} ({error}); see that the disk has room and this user may write"
        raise StoreError(msg) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _publish(unfinished: Path, folder: Path) -> list[Path]:
    fresh = sorted(unfinished.iterdir())
    names = {path.name for path in fresh}
    stale = [path for path in folder.glob("history-*.parquet") if path.name not in names]
    published = [path.rename(folder / path.name) for path in fresh]
    for path in stale:
        path.unlink()
    return published


def _by_month(events: Iterable[HistoryEvent]) -> Iterator[tuple[str, list[HistoryEvent]]]:
    """Gather events by month; hand all of them over whenever ``BATCH`` are gathered."""
    gathered: dict[str, list[HistoryEvent]] = {}
    for number, event in enumerate(events, start=1):
        gathered.setdefault(f"{event.at:%Y-%m}", []).append(event)
        if number % BATCH == 0:
            yield from gathered.items()
            gathered = {}
    yield from gathered.items()


class _Parts:
    """The files being written, at most ``OPEN_PARTS`` of them open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Any] = {}
        self._numbers: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._open:
            self._close_one()

    def write(self, month: str, events: list[HistoryEvent]) -> None:
        """Append to the month's file."""
        # Taken out and put back, so that the one that was idle longest stands first.
        writer = self._open.pop(month, None) or self._next_part(month)
        self._open[month] = writer
        writer.write_table(_table(events))

    def _next_part(self, month: str) -> Any:  # noqa: ANN401 - pyarrow has no types
        if len(self._open) >= OPEN_PARTS:
            self._close_one()
        self._numbers[month] = self._numbers.get(month, -1) + 1
        path = self._folder / f"history-{month}-{self._numbers[month]:03}.parquet"
        return pq.ParquetWriter(path, SCHEMA, compression="zstd")

    def _close_one(self) -> None:
        month = next(iter(self._open))
        self._open.pop(month).close()


def _table(events: list[HistoryEvent]) -> Any:  # noqa: ANN401 - pyarrow has no types
    columns: dict[str, list[object]] = {
        "observed_at": [event.at for event in events],
        "posted_at": [event.posted_at for event in events],
        "views": [event.views for event in events],
        "views_at": [None if event.views is None else event.at for event in events],
        "step": [event.step.value for event in events],
    }
    for name in ("platform", "channel"):
        columns[name] = [_text(getattr(event, name)) for event in events]
    for name in ("group", "language", "kind", "item", "audience", "detail"):
        columns[name] = [_text(getattr(event, name)) or None for event in events]
    return pa.Table.from_pydict(cast("dict[str, Any]", columns), schema=SCHEMA)


def _text(text: str) -> str:
    """Return ``text`` as UTF-8 can say it: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
