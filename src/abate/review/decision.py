"""Deciding a case, and taking a decision back. Decisions are added, never changed.

* A person decides ``none``, ``limit`` or ``remove``; ``review`` is where a case is, not what is decided of it.
* What the rules did by themselves is a decision too, by ``automatic``, but it leaves the case open for a person.
* An undo is one more decision. It names the one it reverses and opens the case again; it cannot itself be undone, since
  the way forward from an open case is to decide it.
"""

from dataclasses import replace
from datetime import datetime

from abate.domain.case import AUTOMATIC, Case, CaseState, Decision, Ground
from abate.domain.errors import ConflictError, InputError, RefusedError
from abate.domain.scan import Verdict

DECIDABLE = (Verdict.NONE, Verdict.LIMIT, Verdict.REMOVE)
"""What a person can decide."""


def decide(
    case: Case,
    *,
    verdict: Verdict,
    ground: Ground,
    note: str,
    by: str,
    at: datetime,
    decision_id: str,
) -> tuple[Case, Decision]:
    """Decide an open case.

    :param by: the deciding person's identifier
    :raises ConflictError: when somebody decided it already
    :raises InputError: when ``verdict`` is no decision, or nobody is named
    :raises RefusedError: when the rules ask to close a case, which only a person does
    """
    if case.state is CaseState.DECIDED:
        msg = (
            f"case {case.id} was decided already ({case.decision}); read it again, and undo that decision to change it"
        )
        raise ConflictError(msg)
    if verdict not in DECIDABLE:
        msg = f"{verdict.value!r} is no decision; decide {', '.join(v.value for v in DECIDABLE)}"
        raise InputError(msg, where=f"case {case.id}")
    _require_person(case, by)
    decision = Decision(
        id=decision_id, case=case.id, item=case.item, by=by, at=at, verdict=verdict, ground=ground, note=note
    )
    return replace(case, state=CaseState.DECIDED, decision=decision.id), decision


def limit_automatically(case: Case, *, at: datetime, decision_id: str) -> Decision:
    """Return the decision of the rules on a case whose proposal may act by itself; the case stays open for a person.

    :raises ConflictError: when a person decided it meanwhile
    :raises RefusedError: when the proposal needs a person, or is anything but a limit
    """
    if case.state is CaseState.DECIDED:
        msg = f"case {case.id} was decided by a person ({case.decision}), who goes before the rules; leave it so"
        raise ConflictError(msg)
    if not case.proposal.automatic or case.proposal.verdict is not Verdict.LIMIT:
        proposed = case.proposal.verdict.value
        msg = f"case {case.id} may not be acted on by the rules alone ({proposed}); a person decides it"
        raise RefusedError(msg)
    note = " ".join(reason.text for reason in case.proposal.reasons)
    return Decision(id=decision_id, case=case.id, item=case.item, by=AUTOMATIC, at=at, verdict=Verdict.LIMIT, note=note)


def undo(
    case: Case,
    decision: Decision,
    *,
    by: str,
    at: datetime,
    decision_id: str,
    note: str = "",
) -> tuple[Case, Decision]:
    """Take a decision back and open its case again.

    :raises ConflictError: when the decision is not the one in force: reversed already, or itself an undo
    :raises InputError: when nobody is named, or the decision is another case's
    :raises RefusedError: when the rules ask for it
    """
    if decision.case != case.id:
        msg = f"decision {decision.id} belongs to case {decision.case}; name that case"
        raise InputError(msg, where=f"case {case.id}")
    if decision.id != case.decision:
        # Undoing twice, undoing an undo and undoing what the rules did all end here: none of them is in force.
        msg = f"decision {decision.id} is not in force in case {case.id}; the case is {case.state}: decide it instead"
        raise ConflictError(msg)
    _require_person(case, by)
    reversal = Decision(
        id=decision_id,
        case=case.id,
        item=case.item,
        by=by,
        at=at,
        verdict=Verdict.NONE,
        ground=decision.ground,
        note=note,
        reverses=decision.id,
    )
    return replace(case, state=CaseState.OPEN, decision=""), reversal


def _require_person(case: Case, by: str) -> None:
    if not by.strip():
        msg = "nobody is named as deciding; pass the person's identifier"
        raise InputError(msg, where=f"case {case.id}")
    if by == AUTOMATIC:
        msg = f"case {case.id} is closed and opened by people only; let the rules limit it automatically instead"
        raise RefusedError(msg)
