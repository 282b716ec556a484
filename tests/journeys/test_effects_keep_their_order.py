"""Effects that cross each other: whatever fails, is undone or ends meanwhile, the item ends as the last word says."""

from datetime import timedelta

import pytest

from abate.domain.action import ActionState, Effect, HoldState
from abate.domain.bank import BankPurpose
from abate.domain.errors import ConflictError, NotFoundError, PartnerError, RefusedError, StoreError
from abate.domain.item import Item, Kind
from abate.domain.order import OrderState
from abate.domain.rule import RuleEvent
from abate.domain.scan import Verdict
from abate.flows import banks, cases, clocks, delivery, orders, pipeline, worker
from abate.testing import FrozenClock, RecordingConnector, make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour on the longest night of the year."
URL = "https://harbour.example/post"


class Platform(RecordingConnector):
    """A platform whose answers a test chooses; remembers what it did, not only what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.refuses = lambda _action: False

    def send(self, action, item):
        if self.refuses(action):
            msg = "the platform answered 503; it will be asked again"
            raise PartnerError(msg)
        self.done.append(action.effect.value)
        return super().send(action, item)


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def kit(tmp_path, clock, platform):
    made = make_kit(tmp_path, clock=clock, connector=platform)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, by="lead")
    known = tmp_path / "known.bin"
    known.write_bytes(b"a file of the group")
    banks.add_files(made, "lantern", [known], by="lead")
    return made


def limited(kit, tmp_path) -> str:
    """Take in a file that the rules limit, have that delivered, and return its case."""
    item = Item(id="post-1", kind=Kind.FILE, path=str(tmp_path / "known.bin"), account="ann", platform="harbour")
    pipeline.take_in(kit, [item], by="platform")
    worker.tick(kit, worker="w")
    return cases.case_id_of("post-1")


def posted(kit, number: int = 1, **given: object) -> Item:
    item = Item(id=f"post-{number}", kind=Kind.TEXT, text="Words.", platform="harbour", url=f"{URL}/{number}", **given)
    pipeline.take_in(kit, [item], by="platform")
    return item


def ordered(kit, *, items: tuple[str, ...] = ("post-1",), urls: tuple[str, ...] = ()) -> str:
    form = orders.OrderForm(
        authority="Ministry of Harbours",
        authority_reference="GL-17",
        issuing_state="DE",
        received_at="",
        raw=b"Remove it.",
        items=items,
        urls=urls,
    )
    return orders.receive(kit, form, by="lee").id


def test_no_restore_overtakes_the_removal_of_an_order(kit, clock, platform) -> None:
    posted(kit)
    order = ordered(kit)
    cases.decide(kit, cases.case_id_of("post-1"), verdict=Verdict.LIMIT, by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    platform.refuses = lambda action: action.effect is Effect.RESTORE
    orders.execute(kit, order, by="lee")
    worker.tick(kit, worker="w")
    platform.refuses = lambda _action: False
    clock.move(minutes=10)
    worker.tick(kit, worker="w")
    assert platform.done == ["limit", "remove"]


def test_a_restore_that_was_refused_is_dropped_once_something_newer_stands(kit, clock, platform) -> None:
    posted(kit)
    ordered(kit)
    case = cases.case_id_of("post-1")
    cases.decide(kit, case, verdict=Verdict.LIMIT, by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    platform.refuses = lambda action: action.effect is Effect.RESTORE
    cases.undo(kit, case, by="rob")
    worker.tick(kit, worker="w")
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="rob")
    platform.refuses = lambda _action: False
    for _ in range(3):
        clock.move(minutes=10)
        worker.tick(kit, worker="w")
    assert platform.done == ["limit", "remove"]
    assert any("keeps the item out of sight" in action.result for action in cases.show(kit, case).actions)


def test_undoing_a_removal_goes_back_to_the_limit_whose_day_is_not_over(kit, clock, platform, tmp_path) -> None:
    case = limited(kit, tmp_path)
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    cases.undo(kit, case, by="rob")
    worker.tick(kit, worker="w")
    assert platform.done == ["limit", "remove", "limit"]
    clock.move(hours=24)
    for _ in range(2):
        worker.tick(kit, worker="w")
    assert platform.done[-1] == "restore"


def test_an_undo_around_the_end_of_a_limit_leaves_nobody_hidden(kit, clock, platform, tmp_path) -> None:
    case = limited(kit, tmp_path)
    clock.move(hours=24, seconds=-5)
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=6)
    worker.tick(kit, worker="w")
    clock.move(seconds=2)
    cases.undo(kit, case, by="rob")
    worker.tick(kit, worker="w")
    assert platform.done == ["limit", "restore"]


def test_a_slow_platform_is_not_counted_as_having_refused(kit, clock, platform, monkeypatch) -> None:
    for number in range(6):
        posted(kit, number)
    order = ordered(kit, items=tuple(f"post-{number}" for number in range(6)))
    orders.execute(kit, order, by="lee")
    ticking = iter(range(0, 10_000, 16))
    monkeypatch.setattr(delivery.time, "monotonic", lambda: next(ticking))
    for _ in range(12):
        delivery.deliver(kit, worker="w")
        clock.move(seconds=90)
    assert platform.done == ["remove"] * 6
    with kit.store.read() as tx:
        assert {action.tries for action in tx.actions.find()} == {1}


def test_evidence_that_cannot_be_destroyed_keeps_nobodys_post_hidden(kit, clock, platform, tmp_path) -> None:
    posted(kit, 2)
    order = ordered(kit, items=("post-2",))
    orders.execute(kit, order, by="lee")
    worker.tick(kit, worker="w")

    class Stuck:
        def destroy(self, address: str) -> None:
            msg = f"{address} cannot be deleted; check the disk"
            raise StoreError(msg)

    object.__setattr__(kit, "vault", Stuck())
    clock.move(days=200)
    limited(kit, tmp_path)
    clock.move(hours=25)
    for _ in range(2):
        worker.tick(kit, worker="w")
    assert platform.done[-1] == "restore"
    with kit.store.read() as tx:
        assert {hold.state for hold in tx.holds.find(item="post-2")} == {HoldState.HELD}


def test_what_was_destroyed_is_gone_in_the_clear_as_well(kit, clock, tmp_path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "upload").write_bytes(b"an upload")
    item = Item(id="post-3", kind=Kind.FILE, path=str(media / "upload"), text="caption", platform="harbour")
    pipeline.take_in(kit, [item], by="platform")
    orders.execute(kit, ordered(kit, items=("post-3",)), by="lee")
    worker.tick(kit, worker="w")
    assert (media / "upload").exists()
    clock.move(days=200)
    clocks.expire(kit, worker="w")
    assert not (media / "upload").exists()
    with kit.store.read() as tx:
        left = tx.items.get("post-3")
    assert (left.text, left.path) == ("", "")


def test_what_rules_read_of_a_destroyed_item_holds_no_word_of_it(kit, clock) -> None:
    posted(kit, 4)
    with kit.store.write() as tx:
        tx.rule_events.append([RuleEvent(item="post-4", at=tx.rule_events.latest()[1], body="{}")])
    orders.execute(kit, ordered(kit, items=("post-4",)), by="lee")
    worker.tick(kit, worker="w")
    with kit.store.read() as tx:
        before = tx.rule_events.of_items(["post-4"])["post-4"]
    assert (before.text, before.url) == ("Words.", f"{URL}/4")
    clock.move(days=200)
    clocks.expire(kit, worker="w")
    with kit.store.read() as tx:
        after = tx.rule_events.of_items(["post-4"])["post-4"]
        kept = tx.rule_events.stream(after=0, limit=99, content=True)
    assert (after.text, after.url) == ("", "")
    assert not [event for event in kept if "Words." in repr(event) or f"{URL}/4" in repr(event)]


def test_both_items_of_one_batch_join_the_order_that_names_them(kit) -> None:
    order = ordered(kit, items=(), urls=(f"{URL}/1", f"{URL}/2"))
    batch = [Item(id=f"post-{n}", kind=Kind.TEXT, text="Words.", url=f"{URL}/{n}?utm_source=x") for n in (1, 2)]
    pipeline.take_in(kit, batch, by="platform")
    assert orders.show(kit, order).items == ("post-1", "post-2")


def test_an_order_is_not_executed_while_an_address_of_it_is_unknown(kit, platform) -> None:
    posted(kit, 1)
    order = ordered(kit, items=(), urls=(f"{URL}/1", f"{URL}/2"))
    with pytest.raises(ConflictError, match=r"harbour\.example/post/2"):
        orders.execute(kit, order, by="lee")
    assert orders.unmatched(kit, orders.show(kit, order)) == (f"{URL}/2",)
    orders.execute(kit, order, by="lee", although_unmatched=True)
    worker.tick(kit, worker="w")
    assert orders.show(kit, order).state is OrderState.EXECUTED


def test_an_order_on_something_already_removed_waits_for_a_person_all_the_same(kit, clock, platform) -> None:
    posted(kit)
    first = ordered(kit)
    orders.execute(kit, first, by="lee")
    worker.tick(kit, worker="w")
    form = orders.OrderForm(
        authority="Another",
        authority_reference="GL-18",
        issuing_state="FR",
        received_at="",
        raw=b"x",
        items=("post-1",),
    )
    second = orders.receive(kit, form, by="lee").id
    worker.tick(kit, worker="w")
    assert orders.show(kit, second).state is OrderState.RECEIVED


def test_a_reviewer_cannot_undo_what_an_order_had_removed(kit, platform) -> None:
    posted(kit)
    orders.execute(kit, ordered(kit), by="lee")
    worker.tick(kit, worker="w")
    case = cases.case_id_of("post-1")
    with pytest.raises(RefusedError, match="only who handles orders takes that back"):
        cases.undo(kit, case, note="looks fine to me", by="rob")
    with pytest.raises(RefusedError, match="with a note"):
        cases.undo(kit, case, by="lee", over_order=True)
    cases.undo(kit, case, note="annulled by the court", by="lee", over_order=True)
    worker.tick(kit, worker="w")
    assert platform.done == ["remove", "restore"]


def test_an_item_known_already_is_said_to_be(kit, tmp_path, platform) -> None:
    limited(kit, tmp_path)
    again = Item(id="post-1", kind=Kind.FILE, path=str(tmp_path / "known.bin"), platform="another")
    (one,) = pipeline.take_in(kit, [again], by="platform")
    assert not one.proposal.automatic
    assert "known already" in one.not_scanned[-1].reason
    assert platform.done == ["limit"]


def test_one_list_under_two_names_is_one_voice(kit, tmp_path) -> None:
    (tmp_path / "upload.bin").write_bytes(b"something else")
    digest = pipeline.signal(kit, next(iter(_received(tmp_path / "upload.bin", kit)))).signals[0]
    for name in ("week1.csv", "week2.csv"):
        (tmp_path / name).write_text(f"type,value\n{digest.type},{digest.value}\n", "utf-8")
        banks.import_list(kit, "lantern", tmp_path / name, by="lead")
    item = Item(id="post-7", kind=Kind.FILE, path=str(tmp_path / "upload.bin"), platform="harbour")
    (one,) = pipeline.take_in(kit, [item], by="platform")
    assert one.proposal.verdict is Verdict.REVIEW
    assert not one.proposal.automatic


def _received(path, kit):
    from abate.flows.intake import receive

    return receive([path], kit.settings)


def test_an_entry_is_removed_from_its_own_bank_only(kit) -> None:
    banks.create(kit, "other", purpose=BankPurpose.KNOWN, by="lead")
    entry = banks.entries(kit, "lantern")[0]
    with pytest.raises(NotFoundError, match="is not in bank other"):
        banks.remove(kit, "other", [entry.id], by="lead")
    assert entry in banks.entries(kit, "lantern")


def test_a_torn_order_message_is_made_whole_when_it_is_filed_again(kit, tmp_path) -> None:
    order = orders.show(kit, ordered(kit, items=()))
    kept = tmp_path / "orders" / f"{order.raw_sha256}.raw"
    kept.write_bytes(b"Re")
    kit.clock.move(seconds=1)
    ordered(kit, items=())
    assert kept.read_bytes() == b"Remove it."
    assert kit.clock.now() - order.received_at == timedelta(seconds=1)


def test_a_pending_action_is_not_cancelled_once_it_may_have_left(kit, clock, platform) -> None:
    posted(kit)
    ordered(kit)
    case = cases.case_id_of("post-1")
    cases.decide(kit, case, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=11)
    platform.refuses = lambda _action: True
    worker.tick(kit, worker="w")
    cases.undo(kit, case, by="rob")
    states = {action.effect: action.state for action in cases.show(kit, case).actions}
    assert states == {Effect.REMOVE: ActionState.PENDING, Effect.RESTORE: ActionState.PENDING}
