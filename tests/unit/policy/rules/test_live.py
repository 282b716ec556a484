"""The generated function: an index that passes by, dear parts once, and nothing but what the walk says."""

from abate.policy.rules import explain, live, sql
from abate.policy.rules.check import rules
from abate.policy.rules.live import compiled
from abate.policy.rules.patterns import Pattern


def read(*conditions, more=""):
    return rules(
        "".join(
            f'rule(name="r{number}", when={when}, then=review, because="b", owner="o"{more})\n'
            for number, when in enumerate(conditions)
        )
    )


def test_no_rules_fire_on_nothing():
    assert compiled(()).hits([{}, {}]) == [[], []]
    assert compiled(()).hits([]) == []


def test_the_rules_that_fire_are_named_in_their_order():
    found = compiled(read("has(item.views)", 'item.kind == "b"', "item.views > 1").rules)
    assert [rule.name for rule in found.firing({"item.views": 2.0, "item.kind": "a"})] == ["r0", "r2"]


def test_an_index_of_many_words_finds_each_of_them_and_what_stands_outside():
    words = [f"w{number:02}" for number in range(40)]
    conditions = [f'item.kind == "{word}" and item.views > {number}' for number, word in enumerate(words)]
    found = compiled(read(*conditions, 'item.kind in ["w03", "w39"]', "item.views > 5", "not has(item.kind)").rules)
    for number, word in enumerate(words):
        asked = {"item.kind": word, "item.views": 39.5}
        assert found.hits([asked]) == [[number, 40, 41] if word in {"w03", "w39"} else [number, 41]]
    assert found.hits([{"item.kind": "other", "item.views": 9.0}, {}]) == [[41], [42]]


def test_indexes_within_indexes_end_and_text_does_not_multiply():
    words = '["a", "b", "c", "d"]'
    kinds = ["item.kind", "surface", "item.language", "item.channel", "item.account", "item.url"]
    condition = " and ".join(f"{kind} in {words}" for kind in kinds)
    assert compiled(read(*[condition] * 50).rules).hits([dict.fromkeys(kinds, "c")]) == [list(range(50))]


def test_a_dear_part_that_several_rules_share_is_computed_once_and_only_when_needed(monkeypatch):
    asked = []

    class Counting(Pattern):
        def is_in(self, text):
            asked.append(text)
            return super().is_in(text)

    monkeypatch.setattr(live, "Pattern", Counting)
    term = 'matches_re(item.text, "a+b")'
    found = compiled(read(*[f"item.views > {number} and {term}" for number in range(5)], f"not {term}").rules)
    assert found.hits([{"item.text": "aab", "item.views": 2.0}]) == [[0, 1]]
    assert asked == ["aab"]
    assert found.hits([{"item.text": "x"}, {"item.views": 9.0}]) == [[5], []]
    assert asked == ["aab", "x"]


def test_surfaces_are_a_term_like_any_other():
    found = read("item.views > 1", more=', surfaces=["feed"]').rules
    events = [{"surface": surface, "item.views": 2.0} for surface in ("feed", "search")] + [{"item.views": 2.0}]
    assert compiled(found).hits(events) == [[0], [], []]
    assert [explain.fires(found[0], event) for event in events] == [True, False, False]


def test_very_many_terms_are_still_one_function_and_one_query():
    found = read(" and\n".join(["matches.own"] * 1_500).join("()")).rules
    assert compiled(found).hits([{"matches.own": True}, {}]) == [[0], []]
    assert sql.condition(found[0]).count("CASE") == sql.MOST_GUARDS
