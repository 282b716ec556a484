"""The audit chain and the counters in a database."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Row

from abate.domain.audit import AuditOpening, AuditRecord, canonical, commitment, link
from abate.stores.codec import escape, indexed, read_time, time_text, unescape
from abate.stores.rules import SALT_BYTES, no_opening
from abate.stores.schema import AUDIT, COUNTERS, OPENINGS
from abate.stores.wire import Wire


class SqlAudit:
    """The ``AuditLog`` of one transaction.

    The head is read on the first append, under the writer's lock, and followed from there. New links wait in memory and
    are written together when somebody reads, or before the commit.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._head: AuditRecord | None = None
        self._head_known = False
        self._links: list[dict[str, object]] = []
        self._openings: list[dict[str, object]] = []
        wire.before_commit.append(self._flush)

    def append(self, *, at: datetime, tag: str, subject: str, body: Mapping[str, object]) -> AuditRecord:
        """Link a record to the chain."""
        self._wire.check_writable()
        salt = secrets.token_hex(SALT_BYTES)
        record = link(previous=self._read_head(), at=at, tag=tag, subject=subject, committed=commitment(salt, body))
        self._head = record
        self._links.append(_row(record))
        self._openings.append({"seq": record.seq, "salt": salt, "body": escape(canonical(body).decode())})
        return record

    def _read_head(self) -> AuditRecord | None:
        if not self._head_known:
            rows = self._wire.rows(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1))
            self._head = _record(rows[0]) if rows else None
            self._head_known = True
        return self._head

    def _flush(self) -> None:
        if self._links:
            self._wire.change(insert(AUDIT), self._links)
            self._wire.change(insert(OPENINGS), self._openings)
            self._links, self._openings = [], []

    def read(self, *, after: int = 0, limit: int | None = None) -> list[AuditRecord]:
        """Return the records with ``seq > after``, in order."""
        self._flush()
        asked = select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(limit)
        return [_record(row) for row in self._wire.rows(asked)]

    def opening(self, seq: int) -> AuditOpening:
        """Return what opens a record's commitment."""
        self._flush()
        rows = self._wire.rows(select(OPENINGS).where(OPENINGS.c.seq == seq))
        if not rows:
            raise no_opening(seq)
        return AuditOpening(seq=rows[0].seq, salt=rows[0].salt, body=unescape(rows[0].body))

    def forget(self, seq: int) -> None:
        """Destroy a record's opening. Forgetting twice is no error: it may run again after a crash."""
        self._flush()
        self._wire.change(delete(OPENINGS).where(OPENINGS.c.seq == seq))


def _row(record: AuditRecord) -> dict[str, object]:
    return {
        "seq": record.seq,
        "at": time_text(record.at),
        "tag": record.tag,
        "subject": escape(record.subject),
        "commitment": record.commitment,
        "previous": record.previous,
        "hash": record.hash,
    }


def _record(row: Row[Any]) -> AuditRecord:
    return AuditRecord(
        seq=row.seq,
        at=read_time(row.at),
        tag=row.tag,
        subject=unescape(row.subject),
        commitment=row.commitment,
        previous=row.previous,
        hash=row.hash,
    )


class SqlCounters:
    """The ``Counters`` of one transaction."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def add(self, key: str, at: datetime) -> None:
        """Count one event."""
        self._wire.change(insert(COUNTERS), {"key": indexed(key), "at": time_text(at)})

    def since(self, key: str, start: datetime) -> int:
        """Return how many events of ``key`` happened at or after ``start``."""
        asked = select(func.count()).where(COUNTERS.c.key == indexed(key), COUNTERS.c.at >= time_text(start))
        return int(self._wire.rows(asked)[0][0])
