"""What rules would have done: every count is made again by walking the events one by one, and must be the same."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import rules_history as past
from abate.domain.case import AUTOMATIC, Ground
from abate.domain.errors import InputError, NotFoundError, StoreError
from abate.flows import rule_blocks
from abate.flows.rules import life, query
from abate.flows.rules.backtest import backtest, keep, keep_all
from abate.flows.rules.judged import in_force, judged
from abate.flows.rules.recording import read_event
from abate.flows.rules.report import RuleReport
from abate.measurement.weeks import to_micros, to_moment
from abate.stores.open import open_store
from abate.testing import NOON, make_kit

SINCE, UNTIL = past.BEGINNING + timedelta(hours=3, minutes=20), past.BEGINNING + timedelta(hours=30, minutes=5)
LANGUAGES = ("en", "de", None)
VERDICTS = (
    ("remove", Ground.TERMS),
    ("limit", Ground.TERMS),
    ("none", Ground.TERMS),
    ("none", Ground.TERMS),
    ("remove", Ground.TCO_ART3),
)
CONTEXTS = ("report", "counter_speech", "endorsement", None)


@pytest.fixture
def kit(tmp_path):
    store = open_store("", home=tmp_path)
    store.migrate()
    yield make_kit(tmp_path, store=store)
    store.close()


def records(number, seed=1):
    draw = random.Random(seed)
    for _ in range(number):
        record = {
            "item.kind": "text",
            "item.platform": draw.choice(["harbourline", "quayside"]),
            "item.account": draw.choice("abcdefgh"),
            "item.views": float(draw.randint(0, 20)),
            "surface": draw.choice(["feed", "search"]),
            "language.code": draw.choice(LANGUAGES),
            "item.language": draw.choice(["fr", None]),
            "context.label": draw.choice(CONTEXTS),
            "matches.count": 0.0,
            "score:m:a": draw.choice([0.2, 0.7, None]),
            "item.text": draw.choice(["a lantern", "a harbour", ""]),
        }
        yield {name: value for name, value in record.items() if value not in {None, ""}}


def history(kit, number=1_500, seed=1):
    """Events a minute apart, of which some came before a person, at once or later, and some of these were decided."""
    events = past.put(kit, list(records(number, seed)))
    draw = random.Random(seed)
    cases, decisions = [], []
    for event in events:
        if draw.random() < 0.4:
            cases.append((event.item, to_moment(event.at) + timedelta(minutes=draw.choice([0, 0, 90, 600]))))
            if draw.random() < 0.7:
                verdict, ground = draw.choice(VERDICTS)
                decisions.append(past.decision(event.item, verdict, ground=ground))
    past.open_cases(kit, cases)
    with kit.store.write() as tx:
        tx.decisions.add_many(decisions)
    return events


def outcomes(kit):
    with kit.store.read() as tx:
        return {
            one.item: "ordered" if one.ground is Ground.TCO_ART3 else one.verdict.value for one in tx.decisions.find()
        }


def opened(kit):
    with kit.store.read() as tx:
        return {one.item: to_micros(one.at) for one in tx.history.read()}


def asked(kit, found, since=SINCE, until=UNTIL):
    return backtest(kit, found.rules, since=since, until=until)


RULES = (
    'surface == "feed" and item.views > 10',
    'count(item.account, "2h") >= 8 and item.views < 15',
    'count_distinct(item.account, item.url, "1h") > 0 or contains(item.text, "lantern")',
    'score("m:a") > 0.5',
    'not matches_in("films") > 0 and surface == "search"',
)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    kit = make_kit(tmp_path_factory.mktemp("home"))
    events = history(kit)
    found = past.rule_set(*RULES)
    return kit, events, found, asked(kit, found)


def test_hits_are_those_of_the_walk_with_full_windows_from_the_first_hour_on(tried):
    _, events, found, reports = tried
    for rule, report in zip(found.rules, reports, strict=True):
        hits = past.within(past.fired(rule, events), SINCE, UNTIL)
        assert (report.rule, report.name, report.hits) == (rule.version, rule.name, len(hits))
        assert 0 < report.hits < report.events == len(past.within(events, SINCE, UNTIL))


def test_hits_hour_by_hour_and_day_by_day_are_those_of_the_walk(tried):
    kit, events, found, reports = tried
    hour = timedelta(hours=1)
    for rule, report in zip(found.rules, reports, strict=True):
        hits = past.within(past.fired(rule, events), SINCE, UNTIL)
        by_hour = Counter((to_moment(event.at) - report.hours.begins) // hour for event in hits)
        assert report.hours.begins == SINCE.replace(minute=0)
        assert report.hours.hits == tuple(by_hour[number] for number in range(len(report.hours.hits)))
        assert len(report.hours.hits) == 28
        assert {day.day: day.hits for day in report.days} == {
            f"{day:%Y-%m-%d}": count for day, count in Counter(to_moment(event.at).date() for event in hits).items()
        }
        assert sum(day.events for day in report.days) == report.events
        assert sum(report.hours.cases) == sum(SINCE <= to_moment(at) < UNTIL for at in opened(kit).values())


def test_loads_leave_the_hours_out_that_are_cut(tried):
    _, _, _, (report, *_) = tried
    whole = sorted(report.hours.hits[1:-1])
    assert report.load.median == (whole[12] + whole[13]) / 2
    assert report.load.p95 == whole[23] + 0.75 * (whole[24] - whole[23])
    assert report.load.most == max(report.hours.hits)
    assert report.load.busiest == report.hours.begins + timedelta(hours=report.hours.hits.index(report.load.most))
    assert report.load.total == report.hits


def test_what_people_decided_is_counted_as_it_is_in_force(tried):
    scipy = pytest.importorskip("scipy.stats")
    kit, events, found, reports = tried
    known = outcomes(kit)
    for rule, report in zip(found.rules, reports, strict=True):
        hits = past.within(past.fired(rule, events), SINCE, UNTIL)
        if rule.name == "r3":
            hits = [
                event for event in hits if read_event(event).get("context.label") not in {"report", "counter_speech"}
            ]
        counts = Counter(known.get(event.item) for event in hits)
        decided = report.decided
        assert (decided.removed, decided.limited, decided.kept) == (counts["remove"], counts["limit"], counts["none"])
        assert (decided.by_order, decided.undecided) == (counts["ordered"], counts[None])
        right, among = counts["remove"] + counts["limit"], counts["remove"] + counts["limit"] + counts["none"]
        assert (decided.precision.of, decided.precision.among) == (right, among)
        exact = scipy.binomtest(right, among).proportion_ci(method="exact")
        assert (decided.precision.low, decided.precision.high) == pytest.approx((exact.low, exact.high))
        assert decided.is_known


def test_wrong_hits_are_told_by_context_and_language_with_protected_speech_first(tried):
    kit, events, found, (report, *_) = tried
    known = outcomes(kit)
    kept, judged_ = Counter(), Counter()
    for event in past.within(past.fired(found.rules[0], events), SINCE, UNTIL):
        record = read_event(event)
        language = record.get("language.code", record.get("item.language", ""))
        for place in (("context", record.get("context.label", "")), ("language", language)):
            if known.get(event.item) in {"remove", "limit", "none"}:
                judged_[place] += 1
                kept[place] += known[event.item] == "none"
    assert {(one.by, one.name): (one.share.of, one.share.among) for one in report.wrongly} == {
        place: (kept[place], count) for place, count in judged_.items()
    }
    assert {one.name for one in report.wrongly[:2]} == {"report", "counter_speech"}
    assert [one.protected for one in report.wrongly].count(True) == 2
    assert any(one.name == "" for one in report.wrongly)


def test_what_it_would_have_caught_earlier_is_what_nothing_proposed_at_receipt(tried):
    kit, events, found, reports = tried
    known, cases = outcomes(kit), opened(kit)
    for rule, report in zip(found.rules[:2], reports, strict=False):
        late = [
            event
            for event in past.within(past.fired(rule, events), SINCE, UNTIL)
            if known.get(event.item) in {"remove", "limit", "ordered"} and cases[event.item] > event.at
        ]
        saved = sorted((cases[event.item] - event.at) / 3_600_000_000 for event in late)
        assert report.earlier.items == len(late) > 6
        assert report.earlier.by_order == sum(known[event.item] == "ordered" for event in late)
        assert report.earlier.hours == pytest.approx(sorted(saved)[len(saved) // 2]) or len(saved) % 2 == 0
        assert report.earlier.low in saved
        assert report.earlier.high in saved
        assert report.earlier.low <= report.earlier.hours <= report.earlier.high


def test_protected_speech_that_a_rule_over_scores_hits_leads_nowhere(tried):
    _, events, found, reports = tried
    hits = past.within(past.fired(found.rules[3], events), SINCE, UNTIL)
    spared = [one for one in hits if read_event(one).get("context.label") in {"report", "counter_speech"}]
    report = reports[3]
    assert report.spared == len(spared) > 0
    assert report.load.total == report.hits - report.spared
    assert [one.spared for one in reports[:3]] == [0, 0, 0]
    assert not any(one.protected for one in report.wrongly)


def test_hits_stand_beside_the_rules_that_are_live_now(kit):
    events = history(kit)
    found = past.rule_set(RULES[0], RULES[1])
    present = past.rule_set('surface == "feed"', 'count(item.account, "1h") >= 4', RULES[0], RULES[1])
    past.go_live(kit, present)
    own, other = asked(kit, found)
    sets = [{event.seq for event in past.within(past.fired(rule, events), SINCE, UNTIL)} for rule in present.rules]
    cases = opened(kit)
    at_once = {event.seq for event in events if cases.get(event.item, event.at + 1) <= event.at}
    for report, mine, others in ((own, sets[2], [*sets[:2], *sets[3:]]), (other, sets[3], sets[:2] + sets[2:3])):
        rules = [one for one in report.beside.rules if one.version != report.rule]
        # RULES[0] as r0 and as r2 are two versions: their names are part of what they say.
        assert len(rules) == len(report.beside.rules) == 4
        shared = [len(mine & one) for one in sets]
        assert [one.hits for one in report.beside.rules] == shared
        assert report.beside.by_none == len(mine - set().union(*sets))
        assert report.beside.by_all == len(mine.intersection(*sets))
        assert report.beside.cased == len(mine & at_once)
        assert report.beside.new == len(mine - set().union(*sets) - at_once)
        assert others


def test_a_live_version_is_not_its_own_neighbour(kit):
    history(kit, 300)
    found = past.rule_set(RULES[0], 'surface == "search"')
    past.go_live(kit, found)
    own, _ = asked(kit, found)
    assert [one.name for one in own.beside.rules] == ["r1"]
    assert own.beside.by_none == own.hits
    assert own.beside.by_all == 0


def test_a_live_version_that_nobody_can_read_any_more_is_left_out(kit):
    history(kit, 300)
    broken = past.rule_set("item.views > 1")
    past.go_live(kit, broken)
    with kit.store.write() as tx:
        (version,) = tx.rules.find()
        tx.rules.replace(type(version)(**{**{n: getattr(version, n) for n in version.__slots__}, "text": "rule()"}))
    (report,) = asked(kit, past.rule_set(RULES[0]))
    assert report.beside.rules == ()
    assert report.hits > 0


def test_nothing_came_in_and_nothing_is_hit(kit):
    (report,) = asked(kit, past.rule_set(RULES[1]))
    assert (report.events, report.hits, report.decided.precision.among) == (0, 0, 0)
    assert not report.decided.is_known
    assert report.decided.precision.value is None
    assert (report.load.busiest, report.earlier.hours, report.wrongly) == (None, None, ())
    assert (report.kept_from, report.full_from) == (None, None)
    assert not asked(kit, past.rule_set())
    past.go_live(kit, past.rule_set(RULES[0]))
    (report,) = asked(kit, past.rule_set(RULES[1]))
    assert report.beside.rules[0].hits == 0


def test_hours_count_from_the_period_when_it_lies_within_one(kit):
    history(kit, 300)
    since = past.BEGINNING + timedelta(minutes=10)
    (report,) = asked(kit, past.rule_set('surface == "feed"'), since, since + timedelta(minutes=20))
    assert (report.events, len(report.hours.hits)) == (20, 1)
    assert report.load.median == report.hits


def test_hours_of_which_nothing_is_kept_and_hours_to_come_are_no_quiet_ones(kit):
    events = history(kit, 300)
    (report,) = asked(kit, past.rule_set('surface == "feed"'), datetime(1, 1, 1, tzinfo=UTC), NOON + timedelta(days=9))
    assert report.since == datetime(1, 1, 1, tzinfo=UTC)
    assert report.hours.begins == past.BEGINNING
    assert len(report.hours.hits) == 48
    (future,) = asked(
        kit, past.rule_set('surface == "feed"'), NOON + timedelta(days=1), datetime.max.replace(tzinfo=UTC)
    )
    assert (future.events, len(future.hours.hits)) == (0, 1)
    ahead = past.put(kit, [{"surface": "feed"}], start=NOON + timedelta(hours=3))  # then the clock was set back
    (report,) = asked(kit, past.rule_set('surface == "feed"'), NOON, NOON + timedelta(days=9))
    assert (report.hits, report.hours.hits) == (1, (0, 0, 0, 1))
    assert len(ahead) == len(events) + 1


def test_a_period_that_is_none_is_refused(kit):
    with pytest.raises(InputError, match="is not before"):
        asked(kit, past.rule_set(RULES[0]), UNTIL, UNTIL)


def test_it_says_since_when_there_are_events_and_since_when_windows_are_full(kit):
    events = history(kit, 300)
    early = past.BEGINNING - timedelta(days=1)
    plain, windowed = asked(kit, past.rule_set(RULES[0], RULES[1]), early)
    assert (plain.kept_from, plain.full_from) == (past.BEGINNING, None)
    assert (windowed.kept_from, windowed.full_from) == (past.BEGINNING, past.BEGINNING + timedelta(hours=2))
    late, later = asked(kit, past.rule_set(RULES[0], RULES[1]), past.BEGINNING + timedelta(hours=1))
    assert (late.kept_from, late.full_from) == (None, None)
    assert (later.kept_from, later.full_from) == (None, past.BEGINNING + timedelta(hours=2))
    with kit.store.write() as tx:
        tx.rule_events.prune(events[100].at, limit=1_000)
    (pruned,) = asked(kit, past.rule_set(RULES[0]), early)
    assert (pruned.events, pruned.kept_from) == (200, to_moment(events[100].at))


def test_what_was_forgotten_is_counted_for_the_rules_that_would_have_read_it(kit):
    events = past.put(kit, [{"item.text": "a lantern", "item.views": 3.0} for _ in range(40)])
    past.destroy(kit, events[3].item)
    past.destroy(kit, events[4].item)
    with kit.store.write() as tx:  # a second hold on an item whose first ran out: its words are still there
        tx.history.append([*(one for one in tx.history.read() if one.item == events[3].item)])
    text, views = asked(kit, past.rule_set('contains(item.text, "lantern")', "item.views > 1"), past.BEGINNING)
    assert (text.hits, text.forgotten) == (38, 2)
    assert (views.hits, views.forgotten) == (40, 0)
    assert "content of 2 items was destroyed" in " ".join(text.sentences())


def test_a_precision_of_few_is_called_unknown(kit):
    events = past.put(kit, [{"item.views": 3.0} for _ in range(30)])
    for event in events[:19]:
        past.decide(kit, event.item, "remove")
    found = past.rule_set("item.views > 1")
    (report,) = asked(kit, found, past.BEGINNING)
    assert not report.decided.is_known
    assert "too few to know its precision" in " ".join(report.sentences())
    past.decide(kit, events[19].item, "remove")
    (report,) = asked(kit, found, past.BEGINNING)
    assert report.decided.is_known
    assert "100% [83%, 100%] of 20 were rightly hit" in " ".join(report.sentences())


def test_the_newest_decision_of_a_person_that_nobody_took_back_is_in_force(kit):
    later = NOON + timedelta(hours=1)
    past.decide(kit, "p0", "limit", by=AUTOMATIC)
    first = past.decide(kit, "p1", "remove")
    past.decide(kit, "p1", "none", reverses=first)
    past.decide(kit, "p2", "remove", at=later, case="c2b")
    past.decide(kit, "p2", "none", at=NOON, case="c2a")
    past.decide(kit, "p3", "none")
    past.decide(kit, "p3", "remove", at=later, case="c3b", ground=Ground.DSA_ART9)
    past.decide(kit, "p4", "none", ground=Ground.TCO_ART3)
    past.decide(kit, "p5", "limit")
    with kit.store.read() as tx:
        assert judged(tx).outcomes == {"p2": "removed", "p3": "ordered", "p4": "kept", "p5": "limited"}
        assert in_force(reversed(tx.decisions.find()))["p2"].verdict == "remove"


def test_a_case_that_was_opened_again_does_not_make_its_item_late(kit):
    (event, *_) = past.put(kit, [{"item.views": 3.0}])
    past.open_case(kit, event.item, to_moment(event.at) + timedelta(hours=5))
    past.open_case(kit, event.item, to_moment(event.at))
    past.decide(kit, event.item, "remove")
    (report,) = asked(kit, past.rule_set("item.views > 1"), past.BEGINNING)
    assert report.earlier.items == 0
    assert report.beside.cased == 1


def test_a_kept_backtest_says_who_ran_it_and_reads_back(kit):
    events = history(kit, 300)
    found = past.rule_set(RULES[0], RULES[1])
    versions = life.draft(kit, "\n".join(rule.text for rule in found.rules), by="kim")
    told = []
    one = keep(kit, "r0", since=SINCE, until=UNTIL, by="kim", watch=lambda *done: told.append(done))
    assert told == [(0, 300), (300, 300)]
    report = RuleReport.from_json(one.report)
    assert (one.rule, one.by, one.since, one.until) == (versions[0].id, "kim", SINCE, UNTIL)
    assert (one.events, one.hits) == (report.events, report.hits)
    assert report == asked(kit, found)[0]
    assert report.to_json() == one.report
    both = keep_all(kit, versions, since=SINCE, until=UNTIL, by="lee")
    assert [kept.rule for kept in both] == [version.id for version in versions]
    with kit.store.read() as tx:
        assert len(tx.backtests.find(rule=versions[0].id)) == 2
        audited = [record.subject for record in tx.audit.read() if record.tag == "rules:backtest:kept"]
    assert audited == [one.id, *(kept.id for kept in both)]
    assert events
    with pytest.raises(NotFoundError):
        keep(kit, "nobody", since=SINCE, until=UNTIL, by="kim")


def test_a_report_of_another_release_is_refused_with_a_remedy():
    for text in ("{}", "no JSON", "[]", '{"rule": 1}'):
        with pytest.raises(InputError, match="run the backtest again"):
            RuleReport.from_json(text)


def spoilt(kit):
    """The files with nonsense in them, as long and as old as before."""
    import os

    for path in (kit.settings.home / rule_blocks.FOLDER).glob("*.parquet"):
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_files_that_turn_out_to_be_spoilt_are_made_anew(kit):
    history(kit, 300)
    found = past.rule_set(RULES[0])
    expected = asked(kit, found)
    spoilt(kit)
    assert asked(kit, found) == expected


def test_files_that_cannot_be_kept_whole_are_said_so(kit, monkeypatch):
    history(kit, 100)
    found = past.rule_set(RULES[0])
    asked(kit, found, past.BEGINNING)
    was = rule_blocks.Files.bring_up_to_date

    def brought(files, watch):
        was(files, watch)
        spoilt(kit)

    monkeypatch.setattr(rule_blocks.Files, "bring_up_to_date", brought)
    with pytest.raises(StoreError, match="cannot be read"):
        asked(kit, found, past.BEGINNING)


def test_a_backtest_that_needs_too_much_memory_is_told_what_to_ask_instead(kit, monkeypatch):
    history(kit, 100)
    monkeypatch.setattr(query, "MEMORY", "1MB")
    with pytest.raises(StoreError, match="ask about a shorter time"):
        asked(kit, past.rule_set(RULES[1]), past.BEGINNING)


def test_a_query_reaches_nothing_but_the_files(kit):
    import duckdb

    history(kit, 10)
    asked(kit, past.rule_set(RULES[0]))
    with query._connected(kit.settings.home / rule_blocks.FOLDER) as connection:
        for statement in (
            "SELECT * FROM read_text('/etc/hostname')",
            "SELECT * FROM read_text('rules-history/../abate.sqlite')",
            "COPY (SELECT 1) TO '/tmp/of-a-rule.csv'",
            "ATTACH '/tmp/of-a-rule.db'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET memory_limit = '8GB'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
        value = {"a": 1}  # noqa: F841 - what a query must not see
        with pytest.raises(duckdb.Error):
            connection.execute("SELECT * FROM value")


def test_names_of_banks_and_models_cannot_leave_their_quotes(kit):
    past.put(kit, [{"matches.count": 1.0, "matches_in:a'; DROP TABLE x; --\"": 1.0, "matches_in:b": 2.0}] * 2)
    found = past.rule_set('matches_in("a\'; DROP TABLE x; --\\"") == 1', 'matches_in("b") == 2', 'matches_in("c") == 0')
    assert [one.hits for one in asked(kit, found, past.BEGINNING)] == [2, 2, 2]
