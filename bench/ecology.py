"""Fusion and fission by counts of sizes, against the same model with a list of members for each cluster.

``python -m bench.ecology [--size 10000000] [--events 40000000] [--peer-size 1000000] [--json]``

The peer is compiled by numba too, so the difference is the method. It is run at ``--peer-size`` members, as its memory
and its time grow with them; nanoseconds an event are compared at that size.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable

import numba
import numpy as np

from abate.measurement.ecology.policies import NONE
from abate.measurement.ecology.run import Setting, run

SPLIT = 0.01


@numba.njit(cache=True)
def members(size: int, events: int, split: float, seed: int) -> int:
    """Run the model on linked lists: the next member of a cluster, and the cluster of each member."""
    np.random.seed(seed)  # noqa: NPY002 - what numba compiles
    cluster, following, last, count = np.arange(size), np.full(size, -1), np.arange(size), np.ones(size, np.int64)
    for _ in range(events):
        one = cluster[np.random.randint(size)]  # noqa: NPY002 - what numba compiles
        if np.random.random() < split:  # noqa: NPY002 - what numba compiles
            member = one
            while member >= 0:
                after = following[member]
                cluster[member], last[member], count[member], following[member] = member, member, 1, -1
                member = after
            continue
        other = cluster[np.random.randint(size)]  # noqa: NPY002 - what numba compiles
        if one == other:
            continue
        if count[one] < count[other]:
            one, other = other, one
        member = other
        while member >= 0:
            cluster[member] = one
            member = following[member]
        following[last[one]], last[one] = other, last[other]
        count[one] += count[other]
    return count.max()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock and of the processor: the second travels better from a machine that is shared."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - worked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--events", type=int, default=40_000_000)
    parser.add_argument("--peer-size", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    run(Setting(size=1000, events=1000, split=SPLIT), NONE, 0)
    members(1000, 1000, SPLIT, 0)
    peer_events = 4 * options.peer_size
    small, small_cpu = timed(lambda: run(Setting(size=options.peer_size, events=peer_events, split=SPLIT), NONE, 1))
    peer, peer_cpu = timed(lambda: members(options.peer_size, peer_events, SPLIT, 1))
    whole, whole_cpu = timed(lambda: run(Setting(size=options.size, events=options.events, split=SPLIT), NONE, 1))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    rows = [
        {
            "work": f"fusion-fission, {options.peer_size} members, {peer_events} events",
            "ours": "counts of sizes",
            "peer": "linked lists of members",
            "ours_s": small,
            "ours_cpu_s": small_cpu,
            "peer_s": peer,
            "peer_cpu_s": peer_cpu,
            "ratio": peer / small,
            "machine": machine,
        },
        {
            "work": f"fusion-fission, {options.size} members, {options.events} events",
            "ours": "counts of sizes",
            "peer": None,
            "ours_s": whole,
            "ours_cpu_s": whole_cpu,
            "peer_s": None,
            "peer_cpu_s": None,
            "ratio": None,
            "machine": machine,
        },
    ]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        peer_said = "" if row["peer_s"] is None else f", {row['peer']} {row['peer_s']:.2f} s, ratio {row['ratio']:.1f}"
        print(f"{row['work']}: {row['ours_s']:.2f} s, {row['ours_cpu_s']:.2f} s of a processor{peer_said}")
    print(machine)


if __name__ == "__main__":
    main()
