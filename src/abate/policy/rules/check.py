"""A rule file → checked rules, or the one error with its place and remedy. What is not allowed by name is refused.

Read ``rules`` first. What it accepts is typed, bounded in size, depth and cost, and proposes no more than the fields
that it reads allow.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from abate.domain.signal import Span
from abate.domain.verdict import Verdict
from abate.policy.rules import cost, fields, reach
from abate.policy.rules.errors import RuleError, shown
from abate.policy.rules.expression import Reader
from abate.policy.rules.read import Source, call_of, source, statements
from abate.policy.rules.tree import (
    Arithmetic,
    Call,
    Field,
    Listing,
    Literal,
    Node,
    Rule,
    Type,
    Window,
    children,
    walk,
    written,
)

Namer = Callable[[str], str | None]
"""Says which designated organisation a text names, if any."""

MOST_SURFACES = 20
LONGEST_BECAUSE = 500
LONGEST_OWNER = 100
MOST_WINDOWS = 64
"""Different windows of one rule set: each is a counter that is kept for every event."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_NEEDED = ("name", "when", "then", "because", "owner")
_ALLOWED = (*_NEEDED, "surfaces", "ceiling")


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    """The rules of a file, in its order."""

    rules: tuple[Rule, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return each window that the rules look through, once."""
        found = (node for rule in self.rules for node in walk(rule.when) if isinstance(node, Window))
        return tuple({node.column: node for node in found}.values())

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return each field that the rules read, once: those of their windows, surfaces and reasons with them."""
        found = {node.column: node for rule in self.rules for node in _read_by(rule)}
        return tuple(found[column] for column in sorted(found))


def _read_by(rule: Rule) -> Iterator[Field]:
    yield from (node for node in walk(rule.condition) if isinstance(node, Field))
    read = [info for info, _ in reach.read(rule.when)]
    named = [info.name for info in read if not info.key] + [info.counted_by for info in read if info.counted_by]
    for name in (*named, *PLACEHOLDER.findall(rule.because)):
        yield Field(type=fields.PLAIN[name].type, name=name)


def rules(untrusted_text: str, file: str = "rules.py", names: Namer | None = None) -> RuleSet:
    """Check a rule file.

    :param file: what it is called, for errors
    :param names: finds designated organisations in a text; a rule that may propose something must not look for one
    :raises RuleError: at the first thing that cannot stay, with where and what to do
    """
    found: list[Rule] = []
    for one in _each(untrusted_text, file, names):
        if isinstance(one, RuleError):
            raise one
        found.append(one)
    return RuleSet(rules=tuple(found))


def problems(untrusted_text: str, file: str = "rules.py", names: Namer | None = None) -> list[RuleError]:
    """Check a rule file to its end, and return the first mistake of each rule in it, in order; none where all is well.

    The first is the one that :func:`rules` raises. What keeps the file from being read at all is one mistake.
    """
    return [one for one in _each(untrusted_text, file, names) if isinstance(one, RuleError)]


def _each(untrusted_text: str, file: str, names: Namer | None) -> Iterator[Rule | RuleError]:
    """Go through the rules of a file, and in place of one that cannot stay, why."""
    try:
        made = source(untrusted_text, file)
        written_down = statements(made)
    except RuleError as error:
        yield error
        return
    checked: dict[str, Rule] = {}
    for statement in written_down:
        try:
            rule = _Checker(made, names).rule(call_of(made, statement), made.span(statement))
            if rule.name in checked:
                made.refuse(f"there are two rules named {rule.name}; rename this one", rule.span.start)
        except RuleError as error:
            yield error
        else:
            checked[rule.name] = rule
            yield rule
    windows = RuleSet(rules=tuple(checked.values())).windows
    if len(windows) > MOST_WINDOWS:
        yield made.error(f"the rules look through {len(windows)} windows, of {MOST_WINDOWS} at most; share some", 0)


class _Checker:
    """What one ``rule(…)`` call says, argument for argument."""

    def __init__(self, made: Source, names: Namer | None) -> None:
        self._made = made
        self._names = names

    def rule(self, call: ast.Call, span: Span) -> Rule:
        given = self._arguments(call)
        when = Reader(self._made).condition(given["when"].value)
        then = self._verdict(given["then"].value)
        ceiling = self._verdict(given["ceiling"].value) if "ceiling" in given else then
        self._bound(when)
        self._reach(when, then, self._made.span(given["then"].value))
        rule = Rule(
            name=self._name(given["name"].value),
            when=when,
            then=then,
            because=self._because(given["because"].value),
            owner=self._text(given["owner"].value, "owner", LONGEST_OWNER),
            surfaces=self._surfaces(given["surfaces"].value) if "surfaces" in given else (),
            ceiling=ceiling,
            source=self._made.text,
            span=span,
        )
        self._name_nobody(rule)
        return rule

    def _arguments(self, call: ast.Call) -> dict[str, ast.keyword]:
        if call.args:
            self._refuse(f'rule takes its parts by name: {", ".join(_NEEDED)}; write name="…"', call.args[0])
        given: dict[str, ast.keyword] = {}
        for part in call.keywords:
            if part.arg not in _ALLOWED or part.arg in given:
                self._refuse(f"rule takes {', '.join(_ALLOWED)}, each once; remove this", part)
            given[part.arg] = part
        missing = [name for name in _NEEDED if name not in given]
        if missing:
            self._refuse(f"the rule does not say {missing[0]}; add {missing[0]}=…", call)
        return given

    def _refuse(self, message: str, node: ast.expr | ast.keyword) -> NoReturn:
        self._made.refuse(message, self._made.span(node).start)

    def _text(self, node: ast.expr, what: str, longest: int) -> str:
        value = node.value if isinstance(node, ast.Constant) else None
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self._refuse(f'{what} is a text of 1 to {longest} characters; write {what}="…"', node)
        if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in value):
            self._refuse(f"{what} holds a character that no text holds; remove it", node)
        return value

    def _name(self, node: ast.expr) -> str:
        name = self._text(node, "name", 60)
        if not _NAME.fullmatch(name):
            self._refuse('a name is small letters, digits and "_", a letter first; write name="new_accounts"', node)
        return name

    def _verdict(self, node: ast.expr) -> Verdict:
        word = node.id if isinstance(node, ast.Name) else ""
        if word not in {one.value for one in Verdict}:
            self._refuse("this is one of none, review, limit; write then=review", node)
        return Verdict(word)

    def _surfaces(self, node: ast.expr) -> tuple[str, ...]:
        if not isinstance(node, ast.List) or not 1 <= len(node.elts) <= MOST_SURFACES:
            self._refuse(f'surfaces is a list of 1 to {MOST_SURFACES} texts; write surfaces=["feed"]', node)
        return tuple(self._text(one, "a surface", 60) for one in node.elts)

    def _because(self, node: ast.expr) -> str:
        text = self._text(node, "because", LONGEST_BECAUSE)
        for name in PLACEHOLDER.findall(text):
            if name not in fields.PLAIN:
                known = Reader(self._made).meant(name, fields.PLAIN)
                self._refuse(f"because shows {{{shown(name)}}}, which is no field; {known}", node)
        if set("{}") & set(PLACEHOLDER.sub("", text)):
            self._refuse("because has a brace without its other half; write {item.views}", node)
        return text

    def _bound(self, when: Node) -> None:
        total = cost.cost(when)
        if total > cost.MOST_COST:
            part = cost.dearest(when)
            text = shown(self._made.text[part.span.start : part.span.end])
            msg = f"the rule costs {total}, of {cost.MOST_COST} at most, most of it for {text}; write less of that"
            self._made.refuse(msg, part.span.start)
        for node in walk(when):
            if isinstance(node, Arithmetic) and cost.digits(node) > cost.MOST_DIGITS:
                msg = "this can grow beyond the numbers that can be counted with; multiply or divide less often"
                self._made.refuse(msg, node.span.start)

    def _reach(self, when: Node, then: Verdict, at: Span) -> None:
        found = reach.weakest(when)
        if found is None:
            self._made.refuse("when reads no field, so it says nothing of an item; compare a field", when.span.start)
        info, node = found
        if then is Verdict.REMOVE:
            self._made.refuse("no rule removes: a person does; write then=review", at.start)
        if then.severity > info.most.severity:
            read = written(node)
            if info.most is Verdict.NONE:
                msg = f"{read} is a mention, and naming a group is no offence; write then=none, or do not read it"
            else:
                msg = f"a rule that reads {read} proposes {info.most.value} at most; write then={info.most.value}"
            self._made.refuse(msg, node.span.start if info.most is Verdict.NONE else at.start)

    def _name_nobody(self, rule: Rule) -> None:
        if self._names is None or rule.then is Verdict.NONE:
            return
        for node in _sought(rule.when):
            for text in _texts(node):
                name = self._names(text)
                if name is not None:
                    msg = f"this names {shown(name)}, and a name starts nothing; write then=none, or do not look for it"
                    self._made.refuse(msg, node.span.start)


def _sought(when: Node) -> Iterator[Node]:
    """Go through what ``when`` looks for in what people write; what it asks of matches is no word of theirs."""
    yield when
    for parent in walk(when):
        parts = children(parent)
        asked = {fields.BY_NAME[part.name].most for part in parts if isinstance(part, Field)}
        if Verdict.LIMIT not in asked:
            yield from parts


def _texts(node: Node) -> Sequence[str]:
    match node:
        case Literal(type=Type.TEXT):
            return (str(node.value),)
        case Listing(type=Type.TEXTS):
            return tuple(map(str, node.values))
        case Call(function="matches_re"):
            # Signs and classes out, so that a pattern is read as the words that it is written around.
            return (re.sub(r"(\\\w|\W)+", " ", str(getattr(node.arguments[1], "value", ""))),)
        case _:
            return ()
