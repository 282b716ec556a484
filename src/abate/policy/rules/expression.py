"""An expression of a rule → a typed tree. Each kind of allowed syntax has one method; there is no other door."""

import ast
import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

from abate.policy.rules import fields, functions
from abate.policy.rules.errors import shown
from abate.policy.rules.fields import Info
from abate.policy.rules.patterns import Pattern, one_of
from abate.policy.rules.read import Source
from abate.policy.rules.tree import (
    LIST_OF,
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
    Type,
    Window,
    depth,
)

DEEPEST = 20
"""Levels of an expression. Its text may have two more: a sign before a number, the arguments of a window."""
TOO_DEEP = f"nested deeper than {DEEPEST} levels; write it in smaller rules"
LONGEST_TEXT = 1_000
MOST_LISTED = 1_000
MOST_NEEDLES = 200
"""Texts that ``contains_any`` looks for."""
LONGEST_KEY = 100
LONGEST_NAME = 100

_ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_SCALAR = frozenset({Type.NUMBER, Type.TEXT})


class Reader:
    """Reads the expressions of one file."""

    def __init__(self, made: Source) -> None:
        """Read from ``made``, which is asked where things stand."""
        self._made = made
        self._depth = 0
        self._kinds: Mapping[type[ast.expr], Callable[..., Node]] = {
            ast.Constant: self._constant,
            ast.List: self._list,
            ast.Name: self._field,
            ast.Attribute: self._field,
            ast.BoolOp: self._logic,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.Compare: self._compare,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }

    def condition(self, node: ast.expr) -> Node:
        """Read an expression that is true, false or missing.

        :raises RuleError: when something in it is not allowed, or does not fit
        """
        made = self._typed(node, {Type.BOOL}, "a condition is true or false; compare it with something")
        if depth(made) > DEEPEST:
            self._refuse(TOO_DEEP, node)
        return made

    def _refuse(self, message: str, node: ast.expr) -> NoReturn:
        self._made.refuse(message, self._made.span(node).start)

    def _read(self, node: ast.expr) -> Node:
        read = self._kinds.get(type(node))
        if read is None:
            self._refuse(f"{_called(node)} is not part of the language; use fields, comparisons and functions", node)
        if self._depth == DEEPEST + 2:
            self._refuse(TOO_DEEP, node)
        self._depth += 1
        try:
            return read(node)
        finally:
            self._depth -= 1

    def _typed(self, node: ast.expr, allowed: Iterable[Type], remedy: str) -> Node:
        made = self._read(node)
        if made.type not in allowed:
            self._refuse(f"this is a {made.type.value}, where it cannot be one: {remedy}", node)
        return made

    def _constant(self, node: ast.Constant) -> Node:
        value, span = node.value, self._made.span(node)
        if isinstance(value, bool):
            return Literal(type=Type.BOOL, value=value, span=span)
        if isinstance(value, int | float):
            if not -fields.MOST <= value <= fields.MOST:
                self._refuse(f"a number lies within {fields.MOST:.0e}; write a smaller one", node)
            return Literal(type=Type.NUMBER, value=float(value), span=span)
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT or any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in value):
                self._refuse(f"a text has {LONGEST_TEXT} characters at most, none of them NUL; shorten it", node)
            return Literal(type=Type.TEXT, value=value, span=span)
        if value is None:
            self._refuse("nothing equals what is missing; write has(x) or not has(x)", node)
        return self._refuse("only numbers, texts, True and False stand for themselves; write one of these", node)

    def _list(self, node: ast.List) -> Node:
        if not 1 <= len(node.elts) <= MOST_LISTED:
            self._refuse(f"a list has 1 to {MOST_LISTED} members; this has {len(node.elts)}, so split it", node)
        read = [self._read(one) for one in node.elts]
        numbers = tuple(float(one.value) for one in read if isinstance(one, Literal) and one.type is Type.NUMBER)
        texts = tuple(str(one.value) for one in read if isinstance(one, Literal) and one.type is Type.TEXT)
        span = self._made.span(node)
        if len(numbers) == len(read):
            return Listing(type=Type.NUMBERS, values=numbers, span=span)
        if len(texts) == len(read):
            return Listing(type=Type.TEXTS, values=texts, span=span)
        return self._refuse('the members of a list are written out, all numbers or all texts; write ["a", "b"]', node)

    def _field(self, node: ast.expr) -> Node:
        name = self._dotted(node)
        info = fields.BY_NAME.get(name)
        if info is None:
            known = {**fields.BY_NAME, **functions.BY_NAME, **functions.WINDOWS}
            self._refuse(f"there is no field {shown(name)}; {self.meant(name, known)}", node)
        if info.key:
            self._refuse(f'{name} is asked for by {info.key}; write {name}("{info.key}")', node)
        return Field(type=info.type, name=name, span=self._made.span(node))

    def _dotted(self, node: ast.expr) -> str:
        owner = node.value if isinstance(node, ast.Attribute) else None
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute) and isinstance(owner, ast.Name):
            return f"{owner.id}.{node.attr}"
        return self._refuse("only a field has a dot in its name; write a field of the table", node)

    def meant(self, name: str, known: Iterable[str]) -> str:
        """Return the remedy for a name that is not known: the nearest one that is."""
        names = sorted(known)
        short = name[:LONGEST_NAME]
        ends = [one for one in names if one.rpartition(".")[2] == short.rpartition(".")[2]]
        near = ends or difflib.get_close_matches(short, names, n=1, cutoff=0.5)
        return f"did you mean {near[0]}?" if near else f"the fields are {', '.join(fields.BY_NAME)}"

    def _logic(self, node: ast.BoolOp) -> Node:
        word = "and" if isinstance(node.op, ast.And) else "or"
        remedy = f"{word} joins conditions; compare it with something"
        parts = tuple(self._typed(one, {Type.BOOL}, remedy) for one in node.values)
        return Logic(type=Type.BOOL, word=word, parts=parts, span=self._made.span(node))

    def _unary(self, node: ast.UnaryOp) -> Node:
        span = self._made.span(node)
        if isinstance(node.op, ast.Not):
            operand = self._typed(node.operand, {Type.BOOL}, "not turns a condition round; compare it with something")
            return Not(type=Type.BOOL, operand=operand, span=span)
        if not isinstance(node.op, ast.USub):
            self._refuse("of the signs before a value only - and not are known; remove it", node)
        operand = self._typed(node.operand, {Type.NUMBER}, "minus is for numbers")
        if isinstance(operand, Literal):
            # 0.0 is added so that there is one zero.
            return Literal(type=Type.NUMBER, value=0.0 - float(operand.value), span=span)
        return Negative(type=Type.NUMBER, operand=operand, span=span)

    def _arithmetic(self, node: ast.BinOp) -> Node:
        operator = _ARITHMETIC.get(type(node.op))
        if operator is None:
            self._refuse("of the operators between numbers only + - * / are known; write it with these", node)
        left, right = (self._typed(one, {Type.NUMBER}, f"{operator} is for numbers") for one in (node.left, node.right))
        return Arithmetic(type=Type.NUMBER, operator=operator, left=left, right=right, span=self._made.span(node))

    def _compare(self, node: ast.Compare) -> Node:
        values = [self._read(one) for one in (node.left, *node.comparators)]
        places = (node.left, *node.comparators)
        links = tuple(
            self._link(operator, values[number], values[number + 1], places[number + 1])
            for number, operator in enumerate(node.ops)
        )
        if len(links) == 1:
            return links[0]
        return Logic(type=Type.BOOL, word="and", parts=links, span=self._made.span(node))

    def _link(self, operator: ast.cmpop, left: Node, right: Node, at: ast.expr) -> Node:
        span = type(left.span)(start=left.span.start, end=right.span.end)
        if left.type not in _SCALAR:
            remedy = "write it alone, or not before it" if left.type is Type.BOOL else "write any_of(…), or x in it"
            self._made.refuse(f"a {left.type.value} is not compared; {remedy}", left.span.start)
        if isinstance(operator, ast.In | ast.NotIn):
            if right.type is not LIST_OF[left.type]:
                remedy = f"write contains({shown(self._text_of(right))}, …)" if right.type is Type.TEXT else "list them"
                self._refuse(
                    f"a {left.type.value} is in a {LIST_OF[left.type].value}, not in a {right.type.value}; {remedy}", at
                )
            member = Member(type=Type.BOOL, item=left, box=right, span=span)
            return member if isinstance(operator, ast.In) else Not(type=Type.BOOL, operand=member, span=span)
        sign = _COMPARISONS.get(type(operator))
        if sign is None:
            self._refuse("is does not compare; write ==, or has(x) for what may be missing", at)
        if left.type is not right.type:
            msg = f"a {left.type.value} is compared with a {right.type.value}; compare it with a {left.type.value}"
            self._refuse(msg, at)
        return Compare(type=Type.BOOL, operator=sign, left=left, right=right, span=span)

    def _text_of(self, node: Node) -> str:
        return self._made.text[node.span.start : node.span.end]

    def _choice(self, node: ast.IfExp) -> Node:
        condition = self._typed(node.test, {Type.BOOL}, "if asks a condition; compare it with something")
        yes = self._typed(node.body, {*_SCALAR, Type.BOOL}, "choose between single values")
        no = self._typed(node.orelse, {yes.type}, f"both sides are a {yes.type.value}")
        return Choice(type=yes.type, condition=condition, yes=yes, no=no, span=self._made.span(node))

    def _call(self, node: ast.Call) -> Node:
        if not isinstance(node.func, ast.Name):
            self._refuse("only functions of the table are called; write lower(x), not x.lower()", node)
        name = node.func.id
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            self._refuse("a function takes its arguments in order, without names or stars; write f(x, y)", node)
        if name in fields.KEYED:
            return self._keyed(fields.KEYED[name], node)
        if name in functions.WINDOWS:
            return self._window(name, node)
        if name in functions.BY_NAME:
            return self._function(functions.BY_NAME[name], node)
        known = {**functions.BY_NAME, **functions.WINDOWS, **fields.KEYED}
        return self._refuse(f"there is no function {shown(name)}; {self.meant(name, known)}", node)

    def _keyed(self, info: Info, node: ast.Call) -> Node:
        (key,) = self._arguments(node, 1, f'{info.name}("{info.key}")')
        read = self._read(key)
        if not isinstance(read, Literal) or not isinstance(read.value, str) or not 1 <= len(read.value) <= LONGEST_KEY:
            self._refuse(f'{info.name} is asked for by {info.key}, a text; write {info.name}("{info.key}")', key)
        return Field(type=info.type, name=info.name, key=read.value, span=self._made.span(node))

    def _arguments(self, node: ast.Call, number: int, form: str) -> list[ast.expr]:
        if len(node.args) != number:
            self._refuse(f"{len(node.args)} arguments, where there are {number}; write {form}", node)
        return node.args

    def _window(self, name: str, node: ast.Call) -> Node:
        form = functions.WINDOWS[name].partition(":")[0]
        order = form[len(name) + 1 : -1].split(", ")
        given = dict(zip(order, self._arguments(node, len(order), form), strict=True))
        length = self._seconds(given["duration"])
        by = self._plain(given["by"], groups=True)
        of = self._plain(given["of"], groups=name != "sum") if "of" in given else None
        span = self._made.span(node)
        if name != "rate":
            return Window(type=Type.NUMBER, kind=name, by=by, of=of, seconds=length, span=span)
        count = Window(type=Type.NUMBER, kind="count", by=by, seconds=length, span=span)
        hourly = Literal(type=Type.NUMBER, value=3_600 / length, span=span)
        return Arithmetic(type=Type.NUMBER, operator="*", left=count, right=hourly, span=span)

    def _plain(self, node: ast.expr, *, groups: bool) -> str:
        read = self._read(node)
        info = fields.PLAIN.get(read.name) if isinstance(read, Field) else None
        if info is None or not (info.groups if groups else info.whole):
            fit = [one.name for one in fields.TABLE if (one.groups if groups else one.whole)]
            self._refuse(f"a window does not take this; write one of {', '.join(fit)}", node)
        return info.name

    def _seconds(self, node: ast.expr) -> int:
        value = node.value if isinstance(node, ast.Constant) else None
        length = functions.seconds(value) if isinstance(value, str) else None
        if length is None:
            days = functions.LONGEST // 86_400
            self._refuse(f'a duration is a text such as "10m", "1h" or "7d", up to "{days}d"; write one', node)
        return length

    def _function(self, info: functions.Function, node: ast.Call) -> Node:
        fewest, most = len(info.takes), functions.MANY if info.many else len(info.takes)
        if not fewest <= len(node.args) <= most:
            wanted = f"{fewest} to {most}" if info.many else str(fewest)
            self._refuse(f"{info.name} takes {wanted} arguments, not {len(node.args)}; {info.help}", node)
        kinds = (*info.takes, *(info.takes[-1],) * (len(node.args) - fewest))
        remedy = f"{info.name} is {info.help}"
        arguments = tuple(self._typed(one, allowed, remedy) for one, allowed in zip(node.args, kinds, strict=True))
        if info.literal:
            self._written_out(info, arguments[-1], node.args[-1])
        return Call(type=info.gives, function=info.name, arguments=arguments, span=self._made.span(node))

    def _written_out(self, info: functions.Function, last: Node, at: ast.expr) -> None:
        if isinstance(last, Listing):
            needles = tuple(map(str, last.values))
            if len(needles) > MOST_NEEDLES:
                self._refuse(f"{info.name} looks for {MOST_NEEDLES} texts at most, not {len(needles)}; split it", at)
            pattern = one_of(needles)
        elif isinstance(last, Literal):
            pattern = str(last.value)
        else:
            self._refuse(f"{info.name} wants it written out here, not computed; write the text itself", at)
        try:
            Pattern(pattern)
        except ValueError as error:
            self._refuse(f"RE2 does not take this: {shown(str(error))}; see its syntax and write another", at)


_NAMES: Mapping[type[ast.expr], str] = {
    ast.Lambda: "lambda",
    ast.JoinedStr: "an f-string",
    ast.NamedExpr: ":=",
    ast.Subscript: "a subscript",
    ast.Tuple: "a tuple (write a list)",
    ast.Dict: "a dict",
    ast.Set: "a set (write a list)",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Starred: "a star",
}


def _called(node: ast.expr) -> str:
    return _NAMES.get(type(node), "this")
