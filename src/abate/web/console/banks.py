"""Banks: what is known and says no, what was set aside, and what a lead does about a single entry."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath

from abate.domain.bank import BankPurpose, Stance
from abate.domain.errors import ConflictError, InputError
from abate.domain.opinion import OpinionWord
from abate.domain.person import Permission
from abate.domain.times import parse_time
from abate.domain.verdict import Verdict
from abate.flows import banks, curation
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.forms import FormIn
from abate.web.pages import Page, PageRequest

SHOWN = 200
"""Entries of one bank that a page lists; the command line lists all."""


@get("/banks", permission=Permission.BANKS_READ, sync_to_thread=True)
def banks_page(request: PageRequest) -> Page:
    """List the entries that need a look, then the banks."""
    return _page(request, done="done" in request.query_params)


def _page(request: PageRequest, *, error: str = "", done: bool = False) -> Page:
    kit = kit_of(request)
    return pages.page(
        request,
        "banks.html",
        status=422 if error else 200,
        attention=curation.attention(kit),
        rows=banks.listed(kit),
        error=error,
        done=done,
    )


@get("/banks/{name:str}", permission=Permission.BANKS_READ, sync_to_thread=True)
def bank_page(request: PageRequest, name: FromPath[str]) -> Page:
    """Show a bank with its entries, oldest first."""
    return _bank_page(request, name, done="done" in request.query_params)


def _bank_page(request: PageRequest, name: str, *, error: str = "", done: bool = False) -> Page:
    kit = kit_of(request)
    found = banks.standings(kit, name, limit=SHOWN + 1)
    return pages.page(
        request,
        "bank.html",
        status=422 if error else 200,
        bank=banks.show(kit, name),
        names=BankPurpose.DESIGNATED,
        standings=found[:SHOWN],
        more=len(found) > SHOWN,
        verdicts=list(Verdict),
        error=error,
        done=done,
    )


@post("/banks/{name:str}/set", permission=Permission.BANKS_EDIT, sync_to_thread=True)
def set_bank(request: PageRequest, name: FromPath[str], form: FormIn) -> Page:
    """Set the most that a bank proposes, and how near a match must be; an empty distance is the type's own."""
    kit, distance = kit_of(request), form.text("max_distance")
    try:
        banks.configure(
            kit,
            name,
            max_distance=_number(distance) if distance else None,
            ceiling=_word(Verdict, form.text("ceiling"), "ceiling"),
            by=_by(request),
        )
    except InputError as error:
        return _bank_page(request, name, error=str(error))
    return pages.to(f"/banks/{quote(name)}?done=1")


def _number(untrusted: str) -> int:
    if not untrusted.isascii() or not untrusted.isdecimal():
        msg = f"{untrusted!r} is no whole number; write one, or leave it empty"
        raise InputError(msg, where="max_distance")
    return int(untrusted)


@post("/entries/{entry_id:str}/opinion", permission=Permission.BANKS_EDIT, sync_to_thread=True)
def opine(request: PageRequest, entry_id: FromPath[str], form: FormIn) -> Page:
    """Record what this platform says of an entry now."""

    def act(reason: str) -> None:
        word = _word(OpinionWord, form.text("word"), "word")
        curation.opine(kit_of(request), entry_id, word, reason=reason, by=_by(request))

    return _done(request, form, act)


@post("/entries/{entry_id:str}/release", permission=Permission.BANKS_EDIT, sync_to_thread=True)
def release(request: PageRequest, entry_id: FromPath[str], form: FormIn) -> Page:
    """Let an entry act again that was set aside."""
    return _done(
        request, form, lambda reason: curation.release(kit_of(request), entry_id, reason=reason, by=_by(request))
    )


@post("/entries/{entry_id:str}/stance", permission=Permission.BANKS_EDIT, sync_to_thread=True)
def set_stance(request: PageRequest, entry_id: FromPath[str], form: FormIn) -> Page:
    """Make an entry negative, or known again."""

    def act(reason: str) -> None:
        stance = _word(Stance, form.text("stance"), "stance")
        curation.set_stance(kit_of(request), entry_id, stance, reason=reason, by=_by(request))

    return _done(request, form, act)


@post("/entries/{entry_id:str}/end", permission=Permission.BANKS_EDIT, sync_to_thread=True)
def set_end(request: PageRequest, entry_id: FromPath[str], form: FormIn) -> Page:
    """Say when an entry stops to match; an empty date is never."""

    def act(reason: str) -> None:
        until = form.text("until")
        end = parse_time(until, "until") if until else None
        curation.set_end(kit_of(request), entry_id, end, reason=reason, by=_by(request))

    return _done(request, form, act)


def _done(request: PageRequest, form: Any, act: Any) -> Page:  # noqa: ANN401 - a form, and a function of the reason
    """Act on an entry, and show the page again that the form stood on."""
    bank = form.text("back")
    try:
        act(form.text("reason", most=1000))
    except (InputError, ConflictError) as error:
        return _bank_page(request, bank, error=str(error)) if bank else _page(request, error=str(error))
    return pages.to(f"/banks/{quote(bank)}?done=1" if bank else "/banks?done=1")


def _word(words: Any, untrusted: str, where: str) -> Any:  # noqa: ANN401 - an enumeration and one of its members
    if untrusted not in set(words):
        msg = f"{untrusted!r} is none; choose one of {', '.join(words)}"
        raise InputError(msg, where=where)
    return words(untrusted)


def _by(request: PageRequest) -> str:
    identifier: str = request.scope["user"].user.id
    return identifier
