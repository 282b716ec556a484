"""What the pages on rules have in common: where a version is found, who did what, and its counts as pictures."""

from collections.abc import Callable

from abate.domain.rule import RuleVersion
from abate.flows import people
from abate.flows.kit import Kit
from abate.flows.rules.overview import Beside, Shown
from abate.policy.rules.life import OPERATOR
from abate.web import strings
from abate.web.console.rule_bars import Row, bars
from abate.web.pages import PageRequest

_TAKEN = frozenset({"new", "check"})
"""Addresses that are something else; a rule of that name is found by its version."""
_WIDE = 720
"""Width of a drawing that has a row of its own."""
_SHORT = 8
"""Digits of a version that a page shows."""


def address(version: RuleVersion) -> str:
    """Return the path of the page that shows a version."""
    return f"/rules/{version.id if version.name in _TAKEN else version.name}?version={version.id}"


def named(name: str, version: str) -> str:
    """Return the path of the page of a name."""
    return f"/rules/{version if name in _TAKEN else name}"


def short(version: str) -> str:
    """Return how a page calls a version."""
    return version[:_SHORT]


def by(request: PageRequest) -> str:
    """Return who asks."""
    identifier: str = request.scope["user"].user.id
    return identifier


def person(kit: Kit) -> Callable[[str], str]:
    """Return what calls people by their login names."""
    names = {user.id: user.name for user in people.users(kit)}
    return lambda who: strings.text("rules.operator") if who == OPERATOR else names.get(who, who)


def pictures(shown: Shown, other: Shown | None = None, *, width: int = 480) -> dict[str, str]:
    """Draw the hits of a version by hour and by day, beside those of another where one is given."""
    mark = short(shown.version.id)
    both = [(hue, one) for hue, one in enumerate((shown, other), 1) if one is not None]
    return {
        "hours": bars(
            strings.text("rules.by_hour"),
            [f"{at:%H}:00" for at in shown.hours.begins],
            [Row(name=_called(one.version), values=one.hours.hits, hue=hue) for hue, one in both],
            name=f"h{mark}",
            width=width,
        ),
        "days": bars(
            strings.text("rules.by_day"),
            [f"{at:%d %b}" for at in shown.days.begins],
            [Row(name=_called(one.version), values=one.days.hits, hue=hue) for hue, one in both],
            name=f"d{mark}",
            width=width,
        ),
    }


def beside_drawn(shown: Shown, beside: Beside | None) -> str:
    """Draw the hits by day of a version and of the one that it is seen beside."""
    if beside is None:
        return ""
    rows = [
        Row(name=_called(shown.version), values=shown.days.hits, hue=1),
        Row(name=_called(beside.other), values=beside.days.hits, hue=2),
    ]
    labels = [f"{at:%d %b}" for at in shown.days.begins]
    return bars(strings.text("rules.by_day"), labels, rows, name="beside", width=_WIDE)


def _called(version: RuleVersion) -> str:
    return f"{strings.text(f'rulestate.{version.state.value}')} {short(version.id)}"
