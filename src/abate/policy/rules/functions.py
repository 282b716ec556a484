"""The functions that a rule may call, and the durations that windows take.

All but ``has`` are strict: the result is missing as soon as one argument is.
"""

import re
from dataclasses import dataclass

from abate.policy.rules.tree import Type

_N, _T, _B, _L = Type.NUMBER, Type.TEXT, Type.BOOL, Type.TEXTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One row of the table."""

    name: str
    takes: tuple[frozenset[Type], ...]
    """The types that each argument may have."""
    gives: Type
    help: str
    cost: int = 1
    literal: bool = False
    """The last argument is written out in the rule."""
    many: bool = False
    """The last argument may repeat, up to :data:`MANY` in all."""


MANY = 8


def _takes(*kinds: Type | tuple[Type, ...]) -> tuple[frozenset[Type], ...]:
    return tuple(frozenset(one if isinstance(one, tuple) else (one,)) for one in kinds)


TABLE = (
    Function(name="has", takes=_takes(tuple(Type)), gives=_B, help="whether it is there; never missing itself"),
    Function(name="lower", takes=_takes(_T), gives=_T, cost=8, help="the text with each capital made small"),
    Function(name="length", takes=_takes((_T, _L)), gives=_N, help="characters of a text, members of a list"),
    Function(name="starts_with", takes=_takes(_T, _T), gives=_B, cost=4, help="whether a text begins so"),
    Function(name="ends_with", takes=_takes(_T, _T), gives=_B, cost=4, help="whether a text ends so"),
    Function(name="contains", takes=_takes(_T, _T), gives=_B, cost=6, help="whether a text holds another"),
    Function(
        name="contains_any",
        takes=_takes(_T, _L),
        gives=_B,
        cost=20,
        literal=True,
        help="whether a text holds one of those listed",
    ),
    Function(
        name="matches_re",
        takes=_takes(_T, _T),
        gives=_B,
        cost=30,
        literal=True,
        help="whether an RE2 pattern is found in a text",
    ),
    Function(name="any_of", takes=_takes(_L, _L), gives=_B, cost=4, help="whether two lists share a member"),
    Function(name="abs", takes=_takes(_N), gives=_N, help="the number without its sign"),
    Function(name="min", takes=_takes(_N, _N), gives=_N, many=True, help="the smallest"),
    Function(name="max", takes=_takes(_N, _N), gives=_N, many=True, help="the largest"),
)
"""All functions, in the order of the documentation."""

BY_NAME = {one.name: one for one in TABLE}

WINDOWS = {
    "count": "count(by, duration): events with the same value of the field, this one with them",
    "count_distinct": "count_distinct(by, of, duration): different values of another field among these",
    "sum": "sum(of, by, duration): total of a field of whole numbers among these",
    "rate": "rate(by, duration): these events per hour",
}
"""The windowed functions, each with how it is called. They end with the event itself and look back ``duration``."""

WINDOW_COST = 50
LONGEST = 90 * 86_400
"""Seconds that a window may look back."""

_DURATION = re.compile(r"([1-9][0-9]{0,7})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds(text: str) -> int | None:
    """Read a duration such as ``10m``, ``1h`` or ``7d``; ``None`` where it is none or too long."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    length = int(found[1]) * _SECONDS[found[2]]
    return length if length <= LONGEST else None
