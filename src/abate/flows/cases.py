"""Cases: opened by the pipeline or an order, decided and undone by a person, each step in one transaction."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from abate.compliance import due as due_rules
from abate.domain.action import Action, Effect, Hold
from abate.domain.case import AUTOMATIC, Case, CaseState, Decision, Ground
from abate.domain.errors import ConflictError, RefusedError
from abate.domain.history import Step
from abate.domain.item import Item
from abate.domain.order import Deadline
from abate.domain.scan import Scan, Verdict
from abate.extend.store import Transaction
from abate.flows import clocks, effects, holding, past_counts
from abate.flows.events import event_of
from abate.flows.kit import Kit
from abate.flows.rule_clauses import RuleClauses, of_case
from abate.review import decision as rules_of_review
from abate.review.describe import describe_case
from abate.review.queue import order_queue


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A case with all that a reviewer needs to see beside it."""

    case: Case
    item: Item
    decisions: tuple[Decision, ...] = ()
    actions: tuple[Action, ...] = ()
    holds: tuple[Hold, ...] = ()
    deadline: Deadline | None = None
    """The soonest deadline of the law that this item stands under."""
    why: tuple[str, ...] = ()
    clauses: tuple[RuleClauses, ...] = ()
    """What each rule of the operator that spoke found, of a case that is shown by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a person chose for a case."""

    verdict: Verdict
    ground: Ground = Ground.TERMS
    note: str = ""
    by: str


def case_id_of(item_id: str) -> str:
    """One item, one case: the identifier follows from the item, so a retried batch opens nothing twice."""
    return "c" + hashlib.sha256(item_id.encode()).hexdigest()[:20]


def open_case(tx: Transaction, one: Scan, now: datetime, *, case_id: str = "") -> Case:
    """Put an item before a reviewer.

    :param case_id: of a further case of an item whose first was decided
    """
    case = Case(
        id=case_id or case_id_of(one.item.id),
        item=one.item.id,
        opened_at=now,
        proposal=one.proposal,
        matches=one.matches,
        mentions=one.mentions,
        scores=one.scores,
        language=one.language,
        context=one.context,
    )
    tx.cases.add(case)
    tx.history.append([event_of(one.item, Step.OPENED, now, one.proposal.verdict.value, _group(case))])
    body = {"item": case.item, "verdict": one.proposal.verdict.value, "automatic": one.proposal.automatic}
    tx.audit.append(at=now, tag="rules:case:opened", subject=case.id, body=body)
    return case


def queue(kit: Kit, *, limit: int | None = None) -> list[CaseView]:
    """Return the open cases, the most urgent first."""
    with kit.store.read() as tx:
        due = clocks.by_item(tx)
        ordered = order_queue(tx.cases.find(state=CaseState.OPEN.value), due, kit.clock.now())
        return [_view(kit, tx, case, due) for case in ordered[:limit]]


def listed(kit: Kit, state: CaseState | None = None) -> list[Case]:
    """Return the cases, oldest first."""
    with kit.store.read() as tx:
        return tx.cases.find(state=state.value) if state else tx.cases.find()


def show(kit: Kit, case_id: str) -> CaseView:
    """Return one case.

    :raises NotFoundError: when there is none of this identifier
    """
    with kit.store.read() as tx:
        case = tx.cases.get(case_id)
        return replace(_view(kit, tx, case, clocks.by_item(tx)), clauses=of_case(tx, case))


def _view(kit: Kit, tx: Transaction, case: Case, due: Mapping[str, Deadline]) -> CaseView:
    now, deadline = kit.clock.now(), due.get(case.item)
    stands = due_rules.describe(deadline, now) if deadline else ""
    return CaseView(
        case=case,
        item=tx.items.get(case.item),
        decisions=tuple(tx.decisions.find(case=case.id)),
        actions=tuple(tx.actions.find(item=case.item)),
        holds=tuple(tx.holds.find(item=case.item)),
        deadline=deadline,
        why=describe_case(case, now=now, deadline=stands),
    )


def decide(
    kit: Kit, case_id: str, *, verdict: Verdict, ground: Ground = Ground.TERMS, note: str = "", by: str
) -> Decision:
    """Decide a case: the decision, its actions with their jobs, the hold and the audit record, together.

    :raises ConflictError: when somebody decided it meanwhile
    """
    choice = Choice(verdict=verdict, ground=ground, note=note, by=by)
    sealed = None
    if verdict is Verdict.REMOVE:
        sealed = holding.seal(kit, show(kit, case_id).item)
    with kit.store.write() as tx:
        return decide_in(kit, tx, case_id, choice, sealed)


def decide_in(kit: Kit, tx: Transaction, case_id: str, choice: Choice, sealed: holding.Sealed | None) -> Decision:
    """Decide a case inside a transaction that the caller opened.

    :param sealed: where the item's evidence lies; needed for a removal
    """
    before = tx.cases.get(case_id)
    case, decision = rules_of_review.decide(
        before,
        verdict=choice.verdict,
        ground=choice.ground,
        note=choice.note,
        by=choice.by,
        at=kit.clock.now(),
        decision_id=_new_id(),
    )
    item = tx.items.get(case.item)
    _write(tx, case, item, decision)
    for action in effects.put_out(kit, tx, decision):
        if action.effect is Effect.REMOVE:
            cause = holding.Cause(subject=action.id, at=action.created_at)
            holding.hold(kit, tx, item, cause, sealed or holding.Sealed(address="", note="nothing was sealed"))
    return decision


def overrule_in(kit: Kit, tx: Transaction, case_id: str, choice: Choice, sealed: holding.Sealed | None) -> Decision:
    """Decide a case whether or not it was decided before: an order of an authority is not stopped by a closed case."""
    if tx.cases.get(case_id).state is CaseState.DECIDED:
        # No restore is sent for what the order's own removal replaces: it could arrive after it.
        _reopen(kit, tx, case_id, note=choice.note, by=choice.by)
    return decide_in(kit, tx, case_id, choice, sealed)


def undo(kit: Kit, case_id: str, *, note: str = "", by: str, over_order: bool = False) -> Decision:
    """Take back the decision in force: the case is open again, and what was done is reversed.

    :param over_order: the person may handle orders, and means to restore what one had removed
    :raises ConflictError: when the case is open
    :raises RefusedError: when the decision carried out an authority's order and ``over_order`` is not given
    """
    with kit.store.write() as tx:
        taken = _in_force(tx, case_id)
        if taken.ground is Ground.TCO_ART3 and not (over_order and note.strip()):
            msg = (
                f"case {case_id} was decided to carry out a removal order; only who handles orders takes that back, "
                "with a note that says why (the order was annulled, or was none)"
            )
            raise RefusedError(msg)
        decision = _reopen(kit, tx, case_id, note=note, by=by)
        effects.put_out(kit, tx, decision)
        return decision


def _in_force(tx: Transaction, case_id: str) -> Decision:
    case = tx.cases.get(case_id)
    if case.state is CaseState.OPEN:
        msg = f"case {case_id} is open: there is no decision to undo"
        raise ConflictError(msg)
    return tx.decisions.get(case.decision)


def _reopen(kit: Kit, tx: Transaction, case_id: str, *, note: str, by: str) -> Decision:
    taken = _in_force(tx, case_id)
    case, decision = rules_of_review.undo(
        tx.cases.get(case_id), taken, by=by, at=kit.clock.now(), decision_id=_new_id(), note=note
    )
    _write(tx, case, tx.items.get(case.item), decision)
    return decision


def limit_automatically(kit: Kit, tx: Transaction, case: Case, item: Item) -> Decision:
    """Let the rules limit an item for a day at most. The case stays open: a person looks at every one."""
    decision = rules_of_review.limit_automatically(case, at=kit.clock.now(), decision_id=_new_id())
    _write(tx, case, item, decision)
    effects.put_out(kit, tx, decision)
    return decision


def _write(tx: Transaction, case: Case, item: Item, decision: Decision) -> None:
    tx.cases.replace(case)
    tx.decisions.add(decision)
    past_counts.settle_removal(tx, item, decision)
    step = Step.UNDONE if decision.reverses else Step.DECIDED
    tx.history.append([event_of(item, step, decision.at, decision.verdict.value, _group(case))])
    body = {
        "case": case.id,
        "item": item.id,
        "by": decision.by,
        "verdict": decision.verdict.value,
        "ground": decision.ground.value,
        "reverses": decision.reverses,
    }
    source = "rules" if decision.by == AUTOMATIC else "reviewer"
    tx.audit.append(at=decision.at, tag=f"{source}:case:{step.value}", subject=decision.id, body=body)


def _group(case: Case) -> str:
    return next((found.group for found in case.matches if found.group and found.is_group_content), "")


def _new_id() -> str:
    return "d" + secrets.token_hex(8)
