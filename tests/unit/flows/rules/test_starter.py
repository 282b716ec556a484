"""The rules to begin with: each fires on what it is for, is silent a step beside it, and spares who reports."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from abate.domain.bank import SELF, Match
from abate.domain.errors import NotFoundError
from abate.domain.item import Item, Kind
from abate.domain.scan import Evidence
from abate.domain.signal import NO_CONTEXT, Context, ContextLabel, Mention, Outlook, Score, Signal
from abate.domain.verdict import Verdict
from abate.flows.rules.starter import Starter, starter, starters
from abate.policy.rules import explain, outcome
from abate.policy.rules.check import rules
from abate.policy.rules.errors import RuleError
from abate.policy.rules.event import record
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows

VERIFIED = frozenset({"sha256"})
NIGHT, NOON = datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
FILE = Match(bank="films", entry="e", signal_type="sha256", distance=0, sources=("one",))
NEAR = Match(bank="films", entry="e", signal_type="pdq", distance=12, sources=("one",))
LINK = Match(bank="links", entry="l", signal_type="url", distance=0, sources=(SELF,))
INVITE = replace(LINK, signal_type="invite")
REPORT = Context(label=ContextLabel.REPORT, probability=0.9)
AGAINST = Context(label=ContextLabel.COUNTER_SPEECH, probability=0.9)
ENDORSES = Context(label=ContextLabel.ENDORSEMENT, probability=0.8)
MINUTE = 60_000_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """An item, what the platform says of its account and channel, and how many like it came in the minutes before."""

    matches: tuple[Match, ...] = ()
    more: dict[str, object] = field(default_factory=dict)
    context: Context = NO_CONTEXT
    kind: Kind = Kind.PHOTO
    scores: tuple[Score, ...] = ()
    mentions: tuple[Mention, ...] = ()
    url: str = ""
    posted_at: datetime = NOON
    before: int = 0
    apart: bool = False
    """Whether those before it are of other accounts."""

    def evidence(self, account="ash"):
        item = Item(
            id="1",
            kind=self.kind,
            text="words",
            account=account,
            channel="mill",
            platform="harbourline",
            url=self.url,
            posted_at=self.posted_at,
        )
        return Evidence(
            item=item, matches=self.matches, scores=self.scores, mentions=self.mentions, context=self.context
        )

    def event(self, windows):
        digest = (Signal(type="sha256", value="a" * 64),)
        for number in range(self.before + 1):
            account = f"a{number}" if self.apart else "ash"
            made = record(self.evidence(account), VERIFIED, signals=digest, more=self.more)
            event = windows.take(made, number * 1_000_000)
        return event


def score(probability):
    return (Score(name="proxy-ranker:abuse", probability=probability, outlook=Outlook.UNCERTAIN),)


NAMED = (Mention(name="Order of the Grey Lantern", list="invented", ref="1", start=0, end=5),)
YOUNG = {"account.age_days": 2, "account.items": 3, "channel.members": 5000, "channel.items": 20, "channel.removed": 4}

FIRES = {
    "channel_with_many_removals": Case(matches=(NEAR,), more=YOUNG),
    "flood_at_night": Case(more=YOUNG, posted_at=NIGHT, before=29),
    "high_score_in_a_quiet_channel": Case(scores=score(0.95), more={"channel.members": 99}, kind=Kind.TEXT),
    "invitation_in_the_first_posts": Case(matches=(INVITE,), more=YOUNG, kind=Kind.TEXT),
    "known_film_on_a_busy_channel": Case(matches=(FILE,), more={"channel.members": 1000}),
    "known_links_in_a_burst": Case(matches=(LINK,), more=YOUNG, kind=Kind.URL, before=4),
    "near_copy_that_endorses": Case(matches=(NEAR,), context=ENDORSES),
    "note_names_beside_links": Case(mentions=NAMED, url="https://harbour.example/", kind=Kind.URL),
    "one_file_from_many_accounts": Case(more=YOUNG, before=19, apart=True),
    "same_file_from_a_trusted_list": Case(matches=(FILE,)),
}
BARELY_NOT = {
    "channel_with_many_removals": [
        Case(matches=(NEAR,), more={**YOUNG, "channel.removed": 3}),
        Case(matches=(NEAR,), more={**YOUNG, "channel.items": 19}),
        Case(more=YOUNG),
        Case(matches=(NEAR,)),
    ],
    "flood_at_night": [
        Case(more=YOUNG, posted_at=NIGHT, before=28),
        Case(more=YOUNG, posted_at=NOON, before=29),
        Case(more=YOUNG, posted_at=NIGHT, before=29, kind=Kind.TEXT),
    ],
    "high_score_in_a_quiet_channel": [
        Case(scores=score(0.949), more={"channel.members": 99}),
        Case(scores=score(0.95), more={"channel.members": 100}),
        Case(scores=score(0.95)),
        Case(scores=(replace(score(0.99)[0], outlook=Outlook.UNKNOWN),), more={"channel.members": 99}),
    ],
    "invitation_in_the_first_posts": [
        Case(matches=(INVITE,), more={**YOUNG, "account.items": 4}),
        Case(matches=(LINK,), more=YOUNG),
        Case(matches=(INVITE,)),
    ],
    "known_film_on_a_busy_channel": [
        Case(matches=(FILE,), more={"channel.members": 999}),
        Case(matches=(NEAR,), more={"channel.members": 1000}),
        Case(matches=(FILE,)),
    ],
    "known_links_in_a_burst": [
        Case(matches=(LINK,), more=YOUNG, before=3),
        Case(matches=(LINK,), more={**YOUNG, "account.age_days": 7}, before=4),
        Case(matches=(NEAR,), more=YOUNG, before=4),
        Case(matches=(LINK,), before=4),
    ],
    "near_copy_that_endorses": [
        Case(matches=(NEAR,), context=replace(ENDORSES, probability=0.69)),
        Case(matches=(NEAR, FILE), context=ENDORSES),
        Case(matches=(NEAR,)),
        Case(context=ENDORSES),
    ],
    "note_names_beside_links": [Case(mentions=NAMED), Case(url="https://harbour.example/")],
    "one_file_from_many_accounts": [
        Case(more=YOUNG, before=18, apart=True),
        Case(more=YOUNG, before=19),
        Case(more={**YOUNG, "account.age_days": 30}, before=19, apart=True),
        Case(more=YOUNG, before=19, apart=True, kind=Kind.TEXT),
    ],
    "same_file_from_a_trusted_list": [
        Case(matches=(replace(FILE, bank="other"),)),
        Case(matches=(NEAR, replace(FILE, bank="other"))),
    ],
}
READ_WORDS = sorted(FIRES.keys() - {"note_names_beside_links", "same_file_from_a_trusted_list"})
"""Those that read the context of an item's words."""


def read(name):
    return rules(starter(name).text, f"{name}.rules")


def hits(name, case):
    """The rule's hits on a case, each with what it comes to."""
    found = read(name)
    event = case.event(Windows(found.windows))
    (rule,) = found.rules
    assert bool(compiled(found.rules).firing(event)) == explain.fires(rule, event)
    return [outcome.hit(rule, event, case.evidence(), VERIFIED)] if explain.fires(rule, event) else []


NAMES = [one.name for one in starters()]


def test_every_starter_has_its_cases():
    assert sorted(FIRES) == sorted(BARELY_NOT) == NAMES == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_fires_on_what_it_is_for_and_proposes_what_it_says(name):
    (hit,) = hits(name, FIRES[name])
    wanted = {"note_names_beside_links": Verdict.NONE, "same_file_from_a_trusted_list": Verdict.LIMIT}
    assert hit.verdict is wanted.get(name, Verdict.REVIEW)
    assert "missing" not in hit.reason.text


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in BARELY_NOT.items() for case in cases], ids=str
)
def test_it_is_silent_one_step_beside_it(name, case):
    assert hits(name, case) == []


@pytest.mark.parametrize("context", [REPORT, AGAINST], ids=["a news report", "counter-speech"])
@pytest.mark.parametrize("name", READ_WORDS)
def test_it_spares_who_reports_or_speaks_against_it(name, context):
    assert hits(name, replace(FIRES[name], context=context)) == []


def test_a_newspaper_that_names_a_group_beside_its_link_is_noted_and_nothing_follows():
    article = replace(FIRES["note_names_beside_links"], context=REPORT)
    (hit,) = hits("note_names_beside_links", article)
    nothing = outcome.joined(outcome.builtin.propose(article.evidence(), VERIFIED), [hit])
    assert (nothing.verdict, nothing.reasons) == (Verdict.NONE, ())


def test_a_report_that_shows_the_file_is_limited_by_a_person_only_and_its_words_are_at_most_reviewed():
    report = replace(FIRES["same_file_from_a_trusted_list"], context=REPORT)
    (hit,) = hits("same_file_from_a_trusted_list", report)
    builtin = outcome.builtin.propose(report.evidence(), VERIFIED)
    both = outcome.joined(builtin, [hit])
    assert (builtin.verdict, both.verdict, both.automatic) == (Verdict.REVIEW, Verdict.LIMIT, False)
    (said,) = hits("same_file_from_a_trusted_list", replace(report, matches=(FILE, LINK)))
    assert said.verdict is Verdict.REVIEW
    disputed = replace(FILE, ceiling=Verdict.REVIEW)
    (held,) = hits("same_file_from_a_trusted_list", replace(report, matches=(disputed,)))
    assert held.verdict is Verdict.REVIEW


@pytest.mark.parametrize("one", starters(), ids=lambda one: one.name)
def test_it_says_what_it_is_for_costs_misses_and_hits_wrongly(one):
    head, _, _ = one.text.partition("\nrule(")
    assert [line for line in head.splitlines() if not line.startswith("#") and line] == []
    for part in ("# For: ", "# Costs: ", "# Misses: ", "# Hits wrongly: "):
        assert head.count(part) == 1
    assert one.title == one.text.splitlines()[0].removeprefix("# ")
    assert [rule.name for rule in rules(one.text).rules] == [one.name]
    assert max(map(len, one.text.splitlines())) <= 120


def test_all_of_them_fit_into_one_file():
    assert len(rules("\n".join(one.text for one in starters())).rules) == len(NAMES)


def test_the_note_cannot_be_made_to_propose_anything():
    with pytest.raises(RuleError, match="naming a group is no offence"):
        rules(starter("note_names_beside_links").text.replace("then=none", "then=review"))


def test_one_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(NotFoundError, match="abate rules starter"):
        starter("flood")


def test_a_caller_who_changes_the_list_changes_nothing():
    starters().clear()
    assert all(isinstance(one, Starter) for one in starters())
    assert len(starters()) == len(NAMES)
