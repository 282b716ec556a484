"""Removal orders from receipt to reply: the law's transitions, each stored with its audit record and its alarms."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from abate.compliance import feedback, removal_order
from abate.domain.action import ActionState, Effect
from abate.domain.case import Ground
from abate.domain.errors import ConflictError, InputError
from abate.domain.item import Item
from abate.domain.order import Authentication, OrderState, RemovalOrder
from abate.domain.scan import Proposal, Reason, Scan, Verdict
from abate.extend.store import Transaction
from abate.flows import cases, clocks, effects, holding
from abate.flows.kit import Kit

_UNFINISHED = (OrderState.RECEIVED, OrderState.NEEDS_CLARIFICATION, OrderState.IMPOSSIBLE)
MAX_RAW = 10 * 1024 * 1024
"""Largest message that is taken as an order; more is no order but an attack or a mistake."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderForm:
    """An order as it was taken down; every field is the sender's word until checked."""

    authority: str
    authority_reference: str
    issuing_state: str
    received_at: str
    """ISO date-time with its offset, as it stands on the receipt; empty for now."""
    raw: bytes
    """The message as it came in."""
    items: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    material_types: tuple[str, ...] = ()
    reasons: str = ""
    authentication: Authentication = Authentication.UNVERIFIED


def receive(kit: Kit, form: OrderForm, *, by: str) -> RemovalOrder:
    """Take an order in: its clock starts at the receipt, its alarms are set, its items are put before a person.

    The message itself is kept as it came, outside the database, before the order is committed.

    :raises InputError: for a receipt time without offset or in the future, or a message above the size limit
    """
    now = kit.clock.now()
    order = _order(form, now)
    _keep_raw(kit, order.raw_sha256, form.raw)
    with kit.store.read() as tx:
        sealed = {item.id: holding.seal(kit, item) for item in _located(kit, tx, order) if kit.settings.hold_on_order}
    with kit.store.write() as tx:
        known = _located(kit, tx, order)
        order = removal_order.locate(order, (item.id for item in known))
        tx.orders.add(order)
        clocks.set_alarms(tx, order)
        for item in known:
            _take_up(kit, tx, item, order, sealed.get(item.id))
        body = {
            "raw_sha256": order.raw_sha256,
            "received_at": order.received_text,
            "items": list(order.items),
            "by": by,
        }
        tx.audit.append(at=now, tag="authority:order:received", subject=order.id, body=body)
    return order


def _order(form: OrderForm, now: datetime) -> RemovalOrder:
    if len(form.raw) > MAX_RAW:
        msg = f"the message has more than {MAX_RAW} bytes; file the order itself, without attachments"
        raise InputError(msg)
    text = form.received_at or now.isoformat()
    stated = removal_order.OrderForm(
        authority=form.authority,
        authority_reference=form.authority_reference,
        issuing_state=form.issuing_state,
        items=form.items,
        urls=form.urls,
        material_types=form.material_types,
        reasons=form.reasons,
    )
    # The same message with the same receipt is the same order, however often a gateway or a person files it.
    identity = b"\n".join((form.authority_reference.encode(), text.encode(), form.raw))
    order = removal_order.receive(
        order_id="o" + hashlib.sha256(identity).hexdigest()[:12],
        received_text=text,
        raw=form.raw,
        recorded_at=now,
        untrusted_form=stated,
    )
    return removal_order.authenticate(order, form.authentication)


def _keep_raw(kit: Kit, digest: str, raw: bytes) -> None:
    """Keep the message as it came, whole or not at all: a crash half-way must not leave a proof that proves nothing."""
    folder = kit.settings.home / "orders"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{digest}.raw"
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
        return
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).replace(path)


def _located(kit: Kit, tx: Transaction, order: RemovalOrder) -> list[Item]:
    """Find the items that the order names by identifier or by address."""
    addresses = {form for url in order.urls for form in (url, _canonical(kit, url))}
    by_id = [item for wanted in order.items for item in tx.items.find(id=wanted)]
    by_url = [item for url in addresses for item in tx.items.find(url=url)]
    return list({item.id: item for item in by_id + by_url}.values())


def _canonical(kit: Kit, untrusted_url: str) -> str:
    """Return the address as the URL signal writes it, so that its many spellings are one."""
    try:
        return kit.signals["url"].parse(untrusted_url) if untrusted_url else ""
    except InputError:
        return untrusted_url


def unmatched(kit: Kit, order: RemovalOrder) -> tuple[str, ...]:
    """Return what the order names and nothing here answers to: identifiers, and addresses of no located item."""
    with kit.store.read() as tx:
        items = [item for named in order.items for item in tx.items.find(id=named)]
    there = {item.id for item in items}
    addresses = {_canonical(kit, item.url) for item in items}
    missing_items = [named for named in order.items if named not in there]
    return (*missing_items, *(url for url in order.urls if _canonical(kit, url) not in addresses))


def _take_up(kit: Kit, tx: Transaction, item: Item, order: RemovalOrder, sealed: holding.Sealed | None) -> None:
    """Put a named item before a person and, by the operator's preset, seal it before anybody can delete it."""
    now = kit.clock.now()
    if sealed is not None:
        holding.hold(kit, tx, item, holding.Cause(subject=order.id, at=now), sealed)
    case_id = cases.case_id_of(item.id)
    if tx.cases.find(id=case_id):
        return
    text = f"Removal order {order.authority_reference} of {order.authority} names this item."
    proposal = Proposal(verdict=Verdict.REVIEW, reasons=(Reason(rule="removal_order", text=text),))
    cases.open_case(tx, Scan(item=item, proposal=proposal), now)


def join(kit: Kit, tx: Transaction, items: Sequence[Item]) -> None:
    """Let items that come in join the unfinished orders that name them by identifier or address."""
    waiting = [order for state in _UNFINISHED for order in tx.orders.find(state=state.value)]
    for order in waiting:
        addresses = {_canonical(kit, url) for url in order.urls}
        joining = [i for i in items if i.id in order.items or (i.url and _canonical(kit, i.url) in addresses)]
        if joining:
            tx.orders.replace(removal_order.locate(order, [item.id for item in joining]))
        for item in joining:
            _take_up(kit, tx, item, order, holding.seal(kit, item) if kit.settings.hold_on_order else None)


def listed(kit: Kit) -> list[RemovalOrder]:
    """Return all orders, oldest first."""
    with kit.store.read() as tx:
        return tx.orders.find()


def show(kit: Kit, order_id: str) -> RemovalOrder:
    """Return one order.

    :raises NotFoundError: when there is none of this identifier
    """
    with kit.store.read() as tx:
        return tx.orders.get(order_id)


def pause(kit: Kit, order_id: str, *, impossible: bool, reason: str, by: str) -> RemovalOrder:
    """Stop the clock on one of the two grounds that the law knows: Article 3(7) or 3(8)."""
    move = removal_order.pause_as_impossible if impossible else removal_order.pause_for_clarification
    return _moved(kit, order_id, lambda order, at: move(order, reason, at), "paused", by)


def resume(kit: Kit, order_id: str, *, reason: str, by: str) -> RemovalOrder:
    """Start a full hour anew: the ground ended, or the clarification came."""
    return _moved(kit, order_id, lambda order, at: removal_order.resume(order, reason, at), "resumed", by)


def reject(kit: Kit, order_id: str, *, reason: str, by: str) -> RemovalOrder:
    """Record that a person found it to be no removal order under the Regulation."""
    return _moved(kit, order_id, lambda order, at: removal_order.not_an_order(order, reason, at), "rejected", by)


def authenticate(kit: Kit, order_id: str, *, result: Authentication, by: str) -> RemovalOrder:
    """Record what checking the sender gave. It does not move the clock."""
    return _moved(kit, order_id, lambda order, _: removal_order.authenticate(order, result), "authenticated", by)


def reply(kit: Kit, order_id: str, *, text: str, by: str) -> RemovalOrder:
    """Record the feedback sent to the authority (Article 3(6))."""
    return _moved(kit, order_id, lambda order, at: removal_order.reply(order, text, at), "replied", by)


def execute(kit: Kit, order_id: str, *, by: str, although_unmatched: bool = False) -> RemovalOrder:
    """Remove every item of the order, with its evidence held. The order is executed once each removal was delivered.

    :param although_unmatched: a person says that the addresses nothing here answers to are covered by the items
    :raises ConflictError: when the order's state forbids it, or what it names was not found
    """
    order = show(kit, order_id)
    left = unmatched(kit, order)
    with kit.store.read() as tx:
        items = [item for named in order.items for item in tx.items.find(id=named)]
    if not items or (left and not although_unmatched):
        named = f" ({', '.join(left)})" if left else ""
        remedy = "take the items in first, pause it under Article 3(8), or say that the items found are all"
        msg = f"order {order_id} names what is not known here{named}; {remedy}"
        raise ConflictError(msg)
    sealed = {item.id: holding.seal(kit, item) for item in items}
    with kit.store.write() as tx:
        now = kit.clock.now()
        current = tx.orders.get(order_id)
        removal_order.execute(current, now)  # asks the law whether it may be; the result waits for delivery
        for item in items:
            _remove(kit, tx, item, current, sealed[item.id], by)
        executing = replace(current, items=tuple(item.id for item in items), executing_since=now)
        tx.orders.replace(executing)
        body = {"items": list(executing.items), "unmatched": list(left), "by": by}
        tx.audit.append(at=now, tag="legal:order:executing", subject=order_id, body=body)
    return executing


def _remove(kit: Kit, tx: Transaction, item: Item, order: RemovalOrder, sealed: holding.Sealed, by: str) -> None:
    if any(action.effect is Effect.REMOVE for action in effects.in_force(tx, item.id, kit.clock.now())):
        return
    note = f"removal order {order.authority_reference}"
    choice = cases.Choice(verdict=Verdict.REMOVE, ground=Ground.TCO_ART3, note=note, by=by)
    cases.overrule_in(kit, tx, cases.case_id_of(item.id), choice, sealed)


def settle(kit: Kit) -> list[RemovalOrder]:
    """Mark the orders executed whose items are all removed at the platform; the clock stops at that moment."""
    settled = []
    with kit.store.write() as tx:
        for order in tx.orders.find(state=OrderState.RECEIVED.value):
            now = kit.clock.now()
            if order.executing_since and all(_is_removed(tx, item, now) for item in order.items):
                with suppress(ConflictError):  # its sender failed the check meanwhile: a person rejects it
                    done = removal_order.execute(order, now)
                    _store(tx, done, "executed", "system", now)
                    settled.append(done)
    return settled


def _is_removed(tx: Transaction, item_id: str, now: datetime) -> bool:
    delivered = {ActionState.SENT, ActionState.SIMULATED}
    return any(a.effect is Effect.REMOVE and a.state in delivered for a in effects.in_force(tx, item_id, now))


def _moved(
    kit: Kit, order_id: str, move: Callable[[RemovalOrder, datetime], RemovalOrder], verb: str, by: str
) -> RemovalOrder:
    with kit.store.write() as tx:
        now = kit.clock.now()
        before = tx.orders.get(order_id)
        moved = move(before, now)
        if back := removal_order.set_back(before, now):
            body = {"seconds": back.total_seconds()}
            tx.audit.append(at=now, tag="system:clock:set_back", subject=order_id, body=body)
        _store(tx, moved, verb, by, now)
        clocks.set_alarms(tx, moved)
        return moved


def _store(tx: Transaction, order: RemovalOrder, verb: str, by: str, now: datetime) -> None:
    tx.orders.replace(order)
    body = {"state": order.state.value, "by": by, "clock": [f"{e.kind.value} {e.at.isoformat()}" for e in order.clock]}
    tx.audit.append(at=now, tag=f"legal:order:{verb}", subject=order.id, body=body)


def form(kit: Kit, order_id: str) -> dict[str, object]:
    """Return the contents of the form that the authority is owed now: Annex II after the removal, Annex III in a pause.

    :raises ConflictError: when neither is owed
    """
    settings, order = kit.settings, show(kit, order_id)
    provider = feedback.Provider(
        name=settings.provider_name,
        member_state=settings.provider_state,
        authorised_person=settings.provider_person,
        contact=settings.provider_contact,
    )
    if order.executed_at is None:
        return feedback.when_impossible(order, provider, at=kit.clock.now())
    return feedback.after_removal(order, provider, measure=feedback.Measure.REMOVED, at=kit.clock.now())


def missing(order: RemovalOrder) -> Sequence[str]:
    """Return the names of the fields without which the order cannot be carried out."""
    return removal_order.missing_fields(order)
