"""The console's pages as HTML: what they show, to whom, and what they never let through."""

import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from abate.access import passwords
from abate.domain.action import ActionState
from abate.domain.case import CaseState
from abate.domain.order import OrderState
from abate.domain.person import Role
from abate.domain.scan import Verdict
from abate.domain.signal import ContextLabel, Outlook
from abate.flows import cases, orders, people, worker
from abate.web import moments, pages, strings
from abate.web.console import records

PASSWORD = "four plain words suffice"
REASON = "The link leads to a page that is not ours; which page is meant?"


@pytest.fixture
def _cheap(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


def body(site, path: str, status: int = 200) -> str:
    answer = site.client.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.text


@pytest.mark.parametrize("role", list(Role))
def test_the_first_page_shows_each_role_its_part_and_no_link_that_would_refuse_it(site, waiting, role):
    site.log_in(role)
    text = body(site, "/")
    assert ("What is due" in text) == (role in {Role.LEAD, Role.LEGAL, Role.AUDITOR})
    assert ("What waits" in text) == (role in {Role.REVIEWER, Role.LEAD, Role.LEGAL, Role.AUDITOR})
    assert (">Presence" in text) == (role in {Role.LEAD, Role.LEGAL, Role.ANALYST, Role.AUDITOR})
    for link in set(re.findall(r'href="(/[a-z]*)"', text)):
        body(site, link)


def test_text_of_an_item_is_shown_and_never_run(site, waiting):
    ids, _ = waiting
    site.log_in(Role.REVIEWER)
    text = body(site, f"/cases/{ids[0]}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "<bdi>u&#34;&gt;&lt;b&gt;</bdi>" in text
    assert 'dir="auto">كلمات' in body(site, f"/cases/{ids[1]}")


def test_nothing_of_a_page_is_inline_or_from_elsewhere(site, waiting, kit):
    ids, order = waiting
    site.log_in(*Role)
    paths = ["/", "/queue", f"/cases/{ids[0]}", "/orders", f"/orders/{order.id}", "/orders/new", "/measure", "/actions"]
    for path in [*paths, "/audit", "/account", "/users", "/nowhere"]:
        text = site.client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?! src=\"/static/)", text), path
        assert not re.search(r"(?:src|action)=\"(?!/)", text), path
        assert not re.search(r"<(?:link|a)[^>]+href=\"(?:https?:|//)", text), path
        assert all("csrf" in form for form in re.findall(r"<form method=\"post\".*?</form>", text, re.DOTALL)), path
        assert text.count('class="skip"') == 1


def test_every_field_has_a_label(site, waiting):
    ids, order = waiting
    site.log_in(*Role)
    for path in (f"/cases/{ids[0]}", f"/orders/{order.id}", "/orders/new", "/account", "/users"):
        text = body(site, path)
        for field in re.finditer(r"<(?:input|select|textarea)\b[^>]*>", text):
            if "hidden" in field[0] or "aria-label" in field[0]:
                continue
            before = text[: field.start()]
            assert before.rfind("<label") > before.rfind("</label>"), (path, field[0])


@pytest.mark.usefixtures("waiting")
def test_a_decision_leads_to_the_next_case_with_its_undo(site):
    csrf = site.log_in(Role.REVIEWER)
    first = cases.queue(site.kit)[0].case.id
    answer = site.post(f"/cases/{first}/decide", csrf, verdict="limit", ground="DSA_ART16", note="seen")
    next_page = answer.headers["location"]
    assert next_page.endswith(f"?done={first}")
    assert first not in next_page.split("?")[0]
    text = body(site, next_page)
    assert f'action="/cases/{first}/undo"' in text
    view = cases.show(site.kit, first)
    assert (view.decisions[-1].verdict, view.decisions[-1].note) == (Verdict.LIMIT, "seen")
    assert view.decisions[-1].by == site.people["reviewer"].id
    undone = site.post(f"/cases/{first}/undo", csrf)
    assert undone.headers["location"] == f"/cases/{first}?undone=1"
    assert "taken back" in body(site, undone.headers["location"])
    assert cases.show(site.kit, first).case.state is CaseState.OPEN


def test_the_last_decision_leads_to_the_empty_queue(site, waiting):
    ids, _ = waiting
    csrf = site.log_in(Role.REVIEWER)
    for case in ids:
        answer = site.post(f"/cases/{case}/decide", csrf, verdict="none")
    assert answer.headers["location"] == f"/queue?done={ids[-1]}"
    text = body(site, answer.headers["location"])
    assert "Nothing waits" in text
    assert "undo" in text
    assert "done" not in body(site, "/queue?done=unknown").split("<main")[1]
    decided = body(site, f"/cases/{ids[0]}")
    assert 'data-key="u"' in decided
    assert "verdict-none" in decided


def test_two_reviewers_at_one_case_one_is_told(site, waiting):
    ids, _ = waiting
    csrf = site.log_in(Role.REVIEWER)
    site.post(f"/cases/{ids[0]}/decide", csrf, verdict="none")
    answer = site.post(f"/cases/{ids[0]}/decide", csrf, verdict="remove")
    assert answer.status_code == 409
    assert cases.show(site.kit, ids[0]).decisions[-1].verdict is Verdict.NONE


def test_who_reads_cases_sees_no_buttons_to_decide(site, waiting):
    ids, _ = waiting
    site.log_in(Role.AUDITOR)
    text = body(site, f"/cases/{ids[0]}")
    assert "does not decide" in text
    assert "data-decides" not in text


def test_a_long_queue_shows_the_first_hundred_and_says_so(site, waiting, monkeypatch):
    from abate.web.console import review

    monkeypatch.setattr(review, "SHOWN", 2)
    site.log_in(Role.REVIEWER)
    text = body(site, "/queue")
    assert text.count("data-row") == 2
    assert "Only the most urgent" in text


def test_an_order_is_entered_watched_and_answered(site, waiting, clock):
    csrf = site.log_in(Role.LEGAL)
    assert "2026-03-02T12:00:00+00:00" in body(site, "/orders/new")
    given = {
        "authority": "Ministry",
        "authority_reference": "GL-20",
        "issuing_state": "de",
        "received_at": "2026-03-02T12:00:00+00:00",
        "raw": "Remove it.",
        "items": "post-2\n\n post-3 ",
        "urls": "https://harbour.example/2",
        "material_types": ["INCITES", "THREATENS"],
        "reasons": "It asks for it.",
        "authentication": "unverified",
    }
    wrong = site.post("/orders/new", csrf, **{**given, "received_at": "2026-03-02T12:00:00"})
    assert wrong.status_code == 422
    assert 'value="GL-20"' in wrong.text
    assert wrong.text.count(" checked") == 2
    assert site.post("/orders/new", csrf, **{**given, "authentication": "sure"}).status_code == 422
    assert site.post("/orders/new", csrf, **{**given, "raw": " "}).status_code == 422
    here = site.post("/orders/new", csrf, **given).headers["location"]
    order = orders.show(site.kit, here.rsplit("/", 1)[1])
    assert (order.issuing_state, order.items) == ("DE", ("post-2", "post-3"))
    clock.move(minutes=50)
    assert "countdown soon" in body(site, here)
    site.post(f"{here}/pause", csrf, ground="unclear", reason=REASON)
    assert "waiting" in body(site, here)
    assert "waiting" in body(site, "/orders")
    site.post(f"{here}/resume", csrf, reason="The authority named the right page.")
    assert site.post(f"{here}/authenticate", csrf, authentication="sure").status_code == 422
    site.post(f"{here}/authenticate", csrf, authentication="verified")
    assert "not verified" not in body(site, here).split("<main")[1].split("<details")[0]
    assert "Nothing here answers to:" in body(site, here)
    site.post(f"{here}/execute", csrf, although_unmatched="1")
    worker.tick(site.kit, worker="w")
    site.post(f"{here}/reply", csrf, text="Annex II, sent by mail.")
    assert orders.show(site.kit, order.id).state is OrderState.REPLIED
    assert "Annex II, sent by mail." in body(site, here)


def test_an_order_is_paused_as_impossible_or_found_to_be_none(site, waiting):
    _, order = waiting
    csrf = site.log_in(Role.LEGAL)
    site.post(f"/orders/{order.id}/pause", csrf, ground="impossible", reason=REASON)
    assert orders.show(site.kit, order.id).state is OrderState.IMPOSSIBLE
    site.post(f"/orders/{order.id}/resume", csrf, reason="The outage of our provider ended.")
    site.post(f"/orders/{order.id}/reject", csrf, reason="The sender is no competent authority of a Member State.")
    assert orders.show(site.kit, order.id).state is OrderState.NOT_AN_ORDER
    site.log_in(Role.AUDITOR)
    assert "<form" not in body(site, f"/orders/{order.id}").split("<main")[1].split("</main")[0]


def test_a_late_clock_says_so_in_words(site, waiting, clock):
    site.log_in(Role.LEGAL)
    clock.move(minutes=61)
    site.log_in(Role.LEGAL)
    text = body(site, "/orders")
    assert "countdown late" in text
    assert "1 min 00 s</span> late" in text


def test_what_could_not_be_delivered_is_sent_again_under_its_key(site, waiting, platform, clock):
    ids, _ = waiting
    csrf = site.log_in(Role.LEAD)
    platform.refusals = 99
    site.post(f"/cases/{ids[0]}/decide", csrf, verdict="remove")
    for _ in range(12):
        worker.tick(site.kit, worker="w")
        clock.move(hours=1)
    csrf = site.log_in(Role.LEAD)
    text = body(site, "/actions")
    assert "answered 503" in text
    assert "could not be delivered" in body(site, "/")
    platform.refusals = 0
    key = platform.asked[0].id
    assert site.post(f"/actions/{key}/retry", csrf).headers["location"] == "/actions"
    worker.tick(site.kit, worker="w")
    assert {action.id for action in platform.asked} == {key}
    with site.kit.store.read() as tx:
        assert tx.actions.get(key).state is ActionState.SENT


def test_the_audit_page_pages_through_the_whole_chain(site, kit, clock):
    with kit.store.write() as tx:
        for number in range(123):
            tx.audit.append(at=clock.now(), tag="test:number:counted", subject=f"n{number + 1}", body={"n": number})
    site.log_in(Role.AUDITOR)
    seen: list[int] = []
    path = "/audit"
    while path:
        text = body(site, path)
        assert "links shown here hold" in text
        seen += [int(number) for number in re.findall(r'class="figure">(\d+)<', text)]
        older = re.search(r'href="(/audit\?before=\d+)">Older', text)
        path = older[1] if older else ""
    assert seen == list(range(123, 0, -1))
    assert 'href="/audit?before=74">Newer' in body(site, "/audit?before=24")
    for strange in ("x", "0", "1", "999999999999999", "9" * 40, "-5"):
        body(site, f"/audit?before={strange}")


def test_an_empty_chain_is_said_to_be_empty(site):
    site.log_in(Role.AUDITOR)
    assert "Nothing was recorded yet" in body(site, "/audit")


def test_a_broken_chain_is_said_to_be_broken(site, kit, clock, monkeypatch):
    with kit.store.write() as tx:
        for number in range(3):
            tx.audit.append(at=clock.now(), tag="test:number:counted", subject=f"n{number}", body={})
    with kit.store.read() as tx:
        chain = tx.audit.read()
    assert records._fault([chain[0], replace(chain[1], subject="other"), chain[2]], None).startswith("audit record 2")
    monkeypatch.setattr(records, "_fault", lambda *_: "audit record 2 does not follow")
    site.log_in(Role.AUDITOR)
    assert 'role="alert"' in body(site, "/audit")


@pytest.mark.usefixtures("seen")
def test_measures_that_lack_data_say_so_and_the_rest_is_drawn(site):
    site.log_in(Role.ANALYST)
    text = body(site, "/measure")
    assert text.count("<svg") >= 1
    assert text.count('class="claim ') == 7
    assert "Cannot be seen from here" in text


def test_before_anything_was_seen_all_seven_rows_are_grey_and_none_is_an_error(site):
    site.log_in(Role.ANALYST)
    text = body(site, "/measure")
    assert "Nothing to measure yet" in text
    assert text.count('class="claim claim-unseen"') == 7
    assert site.client.get("/measure/numbers.json").json()["numbers"].keys() == {"missing"}
    assert site.client.get("/measure/chart/presence.svg").status_code == 404


@pytest.mark.usefixtures("seen")
def test_every_chart_and_every_number_of_the_page_can_be_taken_along(site):
    site.log_in(Role.ANALYST)
    text = body(site, "/measure")
    picture = site.client.get("/measure/chart/presence.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["content-disposition"].startswith("attachment")
    ET.fromstring(picture.text)  # noqa: S314 - ours
    values = site.client.get("/measure/chart/presence.csv").text
    assert "week" in values.splitlines()[0].lower()
    assert site.client.get("/measure/chart/presence.exe").status_code == 404
    numbers = site.client.get("/measure/numbers.json").content
    assert hashlib.sha256(numbers).hexdigest() in text, "the foot of the page names the hash of what it offers"


def test_a_token_is_shown_once_and_revoked_by_its_owner_only(site):
    csrf = site.log_in(Role.REVIEWER)
    made = site.post("/account/tokens", csrf, name="forum", days="30", scopes=["cases:read", "nonsense"])
    secret = re.search(r"abt_[\w-]{43}", made.text)[0]
    assert secret not in body(site, "/account")
    (token,) = people.tokens_of(site.kit, site.people["reviewer"].id)
    assert site.client.get("/v1/cases", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    other = site.log_in(Role.LEAD)
    assert site.post(f"/account/tokens/{token.id}/revoke", other).status_code == 404
    csrf = site.log_in(Role.REVIEWER)
    site.post(f"/account/tokens/{token.id}/revoke", csrf)
    assert site.client.get("/v1/cases", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert "revoked" in body(site, "/account")


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": "0"},
        {"days": "367"},
        {"days": "soon"},
        {"days": "99999"},
        {"scopes": []},
        {"scopes": ["audit:read"]},
        {"name": ""},
    ],
)
def test_a_token_that_does_not_fit_is_refused_on_the_page(site, wrong):
    csrf = site.log_in(Role.REVIEWER)
    given = {"name": "x", "days": "9", "scopes": ["cases:read"], **wrong}
    answer = site.post("/account/tokens", csrf, **given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert people.tokens_of(site.kit, site.people["reviewer"].id) == []


@pytest.mark.usefixtures("_cheap")
def test_password_and_second_factor_want_the_present_password(site, kit, clock):
    lee = people.add_user(kit, "lee", PASSWORD, [Role.REVIEWER], by="operator")
    site.people["lee"] = lee
    csrf = site.log_in(name="lee")
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', body(site, "/account"))[1]
    code = pyotp.TOTP(secret).at(clock.now())
    for path in ("/account/password", "/account/factor", "/account/factor/remove"):
        answer = site.post(path, csrf, present="wrong", password="another long one", secret=secret, code=code)
        assert answer.status_code == 422
        assert "password is wrong" in answer.text
    assert site.post("/account/factor", csrf, present=PASSWORD, secret=secret, code="000000").status_code == 422
    site.post("/account/factor", csrf, present=PASSWORD, secret=secret, code=code)
    assert "asks for a code" in body(site, "/account")
    site.post("/account/factor/remove", csrf, present=PASSWORD)
    assert people.users(kit)[0].totp_secret == ""
    assert site.post("/account/password", csrf, present=PASSWORD, password="short").status_code == 422
    site.post("/account/password", csrf, present=PASSWORD, password="another long one")
    assert "Saved." in body(site, "/account?done=1")
    people.log_in(kit, "lee", "another long one")


@pytest.mark.usefixtures("_cheap")
def test_an_admin_adds_changes_and_shuts_out(site, kit):
    csrf = site.log_in(Role.ADMIN)
    assert site.post("/users", csrf, name="kim", password="short").status_code == 422
    site.post("/users", csrf, name="Kim", password=PASSWORD, roles=["reviewer", "nonsense"])
    kim = next(user for user in people.users(kit) if user.name == "kim")
    assert kim.roles == (Role.REVIEWER,)
    again = site.post("/users", csrf, name="kim", password=PASSWORD)
    assert "exists" in again.text
    here = f"/users/{kim.id}"
    site.post(f"{here}/roles", csrf, roles=["lead", "legal"])
    site.post(f"{here}/password", csrf, password="another long one")
    assert site.post(f"{here}/password", csrf, password="short").status_code == 422
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    people.set_second_factor(kit, kim.id, secret, pyotp.TOTP(secret).at(kit.clock.now()), by=kim.id)
    assert "second factor" in body(site, "/users")
    site.post(f"{here}/factor", csrf)
    people.log_in(kit, "kim", "another long one")
    site.post(f"{here}/disable", csrf)
    assert "disabled" in body(site, "/users")
    site.post(f"{here}/enable", csrf)
    people.log_in(kit, "kim", "another long one")
    me = site.people["admin"].id
    for change in (f"/users/{me}/disable", f"/users/{me}/roles"):
        answer = site.post(change, csrf)
        assert answer.status_code == 422
        assert "last user who can manage" in answer.text
    assert site.post("/users/unknown/enable", csrf).status_code == 404


def test_who_has_no_role_is_told_so(site):
    site.log_in(name="bare")
    assert "a user without a role" in body(site, "/account", 403)


BUILT = (
    "verdict.",
    "ground.",
    "role.",
    "authentication.",
    "entry.",
    "opinion.",
    "purpose.",
    "context.",
    "outlook.",
    "rulestate.",
    "rulestep.",
)


def test_the_catalogue_is_whole_and_nothing_in_it_is_idle():
    sources = [*(pages.HERE / "templates").glob("*.html"), *pages.HERE.rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources if path.parent.name != "strings")
    rooms = "|".join(sorted({key.split(".")[0] for key in strings.ENGLISH}))
    named = re.findall(rf"""['"]((?:{rooms})\.[a-z_]+)['"]""", text)
    used = {name for name in named if not name.endswith((".html", ".css", ".js"))}
    built = {key for key in strings.ENGLISH if key.startswith(BUILT)}
    built |= {f"measure.{name}{part}" for name in ("presence", "following", "survival") for part in ("", "_lead")}
    assert used - set(strings.ENGLISH) == set()
    assert set(strings.ENGLISH) - used - built == set()


def test_every_value_that_a_page_names_by_its_code_is_in_the_catalogue():
    from abate.domain.case import Ground
    from abate.domain.order import Authentication
    from abate.domain.rule import RuleState, RuleStep

    named = {"verdict": Verdict, "ground": Ground, "role": Role, "authentication": Authentication, "outlook": Outlook}
    named |= {"rulestate": RuleState, "rulestep": RuleStep}
    named["context"] = set(ContextLabel) - {ContextLabel.UNKNOWN}
    for prefix, values in named.items():
        for value in values:
            assert strings.text(f"{prefix}.{value}")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min 00 s"),
        (59, "0 min 59 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (90061, "1 d 1 h"),
        (-61, "1 min 01 s"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds, said):
    assert moments.span(timedelta(seconds=seconds)) == said
