"""Presence, following, reach, first and last sights, and returns, exact: ours beside DuckDB and Polars streaming.

``python -m bench.presence [--size 50000000] [--rounds 1] [--growth | --rollup] [--json]``

Invented sightings, three years, eight platforms, written once to a temporary file (``bench/measurement_table.py``). All
three read the same file and must give the same numbers, week by week; then each is timed, one question after another,
in the same run. First and last sights are what survival starts from, returns after four silent weeks are what
reappearance does. Ours reads the columns once and keeps them; the peers, which have nothing kept, scan what each
question needs, as they are meant to be used. Ours does more than it is compared for: reporting lag, provisional weeks
with their nowcast, the sum of the audience beside the union.

``--growth`` gives our cost a row at a fiftieth, a fifth and the whole of the size; ``--rollup`` what it costs to keep a
roll-up of the table, and then to ask it all five.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from abate.measurement.counting.channels import Returns, Spans, first_and_last, returns
from abate.measurement.rollup.ask import AskedOfRollup, following_kept, presence_kept, reach_kept
from abate.measurement.rollup.file import read_rollup, source_of, write_rollup
from abate.measurement.rollup.make import roll_up
from abate.measurement.tables.columns import Sightings
from abate.measurement.tables.read import read_sightings
from abate.measurement.weekly.following import COLUMNS as FOLLOWING_COLUMNS
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import COLUMNS as PRESENCE_COLUMNS
from abate.measurement.weekly.presence import presence
from abate.measurement.weekly.reach import AGE, reach
from abate.measurement.weekly.reach import COLUMNS as REACH_COLUMNS
from bench import measurement_table

QUESTIONS = ("presence", "following", "reach", "first and last", "returns")
Found = list[tuple[int, ...]]
COLUMNS = {*PRESENCE_COLUMNS, *FOLLOWING_COLUMNS, *REACH_COLUMNS} - {"followers"}
MONDAY_US, WEEK_US, AGE_US = 345_600_000_000, 604_800_000_000, 7 * 86_400_000_000
SILENT = 4

_FILLED = {"week": f"(epoch_us(posted_at) - {MONDAY_US}) // {WEEK_US}", "age": AGE_US, "silent": SILENT}
SQL = {
    "presence": "SELECT {week} w, count(DISTINCT (platform, channel)) FROM t GROUP BY w ORDER BY w",
    "following": "SELECT {week} w, count(DISTINCT (platform, audience)) FROM t GROUP BY w ORDER BY w",
    "reach": """
        SELECT w, sum(v)::BIGINT FROM (
            SELECT {week} w, max(views) v FROM t WHERE epoch_us(observed_at) - epoch_us(posted_at) <= {age}
            GROUP BY w, platform, item
        ) GROUP BY w ORDER BY w""",
    "first and last": """
        SELECT epoch_us(min(observed_at)), epoch_us(max(observed_at)) FROM t GROUP BY platform, channel ORDER BY ALL""",
    "returns": """
        SELECT w, silent FROM (
            SELECT w, w - lag(w) OVER (PARTITION BY platform, channel ORDER BY w) - 1 silent
            FROM (SELECT DISTINCT {week} w, platform, channel FROM t)
        ) WHERE silent >= {silent} ORDER BY ALL""",
}


def ours(table: Sightings, question: str) -> Found:
    if question == "first and last":
        spans = first_and_last(table)
        return list(zip(spans.first.tolist(), spans.last.tolist(), strict=True))
    if question == "returns":
        back = returns(table, SILENT)
        return list(zip(back.week.tolist(), back.silent.tolist(), strict=True))
    measure = {"presence": presence, "following": following, "reach": reach}[question]
    return [(row.week, row.value or 0) for row in measure(table).rows]


def of_duckdb(path: Path, question: str) -> Found:
    connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
    connection.execute(f"CREATE VIEW t AS FROM read_parquet('{path}')")
    return connection.execute(SQL[question].format(**_FILLED)).fetchall()


def of_polars(path: Path, question: str) -> Found:
    import polars as pl

    posted, observed = (pl.col(name).dt.epoch("us") for name in ("posted_at", "observed_at"))
    week = ((posted - MONDAY_US) // WEEK_US).alias("w")
    rows, channel = pl.scan_parquet(path), ("platform", "channel")
    if question == "first and last":
        asked = rows.group_by(channel).agg(observed.min().alias("f"), observed.max().alias("l")).select("f", "l")
    elif question == "reach":
        young = rows.filter(observed - posted <= AGE_US).group_by(week, "platform", "item").agg(pl.col("views").max())
        asked = young.group_by("w").agg(pl.col("views").sum())
    elif question == "returns":
        active = rows.select(week, *channel).unique().sort(*channel, "w")
        gap = (pl.col("w") - pl.col("w").shift(1).over(channel) - 1).alias("silent")
        asked = active.select("w", gap).filter(pl.col("silent") >= SILENT)
    else:
        unit = "channel" if question == "presence" else "audience"
        asked = rows.select(week, "platform", unit).unique().group_by("w").agg(pl.len())
    return asked.collect(engine="streaming").rows()


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Seconds by the clock, and of all processors together: the second travels better from a machine that is shared."""

    wall: float
    cpu: float


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, Spent]:
    began, worked = time.perf_counter(), time.process_time()
    answer = work(*arguments)
    return answer, Spent(wall=time.perf_counter() - began, cpu=time.process_time() - worked)


def read(path: Path) -> Sightings:
    return read_sightings(path, only=COLUMNS)


def one_round(path: Path, peers: dict[str, Callable[[Path, str], Found]]) -> dict[str, dict[str, Spent]]:
    """Return side → step → what it took; stops where two sides count differently."""
    table, reading = timed(read, path)
    spent: dict[str, dict[str, Spent]] = {"ours": {"reading": reading}} | {name: {} for name in peers}
    for question in QUESTIONS:
        own, spent["ours"][question] = timed(ours, table, question)
        own.sort()
        for name, peer in peers.items():
            theirs, spent[name][question] = timed(peer, path, question)
            if own != sorted(theirs):
                sys.exit(f"{question}: ours and {name} count differently: correct that before timing it")
    return spent


def peers_here() -> dict[str, Callable[[Path, str], Found]]:
    try:
        import polars as pl
    except ImportError:
        sys.exit("polars is not installed: pip install '.[oracles]'")
    return {f"DuckDB {duckdb.__version__}": of_duckdb, f"Polars {pl.__version__} streaming": of_polars}


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def measure(path: Path, size: int, rounds: int) -> Iterator[dict[str, object]]:
    peers = peers_here()
    found = [one_round(path, peers) for _ in range(rounds)]
    for step in ("reading", *QUESTIONS, "all five"):
        own = _median([_of(one["ours"], step) for one in found])
        for name in peers if step != "reading" else ("",):
            peer = _median([_of(one[name], step) for one in found]) if name else None
            yield row(f"{step}, {size} sightings from Parquet", own, name, peer)


def row(work: str, own: Spent, name: str = "", peer: Spent | None = None) -> dict[str, object]:
    return {
        "work": work,
        "ours": "columns kept, bits and buckets",
        "peer": name or None,
        "ours_s": own.wall,
        "ours_cpu_s": own.cpu,
        "peer_s": peer.wall if peer else None,
        "peer_cpu_s": peer.cpu if peer else None,
        "ratio": peer.wall / own.wall if peer else None,
        "cpu_ratio": peer.cpu / own.cpu if peer else None,
        "machine": machine(),
    }


def _of(steps: dict[str, Spent], step: str) -> Spent:
    chosen = list(steps.values()) if step == "all five" else [steps[step]]
    return Spent(wall=sum(one.wall for one in chosen), cpu=sum(one.cpu for one in chosen))


def _median(spent: list[Spent]) -> Spent:
    return Spent(wall=statistics.median(one.wall for one in spent), cpu=statistics.median(one.cpu for one in spent))


def rolled_up(path: Path, size: int) -> Iterator[dict[str, object]]:
    """Keep a roll-up, read it anew and ask it; stops where it answers differently from the table."""
    kept = path.with_suffix(".rollup")
    _, spent = timed(lambda: write_rollup(roll_up(read(path), source_of(path), AGE), kept))
    yield row(f"roll-up of {size} sightings, {kept.stat().st_size / 1e6:.1f} MB, read and kept once", spent)
    answers, spent = timed(of_rollup, kept)
    yield row(f"all five of {size} sightings, from the roll-up", spent)
    table, told = read(path), as_lists(*answers)
    for question in QUESTIONS:
        if sorted(ours(table, question)) != sorted(told[question]):
            sys.exit(f"{question}: the roll-up and the table answer differently: correct that before timing it")


def of_rollup(path: Path) -> tuple[dict[str, Any], Spans, Returns]:
    rollup = read_rollup(path)
    asked = AskedOfRollup(rollup=rollup)
    weekly = {"presence": presence_kept(asked), "following": following_kept(asked), "reach": reach_kept(asked, AGE)}
    return weekly, rollup.channels.spans(), rollup.channels.returns(SILENT)


def as_lists(weekly: dict[str, Any], spans: Spans, back: Returns) -> dict[str, Found]:
    return {name: [(one.week, one.value or 0) for one in answer.rows] for name, answer in weekly.items()} | {
        "first and last": list(zip(spans.first.tolist(), spans.last.tolist(), strict=True)),
        "returns": list(zip(back.week.tolist(), back.silent.tolist(), strict=True)),
    }


def growth(folder: Path, size: int) -> Iterator[dict[str, object]]:
    for part in (50, 5, 1):
        path, rows = folder / f"growth-{part}.parquet", size // part
        measurement_table.write(path, rows)
        table, reading = timed(read, path)
        steps = {"reading": reading} | {question: timed(ours, table, question)[1] for question in QUESTIONS}
        path.unlink()
        for step in ("reading", *QUESTIONS, "all five"):
            spent = _of(steps, step)
            yield row(f"{step}, {rows} sightings: {1e9 * spent.cpu / rows:.0f} ns of a processor a row", spent)


def warm(folder: Path) -> None:
    """Compile every kernel on a table just large enough for the way of millions of rows."""
    path = folder / "warm.parquet"
    measurement_table.write(path, 1_100_000)
    table = read(path)
    for question in QUESTIONS:
        ours(table, question)
    path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=50_000_000, help="sightings")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--growth", action="store_true", help="our cost a row as the table grows, without peers")
    parser.add_argument("--rollup", action="store_true", help="our roll-up, and the same questions asked of it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm(folder)
        if options.growth:
            rows = list(growth(folder, options.size))
        else:
            path = folder / "sightings.parquet"
            measurement_table.write(path, options.size)
            asked = rolled_up(path, options.size) if options.rollup else measure(path, options.size, options.rounds)
            rows = list(asked)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for one in rows:
        print(f"{one['work']}: {one['ours_s']:.2f} s, {one['ours_cpu_s']:.2f} s of a processor")
        if one["peer"] is not None:
            took = f"{one['peer_s']:.2f} s, ratio {one['ratio']:.2f}; processor {one['peer_cpu_s']:.2f} s"
            print(f"  {one['peer']} {took}, ratio {one['cpu_ratio']:.2f}")
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
