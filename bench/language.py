"""Which language a post is in: our kernel beside py3langid itself, restricted to the same languages.

``python -m bench.language [--size 2000] [--letters 280] [--rounds 5] [--json]``

Posts are put together from the plain sentences below, about ``--letters`` characters each, in all our languages alike.
Both sides must name the same language for 99 of 100 of them. py3langid is given the first hundred characters in lower
case, and once the whole post. Processor seconds of one thread, sides taking turns, medians. Opening the model is stated
apart, each in a process of its own.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from abate.domain.signal import Language
from abate.signals.language.langid import LangId
from abate.signals.language.reading import WINDOW
from abate.signals.language.scripts import SCRIPTS
from abate.signals.language.tables import MODEL, tables
from abate.signals.normal.light import light

WORDS = {
    "en": "The river was high this morning so we took the longer way to school and came late for the lesson",
    "fr": "Hier nous sommes allés au marché et nous avons acheté du pain et des pommes pour le repas du soir",
    "de": "Gestern gingen wir auf den Markt und kauften Brot und Äpfel weil am Abend die Nachbarn kommen wollten",
    "tr": "Bugün şehrimizde yağmur yağıyor çocuklar evde oynuyor anneleri de mutfakta akşam yemeği pişiriyor",
    "id": "Hari ini hujan turun di kota kami dan anak-anak bermain di rumah sambil menunggu ayah pulang kerja",
    "so": "Maanta magaaladeenna roob baa ka da'aya carruurtuna guriga ayay ku ciyaarayaan hooyadoodna waxay karinaysaa",
    "ha": "Yau ana ruwan sama a garinmu yara suna wasa a cikin gida uwa kuma tana dafa abinci domin kowa ya ci",
    "sw": "Leo mvua inanyesha mjini kwetu na watoto wanacheza nyumbani huku mama yao akipika chakula cha jioni",
    "uz": "Бугун шаҳримизда ёмғир ёғмоқда болалар уйда ўйнашмоқда оналари эса кечки овқатни тайёрламоқда",
    "tg": "Имрӯз дар шаҳри мо борон меборад ва кӯдакон дар хона бозӣ мекунанд модарашон бошад хӯрок мепазад",
    "ru": "Сегодня в нашем городе идёт дождь и дети играют дома а их мать готовит ужин для всей большой семьи",
    "fa": "امروز در شهر ما باران می‌بارد و کودکان در خانه بازی می‌کنند و مادرشان برای همه شام می‌پزد",
    "ps": "نن زموږ په ښار کې باران اوري او ماشومان په کور کې لوبې کوي او مور یې د ماښام ډوډۍ پخوي",
    "ur": "آج ہمارے شہر میں بارش ہو رہی ہے اور بچے گھر میں کھیل رہے ہیں اور ان کی ماں کھانا پکا رہی ہے",
    "ar": "كان النهر مرتفعا هذا الصباح فأخذنا الطريق الأطول إلى المدرسة ووصلنا متأخرين عن الدرس الأول",
}


def posts(count: int, letters: int) -> list[str]:
    """Each of the words of one language in an order of its own, over and over until it is long enough."""
    draw = random.Random(16)
    made = []
    for number in range(count):
        words = list(WORDS.values())[number % len(WORDS)].split()
        text = ""
        while len(text) < letters:
            text += " ".join(draw.sample(words, len(words))) + " "
        made.append(text[:letters].strip())
    return made


def peer() -> tuple[str, Any]:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        sys.exit("the peer is missing: pip install py3langid")
    from importlib.metadata import version

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted({label for script in SCRIPTS for label in script.ours}))
    return f"py3langid {version('py3langid')}", identifier


def code_of(label: str) -> str:
    return next(script.ours[label] for script in SCRIPTS if label in script.ours)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


def agreeing(ours: Sequence[Any], theirs: Sequence[str]) -> float:
    same = [isinstance(a, Language) and a.code == code_of(b) for a, b in zip(ours, theirs, strict=True)]
    return sum(same) / len(same)


def opening(program: str) -> tuple[float, float]:
    """Processor seconds and megabytes of a process that opens the model, above one that imports numpy and numba."""
    high = "[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0]"
    tail = f"; import time; print(time.process_time(), {high})"
    base = "import numpy, numba, lzma, zipfile, unicodedata"
    read = [
        [float(x) for x in subprocess.check_output([sys.executable, "-c", f"{base}{more}{tail}"]).split()]
        for more in ("", f"; {program}")
    ]
    return read[1][0] - read[0][0], (read[1][1] - read[0][1]) / 1024


def measure(count: int, letters: int, rounds: int) -> list[dict[str, object]]:
    name, identifier = peer()
    texts, plug = posts(count, letters), LangId()
    sides: dict[str, Callable[[], Any]] = {
        "ours": lambda: plug.identify(texts),
        "single": lambda: [plug.identify([text])[0] for text in texts],
        "first 100": lambda: [identifier.classify(light(text)[:100])[0] for text in texts],
        "whole": lambda: [identifier.classify(light(text))[0] for text in texts],
    }
    plug.identify(texts[:50])
    spent: dict[str, list[float]] = {side: [] for side in sides}
    said: dict[str, Any] = {}
    for _ in range(rounds):
        for side, work in sides.items():
            said[side], seconds = timed(work)
            spent[side].append(seconds / count)
    agreed = agreeing(said["ours"], said["first 100"])
    if agreed < 0.99 or said["ours"] != said["single"]:
        sys.exit(f"the two sides name the same language for {agreed:.1%} only: mend that before timing it")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"

    def row(work: str, ours: str, peer_name: str, ours_s: float, peer_s: float, **more: object) -> dict[str, object]:
        ratio = peer_s / ours_s
        return {
            "work": work,
            "ours": ours,
            "peer": peer_name,
            "ours_s": ours_s,
            "peer_s": peer_s,
            "ratio": ratio,
        } | more

    median = {side: statistics.median(seconds) for side, seconds in spent.items()}
    work = f"language of one post of {letters} characters"
    first, whole = f"{name}, first 100 characters", f"{name}, whole post"
    opened, grown = opening("from abate.signals.language.tables import tables; tables()")
    theirs, their_growth = opening("from py3langid.langid import *; LanguageIdentifier.from_model_file(MODEL_FILE)")
    return [
        row(f"{work}, in one batch", f"the first {WINDOW}", first, median["ours"], median["first 100"], agreed=agreed),
        row(f"{work}, in one batch", f"the first {WINDOW}", whole, median["ours"], median["whole"]),
        row(f"{work}, one call each", f"the first {WINDOW}", first, median["single"], median["first 100"]),
        row("opening the model", f"{MODEL.stat().st_size / 1e6:.1f} MB on disk", name, opened, theirs)
        | {"megabytes": grown, "peer_megabytes": their_growth, "tables_megabytes": tables().nbytes / 1e6}
        | {"machine": machine},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2000, help="posts")
    parser.add_argument("--letters", type=int, default=280)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.size, options.letters, options.rounds)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['work']}: {float(row['ours_s']) * 1e6:.1f} µs, {row['peer']} {float(row['peer_s']) * 1e6:.1f} µs, "
            f"ratio {row['ratio']:.1f}"
        )
    last = rows[-1]
    print(f"opening takes {last['megabytes']:.0f} MB, the peer's {last['peer_megabytes']:.0f} MB; {last['machine']}")


if __name__ == "__main__":
    main()
