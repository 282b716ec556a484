"""The contract of every connector, and the webhook against a real server that runs the documented receiver."""

import base64
import json
import re
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from abate.action.simulate import SimulatedConnectorType
from abate.action.undo import take_back
from abate.action.webhook import MAX_ANSWER, WebhookConnector, WebhookConnectorType, payload
from abate.domain.action import Effect
from abate.domain.errors import InputError, PartnerError
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.testing import RecordingConnector, check_connector, check_refusal
from abate.testing.connectors import DECIDED_AT, POST, planned

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "webhook.md"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ok!").decode()
NEWER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, new.").decode()
NOW = DECIDED_AT
ITEM = POST


def removal(name="d1", connector="webhook", verdict=Verdict.REMOVE):
    return planned(connector, decision=name, verdict=verdict)


def documented_receiver():
    """The receiver that the how-to tells people to use, taken from the page itself."""
    (code,) = re.findall(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    names = {}
    exec(compile(code, "<webhook how-to>", "exec"), names)  # noqa: S102 - our own page, run so that it cannot go stale
    return names["Receiver"]


class Platform:
    """An invented platform behind a real socket: keeps what came, hides and shows, and can misbehave."""

    def __init__(self, *, secret=SECRET, answers=()):
        self.hidden, self.shown, self.requests, self.statuses = [], [], [], []
        self.receiver = documented_receiver()(secret, self.hidden.append, self.shown.append)
        self.answers = list(answers)
        """What to answer first, before behaving: a status, or a function of the handler."""

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["content-length"]))
        self.requests.append((dict(handler.headers.items()), body))
        answer = self.answers.pop(0) if self.answers else self.receiver.receive(dict(handler.headers.items()), body)
        if callable(answer):
            answer(handler)
            return
        self.statuses.append(answer)
        handler.send_response(answer)
        handler.end_headers()

    def headers(self, index=-1):
        return {name.lower(): value for name, value in self.requests[index][0].items()}


@contextmanager
def listening(platform):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            platform.take(self)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/abate"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def connected(platform, secret=SECRET):
    with listening(platform) as url:
        connector = WebhookConnectorType().open({"webhook_url": url, "webhook_secret": secret})
        try:
            yield connector
        finally:
            connector.close()


def test_the_simulated_connector_keeps_the_contract_and_needs_no_setting():
    check_connector(SimulatedConnectorType().open({}), simulated=True)
    assert SimulatedConnectorType.name == SimulatedConnectorType().open({}).name == "simulate"


def test_the_webhook_keeps_the_contract_against_a_real_server():
    platform = Platform()
    with connected(platform) as connector:
        check_connector(connector, simulated=False)
    assert WebhookConnectorType.name == connector.name == "webhook"
    assert platform.hidden == [ITEM.id], "three sends of one action hide once"


def test_the_shipped_fake_keeps_the_contract():
    check_connector(RecordingConnector(), simulated=False)
    check_connector(RecordingConnector(simulated=True), simulated=True)
    check_refusal(RecordingConnector(refusals=1))


def test_a_platform_that_refuses_or_is_gone_keeps_the_contract_too():
    with connected(Platform(answers=[503])) as connector:
        check_refusal(connector)
    check_refusal(connector_to_nowhere())


def test_the_body_is_what_the_page_documents_and_holds_no_content_and_nobody():
    platform = Platform()
    with connected(platform) as connector:
        connector.send(removal(verdict=Verdict.LIMIT), ITEM)
    _, body = platform.requests[0]
    (documented,) = re.findall(r"```json\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    sent = json.loads(body)
    assert shape(sent) == shape(json.loads(documented))
    assert sent["data"]["until"] == (NOW + timedelta(hours=1)).isoformat()
    for private in (b"words of the post", b"account-9", b"reviewer-77", b"secret note"):
        assert private not in body


def shape(value):
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else type(value).__name__


@pytest.mark.parametrize("effect", list(Effect))
def test_every_effect_has_its_type_on_the_page(effect):
    assert f"`abate.action.{effect}`" in HOWTO.read_text("utf-8")


def test_a_retry_carries_the_same_identifier_and_body_and_acts_once():
    platform = Platform(answers=[503])
    with connected(platform) as connector:
        with pytest.raises(PartnerError, match="answered 503"):
            connector.send(removal(), ITEM)
        connector.send(removal(), ITEM)
        connector.send(removal(), ITEM)
    ids = {platform.headers(index)["webhook-id"] for index in range(3)}
    assert ids == {platform.headers(index)["idempotency-key"] for index in range(3)} == {removal().id}
    assert len({body for _, body in platform.requests}) == 1
    assert platform.hidden == [ITEM.id]
    assert platform.statuses == [503, 200, 200]


def test_an_undo_shows_the_item_again_even_where_the_removal_arrives_after_it():
    platform = Platform()
    restore = take_back(removal(), decision="d2", at=NOW, connector="webhook")
    with connected(platform) as connector:
        connector.send(restore, ITEM)
        connector.send(removal(), ITEM)
    assert json.loads(platform.requests[0][1])["data"]["undoes"] == removal().id
    assert platform.hidden == []
    assert platform.shown == [ITEM.id, ITEM.id]


def test_an_item_stays_hidden_while_another_action_stands():
    platform = Platform()
    with connected(platform) as connector:
        connector.send(removal("d1", verdict=Verdict.LIMIT), ITEM)
        connector.send(removal("d2"), ITEM)
        connector.send(
            take_back(removal("d1", verdict=Verdict.LIMIT), decision="d3", at=NOW, connector="webhook"), ITEM
        )
    assert platform.shown == []


def posted(platform, url, headers, body):
    return httpx.post(url, content=body, headers=headers, trust_env=False).status_code


def test_a_recorded_message_that_is_sent_again_does_nothing_and_later_is_refused():
    platform = Platform()
    early = datetime.now(UTC) - timedelta(minutes=6)
    with listening(platform) as url:
        sender = WebhookConnector(url, (Webhook(SECRET),), now=lambda: early)
        with pytest.raises(PartnerError, match="answered 401"):
            sender.send(removal(), ITEM)
        sender.close()
        fresh = WebhookConnectorType().open({"webhook_url": url, "webhook_secret": SECRET})
        fresh.send(removal(), ITEM)
        fresh.close()
        headers, body = platform.requests[-1]
        assert posted(platform, url, headers, body) == 200
    assert platform.hidden == [ITEM.id]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_nothing_of_a_message_can_be_changed_on_the_way(name):
    platform = Platform()
    with listening(platform) as url:
        connector = WebhookConnectorType().open({"webhook_url": url, "webhook_secret": SECRET})
        connector.send(removal(), ITEM)
        connector.close()
        headers, body = platform.headers(), platform.requests[-1][1]
        changes = {
            "webhook-id": {"webhook-id": "other"},
            "webhook-timestamp": {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
            "webhook-signature": {"webhook-signature": "v1,AAAA"},
            "body": {},
        }
        changed = body.replace(b"4711", b"4712") if name == "body" else body
        assert posted(platform, url, headers | changes[name], changed) == 401
    assert platform.hidden == [ITEM.id]


def test_the_wrong_secret_acts_on_nothing():
    platform = Platform(secret=NEWER)
    with connected(platform) as connector, pytest.raises(PartnerError, match="answered 401"):
        connector.send(removal(), ITEM)
    assert platform.hidden == []


@pytest.mark.parametrize("known", [SECRET, NEWER])
def test_while_the_key_changes_both_the_old_and_the_new_one_verify(known):
    platform = Platform(secret=known)
    with connected(platform, secret=f"{NEWER} {SECRET}") as connector:
        connector.send(removal(), ITEM)
    assert platform.hidden == [ITEM.id]


def test_the_signed_time_is_utc_whatever_zone_the_clock_gives():
    platform = Platform()
    far_east = timezone(timedelta(hours=14))
    with listening(platform) as url:
        connector = WebhookConnector(url, (Webhook(SECRET),), now=lambda: datetime.now(far_east))
        connector.send(removal(), ITEM)
        connector.close()
    assert platform.statuses == [200]


def redirect_to(url):
    def answer(handler):
        handler.send_response(307)
        handler.send_header("location", url)
        handler.end_headers()

    return answer


def test_a_redirect_is_a_refusal_and_the_other_host_hears_nothing():
    elsewhere = Platform()
    with (
        listening(elsewhere) as other,
        connected(Platform(answers=[redirect_to(other)])) as connector,
        pytest.raises(PartnerError, match="answered 307"),
    ):
        connector.send(removal(), ITEM)
    assert elsewhere.requests == []


def test_a_proxy_in_the_environment_is_not_used(monkeypatch):
    elsewhere, platform = Platform(), Platform()
    with listening(elsewhere) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with connected(platform) as connector:
            connector.send(removal(), ITEM)
    assert elsewhere.requests == []
    assert platform.hidden == [ITEM.id]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 410, 429, 500, 503])
def test_whatever_is_not_2xx_is_tried_again_and_says_the_status(status):
    said = rf"127\.0\.0\.1:[0-9]+ answered {status} to action"
    with connected(Platform(answers=[status])) as connector, pytest.raises(PartnerError, match=said):
        connector.send(removal(), ITEM)


def test_what_the_platform_says_to_a_refusal_reaches_the_person_who_reads_it():
    def busy(handler):
        handler.send_response(503)
        handler.end_headers()
        handler.wfile.write(b"database\nis down")

    with connected(Platform(answers=[busy])) as connector, pytest.raises(PartnerError, match="database is down; see"):
        connector.send(removal(), ITEM)


def test_an_endless_answer_is_cut_off_and_cannot_steer_a_terminal():
    hung_up = threading.Event()

    def endless(handler):
        handler.send_response(500)
        handler.end_headers()
        try:
            for _ in range(1_700):  # 20 MB: more than the sockets between us hold
                handler.wfile.write(b"so \x1b[2J sorry " * 1000)
        except OSError:
            hung_up.set()

    refused = pytest.raises(PartnerError, match="answered 500")
    with connected(Platform(answers=[endless])) as connector, refused as raised:
        connector.send(removal(), ITEM)
    assert hung_up.wait(10)
    assert len(str(raised.value)) < MAX_ANSWER
    assert str(raised.value).isprintable()


def test_an_answer_that_drips_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("abate.action.webhook.PATIENCE", -1.0)
    hung_up = threading.Event()

    def drip(handler):
        handler.send_response(500)
        handler.end_headers()
        handler.wfile.write(b"slow")
        hung_up.wait(30)

    # Without patience of its own the connector would wait for more, and call the platform silent in the end.
    with connected(Platform(answers=[drip])) as connector, pytest.raises(PartnerError, match="answered 500"):
        connector.send(removal(), ITEM)
    hung_up.set()


def hang_up(handler):
    handler.close_connection = True


def test_a_platform_that_hangs_up_or_is_not_there_is_a_partners_fault():
    with connected(Platform(answers=[hang_up])) as connector, pytest.raises(PartnerError, match="did not answer"):
        connector.send(removal(), ITEM)
    with pytest.raises(PartnerError, match="did not answer"):
        connector_to_nowhere().send(removal(), ITEM)


def connector_to_nowhere():
    with listening(Platform()) as url:
        pass  # the port was free a moment ago and nobody listens there now
    return WebhookConnectorType().open({"webhook_url": url, "webhook_secret": SECRET})


def test_an_item_with_broken_text_can_still_be_acted_on():
    platform = Platform()
    with connected(platform) as connector:
        connector.send(removal(), Item(id=ITEM.id, kind=Kind.TEXT, channel="\ud800 \u202e"))
    assert platform.hidden == [ITEM.id]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "platform.example/abate",
        "ftp://platform.example/",
        "file:///etc/hostname",
        "https://",
        "https://platform.example/#part",
        "https://platform.example:port/",
        "https://[::1/",
        "https://user:word@platform.example/",
    ],
)
def test_an_address_that_is_none_is_refused_by_the_settings_name(url):
    with pytest.raises(InputError, match=r"^webhook_url: "):
        WebhookConnectorType().open({"webhook_url": url, "webhook_secret": SECRET})


@pytest.mark.parametrize(
    "secret",
    [
        "",
        " ",
        "whsec_",
        "whsec_c2hvcnQ=",
        "not base64 at all",
        "whsec_€" + "A" * 40,
        "whsec_" + "A" * 200,
        SECRET.replace("_", "_****"),
        SECRET + " whsec_c2hvcnQ=",
    ],
)
def test_a_weak_or_broken_secret_is_refused_without_being_shown(secret):
    with pytest.raises(InputError, match=r"^webhook_secret: ") as raised:
        WebhookConnectorType().open({"webhook_url": "https://platform.example/", "webhook_secret": secret})
    assert secret.strip() in {"", "whsec_"} or secret not in str(raised.value)


def test_a_secret_without_padding_or_prefix_is_the_same_secret():
    platform = Platform()
    with connected(platform, secret=SECRET.removeprefix("whsec_").rstrip("=")) as connector:
        connector.send(removal(), ITEM)
    assert platform.hidden == [ITEM.id]


def test_a_removal_has_no_end_and_a_restore_names_what_it_undoes():
    restore = take_back(removal(), decision="d2", at=NOW, connector="webhook")
    assert payload(removal(), ITEM)["data"]["until"] is None
    assert payload(restore, ITEM)["type"] == "abate.action.restore"
