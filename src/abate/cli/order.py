"""``abate order …``: removal orders from receipt to reply."""

from pathlib import Path
from typing import Annotated

import typer

from abate import app as wiring
from abate.cli.options import Json
from abate.cli.output import OPERATOR, as_json, say, table
from abate.domain.errors import InputError
from abate.domain.order import Authentication, OrderState, RemovalOrder
from abate.flows import delivery, orders, views
from abate.flows.kit import Kit

app = typer.Typer(no_args_is_help=True, help="Removal orders under Regulation (EU) 2021/784 and their one-hour clock.")
OrderId = Annotated[str, typer.Argument(help="The order's identifier.")]
Reason = Annotated[str, typer.Option(help="What was found, missing or broken, as the authority will read it.")]


@app.command()
def receive(
    message: Annotated[Path, typer.Argument(help="The message as it came in.")],
    authority: Annotated[str, typer.Option(help="Who issued it.")] = "",
    reference: Annotated[str, typer.Option(help="The authority's reference.")] = "",
    state: Annotated[str, typer.Option(help="Issuing Member State, two letters.")] = "",
    received_at: Annotated[str, typer.Option(help="Receipt time with its offset; now when left out.")] = "",
    item: Annotated[list[str] | None, typer.Option(help="Identifier of an item it names; may repeat.")] = None,
    url: Annotated[list[str] | None, typer.Option(help="An address it names; may repeat.")] = None,
    material: Annotated[list[str] | None, typer.Option(help="Kind of material, Art. 2(7); may repeat.")] = None,
    reasons: Annotated[str, typer.Option(help="The authority's statement of reasons.")] = "",
    authentication: Annotated[
        Authentication, typer.Option(help="What checking the sender gave.")
    ] = Authentication.UNVERIFIED,
    json_: Json = False,
) -> None:
    """Take an order in. The hour runs from the receipt, whatever is missing."""
    try:
        raw = message.read_bytes()
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); pass the message as a file"
        raise InputError(msg, where=str(message)) from error
    form = orders.OrderForm(
        authority=authority,
        authority_reference=reference,
        issuing_state=state,
        received_at=received_at,
        raw=raw,
        items=tuple(item or ()),
        urls=tuple(url or ()),
        material_types=tuple(material or ()),
        reasons=reasons,
        authentication=authentication,
    )
    with wiring.opened() as kit:
        _print(kit, orders.receive(kit, form, by=OPERATOR), json_=json_)


@app.command("list")
def list_(json_: Json = False) -> None:
    """List all orders."""
    with wiring.opened() as kit:
        now = kit.clock.now()
        found = [views.order_json(order, now) for order in orders.listed(kit)]
    if json_:
        as_json(found)
    else:
        columns = ("id", "state", "authority", "authority_reference", "received_text", "due")
        table([c.replace("_", " ") for c in columns], ([one[c] or "" for c in columns] for one in found))


@app.command()
def show(order_id: OrderId, json_: Json = False) -> None:
    """Show one order with its clock."""
    with wiring.opened() as kit:
        _print(kit, orders.show(kit, order_id), json_=json_)


@app.command()
def pause(
    order_id: OrderId,
    reason: Reason,
    impossible: Annotated[bool, typer.Option("--impossible", help="Art. 3(7), not a question of 3(8).")] = False,
    json_: Json = False,
) -> None:
    """Stop the clock: the order needs clarification, or cannot be carried out."""
    with wiring.opened() as kit:
        _print(kit, orders.pause(kit, order_id, impossible=impossible, reason=reason, by=OPERATOR), json_=json_)


@app.command()
def resume(order_id: OrderId, reason: Reason, json_: Json = False) -> None:
    """Start a full hour again: the answer came, or the ground ended."""
    with wiring.opened() as kit:
        _print(kit, orders.resume(kit, order_id, reason=reason, by=OPERATOR), json_=json_)


@app.command()
def execute(
    order_id: OrderId,
    although_unmatched: Annotated[
        bool, typer.Option("--although-unmatched", help="The items found are all, whatever else it names.")
    ] = False,
    json_: Json = False,
) -> None:
    """Remove the order's items, hold the evidence, send the removals, and stop the clock when all are delivered."""
    with wiring.opened() as kit:
        orders.execute(kit, order_id, by=OPERATOR, although_unmatched=although_unmatched)
        delivery.deliver(kit, worker="cli", limit=100)
        orders.settle(kit)
        order = orders.show(kit, order_id)
        _print(kit, order, json_=json_)
    if order.state is OrderState.RECEIVED:
        say("not every removal is delivered yet: the clock runs on, and `abate serve` goes on trying")
        raise typer.Exit(1)


@app.command()
def reply(
    order_id: OrderId,
    text: Annotated[str, typer.Option(help="What was answered to the authority, or a reference to it.")],
    json_: Json = False,
) -> None:
    """Record what was answered to the authority."""
    with wiring.opened() as kit:
        _print(kit, orders.reply(kit, order_id, text=text, by=OPERATOR), json_=json_)


@app.command()
def form(order_id: OrderId) -> None:
    """Print, as JSON, what the form to the authority holds: Annex II after the removal, Annex III during a pause."""
    with wiring.opened() as kit:
        as_json(orders.form(kit, order_id))


@app.command()
def reject(order_id: OrderId, reason: Reason, json_: Json = False) -> None:
    """Record that it is no removal order under the Regulation."""
    with wiring.opened() as kit:
        _print(kit, orders.reject(kit, order_id, reason=reason, by=OPERATOR), json_=json_)


def _print(kit: Kit, order: RemovalOrder, *, json_: bool) -> None:
    shown = views.order_json(order, kit.clock.now())
    if json_:
        as_json(shown)
        return
    clock = shown.pop("clock")
    table(("", ""), views.scalar_rows(shown))
    events = clock if isinstance(clock, list) else []
    table(("clock", "at (UTC)", "reason"), ((e["kind"], e["at"], e["reason"]) for e in events))
    if shown["missing"] and shown["due"]:
        say("the hour runs although fields are missing; ask for them with `abate order pause`")
