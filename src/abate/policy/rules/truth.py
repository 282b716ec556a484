"""An expression → Python: when it is true for sure, when it is false for sure, and its value where that is asked."""

from collections.abc import Callable, Iterable

from abate.policy.rules import fields
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
    Type,
    Window,
)

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""Numbers are never "not a number", so each comparison has one."""


class Writer:
    """Writes expressions over numbered names, and keeps what the names stand for."""

    def __init__(self, shared: Iterable[Node]) -> None:
        """Remember each of ``shared`` once it was computed.

        ``counted`` says of variables that are 0, not missing, which field's presence makes them so.
        """
        self._shared = frozenset(shared)
        self._temporaries = 0
        self.constants: dict[str, object] = {}
        self.patterns: dict[str, str] = {}
        self.tables: dict[str, object] = {}
        self.fields: dict[str, str] = {}
        self.counted: dict[str, str] = {}
        self.remembered: dict[Node, str] = {}
        self._known: dict[object, str] = {}

    def constant(self, value: object) -> str:
        """Return the name of a constant."""
        name = self._known.setdefault((type(value), value), f"k{len(self.constants)}")
        self.constants[name] = value
        return name

    def given(self, table: object) -> str:
        """Return the name of something that is looked things up in."""
        name = f"d{len(self.tables)}"
        self.tables[name] = table
        return name

    def name(self, node: Field | Window) -> str:
        """Return the variable that holds a field or a window of the event."""
        name = self._known.setdefault(("column", node.column), f"f{len(self.fields)}")
        self.fields[name] = node.column
        if isinstance(node, Field) and (counter := fields.BY_NAME[node.name].counted_by):
            self.counted[name] = counter
        return name

    def true(self, node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
        """Write when ``node`` is true."""
        match node:
            case Literal():
                return self.constant(node.value)
            case Not():
                return self.false(node.operand)
            case Logic():
                return f"({f' {node.word} '.join(self.true(part) for part in node.parts)})"
            case Choice():
                return self._chosen(node, self.true)
            case Call(function="has"):
                return self._is_there(node.arguments[0])
            case Compare(operator="==", left=Field() as field, right=Literal() as literal):
                return f"{self.name(field)} == {self.constant(literal.value)}"
            case _ if node in self._shared:
                return self._once(node)
            case _:
                return self._tested(node, holds=True)

    def false(self, node: Node) -> str:  # noqa: PLR0911 - one for each kind of node
        """Write when ``node`` is false, which is not: when it is not true."""
        match node:
            case Literal():
                return self.constant(not node.value)
            case Not():
                return self.true(node.operand)
            case Logic():
                word = "or" if node.word == "and" else "and"
                return f"({f' {word} '.join(self.false(part) for part in node.parts)})"
            case Choice():
                return self._chosen(node, self.false)
            case Call(function="has"):
                return f"(not {self._is_there(node.arguments[0])})"
            case _ if node in self._shared:
                return f"({self._once(node)} is False)"
            case _:
                return self._tested(node, holds=False)

    def _chosen(self, node: Choice, side: Callable[[Node], str]) -> str:
        yes = f"({self.true(node.condition)} and {side(node.yes)})"
        return f"({yes} or ({self.false(node.condition)} and {side(node.no)}))"

    def _is_there(self, node: Node) -> str:
        if node.type is Type.BOOL and not isinstance(node, Field):
            return f"({self.true(node)} or {self.false(node)})"
        guards: list[str] = []
        self._known_value(node, guards)
        return f"({' and '.join(guards) or 'True'})"

    def _tested(self, node: Node, *, holds: bool) -> str:
        guards: list[str] = []
        test = self._test(node, guards, holds=holds)
        return f"({' and '.join([*guards, test])})"

    def _test(self, node: Node, guards: list[str], *, holds: bool) -> str:
        """Write what decides, once the guards hold."""
        match node:
            case Compare():
                operator = node.operator if holds else _OPPOSITE[node.operator]
                return f"{self._known_value(node.left, guards)} {operator} {self._known_value(node.right, guards)}"
            case Member():
                word = "in" if holds else "not in"
                return f"{self._known_value(node.item, guards)} {word} {self._box(node.box, guards)}"
            case _:
                value = self._known_value(node, guards)
                return value if holds else f"not {value}"

    def _box(self, node: Node, guards: list[str]) -> str:
        if isinstance(node, Listing):
            return self.constant(frozenset(node.values))
        return self._known_value(node, guards)

    def value(self, node: Node) -> str:
        """Write the value of ``node``, or ``None``. Of a condition only a field or a function is asked for it."""
        if isinstance(node, Choice):
            no = f"{self.value(node.no)} if {self.false(node.condition)} else None"
            return f"({self.value(node.yes)} if {self.true(node.condition)} else {no})"
        guards: list[str] = []
        value = self._computed(node, guards)
        return f"({value} if {' and '.join(guards)} else None)" if guards else value

    def _once(self, node: Node) -> str:
        name = self.remembered.setdefault(node, f"m{len(self.remembered)}")
        return f"({name} if {name} is not get else ({name} := {self.value(node)}))"

    def _known_value(self, node: Node, guards: list[str]) -> str:
        """Write ``node`` for where ``guards`` hold, to which it adds what it needs: then it is not missing."""
        if isinstance(node, Choice) or (isinstance(node, Arithmetic) and node.operator == "/") or node in self._shared:
            name = f"t{self._temporaries}"
            self._temporaries += 1
            written = self._once(node) if node in self._shared else self.value(node)
            guards.append(f"({name} := {written}) is not None")
            return name
        return self._computed(node, guards)

    def _computed(self, node: Node, guards: list[str]) -> str:  # noqa: PLR0911 - one for each kind of node
        match node:
            case Literal():
                return self.constant(node.value)
            case Listing():
                return self.constant(node.values)
            case Field() | Window():
                name = self.name(node)
                if f"{name} is not None" not in guards:
                    guards.append(f"{name} is not None")
                return name
            case Negative():
                return f"(-{self._known_value(node.operand, guards)})"
            case Arithmetic(operator="/"):
                return self._quotient(node, guards)
            case Arithmetic():
                left, right = self._known_value(node.left, guards), self._known_value(node.right, guards)
                return f"({left} {node.operator} {right})"
            case Call():
                return self._call(node, guards)
            case _:
                raise TypeError(node)

    def _quotient(self, node: Arithmetic, guards: list[str]) -> str:
        return f"divided({self._known_value(node.left, guards)}, {self._known_value(node.right, guards)})"

    def _call(self, node: Call, guards: list[str]) -> str:  # noqa: PLR0911 - one for each function
        if node.function == "matches_re":
            name = self._known.setdefault(("pattern", node.arguments[1]), f"p{len(self.patterns)}")
            self.patterns[name] = str(getattr(node.arguments[1], "value", ""))
            return f"{name}({self._known_value(node.arguments[0], guards)})"
        given = [self._known_value(one, guards) for one in node.arguments]
        match node.function:
            case "lower":
                return f"lowered({given[0]})"
            case "length":
                return f"float(len({given[0]}))"
            case "starts_with":
                return f"{given[0]}.startswith({given[1]})"
            case "ends_with":
                return f"{given[0]}.endswith({given[1]})"
            case "contains":
                return f"({given[1]} in {given[0]})"
            case "any_of":
                return f"(not set({given[0]}).isdisjoint({given[1]}))"
            case "contains_any":
                needles = getattr(node.arguments[1], "values", ())
                return f"({' or '.join(f'{self.constant(one)} in {given[0]}' for one in needles)})"
            case _:
                return f"{node.function}({', '.join(given)})"
