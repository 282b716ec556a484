"""Measure, actions and audit: what was found, what was done, and the proof of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from litestar import get, post
from litestar.params import FromPath

from abate.domain.audit import AuditRecord, verify
from abate.domain.errors import ChainBrokenError, InputError
from abate.domain.person import Permission
from abate.extend.store import AuditLog
from abate.flows import delivery, measure
from abate.measurement.drawing import pictures
from abate.measurement.drawing.chart import Chart, render
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.pages import Page, PageRequest

SHOWN = 50


class Measured(Protocol):
    """What a measure gives."""

    def to_json(self) -> Mapping[str, Any]:
        """Return the numbers."""
        ...


T = TypeVar("T", bound=Measured)


@get("/measure", permission=Permission.MEASURE_READ, sync_to_thread=True)
def measure_page(request: PageRequest) -> Page:
    """Show the presence curve, and the three measures as numbers."""
    kit = kit_of(request)
    sections = (
        _section("presence", lambda: measure.presence_from_store(kit), pictures.presence_chart),
        _section("following", lambda: measure.following_from_store(kit), pictures.following_chart),
        _section("survival", lambda: measure.survival_from_store(kit), pictures.survival_chart),
    )
    return pages.page(request, "measure.html", sections=sections)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One measure on the page."""

    name: str
    chart: str = ""
    numbers: Mapping[str, Any] | None = None
    missing: str = ""
    """Why there is nothing to show."""


def _section(name: str, count: Callable[[], T], draw: Callable[[T], Chart]) -> Section:
    """Measure and draw; what cannot be measured yet says why, and the rest of the page stands."""
    try:
        result = count()
        chart = render(draw(result), standalone=False, name=name)
    except InputError as error:
        return Section(name=name, missing=str(error))
    return Section(name=name, chart=chart, numbers=result.to_json())


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
