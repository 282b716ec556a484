"""API tokens: 256 random bits, shown once, kept as SHA-256, scoped, expiring, revocable.

A plain SHA-256 is enough at rest: unlike a password, 256 random bits cannot be guessed, so a slow hash would only slow
every request. The ``abt_`` in front lets secret scanners find a token that was committed by mistake.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from abate.access import roles
from abate.domain.errors import InputError, RefusedError
from abate.domain.person import Answer, Permission, Token, User

PREFIX = "abt_"
MAX_AGE = timedelta(days=366)
NAME_LENGTH = 80


def digest(untrusted_secret: str) -> str:
    """Return the hex SHA-256 under which a secret is kept and looked up."""
    return hashlib.sha256(untrusted_secret.encode("utf-8", "replace")).hexdigest()


def issue(user: User, *, name: str, scopes: Iterable[Permission], lasts: timedelta, now: datetime) -> tuple[Token, str]:
    """Make a token of ``user`` and its secret, which is nowhere else.

    :raises InputError: for an empty or long name, no scope, or a life of no time or over 366 days
    :raises RefusedError: when a scope is beyond what the user may do, or may never be in a token
    """
    wanted = tuple(sorted(set(scopes)))
    _check(name, wanted, lasts)
    for scope in wanted:
        _check_scope(user, scope)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=f"tok_{secrets.token_hex(8)}",
        user=user.id,
        name=name.strip(),
        sha256=digest(secret),
        scopes=wanted,
        created_at=now,
        expires_at=now + lasts,
    )
    return token, secret


def usable(token: Token, *, now: datetime) -> Answer:
    """Answer whether the token still opens anything, apart from its scope."""
    if token.revoked_at is not None:
        return Answer(allowed=False, reason="the token was revoked")
    if now >= token.expires_at:
        return Answer(allowed=False, reason="the token has expired")
    return Answer(allowed=True, reason="the token is in force")


def _check(name: str, scopes: tuple[Permission, ...], lasts: timedelta) -> None:
    if not 1 <= len(name.strip()) <= NAME_LENGTH:
        msg = f"give the token a name of 1 to {NAME_LENGTH} characters that says where it is used"
        raise InputError(msg, where="name")
    if not scopes:
        msg = "choose at least one scope; a token without one opens nothing"
        raise InputError(msg, where="scopes")
    if not timedelta(0) < lasts <= MAX_AGE:
        msg = f"a token lives between one and {MAX_AGE.days} days; choose less and renew it"
        raise InputError(msg, where="days")


def _check_scope(user: User, scope: Permission) -> None:
    if scope in roles.NEVER_IN_A_TOKEN:
        msg = f"no token may carry {scope}; do that in the console"
        raise RefusedError(msg)
    answer = roles.may(user, scope)
    if not answer.allowed:
        msg = f"a token cannot do more than its owner: {answer.reason}"
        raise RefusedError(msg)
