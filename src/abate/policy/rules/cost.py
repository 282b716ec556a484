"""What an expression costs to evaluate, and how large its numbers can grow: both known before it runs.

A cost is a rank against one comparison of two numbers. It also bounds what is generated: where an evaluator has to
write a part twice, the part is counted twice.
"""

import math
from collections.abc import Iterator

from abate.policy.rules import fields, functions
from abate.policy.rules.meaning import SMALLEST_DIVISOR
from abate.policy.rules.tree import (
    Arithmetic,
    Call,
    Choice,
    Field,
    Listing,
    Literal,
    Logic,
    Member,
    Node,
    Not,
    Window,
    children,
)

MOST_COST = 2_000
"""What one rule may cost."""

MOST_DIGITS = 300.0
"""Powers of ten that a number may reach: a double holds 308, and so none ever overflows."""

LISTED_AT_ONCE = 20
"""Members of a list that a look-up goes through for the cost of one."""

_DIGITS = math.log10(fields.MOST)


def cost(node: Node) -> int:
    """Return what ``node`` costs with all below it."""
    return own(node) + sum(times * cost(child) for child, times in _parts(node))


def _parts(node: Node) -> Iterator[tuple[Node, int]]:
    """Go through the parts of ``node``, each with how often an evaluator may have to write it."""
    twice: tuple[Node, ...] = ()
    match node:
        case Choice():
            twice = (node.condition,)
        case Arithmetic(operator="/"):
            twice = (node.right,)
        case Member(box=Field()):
            twice = (node.item,)
        case Call(function="has" | "min" | "max" | "any_of"):
            twice = node.arguments
        case _:
            pass
    for child in children(node):
        yield child, 2 if any(child is one for one in twice) else 1


def own(node: Node) -> int:
    """Return what ``node`` costs by itself."""
    match node:
        case Literal() | Logic() | Not():
            return 0
        case Listing():
            return len(node.values) // LISTED_AT_ONCE
        case Field():
            return fields.BY_NAME[node.name].cost
        case Window():
            return functions.WINDOW_COST
        case Call():
            return functions.BY_NAME[node.function].cost
        case _:
            return 1


def dearest(node: Node) -> Node:
    """Return the deepest part that bears most of the cost: where to begin when it is too much."""
    while True:
        heaviest = max(_parts(node), key=lambda part: part[1] * cost(part[0]), default=None)
        if heaviest is None or 2 * heaviest[1] * cost(heaviest[0]) < cost(node):
            return node
        node = heaviest[0]


def digits(node: Node) -> float:
    """Return the power of ten that the number ``node`` gives cannot exceed."""
    below = [digits(child) for child in children(node)]
    match node:
        case Literal():
            return math.log10(max(abs(float(node.value)), 1.0)) if not isinstance(node.value, str) else 0.0
        case Choice():
            return max(digits(node.yes), digits(node.no))
        case Arithmetic(operator="*"):
            return sum(below)
        case Arithmetic(operator="/"):
            return below[0] - math.log10(SMALLEST_DIVISOR)
        case Arithmetic():
            return max(below) + math.log10(2)
        case _:
            return max(below, default=_DIGITS)
