"""Heavy normal forms of posts: the compiled batch and its pure Python, against a chain of ``unicodedata`` and ``re``.

``python -m bench.normalise [--size 3000] [--length 280] [--rounds 5] [--json]``

Posts of 280 characters in sixteen languages, of invented words. The peer is what one writes first: case folded, NFKD,
marks and invisible characters taken out by regular expressions, variants and digits translated, the rest to spaces, the
whole string a step. All sides must give the same forms. Processor seconds are compared, the sides taking turns in one
process; kernels are compiled and tables filled before. A row says what the readings for matching cost on top, gates
included; another what undoing costs where every post is disguised.
"""

import argparse
import json
import os
import platform
import random
import re
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from abate.signals.normal import light_many, matching_views_many, normalise_many
from abate.signals.normal.characters import fold
from abate.signals.normal.heavy import plainly

WORDS = [
    "the lantern is lit at noon by Harbour keepers and nobody minds",
    "die Größe der Straßenlaterne über dem Fluss möchten später Bürger",
    "la lumière du réverbère était française où les œuvres dînent",
    "ışık fenerci İstanbul çarşı öğretmen toplantı güneş",
    "pertemuan pelabuhan lentera berkumpul malam ini dengan warga",
    "faynuus dekedda kulanka waxbarasho caawa dadka",
    "fitila tashar ƙungiya ɗakin taro ɓangare yau",
    "taa bandarini mkutano jioni kusanyiko watu wote",
    "chiroq yigʻilish oʻqituvchi bandargoh bugun",
    "фонарь собрание полдень гавань ёлка подъезд сегодня",
    "фонус ҷамъомад бандар нисфирӯзӣ қишлоқ имрӯз",
    "فانوس الاجتماع الميناء مَكتَبة يكتب رمادي اليوم",
    "فانوس گردهمایی بندرگاه می‌آیند کتابخانه خاکستری",
    "چراغ مکتب پوهنتون کابل خاکستری امروز",
    "څراغ ښوونځی ګډون کتابتون زلمی نن",
    "لالٹین اجتماع بندرگاہ کتابیں خاکستری آج",
]

BASIC = list(map(chr, range(0x10000)))
"""A class that reaches beyond the basic plane is no longer a bitmap for ``re``, and thirty times as slow."""

MARK = re.compile("[" + "".join(c for c in BASIC if unicodedata.category(c) in {"Mn", "Me"}) + "]+")
NOT_SHOWN = re.compile("[" + "".join(re.escape(c) for c in BASIC if fold(c) == "" and not MARK.match(c)) + "]+")
LETTERS = {ord(c): fold(c) for c in BASIC if len(fold(c)) == 1 and c not in {fold(c), fold(c).upper()}}
OTHER = re.compile(r"[\W_]+")


def chain(text: str) -> str:
    """Each step over the whole string, as one writes it."""
    seen = NOT_SHOWN.sub("", text)
    bare = MARK.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", seen.casefold()).casefold()))
    return OTHER.sub(" ", bare.translate(LETTERS)).strip()


def posts(count: int, length: int) -> list[str]:
    """Posts of one language each, with the punctuation of posts."""
    chance = random.Random(280)
    made = []
    for number in range(count):
        words = WORDS[number % len(WORDS)].split()
        post = ""
        while len(post) < length:
            post += chance.choice(words) + chance.choice([" ", " ", " ", " ", ", ", ". ", "! "])
        made.append(post[:length])
    return made


def timed(work: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> tuple[Any, float]:
    began = time.process_time()
    answer = work(texts)
    return answer, time.process_time() - began


def by_chain(texts: Sequence[str]) -> list[str]:
    return [chain(text) for text in texts]


def by_translate(texts: Sequence[str]) -> list[str]:
    return [plainly(text) for text in texts]


def disguised(texts: Sequence[str]) -> list[str]:
    """The same with a word of each post set apart and another drawn out."""
    made = []
    for text in texts:
        words = text.split(" ")
        words[3] = ".".join(words[3])
        words[5] = words[5][:2] + words[5][2:3] * 5 + words[5][3:]
        made.append(" ".join(words))
    return made


def seconds(texts: Sequence[str], sides: dict[str, Callable[[Sequence[str]], Any]], rounds: int) -> dict[str, float]:
    """Median processor seconds of each side, taking turns; the first round does not count."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, work in sides.items():
            taken[name].append(timed(work, texts)[1])
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def rows(size: int, length: int, rounds: int) -> list[dict[str, Any]]:
    texts = posts(size, length)
    hidden = disguised(texts)
    if not (by_chain(texts) == by_translate(texts) == normalise_many(texts)):
        sys.exit("the sides gave different forms")
    sides = {"chain": by_chain, "translate": by_translate, "compiled": normalise_many}
    took = seconds(texts, {**sides, "views": matching_views_many, "light": light_many}, rounds)
    undone = seconds(hidden, {"chain": by_chain, "views": matching_views_many}, rounds)
    what = f"of {size} posts of {length} characters"
    pairs = [
        (f"heavy form {what}", "abate, compiled", took["compiled"], took["chain"]),
        (f"heavy form {what}", "abate, str.translate", took["translate"], took["chain"]),
        (f"heavy form and readings {what}", "abate, compiled", took["views"], took["chain"]),
        (f"heavy form and readings {what}, all disguised", "abate, compiled", undone["views"], undone["chain"]),
        (f"light form {what}", "abate", took["light"], took["chain"]),
    ]
    return [
        {
            "work": work,
            "ours": ours,
            "peer": "unicodedata and re, heavy form without undoing",
            "ours_s": mine,
            "peer_s": theirs,
            "ratio": theirs / mine,
            "posts_per_second": size / mine,
        }
        for work, ours, mine, theirs in pairs
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--length", type=int, default=280)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = rows(asked.size, asked.length, asked.rounds)
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for row in found:
        print(
            f"{row['work']}: {row['ours']} {row['ours_s']:.4f} s ({row['posts_per_second']:,.0f} posts/s), "
            f"{row['peer']} {row['peer_s']:.4f} s, {row['ratio']:.1f} times"
        )


if __name__ == "__main__":
    main()
