"""The pages on rules: the editor, the steps in a version's life, and who may take them."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.person import Role
from abate.domain.rule import Backtest, RuleHit, RuleState
from abate.domain.scan import Verdict
from abate.flows import banks, pipeline, rule_alarms
from abate.flows.cases import case_id_of
from abate.flows.rules import backtest, life
from abate.flows.rules.report import RuleReport, Share, Wrongly
from abate.policy.rules.anomaly import Finding, Unusual
from abate.testing import make_kit
from abate.web import strings
from abate.web.console import rule_steps

RULE = """rule(
    name="{name}",
    when=item.views > {views},
    then=review,
    because="Seen {{item.views}} times.",
    owner="kim",
)
"""


def rule(name: str = "busy", views: int = 100) -> str:
    return RULE.format(name=name, views=views)


def page(site, path, status=200):
    answer = site.client.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


def come_in(kit, *views: int, name: str = "post") -> None:
    posts = [
        Item(id=f"{name}-{n}", kind=Kind.TEXT, text="plain words", views=seen, account=f"a{n}", platform="harbour")
        for n, seen in enumerate(views)
    ]
    pipeline.take_in(kit, posts, by="platform")


@pytest.fixture
def drafted(kit, site):
    """A draft by an analyst."""
    (version,) = life.draft(kit, rule(), by=site.user(Role.ANALYST).id)
    return version


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What the rule's backtest over three items says, as it is stored."""
    made = make_kit(tmp_path_factory.mktemp("tried"))
    come_in(made, 50, 500, 700)
    now = made.clock.now()
    (version,) = life.draft(made, rule(), by="ann")
    until = now + timedelta(hours=1)
    return backtest.keep(made, version.id, since=now - timedelta(days=7), until=until, by="ann").report


@pytest.fixture
def asked(kit, site, drafted, report):
    """A version that its author asked to go live, and what it was tried on."""
    come_in(kit, 50, 500, 700)
    kit.clock.move(hours=1)
    now, author = kit.clock.now(), drafted.created_by
    life.shadow(kit, drafted.id, by=author)
    with kit.store.write() as tx:
        since = now - timedelta(days=7)
        tx.backtests.add(
            Backtest(
                id="b1", rule=drafted.id, ran_at=now, by=author, since=since, until=now, events=3, hits=2, report=report
            )
        )
    return life.ask(kit, drafted.id, share=40, by=author, note="please read")


def hit(kit, version, *items: str, live: bool = False) -> None:
    """Have a version hit some items now."""
    at = int(kit.clock.now().timestamp() * 1_000_000)
    with kit.store.write() as tx:
        hits = [
            RuleHit(event=1, rule=version.id, item=item, at=at, live=live, verdict=Verdict.REVIEW) for item in items
        ]
        tx.rule_hits.append(hits)


def test_before_there_is_a_rule_the_page_says_what_one_is_and_offers_some(site):
    site.log_in(Role.LEAD)
    text = page(site, "/rules")
    assert strings.text("rules.what") in text
    starter = re.search(r"/rules/new\?starter=([a-z0-9_]+)", text)
    assert f"name=&#34;{starter[1]}" in page(site, f"/rules/new?starter={starter[1]}")
    assert '<a href="/rules" aria-current="page"' in text


def test_who_only_reads_rules_sees_no_buttons(site, asked):
    site.log_in(Role.REVIEWER)
    for path in ("/rules", "/rules/busy"):
        text = page(site, path)
        assert "busy" in text
        assert 'method="post" action="/rules' not in text
    for path in ("/rules/new", "/rules/words.json"):
        page(site, path, 403)


def test_a_draft_is_saved_and_shown(site, kit):
    csrf = site.log_in(Role.ANALYST)
    answer = site.post("/rules/new", csrf, text=rule())
    version = life.found(kit, "busy")
    assert answer.headers["location"] == f"/rules/busy?version={version.id}&done=1"
    text = page(site, answer.headers["location"])
    assert strings.text("account.done") in text
    assert '<span class="field">item.views</span>' in text
    assert version.created_by == site.people["analyst"].id
    assert "analyst" in text
    assert strings.text("rules.not_tried") in text


def test_several_rules_of_one_text_lead_to_the_list(site, kit):
    csrf = site.log_in(Role.ANALYST)
    answer = site.post("/rules/new", csrf, text=rule() + rule("busier", 900))
    assert answer.headers["location"] == "/rules?done=1"
    assert [one.name for one in life.listed(kit)] == ["busier", "busy"]


def test_every_mistake_of_a_text_is_shown_at_its_place_and_nothing_is_kept(site, kit):
    csrf = site.log_in(Role.ANALYST)
    wrong = "\n" + rule().replace("item.views >", "item.view >") + rule("other").replace("then=review", "then=remove")
    answer = site.post("/rules/new", csrf, text=wrong)
    assert answer.status_code == 422
    assert "there is no field item.view; did you mean item.views?" in answer.text
    assert "no rule removes" in answer.text
    assert "<b>Line 4:10</b>" in answer.text
    assert '<mark class="wrong">i</mark>tem.view' in answer.text
    assert f"&gt;\n{wrong[:5]}".replace("&gt;", ">") in answer.text  # the empty line that it begins with is still there
    assert life.listed(kit) == []


@pytest.mark.parametrize("text", ["", "   \n", "# nothing yet"])
def test_a_text_without_a_rule_is_no_draft(site, text):
    csrf = site.log_in(Role.ANALYST)
    answer = site.post("/rules/new", csrf, text=text)
    assert (answer.status_code, "there is no rule in it" in answer.text) == (422, True)


def test_what_an_author_writes_is_text_wherever_it_is_shown(site, kit):
    csrf = site.log_in(Role.ANALYST)
    hostile = rule().replace('owner="kim"', 'owner="</textarea></pre><script>alert(1)</script>"')
    site.post("/rules/new", csrf, text=hostile)
    life.shadow(kit, "busy", by="usr_analyst", note="<img src=x onerror=alert(1)>")
    site.post("/rules/new", csrf, text=hostile.replace("> 100", "> 200"))
    older = life.listed(kit)[1]
    broken = site.post("/rules/new", csrf, text="<b>" + hostile)
    pages = [
        page(site, path) for path in ("/rules", "/rules/busy", f"/rules/busy?version={older.id}", "/rules/busy/edit")
    ]
    for text in (*pages, broken.text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>rule" not in text
    assert "&lt;script&gt;alert(1)" in pages[1]


def test_checking_says_what_is_wrong_and_keeps_nothing(site, kit):
    csrf = site.log_in(Role.ANALYST)
    good = site.post("/rules/check", csrf, text=rule()).json()
    assert good == {"mistakes": [], "rules": [{"name": "busy", "then": "review"}]}
    wrong = site.post("/rules/check", csrf, text="\n\nrule(name='x')").json()
    assert [(one["line"], one["column"]) for one in wrong["mistakes"]] == [(3, 1)]
    assert "does not say when" in wrong["mistakes"][0]["message"]
    assert site.post("/rules/check", csrf, text=" ").json()["mistakes"][0]["line"] == 1
    assert "shorten it" in site.post("/rules/check", csrf, text="x" * 50_000).json()["mistakes"][0]["message"]
    assert life.listed(kit) == []
    assert site.post("/rules/check", "stolen", text=rule()).status_code == 403


def test_hostile_text_is_checked_like_any_other(site):
    csrf = site.log_in(Role.ANALYST)
    for text in ("(" * 20_000, "\u202e\u0000rule(", "\\ud800", "\u200d" * 30_000, "لا" * 15_000):
        answer = site.post("/rules/check", csrf, text=text)
        assert answer.status_code == 200
        assert len(answer.json()["mistakes"]) == 1


def test_half_a_character_in_a_form_is_no_surprise(site):
    csrf = site.log_in(Role.ANALYST)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for address in ("/rules/check", "/rules/new"):
        body = f"csrf={csrf}&text=rule(%ED%A0%80%FF".encode()
        answer = site.client.post(address, content=body, headers=form, follow_redirects=False)
        assert answer.status_code in {200, 422}
        assert "not the syntax of a rule" in answer.text or "no text file holds" in answer.text


def test_who_is_hit_wrongly_is_shown_protected_speech_with_its_name(site, kit, asked, report):
    share = Share(of=3, among=20, low=0.03, high=0.38)
    wrongly = (
        Wrongly(by="context", name="counter_speech", protected=True, share=share),
        Wrongly(by="language", name="", protected=False, share=replace(share, of=1)),
    )
    told = replace(RuleReport.from_json(report), wrongly=wrongly).to_json()
    with kit.store.write() as tx:
        (kept,) = tx.backtests.find(rule=asked.id)
        tx.backtests.add(replace(kept, id="b2", report=told))
        tx.rules.replace(replace(asked, backtest="b2"))
    site.log_in(Role.REVIEWER)
    text = page(site, "/rules/busy")
    assert f"<bdi>counter speech ({strings.text('rules.protected')})</bdi>" in text
    assert "15% [3%, 38%] of 20" in text
    assert f"<bdi>{strings.text('rules.wrong_unknown')}</bdi>" in text


def test_a_longer_text_than_the_editor_takes_is_refused_in_a_sentence(site):
    csrf = site.log_in(Role.ANALYST)
    answer = site.post("/rules/new", csrf, text="لا" * 30_000)
    assert (answer.status_code, "shorten it" in answer.text) == (422, True)


def test_a_designated_name_in_a_rule_is_said_at_once(site, kit, tmp_path):
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lee")
    path = tmp_path / "names.csv"
    path.write_text("type,value\nname,Order of the Grey Lantern\n")
    banks.import_list(kit, "names", path, by="lee")
    csrf = site.log_in(Role.ANALYST)
    text = rule().replace("item.views > 100", 'contains(item.text, "order of the grey lantern")')
    assert "a name starts nothing" in site.post("/rules/check", csrf, text=text).json()["mistakes"][0]["message"]


def test_completion_knows_the_fields_and_what_this_platform_has(site, kit):
    banks.create(kit, "films", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lee")
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lee")
    pipeline.take_in(kit, [Item(id="p", kind=Kind.TEXT, text="x", platform="harbour", surface="feed")], by="platform")
    site.log_in(Role.ANALYST)
    words = site.client.get("/rules/words.json").json()
    told = {word["text"]: word for word in words["words"]}
    assert told["item.views"]["type"] == "number"
    assert told["matches_in"] | {"help": ""} == {
        "text": "matches_in",
        "kind": "field",
        "type": '("bank") number',
        "most": "limit",
        "help": "",
        "opens": True,
    }
    assert told["count"]["type"] == "count(by, duration)"
    assert "remove" not in told
    values = words["values"]
    assert (values["matches_in"], values["mentions.lists"], values["surfaces"]) == (["films"], ["names"], ["feed"])
    assert "sha256" in values["matches_of"]
    assert "report" in values["context.label"]
    assert values["score"] == []


def test_a_version_goes_from_draft_to_live_and_back_by_two_people(site, kit, drafted):
    come_in(kit, 50, 500, 700)
    kit.clock.move(hours=1)
    csrf, here = site.log_in(Role.ANALYST), f"/rules/{drafted.id}"
    assert site.post(f"{here}/shadow", csrf, note="a week").headers["location"].startswith("/rules/busy?version=")
    assert strings.text("rules.ask_needs") in page(site, here)
    early = site.post(f"{here}/ask", csrf, share="50")
    assert (early.status_code, "was never tried on history" in early.text) == (409, True)
    assert site.post(f"{here}/backtest", csrf, days="7").headers["location"].endswith("#tried")
    assert "It hits 2 of 3 items" in page(site, here)
    site.post(f"{here}/ask", csrf, share="50", note="looks right")
    waiting = page(site, "/rules")
    assert "It hits 2 of 3 items" in waiting
    assert f"{here}/withdraw" in waiting
    assert f"{here}/approve" not in waiting
    csrf = site.log_in(Role.LEAD)
    form = page(site, "/rules")
    seen = re.search(r'name="asked_at" value="([^"]+)"', form)[1]
    site.post(f"{here}/approve", csrf, asked_at=seen, note="read it")
    assert (life.found(kit, "busy").state, life.found(kit, "busy").share) == (RuleState.LIVE, 50)
    site.post(f"{here}/share", csrf, share="100")
    assert life.found(kit, "busy").share == 100
    assert "50 %" in page(site, "/rules/busy")
    site.post(f"{here}/rollback", csrf, note="too many")
    assert life.found(kit, "busy").state is RuleState.RETIRED
    text = page(site, "/rules/busy")
    for words in ("a week", "looks right", "read it", "too many", strings.text("rulestep.rolled_back")):
        assert words in text
    assert "busy" not in page(site, "/rules").split("starters")[0]
    assert "busy" in page(site, "/rules?retired=1")


def test_whoever_asked_is_told_why_they_cannot_approve(site, kit, asked):
    csrf = site.log_in(Role.LEAD)
    life.withdraw(kit, asked.id, by=site.people["lead"].id)
    life.ask(kit, asked.id, share=10, by=site.people["lead"].id)
    text = page(site, "/rules/busy")
    assert "a second person approves it; ask somebody else" in text
    assert "/approve" not in text
    seen = life.found(kit, "busy").asked_at.isoformat()
    refused = site.post(f"/rules/{asked.id}/approve", csrf, asked_at=seen)
    assert (refused.status_code, "ask somebody else" in refused.text) == (409, True)
    assert life.found(kit, "busy").state is RuleState.SHADOW


def test_what_is_approved_is_what_was_read(site, kit, asked):
    csrf = site.log_in(Role.LEAD)
    life.withdraw(kit, asked.id, by=asked.asked_by)
    kit.clock.move(minutes=1)
    life.ask(kit, asked.id, share=100, by=asked.asked_by)
    stale = site.post(f"/rules/{asked.id}/approve", csrf, asked_at=asked.asked_at.isoformat())
    assert (stale.status_code, "look at it again" in stale.text) == (409, True)
    assert site.post(f"/rules/{asked.id}/approve", csrf).status_code == 422
    assert site.post(f"/rules/{asked.id}/approve", csrf, asked_at="yesterday").status_code == 422


def test_a_second_person_who_may_not_edit_can_say_no_with_a_reason(site, kit, asked):
    csrf = site.log_in(Role.LEGAL)
    text = page(site, "/rules/busy")
    assert f"/rules/{asked.id}/refuse" in text
    assert f"/rules/{asked.id}/withdraw" not in text
    assert site.post(f"/rules/{asked.id}/refuse", csrf, note=" ").status_code == 422
    site.post(f"/rules/{asked.id}/refuse", csrf, note="it hits reports")
    assert life.found(kit, "busy").asked_at is None
    assert "it hits reports" in page(site, "/rules/busy")
    assert site.post(f"/rules/{asked.id}/retire", csrf).status_code == 403


def test_an_author_withdraws_and_retires(site, kit, asked):
    csrf = site.log_in(Role.ANALYST)
    site.post(f"/rules/{asked.id}/withdraw", csrf)
    again = site.post(f"/rules/{asked.id}/withdraw", csrf)
    assert (again.status_code, "ask for it first" in again.text) == (409, True)
    site.post(f"/rules/{asked.id}/retire", csrf)
    assert life.found(kit, "busy").state is RuleState.RETIRED
    assert f"/rules/{asked.id}/shadow" in page(site, "/rules/busy")


@pytest.mark.parametrize("share", ["", "x", "0", "101", "9999999", "٥"])
def test_a_share_that_is_none_is_refused_on_the_same_page(site, asked, kit, share):
    csrf = site.log_in(Role.ANALYST)
    life.withdraw(kit, asked.id, by=asked.asked_by)
    answer = site.post(f"/rules/{asked.id}/ask", csrf, share=share)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "busy" in answer.text


def test_a_span_that_is_none_is_refused(site, drafted):
    csrf = site.log_in(Role.ANALYST)
    answer = site.post(f"/rules/{drafted.id}/backtest", csrf, days="4")
    assert (answer.status_code, "choose one of 7, 30, 90" in answer.text) == (422, True)


def test_an_unknown_rule_is_an_error_page(site):
    csrf = site.log_in(Role.LEAD)
    for path in ("/rules/nothing", "/rules/nothing/edit", "/rules/x?version=00000000"):
        assert "There is no rule" in page(site, path, 404)
    for step in ("shadow", "backtest", "ask", "approve", "withdraw", "share", "retire", "rollback"):
        fields = {"share": "1", "days": "7", "asked_at": "2026-03-01T00:00:00+00:00"}
        assert site.post(f"/rules/nothing/{step}", csrf, **fields).status_code == 404


def test_a_rule_that_is_called_like_a_page_has_one_all_the_same(site, kit):
    csrf = site.log_in(Role.ANALYST)
    for name in ("new", "check"):
        answer = site.post("/rules/new", csrf, text=rule(name))
        assert f"<bdi>{name}</bdi>" in page(site, answer.headers["location"])
        assert answer.headers["location"].split("?")[0] in page(site, "/rules")


def test_two_versions_are_compared_line_by_line(site, kit, drafted):
    (newer,) = life.draft(kit, rule(views=200).replace("kim", "lee"), by="usr_analyst")
    kit.clock.move(minutes=1)
    (newest,) = life.draft(kit, rule(views=300), by="usr_analyst")
    site.log_in(Role.ANALYST)
    text = page(site, f"/rules/busy?version={newest.id}&against={drafted.id}")
    assert "<del>    when=item.views &gt; <b>100</b>," in text
    assert "<ins>    when=item.views &gt; <b>300</b>," in text
    assert "<b>lee</b>" in page(site, f"/rules/busy?version={newest.id}")
    assert strings.text("rules.first") in page(site, f"/rules/busy?version={drafted.id}")
    assert newer.id in page(site, "/rules/busy")


def test_hits_are_counted_by_hour_and_day_and_shown_beside_the_live_version(site, kit, asked):
    site.log_in(Role.LEAD)
    life.approve(kit, asked.id, by=site.people["lead"].id)
    life.set_share(kit, asked.id, 100, by=site.people["lead"].id)
    (newer,) = life.draft(kit, rule(views=600), by=site.people["analyst"].id)
    life.shadow(kit, newer.id, by=newer.created_by)
    kit.clock.move(hours=3)
    come_in(kit, 650, 610, 800, name="later")
    with kit.store.read() as tx:
        counted = [(hit.item, hit.live) for hit in tx.rule_hits.of_rule(newer.id, limit=9)]
    assert sorted(counted) == [("later-0", False), ("later-1", False), ("later-2", False)]
    hit(kit, newer, "post-1")
    hit(kit, asked, "gone", live=True)
    text = page(site, "/rules")
    assert text.count("<title>shadow") == 0
    assert f"shadow {newer.id[:8]}: 4; live {asked.id[:8]}: 4" in text
    beside = page(site, f"/rules/busy?version={newer.id}")
    only = beside.split(strings.text("rules.only_this"))[1]
    assert "post-1" in only.split(strings.text("rules.only_other"))[0]
    assert "gone" in only.split(strings.text("rules.only_other"))[1]
    other = page(site, f"/rules/busy?version={asked.id}")
    assert "gone" in other.split(strings.text("rules.only_this"))[1].split(strings.text("rules.only_other"))[0]


def test_an_item_that_only_one_version_hit_leads_to_its_case(site, kit, asked, seen):
    site.log_in(Role.LEAD)
    life.approve(kit, asked.id, by=site.people["lead"].id)
    (newer,) = life.draft(kit, rule(views=600), by=site.people["analyst"].id)
    life.shadow(kit, newer.id, by=newer.created_by)
    hit(kit, newer, "seen-0", "unseen")
    text = page(site, f"/rules/busy?version={newer.id}")
    assert f'<a href="/cases/{case_id_of("seen-0")}"><bdi>seen-0</bdi></a>' in text
    assert "<bdi>unseen</bdi>" in text
    site.log_in(Role.ANALYST)
    assert "/cases/" not in page(site, f"/rules/busy?version={newer.id}")


def test_a_version_that_this_release_cannot_read_is_shown_and_said_so(site, kit, drafted):
    with kit.store.write() as tx:
        tx.rules.replace(replace(drafted, text="rule(name='busy', then=explode)"))
    site.log_in(Role.LEAD)
    assert strings.text("rules.unreadable") in page(site, "/rules/busy")
    assert "busy" in page(site, "/rules")


def test_a_backtest_that_this_release_cannot_read_asks_for_another(site, kit, asked):
    with kit.store.write() as tx:
        (kept,) = tx.backtests.find(rule=asked.id)
        tx.backtests.add(replace(kept, id="other", report="{}"))
        tx.rules.replace(replace(asked, backtest="other"))
    site.log_in(Role.LEAD)
    assert "run the backtest again" in page(site, "/rules/busy")
    assert "run the backtest again" in page(site, "/rules")


def test_the_operator_is_called_what_they_are(site, kit):
    life.draft(kit, rule(), by="operator")
    site.log_in(Role.LEAD)
    assert strings.text("rules.operator") in page(site, "/rules")


def test_who_approves_is_told_on_the_first_page(site, asked):
    site.log_in(Role.LEAD)
    assert f"1 {strings.text('home.rules_wait')}" in page(site, "/")
    site.log_in(Role.REVIEWER)
    assert strings.text("home.rules_wait") not in page(site, "/")


@pytest.mark.parametrize(("kind", "hits"), [(Unusual.MORE, 45), (Unusual.SILENT, 0)])
def test_an_alarm_is_on_top_until_somebody_looked(site, kit, asked, kind, hits):
    csrf = site.log_in(Role.LEAD)
    life.approve(kit, asked.id, by=site.people["lead"].id)
    alarm = rule_alarms.new(
        asked.id, "busy", kit.clock.now(), Finding(kind=kind, hits=hits, events=60, usual=3.14), counted=hits
    )
    with kit.store.write() as tx:
        rule_alarms.write(tx, alarm)
    assert f"1 {strings.text('home.rules_ring')}" in page(site, "/")
    text = page(site, "/rules")
    assert strings.text("rules.ring_more" if hits else "rules.ring_silent") in text
    assert f"{strings.text('rules.ring_usual')} 3.14" in text
    here = re.search(r'action="(/rules/alarms/[^"]+/seen)"', text)[1]
    assert f'formaction="/rules/{asked.id}/rollback"' in text
    site.log_in(Role.REVIEWER)
    assert "/rules/alarms/" not in page(site, "/rules")
    csrf = site.log_in(Role.LEAD)
    assert site.post(here, csrf, note="a fair in town").headers["location"] == "/rules?done=1"
    again = site.post(here, csrf)
    assert (again.status_code, "looked at alarm" in again.text) == (409, True)
    assert site.post("/rules/alarms/rule:none/seen", csrf).status_code == 404


def test_a_case_says_clause_by_clause_why_a_rule_put_it_there(site, kit, asked):
    site.log_in(Role.LEAD)
    life.approve(kit, asked.id, by=site.people["lead"].id)
    life.set_share(kit, asked.id, 100, by=site.people["lead"].id)
    come_in(kit, 4_321, name="after")
    site.log_in(Role.REVIEWER)
    text = page(site, f"/cases/{case_id_of('after-0')}")
    assert "Seen 4321 times." in text
    assert '<code dir="ltr">item.views &gt; 100</code>' in text
    assert '<bdi dir="ltr">item.views</bdi> = <bdi>4321</bdi>' in text
    assert '<a href="/rules/busy">' in text


def test_a_rule_that_names_what_was_designated_since_is_said_to_do_nothing(site, kit, tmp_path, drafted):
    text = rule("naming").replace("item.views > 100", 'contains(item.text, "grey lantern")')
    (version,) = life.draft(kit, text, by="operator")
    life.shadow(kit, version.id, by="operator")
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="lee")
    path = tmp_path / "names.csv"
    path.write_text("type,value\nname,Grey Lantern\n")
    banks.import_list(kit, "names", path, by="lee")
    come_in(kit, 5)
    site.log_in(Role.LEAD)
    assert strings.text("rules.idle") in page(site, "/rules/naming")
    assert strings.text("rules.idle") not in page(site, "/rules/busy")


def test_a_page_need_not_wait_for_a_long_run(site, kit, drafted, monkeypatch):
    """The run is held up until the page was read; then it is there without anybody asking again."""
    go_on = threading.Event()
    real = rule_steps.keep

    def slow(*given, **named):
        assert go_on.wait(30)
        return real(*given, **named)

    monkeypatch.setattr(rule_steps, "keep", slow)
    site.client.app.state["runs"]._patience_s = 0.05
    come_in(kit, 50, 500)
    kit.clock.move(hours=1)
    csrf, here = site.log_in(Role.ANALYST), f"/rules/{drafted.id}"
    answer = site.post(f"{here}/backtest", csrf, days="30")
    text = page(site, answer.headers["location"].partition("#")[0])
    assert strings.text("rules.running") in text
    assert f'content="3; url=/rules/busy?version={drafted.id}"' in text
    twice = site.post(f"{here}/backtest", csrf, days="30")
    assert (twice.status_code, "runs already" in twice.text) == (409, True)
    run = site.client.app.state["runs"]._runs[drafted.id]
    go_on.set()
    run.future.result(30)
    text = page(site, here)
    assert strings.text("rules.running") not in text
    assert "It hits 1 of 2 items" in text
