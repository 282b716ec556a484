"""Passwords: Argon2id (RFC 9106), long rather than complicated, and the same work whether the user exists or not.

The rules follow NIST SP 800-63B §5.1.1: a minimum length, no composition rules, every Unicode character allowed, NFKC
before hashing so that the same keys give the same bytes on every keyboard. The cost parameters are RFC 9106's second
recommended set (64 MiB, three passes); a hash with older ones is replaced at the next login.
"""

import functools
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from abate.domain.errors import InputError

MIN_LENGTH = 12
MAX_LENGTH = 256
"""Far above any passphrase; keeps a hostile megabyte away from the hash function."""

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each computation takes 64 MiB: a burst of logins must queue, not fill the machine."""


def hash_password(password: str) -> str:
    """Return the encoded Argon2id hash of a new password.

    :raises InputError: when it is shorter than 12 or longer than 256 characters
    """
    plain = _normal(password)
    if not MIN_LENGTH <= len(plain) <= MAX_LENGTH:
        msg = f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters; four or five words are easiest to remember"
        raise InputError(msg, where="password")
    with _AT_ONCE:
        return _HASHER.hash(plain)


def verify(password: str, encoded: str | None) -> bool:
    """Say whether ``password`` belongs to the hash ``encoded``.

    For an unknown user give ``None``: the work is done against a hash nobody knows the password of, so that the answer
    takes as long as for a known one and does not tell which names exist.
    """
    plain = _normal(password[: MAX_LENGTH + 1])
    try:
        with _AT_ONCE:
            _HASHER.verify(_nobody() if encoded is None else encoded, plain)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return encoded is not None


def needs_rehash(encoded: str) -> bool:
    """Say whether ``encoded`` was made with other cost parameters than today's."""
    try:
        return _HASHER.check_needs_rehash(encoded)
    except InvalidHashError:
        return True


@functools.cache
def _nobody() -> str:
    return _HASHER.hash("the password of nobody at all")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
