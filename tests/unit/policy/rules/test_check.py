"""What a rule file may say, and what each mistake is answered with: the place and the remedy."""

import pytest

from abate.domain.errors import InputError
from abate.domain.verdict import Verdict
from abate.policy.rules import check, cost, fields, functions, read
from abate.policy.rules.check import problems, rules
from abate.policy.rules.errors import RuleError

GOOD = """\
# New accounts that post fast.
rule(
    name="burst",
    when=account.age_days < 7 and rate(item.account, "10m") >= 30,
    then=review,
    because="New account ({account.age_days} days) posts fast.",
    owner="kim",
    surfaces=["feed", "search"],
)
rule(name="known", when="films" in matches.banks, then=limit, because="Known.", owner="lee", ceiling=review)
"""


def one(when, *, then="review", more=""):
    return f'rule(name="x", when={when}, then={then}, because="b", owner="o"{more})'


def refused(text, **more):
    with pytest.raises(RuleError) as caught:
        rules(text, "ours.rules", **more)
    return caught.value


def test_a_file_gives_its_rules_in_order_with_what_they_say():
    burst, known = rules(GOOD).rules
    assert (burst.name, burst.then, burst.owner, burst.surfaces) == ("burst", Verdict.REVIEW, "kim", ("feed", "search"))
    assert (known.then, known.ceiling, burst.ceiling) == (Verdict.LIMIT, Verdict.REVIEW, Verdict.REVIEW)


def test_layout_and_comments_change_no_version_and_a_number_does():
    squeezed = " ".join(GOOD.split("\n", 1)[1].split()).replace(" rule(", "\nrule(")
    assert [rule.version for rule in rules(squeezed).rules] == [rule.version for rule in rules(GOOD).rules]
    assert rules(GOOD.replace("< 7", "< 8")).rules[0].version != rules(GOOD).rules[0].version


def test_a_set_says_which_fields_and_windows_it_needs():
    found = rules(GOOD)
    assert [field.column for field in found.fields] == ["account.age_days", "item.account", "matches.banks", "surface"]
    assert [window.column for window in found.windows] == ["count(item.account,600s)"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_place_is_the_same_with_any_line_end_and_a_mark_in_front(end):
    text = "\ufeff" + GOOD.replace("age_days < 7", "age < 7").replace("\n", end)
    error = refused(text)
    assert (error.line, error.column) == (4, 10)
    assert str(error).startswith("ours.rules:4:10: there is no field account.age; ")
    assert isinstance(error, InputError)


def test_columns_are_counted_in_characters():
    assert refused(one('"é😀" == item.text and foo')).column == len('rule(name="x", when="é😀" == item.text and ') + 1


MISTAKES = {
    "account.age_day < 1": (21, "there is no field account.age_day; did you mean account.age_days?"),
    "age_days < 1": (21, "did you mean account.age_days?"),
    "qqq < 1": (21, "there is no field qqq; the fields are surface, item.kind"),
    "contain(item.text, 'a')": (21, "there is no function contain; did you mean contains?"),
    "item.text.lower < 1": (21, "only a field has a dot in its name"),
    'score < 1 and score("m") < 1': (21, 'score is asked for by MODEL:LABEL; write score("MODEL:LABEL")'),
    "score(item.text) < 1": (27, "score is asked for by MODEL:LABEL, a text"),
    "score() < 1": (21, '0 arguments, where there are 1; write score("MODEL:LABEL")'),
    "item.text in 'abc'": (34, "a text is in a list of texts, not in a text; write contains('abc', …)"),
    "item.views in item.text": (35, "a number is in a list of numbers, not in a text"),
    "item.views in ['a']": (35, "not in a list of texts; list them"),
    "item.views is None": (35, "nothing equals what is missing; write has(x)"),
    "item.views is 1": (35, "is does not compare; write =="),
    "item.views < 'a'": (34, "a number is compared with a text; compare it with a number"),
    "matches.own == True": (21, "a bool is not compared; write it alone, or not before it"),
    "matches.banks == matches.groups": (21, "a list of texts is not compared; write any_of"),
    "item.views": (21, "this is a number, where it cannot be one: a condition is true or false"),
    "item.views and matches.own": (21, "and joins conditions"),
    "not item.views": (25, "not turns a condition round"),
    "+item.views > 1": (21, "only - and not are known"),
    "-item.text == 'a'": (22, "minus is for numbers"),
    "item.views % 2 == 1": (21, "only + - * / are known"),
    "item.text * 2 == 'a'": (21, "* is for numbers"),
    "item.views + 'a' > 1": (34, "+ is for numbers"),
    "(1 if item.views else 2) > item.views": (27, "if asks a condition"),
    "(1 if matches.own else 'a') > item.views": (44, "both sides are a number"),
    "has(matches.banks if matches.own else ['a'])": (25, "choose between single values"),
    "[] == item.text": (21, "a list has 1 to 1000 members; this has 0"),
    "item.text in [item.text]": (34, "the members of a list are written out"),
    "item.text in ['a', 1]": (34, "all numbers or all texts"),
    "item.text in [True]": (34, "all numbers or all texts"),
    "item.views > 1e16": (34, "a number lies within 1e+15"),
    "item.views > 1j": (34, "only numbers, texts, True and False stand for themselves"),
    "item.text == '\\ud800'": (34, "none of them NUL"),
    "item.text == '\\x00'": (34, "none of them NUL"),
    "item.text == '" + "a" * 1001 + "'": (34, "a text has 1000 characters at most"),
    "lower(text=item.text) == 'a'": (21, "without names or stars"),
    "lower(*item.text) == 'a'": (21, "without names or stars"),
    "lower(item.text, 1) == 'a'": (21, "lower takes 1 arguments, not 2; the text with each capital made small"),
    "min(1) < item.views": (21, "min takes 2 to 8 arguments, not 1"),
    "lower(item.views) == 'a'": (27, "lower is the text with each capital made small"),
    "item.text.lower() == 'a'": (21, "only functions of the table are called; write lower(x), not x.lower()"),
    "matches_re(item.text, '(')": (43, "RE2 does not take this: missing )"),
    "matches_re(item.text, '(?=a)')": (43, "RE2 does not take this"),
    "matches_re(item.text, item.url)": (43, "wants it written out here"),
    "contains_any(item.text, matches.banks)": (45, "wants it written out here"),
    f"contains_any(item.text, {['a'] * 201})": (45, "contains_any looks for 200 texts at most, not 201; split it"),
    "-" * 9_000 + "1": (1, "nested too deeply, or a number is too long"),
    "count(item.account) > 1": (21, "1 arguments, where there are 2; write count(by, duration)"),
    "count(item.text, '1h') > 1": (27, "write one of item.account, item.channel, item.url, item.digest"),
    "count(1, '1h') > 1": (27, "a window does not take this"),
    "sum(account.age_days, item.account, '1h') > 1": (25, "write one of item.views, account.items"),
    "count(item.account, 3600) > 1": (41, 'a duration is a text such as "10m"'),
    "count(item.account, '91d') > 1": (41, 'up to "90d"'),
    "count(item.account, '0m') > 1": (41, "a duration is a text"),
    "x[0]": (21, "a subscript is not part of the language"),
    "(1, 2)": (21, "a tuple (write a list) is not part of the language"),
    "(yield 1)": (22, "this is not part of the language"),
    "True": (21, "when reads no field"),
}


@pytest.mark.parametrize("when", MISTAKES)
def test_a_mistake_in_a_condition_is_shown_where_it_stands_with_the_remedy(when):
    column, said = MISTAKES[when]
    error = refused(one(when))
    assert said in str(error)
    assert (error.line, error.column) == (1, column)


FILES = {
    "import os": "only rule(name=",
    "x = 1": "only rule(name=",
    "print(1)": "only rule(name=",
    '"text"': "only rule(name=",
    "rule(": "not the syntax of a rule: '(' was never closed",
    "rule(1)": "rule takes its parts by name",
    "rule(**x)": "rule takes name, when, then, because, owner, surfaces, ceiling, each once",
    'rule(color="red")': "remove this",
    'rule(name="x")': "the rule does not say when; add when=…",
    one("has(surface)", then="delete"): "this is one of none, review, limit",
    one("has(surface)", then='"review"'): "this is one of none, review, limit",
    one("has(surface)", then="remove"): "no rule removes: a person does",
    one("has(surface)", more=", surfaces=[]"): "surfaces is a list of 1 to 20 texts",
    one("has(surface)", more=', surfaces="feed"'): "surfaces is a list of 1 to 20 texts",
    one("has(surface)", more=", surfaces=[1]"): "a surface is a text of 1 to 60 characters",
    one("has(surface)").replace('"x"', '"X y"'): "a name is small letters",
    one("has(surface)").replace('"b"', '" "'): "because is a text of 1 to 500 characters",
    one("has(surface)").replace('"o"', "o"): "owner is a text of 1 to 100 characters",
    one("has(surface)").replace('"o"', '"\\ud800"'): "owner holds a character that no text holds",
    one("has(surface)").replace(
        '"b"', '"{views}"'
    ): "because shows {views}, which is no field; did you mean item.views?",
    one("has(surface)").replace('"b"', '"{score}"'): "because shows {score}, which is no field",
    one("has(surface)").replace('"b"', '"{item.views"'): "because has a brace without its other half",
    f"{one('has(surface)')}\n{one('has(surface)')}": "there are two rules named x",
    "rule(\x00)": "a character that no text file holds",
    "# \ud800": "a character that no text file holds",
    "x" * (read.LONGEST_LINE + 1): "a line has more than 20000 characters",
    "#\n" * (read.MOST_CHARACTERS // 2 + 1): "of 1048576 at most; split it",
    "rule()\n" * (read.MOST_RULES + 1): "the file has 2001 rules",
}


@pytest.mark.parametrize("text", FILES, ids=range(len(FILES)))
def test_a_mistake_in_a_file_is_answered_with_the_remedy(text):
    assert FILES[text] in str(refused(text))


def test_what_is_too_dear_says_what_it_costs():
    words = " or ".join(f"matches_re(item.text, '{number}')" for number in range(70))
    assert "the rule costs 2240, of 2000 at most" in str(refused(one(words)))


def test_the_part_that_bears_the_cost_is_the_one_that_is_named():
    dear = "length(lower(item.text))"
    for _ in range(8):
        dear = f"min({dear}, 1)"
    error = refused(one(f"item.views > 1 and {dear} > 3"))
    assert "the rule costs 3074, of 2000 at most, most of it for lower(item.text); write less" in str(error)
    assert error.column == len('rule(name="x", when=item.views > 1 and ' + "min(" * 8 + "length(") + 1


def product(factors):
    return "item.views" if factors == 1 else f"({product(factors // 2)} * {product(factors - factors // 2)})"


def test_a_number_that_could_outgrow_a_double_is_refused_at_save():
    assert rules(one(f"{product(20)} > 1")).rules
    assert "this can grow beyond the numbers" in str(refused(one(f"{product(21)} > 1")))


def test_what_is_nested_deeper_than_a_tree_may_be_is_refused():
    assert rules(one("not " * 18 + "has(surface)")).rules
    for levels in (19, 40):
        assert "nested deeper than 20 levels" in str(refused(one("not " * levels + "has(surface)")))


def test_many_windows_are_shared_or_refused():
    text = "\n".join(
        one(f'count(item.account, "{number + 1}m") > 1').replace('"x"', f'"x{number}"')
        for number in range(check.MOST_WINDOWS + 1)
    )
    assert "look through 65 windows, of 64 at most" in str(refused(text))


def test_a_rule_that_looks_for_a_name_may_propose_nothing():
    def names(text):
        return "Order of the Grey Lantern" if "grey lantern" in text.lower() else None

    for when in (
        'contains(item.text, "Grey Lantern")',
        'contains_any(item.text, ["a", "grey lantern"])',
        'matches_re(item.text, "(?i)grey\\\\W+lantern")',
    ):
        assert "this names Order of the Grey Lantern" in str(refused(one(when), names=names))
        assert rules(one(when, then="none"), names=names).rules[0].then is Verdict.NONE
    assert rules(one('contains(item.text, "lantern") and item.views > 3'), names=names).rules
    assert rules(one('"Order of the Grey Lantern" in matches.groups'), names=names).rules
    assert refused(one('"Order of the Grey Lantern" == item.text and has(matches.groups)'), names=names)


@pytest.mark.parametrize("info", fields.TABLE, ids=lambda info: info.name)
def test_every_field_has_a_sentence_and_can_be_read_by_a_rule_that_proposes_no_more_than_it_allows(info):
    read_as = f'{info.name}("k")' if info.key else info.name
    (rule,) = rules(one(f"has({read_as})", then=info.most.value)).rules
    assert rule.then is info.most
    above = {Verdict.NONE: "review", Verdict.REVIEW: "limit", Verdict.LIMIT: "remove"}[info.most]
    refused(one(f"has({read_as})", then=above))
    assert info.help


def test_the_table_costs_and_windows_are_known_to_the_checker():
    assert set(functions.WINDOWS) == {"count", "count_distinct", "sum", "rate"}
    assert all(one.cost > 0 for one in (*fields.TABLE, *functions.TABLE))
    assert cost.MOST_DIGITS < 308


def test_the_first_mistake_of_each_rule_is_told_whatever_stands_before_it():
    text = "\n".join(
        (
            one("item.view > 1 and item.vew > 2"),
            "import os",
            one("item.views > 1").replace('"x"', '"y"'),
            one("item.views > 2").replace('"x"', '"y"'),
            'rule(name="z")',
        )
    )
    assert [(error.line, error.column, error.bare.split(";")[0]) for error in problems(text, "ours.rules")] == [
        (1, 21, "there is no field item.view"),
        (2, 1, 'only rule(name="…", when=…, …) stands at the top of a rule file'),
        (4, 1, "there are two rules named y"),
        (5, 1, "the rule does not say when"),
    ]
    assert str(problems(text, "ours.rules")[0]) == str(refused(text))


def test_what_keeps_a_file_from_being_read_is_one_mistake_and_a_good_file_has_none():
    for text in (f"{GOOD}rule(", f"{GOOD}\0", "\n".join(["rule()"] * (read.MOST_RULES + 1))):
        assert [str(error) for error in problems(text, "ours.rules")] == [str(refused(text))]
    assert problems(GOOD) == []


def test_too_many_windows_are_told_of_after_the_mistakes_of_single_rules():
    many = "\n".join(
        one(f'count(item.account, "{n}s") > 1').replace('"x"', f'"x{n}"') for n in range(1, check.MOST_WINDOWS + 2)
    )
    told = [error.bare for error in problems(f"{many}\nrule()")]
    assert [text.split(";")[0] for text in told] == [
        "the rule does not say name",
        "the rules look through 65 windows, of 64 at most",
    ]


def test_names_are_looked_for_in_every_rule():
    looks = one('"grey lantern" == item.text'), one('"calm" == item.text').replace('"x"', '"y"')
    text = "\n".join((*looks, looks[0].replace('"x"', '"z"')))
    told = problems(text, names=lambda words: words if "lantern" in words else None)
    assert [error.line for error in told] == [1, 3]


def test_a_rule_is_known_as_its_author_wrote_it_without_what_stands_around_it():
    burst, known = rules(GOOD).rules
    assert burst.text == GOOD[GOOD.index("rule(") : GOOD.index("rule(", 40) - 1]
    assert known.text.startswith('rule(name="known"')
    (alone,) = rules("(\nrule\n" + one("item.views > 1").removeprefix("rule") + ")").rules
    assert rules(alone.text).rules == (alone,)
