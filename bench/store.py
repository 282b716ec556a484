"""What a commit costs: a decision, its audit record and its job, one a transaction and in batches.

``python -m bench.store [--size 2000] [--json]``

SQLite in a temporary folder, synchronous FULL; PostgreSQL too where ``ABATE_TEST_POSTGRES`` names one (an empty
database: the tables are made and the rows stay). No peer does this work, so the ratio given is batched to single.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from abate.domain.case import Decision
from abate.domain.scan import Verdict
from abate.domain.work import Job, JobKind
from abate.extend.store import Store, Transaction
from abate.stores.open import open_store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BATCH = 500
ROUNDS = 3


def decide(tx: Transaction, name: str) -> None:
    tx.decisions.add(Decision(id=name, case="c", item="i", by="u", at=NOON, verdict=Verdict.REMOVE))
    tx.jobs.add(Job(key=f"deliver:{name}", kind=JobKind.DELIVER, subject=name, run_at=NOON))
    tx.audit.append(at=NOON, tag="reviewer:case:decided", subject=name, body={"decision": name})


def singly(store: Store, names: list[str]) -> float:
    start = time.perf_counter()
    for name in names:
        with store.write() as tx:
            decide(tx, name)
    return time.perf_counter() - start


def batched(store: Store, names: list[str]) -> float:
    start = time.perf_counter()
    for first in range(0, len(names), BATCH):
        with store.write() as tx:
            for name in names[first : first + BATCH]:
                decide(tx, name)
    return time.perf_counter() - start


def measure(store: Store, size: int) -> dict[str, object]:
    store.migrate()
    one, many = [], []
    for number in range(ROUNDS):
        prefix = f"{os.getpid()}-{time.time_ns()}-{number}"
        one.append(singly(store, [f"{prefix}-s{place}" for place in range(size // 10)]) * 10)
        many.append(batched(store, [f"{prefix}-b{place}" for place in range(size)]))
    single_s, batch_s = statistics.median(one), statistics.median(many)
    return {
        "work": f"{size} decisions with record and job, {store.name}",
        "ours": f"batches of {BATCH}",
        "peer": "one a commit",
        "ours_s": batch_s,
        "peer_s": single_s,
        "ratio": single_s / batch_s,
        "commits_per_s": size / single_s,
        "rows_per_s": size / batch_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        addresses = ["", *filter(None, [os.environ.get("ABATE_TEST_POSTGRES")])]
        for address in addresses:
            store = open_store(address, home=Path(folder))
            rows.append(measure(store, asked.size))
            store.close()
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, medians of {ROUNDS}")
    for row in rows:
        print(f"{row['work']}: {row['commits_per_s']:.0f} commits/s singly, {row['rows_per_s']:.0f} rows/s batched")


if __name__ == "__main__":
    main()
