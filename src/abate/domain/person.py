"""Who works with abate: users, their tokens and sessions, and the answer to 'may they?'."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware, optional_aware


class Role(StrEnum):
    """What a user is here to do."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    LEGAL = "legal"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that can be allowed. A route, a page or a token scope names exactly one."""

    ITEMS_SUBMIT = "items:submit"
    CASES_READ = "cases:read"
    CASES_DECIDE = "cases:decide"
    ORDERS_READ = "orders:read"
    ORDERS_HANDLE = "orders:handle"
    BANKS_READ = "banks:read"
    BANKS_EDIT = "banks:edit"
    RULES_READ = "rules:read"
    RULES_EDIT = "rules:edit"
    RULES_APPROVE = "rules:approve"
    ACTIONS_READ = "actions:read"
    MEASURE_READ = "measure:read"
    AUDIT_READ = "audit:read"
    USERS_MANAGE = "users:manage"
    TOKENS_OWN = "tokens:own"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A yes or no that carries its reason."""

    allowed: bool
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person who logs in."""

    id: str
    name: str
    """The login name, unique."""
    password_hash: str
    """Argon2id, encoded with its parameters."""
    roles: tuple[Role, ...] = ()
    totp_secret: str = ""
    """Base32; empty when no second factor is set up."""
    totp_last_step: int = 0
    """The last time step that was accepted: a code works once."""
    disabled: bool = False
    created_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """An API token: 256 random bits shown once, kept as SHA-256."""

    id: str
    user: str
    name: str
    sha256: str
    scopes: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("created_at", "expires_at", "revoked_at"):
            object.__setattr__(self, name, optional_aware(getattr(self, name), name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A login in a browser. The cookie's secret is kept as SHA-256 only."""

    id: str
    """SHA-256 of the cookie's secret."""
    user: str
    csrf: str
    """The secret that every form of this session must send back."""
    created_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))
        object.__setattr__(self, "expires_at", aware(self.expires_at, "expires_at"))
