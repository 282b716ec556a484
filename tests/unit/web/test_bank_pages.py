"""The pages on banks: what a lead sees and does, and what nobody else can."""

from datetime import timedelta

import pytest

from abate.domain.bank import BankPurpose, Match, Stance
from abate.domain.item import Item, Kind
from abate.domain.located import Located
from abate.domain.opinion import OpinionWord
from abate.domain.person import Permission, Role
from abate.domain.scan import Proposal, Scan, Verdict
from abate.flows import banks, cases, curation, floods, pipeline
from abate.flows.provenance import match_json
from abate.flows.results import result_json
from abate.web import strings

WHY = "it is the platform's own banner"


@pytest.fixture
def known(kit, tmp_path):
    """A bank of one file, and a post of it by somebody."""
    path = tmp_path / "known.bin"
    path.write_bytes(b"a file of the group")
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lee")
    banks.add_files(kit, "lantern", [path], label='<b>"lamp"</b>', by="lee")
    return {entry.signal_type: entry.id for entry in banks.entries(kit, "lantern")}


@pytest.fixture
def flooded(kit, known, tmp_path):
    posts = [Item(id=f"p{n}", kind=Kind.FILE, path=str(tmp_path / "known.bin"), account=f"a{n}") for n in range(60)]
    pipeline.take_in(kit, posts, by="platform")
    return known["sha256"]


def page(site, path, status=200):
    answer = site.client.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


def test_before_there_is_a_bank_the_page_says_how_to_make_one(site):
    site.log_in(Role.LEAD)
    text = page(site, "/banks")
    assert "abate bank create" in text
    assert "No entry is set aside" in text


def test_a_lead_is_told_on_the_first_page_and_sees_what_was_set_aside_first(site, flooded):
    site.log_in(Role.LEAD)
    assert f"2 {strings.text('home.aside')}" in page(site, "/")
    text = page(site, "/banks")
    assert "60 / 60" in text
    assert f'formaction="/entries/{flooded}/release"' in text
    assert "&lt;b&gt;&#34;lamp&#34;&lt;/b&gt;" in text


@pytest.mark.parametrize("path", ["/banks", "/banks/designations"])
def test_a_bank_of_names_is_never_said_to_propose_anything(site, kit, path):
    banks.create(kit, "designations", purpose=BankPurpose.DESIGNATED, by="ada")
    site.log_in(Role.LEAD)
    text = page(site, path)
    assert strings.text("banks.names_nothing") in text
    assert 'class="verdict ' not in text


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ANALYST, Role.AUDITOR])
def test_who_only_reads_banks_sees_no_buttons_and_is_not_called(site, flooded, role):
    site.log_in(role)
    assert strings.text("home.aside") not in page(site, "/")
    for path in ("/banks", "/banks/lantern"):
        text = page(site, path)
        assert "lantern" in text
        assert "/entries/" not in text
        assert "/set" not in text


def test_a_lead_releases_an_entry_with_a_reason(site, flooded):
    csrf = site.log_in(Role.LEAD)
    assert site.post(f"/entries/{flooded}/release", csrf, reason="").status_code == 422
    answer = site.post(f"/entries/{flooded}/release", csrf, reason="it goes round")
    assert answer.headers["location"] == "/banks?done=1"
    assert "Saved" in page(site, "/banks?done=1")
    assert flooded not in {one.entry for one in floods.open_ones(site.kit)}
    again = site.post(f"/entries/{flooded}/release", csrf, reason="again")
    assert (again.status_code, "is not set aside" in again.text) == (422, True)


def test_a_lead_makes_an_entry_negative_and_known_again(site, flooded):
    csrf = site.log_in(Role.LEAD)
    for stance in (Stance.NEGATIVE, Stance.KNOWN):
        answer = site.post(f"/entries/{flooded}/stance", csrf, stance=stance.value, reason=WHY, back="lantern")
        assert answer.headers["location"] == "/banks/lantern?done=1"
        assert curation.show(site.kit, flooded).entry.stance is stance
        page(site, "/banks/lantern?done=1")
    assert "choose one of known, negative" in site.post(f"/entries/{flooded}/stance", csrf, stance="x", reason="y").text


def test_a_lead_says_what_the_platform_thinks_and_when_an_entry_ends(site, known, kit):
    csrf, entry = site.log_in(Role.LEAD), known["sha256"]
    site.post(f"/entries/{entry}/opinion", csrf, word="dispute", reason=WHY, back="lantern")
    assert curation.show(kit, entry).disputers == ("self",)
    text = page(site, "/banks/lantern")
    assert strings.text("opinion.dispute") in text
    assert WHY.replace("'", "&#39;") in text
    assert entry in page(site, "/banks")
    site.post(f"/entries/{entry}/opinion", csrf, word="withdraw", reason="it was not", back="lantern")
    assert entry not in page(site, "/banks")
    wrong = site.post(f"/entries/{entry}/opinion", csrf, word="shrug", reason="x", back="lantern")
    assert (wrong.status_code, "choose one of confirm" in wrong.text) == (422, True)
    site.post(f"/entries/{entry}/end", csrf, until="2026-03-01", reason="over")
    assert strings.text("entry.expired") in page(site, "/banks/lantern")
    site.post(f"/entries/{entry}/end", csrf, until="", reason="not over")
    assert curation.show(kit, entry).entry.expires_at is None


def test_a_lead_sets_what_a_bank_may_propose(site, known, kit):
    csrf = site.log_in(Role.LEAD)
    answer = site.post("/banks/lantern/set", csrf, ceiling="review", max_distance="20")
    assert answer.headers["location"] == "/banks/lantern?done=1"
    bank = banks.show(kit, "lantern")
    assert (bank.ceiling, bank.max_distance) == (Verdict.REVIEW, 20)
    assert 'value="20"' in page(site, "/banks/lantern")
    for fields, says in (
        ({"ceiling": "review", "max_distance": "far"}, "no whole number"),
        ({"ceiling": "review", "max_distance": "9999"}, "is not within 0 to"),
        ({"ceiling": "all", "max_distance": ""}, "choose one of none, review"),
    ):
        refused = site.post("/banks/lantern/set", csrf, **fields)
        assert (refused.status_code, says in refused.text) == (422, True)
    site.post("/banks/lantern/set", csrf, ceiling="remove", max_distance="")
    assert banks.show(kit, "lantern").max_distance is None


def test_a_bank_of_names_has_neither_a_ceiling_to_set_nor_negative_names(site, kit, tmp_path):
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lee")
    path = tmp_path / "names.csv"
    path.write_text("type,value\n" + "".join(f"name,Order of the Grey Lantern {n}\n" for n in range(201)))
    banks.import_list(kit, "names", path, by="lee")
    site.log_in(Role.LEAD)
    text = page(site, "/banks/names")
    assert "/set" not in text
    assert "/stance" not in text
    assert strings.text("banks.more") in text
    page(site, "/banks/none", status=404)


def test_a_case_tells_where_each_match_comes_from(site, known, kit, tmp_path):
    curation.opine(kit, known["md5"], OpinionWord.DISPUTE, source="hotline", reason="a calendar", by="lee")
    item = Item(id="post", kind=Kind.FILE, path=str(tmp_path / "known.bin"), account="ann", platform="harbour")
    pipeline.take_in(kit, [item], by="platform")
    case = cases.case_id_of("post")
    site.log_in(Role.REVIEWER)
    text = page(site, f"/cases/{case}")
    assert "a calendar" in text
    assert strings.text("entry.disputed") in text
    header = site.bearer(Role.REVIEWER, scopes=[Permission.CASES_READ])
    matches = site.client.get(f"/v1/cases/{case}", headers=header).json()["matches"]
    disputed = {m["signal_type"]: m for m in matches}["md5"]
    assert (disputed["state"], disputed["exact"], disputed["most"]) == ("disputed", True, "review")
    assert [(o["source"], o["opinion"], o["reason"]) for o in disputed["opinions"]] == [
        ("hotline", "dispute", "a calendar")
    ]
    (scan,) = pipeline.scan(kit, [item])
    told = {m["signal_type"]: m for m in result_json(scan)["matches"]}
    assert set(told["md5"]) == set(disputed)
    assert kit.clock.now() - timedelta(days=1) < scan.matches[0].added_at


def test_a_case_tells_where_in_two_videos_the_same_is_seen(site, kit):
    located = Located(
        item_from_s=61.5, item_to_s=90, entry_from_s=0, entry_to_s=28.5, item_percent=30.0, entry_percent=95.0
    )
    match = Match(bank="lantern", entry="e1", signal_type="vpdq", distance=4, located=located)
    scan = Scan(item=Item(id="clip", kind=Kind.VIDEO), matches=(match,), proposal=Proposal(verdict=Verdict.REVIEW))
    with kit.store.write() as tx:
        tx.items.add(scan.item)
        case = cases.open_case(tx, scan, kit.clock.now()).id
    site.log_in(Role.REVIEWER)
    text = page(site, f"/cases/{case}")
    assert located.item_span in text
    header = site.bearer(Role.REVIEWER, scopes=[Permission.CASES_READ])
    (told,) = site.client.get(f"/v1/cases/{case}", headers=header).json()["matches"]
    assert (told["located"]["item"], told["located"]["entry"]) == ([61.5, 90.0], [0.0, 28.5])
    assert told == match_json(match)
