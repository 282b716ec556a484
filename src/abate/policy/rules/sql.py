"""Rules → DuckDB SQL over a table of event records. It gives text only, and runs nothing.

The table has a column for each field that the rules read (``RuleSet.fields``), named as in the record, of the types in
:data:`COLUMN_TYPES`; ``seq``, a BIGINT that numbers the events in the order of receipt; and, where the rules look
through windows, ``at`` (BIGINT, microseconds, never falling as ``seq`` rises) and ``item.platform``. NULL is missing:
SQL's own three values are the language's. A rule is a chain of CASE with its cheap terms first, because a projection is
computed for every row unless something stands before it. Names and literals are quoted here, and nothing else of an
author's gets in: hence the silenced S608.

Windows are columns too, made in a query around the table. How many events lie too far back is counted by time; which
events are not later than this one is a matter of ``seq``; so no event sees a later one, not even of its microsecond.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from abate.policy.rules import cost, fields
from abate.policy.rules.event import AT, SEQ
from abate.policy.rules.meaning import SMALLEST_DIVISOR
from abate.policy.rules.patterns import one_of
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
    Type,
    Window,
    conjuncts,
    walk,
)
from abate.policy.rules.windows import MICROSECONDS

COLUMN_TYPES = {
    Type.NUMBER: "DOUBLE",
    Type.TEXT: "VARCHAR",
    Type.BOOL: "BOOLEAN",
    Type.TEXTS: "VARCHAR[]",
    Type.NUMBERS: "DOUBLE[]",
}


MOST_GUARDS = 16
"""Terms that stand in one another; what follows is joined."""


def name(identifier: str) -> str:
    """Return a name of a table or column, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: float | str | bool) -> str:  # noqa: FBT001 - a literal of the language may be one
    """Return a value as SQL writes it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    text = repr(float(value))
    # Without an exponent DuckDB reads a decimal, which counts otherwise.
    return f"({text})" if "e" in text else f"({text}e0)"


def expression(node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """Write ``node``; NULL where it is missing."""
    match node:
        case Literal():
            return literal(node.value)
        case Listing():
            return f"[{', '.join(literal(value) for value in node.values)}]"
        case Field():
            return _field(node)
        case Window():
            return name(node.column)
        case Not():
            return f"(NOT {expression(node.operand)})"
        case Negative():
            return f"(- {expression(node.operand)})"
        case Logic():
            return f"({f' {node.word.upper()} '.join(expression(part) for part in node.parts)})"
        case Choice():
            return _choice(node)
        case Call():
            return _call(node)
        case _:
            return _operation(node)


def _field(node: Field) -> str:
    counter = fields.BY_NAME[node.name].counted_by
    if not counter:
        return name(node.column)
    return f"coalesce({name(node.column)}, CASE WHEN {name(counter)} IS NOT NULL THEN {literal(0.0)} END)"


def _choice(node: Choice) -> str:
    asked = expression(node.condition)
    return f"(CASE WHEN {asked} THEN {expression(node.yes)} WHEN NOT {asked} THEN {expression(node.no)} END)"


def _operation(node: Node) -> str:
    match node:
        case Member(box=Listing()):
            return f"({expression(node.item)} IN ({expression(node.box)[1:-1]}))"
        case Member():
            item = expression(node.item)
            # Of an empty list DuckDB says that what is missing is not in it.
            return f"(CASE WHEN {item} IS NOT NULL THEN list_contains({expression(node.box)}, {item}) END)"
        case Arithmetic(operator="/"):
            right = expression(node.right)
            return f"({expression(node.left)} / CASE WHEN abs({right}) >= {literal(SMALLEST_DIVISOR)} THEN {right} END)"
        case Arithmetic() | Compare():
            sign = {"==": "=", "!=": "<>"}.get(node.operator, node.operator)
            return f"({expression(node.left)} {sign} {expression(node.right)})"
        case _:
            raise TypeError(node)


def _call(node: Call) -> str:
    given = [expression(one) for one in node.arguments]
    match node.function:
        case "has":
            return f"({given[0]} IS NOT NULL)"
        case "length":
            return f"CAST(len({given[0]}) AS DOUBLE)"
        case "min" | "max":
            there = " AND ".join(f"{one} IS NOT NULL" for one in given)
            return (
                f"(CASE WHEN {there} THEN {'least' if node.function == 'min' else 'greatest'}({', '.join(given)}) END)"
            )
        case "any_of":
            one, other = given
            return f"(CASE WHEN {one} IS NOT NULL AND {other} IS NOT NULL THEN list_has_any({one}, {other}) END)"
        case "contains_any":
            needles = tuple(map(str, getattr(node.arguments[1], "values", ())))
            return f"regexp_matches({given[0]}, {literal(one_of(needles))})"
        case _:
            called = "regexp_matches" if node.function == "matches_re" else node.function
            return f"{called}({', '.join(given)})"


def condition(rule: Rule) -> str:
    """Write when ``rule`` fires: TRUE or FALSE, never NULL, its cheap terms before the dear ones."""
    terms = [expression(term) for term in sorted(conjuncts(rule.condition), key=cost.cost)]
    guarding = min(len(terms) - 1, MOST_GUARDS)
    guards, last = terms[:guarding], terms[guarding:]
    written = f"coalesce({' AND '.join(last)}, FALSE)"
    for guard in reversed(guards):
        written = f"CASE WHEN {guard} THEN {written} ELSE FALSE END"
    return written


def hits(rules: Sequence[Rule], table: str, keep: Sequence[str] = (SEQ,)) -> str:
    """Write the query that gives each event's ``keep`` columns and, under each rule's name, whether it fires."""
    columns = [name(one) for one in keep] + [f"{condition(rule)} AS {name(rule.name)}" for rule in rules]
    return f"SELECT {', '.join(columns)} FROM {staged(rules, table)}"  # noqa: S608 - quoted


def firing(rule: Rule, table: str, keep: Sequence[str] = (SEQ,)) -> str:
    """Write the query that gives the ``keep`` columns of the events on which ``rule`` fires."""
    return f"SELECT {', '.join(map(name, keep))} FROM {staged([rule], table)} WHERE {condition(rule)}"  # noqa: S608 - quoted


def counts(rules: Sequence[Rule], table: str) -> str:
    """Write the query that counts, under each rule's name, the events on which it fires."""
    columns = [f"count(CASE WHEN {condition(rule)} THEN 1 END) AS {name(rule.name)}" for rule in rules]
    return f"SELECT {', '.join(columns)} FROM {staged(rules, table)}"  # noqa: S608 - quoted


def create(table: str, read: Iterable[Field], *, windows: bool) -> str:
    """Write the statement that makes the table for the fields that are read."""
    columns = {SEQ: "BIGINT", AT: "BIGINT"}
    if windows:
        columns["item.platform"] = COLUMN_TYPES[Type.TEXT]
    columns.update({field.column: COLUMN_TYPES[fields.BY_NAME[field.name].type] for field in read})
    return f"CREATE TABLE {name(table)} ({', '.join(f'{name(column)} {kind}' for column, kind in columns.items())})"


def staged(rules: Iterable[Rule], table: str) -> str:
    """Write what stands behind FROM: the table, with the windows of ``rules`` as columns of their own."""
    found = {node.column: node for rule in rules for node in walk(rule.when) if isinstance(node, Window)}
    windows = sorted(found.values(), key=lambda one: (one.by, one.seconds, one.column))
    if not windows:
        return name(table)
    bounds: list[str] = []
    made: list[str] = []
    for number, (_, group) in enumerate(groupby(windows, key=lambda one: (one.by, one.seconds))):
        same = list(group)
        group_by = f'PARTITION BY "item.platform", {name(same[0].by)}'
        length = same[0].seconds * MICROSECONDS
        bounds.append(
            f"count(*) OVER ({group_by} ORDER BY {name(AT)} RANGE BETWEEN UNBOUNDED PRECEDING AND {length} PRECEDING)"
            f" AS _past{number}, row_number() OVER ({group_by} ORDER BY {name(SEQ)}) AS _place{number}"
        )
        made += [_window(one, number, group_by) for one in same]
    return f"(SELECT *, {', '.join(made)} FROM (SELECT *, {', '.join(bounds)} FROM {name(table)}))"  # noqa: S608 - quoted


def _window(window: Window, number: int, group_by: str) -> str:
    held = f"_place{number} - _past{number}"
    frame = f"OVER ({group_by} ORDER BY {name(SEQ)} ROWS BETWEEN {held} - 1 PRECEDING AND CURRENT ROW)"
    match window.kind:
        case "count":
            value = held
        case "count_distinct":
            value = f"count(DISTINCT {name(window.of or '')}) {frame}"
        case _:
            most = int(fields.MOST)
            total = f"coalesce(sum(CAST({name(window.of or '')} AS BIGINT)) {frame}, 0)"
            value = f"greatest(least({total}, {most}), -{most})"
    return f"CASE WHEN {name(window.by)} IS NOT NULL THEN CAST({value} AS DOUBLE) END AS {name(window.column)}"
