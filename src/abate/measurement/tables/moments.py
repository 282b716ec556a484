"""Times of a series: years and other numbers, or dates; and where among them a start lies."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.tables.numbers import EMPTY, read_number, shown
from abate.measurement.weeks import to_micros

_YEAR = re.compile(r"\d{4}", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """A column understood as times."""

    kind: Literal["number", "moment"]
    at: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    """Shape ``(rows,)``: the numbers, or microseconds since 1970-01-01 UTC."""
    texts: tuple[str, ...]
    """As the file writes them."""


def axis_of(texts: Sequence[str], where: Callable[[int], str]) -> Axis:
    """Read a column of times.

    :param where: row → file, line and column, for the error
    :raises InputError: for an empty cell, or one that is neither a number nor an ISO date where the first one is
    """
    if not texts:
        return Axis(kind="number", at=np.empty(0), texts=())
    moments = isinstance(read_number(texts[0]), str)
    at: list[float | int] = []
    for row, untrusted_cell in enumerate(texts):
        if untrusted_cell in EMPTY:
            msg = "is empty; every row needs its time"
            raise InputError(msg, where=where(row))
        found = _moment(untrusted_cell) if moments else read_number(untrusted_cell)
        if found is None or isinstance(found, str):
            kind = "an ISO date" if moments else "a number, as the first row has it"
            msg = f"{shown(untrusted_cell)} is not {kind}; write 2026-03-29, 2026-03-29T01:30:00+01:00 or a year"
            raise InputError(msg, where=where(row))
        at.append(found)
    if moments:
        return Axis(kind="moment", at=np.array(at, dtype=np.int64), texts=tuple(texts))
    return Axis(kind="number", at=np.array(at, dtype=np.float64), texts=tuple(texts))


def start_in(axis: Axis, start: str, *, where: str) -> int:
    """Return the first row whose time is ``start``.

    :param start: a number, or a date, date-time, month or year (its first moment)
    :param where: the file, for the error
    :raises InputError: when no row has that time, with the first and the last there are
    """
    wanted = _moment(_whole_date(start)) if axis.kind == "moment" else read_number(start)
    first, last = shown_moment(axis, int(np.argmin(axis.at))), shown_moment(axis, int(np.argmax(axis.at)))
    there = f"it goes from {first} to {last}"
    if wanted is None or isinstance(wanted, str) or wanted != wanted:  # noqa: PLR0124 - NaN alone differs from itself
        kind = "a date, as 2026-03-29" if axis.kind == "moment" else "a number"
        msg = f"--start {start}: the time column holds {kind}; {there}"
        raise InputError(msg, where=where)
    rows = np.flatnonzero(axis.at == wanted)
    if not len(rows):
        later = np.flatnonzero(axis.at > wanted)
        after = int(later[np.argmin(axis.at[later])]) if len(later) else -1
        then = f"; the next after it is {shown_moment(axis, after)}" if after >= 0 else ""
        msg = f"--start {start}: no row has this time; {there}{then}"
        raise InputError(msg, where=where)
    return int(rows[0])


def shown_moment(axis: Axis, row: int) -> str:
    """Return a time as the file writes it."""
    return axis.texts[row]


def _whole_date(start: str) -> str:
    if _YEAR.fullmatch(start):
        return f"{start}-01-01"
    return f"{start}-01" if _MONTH.fullmatch(start) else start


def _moment(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(_whole_date(text) if _MONTH.fullmatch(text) else text)
        return to_micros(moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, InputError):
        return None
