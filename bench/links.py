"""Links in posts of 280 characters: our finder beside a plain regex with urllib, tldextract over the words, urlextract.

``python -m bench.links [--posts 2000] [--rounds 5] [--json]``

Invented sentences of Latin, Arabic and Cyrillic letters, of three sorts: without a link, with a plain one, with one
that is hidden (``hxxps[:]//``, ``(dot)``, zero-width characters, full-width letters). Ours ends with the canonical
address and its place in the post as written, the regex with urllib's parts, tldextract and urlextract with what they
call a link. On posts with plain links ours and the regex must both find exactly the hosts that are there; elsewhere
it is counted how often a side does. Seconds of processor time a post, medians of interleaved rounds.

Where the shared data set is (``ABATE_DATA``), what each side calls a link in news is counted as well, by the post;
what is neither a full address nor a host under ``.com``, ``.org``, ``.net`` or ``.pt``, which the news really name,
is false.
"""

import argparse
import csv
import json
import os
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from abate.signals.links.finding import find

ALPHABETS = ("abcdefghijklmnoprstuvwy", "ابتجحدرسشصطعغفقكلمنهوي", "абвгдежзиклмнопрстухя")
LETTERS = 280
NEWS = (
    ("news_en_agnews/test_sample.tsv", ("title", "description")),
    ("news_en_pud/sentences.tsv", ("text",)),
    ("news_ar_pud/sentences.tsv", ("text",)),
    ("news_event_ucdp_ged/ucdp_ged_sample.tsv", ("source_headline",)),
)
NAMED = re.compile(r"https?://|www\.|.*\.(?:com|org|net|pt)(?:[:/?#].*)?$", re.IGNORECASE)
PLAIN = re.compile(r"https?://[^\s<>\"]+|www\.[^\s<>\"]+")


@dataclass
class Side:
    """One way to find links: from a text to what it calls links, as written."""

    name: str
    find: Callable[[str], list[str]]
    spent: list[float] = field(default_factory=list)


def ours(text: str) -> list[str]:
    return [one.address for one in find(text) if one.address]


def plain_regex(text: str) -> list[str]:
    return [found for found in PLAIN.findall(text) if urlsplit(found).path is not None]


def sides() -> list[Side]:
    made = [Side("abate", ours), Side("regex and urllib", plain_regex)]
    try:
        import tldextract

        cut = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        made.append(Side("tldextract over words", lambda text: [w for w in text.split() if "." in w and cut(w).suffix]))
    except ImportError:
        pass
    try:
        import urlextract

        made.append(Side("urlextract", urlextract.URLExtract().find_urls))
    except ImportError:
        pass
    return made


def sentence(draw: random.Random, letters: str, size: int) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < size:
        word = "".join(draw.choices(letters, k=draw.randint(2, 9)))
        words.append(word + ("." if draw.random() < 0.08 else "," if draw.random() < 0.05 else ""))
    return " ".join(words)[:size]


def address(draw: random.Random) -> str:
    name = "".join(draw.choices(ALPHABETS[0], k=9))
    return f"https://{name}.example.{draw.choice(['org', 'com', 'co.uk'])}/{draw.randint(1, 99999)}"


def hidden(draw: random.Random, link: str) -> str:
    return draw.choice(
        [
            link.replace("https://", "hxxps[:]//").replace(".", "[.]"),
            link.removeprefix("https://").replace(".", "(dot)"),
            link.replace("example", "exam\u200bple").removeprefix("https://"),
            link.replace("https://", "h**ps://"),
            link.replace(".", "．"),
            link.removeprefix("https://").replace(".", " dot "),
        ]
    )


def posts(kind: str, count: int) -> tuple[list[str], list[str]]:
    """Return posts, and the address that each holds."""
    draw = random.Random(kind)
    links = [address(draw) for _ in range(count)]
    written = [hidden(draw, link) if kind == "hidden" else link for link in links]
    made = [sentence(draw, ALPHABETS[n % len(ALPHABETS)], LETTERS - 40) for n in range(count)]
    if kind == "none":
        return [f"{text} {sentence(draw, ALPHABETS[0], 39)}" for text in made], [""] * count
    return [f"{text} {link}" for text, link in zip(made, written, strict=True)], links


def host(link: str) -> str:
    return urlsplit(link if "://" in link else f"https://{link}").netloc.lower()


def measured(kind: str, every: list[Side], count: int, rounds: int) -> list[dict[str, object]]:
    texts, links = posts(kind, count)
    for side in every:
        side.spent.clear()
        side.find(texts[0])
    for _ in range(rounds):
        for side in every:
            began = time.process_time()
            for text in texts:
                side.find(text)
            side.spent.append((time.process_time() - began) / count)
    share = {side.name: recall(side, texts, links) for side in every}
    if kind == "plain" and {share["abate"], share["regex and urllib"]} != {1.0}:
        sys.exit(f"ours and the regex do not both find every plain link: {share}; correct that before timing it")
    if kind == "none" and share["abate"] != 1.0:
        sys.exit("a link was found in posts that hold none: correct that before timing it")
    first = every[0]
    return [
        row(f"one post of {LETTERS} characters, link: {kind}", first, peer)
        | {"ours_right": share[first.name], "peer_right": share[peer.name]}
        for peer in every[1:]
    ]


def recall(side: Side, texts: list[str], links: list[str]) -> float:
    """Return the share of posts in which exactly the host that is there was found."""
    right = sum(
        {host(one) for one in side.find(text)} == ({host(link)} if link else set())
        for text, link in zip(texts, links, strict=True)
    )
    return right / len(texts)


def row(work: str, first: Side, peer: Side) -> dict[str, object]:
    ours_s, peer_s = statistics.median(first.spent), statistics.median(peer.spent)
    found: dict[str, object] = {"work": work, "ours": first.name, "peer": peer.name, "ours_s": ours_s, "peer_s": peer_s}
    return found | {"ratio": peer_s / ours_s, "machine": machine()}


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def news() -> list[str]:
    root = Path(os.environ.get("ABATE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    texts: list[str] = []
    for name, columns in NEWS:
        if (root / name).is_file():
            with (root / name).open(encoding="utf-8") as lines:
                texts += [" ".join(line[c] for c in columns) for line in csv.DictReader(lines, delimiter="\t")]
    return texts


def false_links(every: list[Side]) -> list[dict[str, object]]:
    texts = news()
    if not texts:
        return []
    counts = {
        side.name: sum(any(not NAMED.match(one) for one in written(side, text)) for text in texts) for side in every
    }
    return [
        {"work": f"posts of {len(texts)} of news with a false link", "ours": "abate", "peer": peer.name}
        | {"ours_s": None, "peer_s": None, "ratio": None, "machine": machine()}
        | {"ours_false": counts["abate"] / len(texts), "peer_false": counts[peer.name] / len(texts)}
        for peer in every[1:]
    ]


def written(side: Side, text: str) -> list[str]:
    """Return links as they stand in the text: ours are canonical, and would all begin with a scheme."""
    return [text[one.span.start : one.span.end] for one in find(text)] if side.name == "abate" else side.find(text)


def shown(found: dict[str, object]) -> str:
    if "ours_false" in found:
        return f"{found['work']}: abate {found['ours_false']:.2%}, {found['peer']} {found['peer_false']:.2%}"
    sides = f"abate {found['ours_s'] * 1e6:.1f} µs, {found['peer']} {found['peer_s'] * 1e6:.1f} µs"
    right = f"right on {found['ours_right']:.1%} and {found['peer_right']:.1%}"
    return f"{found['work']}: {sides}, ratio {found['ratio']:.2f}, {right}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    every = sides()
    rows = [
        line for kind in ("none", "plain", "hidden") for line in measured(kind, every, options.posts, options.rounds)
    ]
    rows += false_links(every)
    print(json.dumps(rows, indent=1) if options.json else "\n".join([*map(shown, rows), machine()]))


if __name__ == "__main__":
    main()
