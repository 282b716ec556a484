"""Rows of an import on their way to Parquet: one file a table, written piece by piece, whatever their number.

``sightings`` and ``audience`` have the same columns. They are two files, because somebody who follows a channel shows
that it is read and not that it is active: presence is counted from the first alone, following from both.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from abate.domain.errors import StoreError
from abate.measurement.tables.enforcement import KIND, MARK

# late: pyarrow, pyarrow.parquet - heavy, only where a file is written

_PIECE: Final = 50_000
"""Rows held at once."""
_TIME, _TEXT, _COUNT, _NUMBER, _DATE = "time", "text", "count", "number", "date"
_SIGHTING: Final = {
    "observed_at": _TIME,
    "posted_at": _TIME,
    "platform": _TEXT,
    "channel": _TEXT,
    "language": _TEXT,
    "kind": _TEXT,
    "item": _TEXT,
    "audience": _TEXT,
    "views": _COUNT,
    "views_at": _TIME,
    "followers": _COUNT,
    "signal": _TEXT,
    "collector": _TEXT,
}
_LIFETIME: Final = {
    "subject": _TEXT,
    "platform": _TEXT,
    "first_seen": _TIME,
    "last_seen": _TIME,
    "removed": _TIME,
    "reason": _TEXT,
}
OUTCOMES: Final = ("actions", "automated", "median_time", "account_suspensions", "account_terminations")
_SERIES: Final = {
    "unit": _TEXT,
    "time": _DATE,
    "kind": _TEXT,
    "service": _TEXT,
    "section": _TEXT,
    "category": _TEXT,
    "surface": _TEXT,
    **{f"{MARK}{name}": _NUMBER for name in OUTCOMES},
}
SCHEMAS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "sightings": ("sightings", _SIGHTING),
    "audience": ("sightings", _SIGHTING),
    "item_lifetimes": ("lifetimes", _LIFETIME),
    "channel_lifetimes": ("lifetimes", _LIFETIME),
    "incidents": ("incidents", {"date": _TIME, "country": _TEXT, "kind": _TEXT, "count": _COUNT}),
    KIND: ("series", _SERIES),
}
"""File → the contract's table, and its columns."""


class TableFiles:
    """The files of one import. Use it as a context: leaving it closes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, list[Mapping[str, object]]] = {}
        self._open: dict[str, Any] = {}
        self.rows: dict[str, int] = {}
        """File → rows added."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._open.values():
            writer.close()

    def add(self, name: str, row: Mapping[str, object]) -> None:
        """Add a row.

        :param row: column → cell; what is not there is empty
        :raises StoreError: when the file cannot be written
        """
        waiting = self._waiting.setdefault(name, [])
        waiting.append(row)
        self.rows[name] = self.rows.get(name, 0) + 1
        if len(waiting) >= _PIECE:
            self._write(name)

    def finish(self) -> None:
        """Write what waits.

        :raises StoreError: when a file cannot be written
        """
        for name in self._waiting:
            self._write(name)

    def _write(self, name: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        rows, self._waiting[name] = self._waiting[name], []
        schema = _schema(name)
        try:
            if name not in self._open:
                self._open[name] = pa.parquet.ParquetWriter(self._folder / f"{name}.parquet", schema)
            self._open[name].write_table(pa.Table.from_pylist(rows, schema))
        except OSError as error:
            # Not the file's fault that is being read: the import ends, and no table is put in place.
            msg = f"{name}.parquet cannot be written ({error.strerror or error}); name another folder with --out"
            raise StoreError(msg) from error


def _schema(name: str) -> Any:  # noqa: ANN401 - Arrow is published without types
    import pyarrow as pa

    types = {
        _TIME: pa.timestamp("us", "UTC"),
        _TEXT: pa.string(),
        _COUNT: pa.int64(),
        _NUMBER: pa.float64(),
        _DATE: pa.date32(),
    }
    table, columns = SCHEMAS[name]
    told = {"abate.table": table, **({"abate.kind": KIND} if name == KIND else {})}
    return pa.schema([(column, types[kind]) for column, kind in columns.items()], metadata=told)
