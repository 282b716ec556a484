"""What people say of single entries: opinions, ends, what becomes of one that was set aside; each with a reason.

Nothing is erased: an opinion is followed by another, an entry made negative can be made known again, and each step has
its audit record.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from abate.domain.bank import SELF, BankPurpose, Entry, Stance, Standing
from abate.domain.errors import ConflictError, InputError
from abate.domain.flood import Quarantine, QuarantineState
from abate.domain.opinion import Opinion, OpinionWord
from abate.extend.store import Transaction
from abate.flows import retro
from abate.flows.banks import stood
from abate.flows.kit import Kit
from abate.flows.known import bank_changed

SHOWN = 200
"""Entries with something to look at that a page lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """An entry that a lead should look at, with why it was set aside where it was."""

    standing: Standing
    quarantine: Quarantine | None = None


def opine(kit: Kit, entry_id: str, word: OpinionWord, *, source: str = SELF, reason: str, by: str) -> Opinion:
    """Record what a source says of an entry now; this platform where no other is named.

    :raises NotFoundError: when there is no such entry
    :raises InputError: when no reason is given, or an outsider's name is this platform's own word
    """
    name = _checked_source(source)
    _check_reason(reason)
    now = kit.clock.now()
    with kit.store.write() as tx:
        tx.entries.get(entry_id)
        earlier = [one.at for one in tx.opinions.find(entry=entry_id) if one.source == name]
        one = Opinion(
            id="o" + secrets.token_hex(8),
            entry=entry_id,
            source=name,
            word=word,
            by=by,
            # A clock that stood still or went back must not leave the earlier word in force.
            at=max([now, *(at + timedelta(microseconds=1) for at in earlier)]),
            reason=reason.strip(),
        )
        tx.opinions.add(one)
        bank_changed(tx, [entry_id])
        body = {"source": name, "word": word.value, "reason": one.reason, "by": by}
        tx.audit.append(at=now, tag="curator:entry:opinion", subject=entry_id, body=body)
    return one


def _checked_source(source: str) -> str:
    name = " ".join(source.split())
    if name != SELF and name.casefold() == SELF:
        msg = f"{source!r} reads like {SELF!r}, which is this platform; leave --source out to speak for it"
        raise InputError(msg)
    if not name:
        msg = "the source has no name; name the organisation, or leave --source out to speak for this platform"
        raise InputError(msg)
    return name


def release(kit: Kit, entry_id: str, *, reason: str, by: str) -> Quarantine:
    """Let an entry that was set aside act again, and have found what retro held back of it.

    :raises ConflictError: when it is not set aside
    :raises InputError: when no reason is given
    """
    _check_reason(reason)
    now = kit.clock.now()
    with kit.store.write() as tx:
        tx.entries.get(entry_id)
        closed = _close(tx, entry_id, QuarantineState.RELEASED, now, reason, by)
        if closed is None:
            msg = f"entry {entry_id} is not set aside; `abate bank show` says how it stands"
            raise ConflictError(msg)
        bank_changed(tx, [entry_id])
        retro.enqueue_released(kit, tx, closed, by=by)
        tx.audit.append(at=now, tag="curator:entry:released", subject=entry_id, body={"reason": reason, "by": by})
    return closed


def _close(
    tx: Transaction, entry_id: str, state: QuarantineState, now: datetime, reason: str, by: str
) -> Quarantine | None:
    closed = None
    for one in tx.quarantines.find(entry=entry_id, state=QuarantineState.OPEN.value):
        closed = replace(one, state=state, closed_at=now, closed_by=by, note=reason.strip())
        tx.quarantines.replace(closed)
    return closed


def set_stance(kit: Kit, entry_id: str, stance: Stance, *, reason: str, by: str) -> Entry:
    """Make an entry negative, or known again. One that was set aside and is made negative waits no more.

    :raises InputError: when no reason is given, or it is a name
    """

    def change(tx: Transaction, entry: Entry, now: datetime) -> Entry:
        if tx.banks.get(entry.bank).purpose is BankPurpose.DESIGNATED:
            msg = f"entry {entry_id} is a name, and a name is never negative: it weighs nothing anyway"
            raise InputError(msg)
        if stance is Stance.NEGATIVE:
            _close(tx, entry_id, QuarantineState.NEGATED, now, reason, by)
        return replace(entry, stance=stance)

    return _changed(kit, entry_id, "stance", change, reason=reason, by=by)


def set_end(kit: Kit, entry_id: str, expires_at: datetime | None, *, reason: str, by: str) -> Entry:
    """Say when an entry stops to match, or with ``None`` that it does not. Its opinions and its age stay.

    :raises InputError: when no reason is given
    """
    return _changed(
        kit,
        entry_id,
        "end",
        lambda _tx, entry, _now: replace(entry, expires_at=expires_at),
        reason=reason,
        by=by,
    )


def _changed(
    kit: Kit,
    entry_id: str,
    what: str,
    change: Callable[[Transaction, Entry, datetime], Entry],
    *,
    reason: str,
    by: str,
) -> Entry:
    _check_reason(reason)
    now = kit.clock.now()
    with kit.store.write() as tx:
        before = tx.entries.get(entry_id)
        after = change(tx, before, now)
        tx.entries.replace(after)
        bank_changed(tx, [entry_id])
        body = {"before": _told(before), "after": _told(after), "reason": reason.strip(), "by": by}
        tx.audit.append(at=now, tag=f"curator:entry:{what}", subject=entry_id, body=body)
    return after


def _told(entry: Entry) -> dict[str, object]:
    return {
        "stance": entry.stance.value,
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
    }


def _check_reason(reason: str) -> None:
    if not reason.strip():
        msg = "no reason is given; say in a sentence why, for whoever reads the record later"
        raise InputError(msg)


def show(kit: Kit, entry_id: str) -> Standing:
    """Return one entry with what is said of it.

    :raises NotFoundError: when there is none
    """
    with kit.store.read() as tx:
        return stood(tx, [tx.entries.get(entry_id)])[0]


def attention(kit: Kit) -> list[Attention]:
    """Return what a lead should look at: entries that are set aside, oldest first, then disputed ones."""
    with kit.store.read() as tx:
        waiting = {one.entry: one for one in tx.quarantines.find(state=QuarantineState.OPEN.value)}
        spoken = dict.fromkeys(one.entry for one in tx.opinions.find())
        found = tx.entries.get_many([*waiting, *spoken])
        standings = [one for one in stood(tx, found) if one.set_aside or one.disputers]
    listed = [Attention(standing=one, quarantine=waiting.get(one.entry.id)) for one in standings]
    return sorted(listed, key=lambda one: one.quarantine is None)[:SHOWN]
