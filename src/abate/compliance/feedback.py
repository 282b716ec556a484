"""What is sent back to the authority: the contents of Annex II and Annex III as plain mappings, ready for JSON.

The fields follow the two forms of Regulation (EU) 2021/784 as our compliance specification lists them. Before a printed
form is made of them, hold its wording and order against the Official Journal (L 172, 17.5.2021, p. 79): the annexes
were not at hand as official text when this was written.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from abate.compliance.removal_order import REQUIRED_FIELDS, missing_fields
from abate.domain.errors import ConflictError
from abate.domain.order import ClockEventKind, OrderState, RemovalOrder
from abate.domain.times import aware


class Measure(StrEnum):
    """What was done, in Annex II's two boxes."""

    REMOVED = "REMOVED"
    ACCESS_DISABLED_ALL_MS = "ACCESS_DISABLED_ALL_MS"
    """Access is disabled in all Member States."""


class Ground(StrEnum):
    """Why it could not be done, in Annex III's boxes."""

    FORCE_MAJEURE_OR_DE_FACTO_IMPOSSIBILITY = "FORCE_MAJEURE_OR_DE_FACTO_IMPOSSIBILITY"
    MANIFEST_ERRORS = "MANIFEST_ERRORS"
    INSUFFICIENT_INFORMATION = "INSUFFICIENT_INFORMATION"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """The hosting service provider, as section C of both forms names it."""

    name: str
    """The provider, or its legal representative."""
    member_state: str
    """Where it is established, or its representative is."""
    authorised_person: str
    contact: str
    """E-mail of the contact point."""


def after_removal(order: RemovalOrder, provider: Provider, *, measure: Measure, at: datetime) -> dict[str, object]:
    """Return the contents of Annex II: feedback after the removal (Article 3(6)).

    :param at: the date of the form
    :raises ConflictError: when the order is not executed
    """
    if order.executed_at is None:
        msg = f"order {order.id} is {order.state}, so there is no removal to report; execute it first"
        raise ConflictError(msg)
    section_b: dict[str, object] = {"measure": measure.value, "measure_at": order.executed_at.isoformat()}
    return _form("ANNEX_II", order, section_b, provider, at)


def when_impossible(order: RemovalOrder, provider: Provider, *, at: datetime) -> dict[str, object]:
    """Return the contents of Annex III: why the order cannot be executed now (Article 3(7) and (8)).

    :param at: the date of the form
    :raises ConflictError: when the clock is not paused
    """
    pause = order.clock[-1]
    if pause.kind is not ClockEventKind.PAUSED:
        msg = f"order {order.id} is {order.state}, not paused: no ground to report; pause it with its reason first"
        raise ConflictError(msg)
    missing = missing_fields(order)
    section_b: dict[str, object] = {
        "ground": _ground(order, missing).value,
        "explanation": pause.reason,
        "since": pause.at.isoformat(),
        "clarification_needed": [REQUIRED_FIELDS[name] for name in missing],
    }
    return _form("ANNEX_III", order, section_b, provider, at)


def _ground(order: RemovalOrder, missing: tuple[str, ...]) -> Ground:
    if order.state is OrderState.IMPOSSIBLE:
        return Ground.FORCE_MAJEURE_OR_DE_FACTO_IMPOSSIBILITY
    return Ground.INSUFFICIENT_INFORMATION if missing else Ground.MANIFEST_ERRORS


def _form(
    name: str, order: RemovalOrder, section_b: dict[str, object], provider: Provider, at: datetime
) -> dict[str, object]:
    section_a = {
        "addressee": provider.name,
        "issuing_authority": order.authority,
        "issuing_member_state": order.issuing_state,
        "authority_reference": order.authority_reference,
        "own_reference": order.id,
        "received_at": order.received_text,
        "urls": list(order.urls),
    }
    section_c = {**asdict(provider), "date": aware(at, "at").isoformat()}
    return {"form": name, "regulation": "(EU) 2021/784", "a": section_a, "b": section_b, "c": section_c}
