"""New entries held against kept signals: how fast history streams past, and what keeping the signals costs.

``python -m bench.retro [--size 1000000] [--entries 1000] [--json]``

SQLite in a temporary folder; PostgreSQL too where ``ABATE_TEST_POSTGRES`` names an empty database. Uniform random PDQ
hashes, one in a hundred thousand near an entry. The peer is the other way round: every kept signal looked up in the
matcher of the whole bank, as a rescan that has only a live path does it, on a hundredth of the signals.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.retro import KeptSignal
from abate.domain.signal import Signal
from abate.extend.exchange import Listed
from abate.extend.store import Store
from abate.flows import banks, retro
from abate.flows.kit import Kit
from abate.flows.pipeline import Signalled, judge
from abate.stores.open import open_store
from abate.testing import make_kit

EVERY = 100_000
BATCH = 10_000


def near(code: str, chance: random.Random) -> str:
    bits = int(code, 16)
    for place in chance.sample(range(256), 9):
        bits ^= 1 << place
    return f"{bits:064x}"


def signals(size: int, entries: list[str], chance: random.Random) -> Iterator[KeptSignal]:
    for place in range(size):
        value = near(chance.choice(entries), chance) if place % EVERY == 0 else chance.randbytes(32).hex()
        yield KeptSignal(item=f"post-{place}", signal=Signal(type="pdq", value=value, quality=90))


def fill(kit: Kit, size: int, entries: list[str], chance: random.Random) -> float:
    """Store items and signals; return the seconds that the signals took, a transaction for each ten thousand."""
    kept, took = list(signals(size, entries, chance)), 0.0
    with kit.store.write() as tx:
        tx.items.add_many(Item(id=f"post-{place}", kind=Kind.PHOTO) for place in range(0, size, EVERY))
    for start in range(0, size, BATCH):
        began = time.process_time()
        with kit.store.write() as tx:
            tx.signals.append(kept[start : start + BATCH])
        took += time.process_time() - began
    return took


def measure(store: Store, size: int, count: int) -> dict[str, object]:
    chance = random.Random(size)
    entries = [chance.randbytes(32).hex() for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        kit = make_kit(Path(folder), store=store)
        banks.create(kit, "bench", purpose=BankPurpose.KNOWN, by="bench")
        kept_s = fill(kit, size, entries, chance)
        listed = [Listed(where="bench", untrusted_type="pdq", untrusted_value=value) for value in entries]
        banks.add_listed(kit, "bench", listed, by="bench")
        warm(kit)
        (run,) = retro.listed(kit)
        wall, used = time.perf_counter(), time.process_time()
        done = retro.carry_on(kit, run.id)
        wall, used = time.perf_counter() - wall, time.process_time() - used
        peer = rescan(kit, size)
    expected = len(range(0, size, EVERY))
    if done.found != expected:
        sys.exit(f"found {done.found} of {expected}: correct that before timing it")
    return {
        "work": f"{count} entries held against {size} kept signals, {store.name}",
        "ours": "abate retro",
        "peer": "every signal looked up live",
        "ours_s": used,
        "peer_s": peer,
        "ratio": peer / used,
        "wall_s": wall,
        "signals_per_s": size / used,
        "keeping_us_per_signal": kept_s / size * 1e6,
    }


def warm(kit: Kit) -> None:
    """Load the matcher and the kernels: what a worker has done before its second run."""
    judge(
        kit,
        [Signalled(item=Item(id="x", kind=Kind.PHOTO), signals=(Signal(type="pdq", value="0f" * 32),), not_scanned=())],
    )


def rescan(kit: Kit, size: int) -> float:
    """Look signals up as if their items came in now; return the seconds that all would take."""
    some = max(1, size // 100)
    with kit.store.read() as tx:
        rows = tx.signals.stream("pdq", after=1, upto=size, limit=some)
    began = time.process_time()
    for start in range(0, len(rows), 256):
        judge(
            kit,
            [
                Signalled(
                    item=Item(id=f"again-{number}", kind=Kind.PHOTO),
                    signals=(Signal(type="pdq", value=code.hex()),),
                    not_scanned=(),
                )
                for number, code in rows[start : start + 256]
            ],
        )
    return (time.process_time() - began) * size / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="kept signals")
    parser.add_argument("--entries", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    addresses = ["", *filter(None, [os.environ.get("ABATE_TEST_POSTGRES")])]
    rows = []
    for address in addresses:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(address, home=Path(folder))
            store.migrate()
            rows.append(measure(store, asked.size, asked.entries))
            store.close()
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; processor seconds")
    for row in rows:
        print(
            f"{row['work']}: {row['ours_s']:.2f} s ({row['signals_per_s']:.0f} signals/s, wall {row['wall_s']:.1f} s), "
            f"live lookups {row['peer_s']:.1f} s, ratio {row['ratio']:.1f}; "
            f"keeping a signal costs {row['keeping_us_per_signal']:.1f} µs"
        )


if __name__ == "__main__":
    main()
