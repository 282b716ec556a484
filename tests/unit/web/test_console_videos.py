"""A case of a video, as a reviewer sees where it matches."""

from abate.domain.bank import Match
from abate.domain.item import Item, Kind
from abate.domain.located import Located
from abate.domain.person import Role
from abate.domain.scan import Proposal, Scan, Verdict
from abate.flows import cases


def test_the_case_says_which_seconds_of_the_video_are_which_of_the_entry(site):
    place = Located(
        item_from_s=3.0, item_to_s=9.5, entry_from_s=66.0, entry_to_s=72.5, item_percent=90.0, entry_percent=5.8
    )
    item = Item(id="v1", kind=Kind.VIDEO)
    match = Match(bank="lantern-films", entry="e1", signal_type="vpdq", distance=12, located=place)
    proposal = Proposal(verdict=Verdict.REVIEW, automatic=False, reasons=())
    with site.kit.store.write() as tx:
        tx.items.add_many([item])
        case = cases.open_case(
            tx, Scan(item=item, signals=(), matches=(match,), proposal=proposal), site.kit.clock.now()
        )
    site.log_in(Role.REVIEWER)
    page = site.client.get(f"/cases/{case.id}").text
    assert "0:03–0:09" in page
    assert "1:06–1:12" in page
