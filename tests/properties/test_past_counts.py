"""Removed counts are what a recount of the decisions gives, in whatever order cases are decided and reopened."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.case import CaseState
from abate.domain.item import Item, Kind
from abate.domain.scan import Proposal, Scan, Verdict
from abate.extend.store import Transaction
from abate.flows import cases, past_counts
from abate.flows.kit import Kit
from abate.testing import FrozenClock, make_kit
from examples import WHOLE_ANSWERS

ITEMS = [
    Item(id=str(n), kind=Kind.TEXT, platform=p, account=a, channel=c)
    for n, (p, a, c) in enumerate(
        [("p", "ash", "quay"), ("p", "ash", "pier"), ("q", "ash", "quay"), ("p", "elm", ""), ("p", "", "quay")]
    )
]


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that a person does."""

    verb: str
    case: int
    verdict: Verdict
    hours: int


acts = st.builds(
    Act,
    verb=st.sampled_from(["decide", "decide", "undo", "overrule"]),
    case=st.integers(0, 2 * len(ITEMS) - 1),
    verdict=st.sampled_from([Verdict.REMOVE, Verdict.REMOVE, Verdict.LIMIT, Verdict.NONE]),
    hours=st.integers(-1, 2),
)


def opened(tx: Transaction, kit: Kit) -> list[str]:
    """Two cases for each item."""
    tx.items.add_many(ITEMS)
    scans = [Scan(item=item, proposal=Proposal(verdict=Verdict.REVIEW, reasons=())) for item in ITEMS] * 2
    return [cases.open_case(tx, one, kit.clock.now(), case_id=f"c{n}").id for n, one in enumerate(scans)]


def recounted(tx: Transaction) -> dict[str, int]:
    """Distinct items whose decision in force removes them, by account and channel, from the decisions alone."""
    standing = [tx.decisions.get(case.decision) for case in tx.cases.find(state=CaseState.DECIDED.value)]
    gone = {one.item for one in standing if one.verdict is Verdict.REMOVE}
    keys = [
        key for item in ITEMS if item.id in gone for key in (past_counts.account_of(item), past_counts.channel_of(item))
    ]
    return Counter(filter(None, keys))


@WHOLE_ANSWERS
@given(st.lists(acts, max_size=14))
def test_removed_counts_are_those_of_a_recount(done):
    clock = FrozenClock()
    kit = make_kit(Path("nowhere"), clock=clock)
    with kit.store.write() as tx:
        ids = opened(tx, kit)
        told = past_counts.more(tx, ITEMS, clock.now())
    assert [one.get("account.items") for one in told] == [1, 2, 1, 1, None]
    for act in done:
        clock.move(hours=act.hours)
        with kit.store.write() as tx:
            choice, case = cases.Choice(verdict=act.verdict, by="kim"), tx.cases.get(ids[act.case])
            if act.verb == "overrule":
                cases.overrule_in(kit, tx, case.id, choice, None)
            elif act.verb == "decide" and case.state is CaseState.OPEN:
                cases.decide_in(kit, tx, case.id, choice, None)
        if act.verb == "undo" and case.state is CaseState.DECIDED:
            cases.undo(kit, case.id, by="kim")
        with kit.store.read() as tx:
            counts = {one.id: one.removed for one in tx.past_counts.find() if one.removed}
            assert counts == recounted(tx)
