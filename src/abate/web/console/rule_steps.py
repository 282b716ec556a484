"""The steps in the life of a version, each one form: tried, put in shadow, asked for, approved, shared, taken out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from litestar import post
from litestar.params import FromPath

from abate.domain.errors import AbateError, ConflictError, InputError, NotFoundError, RefusedError
from abate.domain.person import Permission
from abate.domain.rule import RuleVersion
from abate.domain.times import parse_time
from abate.flows.rules import alarm, life
from abate.flows.rules.backtest import keep
from abate.web import pages
from abate.web.console.rule_pages import address, by
from abate.web.console.rules import SPANS, list_page, version_page
from abate.web.entry import kit_of
from abate.web.forms import Form, FormIn
from abate.web.pages import Page, PageRequest
from abate.web.runs import Runs

_NOTE: Final = 2_000
_STATUS: Final = ((ConflictError, 409), (RefusedError, 409), (InputError, 422))


@post("/rules/{ref:str}/backtest", permission=Permission.RULES_EDIT, sync_to_thread=True)
def try_out(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Try a version on what came in, and keep what came of it. What takes long goes on while the page says so."""
    kit = kit_of(request)
    runs: Runs = request.app.state["runs"]
    version = life.found(kit, ref)

    def act() -> RuleVersion:
        days, now, who = _number(form, "days"), kit.clock.now(), by(request)
        if days not in SPANS:
            msg = f"{days} is no span; choose one of {', '.join(map(str, SPANS))} days"
            raise InputError(msg, where="days")
        since = now - timedelta(days=days)
        runs.begin(version.id, lambda: keep(kit, version.id, since=since, until=now, by=who), now)
        return version

    return _stepped(request, version.id, act, part="#tried")


@post("/rules/{ref:str}/shadow", permission=Permission.RULES_EDIT, sync_to_thread=True)
def shadow(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Have a version asked about every item, without consequences."""
    return _stepped(request, ref, lambda: life.shadow(kit_of(request), ref, by=by(request), note=_note(form)))


@post("/rules/{ref:str}/ask", permission=Permission.RULES_EDIT, sync_to_thread=True)
def ask(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Ask a second person to let a version go live."""

    def act() -> RuleVersion:
        return life.ask(kit_of(request), ref, share=_number(form, "share"), by=by(request), note=_note(form))

    return _stepped(request, ref, act)


@post("/rules/{ref:str}/approve", permission=Permission.RULES_APPROVE, sync_to_thread=True)
def approve(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Be the second person: the version goes live as it was asked for when the page was read."""

    def act() -> RuleVersion:
        seen = parse_time(form.text("asked_at", needed=True), "asked_at")
        return life.approve(kit_of(request), ref, by=by(request), note=_note(form), asked_at=seen)

    return _stepped(request, ref, act)


@post("/rules/{ref:str}/withdraw", permission=Permission.RULES_EDIT, sync_to_thread=True)
def withdraw(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Ask no more for a version to go live."""
    return _stepped(request, ref, lambda: life.withdraw(kit_of(request), ref, by=by(request), note=_note(form)))


@post("/rules/{ref:str}/refuse", permission=Permission.RULES_APPROVE, sync_to_thread=True)
def refuse(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Be the second person and say no: the version stays in shadow, with the reason in its past."""

    def act() -> RuleVersion:
        note = form.text("note", most=_NOTE, needed=True)
        return life.withdraw(kit_of(request), ref, by=by(request), note=note)

    return _stepped(request, ref, act)


@post("/rules/{ref:str}/share", permission=Permission.RULES_EDIT, sync_to_thread=True)
def share(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Ask a live version about more or fewer of the accounts."""

    def act() -> RuleVersion:
        return life.set_share(kit_of(request), ref, _number(form, "share"), by=by(request), note=_note(form))

    return _stepped(request, ref, act)


@post("/rules/{ref:str}/retire", permission=Permission.RULES_EDIT, sync_to_thread=True)
def retire(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Take a version out."""
    return _stepped(request, ref, lambda: life.retire(kit_of(request), ref, by=by(request), note=_note(form)))


@post("/rules/{ref:str}/rollback", permission=Permission.RULES_EDIT, sync_to_thread=True)
def roll_back(request: PageRequest, ref: FromPath[str], form: FormIn) -> Page:
    """Take the newest live version of this one's name out at once."""
    kit = kit_of(request)
    name = life.found(kit, ref).name
    return _stepped(request, ref, lambda: life.roll_back(kit, name, by=by(request), note=_note(form)))


@post("/rules/alarms/{alarm_id:str}/seen", permission=Permission.RULES_EDIT, sync_to_thread=True)
def seen(request: PageRequest, alarm_id: FromPath[str], form: FormIn) -> Page:
    """Say that an alarm was looked at."""
    try:
        alarm.seen(kit_of(request), alarm_id, by=by(request), note=_note(form))
    except (ConflictError, InputError, NotFoundError) as error:
        return list_page(request, error=str(error), status=404 if isinstance(error, NotFoundError) else 409)
    return pages.to("/rules?done=1")


def _stepped(request: PageRequest, ref: str, act: Callable[[], RuleVersion], part: str = "") -> Page:
    """Take the step and show the version that it was about; what was refused is said on the page where it was asked."""
    try:
        version = act()
    except NotFoundError:
        raise
    except AbateError as error:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), None)
        if status is None:
            raise
        return version_page(request, ref, error=str(error), status=status)
    return pages.to(f"{address(version)}&done=1{part}")


def _number(form: Form, name: str) -> int:
    untrusted = form.text(name, needed=True)
    if not untrusted.isascii() or not untrusted.isdecimal() or len(untrusted) > 6:  # noqa: PLR2004 - longer is no share and no span
        msg = f"{untrusted[:20]!r} is no whole number; write one"
        raise InputError(msg, where=name)
    return int(untrusted)


def _note(form: Form) -> str:
    return form.text("note", most=_NOTE)
