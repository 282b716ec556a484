"""From evidence to the record that rules read: what is there, what is missing, and what is made fit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from abate.domain.bank import SELF, EntryState, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.scan import Evidence
from abate.domain.signal import Context, ContextLabel, Language, Mention, Outlook, Score, Signal
from abate.policy.rules import fields
from abate.policy.rules.check import rules
from abate.policy.rules.event import fit, record
from abate.policy.rules.live import compiled
from abate.policy.rules.tree import Type

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
VERIFIED = frozenset({"sha256"})
BARE = Item(id="1", kind=Kind.TEXT)
PHOTO = Item(
    id="2",
    kind=Kind.PHOTO,
    text="the lantern burns",
    language="en",
    account="ash",
    channel="docks",
    platform="harbourline",
    posted_at=AT,
    url="https://a.example/",
    views=12,
)
FILE = Match(bank="films", entry="e", signal_type="sha256", distance=0, sources=(SELF,), group="Order")
NEAR = Match(bank="stills", entry="f", signal_type="pdq", distance=12, sources=("A", "a ", "b"), state=EntryState.KNOWN)


def test_of_a_bare_item_only_its_kind_and_counts_of_nothing_are_there():
    assert record(Evidence(item=BARE), VERIFIED) == {
        "item.kind": "text",
        "matches.count": 0.0,
        "matches.exact": 0.0,
        "matches.same_file": 0.0,
        "matches.sources": 0.0,
        "matches.banks": (),
        "matches.groups": (),
        "matches.types": (),
        "matches.states": (),
        "matches.own": False,
        "mentions.count": 0.0,
        "mentions.lists": (),
    }


def test_all_that_is_known_of_an_item_stands_under_its_field():
    evidence = Evidence(
        item=PHOTO,
        matches=(FILE, NEAR),
        scores=(
            Score(name="m:a", probability=0.7, outlook=Outlook.LIKELY),
            Score(name="m:b", probability=0.6, outlook=Outlook.UNKNOWN),
        ),
        mentions=(Mention(name="Order of the Grey Lantern", list="ours", ref="1", start=0, end=1),),
        language=Language(code="en", confidence=0.9),
        context=Context(label=ContextLabel.REPORT, probability=0.8),
    )
    signals = (Signal(type="sha256", value="ab" * 32), Signal(type="pdq", value="00", quality=60))
    more = {"surface": "feed", "account.age_days": 3, "channel.members": 40, "item.text": "forged", "score:m:a": 1}
    found = record(evidence, VERIFIED, signals=signals, more=more)
    assert found == {
        "surface": "feed",
        "item.kind": "photo",
        "item.text": "the lantern burns",
        "item.language": "en",
        "item.account": "ash",
        "item.channel": "docks",
        "item.platform": "harbourline",
        "item.url": "https://a.example/",
        "item.views": 12.0,
        "item.digest": "ab" * 32,
        "posted.hour": 1.0,
        "posted.weekday": 7.0,
        "language.code": "en",
        "language.confidence": 0.9,
        "signals.types": ("pdq", "sha256"),
        "signals.quality": 60.0,
        "matches.count": 2.0,
        "matches.exact": 1.0,
        "matches.same_file": 1.0,
        "matches.min_distance": 0.0,
        "matches.sources": 2.0,
        "matches.banks": ("films", "stills"),
        "matches.groups": ("Order",),
        "matches.types": ("pdq", "sha256"),
        "matches.states": ("known",),
        "matches.own": True,
        "matches_in:films": 1.0,
        "distance_in:films": 0.0,
        "matches_in:stills": 1.0,
        "distance_in:stills": 12.0,
        "matches_of:sha256": 1.0,
        "distance_of:sha256": 0.0,
        "matches_of:pdq": 1.0,
        "distance_of:pdq": 12.0,
        "score:m:a": 0.7,
        "context.label": "report",
        "context.probability": 0.8,
        "mentions.count": 1.0,
        "mentions.lists": ("ours",),
        "account.age_days": 3.0,
        "channel.members": 40.0,
    }
    plain = {name for name, info in fields.PLAIN.items() if not name.startswith(("account.", "channel."))}
    assert plain <= set(found)


def test_a_language_or_context_that_could_not_be_told_is_missing():
    evidence = Evidence(item=BARE, language=Language(code="und", confidence=0.1))
    assert not {"language.code", "language.confidence", "context.label"} & set(record(evidence, VERIFIED))


def test_a_language_that_the_platform_named_has_no_confidence():
    found = record(Evidence(item=BARE, language=Language(code="fa", confidence=None)), VERIFIED)
    assert found["language.code"] == "fa"
    assert "language.confidence" not in found


def test_what_says_no_or_was_told_no_is_no_match_for_a_rule():
    no = Match(bank="logos", entry="n", signal_type="pdq", distance=3, sources=(SELF,), stance=Stance.NEGATIVE)
    wrong = Opinion(id="o", entry="e", source=SELF, word=OpinionWord.DISPUTE, at=AT)
    disputed = Match(bank="films", entry="e", signal_type="md5", distance=0, sources=("a",), opinions=(wrong,))
    found = record(Evidence(item=PHOTO, matches=(no, NEAR, disputed)), VERIFIED)
    assert found["matches.count"] == 0
    assert "matches.min_distance" not in found


def test_every_bank_and_type_that_is_met_is_counted_with_the_nearest():
    second = replace(NEAR, bank="films", entry="g", distance=4)
    found = record(Evidence(item=PHOTO, matches=(FILE, NEAR, second)), VERIFIED)
    by_key = {name: value for name, value in found.items() if ":" in name}
    assert by_key == {
        "matches_in:films": 2.0,
        "distance_in:films": 0.0,
        "matches_in:stills": 1.0,
        "distance_in:stills": 12.0,
        "matches_of:sha256": 1.0,
        "distance_of:sha256": 0.0,
        "matches_of:pdq": 2.0,
        "distance_of:pdq": 4.0,
    }


def test_a_bank_that_was_not_met_is_zero_for_every_rule_and_its_distance_is_missing():
    (rule,) = rules(
        'rule(name="x", when=matches_in("made_tomorrow") == 0 and matches_of("pdq") < 1 and has(matches_in("b")) '
        'and not has(distance_in("b")), then=limit, because="b", owner="o")'
    ).rules
    assert compiled([rule]).hits([record(Evidence(item=PHOTO), VERIFIED), {}]) == [[0], []]


def test_a_name_that_no_column_can_hold_is_made_fit_in_keys_as_well():
    match = replace(NEAR, bank="a\ud800:b")
    found = record(Evidence(item=PHOTO, matches=(match,)), VERIFIED)
    assert found["matches_in:a\ufffd:b"] == 1


@pytest.mark.parametrize(
    ("column", "value", "held"),
    [
        ("item.text", "a\0\ud800b", "a��b"),
        ("item.text", 3, None),
        ("item.text", None, None),
        ("item.views", 7, 7.0),
        ("item.views", 7.9, 7.0),
        ("item.views", 10**400, None),
        ("item.views", True, None),
        ("account.age_days", float("nan"), None),
        ("account.age_days", float("inf"), None),
        ("account.age_days", -1e16, None),
        ("account.age_days", 0.5, 0.5),
        ("matches.own", True, True),
        ("matches.own", 1, None),
        ("matches.banks", ["a", None, "\0"], ("a", "�")),
        ("matches.banks", "films", None),
        ("score:m:a", 0.5, 0.5),
        ("no.field", 1, None),
        ("score", 0.5, None),
        ("item.views:key", 1, None),
    ],
)
def test_a_value_is_made_fit_for_every_evaluator_or_is_missing(column, value, held):
    assert fit({column: value}) == ({} if held is None else {column: held})


def test_there_is_one_zero():
    assert str(fit({"account.age_days": -0.0})["account.age_days"]) == "0.0"


def test_every_type_of_the_table_can_be_held():
    assert {info.type for info in fields.TABLE} == set(Type) - {Type.NUMBERS}
