"""Media that came over the API: kept under their own SHA-256, whole or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path

from abate.domain.errors import InputError
from abate.settings import Settings


def keep(settings: Settings, content: bytes) -> Path:
    """Store ``content`` and return where it lies; the same bytes lie there once.

    Written beside its place, flushed to the disk and moved there: after a crash a file is whole or absent.

    :raises InputError: when it is empty or above the setting ``max_file_bytes``
    """
    check(settings, content)
    digest = hashlib.sha256(content).hexdigest()
    place = settings.home / "media" / digest[:2] / digest
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(place, content)
    return place


def lend(settings: Settings, content: bytes) -> Path:
    """Write ``content`` to a file of its own that the caller deletes: for a question that keeps nothing.

    :raises InputError: as :func:`keep`
    """
    check(settings, content)
    folder = settings.home / "media" / "lent"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return Path(name)


def check(settings: Settings, content: bytes) -> None:
    """Refuse what cannot be an item's bytes.

    :raises InputError: when it is empty or above the setting ``max_file_bytes``
    """
    if not content:
        msg = "is empty; leave it out, or send the bytes in Base64"
        raise InputError(msg, where="content")
    if len(content) > settings.max_file_bytes:
        msg = f"has {len(content)} bytes, the limit is {settings.max_file_bytes}; raise the setting max_file_bytes"
        raise InputError(msg, where="content")


def _write(place: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=place.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)
