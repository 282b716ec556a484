"""Kaplan-Meier with delayed entry on the daily grid: ours against lifelines on the same days.

``python -m bench.survival [--size 2000000] [--rounds 3] [--json]``

Invented lifetimes with late entry and loss. Both sides are given the same whole days and must draw the same curve to
1e-9; each round times both in turn, by the clock and by all processors together, and medians are compared. Ours
compiles in the first round, which is given apart.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from abate.measurement.lives.kaplan_meier import Observed, kaplan_meier


def lifetimes(size: int) -> Observed:
    draw = np.random.default_rng(7)
    life = np.ceil(draw.exponential(60, size)).astype(np.int64)
    lost = np.ceil(draw.exponential(150, size)).astype(np.int64)
    entry = np.ceil(draw.exponential(10, size) * (draw.random(size) < 0.6)).astype(np.int64)
    leave = np.minimum(life, lost)
    seen = entry < leave
    return Observed(exit=leave[seen], event=(life <= lost)[seen], entry=entry[seen])


def timed(work: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """Return the answer with seconds by the clock and of all processors together."""
    began, worked = time.perf_counter(), time.process_time()
    answer = work()
    return answer, (time.perf_counter() - began, time.process_time() - worked)


def measure(size: int, rounds: int) -> list[dict[str, object]]:
    try:
        from lifelines import KaplanMeierFitter
    except ImportError:
        sys.exit("lifelines is not installed: pip install '.[oracles]'")
    given = lifetimes(size)
    own_seconds, peer_seconds = [], []
    for _ in range(rounds):
        own, seconds = timed(lambda: kaplan_meier(given))
        own_seconds.append(seconds)
        other, seconds = timed(lambda: KaplanMeierFitter().fit(given.exit, given.event, entry=given.entry))
        peer_seconds.append(seconds)
        theirs = other.survival_function_.iloc[:, 0]
        if max(abs(own.at(day) - share) for day, share in theirs.items()) > 1e-9:
            sys.exit("the two curves differ: correct that before timing it")
    (ours, ours_cpu), (peer, peer_cpu) = (
        map(statistics.median, zip(*spent, strict=True)) for spent in (own_seconds, peer_seconds)
    )
    return [
        {
            "work": f"Kaplan-Meier with delayed entry and interval, {len(given.exit)} lifetimes, daily grid",
            "ours": "counts by day",
            "peer": "lifelines KaplanMeierFitter",
            "ours_s": ours,
            "ours_cpu_s": ours_cpu,
            "ours_first_s": own_seconds[0][0],
            "peer_s": peer,
            "peer_cpu_s": peer_cpu,
            "ratio": peer / ours,
            "cpu_ratio": peer_cpu / ours_cpu,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        }
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2_000_000, help="lifetimes before those never at risk are left out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.size, options.rounds)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['work']}: {row['ours_s']:.4f} s, {row['peer']} {row['peer_s']:.3f} s, ratio {row['ratio']:.1f}")
        print(f"  of a processor: {row['ours_cpu_s']:.4f} s, {row['peer_cpu_s']:.3f} s, ratio {row['cpu_ratio']:.1f}")
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
