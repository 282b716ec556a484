"""Idempotency keys: a repeated request is answered with the first one's answer and does nothing again.

What makes a repeat harmless is the item's own identifier, which the store takes once. This adds the rest of the
promise: the same answer, and a refusal when a key is used for something else. Answers are files under the home folder,
so they outlive a restart; they are forgotten after a day.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from abate.domain.errors import ConflictError, InputError
from abate.settings import Settings

KEPT = timedelta(hours=24)
STUCK = timedelta(minutes=2)
"""A first request older than this that left no answer died with its process; a repeat takes over."""
KEY_LENGTH = 255


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    body_sha256: str
    begun_at: datetime
    content: bytes | None = None
    """``None`` while the first request is under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeats:
    """One caller's use of one key."""

    place: Path
    body_sha256: str
    now: datetime

    def earlier(self) -> bytes | None:
        """Return the answer of an earlier request with this key, or claim the key and return ``None``.

        :raises ConflictError: when the key was used for another body, or its first request is still under way
        """
        self.place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._claim():
            forget_old(self.place.parent, self.now)
            return None
        found = msgspec.json.decode(self.place.read_bytes() or b"null", type=_Answer | None)
        if found is None or self.now - found.begun_at > (KEPT if found.content is not None else STUCK):
            self._write(None)
            return None
        if found.body_sha256 != self.body_sha256:
            msg = "this Idempotency-Key was used for another body; take a fresh key for each request"
            raise ConflictError(msg)
        if found.content is None:
            msg = "a request with this Idempotency-Key is still under way; ask again in a moment"
            raise ConflictError(msg)
        return found.content

    def remember(self, content: bytes) -> None:
        """Keep the answer for whoever repeats the request."""
        self._write(content)

    def release(self) -> None:
        """Free the key of a request that failed: its repeat shall be tried, not refused."""
        self.place.unlink(missing_ok=True)

    def _claim(self) -> bool:
        try:
            handle = os.open(self.place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "wb") as stream:
            stream.write(self._encoded(None))
        return True

    def _write(self, content: bytes | None) -> None:
        unfinished = self.place.with_suffix(f".{os.getpid()}.part")
        unfinished.write_bytes(self._encoded(content))
        unfinished.replace(self.place)

    def _encoded(self, content: bytes | None) -> bytes:
        return msgspec.json.encode(_Answer(body_sha256=self.body_sha256, begun_at=self.now, content=content))


def of(settings: Settings, *, caller: str, untrusted_key: str, body: bytes, now: datetime) -> Repeats:
    """Return the use of a key by one caller; two callers' equal keys never meet.

    :raises InputError: when the key is longer than 255 characters
    """
    if len(untrusted_key) > KEY_LENGTH:
        msg = f"is longer than {KEY_LENGTH} characters; send a UUID"
        raise InputError(msg, where="Idempotency-Key")
    name = hashlib.sha256(f"{caller}\n{untrusted_key}".encode()).hexdigest()
    return Repeats(
        place=settings.home / "repeats" / name[:2] / name, body_sha256=hashlib.sha256(body).hexdigest(), now=now
    )


def forget_old(folder: Path, now: datetime) -> int:
    """Delete the answers in ``folder`` that are older than a day; return how many.

    Each new key sweeps the one folder of 256 that it falls into, so that nothing grows and nobody waits.
    """
    gone = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another request swept it first
            if now.timestamp() - path.stat().st_mtime > KEPT.total_seconds():
                path.unlink()
                gone += 1
    return gone
