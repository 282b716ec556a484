"""What makes live answers late? ``/v1/decide`` in peace, while ``abate retro`` is at work, and during an import.

``python -m bench.backfill [--size 1000000] [--rate 50] [--seconds 20] [--json]``

A real server in a process of its own on SQLite, ``--size`` kept PDQ signals, and a client that asks ``--rate`` times a
second, each on its schedule whatever became of the one before: an answer that is late makes no later question late.
First ``--seconds`` in peace; then a run over 2,000 entries is put into the queue, the server starts its lane, and until
it is done the same questions are asked again; three rounds of both, the middle one counts. The entries are there from
the start: what an import costs is not the lane's, and is measured by itself. A process of its own adds 5,000 entries to
the bank (no run comes of it), and questions go on until two seconds after; then the same to a bank of another home,
which the server knows nothing of: that much is the machine's, which two processes share.

HMA rebuilds its index in the process that matches (facebook/ThreatExchange #1873); it has no such command to run beside
ours, so what is compared is our own without the lane.
"""

import argparse
import http.client
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from abate.access import tokens
from abate.app import opened
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.person import Permission, Role, User
from abate.domain.retro import KeptSignal, RetroState
from abate.domain.signal import Signal
from abate.extend.exchange import Listed
from abate.flows import banks, retro
from abate.flows.kit import Kit
from abate.settings import Settings

ENTRIES = 2_000
IMPORTED = 5_000
AFTER_S = 2.0
"""How long questions go on after an import: what it sets going in the server comes after it."""
ROUNDS = 3
FOUND_EVERY = 2_000
"""One kept signal in so many is an entry's: consequences are written all the while."""


def prepare(kit: Kit, size: int) -> tuple[str, list[Listed]]:
    """Fill the store; return the secret of a token, and the list that is to come."""
    chance = random.Random(size)
    codes = [chance.randbytes(32).hex() for _ in range(ENTRIES)]
    now = datetime.now(UTC)
    user = User(id="usr_bench", name="bench", password_hash="", roles=(Role.ADMIN,), created_at=now)
    token, secret = tokens.issue(user, name="bench", scopes=[Permission.ITEMS_SUBMIT], lasts=timedelta(days=1), now=now)
    banks.create(kit, "bench", purpose=BankPurpose.KNOWN, by="bench")
    with kit.store.write() as tx:
        tx.users.add(user)
        tx.tokens.add(token)
    for start in range(0, size, 10_000):
        with kit.store.write() as tx:
            places = range(start, min(size, start + 10_000))
            tx.items.add_many(
                Item(id=f"post-{place}", kind=Kind.PHOTO, account=f"a{place}", platform="bench")
                for place in places
                if place % FOUND_EVERY == 0
            )
            tx.signals.append(kept(place, codes, chance) for place in places)
    return secret, [Listed(where="bench", untrusted_type="pdq", untrusted_value=code) for code in codes]


def kept(place: int, codes: list[str], chance: random.Random) -> KeptSignal:
    value = codes[place // FOUND_EVERY % ENTRIES] if place % FOUND_EVERY == 0 else chance.randbytes(32).hex()
    return KeptSignal(item=f"post-{place}", signal=Signal(type="pdq", value=value, quality=90))


class Client:
    """Asks on a schedule, from several threads with a connection each."""

    def __init__(self, port: int, secret: str, rate: float) -> None:
        self._port, self._rate = port, rate
        self.undecided = 0
        """Answers that came without a decision, because two seconds were not enough."""
        self._headers = {"authorization": f"Bearer {secret}", "content-type": "application/json", "host": "127.0.0.1"}

    def ask(self, connection: http.client.HTTPConnection, number: int) -> bool:
        body = json.dumps({"id": f"live-{number}", "kind": "text", "text": f"Good morning, harbour number {number}."})
        connection.request("POST", "/v1/decide?deadline_ms=2000", body, self._headers)
        answer = json.loads(connection.getresponse().read())
        return bool(answer["decided"])

    def run(self, while_: Callable[[float], bool], threads: int = 4) -> list[float]:
        """Return the milliseconds of every answer, counted from the moment its question was due."""
        took: list[float] = []
        start = time.monotonic() + 0.1

        def loop(own: int) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            number = own
            while while_((due := start + number / self._rate) - start):
                time.sleep(max(0.0, due - time.monotonic()))
                self.undecided += not self.ask(connection, number)
                took.append((time.monotonic() - due) * 1000)
                number += threads

        workers = [threading.Thread(target=loop, args=(own,)) for own in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return took


def serve(home: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "abate", "serve", "--port", str(port)], env=os.environ | {"ABATE_HOME": str(home)}
    )
    for _ in range(600):
        if is_ready(port):
            return server, port
        time.sleep(0.1)
    server.terminate()
    sys.exit("the server was not ready within a minute")


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


ADDED = """
import random, sys
from pathlib import Path
from abate.app import opened
from abate.extend.exchange import Listed
from abate.flows import banks
from abate.settings import Settings
chance, number = random.Random(int(sys.argv[2])), int(sys.argv[3])
codes = [chance.randbytes(32).hex() for _ in range(number)]
with opened(Settings(home=Path(sys.argv[1]), retro=False)) as kit:
    added = banks.add_listed(
        kit, "bench", [Listed(where="bench", untrusted_type="pdq", untrusted_value=code) for code in codes], by="bench"
    )
assert added.added == number, added
"""


def during_import(client: Client, home: Path, seed: int) -> list[float]:
    """Ask while a process adds entries to the bank of ``home``, and a little longer."""
    adding = subprocess.Popen([sys.executable, "-c", ADDED, str(home), str(seed), str(IMPORTED)])
    ended: list[float] = []

    def going_on(due: float) -> bool:
        if not ended and adding.poll() is not None:
            ended.append(due)
        return not ended or due < ended[0] + AFTER_S

    took = client.run(going_on)
    if adding.returncode:
        sys.exit("the import failed; what it says stands above")
    return took


def measure(size: int, rate: float, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(Settings(home=home, retro=False)) as kit:
            secret, listed = prepare(kit, size)
            banks.add_listed(kit, "bench", listed, by="bench")
            server, port = serve(home)
            try:
                client = Client(port, secret, rate)
                client.run(lambda due: due < 5)
                client.undecided = 0
                peace, busy = [], []
                for _ in range(ROUNDS):
                    peace.append(client.run(lambda due: due < seconds))
                    wanted(kit)
                    watch = Watch(kit)
                    busy.append(client.run(lambda due, watch=watch: not watch.done and due < 20 * seconds))
                run = retro.listed(kit)[0]
                other = home / "other"
                with opened(Settings(home=other, retro=False)) as apart:
                    banks.create(apart, "bench", purpose=BankPurpose.KNOWN, by="bench")
                imports = [during_import(client, home, seed) for seed in range(ROUNDS)]
                elsewhere = [during_import(client, other, seed) for seed in range(ROUNDS)]
            finally:
                server.terminate()
                server.wait()
    took = (run.finished_at - run.created_at).total_seconds() if run.finished_at else 20 * seconds
    told = {"retro_s": took, "found": run.found, "opened": run.opened, "state": run.state}
    return row(size, rate, peace, busy) | during(imports, elsewhere) | told | {"undecided": client.undecided}


def wanted(kit: Kit) -> None:
    """Have the run wait for a worker, as an import does in its own transaction."""
    eager = replace(kit, settings=replace(kit.settings, retro=True))
    with kit.store.write() as tx:
        retro.enqueue(eager, tx, "bench", tx.entries.find(bank="bench"), by="bench")


class Watch:
    """Looks twice a second whether the run is done, on a thread of its own."""

    def __init__(self, kit: Kit) -> None:
        self.done = False
        self._kit = kit
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while not self.done:
            self.done = done(self._kit)
            time.sleep(0.5)


def done(kit: Kit) -> bool:
    return all(run.state is RetroState.DONE for run in retro.listed(kit))


def during(imports: list[list[float]], elsewhere: list[list[float]]) -> dict[str, object]:
    return {
        f"{name}_{label}_ms": quantile(values, share)
        for name, values in (("import", imports), ("import_elsewhere", elsewhere))
        for label, share in (("p50", 50), ("p99", 99))
    }


def row(size: int, rate: float, peace: list[list[float]], busy: list[list[float]]) -> dict[str, object]:
    figures = {
        f"{name}_{label}_ms": quantile(values, share)
        for name, values in (("peace", peace), ("retro", busy))
        for label, share in (("p50", 50), ("p99", 99))
    }
    return {
        "work": f"/v1/decide p99 at {rate:.0f} requests/s while {ENTRIES} entries meet {size} kept signals",
        "ours": "with abate retro at work",
        "peer": "without",
        "ours_s": quantile(busy, 99) / 1000,
        "peer_s": quantile(peace, 99) / 1000,
        "ratio": quantile(peace, 99) / quantile(busy, 99),
        "answers": {"peace": sum(map(len, peace)), "retro": sum(map(len, busy))},
        **figures,
    }


def quantile(rounds: list[list[float]], share: int) -> float:
    """Return the middle one of the rounds' quantiles: one burst of somebody else's work must not be taken for ours."""
    return statistics.median(statistics.quantiles(values, n=100)[share - 1] for values in rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="kept signals")
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.size, asked.rate, asked.seconds)
    if asked.json:
        print(json.dumps([found]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"{found['work']}: p50 {found['peace_p50_ms']:.1f} ms without, {found['retro_p50_ms']:.1f} ms with; "
        f"p99 {found['peace_p99_ms']:.1f} ms without, {found['retro_p99_ms']:.1f} ms with ({found['answers']})"
    )
    print(
        f"while {IMPORTED} entries are imported: p50 {found['import_p50_ms']:.1f} ms, "
        f"p99 {found['import_p99_ms']:.1f} ms; into a bank of another home: "
        f"p50 {found['import_elsewhere_p50_ms']:.1f} ms, p99 {found['import_elsewhere_p99_ms']:.1f} ms"
    )
    print(
        f"retro took {found['retro_s']:.1f} s, {found['state']}, {found['opened']} cases opened; "
        f"{found['undecided']} answers undecided"
    )


if __name__ == "__main__":
    main()
