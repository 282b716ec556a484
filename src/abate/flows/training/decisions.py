"""Labels from what people decided: removed and limited are violations, by their ground; left alone is benign.

Only decisions of people count that are in force: what the rules did, and what was taken back, teaches nothing. An item
has one label, that of its newest decision. Texts are read out of the store to be hashed, and go nowhere else.

What people were shown is not a sample of what is posted: a model learnt from it knows the queue, and its card says so.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from abate.domain.case import AUTOMATIC, CaseState, Decision
from abate.domain.errors import InputError
from abate.domain.item import Item
from abate.domain.verdict import Verdict
from abate.extend.store import Store, Transaction
from abate.flows.training.labelled import Identify, Labelled, code_of

BENIGN = "benign"
OTHER = "OTHER_GROUNDS"
"""The label of grounds on which too little was decided to tell them apart."""
LEAST_OF_A_GROUND = 50
_PAGE = 1_000


def from_decisions(store: Store, identify: Identify) -> Labelled:
    """Return the decided items that have a text, labelled.

    :raises InputError: when no person has decided about a text
    """
    with store.read() as tx:
        newest = newest_of_people(tx)
        rows = rows_of(tx, newest, lambda item: label_of(newest[item]), identify)
    if not rows.texts:
        msg = "no decision of a person about a text is in the store; give labelled files instead"
        raise InputError(msg, where="--from-decisions")
    return replace(rows, labels=tuple(_grouped(rows.labels)))


def rows_of(
    tx: Transaction, newest: Mapping[str, Decision], label: Callable[[str], str], identify: Identify
) -> Labelled:
    """Return those of the decided items that have a text still.

    :param label: of an item
    """
    rows = [item for item in _items(tx, list(newest)) if item.text.strip()]
    codes = [code_of(item.language) if item.language else "" for item in rows]
    unsaid = [place for place, code in enumerate(codes) if not code]
    for place, code in zip(unsaid, identify([rows[place].text for place in unsaid]) if unsaid else (), strict=True):
        codes[place] = code
    none = ("",) * len(rows)
    return Labelled(
        texts=tuple(item.text for item in rows),
        labels=tuple(label(item.id) for item in rows),
        languages=tuple(codes),
        templates=none,
        sources=none,
        protected=(False,) * len(rows),
        until=max((newest[item.id].at.isoformat() for item in rows), default=""),
    )


def newest_of_people(tx: Transaction) -> dict[str, Decision]:
    """Return item → the newest decision of a person that is in force."""
    in_force = {case.decision for case in tx.cases.find(state=CaseState.DECIDED.value) if case.decision}
    newest: dict[str, Decision] = {}
    for decision in tx.decisions.get_many(in_force):
        by_a_person = decision.by != AUTOMATIC and not decision.reverses
        if by_a_person and (decision.item not in newest or newest[decision.item].at <= decision.at):
            newest[decision.item] = decision
    return newest


def _items(tx: Transaction, names: list[str]) -> Iterator[Item]:
    for start in range(0, len(names), _PAGE):
        yield from tx.items.get_many(names[start : start + _PAGE])


def label_of(decision: Decision) -> str:
    """Return what a decision says a text is: benign, or a violation on its ground."""
    return BENIGN if decision.verdict is Verdict.NONE else decision.ground.value


def label_in(decision: Decision, labels: Collection[str], violating: Collection[str]) -> str:
    """Return which of a model's labels a decision amounts to; empty where that cannot be said."""
    own = label_of(decision)
    is_violation = decision.verdict is not Verdict.NONE
    if own in labels:
        return own
    if is_violation and OTHER in labels:
        return OTHER
    side = [one for one in labels if (one in violating) == is_violation]
    return side[0] if len(side) == 1 else ""


def _grouped(labels: Sequence[str]) -> list[str]:
    """Put the grounds with few decisions together."""
    counts = Counter(labels)
    return [one if one == BENIGN or counts[one] >= LEAST_OF_A_GROUND else OTHER for one in labels]
