"""Banks that can say no, from the list to the case: look-alikes, opinions, ends, ceilings, and floods."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.bank import SELF, BankPurpose, EntryState, Stance
from abate.domain.errors import ConflictError, InputError, NotFoundError
from abate.domain.flood import QuarantineState
from abate.domain.history import Step
from abate.domain.item import Item, Kind
from abate.domain.opinion import OpinionWord
from abate.domain.scan import Verdict
from abate.domain.signal import Signal
from abate.domain.work import JobKind
from abate.flows import bank_export, banks, cases, clocks, curation, floods, pipeline
from abate.flows.known import Known
from abate.flows.results import result_json
from abate.stores.open import open_store
from abate.testing import FrozenClock, make_kit

GROUP = "Order of the Grey Lantern"


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture(params=["memory", "sqlite"])
def kit(request, tmp_path, clock):
    store = None
    if request.param == "sqlite":
        store = open_store("", home=tmp_path, clock=clock)
        store.migrate()
    made = make_kit(tmp_path, store=store, clock=clock)
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, group=GROUP, by="lead")
    banks.create(made, "logos", purpose=BankPurpose.KNOWN, by="lead")
    yield made
    made.store.close()


@pytest.fixture
def known(kit, tmp_path):
    """A file in the bank, and its entries by type."""
    path = tmp_path / "known.bin"
    path.write_bytes(b"a file of the group")
    banks.add_files(kit, "lantern", [path], by="lead")
    return {entry.signal_type: entry for entry in banks.entries(kit, "lantern")}


def post(tmp_path, name="post", *, account="ann"):
    return Item(id=name, kind=Kind.FILE, path=str(tmp_path / "known.bin"), account=account, platform="harbour")


def scanned(kit, tmp_path):
    (one,) = pipeline.scan(kit, [post(tmp_path)])
    return one


def tags(kit):
    with kit.store.read() as tx:
        return [record.tag for record in tx.audit.read()]


def test_a_negative_entry_silences_a_match_and_both_are_told(kit, known, tmp_path):
    assert scanned(kit, tmp_path).proposal.automatic
    terms = banks.Terms(stance=Stance.NEGATIVE)
    assert banks.add_files(kit, "logos", [tmp_path / "known.bin"], terms=terms, by="lead").added == 2
    (one,) = pipeline.take_in(kit, [post(tmp_path)], by="platform")
    assert one.proposal.verdict is Verdict.NONE
    assert {(m.bank, m.stance, m.group) for m in one.matches} == {
        ("lantern", Stance.KNOWN, GROUP),
        ("logos", Stance.NEGATIVE, ""),
    }
    assert cases.listed(kit) == []
    told = result_json(one)["matches"]
    assert {m["most"] for m in told} == {"none"}
    assert all(m["held_back"] for m in told)
    with kit.store.read() as tx:
        assert [event.step for event in tx.history.read()] == [Step.RECEIVED]


def test_a_no_and_a_yes_to_one_value_are_two_entries_even_in_one_bank(kit, known, tmp_path):
    terms = banks.Terms(stance=Stance.NEGATIVE)
    assert banks.add_files(kit, "lantern", [tmp_path / "known.bin"], terms=terms, by="lead").added == 2
    assert scanned(kit, tmp_path).proposal.verdict is Verdict.NONE


def test_a_dispute_takes_away_what_acts_and_a_withdrawal_gives_it_back(kit, known, tmp_path):
    entry = known["sha256"].id
    for word, source, verdict, state in (
        (OpinionWord.DISPUTE, "hotline", Verdict.REVIEW, EntryState.DISPUTED),
        (OpinionWord.WITHDRAW, "hotline", Verdict.LIMIT, EntryState.KNOWN),
        (OpinionWord.DISPUTE, SELF, Verdict.REVIEW, EntryState.DISPUTED),  # its MD5 still asks for a look
        (OpinionWord.CONFIRM, SELF, Verdict.LIMIT, EntryState.KNOWN),
    ):
        curation.opine(kit, entry, word, source=source, reason="we looked again", by="lead")
        assert scanned(kit, tmp_path).proposal.verdict is verdict
        assert curation.show(kit, entry).state(kit.clock.now()) is state
    assert tags(kit).count("curator:entry:opinion") == 4
    (match,) = [m for m in result_json(scanned(kit, tmp_path))["matches"] if m["entry"] == entry]
    assert [(one["source"], one["opinion"]) for one in match["opinions"]] == [
        ("hotline", "withdraw"),
        (SELF, "confirm"),
    ]
    assert (match["origin"], match["added_by"], match["exact"]) == ("", "lead", True)


def test_an_opinion_has_a_reason_a_name_and_an_entry(kit, known):
    entry = known["sha256"].id
    for given, says in (
        ({"reason": " "}, "no reason is given"),
        ({"reason": "x", "source": "Self"}, "reads like 'self'"),
        ({"reason": "x", "source": "  "}, "the source has no name"),
    ):
        with pytest.raises(InputError, match=says):
            curation.opine(kit, entry, OpinionWord.DISPUTE, by="lead", **given)
    with pytest.raises(NotFoundError):
        curation.opine(kit, "e-none", OpinionWord.DISPUTE, reason="x", by="lead")


def test_an_entry_matches_until_its_end_and_is_renewed_with_its_history(kit, known, tmp_path, clock):
    for entry in known.values():
        curation.set_end(kit, entry.id, clock.now() + timedelta(hours=1), reason="a campaign ends", by="lead")
    curation.opine(kit, known["sha256"].id, OpinionWord.CONFIRM, source="hotline", reason="seen", by="lead")
    assert scanned(kit, tmp_path).matches
    clock.move(hours=1)
    assert scanned(kit, tmp_path).matches == ()
    assert banks.standings(kit, "lantern")[0].state(clock.now()) is EntryState.EXPIRED
    curation.set_end(kit, known["sha256"].id, None, reason="it came back", by="lead")
    (match,) = scanned(kit, tmp_path).matches
    assert match.sources == ("hotline", SELF)
    assert match.added_at == known["sha256"].added_at


def test_a_list_that_names_a_value_again_renews_it(kit, tmp_path, clock):
    path, value = tmp_path / "list.csv", "0" * 64
    for until, renewed in (("2026-03-05", None), ("2026-03-04", "2026-03-05"), ("2026-04-01", "2026-04-01"), ("", "")):
        path.write_text(f"type,value,expires_at\nsha256,{value},{until}\n")
        added = banks.import_list(kit, "lantern", path, by="lead")
        (entry,) = banks.entries(kit, "lantern")
        assert (added.added, added.known) == ((1, 0) if renewed is None else (0, 1))
        if renewed is not None:
            assert (entry.expires_at.date().isoformat() if entry.expires_at else "") == renewed
    assert entry.origin == "list.csv"


def test_a_list_tells_who_disputes_and_what_says_no_and_is_written_back(kit, tmp_path):
    rows = [
        {"type": "sha256", "value": "0" * 64, "disputed_by": ["hotline", "Self"], "expires_at": "2027-01-01"},
        {"type": "sha256", "value": "1" * 64, "stance": "negative"},
        {"type": "sha256", "value": "2" * 64, "stance": "perhaps"},
        {"type": "sha256", "value": "3" * 64, "expires_at": "soon"},
    ]
    path = tmp_path / "list.json"
    path.write_text(json.dumps(rows))
    added = banks.import_list(kit, "lantern", path, source="partner", by="lead")
    assert (added.added, len(added.refused)) == (2, 2)
    assert "write known or negative" in added.refused[0]
    first, second = banks.standings(kit, "lantern")
    assert (first.backers, first.disputers, second.entry.stance) == (("partner",), ("hotline",), Stance.NEGATIVE)
    curation.opine(kit, first.entry.id, OpinionWord.WITHDRAW, source="hotline", reason="they called", by="lead")
    banks.import_list(kit, "lantern", path, source="partner", by="lead")
    assert banks.standings(kit, "lantern")[0].disputers == ()
    curation.opine(kit, first.entry.id, OpinionWord.DISPUTE, reason="a calendar", by="lead")
    out = tmp_path / "out.json"
    bank_export.write_json(out, banks.standings(kit, "lantern"), platform="harbour")
    written = json.loads(out.read_text())
    assert [(row.get("stance"), row.get("disputed_by")) for row in written] == [(None, ["harbour"]), ("negative", None)]
    banks.create(kit, "copy", purpose=BankPurpose.KNOWN, by="lead")
    banks.import_list(kit, "copy", out, trust_sources=True, by="lead")
    copied = banks.standings(kit, "copy")
    assert [(one.entry.stance, one.disputers, one.entry.expires_at) for one in copied] == [
        (Stance.KNOWN, ("harbour",), first.entry.expires_at),
        (Stance.NEGATIVE, (), None),
    ]


def test_a_name_is_never_negative(kit, tmp_path):
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lead")
    path = tmp_path / "names.csv"
    path.write_text(f"type,value,stance\nname,{GROUP},negative\nname,{GROUP},\n")
    added = banks.import_list(kit, "names", path, by="lead")
    assert added.added == 1
    assert "a name is never negative" in added.refused[0]
    (entry,) = banks.entries(kit, "names")
    with pytest.raises(InputError, match="never negative"):
        curation.set_stance(kit, entry.id, Stance.NEGATIVE, reason="x", by="lead")


def test_a_bank_is_set_and_the_next_batch_knows(kit, known, tmp_path):
    banks.configure(kit, "lantern", max_distance=None, ceiling=Verdict.REVIEW, by="lead")
    one = scanned(kit, tmp_path)
    assert (one.proposal.verdict, one.proposal.automatic) == (Verdict.REVIEW, False)
    banks.configure(kit, "lantern", max_distance=None, ceiling=Verdict.NONE, by="lead")
    (one,) = pipeline.take_in(kit, [post(tmp_path)], by="platform")
    assert one.proposal.verdict is Verdict.NONE
    with kit.store.read() as tx:
        # A bank that only watches is measured all the same.
        assert [event.group for event in tx.history.read(steps=[Step.MATCHED])] == [GROUP]
    with pytest.raises(InputError, match="not within 0 to"):
        banks.configure(kit, "lantern", max_distance=10**6, ceiling=Verdict.NONE, by="lead")
    assert "curator:bank:set" in tags(kit)


def crowd(tmp_path, number, *, accounts, prefix="p"):
    return [post(tmp_path, f"{prefix}{n}", account=f"a{n % accounts}") for n in range(number)]


def test_an_entry_that_suddenly_meets_everything_is_set_aside_and_a_lead_is_told(kit, known, tmp_path):
    quiet = kit.settings.flood_items - 1
    pipeline.take_in(kit, crowd(tmp_path, quiet, accounts=quiet, prefix="q"), by="platform")
    assert floods.open_ones(kit) == []
    (one,) = pipeline.take_in(kit, [post(tmp_path, account="last")], by="platform")
    assert (one.proposal.verdict, one.proposal.automatic) == (Verdict.REVIEW, False)
    assert {match.state for match in one.matches} == {EntryState.QUARANTINED}
    waiting = floods.open_ones(kit)
    assert {(w.entry, w.items, w.seen, w.usual) for w in waiting} == {(e.id, 50, 50, 0) for e in known.values()}
    said = []
    assert clocks.ring(kit, worker="w", say=said.append) == 2
    assert all("met 50 of 50 items within an hour" in sentence for sentence in said)
    assert tags(kit).count("rules:entry:set_aside") == tags(kit).count("clock:entry:rang") == 2
    case = cases.show(kit, cases.case_id_of("post")).case
    assert {match.state for match in case.matches} == {EntryState.QUARANTINED}
    with kit.store.read() as tx:
        last = [event for event in tx.history.read(steps=[Step.MATCHED]) if event.item == "post"]
        assert [(event.group, event.detail) for event in last] == [("", "quarantined")]
        assert all(event.group == GROUP for event in tx.history.read(steps=[Step.MATCHED]) if event.item != "post")


def test_one_account_does_not_switch_off_the_entry_that_finds_it(kit, known, tmp_path):
    pipeline.take_in(kit, crowd(tmp_path, 300, accounts=1), by="platform")
    assert floods.open_ones(kit) == []


def test_a_small_share_of_a_busy_stream_is_no_flood(kit, known, tmp_path):
    others = [Item(id=f"o{n}", kind=Kind.TEXT, text="good morning, harbour", account=f"b{n}") for n in range(1200)]
    pipeline.take_in(kit, others, by="platform")
    pipeline.take_in(kit, crowd(tmp_path, 55, accounts=55), by="platform")
    assert floods.open_ones(kit) == []


def test_what_is_sent_again_counts_once(kit, known, tmp_path):
    for _ in range(3):
        pipeline.take_in(kit, crowd(tmp_path, 40, accounts=40), by="platform")
    assert floods.open_ones(kit) == []


def test_nothing_is_set_aside_where_the_operator_turned_it_off(kit, known, tmp_path):
    off = replace(kit, settings=replace(kit.settings, flood_items=0))
    pipeline.take_in(off, crowd(tmp_path, 60, accounts=60), by="platform")
    assert floods.open_ones(off) == []


@pytest.fixture
def flooded(kit, known, tmp_path):
    pipeline.take_in(kit, crowd(tmp_path, 60, accounts=60), by="platform")
    assert len(floods.open_ones(kit)) == 2
    return known["sha256"].id


def test_a_lead_releases_it_and_is_not_asked_again_for_a_day(kit, flooded, tmp_path, clock):
    with pytest.raises(InputError, match="no reason"):
        curation.release(kit, flooded, reason="", by="lead")
    closed = curation.release(kit, flooded, reason="it goes round after the attack", by="lead")
    assert (closed.state, closed.closed_by) == (QuarantineState.RELEASED, "lead")
    assert scanned(kit, tmp_path).proposal.automatic
    pipeline.take_in(kit, crowd(tmp_path, 60, accounts=60, prefix="r"), by="platform")
    assert flooded not in {one.entry for one in floods.open_ones(kit)}
    with pytest.raises(ConflictError, match="is not set aside"):
        curation.release(kit, flooded, reason="again", by="lead")
    clock.move(days=1, hours=2)
    pipeline.take_in(kit, crowd(tmp_path, 500, accounts=500, prefix="s"), by="platform")
    assert flooded in {one.entry for one in floods.open_ones(kit)}


def test_a_lead_makes_it_negative_and_known_again(kit, flooded, tmp_path):
    curation.set_stance(kit, flooded, Stance.NEGATIVE, reason="the platform's own banner", by="lead")
    assert flooded not in {one.entry for one in floods.open_ones(kit)}
    assert scanned(kit, tmp_path).proposal.verdict is Verdict.NONE
    curation.set_stance(kit, flooded, Stance.KNOWN, reason="it was not", by="lead")
    assert scanned(kit, tmp_path).proposal.automatic
    assert tags(kit).count("curator:entry:stance") == 2


def test_an_alarm_of_an_entry_that_a_lead_has_seen_rings_for_nobody(kit, flooded):
    curation.release(kit, flooded, reason="seen", by="lead")
    said = []
    clocks.ring(kit, worker="w", say=said.append)
    assert len(said) == 1
    assert flooded not in said[0]


def test_an_entry_that_is_removed_waits_no_more(kit, flooded):
    banks.remove(kit, "lantern", [flooded], by="lead")
    assert flooded not in {one.entry for one in floods.open_ones(kit)}


def test_what_needs_a_look_is_listed_the_set_aside_first(kit, flooded, known):
    banks.add_listed(kit, "logos", [], by="lead")
    curation.opine(kit, known["md5"].id, OpinionWord.DISPUTE, source="hotline", reason="a logo", by="lead")
    curation.release(kit, known["md5"].id, reason="seen", by="lead")
    listed = curation.attention(kit)
    assert [(one.standing.entry.id, one.quarantine is not None) for one in listed] == [
        (flooded, True),
        (known["md5"].id, False),
    ]


def test_another_worker_follows_entry_by_entry(kit, known, tmp_path):
    """Two processes over one store: what one changes, the other's next batch knows, without building anything anew."""
    other = replace(kit, known=Known(signals=kit.signals, indexes=kit.indexes))
    many = tmp_path / "many.csv"
    many.write_text("type,value\n" + "".join(f"sha256,{n:064x}\n" for n in range(40)))
    banks.import_list(kit, "logos", many, by="lead")
    assert scanned(other, tmp_path).proposal.automatic
    with other.store.read() as tx:
        matcher = other.known.current(tx).matcher
    entry = known["sha256"].id
    curation.opine(kit, entry, OpinionWord.DISPUTE, source="hotline", reason="x", by="lead")
    assert scanned(other, tmp_path).proposal.verdict is Verdict.REVIEW
    banks.remove(kit, "lantern", [entry], by="lead")
    assert {m.signal_type for m in scanned(other, tmp_path).matches} == {"md5"}
    banks.add_files(kit, "logos", [tmp_path / "known.bin"], by="lead")
    assert {m.bank for m in scanned(other, tmp_path).matches} == {"lantern", "logos"}
    with other.store.read() as tx:
        assert other.known.current(tx).matcher is matcher
        assert tx.jobs.find(kind=JobKind.DELIVER.value) == []
    more = tmp_path / "more.csv"
    more.write_text("type,value\n" + "".join(f"sha256,{n + 100:064x}\n" for n in range(400)))
    banks.import_list(kit, "logos", more, by="lead")
    scanned(other, tmp_path)
    with other.store.read() as tx:
        assert other.known.current(tx).matcher is not matcher  # most of it is new: read whole


def test_a_long_list_is_followed_with_all_that_is_said_of_it(kit, known, tmp_path):
    other = replace(kit, known=Known(signals=kit.signals, indexes=kit.indexes))
    path = tmp_path / "many.csv"
    path.write_text("type,value\n" + "".join(f"sha256,{n:064x}\n" for n in range(1200)))
    banks.import_list(kit, "logos", path, by="lead")
    scanned(other, tmp_path)
    with other.store.read() as tx:
        matcher = other.known.current(tx).matcher
    curation.opine(kit, known["sha256"].id, OpinionWord.DISPUTE, source="hotline", reason="x", by="lead")
    path.write_text("type,value,disputed_by\n" + "".join(f"sha256,{n + 5000:064x},press\n" for n in range(250)))
    banks.import_list(kit, "logos", path, by="lead")
    assert scanned(other, tmp_path).proposal.verdict is Verdict.REVIEW
    with other.store.read() as tx:
        assert other.known.current(tx).matcher is matcher
    ((found,),) = matcher.match([[Signal(type="sha256", value=f"{5000:064x}")]], at=kit.clock.now())
    assert found.disputers == ("press",)


def test_a_bank_of_names_is_followed_too(kit, tmp_path):
    other = replace(kit, known=Known(signals=kit.signals, indexes=kit.indexes))
    text = Item(id="t", kind=Kind.TEXT, text=f"news of the {GROUP}")
    assert pipeline.scan(other, [text])[0].mentions == ()
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lead")
    path = tmp_path / "names.csv"
    path.write_text(f"type,value,label\nname,{GROUP},{GROUP}\n")
    banks.import_list(kit, "names", path, by="lead")
    assert len(pipeline.scan(other, [text])[0].mentions) == 1
    banks.remove(kit, "names", [], by="lead")
    assert pipeline.scan(other, [text])[0].mentions == ()
