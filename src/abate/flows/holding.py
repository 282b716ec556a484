"""Removal is not deletion: what is removed is sealed first and held until its date."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from abate.compliance import preservation
from abate.domain.action import Hold
from abate.domain.history import Step
from abate.domain.item import Item
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.flows.events import event_of
from abate.flows.kit import Kit


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """Where the evidence of an item lies, or why there is none."""

    address: str
    note: str = ""


def seal(kit: Kit, item: Item) -> Sealed:
    """Seal an item's evidence, before the transaction: bytes without a hold are harmless, the other way round not."""
    content = evidence_of(item)
    if content is None:
        return Sealed(address="", note=f"the file {item.path} was no longer there to be sealed")
    return Sealed(address=kit.vault.seal(content))


def evidence_of(item: Item) -> bytes | None:
    """Return what is sealed of an item: a line of JSON with its words and where they stood, then its bytes if any."""
    try:
        content = Path(item.path).read_bytes() if item.path else b""
    except OSError:
        return None
    facts = {
        "id": item.id,
        "kind": item.kind.value,
        "text": item.text,
        "url": item.url,
        "platform": item.platform,
        "channel": item.channel,
        "language": item.language,
        "posted_at": item.posted_at.isoformat() if item.posted_at else None,
        "sha256": hashlib.sha256(content).hexdigest() if content else None,
    }
    return json.dumps(facts, ensure_ascii=True, sort_keys=True).encode() + b"\n" + content


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Why something is held: a removal, or an order that names it."""

    subject: str
    """Identifier of the action or the order."""
    at: datetime


def hold(kit: Kit, tx: Transaction, item: Item, cause: Cause, sealed: Sealed) -> Hold:
    """Place a hold, with the job that destroys the evidence on its date."""
    placed = preservation.place(
        hold_id=f"hold-{cause.subject}-{hashlib.sha256(item.id.encode()).hexdigest()[:8]}",
        removed=preservation.Removed(item=item.id, action=cause.subject, at=cause.at),
        sealed=sealed.address,
        months=kit.settings.hold_months,
        note=sealed.note,
    )
    tx.holds.add(placed)
    tx.jobs.add(Job(key=f"destroy:{placed.id}", kind=JobKind.EXPIRE, subject=placed.id, run_at=placed.expires_at))
    tx.history.append([event_of(item, Step.HELD, placed.placed_at, placed.state.value)])
    body = {"item": item.id, "sealed": sealed.address, "expires_at": placed.expires_at}
    tx.audit.append(at=placed.placed_at, tag="system:hold:placed", subject=placed.id, body=body)
    return placed
