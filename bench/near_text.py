"""Copies of texts found among many: our index beside what else finds copies of texts, on the same posts.

``python -m bench.near_text [--size 1000000] [--sample 20000] [--queries 650] [--json]``
``python -m bench.near_text --pairs``

Invented posts of about 280 characters in the languages that the shared data set has a page of
(``bench/invented_text.py``). Each query is a known post in which a share of the words was changed, half of one, or one
inside 600 other characters; it is found when the post that it was made of is among the hits. Unseen posts and real news
(agnews, PUD) are not to be found.

Peers: python-threatexchange's ``raw_text`` (at most 5 % Levenshtein distance) and its TLSH extension (``py-tlsh``)
compare with every known post: they are measured on a sample of the known posts, and what a query would take among all
of them is extrapolated, which the row says. datasketch's MinHashLSH (128 permutations, five-letter shingles, threshold
0.5) and rensa's RMinHashLSH are built over the sample as well, because a million takes them gigabytes; among more posts
they find no more. A peer that is not installed is left out. ``raw_text`` raises for letters beyond ASCII: such pairs
count as unlike, and cost it nothing.

Seconds are of processor time. ``--pairs`` prints instead what of pairs of news sentences with much the same words
(MRPC) counts as a copy, and which of agnews repeat each other.
"""

import argparse
import csv
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.item import Item, Kind, Material
from abate.domain.signal import MIN_QUALITY
from abate.extend.index import Hit
from abate.matching.text_index import WinnowingLookup
from abate.matching.winnowing.index import WinnowingIndex
from abate.signals.near_text import RADIUS, NearText
from abate.signals.normal import normalise
from bench.invented_text import Language, languages

DATA = Path(os.environ.get("ABATE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
LENGTH = 280
BOILERPLATE = 600
LINEAR = 25
"""Queries of each kind that a linear scan is asked."""
SHARES = (0.1, 0.2, 0.3, 0.4)
PLUG = NearText()


@dataclass(frozen=True)
class Posts:
    """Known posts, language by language, so many of each."""

    spoken: Sequence[Language]
    numbers: Sequence[np.ndarray]

    def texts(self, first: int = 0, end: int | None = None) -> list[str]:
        return [
            text
            for one, numbers in zip(self.spoken, self.numbers, strict=True)
            for text in one.texts(numbers[first:end])
        ]


@dataclass(frozen=True)
class Asked:
    """Queries of one kind, with the known post that each was made of."""

    kind: str
    texts: list[str]
    made_of: list[int] | None


def value_of(text: str) -> str:
    found = PLUG.compute(Material(item=Item(id="1", kind=Kind.TEXT, text=text)))
    return "" if found is None else found.value


def known_posts(size: int) -> Posts:
    spoken = languages(DATA)
    if not spoken:
        sys.exit(f"no pages of languages in {DATA}/lang_udhr; set ABATE_DATA")
    each = size // len(spoken)
    random = np.random.default_rng(16)
    return Posts(spoken, [one.numbers(random, each, LENGTH) for one in spoken])


def queries(posts: Posts, count: int, within: int) -> list[Asked]:
    """Make queries of each kind of the first ``within`` posts of each language."""
    random = np.random.default_rng(17)
    each, stride = max(1, count // len(posts.spoken)), len(posts.numbers[0])
    made = {f"{share:.0%} of words edited": ([], []) for share in SHARES}
    made |= {"half of the text": ([], []), f"inside {BOILERPLATE} other characters": ([], [])}
    unseen: list[str] = []
    for place, (one, numbers) in enumerate(zip(posts.spoken, posts.numbers, strict=True)):
        rows = random.integers(0, min(within, stride), each)
        texts = one.texts(numbers[rows])
        others = one.texts(one.numbers(random, each, BOILERPLATE))
        unseen += one.texts(one.numbers(random, each, LENGTH))
        kinds = [one.texts(one.edited(random, numbers[rows], share)) for share in SHARES]
        kinds.append([text[: len(text) // 2] for text in texts])
        kinds.append(
            [
                f"{other[: BOILERPLATE // 2]} {text} {other[BOILERPLATE // 2 :]}"
                for text, other in zip(texts, others, strict=True)
            ]
        )
        for pair, new in zip(made.values(), kinds, strict=True):
            pair[0].extend(new)
            pair[1].extend((place * stride + rows).tolist())
    return [*(Asked(kind, *pair) for kind, pair in made.items()), Asked("unseen posts", unseen, None), *news()]


def news() -> list[Asked]:
    """Return the real news there is."""
    found = []
    for name, file, columns in (
        ("news_en_agnews", "test_sample.tsv", ("title", "description")),
        ("news_ar_pud", "sentences.tsv", ("text",)),
        ("news_en_pud", "sentences.tsv", ("text",)),
    ):
        path = DATA / name / file
        if path.exists():
            with path.open(encoding="utf-8", newline="") as stream:
                rows = csv.DictReader(stream, delimiter="\t")
                found.append(Asked(name, [". ".join(row[column] for column in columns) for row in rows], None))
    return found


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float]:
    began = time.process_time()
    answer = work(*arguments)
    return answer, time.process_time() - began


def ours(posts: Posts, asked: list[Asked]) -> tuple[WinnowingIndex, dict[str, tuple[float, float]], dict[str, float]]:
    """Return the index, recall (or the share found) and seconds a query of each kind, and what else was measured."""
    value_of("the lantern is lit at noon by the harbour")
    written, sketch_s = [], 0.0
    each = len(posts.numbers[0])
    for one, numbers in zip(posts.spoken, posts.numbers, strict=True):
        for first in range(0, each, 10_000):
            values, cpu = timed(
                lambda texts: [value_of(text) for text in texts], one.texts(numbers[first : first + 10_000])
            )
            written += [bytes.fromhex(value) for value in values]
            sketch_s += cpu
    WinnowingIndex.build(written[:1000])
    index, build_s = timed(WinnowingIndex.build, written)
    lookup = WinnowingLookup(index, radius=RADIUS)
    answers = {}
    for one in asked:
        values = [value for value in map(value_of, one.texts) if value]
        lookup.lookup(values[:64])
        hits, cpu = timed(lookup.lookup, values)
        answers[one.kind] = (found_share(one, hits), cpu / len(values))
    single, cpu = timed(
        lambda values: [lookup.lookup([value])[0] for value in values], [*map(value_of, asked[1].texts)]
    )
    answers[f"{asked[1].kind}, one by one"] = (found_share(asked[1], single), cpu / len(single))
    told = {
        "sketch_s": sketch_s / len(written),
        "build_s": build_s,
        "megabytes": index.nbytes / 1e6,
        "posts": len(written),
    }
    return index, answers, told


def found_share(asked: Asked, hits: Sequence[Sequence[Hit]]) -> float:
    if asked.made_of is None:
        return sum(map(bool, hits)) / len(hits)
    return sum(truth in {hit.position for hit in own} for truth, own in zip(asked.made_of, hits, strict=True)) / len(
        hits
    )


Peer = tuple[str, Callable[[str], set[int]], bool]
"""Its name, what it answers to a text, and whether it compares with every known one."""


def linear_peers(texts: list[str]) -> list[Peer]:
    found: list[Peer] = []
    try:
        from threatexchange.signal_type.raw_text import RawTextSignal

        def alike(text: str, one: str) -> bool:
            try:
                return bool(RawTextSignal.matches_str(one, text).match)
            except UnicodeEncodeError:
                return False

        found.append(("raw_text", lambda text: {n for n, one in enumerate(texts) if alike(text, one)}, True))
    except ImportError:
        pass
    try:
        from threatexchange.extensions.tlsh.text_tlsh import TextTLSHSignal

        held = [*map(TextTLSHSignal.hash_from_str, texts)]

        def near(text: str) -> set[int]:
            own = TextTLSHSignal.hash_from_str(text)
            return {n for n, one in enumerate(held) if own and one and TextTLSHSignal.compare_hash(own, one).match}

        found.append(("TLSH", near, True))
    except ImportError:
        pass
    return found


def shingles(text: str) -> list[str]:
    letters = normalise(text).replace(" ", "")
    return [letters[at : at + 5] for at in range(max(1, len(letters) - 4))]


def minhash_peers(texts: list[str]) -> list[Peer]:
    found: list[Peer] = []
    try:
        from datasketch import MinHash, MinHashLSH

        lsh = MinHashLSH(threshold=0.5, num_perm=128)

        def sketch(text: str) -> Any:
            made = MinHash(num_perm=128)
            made.update_batch([shingle.encode() for shingle in shingles(text)])
            return made

        for number, text in enumerate(texts):
            lsh.insert(number, sketch(text))
        found.append(("datasketch MinHashLSH", lambda text: set(lsh.query(sketch(text))), False))
    except ImportError:
        pass
    try:
        from rensa import RMinHash, RMinHashLSH

        rust = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32)

        def rough(text: str) -> Any:
            made = RMinHash(num_perm=128, seed=42)
            made.update(shingles(text))
            return made

        for number, text in enumerate(texts):
            rust.insert(number, rough(text))
        found.append(("rensa RMinHashLSH", lambda text: set(rust.query(rough(text))), False))
    except ImportError:
        pass
    return found


def peer_rows(size: int, sample: int, count: int, answers: dict[str, tuple[float, float]]) -> list[dict[str, object]]:
    """Ask the peers among a sample of known posts; what scans all of them is extrapolated to the full number."""
    posts = known_posts(sample)
    texts = posts.texts()
    rows = []
    for name, ask, is_linear in [*linear_peers(texts), *minhash_peers(texts)]:
        for asked in queries(posts, LINEAR if is_linear else count, len(posts.numbers[0])):
            if asked.made_of is None and asked.kind != "unseen posts":
                continue
            found, cpu = timed(lambda asked=asked, ask=ask: [ask(text) for text in asked.texts])
            hits = [[Hit(position=place, distance=0) for place in own] for own in found]
            seconds = cpu / len(hits) * (size / len(texts) if is_linear else 1)
            recall, our_s = answers[asked.kind]
            how = f"{len(texts)} posts, time extrapolated to {size}" if is_linear else f"{len(texts)} posts"
            rows.append(
                row(asked.kind, f"{name}, {how}", our_s, seconds)
                | {"our_share": recall, "peer_share": found_share(asked, hits)}
            )
    return rows


def row(work: str, peer: str, ours_s: float, peer_s: float | None) -> dict[str, object]:
    ratio = None if peer_s is None else peer_s / ours_s
    return {
        "work": work,
        "ours": "winnowing index",
        "peer": peer,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": ratio,
        "machine": machine(),
    }


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def shown(found: dict[str, Any]) -> str:
    share = f"{found['our_share']:.4f} found" + (f", peer {found['peer_share']:.4f}" if "peer_share" in found else "")
    peer = (
        ""
        if found["peer_s"] is None
        else f"; {found['peer']}: {found['peer_s'] * 1e6:.0f} µs, ratio {found['ratio']:.0f}"
    )
    return f"{found['work']}: {share}; {found['ours_s'] * 1e6:.1f} µs a query{peer}"


def pairs() -> None:
    """Print what of pairs that share most of their words counts as a copy."""
    rows = []
    for file in ("train_sample.tsv", "test.tsv"):
        lines = (DATA / "dup_en_mrpc" / file).read_text("utf-8").splitlines()[1:]
        rows += [line.split("\t") for line in lines]
    print("MRPC, pairs of news sentences: of those called a paraphrase, and of the others")
    for name, label in (("paraphrases", "1"), ("others", "0")):
        table: dict[str, int] = {}
        for _, one, two in (row for row in rows if row[0] == label):
            told = verdict(one, two)
            table[told] = table.get(told, 0) + 1
        total = sum(table.values())
        print(f"  {name} ({total}): " + ", ".join(f"{told} {n} ({n / total:.0%})" for told, n in sorted(table.items())))
    for asked in news():
        values = [value for value in map(value_of, asked.texts) if value]
        hits = WinnowingLookup.over(values, radius=RADIUS).lookup(values)
        others = [[hit.distance for hit in own if hit.position != place] for place, own in enumerate(hits)]
        nearest = sorted(min(own) for own in others if own)
        middle = statistics.median(nearest) if nearest else "-"
        print(f"{asked.kind}: {len(nearest)} of {len(values)} repeat another of them, at a median distance of {middle}")


def verdict(one: str, two: str) -> str:
    signals = [PLUG.compute(Material(item=Item(id="1", kind=Kind.TEXT, text=text))) for text in (one, two)]
    if any(found is None or found.quality < MIN_QUALITY for found in signals):
        return "too short"
    first, second = (found.value for found in signals if found is not None)
    (hits,) = WinnowingLookup.over([first], radius=RADIUS).lookup([second])
    if not hits:
        return "no copy"
    return "copy at distance up to 50" if hits[0].distance <= 50 else "copy beyond 50"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="known posts")
    parser.add_argument("--sample", type=int, default=20_000, help="known posts for the peers")
    parser.add_argument("--queries", type=int, default=650, help="of each kind")
    parser.add_argument("--pairs", action="store_true", help="print what counts as a copy, and nothing else")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.pairs:
        pairs()
        return
    posts = known_posts(options.size)
    asked = queries(posts, options.queries, len(posts.numbers[0]))
    _, answers, told = ours(posts, asked)
    rows = [row(kind, "none", seconds, None) | {"our_share": share} for kind, (share, seconds) in answers.items()]
    del posts
    if not options.json:
        print(f"{told['posts']} posts: {told['megabytes']:.0f} MB, built in {told['build_s']:.1f} s")
        print(f"{told['sketch_s'] * 1e6:.1f} µs to compute the fingerprints of one")
        print("\n".join(map(shown, rows)), flush=True)
    theirs = peer_rows(options.size, options.sample, options.queries, answers)
    if options.json:
        every = [{**one, "size": told["posts"]} for one in rows + theirs]
        print(json.dumps([*every, {"work": "index", **told}], indent=1))
        return
    print("\n".join(map(shown, theirs)))
    print(machine())


if __name__ == "__main__":
    main()
