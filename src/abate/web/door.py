"""What every request passes before any route: the Host check; and what every answer carries: the security headers.

Both stand outside the router, so that an unknown path, a framework error and a static file are treated alike.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

from abate.web import problems

_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
)
CONTENT_SECURITY_POLICY = "; ".join(f"{what} {source}" for what, source in _SOURCES.items())

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
)


class Guarded(Litestar):
    """A Litestar application behind the door."""

    def __init__(self, *, hosts: Iterable[str], **wiring: object) -> None:
        self._hosts = frozenset(host.strip().lower() for host in hosts if host.strip())
        super().__init__(**wiring)  # type: ignore[arg-type]  # passed through as given

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Answer a request, or refuse it when its Host header names another machine (DNS rebinding)."""
        if scope["type"] == "lifespan" or scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableScopeHeaders(message))
            await send(message)  # type: ignore[arg-type]  # an http scope has an http send

        if _host(scope) in self._hosts:
            await super().__call__(scope, receive, send_with_headers)
        else:
            await problems.unknown_host(send_with_headers)


def _add_headers(headers: MutableScopeHeaders) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("cache-control", "no-store")


def _host(scope: Scope) -> str:
    """Return the one Host header's name without its port; nothing when there is none, or more than one."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1:
        return ""
    text = named[0].decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]
