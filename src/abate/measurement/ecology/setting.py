"""What a user may ask of the model, checked, and turned into rates at equal cost."""

from abate.domain.errors import InputError
from abate.measurement.ecology.run import NO_LIMIT, Setting

ACTIONS_AN_EVENT = 0.0005
"""At effort one: three thousand actions in six million steps."""
MEMBERS_AN_ACTION = 20.0
"""What an action may displace on average where members are the cost."""
MOST_MEMBERS, MOST_EVENTS = 10**9, 10**11
_STEPS_A_MEMBER = 6
_SOUGHT_OFTENER = 20
"""Where members are the cost, actions are tried this much more often, and the budget decides."""


def equal_cost(*, size: int, events: int, split: float, effort: float, cost: str, threshold: int) -> Setting:
    """Return the setting in which all policies cost the same.

    :param events: steps; 0 for six a member
    :param effort: actions in two thousand steps
    :param cost: ``actions``: each policy acts equally often; ``members``: each may displace equally many
    :param threshold: the cluster size whose reaching is timed; 0 for a tenth of all members
    :raises InputError: for what the model cannot run with
    """
    _within("--size", size, 2, MOST_MEMBERS)
    _within("--events", events, 0, MOST_EVENTS)
    _within("--split", split, 0, 1)
    _within("--effort", effort, 0, 1 / ACTIONS_AN_EVENT)
    _within("--threshold", threshold, 0, size)
    if cost not in {"actions", "members"}:
        msg = f"--cost {cost}: choose actions or members"
        raise InputError(msg)
    rate = effort * ACTIONS_AN_EVENT
    by_members = cost == "members"
    return Setting(
        size=size,
        events=events or _STEPS_A_MEMBER * size,
        split=split,
        actions_an_event=min(rate * _SOUGHT_OFTENER, 1.0) if by_members else rate,
        members_an_event=rate * MEMBERS_AN_ACTION if by_members else NO_LIMIT,
        threshold=threshold or max(size // 10, 2),
    )


def _within(option: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        msg = f"{option} {value}: choose a number from {low} to {high}"
        raise InputError(msg)
