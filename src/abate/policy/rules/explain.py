"""Why a rule fired, or did not: a walk over its tree that shows each clause with its value, what is missing with them.

``value`` is also the definition of the language: the other evaluators must give what it gives.

Missing is Kleene's third value. What is computed of something missing is missing; ``and`` and ``or`` are decided by the
other side where that is enough; ``not`` leaves it missing; ``has(x)`` never is. A rule fires only on true.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from abate.policy.explain import printable
from abate.policy.rules.check import PLACEHOLDER
from abate.policy.rules.errors import shown
from abate.policy.rules.event import Event, held
from abate.policy.rules.meaning import divided, holds_any, lowered
from abate.policy.rules.patterns import Pattern
from abate.policy.rules.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Field,
    Listing,
    Literal,
    Logic,
    Member,
    Negative,
    Node,
    Not,
    Rule,
    Value,
    Window,
    conjuncts,
    walk,
    written,
)

MISSING = "missing"


@lru_cache(maxsize=1_024)
def _pattern(text: str) -> Pattern:
    return Pattern(text)


_STRICT: Mapping[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divided,
    "lower": lowered,
    "length": lambda of: float(len(of)),
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": lambda text, needle: needle in text,
    "contains_any": holds_any,
    "matches_re": lambda text, pattern: _pattern(pattern).is_in(text),
    "any_of": lambda one, other: not set(one).isdisjoint(other),
    "abs": abs,
    "min": min,
    "max": max,
}
"""What each operator and function gives where all its arguments are there."""


def value(node: Node, event: Event) -> Value:  # noqa: PLR0911 - one for each kind of node
    """Return what ``node`` comes to; ``None`` is missing."""
    match node:
        case Literal():
            return node.value
        case Listing():
            return node.values
        case Field():
            return held(node, event)
        case Window():
            return event.get(node.column)
        case Logic():
            return _logic(node, event)
        case Choice():
            asked = value(node.condition, event)
            return None if asked is None else value(node.yes if asked else node.no, event)
        case Call(function="has"):
            return value(node.arguments[0], event) is not None
        case _:
            return _strict(node, event)


def _logic(node: Logic, event: Event) -> bool | None:
    decides = node.word == "or"
    found = [value(part, event) for part in node.parts]
    if decides in found:
        return decides
    return None if None in found else not decides


def _strict(node: Node, event: Event) -> Value:
    match node:
        case Compare() | Arithmetic():
            return _applied(_STRICT[node.operator], (node.left, node.right), event)
        case Member():
            return _applied(lambda item, box: item in box, (node.item, node.box), event)
        case Not():
            return _applied(operator.not_, (node.operand,), event)
        case Negative():
            return _applied(operator.neg, (node.operand,), event)
        case Call():
            return _applied(_STRICT[node.function], node.arguments, event)
        case _:
            raise TypeError(node)


def _applied(function: Callable[..., Any], parts: tuple[Node, ...], event: Event) -> Value:
    values = [value(part, event) for part in parts]
    if any(one is None for one in values):
        return None
    result: Value = function(*values)
    return result


def fires(rule: Rule, event: Event) -> bool:
    """Say whether ``rule`` fires on ``event``: on true, not on missing."""
    return value(rule.condition, event) is True


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One term of a rule with what it came to."""

    text: str
    """As its author wrote it."""
    holds: bool | None
    """``None`` where it is missing."""
    values: tuple[tuple[str, Value], ...]
    """What it read, in the order it is written."""

    @property
    def line(self) -> str:
        """Return it as one line, safe to print."""
        outcome = MISSING if self.holds is None else str(self.holds).lower()
        read = "; ".join(f"{name} = {told(held)}" for name, held in self.values)
        return f"{outcome}: {printable(self.text)}" + (f" ({read})" if read else "")


def clauses(rule: Rule, event: Event) -> tuple[Clause, ...]:
    """Return each term that must hold for ``rule`` to fire, with its value."""
    return tuple(_clause(term, rule, event) for term in conjuncts(rule.condition))


def _clause(term: Node, rule: Rule, event: Event) -> Clause:
    text = rule.source[term.span.start : term.span.end] or written(term)[1:-1]
    found = value(term, event)
    return Clause(
        text=" ".join(text.split()),
        holds=found if isinstance(found, bool) else None,
        values=tuple((written(node), value(node, event)) for node in _distinct(term)),
    )


def _distinct(term: Node) -> Iterator[Node]:
    yield from dict.fromkeys(node for node in walk(term) if isinstance(node, Field | Window))


def because(rule: Rule, event: Event) -> str:
    """Return the rule's reason with the event's values in it, safe to print."""

    def filled(found: re.Match[str]) -> str:
        return told(event.get(found[1]))

    return printable(PLACEHOLDER.sub(filled, rule.because))


def told(said: Value) -> str:
    """Return a value in a reviewer's words: other people's text is quoted and kept short."""
    match said:
        case None:
            return MISSING
        case bool():
            return "yes" if said else "no"
        case str():
            return f"“{shown(said)}”"
        case tuple():
            more = " …" if len(said) > _LISTED else ""
            return ", ".join(told(one) for one in said[:_LISTED]) + more or "none"
        case _:
            return f"{said:.15g}"


_LISTED = 5
"""Members of a list that a reason shows."""
