"""What holds before and after every route: the host, the headers, one shape of error."""

import logging

import msgspec
import pytest
from litestar import get
from litestar.exceptions import HTTPException, ImproperlyConfiguredException
from litestar.testing import TestClient

from abate.domain.errors import ChainBrokenError, PartnerError, StoreError
from abate.domain.person import Permission, Role
from abate.domain.work import Job, JobKind
from abate.web import door, entry, make, problems
from abate.web import site as whole

SHAPE = {"type", "title", "status", "detail", "errors"}
PATHS = ["/", "/login", "/nowhere", "/v1/cases", "/v1/nowhere", "/static/abate.css", "/health", "/schema/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(site, path):
    headers = site.client.get(path, follow_redirects=False).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {name: headers[name] for name in door.HEADERS} == dict(door.HEADERS)
    assert headers["cache-control"] == ("no-store" if "static" not in path else "public, max-age=604800, immutable")
    assert "server" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "[::1]", "[::1"]
)
def test_a_foreign_host_is_refused_before_anything_else(site, host):
    answer = site.client.get("/health", headers={"host": host})
    assert answer.status_code == 421
    assert set(answer.json()) == SHAPE
    assert answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8400", "LOCALHOST"])
def test_our_hosts_are_answered_on_every_port(site, host):
    assert site.client.get("/health", headers={"host": host}).json() == {"status": "alive"}


def test_an_ipv6_host_may_be_named(kit):
    from dataclasses import replace

    opened = replace(kit, settings=replace(kit.settings, hosts="[::1], 127.0.0.1 ,"))
    with TestClient(make(opened)) as client:
        assert client.get("/health", headers={"host": "[::1]:8400"}).status_code == 200
        assert client.get("/health", headers={"host": ""}).status_code == 421


@pytest.mark.parametrize("named", [[], [b"127.0.0.1", b"evil.example"], [b"127.0.0.1", b"127.0.0.1"]])
def test_no_host_header_and_two_of_them_are_no_host(named):
    assert door._host({"headers": [(b"host", name) for name in named]}) == ""


def bad_requests(site):
    everything = [p for p in Permission if p not in {Permission.TOKENS_OWN, Permission.USERS_MANAGE}]
    bearer = site.bearer(*Role, scopes=everything)
    json = {**bearer, "content-type": "application/json"}
    call = site.client.request
    yield 401, call("GET", "/v1/cases")
    yield 401, call("GET", "/v1/cases", headers={"authorization": "Basic abc"})
    yield 403, call("GET", "/v1/cases", headers=site.bearer(Role.ANALYST, scopes=[Permission.MEASURE_READ]))
    yield 404, call("GET", "/v1/nowhere", headers=bearer)
    yield 404, call("GET", "/v1/cases/c-unknown", headers=bearer)
    yield 405, call("DELETE", "/v1/cases", headers=bearer)
    yield 405, call("OPTIONS", "/v1/cases", headers=bearer)
    yield 413, call("POST", "/v1/cases/c1/decisions", headers=json, content=b"x" * (whole.BODY_LIMIT + 1))
    yield 415, call("POST", "/v1/items", headers={**bearer, "content-type": "text/csv"}, content=b"a,b")
    yield 422, call("POST", "/v1/cases/c1/decisions", headers=json, content=b'{"verdict": "burn"}')
    yield 422, call("POST", "/v1/cases/c1/decisions", headers=json, content=b'{"verdict": "none", "extra": 1}')
    yield 422, call("POST", "/v1/cases/c1/decisions", headers=json, content=b'{"verdict": "review"}')
    yield 422, call("GET", "/v1/cases?limit=0", headers=bearer)
    yield 422, call("GET", "/v1/audit?after=x", headers=bearer)
    yield 400, call("POST", "/v1/cases/c1/decisions", headers=json, content=b"{")
    yield 422, call("POST", "/v1/items", headers=json, content=b"{")


def test_every_error_of_the_api_has_one_shape(site):
    for status, answer in bad_requests(site):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == problems.MEDIA_TYPE
        body = answer.json()
        assert set(body) == SHAPE
        assert body["status"] == status
        assert body["type"].startswith("urn:abate:problem:")
        assert body["detail"][-1] in ".!?"


def test_the_allow_header_and_the_scheme_are_named(site):
    bearer = site.bearer(Role.LEAD, scopes=[Permission.CASES_READ])
    assert "GET" in site.client.delete("/v1/cases", headers=bearer).headers["allow"]
    assert site.client.get("/v1/cases").headers["www-authenticate"] == "Bearer"


def test_a_wrong_field_is_named(site):
    bearer = site.bearer(Role.LEAD, scopes=[Permission.CASES_READ])
    assert "limit" in site.client.get("/v1/cases?limit=9999", headers=bearer).json()["errors"][0]


def test_people_get_a_page_and_machines_a_problem(site):
    answer = site.client.get("/nowhere", headers={"accept": "*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Nothing is here" in answer.text
    assert site.client.get("/ready/nowhere").headers["content-type"] == problems.MEDIA_TYPE


class BrokenError(Exception):
    """Something of the inside."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreError("the disk is full"), 503),
        (ChainBrokenError("record 7 does not follow"), 503),
        (PartnerError("the platform answered 500"), 502),
        (BrokenError("secret inside"), 500),
        (HTTPException(status_code=500, detail="secret inside"), 500),
    ],
)
def test_a_failure_inside_says_little_and_is_logged(kit, monkeypatch, caplog, error, status):
    def fail(*_):
        raise error

    monkeypatch.setattr(entry.people, "who", fail)
    with TestClient(make(kit), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        client.cookies.set("abate_session", "x")
        with caplog.at_level(logging.ERROR, "abate.web"):
            answer = client.get("/login")
    assert answer.status_code == status
    assert "secret inside" not in answer.text
    if status == 500:
        incident = caplog.records[-1].getMessage().split()[1]
        assert incident in answer.text


def test_ready_says_no_while_the_store_does_not_answer(kit, monkeypatch):
    def fail():
        msg = "gone"
        raise StoreError(msg)

    with TestClient(make(kit), base_url="http://127.0.0.1") as client:
        assert client.get("/ready").json() == {"status": "ready"}
        monkeypatch.setattr(kit.store, "now", fail)
        answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def test_ready_says_no_while_an_alarm_waits_that_no_worker_rings(kit, clock):
    with kit.store.write() as tx:
        tx.jobs.add(Job(key="alarm:order:1:00", kind=JobKind.ALARM, subject="1", run_at=clock.now()))
    with TestClient(make(kit), base_url="http://127.0.0.1") as client:
        assert client.get("/ready").status_code == 200
        clock.move(seconds=31)
        assert client.get("/ready").status_code == 503


def test_a_route_without_a_permission_ends_the_start(kit, monkeypatch):
    @get("/careless", sync_to_thread=False)
    def careless() -> str:
        return "open to all"

    monkeypatch.setattr(whole.machine, "health", careless)
    with pytest.raises(ImproperlyConfiguredException, match="names no permission"):
        make(kit)


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fsite.py", "%2e%2e%2fsite.py", "VENDORED.toml"])
def test_only_listed_files_are_served(site, name):
    assert site.client.get(f"/static/{name}").status_code == 404


def test_the_schema_is_openapi_3_1_and_loads_nothing_from_outside(site):
    answer = site.client.get("/schema/openapi.json")
    schema = msgspec.json.decode(answer.content)
    assert schema["openapi"].startswith("3.1")
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"application/json", "application/x-ndjson"} == set(
        schema["paths"]["/v1/items"]["post"]["requestBody"]["content"]
    )
    assert "ItemIn" in schema["components"]["schemas"]
    assert all(path.startswith("/v1/") for path in schema["paths"])
    assert site.client.get("/schema").status_code == 200
    assert site.client.get("/schema/swagger").status_code == 404
