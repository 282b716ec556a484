"""Users, logins and tokens: what ``access`` makes, kept in the store, each change with its audit record.

Audit bodies hold identifiers only, never a login name, a password or an address: the chain is for ever.
"""

import hashlib
import ipaddress
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from abate.access import passwords, roles, sessions, tokens, totp
from abate.domain.errors import ConflictError, InputError, NotFoundError, RefusedError
from abate.domain.person import Permission, Role, Session, Token, User
from abate.extend.store import Transaction
from abate.flows.kit import Kit

NAME_LENGTH = 64
THROTTLE_WINDOW = timedelta(minutes=15)
LIMITS: Mapping[str, int] = {"pair": 5, "name": 30, "address": 100}
"""Failed attempts in the window before the next is not even looked at.

Five for one name from one address stop guessing. Thirty for one name from anywhere stop guessing from many addresses;
it is higher, because whoever knows a name could otherwise lock its owner out. A hundred for one address stop one
password tried on many names; it is higher still, because an office, or a proxy, is one address.
"""

WRONG_LOGIN = "name, password or code is wrong; check them and try again"
"""One sentence for every cause, so that it tells a guesser nothing."""
THROTTLED = "too many failed attempts; wait 15 minutes and try again"


def add_user(kit: Kit, name: str, password: str, granted: Iterable[Role], *, by: str) -> User:
    """Add a person who can log in.

    :raises InputError: for a name or password that cannot be used
    :raises ConflictError: when the name is taken
    """
    login = login_name(name)
    encoded = passwords.hash_password(password)
    now = kit.clock.now()
    user = User(
        id=f"usr_{secrets.token_hex(8)}",
        name=login,
        password_hash=encoded,
        roles=_sorted(granted),
        created_at=now,
    )
    with kit.store.write() as tx:
        if tx.users.find(name=login, limit=1):
            msg = f"a user named {login!r} exists; choose another name, or change that user's roles"
            raise ConflictError(msg)
        tx.users.add(user)
        _record(tx, now, "admin:user:added", user.id, by=by, roles=list(user.roles))
    return user


def login_name(untrusted: str) -> str:
    """Return a login name in the one form it is stored in.

    Lower case and NFKC, so that two names that look the same are the same; letters of every script.

    :raises InputError: when it is empty, too long, or holds anything but letters, digits, ``. _ - @``
    """
    name = unicodedata.normalize("NFKC", untrusted).casefold().strip()
    fit = all(c.isalnum() or unicodedata.category(c).startswith("M") or c in "._-@" for c in name)
    if not fit or not 1 <= len(name) <= NAME_LENGTH:
        msg = f"a login name has 1 to {NAME_LENGTH} letters, digits or . _ - @; choose another"
        raise InputError(msg, where="name")
    return name


def log_in(kit: Kit, name: str, password: str, code: str = "", *, address: str = "") -> tuple[Session, str]:
    """Open a session and return it with the secret for its cookie.

    An attempt is counted before it is checked and taken off the count when it succeeds, so that a hundred attempts at
    once do not all slip under the limit.

    :param address: where the attempt came from, for the throttle; not stored readable
    :raises RefusedError: with one and the same sentence for every wrong attempt, another when throttled
    """
    try:
        login = login_name(name)
    except InputError:
        login = ""
    keys = _throttle_keys(login, address)
    user = _count_attempt(kit, keys, login)
    right = passwords.verify(password, user.password_hash if user else None)
    session = _open_session(kit, user, password, code, keys) if user and right else None
    if session is None:
        _record_refusal(kit, user, keys)
        raise RefusedError(WRONG_LOGIN)
    return session


def _throttle_keys(login: str, address: str) -> dict[str, str]:
    name = hashlib.sha256(login.encode()).hexdigest()[:32]
    place = hashlib.sha256(_network(address).encode()).hexdigest()[:32]
    return {"pair": f"login:pair:{name}:{place}", "name": f"login:name:{name}", "address": f"login:address:{place}"}


def _network(address: str) -> str:
    """Return what one sender can choose addresses within: an IPv6 sender owns a /64 at least."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))  # noqa: PLR2004 - IP version


def _count_attempt(kit: Kit, keys: Mapping[str, str], login: str) -> User | None:
    now = kit.clock.now()
    with kit.store.write() as tx:
        if any(_failures(tx, keys[kind], now) >= limit for kind, limit in LIMITS.items()):
            raise RefusedError(THROTTLED)
        for key in keys.values():
            tx.counters.add(key, now)
        found = tx.users.find(name=login, limit=1) if login else []
    return found[0] if found else None


def _failures(tx: Transaction, key: str, now: datetime) -> int:
    start = now - THROTTLE_WINDOW
    return tx.counters.since(key, start) - tx.counters.since(f"{key}:right", start)


def _open_session(
    kit: Kit, user: User, password: str, code: str, keys: Mapping[str, str]
) -> tuple[Session, str] | None:
    """Open the session if the user, read again inside the transaction, still may have one.

    The second factor is spent here and not before: two logins with one code meet in the write lock, and one wins.
    """
    rehashed = passwords.hash_password(password) if passwords.needs_rehash(user.password_hash) else ""
    now = kit.clock.now()
    with kit.store.write() as tx:
        fresh = tx.users.get(user.id)
        step = _second_factor(fresh, code, now)
        if fresh.disabled or step is None or fresh.password_hash != user.password_hash:
            return None
        changed = replace(fresh, totp_last_step=step, password_hash=rehashed or fresh.password_hash)
        if changed != fresh:
            tx.users.replace(changed)
        session, secret = sessions.start(fresh, now=now)
        _forget_ended(tx, fresh.id, now)
        tx.sessions.add(session)
        for key in keys.values():
            tx.counters.add(f"{key}:right", now)
        _record(tx, now, "user:session:opened", session.id, by=fresh.id)
    return session, secret


def _second_factor(user: User, code: str, now: datetime) -> int | None:
    if not user.totp_secret:
        return user.totp_last_step
    return totp.accept(user.totp_secret, code, last_step=user.totp_last_step, now=now)


def _forget_ended(tx: Transaction, user: str, now: datetime) -> None:
    for session in tx.sessions.find(user=user):
        if not sessions.in_force(session, now=now):
            tx.sessions.remove(session.id)


def _record_refusal(kit: Kit, user: User | None, keys: Mapping[str, str]) -> None:
    """Record a failed attempt; the throttle bounds how many records one sender can cause."""
    now = kit.clock.now()
    with kit.store.write() as tx:
        throttled = [kind for kind, limit in LIMITS.items() if _failures(tx, keys[kind], now) >= limit]
        _record(tx, now, "visitor:session:refused", user.id if user else "unknown", throttled=throttled)


def log_out(kit: Kit, secret: str) -> None:
    """End the session of this cookie; does nothing when there is none."""
    key = sessions.digest(secret)
    now = kit.clock.now()
    with kit.store.write() as tx:
        try:
            session = tx.sessions.get(key)
        except NotFoundError:
            return
        tx.sessions.remove(key)
        _record(tx, now, "user:session:closed", key, by=session.user)


def who(kit: Kit, secret: str) -> tuple[User, Session] | None:
    """Return whose cookie this is, or ``None`` when its session ended or its user is disabled."""
    with kit.store.read() as tx:
        try:
            session = tx.sessions.get(sessions.digest(secret))
            user = tx.users.get(session.user)
        except NotFoundError:
            return None
    if user.disabled or not sessions.in_force(session, now=kit.clock.now()):
        return None
    return user, session


def issue_token(
    kit: Kit, user_id: str, *, name: str, scopes: Iterable[Permission], lasts: timedelta, by: str
) -> tuple[Token, str]:
    """Make an API token of a user; the second value is its secret, shown this once.

    :raises InputError: for a name, scope list or life that cannot be used
    :raises RefusedError: for a scope beyond the owner's roles
    :raises NotFoundError: when there is no such user
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        user = tx.users.get(user_id)
        token, secret = tokens.issue(user, name=name, scopes=scopes, lasts=lasts, now=now)
        tx.tokens.add(token)
        _record(tx, now, "user:token:issued", token.id, by=by, user=user.id, scopes=list(token.scopes))
    return token, secret


def revoke_token(kit: Kit, token_id: str, *, by: str) -> Token:
    """Take a token out of force at once; revoking twice changes nothing.

    :raises NotFoundError: when there is no such token
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        token = tx.tokens.get(token_id)
        if token.revoked_at is None:
            token = replace(token, revoked_at=now)
            tx.tokens.replace(token)
            _record(tx, now, "user:token:revoked", token.id, by=by, user=token.user)
    return token


def by_token(kit: Kit, secret: str) -> tuple[User, Token] | None:
    """Return whose token this is, or ``None`` when it is unknown, revoked or expired or its owner is disabled."""
    if not secret.startswith(tokens.PREFIX):
        return None
    with kit.store.read() as tx:
        found = tx.tokens.find(sha256=tokens.digest(secret), limit=1)
        if not found or not tokens.usable(found[0], now=kit.clock.now()).allowed:
            return None
        user = tx.users.get(found[0].user)
    return None if user.disabled else (user, found[0])


def tokens_of(kit: Kit, user_id: str) -> list[Token]:
    """Return a user's tokens, oldest first."""
    with kit.store.read() as tx:
        return tx.tokens.find(user=user_id)


def users(kit: Kit) -> list[User]:
    """Return every user, oldest first."""
    with kit.store.read() as tx:
        return tx.users.find()


def set_roles(kit: Kit, user_id: str, granted: Iterable[Role], *, by: str) -> User:
    """Give a user exactly these roles; open sessions and tokens feel it with their next request.

    :raises RefusedError: when nobody would be left to manage users
    :raises NotFoundError: when there is no such user
    """
    return _change(kit, user_id, "admin:user:roles_set", by=by, granted=_sorted(granted))


def disable(kit: Kit, user_id: str, *, by: str) -> User:
    """Shut a user out: no login, and open sessions and tokens end now. Their decisions stay.

    :raises RefusedError: when nobody would be left to manage users
    :raises NotFoundError: when there is no such user
    """
    return _change(kit, user_id, "admin:user:disabled", by=by, disabled=True)


def enable(kit: Kit, user_id: str, *, by: str) -> User:
    """Let a disabled user in again; their old sessions stay closed and their old tokens revoked.

    :raises NotFoundError: when there is no such user
    """
    return _change(kit, user_id, "admin:user:enabled", by=by, disabled=False)


def _change(
    kit: Kit, user_id: str, tag: str, *, by: str, granted: tuple[Role, ...] | None = None, disabled: bool | None = None
) -> User:
    now = kit.clock.now()
    with kit.store.write() as tx:
        before = tx.users.get(user_id)
        user = replace(
            before,
            roles=before.roles if granted is None else granted,
            disabled=before.disabled if disabled is None else disabled,
        )
        tx.users.replace(user)
        if user.disabled:
            _shut_out(tx, user.id, now)
        if _manages(before) and not any(_manages(other) for other in tx.users.find()):
            msg = "this is the last user who can manage users; give another one the admin role first"
            raise RefusedError(msg)
        _record(tx, now, tag, user.id, by=by, roles=list(user.roles))
    return user


def _manages(user: User) -> bool:
    return roles.may(user, Permission.USERS_MANAGE).allowed


def _shut_out(tx: Transaction, user_id: str, now: datetime, *, keep: str = "", revoke: bool = True) -> None:
    for session in tx.sessions.find(user=user_id):
        if session.id != keep:
            tx.sessions.remove(session.id)
    for token in tx.tokens.find(user=user_id) if revoke else ():
        if token.revoked_at is None:
            tx.tokens.replace(replace(token, revoked_at=now))


def set_password(kit: Kit, user_id: str, password: str, *, by: str, keep_session: str = "") -> User:
    """Give a user a new password and end their other sessions.

    :param keep_session: identifier of the session that may stay, the one in which it was changed
    :raises InputError: when it is too short or too long
    :raises NotFoundError: when there is no such user
    """
    encoded = passwords.hash_password(password)
    now = kit.clock.now()
    with kit.store.write() as tx:
        user = replace(tx.users.get(user_id), password_hash=encoded)
        tx.users.replace(user)
        _shut_out(tx, user_id, now, keep=keep_session, revoke=False)
        _record(tx, now, "user:password:changed" if by == user_id else "admin:password:reset", user_id, by=by)
    return user


def confirm_password(kit: Kit, user: User, password: str, *, address: str = "") -> None:
    """Ask for the password again before something a stolen session must not do. Wrong ones count towards the throttle.

    :raises RefusedError: when it is wrong, or there were too many attempts
    """
    keys = _throttle_keys(user.name, address)
    _count_attempt(kit, keys, user.name)
    if not passwords.verify(password, user.password_hash):
        _record_refusal(kit, user, keys)
        msg = "the password is wrong; type the one you log in with"
        raise RefusedError(msg)
    with kit.store.write() as tx:
        for key in keys.values():
            tx.counters.add(f"{key}:right", kit.clock.now())


def set_second_factor(kit: Kit, user_id: str, secret: str, code: str, *, by: str) -> User:
    """Set up time-based codes, once a first code shows that the app has the secret.

    :raises RefusedError: when the code does not fit the secret
    :raises NotFoundError: when there is no such user
    """
    now = kit.clock.now()
    step = totp.accept(secret, code, last_step=0, now=now) if totp.well_formed(secret) else None
    if step is None:
        msg = "that code does not belong to this secret; wait for the app's next code and type that"
        raise RefusedError(msg)
    return _store_factor(kit, user_id, secret, step, "user:second_factor:set", by=by)


def remove_second_factor(kit: Kit, user_id: str, *, by: str) -> User:
    """Go back to the password alone.

    :raises NotFoundError: when there is no such user
    """
    return _store_factor(kit, user_id, "", 0, "user:second_factor:removed", by=by)


def _store_factor(kit: Kit, user_id: str, secret: str, step: int, tag: str, *, by: str) -> User:
    now = kit.clock.now()
    with kit.store.write() as tx:
        user = replace(tx.users.get(user_id), totp_secret=secret, totp_last_step=step)
        tx.users.replace(user)
        _record(tx, now, tag, user_id, by=by)
    return user


def _sorted(granted: Iterable[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in set(granted))


def _record(tx: Transaction, now: datetime, tag: str, subject: str, **body: object) -> None:
    tx.audit.append(at=now, tag=tag, subject=subject, body=body)
