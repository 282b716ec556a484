"""Known phrases in posts of 280 characters: our seeker beside pyahocorasick, and beside a plain regex at a thousand.

``python -m bench.terms [--size 1000 100000] [--posts 2000] [--rounds 3] [--json]``

Invented words of Latin, Arabic, Cyrillic and Devanagari letters; phrases of two or three of them, or of one that no
post has otherwise; one post in ten holds a phrase. All sides look in the same normal form, made of all posts together,
and apply the same rule, ``exact``: a hit counts between spaces. Ours is timed a second time with its default mode,
``clitic``, and always from the post as written, disguises looked for, to the spans in it, which no peer does. All must
find the same. Seconds of processor time, medians of interleaved rounds; memory is what the process grew by while the
automaton was built, apart from the list of phrases itself. What of our time is the reading of the post, which all that
matches texts share, is told apart.
"""

import argparse
import ctypes
import gc
import json
import os
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from abate.signals.normal import matching_views_many, normalise, normalise_many
from abate.signals.terms import PhraseSeeker

ALPHABETS = ("abcdefghijklmnoprstuvwy", "ابتجحدرسشصطعغفقكلمنهوي", "абвгдежзиклмнопрстухя", "कखगघचजटडतदनपबमयरलवसह")
LETTERS = 280
REGEX_MOST = 1_000
Found = list[set[str]]


@dataclass
class Side:
    """One way to find phrases."""

    name: str
    ask: Callable[[list[str]], Any]
    read: Callable[[Any], Found]
    """Makes the phrases found of each post, when the clock stands."""
    most: int
    build_s: float
    megabytes: float
    spent: list[float] = field(default_factory=list)

    def run(self, posts: list[str]) -> Found:
        posts = posts[: self.most]
        began = time.process_time()
        answer = self.ask(posts)
        self.spent.append((time.process_time() - began) / len(posts))
        return self.read(answer)

    @property
    def seconds(self) -> float:
        return statistics.median(self.spent)


def words(random_: random.Random, alphabet: str, number: int) -> list[str]:
    """No letter stands twice in a row: drawn-out words are looked at twice, and are one post in some thirty in life."""
    return ["".join(letters(random_, alphabet, random_.randint(3, 9))) for _ in range(number)]


def letters(random_: random.Random, alphabet: str, number: int) -> Iterator[str]:
    last = ""
    for _ in range(number):
        last = random_.choice(alphabet.replace(last, "") if last else alphabet)
        yield last


def phrases_and_posts(size: int, posts: int) -> tuple[list[str], list[str]]:
    random_ = random.Random(41)
    tongues = [words(random_, alphabet, 20_000) for alphabet in ALPHABETS]
    rare = [words(random_, alphabet, 20_000) for alphabet in ALPHABETS]
    phrases: dict[str, None] = {}
    while len(phrases) < size:
        number = random_.choice((1, 2, 2, 3))
        normal = normalise(" ".join(random_.choices(random_.choice(rare if number == 1 else tongues), k=number)))
        if len(normal.replace(" ", "")) >= 5:
            phrases[normal] = None
    known = [*phrases]
    return known, [post(random_, random_.choice(tongues), known, number) for number in range(posts)]


def post(random_: random.Random, tongue: list[str], known: list[str], number: int) -> str:
    text = ""
    while len(text) < LETTERS:
        text += random_.choice(tongue) + random_.choice((" ", " ", " ", ", ", ". "))
    phrase = random_.choice(known) if number % 10 == 0 else ""
    return f"{text[: LETTERS // 2]} {phrase} {text[LETTERS // 2 :]}"[:LETTERS]


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def grown(make: Callable[[], Any]) -> tuple[Any, float, float]:
    gc.collect()
    # What was freed before would be filled first, and not be seen to grow.
    ctypes.CDLL(None).malloc_trim(0)
    before, began = resident(), time.process_time()
    made = make()
    spent = time.process_time() - began
    ctypes.CDLL(None).malloc_trim(0)
    return made, spent, resident() - before


def ours(known: list[str], mode: str, name: str, most: int) -> Side:
    values = [f"{mode}:{phrase}" for phrase in known]
    seeker, *made = grown(lambda: PhraseSeeker(values))

    def read(answer: Any) -> Found:
        return [{signal.value.partition(":")[2] for signal in one} for one in answer]

    return Side(name, seeker.find_many, read, most, *made)


def whole(normal: str, start: int, end: int) -> bool:
    return (not start or normal[start - 1] == " ") and (end == len(normal) or normal[end] == " ")


def pyahocorasick(known: list[str], most: int) -> Side | None:
    try:
        import ahocorasick
    except ImportError:
        return None

    def make() -> Any:
        automaton = ahocorasick.Automaton()
        for phrase in known:
            automaton.add_word(phrase, phrase)
        automaton.make_automaton()
        return automaton

    automaton, *made = grown(make)

    def in_one(normal: str) -> Iterator[str]:
        for last, phrase in automaton.iter(normal):
            if whole(normal, last + 1 - len(phrase), last + 1):
                yield phrase

    return Side("pyahocorasick", lambda posts: [[*in_one(one)] for one in normalise_many(posts)], _sets, most, *made)


def regex(known: list[str]) -> Side | None:
    if len(known) > REGEX_MOST:
        return None
    pattern, *made = grown(
        lambda: re.compile("(?=(?:^| )(" + "|".join(map(re.escape, sorted(known, key=len, reverse=True))) + ")(?: |$))")
    )

    def ask(posts: list[str]) -> Any:
        return [[found[1] for found in pattern.finditer(one)] for one in normalise_many(posts)]

    return Side("re, one alternation", ask, _sets, 50, *made)


def _sets(answer: Iterable[Iterable[str]]) -> Found:
    return [set(one) for one in answer]


def agree(name: str, first: Found, answer: Found) -> None:
    # An alternation tells one of the phrases that begin at a place, and so perhaps fewer, but none that is not there.
    same = (
        all(theirs <= our for our, theirs in zip(first, answer, strict=False))
        if name.startswith("re,")
        else (first[: len(answer)] == answer)
    )
    if not same:
        sys.exit(f"{name} finds something else than the seeker: correct that before timing it")


def measured(size: int, number: int, rounds: int) -> list[dict[str, object]]:
    known, posts = phrases_and_posts(size, number)
    exact = ours(known, "exact", "seeker, exact", number)
    clitic = ours(known, "clitic", "seeker, clitic", number)
    peers = [side for side in (pyahocorasick(known, number), regex(known)) if side]
    sides = [exact, clitic, *peers]
    for side in sides:
        side.ask(posts[:20])
    for _ in range(rounds):
        first = exact.run(posts)
        for peer in peers:
            agree(peer.name, first, peer.run(posts))
        if any(not one <= more for one, more in zip(first, clitic.run(posts), strict=True)):
            sys.exit("clitic finds less than exact: correct that before timing it")
    reading = spent_on(matching_views_many, posts, rounds)
    rows = []
    for peer in peers:
        for side in (exact, clitic):
            rows.append(row(f"{size} phrases in a post of {LETTERS}", side.name, peer.name, side.seconds, peer.seconds))
            rows[-1] |= {"ours_mb": round(side.megabytes, 1), "peer_mb": round(peer.megabytes, 1)}
            rows[-1] |= {"ours_reading_s": reading, "peer_normalising_s": spent_on(normalise_many, posts, rounds)}
        rows.append(row(f"build over {size} phrases", clitic.name, peer.name, clitic.build_s, peer.build_s))
    return rows


def spent_on(work: Callable[[list[str]], object], posts: list[str], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work(posts)
        spent.append((time.process_time() - began) / len(posts))
    return statistics.median(spent)


def row(work: str, ours_: str, peer: str, ours_s: float, peer_s: float) -> dict[str, object]:
    return {"work": work, "ours": ours_, "peer": peer, "ours_s": ours_s, "peer_s": peer_s, "ratio": peer_s / ours_s}


def shown(one: dict[str, Any]) -> str:
    unit, scale = ("s", 1.0) if one["work"].startswith("build") else ("us", 1e6)
    mb = ""
    if "ours_mb" in one:
        reading, normalising = (one[name] * 1e6 for name in ("ours_reading_s", "peer_normalising_s"))
        mb = f"; of it reading {reading:.3g} us, normalising {normalising:.3g} us"
        mb += f"; {one['ours_mb']} MB, {one['peer_mb']} MB"
    return (
        f"{one['work']}: {one['ours']} {one['ours_s'] * scale:.3g} {unit}, {one['peer']} {one['peer_s'] * scale:.3g} "
        f"{unit}, ratio {one['ratio']:.1f}{mb}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--posts", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [one for size in given.size for one in measured(size, given.posts, given.rounds)]
    if given.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for one in rows:
        print(shown(one))


if __name__ == "__main__":
    main()
