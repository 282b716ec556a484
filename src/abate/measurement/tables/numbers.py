"""Real numbers and shares out of cells, with a sentence for every way in which people write them otherwise.

A comma is never guessed at: ``1,234`` is twelve hundred to one reader and one and a bit to the next.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from abate.measurement.tables import cells
from abate.measurement.tables.cells import Column
from abate.measurement.tables.columns import Numbers

EMPTY = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "None"})
"""What files write for a missing number."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?[\d.]*,[\d,.]*")
_LONGEST = 400
"""Letters; a longer number is hostile, not precise."""
_MOST = int(np.iinfo(np.int64).max)


def read_number(untrusted_cell: object) -> float | str:
    """Return the number, NaN for an empty cell, or the sentence that says what is wrong and what to write."""
    if untrusted_cell is None:
        return math.nan
    text = str(untrusted_cell).strip()
    if text in EMPTY:
        return math.nan
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        if text.endswith("%"):
            return f"{shown(text)} is a percentage; write 0.43 for 43 %"
        if _COMMA.fullmatch(text):
            return f"{shown(text)} has a comma; write 1200 or 1.5, with a point and without thousands signs"
        return f"{shown(text)} is not a number; write 1200 or 1.5"
    number = float(text)
    return number if math.isfinite(number) else f"{shown(text)} is too large for a number; check the unit"


def numbers(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read real numbers; NaN where the cell is empty."""
    import pyarrow as pa  # heavy: only where a file is read

    out = Column(values=np.full(len(column), np.nan))
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        values = column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
        endless = np.isinf(values)
        out.bad |= dict.fromkeys(
            np.flatnonzero(endless).tolist(), "is infinite; write a number or leave the cell empty"
        )
        values[endless] = np.nan
        out.values = values
        return out
    values = np.full(len(column), np.nan)
    for place, untrusted_cell in enumerate(column.to_pylist()):
        number = read_number(untrusted_cell)
        if isinstance(number, str):
            out.bad[place] = number
        else:
            values[place] = number
    out.values = values
    return out


def shares(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read shares from 0 to 1. Percentages are refused: a 1 among them would be everybody or one in a hundred."""
    return _bounded(column, lambda values: (values < 0) | (values > 1), "is no share from 0 to 1; write 0.43 for 43 %")


def probabilities(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read inclusion probabilities above 0 and up to 1: what could not be drawn stands for nothing."""
    remedy = "is no probability above 0 and up to 1; write how likely this item was to be drawn, as 0.05"
    return _bounded(column, lambda values: (values <= 0) | (values > 1), remedy)


def counts(column: Any) -> Column:  # noqa: ANN401 - an Arrow column
    """Read whole numbers of zero or more; -1 where the cell is empty.

    A negative number in a column of integers is refused as it is in text, though -1 is how the column says unknown.
    """
    import pyarrow as pa  # heavy: only where a file is read
    import pyarrow.compute as pc

    if not pa.types.is_integer(column.type):
        return cells.counts(column)
    least, most = (value if value is not None else 0 for value in pc.min_max(column).as_py().values())
    if least >= 0 and most <= _MOST:
        return cells.counts(column)
    beyond = (
        pc.less(column, pa.scalar(0, column.type)) if least < 0 else pc.greater(column, pa.scalar(_MOST, column.type))
    )
    rows = np.flatnonzero(beyond.fill_null(False).to_numpy())
    out = cells.counts(pc.if_else(beyond, pa.scalar(None, column.type), column))
    out.bad |= {
        int(row): f"{column[int(row)].as_py()} is not a whole number of zero or more; write 1200" for row in rows
    }
    return out


def shown(untrusted_cell: object) -> str:
    """Return a cell for an error, short enough to be read."""
    text = str(untrusted_cell)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - enough to find it in the line


def _bounded(column: Any, outside: Callable[[Numbers], Any], remedy: str) -> Column:  # noqa: ANN401 - Arrow and masks
    out = numbers(column)
    values = out.values
    assert isinstance(values, np.ndarray)
    refused = np.flatnonzero(outside(values.astype(np.float64)))
    for row in refused:
        out.bad[int(row)] = f"{values[row]:.15g} {remedy}"
    values[refused] = np.nan
    return out
