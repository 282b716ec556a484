"""The audit chain: what happened, in an order that cannot be changed unseen.

A record holds a commitment to the facts, never the facts: SHA-256 over a random salt and the canonical JSON of the
body. Salt and body (the *opening*) lie beside the chain and can be destroyed on their date; the chain still holds and
says nothing of the person any more. Each record's hash covers the previous one's, so changing or cutting out a record
breaks every later link. A tail that was cut off shows only against a root exported earlier.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from abate.domain.errors import ChainBrokenError, InputError
from abate.domain.times import aware

GENESIS = "0" * 64
"""The previous hash of the first record."""

_TAG = re.compile(r"[a-z_]+:[a-z_]+:[a-z_]+")


def canonical(body: Mapping[str, object]) -> bytes:
    """Encode ``body`` so that equal bodies give equal bytes: sorted keys, UTF-8, no spaces, times in UTC."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    msg = f"cannot commit to a {type(value).__name__}; give text, numbers, booleans, lists or times"
    raise TypeError(msg)


def commitment(salt: str, body: Mapping[str, object]) -> str:
    """Hex SHA-256 over the hex ``salt`` and the canonical ``body``."""
    return hashlib.sha256(salt.encode() + b"\n" + canonical(body)).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """One link of the chain."""

    seq: int
    """1, 2, 3 … without a gap."""
    at: datetime
    tag: str
    """``source:subject:action``, lower case, as in ``reviewer:case:decided``. The source is a kind, not a person."""
    subject: str
    """Identifier of the record the link is about."""
    commitment: str
    previous: str
    hash: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at, "at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditOpening:
    """What opens a record's commitment; destroyed with the data it speaks of."""

    seq: int
    salt: str
    body: str
    """Canonical JSON."""


def link(*, previous: AuditRecord | None, at: datetime, tag: str, subject: str, committed: str) -> AuditRecord:
    """Make the record that follows ``previous`` (``None`` at the start).

    :raises InputError: when the tag does not read ``source:subject:action``
    """
    if not _TAG.fullmatch(tag):
        msg = f"audit tag {tag!r} does not read source:subject:action in lower case"
        raise InputError(msg)
    seq = previous.seq + 1 if previous else 1
    before = previous.hash if previous else GENESIS
    moment = aware(at, "at")
    digest = _digest(seq, moment, tag, subject, committed, before)
    return AuditRecord(seq=seq, at=moment, tag=tag, subject=subject, commitment=committed, previous=before, hash=digest)


def _digest(seq: int, at: datetime, tag: str, subject: str, committed: str, previous: str) -> str:
    body = {"seq": seq, "at": at, "tag": tag, "subject": subject, "commitment": committed, "previous": previous}
    return hashlib.sha256(canonical(body)).hexdigest()


def verify(records: Iterable[AuditRecord], *, after: AuditRecord | None = None) -> AuditRecord | None:
    """Walk the chain and return its last record.

    :param after: the last record that is already trusted
    :raises ChainBrokenError: naming the first record that does not follow
    """
    last = after
    for record in records:
        expected = link(
            previous=last, at=record.at, tag=record.tag, subject=record.subject, committed=record.commitment
        )
        if expected != record:
            before = last.seq if last else 0
            msg = f"audit record {record.seq} does not follow record {before}; keep the store and compare with a backup"
            raise ChainBrokenError(msg)
        last = record
    return last
