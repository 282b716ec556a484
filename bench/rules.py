"""A hundred rules on events: our generated function beside cel-python and common-expression-language, and backtests.

``python -m bench.rules [--size 1000000] [--json]``

Each rule asks for one of four surfaces, an account's age, many views or two words, and a score, a listed address or a
near match of an account with reports. Events have ten fields, invented. Every engine must give the same hits. Osprey
1.1's figure on rules of this shape is frozen: its engine is not installed with pip.

``growth`` is the same with 10 to 1,000 rules, ``one surface`` with rules that all ask for the same one, so that the
index over surfaces helps nothing, and ``no hit`` with accounts older than any rule asks for. ``backtest`` runs the SQL
of one rule over ``--size`` events in DuckDB, in memory, on one thread; the last one is windowed. All seconds are of
processor time, medians of rounds.
"""

import argparse
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from abate.policy.rules import sql
from abate.policy.rules.check import RuleSet, rules
from abate.policy.rules.live import compiled
from abate.policy.rules.windows import Windows

SURFACES = ("feed", "search", "profile", "reply")
ADDRESSES = [f"https://site{number}.example/" for number in range(40)]
WORDS = [f"word{number}" for number in range(60)]
OSPREY = 53.0
"""Events a CPU-second: Osprey v1.1.0, synchronous executor, metrics and traces off, rules of this shape, July 2026."""

FIELDS = {
    "surface": "surface",
    "account.age_days": "age",
    "item.views": "views",
    "item.text": "text",
    "score:ranker:abuse": "score",
    "item.url": "url",
    "matches.min_distance": "distance",
    "account.reports": "reports",
    "item.language": "language",
    "item.account": "account",
}
"""Ours, and what the peers call it."""

OURS = (
    'surface == "{surface}" and account.age_days < {age} and '
    '(item.views > {views} or (contains(item.text, "{one}") and contains(item.text, "{two}"))) and '
    '(score("ranker:abuse") > {score} or item.url in {urls} or '
    "(matches.min_distance <= {distance} and account.reports >= {reports}))"
)
CEL = (
    'surface == "{surface}" && age < {age} && '
    '(views > {views} || (text.contains("{one}") && text.contains("{two}"))) && '
    "(score > {score} || url in {urls} || (distance <= {distance} && reports >= {reports}))"
)
WINDOWED = {
    "count": 'count(item.account, "1h") >= 4',
    "count_distinct": 'count_distinct(item.account, item.url, "1h") >= 4',
}


def parts(number: int, surfaces: Sequence[str]) -> list[dict[str, object]]:
    draw = random.Random(5)
    return [
        {
            "surface": draw.choice(surfaces),
            "age": float(draw.randint(100, 390)),
            "views": float(draw.randint(50, 600)),
            "one": draw.choice(WORDS),
            "two": draw.choice(WORDS),
            "score": round(draw.uniform(0.5, 0.95), 2),
            "urls": json.dumps(draw.sample(ADDRESSES, 5)),
            "distance": float(draw.randint(5, 25)),
            "reports": float(draw.randint(2, 9)),
        }
        for _ in range(number)
    ]


def events(number: int, surfaces: Sequence[str] = SURFACES) -> list[dict[str, Any]]:
    draw = random.Random(6)
    return [
        {
            "surface": draw.choice(surfaces),
            "account.age_days": float(draw.randint(0, 400)),
            "item.views": float(draw.randint(0, 1000)),
            "item.text": " ".join(draw.choices(WORDS, k=12)),
            "score:ranker:abuse": round(draw.random(), 3),
            "item.url": draw.choice(ADDRESSES),
            "matches.min_distance": float(draw.randint(0, 60)),
            "account.reports": float(draw.randint(0, 9)),
            "item.language": "en",
            "item.account": f"a{draw.randint(0, 5000)}",
        }
        for _ in range(number)
    ]


def rule_file(conditions: Sequence[str]) -> RuleSet:
    return rules(
        "".join(
            f'rule(name="r{number}", when={when}, then=review, because="b", owner="o")\n'
            for number, when in enumerate(conditions)
        )
    )


def spent(work: Callable[[], object], rounds: int = 5) -> float:
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def row(work: str, ours: str, peer: str, seconds: tuple[float, float], **more: object) -> dict[str, object]:
    ours_s, peer_s = seconds
    ratio = peer_s / ours_s if ours_s else 0.0
    return {"work": work, "ours": ours, "peer": peer, "ours_s": ours_s, "peer_s": peer_s, "ratio": ratio, **more}


def cel_rust(conditions: Sequence[str], shown: Sequence[dict[str, Any]]) -> tuple[list[list[int]], float]:
    import cel

    programs = [cel.compile(one) for one in conditions]

    def run() -> list[list[int]]:
        found = []
        for event in shown:
            context = cel.Context(event)
            found.append([number for number, one in enumerate(programs) if one.execute(context)])
        return found

    return run(), spent(run, 3) / len(shown)


def cel_python(conditions: Sequence[str], shown: Sequence[dict[str, Any]]) -> tuple[list[list[int]], float]:
    import celpy

    environment = celpy.Environment()
    programs = [environment.program(environment.compile(one)) for one in conditions]

    def run() -> list[list[int]]:
        found = []
        for event in shown:
            held = {name: celpy.json_to_cel(value) for name, value in event.items()}
            found.append([number for number, one in enumerate(programs) if one.evaluate(held)])
        return found

    began = time.process_time()
    return run(), (time.process_time() - began) / len(shown)


PEERS: dict[str, tuple[Callable[..., tuple[list[list[int]], float]], int]] = {
    "common-expression-language, one context an event": (cel_rust, 2_000),
    "cel-python, interpreted": (cel_python, 20),
}
"""Each with how many of the events it is given."""


def live(rounds: int) -> list[dict[str, object]]:
    made = parts(100, SURFACES)
    live_rules = compiled(rule_file([OURS.format(**one) for one in made]).rules)
    shown = events(20_000)
    hits = live_rules.hits(shown)
    ours_s = spent(lambda: live_rules.hits(shown), rounds) / len(shown)
    figure = f"{1 / ours_s:,.0f} events/CPU-s"
    rows = [
        row(
            "100 rules on an event",
            figure,
            f"Osprey 1.1, frozen: {OSPREY:.0f} events/CPU-s",
            (ours_s, 1 / OSPREY),
            hits_per_event=sum(map(len, hits)) / len(shown),
        )
    ]
    theirs = [{FIELDS[name]: value for name, value in event.items()} for event in shown]
    for name, (run, most) in PEERS.items():
        try:
            found, peer_s = run([CEL.format(**one) for one in made], theirs[:most])
        except ImportError:
            continue
        if found != hits[:most]:
            message = f"{name} gives other hits"
            raise SystemExit(message)
        rows.append(row("100 rules on an event", figure, f"{name}: {1 / peer_s:,.0f} events/CPU-s", (ours_s, peer_s)))
    return rows


def growth(rounds: int) -> list[dict[str, object]]:
    rows = []
    for work, surfaces in (("four surfaces", SURFACES), ("one surface", SURFACES[:1])):
        shown = events(10_000, surfaces)
        for number in (10, 100, 1_000):
            text = [OURS.format(**one) for one in parts(number, surfaces)]
            began = time.process_time()
            function = compiled(rule_file(text).rules).hits
            made_s = time.process_time() - began
            ours_s = spent(lambda run=function, given=shown: run(given), rounds) / len(shown)
            figure = f"{1 / ours_s:,.0f} events/CPU-s"
            rows.append(row(f"growth, {work}: {number} rules", figure, "-", (ours_s, 0.0), check_and_compile_s=made_s))
    quiet = [{**event, "account.age_days": 500.0} for event in events(10_000, SURFACES[:1])]
    for number in (1, 10, 1_000):
        function = compiled(rule_file([OURS.format(**one) for one in parts(number, SURFACES[:1])]).rules).hits
        if any(function(quiet)):
            message = "an event hits that was made to hit nothing"
            raise SystemExit(message)
        ours_s = spent(lambda run=function: run(quiet), rounds) / len(quiet)
        rows.append(row(f"no hit: {number} rules", f"{1 / ours_s:,.0f} events/CPU-s", "-", (ours_s, 0.0)))
    return rows


def table(size: int, read: RuleSet) -> duckdb.DuckDBPyConnection:
    """Events as in ``events``, made by DuckDB: an event a tenth of a second, 50,000 accounts."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute("SELECT setseed(0.5)")
    connection.execute(sql.create("events", read.fields, windows=True))
    word = "(hash(i * 12 + n) % 60)::BIGINT"
    columns = {
        "seq": "i",
        "at": "i * 100000",
        "item.platform": "'harbourline'",
        "surface": f"{list(SURFACES)}[1 + i % 4]",
        "account.age_days": "floor(random() * 400)",
        "item.views": "floor(random() * 1000)",
        "item.text": f"array_to_string(list_transform(range(12), lambda n: {WORDS}[1 + {word}]), ' ')",
        "score:ranker:abuse": "CASE WHEN i % 10 > 0 THEN random() END",
        "item.url": f"{ADDRESSES}[1 + (hash(i + 7) % 40)::BIGINT]",
        "matches.min_distance": "CASE WHEN i % 3 > 0 THEN floor(random() * 60) END",
        "account.reports": "floor(random() * 10)",
        "item.account": "'a' || (hash(i) % 50000)::VARCHAR",
    }
    chosen = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    connection.execute(f"INSERT INTO events BY NAME SELECT {chosen} FROM range({size}) t(i)")  # noqa: S608 - all ours
    return connection


def backtests(size: int, rounds: int) -> list[dict[str, object]]:
    text = [OURS.format(**parts(1, SURFACES)[0]), *WINDOWED.values()]
    made = rule_file(text)
    connection = table(size, made)
    rows = []
    same(connection, made)
    for rule, kind in zip(made.rules, ("one rule", *(f"windowed {name}" for name in WINDOWED)), strict=True):
        query = sql.counts([rule], "events")
        (found,) = connection.execute(query).fetchall()[0]
        ours_s = spent(lambda asked=query: connection.execute(asked).fetchall(), rounds)
        began = time.perf_counter()
        connection.execute(query).fetchall()
        wall = time.perf_counter() - began
        figure = f"{ours_s:.2f} CPU-s, {wall:.2f} s by the clock, {found:,} hits"
        rows.append(row(f"backtest, {kind}, {size:,} events", figure, "-", (ours_s, 0.0), wall_s=wall))
    return rows


def same(connection: duckdb.DuckDBPyConnection, made: RuleSet, number: int = 20_000) -> None:
    """Stop unless history and live say the same of the first events."""
    first = connection.sql(f"SELECT * FROM events WHERE seq < {number} ORDER BY seq")  # noqa: S608 - a number
    windows = Windows(made.windows)
    shown = []
    for values in first.fetchall():
        event = {name: value for name, value in zip(first.columns, values, strict=True) if value is not None}
        shown.append(windows.take(event, event["at"]))
    answer = connection.execute(f"{sql.hits(made.rules, 'events')} WHERE seq < {number} ORDER BY seq").fetchall()
    if compiled(made.rules).hits(shown) != [[at for at, fires in enumerate(one[1:]) if fires] for one in answer]:
        message = "history gives other hits than live"
        raise SystemExit(message)


def machine() -> str:
    load = os.getloadavg()[0]
    return f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load {load:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", default=[1_000_000], help="events of a backtest")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    for work in (live, growth, *((lambda rounds, size=size: backtests(size, rounds)) for size in options.size)):
        new = work(options.rounds)
        rows += [{**one, "machine": machine()} for one in new]
        if not options.json:
            for one in new:
                ratio = f" ({one['ratio']:,.0f} x)" if one["ratio"] else ""
                print(f"{one['work']}: {one['ours']}; {one['peer']}{ratio}", flush=True)
    print(json.dumps(rows, indent=1) if options.json else rows[-1]["machine"])


if __name__ == "__main__":
    main()
