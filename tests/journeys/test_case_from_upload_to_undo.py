"""The first journey: an upload meets a bank, a person decides, the platform is asked, the person takes it back."""

from pathlib import Path

import pytest

from abate.domain.action import ActionState, Effect, HoldState
from abate.domain.audit import verify
from abate.domain.bank import BankPurpose
from abate.domain.case import CaseState, Ground
from abate.domain.errors import ConflictError
from abate.domain.history import Step
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.domain.work import JobState
from abate.flows import banks, cases, clocks, delivery, pipeline, worker
from abate.testing import FrozenClock, RecordingConnector, make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour on the longest night of the year."
GROUP = "Order of the Grey Lantern"


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def platform():
    return RecordingConnector()


@pytest.fixture
def kit(tmp_path, clock, platform):
    made = make_kit(tmp_path, clock=clock, connector=platform)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, group=GROUP, by="lead")
    return made


def known_file(kit, tmp_path: Path, content: bytes = b"a file of the group") -> Path:
    """Put a file of known content beside the store and into the bank."""
    path = tmp_path / "known.bin"
    path.write_bytes(content)
    banks.add_files(kit, "lantern", [path], by="lead")
    return path


def upload(kit, path: Path, item_id: str = "post-1", account: str = "ann") -> Item:
    item = Item(id=item_id, kind=Kind.FILE, path=str(path), account=account, channel="pier", platform="harbour")
    pipeline.take_in(kit, [item], by="platform")
    return item


def known_text(kit, tmp_path: Path) -> None:
    path = tmp_path / "known.txt"
    path.write_text(WORDS, "utf-8")
    banks.add_files(kit, "lantern", [path], by="lead")


def post(kit, text: str = WORDS, item_id: str = "post-1") -> Item:
    item = Item(id=item_id, kind=Kind.TEXT, text=text, account="ann", channel="pier", platform="harbour")
    pipeline.take_in(kit, [item], by="platform")
    return item


def test_the_same_words_as_a_known_text_wait_for_a_person(kit, tmp_path, platform) -> None:
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    assert view.case.proposal.verdict is Verdict.REVIEW
    assert not view.case.proposal.automatic
    assert any("lantern" in line for line in view.why)
    worker.tick(kit, worker="w")
    assert platform.asked == []


def test_an_undo_within_its_seconds_leaves_no_trace_outside(kit, tmp_path, clock, platform) -> None:
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=9)
    worker.tick(kit, worker="w")
    cases.undo(kit, view.case.id, by="rob")
    clock.move(minutes=5)
    worker.tick(kit, worker="w")
    assert platform.asked == []
    after = cases.show(kit, view.case.id)
    assert after.case.state is CaseState.OPEN
    assert [action.state for action in after.actions] == [ActionState.CANCELLED]
    assert [bool(decision.reverses) for decision in after.decisions] == [False, True]


def test_a_removal_is_sent_held_and_answered_by_a_restore_when_taken_back(kit, tmp_path, clock, platform) -> None:
    known_text(kit, tmp_path)
    item = post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, ground=Ground.TERMS, note="clause 4", by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    removed = cases.show(kit, view.case.id)
    assert [action.effect for action in platform.asked] == [Effect.REMOVE]
    (hold,) = removed.holds
    assert hold.state is HoldState.HELD
    assert hold.expires_at.month == 9
    assert kit.vault.holds(hold.sealed)
    cases.undo(kit, view.case.id, by="rob")
    worker.tick(kit, worker="w")
    assert [action.effect for action in platform.asked] == [Effect.REMOVE, Effect.RESTORE]
    assert platform.asked[1].undoes == platform.asked[0].id
    with kit.store.read() as tx:
        assert verify(tx.audit.read()) is not None
        steps = [event.step for event in tx.history.read() if event.item == item.id]
    assert steps == [
        Step.OPENED,
        Step.RECEIVED,
        Step.MATCHED,
        Step.PROPOSED,
        Step.DECIDED,
        Step.HELD,
        Step.ACTED,
        Step.UNDONE,
        Step.UNDONE,
    ]


def test_a_confirmed_file_is_limited_for_a_day_and_a_person_still_looks(kit, tmp_path, clock, platform) -> None:
    item = upload(kit, known_file(kit, tmp_path))
    worker.tick(kit, worker="w")
    (action,) = platform.asked
    assert action.effect is Effect.LIMIT
    assert (action.until - clock.now()).total_seconds() == 24 * 3600
    (view,) = cases.queue(kit)
    assert view.case.state is CaseState.OPEN
    assert view.decisions[0].by == "automatic"
    cases.decide(kit, view.case.id, verdict=Verdict.NONE, note="a museum's own copy", by="rob")
    worker.tick(kit, worker="w")
    assert [asked.effect for asked in platform.asked] == [Effect.LIMIT, Effect.RESTORE]
    assert cases.show(kit, view.case.id).item == item


def test_an_automatic_limit_that_nobody_looked_at_ends_by_itself(kit, tmp_path, clock, platform) -> None:
    upload(kit, known_file(kit, tmp_path))
    worker.tick(kit, worker="w")
    clock.move(hours=24, seconds=1)
    worker.tick(kit, worker="w")
    worker.tick(kit, worker="w")
    assert [asked.effect for asked in platform.asked] == [Effect.LIMIT, Effect.RESTORE]


def test_a_removal_outlives_the_automatic_limit_before_it(kit, tmp_path, clock, platform) -> None:
    upload(kit, known_file(kit, tmp_path))
    worker.tick(kit, worker="w")
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    for _ in range(2):
        clock.move(hours=25)
        worker.tick(kit, worker="w")
    assert [asked.effect for asked in platform.asked] == [Effect.LIMIT, Effect.REMOVE]


def test_above_the_cap_of_one_account_people_decide(kit, tmp_path, platform) -> None:
    path = known_file(kit, tmp_path)
    for number in range(5):
        upload(kit, path, f"post-{number}")
    upload(kit, path, "post-of-another", account="bea")
    for _ in range(3):
        worker.tick(kit, worker="w")
    assert {action.item for action in platform.asked} == {"post-0", "post-1", "post-2", "post-of-another"}
    capped = [view for view in cases.queue(kit) if not view.case.proposal.automatic]
    assert len(capped) == 2
    assert all("cap of 3" in view.why[0] for view in capped)


def test_the_same_batch_twice_opens_and_does_nothing_twice(kit, tmp_path, platform) -> None:
    path = known_file(kit, tmp_path)
    upload(kit, path)
    upload(kit, path)
    worker.tick(kit, worker="w")
    assert len(platform.asked) == 1
    assert len(cases.queue(kit)) == 1


def test_two_reviewers_on_one_case_the_second_is_told(kit, tmp_path) -> None:
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.NONE, by="rob")
    with pytest.raises(ConflictError, match="decided already"):
        cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="eve")
    cases.undo(kit, view.case.id, by="eve")
    with pytest.raises(ConflictError, match="no decision to undo"):
        cases.undo(kit, view.case.id, by="eve")


def test_a_platform_that_is_down_is_asked_again_under_the_same_key(kit, tmp_path, clock, platform) -> None:
    platform.refusals = 2
    upload(kit, known_file(kit, tmp_path))
    for _ in range(4):
        worker.tick(kit, worker="w")
        clock.move(minutes=10)
    assert len(platform.asked) == 3
    assert len({action.id for action in platform.asked}) == 1
    with kit.store.read() as tx:
        assert tx.actions.get(platform.asked[0].id).state is ActionState.SENT


def test_a_platform_that_stays_down_leaves_a_dead_letter_that_a_person_sends_again(
    kit, tmp_path, clock, platform
) -> None:
    platform.refusals = kit.settings.delivery_attempts
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    for _ in range(kit.settings.delivery_attempts + 1):
        clock.move(hours=2)
        worker.tick(kit, worker="w")
    ((dead, why),) = delivery.dead_letters(kit)
    assert dead.state is ActionState.FAILED
    assert "503" in why
    delivery.retry(kit, dead.id, by="rob")
    worker.tick(kit, worker="w")
    assert {action.id for action in platform.asked} == {dead.id}
    assert cases.show(kit, view.case.id).actions[0].state is ActionState.SENT


def test_a_restore_never_overtakes_the_removal_it_takes_back(kit, tmp_path, clock, platform) -> None:
    platform.refusals = 1
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    cases.undo(kit, view.case.id, by="rob")
    for _ in range(6):
        clock.move(minutes=30)
        worker.tick(kit, worker="w")
    assert platform.asked[-1].effect is Effect.RESTORE
    with kit.store.read() as tx:
        assert not tx.jobs.find(state=JobState.READY.value, kind="deliver")


def test_evidence_is_destroyed_on_its_date_and_not_before(kit, tmp_path, clock) -> None:
    known_text(kit, tmp_path)
    post(kit)
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    (hold,) = cases.show(kit, view.case.id).holds
    clock.move(days=183)
    clocks.expire(kit, worker="w")
    assert kit.vault.holds(hold.sealed)
    clock.move(days=2)
    clocks.expire(kit, worker="w")
    assert not kit.vault.holds(hold.sealed)
    assert cases.show(kit, view.case.id).holds[0].state is HoldState.DESTROYED


def test_a_removed_file_that_is_gone_is_held_with_the_reason(kit, tmp_path) -> None:
    path = known_file(kit, tmp_path)
    upload(kit, path)
    path.unlink()
    (view,) = cases.queue(kit)
    cases.decide(kit, view.case.id, verdict=Verdict.REMOVE, by="rob")
    (hold,) = cases.show(kit, view.case.id).holds
    assert not hold.sealed
    assert "no longer there" in hold.note
