"""The whole path of a text, one run: from a post as it came to what the rules propose; nothing is stored.

``python -m bench.text_path [--size 4000] [--phrases 10000] [--copies 20000] [--json]``

Posts of 280 characters cut out of lang_udhr, lang_tico19_a and txt_multi_sib200_a (ABATE_DATA), one in fifty with a
link, one in a hundred a copy of what is banked. Known are phrases, wordings, a thousand names and addresses. Each is
normalised, hashed, sketched, looked up, searched for phrases, names and links, its language said, scored by the shipped
model, put in context where something was found, and judged. One thread; seconds of processor time, the median of the
rounds. No peer does all of it. The parts that a profile tells apart are printed beside the whole.
"""

import argparse
import csv
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from abate import app as wiring
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Language
from abate.extend.exchange import Listed
from abate.extend.signal import Several, SignalType
from abate.flows import banks, pipeline, text
from abate.flows.kit import Kit
from abate.settings import Settings
from abate.signals.normal import read_together

LETTERS = 280
NAMES = 1_000
ROUNDS = 3
MEASURED = 900
"""Posts over which the parts are told apart: so few that their normal forms are all kept while they are."""


def lines() -> list[str]:
    """Return the lines of the shared data set that may be read here, of every language in it."""
    data = Path(os.environ.get("ABATE_DATA") or "../shared/data")
    found = [
        line for path in sorted((data / "lang_udhr").glob("*.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    with (data / "lang_tico19_a" / "parallel.tsv").open(encoding="utf-8", newline="") as table:
        found += [cell for row in list(csv.reader(table, delimiter="\t"))[1:] for cell in row[1:]]
    for path in sorted((data / "txt_multi_sib200_a").rglob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as table:
            found += [row[-1] for row in list(csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]]
    return [line for line in found if line.strip()]


def posts_of(size: int, seed: int) -> list[str]:
    """Return posts of about :data:`LETTERS` characters, each of lines of one place, begun at a word drawn by chance."""
    chance = random.Random(seed)
    held = lines()
    made = []
    for _ in range(size):
        at = chance.randrange(len(held))
        text = " ".join(held[at : at + 8])
        start = text.find(" ", chance.randrange(max(1, len(text) - LETTERS))) + 1
        made.append(text[start : start + LETTERS])
    return made


def values(kit: Kit, kind: str, texts: list[str]) -> list[Listed]:
    plug = kit.signals[kind]
    read = (plug.compute(Material(item=Item(id="x", kind=Kind.TEXT, text=one))) for one in texts)
    return [Listed(where="bench", untrusted_type=kind, untrusted_value=one.value) for one in read if one]


def shuffled(text: str, seed: int) -> str:
    """Return the words of a text in an order that no other text has."""
    words = text.split()
    random.Random(seed).shuffle(words)
    return " ".join(words)


def fill(kit: Kit, phrases: int, copies: int) -> list[str]:
    known = [shuffled(one, seed) for seed, one in enumerate(posts_of(copies, 1))]
    banks.create(kit, "words", purpose=BankPurpose.KNOWN, by="bench")
    banks.add_listed(kit, "words", values(kit, "near_text", known) + values(kit, "text", known), by="bench")
    words = [" ".join(reversed(one.split()[2:5])) for one in posts_of(phrases, 2)]
    listed = [Listed(where="bench", untrusted_type="term", untrusted_value=one) for one in words]
    urls = [
        Listed(where="bench", untrusted_type="url", untrusted_value=f"https://h{n}.example.org/") for n in range(NAMES)
    ]
    banks.add_listed(kit, "words", listed + urls, by="bench")
    banks.create(kit, "names", purpose=BankPurpose.DESIGNATED, by="bench")
    names = [" ".join(reversed(one.split()[2:6])) for one in posts_of(NAMES, 3)]
    banks.add_listed(
        kit, "names", [Listed(where="bench", untrusted_type="name", untrusted_value=one) for one in names], by="bench"
    )
    return known


def asked(size: int, known: list[str], seed: int) -> list[Item]:
    """Return posts that no round before has asked about."""
    made = posts_of(size, seed)
    for place in range(0, size, 50):
        made[place] = f"{made[place][: LETTERS - 30]} https://h{place}.example.org/"
    for place in range(25, size, 100):
        made[place] = known[place % len(known)]
    return [Item(id=f"p{n}", kind=Kind.TEXT, text=one, platform="bench") for n, one in enumerate(made)]


def spent(work: Callable[[list[Item]], object], rounds: list[list[Item]]) -> float:
    took = []
    for items in rounds:
        began = time.process_time()
        work(items)
        took.append(time.process_time() - began)
    return statistics.median(took) / len(rounds[0])


def parts(kit: Kit) -> dict[str, Callable[[list[Item]], object]]:
    """Return the parts of the path, each over all posts of a round; the normal form is read by the first of them."""
    with kit.store.read() as tx:
        known = kit.known.current(tx)
    readers = kit.readers
    assert readers.language is not None and readers.context is not None  # noqa: PT018 - the settings name both
    language, context = readers.language, readers.context

    def asking(name: str) -> Callable[[list[Item]], object]:
        plug = kit.signals[name]
        return lambda items: [_read(plug, Material(item=one)) for one in items]

    def words(items: list[Item]) -> list[str]:
        return [one.text for one in items]

    texts = [name for name, plug in kit.signals.items() if Kind.TEXT in plug.kinds]
    said = [Language(code="en", confidence=1.0)]
    return {
        "normal form": lambda items: read_together(words(items)),
        **{f"signal {name}": asking(name) for name in texts},
        "phrases": lambda items: text.sought_many(known.seekers, words(items)),
        "names": lambda items: [known.mentions.names_in(one) for one in words(items)],
        "language": lambda items: language.identify(words(items)),
        "scores": lambda items: [c.score(words(items), said * len(items)) for c in readers.classifiers],
        "context, of every post": lambda items: context.read(words(items), said * len(items)),
    }


def _read(plug: SignalType, material: Material) -> object:
    several: object = plug
    return several.compute_all(material) if isinstance(several, Several) else plug.compute(material)


def whole(kit: Kit, items: list[Item]) -> int:
    """Take posts through the path in batches, and count what met something."""
    return sum(bool(one.matches) for one in pipeline.scan_each(kit, items))


def measured(size: int, phrases: int, copies: int) -> tuple[float, int, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), text_model="proxy-ranker")
        with wiring.opened(settings) as kit:
            known = fill(kit, phrases, copies)
            rounds = [asked(size, known, seed) for seed in range(10, 10 + ROUNDS)]
            whole(kit, asked(size, known, 9))
            found: list[int] = []
            took = spent(lambda items: found.append(whole(kit, items)), rounds)
            if min(found) < size // 100:
                msg = f"only {min(found)} of {size} posts met what is known; something is not looked for"
                raise SystemExit(msg)
            each = [asked(MEASURED, known, seed) for seed in range(20, 20 + ROUNDS)]
            split = [{name: spent(work, [items]) for name, work in parts(kit).items()} for items in each]
            return took, min(found), {name: statistics.median(one[name] for one in split) for name in split[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4_000)
    parser.add_argument("--phrases", type=int, default=10_000)
    parser.add_argument("--copies", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    took, found, split = measured(wanted.size, wanted.phrases, wanted.copies)
    shape = {"peer": None, "peer_s": None, "ratio": None}
    rows = [
        {"work": f"a post of {LETTERS} characters, read to proposed", "ours": "pipeline.scan_each", "ours_s": took}
        | shape,
        *({"work": f"of it: {name}", "ours": "", "ours_s": part} | shape for name, part in split.items()),
    ]
    if wanted.json:
        print(json.dumps(rows))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median of {ROUNDS}, CPU time")
    print(f"{1 / took:.0f} posts/s a core, {took * 1e6:.0f} us each; {found} of {wanted.size} met what is known")
    for name, part in split.items():
        print(f"  {name:24} {part * 1e6:6.1f} us")


if __name__ == "__main__":
    main()
