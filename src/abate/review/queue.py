"""In which order open cases are put before people.

Most urgent first, by these in turn:

1. a deadline of the law on the item, the soonest due first;
2. an automatic limit that waits for a person: somebody's post is out of sight without any human having looked;
3. waiting longer than :data:`PATIENCE`: weak cases are not passed over for ever by stronger ones that keep coming;
4. strength: more organisations that vouch for what it matched, then the smaller distance, then the higher score;
5. age, the oldest first; at one moment by identifier, so that a list never flickers between two looks.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from abate.domain.case import Case, CaseState
from abate.domain.order import Deadline
from abate.domain.times import aware

PATIENCE = timedelta(hours=24)
"""How long a case waits before its strength no longer matters."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_FARTHEST = 2**31
"""Stands for the distance of a case without any match."""


def order_queue(cases: Iterable[Case], deadlines_by_item: Mapping[str, Deadline], now: datetime) -> list[Case]:
    """Return the open ones of ``cases``, the most urgent first.

    :param deadlines_by_item: the soonest deadline of each item that has one, by the item's identifier
    """
    moment = aware(now, "now")
    waiting = (case for case in cases if case.state is CaseState.OPEN)
    return sorted(waiting, key=lambda case: _urgency(case, deadlines_by_item.get(case.item), moment))


Urgency = tuple[datetime, bool, bool, int, int, float, datetime, str]


def _urgency(case: Case, deadline: Deadline | None, now: datetime) -> Urgency:
    patient = now - case.opened_at <= PATIENCE
    sources = {source for match in case.matches for source in match.sources}
    nearest = min((match.distance for match in case.matches), default=_FARTHEST)
    return (
        deadline.due if deadline else _NEVER,
        not case.proposal.automatic,
        patient,
        -len(sources) if patient else 0,
        nearest if patient else 0,
        -max((score.probability for score in case.scores), default=0.0) if patient else 0.0,
        case.opened_at,
        case.id,
    )
