"""Claims about banks that can say no: whatever the entries, the opinions, the rules and the order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.bank import SELF, Bank, Entry, EntryState, Match, Stance, Standing
from abate.domain.flood import Tally
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord, newest_of_each
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import Signal
from abate.matching.bank import Matcher, Said
from abate.matching.exact_index import ExactIndexType
from abate.policy.builtin import Rule, propose
from abate.policy.flood import PER_ACCOUNT, Limits, counted, grown, in_window, is_flood
from abate.signals.exact import Sha256

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TYPES = ["sha256", "sha512", "md5", "pdq"]
NAMES = [SELF, "hotline", "university", "museum", "Self", ""]

moments = st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes))
opinions = st.builds(
    Opinion,
    id=st.text("abc", min_size=1, max_size=3),
    entry=st.just("e1"),
    source=st.sampled_from(NAMES),
    word=st.sampled_from(OpinionWord),
    at=moments,
)
matches = st.builds(
    Match,
    bank=st.sampled_from(["one", "two"]),
    entry=st.sampled_from(["e1", "e2", "e3"]),
    signal_type=st.sampled_from(TYPES),
    distance=st.sampled_from([0, 0, 1, 5, 31]),
    sources=st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    stance=st.sampled_from([Stance.KNOWN, Stance.KNOWN, Stance.NEGATIVE]),
    state=st.sampled_from(EntryState),
    opinions=st.lists(opinions, max_size=2).map(newest_of_each),
    ceiling=st.sampled_from(Verdict),
)
evidences = st.builds(
    Evidence,
    item=st.builds(Item, id=st.just("i"), kind=st.sampled_from(Kind)),
    matches=st.lists(matches, max_size=6).map(tuple),
)
verified = st.frozensets(st.sampled_from(TYPES))
clauses = st.sampled_from([lambda _match, _facts: "Yes.", lambda _match, _facts: None])
rules = st.lists(
    st.builds(Rule, name=st.just("any"), verdict=st.sampled_from(Verdict), automatic=st.booleans(), clause=clauses),
    max_size=4,
)


@given(evidences, verified, rules)
def test_no_rule_writes_around_a_ceiling(evidence, types, asked):
    proposal = propose(evidence, types, asked)
    most = max((match.ceiling.severity for match in evidence.matches), default=0)
    assert proposal.verdict.severity <= most
    assert not proposal.automatic or proposal.verdict is Verdict.LIMIT


@given(evidences, verified, rules)
def test_a_negative_entry_never_lets_a_farther_match_act(evidence, types, asked):
    proposal = propose(evidence, types, asked)
    own = [m for m in evidence.matches if m.stance is Stance.NEGATIVE and SELF in m.sources and not m.opinions]
    beaten = all(
        m.stance is Stance.NEGATIVE or any(n.signal_type == m.signal_type and n.distance <= m.distance for n in own)
        for m in evidence.matches
    )
    if beaten:
        assert proposal.verdict is Verdict.NONE
    if own:
        assert not proposal.automatic
        assert proposal.verdict.severity <= Verdict.REVIEW.severity


@given(evidences, verified, rules)
def test_one_more_no_never_makes_a_proposal_stronger(evidence, types, asked):
    no = Match(bank="two", entry="n", signal_type="pdq", distance=3, sources=(SELF,), stance=Stance.NEGATIVE)
    before = propose(evidence, types, asked)
    after = propose(replace(evidence, matches=(*evidence.matches, no)), types, asked)
    assert after.verdict.severity <= before.verdict.severity
    assert before.automatic or not after.automatic


@given(evidences, verified, rules)
def test_what_is_disputed_or_set_aside_never_acts(evidence, types, asked):
    doubt = [replace(match, state=EntryState.QUARANTINED) for match in evidence.matches]
    assert not propose(replace(evidence, matches=tuple(doubt)), types, asked).automatic
    dispute = Opinion(id="o", entry="e", source="press", word=OpinionWord.DISPUTE, at=NOW)
    disputed = [replace(match, opinions=(*match.opinions, dispute)) for match in evidence.matches]
    proposal = propose(replace(evidence, matches=tuple(disputed)), types, asked)
    assert proposal.verdict.severity <= Verdict.REVIEW.severity


@given(st.lists(opinions, max_size=8).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_opinions_commute(pair):
    made, shuffled = pair
    entry = Entry(id="e1", bank="b", signal_type="pdq", value="f", sources=("hotline",), added_at=NOW)
    distinct = list({(one.source, one.at, one.id): one for one in made}.values())
    again = [one for one in shuffled if one in distinct]
    first, second = Standing(entry=entry, opinions=tuple(distinct)), Standing(entry=entry, opinions=tuple(again))
    assert (first.backers, first.disputers, first.opinions) == (second.backers, second.disputers, second.opinions)
    assert not set(first.backers) & set(first.disputers)
    halves = Standing(entry=entry, opinions=newest_of_each(distinct[::2]) + newest_of_each(distinct[1::2]))
    assert halves == first


ends = st.one_of(st.none(), moments)
VALUES = [f"{number:064x}" for number in range(3)]
entries = st.builds(
    Entry,
    id=st.integers(0, 9).map(lambda number: f"e{number}"),
    bank=st.sampled_from(["one", "two"]),
    signal_type=st.just("sha256"),
    value=st.sampled_from(VALUES),
    sources=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
    added_at=moments,
    stance=st.sampled_from(Stance),
    expires_at=ends,
)
BANKS = [Bank(name="one", created_at=NOW), Bank(name="two", created_at=NOW, max_distance=0, ceiling=Verdict.REVIEW)]
by_id = st.lists(entries, max_size=10).map(lambda made: list({one.id: one for one in made}.values()))


def matcher(known, said=None):
    return Matcher(
        banks=BANKS,
        entries=known,
        signal_types={"sha256": Sha256()},
        index_types={"exact": ExactIndexType()},
        said=said,
    )


def looked_up(built, at):
    return built.match([[Signal(type="sha256", value=value)] for value in VALUES], at=at)


@given(by_id)
def test_what_has_expired_stays_expired(known):
    built = matcher(known)
    before = None
    for minutes in range(7):
        at = NOW + timedelta(minutes=minutes)
        live = {(e.bank, e.stance, e.value) for e in known if e.expires_at is None or e.expires_at > at}
        found = looked_up(built, at)
        assert sum(map(len, found)) == len(live)
        assert before is None or live <= before
        before = live


@given(by_id, by_id, st.lists(opinions, max_size=3))
def test_a_matcher_that_followed_the_changes_answers_as_one_built_anew(first, second, said):
    built = matcher(first)
    looked_up(built, NOW)
    gone = {one.id for one in first} - {one.id for one in second}
    words = Said(opinions={"e1": said}, set_aside={"e2"})
    built.update(banks=BANKS, changed=second, gone=gone, said=words)
    anew = matcher(second, words)
    for minutes in (0, 3):
        at = NOW + timedelta(minutes=minutes)
        assert looked_up(built, at) == looked_up(anew, at)
    assert len(built) == len(anew)


brought = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), st.integers(1, 9)), max_size=30)


@given(brought)
def test_fewer_accounts_than_it_takes_never_set_an_entry_aside(events):
    """However much few accounts post, and whenever, they count for five each within any hour."""
    tally, stream = Tally(id="e1"), Tally(id="stream")
    for minutes, account, number in sorted(events):
        at = NOW + timedelta(minutes=minutes)
        tally = counted(tally, at, [f"a{account}"] * number)
        stream = grown(stream, at, number)
        assert in_window(tally, at) <= 4 * PER_ACCOUNT
        assert in_window(tally, at) <= in_window(stream, at)
        assert not is_flood(tally, stream, at, Limits(items=4 * PER_ACCOUNT + 1, percent=0))
