"""Preservation: Article 6 of Regulation (EU) 2021/784, as pure transitions on ``domain.action.Hold``.

The rules, by article:

* 6(1): content removed or disabled under Article 3 or 5 is kept, with the related data needed to place it, for the
  purposes of :data:`PURPOSES` and no other.
* 6(2): six months from the removal. Longer only when an authority or court asks for it, for a further specified period
  and as long as a review it belongs to goes on (:func:`extend`).
* 6(3): only for those purposes, with safeguards: the bytes lie sealed in the vault, and this file never sees them.

Our own rules: months are calendar months in UTC, clamped to the month's last day (31 August and six months is
28 February). Nothing is destroyed before its date, and what was destroyed stays on record without its content.

Deliberately not here: removals under terms alone, which Article 6 does not cover; the operator's retention schedule
sets their months, and the purpose is then the handling of complaints.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from abate.domain.action import Hold, HoldState
from abate.domain.errors import ConflictError, InputError
from abate.domain.times import aware

MONTHS = 6  # Art. 6(2)

MAX_MONTHS = 120
"""Ten years: above it a setting is a typing error."""

PURPOSES = {
    "ADMINISTRATIVE_OR_JUDICIAL_REVIEW": "Art. 6(1)(a): review proceedings of an administration or a court",
    "COMPLAINT_HANDLING": "Art. 6(1)(a): handling complaints against the removal",
    "TERRORIST_OFFENCES": "Art. 6(1)(b): prevention, detection, investigation and prosecution of terrorist offences",
}
"""The closed list of what held evidence may be used for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What a hold belongs to."""

    item: str
    action: str
    at: datetime
    """When it was removed or disabled."""


def expires_at(placed_at: datetime, months: int = MONTHS) -> datetime:
    """Return the moment ``months`` calendar months later, in UTC, on the month's last day where the day does not exist.

    :raises InputError: when ``months`` is not between 1 and :data:`MAX_MONTHS`
    """
    if not 1 <= months <= MAX_MONTHS:
        msg = f"cannot hold evidence for {months} months; set hold_months to 1 to {MAX_MONTHS} (the law's is {MONTHS})"
        raise InputError(msg)
    moment = aware(placed_at, "placed_at")
    years, month0 = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month0 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def place(
    *,
    hold_id: str,
    removed: Removed,
    sealed: str,
    purposes: Iterable[str] = tuple(PURPOSES),
    months: int = MONTHS,
    note: str = "",
) -> Hold:
    """Place a hold on what was removed.

    :param sealed: the vault's address of the sealed bytes; empty only with a ``note`` that says why there are none
    :raises InputError: for an unknown purpose or none, months out of range, or nothing sealed and no word why
    """
    named = tuple(dict.fromkeys(purposes))
    if not named or not set(named) <= PURPOSES.keys():
        msg = f"a hold's purposes {named} are not all of {', '.join(PURPOSES)}; name at least one of these and no other"
        raise InputError(msg, where=f"hold {hold_id}")
    if not sealed and not note.strip():
        msg = "nothing is sealed and no note says why; seal the item's bytes or say why there are none"
        raise InputError(msg, where=f"hold {hold_id}")
    return Hold(
        id=hold_id,
        item=removed.item,
        action=removed.action,
        purposes=named,
        sealed=sealed,
        placed_at=removed.at,
        expires_at=expires_at(removed.at, months),
        note=note,
    )


def extend(hold: Hold, *, until: datetime, requester: str, document: str) -> Hold:
    """Keep the evidence longer because an authority or court asked for it (Article 6(2)).

    :param requester: the authority or court
    :param document: its reference, or the address of the letter
    :raises ConflictError: when the evidence is destroyed already
    :raises InputError: when ``until`` is no later than now agreed, or nobody or nothing is named
    """
    if hold.state is HoldState.DESTROYED:
        msg = f"hold {hold.id} cannot be extended: its evidence was destroyed on its date; answer the requester so"
        raise ConflictError(msg)
    if not requester.strip() or not document.strip():
        msg = "an extension names the authority or court and its document; pass both"
        raise InputError(msg, where=f"hold {hold.id}")
    if aware(until, "until") <= hold.expires_at:
        ends = hold.expires_at.isoformat()
        msg = f"until {until.isoformat()} is not after {ends}, when it ends anyway; give a later date"
        raise InputError(msg, where=f"hold {hold.id}")
    why = f"Extended from {hold.expires_at.isoformat()} at the request of {requester} ({document})."
    return replace(hold, expires_at=until, note=" ".join(filter(None, (hold.note, why))))


def destroy(hold: Hold, at: datetime) -> Hold:
    """Record that the sealed bytes and their key are destroyed; what stays says only that there was something.

    :raises ConflictError: before the date, or when it was done already
    """
    if hold.state is HoldState.DESTROYED:
        msg = f"hold {hold.id} was destroyed already; nothing is left to do"
        raise ConflictError(msg)
    if aware(at, "at") < hold.expires_at:
        msg = f"hold {hold.id} must be kept until {hold.expires_at.isoformat()} (Art. 6); run this again then"
        raise ConflictError(msg)
    return replace(hold, state=HoldState.DESTROYED, sealed="")
