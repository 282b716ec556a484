"""What is known right now: banks as a matcher and a mention finder, built once and rebuilt when a bank changed."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from abate.domain.bank import Bank, BankPurpose, Entry
from abate.extend.index import IndexType
from abate.extend.signal import SignalType
from abate.extend.store import Transaction
from abate.matching.bank import Matcher
from abate.signals.terms import MentionFinder

REVISION = "banks"
"""The counter that moves with every change of a bank."""
_EVER = datetime.min.replace(tzinfo=UTC)


def bank_changed(tx: Transaction, at: datetime) -> None:
    """Note, in the transaction of the change, that what is known changed."""
    tx.counters.add(REVISION, at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """The matcher and the finder over one state of the banks."""

    revision: int
    matcher: Matcher
    mentions: MentionFinder


@dataclass(slots=True)
class Known:
    """Keeps the newest knowledge. Workers on other machines see a change with their next batch."""

    signals: dict[str, SignalType]
    indexes: dict[str, IndexType]
    _now: Knowledge | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self, tx: Transaction) -> Knowledge:
        """Return what is known in ``tx``, building it when a bank changed since the last call."""
        revision = tx.counters.since(REVISION, _EVER)
        with self._lock:
            if self._now is None or self._now.revision != revision:
                self._now = self._build(tx, revision)
            return self._now

    def _build(self, tx: Transaction, revision: int) -> Knowledge:
        banks = tx.banks.find()
        known = _entries(tx, [bank for bank in banks if bank.purpose is BankPurpose.KNOWN])
        names = _entries(tx, [bank for bank in banks if bank.purpose is BankPurpose.DESIGNATED])
        matcher = Matcher(banks=banks, entries=known, signal_types=self.signals, index_types=self.indexes)
        return Knowledge(revision=revision, matcher=matcher, mentions=MentionFinder(names))


def _entries(tx: Transaction, banks: list[Bank]) -> list[Entry]:
    return [entry for bank in banks for entry in tx.entries.find(bank=bank.name)]
