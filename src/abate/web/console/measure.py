"""Measure: the seven claims, what is drawn of them, and every value as a file."""

from litestar import Response, get
from litestar.params import FromPath

from abate.domain.errors import InputError, NotFoundError
from abate.domain.person import Permission
from abate.flows import claims
from abate.flows.claims import Judged
from abate.measurement.report import page as report
from abate.measurement.study.canonical import canonical
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.pages import Page, PageRequest

_TYPES = {"svg": "image/svg+xml", "csv": "text/csv; charset=utf-8"}
_RERUN = "abate measure report --out report.html"


@get("/measure", permission=Permission.MEASURE_READ, sync_to_thread=True)
def measure_page(request: PageRequest) -> Page:
    """Show the seven claims and the charts behind them. Before anything was seen, all seven rows are grey."""
    try:
        judged = _judged(request)
    except InputError as error:
        return pages.page(request, "measure.html", body="", empty=True, missing=str(error))
    shown = report.page_of(judged.claims, judged.charts, command=_RERUN, invented=judged.invented)
    empty = not judged.claims.evidence.has("presence")
    return pages.page(request, "measure.html", body=report.fragment(shown, _address), empty=empty, missing="")


def _address(name: str, kind: str) -> str:
    return f"/measure/chart/{name}.{kind}"


@get("/measure/chart/{file:str}", permission=Permission.MEASURE_READ, sync_to_thread=True)
def chart_file(request: PageRequest, file: FromPath[str]) -> Response[bytes]:
    """Give a chart as SVG, or its values as CSV."""
    name, _, kind = file.rpartition(".")
    judged = _judged(request)
    if name not in judged.charts or kind not in _TYPES:
        msg = "no such chart"
        raise NotFoundError(msg)
    return _attached(report.file_of(judged.charts[name], kind).encode(), _TYPES[kind], f"abate-{file}")


@get("/measure/numbers.json", permission=Permission.MEASURE_READ, sync_to_thread=True)
def numbers_file(request: PageRequest) -> Response[bytes]:
    """Give all numbers and the sentences that rest on them; its SHA-256 is the one at the foot of the page."""
    return _attached(canonical(_judged(request).to_json()), "application/json", "abate-numbers.json")


def _judged(request: PageRequest) -> Judged:
    return claims.claims_from_store(kit_of(request))


def _attached(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """Return a file to keep: never shown as a page of this site, whatever it holds."""
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content=content, media_type=media_type, headers=disposition)
