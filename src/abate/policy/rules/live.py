"""A rule set → one function for batches of events, generated.

How it gets fast, without giving anything but what ``explain.value`` gives:

- **Only truth is asked.** A rule fires on true, so each term is written twice over at most: when it is true for sure,
  and when it is false for sure (for ``not``). What may be missing is asked for before it is used, and no third value is
  made.
- **An index.** Rules that ask a text field for one of a few words (a surface, a kind) stand under that word; an event
  passes by all others. The field that most rules ask is chosen, then again below each word.
- **Many rules at once.** Where many hold the same field against bounds or words, one look-up answers them all
  (``at_once``).
- **Cheap terms first**, and what is dear and stands in several rules is computed once for an event, when first needed.

The function's source is made of our words and numbered names alone; what an author wrote goes in as constants of the
compiled tree, and can only ever be a value.
"""

import ast
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from abate.policy.rules import cost
from abate.policy.rules.at_once import Parted, Tables, parted, worthwhile
from abate.policy.rules.event import Event
from abate.policy.rules.meaning import divided, lowered
from abate.policy.rules.patterns import Pattern
from abate.policy.rules.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Field,
    Listing,
    Literal,
    Member,
    Negative,
    Node,
    Rule,
    Type,
    conjuncts,
    walk,
)
from abate.policy.rules.truth import Writer

FEWEST_INDEXED = 3
"""Rules that must share a field before it becomes an index."""

MOST_INDEXES = 3
"""Indexes that stand in one another."""

MOST_WORDS = 4
"""Words that a rule may ask the outermost index for, and stands under each; with more it is asked like any other."""

IN_A_ROW = 6
"""Words of an index that are tried one after another; more are halved first."""

DEAR = 6
"""Cost from which a part that several rules hold is remembered, if enough of them do."""

SAVED = 60
"""What remembering it has to save, if all of them ask for it: looking whether it was computed costs something too."""

Hits = Callable[[Sequence[Event]], list[list[int]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A rule with the terms that are still to be asked."""

    number: int
    terms: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """A compiled rule set."""

    rules: tuple[Rule, ...]
    hits: Hits = field(repr=False)
    """Takes event records, gives for each the numbers of the rules that fire, in order."""

    def firing(self, event: Event) -> tuple[Rule, ...]:
        """Return the rules that fire on one event."""
        return tuple(self.rules[number] for number in self.hits((event,))[0])


def compiled(rules: Iterable[Rule]) -> Live:
    """Compile rules into one function."""
    held = tuple(rules)
    asked = [_Asked(number=number, terms=tuple(conjuncts(rule.condition))) for number, rule in enumerate(held)]
    writer = Writer(_shared(asked))
    body = list(_block(asked, writer, 2, MOST_INDEXES))
    tree = _Constants(writer.constants).visit(ast.parse("\n".join(_frame(body, writer))))
    names: dict[str, object] = {
        "__builtins__": {},
        "divided": divided,
        "lowered": lowered,
        "float": float,
        "len": len,
        "abs": abs,
        "min": min,
        "max": max,
        "set": set,
        "zip": zip,
        "bisect": bisect_right,
        **writer.tables,
        **{name: Pattern(text).is_in for name, text in writer.patterns.items()},
    }
    exec(compile(tree, "<rules>", "exec"), names)  # noqa: S102 - made above of our own words
    made: Hits = names["hits"]  # type: ignore[assignment]  # what the source above defines
    return Live(rules=held, hits=made)


def _shared(asked: Iterable[_Asked]) -> frozenset[Node]:
    """Return the dear parts that so many rules hold that remembering them saves something."""
    rules_with: Counter[Node] = Counter()
    for one in asked:
        parts = {node for term in one.terms for node in walk(term)}
        rules_with.update(node for node in parts if _is_kept(node) and cost.cost(node) >= DEAR)
    return frozenset(node for node, number in rules_with.items() if cost.cost(node) * (number - 1) >= SAVED)


def _is_kept(node: Node) -> bool:
    """Say whether ``node`` is of a kind that is remembered: one whose value is written without asking for itself."""
    return isinstance(node, Call | Arithmetic | Negative) or (isinstance(node, Choice) and node.type is not Type.BOOL)


def _frame(body: Sequence[str], writer: Writer) -> Iterator[str]:
    yield "def hits(events):"
    yield "  found = []"
    yield "  for event in events:"
    yield "    get = event.get"
    yield "    fired = []"
    for name, column in writer.fields.items():
        yield f"    {name} = get({writer.constant(column)})"
    for name, counter in writer.counted.items():
        yield f"    if {name} is None and get({writer.constant(counter)}) is not None: {name} = 0.0"
    if writer.remembered:
        yield f"    {' = '.join(writer.remembered.values())} = get"  # no value is ever this: it says, not computed yet
    yield from (f"  {line}" for line in body)
    yield "    fired.sort()"
    yield "    found.append(fired)"
    yield "  return found"


class _Constants(ast.NodeTransformer):
    """Puts the values in where the source has their numbered names."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._values:
            return ast.copy_location(ast.Constant(self._values[node.id]), node)  # type: ignore[arg-type]  # sets too
        return node


def _block(asked: Sequence[_Asked], writer: Writer, deep: int, indexes: int) -> Iterator[str]:
    """Write the statements that ask ``asked``, under ``indexes`` indexes at most where enough of them share a field."""
    # A rule with several words is written under each: done in every index, its text would multiply.
    most_words = MOST_WORDS if indexes == MOST_INDEXES else 1
    chosen = _index(asked, most_words) if indexes else None
    if chosen is None:
        yield from _in_full(asked, writer, deep)
        return
    under: dict[str, list[_Asked]] = defaultdict(list)
    rest: list[_Asked] = []
    for one in asked:
        words, others = _taken(one, chosen, most_words)
        for word in words:
            under[word].append(_Asked(number=one.number, terms=others))
        if not words:
            rest.append(one)
    name = writer.name(chosen)
    yield f"{' ' * deep}if {name} is not None:"
    yield from _branches(name, sorted(under.items()), writer, deep + 1, indexes - 1)
    yield from _block(rest, writer, deep, indexes - 1)


def _index(asked: Sequence[_Asked], most_words: int) -> Field | None:
    rules_with: Counter[Field] = Counter()
    for one in asked:
        rules_with.update({box for term in one.terms if (box := _words(term, most_words)[0]) is not None})
    best = max(rules_with.items(), key=lambda pair: (pair[1], pair[0].column), default=None)
    return None if best is None or best[1] < FEWEST_INDEXED else best[0]


def _words(term: Node, most: int) -> tuple[Field | None, tuple[str, ...]]:
    """Return the text field that ``term`` asks for one of a few words, and these; no field where it does not."""
    match term:
        case Compare(operator="==", left=Field() as asked, right=Literal(type=Type.TEXT) as word):
            return asked, (str(word.value),)
        case Member(item=Field() as asked, box=Listing(type=Type.TEXTS) as box) if len(box.values) <= most:
            return asked, tuple(dict.fromkeys(map(str, box.values)))
        case _:
            return None, ()


def _taken(one: _Asked, chosen: Field, most_words: int) -> tuple[tuple[str, ...], tuple[Node, ...]]:
    """Return the words that the first term about ``chosen`` asks for, and the other terms."""
    for place, term in enumerate(one.terms):
        asked, words = _words(term, most_words)
        if asked == chosen:
            return words, (*one.terms[:place], *one.terms[place + 1 :])
    return (), one.terms


def _branches(
    name: str, under: Sequence[tuple[str, list[_Asked]]], writer: Writer, deep: int, indexes: int
) -> Iterator[str]:
    pad = " " * deep
    if len(under) > IN_A_ROW:
        half = len(under) // 2
        yield f"{pad}if {name} < {writer.constant(under[half][0])}:"
        yield from _branches(name, under[:half], writer, deep + 1, indexes)
        yield f"{pad}else:"
        yield from _branches(name, under[half:], writer, deep + 1, indexes)
        return
    for place, (word, asked) in enumerate(under):
        yield f"{pad}{'el' if place else ''}if {name} == {writer.constant(word)}:"
        yield from _block(asked, writer, deep + 1, indexes)


def _in_full(asked: Sequence[_Asked], writer: Writer, deep: int) -> Iterator[str]:
    """Write the statements that ask ``asked``: with tables those that share enough, the others one after another."""
    helped, others = worthwhile([parted(one.number, one.terms) for one in asked])
    if helped:

        def left(rule: Parted, deep: int) -> Iterator[str]:
            return _rule(_Asked(number=rule.number, terms=rule.asked()), writer, deep)

        yield from Tables(helped, writer).written(deep, left)
    alone = set(others)
    for one in asked:
        if one.number in alone:
            yield from _rule(one, writer, deep)


def _rule(one: _Asked, writer: Writer, deep: int) -> Iterator[str]:
    terms = sorted(one.terms, key=cost.cost)
    condition = " and ".join(writer.true(term) for term in terms) or "True"
    yield f"{' ' * deep}if {condition}: fired.append({one.number})"
