"""Radius-31 lookup among 256-bit hashes: our brute-force kernel against faiss (where installed) or numpy.

``python -m bench.lookup [--size 1000000] [--queries 256] [--json]``

One thread, uniform random hashes; one query in a hundred lies within the radius of a known one. Both sides must find
the same. faiss-cpu is compared as IndexBinaryFlat (the same brute force) and as IndexBinaryMultiHash (what HMA uses).
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

from abate.matching.hamming_index import HammingIndexType

Bytes = np.ndarray
Search = Callable[[Bytes, Bytes], list[set[int]]]
RADIUS = 31
ROUNDS = 5


def hashes(known: int, queries: int) -> tuple[Bytes, Bytes]:
    random = np.random.default_rng(31)
    held = random.integers(0, 256, (known, 32), dtype=np.uint8)
    asked = random.integers(0, 256, (queries, 32), dtype=np.uint8)
    asked[::100] = held[random.integers(0, known, len(asked[::100]))]
    asked[::100, :3] ^= random.integers(0, 256, (len(asked[::100]), 3), dtype=np.uint8)
    return held, asked


def numpy_search(held: Bytes, asked: Bytes) -> list[set[int]]:
    """XOR and count, a query at a time: what one would write without a kernel."""
    words, queries = held.view(np.uint64), asked.view(np.uint64)
    return [set(np.flatnonzero(np.bitwise_count(words ^ query).sum(axis=1) <= RADIUS).tolist()) for query in queries]


def faiss_peers(held: Bytes) -> dict[str, Search]:
    try:
        import faiss
    except ImportError:
        return {}
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexBinaryFlat(256)
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.nflip = 1
    peers = {"faiss IndexBinaryFlat": flat, "faiss IndexBinaryMultiHash": multi}
    for index in peers.values():
        index.add(held)

    def searcher(index: Any) -> Search:
        def search(_held: Bytes, asked: Bytes) -> list[set[int]]:
            limits, _, labels = index.range_search(asked, RADIUS + 1)
            return [set(labels[limits[i] : limits[i + 1]].tolist()) for i in range(len(asked))]

        return search

    return {name: searcher(index) for name, index in peers.items()}


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = work(*arguments)
    return answer, time.perf_counter() - began


def measure(known: int, queries: int) -> list[dict[str, object]]:
    held, asked = hashes(known, queries)
    written = [row.tobytes().hex() for row in asked]
    built, build_seconds = timed(lambda: HammingIndexType().build([row.tobytes().hex() for row in held], radius=RADIUS))
    built.lookup(written[:1])
    # numpy takes seconds a query at a million: fewer of them, the same work each
    peers = {name: (search, queries) for name, search in faiss_peers(held).items()}
    peers = peers or {"numpy bitwise_count": (numpy_search, min(queries, 16))}
    rows = []
    for name, (search, count) in peers.items():
        own_seconds, peer_seconds = [], []
        for _ in range(ROUNDS):
            own, seconds = timed(built.lookup, written)
            own_seconds.append(seconds / queries)
            other, seconds = timed(search, held, asked[:count])
            peer_seconds.append(seconds / count)
            if [{hit.position for hit in hits} for hits in own[:count]] != other:
                sys.exit(f"{name} finds something else than the kernel: correct that before timing it")
        ours, peer = statistics.median(own_seconds), statistics.median(peer_seconds)
        rows.append(
            {
                "work": f"one radius-{RADIUS} lookup among {known} hashes, batches of {queries}, one thread",
                "ours": "brute-force kernel",
                "peer": name,
                "ours_s": ours,
                "peer_s": peer,
                "ratio": peer / ours,
                "build_s": build_seconds,
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="known hashes")
    parser.add_argument("--queries", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.size, options.queries)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['work']}: {row['ours_s'] * 1e6:.0f} µs, {row['peer']} {row['peer_s'] * 1e6:.0f} µs, "
            f"ratio {row['ratio']:.1f}; built in {row['build_s']:.2f} s"
        )
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
