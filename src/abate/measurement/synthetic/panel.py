"""The panel: one treated unit, its donors, and the same periods for all of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat
from abate.measurement.synthetic.simplex import Floats
from abate.measurement.tables.moments import Axis, start_in
from abate.measurement.tables.series import SeriesTable
from abate.measurement.weeks import to_micros

_FEWEST_BEFORE = 2
_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A balanced panel with one treated unit."""

    treated: str
    donors: tuple[str, ...]
    periods: tuple[str, ...]
    """As the file writes them, in ascending order."""
    at: Floats
    """The periods as numbers or microseconds, shape ``(periods,)``."""
    dated: bool
    """Whether the periods are dates; else they are numbers, such as years."""
    before: int
    """Periods before the treatment."""
    treated_values: Floats
    """Shape ``(periods,)``."""
    donor_values: Floats
    """Shape ``(donors, periods)``."""
    caveats: tuple[Caveat, ...] = ()

    def keeping(self, kept: Collection[str], where: str = "") -> "Panel":
        """Return the panel with these donors only.

        :raises InputError: when none is left
        """
        places = [place for place, name in enumerate(self.donors) if name in kept]
        if not places:
            msg = "no donor is left to compare with; look at --donors, --exclude and the interventions, or add --keep"
            raise InputError(msg, where=where)
        names = tuple(self.donors[place] for place in places)
        return replace(self, donors=names, donor_values=self.donor_values[places])


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """Which columns of the series hold what."""

    unit: str
    time: str
    outcome: str


def panel_of(
    series: SeriesTable,
    columns: Columns,
    *,
    treated: str,
    start: str,
    donors: Sequence[str] = (),
    exclude: Sequence[str] = (),
    until: datetime | None = None,
) -> Panel:
    """Lay a long table out as a panel.

    A donor that lacks a value in any period of the treated unit is left out and named: a filled gap would be an
    invented observation.

    :param treated: the treated unit; its first and last value bound the periods
    :param start: the first treated period, as the time column writes it
    :param donors: use these only; by default every other unit
    :param exclude: donors to leave out
    :param until: leave out later periods, where the periods are dates
    :raises InputError: for an unknown unit, a unit and time that stand twice, a missing value of the treated unit, a
        start outside the data, fewer than two periods before it, or no donor that can be used
    """
    file = series.reading.file
    axis = series.axis(columns.time)
    units = series.texts(columns.unit)
    _check_units(units, treated, donors, exclude, file)
    first_rows, grid, names = _grid(series, columns, axis, units)
    keep = _seen(axis, first_rows, grid[names.index(treated)], until, file, treated)
    first_rows, grid = first_rows[keep], grid[:, keep]
    own = grid[names.index(treated)]
    _no_holes(own, [axis.texts[int(row)] for row in first_rows], treated, file)
    before = _before(axis, first_rows, start, file)
    wanted = [name for name in names if name != treated and name not in exclude and (not donors or name in donors)]
    whole = [name for name in wanted if np.isfinite(grid[names.index(name)]).all()]
    panel = Panel(
        treated=treated,
        donors=tuple(wanted),
        periods=tuple(axis.texts[int(row)] for row in first_rows),
        at=axis.at[first_rows].astype(np.float64),
        dated=axis.kind == "moment",
        before=before,
        treated_values=own,
        donor_values=grid[[names.index(name) for name in wanted]],
        caveats=(*reading_caveats(series.reading), *_unbalanced([name for name in wanted if name not in whole])),
    )
    if wanted and not whole:
        msg = f"every donor lacks a value in some period of {treated!r}; shorten the panel or complete the file"
        raise InputError(msg, where=file)
    return panel.keeping(whole, file)


def _check_units(units: Sequence[str], treated: str, donors: Sequence[str], exclude: Sequence[str], file: str) -> None:
    known = set(units) - {""}
    there = ", ".join(sorted(known)[:_NAMED]) + (f" and {len(known) - _NAMED} more" if len(known) > _NAMED else "")
    for option, names in (("--treated", (treated,)), ("--donors", donors), ("--exclude", exclude)):
        for name in names:
            if name not in known:
                msg = f"{option} {name}: the unit column has no such unit; its units are: {there or 'none'}"
                raise InputError(msg, where=file)
    if treated in donors:
        msg = f"--donors {treated}: the treated unit cannot be its own donor; leave it out"
        raise InputError(msg, where=file)


def _grid(
    series: SeriesTable, columns: Columns, axis: Axis, units: Sequence[str]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats, list[str]]:
    """Return one row number a period, in order of time, the values of shape ``(units, periods)``, and the units."""
    _, firsts, place = np.unique(axis.at, return_index=True, return_inverse=True)
    cells = [(unit, int(period)) for unit, period in zip(units, place, strict=True)]
    twice = next((cell for cell, often in Counter(cells).items() if often > 1 and cell[0]), None)
    if twice is not None:
        row = [row for row, cell in enumerate(cells) if cell == twice][1]
        msg = f"{twice[0]!r} has two rows for {axis.texts[row]}; keep one row a unit and time"
        raise InputError(msg, where=series.where(row))
    names = list(dict.fromkeys(unit for unit in units if unit))
    row_of = {name: number for number, name in enumerate(names)}
    grid = np.full((len(names), len(firsts)), np.nan)
    for (unit, period), value in zip(cells, series.numbers(columns.outcome), strict=True):
        if unit:
            grid[row_of[unit], period] = value
    return firsts.astype(np.int64), grid, names


def _seen(
    axis: Axis,
    first_rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    own: Floats,
    until: datetime | None,
    file: str,
    treated: str,
) -> slice:
    """Return the periods from the treated unit's first value to its last, or to the snapshot."""
    known = np.isfinite(own)
    if until is not None:
        if axis.kind != "moment":
            msg = "--until is a date, and the time column holds numbers; leave the later rows out of the file"
            raise InputError(msg, where=file)
        known &= axis.at[first_rows] <= to_micros(until)
    places = np.flatnonzero(known)
    if not len(places):
        msg = f"{treated!r} has no value of the outcome; check --outcome and --until"
        raise InputError(msg, where=file)
    return slice(int(places[0]), int(places[-1]) + 1)


def _no_holes(own: Floats, periods: Sequence[str], treated: str, file: str) -> None:
    holes = np.flatnonzero(~np.isfinite(own))
    if len(holes):
        msg = f"{treated!r} has no value for {periods[int(holes[0])]}; fill it in, or begin the file after it"
        raise InputError(msg, where=file)


def _before(axis: Axis, first_rows: np.ndarray[tuple[int], np.dtype[np.int64]], start: str, file: str) -> int:
    rows = first_rows
    seen = Axis(kind=axis.kind, at=axis.at[rows], texts=tuple(axis.texts[int(row)] for row in rows))
    before = start_in(seen, start, where=file)
    if before < _FEWEST_BEFORE:
        msg = f"--start {start}: {before} periods lie before it, and a comparison needs {_FEWEST_BEFORE} or more"
        raise InputError(msg, where=file)
    return before


def _unbalanced(left_out: Sequence[str]) -> tuple[Caveat, ...]:
    if not left_out:
        return ()
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    text = f"donors that lack a value in some period were left out: {', '.join(left_out[:_NAMED])}{more}"
    return (Caveat(code="rows-skipped", text=text),)
