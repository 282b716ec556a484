"""The syntax tree of a rule: frozen nodes that know their type and where they were written.

Two nodes are equal when they say the same, wherever they stand. Values are floats, texts, booleans, and tuples of
texts or of floats; each may be missing (``None``), except for a literal.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from abate.domain.signal import Span
from abate.domain.verdict import Verdict

NOWHERE = Span(start=0, end=0)

Value = float | str | bool | tuple[float, ...] | tuple[str, ...] | None
"""What an expression comes to; ``None`` is missing."""


class Type(StrEnum):
    """What an expression gives, when it is not missing."""

    NUMBER = "number"
    TEXT = "text"
    BOOL = "bool"
    NUMBERS = "list of numbers"
    TEXTS = "list of texts"


LIST_OF = {Type.NUMBER: Type.NUMBERS, Type.TEXT: Type.TEXTS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """An expression."""

    type: Type
    span: Span = field(default=NOWHERE, compare=False)
    """Where it stands in the file, in characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal(Node):
    """A number, a text, ``True`` or ``False``."""

    value: float | str | bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing(Node):
    """A list of literals of one type; at least one."""

    values: tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field(Node):
    """What an event holds under a name of the table."""

    name: str
    key: str | None = None
    """Of a field that is asked for by a key, such as a model's name."""

    @property
    def column(self) -> str:
        """Return the key of the event record, and the column of the event table."""
        return self.name if self.key is None else f"{self.name}:{self.key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window(Node):
    """What was counted of the events that share a field with this one, up to and with it."""

    kind: str
    """``count``, ``count_distinct`` or ``sum``."""
    by: str
    of: str | None = None
    seconds: int

    @property
    def column(self) -> str:
        """Return the key of the event record, and the column of the event table."""
        return f"{self.kind}({','.join(self.names)},{self.seconds}s)"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the fields that it takes, in the order in which they are written."""
        if self.of is None:
            return (self.by,)
        return (self.of, self.by) if self.kind == "sum" else (self.by, self.of)


@dataclass(frozen=True, kw_only=True, slots=True)
class Not(Node):
    """``not`` an expression."""

    operand: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Logic(Node):
    """``and`` or ``or`` over at least two parts."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compare(Node):
    """Two numbers or two texts, compared. A chain is an ``and`` of its links."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Member(Node):
    """A number or a text ``in`` a list."""

    item: Node
    box: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Arithmetic(Node):
    """``+``, ``-``, ``*`` or ``/`` of two numbers."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Negative(Node):
    """Minus a number."""

    operand: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice(Node):
    """``yes if condition else no``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Node):
    """A registered function of its arguments."""

    function: str
    arguments: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911 - one for each kind of node
    """Return the parts of ``node``, in the order they are written."""
    match node:
        case Not() | Negative():
            return (node.operand,)
        case Logic():
            return node.parts
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case Member():
            return (node.item, node.box)
        case Choice():
            return (node.yes, node.condition, node.no)
        case Call():
            return node.arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Go through ``node`` and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def depth(node: Node) -> int:
    """Return how many levels ``node`` has."""
    return 1 + max((depth(child) for child in children(node)), default=0)


def conjuncts(node: Node) -> Iterator[Node]:
    """Go through the terms all of which must hold: those that a chain of ``and`` joins."""
    if isinstance(node, Logic) and node.word == "and":
        for part in node.parts:
            yield from conjuncts(part)
    else:
        yield node


def written(node: Node) -> str:
    """Write ``node`` in the rule language, in one way only. Checking that gives an equal node."""
    match node:
        case Literal():
            return _literal(node.value)
        case Listing():
            return f"[{', '.join(_literal(value) for value in node.values)}]"
        case Field():
            return node.name if node.key is None else f"{node.name}({_literal(node.key)})"
        case Window():
            return f'{node.kind}({", ".join(node.names)}, "{node.seconds}s")'
        case Call():
            return f"{node.function}({', '.join(written(one) for one in node.arguments)})"
        case _:
            return f"({_operation(node)})"


def _operation(node: Node) -> str:
    parts = [written(child) for child in children(node)]
    match node:
        case Not():
            return f"not {parts[0]}"
        case Negative():
            return f"-{parts[0]}"
        case Logic():
            return f" {node.word} ".join(parts)
        case Compare() | Arithmetic():
            return f"{parts[0]} {node.operator} {parts[1]}"
        case Member():
            return f"{parts[0]} in {parts[1]}"
        case _:
            return f"{parts[0]} if {parts[1]} else {parts[2]}"


def _literal(value: float | str | bool) -> str:  # noqa: FBT001 - a literal of the language may be one
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of an operator, checked."""

    name: str
    when: Node
    then: Verdict
    because: str
    """For the reviewer; ``{field}`` stands for what the event holds."""
    owner: str
    surfaces: tuple[str, ...] = ()
    """Where it applies; empty for everywhere."""
    ceiling: Verdict
    source: str = field(default="", compare=False, repr=False)
    """The text of its file, which spans point into."""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    """Where it stands in its file."""

    @property
    def text(self) -> str:
        """Return the rule as its author wrote it, without what stands around it in its file."""
        return self.source[self.span.start : self.span.end]

    @property
    def canonical(self) -> str:
        """Return the rule written in one way only: what its version is the hash of."""
        surfaces = f"surfaces=[{', '.join(map(_literal, self.surfaces))}], " if self.surfaces else ""
        return (
            f"rule(name={_literal(self.name)}, when={written(self.when)}, then={self.then.value}, "
            f"because={_literal(self.because)}, owner={_literal(self.owner)}, {surfaces}ceiling={self.ceiling.value})"
        )

    @property
    def version(self) -> str:
        """Return the hash of what the rule says, 64 hex digits: layout and comments change nothing."""
        return sha256(self.canonical.encode()).hexdigest()

    @property
    def condition(self) -> Node:
        """Return ``when`` with the surfaces as its first term: what all evaluators ask."""
        if not self.surfaces:
            return self.when
        here = Member(
            type=Type.BOOL,
            item=Field(type=Type.TEXT, name="surface"),
            box=Listing(type=Type.TEXTS, values=self.surfaces),
        )
        return Logic(type=Type.BOOL, word="and", parts=(here, self.when), span=self.when.span)
