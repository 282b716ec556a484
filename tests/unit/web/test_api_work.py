"""Cases, orders, deadlines, measures and the audit over the API."""

import base64

import pytest

from abate.domain.audit import AuditRecord, verify
from abate.domain.person import Permission, Role
from abate.domain.times import parse_time
from abate.flows import worker
from abate.web.api import work


@pytest.fixture
def api(site):
    scopes = [p for p in Permission if p not in {Permission.TOKENS_OWN, Permission.USERS_MANAGE}]
    headers = site.bearer(*Role, scopes=scopes)

    def call(method, path, body=None):
        given = {} if body is None else {"json": body}
        return site.client.request(method, path, headers=headers, **given)

    return call


def test_the_queue_holds_the_most_urgent_first_and_no_path_of_ours(api, waiting):
    ids, _ = waiting
    listed = api("GET", "/v1/cases").json()["cases"]
    assert {case["id"] for case in listed} == set(ids)
    assert all(case["due"] == "2026-03-02T13:00:00Z" for case in listed)
    assert "path" not in listed[0]["item"]
    assert len(api("GET", "/v1/cases?limit=2").json()["cases"]) == 2


def test_a_case_is_decided_once_and_undone(api, waiting):
    (case, *_), _ = waiting
    decided = api("POST", f"/v1/cases/{case}/decisions", {"verdict": "remove", "ground": "TCO_ART3", "note": "n"})
    assert decided.status_code == 201
    assert (decided.json()["verdict"], decided.json()["ground"]) == ("remove", "TCO_ART3")
    assert api("POST", f"/v1/cases/{case}/decisions", {"verdict": "none"}).status_code == 409
    shown = api("GET", f"/v1/cases/{case}").json()
    assert (shown["state"], shown["decision"]) == ("decided", decided.json()["id"])
    undone = api("POST", f"/v1/cases/{case}/undo", {"note": "mistake"})
    assert undone.json()["reverses"] == decided.json()["id"]
    assert api("GET", f"/v1/cases/{case}").json()["state"] == "open"
    assert api("POST", f"/v1/cases/{case}/undo", {}).status_code == 409


def order_body(**given):
    return {
        "raw": base64.b64encode(b"Remove it.").decode(),
        "authority": "Ministry of Harbours",
        "authority_reference": "GL-18",
        "issuing_state": "DE",
        "received_at": "2026-03-02T12:50:00+01:00",
        "items": ["post-1"],
        "urls": ["https://harbour.example/post-1"],
        "material_types": ["INCITES"],
        "reasons": "The post asks its readers to commit offences.",
        **given,
    }


def test_an_order_runs_from_receipt_to_reply(api, kit, waiting):
    received = api("POST", "/v1/orders", order_body())
    assert received.status_code == 201
    order = received.json()
    assert (order["due"], order["received_text"]) == ("2026-03-02T12:50:00Z", "2026-03-02T12:50:00+01:00")
    here = f"/v1/orders/{order['id']}"
    assert api("GET", "/v1/due").json()["due"][0]["subject"] == f"order:{order['id']}"
    paused = api("POST", f"{here}/pause", {"impossible": False, "reason": "The link leads to a page that is not ours."})
    assert (paused.json()["state"], paused.json()["due"]) == ("needs_clarification", None)
    resumed = api("POST", f"{here}/resume", {"reason": "The authority named the right page."})
    assert resumed.json()["due"] == "2026-03-02T13:00:00Z"
    doubted = api("POST", f"{here}/execute")
    assert doubted.status_code == 409
    assert "names what is not known here" in doubted.text
    assert api("POST", f"{here}/execute?although_unmatched=1").status_code == 201
    worker.tick(kit, worker="w")
    assert api("GET", here).json()["state"] == "executed"
    assert api("POST", f"{here}/reply", {"text": "Annex II sent"}).json()["state"] == "replied"
    assert api("POST", f"{here}/execute").status_code == 409
    assert len(api("GET", "/v1/orders").json()["orders"]) == 2


@pytest.mark.parametrize("wrong", [{"raw": ""}, {"raw": "!"}, {"received_at": "2026-03-02T12:50:00"}, {"items": "x"}])
def test_an_order_that_does_not_fit_is_refused(api, wrong):
    assert api("POST", "/v1/orders", order_body(**wrong)).status_code == 422


def test_an_order_may_be_larger_than_a_form_and_not_endless(api):
    big = base64.b64encode(b"x" * 1_000_000).decode()
    assert api("POST", "/v1/orders", order_body(raw=big)).status_code == 201
    endless = "A" * (work.ORDER_LIMIT + 4)
    assert api("POST", "/v1/orders", order_body(raw=endless)).status_code == 413


def test_the_chain_can_be_checked_by_whoever_reads_it(api, waiting):
    records = api("GET", "/v1/audit").json()["records"]
    chain = [AuditRecord(**{**record, "at": parse_time(record["at"], "at")}) for record in records]
    assert verify(chain).seq == len(records)
    assert [record["seq"] for record in api("GET", "/v1/audit?after=1&limit=1").json()["records"]] == [2]


@pytest.mark.parametrize("name", ["presence", "following", "survival"])
def test_a_measure_without_data_says_what_is_missing(api, name):
    answer = api("GET", f"/v1/measure/{name}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.usefixtures("seen")
def test_presence_is_counted(api):
    answer = api("GET", "/v1/measure/presence")
    assert answer.status_code == 200
    assert answer.json()["rows"][-1]["value"] == 3
