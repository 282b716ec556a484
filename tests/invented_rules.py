"""Invented rules and events, typed and nasty, for the parity of all evaluators. What it makes, the language accepts."""

import re

from hypothesis import strategies as st

NUMBERS = [
    "item.views",
    "account.age_days",
    "matches.min_distance",
    'score("m:a")',
    "channel.items",
    'matches_in("films")',
    'distance_in("films")',
]
TEXTS = ["item.text", "item.kind", "item.account", "item.channel", "surface"]
LISTS = ["matches.banks", "signals.types"]
WINDOWS = [
    'count(item.account, "10s")',
    'count_distinct(item.account, item.channel, "5s")',
    'sum(item.views, item.channel, "7s")',
    'rate(item.channel, "3s")',
]
WORDS = [
    "",
    "a",
    "A",
    "b",
    "Σ",
    "σ",
    "İ",
    "i",
    "ß",
    "é",
    "x\ny",
    "'",
    '"',
    "\\",
    "%",
    "_",
    "😀",
    "\uffff",
    "a.b",
    "feed",
]
PATTERNS = ["a", "^a", "a$", "(?i)É", "b+", r"\d", "[^a]", "x.y", "(?s)x.y", "", r"\ba", "a|b", "(?m)^y", "'", "%"]
SIZES = [0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-10, 1e15, -1e15, 0.1, 7.0]


SIGNS = ["<", "<=", ">", ">=", "==", "!="]
CONDITIONS = (
    ["{number} {sign} {number}"] * 3
    + ["{number} {sign} {number} {sign} {number}"]
    + ["{text} {sign} {text}", "{text} {inside} {texts}", "{number} {inside} {numbers}"] * 2
    + ["contains({text}, {text})", "starts_with({text}, {text})", "ends_with({text}, {text})"]
    + ["contains_any({text}, {listed})", "matches_re({text}, {pattern})", "any_of({texts}, {texts})"]
    + ["has({number})", "has({text})", "has({texts})", "has({condition})", "matches.own"]
    + ["not {condition}", "{condition} and {condition}", "{condition} or {condition}"] * 2
    + ["{condition} and {condition} or {condition}", "{condition} if {condition} else {condition}"]
)
SUMS = (
    ["{field}"] * 4
    + ["{size}"] * 2
    + ["{number} + {number}", "{number} - {number}", "{number} * {number}", "{number} / {number}", "-{number}"]
    + ["abs({number})", "min({number}, {number})", "max({number}, {number}, {number})", "length({text})"]
    + ["length({texts})", "{number} if {condition} else {number}"]
)
SAYINGS = ["{said}"] * 4 + ["{word}"] * 3 + ["lower({text})"] * 2 + ["{text} if {condition} else {text}"]
LEAVES = {
    "condition": ["{field} {sign} {size}", "matches.own"],
    "number": ["{field}", "{size}"],
    "text": ["{said}", "{word}"],
}
FORMS = {"condition": CONDITIONS, "number": SUMS, "text": SAYINGS}
LEVELS = 3


@st.composite
def expressions(draw, *, windows=False):
    """Return a condition: forms filled with forms, a few levels deep."""
    return _filled(draw, "condition", LEVELS, NUMBERS + (WINDOWS if windows else []))


def _filled(draw, kind, levels, numbers):
    form = draw(st.sampled_from(FORMS[kind] if levels else LEAVES[kind]))
    parts = re.split(r"\{(\w+)\}", form)
    parts[1::2] = [_part(draw, name, levels - 1, numbers) for name in parts[1::2]]
    return f"({''.join(parts)})"


def _part(draw, name, levels, numbers):
    if name in FORMS:
        return _filled(draw, name, max(levels, 0), numbers)
    if name == "texts" and draw(st.booleans()):
        return draw(st.sampled_from(LISTS))
    chosen = {
        "field": numbers,
        "said": TEXTS,
        "sign": SIGNS,
        "inside": ["in", "not in"],
        "size": [repr(size) for size in SIZES],
        "word": [repr(word) for word in WORDS],
        "pattern": [repr(pattern) for pattern in PATTERNS],
    }
    if name in chosen:
        return draw(st.sampled_from(chosen[name]))
    members = chosen["size" if name == "numbers" else "word"]
    return f"[{', '.join(draw(st.lists(st.sampled_from(members), min_size=1, max_size=4)))}]"


_sizes = st.sampled_from(SIZES)
_words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
_lists = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)


def events():
    """Return the strategy of event records, anything in them missing."""
    held = {
        "item.views": _sizes.map(lambda size: float(int(size))),
        "account.age_days": _sizes,
        "matches.min_distance": _sizes,
        "score:m:a": _sizes,
        "matches.count": _sizes,
        "matches_in:films": _sizes,
        "distance_in:films": _sizes,
        "channel.items": _sizes.map(lambda size: float(int(size))),
        "item.text": _words,
        "item.kind": st.sampled_from(["text", "photo", "a"]),
        "item.account": st.sampled_from(["a", "b"]),
        "item.channel": st.sampled_from(["a", "b", "c"]),
        "item.platform": st.sampled_from(["harbourline", "other"]),
        "surface": st.sampled_from(["feed", "search", "a"]),
        "matches.own": st.booleans(),
        "matches.banks": _lists,
        "signals.types": _lists,
    }
    return st.fixed_dictionaries({}, optional=held)
