"""What other machines ask: are you alive, are you ready; and the files that pages load."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from abate.domain.errors import NotFoundError, StoreError
from abate.flows.warming import Warming
from abate.flows.worker import is_late
from abate.measurement.report.page import ASSETS
from abate.web.entry import PUBLIC, kit_of

STATIC = Path(__file__).parent / "static"
SHARED = (ASSETS / "measure.css", ASSETS / "measure.js")
"""What the console and the report have in common, kept where the report is made."""
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@get("/health", permission=PUBLIC, sync_to_thread=False, include_in_schema=False)
def health() -> dict[str, str]:
    """Say that the process answers; nothing of what is inside it."""
    return {"status": "alive"}


@get("/ready", permission=PUBLIC, sync_to_thread=True, include_in_schema=False)
def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Say whether all is warm, the store answers and the clocks run, and nothing of why not: the log has that."""
    warming: Warming | None = request.app.state["warming"]
    try:
        late = is_late(kit_of(request)) or not (warming is None or warming.done)
    except StoreError:
        late = True
    return Response(content={"status": "not ready" if late else "ready"}, status_code=503 if late else 200)


def _loaded() -> dict[str, tuple[bytes, str]]:
    files = (path for path in (*STATIC.iterdir(), *SHARED) if path.suffix in _TYPES)
    return {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in files}


_FILES = _loaded()
"""Few and small, held in memory: a name that is not in the table leads nowhere, so no path can be climbed."""


@get("/static/{name:str}", permission=PUBLIC, sync_to_thread=False, include_in_schema=False)
def static(name: FromPath[str]) -> Response[bytes]:
    """Serve a style sheet, a script or the mark. Their addresses change with their content, so they may be kept."""
    if name not in _FILES:
        msg = "no such file"
        raise NotFoundError(msg)
    content, media_type = _FILES[name]
    keep = {"cache-control": "public, max-age=604800, immutable"}
    return Response(content=content, media_type=media_type, headers=keep)
