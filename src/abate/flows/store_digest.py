"""A hash of what the store's history says up to a date: the same as long as nothing of that time was changed."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from abate.flows.kit import Asking
from abate.measurement.study.canonical import canonical


def store_sha256(kit: Asking, until: datetime | None) -> str:
    """Return the SHA-256 over events and interventions not later than ``until``, in an order of their own.

    :param until: ``None`` for everything
    """
    seen = hashlib.sha256()
    with kit.store.read() as tx:
        events = (event for event in tx.history.read() if until is None or event.at <= until)
        done = (one for one in tx.interventions.find() if until is None or one.date <= until)
        for line in (*sorted(map(_line, events)), *sorted(map(_line, done))):
            seen.update(line)
            seen.update(b"\n")
    return seen.hexdigest()


def _line(value: object) -> bytes:
    return canonical({name: _plain(part) for name, part in asdict(value).items()})  # type: ignore[call-overload]  # events and interventions are dataclasses


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
