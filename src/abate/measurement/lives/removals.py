"""Removals by operator: which left an operator without a channel, and when the next one began."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.footing import Caveat
from abate.measurement.lives.kaplan_meier import Mask
from abate.measurement.lives.spells import EVENT, REMOVED, Ends, origin_of, spells_of
from abate.measurement.tables.columns import Codes, Lifetimes, Rows
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros

_LAG_QUANTILE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Removals:
    """One row an operator and moment of removal; all arrays of shape ``(removals,)``."""

    row: Rows
    """Of the table: the removed channel, the first where several went at once."""
    operator: Codes
    at: Micros
    next_row: Rows
    """Of the table: the operator's next channel; -1 where there is none yet."""
    next_at: Micros
    """When it began; ``NO_TIME`` where there is none yet."""
    elsewhere: Mask
    """Whether the operator had another live channel at that moment."""
    snapshot: int
    """Until when anything is known."""
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Channels:
    """The usable channels that have an operator; all arrays of shape ``(channels,)``."""

    row: Rows
    operator: Codes
    began: Micros
    ended: Micros
    """Removed, or last seen."""
    counts: Mask
    """Ended in a removal that starts the clock."""


def removals_of(lifetimes: Lifetimes, event: str = REMOVED, until: datetime | None = None) -> Removals:
    """Find what followed each removal of a channel whose operator is known.

    :param event: ``removed`` for any removal, else the reason that starts the clock
    :param until: the snapshot; the latest date in the table otherwise
    :raises InputError: for a reason that the table does not have, or when no channel with an operator was removed
    """
    assert lifetimes.operator is not None
    assert lifetimes.removed is not None
    spells = spells_of(lifetimes, Ends(event=event), until)
    snapshot = _latest(lifetimes, spells.rows) if until is None else to_micros(until)
    channels = _channels(lifetimes, spells.rows, spells.cause == EVENT, snapshot)
    lost = np.flatnonzero(channels.counts)
    if not len(lost):
        msg = "no channel with an operator was removed; check the columns operator and removed, --event and --until"
        raise InputError(msg, where=lifetimes.reading.file)
    at = channels.ended[lost]
    # Losses of one operator at one moment are one loss.
    first = np.unique(np.stack((channels.operator[lost].astype(np.int64), at)), axis=1, return_index=True)[1]
    lost, at = lost[first], at[first]
    following = _next(channels, lost, at)
    known = following >= 0
    return Removals(
        row=channels.row[lost],
        operator=channels.operator[lost],
        at=at,
        next_row=np.where(known, channels.row[following], -1),
        next_at=np.where(known, channels.began[following], NO_TIME),
        elsewhere=_alive(channels, lost, at) > 0,
        snapshot=snapshot,
        caveats=(*spells.caveats, *_caveats(lifetimes, spells.rows, channels)),
    )


def _latest(lifetimes: Lifetimes, rows: Rows) -> int:
    assert lifetimes.removed is not None
    return max(int(lifetimes.last_seen[rows].max()), int(lifetimes.removed[rows].max()))


def _channels(lifetimes: Lifetimes, rows: Rows, counts: Mask, snapshot: int) -> _Channels:
    assert lifetimes.operator is not None
    assert lifetimes.removed is not None
    mine = lifetimes.operator.codes[rows] >= 0
    rows, counts = rows[mine], counts[mine]
    began, removed = origin_of(lifetimes)[rows], lifetimes.removed[rows]
    ended = np.where((removed == NO_TIME) | (removed > snapshot), lifetimes.last_seen[rows], removed)
    return _Channels(
        row=rows,
        operator=lifetimes.operator.codes[rows],
        began=began,
        ended=np.minimum(ended, snapshot),
        counts=counts,
    )


def _keys(channels: _Channels, *moments: Micros) -> list[Micros]:
    """Turn moments into numbers that sort by operator first, then by time."""
    order = np.unique(np.concatenate(moments))
    size = len(order) + 1
    owner = channels.operator.astype(np.int64) * size
    return [owner + np.searchsorted(order, one) for one in moments]


def _next(channels: _Channels, lost: Rows, at: Micros) -> Rows:
    """Return the place of the operator's next channel after each loss, or -1; shape ``(losses,)``."""
    moment = np.full(len(channels.began), NO_TIME)
    moment[lost] = at
    began, wanted = _keys(channels, channels.began, moment)
    order = np.argsort(began, kind="stable")
    place = np.searchsorted(began[order], wanted[lost], side="left")
    # A channel that began and went in one moment would be found as its own successor.
    itself = order[np.minimum(place, len(order) - 1)] == lost
    place = place + itself
    inside = place < len(order)
    found = order[np.minimum(place, len(order) - 1)]
    return np.where(inside & (channels.operator[found] == channels.operator[lost]), found, -1)


def _alive(channels: _Channels, lost: Rows, at: Micros) -> Rows:
    """Count the operator's channels that began before each loss and lived beyond it, shape ``(losses,)``."""
    moment = np.full(len(channels.began), NO_TIME)
    moment[lost] = at
    # One that began and ended in the same moment never lived beyond it, and is on neither side.
    lived = channels.ended > channels.began
    began, ended, wanted = _keys(channels, channels.began, channels.ended, moment)
    started = np.searchsorted(np.sort(began[lived]), wanted[lost], side="left")
    stopped = np.searchsorted(np.sort(ended[lived]), wanted[lost], side="right")
    return np.asarray(started - stopped, dtype=np.int64)


def _caveats(lifetimes: Lifetimes, rows: Rows, channels: _Channels) -> list[Caveat]:
    out = []
    nobody = len(rows) - len(channels.row)
    if nobody:
        text = f"{nobody} channels have no operator: their removals, and returns as one of them, are not in here"
        out.append(Caveat(code="rows-skipped", text=text))
    created = None if lifetimes.created is None else lifetimes.created[channels.row]
    unknown = len(channels.row) if created is None else int((created == NO_TIME).sum())
    if unknown:
        text = (
            f"{unknown} channels have no creation date and count from their first sight: one that was there before the "
            "removal may look like a return"
        )
        out.append(Caveat(code="left-truncation", text=text))
    if created is not None and unknown < len(created):
        out += _lag(lifetimes.first_seen[channels.row], created)
    return out


def _lag(seen: Micros, created: Micros) -> list[Caveat]:
    """Say how late new channels come into sight; those older than the observation itself tell nothing of that."""
    new = (created != NO_TIME) & (created >= seen.min())
    lag = float(np.quantile(seen[new] - created[new], _LAG_QUANTILE)) / DAY if new.any() else 0.0
    if lag < 1:
        return []
    text = (
        f"1 in 20 new channels is first seen more than {lag:.0f} days after its creation: returns of the last "
        f"{lag:.0f} days are not all in here yet, and recent losses look less often followed"
    )
    return [Caveat(code="reporting-lag", text=text)]
