"""Hostile rule files: one kind of error, nothing evaluated, and whatever is accepted stays within its bounds."""

import ast
import builtins
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

import invented_rules
from abate.domain.errors import InputError
from abate.policy.rules import cost, explain, sql
from abate.policy.rules.check import RuleSet, problems, rules
from abate.policy.rules.errors import RuleError
from abate.policy.rules.expression import DEEPEST
from abate.policy.rules.live import compiled

VALID = (
    'rule(name="burst", when=account.age_days < 7 and count(item.account, "10m") >= 5, then=review,\n'
    '     because="New account, {account.age_days} days.", owner="kim", surfaces=["feed"], ceiling=review)\n'
    'rule(name="words", when=contains_any(lower(item.text), ["a", "b"]) or score("m:a") > 0.9, then=review,\n'
    '     because="Words.", owner="kim")\n'
)
PIECES = [
    *"()[]{},.:*@~%-#\\'\"",
    *(":=", "..", "==", "**", "//", "<<", "...", "'''", "\n", "\r", "\t", "\x0c", "\ufeff", "\x00", "\ud800"),
    *(" in ", " is ", " not ", " and ", " or ", " if ", " else ", " lambda: ", " for x in y", "await ", "yield "),
    *("f'{x}'", "b'x'", "3j", "None", "1e999", "0x10", "9" * 30, "é", "😀", "ª", "ﬁ", "exec", "eval", "open", "score"),
    *("__import__('os')", "().__class__", "item.text", "mentions.count", "count", '"10m"', "rule(", "name=", "when="),
    *("then=remove", "matches_re(item.text, '(')", "import os", "while 1: pass"),
]


def survives(text):
    """Check ``text``; what is accepted is compiled, asked and written as SQL too, and kept as it stands."""
    found, refused = RuleSet(rules=()), None
    told = problems(text, "fuzz.py")
    try:
        found = rules(text, "fuzz.py")
    except RuleError as error:
        refused = error
    if refused is not None:
        assert isinstance(refused, InputError)
        assert refused.where == f"fuzz.py:{refused.line}:{refused.column}"
        assert refused.line >= 1 <= refused.column
        assert len(str(refused)) < 2_000
    assert [str(error) for error in told[:1]] == ([] if refused is None else [str(refused)])
    for error in told:
        assert error.where == f"fuzz.py:{error.line}:{error.column}"
    for rule in found.rules:
        assert rules(rule.text).rules == (rule,)
        assert cost.cost(rule.when) <= cost.MOST_COST
        explain.clauses(rule, {})
        sql.condition(rule)
    compiled(found.rules).hits([{}])


@given(st.text())
def test_any_text_is_read_or_refused(text):
    survives(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_syntax_is_read_or_refused(condition):
    survives(f'rule(name="x", when={condition}, then=review, because="b", owner="o")')


@given(
    st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), st.sampled_from(PIECES)), min_size=1, max_size=3)
)
def test_a_spoilt_rule_file_is_read_or_refused(changes):
    text = VALID
    for place, dropped, piece in changes:
        text = text[:place] + piece + text[place + dropped :]
    survives(text)


CALLS = ("{}", "({})", "{};", "(\n{}\n)", "{}  # why", "# why\n{}", "\\\n{}", "\ufeff{}", "(\n#\n{} \\\n)")
WORDS = st.sampled_from(
    [
        *("rule(name={name!r}, when=item.views > {n}, then=review, because='{{item.views}}', owner='o')",),
        *('rule\\\n(name={name!r},\r\nwhen=item.text == """é{n}""", then=none, because=\'b\', owner=\'o\')',),
        *("rule(name={name!r}, when=item.view > {n}, then=review, because='b', owner='o')", "import os", "x = {n}"),
        *(
            "rule(name={name!r})",
            "rule({n})",
            "rule(name={name!r}, when=mentions.count > {n}, then=review, because='b',",
        ),
        *("ｒule(name={name!r}, when=item.views < {n}, then=review, because='b', owner='o')",),
    ]
)


@given(st.lists(st.tuples(WORDS, st.sampled_from("abc"), st.integers(0, 9), st.sampled_from(CALLS)), max_size=6))
def test_a_mistake_hides_no_other_and_each_rule_stands_by_itself(told):
    survives("\n".join(around.format(words.format(name=name, n=n)) for words, name, n, around in told))


@given(invented_rules.expressions(windows=True))
def test_what_is_typed_well_is_accepted_and_its_sql_is_as_long_as_its_cost_allows(condition):
    text = f'rule(name="x", when=has(surface) and {condition}, then=review, because="b", owner="o")'
    (rule,) = rules(text).rules
    assert len(sql.condition(rule)) < 200 * (cost.cost(rule.when) + len(text))


@pytest.mark.parametrize(
    "deep",
    [
        *("not " * 9_000 + "True", "-" * 9_000 + "1", "(" * 150 + "1" + ")" * 150, "[" * 9_000, "a" + ".b" * 9_000),
        *("1" + "+1" * 9_000, "f(" * 4_000, "1 if 1 else " * 1_600 + "1", "lambda: " * 2_400 + "1", "x" + "()" * 9_000),
        *("1<" * 9_000 + "1", "a and " * 3_000 + "a", '"' + "x" * 9_000 + '"', "9" * 9_000, "x" + "[0]" * 6_000),
        *("f'{" * 100 + "x" + "}'" * 100, "\n".join(["("] * 150), "a**" * 6_000 + "1", "await " * 3_000 + "x"),
    ],
    ids=lambda deep: deep[:12],
)
@pytest.mark.parametrize("joint", ["", "\\\n"])
def test_what_is_nested_without_end_is_refused_in_bounded_time(deep, joint):
    with pytest.raises(RuleError):
        rules(f'rule(name="x", when={joint}{deep}, then=review, because="b", owner="o")')


def test_depth_without_a_long_line_is_refused_too():
    for step in ("not \\\n", "- \\\n", "(\n", "1 if 1 else \\\n", "a. \\\n"):
        with pytest.raises(RuleError):
            rules(f'rule(name="x", when={step * 100_000}1, then=review, because="b", owner="o")')


DEEP = {
    "not": ("not ({})", "matches.own"),
    "and": ("({} and matches.own)", "matches.own"),
    "choice": ("(matches.own if matches.own else {})", "matches.own"),
    "numbers": ("({} - 1)", "item.views"),
    "quotients": ("(item.views / {})", "item.views"),
    "left": ("({} / item.views)", "item.views"),
    "numbers chosen": ("({} if matches.own else 1)", "item.views"),
    "min": ("min(1, {})", "item.views"),
    "lower": ("lower({})", "item.text"),
    "has": ("has(not {})", "matches.own"),
    "asked": ("(matches.own if {} else matches.own)", "matches.own"),
}


@pytest.mark.parametrize("kind", sorted(DEEP))
def test_the_deepest_that_is_accepted_is_also_compiled_and_written(kind):
    around, inside = DEEP[kind]
    for depth in range(DEEPEST):
        inside = around.format(inside)
        when = inside if kind in {"not", "and", "choice", "has", "asked"} else f"{inside} == {inside}"
        survives(f'rule(name="x", when={when}, then=review, because="b", owner="o")\n' * 1)
        both = "".join(f'rule(name="r{n}", when={when}, then=review, because="b", owner="o")\n' for n in (depth, 99))
        survives(both)


def test_nothing_is_looked_up_imported_or_run(monkeypatch):
    ran = []
    for owner, name in ((builtins, "open"), (builtins, "eval"), (os, "system")):
        monkeypatch.setattr(owner, name, lambda *_, name=name: ran.append(name))
    for attack in (
        '__import__("os").system("x")',
        'eval("1")',
        'open("x")',
        '(lambda: open("x"))()',
        '[open("x") for y in [1]]',
        '(x := open("x"))',
        'f"{open(1)}"',
        "().__class__.__mro__",
        'item.text.format("x")',
        '"{0}".format(open)',
        "item.__class__",
        'contains(*open("x"))',
        'lower(text=open("x"))',
        'item.text["a"]',
        '"a" * 9 == item.text',
        "item.views ** 9 > 1",
    ):
        with pytest.raises(RuleError):
            rules(f'rule(name="x", when={attack}, then=review, because="b", owner="o")')
        with pytest.raises(RuleError):
            rules(attack)
    assert not ran


def test_what_an_author_writes_reaches_the_generated_function_as_values_only(monkeypatch):
    word = "0) or __import__('os'"
    text = f'rule(name="x", when=item.text == {word!r} or score({word!r}) > 1, then=review, because="b", owner="o")'
    sources = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source, *rest: sources.append(source) or parse(source, *rest))
    live = compiled(rules(text).rules)
    generated = sources[-1]
    assert "fired.append" in generated
    assert word not in generated
    assert live.hits([{"item.text": word}, {"item.text": "other"}]) == [[0], []]
