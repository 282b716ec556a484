"""The hashed linear classifier beside scikit-learn's TF-IDF and LinearSVC: quality on every labelled set, and speed.

``python -m bench.classifier [--set NAME …] [--rounds 5] [--size 20000] [--json]``; the sets lie in ``ABATE_DATA``.

Quality: both sides learn from the same four fifths (or the set's own split) and are judged by macro F1 on the rest; of
small sets by the mean over three splits. The peer is the better of two: letter groups of two to five within words, or
those and words and pairs, with sublinear counts. ``short`` is by how much ours is worse, in points. Calibration error:
out of fold over the whole set, each fold read by curves of the others, for on the few hundred rows of a small test part
the error of a perfect model is already some hundredths by chance; with copies of one sentence in one fold.

Speed: posts of 280 characters, a model of two labels, from texts to probabilities, processor seconds of one core.
"""

import argparse
import csv
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abate.signals.linear import (
    Options,
    calibrate,
    calibrate_decisions,
    calibration_error,
    fit,
    fit_hashed,
    hashed,
)
from abate.signals.linear.conformal import columns

DATA = Path(os.environ.get("ABATE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
SMALL = 5000
FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    texts: list[str]
    labels: np.ndarray
    languages: np.ndarray
    test: np.ndarray | None = None
    groups: np.ndarray | None = None

    def splits(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        if self.test is not None:
            yield np.flatnonzero(~self.test), np.flatnonzero(self.test)
            return
        for seed in range(3 if len(self.texts) < SMALL else 1):
            dice = np.random.default_rng(seed)
            parts = [dice.permutation(np.flatnonzero(self.labels == label)) for label in np.unique(self.labels)]
            test = np.sort(np.concatenate([part[: round(len(part) / 5)] for part in parts]))
            yield np.setdiff1d(np.arange(len(self.texts)), test), test

    def pick(self, rows: np.ndarray) -> tuple[list[str], list[str], list[str]]:
        return [self.texts[row] for row in rows], self.labels[rows].tolist(), self.languages[rows].tolist()


def rows_of(name: str) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with (DATA / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, delimiter="\t"))


def simple(name: str, language: str, label: Callable[[dict[str, str]], str]) -> LabelledSet:
    rows = rows_of(name)
    texts = [row.get("text") or f"{row['title']} {row['description']}" for row in rows]
    return LabelledSet(
        texts=texts, labels=np.array([label(row) for row in rows]), languages=np.array([language] * len(rows))
    )


def sib200() -> LabelledSet:
    texts, labels, languages, test, groups = [], [], [], [], []
    for folder in sorted((DATA / "txt_multi_sib200_a").iterdir()):
        for part in ("train", "dev", "test") if folder.is_dir() else ():
            for row in rows_of(f"txt_multi_sib200_a/{folder.name}/{part}.tsv"):
                texts.append(row["text"])
                labels.append(row["category"])
                languages.append(folder.name)
                test.append(part == "test")
                groups.append(int(row["index_id"]))
    return LabelledSet(
        texts=texts,
        labels=np.array(labels),
        languages=np.array(languages),
        test=np.array(test),
        groups=np.array(groups),
    )


def topic(name: str) -> Callable[[], LabelledSet]:
    return lambda: simple("txt_ru_sensitive_val/val.tsv", "ru", lambda row: str(int(float(row[name]))))


SETS: dict[str, Callable[[], LabelledSet]] = {
    "txt_en_davidson": lambda: simple("txt_en_davidson/data.tsv", "en", lambda row: row["label"]),
    "txt_en_hatecheck": lambda: simple("txt_en_hatecheck/data.tsv", "en", lambda row: row["label"]),
    "txt_ar_mlma": lambda: simple(
        "txt_ar_mlma/data.tsv", "ar", lambda row: "normal" if row["sentiment"] == "normal" else "rest"
    ),
    "txt_id_hatespeech": lambda: simple("txt_id_hatespeech/data.tsv", "id", lambda row: row["HS"]),
    "txt_multi_sib200_a": sib200,
    "txt_ru_sensitive_val, terrorism": topic("terrorism"),
    "txt_ru_sensitive_val, weapons": topic("weapons"),
    "txt_ru_sensitive_val, drugs": topic("drugs"),
    "news_en_agnews": lambda: simple("news_en_agnews/test_sample.tsv", "en", lambda row: row["label"]),
}


def macro_f1(truth: np.ndarray, guesses: np.ndarray) -> float:
    """In points."""
    each = [
        2 * ((truth == label) & (guesses == label)).sum() / ((truth == label).sum() + (guesses == label).sum())
        for label in np.unique(truth)
    ]
    return 100 * float(np.mean(each))


def timed(work: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[Any, float]:
    began = time.process_time()
    answer = work(*arguments, **named)
    return answer, time.process_time() - began


def peers() -> dict[str, Callable[[], Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    def groups() -> Any:
        return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)

    def both() -> Any:
        return make_union(groups(), TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True))

    return {
        "letter groups": lambda: make_pipeline(groups(), LinearSVC(random_state=0)),
        "letter groups and words": lambda: make_pipeline(both(), LinearSVC(random_state=0)),
    }


def quality(name: str) -> dict[str, object]:
    held = SETS[name]()
    ours: list[tuple[float, float]] = []
    theirs: dict[str, list[tuple[float, float]]] = {peer: [] for peer in peers()}
    for train, test in held.splits():
        model, seconds = timed(fit, *held.pick(train))
        guesses = np.array(model.labels)[model.decision(held.pick(test)[0]).argmax(axis=1)]
        ours.append((macro_f1(held.labels[test], guesses), seconds))
        for peer, make in peers().items():
            fitted, seconds = timed(make().fit, held.pick(train)[0], held.labels[train])
            theirs[peer].append((macro_f1(held.labels[test], fitted.predict(held.pick(test)[0])), seconds))
    best = max(theirs, key=lambda peer: np.mean([f1 for f1, _ in theirs[peer]]))
    (our_f1, our_s), (their_f1, their_s) = np.mean(ours, axis=0), np.mean(theirs[best], axis=0)
    return {
        **row(f"train on {name}, {len(held.texts)} rows", f"scikit-learn, {best}", float(our_s), float(their_s)),
        "our_f1": round(float(our_f1), 2),
        "peer_f1": round(float(their_f1), 2),
        "short": round(float(their_f1 - our_f1), 2),
        "ece": round(out_of_fold_error(held), 4),
    }


def out_of_fold_error(held: LabelledSet) -> float:
    """The calibration error over the whole set: neither a text nor a copy of it was seen by what judges it."""
    groups = np.arange(len(held.texts)) if held.groups is None else held.groups
    _, group = np.unique(groups, return_inverse=True)
    folds = np.random.default_rng(0).integers(0, FOLDS, group.max() + 1)[group]
    rows = hashed(held.texts, bits=Options().bits)
    labels, languages = held.labels.tolist(), held.languages.tolist()
    whole = fit_hashed(rows, labels, languages)
    decisions = np.zeros((len(labels), len(whole.labels)), dtype=np.float32)
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        model = fit_hashed(rows.take(outside), *held.pick(outside)[1:])
        decisions[inside] = model.decision_of_hashed(rows.take(inside))
    said = np.zeros(decisions.shape)
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        model = calibrate_decisions(whole, decisions[outside], *held.pick(outside)[1:])
        said[inside] = model.calibrated(decisions[inside], held.pick(inside)[2])
    return calibration_error(said, columns(labels, whole.labels))


def posts_of(texts: list[str], count: int) -> list[str]:
    """Posts of 280 characters, as people write them, one behind the other."""
    stream = " ".join(texts)
    while len(stream) < 280 * count:
        stream += " " + stream
    return [stream[at : at + 280] for at in range(0, 280 * count, 280)]


def speed(name: str, size: int, rounds: int) -> list[dict[str, object]]:
    held = SETS[name]()
    train, test = next(held.splits())
    texts, labels, languages = held.pick(train)
    model = calibrate(fit(texts, labels, languages), *held.pick(test))
    posts = posts_of(held.texts, size)
    where = [languages[0]] * size
    model.probabilities(posts[:10], where[:10])
    fitted = peers()["letter groups and words"]().fit(texts[:5000], labels[:5000])
    few = max(size // 20, 1)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(timed(model.probabilities, posts, where)[1] / size)
        theirs.append(timed(fitted.decision_function, posts[:few])[1] / few)
    found = row(
        f"score one post of 280 characters like {name}",
        "scikit-learn, letter groups and words",
        statistics.median(ours),
        statistics.median(theirs),
    )
    return [found | {"posts_a_second": round(1 / statistics.median(ours))}]


def row(work: str, peer: str, ours_s: float, peer_s: float) -> dict[str, object]:
    return {
        "work": work,
        "ours": "abate linear",
        "peer": peer,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }


def shown(found: dict[str, Any]) -> str:
    if "posts_a_second" in found:
        times = f"{found['ours_s'] * 1e6:.1f} µs, {found['peer']} {found['peer_s'] * 1e6:.0f} µs"
        return f"{found['work']}: {times}, ratio {found['ratio']:.0f}, {found['posts_a_second']} posts a second"
    times = f"{found['ours_s']:.2f} s, {found['peer']} {found['peer_s']:.2f} s, ratio {found['ratio']:.1f}"
    f1 = f"macro F1 {found['our_f1']:.2f} and {found['peer_f1']:.2f}, short {found['short']:+.2f}"
    return f"{found['work']}: {times}; {f1}; calibration error {found['ece']:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=[*SETS, "speed"], help="only these; default: all, and speed")
    parser.add_argument("--size", type=int, default=20_000, help="posts to score")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = options.set or [*SETS, "speed"]
    fit(["one lantern", "two harbours"] * 5, ["a", "b"] * 5, ["en"] * 10)
    found: list[dict[str, object]] = []
    for name in wanted:
        if name == "speed":
            new = [
                one
                for each in ("txt_id_hatespeech", "txt_ar_mlma")
                for one in speed(each, options.size, options.rounds)
            ]
        else:
            new = [quality(name)]
        found += new
        if not options.json:
            print("\n".join(map(shown, new)), flush=True)
    print(json.dumps(found, indent=1) if options.json else found[-1]["machine"])


if __name__ == "__main__":
    main()
