"""Sessions in a browser: the cookie, the way back, and forms that other sites send."""

import pytest
from argon2 import PasswordHasher

from abate.access import passwords
from abate.domain.person import Role
from abate.flows import people
from abate.web import pages

PASSWORD = "four plain words suffice"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def lee(kit):
    return people.add_user(kit, "lee", PASSWORD, [Role.REVIEWER], by="operator")


def send(site, **fields):
    given = {"name": "lee", "password": PASSWORD, "code": "", "next": "/", **fields}
    return site.client.post("/login", data=given, follow_redirects=False)


def test_the_cookie_is_hidden_from_scripts_and_from_other_sites(site, lee):
    answer = send(site)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    for word in ("abate_session=", "HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert word in cookie
    assert "Secure" not in cookie
    assert site.client.get("/login", follow_redirects=False).headers["location"] == "/"


def test_over_https_the_cookie_is_bound_to_this_host(kit, lee):
    from dataclasses import replace

    from litestar.testing import TestClient

    from abate.web import make

    secure = replace(kit, settings=replace(kit.settings, secure_cookies=True))
    with TestClient(make(secure), base_url="https://127.0.0.1") as client:
        answer = client.post("/login", data={"name": "lee", "password": PASSWORD}, follow_redirects=False)
        assert answer.headers["set-cookie"].startswith("__Host-abate=")
        assert "Secure" in answer.headers["set-cookie"]
        assert client.get("/queue").status_code == 200


def test_a_wrong_password_says_so_once_and_keeps_the_name(site, lee):
    answer = send(site, password="wrong wrong wrong")
    assert answer.status_code == 403
    assert people.WRONG_LOGIN in answer.text
    assert 'value="lee"' in answer.text
    assert "set-cookie" not in answer.headers


def test_a_login_ends_the_session_that_was_there(site, kit, lee):
    site.log_in(Role.ADMIN)
    planted = site.client.cookies["abate_session"]
    send(site)
    assert people.who(kit, planted) is None


def test_logging_out_ends_the_session_on_the_server(site, kit, lee):
    csrf = site.log_in(Role.REVIEWER)
    secret = site.client.cookies["abate_session"]
    answer = site.post("/logout", csrf)
    assert answer.headers["location"] == "/login"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert people.who(kit, secret) is None
    site.client.cookies.clear()
    assert site.client.post("/logout", follow_redirects=False).status_code == 303


def test_who_is_not_logged_in_is_sent_to_the_login_and_back(site):
    answer = site.client.get("/queue", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/queue")
    assert site.client.get("/", follow_redirects=False).headers["location"] == "/login"
    assert site.client.post("/users", follow_redirects=False).headers["location"] == "/login"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/%2fevil", "javascript:alert(1)", "", "/a?b=//c"],
)
def test_the_way_back_leads_nowhere_else(target):
    assert pages.safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/queue", "/cases/c123abc", "/orders/new"])
def test_the_way_back_leads_home(site, lee, target):
    assert send(site, next=target).headers["location"] == target


def test_a_form_without_the_sessions_secret_changes_nothing(site, kit, waiting):
    (case, *_), _ = waiting
    csrf = site.log_in(Role.REVIEWER)
    for sent in ("", "x", csrf[:-1]):
        answer = site.post(f"/cases/{case}/decide", sent, verdict="remove")
        assert answer.status_code == 403
        assert "earlier login" in answer.text
    assert site.client.post(f"/cases/{case}/decide", follow_redirects=False).status_code == 403
    with kit.store.read() as tx:
        assert tx.decisions.count() == 0
    assert site.post(f"/cases/{case}/decide", csrf, verdict="none").status_code == 303


def test_another_sessions_secret_does_not_do(site, waiting):
    (case, *_), _ = waiting
    other = site.log_in(Role.LEAD)
    site.log_in(Role.REVIEWER)
    assert site.post(f"/cases/{case}/decide", other, verdict="none").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1.evil.example:8400"},
    ],
)
def test_a_form_from_another_site_is_refused_even_at_the_login(site, lee, headers):
    answer = site.client.post("/login", data={"name": "lee", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": "null"}, {"origin": "http://127.0.0.1:8400"}],
)
def test_our_own_form_is_taken(site, lee, headers):
    answer = site.client.post(
        "/login", data={"name": "lee", "password": PASSWORD}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 303


def test_a_session_cookie_opens_nothing_of_the_api_and_a_token_nothing_of_the_console(site):
    site.log_in(Role.LEAD)
    assert site.client.get("/v1/cases").status_code == 401
    site.client.cookies.clear()
    from abate.domain.person import Permission

    bearer = site.bearer(Role.LEAD, scopes=[Permission.CASES_READ])
    assert site.client.get("/queue", headers=bearer, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("note", "x" * 2001, "the limit is 2000"),
        ("note", "a\0b", "NUL"),
        ("verdict", "burn", "no decision"),
        ("verdict", "review", "no decision"),
        ("ground", "BECAUSE", "no ground"),
    ],
)
def test_a_field_that_does_not_fit_is_named(site, waiting, field, value, words):
    (case, *_), _ = waiting
    csrf = site.log_in(Role.REVIEWER)
    answer = site.post(f"/cases/{case}/decide", csrf, **{"verdict": "none", field: value})
    assert answer.status_code == 422
    assert words in answer.text


def test_a_file_in_a_text_field_is_refused(site, waiting):
    (case, *_), _ = waiting
    csrf = site.log_in(Role.REVIEWER)
    answer = site.client.post(
        f"/cases/{case}/decide", data={"csrf": csrf, "verdict": "none"}, files={"note": ("a.txt", b"x")}
    )
    assert answer.status_code == 422
    assert "not a file" in answer.text
    refused = site.client.post(f"/cases/{case}/decide", files={"csrf": ("a.txt", csrf.encode())})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({}, "", "ltr"),
        ({"accept-language": "ar"}, "", "rtl"),
        ({"accept-language": "ckb-IQ;q=0.9,en"}, "", "rtl"),
        ({"accept-language": "de-DE,ar"}, "", "ltr"),
        ({"accept-language": "*"}, "", "ltr"),
        ({"accept-language": "ar"}, "?lang=en", "ltr"),
        ({}, "?lang=ur", "rtl"),
        ({}, "?lang=<b>", "ltr"),
    ],
)
def test_the_page_reads_in_the_direction_of_the_reader(site, headers, query, expected):
    assert f'<html lang="en" dir="{expected}">' in site.client.get(f"/login{query}", headers=headers).text


def test_the_chosen_direction_stays(site):
    csrf = site.log_in(Role.ANALYST)
    site.post("/account/direction", csrf, direction="rtl")
    assert 'dir="rtl"' in site.client.get("/account").text
    site.post("/account/direction", csrf, direction="sideways")
    assert 'dir="ltr"' in site.client.get("/account").text
