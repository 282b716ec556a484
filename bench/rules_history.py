"""A rule tried on history, the whole way: events in the store → columns beside it → DuckDB → the report.

``python -m bench.rules_history [--size 1000000] [--json]``

``--size`` invented posts, a tenth of a second apart, are written into an SQLite store as intake writes them. ``catching
up`` makes the columns of all of them, which happens once and then for what is new. Each rule is then tried on all of
them, its report with it, columns warm, by the clock, medians of rounds. Beside it stands what one would do without a
second translation: the same columns fetched row by row and given to the generated function. Both must give one answer.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

import duckdb

from abate.app import opened
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent
from abate.flows.kit import Kit
from abate.flows.rule_blocks import brought_up_to_date
from abate.flows.rule_columns import selected
from abate.flows.rules.backtest import backtest
from abate.flows.rules.recording import event_of
from abate.policy.rules.check import RuleSet
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows
from abate.settings import load
from bench.rules import OURS, SURFACES, WINDOWED, events, machine, parts, row, rule_file

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP_US = 100_000
"""Between two posts."""
TOGETHER = 20_000
"""Posts of one transaction, and different ones: they come again under other accounts."""

RULES = {
    "stateless": "account.age_days < 30 and item.views > 900",
    "of the shape of bench.rules": OURS.format(**parts(1, SURFACES)[0]),
    "over words": 'contains_any(item.text, ["word1 ", "word17"]) and account.age_days < 200',
    **{f"windowed {name}": text for name, text in WINDOWED.items()},
}


def posts(size: int) -> Iterator[tuple[Item, RuleEvent]]:
    """Invented posts with their event records."""
    shown = events(TOGETHER)
    began = int(START.timestamp() * 1_000_000)
    for number in range(size):
        values = {**shown[number % TOGETHER], "item.platform": "harbourline", "item.account": f"a{account_of(number)}"}
        name = f"p{number}"
        item = Item(id=name, kind=Kind.TEXT, text=values["item.text"], url=values["item.url"])
        yield item, event_of(name, began + number * STEP_US, values)


def account_of(number: int) -> int:
    """Return one of 50,000 accounts, of which a few post most."""
    drawn = number * 2_654_435_761 % 2**32 / 2**32
    return int(50_000 * drawn**3)


def fill(kit: Kit, size: int) -> None:
    made = posts(size)
    while together := list(islice(made, TOGETHER)):
        with kit.store.write() as tx:
            tx.items.add_many(item for item, _ in together)
            tx.rule_events.append(event for _, event in together)


def clocked(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def fetched(paths: list[Path], rules: RuleSet) -> int:
    """Return the hits of one rule, its events fetched out of the columns and given to the generated function."""
    listed = ", ".join(f"'{path}'" for path in paths)
    columns = selected(rules.fields, ("item.platform",))
    hits, windows, live = 0, Windows(rules.windows, most=10**9), compiled(rules.rules)
    with duckdb.connect() as connection:
        query = f"SELECT {columns} FROM read_parquet([{listed}]) ORDER BY seq"  # noqa: S608 - all ours
        asked = connection.execute(query)
        names = [one[0] for one in asked.description or ()]
        while rows := asked.fetchmany(TOGETHER):
            records = [{n: v for n, v in zip(names, values, strict=True) if v is not None} for values in rows]
            if rules.windows:
                records = [windows.take(record, record["at"]) for record in records]
            hits += sum(map(len, live.hits(records)))
    return hits


def measure(kit: Kit, size: int, rounds: int) -> Iterator[dict[str, object]]:
    began = time.perf_counter()
    fill(kit, size)
    written = time.perf_counter() - began
    began = time.perf_counter()
    with brought_up_to_date(kit) as files:
        paths = files.of(1, size)
    caught_up = time.perf_counter() - began
    folder = sum(path.stat().st_size for path in paths) / 2**20
    told = f"{caught_up:.1f} s, {caught_up / size * 1e6:.1f} µs an event, {folder:.0f} MiB"
    yield row(f"catching up with {size:,} events", told, f"writing them: {written:.0f} s", (caught_up, written))
    numbers = count()
    until = START + timedelta(microseconds=size * STEP_US)
    for kind, text in RULES.items():
        made = rule_file([text])
        rules = [replace(made.rules[0], name=f"r{next(numbers)}")]
        (report,) = backtest(kit, rules, since=START, until=until)
        began = time.perf_counter()
        theirs = fetched(paths, made)
        peer_s = time.perf_counter() - began
        if theirs != report.hits:
            message = f"{kind}: history gives {report.hits} hits and the live function {theirs}"
            raise SystemExit(message)
        ours_s = clocked(lambda given=rules: backtest(kit, given, since=START, until=until), rounds)
        figure = f"{ours_s:.2f} s, {theirs:,} hits"
        yield row(f"backtest, {kind}, {size:,} events", figure, f"fetched rows: {peer_s:.2f} s", (ours_s, peer_s))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as home, opened(replace(load({}), home=Path(home))) as kit:
        for one in measure(kit, options.size, options.rounds):
            rows.append({**one, "machine": machine()})
            if not options.json:
                print(f"{one['work']}: {one['ours']}; {one['peer']} ({one['ratio']:,.1f} x)", flush=True)
    print(json.dumps(rows, indent=1) if options.json else rows[-1]["machine"])


if __name__ == "__main__":
    main()
