"""Train the weights of the context reader, and say what they reach on templates that they were not trained on.

``ABATE_DATA=FOLDER python -m bench.train_context [--write] [--json]``

What is trained on: HateCheck (CC BY), Davidson (MIT), MLMA Arabic (MIT), the news headlines of UCDP (CC BY), PUD news
and Wikipedia sentences and SIB-200 (CC BY-SA; nothing of them can be read off the weights), TICO-19 (CC0), the
Universal Declaration of Human Rights, and ``context_sentences.tsv`` beside this file, which we wrote ourselves about
groups that do not exist. AG News, which may not be used commercially, is only ever tested on.

Rows of one template go into one fold together. Templates of HateCheck are found by taking two rows of one
functionality for the same template where they differ in one stretch of words, the target. What is reported of a row is
said by weights that saw no row of its template. The temperature is the one under which those answers are likeliest,
the least probability of a label the smallest that keeps its errors among them within ``SPARED`` or ``CLAIMED``.

``--write`` writes the weights beside the reader, and ``records/context.json``: the weights of each fold, by which a
test says anew what is said of rows that they never saw. Two runs on the same data give the same files.
"""

import argparse
import csv
import json
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from abate.signals.context.lexicon import counted as counts_of
from abate.signals.context.lists import KINDS, WIDTH
from abate.signals.context.model import CLASSES, FEATURES, HOSTILE, WEIGHTS, Model, digest, features, shipped

ROOT = Path(os.environ.get("ABATE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
RECORD = Path(__file__).with_name("records") / "context.json"
SENTENCES = Path(__file__).with_name("context_sentences.tsv")
FOLDS = 5
RIDGE = 1.0
SEED = 20240613
VERSION = "1"
OFFENSIVE = 2000
"""Rows of Davidson that are offensive and not hate, of 19,190: they are what a platform is full of."""
SPARED = {"report": 0.004, "counter_speech": 0.007, "academic_legal": 0.004}
"""Which share of the hateful rows of HateCheck, and of those of Davidson, each protected label may spare."""
CLAIMED = 0.0
"""Which share of all rows that are something else each of the other three labels may claim."""
GRAVE = ("endorsement", "recruitment", "instruction")


@dataclass(frozen=True, kw_only=True)
class Row:
    text: str
    language: str
    label: str
    source: str
    group: str
    """Rows of one group are trained on together or tested on together."""
    part: str = ""
    """HateCheck's functionality, SIB's category, PUD's genre."""


def table(folder: str, name: str) -> list[dict[str, str]]:
    with (ROOT / folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def sentences(path: Path) -> list[Row]:
    """Sentences that we wrote: language, label, text; a quotation mark is a letter like any other."""
    lines = path.read_text("utf-8").splitlines()[1:]
    split = [line.split("\t") for line in lines]
    return [
        Row(text=text, language=language, label=label, source="ours", group=f"{path.stem}:{number}")
        for number, (language, label, text) in enumerate(split)
    ]


HATECHECK = {
    "counter_quote_nh": "counter_speech",
    "counter_ref_nh": "counter_speech",
    **dict.fromkeys(
        ("ident_neutral_nh", "ident_pos_nh", "profanity_nh", "slur_homonym_nh", "target_obj_nh"), "neutral"
    ),
}


def hatecheck() -> list[Row]:
    held = table("txt_en_hatecheck", "data.tsv")
    rows = []
    for row, group in zip(held, templates(held), strict=True):
        part = row["functionality"]
        label = "hostile" if row["label"] == "hateful" else HATECHECK.get(part, "")
        rows.append(
            Row(text=row["text"], language="en", label=label, source="hatecheck", group=f"hc:{group}", part=part)
        )
    return rows


def templates(rows: list[dict[str, str]]) -> list[int]:
    """A number for each row's template, one for rows that differ in the target or are variants of one case."""
    leads = list(range(len(rows)))

    def lead(place: int) -> int:
        while leads[place] != place:
            place = leads[place]
        return place

    words = [row["text"].lower().split() for row in rows]
    places = {row["case_id"]: place for place, row in enumerate(rows)}
    parts: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        others = [other for other in parts[row["functionality"]] if one_template(words[place], words[other])]
        if row["ref_case_id"] in places:
            others.append(places[row["ref_case_id"]])
        for other in others:
            leads[lead(other)] = lead(place)
        parts[row["functionality"]].append(place)
    return [lead(place) for place in range(len(rows))]


def one_template(left: list[str], right: list[str]) -> bool:
    """Say whether two texts differ in one stretch of at most four words, and share at least as much as they differ."""
    short = min(len(left), len(right))
    before = next((n for n in range(short) if left[n] != right[n]), short)
    behind = next((n for n in range(short - before) if left[-1 - n] != right[-1 - n]), short - before)
    differ = max(len(left), len(right)) - before - behind
    return differ <= 4 and before + behind >= max(1, differ)


def davidson() -> list[Row]:
    draw = random.Random(SEED)
    rows = table("txt_en_davidson", "data.tsv")
    few = set(draw.sample([row["id"] for row in rows if row["label"] == "offensive"], OFFENSIVE))
    labels = {"hate": "hostile", "offensive": "hostile", "neither": "neutral"}
    return [
        Row(
            text=row["text"],
            language="en",
            label=labels[row["label"]],
            source="davidson",
            group=f"d:{row['id']}",
            part=row["label"],
        )
        for row in rows
        if row["label"] != "offensive" or row["id"] in few
    ]


def mlma() -> list[Row]:
    return [
        Row(
            text=row["text"],
            language="ar",
            label="neutral" if row["sentiment"] == "normal" else "hostile",
            source="mlma",
            group=f"m:{row['id']}",
            part="hateful" if "hateful" in row["sentiment"] else row["sentiment"].split("_")[0],
        )
        for row in table("txt_ar_mlma", "data.tsv")
    ]


def ucdp() -> list[Row]:
    headlines = sorted(
        {
            one.strip()
            for row in table("news_event_ucdp_ged", "ucdp_ged_sample.tsv")
            for one in row["source_headline"].split(";")
            if len(one.split()) >= 3
        }
    )
    return [
        Row(text=one, language="en", label="report", source="ucdp", group=f"u:{number}")
        for number, one in enumerate(headlines)
    ]


def pud() -> Iterator[Row]:
    for language in ("en", "ar"):
        for row in table(f"news_{language}_pud", "sentences.tsv"):
            yield Row(
                text=row["text"],
                language=language,
                label="report" if row["genre"] == "news" else "neutral",
                source="pud",
                group=f"p:{row['sent_id']}",
                part=row["genre"],
            )


def sib() -> Iterator[Row]:
    codes = {"arb_Arab": "ar", "eng_Latn": "en", "pbt_Arab": "ps", "prs_Arab": "fa", "rus_Cyrl": "ru"}
    for folder, language in codes.items():
        for part in ("train", "dev", "test"):
            for row in table(f"txt_multi_sib200_a/{folder}", f"{part}.tsv"):
                # The politics rows are of Wikinews. Those of science tell of studies, and are neither plainly nor law.
                label = {"politics": "report", "science/technology": ""}.get(row["category"], "neutral")
                yield Row(
                    text=row["text"],
                    language=language,
                    label=label,
                    source="sib",
                    group=f"s:{row['index_id']}",
                    part=row["category"],
                )


def udhr() -> Iterator[Row]:
    names = {"arb": "ar", "eng": "en", "ind": "id", "pbu": "ps", "pes_1": "fa", "rus": "ru", "tur": "tr", "urd": "ur"}
    for name, language in names.items():
        for number, line in enumerate((ROOT / "lang_udhr" / f"{name}.txt").read_text("utf-8").splitlines()):
            if len(line.split()) >= 5:
                yield Row(text=line, language=language, label="academic_legal", source="udhr", group=f"l:{number}")


def tico() -> Iterator[Row]:
    for row in table("lang_tico19_a", "parallel.tsv"):
        for language in ("en", "ps", "ar", "ru"):
            yield Row(text=row[language], language=language, label="neutral", source="tico", group=f"t:{row['id']}")


def put_into_other_light(rows: Iterable[Row]) -> Iterator[Row]:
    """Hateful rows with what must not excuse them: a quotation around them, an agreement, a line of news before."""
    frames = (
        '"{}"',
        '"{}" - exactly, so true',
        'He said "{}" and he is right',
        "Police said on Monday that two were arrested. {}",
        "Breaking news, reuters: {}",
        "According to the minister, they should say it openly: {}",
    )
    hostile = KINDS.index("hostile")
    for number, row in enumerate(rows):
        if row.source == "hatecheck" or (row.source == "davidson" and row.part == "hate"):
            frame = frames[number % len(frames)]
            framed = frame.format(row.text.strip().replace('"', ""))
            # Where no cue tells the abuse, nothing tells the row from news: to train on it would be to doubt all news.
            told = frame.startswith(('"', "He")) or counts_of([row.text], "en")[0, hostile]
            yield replace(row, text=framed, part="framed", label="hostile" if told else "")


def everything() -> list[Row]:
    """Every row that has a label, and HateCheck's others, which are only tested on."""
    rows = [*hatecheck(), *davidson(), *mlma(), *ucdp(), *pud(), *sib(), *udhr(), *tico(), *sentences(SENTENCES)]
    return rows + list(put_into_other_light(row for row in rows if row.label == "hostile"))


def counted(rows: list[Row]) -> np.ndarray:
    counts = np.zeros((len(rows), WIDTH), dtype=np.int64)
    for language in sorted({row.language for row in rows}):
        places = [place for place, row in enumerate(rows) if row.language == language]
        counts[places] = counts_of([rows[place].text for place in places], language)
    return counts


def folds_of(rows: list[Row]) -> np.ndarray:
    """A fold for each row, by its group: groups are dealt out within each source, the largest first."""
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        sizes[f"{row.source}:{row.part if row.source == 'hatecheck' and row.part != 'framed' else ''}"][row.group] += 1
    fold: dict[str, int] = {}
    draw = random.Random(SEED)
    for groups in sizes.values():
        dealt = sorted(groups)
        draw.shuffle(dealt)
        for number, group in enumerate(dealt):
            fold.setdefault(group, number % FOLDS)
    return np.array([fold[row.group] for row in rows])


def weights_of(labels: np.ndarray) -> np.ndarray:
    """A rare class counts for more, by the root of how rare it is."""
    sizes = np.bincount(labels, minlength=len(CLASSES))
    return np.sqrt(len(labels) / np.maximum(sizes, 1) / len(CLASSES))[labels]


def fit(x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression with a ridge, by L-BFGS from zero."""
    rows, width, classes = len(x), x.shape[1], len(CLASSES)
    weights = weights_of(labels)[:, None]
    truth = np.zeros((rows, classes))
    truth[np.arange(rows), labels] = 1

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        held = flat.reshape(width + 1, classes)
        scores = x @ held[:-1] + held[-1]
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        off = weights * (np.exp(log) - truth)
        slope = np.vstack((x.T @ off + RIDGE * held[:-1], off.sum(axis=0)))
        return -float((weights * truth * log).sum()) + RIDGE / 2 * float((held[:-1] ** 2).sum()), slope.ravel()

    done = minimize(
        loss, np.zeros((width + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": 400, "ftol": 1e-9}
    )
    held = done.x.reshape(width + 1, classes)
    return held[:-1], held[-1]


Weights = tuple[np.ndarray, np.ndarray]


def fit_folds(x: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> list[Weights]:
    """For each fold, weights that saw no row of it; a label of -1 is never trained on."""
    kept = [(folds != fold) & (labels >= 0) for fold in range(FOLDS)]
    return [rounded(fit(x[seen], labels[seen])) for seen in kept]


def rounded(weights: Weights) -> Weights:
    return weights[0].round(4), weights[1].round(4)


def out_of_fold(x: np.ndarray, folds: np.ndarray, weights: list[Weights]) -> np.ndarray:
    """Scores of each row by weights that saw no row of its group."""
    scores = np.zeros((len(x), len(CLASSES)))
    for fold, (coefficients, intercepts) in enumerate(weights):
        scores[folds == fold] = x[folds == fold] @ coefficients + intercepts
    return scores


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    scaled = scores / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return scaled / scaled.sum(axis=1, keepdims=True)


def temperature_of(scores: np.ndarray, labels: np.ndarray) -> float:
    weights = weights_of(labels)

    def surprise(log_temperature: float) -> float:
        likely = softmax(scores, float(np.exp(log_temperature)))[np.arange(len(labels)), labels]
        return -float((weights * np.log(np.maximum(likely, 1e-12))).sum())

    return float(np.exp(minimize_scalar(surprise, bounds=(-2, 2), method="bounded").x))


def least_of(rows: list[Row], probabilities: np.ndarray) -> dict[str, float]:
    """The probability that each label needs."""
    sources = (
        np.array([row.source == "hatecheck" and row.part.endswith("_h") for row in rows]),
        np.array([row.source == "davidson" and row.part == "hate" for row in rows]),
    )
    least = {"neutral": 0.3, "hostile": 0.0}
    for name, share in SPARED.items():
        least[name] = max(passed_by(probabilities, name, against, share) for against in sources)
    for name in GRAVE:
        others = np.array([row.label != name and (row.label != "" or row.source == "sib") for row in rows])
        least[name] = passed_by(probabilities, name, others, CLAIMED)
    return least


def passed_by(probabilities: np.ndarray, name: str, against: np.ndarray, share: float) -> float:
    """The least probability, from a half up, that at most this share of the rows ``against`` reaches."""
    number = CLASSES.index(name)
    wrong = against & (probabilities.argmax(axis=1) == number)
    reached = np.sort(probabilities[wrong, number])[::-1]
    most = int(share * against.sum())
    return round(max(0.5, float(reached[most]) + 1e-4) if len(reached) > most else 0.5, 4)


@dataclass(frozen=True, kw_only=True)
class Trained:
    model: Model
    least: dict[str, float]
    rows: list[Row]
    said: list[str]
    """What each row is said to be by weights that saw no row of its template."""
    folds: list[Weights]


def trained() -> Trained:
    rows = everything()
    labels = np.array([CLASSES.index(row.label) if row.label else -1 for row in rows])
    x, has, folds = features(counted(rows)), labels >= 0, folds_of(rows)
    weights = fit_folds(x, labels, folds)
    scores = out_of_fold(x, folds, weights)
    temperature = round(temperature_of(scores[has], labels[has]), 4)
    probabilities = softmax(scores, temperature)
    least = least_of(rows, probabilities)
    model = model_of(rounded(fit(x[has], labels[has])), temperature, least)
    said = labels_of(model, probabilities, [row.language for row in rows])
    return Trained(model=model, least=least, rows=rows, said=said, folds=weights)


def model_of(weights: Weights, temperature: float, least: dict[str, float]) -> Model:
    needed = np.array([least[name] for name in CLASSES])
    coefficients, intercepts = weights
    return Model(
        coefficients=coefficients, intercepts=intercepts, temperature=temperature, least=needed, version=VERSION
    )


def recorded() -> Trained:
    """As ``trained``, by the weights of the record; nothing is fitted."""
    held = json.loads(RECORD.read_text("utf-8"))
    weights = [(np.array(one["coefficients"]), np.array(one["intercepts"])) for one in held["folds"]]
    rows = everything()
    scores = out_of_fold(features(counted(rows)), folds_of(rows), weights)
    model = shipped()
    least = dict(zip(CLASSES, model.least.tolist(), strict=True))
    said = labels_of(model, softmax(scores, model.temperature), [row.language for row in rows])
    return Trained(model=model, least=least, rows=rows, said=said, folds=weights)


def labels_of(model: Model, probabilities: np.ndarray, languages: list[str]) -> list[str]:
    said = np.full(len(languages), HOSTILE)
    for language in sorted(set(languages)):
        places = np.array([one == language for one in languages])
        said[places] = model.chosen(probabilities[places], language)
    return ["unknown" if one == HOSTILE else CLASSES[one] for one in said]


def write(done: Trained) -> None:
    rows = dict(sorted(Counter(f"{row.source}:{row.label}" for row in done.rows if row.label).items()))
    model = done.model
    held = {
        "version": VERSION,
        "cues": digest(),
        "features": FEATURES,
        "classes": CLASSES,
        "temperature": model.temperature,
        "least": done.least,
        "rows": rows,
        "intercepts": model.intercepts.tolist(),
        "coefficients": model.coefficients.tolist(),
    }
    folds = [{"intercepts": left.tolist(), "coefficients": held.tolist()} for held, left in done.folds]
    WEIGHTS.write_text(lined(held), "utf-8")
    RECORD.write_text(lined({"cues": digest(), "folds": folds}), "utf-8")


def lined(held: dict[str, object]) -> str:
    """As JSON, the weights of one feature a line: a change of them can then be read."""
    text = json.dumps(held, indent=1, ensure_ascii=False)
    numbers = r"\[\s+(-?[\d.e-]+(?:,\s+-?[\d.e-]+)*)\s+\]"
    return re.sub(numbers, lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def shares(done: Trained) -> list[dict[str, object]]:
    """How often each kind of row got each label, out of fold."""
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row, said in zip(done.rows, done.said, strict=True):
        kind = row.part if row.source in {"hatecheck", "davidson", "pud", "mlma"} or row.part == "framed" else row.label
        found[row.source, row.language, kind][said] += 1
    return [
        {"source": source, "language": language, "kind": kind, "rows": said.total(), "said": dict(said.most_common())}
        for (source, language, kind), said in sorted(found.items())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the weights beside the reader")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    done = trained()
    if options.write:
        write(done)
    if options.json:
        print(json.dumps(shares(done), indent=1))
        return
    for row in shares(done):
        print(f"{row['source']} {row['language']} {row['kind']}: {row['rows']} rows, {row['said']}")
    print(f"temperature {done.model.temperature}, least {done.least}")


if __name__ == "__main__":
    main()
