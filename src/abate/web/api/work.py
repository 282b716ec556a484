"""Cases, removal orders and what is due."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, Parameter

from abate.compliance.removal_order import deadline
from abate.domain.case import Decision
from abate.domain.errors import InputError
from abate.domain.order import RemovalOrder
from abate.domain.person import Permission
from abate.domain.scan import Verdict
from abate.flows import cases, clocks, orders
from abate.web.api.shapes import (
    CaseOut,
    CasesOut,
    DecisionIn,
    DueOut,
    NoteIn,
    OrderIn,
    OrderOut,
    OrdersOut,
    PauseIn,
    ReasonIn,
    ReplyIn,
    case_out,
    order_out,
)
from abate.web.entry import kit_of

ApiRequest = Request[Any, Any, Any]
Limit = Annotated[int, Parameter(ge=1, le=1000)]
ORDER_LIMIT = 16 * 1024 * 1024


@get("/cases", permission=Permission.CASES_READ, sync_to_thread=True)
def list_cases(request: ApiRequest, limit: Limit = 100) -> CasesOut:
    """Return the open cases, the most urgent first."""
    return CasesOut(cases=[case_out(view) for view in cases.queue(kit_of(request), limit=limit)])


@get("/cases/{case_id:str}", permission=Permission.CASES_READ, sync_to_thread=True)
def show_case(request: ApiRequest, case_id: FromPath[str]) -> CaseOut:
    """Return one case with its decisions."""
    return case_out(cases.show(kit_of(request), case_id))


@post("/cases/{case_id:str}/decisions", permission=Permission.CASES_DECIDE, sync_to_thread=True)
def decide(request: ApiRequest, case_id: FromPath[str], data: JSONBody[DecisionIn]) -> Decision:
    """Decide a case as the token's owner."""
    if data.verdict is Verdict.REVIEW:
        msg = "'review' is no decision; choose none, limit or remove"
        raise InputError(msg, where="verdict")
    return cases.decide(
        kit_of(request), case_id, verdict=data.verdict, ground=data.ground, note=data.note, by=_by(request)
    )


@post("/cases/{case_id:str}/undo", permission=Permission.CASES_DECIDE, sync_to_thread=True)
def undo(request: ApiRequest, case_id: FromPath[str], data: JSONBody[NoteIn]) -> Decision:
    """Take the decision in force back; the case opens again, and what was done is reversed."""
    actor = request.scope["user"]
    over_order = actor.may(Permission.ORDERS_HANDLE).allowed
    return cases.undo(kit_of(request), case_id, note=data.note, by=_by(request), over_order=over_order)


@get("/orders", permission=Permission.ORDERS_READ, sync_to_thread=True)
def list_orders(request: ApiRequest) -> OrdersOut:
    """Return the removal orders, oldest first."""
    return OrdersOut(orders=[_shown(order) for order in orders.listed(kit_of(request))])


@post("/orders", permission=Permission.ORDERS_HANDLE, sync_to_thread=True, request_max_body_size=ORDER_LIMIT)
def receive_order(request: ApiRequest, data: JSONBody[OrderIn]) -> OrderOut:
    """Take a removal order in; its hour runs from ``received_at``."""
    fields = {name: getattr(data, name) for name in OrderIn.__struct_fields__}
    return _shown(orders.receive(kit_of(request), orders.OrderForm(**fields), by=_by(request)))


@get("/orders/{order_id:str}", permission=Permission.ORDERS_READ, sync_to_thread=True)
def show_order(request: ApiRequest, order_id: FromPath[str]) -> OrderOut:
    """Return one removal order and where its clock stands."""
    return _shown(orders.show(kit_of(request), order_id))


@post("/orders/{order_id:str}/pause", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def pause(request: ApiRequest, order_id: FromPath[str], data: JSONBody[PauseIn]) -> OrderOut:
    """Pause the clock under Article 3(7) or 3(8)."""
    kit, by = kit_of(request), _by(request)
    return _shown(orders.pause(kit, order_id, impossible=data.impossible, reason=data.reason, by=by))


@post("/orders/{order_id:str}/resume", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def resume(request: ApiRequest, order_id: FromPath[str], data: JSONBody[ReasonIn]) -> OrderOut:
    """Let a full hour run again."""
    return _shown(orders.resume(kit_of(request), order_id, reason=data.reason, by=_by(request)))


@post("/orders/{order_id:str}/execute", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def execute(request: ApiRequest, order_id: FromPath[str]) -> OrderOut:
    """Remove the order's items; it is executed once each removal was delivered.

    ``?although_unmatched=1`` says that the items found are all, whatever other addresses the order names.
    """
    vouched = request.query_params.get("although_unmatched") == "1"
    return _shown(orders.execute(kit_of(request), order_id, by=_by(request), although_unmatched=vouched))


@post("/orders/{order_id:str}/reply", permission=Permission.ORDERS_HANDLE, sync_to_thread=True)
def reply(request: ApiRequest, order_id: FromPath[str], data: JSONBody[ReplyIn]) -> OrderOut:
    """Record what was answered to the authority."""
    return _shown(orders.reply(kit_of(request), order_id, text=data.text, by=_by(request)))


@get("/due", permission=Permission.ORDERS_READ, sync_to_thread=True)
def list_due(request: ApiRequest) -> DueOut:
    """Return the running deadlines, the soonest first."""
    return DueOut(due=clocks.due(kit_of(request)))


def _shown(order: RemovalOrder) -> OrderOut:
    return order_out(order, deadline(order))


def _by(request: ApiRequest) -> str:
    identifier: str = request.scope["user"].user.id
    return identifier
