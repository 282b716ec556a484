"""Radius-31 lookup among 256-bit hashes: our index beside faiss and python-threatexchange, where they are installed.

``python -m bench.lookup [--size 100000 1000000] [--skewed CODES.npy] [--rounds 5] [--json]``

Uniform random hashes; one query in a hundred lies within the radius of a known one. ``--skewed`` takes the hashes from
a file instead (uint8, ``(n, 32)``; the first ``--size`` of them) and its queries are edits of them: real hashes are
correlated, which random ones are not.

Every index is asked the same and must find the same. Rounds are interleaved and medians given. What one thread does is
counted in seconds of processor time, which travel better from a machine that is shared; two threads can only be timed
by the clock. faiss is compared as IndexBinaryFlat (brute force) and IndexBinaryMultiHash with 16 tables of 16 bits and
one flip (what hasher-matcher-actioner uses); python-threatexchange as PDQIndex, up to a million hashes, with what it
costs to build, to open, and to add one hash. It cannot delete: the peer of our delete is building it anew.
"""

import argparse
import io
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from abate.matching.hamming.index import HammingIndex

Codes = np.ndarray
Found = list[set[int]]
RADIUS = 31
BATCH = 3000
SINGLES = 200
CHANGES = 50
MOST_FOR_PDQ_INDEX = 1_000_000


@dataclass
class Side:
    """One index under test: how it is asked, of how many queries at most, and what it took."""

    name: str
    ask: Callable[[Codes], Found]
    most: int
    build_s: float
    megabytes: float
    spent: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    def run(self, asked: Codes) -> Found:
        answer, cpu, wall = timed(self.ask, asked)
        self.spent.append(cpu / len(asked))
        self.clock.append(wall / len(asked))
        return answer


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float, float]:
    began, worked = time.perf_counter(), time.process_time()
    answer = work(*arguments)
    return answer, time.process_time() - worked, time.perf_counter() - began


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def grown(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What is made, the seconds of processor time that took, and the megabytes by which the process grew."""
    before = resident()
    made, cpu, _ = timed(make)
    return made, cpu, resident() - before


def edited(random: np.random.Generator, codes: Codes) -> Codes:
    """Each with up to 31 of its bits turned."""
    bits = np.unpackbits(codes, axis=1)
    for row in bits:
        row[random.choice(256, random.integers(0, RADIUS + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def hashes(known: int, skewed: Path | None) -> tuple[Codes, Codes]:
    random = np.random.default_rng(31)
    if skewed is not None:
        given = np.load(skewed)
        held = np.ascontiguousarray(given[:known])
        # Hashes of the same corpus that are not held are what nothing should be found for, as far as that can be had.
        others = given[known : known + BATCH] if len(given) > known + BATCH // 2 else held
        asked = others[random.integers(0, len(others), BATCH)].copy()
        asked[::2] = edited(random, asked[::2])
        return held, asked
    held = random.integers(0, 256, (known, 32), dtype=np.uint8)
    asked = random.integers(0, 256, (BATCH, 32), dtype=np.uint8)
    asked[::100] = edited(random, held[random.integers(0, known, len(asked[::100]))])
    return held, asked


def of_ours(index: HammingIndex, *, threads: int = 1) -> Callable[[Codes], Found]:
    def ask(asked: Codes) -> Found:
        query, entry, _ = index.search(asked, RADIUS, threads=threads)
        return sets(query, entry, len(asked))

    return ask


def of_ours_one_by_one(index: HammingIndex) -> Callable[[Codes], Found]:
    return lambda asked: [set(index.search(asked[i : i + 1], RADIUS)[1].tolist()) for i in range(len(asked))]


def sets(query: np.ndarray, entry: np.ndarray, length: int) -> Found:
    found: Found = [set() for _ in range(length)]
    for q, e in zip(query.tolist(), entry.tolist(), strict=True):
        found[q].add(e)
    return found


def faiss_sides(held: Codes) -> list[Side]:
    try:
        import faiss
    except ImportError:
        return []
    faiss.omp_set_num_threads(1)
    large = len(held) > 2 * MOST_FOR_PDQ_INDEX
    sides = []

    def make_flat() -> Any:
        index = faiss.IndexBinaryFlat(256)
        index.add(held)
        return index

    def make_multi() -> Any:
        index = faiss.IndexBinaryMultiHash(256, 16, 16)
        index.nflip = 1
        index.add(held)
        return index

    def asking(index: Any) -> Callable[[Codes], Found]:
        def ask(asked: Codes) -> Found:
            limits, _, labels = index.range_search(asked, RADIUS + 1)
            return [set(labels[limits[i] : limits[i + 1]].tolist()) for i in range(len(asked))]

        return ask

    def one_by_one(index: Any) -> Callable[[Codes], Found]:
        ask = asking(index)
        return lambda asked: [ask(asked[i : i + 1])[0] for i in range(len(asked))]

    flat, flat_s, flat_mb = grown(make_flat)
    sides.append(Side("faiss IndexBinaryFlat, batch", asking(flat), 8 if large else 64, flat_s, flat_mb))
    multi, multi_s, multi_mb = grown(make_multi)
    few = 16 if large else 200
    sides.append(Side("faiss IndexBinaryMultiHash, batch", asking(multi), 2 * few, multi_s, multi_mb))
    sides.append(Side("faiss IndexBinaryMultiHash, one by one", one_by_one(multi), few, multi_s, multi_mb))
    return sides


def pdq_index(held: Codes) -> tuple[Side, Any] | None:
    if len(held) > MOST_FOR_PDQ_INDEX:
        return None
    try:
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex
    except ImportError:
        return None
    written = [(row.tobytes().hex(), number) for number, row in enumerate(held)]
    index, seconds, megabytes = grown(lambda: PDQIndex.build(written))

    def ask(asked: Codes) -> Found:
        return [{match.metadata for match in index.query(row.tobytes().hex())} for row in asked]

    return Side("threatexchange PDQIndex, one by one", ask, 200, seconds, megabytes), index


def interleaved(ours: dict[str, Side], peers: list[Side], asked: Codes, rounds: int) -> None:
    for side in (*ours.values(), *peers):
        side.ask(asked[:1])
    for _ in range(rounds):
        answers = [side.run(asked[: side.most]) for side in ours.values()]
        for side in peers:
            other = side.run(asked[: side.most])
            for answer in answers:
                common = min(len(other), len(answer))
                if other[:common] != answer[:common]:
                    sys.exit(f"{side.name} finds something else than the index: correct that before timing it")


def lookups(held: Codes, asked: Codes, rounds: int, corpus: str) -> list[dict[str, object]]:
    HammingIndex.build(held[:1]).warm()
    index, build_s, _ = timed(HammingIndex.build, held)
    megabytes = index.nbytes / 1e6
    ours = {
        "batch": Side("index, batch", of_ours(index), BATCH, build_s, megabytes),
        "single": Side("index, one by one", of_ours_one_by_one(index), SINGLES, build_s, megabytes),
        "two": Side("index, batch, two threads", of_ours(index, threads=2), BATCH, build_s, megabytes),
    }
    theirs = pdq_index(held)
    peers = faiss_sides(held) + ([theirs[0]] if theirs else [])
    interleaved(ours, peers, asked, rounds)
    work = f"one radius-{RADIUS} lookup among {len(held)} {corpus} hashes"
    rows = []
    for peer in peers:
        side = ours["single" if "one by one" in peer.name else "batch"]
        rows.append(row(work, side.name, peer.name, statistics.median(side.spent), statistics.median(peer.spent)))
        rows[-1] |= {"ours_mb": round(side.megabytes), "peer_mb": round(peer.megabytes)}
    one, two = (statistics.median(ours[name].clock) for name in ("batch", "two"))
    rows.append(row(f"{work}, by the clock", "index, batch, two threads", "index, batch, one thread", two, one))
    rows += [
        row(f"build over {len(held)} hashes", "index", peer.name.partition(",")[0], build_s, peer.build_s)
        for peer in peers
        if "MultiHash, batch" in peer.name or "PDQIndex" in peer.name
    ]
    return rows + changes(index, held, theirs[1] if theirs else None)


def changes(index: HammingIndex, held: Codes, theirs: Any) -> list[dict[str, object]]:
    """Adding one, deleting one, and opening: until a lookup has seen it, by the clock."""
    one = held[:1]

    def add() -> None:
        (given,) = index.add(one)
        if given not in index.search(one, 0)[1]:
            sys.exit("what was added is not found: correct that before timing it")

    def delete() -> None:
        number = index.next_id - 1 - delete.done  # type: ignore[attr-defined]  # counts its own calls
        delete.done += 1  # type: ignore[attr-defined]  # as above
        index.discard([number])
        if number in index.search(one, 0)[1]:
            sys.exit("what was deleted is still found: correct that before timing it")

    delete.done = 0  # type: ignore[attr-defined]  # as above
    added = [timed(add)[2] for _ in range(CHANGES)]
    deleted = [timed(delete)[2] for _ in range(CHANGES)]
    index.merge()
    opened = open_ours(index)
    size = len(held)
    if theirs is None:
        return [
            row(f"{what} at {size} hashes, by the clock", "index", "none measured", seconds, None)
            for what, seconds in (
                ("add one", statistics.median(added)),
                ("delete one", statistics.median(deleted)),
                ("open, verify and warm", opened),
            )
        ]
    their_add = statistics.median(timed(theirs.add, one[0].tobytes().hex(), size + n)[2] for n in range(3))
    stored = io.BytesIO()
    theirs.serialize(stored)
    stored.seek(0)
    their_open = timed(type(theirs).deserialize, stored)[2]
    written = [(code.tobytes().hex(), number) for number, code in enumerate(held)]
    their_rebuild = timed(type(theirs).build, written)[2]
    peer = "threatexchange PDQIndex"
    return [
        row(f"add one at {size} hashes, by the clock", "index", peer, statistics.median(added), their_add),
        row(
            f"delete one at {size} hashes, by the clock",
            "index",
            f"{peer} built anew",
            statistics.median(deleted),
            their_rebuild,
        ),
        row(
            f"open {size} hashes, by the clock", "index, verified and warm", f"{peer}, from memory", opened, their_open
        ),
    ]


def open_ours(index: HammingIndex) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "index")
        index.save(path)

        def ready() -> None:
            HammingIndex.open(path).warm()

        return timed(ready)[2]


def row(work: str, ours: str, peer: str, ours_s: float, peer_s: float | None) -> dict[str, object]:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    found = {"work": work, "ours": ours, "peer": peer, "ours_s": ours_s, "peer_s": None, "ratio": None}
    if peer_s is not None:
        found |= {"peer_s": peer_s, "ratio": peer_s / ours_s}
    return found | {"machine": machine}


def shown(found: dict[str, Any]) -> str:
    def seconds(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value * 1e6:.1f} µs" if value < 1e-3 else f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"

    ratio = "" if found["ratio"] is None else f", ratio {found['ratio']:.1f}"
    memory = f", {found['ours_mb']} MB and {found['peer_mb']} MB" if "ours_mb" in found else ""
    sides = f"{found['ours']} {seconds(found['ours_s'])}, {found['peer']} {seconds(found['peer_s'])}"
    return f"{found['work']}: {sides}{ratio}{memory}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", default=[100_000, 1_000_000], help="known hashes")
    parser.add_argument("--skewed", type=Path, help="take the hashes from this .npy file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    corpus = "uniform" if options.skewed is None else "skewed"
    rows = []
    for size in options.size:
        held, asked = hashes(size, options.skewed)
        new = lookups(held, asked, options.rounds, corpus)
        rows += new
        if not options.json:
            print("\n".join(map(shown, new)), flush=True)
    print(json.dumps(rows, indent=1) if options.json else rows[-1]["machine"])


if __name__ == "__main__":
    main()
