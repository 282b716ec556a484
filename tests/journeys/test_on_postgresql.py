"""The same loop on PostgreSQL: from an upload to a measured week, with an order in between."""

import pytest

from abate.domain.audit import verify
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.order import OrderState
from abate.domain.scan import Verdict
from abate.flows import banks, cases, orders, pipeline, worker
from abate.flows.measure import presence_from_store
from abate.stores.open import open_store
from abate.testing import FrozenClock, RecordingConnector, make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour on the longest night of the year."


@pytest.mark.needs_program("initdb", "postgresql")
def test_an_upload_is_decided_undone_ordered_removed_and_measured(tmp_path, postgres_address) -> None:
    clock, platform = FrozenClock(), RecordingConnector()
    store = open_store(postgres_address, home=tmp_path, clock=clock)
    store.migrate()
    kit = make_kit(tmp_path, store=store, clock=clock, connector=platform)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lead")
    (tmp_path / "known.txt").write_text(WORDS, "utf-8")
    banks.add_files(kit, "lantern", [tmp_path / "known.txt"], by="lead")
    posts = [
        Item(
            id=f"p{number}", kind=Kind.TEXT, text=WORDS, platform="harbour", channel=f"c{number}", posted_at=clock.now()
        )
        for number in range(3)
    ]
    pipeline.take_in(kit, posts, by="platform")
    first, second, _ = cases.queue(kit)
    cases.decide(kit, first.case.id, verdict=Verdict.REMOVE, by="rob")
    clock.move(seconds=11)
    worker.tick(kit, worker="w")
    cases.undo(kit, first.case.id, by="rob")
    worker.tick(kit, worker="w")
    assert [action.effect.value for action in platform.asked] == ["remove", "restore"]
    form = orders.OrderForm(
        authority="Ministry",
        authority_reference="1",
        issuing_state="DE",
        received_at="",
        raw=b"x",
        items=(second.item.id,),
    )
    order = orders.receive(kit, form, by="lee")
    orders.execute(kit, order.id, by="lee")
    worker.tick(kit, worker="w")
    assert orders.show(kit, order.id).state is OrderState.EXECUTED
    assert [row.value for row in presence_from_store(kit).rows] == [3]
    with store.read() as tx:
        records = tx.audit.read()
    assert verify(records).seq == len(records)
    store.close()
