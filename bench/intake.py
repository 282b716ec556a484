"""Item received → stored decision: texts through the whole loop, one process, SQLite.

``python -m bench.intake [--size 5000] [--json]``

Texts in batches of 500 against a bank of 10,000 texts; one in a hundred matches and opens a case. None of the peers
takes an item from receipt to a stored case with its audit record in one process, so there is no peer figure.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path

from abate import app as wiring
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.extend.exchange import Listed
from abate.flows import banks, pipeline
from abate.flows.kit import Kit
from abate.settings import Settings

BATCH = 500
KNOWN = 10_000
ROUNDS = 3
WORDS = [
    "harbour",
    "lantern",
    "bench",
    "gull",
    "morning",
    "ferry",
    "rope",
    "tide",
    "salt",
    "stair",
    "market",
    "boat",
    "kettle",
    "lamp",
    "wall",
    "number",
    "bridge",
]


def text(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=40))


def fill(kit: Kit, chance: random.Random) -> list[str]:
    known = [text(chance) for _ in range(KNOWN)]
    banks.create(kit, "bench", purpose=BankPurpose.KNOWN, by="bench")
    plug = kit.signals["text"]
    values = (plug.compute(pipeline.Material(item=Item(id="x", kind=Kind.TEXT, text=one))) for one in known)
    listed = (Listed(where="bench", untrusted_type="text", untrusted_value=value.value) for value in values if value)
    banks.add_listed(kit, "bench", listed, by="bench")
    return known


def take(kit: Kit, chance: random.Random, known: list[str], size: int, name: str) -> float:
    texts = [chance.choice(known) if place % 100 == 0 else text(chance) for place in range(size)]
    items = [
        Item(id=f"{name}-{place}", kind=Kind.TEXT, text=one, platform="bench", channel=f"c{place % 50}")
        for place, one in enumerate(texts)
    ]
    start = time.perf_counter()
    for first in range(0, size, BATCH):
        pipeline.take_in(kit, items[first : first + BATCH], by="bench")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, wiring.opened(Settings(home=Path(folder))) as kit:
        known = fill(kit, chance)
        took = statistics.median(take(kit, chance, known, asked.size, f"r{number}") for number in range(ROUNDS))
    row = {
        "work": f"{asked.size} texts, received to stored",
        "ours": "take_in, SQLite",
        "peer": None,
        "ours_s": took,
        "peer_s": None,
        "ratio": None,
        "items_per_s": asked.size / took,
    }
    if asked.json:
        print(json.dumps([row]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
    print(f"{row['work']}: {asked.size / took:.0f} items/s")


if __name__ == "__main__":
    main()
