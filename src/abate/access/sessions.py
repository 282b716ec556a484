"""Browser sessions: 256 random bits in the cookie, their SHA-256 in the store, and a second secret in every form.

A stolen copy of the store opens no session. The absolute end after twelve hours covers a long shift and not the night
after it; it is not moved by activity, so a stolen cookie dies on the same day.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from abate.domain.person import Session, User

LENGTH = timedelta(hours=12)


def digest(untrusted_secret: str) -> str:
    """Return the hex SHA-256 under which a session is kept."""
    return hashlib.sha256(untrusted_secret.encode("utf-8", "replace")).hexdigest()


def start(user: User, *, now: datetime) -> tuple[Session, str]:
    """Make a fresh session of ``user`` and the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    session = Session(
        id=digest(secret),
        user=user.id,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        expires_at=now + LENGTH,
    )
    return session, secret


def in_force(session: Session, *, now: datetime) -> bool:
    """Say whether the session has not ended. One from the future (a clock set back) has not begun and is no session."""
    return session.created_at <= now < session.expires_at


def form_is_ours(session: Session, untrusted_csrf: str) -> bool:
    """Say whether a form sent back this session's secret; compared in constant time."""
    return secrets.compare_digest(session.csrf.encode(), untrusted_csrf.encode("utf-8", "replace"))
