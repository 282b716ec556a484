"""Item received → stored decision: texts through the whole loop, one process, SQLite.

``python -m bench.intake [--size 5000] [--json]``

Texts in batches of 500 against a bank of 10,000 texts; one in a hundred matches and opens a case. None of the peers
takes an item from receipt to a stored case with its audit record in one process, so there is no peer figure.

Then the same with 100 live rules, of which a quarter asks for each of four surfaces, and with 10 live rules that each
look back through a window of their own; their ratio is that of the processor time without a rule.
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
from abate.domain.rule import RuleChange, RuleState, RuleStep, RuleVersion
from abate.extend.exchange import Listed
from abate.flows import banks, pipeline
from abate.flows.kit import Kit
from abate.policy.rules.check import rules
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


SURFACES = ["feed", "search", "profile", "reply"]
PLAIN = "".join(
    f'rule(name="plain{number}", when=surface == "{SURFACES[number % 4]}" and account.age_days < {number} and '
    f'(item.views > {number * 3} or contains(item.text, "word{number}")), then=review, because="b", owner="o")\n'
    for number in range(100)
)
WINDOWED = "".join(
    f'rule(name="windowed{number}", when=count(item.account, "{number + 1}m") > 1000000, then=review, because="b", '
    'owner="o")\n'
    for number in range(10)
)


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


def enforce(kit: Kit, source: str) -> None:
    """Put the rules of a file in force, as if somebody had approved them."""
    now = kit.clock.now()
    with kit.store.write() as tx:
        for rule in rules(source).rules:
            version = RuleVersion(
                id=rule.version,
                name=rule.name,
                text=rule.text,
                created_at=now,
                created_by="bench",
                since=now,
                state=RuleState.LIVE,
                share=100,
            )
            tx.rules.add(version)
            change = RuleChange(
                id=rule.version, rule=version.id, name=rule.name, step=RuleStep.APPROVED, at=now, by="bench"
            )
            tx.rule_changes.add(change)


def take(kit: Kit, chance: random.Random, known: list[str], size: int, name: str) -> tuple[float, float]:
    """Take items in; seconds of time and of processor time."""
    texts = [chance.choice(known) if place % 100 == 0 else text(chance) for place in range(size)]
    items = [
        Item(
            id=f"{name}-{place}",
            kind=Kind.TEXT,
            text=one,
            platform="bench",
            channel=f"c{place % 50}",
            account=f"a{place % 700}",
            surface=SURFACES[place % 4],
        )
        for place, one in enumerate(texts)
    ]
    start, busy = time.perf_counter(), time.process_time()
    for first in range(0, size, BATCH):
        pipeline.take_in(kit, items[first : first + BATCH], by="bench")
    return time.perf_counter() - start, time.process_time() - busy


def measured(size: int, source: str) -> tuple[float, float]:
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, wiring.opened(Settings(home=Path(folder))) as kit:
        known = fill(kit, chance)
        enforce(kit, source)
        rounds = [take(kit, chance, known, size, f"r{number}") for number in range(ROUNDS)]
    return statistics.median(one[0] for one in rounds), statistics.median(one[1] for one in rounds)


def row(size: int, with_rules: str, took: tuple[float, float], bare: float) -> dict[str, object]:
    return {
        "work": f"{size} texts, received to stored{with_rules}",
        "ours": "take_in, SQLite",
        "peer": None,
        "ours_s": took[0],
        "peer_s": None,
        "ratio": took[1] / bare if with_rules else None,
        "items_per_s": size / took[0],
        "items_per_cpu_s": size / took[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    sources = {"": "", ", 100 live rules": PLAIN, ", 10 live rules with windows": WINDOWED}
    took = {name: measured(asked.size, source) for name, source in sources.items()}
    rows = [row(asked.size, name, one, took[""][1]) for name, one in took.items()]
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}")
    for one in rows:
        beside = f", {one['ratio']:.2f}x the processor time without rules" if one["ratio"] else ""
        print(f"{one['work']}: {one['items_per_s']:.0f} items/s, {one['items_per_cpu_s']:.0f} a CPU-second{beside}")


if __name__ == "__main__":
    main()
