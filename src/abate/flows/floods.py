"""Counts what each entry meets, and sets aside one that suddenly meets everything: its matches go to people.

What is counted, the entry that is set aside, the alarm for a lead and the audit record are in the transaction that
takes the items in, so that several workers count as one and nobody's batch acts on an entry that another set aside.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from abate.domain.bank import EntryState, Match, Stance
from abate.domain.flood import Quarantine, QuarantineState, Tally
from abate.domain.item import Item
from abate.domain.scan import Scan, Verdict
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.flows.kit import Kit
from abate.flows.known import bank_changed
from abate.policy import flood

STREAM: Final = "stream"
"""The tally of all items that come in. No entry has such an identifier: theirs begin with an e and go on in hex."""
ALARM: Final = "flood:"
"""How the key of an alarm about an entry begins."""
NEAREST: Final = 8
"""Matches of one item that are counted: one that is like a thousand entries is counted for those it is most like."""


def watch(kit: Kit, tx: Transaction, fresh: Sequence[Scan], now: datetime) -> tuple[list[Scan], frozenset[str]]:
    """Count the matches of items that just came in, and set aside what they are too many for.

    :param fresh: items that were not known before: what is sent twice counts once
    :returns: the scans, with the matches of what is set aside marked so; and the identifiers of those entries
    """
    limits = limits_of(kit)
    if limits.items <= 0 or not fresh:
        return list(fresh), frozenset()
    met: dict[str, list[str]] = defaultdict(list)
    banks: dict[str, str] = {}
    for one in fresh:
        for match in telling(one.matches):
            met[match.entry].append(digest(one.item))
            banks[match.entry] = match.bank
    tallies = {tally.id: tally for tally in tx.tallies.get_many([STREAM, *met])}
    stream = flood.grown(tallies.get(STREAM, Tally(id=STREAM)), now, len(fresh))
    keep(tx, stream, tallies)
    going = set()
    for entry, accounts in met.items():
        tally = flood.counted(tallies.get(entry, Tally(id=entry)), now, accounts)
        keep(tx, tally, tallies)
        if flood.is_flood(tally, stream, now, limits) and not flood.is_let_be(tx.quarantines.find(entry=entry), now):
            counts = flood.in_window(tally, now), flood.in_window(stream, now), flood.usual(tally, now)
            set_aside(tx, quarantine(entry, banks[entry], now, counts))
            going.add(entry)
    return [marked(one, going) for one in fresh], frozenset(going)


def limits_of(kit: Kit) -> flood.Limits:
    """Return what the operator calls too much."""
    return flood.Limits(items=kit.settings.flood_items, percent=kit.settings.flood_percent)


def telling(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that may lead to something: what says no, was told no, or is set aside, is not counted."""
    may = [m for m in matches if m.stance is Stance.KNOWN and m.most is not Verdict.NONE]
    return [m for m in may if m.state is not EntryState.QUARANTINED][:NEAREST]


def digest(item: Item) -> str:
    """Return what stands for the item's account in a tally. Items without an account stand together for one."""
    return hashlib.sha256(f"{len(item.platform)}:{item.platform}:{item.account}".encode()).hexdigest()[:16]


def keep(tx: Transaction, tally: Tally, known: Mapping[str, Tally]) -> None:
    """Store a tally.

    :param known: those that are stored already
    """
    if tally.id in known:
        tx.tallies.replace(tally)
    else:
        tx.tallies.add(tally)


def quarantine(entry: str, bank: str, now: datetime, counts: tuple[int, int, int], *, run: str = "") -> Quarantine:
    """Return what is stored of an entry that is set aside now.

    :param counts: items that met it, of how many, and the most on the days before
    :param run: the retro run that met it so often
    """
    items, seen, usual = counts
    return Quarantine(
        id="q" + secrets.token_hex(8),
        entry=entry,
        bank=bank,
        opened_at=now,
        items=items,
        seen=seen,
        usual=usual,
        run=run,
    )


def set_aside(tx: Transaction, one: Quarantine) -> None:
    """Set an entry aside, have a lead told, and say so to every worker and in the audit record."""
    tx.quarantines.add(one)
    bank_changed(tx, [one.entry])
    tx.jobs.add(Job(key=f"{ALARM}{one.id}", kind=JobKind.ALARM, subject=one.entry, run_at=one.opened_at))
    body: dict[str, object] = {"bank": one.bank, "items": one.items, "seen": one.seen, "usual": one.usual}
    if one.run:
        body["run"] = one.run
    tx.audit.append(at=one.opened_at, tag="rules:entry:set_aside", subject=one.entry, body=body)


def marked(one: Scan, going: Collection[str]) -> Scan:
    """Return the scan with its matches of entries that were just set aside saying so."""
    if not any(match.entry in going for match in one.matches):
        return one
    matches = tuple(
        replace(match, state=EntryState.QUARANTINED) if match.entry in going else match for match in one.matches
    )
    return replace(one, matches=matches)


def sentence(tx: Transaction, job: Job) -> str:
    """Return what an alarm says; empty where a lead has looked meanwhile."""
    waiting = tx.quarantines.find(entry=job.subject, state=QuarantineState.OPEN.value)
    return "".join(told(one) for one in waiting if job.key == f"{ALARM}{one.id}")


def told(one: Quarantine) -> str:
    """Return in a sentence what happened with an entry that is set aside."""
    if one.run:
        return (
            f"entry {one.entry} in bank {one.bank} met {one.items} of the first {one.seen} items of history "
            f"and is set aside: its matches go to people, and retro run {one.run} opens no more cases for it, until a "
            f"lead releases it with `abate bank release {one.entry}`, which has the rest found, or makes it negative"
        )
    return (
        f"entry {one.entry} in bank {one.bank} met {one.items} of {one.seen} items within an hour "
        f"(at most {one.usual} on the days before) and is set aside: its matches go to people until a lead releases it "
        f"with `abate bank release {one.entry}`, or makes it negative"
    )


def open_ones(kit: Kit) -> list[Quarantine]:
    """Return the entries that wait for a lead, oldest first."""
    with kit.store.read() as tx:
        return tx.quarantines.find(state=QuarantineState.OPEN.value)
