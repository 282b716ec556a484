"""Retro: when entries come, history is held against *them*. The new is indexed, the old streams past.

A run is stored: which entries, how far, what came of it. What a stretch of history led to is committed together with
the position behind it, so a run that was killed anywhere goes on where it stood, and two workers on one run do
nothing twice. Items that come in while it runs need nothing of it: they were matched with these entries at the door.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from abate.domain.bank import BankPurpose, Entry
from abate.domain.errors import InputError
from abate.domain.flood import Quarantine
from abate.domain.retro import RetroRun, RetroState
from abate.domain.scan import Scan
from abate.domain.signal import MIN_QUALITY
from abate.domain.work import Job, JobKind
from abate.extend.signal import Seeker
from abate.extend.store import Transaction
from abate.flows import retro_find, retro_flood, retro_phrases
from abate.flows.kit import Kit
from abate.flows.pipeline import Signalled, judge, settle
from abate.flows.retro_find import Outcome
from abate.flows.retro_sieve import Sieve, sieves_of

SPAN: Final = 20_000
"""Kept signals that are read in one transaction: some 30 ms, so that no reader holds up the store's own upkeep."""
TOGETHER: Final = 32
"""Items whose consequences are one write transaction: some 10 ms, for which anybody else waits."""
MOST_NAMED: Final = 1_000
"""Entries that a run names one by one; above it the run says its bank and since when."""

COMMIT_AFTER_S: Final = 1.0
"""How much of finding nothing a kill may cost."""

Hit = tuple[int, str]
"""A kept signal that may meet an entry, by its number, and its item."""
Progress = Callable[[RetroRun], None]
"""Told after each step how far the run is."""
Pause = Callable[[], None]
"""Called between two steps: where a lane of its own gives way to others."""


def go_on() -> None:
    """Pause not at all."""


def never() -> bool:
    """Say that it is not enough."""
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """Which entries are held against history. Empty fields leave it open."""

    bank: str = ""
    since: datetime | None = None
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _New:
    """The new entries, ready to be met: by kept signals, and in texts."""

    sieves: Mapping[str, Sieve]
    seekers: Sequence[Seeker]

    @classmethod
    def of(cls, kit: Kit, entries: Sequence[Entry]) -> "_New":
        return cls(
            sieves=sieves_of(entries, kit.signals, kit.indexes),
            seekers=retro_phrases.seekers_of(entries, kit.signals),
        )


def start(kit: Kit, scope: Scope, *, by: str) -> RetroRun:
    """Store a run over the entries in ``scope``; nothing is read yet.

    :raises NotFoundError: when the bank or an entry is not there
    :raises InputError: when the bank holds names, which no item is matched with
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        if scope.bank and tx.banks.get(scope.bank).purpose is not BankPurpose.KNOWN:
            msg = f"bank {scope.bank} holds names, and a name matches nothing; name a bank of known content"
            raise InputError(msg)
        for entry in scope.entries:
            tx.entries.get(entry)
        run = RetroRun(id=_new_id(), created_at=now, by=by, bank=scope.bank, since=scope.since, entries=scope.entries)
        tx.retros.add(run)
        tx.audit.append(at=now, tag="curator:retro:asked", subject=run.id, body={"bank": scope.bank, "by": by})
    return run


def _new_id() -> str:
    return "h" + secrets.token_hex(6)


def enqueue(kit: Kit, tx: Transaction, bank: str, new: Sequence[Entry], *, by: str) -> None:
    """Have a worker hold ``new`` entries of a bank against history, in the transaction that adds them.

    A run of the bank that has not begun takes them in, so that a long list is one pass over history and not a hundred.
    """
    if not (new and kit.settings.retro and tx.banks.get(bank).purpose is BankPurpose.KNOWN and tx.signals.newest()):
        return
    since = min(entry.added_at for entry in new)
    named = tuple(entry.id for entry in new)
    waiting = next((run for run in tx.retros.find(state=RetroState.WAITING.value) if _takes_in(tx, run, bank)), None)
    if waiting is None:
        run = RetroRun(id=_new_id(), created_at=kit.clock.now(), by=by, bank=bank, since=since, entries=named)
        tx.retros.add(_bounded(run))
        tx.jobs.add(Job(key=_job_key(run.id), kind=JobKind.RETRO, subject=run.id, run_at=kit.clock.now()))
        return
    entries = tuple(dict.fromkeys(waiting.entries + named)) if waiting.entries else ()
    since = min(since, waiting.since or since)
    tx.retros.replace(_bounded(replace(waiting, entries=entries, since=since)))


def enqueue_released(kit: Kit, tx: Transaction, closed: Quarantine, *, by: str) -> None:
    """Have what runs held back of an entry found, in the transaction in which a lead releases it.

    It waits where the setting ``retro`` is off, too, until somebody asks: what was held back is in no case.
    """
    if not any(held.quarantine == closed.id for run in tx.retros.find() for held in run.set_aside):
        return
    now, since = kit.clock.now(), tx.entries.get(closed.entry).added_at
    run = RetroRun(id=_new_id(), created_at=now, by=by, bank=closed.bank, since=since, entries=(closed.entry,))
    tx.retros.add(run)
    tx.jobs.add(Job(key=_job_key(run.id), kind=JobKind.RETRO, subject=run.id, run_at=now))


def _takes_in(tx: Transaction, run: RetroRun, bank: str) -> bool:
    """Say whether entries of ``bank`` may join a waiting run: it has a job, and is not somebody's question."""
    return run.bank == bank and bool(tx.jobs.find(subject=run.id))


def _bounded(run: RetroRun) -> RetroRun:
    return replace(run, entries=()) if len(run.entries) > MOST_NAMED else run


def _job_key(run_id: str) -> str:
    return f"retro:{run_id}"


def listed(kit: Kit) -> list[RetroRun]:
    """Return all runs, oldest first."""
    with kit.store.read() as tx:
        return tx.retros.find()


def show(kit: Kit, run_id: str) -> RetroRun:
    """Return one run.

    :raises NotFoundError: when there is none of this identifier
    """
    with kit.store.read() as tx:
        return tx.retros.get(run_id)


def carry_on(
    kit: Kit,
    run_id: str,
    *,
    progress: Progress = lambda _: None,
    pause: Pause = go_on,
    enough: Callable[[], bool] = never,
) -> RetroRun:
    """Begin a run, or go on with it, until it is done or it is ``enough``; return how it stands.

    :raises NotFoundError: when there is no such run
    """
    run = _begun(kit, run_id)
    if run.state is RetroState.DONE:
        return run
    with kit.store.read() as tx:
        entries = entries_of(tx, run)
    begun, new = replace(run, entry_count=len(entries)), _New.of(kit, entries)
    for run in _steps(kit, begun, new, frozenset(one.id for one in entries)):
        progress(run)
        pause()
        if enough():
            break
    if run.state is RetroState.DONE:
        retro_flood.forget(kit, run, entries)
    return run


def _begun(kit: Kit, run_id: str) -> RetroRun:
    """Fix where the run ends. From here on further entries of its bank get a run of their own."""
    run = show(kit, run_id)
    if run.state is not RetroState.WAITING:
        return run
    with kit.store.read() as tx:
        unread = tx.signals.count_without()
        items = tx.items.count() - unread
    with kit.store.write() as tx:
        run = tx.retros.get(run_id)
        if run.state is RetroState.WAITING:
            run = replace(run, state=RetroState.RUNNING, upto=tx.signals.newest(), items=items, unread=unread)
            tx.retros.replace(run)
    return run


def entries_of(tx: Transaction, scope: Scope | RetroRun) -> list[Entry]:
    """Return the entries of known content that a run holds against history, as far as they are still there."""
    if scope.entries:
        named = [entry for key in scope.entries for entry in tx.entries.find(id=key)]
    else:
        known = [bank.name for bank in tx.banks.find(purpose=BankPurpose.KNOWN.value)]
        banks = [name for name in known if scope.bank in {"", name}]
        named = [entry for name in banks for entry in tx.entries.find(bank=name)]
    return [
        entry
        for entry in named
        if scope.bank in {"", entry.bank} and (scope.since is None or entry.added_at >= scope.since)
    ]


def _steps(kit: Kit, run: RetroRun, new: "_New", entries: frozenset[str]) -> Iterator[RetroRun]:
    """Yield the run after each step; every find, and a position a second, is committed."""
    committed = time.monotonic()
    for reached, hits in _hits(kit, new, run.position, run.upto):
        if reached <= run.position:
            continue  # another worker on this run has been here
        done = reached >= run.upto
        if hits or done or time.monotonic() - committed > COMMIT_AFTER_S:
            run = _commit(kit, run, hits, reached, entries)
            committed = time.monotonic()
            yield run
        else:
            yield replace(run, position=reached)
    if run.state is RetroState.RUNNING:  # there was nothing to read
        yield _commit(kit, run, [], run.upto, entries)


def _hits(kit: Kit, new: "_New", after: int, upto: int) -> Iterator[tuple[int, list[Hit]]]:
    """Yield stretches of history: up to which signal, and what may meet an entry, at most ``TOGETHER`` items."""
    while after < upto:
        end = _whole(kit, min(upto, after + SPAN), upto)
        hits = _hits_between(kit, new, after, end)
        for first in range(0, len(hits), TOGETHER):
            last = first + TOGETHER >= len(hits)
            yield end if last else hits[first + TOGETHER][0] - 1, hits[first : first + TOGETHER]
        if not hits:
            yield end, []
        after = end


def _whole(kit: Kit, end: int, upto: int) -> int:
    """Return where the item ends whose signal is at ``end``: what is met in two stretches would be counted twice."""
    with kit.store.read() as tx:
        while end < upto:
            at = tx.signals.items_at((end, end + 1))
            if at.get(end) is None or at.get(end) != at.get(end + 1):
                break
            end += 1
    return end


def _hits_between(kit: Kit, new: "_New", after: int, end: int) -> list[Hit]:
    """Return the items between two signals that may meet an entry, each at its first signal, in order."""
    known = (number for name, sieve in new.sieves.items() for number in _numbers(kit, name, sieve, after, end))
    numbers = sorted({*known, *retro_phrases.numbers(kit, new.seekers, after, end)})
    if not numbers:
        return []
    with kit.store.read() as tx:
        items = tx.signals.items_at(numbers)
    first: dict[str, int] = {}
    for number in numbers:
        if number in items:
            first.setdefault(items[number], number)
    return [(number, item) for item, number in first.items()]


def _numbers(kit: Kit, name: str, sieve: Sieve, after: int, end: int) -> Iterator[int]:
    """Yield the kept signals of one type that its sieve lets through."""
    while True:
        with kit.store.read() as tx:
            rows = tx.signals.stream(name, after=after, upto=end, limit=sieve.rows_at_once, min_quality=MIN_QUALITY)
        yield from sieve(rows)
        if len(rows) < sieve.rows_at_once:
            return
        after = rows[-1][0]


def _commit(kit: Kit, run: RetroRun, hits: Sequence[Hit], reached: int, entries: frozenset[str]) -> RetroRun:
    """Write what the hits lead to and that the run got there, together."""
    signalled = _read(kit, hits)
    numbers = {item: number for number, item in hits}

    def store(tx: Transaction, scans: list[Scan]) -> RetroRun:
        current = tx.retros.get(run.id)
        if current.position >= reached and current.state is RetroState.DONE:
            return current
        now = kit.clock.now()
        finds = [(numbers[one.item.id], one) for one in scans]
        mine = [find for find in finds if find[0] > current.position]
        current, followed = retro_flood.follow(kit, tx, current, mine, entries, now)
        moved = _counted(replace(current, entry_count=run.entry_count), followed, max(reached, current.position))
        if moved.position >= moved.upto:
            moved = _finished(tx, moved, now)
        tx.retros.replace(moved)
        return moved

    return settle(kit, signalled, store)


def _read(kit: Kit, hits: Sequence[Hit]) -> list[Signalled]:
    """Return the items with the signals that were kept of them."""
    names = [item for _, item in hits]
    if not names:
        return []
    with kit.store.read() as tx:
        kept = tx.signals.of_items(names)
        items = [item for name in names for item in tx.items.find(id=name)]
    return [Signalled(item=item, signals=tuple(kept.get(item.id, ())), not_scanned=()) for item in items]


def _counted(run: RetroRun, followed: Sequence[tuple[Outcome, bool]], position: int) -> RetroRun:
    outcomes = [outcome for outcome, _ in followed]
    return replace(
        run,
        position=position,
        found=run.found + sum(outcome is not Outcome.NOTHING for outcome in outcomes),
        opened=run.opened + outcomes.count(Outcome.OPENED),
        joined=run.joined + outcomes.count(Outcome.JOINED),
        removed_already=run.removed_already + outcomes.count(Outcome.REMOVED_ALREADY),
        limited=run.limited + sum(limited for _, limited in followed),
    )


def _finished(tx: Transaction, run: RetroRun, now: datetime) -> RetroRun:
    counts = {
        name: getattr(run, name) for name in ("found", "opened", "joined", "limited", "removed_already", "held_back")
    }
    tx.audit.append(at=now, tag="system:retro:finished", subject=run.id, body={"entries": run.entry_count, **counts})
    return replace(run, state=RetroState.DONE, finished_at=now)


def foresee(kit: Kit, scope: Scope) -> Iterator[tuple[Scan, Outcome]]:
    """Yield what a run over ``scope`` would find, and what it would lead to. Nothing is stored and nothing is done."""
    with kit.store.read() as tx:
        entries, upto = entries_of(tx, scope), tx.signals.newest()
    told: set[str] = set()
    for _, hits in _hits(kit, _New.of(kit, entries), 0, upto):
        fresh = [hit for hit in hits if hit[1] not in told]
        told.update(item for _, item in fresh)
        scans = judge(kit, _read(kit, fresh))
        with kit.store.read() as tx:
            foreseen = [(one, retro_find.foresee(tx, one, kit.clock.now())) for one in scans]
        yield from (pair for pair in foreseen if pair[1] is not Outcome.NOTHING)
