"""Columns of names out of a file of millions of rows, in the form in which numbering them takes least."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from abate.measurement.tables.columns import Codes

FROM = 1_000_000
"""Below this many rows Arrow numbers a column in less time than our kernels take to load."""
MOST = 1 << 28
"""Names may be so many that a table of them has this many places."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivingText:
    """Text that is decoded row group by row group, while it is taken."""

    rows: int
    chunks: Iterator[Any]
    """Arrow arrays of text, or of dictionary-encoded text; they come once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedNumbers:
    """Whole numbers so close together that each is its own number, counted from the least."""

    codes: Codes
    """Shape ``(rows,)``; -1 where the cell is empty."""
    names: "WholeNames"


class WholeNames(Sequence[str]):
    """The whole numbers from one to another as names; not each of them need occur."""

    def __init__(self, least: int, greatest: int) -> None:
        self.least, self.greatest = least, greatest
        self._numbers = range(least, greatest + 1)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        found = self._numbers[place]
        return str(found) if isinstance(found, int) else [str(number) for number in found]

    def __iter__(self) -> Iterator[str]:
        return map(str, self._numbers)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._place(name) >= 0

    def index(self, name: str, start: int = 0, stop: int | None = None) -> int:
        """Return the place of a name without looking through all of them."""
        place = self._place(name)
        if place < start or (stop is not None and place >= stop):
            msg = f"{name!r} is not in the numbers"
            raise ValueError(msg)
        return place

    def _place(self, name: str) -> int:
        digits = name.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or str(number := int(name)) != name:
            return -1
        return number - self.least if number in self._numbers else -1
