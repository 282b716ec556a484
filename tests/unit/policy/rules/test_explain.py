"""A rule explained: each clause, what it came to, and what was missing."""

import pytest

from abate.policy.rules import explain, sql
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled
from abate.policy.rules.meaning import lowered
from abate.policy.rules.tree import Literal, Node, Type, written
from abate.policy.rules.truth import Writer

BURST = """
rule(
    name="burst",
    when=account.age_days < 7
    and (item.views > 100 or count(item.account, "10m") >= 5)
    and not contains(lower(item.text), "recipe"),
    then=review,
    because="Account of {account.age_days} days in {matches.banks}, own: {matches.own}: {item.text}",
    owner="kim",
    surfaces=["feed"],
)
"""


def rule(text=BURST):
    return rules(text).rules[0]


def lines(event):
    return [clause.line for clause in explain.clauses(rule(), event)]


def test_each_clause_is_shown_as_it_was_written_with_its_value_and_what_it_read():
    event = {"surface": "feed", "account.age_days": 3.0, "count(item.account,600s)": 9.0, "item.text": "Read this"}
    either = 'item.views > 100 or count(item.account, "10m") >= 5'
    assert lines(event) == [
        'true: surface in ["feed"] (surface = “feed”)',
        "true: account.age_days < 7 (account.age_days = 3)",
        f'true: {either} (item.views = missing; count(item.account, "600s") = 9)',
        'true: not contains(lower(item.text), "recipe") (item.text = “Read this”)',
    ]
    assert explain.fires(rule(), event)


def test_missing_is_shown_as_missing_and_fires_nothing():
    event = {"surface": "feed", "account.age_days": 3.0, "item.views": 0.0}
    assert [line.partition(":")[0] for line in lines(event)] == ["true", "true", "missing", "missing"]
    assert not explain.fires(rule(), event)


def test_the_reason_tells_what_the_event_held_and_cannot_steer_a_terminal():
    event = {"account.age_days": 0.25, "matches.banks": ("a", "b"), "item.text": "\x1b[2J" + "x" * 90}
    told = explain.because(rule(), event)
    assert told == f"Account of 0.25 days in “a”, “b”, own: missing: “�[2J{'x' * 56}…”"


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (None, "missing"),
        (True, "yes"),
        (False, "no"),
        (3.0, "3"),
        (1e15, "1e+15"),
        ((), "none"),
        (tuple("abcdef"), "“a”, “b”, “c”, “d”, “e” …"),
        ((1.0, 2.5), "1, 2.5"),
    ],
)
def test_a_value_is_told_in_words(held, told):
    assert explain.told(held) == told


KLEENE = {
    "item.views > 1": None,
    "item.views > 1 and 1 > 2": False,
    "item.views > 1 and 2 > 1": None,
    "item.views > 1 or 2 > 1": True,
    "item.views > 1 or 1 > 2": None,
    "not item.views > 1": None,
    "has(item.views)": False,
    "not has(item.views)": True,
    "has(item.views > 1)": False,
    "item.views == item.views": None,
    "item.views in [1, 2]": None,
    "1 < 2 < item.views": None,
    "2 < 1 < item.views": False,
    "account.items / 0 > 1": None,
    "account.items / 1e-10 > 1": None,
    "1 / account.items > 0.2": True,
    "(1 if item.views > 1 else 1) == 1": None,
    "min(item.views, 1) < 5": None,
    "length(matches.banks) == 0": True,
    '"a" in matches.banks': False,
    "item.kind in matches.banks": None,
    "any_of(matches.banks, matches.groups)": None,
    'lower("ΑΣ") == "ας"': False,
    '"é" < "😀"': True,
    '"Z" < "a"': True,
    "True": True,
    "not False": True,
    "has(2)": True,
    "has([1])": True,
    "has(matches.own)": False,
    "matches.own": None,
}


@pytest.mark.parametrize("when", KLEENE)
def test_missing_is_the_third_value_for_every_evaluator(when):
    duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")
    event = {"account.items": 4.0, "matches.banks": ()}
    found = rules(
        f'rule(name="yes", when=({when}) and not has(channel.items), then=review, because="b", owner="o")\n'
        f'rule(name="no", when=not ({when}) and not has(channel.items), then=review, because="b", owner="o")'
    )
    wanted = {True: [0], False: [1], None: []}[KLEENE[when]]
    assert [number for number, one in enumerate(found.rules) if explain.fires(one, event)] == wanted
    assert compiled(found.rules).hits([event]) == [wanted]
    with duckdb.connect() as connection:
        connection.execute(sql.create("e", found.fields, windows=False))
        names = [field.column for field in found.fields]
        values = [list(value) if isinstance(value := event.get(name), tuple) else value for name in names]
        connection.execute(f"INSERT INTO e VALUES (1, 1{', ?' * len(names)})", values)  # noqa: S608 - question marks
        row = connection.execute(sql.hits(found.rules, "e")).fetchall()[0]
    assert [number for number, fires in enumerate(row[1:]) if fires] == wanted


def test_letters_are_made_small_as_duckdb_does_it_every_one_of_them():
    duckdb = pytest.importorskip("duckdb", reason="pip install '.[dev]'")
    signs = [chr(point) for point in range(1, 0x1E944) if not 0xD800 <= point < 0xE000]
    with duckdb.connect() as connection:
        (small,) = connection.execute("SELECT list_transform(?, lambda sign: lower(sign))", [signs]).fetchone()
    # A newer Python may know letters that this DuckDB does not, and the other way round.
    unlike = [sign for sign, theirs in zip(signs, small, strict=True) if lowered(sign) != theirs]
    assert len(unlike) < 100
    assert not [sign for sign in unlike if ord(sign) < 0x2C00]
    assert lowered("ΟΔΟΣ İ") == "οδοσ i"


def test_a_node_of_no_known_kind_is_an_error_and_not_a_value():
    strange = Node(type=Type.NUMBER)
    for use in (lambda: explain.value(strange, {}), lambda: sql.expression(strange), lambda: Writer(()).value(strange)):
        with pytest.raises(TypeError):
            use()
    assert written(Literal(type=Type.BOOL, value=True)) == "True"
