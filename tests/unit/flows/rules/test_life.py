"""Rules in the store: drafted, put in shadow, asked for, approved, rolled back, each step with its record."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.errors import AbateError, ConflictError, InputError, NotFoundError, RefusedError
from abate.domain.rule import Backtest, RuleState, RuleStep
from abate.flows import banks, pipeline
from abate.flows.rules import life
from abate.policy.rules import check
from abate.policy.rules.errors import RuleError
from abate.policy.rules.life import OPERATOR
from abate.stores.open import open_store
from abate.testing import FrozenClock, make_kit

RULE = 'rule(name="{}", when=item.views > {}, then=review, because="Busy.", owner="kim")'
BUSY = RULE.format("busy", 10)


@pytest.fixture
def kit(tmp_path):
    return make_kit(tmp_path, clock=FrozenClock())


def tried(kit, version, *, events=3, name="b1"):
    """Keep a backtest of a version."""
    now = kit.clock.now()
    made = Backtest(
        id=name,
        rule=version.id,
        ran_at=now,
        by="kim",
        since=now - timedelta(days=30),
        until=now,
        events=events,
        hits=1,
        report="{}",
    )
    with kit.store.write() as tx:
        tx.backtests.add(made)


def drafted(kit, text=BUSY, by="kim"):
    (version,) = life.draft(kit, text, by=by)
    return version


def waiting(kit, text=BUSY, share=10):
    version = drafted(kit, text)
    tried(kit, version, name=f"b-{version.id[:8]}")
    life.shadow(kit, version.id, by="kim")
    return life.ask(kit, version.id, share=share, by="kim")


def lived(kit, text=BUSY, share=100):
    return life.approve(kit, waiting(kit, text, share).id, by="lee")


def audited(kit):
    with kit.store.read() as tx:
        return [
            (record.tag, record.subject[:8], json.loads(tx.audit.opening(record.seq).body))
            for record in tx.audit.read()
            if record.tag.startswith("rules:version:")
        ]


def name_bank(kit, tmp_path, name):
    path = tmp_path / "names.csv"
    path.write_text(f"type,value,label\nname,{name},{name}\n", "utf-8")
    banks.create(kit, "designated", purpose=BankPurpose.DESIGNATED, by="kim")
    banks.import_list(kit, "designated", path, by="kim")


def test_a_file_becomes_one_version_a_rule_in_its_order(kit):
    text = f"# ours\n{RULE.format('calm', 1)}\n\n{BUSY}  # often\n"
    calm, busy = life.draft(kit, text, file="ours.rules", by="kim")
    assert (calm.name, busy.name, busy.text, busy.created_by) == ("calm", "busy", BUSY, "kim")
    assert life.rule_of(busy).version == busy.id
    assert life.rule_of(busy) is life.rule_of(busy)
    assert life.listed(kit) == [busy, calm]


def test_what_is_known_is_returned_as_it_stands_whoever_drafts_it_again(kit):
    first = drafted(kit)
    life.shadow(kit, "busy", by="kim")
    again = drafted(kit, BUSY.replace(", ", ",   "), by="lee")
    assert (again.id, again.state, again.text, again.created_by) == (first.id, RuleState.SHADOW, BUSY, "kim")
    assert [change.step for change in life.history(kit, "busy")] == [RuleStep.SHADOWED, RuleStep.DRAFTED]
    life.retire(kit, "busy", by="kim")
    assert drafted(kit).state is RuleState.RETIRED
    assert life.shadow(kit, first.id[:8], by="kim").state is RuleState.SHADOW


def test_a_file_with_one_mistake_is_kept_none_of_and_all_its_mistakes_can_be_asked_for(kit):
    text = f"{BUSY}\n{RULE.format('calm', 1).replace('item.views', 'item.view')}\nrule()"
    with pytest.raises(RuleError, match=r"ours\.rules:2:"):
        life.draft(kit, text, file="ours.rules", by="kim")
    assert life.listed(kit) == []
    assert [error.where for error in life.problems(kit, text, "ours.rules")] == ["ours.rules:2:24", "ours.rules:3:1"]
    with pytest.raises(InputError, match="there is no rule in it; write rule"):
        life.draft(kit, "# nothing yet", by="kim")


def test_a_rule_that_looks_for_a_designated_name_is_told_so_before_it_is_kept(kit, tmp_path):
    name_bank(kit, tmp_path, "Order of the Grey Lantern")
    looks = BUSY.replace("item.views > 10", 'contains(item.text, "order of the grey lantern")')
    with pytest.raises(RuleError, match="this names Order of the Grey Lantern, and a name starts nothing"):
        life.check(kit, looks)
    assert len(life.problems(kit, looks)) == 1
    assert life.check(kit, looks.replace("then=review", "then=none")).rules[0].name == "busy"


def test_a_name_that_is_designated_while_a_version_waits_keeps_it_from_going_live(kit, tmp_path):
    looks = BUSY.replace("item.views > 10", 'contains(item.text, "order of the grey lantern")')
    version = waiting(kit, looks)
    other = drafted(kit, looks.replace("busy", "other"))
    name_bank(kit, tmp_path, "Order of the Grey Lantern")
    with pytest.raises(RuleError, match="a name starts nothing"):
        life.approve(kit, "busy", by="lee")
    with pytest.raises(RuleError, match="a name starts nothing"):
        life.shadow(kit, "other", by="lee")
    assert (life.found(kit, "busy"), life.found(kit, "other")) == (version, other)
    life.withdraw(kit, "busy", by="kim")
    with pytest.raises(RuleError, match="a name starts nothing"):
        life.ask(kit, "busy", share=10, by="kim")
    assert life.retire(kit, "busy", by="kim").state is RuleState.RETIRED


def test_a_name_that_is_designated_at_that_very_moment_counts(kit, tmp_path, monkeypatch):
    looks = BUSY.replace("item.views > 10", 'contains(item.text, "order of the grey lantern")')
    drafted(kit, looks)
    write = kit.store.write

    def designated_first():
        monkeypatch.setattr(kit.store, "write", write)
        name_bank(kit, tmp_path, "Order of the Grey Lantern")
        return write()

    monkeypatch.setattr(kit.store, "write", designated_first)
    with pytest.raises(RuleError, match="a name starts nothing"):
        life.shadow(kit, "busy", by="kim")
    assert life.found(kit, "busy").state is RuleState.DRAFT


def test_a_process_that_reads_posts_already_follows_the_names_that_come(kit, tmp_path):
    pipeline.scan(kit, [])
    looks = BUSY.replace("item.views > 10", 'contains(item.text, "order of the grey lantern")')
    assert life.problems(kit, looks) == []
    name_bank(kit, tmp_path, "Order of the Grey Lantern")
    assert len(life.problems(kit, looks)) == 1


def test_a_version_that_the_language_does_not_take_any_more_goes_no_further_and_stops_no_other(kit):
    old = waiting(kit)
    for key, state in (("e" * 64, RuleState.SHADOW), ("f" * 64, RuleState.DRAFT)):
        with kit.store.write() as tx:
            tx.rules.add(replace(old, id=key, name=f"old_{key[0]}", text="rule(once=1)", state=state))
    with pytest.raises(RuleError, match="remove this"):
        life.shadow(kit, "old_f", by="kim")
    assert life.retire(kit, "old_f", by="kim").state is RuleState.RETIRED
    drafted(kit, RULE.format("other", 1))
    assert life.shadow(kit, "other", by="kim").state is RuleState.SHADOW


def test_from_draft_to_live_each_step_is_a_record_and_an_audit_record(kit):
    version = lived(kit, share=10)
    assert (version.state, version.share, version.backtest) == (RuleState.LIVE, 10, f"b-{version.id[:8]}")
    assert [(change.step, change.by) for change in life.history(kit, "busy")] == [
        (RuleStep.APPROVED, "lee"),
        (RuleStep.ASKED, "kim"),
        (RuleStep.SHADOWED, "kim"),
        (RuleStep.DRAFTED, "kim"),
    ]
    tags = [tag.rpartition(":")[2] for tag, _, _ in audited(kit)]
    assert tags == ["drafted", "shadowed", "asked", "approved"]
    assert audited(kit)[-1] == (
        "rules:version:approved",
        version.id[:8],
        {"name": "busy", "by": "lee", "share": 10, "backtest": version.backtest},
    )


def test_nothing_is_asked_for_that_was_not_tried_and_the_newest_backtest_that_read_something_counts(kit):
    version = drafted(kit)
    life.shadow(kit, "busy", by="kim")
    with pytest.raises(RefusedError, match="never tried on history"):
        life.ask(kit, "busy", share=10, by="kim")
    tried(kit, version, events=0, name="empty")
    with pytest.raises(RefusedError, match="a time without an event"):
        life.ask(kit, "busy", share=10, by="kim")
    for name, events in (("older", 5), ("newer", 7), ("nothing", 0)):
        kit.clock.move(minutes=1)
        tried(kit, version, events=events, name=name)
    assert life.ask(kit, "busy", share=10, by="kim").backtest == "newer"


def test_in_a_team_of_one_the_same_person_lets_it_go_live_a_day_later_and_it_is_recorded_as_that(tmp_path):
    kit = make_kit(tmp_path, clock=FrozenClock(), settings={"profile": "solo"})
    waiting(kit)
    with pytest.raises(RefusedError, match="less than a day ago"):
        life.approve(kit, "busy", by="kim")
    kit.clock.move(hours=24)
    with pytest.raises(RefusedError, match="nobody is logged in"):
        life.approve(kit, "busy", by=OPERATOR)
    assert life.approve(kit, "busy", by="kim").state is RuleState.LIVE
    assert life.history(kit, "busy")[0].step is RuleStep.COOLED_OFF
    assert audited(kit)[-1][0] == "rules:version:cooled_off"


def test_in_a_team_its_author_never_does(kit):
    before = waiting(kit)
    kit.clock.move(days=30)
    with pytest.raises(RefusedError, match="a second person approves it"):
        life.approve(kit, "busy", by="kim")
    assert life.found(kit, "busy") == before
    assert len(audited(kit)) == 3


def test_who_approves_what_was_asked_for_anew_meanwhile_is_told_so(kit):
    seen = waiting(kit, share=1)
    life.withdraw(kit, "busy", by="kim")
    kit.clock.move(minutes=1)
    now = life.ask(kit, "busy", share=100, by="kim")
    with pytest.raises(ConflictError, match="not asked for as you saw it any more"):
        life.approve(kit, "busy", by="lee", asked_at=seen.asked_at)
    assert life.approve(kit, "busy", by="lee", asked_at=now.asked_at).share == 100


def test_a_new_version_takes_over_by_and_by_and_is_rolled_back_at_once(kit):
    old = lived(kit)
    kit.clock.move(minutes=1)
    new = lived(kit, BUSY.replace("10", "20"), share=10)
    assert (new.replaces, life.found(kit, old.id).share, life.found(kit, "busy").id) == (old.id, 90, new.id)
    assert life.set_share(kit, "busy", 50, by="kim").share == 50
    assert life.found(kit, old.id).share == 50
    life.set_share(kit, "busy", 100, by="kim")
    assert life.found(kit, old.id).state is RuleState.RETIRED
    assert [one.id for one in life.listed(kit)] == [new.id]
    assert [one.id for one in life.listed(kit, retired=True)] == [new.id, old.id]
    back = life.roll_back(kit, "busy", by="ash", note="Hits the news. ")
    assert (back.id, back.state, back.share) == (old.id, RuleState.LIVE, 100)
    assert [(c.step, c.rule, c.note) for c in life.history(kit, "busy")[:2]] == [
        (RuleStep.RESTORED, old.id, "Hits the news."),
        (RuleStep.ROLLED_BACK, new.id, "Hits the news."),
    ]
    assert life.roll_back(kit, "busy", by="ash").state is RuleState.RETIRED
    with pytest.raises(ConflictError, match="nothing to roll back"):
        life.roll_back(kit, "busy", by="ash")


def test_a_version_is_found_by_name_hash_or_digits_and_by_nothing_else(kit):
    old = drafted(kit)
    kit.clock.move(minutes=1)
    new = drafted(kit, BUSY.replace("10", "20"))
    assert [life.found(kit, ref).id for ref in ("busy", old.id, old.id[:8])] == [new.id, old.id, old.id]
    for ref in ("busier", old.id[:7], "", "ffffffffff", old.id + "0"):
        with pytest.raises(NotFoundError, match=f"there is no rule '{ref}'; name one, or 8 digits"):
            life.found(kit, ref)
    for unknown in (lambda: life.history(kit, "busier"), lambda: life.roll_back(kit, "busier", by="kim")):
        with pytest.raises(NotFoundError, match="no rule named 'busier'; draft one first"):
            unknown()


def test_digits_that_several_hashes_begin_with_are_not_guessed_about(kit):
    one = drafted(kit)
    twin = replace(one, id=one.id[:12] + "0" * 52, name="twin")
    with kit.store.write() as tx:
        tx.rules.add(twin)
    with pytest.raises(InputError, match="begins the hash of 2 versions; write more digits"):
        life.found(kit, one.id[:8])
    assert life.found(kit, one.id[:13]) == one


def test_what_is_asked_about_what_comes_in_stays_within_the_bounds_of_one_file(kit, monkeypatch):
    monkeypatch.setattr(check, "MOST_WINDOWS", 2)
    text = "\n".join(RULE.format(f"w{n}", 1).replace("item.views", f'count(item.account, "{n}m")') for n in (1, 2))
    third = RULE.format("w3", 1).replace("item.views", 'count(item.account, "3m")')
    shares = RULE.format("w4", 9).replace("item.views", 'count(item.account, "2m")')
    for version in life.draft(kit, text, by="kim") + life.draft(kit, f"{third}\n{shares}", by="kim"):
        if version.name == "w3":
            with pytest.raises(ConflictError, match="there would be 3 windows, of 2 at most; retire some first"):
                life.shadow(kit, "w3", by="kim")
        else:
            life.shadow(kit, version.name, by="kim")
    life.retire(kit, "w1", by="kim")
    assert life.shadow(kit, "w3", by="kim").state is RuleState.SHADOW
    monkeypatch.setattr(life, "MOST_RULES", 3)
    drafted(kit)
    with pytest.raises(ConflictError, match="there would be 4 rules, of 3 at most"):
        life.shadow(kit, "busy", by="kim")


def at_once(*calls):
    """Start all at once, and return what each came to."""
    together, done = threading.Barrier(len(calls)), {}

    def run(at, call):
        together.wait()
        try:
            done[at] = call()
        except AbateError as error:
            done[at] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [done[at] for at in range(len(calls))]


def test_of_those_who_approve_at_once_one_does(tmp_path):
    store = open_store("", home=tmp_path)
    store.migrate()
    kit = make_kit(tmp_path, store=store)
    version = waiting(kit)
    done = at_once(*(lambda by=by: life.approve(kit, version.id, by=by) for by in ("lee", "ash", "zoe")))
    refused = [one for one in done if isinstance(one, ConflictError)]
    assert len(refused) == 2
    assert all("nobody asked for" in str(one) for one in refused)
    steps = [change.step for change in life.history(kit, "busy")]
    assert steps.count(RuleStep.APPROVED) == 1
    assert len(audited(kit)) == len(steps)
    store.close()


def test_who_asks_for_what_is_retired_at_that_moment_is_told_or_was_first(tmp_path):
    store = open_store("", home=tmp_path)
    store.migrate()
    kit = make_kit(tmp_path, store=store)
    version = drafted(kit)
    tried(kit, version)
    life.shadow(kit, "busy", by="kim")
    asked, retired = at_once(
        lambda: life.ask(kit, "busy", share=10, by="kim"), lambda: life.retire(kit, "busy", by="lee")
    )
    assert retired.state is RuleState.RETIRED
    after = life.found(kit, "busy")
    assert (after.state, after.asked_at) == (RuleState.RETIRED, None)
    steps = [change.step for change in life.history(kit, "busy")]
    assert (RuleStep.ASKED in steps) == (not isinstance(asked, ConflictError))
    assert len(audited(kit)) == len(steps)
    store.close()


def test_what_people_write_to_a_step_may_hold_anything(kit):
    drafted(kit)
    assert life.shadow(kit, "busy", by="kim", note="\ud800\0 “why”").state is RuleState.SHADOW
    assert life.history(kit, "busy")[0].note == "\ud800\0 “why”"
    with pytest.raises(InputError, match="the note has"):
        life.retire(kit, "busy", by="kim", note="x" * 9_999)
