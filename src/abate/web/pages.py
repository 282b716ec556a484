"""Pages: one renderer, so that every page has the same frame, the same language rules and the same escaping."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from abate.domain.person import Permission
from abate.web import machine, moments, strings
from abate.web.entry import Actor, is_api, kit_of

HERE = Path(__file__).parent
DIRECTION_COOKIE = "abate_direction"
_MACHINE_PATHS = ("/schema", "/health", "/ready")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")

PageRequest = Request[Any, Any, Any]
Page = Response[Any]

_NAVIGATION: tuple[tuple[str, str, Permission], ...] = (
    ("/", "nav.home", Permission.TOKENS_OWN),
    ("/queue", "nav.queue", Permission.CASES_READ),
    ("/orders", "nav.orders", Permission.ORDERS_READ),
    ("/measure", "nav.measure", Permission.MEASURE_READ),
    ("/banks", "nav.banks", Permission.BANKS_READ),
    ("/rules", "nav.rules", Permission.RULES_READ),
    ("/actions", "nav.actions", Permission.ACTIONS_READ),
    ("/audit", "nav.audit", Permission.AUDIT_READ),
    ("/users", "nav.users", Permission.USERS_MANAGE),
    ("/account", "nav.account", Permission.TOKENS_OWN),
)


def _static_versions() -> Mapping[str, str]:
    files = (path for path in (*(HERE / "static").iterdir(), *machine.SHARED) if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


_VERSIONS = _static_versions()


def _asset(name: str) -> str:
    """Return a static file's address, which changes when its content does."""
    return f"/static/{name}?v={_VERSIONS[name]}"


def _environment() -> Environment:
    loaded = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loaded.globals |= {"t": strings.text, "asset": _asset, "P": Permission, "span": moments.span}
    loaded.filters |= {"written": moments.written}
    loaded.globals["urgency"] = moments.urgency
    return loaded


_ENVIRONMENT = _environment()


def page(request: PageRequest, template: str, *, status: int = 200, **context: Any) -> Page:  # noqa: ANN401 - what the template names
    """Render a page for whoever asks."""
    actor: Actor | None = request.scope.get("user")
    kit = kit_of(request)
    frame = {
        "actor": actor,
        "may": lambda permission: actor is not None and actor.may(permission).allowed,
        "csrf": actor.session.csrf if actor and actor.session else "",
        "dir": direction(request),
        "now": kit.clock.now(),
        "here": request.scope["path"],
        "simulated": kit.connector.simulated,
        "navigation": _navigation(actor),
    }
    body = _ENVIRONMENT.get_template(template).render(frame | context)
    return Response(content=body.encode(), status_code=status, media_type="text/html")


def _navigation(actor: Actor | None) -> list[tuple[str, str]]:
    if actor is None:
        return []
    return [(path, key) for path, key, wanted in _NAVIGATION if actor.may(wanted).allowed]


def direction(request: PageRequest) -> str:
    """Return the reading direction: asked for in the address, chosen under Account, else by the browser's language."""
    asked = request.query_params.get("lang", "")
    if _TAG.fullmatch(asked):
        return strings.direction(asked)
    chosen = request.cookies.get(DIRECTION_COOKIE, "")
    if chosen in {"ltr", "rtl"}:
        return chosen
    preferred = request.headers.get("accept-language", "").split(",")[0].split(";")[0].strip()
    return strings.direction(preferred) if _TAG.fullmatch(preferred) else "ltr"


def error_page(request: PageRequest, *, title: str, status: int, detail: str) -> Page:
    """Render an error for a person: what happened and what to do, and nothing else."""
    return page(request, "error.html", status=status, title=title, code=status, detail=detail)


def wants_page(request: PageRequest) -> bool:
    """Say whether a person is at the other end: everything outside the API and the machine's own addresses."""
    return not is_api(request) and not request.scope["path"].startswith(_MACHINE_PATHS)


def to(address: str, cookies: list[Cookie] | None = None) -> Page:
    """Send the browser to an address of ours with GET, so that reloading repeats nothing."""
    return Redirect(address, status_code=303, cookies=cookies)


def to_login(request: PageRequest) -> Page:
    """Send somebody who is not logged in to the login page, and back afterwards if they only wanted to read."""
    path = request.scope["path"]
    back = f"?next={quote(path)}" if request.method == "GET" and path != "/" else ""
    return to(f"/login{back}")


def safe_next(untrusted: str) -> str:
    """Return a path of ours to go to after the login; anything that could lead elsewhere becomes the first page."""
    ours = re.fullmatch(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_~./-]*)?", untrusted)
    return untrusted if ours else "/"
