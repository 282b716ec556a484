"""Items over the API: one, many, again, and broken."""

import base64
import json
from datetime import timedelta

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.person import Permission, Role
from abate.flows import banks
from abate.web import media, repeats
from abate.web.api import items
from abate.web.api.shapes import item_out

WORDS = "The Order of the Grey Lantern lights the harbour tonight, bring the grey flame and tell nobody."


@pytest.fixture
def send(site):
    bearer = site.bearer(Role.LEAD, scopes=[Permission.ITEMS_SUBMIT])

    def sent(body, kind="application/json", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return site.client.post("/v1/items", content=content, headers={**bearer, "content-type": kind, **named})

    return sent


@pytest.fixture
def known(kit, tmp_path):
    """A bank that holds the words above."""
    path = tmp_path / "pledge.txt"
    path.write_text(WORDS)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lee")
    banks.add_files(kit, "lantern", [path], by="lee")


def stored(kit):
    with kit.store.read() as tx:
        return {item.id: item for item in tx.items.find()}


def lines(answer):
    return [json.loads(line) for line in answer.content.splitlines()]


def test_an_upload_that_is_known_opens_a_case(send, kit, known):
    answer = send({"id": "p1", "kind": "text", "text": WORDS, "posted_at": "2026-03-02T11:00:00+01:00", "views": 3})
    assert answer.status_code == 200
    result = answer.json()
    assert (result["item"], result["proposal"]["action"]) == ("p1", "review")
    assert result["matches"][0]["bank"] == "lantern"
    with kit.store.read() as tx:
        assert tx.cases.count(item="p1") == 1
        assert tx.items.get("p1").posted_at.isoformat() == "2026-03-02T10:00:00+00:00"
        assert tx.items.get("p1").platform == "platform"


def test_an_upload_says_where_it_is_shown_and_how_old_account_and_channel_are(send, kit):
    body = {
        "surface": "feed",
        "account_created_at": "2026-03-01T00:00:00+01:00",
        "channel_created_at": "2025-03-01T00:00:00Z",
        "channel_members": 250,
    }
    assert send({"id": "p1", "kind": "text", "text": "harmless", "account": "ash"} | body).status_code == 200
    item = stored(kit)["p1"]
    assert (item.surface, item.channel_members) == ("feed", 250)
    assert item.account_created_at.isoformat() == "2026-02-28T23:00:00+00:00"
    assert item.channel_created_at.isoformat() == "2025-03-01T00:00:00+00:00"
    assert item_out(item).channel_created_at == item.channel_created_at


def test_a_batch_is_answered_line_by_line_and_a_bad_line_stops_nothing(send, kit, known):
    body = b"\n".join(
        [
            b'{"id": "a", "kind": "text", "text": "harmless"}',
            b"{not json",
            b"",
            b'{"id": "b", "kind": "poem"}',
            b'{"id": "c", "kind": "text", "path": "/etc/passwd"}',
            json.dumps({"id": "d", "kind": "text", "text": WORDS}).encode(),
            b"\xff\xfe",
        ]
    )
    answer = send(body, "application/x-ndjson; charset=utf-8")
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = lines(answer)
    assert [line.get("item") for line in found] == ["a", None, None, None, "d", None]
    assert [line["line"] for line in found if "error" in line] == [2, 3, 4, 6]
    assert all(line["error"]["status"] == 422 for line in found if "error" in line)
    assert "path" in found[3]["error"]["detail"]
    assert set(stored(kit)) == {"a", "d"}


def test_a_batch_of_nothing_and_one_of_only_bad_lines_are_answered(send, kit):
    assert send(b"\n\n", "application/x-ndjson").content == b""
    assert len(lines(send(b"{}\n[]", "application/x-ndjson"))) == 2
    assert stored(kit) == {}


def test_more_than_one_transaction_of_lines_keeps_the_order(send, monkeypatch):
    monkeypatch.setattr(items, "BATCH", 3)
    body = b"\n".join(json.dumps({"id": str(n), "kind": "text", "text": "x"}).encode() for n in range(8))
    assert [line["item"] for line in lines(send(body, "application/x-ndjson"))] == [str(n) for n in range(8)]


def test_too_many_lines_are_refused_whole(send, kit, monkeypatch):
    monkeypatch.setattr(items, "MAX_LINES", 2)
    answer = send(b'{"id": "a", "kind": "text"}\n' * 3, "application/x-ndjson")
    assert answer.status_code == 422
    assert stored(kit) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "text"},
        {"id": "", "kind": "text"},
        {"id": "x" * 513, "kind": "text"},
        {"id": "a\0", "kind": "text"},
        {"id": "a", "kind": "text", "text": "x\0"},
        {"id": "a", "kind": "text", "views": -1},
        {"id": "a", "kind": "text", "views": 2**60},
        {"id": "a", "kind": "text", "posted_at": "2026-03-02T11:00:00"},
        {"id": "a", "kind": "text", "posted_at": "1970-01-01T00:00:00Z"},
        {"id": "a", "kind": "text", "posted_at": "0001-01-01T00:00:00+14:00"},
        {"id": "a", "kind": "text", "posted_at": "9999-12-31T23:59:59-14:00"},
        {"id": "a", "kind": "text", "posted_at": "2027-01-01T00:00:00Z"},
        {"id": "a", "kind": "text", "account_created_at": "2026-03-02T11:00:00"},
        {"id": "a", "kind": "text", "account_created_at": "2027-01-01T00:00:00Z"},
        {"id": "a", "kind": "text", "channel_created_at": "1970-01-01T00:00:00Z"},
        {"id": "a", "kind": "text", "channel_members": -1},
        {"id": "a", "kind": "text", "surface": "a\0"},
        {"id": "a", "kind": "photo", "content": "not base64!"},
        {"id": "a", "kind": "photo", "content": ""},
        {"id": "a", "kind": "text", "path": "/etc/passwd"},
        [],
        None,
        "text",
    ],
)
def test_an_item_that_does_not_fit_is_refused_with_its_field(send, kit, wrong):
    answer = send(wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Body: ")
    assert stored(kit) == {}


def test_media_are_kept_once_under_their_hash_and_for_nobody_else_to_read(send, kit):
    content = b"not really a picture"
    for identifier in ("m1", "m2"):
        body = {"id": identifier, "kind": "photo", "content": base64.b64encode(content).decode()}
        assert send(body).status_code == 200
    (file,) = [path for path in (kit.settings.home / "media").rglob("*") if path.is_file()]
    assert file.read_bytes() == content
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert {item.path for item in stored(kit).values()} == {str(file)}


def test_media_above_the_limit_are_refused(kit):
    from dataclasses import replace

    from abate.domain.errors import InputError

    small = replace(kit.settings, max_file_bytes=3)
    with pytest.raises(InputError, match="the limit is 3"):
        media.keep(small, b"four")
    assert media.keep(small, b"two").read_bytes() == b"two"


def test_a_crash_while_writing_leaves_no_half_file(kit, monkeypatch):
    def crash(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(media.os, "fsync", crash)
    with pytest.raises(OSError, match="No space"):
        media.keep(kit.settings, b"content")
    assert not [path for path in kit.settings.home.rglob("*") if path.is_file()]


def test_a_repeat_with_the_same_key_gets_the_first_answer(send, kit):
    body = {"id": "p1", "kind": "text", "text": "words"}
    first = send(body, idempotency_key="k1")
    assert send(body, idempotency_key="k1").content == first.content
    assert len(stored(kit)) == 1
    with kit.store.read() as tx:
        assert [record.tag for record in tx.audit.read()].count("platform:items:received") == 1


def test_a_key_used_for_something_else_is_refused(send):
    send({"id": "p1", "kind": "text"}, idempotency_key="k1")
    answer = send({"id": "p2", "kind": "text"}, idempotency_key="k1")
    assert answer.status_code == 409
    assert "another body" in answer.json()["detail"]
    assert send({"id": "p2", "kind": "text"}, idempotency_key="x" * 256).status_code == 422


def test_a_key_of_a_refused_request_is_free_again(send):
    assert send({"id": "p1", "kind": "poem"}, idempotency_key="k1").status_code == 422
    assert send({"id": "p1", "kind": "text"}, idempotency_key="k1").status_code == 200


def test_two_callers_keys_never_meet(site):
    for role in (Role.LEAD, Role.ADMIN):
        bearer = site.bearer(role, scopes=[Permission.ITEMS_SUBMIT])
        headers = {**bearer, "content-type": "application/json", "idempotency-key": "same"}
        body = {"id": f"from-{role}", "kind": "text"}
        assert site.client.post("/v1/items", json=body, headers=headers).json()["item"] == f"from-{role}"


def test_a_key_in_use_is_not_given_twice_until_its_process_is_surely_dead(kit, clock):
    from abate.domain.errors import ConflictError

    def use():
        return repeats.of(kit.settings, caller="t", untrusted_key="k", body=b"x", now=clock.now())

    assert use().earlier() is None
    with pytest.raises(ConflictError, match="under way"):
        use().earlier()
    clock.move(minutes=2, seconds=1)
    assert use().earlier() is None
    use().remember(b"answer")
    assert use().earlier() == b"answer"
    clock.move(hours=24, seconds=1)
    assert use().earlier() is None


def test_a_torn_answer_file_is_taken_over_and_old_ones_are_forgotten(kit, clock):
    use = repeats.of(kit.settings, caller="t", untrusted_key="k", body=b"x", now=clock.now())
    use.earlier()
    use.place.write_bytes(b"")
    assert use.earlier() is None
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    assert repeats.forget_old(use.place.parent, now) == 0
    assert repeats.forget_old(use.place.parent, now + timedelta(hours=25)) == 1
