"""Who is asking, and may they: runs before a body is read, for every route, and refuses by default.

Two doors that never mix. The API (``/v1``) takes bearer tokens and ignores cookies, so that no foreign page can make a
browser call it. The console takes the session cookie and ignores tokens; each of its changing requests must come from
our own page and carry the session's secret.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import anyio.to_thread
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.exceptions import (
    ImproperlyConfiguredException,
    MethodNotAllowedException,
    NotAuthorizedException,
    PermissionDeniedException,
)
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from abate.access import roles, sessions
from abate.domain.person import Answer, Permission, Session, Token, User
from abate.flows import people
from abate.flows.kit import Kit


class Open(Enum):
    """The marker of a route that is meant for everybody; it must be written, it is never assumed."""

    PUBLIC = "public"


PUBLIC = Open.PUBLIC

API_PREFIX = "/v1"
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who is behind a request, and by which door they came."""

    user: User
    session: Session | None = None
    token: Token | None = None

    def may(self, permission: Permission) -> Answer:
        """Answer whether this request may do ``permission``."""
        return roles.may(self.user, permission, token=self.token)


Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]


def kit_of(connection: Connection) -> Kit:
    """Return the tools of the running application."""
    kit: Kit = connection.app.state["kit"]
    return kit


def cookie_name(kit: Kit) -> str:
    """Return the session cookie's name; over HTTPS with the prefix that binds it to this host alone (RFC 6265bis)."""
    return "__Host-abate" if kit.settings.secure_cookies else "abate_session"


class WhoIsAsking(AbstractAuthenticationMiddleware):
    """Finds the actor; finding nobody is no error here, the guard decides."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        """Return the actor behind the token or cookie, or nobody."""
        actor = await anyio.to_thread.run_sync(_actor, connection)
        return AuthenticationResult(user=actor, auth=None)


def _actor(connection: Connection) -> Actor | None:
    kit = kit_of(connection)
    if is_api(connection):
        return _by_token(kit, connection.headers.get("authorization", ""))
    secret = connection.cookies.get(cookie_name(kit), "")
    found = people.who(kit, secret) if secret else None
    return Actor(user=found[0], session=found[1]) if found else None


def _by_token(kit: Kit, untrusted_header: str) -> Actor | None:
    scheme, _, secret = untrusted_header.partition(" ")
    found = people.by_token(kit, secret.strip()) if scheme.lower() == "bearer" else None
    return Actor(user=found[0], token=found[1]) if found else None


def is_api(connection: Connection) -> bool:
    """Say whether the request came to the API's door."""
    path: str = connection.scope["path"]
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let the request through only if the route's permission allows this actor.

    :raises NotAuthorizedException: when nobody is logged in and the route is not public
    :raises PermissionDeniedException: when somebody is and may not, with the reason
    """
    if connection.scope.get("method") == "OPTIONS":
        # The framework answers OPTIONS by itself, without our permissions; nothing here needs it.
        raise MethodNotAllowedException
    wanted = permission_of(handler)
    actor: Actor | None = connection.scope.get("user")
    if wanted is not PUBLIC:
        if actor is None:
            raise NotAuthorizedException(_how_to_enter(connection), headers={"www-authenticate": "Bearer"})
        answer = actor.may(wanted)
        if not answer.allowed:
            msg = f"not allowed: {answer.reason}"
            raise PermissionDeniedException(msg)
    if isinstance(connection, Request) and not is_api(connection) and connection.method not in _READING:
        await _check_form(connection, None if handler.opt.get("sessionless") else actor)


def _how_to_enter(connection: Connection) -> str:
    if is_api(connection):
        return "send a valid API token as `Authorization: Bearer abt_…`; make one under Account in the console"
    return "log in first"


async def _check_form(request: Request[Any, Any, Any], actor: Actor | None) -> None:
    """Refuse a form that another site sent, or that does not carry the session's secret.

    The login form belongs to no session (``sessionless=True``), even in a browser that meanwhile has one; what guards
    it is that browsers say where a request comes from.
    """
    if not _from_our_page(request):
        msg = "this form was sent by another site; open the page here and send it again"
        raise PermissionDeniedException(msg)
    if actor is None or actor.session is None:
        return
    form = await request.form()
    sent = form.get("csrf", "")
    if not isinstance(sent, str) or not sessions.form_is_ours(actor.session, sent):
        msg = "this form is from an earlier login; reload the page and send it again"
        raise PermissionDeniedException(msg)


def _from_our_page(request: Request[Any, Any, Any]) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    # Our own no-referrer policy makes browsers write "null" here on a plain form; such a browser sends Sec-Fetch-Site.
    if origin is None or origin == "null":
        return True
    return secrets.compare_digest(urlsplit(origin).netloc.encode(), request.headers.get("host", "").encode())


def permission_of(handler: BaseRouteHandler) -> Permission | Open:
    """Return what a route asks for.

    :raises ImproperlyConfiguredException: when it asks for nothing, which would be an accident
    """
    wanted = handler.opt.get("permission")
    if not isinstance(wanted, Permission | Open):
        msg = f"the route {sorted(handler.paths)} of {handler} names no permission; write permission=… in its decorator"
        raise ImproperlyConfiguredException(msg)
    return wanted


def routes(app: Litestar) -> Iterable[tuple[str, str, Permission | Open]]:
    """Yield every route of the application as (method, path, permission)."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:  # type: ignore[union-attr]  # an ASGI or WebSocket route has one
            methods = handler.http_methods if isinstance(handler, HTTPRouteHandler) else {"*"}
            for method in sorted(methods - {"OPTIONS"}):
                yield method, route.path, permission_of(handler)
