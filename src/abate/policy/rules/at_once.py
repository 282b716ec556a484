"""Many rules asked at once: each is a bit, and all that they ask of one field is one look-up.

The bounds that rules hold a number against (``f < 3``, ``f >= 7``) part it into zones, in each of which all of them say
the same; so do the words that they hold a text against. A zone has a whole number whose bits say for which rules the
term is true there. ``&`` then joins the terms, and ``|`` the alternatives, of all rules at once.

Two such numbers come out: ``sure``, the rules that fire, and ``may``, those of which something is left to ask: words
in a text, a function, a field that too few rules share. These are asked one after another, as they would have been.

What a zone's bit is, ``explain.value`` says, asked with a value out of that zone.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from abate.policy.rules.explain import value
from abate.policy.rules.tree import (
    Call,
    Compare,
    Field,
    Listing,
    Literal,
    Logic,
    Member,
    Node,
    Not,
    Type,
    Value,
    Window,
    conjuncts,
    walk,
)
from abate.policy.rules.truth import Writer

FEWEST = 8
"""Rules that must ask the same of a field before it becomes a table: fewer are quicker asked themselves."""

FEWEST_TOGETHER = 40
"""Rules that tables must help before there are any: what they cost is spent once for all of them."""

MOST_BOUNDS = 32
"""Numbers or words that one rule may hold one field against in a table; each is tried with each when it is made."""

Column = Field | Window
Shape = frozenset[Column]
Terms = dict[Column, list[Node]]
"""What is asked of each field."""


@dataclass(kw_only=True, slots=True)
class _Either:
    """A term with alternatives: those that tables answer."""

    term: Node
    single: Terms = field(default_factory=dict)
    """Alternatives that ask one field."""
    both: dict[Shape, Terms] = field(default_factory=dict)
    """Alternatives that ask several, all of which must hold."""
    left: list[Node] = field(default_factory=list)
    """The others, which no table answers."""

    @property
    def shape(self) -> Shape:
        return frozenset(self.single).union(*self.both)


@dataclass(kw_only=True, slots=True)
class Parted:
    """A rule, its terms parted into what tables answer and what is left."""

    number: int
    every: Terms = field(default_factory=dict)
    either: dict[Shape, _Either] = field(default_factory=dict)
    left: list[Node] = field(default_factory=list)

    def asked(self) -> tuple[Node, ...]:
        """Return the terms that are asked where the tables alone do not say that the rule fires."""
        unsure = [one for one in self.either.values() if one.left]
        if len(unsure) == 1 and not self.left:
            # Then it is this term that the tables could not answer: its other alternatives are known to fail.
            (one,) = unsure
            return (Logic(type=Type.BOOL, word="or", parts=tuple(one.left)),) if len(one.left) > 1 else (one.left[0],)
        return (*self.left, *(one.term for one in unsure))


def parted(number: int, terms: Iterable[Node]) -> Parted:
    """Part the terms of a rule, all of which must hold."""
    made = Parted(number=number)
    for term in terms:
        found = None if _taken(term, made.every) else _either(term)
        if found is not None and found.shape and found.shape not in made.either:
            made.either[found.shape] = found
        elif found is not None:
            made.left.append(term)
    return made


def _taken(term: Node, into: Terms) -> bool:
    """Put a term that a table answers where its field stands; say whether it is one."""
    asked = _column(term)
    if asked is None:
        return False
    nodes = [*into.get(asked, ()), term]
    if len(nodes) > MOST_BOUNDS or sum(1 for _ in _bounds(nodes)) > MOST_BOUNDS:
        return False
    into[asked] = nodes
    return True


def _column(node: Node) -> Column | None:  # noqa: PLR0911 - one for each kind of node
    """Return the only field that ``node`` asks, and asks for nothing but where its value lies."""
    match node:
        case Not():
            return _column(node.operand)
        case Logic():
            found = {_column(part) for part in node.parts}
            return found.pop() if len(found) == 1 else None
        case (
            Compare(left=Field() | Window() as asked, right=Literal())
            | Compare(left=Literal(), right=Field() | Window() as asked)
        ):
            return asked if asked.type is Type.NUMBER or node.operator in {"==", "!="} else None
        case Member(item=Field() | Window() as asked, box=Listing()):
            return asked
        case Call(function="has", arguments=(Field() | Window() as asked,)) if asked.type is not Type.TEXTS:
            return asked
        case Field(type=Type.BOOL):
            return node
        case _:
            return None


def _bounds(nodes: Iterable[Node]) -> Iterator[float | str | bool]:
    """Go through the values that ``nodes``, which ask one field, hold it against."""
    for node in nodes:
        for part in walk(node):
            match part:
                case Literal():
                    yield part.value
                case Listing():
                    yield from part.values
                case Field(type=Type.BOOL):
                    yield from (False, True)
                case _:
                    pass


def _either(term: Node) -> _Either:
    made = _Either(term=term)
    for part in _alternatives(term):
        if _taken(part, made.single):
            continue
        both: Terms = {}
        if all(_taken(one, both) for one in conjuncts(part)) and frozenset(both) not in made.both:
            made.both[frozenset(both)] = both
        else:
            made.left.append(part)
    return made


def _alternatives(node: Node) -> Iterator[Node]:
    if isinstance(node, Logic) and node.word == "or":
        for part in node.parts:
            yield from _alternatives(part)
    else:
        yield node


def worthwhile(rules: Sequence[Parted]) -> tuple[list[Parted], list[int]]:
    """Leave to tables only what enough rules share.

    :returns: the rules that they help, and the numbers of the others
    """
    columns = Counter(column for rule in rules for column in rule.every)
    shapes = Counter(shape for rule in rules for shape in rule.either)
    for rule in rules:
        for column in [column for column in rule.every if columns[column] < FEWEST]:
            rule.left += rule.every.pop(column)
        for shape in [shape for shape in rule.either if shapes[shape] < FEWEST]:
            rule.left.append(rule.either.pop(shape).term)
    helped = [rule for rule in rules if rule.every or any(not one.left for one in rule.either.values())]
    if len(helped) < FEWEST_TOGETHER:
        return [], [rule.number for rule in rules]
    chosen = {rule.number for rule in helped}
    return helped, [rule.number for rule in rules if rule.number not in chosen]


class Tables:
    """Writes the statements that ask rules at once."""

    def __init__(self, rules: Sequence[Parted], writer: Writer) -> None:
        """Give each of ``rules`` a bit, in their order."""
        self._rules = rules
        self._writer = writer
        self._all = (1 << len(rules)) - 1
        self._unsure = _bits(bool(rule.left) for rule in rules)
        """The rules with a term that no table answers."""

    def written(self, deep: int, asked: Callable[[Parted, int], Iterator[str]]) -> Iterator[str]:
        """Write them.

        :param asked: writes the statement that asks one rule by itself
        """
        pad = " " * deep
        every = self._joined({bit: rule.every for bit, rule in enumerate(self._rules)}, all, self._all)
        layers = [
            self._layer(shape) for shape in sorted({one for rule in self._rules for one in rule.either}, key=_named)
        ]
        every += [some for some, left in layers if not left]
        yield f"{pad}may = {' & '.join(every) or self._writer.constant(self._all)}"
        yield f"{pad}if may:"
        surely = f" & {self._writer.constant(self._all ^ self._unsure)}" if self._unsure else ""
        yield f"{pad} sure = may{surely}"
        for some, left in layers:
            if left:
                yield f"{pad} some = {some}"
                yield f"{pad} sure &= some"
                if left != self._all:
                    yield f"{pad} may &= some | {self._writer.constant(left)}"
        yield from self._told(deep + 1, asked)

    def _told(self, deep: int, asked: Callable[[Parted, int], Iterator[str]]) -> Iterator[str]:
        """Write out which rules fire: eight bits at a time, each byte with the rules that it stands for."""
        pad = " " * deep
        eights = [self._rules[start : start + 8] for start in range(0, len(self._rules), 8)]
        parts = f"{''.join(f'x{at}, ' for at in range(len(eights)))}="
        numbers = [self._writer.given(_by_byte([rule.number for rule in eight])) for eight in eights]
        yield f"{pad}if sure:"
        yield f"{pad} {parts} sure.to_bytes({len(eights)}, 'little')"
        yield f"{pad} fired += [{', '.join(f'*{name}[x{at}]' for at, name in enumerate(numbers))}]"
        unsure = [[rule for rule in eight if rule.asked()] for eight in eights]
        if not any(unsure):
            return
        yield f"{pad}may ^= sure"
        yield f"{pad}if may:"
        yield f"{pad} {parts} may.to_bytes({len(eights)}, 'little')"
        for at, name in enumerate(numbers):
            if unsure[at]:
                yield f"{pad} if x{at}:"
                yield f"{pad}  for number in {name}[x{at}]:"
                yield from _halved(unsure[at], deep + 3, asked)

    def _layer(self, shape: Shape) -> tuple[str, int]:
        """Write the term with alternatives of one shape, of all rules that have one.

        :returns: and the rules with alternatives that no table answers
        """
        with_it = {bit: rule.either[shape] for bit, rule in enumerate(self._rules) if shape in rule.either}
        found = self._joined({bit: one.single for bit, one in with_it.items()}, any, 0)
        for inner in sorted({inner for one in with_it.values() for inner in one.both}, key=_named):
            asked = {bit: one.both[inner] for bit, one in with_it.items() if inner in one.both}
            found.append(f"({' & '.join(self._joined(asked, all, _of(asked)))})")
        others = self._all ^ _of(with_it)
        found += [self._writer.constant(others)] if others else []
        return f"({' | '.join(found)})", _of(bit for bit, one in with_it.items() if one.left)

    def _joined(self, asked: Mapping[int, Terms], joined: Callable[[Iterable[bool]], bool], bits: int) -> list[str]:
        """Write a table for each field: what holds of it, for the rules that ask it.

        :param bits: the rules for which it is to be true if they ask nothing
        """
        columns = sorted({column for terms in asked.values() for column in terms}, key=lambda one: one.column)
        made = []
        for column in columns:
            of_it = {bit: terms[column] for bit, terms in asked.items() if column in terms}
            table = _Table(column, of_it, joined, bits & ~_of(of_it))
            name = self._writer.name(column)
            given, constant = self._writer.given, self._writer.constant
            if column.type is Type.NUMBER:
                bounds, masks = table.zones()
                zone = f"{given(masks)}[bisect({given(bounds)}, {name})]"
                made.append(f"({zone} if {name} is not None else {constant(table.absent)})")
            else:
                words, elsewhere = table.words()
                made.append(f"{given(words.get)}({name}, {constant(elsewhere)})")
        return made


class _Table:
    """What the terms about one field come to, wherever its value lies."""

    def __init__(
        self,
        column: Column,
        asked: Mapping[int, list[Node]],
        joined: Callable[[Iterable[bool]], bool],
        others: int,
    ) -> None:
        self._column, self._asked, self._joined = column.column, asked, joined
        self._is_bool = column.type is Type.BOOL
        self._others = others
        self.absent = self._where(lambda _: {})

    def _holds(self, nodes: Iterable[Node], event: Mapping[str, Value]) -> bool:
        return self._joined(value(node, event) is True for node in nodes)

    def _where(self, event: Callable[[list[Node]], Mapping[str, Value]]) -> int:
        bits = self._others
        for bit, nodes in self._asked.items():
            bits |= self._holds(nodes, event(nodes)) << bit
        return bits

    def _another_word(self, nodes: list[Node]) -> Mapping[str, Value]:
        return {self._column: max((str(one) for one in _bounds(nodes)), default="") + "\0"}

    def zones(self) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Return the bounds of a number's zones, each bound in the zone that it begins, and what is true in each."""
        lowest, changes = self._others, defaultdict[float, int](int)
        for bit, nodes in self._asked.items():
            values = {float(one) for one in _bounds(nodes)}
            # A number is above c exactly where it is not below the double that follows c.
            own = sorted(values | {math.nextafter(one, math.inf) for one in values})
            before = self._holds(nodes, {self._column: -math.inf})
            lowest |= before << bit
            for bound in own:
                now = self._holds(nodes, {self._column: bound})
                if now is not before:
                    changes[bound] |= 1 << bit
                before = now
        bounds = sorted(changes)
        masks = [lowest]
        for bound in bounds:
            masks.append(masks[-1] ^ changes[bound])
        return tuple(bounds), tuple(masks)

    def words(self) -> tuple[dict[Value, int], int]:
        """Return what is true for each text or truth value that a term names and where it is absent, and elsewhere."""
        elsewhere = self.absent if self._is_bool else self._where(self._another_word)
        made: dict[Value, int] = {None: self.absent}
        for bit, nodes in self._asked.items():
            for word in set(_bounds(nodes)):
                held = self._holds(nodes, {self._column: word}) << bit
                made[word] = made.get(word, elsewhere) & ~(1 << bit) | held
        return made, elsewhere


def _by_byte(numbers: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return, for each byte, the numbers whose bits are set in it."""
    made: list[tuple[int, ...]] = [()]
    for one in numbers:
        made += [(*before, one) for before in made]
    return tuple(made)


def _halved(rules: Sequence[Parted], deep: int, asked: Callable[[Parted, int], Iterator[str]]) -> Iterator[str]:
    if len(rules) == 1:
        yield from asked(rules[0], deep)
        return
    half, pad = len(rules) // 2, " " * deep
    yield f"{pad}if number < {rules[half].number}:"
    yield from _halved(rules[:half], deep + 1, asked)
    yield f"{pad}else:"
    yield from _halved(rules[half:], deep + 1, asked)


def _bits(found: Iterable[bool]) -> int:
    return sum(one << bit for bit, one in enumerate(found))


def _of(bits: Iterable[int]) -> int:
    return sum(1 << bit for bit in bits)


def _named(shape: Shape) -> list[str]:
    return sorted(column.column for column in shape)
