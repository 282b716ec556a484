"""A rule from its draft to the case that it opens and back, and what no rule gets around, on the product as opened."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

import kept_rules
from abate.app import opened
from abate.domain.action import Effect
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.rule import Backtest
from abate.domain.scan import Verdict
from abate.domain.signal import PROTECTED, ContextLabel
from abate.extend.exchange import Listed
from abate.flows import banks, cases, pipeline
from abate.flows.deciding import Deciders, Terms
from abate.flows.rules import life
from abate.policy.rules.errors import RuleError
from abate.settings import Settings
from abate.testing import FrozenClock

RULE = """rule(
    name="burst",
    when=account.age_days < {days} and count(item.account, "10m") >= 3,
    then=review,
    because="Account of {{account.age_days}} days posts fast.",
    owner="kim",
    surfaces=["feed"],
)"""
GROUP = "Order of the Grey Lantern"


@pytest.fixture
def kit(tmp_path):
    with opened(Settings(home=tmp_path), clock=FrozenClock()) as made:
        yield made


def posts(kit, name, number=3, *, days=2, **more):
    """A young account posts a few times in one minute."""
    fields = {"platform": "harbourline", "surface": "feed", **more}
    created = kit.clock.now() - timedelta(days=days)
    return [
        Item(
            id=f"{name}-{one}-{kit.clock.now():%H%M}",
            kind=Kind.TEXT,
            text=f"Ferry {one} leaves at noon.",
            account=name,
            account_created_at=created,
            **fields,
        )
        for one in range(number)
    ]


def took(kit, items):
    found = pipeline.take_in(kit, items, by="platform")
    kit.clock.move(hours=1)
    return found


def tried(kit, version):
    """Keep a backtest of a version, as running one would."""
    now = kit.clock.now()
    made = Backtest(
        id=f"b-{version.id[:8]}",
        rule=version.id,
        ran_at=now,
        by="kim",
        since=now - timedelta(days=1),
        until=now,
        events=3,
        hits=1,
        report="{}",
    )
    with kit.store.write() as tx:
        tx.backtests.add(made)


def go_live(kit, text, share):
    (version,) = life.draft(kit, text, by="kim")
    life.shadow(kit, version.id, by="kim")
    tried(kit, version)
    life.ask(kit, version.id, share=share, by="kim")
    return life.approve(kit, version.id, by="lee")


def test_a_rule_is_drafted_tried_in_shadow_let_live_in_part_and_rolled_back(kit):
    (version,) = life.draft(kit, RULE.format(days=7), by="kim")
    assert all(one.proposal.verdict is Verdict.NONE for one in took(kit, posts(kit, "ash")))
    life.shadow(kit, "burst", by="kim")
    assert all(one.proposal.verdict is Verdict.NONE for one in took(kit, posts(kit, "ash")))
    with kit.store.read() as tx:
        (hit,) = tx.rule_hits.of_rule(version.id, limit=9)
    assert (hit.live, hit.verdict) == (False, Verdict.REVIEW)
    assert cases.listed(kit) == []
    tried(kit, version)
    life.ask(kit, "burst", share=50, by="kim")
    life.approve(kit, "burst", by="lee")
    names = [f"account {number}" for number in range(30)]
    spoken_of = {name for name in names if took(kit, posts(kit, name))[-1].proposal.verdict is Verdict.REVIEW}
    assert 0 < len(spoken_of) < len(names)
    again = {name for name in names if took(kit, posts(kit, name))[-1].proposal.verdict is Verdict.REVIEW}
    assert again == spoken_of, "the same accounts"
    life.set_share(kit, "burst", 100, by="kim")
    everybody = [took(kit, posts(kit, name))[-1] for name in names]
    assert all(one.proposal.verdict is Verdict.REVIEW for one in everybody)
    shown = cases.show(kit, cases.case_id_of(everybody[0].item.id))
    assert [reason.rule for reason in shown.case.proposal.reasons] == ["rules/burst"]
    assert [clause.line for clause in shown.clauses[0].clauses] == [
        'true: surface in ["feed"] (surface = “feed”)',
        "true: account.age_days < 7 (account.age_days = 2)",
        'true: count(item.account, "10m") >= 3 (count(item.account, "600s") = 3)',
    ]
    life.roll_back(kit, "burst", by="kim")
    assert took(kit, posts(kit, names[0]))[-1].proposal.verdict is Verdict.NONE


def test_a_newer_version_takes_its_share_and_the_older_one_the_rest_until_it_has_all(kit):
    old = go_live(kit, RULE.format(days=7), 100)
    new = go_live(kit, RULE.format(days=8), 40)

    def speakers():
        """Which version counted for each account."""
        found = {}
        for number in range(25):
            (*_, last) = took(kit, posts(kit, f"account {number}"))
            with kit.store.read() as tx:
                found[number] = [hit.rule for hit in tx.rule_hits.of_item(last.item.id) if hit.live]
        return found

    first = speakers()
    assert all(len(one) == 1 for one in first.values()), "one of them, and only one"
    assert {one[0] for one in first.values()} == {old.id, new.id}
    assert speakers() == first
    life.set_share(kit, new.id, 80, by="kim")
    grown = speakers()
    assert {number for number, one in first.items() if one == [new.id]} < {
        number for number, one in grown.items() if one == [new.id]
    }
    life.set_share(kit, new.id, 100, by="kim")
    assert all(one == [new.id] for one in speakers().values())
    life.roll_back(kit, "burst", by="kim")
    assert all(one == [old.id] for one in speakers().values())


def test_who_asks_before_publishing_is_told_of_live_rules_with_windows_and_nothing_is_counted(kit):
    go_live(kit, RULE.format(days=7), 100)
    deciders = Deciders(kit)
    first, second, third = posts(kit, "ash")
    pipeline.take_in(kit, [first, second], by="platform")
    terms = Terms(deadline_s=20, closed=False)
    for _ in range(2):
        decided = deciders.decide(third, terms)
        assert decided.scan.proposal.verdict is Verdict.REVIEW
        assert decided.in_time
    life.roll_back(kit, "burst", by="kim")
    assert deciders.decide(third, terms).scan.proposal.verdict is Verdict.NONE
    deciders.close()
    with kit.store.read() as tx:
        assert tx.rule_events.latest()[0] == 2


WORDS = "The harbour office says that the ferry to the far island leaves an hour later from Monday on."


def test_no_rule_is_automatic_however_much_it_asks_for(kit, tmp_path):
    """Of two files one is confirmed by this platform, and one by a single other organisation, which is not enough."""
    ours, theirs = tmp_path / "ours.bin", tmp_path / "theirs.bin"
    ours.write_bytes(b"a benign file of the harbour")
    theirs.write_bytes(b"another benign file of the harbour")
    banks.create(kit, "films", purpose=BankPurpose.KNOWN, by="lead")
    banks.add_files(kit, "films", [ours], by="lead")
    value = hashlib.sha256(theirs.read_bytes()).hexdigest()
    listed = Listed(where="list", untrusted_type="sha256", untrusted_value=value, sources=("press",))
    banks.add_listed(kit, "films", [listed], by="lead")
    with pytest.raises(RuleError, match="no rule removes"):
        life.draft(kit, 'rule(name="x", when=matches.count > 0, then=remove, because="b", owner="kim")', by="kim")
    with pytest.raises(RuleError, match="proposes review at most"):
        life.draft(kit, 'rule(name="x", when=item.views > 0, then=limit, because="b", owner="kim")', by="kim")
    go_live(kit, 'rule(name="most", when=matches.count >= 0, then=limit, because="b", owner="kim")', 100)
    text, confirmed, vouched_for = pipeline.take_in(
        kit,
        [
            Item(id="text", kind=Kind.TEXT, text=WORDS, platform="harbourline"),
            *(Item(id=path.stem, kind=Kind.FILE, path=str(path), platform="harbourline") for path in (ours, theirs)),
        ],
        by="platform",
    )
    assert (text.proposal.verdict, text.proposal.automatic) == (Verdict.REVIEW, False)
    assert (vouched_for.proposal.verdict, vouched_for.proposal.automatic) == (Verdict.LIMIT, False)
    assert (confirmed.proposal.verdict, confirmed.proposal.automatic) == (Verdict.LIMIT, True)
    assert confirmed.proposal.reasons[-1].rule == "rules/most", "it adds its reason to what is proven without it"
    with kit.store.read() as tx:
        assert {action.item for action in tx.actions.find() if action.effect is Effect.LIMIT} == {"ours"}


def test_a_mention_leads_to_nothing_whoever_wrote_the_rule(kit, tmp_path):
    (tmp_path / "names.csv").write_text(f"type,value,label\nname,{GROUP},{GROUP}\n")
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lead")
    banks.import_list(kit, "names", tmp_path / "names.csv", by="lead")
    for when in ("mentions.count > 0", f'contains(item.text, "{GROUP}")'):
        with pytest.raises(RuleError, match="then=none"):
            life.draft(kit, f'rule(name="x", when={when}, then=review, because="b", owner="kim")', by="kim")
    go_live(kit, 'rule(name="noted", when=mentions.count > 0, then=none, because="b", owner="kim")', 100)
    # Put past every check, as by somebody at the database: what lies under the rules holds all the same.
    forged = f'rule(name="forged", when=contains(item.text, "{GROUP}"), then=review, because="b", owner="kim")'
    kept_rules.keep(kit, forged)
    kept_rules.keep(
        kit, forged.replace("forged", "counted").replace(f'contains(item.text, "{GROUP}")', "item.views > 5")
    )
    (version,) = (one for one in life.listed(kit) if one.name == "counted")
    kept_rules.change(kit, version, text=version.text.replace("item.views > 5", "mentions.count > 0"))
    (one,) = pipeline.take_in(kit, [Item(id="n", kind=Kind.TEXT, text=f"News of the {GROUP}.", views=9)], by="platform")
    assert one.proposal.verdict is Verdict.NONE
    assert cases.listed(kit) == []
    with kit.store.read() as tx:
        assert {hit.verdict for hit in tx.rule_hits.of_item("n")} == {Verdict.NONE}
        assert len(kit.rules.current(tx).broken) == len(kit.rules.current(tx).held_back) == 1


def test_protected_speech_is_spared_by_what_a_model_or_a_context_brings_about(kit):
    go_live(kit, 'rule(name="any", when=has(context.label), then=review, because="b", owner="kim")', 100)
    report = (
        f"Police said on Tuesday that three members of the {GROUP} were arrested after the attack, officials reported."
    )
    seen = [replace(one, text=report) for one in posts(kit, "press", 1)]
    (one,) = pipeline.judge(kit, list(pipeline.signals_of(kit, seen)))
    protected = replace(one, context=replace(one.context, label=ContextLabel.REPORT, probability=0.9))
    spoken = replace(one, context=replace(one.context, label=ContextLabel.ENDORSEMENT, probability=0.9))
    assert protected.context.label in PROTECTED
    told = pipeline.preview(kit, [protected, spoken])
    assert [scan.proposal.verdict for scan in told] == [Verdict.NONE, Verdict.REVIEW]
