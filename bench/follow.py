"""How soon a changed entry is known to a worker that has a million: following the changes, against building anew.

``python -m bench.follow [--size 1000000] [--rounds 20] [--json]``

What the next batch pays after another process added, disputed, set aside or removed one entry, from asking the store
what changed to the lookup that shows it. The peer is what we did before, and what HMA does in the background: all
entries read and indexed again. Entries are PDQ hashes in SQLite. Processor seconds, medians of the rounds.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from abate.domain.bank import BankPurpose, Entry
from abate.domain.opinion import OpinionWord
from abate.domain.signal import Signal
from abate.flows import banks, curation
from abate.flows.kit import Kit
from abate.flows.known import Known, bank_changed
from abate.stores.open import open_store
from abate.testing import NOON, make_kit

BATCH = 50_000


def code(number: int) -> str:
    return np.random.default_rng(number).bytes(32).hex()


def entry(number: int, value: str) -> Entry:
    return Entry(
        id=f"e{number:016x}", bank="lantern", signal_type="pdq", value=value, sources=("hotline",), added_at=NOON
    )


def fill(kit: Kit, size: int) -> None:
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, by="bench")
    codes = np.random.default_rng(1).integers(0, 256, (size, 32), dtype=np.uint8)
    for start in range(0, size, BATCH):
        with kit.store.write() as tx:
            rows = enumerate(codes[start : start + BATCH], start)
            tx.entries.add_many(entry(number, row.tobytes().hex()) for number, row in rows)
            bank_changed(tx)


def put(kit: Kit, number: int, value: str) -> None:
    with kit.store.write() as tx:
        tx.entries.add(entry(number, value))
        bank_changed(tx, [f"e{number:016x}"])


def sees(kit: Kit, value: str) -> list[str]:
    with kit.store.read() as tx:
        known = kit.known.current(tx)
    (found,) = known.matcher.match([[Signal(type="pdq", value=value)]], at=kit.clock.now())
    return [match.state.value for match in found]


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def rounds(kit: Kit, size: int, number: int) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = {"added": [], "disputed": [], "removed": []}
    for one in range(number):
        key, value = f"e{size + one:016x}", code(10**9 + one)
        put(kit, size + one, value)
        spent["added"].append(timed(lambda value=value: _expect(kit, value, ["known"])))
        curation.opine(kit, key, OpinionWord.DISPUTE, source="press", reason="bench", by="bench")
        spent["disputed"].append(timed(lambda value=value: _expect(kit, value, ["disputed"])))
        banks.remove(kit, "lantern", [key], by="bench")
        spent["removed"].append(timed(lambda value=value: _expect(kit, value, [])))
    return spent


def _expect(kit: Kit, value: str, states: list[str]) -> None:
    found = sees(kit, value)
    assert found == states, (found, states)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=20)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("", home=Path(folder))
        store.migrate()
        kit = make_kit(Path(folder), store=store)
        fill(kit, given.size)
        sees(kit, code(5))  # kernels are compiled, pages are warm
        # What a worker did after every change: nothing is known yet, and all is read.
        ignorant = replace(kit, known=Known(signals=kit.known.signals, indexes=kit.known.indexes))
        anew = timed(lambda: sees(ignorant, code(5)))
        spent = rounds(kit, given.size, given.rounds)
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rows = [
        {
            "work": f"one entry {what} at {given.size:,}, until a lookup shows it",
            "ours": "follow the log of changes",
            "peer": "read and index all entries again",
            "ours_s": statistics.median(times),
            "peer_s": anew,
            "ratio": anew / statistics.median(times),
            "peak_mib": peak,
            "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        }
        for what, times in spent.items()
    ]
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['work']}: {row['ours_s'] * 1000:.2f} ms, anew {row['peer_s']:.1f} s, {row['ratio']:,.0f} times")
    print(f"peak memory {peak} MiB; {rows[0]['machine']}")


if __name__ == "__main__":
    main()
