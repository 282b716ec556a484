"""The context reader: what it costs, how often it is right or wrong, and a bag of words on the same folds beside it.

``ABATE_DATA=FOLDER python -m bench.context [--size 2000] [--rounds 5] [--json]``

Speed is processor time for one post of 280 characters, in batches of ``--size``. The peer is scikit-learn's pipeline of
word and character TF-IDF with a linear SVM, trained here on the rows and the folds of ``bench.train_context``. What is
compared of both are answers that saw no row of the template.

Rates come with exact bounds (Clopper-Pearson), each one-sided at 95 %. *Spared* is whatever is called a report,
counter-speech or academic or legal. *Without its own cues* is counter-speech read with every cue struck out that no
other text that was trained on holds: the lists were written by people who know HateCheck, which folds do not undo.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.signal import PROTECTED, Language
from abate.numeric.intervals import clopper_pearson
from abate.signals.context.lexicon import Lexicon
from abate.signals.context.lists import cues_of
from abate.signals.context.model import CLASSES, features, shipped
from abate.signals.context.reader import Cues
from abate.signals.normal import light
from bench import train_context as training

OURS = Path(__file__).resolve().parents[1] / "tests" / "data" / "context_sentences.tsv"
GRAVE = ("endorsement", "recruitment", "instruction")
SPARED = {label.value for label in PROTECTED}
LETTERS = 280
Rows = list[training.Row]


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def spent(work: Callable[..., Any], *arguments: object) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def peer() -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC
    except ImportError:
        sys.exit("the peer is missing: pip install scikit-learn")
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=30_000, sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=5, max_features=30_000, sublinear_tf=True)
    return make_pipeline(make_union(words, letters), LinearSVC(class_weight="balanced", C=0.3))


def peers_answers(rows: Rows, tested: np.ndarray) -> tuple[list[str], Any]:
    """What the bag of words says of the tested rows, and the last of its models."""
    labels = np.array([CLASSES.index(row.label) if row.label else -1 for row in rows])
    texts = np.array([row.text for row in rows], dtype=object)
    folds = training.folds_of(rows)
    said = np.full(len(rows), -1)
    model = None
    for fold in range(training.FOLDS):
        model = peer()
        seen = (folds != fold) & (labels >= 0)
        model.fit(texts[seen], labels[seen])
        asked = (folds == fold) & tested
        said[asked] = model.predict(texts[asked])
    return ["unknown" if one in {-1, CLASSES.index("hostile")} else CLASSES[one] for one in said], model


def speed(model: Any, size: int, rounds: int) -> list[dict[str, object]]:
    rows = []
    for language in ("en", "ar"):
        texts = [(row.text * 9)[:LETTERS] for row in training.pud() if row.language == language]
        texts = (texts * (size // len(texts) + 1))[:size]
        languages: list[Language | None] = [Language(code=language, confidence=1.0)] * size
        Cues().read(texts[:1], languages[:1])
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(spent(Cues().read, texts, languages))
            theirs.append(spent(model.predict, texts))
        ours_s, peer_s = statistics.median(ours) / size, statistics.median(theirs) / size
        rows.append(
            {
                "work": f"context of one post of {LETTERS} characters, {language}, batches of {size}",
                "ours": "cues",
                "peer": "scikit-learn, TF-IDF and LinearSVC",
                "ours_s": ours_s,
                "peer_s": peer_s,
                "ratio": peer_s / ours_s,
                "machine": machine(),
            }
        )
    return rows


def rate(work: str, said: Iterable[str], of: Iterable[str], theirs: Iterable[str] = ()) -> dict[str, object]:
    """How many answers are among ``of``, with the bounds; the peer's share beside it."""
    answers, wanted, beside = list(said), set(of), list(theirs)
    hits = sum(one in wanted for one in answers)
    low, high = clopper_pearson(hits, len(answers), 0.9)
    row: dict[str, object] = {"work": work, "ours": f"{hits} of {len(answers)}", "peer": None, "ratio": None}
    row |= {"share": hits / len(answers), "low": low, "high": high, "ours_s": None, "peer_s": None}
    if beside:
        row |= {"peer": f"{sum(one in wanted for one in beside)} of {len(beside)}"}
    return row


def without_own_cues(rows: Rows, folds: list[training.Weights]) -> list[tuple[training.Row, str]]:
    """Counter-speech of HateCheck, each template read without the cues that no other trained text holds."""
    english = [row for row in rows if row.language == "en"]
    held = [found_cues(row.text) for row in english]
    everywhere: dict[str, set[str]] = defaultdict(set)
    for row, cues in zip(english, held, strict=True):
        for cue in cues:
            everywhere[cue].add(row.group)
    fold_of = dict(zip([row.group for row in rows], training.folds_of(rows).tolist(), strict=True))
    said = []
    for group in sorted({row.group for row in english if row.part.startswith("counter_")}):
        own = {cue for cue, groups in everywhere.items() if groups == {group}}
        kept = {kind: [cue for cue in cues if cue.removesuffix("*") not in own] for kind, cues in cues_of("en").items()}
        those = [row for row in english if row.group == group and row.part.startswith("counter_")]
        counts = Lexicon("en", kept).counts([light(row.text) for row in those])
        coefficients, intercepts = folds[fold_of[group]]
        scores = features(counts) @ coefficients + intercepts
        labels = training.labels_of(shipped(), training.softmax(scores, shipped().temperature), ["en"] * len(those))
        said += list(zip(those, labels, strict=True))
    return said


def found_cues(text: str) -> set[str]:
    """The cues that stand somewhere in the text, by name: a coarse look that finds too many rather than too few."""
    plain = light(text).replace("’", "'")
    return {cue for cue in ENGLISH if cue in plain}


ENGLISH = sorted({cue.removesuffix("*") for cues in cues_of("en").values() for cue in cues})


def rates(done: training.Trained, theirs: list[str]) -> list[dict[str, object]]:
    found = []
    triples = list(zip(done.rows, done.said, theirs, strict=True))

    def told(work: str, of: Iterable[str], chosen: Callable[[training.Row], bool]) -> None:
        kept = [(ours, peers) for row, ours, peers in triples if chosen(row)]
        found.append(rate(work, [one for one, _ in kept], of, [one for _, one in kept]))

    for part, name in (("counter_quote_nh", "quoted"), ("counter_ref_nh", "not quoted")):
        told(f"HateCheck counter-speech, {name}: spared", SPARED, lambda row, part=part: row.part == part)
    told(
        "HateCheck hateful: wrongly spared",
        SPARED,
        lambda row: row.source == "hatecheck" and row.part.endswith("_h"),
    )
    told("Davidson hate: wrongly spared", SPARED, lambda row: row.part == "hate")
    told("MLMA Arabic hateful: wrongly spared", SPARED, lambda row: row.source == "mlma" and row.part == "hateful")
    for number, name in enumerate(("in quotation marks", "quoted and agreed with", "quoted, with 'he is right'")):
        told(f"hateful, {name}: wrongly spared", SPARED, lambda row, n=number: framed_as(row, n))
    told("hateful behind a line of news: wrongly spared", SPARED, lambda row: any(framed_as(row, n) for n in (3, 4, 5)))
    for source, language in (("ucdp", "en"), ("pud", "en"), ("pud", "ar")):

        def chosen(row: training.Row, source: str = source, language: str = language) -> bool:
            return (row.source, row.language) == (source, language) and row.part != "wikipedia"

        told(f"news, {source} {language}: endorsement, recruitment or instruction", GRAVE, chosen)
        told(f"news, {source} {language}: report or neutral", ("report", "neutral"), chosen)
    for language in ("en", "ar", "fa", "ps", "ru"):
        told(
            f"SIB-200 politics, {language}: report",
            ("report",),
            lambda row, lang=language: (row.source, row.language, row.part) == ("sib", lang, "politics"),
        )
    for language in ("en", "ar", "fa", "id", "ps", "ru", "tr", "ur"):
        told(
            f"Declaration of Human Rights, {language}: academic or legal",
            ("academic_legal",),
            lambda row, lang=language: (row.source, row.language) == ("udhr", lang),
        )
    return found


def framed_as(row: training.Row, number: int) -> bool:
    """Say whether the row is a hateful one in the frame of this number."""
    starts = ('"', '"', 'He said "', "Police said", "Breaking news", "According to")
    if row.part != "framed" or not row.text.startswith(starts[number]):
        return False
    return number > 1 or row.text.endswith("so true") == (number == 1)


def never_trained(name: str, texts: list[str], language: str) -> list[dict[str, object]]:
    answers = Cues().read(texts, [Language(code=language, confidence=1.0)] * len(texts))
    said = [one.label.value for one in answers]  # type: ignore[union-attr]  # the languages asked for have cues
    return [
        rate(f"{name}: endorsement, recruitment or instruction", said, GRAVE),
        rate(f"{name}: report or neutral", said, ("report", "neutral")),
        rate(f"{name}: spared", said, SPARED),
    ]


def sets_never_trained_on() -> list[dict[str, object]]:
    news = training.table("news_en_agnews", "test_sample.tsv")
    found = never_trained("AG News en", [f"{row['title']}. {row['description']}" for row in news], "en")
    indonesian = training.table("txt_id_hatespeech", "data.tsv")
    found += never_trained("Indonesian hate (HS)", [row["text"] for row in indonesian if row["HS"] == "1"], "id")
    russian = training.table("txt_ru_sensitive_val", "val.tsv")
    found += never_trained("Russian racism", [row["text"] for row in russian if row["racism"] == "1"], "ru")
    return found


def ours_in_each_language() -> list[dict[str, object]]:
    rows = training.sentences(OURS)
    answers = Cues().read([row.text for row in rows], [Language(code=row.language, confidence=1.0) for row in rows])
    pairs = [(row, one.label.value) for row, one in zip(rows, answers, strict=True)]  # type: ignore[union-attr]  # as above
    found = []
    for language in sorted({row.language for row in rows}):
        said = [label for row, label in pairs if (row.language, row.label) == (language, "counter_speech")]
        found.append(rate(f"our counter-speech, {language}: spared", said, SPARED))
    for label in CLASSES:
        wanted = "unknown" if label == "hostile" else label
        found.append(rate(f"our sentences, {label}", [one for row, one in pairs if row.label == label], (wanted,)))
    return found


def measured(size: int, rounds: int) -> list[dict[str, object]]:
    done = training.recorded()
    tested = np.array([row.source != "ours" for row in done.rows])
    theirs, model = peers_answers(done.rows, tested)
    found = speed(model, size, rounds) + rates(done, theirs)
    own = without_own_cues(done.rows, done.folds)
    for part, name in (("counter_quote_nh", "quoted"), ("counter_ref_nh", "not quoted")):
        said = [label for row, label in own if row.part == part]
        found.append(rate(f"HateCheck counter-speech, {name}, without its own cues: spared", said, SPARED))
    return found + sets_never_trained_on() + ours_in_each_language()


def shown(row: dict[str, Any]) -> str:
    if row["ours_s"] is not None:
        sides = f"{row['ours']} {row['ours_s'] * 1e6:.1f} µs, {row['peer']} {row['peer_s'] * 1e6:.1f} µs"
        return f"{row['work']}: {sides}, ratio {row['ratio']:.1f}"
    beside = f"; bag of words {row['peer']}" if row["peer"] else ""
    return f"{row['work']}: {row['ours']} = {row['share']:.2%} (bounds {row['low']:.2%} to {row['high']:.2%}){beside}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2000, help="posts in a batch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measured(options.size, options.rounds)
    print(json.dumps(rows, indent=1) if options.json else "\n".join([*map(shown, rows), machine()]))


if __name__ == "__main__":
    main()
