"""Rules: what is live, what it hits, what waits, and one version with its text, its hits and its past."""

from typing import Any

from litestar import get
from litestar.params import FromPath

from abate.domain.errors import AbateError
from abate.domain.person import Permission
from abate.domain.rule import RuleVersion
from abate.flows.rules import alarm, life, overview
from abate.flows.rules.starter import starters
from abate.web import pages
from abate.web.console import rule_report, rule_text
from abate.web.console.rule_pages import address, beside_drawn, by, named, person, pictures, short
from abate.web.entry import kit_of
from abate.web.pages import Page, PageRequest
from abate.web.runs import Runs

_NARROW = 360
"""Width of a drawing of which two stand side by side in a column."""
SPANS = (7, 30, 90)
"""Days that the backtest's buttons go back."""


@get("/rules", permission=Permission.RULES_READ, sync_to_thread=True)
def rules_page(request: PageRequest) -> Page:
    """Show what rings, what waits for a second person, what is live, in shadow and drafted."""
    return list_page(request, done="done" in request.query_params)


def list_page(request: PageRequest, *, error: str = "", status: int = 200, done: bool = False) -> Page:
    """Render the list, with what went wrong where something did."""
    kit, retired = kit_of(request), "retired" in request.query_params
    found = overview.overview(kit, by=by(request), retired=retired)
    live = {one.version.name: one for one in found.live}
    return pages.page(
        request,
        "rules.html",
        status=status,
        alarms=alarm.alarms(kit),
        found=found,
        retired=retired,
        drawn={one.version.id: pictures(one) for one in found.live}
        | {one.version.id: pictures(one, live.get(one.version.name)) for one in found.shadow},
        sentences={
            one.version.id: rule_report.sentences(one.backtest) for one in found.waiting if one.backtest is not None
        },
        starters=starters(),
        address=address,
        named=named,
        person=person(kit),
        short=short,
        error=error,
        done=done,
    )


@get("/rules/{ref:str}", permission=Permission.RULES_READ, sync_to_thread=True)
def rule_page(request: PageRequest, ref: FromPath[str]) -> Page:
    """Show the newest version of a name, or the one that the address names."""
    return version_page(request, request.query_params.get("version") or ref, done="done" in request.query_params)


def version_page(request: PageRequest, ref: str, *, error: str = "", status: int = 200, done: bool = False) -> Page:
    """Render a version, with what went wrong where something did."""
    kit = kit_of(request)
    runs: Runs = request.app.state["runs"]
    found = overview.page(kit, ref, by=by(request))
    version = found.shown.version
    failed = runs.failure(version.id)
    older = _compared_with(request, found)
    return pages.page(
        request,
        "rule.html",
        status=status,
        found=found,
        version=version,
        rule=_rule(version),
        coloured=rule_text.coloured(version.text),
        drawn=pictures(found.shown, width=_NARROW),
        beside=found.beside,
        beside_drawn=beside_drawn(found.shown, found.beside),
        older=older,
        lines=rule_text.compared(older.text, version.text) if older else (),
        report=rule_report.shown(found.shown.backtest),
        most=overview.SHOWN,
        running=runs.since(version.id),
        spans=SPANS,
        address=address,
        named=named,
        person=person(kit),
        short=short,
        error=error or failed,
        done=done,
    )


def _compared_with(request: PageRequest, found: overview.Page) -> RuleVersion | None:
    """Return the version that the address names to compare with, else the one before."""
    wanted, this = request.query_params.get("against", ""), found.shown.version.id
    versions = list(found.versions)
    at = next(place for place, one in enumerate(versions) if one.id == this)
    named = next((one for one in versions if one.id == wanted != this), None)
    return named or next(iter(versions[at + 1 :]), None)


def _rule(version: RuleVersion) -> Any:  # noqa: ANN401 - a rule, or nothing where this abate cannot read it
    try:
        return life.rule_of(version)
    except AbateError:
        return None
