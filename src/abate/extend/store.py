"""The store: everything that must survive, behind one Protocol. Memory, SQLite and PostgreSQL pass one suite.

A write transaction is the only writer while it lasts (SQLite ``BEGIN IMMEDIATE``, PostgreSQL an advisory lock): the
audit chain needs one order of events, so there is one. What a transaction writes, the chain record of it and the jobs
that carry its effects out are committed together or not at all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from abate.domain.action import Action, Hold
from abate.domain.audit import AuditOpening, AuditRecord
from abate.domain.bank import Bank, Entry
from abate.domain.case import Case, Decision
from abate.domain.flood import Quarantine, Tally
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.domain.item import Item
from abate.domain.opinion import Opinion
from abate.domain.order import RemovalOrder
from abate.domain.person import Session, Token, User
from abate.domain.retro import KeptSignal, RetroRun
from abate.domain.rule import Backtest, PastCounts, RuleChange, RuleEvent, RuleHit, RuleVersion
from abate.domain.signal import Signal
from abate.domain.work import Job, JobKind
from abate.extend.counters import Counters

T = TypeVar("T")


class Records(Protocol[T]):
    """One table of one domain value."""

    def add(self, value: T) -> None:
        """Store a new value.

        :raises ConflictError: when its key is taken
        """
        ...

    def add_many(self, values: Iterable[T]) -> int:
        """Store the values whose key is free, pass over the rest, and return how many were stored."""
        ...

    def put_many(self, values: Iterable[T]) -> None:
        """Store each value, in place of the one with the same key where there is one.

        :raises TypeError: for a table of which anything never changes, or with a unique field besides its key
        """
        ...

    def replace(self, value: T) -> None:
        """Store ``value`` in place of the one with the same key.

        :raises NotFoundError: when there is none
        :raises ConflictError: when it would change a field that never changes
        """
        ...

    def remove(self, key: str) -> None:
        """Delete a value.

        :raises NotFoundError: when there is none
        """
        ...

    def get(self, key: str) -> T:
        """Return the value under ``key``.

        :raises NotFoundError: when there is none
        """
        ...

    def get_many(self, keys: Iterable[str]) -> list[T]:
        """Return the values under those of ``keys`` that are there, each once, oldest first."""
        ...

    def find(self, *, limit: int | None = None, **where: str) -> list[T]:
        """Return the values whose indexed fields equal ``where``, oldest first. No filter returns all."""
        ...

    def count(self, **where: str) -> int:
        """Return how many values match ``where``."""
        ...


class Jobs(Protocol):
    """The job table: the outbox, the alarms and the expiries."""

    def add(self, job: Job) -> bool:
        """Store a job; return False, and change nothing, when its key is known."""
        ...

    def claim(self, kinds: Sequence[JobKind], *, worker: str, limit: int, lease: timedelta) -> list[Job]:
        """Take up to ``limit`` jobs that are due and ready, or whose lease ran out, earliest first.

        Due and lease are judged by the database's time, which all workers share. A claim counts as an attempt.
        """
        ...

    def finish(self, key: str, *, worker: str) -> None:
        """Mark a claimed job done.

        :raises ConflictError: when the lease passed to another worker meanwhile
        """
        ...

    def postpone(self, key: str, *, worker: str, run_at: datetime, note: str) -> None:
        """Give a claimed job back, to run again at ``run_at``.

        :raises ConflictError: as for ``finish``
        """
        ...

    def bury(self, key: str, *, worker: str, note: str) -> None:
        """Give a claimed job up.

        :raises ConflictError: as for ``finish``
        """
        ...

    def cancel(self, key: str) -> bool:
        """Mark a job that has not finished as done without running it; return whether there was one."""
        ...

    def get(self, key: str) -> Job:
        """Return a job.

        :raises NotFoundError: when there is none
        """
        ...

    def find(self, *, limit: int | None = None, **where: str) -> list[Job]:
        """Return the jobs whose ``kind``, ``state`` or ``subject`` equal ``where``, by ``run_at``."""
        ...


class AuditLog(Protocol):
    """The audit chain."""

    def append(self, *, at: datetime, tag: str, subject: str, body: Mapping[str, object]) -> AuditRecord:
        """Link a record to the chain; the head is read inside this transaction, never cached across two."""
        ...

    def read(self, *, after: int = 0, limit: int | None = None) -> list[AuditRecord]:
        """Return the records with ``seq > after``, in order."""
        ...

    def opening(self, seq: int) -> AuditOpening:
        """Return what opens a record's commitment.

        :raises NotFoundError: when it was destroyed
        """
        ...

    def forget(self, seq: int) -> None:
        """Destroy a record's opening; the chain still holds."""
        ...


class HistoryLog(Protocol):
    """The history that measurement reads."""

    def append(self, events: Iterable[HistoryEvent]) -> None:
        """Add events."""
        ...

    def read(self, *, steps: Sequence[Step] = (), limit: int | None = None) -> list[HistoryEvent]:
        """Return events in the order they were appended; ``steps`` narrows to those steps."""
        ...

    def newest(self) -> int:
        """Return a number that grows with every event that is appended; 0 while there is none."""
        ...


class EntryChanges(Protocol):
    """Which entries changed, in the order of their commits: every process follows the banks by it.

    Whoever adds, replaces or removes entries, or what is said of them, appends their identifiers in the same
    transaction; a changed bank appends the empty text.
    """

    def append(self, entries: Iterable[str]) -> None:
        """Note that these entries are not what they were."""
        ...

    def since(self, mark: int) -> list[str]:
        """Return the entries noted after ``mark``, each once."""
        ...

    def newest(self) -> int:
        """Return a mark that grows with every note; 0 while there is none."""
        ...


class KeptSignals(Protocol):
    """The signals of the items that were taken in, numbered from 1 in the order of their commits."""

    def append(self, kept: Iterable[KeptSignal]) -> None:
        """Add signals; those of one item together, in the transaction that stores the item."""
        ...

    def stream(
        self, signal_type: str, *, after: int, upto: int, limit: int, min_quality: int = 0
    ) -> Sequence[tuple[int, bytes]]:
        """Return ``(number, packed value)`` of one type with ``after < number <= upto``, in order.

        :returns: at most ``limit``; fewer mean that there are no more. Values are packed by ``domain.retro.packed``
        """
        ...

    def items_at(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the item of each kept signal that is still there."""
        ...

    def of_items(self, items: Sequence[str]) -> dict[str, list[Signal]]:
        """Return the kept signals of those items that have any, each item's in the order they were appended."""
        ...

    def newest(self) -> int:
        """Return the number of the newest kept signal that this transaction sees; 0 for none."""
        ...

    def items_without(self, *, after: int = 0, limit: int) -> list[tuple[int, str]]:
        """Return ``(place, identifier)`` of stored items without any kept signal, in order of arrival.

        :param after: the place to go on from
        """
        ...

    def count_without(self) -> int:
        """Return how many stored items have no kept signal."""
        ...

    def forget(self, item: str) -> None:
        """Delete an item's signals, with the rest of its content."""
        ...


class RuleEvents(Protocol):
    """What rules could read of each item when it came in, in the order of receipt."""

    def append(self, events: Iterable[RuleEvent]) -> int:
        """Add events, numbered from one above the newest, and return that number.

        The caller gives them in order: ``at`` is not below :meth:`latest`'s.
        """
        ...

    def stream(self, *, after: int, limit: int, content: bool = False) -> list[RuleEvent]:
        """Return events with ``seq > after``, in order; at most ``limit``, fewer mean that there are no more.

        :param content: with the words and address of the items that still have them
        """
        ...

    def of_items(self, items: Iterable[str]) -> dict[str, RuleEvent]:
        """Return the event of each item that has one, with its words and address."""
        ...

    def forget(self, item: str, *, fields: Collection[str]) -> None:
        """Take fields out of the event of an item whose content was destroyed; the rest of it stays."""
        ...

    def before(self, at: int) -> int:
        """Return the ``seq`` of the last event received before ``at``; 0 for none."""
        ...

    def latest(self) -> tuple[int, int]:
        """Return ``(seq, at)`` of the newest event; zeros while there is none."""
        ...

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest events received before ``before``, but never the newest event.

        :returns: how many were deleted
        """
        ...


class RuleHits(Protocol):
    """On which events versions of rules fired, in order."""

    def append(self, hits: Iterable[RuleHit]) -> None:
        """Add hits."""
        ...

    def of_rule(self, rule: str, *, limit: int) -> list[RuleHit]:
        """Return the newest hits of a version, the newest first."""
        ...

    def of_item(self, item: str) -> list[RuleHit]:
        """Return what fired on an item, in order."""
        ...

    def per_hour(self, rule: str, *, since: int) -> list[tuple[int, int, int]]:
        """Return ``(microseconds at which the hour begins, hits, of these that counted)`` of a version, in order.

        Hours without a hit are left out. ``since`` is in microseconds as well, and begins the first hour.
        """
        ...

    def prune(self, before: int, *, limit: int) -> int:
        """Delete up to ``limit`` of the oldest hits of events received before ``before``; return how many."""
        ...


class Transaction(Protocol):
    """The tables, as one transaction sees them."""

    items: Records[Item]
    """Key ``id``; indexed ``account``, ``channel``, ``platform``, ``kind``, ``url``."""
    banks: Records[Bank]
    """Key ``name``; indexed ``purpose``."""
    entries: Records[Entry]
    """Key ``id``; indexed ``bank``, ``signal_type``, ``value``."""
    opinions: Records[Opinion]
    """Key ``id``; indexed ``entry``. Never changes."""
    quarantines: Records[Quarantine]
    """Key ``id``; indexed ``entry``, ``state``."""
    tallies: Records[Tally]
    """Key ``id``."""
    cases: Records[Case]
    """Key ``id``; indexed ``item``, ``state``."""
    decisions: Records[Decision]
    """Key ``id``; indexed ``case``, ``item``. Never changes."""
    actions: Records[Action]
    """Key ``id``; indexed ``decision``, ``item``, ``state``."""
    holds: Records[Hold]
    """Key ``id``; indexed ``item``, ``action``, ``state``."""
    orders: Records[RemovalOrder]
    """Key ``id``; indexed ``state``. ``received_at``, ``received_text`` and ``raw_sha256`` never change."""
    interventions: Records[Intervention]
    """Key ``id``; indexed ``platform``, ``kind``."""
    users: Records[User]
    """Key ``id``; indexed ``name``."""
    tokens: Records[Token]
    """Key ``id``; indexed ``sha256``, ``user``."""
    sessions: Records[Session]
    """Key ``id``; indexed ``user``."""
    retros: Records[RetroRun]
    """Key ``id``; indexed ``state``."""
    rules: Records[RuleVersion]
    """Key ``id``; indexed ``name``, ``state``."""
    rule_changes: Records[RuleChange]
    """Key ``id``; indexed ``rule``, ``name``. Never changes."""
    backtests: Records[Backtest]
    """Key ``id``; indexed ``rule``. Never changes."""
    past_counts: Records[PastCounts]
    """Key ``id``."""
    rule_events: RuleEvents
    rule_hits: RuleHits
    jobs: Jobs
    entry_changes: EntryChanges
    signals: KeptSignals
    audit: AuditLog
    history: HistoryLog
    counters: Counters


class Store(Protocol):
    """Opens transactions."""

    name: str
    """``memory``, ``sqlite`` or ``postgresql``."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that sees one state and writes nothing."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Open the one write transaction; commits on leaving, rolls back when an exception passes through.

        :raises StoreError: when the store cannot be reached, or the commit failed and nothing was changed
        """
        ...

    def now(self) -> datetime:
        """Return the store's time (the database's, so that all workers agree)."""
        ...

    def migrate(self) -> None:
        """Bring the tables to this version; does nothing when they are."""
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
