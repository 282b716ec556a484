"""Radius-31 lookup among 256-bit hashes: our index beside faiss and python-threatexchange, where they are installed.

``python -m bench.lookup [--size 100000 1000000] [--skewed FOLDER] [--rounds 5] [--json]``
``python -m bench.lookup --plot docs/pictures/lookup.svg [--size N…] [--from-record]``

Uniform random hashes; one query in a hundred lies within the radius of a known one. ``--skewed`` takes what
``bench.real_hashes`` wrote instead: real hashes are correlated and lie in clusters, which random ones do not. What a
query with hits costs is the answer itself, so those with and those without are timed apart as well, beside an index of
as many uniform hashes.

Every index is asked the same and must find the same. Rounds are interleaved and medians given. What one thread does is
counted in seconds of processor time, which travel better from a machine that is shared; two threads can only be timed
by the clock. faiss is compared as IndexBinaryFlat (brute force) and IndexBinaryMultiHash with 16 tables of 16 bits and
one flip (what hasher-matcher-actioner uses); python-threatexchange as PDQIndex, up to a million hashes, with what it
costs to build, to open, and to add one hash. It cannot delete: the peer of our delete is building it anew.

``--plot`` measures lookups alone at 10⁴ to 10⁷ hashes, or at the sizes named, puts them into ``records/lookup.json``
beside what other sizes gave before, and draws that record; ``--from-record`` draws only. Above twenty million the
indexes are built one after another, since they do not fit together, and MultiHash is left out: 10⁸ hashes take 20 GB
of memory without it.
"""

import argparse
import ctypes
import io
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from abate.matching.hamming.codes import shuffled
from abate.matching.hamming.index import HammingIndex
from abate.matching.hamming.parts import question
from bench import lookup_plot

Codes = np.ndarray
Found = list[set[int]]
RADIUS = 31
BATCH = 3000
SINGLES = 200
CHANGES = 50
MOST_FOR_PDQ_INDEX = 1_000_000
MOST_TOGETHER = 20_000_000
"""Hashes up to which all indexes are in memory at once."""


@dataclass
class Side:
    """One index under test: how it is asked, of how many queries at most, and what it took."""

    name: str
    ask: Callable[[Codes], Any]
    read: Callable[[Any], Iterator[tuple[int, int]]]
    """Makes ``(query, entry)`` of what was answered, when the clock stands."""
    most: int
    build_s: float
    megabytes: float
    spent: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    def run(self, asked: Codes) -> Found:
        asked = asked[: self.most]
        answer, cpu, wall = timed(self.ask, asked)
        self.spent.append(cpu / len(asked))
        self.clock.append(wall / len(asked))
        found: Found = [set() for _ in asked]
        for query, entry in self.read(answer):
            found[query].add(entry)
        return found

    @property
    def seconds(self) -> float:
        """Of processor time, for one query."""
        return statistics.median(self.spent)


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float, float]:
    began, worked = time.perf_counter(), time.process_time()
    answer = work(*arguments)
    return answer, time.process_time() - worked, time.perf_counter() - began


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def grown(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What is made, the seconds of processor time that took, and the megabytes by which the process grew."""
    # What was freed before would be filled first, and not be seen to grow.
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    made, cpu, _ = timed(make)
    return made, cpu, resident() - before


def edited(random: np.random.Generator, codes: Codes) -> Codes:
    """Each with up to 31 of its bits turned."""
    bits = np.unpackbits(codes, axis=1)
    for row in bits:
        row[random.choice(256, random.integers(0, RADIUS + 1), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def uniform(known: int) -> tuple[Codes, Codes]:
    random = np.random.default_rng(31)
    held = random.integers(0, 256, (known, 32), dtype=np.uint8)
    asked = random.integers(0, 256, (BATCH, 32), dtype=np.uint8)
    asked[::100] = edited(random, held[random.integers(0, known, len(asked[::100]))])
    return held, asked


def sides_of_ours(index: HammingIndex, build_s: float) -> dict[str, Side]:
    def batch(threads: int) -> Callable[[Codes], Any]:
        return lambda asked: index.search(asked, RADIUS, threads=threads)

    def single(asked: Codes) -> Any:
        return [index.search(asked[i : i + 1], RADIUS) for i in range(len(asked))]

    def pairs(answer: Any) -> Iterator[tuple[int, int]]:
        return zip(answer[0].tolist(), answer[1].tolist(), strict=True)

    def pairs_of_singles(answers: Any) -> Iterator[tuple[int, int]]:
        return ((i, entry) for i, answer in enumerate(answers) for entry in answer[1].tolist())

    megabytes = index.nbytes / 1e6
    return {
        "batch": Side("index, batch", batch(1), pairs, BATCH, build_s, megabytes),
        "single": Side("index, one by one", single, pairs_of_singles, SINGLES, build_s, megabytes),
        "two": Side("index, batch, two threads", batch(2), pairs, BATCH, build_s, megabytes),
    }


def of_faiss(index: Any, few: int, made: tuple[float, float], name: str) -> tuple[Side, Side]:
    """A faiss index asked in batches, and one by one."""

    def batch(asked: Codes) -> Any:
        return index.range_search(asked, RADIUS + 1)

    def single(asked: Codes) -> Any:
        return [batch(asked[i : i + 1]) for i in range(len(asked))]

    def pairs(answer: Any) -> Iterator[tuple[int, int]]:
        limits, _, labels = answer
        each = np.diff(limits.astype(np.int64))
        return zip(np.repeat(np.arange(len(each)), each).tolist(), labels.tolist(), strict=True)

    def pairs_of_singles(answers: Any) -> Iterator[tuple[int, int]]:
        return ((i, entry) for i, (_, _, labels) in enumerate(answers) for entry in labels.tolist())

    return (
        Side(f"faiss {name}, batch", batch, pairs, 2 * few, *made),
        Side(f"faiss {name}, one by one", single, pairs_of_singles, few, *made),
    )


def flat_side(held: Codes) -> list[Side]:
    try:
        import faiss
    except ImportError:
        return []
    faiss.omp_set_num_threads(1)

    def make() -> Any:
        index = faiss.IndexBinaryFlat(256)
        index.add(held)
        return index

    index, *made = grown(make)
    few = 32 if len(held) <= 2 * MOST_FOR_PDQ_INDEX else 4
    return [of_faiss(index, few, (made[0], made[1]), "IndexBinaryFlat")[0]]


def multi_sides(held: Codes) -> list[Side]:
    try:
        import faiss
    except ImportError:
        return []
    faiss.omp_set_num_threads(1)

    def make() -> Any:
        index = faiss.IndexBinaryMultiHash(256, 16, 16)
        index.nflip = 1
        index.add(held)
        return index

    index, *made = grown(make)
    few = 200 if len(held) <= 2 * MOST_FOR_PDQ_INDEX else 16
    return list(of_faiss(index, few, (made[0], made[1]), "IndexBinaryMultiHash"))


def pdq_index(held: Codes) -> tuple[Side, Any] | None:
    if len(held) > MOST_FOR_PDQ_INDEX:
        return None
    try:
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex
    except ImportError:
        return None
    written = [(row.tobytes().hex(), number) for number, row in enumerate(held)]
    index, seconds, megabytes = grown(lambda: PDQIndex.build(written))

    def ask(asked: Codes) -> Any:
        return [index.query(row.tobytes().hex()) for row in asked]

    def pairs(answers: Any) -> Iterator[tuple[int, int]]:
        return ((i, match.metadata) for i, answer in enumerate(answers) for match in answer)

    return Side("threatexchange PDQIndex, one by one", ask, pairs, 200, seconds, megabytes), index


def interleaved(sides: list[Side], asked: Codes, rounds: int) -> None:
    """Time each side in every round; the first says what is to be found."""
    for side in sides:
        side.ask(asked[:1])
        side.spent.clear()
        side.clock.clear()
    for _ in range(rounds):
        first, *others = [side.run(asked) for side in sides]
        for side, answer in zip(sides[1:], others, strict=True):
            agree(side.name, first, answer)


def agree(name: str, first: Found, answer: Found) -> None:
    common = min(len(first), len(answer))
    if first[:common] != answer[:common]:
        sys.exit(f"{name} finds something else than the index: correct that before timing it")


def beside(work: str, ours: dict[str, Side], peers: list[Side]) -> list[dict[str, object]]:
    rows = []
    for peer in peers:
        side = ours["single" if "one by one" in peer.name else "batch"]
        rows.append(row(work, side.name, peer.name, side.seconds, peer.seconds))
        rows[-1] |= {"ours_mb": round(side.megabytes), "peer_mb": round(peer.megabytes)}
    return rows


def lookups(size: int, rounds: int) -> list[dict[str, object]]:
    held, asked = uniform(size)
    HammingIndex.build(held[:1]).warm()
    index, build_s, _ = timed(HammingIndex.build, held)
    ours = sides_of_ours(index, build_s)
    theirs = pdq_index(held)
    peers = [*flat_side(held), *multi_sides(held), *([theirs[0]] if theirs else [])]
    interleaved([*ours.values(), *peers], asked, rounds)
    work = f"one radius-{RADIUS} lookup among {size} uniform hashes"
    rows = beside(work, ours, peers)
    one, two = (statistics.median(ours[name].clock) for name in ("batch", "two"))
    rows.append(row(f"{work}, by the clock", "index, batch, two threads", "index, batch, one thread", two, one))
    rows += [
        row(f"build over {size} hashes", "index", peer.name.partition(",")[0], build_s, peer.build_s)
        for peer in peers
        if "MultiHash, batch" in peer.name or "PDQIndex" in peer.name
    ]
    return rows + changes(index, held, theirs[1] if theirs else None)


def skewed(folder: Path, most: int | None, rounds: int) -> list[dict[str, object]]:
    """Look up real-looking hashes: as they come, those with hits, and those without, beside uniform ones."""
    held, asked = (np.load(folder / name) for name in ("known.npy", "asked.npy"))
    held = np.ascontiguousarray(held[:most])
    HammingIndex.build(held[:1]).warm()
    index, build_s, _ = timed(HammingIndex.build, held)
    ours = {name: side for name, side in sides_of_ours(index, build_s).items() if name != "two"}
    peers = [*flat_side(held), *multi_sides(held)]
    query, entry, _ = index.search(asked, RADIUS)
    hits = np.bincount(query, minlength=len(asked))
    rows = []
    for name, chosen in (("as they come", hits >= 0), ("with hits", hits > 0), ("without hits", hits == 0)):
        interleaved([*ours.values(), *peers], asked[chosen][:BATCH], rounds)
        work = f"one radius-{RADIUS} lookup among {len(held)} skewed hashes, queries {name}"
        told = {"queries": int(chosen.sum()), "hits_per_query": float(hits[chosen].mean())}
        if told["hits_per_query"]:
            told["meetings_per_hit"] = meetings(asked[query], held[entry])
        rows += [found | told for found in beside(work, ours, peers)]
    return rows + skewed_and_uniform(ours, (len(held), asked[hits == 0][:BATCH]), rounds)


def meetings(asked: Codes, held: Codes) -> float:
    """From how many of the sixteen chunks the index meets a code that it finds, on average."""
    unlike = np.bitwise_count((shuffled(asked) ^ shuffled(held)).view(np.uint16)).astype(np.int64)
    one = unlike
    two = one + np.roll(unlike, -1, axis=1)
    three = two + np.roll(unlike, -2, axis=1)
    budgets = question(shuffled(asked[:1]), RADIUS).budgets
    return float(((one <= budgets[0]) & (two <= budgets[1]) & (three <= budgets[2])).sum(axis=1).mean())


def skewed_and_uniform(ours: dict[str, Side], asked: tuple[int, Codes], rounds: int) -> list[dict[str, object]]:
    """What a query that finds nothing costs on skewed hashes, and on as many uniform ones."""
    size, without = asked
    held, others = uniform(size)
    others = np.delete(others, np.s_[::100], axis=0)
    even = sides_of_ours(HammingIndex.build(held), 0.0)
    rows = []
    for name in ("batch", "single"):
        skew, plain = ours[name], even[name]
        skew.spent.clear()
        for _ in range(rounds):
            skew.run(without)
            plain.run(others)
        work = f"one radius-{RADIUS} lookup among {size} hashes that finds nothing, skewed beside uniform"
        rows.append(row(work, skew.name, f"{plain.name}, uniform", skew.seconds, plain.seconds))
    return rows


def curve(size: int, rounds: int) -> lookup_plot.Rows:
    """What one lookup costs at this size: rows of the record that the plot is drawn from."""
    held, asked = uniform(size)
    HammingIndex.build(held[:1]).warm()
    together = size <= MOST_TOGETHER
    if together:
        index, build_s, _ = timed(HammingIndex.build, held)
        ours = sides_of_ours(index, build_s)
        sides = [ours["batch"], ours["single"], *flat_side(held), *multi_sides(held)[:1]]
        interleaved(sides, asked, rounds)
    else:
        sides = one_after_another(held, asked, rounds)
    stated = {"size": size, "machine": machine(), "date": f"{datetime.now(tz=UTC):%Y-%m-%d}", "rounds": rounds}
    return [
        {
            **stated,
            "index": side.name,
            "seconds": side.seconds,
            "megabytes": round(side.megabytes),
            "together": together,
        }
        for side in sides
    ]


def one_after_another(held: Codes, asked: Codes, rounds: int) -> list[Side]:
    """Time what does not fit into memory together: brute force first, whose answers the index must repeat."""
    expected: list[tuple[str, Found]] = []
    done = []
    for side in flat_side(held):
        interleaved([side], asked, rounds)
        expected.append((side.name, side.run(asked)))
        done.append(freed(side))
    index, build_s, _ = timed(HammingIndex.build, held)
    ours = [side for name, side in sides_of_ours(index, build_s).items() if name != "two"]
    interleaved(ours, asked, rounds)
    for name, found in expected:
        agree(name, ours[0].run(asked), found)
    return [freed(side) for side in ours] + done


def freed(side: Side) -> Side:
    """The side without its index."""
    return replace(side, ask=len, read=iter)


def changes(index: HammingIndex, held: Codes, theirs: Any) -> list[dict[str, object]]:
    """Adding one, deleting one, and opening: until a lookup has seen it, by the clock."""
    one = held[:1]

    def add() -> None:
        (given,) = index.add(one)
        if given not in index.search(one, 0)[1]:
            sys.exit("what was added is not found: correct that before timing it")

    def delete(number: int) -> None:
        index.discard(np.array([number]))
        if number in index.search(one, 0)[1]:
            sys.exit("what was deleted is still found: correct that before timing it")

    added = [timed(add)[2] for _ in range(CHANGES)]
    last = index.next_id - 1
    deleted = [timed(delete, last - done)[2] for done in range(CHANGES)]
    index.merge()
    opened = open_ours(index)
    size = len(held)
    ours = (statistics.median(added), statistics.median(deleted), opened)
    if theirs is not None:
        return beside_pdq_index(ours, theirs, held)
    return [
        row(f"{what} at {size} hashes, by the clock", "index", "none measured", seconds, None)
        for what, seconds in zip(("add one", "delete one", "open, verify and warm"), ours, strict=True)
    ]


def beside_pdq_index(ours: tuple[float, float, float], theirs: Any, held: Codes) -> list[dict[str, object]]:
    added, deleted, opened = ours
    one, size = held[:1], len(held)
    their_add = statistics.median(timed(theirs.add, one[0].tobytes().hex(), size + n)[2] for n in range(3))
    stored = io.BytesIO()
    theirs.serialize(stored)
    stored.seek(0)
    their_open = timed(type(theirs).deserialize, stored)[2]
    written = [(code.tobytes().hex(), number) for number, code in enumerate(held)]
    their_rebuild = timed(type(theirs).build, written)[2]
    peer = "threatexchange PDQIndex"
    return [
        row(f"add one at {size} hashes, by the clock", "index", peer, added, their_add),
        row(
            f"delete one at {size} hashes, by the clock",
            "index",
            f"{peer} built anew",
            deleted,
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
    found = {"work": work, "ours": ours, "peer": peer, "ours_s": ours_s, "peer_s": None, "ratio": None}
    if peer_s is not None:
        found |= {"peer_s": peer_s, "ratio": peer_s / ours_s}
    return found | {"machine": machine()}


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def shown(found: dict[str, Any]) -> str:
    def seconds(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value * 1e6:.1f} µs" if value < 1e-3 else f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"

    ratio = "" if found["ratio"] is None else f", ratio {found['ratio']:.{0 if found['ratio'] >= 100 else 2}f}"
    memory = f", {found['ours_mb']} MB and {found['peer_mb']} MB" if "ours_mb" in found else ""
    hits = f", {found['hits_per_query']:.2f} hits a query" if "hits_per_query" in found else ""
    if "meetings_per_hit" in found:
        hits += f", each met {found['meetings_per_hit']:.1f} times"
    sides = f"{found['ours']} {seconds(found['ours_s'])}, {found['peer']} {seconds(found['peer_s'])}"
    return f"{found['work']}: {sides}{ratio}{memory}{hits}"


def plot(options: argparse.Namespace) -> None:
    if not options.from_record:
        for size in options.size or lookup_plot.SIZES:
            new = curve(size, options.rounds)
            lookup_plot.keep(new)
            for found in new:
                print(f"{size} hashes, {found['index']}: {found['seconds'] * 1e6:.1f} µs a query", flush=True)
    options.plot.write_text(lookup_plot.drawn(lookup_plot.kept()), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", help="known hashes")
    parser.add_argument("--skewed", type=Path, metavar="FOLDER", help="take what bench.real_hashes wrote there")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="measure what a lookup costs by size, and draw it")
    parser.add_argument("--from-record", action="store_true", help="with --plot: draw what was measured before")
    options = parser.parse_args()
    if options.plot is not None:
        plot(options)
        return
    rows: list[dict[str, object]] = []
    for size in options.size or ([None] if options.skewed else [100_000, 1_000_000]):
        new = skewed(options.skewed, size, options.rounds) if options.skewed else lookups(size, options.rounds)
        rows += new
        if not options.json:
            print("\n".join(map(shown, new)), flush=True)
    print(json.dumps(rows, indent=1) if options.json else rows[-1]["machine"])


if __name__ == "__main__":
    main()
