"""Domain values as JSON-able values: one shape for the command line and the HTTP API."""

from collections.abc import Mapping
from datetime import datetime

from abate.compliance import due as due_rules
from abate.compliance import removal_order
from abate.domain.action import Action, Hold
from abate.domain.case import Case, Decision
from abate.domain.order import Deadline, RemovalOrder
from abate.flows.cases import CaseView
from abate.flows.provenance import match_json
from abate.flows.results import context_json, language_json, mention_json, proposal_json, score_json
from abate.flows.rule_clauses import RuleClauses

Json = dict[str, object]


def case_json(case: Case) -> Json:
    """Return a case."""
    return {
        "id": case.id,
        "item": case.item,
        "state": case.state.value,
        "opened_at": case.opened_at.isoformat(),
        "proposal": proposal_json(case.proposal),
        "matches": [match_json(match) for match in case.matches],
        "mentions": [mention_json(mention) for mention in case.mentions],
        "scores": [score_json(score) for score in case.scores],
        "language": language_json(case.language),
        "context": context_json(case.context),
        "decision": case.decision or None,
    }


def decision_json(decision: Decision) -> Json:
    """Return a decision."""
    return {
        "id": decision.id,
        "case": decision.case,
        "item": decision.item,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "verdict": decision.verdict.value,
        "ground": decision.ground.value,
        "note": decision.note,
        "reverses": decision.reverses or None,
    }


def action_json(action: Action) -> Json:
    """Return an action."""
    return {
        "id": action.id,
        "decision": action.decision,
        "item": action.item,
        "effect": action.effect.value,
        "connector": action.connector,
        "state": action.state.value,
        "created_at": action.created_at.isoformat(),
        "until": _time(action.until),
        "undoes": action.undoes or None,
        "result": action.result,
    }


def hold_json(hold: Hold) -> Json:
    """Return a hold, without the address of its evidence."""
    return {
        "id": hold.id,
        "item": hold.item,
        "purposes": list(hold.purposes),
        "placed_at": hold.placed_at.isoformat(),
        "expires_at": hold.expires_at.isoformat(),
        "state": hold.state.value,
        "sealed": bool(hold.sealed),
        "note": hold.note,
    }


def case_view_json(view: CaseView) -> Json:
    """Return a case with its item, decisions, actions and holds."""
    item = view.item
    return case_json(view.case) | {
        "content": {
            "kind": item.kind.value,
            "text": item.text,
            "url": item.url,
            "platform": item.platform,
            "channel": item.channel,
            "posted_at": _time(item.posted_at),
            "views": item.views,
            "surface": item.surface,
            "account_created_at": _time(item.account_created_at),
            "channel_created_at": _time(item.channel_created_at),
            "channel_members": item.channel_members,
        },
        "why": list(view.why),
        "clauses": [clauses_json(one) for one in view.clauses],
        "decisions": [decision_json(decision) for decision in view.decisions],
        "actions": [action_json(action) for action in view.actions],
        "holds": [hold_json(hold) for hold in view.holds],
        "due": view.deadline.due.isoformat() if view.deadline else None,
    }


def clauses_json(one: RuleClauses) -> Json:
    """Return what a rule found, clause by clause. ``holds`` and a value are ``null`` where something was missing."""
    found = [{"text": clause.text, "holds": clause.holds, "values": dict(clause.values)} for clause in one.clauses]
    return {"rule": one.rule, "version": one.version, "clauses": found}


def order_json(order: RemovalOrder, now: datetime) -> Json:
    """Return a removal order with its clock as it stands ``now``."""
    deadline = removal_order.deadline(order)
    return {
        "id": order.id,
        "state": order.state.value,
        "authority": order.authority,
        "authority_reference": order.authority_reference,
        "issuing_state": order.issuing_state,
        "authentication": order.authentication.value,
        "received_at": order.received_at.isoformat(),
        "received_text": order.received_text,
        "raw_sha256": order.raw_sha256,
        "items": list(order.items),
        "urls": list(order.urls),
        "material_types": list(order.material_types),
        "reasons": order.reasons,
        "missing": list(removal_order.missing_fields(order)),
        "due": deadline.due.isoformat() if deadline else None,
        "late": removal_order.is_late(order, now),
        "clock": [{"kind": e.kind.value, "at": e.at.isoformat(), "reason": e.reason} for e in order.clock],
        "executed_at": _time(order.executed_at),
        "replied_at": _time(order.replied_at),
        "reply": order.reply,
    }


def deadline_json(deadline: Deadline, now: datetime) -> Json:
    """Return a deadline with the time that is left."""
    return {
        "subject": deadline.subject,
        "name": deadline.name,
        "due": deadline.due.isoformat(),
        "seconds_left": int(due_rules.remaining(deadline, now).total_seconds()),
        "stands": due_rules.describe(deadline, now),
        "basis": deadline.basis,
        "text": deadline.text,
    }


def scalar_rows(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what can be printed on one line each: lists joined, empty values left out."""
    joined = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in values.items()}
    return [(name.replace("_", " "), str(value)) for name, value in joined.items() if value not in {None, ""}]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
