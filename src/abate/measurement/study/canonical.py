"""One JSON text for one value, so that a hash of it means something."""

import hashlib
import json


def canonical(value: object) -> bytes:
    """Return JSON with sorted keys and no blanks, in UTF-8.

    :raises ValueError: for NaN and infinity, which JSON does not have
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(value)).hexdigest()
