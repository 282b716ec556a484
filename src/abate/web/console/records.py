"""Actions and audit: what was done, and the proof of it."""

from litestar import get, post
from litestar.params import FromPath

from abate.domain.audit import AuditRecord, verify
from abate.domain.errors import ChainBrokenError
from abate.domain.person import Permission
from abate.extend.store import AuditLog
from abate.flows import delivery
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.pages import Page, PageRequest

SHOWN = 50


@get("/actions", permission=Permission.ACTIONS_READ, sync_to_thread=True)
def actions_page(request: PageRequest) -> Page:
    """Show what could not be delivered, and the latest of the rest."""
    kit = kit_of(request)
    with kit.store.read() as tx:
        latest = tx.actions.find()[: -SHOWN - 1 : -1]
    return pages.page(request, "actions.html", dead=delivery.dead_letters(kit), latest=latest)


@post("/actions/{action_id:str}/retry", permission=Permission.CASES_DECIDE, sync_to_thread=True)
def retry(request: PageRequest, action_id: FromPath[str]) -> Page:
    """Send a given-up action again, under the key it always had."""
    delivery.retry(kit_of(request), action_id, by=request.scope["user"].user.id)
    return pages.to("/actions")


@get("/audit", permission=Permission.AUDIT_READ, sync_to_thread=True)
def audit_page(request: PageRequest) -> Page:
    """Show a stretch of the chain, the newest unless asked, with its links checked."""
    before = request.query_params.get("before", "")
    with kit_of(request).store.read() as tx:
        newest = last_seq(tx.audit)
        end = min(int(before) - 1, newest) if _is_number(before) else newest
        start = max(end - SHOWN, 0)
        # One record more than is shown, so that the first link on the page is checked as well.
        first = max(start - 1, 0)
        stretch = tx.audit.read(after=first, limit=end - first) if end > 0 else []
    trusted, shown = (stretch[0], stretch[1:]) if start else (None, stretch)
    return pages.page(
        request,
        "audit.html",
        records=shown[::-1],
        fault=_fault(shown, trusted),
        older=start + 1 if start else 0,
        newer=min(end + SHOWN, newest) + 1 if end < newest else 0,
    )


def _is_number(untrusted: str) -> bool:
    return untrusted.isascii() and untrusted.isdigit() and len(untrusted) <= _DIGITS


_DIGITS = 15
"""As many digits as surely fit a 64-bit number."""


def _fault(records: list[AuditRecord], trusted: AuditRecord | None) -> str:
    try:
        verify(records, after=trusted)
    except ChainBrokenError as error:
        return str(error)
    return ""


def last_seq(log: AuditLog) -> int:
    """Find the newest record's number without reading the chain: numbers have no gap, so doubling and halving do."""
    high = 1
    while _is_there(log, high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_there(log, middle) else (low, middle)
    return low


def _is_there(log: AuditLog, seq: int) -> bool:
    return bool(log.read(after=seq - 1, limit=1))
