"""The first page: what is due, what waits, and whether it abates."""

from collections.abc import Callable
from typing import TypeVar

from litestar import get

from abate.domain.action import ActionState
from abate.domain.case import CaseState
from abate.domain.person import Permission
from abate.domain.rule import RuleState
from abate.flows import cases, clocks, delivery, floods, measure
from abate.flows.kit import Kit
from abate.flows.rules import alarm
from abate.web import pages
from abate.web.entry import Actor, kit_of
from abate.web.pages import Page, PageRequest

T = TypeVar("T")
SHOWN = 5


@get("/", permission=Permission.TOKENS_OWN, sync_to_thread=True)
def today(request: PageRequest) -> Page:
    """Show each part to those whose role shows it them, and no more."""
    kit, actor = kit_of(request), request.scope["user"]
    return pages.page(
        request,
        "today.html",
        due=_if(actor, Permission.ORDERS_READ, lambda: clocks.due(kit)),
        waiting=_if(actor, Permission.CASES_READ, lambda: cases.queue(kit, limit=SHOWN)),
        open_cases=_if(actor, Permission.CASES_READ, lambda: _open_cases(kit)),
        measured=actor.may(Permission.MEASURE_READ).allowed,
        presence=_if(actor, Permission.MEASURE_READ, lambda: measure.presence_at_a_glance(kit)),
        aside=_if(actor, Permission.BANKS_EDIT, lambda: len(floods.open_ones(kit))),
        rules_wait=_if(actor, Permission.RULES_APPROVE, lambda: _rules_that_wait(kit)),
        rules_ring=_if(actor, Permission.RULES_EDIT, lambda: len(alarm.alarms(kit))),
        dead=_if(actor, Permission.ACTIONS_READ, lambda: len(delivery.dead_letters(kit))),
        pending=_if(actor, Permission.ACTIONS_READ, lambda: _pending(kit)),
    )


def _if(actor: Actor, permission: Permission, compute: Callable[[], T]) -> T | None:
    return compute() if actor.may(permission).allowed else None


def _open_cases(kit: Kit) -> int:
    with kit.store.read() as tx:
        return tx.cases.count(state=CaseState.OPEN.value)


def _rules_that_wait(kit: Kit) -> int:
    with kit.store.read() as tx:
        return sum(one.asked_at is not None for one in tx.rules.find(state=RuleState.SHADOW.value))


def _pending(kit: Kit) -> int:
    with kit.store.read() as tx:
        return tx.actions.count(state=ActionState.PENDING.value)
