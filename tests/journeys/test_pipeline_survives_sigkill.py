"""SIGKILL anywhere between an upload and its webhook: nothing decided is lost, the chain holds, no key is missing.

SIGKILL does not prove power loss: what the kernel had taken over still reaches the disk.
"""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from kill_harness import run_script

HERE = Path(__file__).parent
SECRET = "whsec_" + "Z3JleS1sYW50ZXJuLXRlc3Qtc2VjcmV0LTMyLWJ5dGVzISE="


class Platform(BaseHTTPRequestHandler):
    """A platform that verifies every signature and writes down what it was asked before it answers."""

    log: Path
    refused: list[str]

    def do_POST(self):
        size = int(self.headers["content-length"])
        body = self.rfile.read(size)
        if len(body) < size:
            return  # killed between the head and the body: no request was made
        try:
            Webhook(SECRET).verify(body, dict(self.headers.items()))
            assert self.headers["idempotency-key"] == self.headers["webhook-id"]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the test must hear it
            self.refused.append(repr(error))
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{self.headers['webhook-id']} {json.dumps(json.loads(body), sort_keys=True)}\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture
def platform(tmp_path):
    (tmp_path / "received.log").touch()
    handler = type("Handler", (Platform,), {"log": tmp_path / "received.log", "refused": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/abate"
    (tmp_path / "webhook.json").write_text(json.dumps({"webhook_url": url, "webhook_secret": SECRET}), "utf-8")
    yield handler
    server.shutdown()
    server.server_close()


def test_two_hundred_kills_lose_nothing_decided_and_send_nothing_without_its_key(tmp_path, platform):
    killed = run_script(HERE / "pipeline_kill_rounds.py", count=200, folder=tmp_path, timeout=900)
    assert killed.rounds == 200
    assert killed.said > 2 * killed.rounds, "the kills came too early to hit the loop"
    assert not platform.refused
    asked = defaultdict(set)
    for line in platform.log.read_text("utf-8").splitlines():
        key, _, body = line.partition(" ")
        asked[key].add(body)
    assert all(len(bodies) == 1 for bodies in asked.values()), "one key was used for two different requests"
    # The warming run is in the log as well; its store is checked by nobody, so its actions are asked for here.
    known = {name for path in tmp_path.glob("known-*") for name in path.read_text("utf-8").split()}
    strangers = [key for key in asked if key not in known and "warm-" not in next(iter(asked[key]))]
    assert not strangers, "something was sent that the store never committed"
