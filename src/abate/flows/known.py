"""What is known right now: banks as a matcher and a mention finder, built once and followed entry by entry.

Every change notes its entries in the store, in its own transaction. Each process keeps the mark up to which it has
read, and reads on when the mark has grown: with the next batch after the change, on whatever machine.

Who stores what he judged, and every command, waits for that (:meth:`Known.current`). An answer that somebody waits for
does not (:meth:`Known.at_hand`): a long list is followed on a thread of its own, and live answers know its entries once
that is done. What was submitted meanwhile is judged by the new state all the same.
"""

import gc
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from abate.domain.bank import Bank, BankPurpose, Entry
from abate.domain.flood import QuarantineState
from abate.domain.opinion import Opinion
from abate.extend.index import IndexType
from abate.extend.signal import Seeker, SignalType, Sought
from abate.extend.store import Store, Transaction
from abate.matching.bank import Matcher, Said
from abate.signals.terms import MentionFinder

BANK: Final = ""
"""What a changed bank notes in place of an entry."""
READ_ANEW: Final = 4
"""When more than one in so many entries changed, reading all of them anew is quicker than reading those."""
FEW: Final = 200
"""Entries whose opinions are asked for one by one; for more, all opinions are read.

So many changes a live answer waits for; more are followed beside it.
"""
BRIEFLY_S: Final = 0.02
"""How long a live answer waits for somebody who is following already."""


def bank_changed(tx: Transaction, entries: Iterable[str] = (BANK,)) -> None:
    """Note, in the transaction of the change, which entries are not what they were; none named, a bank itself."""
    tx.entry_changes.append(entries)


def revision_of(tx: Transaction) -> int:
    """Return a mark that moves with every change of a bank, an entry, or what is said of one."""
    return tx.entry_changes.newest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """The matcher and the finders over one state of the banks."""

    revision: int
    """The mark of the last change that is in it."""
    matcher: Matcher
    mentions: MentionFinder
    seekers: tuple[Seeker, ...] = ()
    """What finds known phrases, one for each signal type that is found by looking for what banks hold."""


@dataclass(slots=True)
class Known:
    """Keeps the newest knowledge. Workers on other machines see a change with their next batch."""

    signals: dict[str, SignalType]
    indexes: dict[str, IndexType]
    folder: Path | None = None
    """Where indexes that last are kept; ``None`` for nowhere."""
    _now: Knowledge | None = None
    _size: int = 0
    _opinions: dict[str, list[Opinion]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _beside: threading.Thread | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _failed: bool = False
    """Whether following beside the answers failed: the next question meets the reason itself."""

    def current(self, tx: Transaction) -> Knowledge:
        """Return what is known in ``tx``, or newer, following what changed since the last call."""
        newest = revision_of(tx)
        with self._lock:
            return self._caught_up(tx, newest)

    def mentions(self, tx: Transaction) -> MentionFinder:
        """Return what finds the names in ``tx``; a process that knows no banks yet reads those of names only."""
        return _mentions(tx, tx.banks.find()) if self._now is None else self.current(tx).mentions

    def at_hand(self, store: Store) -> Knowledge:
        """Return what is known, for an answer that cannot wait for a long list.

        Up to :data:`FEW` changes are followed at once, so that who changed one entry and then asks is answered by it.
        More are followed on a thread; until it is done, answers come from the state before, to which its entries come
        one by one. Only the first knowledge of a process is waited for.
        """
        with store.read() as tx:
            newest, now = revision_of(tx), self._now
            if now is None or self._failed:
                return self.current(tx)
            if newest <= now.revision:
                return now
            if newest - now.revision <= FEW and self._lock.acquire(timeout=BRIEFLY_S):
                try:
                    return self._caught_up(tx, newest)
                finally:
                    self._lock.release()
        self._follow_beside(store)
        return self._now or now

    def _caught_up(self, tx: Transaction, newest: int) -> Knowledge:
        if self._now is None:
            self._now = self._build(tx, newest)
        elif newest > self._now.revision:
            self._now = self._follow(tx, self._now, newest)
        self._failed = False
        return self._now

    def _follow_beside(self, store: Store) -> None:
        with self._starting:
            if self._beside is None or not self._beside.is_alive():
                self._beside = threading.Thread(target=self._follow_all, args=(store,), name="abate-known", daemon=True)
                self._beside.start()

    def _follow_all(self, store: Store) -> None:
        try:
            with store.read() as tx:
                self.current(tx)
            set_apart()
        except Exception:  # noqa: BLE001 - a thread's edge: the next question follows itself, and raises to its asker
            self._failed = True

    def _build(self, tx: Transaction, revision: int) -> Knowledge:
        banks = tx.banks.find()
        known = _entries(tx, [bank for bank in banks if bank.purpose is BankPurpose.KNOWN])
        self._size = len(known)
        self._opinions = _by_entry(tx.opinions.find())
        matcher = Matcher(
            banks=banks,
            entries=known,
            signal_types=self.signals,
            index_types=self.indexes,
            said=self._said(tx),
            folder=self.folder,
        )
        return Knowledge(
            revision=revision, matcher=matcher, mentions=_mentions(tx, banks), seekers=self._seekers_of(matcher)
        )

    def _seekers_of(self, matcher: Matcher) -> tuple[Seeker, ...]:
        asked = [(plug, matcher.values(name)) for name, plug in self.signals.items() if isinstance(plug, Sought)]
        return tuple(plug.seeker(values) for plug, values in asked if values)

    def _follow(self, tx: Transaction, before: Knowledge, newest: int) -> Knowledge:
        if (newest - before.revision) * READ_ANEW > self._size:
            return self._build(tx, newest)
        noted = tx.entry_changes.since(before.revision)
        keys = [key for key in noted if key != BANK]
        changed = tx.entries.get_many(keys)
        gone = set(keys) - {entry.id for entry in changed}
        self._size += len(changed)
        self._read_opinions(tx, keys)
        banks = tx.banks.find()
        before.matcher.update(banks=banks, changed=changed, gone=gone, said=self._said(tx))
        return replace(
            before,
            revision=newest,
            mentions=self._new_mentions(tx, before, banks, noted, changed),
            seekers=self._new_seekers(before, noted, changed),
        )

    def _new_seekers(self, before: Knowledge, noted: list[str], changed: list[Entry]) -> tuple[Seeker, ...]:
        """Return the seekers anew where one of their entries, or anything that is gone, may be concerned."""
        concerned = len(changed) < len(noted) or any(
            isinstance(self.signals.get(entry.signal_type), Sought) for entry in changed
        )
        return self._seekers_of(before.matcher) if concerned else before.seekers

    def _read_opinions(self, tx: Transaction, keys: Sequence[str]) -> None:
        if len(keys) > FEW:
            self._opinions = _by_entry(tx.opinions.find())
            return
        opinions = dict(self._opinions)
        for key in keys:
            opinions.pop(key, None)
            if found := tx.opinions.find(entry=key):
                opinions[key] = found
        self._opinions = opinions

    def _said(self, tx: Transaction) -> Said:
        waiting = tx.quarantines.find(state=QuarantineState.OPEN.value)
        return Said(opinions=self._opinions, set_aside=frozenset(one.entry for one in waiting))

    @staticmethod
    def _new_mentions(
        tx: Transaction, before: Knowledge, banks: list[Bank], noted: list[str], changed: list[Entry]
    ) -> MentionFinder:
        """Return the finder anew where a bank of names, or anything that is gone, may be concerned."""
        names = {bank.name for bank in banks if bank.purpose is BankPurpose.DESIGNATED}
        concerned = len(changed) < len(noted) or any(entry.bank in names for entry in changed)
        return _mentions(tx, banks) if concerned else before.mentions


def set_apart() -> None:
    """Have the garbage collector pass over what is there now: entries and modules that live as long as the process.

    It stops every thread while it goes through all that lives, and it does so when much is new, as after a long list:
    a tenth of a second with no bank at all. What is not used any more is still let go of, unless it refers to itself.
    """
    gc.freeze()


def _by_entry(opinions: Iterable[Opinion]) -> dict[str, list[Opinion]]:
    held: dict[str, list[Opinion]] = defaultdict(list)
    for one in opinions:
        held[one.entry].append(one)
    return dict(held)


def _mentions(tx: Transaction, banks: list[Bank]) -> MentionFinder:
    return MentionFinder(_entries(tx, [bank for bank in banks if bank.purpose is BankPurpose.DESIGNATED]))


def _entries(tx: Transaction, banks: list[Bank]) -> list[Entry]:
    return [entry for bank in banks for entry in tx.entries.find(bank=bank.name)]
