"""The second factor: time-based codes (RFC 6238, six digits, 30 seconds), each time step accepted once.

One step before and after the present is accepted, for clocks that differ. A code that was seen over a shoulder cannot
be used again: the user's record keeps the last accepted step, and only later ones count (RFC 6238 §5.2).
"""

import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
WINDOW = 1
ISSUER = "abate"
_BASE32 = re.compile(r"[A-Z2-7]{26,64}")


def new_secret() -> str:
    """Return a fresh Base32 secret of 160 bits."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """Return the ``otpauth://`` address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def accept(secret: str, untrusted_code: str, *, last_step: int, now: datetime) -> int | None:
    """Return the time step that ``untrusted_code`` belongs to, or ``None`` when it is wrong or its step was used."""
    code = "".join(untrusted_code.split()).encode("utf-8", "replace")
    present = int(now.timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(secret)
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        right = secrets.compare_digest(codes.at(step * STEP_SECONDS).encode(), code)
        if right and step > last_step:
            found = step
    return found


def well_formed(untrusted_secret: str) -> bool:
    """Say whether this is a Base32 secret of at least 128 bits (RFC 4226 §4, R6)."""
    return bool(_BASE32.fullmatch(untrusted_secret))
