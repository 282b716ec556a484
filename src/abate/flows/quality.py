"""What people decided, gathered from the store for the measure of quality. No name leaves this file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from abate.domain.case import AUTOMATIC, Case, Decision, Ground
from abate.domain.item import Item
from abate.domain.scan import Verdict
from abate.extend.signal import SignalType
from abate.extend.store import Records
from abate.flows.kit import Asking
from abate.measurement.quality import SUPPRESS_BELOW, Judged, Quality, quality

_VIOLATING = (Verdict.LIMIT, Verdict.REMOVE)


def quality_of(
    kit: Asking, *, until: datetime | None = None, suppress_below: int = SUPPRESS_BELOW, seed: int = 0
) -> Quality:
    """Measure detection and agreement by what people decided.

    :param until: leave out cases that were opened, and decisions that were made, later
    """
    with kit.store.read() as tx:
        by_case = _by_case(tx.decisions.find(), until)
        cases = [one for one in tx.cases.find() if until is None or one.opened_at <= until]
        told = ((case, by_case.get(case.id, []), tx.items) for case in cases)
        judged = [found for one in told if (found := _judged(*one, kit.signals))]
    return quality(judged, open_cases=len(cases) - len(judged), suppress_below=suppress_below, seed=seed)


def _by_case(decisions: Iterable[Decision], until: datetime | None) -> dict[str, list[Decision]]:
    out: dict[str, list[Decision]] = {}
    for one in sorted(decisions, key=lambda each: each.at):
        if until is None or one.at <= until:
            out.setdefault(one.case, []).append(one)
    return out


def _judged(
    case: Case, decisions: Sequence[Decision], items: Records[Item], signals: Mapping[str, SignalType]
) -> Judged | None:
    """Return what was decided of a case; ``None`` while no person did."""
    force = in_force(decisions)
    if force is None:
        return None
    item = items.get(case.item)
    return Judged(
        violating=force.verdict in _VIOLATING,
        signals=frozenset(match.signal_type for match in case.matches),
        banks=frozenset(match.bank for match in case.matches),
        language=item.language or "und",
        readable_by=frozenset(name for name, plug in signals.items() if item.kind in plug.kinds),
        second=second_reading(decisions),
    )


def in_force(decisions: Sequence[Decision]) -> Decision | None:
    """Return a person's decision that was not taken back; ``None`` while the case is open.

    :param decisions: of one case, in order of time
    """
    taken_back = {one.reverses for one in decisions if one.reverses}
    standing = [one for one in decisions if _by_a_person(one) and one.id not in taken_back]
    return standing[-1] if standing else None


def second_reading(decisions: Sequence[Decision]) -> tuple[bool, bool] | None:
    """Return what two different people decided of one case: the first, and the next by somebody else.

    What carried out an authority's order is nobody's reading, and an undo alone is a doubt and no decision.
    """
    read = [one for one in decisions if _by_a_person(one) and one.ground is not Ground.TCO_ART3]
    if not read:
        return None
    other = next((one for one in read if one.by != read[0].by), None)
    return None if other is None else (read[0].verdict in _VIOLATING, other.verdict in _VIOLATING)


def _by_a_person(decision: Decision) -> bool:
    return not decision.reverses and decision.by != AUTOMATIC
