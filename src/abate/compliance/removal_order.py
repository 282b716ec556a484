"""Removal orders: Article 3 of Regulation (EU) 2021/784, as pure transitions on ``domain.order.RemovalOrder``.

The rules, by article:

* 3(3): remove, or disable access in all Member States, within one hour of receipt. The hour is elapsed time, counted
  from the receipt, never from when somebody opened the message; nights, holidays and daylight saving do not stretch it.
* 3(4): what an order must contain. Missing parts do not stop the clock by themselves: the order is recorded first and
  judged after, and the clock runs until a person pauses it (:func:`missing_fields` says what could be asked for).
* 3(5): receipt is recorded with its exact time. ``received_at``, ``received_text`` and ``raw_sha256`` never change.
* 3(6): the authority is told of the removal and its time (:func:`reply`; the form is made in ``feedback``).
* 3(7): force majeure or de facto impossibility: the authority is told why, and a full hour runs again once the ground
  ends (:func:`pause_as_impossible`, :func:`resume`).
* 3(8): manifest errors or too little information: the authority is asked, and a full hour runs from its answer
  (:func:`pause_for_clarification`, :func:`resume`).

Our own rules beside them:

* A pause needs a concrete reason; it is what the authority reads. A pause after the hour does not undo the lateness.
* A sender that failed the check gets no content acted on: :func:`execute` refuses. The clock runs on until a person
  finds that it is no order, because the check itself may be wrong.
* Nothing is executed that was not found: an order with no located item cannot be reported as executed.
* Times only move forward. Where the machine's clock stands before the last event, the event is written at that last
  event's time and says so; :func:`set_back` gives the difference for the audit.
* No transition deletes anything.

Deliberately not here: the twelve hours' notice before a first order (3(2)), which moves no clock; finality (3(9));
scrutiny of cross-border orders (Article 4); specific measures (Article 5); preservation (Article 6, ``preservation``);
informing the content provider (Article 11); and referrals, which are no orders and start no clock.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from abate.domain.errors import ConflictError, InputError
from abate.domain.order import Authentication, ClockEvent, ClockEventKind, Deadline, OrderState, RemovalOrder
from abate.domain.times import aware, parse_time

TIME_TO_REMOVE = timedelta(hours=1)  # Art. 3(3)

ALARMS_AT = (0, 15, 30, 45, 55)
"""Minutes after the clock starts, or starts again, at which somebody is called."""

MATERIAL_TYPES = {
    "INCITES": "Art. 2(7)(a): incites to terrorist offences, also by glorifying them, so that a danger of them arises",
    "SOLICITS_OFFENCE": "Art. 2(7)(b): asks others to commit, or contribute to, a terrorist offence",
    "SOLICITS_PARTICIPATION": "Art. 2(7)(c): asks others to take part in a terrorist group",
    "INSTRUCTS": "Art. 2(7)(d): instructs on explosives, weapons, noxious substances or other methods for them",
    "THREATENS": "Art. 2(7)(e): threatens to commit such an offence",
}
"""The kinds of terrorist content. At least one must be named in an order."""

REQUIRED_FIELDS = {
    "authority": "which authority issues the order",
    "authority_reference": "the authority's reference",
    "issuing_state": "the issuing Member State, as a two-letter code",
    "urls": "the exact address of each item, starting with http:// or https://",
    "material_types": "which kinds of terrorist content it is, of " + ", ".join(MATERIAL_TYPES),
    "reasons": "a sufficiently detailed statement of reasons",
}
"""What Article 3(4) asks of an order, as far as this version records it, with what to ask the authority for."""

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far a receipt time may lie ahead of our own clock: mail gateways are not set to the second."""

MIN_REASON_LENGTH = 20
"""Characters below which a reason cannot be concrete."""

_GENERIC_REASONS = frozenset(
    {
        "de facto impossibility",
        "for technical reasons",
        "insufficient information",
        "insufficient information provided",
        "manifest error in the order",
        "technical or operational reasons",
        "the order contains manifest errors",
        "the order cannot be executed",
        "the order is not possible to execute",
        "due to force majeure",
    }
)
_RUNNING = frozenset({ClockEventKind.STARTED, ClockEventKind.RESTARTED})
_PAUSED = frozenset({OrderState.NEEDS_CLARIFICATION, OrderState.IMPOSSIBLE})
_UNFINISHED = _PAUSED | {OrderState.RECEIVED}
_REMEDIES = {
    OrderState.RECEIVED: "its clock runs: execute it, pause it, or record that it is no order",
    OrderState.NEEDS_CLARIFICATION: "resume it first, once the authority has answered",
    OrderState.IMPOSSIBLE: "resume it first, once the ground has ended",
    OrderState.EXECUTED: "what is left is the reply to the authority",
    OrderState.REPLIED: "it is finished; a new message from the authority is a new record",
    OrderState.NOT_AN_ORDER: "it is closed; if that was wrong, receive the message again under its own receipt time",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderForm:
    """What the sender's form says. Nothing in it is believed, and nothing missing in it loses the order."""

    authority: str = ""
    authority_reference: str = ""
    issuing_state: str = ""
    items: tuple[str, ...] = ()
    """Identifiers of the items behind the addresses, where they are found already."""
    urls: tuple[str, ...] = ()
    material_types: tuple[str, ...] = ()
    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """One call to a person about an order's clock; becomes one row that any worker claims."""

    key: str
    """Unique for the order, the run of its clock and the minute: adding it twice rings once."""
    subject: str
    """``order:ID``."""
    due: datetime
    text: str


def receive(
    *, order_id: str, received_text: str, raw: bytes, recorded_at: datetime, untrusted_form: OrderForm
) -> RemovalOrder:
    """Record an order and start its clock at the receipt, whatever is missing in it.

    :param received_text: when it was received, ISO 8601 with an offset, as the gateway or the person wrote it
    :param raw: the message as it came in
    :param recorded_at: our clock, now
    :raises InputError: when the receipt time cannot be read or lies in the future, or the message is empty
    """
    received_at = _receipt_time(received_text, aware(recorded_at, "recorded_at"))
    if not raw:
        msg = "the order's message is empty; pass the file as it was received"
        raise InputError(msg, where=f"order {order_id}")
    form = {field.name: getattr(untrusted_form, field.name) for field in fields(untrusted_form)}
    return RemovalOrder(
        id=order_id,
        received_at=received_at,
        received_text=received_text,
        raw_sha256=sha256(raw).hexdigest(),
        clock=(ClockEvent(kind=ClockEventKind.STARTED, at=received_at, reason="Received."),),
        **form,
    )


def _receipt_time(received_text: str, recorded_at: datetime) -> datetime:
    if len(received_text) <= len("2026-03-29"):
        msg = f"received_at {received_text!r} has no time of day to count from; write 2026-03-29T01:30:00+01:00"
        raise InputError(msg)
    received_at = parse_time(received_text, "received_at")
    if received_at > recorded_at + MAX_CLOCK_SKEW:
        # A receipt in the future would give more time than the law does.
        present = recorded_at.isoformat()
        msg = f"received_at {received_text} lies after the present {present}; correct it, or this machine's clock"
        raise InputError(msg)
    return received_at


def missing_fields(order: RemovalOrder) -> tuple[str, ...]:
    """Name the fields of :data:`REQUIRED_FIELDS` that are missing or cannot be used."""
    usable = {
        "authority": bool(order.authority.strip()),
        "authority_reference": bool(order.authority_reference.strip()),
        "issuing_state": len(order.issuing_state) == len("DE") and order.issuing_state.isalpha(),
        "urls": bool(order.items) or (bool(order.urls) and all(map(_is_address, order.urls))),
        "material_types": bool(order.material_types) and set(order.material_types) <= MATERIAL_TYPES.keys(),
        "reasons": bool(order.reasons.strip()),
    }
    return tuple(name for name in REQUIRED_FIELDS if not usable[name])


def _is_address(untrusted_url: str) -> bool:
    try:
        parts = urlsplit(untrusted_url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def authenticate(order: RemovalOrder, result: Authentication) -> RemovalOrder:
    """Record what checking the sender gave; it may come after the removal, and may change.

    :raises ConflictError: when the order was closed as none
    """
    _require(order, frozenset(OrderState) - {OrderState.NOT_AN_ORDER}, "authenticated")
    return replace(order, authentication=result)


def locate(order: RemovalOrder, items: Iterable[str]) -> RemovalOrder:
    """Add the items found behind the order's addresses.

    :raises ConflictError: when the order is executed or closed: what was reported must not grow afterwards
    """
    _require(order, _UNFINISHED, "given more items")
    return replace(order, items=tuple(dict.fromkeys((*order.items, *items))))


def pause_for_clarification(order: RemovalOrder, reason: str, at: datetime) -> RemovalOrder:
    """Stop the clock because the authority must explain or complete the order (Article 3(8)).

    :param reason: which errors were found or what is missing; the authority reads it
    :raises ConflictError: when the clock does not run
    :raises InputError: when the reason says nothing concrete
    """
    return _pause(order, OrderState.NEEDS_CLARIFICATION, f"Art. 3(8): {_concrete(reason)}", at)


def pause_as_impossible(order: RemovalOrder, reason: str, at: datetime) -> RemovalOrder:
    """Stop the clock because of force majeure or de facto impossibility (Article 3(7)).

    :param reason: what makes it impossible; the authority reads it
    :raises ConflictError: when the clock does not run
    :raises InputError: when the reason says nothing concrete
    """
    return _pause(order, OrderState.IMPOSSIBLE, f"Art. 3(7): {_concrete(reason)}", at)


def _pause(order: RemovalOrder, state: OrderState, reason: str, at: datetime) -> RemovalOrder:
    _require(order, {OrderState.RECEIVED}, "paused")
    return replace(order, state=state, clock=_ticked(order, ClockEventKind.PAUSED, at, reason))


def resume(order: RemovalOrder, reason: str, at: datetime) -> RemovalOrder:
    """Start a full hour again because the answer came or the ground ended (Article 3(7) and (8)).

    :param reason: what arrived or what ended
    :raises ConflictError: when the clock is not paused
    :raises InputError: when the reason says nothing concrete
    """
    _require(order, _PAUSED, "resumed")
    clock = _ticked(order, ClockEventKind.RESTARTED, at, _concrete(reason))
    return replace(order, state=OrderState.RECEIVED, clock=clock)


def execute(order: RemovalOrder, at: datetime) -> RemovalOrder:
    """Stop the clock: every item is removed or disabled (Article 3(3)).

    :raises ConflictError: when the clock does not run, the sender failed the check, or no item was found
    """
    _require(order, {OrderState.RECEIVED}, "executed")
    if order.authentication is Authentication.FAILED:
        remedy = "record that it is no order, or the check's new result"
        msg = f"order {order.id} cannot be executed: its sender failed the check; {remedy}"
        raise ConflictError(msg)
    if not order.items:
        remedy = "locate its items, or pause it for clarification"
        msg = f"order {order.id} cannot be executed: no item was found for it; {remedy}"
        raise ConflictError(msg)
    clock = _ticked(order, ClockEventKind.STOPPED, at, "Executed.")
    return replace(order, state=OrderState.EXECUTED, clock=clock, executed_at=clock[-1].at)


def reply(order: RemovalOrder, text: str, at: datetime) -> RemovalOrder:
    """Record what was answered to the authority after the removal (Article 3(6)).

    :raises ConflictError: when the order is not executed, or was answered already
    :raises InputError: when there is no text
    """
    _require(order, {OrderState.EXECUTED}, "answered")
    if not text.strip():
        msg = "the reply is empty; pass what was sent to the authority, or a reference to it"
        raise InputError(msg, where=f"order {order.id}")
    replied_at = max(aware(at, "at"), order.clock[-1].at)
    return replace(order, state=OrderState.REPLIED, replied_at=replied_at, reply=text)


def not_an_order(order: RemovalOrder, reason: str, at: datetime) -> RemovalOrder:
    """Close the record: a person found that it is no removal order under the Regulation.

    Also after the removal, when the sender's check came later; the items are then restored by undoing the decision.

    :raises ConflictError: when it was answered or closed already
    :raises InputError: when the reason says nothing concrete
    """
    _require(order, _UNFINISHED | {OrderState.EXECUTED}, "closed as no order")
    clock = _ticked(order, ClockEventKind.STOPPED, at, f"No order: {_concrete(reason)}")
    return replace(order, state=OrderState.NOT_AN_ORDER, clock=clock)


def _require(order: RemovalOrder, allowed: Iterable[OrderState], done: str) -> None:
    if order.state not in allowed:
        msg = f"order {order.id} cannot be {done}: it is {order.state}; {_REMEDIES[order.state]}"
        raise ConflictError(msg)


def _concrete(reason: str) -> str:
    """Return the reason in one line.

    :raises InputError: when it is empty, too short, or one of the phrases that say nothing
    """
    text = " ".join(reason.split())
    if len(text) < MIN_REASON_LENGTH or text.casefold().strip(" .:;!") in _GENERIC_REASONS:
        msg = f"the reason {text!r} says nothing concrete; write what was found, missing or broken"
        raise InputError(msg)
    return text


def set_back(order: RemovalOrder, at: datetime) -> timedelta:
    """Return how far ``at`` lies before the order's last clock event: above zero, our clock went backwards."""
    return max(timedelta(), order.clock[-1].at - aware(at, "at"))


def _ticked(order: RemovalOrder, kind: ClockEventKind, at: datetime, reason: str) -> tuple[ClockEvent, ...]:
    if behind := set_back(order, at):
        reason = f"{reason} (Our clock stood {behind} before the previous event; written at that event's time.)"
    return (*order.clock, ClockEvent(kind=kind, at=max(aware(at, "at"), order.clock[-1].at), reason=reason))


def deadline(order: RemovalOrder) -> Deadline | None:
    """Return when the hour ends, or ``None`` while the clock is paused or once it has stopped."""
    last = order.clock[-1]
    if last.kind not in _RUNNING:
        return None
    return Deadline(
        subject=_subject(order),
        name="T_ORDER",
        due=last.at + TIME_TO_REMOVE,
        basis="Regulation (EU) 2021/784, Art. 3(3)",
        text=f"Remove or disable what order {_called(order)} names, or pause its clock with a reason.",
    )


def alarms(order: RemovalOrder) -> tuple[Alarm, ...]:
    """Return the calls of the present run of the clock; none while it stands still."""
    last = order.clock[-1]
    if last.kind not in _RUNNING:
        return ()
    run = sum(event.kind in _RUNNING for event in order.clock)
    return tuple(_alarm(order, run, last.at, minutes) for minutes in ALARMS_AT)


def _alarm(order: RemovalOrder, run: int, start: datetime, minutes: int) -> Alarm:
    due = start + timedelta(minutes=minutes)
    left = int((TIME_TO_REMOVE - timedelta(minutes=minutes)).total_seconds()) // 60
    key = f"alarm:{_subject(order)}:{run}:{minutes:02}"
    text = f"Removal order {_called(order)}: {left} minutes left to remove or disable."
    return Alarm(key=key, subject=_subject(order), due=due, text=text)


def _subject(order: RemovalOrder) -> str:
    return f"order:{order.id}"


def _called(order: RemovalOrder) -> str:
    return order.authority_reference or order.id


def is_late(order: RemovalOrder, now: datetime) -> bool:
    """Say whether any run of the clock lasted longer than the hour; a pause afterwards does not make it good."""
    if order.state is OrderState.NOT_AN_ORDER:
        return False
    return any(length > TIME_TO_REMOVE for length in runs(order, now))


def runs(order: RemovalOrder, now: datetime) -> tuple[timedelta, ...]:
    """Return how long each run of the clock lasted, the present one until ``now``."""
    started = spans(order, lambda event: event.kind in _RUNNING)
    return tuple(max(timedelta(), (end or aware(now, "now")) - start.at) for start, end in started)


def spans(order: RemovalOrder, opens: Callable[[ClockEvent], bool]) -> Iterator[tuple[ClockEvent, datetime | None]]:
    """Yield each event that ``opens`` a span, with the time of the event after it, which ends it."""
    ends: list[datetime | None] = [event.at for event in order.clock[1:]]
    return ((event, end) for event, end in zip(order.clock, [*ends, None], strict=True) if opens(event))
