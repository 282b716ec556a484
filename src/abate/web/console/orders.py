"""Removal orders: enter one, watch its clock, and answer it."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath

from abate.compliance.removal_order import MATERIAL_TYPES, deadline
from abate.domain.errors import InputError
from abate.domain.order import Authentication, OrderState, RemovalOrder
from abate.domain.person import Permission
from abate.flows import orders
from abate.web import pages
from abate.web.entry import kit_of
from abate.web.forms import LONG, Form, FormIn
from abate.web.pages import Page, PageRequest

RAW_LIMIT = 1_000_000


@get("/orders", permission=Permission.ORDERS_READ, sync_to_thread=True)
def orders_page(request: PageRequest) -> Page:
    """List the orders: those with a running clock first, soonest first, then the newest."""
    rows = [(order, deadline(order)) for order in orders.listed(kit_of(request))]
    running = sorted(((o, d) for o, d in rows if d), key=lambda row: row[1].due)
    rest = sorted(((o, d) for o, d in rows if not d), key=lambda row: row[0].received_at, reverse=True)
    return pages.page(request, "orders.html", rows=[*running, *rest], waiting=_WAITING)


_WAITING = frozenset({OrderState.NEEDS_CLARIFICATION, OrderState.IMPOSSIBLE})


@get("/orders/new", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def new_page(request: PageRequest) -> Page:
    """Show the form for an order that came by mail or post."""
    return _form_page(request, {"received_at": kit_of(request).clock.now().isoformat(timespec="seconds")}, ())


def _form_page(
    request: PageRequest, given: dict[str, Any], ticked: tuple[str, ...], error: str = "", status: int = 200
) -> Page:
    return pages.page(
        request,
        "order_new.html",
        status=status,
        given=given,
        ticked=ticked,
        error=error,
        materials=MATERIAL_TYPES,
        authentications=list(Authentication),
    )


@post("/orders/new", permission=Permission.ORDERS_HANDLE, sync_to_thread=True, request_max_body_size=4 * RAW_LIMIT)
def receive(request: PageRequest, form: FormIn) -> Page:
    """Take an order in; what was typed stays in the form when something does not fit."""
    try:
        order = orders.receive(kit_of(request), _order_form(form), by=request.scope["user"].user.id)
    except InputError as error:
        given = {name: str(value) for name, value in form.untrusted.items() if isinstance(value, str)}
        return _form_page(request, given, tuple(form.many("material_types")), str(error), 422)
    return pages.to(f"/orders/{order.id}")


def _order_form(form: Form) -> orders.OrderForm:
    chosen = form.text("authentication")
    if chosen not in set(Authentication):
        msg = f"{chosen!r} is no result of a check; choose one of {', '.join(Authentication)}"
        raise InputError(msg, where="authentication")
    return orders.OrderForm(
        authority=form.text("authority"),
        authority_reference=form.text("authority_reference"),
        issuing_state=form.text("issuing_state").upper(),
        received_at=form.text("received_at"),
        raw=form.text("raw", most=RAW_LIMIT, needed=True).encode(),
        items=form.lines("items"),
        urls=form.lines("urls"),
        material_types=tuple(form.many("material_types")),
        reasons=form.text("reasons", most=LONG),
        authentication=Authentication(chosen),
    )


@get("/orders/{order_id:str}", permission=Permission.ORDERS_READ, sync_to_thread=True)
def order_page(request: PageRequest, order_id: FromPath[str]) -> Page:
    """Show an order, its clock and what can be done with it now."""
    order = orders.show(kit_of(request), order_id)
    return pages.page(
        request,
        "order.html",
        order=order,
        deadline=deadline(order),
        waiting=_WAITING,
        materials=MATERIAL_TYPES,
        unmatched=orders.unmatched(kit_of(request), order),
    )


@post("/orders/{order_id:str}/execute", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def execute(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Remove the order's items."""
    vouched = form.text("although_unmatched", most=1) == "1"
    return _shown(orders.execute(kit_of(request), order_id, by=_by(request), although_unmatched=vouched))


@post("/orders/{order_id:str}/pause", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def pause(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Pause the clock on one of the law's two grounds."""
    impossible = form.text("ground") == "impossible"
    reason = form.text("reason", most=LONG)
    return _shown(orders.pause(kit_of(request), order_id, impossible=impossible, reason=reason, by=_by(request)))


@post("/orders/{order_id:str}/resume", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def resume(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Let a full hour run again."""
    return _shown(orders.resume(kit_of(request), order_id, reason=form.text("reason", most=LONG), by=_by(request)))


@post("/orders/{order_id:str}/reply", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def reply(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Record what was answered to the authority."""
    return _shown(orders.reply(kit_of(request), order_id, text=form.text("text", most=LONG), by=_by(request)))


@post("/orders/{order_id:str}/reject", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def reject(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Record that this is no removal order."""
    return _shown(orders.reject(kit_of(request), order_id, reason=form.text("reason", most=LONG), by=_by(request)))


@post("/orders/{order_id:str}/authenticate", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def authenticate(request: PageRequest, order_id: FromPath[str], form: FormIn) -> Page:
    """Record what checking the sender gave."""
    chosen = form.text("authentication")
    if chosen not in set(Authentication):
        msg = f"{chosen!r} is no result of a check; choose one of {', '.join(Authentication)}"
        raise InputError(msg, where="authentication")
    result = Authentication(chosen)
    return _shown(orders.authenticate(kit_of(request), order_id, result=result, by=_by(request)))


def _by(request: PageRequest) -> str:
    identifier: str = request.scope["user"].user.id
    return identifier


def _shown(order: RemovalOrder) -> Page:
    return pages.to(f"/orders/{order.id}")
