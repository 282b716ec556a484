"""Makes the ranking model that is shipped, from data whose licence allows it, and says what it reaches.

``python -m bench.train_ranker [--data FOLDER] [--out FOLDER] [--check] [--json]``

Trained on: Davidson (MIT), HateCheck (CC BY 4.0) and MLMA (MIT) for abuse; the Universal Declaration of Human Rights,
PUD, SIB-200 and headlines of UCDP's event data as speech that is none. What may not be used commercially is not trained
on: AG's news is only what false positives are counted on. HateCheck's cases are judged by models that were trained
without their templates.

The same data and the same version of abate give the same bytes. ``--check`` trains anew and stops with an error when
another model lies in the package.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from abate.domain.signal import Language, Outlook
from abate.flows.training.card import Purpose, Source
from abate.flows.training.evaluate import open_folder
from abate.flows.training.in_force import shipped
from abate.flows.training.labelled import Columns, Labelled, as_asked, joined
from abate.flows.training.metrics import upper_bound
from abate.flows.training.train import Trained, train
from abate.flows.training.write import write
from abate.signals.linear.classifier import LinearClassifierType
from abate.signals.linear.model import Options

ABUSE, BENIGN = "abuse", "benign"
SEED = 20260801
BITS = 18
"""A quarter of a million buckets: a megabyte. More reached no more."""
SIB = {"en": "eng_Latn", "ar": "arb_Arab"}
UDHR = {"en": "eng", "ar": "arb"}

IS = (
    (
        "A ranker of queues for abuse in English and Arabic, shipped with abate and off until the setting "
        "`text_model` names it. It is a proxy: it was trained on abusive and hateful posts, hate-speech test cases, "
        "news and law, because these may be used and shipped. No extremist text was used, and none is needed."
    ),
    (
        "It helps where nothing better is there yet: what it puts first is likelier to be abuse than what it puts "
        "last. The better model is trained on your own decisions, with `abate train --from-decisions`."
    ),
    "The texts are not shipped, only what hashed letter groups and words weigh.",
)
IS_NOT = (
    "No detector of terrorist or violent extremist content: it has seen none.",
    "No judge: nothing may be limited or removed because of its score.",
    "No reader of any other language: there it says unknown.",
    (
        "Not fair to every dialect: its English abuse was found by keywords, and posts in African American English "
        "were labelled offensive more often than others (Davidson, Bhattacharya and Weber 2019, arXiv:1905.12516)."
    ),
)
NOTES = (
    (
        "Attribution: Davidson, Warmsley, Macy and Weber, Automated Hate Speech Detection and the Problem of "
        "Offensive Language, ICWSM 2017 (MIT)."
    ),
    (
        "Röttger, Vidgen, Nguyen, Waseem, Margetts and Pierrehumbert, HateCheck: Functional Tests for Hate Speech "
        "Detection Models, ACL 2021 (CC BY 4.0; labels joined to two, texts hashed)."
    ),
    "Ousidhoum, Lin, Zhang, Song and Yeung, Multilingual and Multi-Aspect Hate Speech Analysis, EMNLP 2019 (MIT).",
    (
        "Sundberg and Melander, Introducing the UCDP Georeferenced Event Dataset, JPR 50(4), 2013, and Davies, "
        "Engström, Pettersson and Öberg 2023 (CC BY 4.0; headlines only, hashed)."
    ),
    (
        "Parallel Universal Dependencies, CoNLL 2017 shared task (CC BY-SA 3.0). Adelani and others, SIB-200, EACL "
        "2024, sentences of FLORES-200 (CC BY-SA 4.0). Universal Declaration of Human Rights, United Nations, as UDHR "
        "in Unicode."
    ),
)
QUOTED = ("hatecheck counter_quote_nh", "hatecheck counter_ref_nh")
"""HateCheck's counter-speech: denunciations that quote hate or refer to it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one data set gives."""

    name: str
    note: str
    file: Path
    rows: Labelled


def columns_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def labelled(rows: list[tuple[str, str, str]], language: str, *, protected: bool = False) -> Labelled:
    """Rows of (text, label, template)."""
    rows = [row for row in rows if row[0].strip()]
    return Labelled(
        texts=tuple(text.strip() for text, _, _ in rows),
        labels=tuple(label for _, label, _ in rows),
        languages=(language,) * len(rows),
        templates=tuple(template for _, _, template in rows),
        sources=("",) * len(rows),
        protected=(protected,) * len(rows),
    )


def parts(data: Path) -> Iterator[Part]:
    file = data / "txt_en_davidson" / "data.tsv"
    rows = [(row["text"], BENIGN if row["label"] == "neither" else ABUSE, "") for row in columns_of(file)]
    yield Part(name="Davidson", note="MIT", file=file, rows=labelled(rows, "en"))
    file = data / "txt_en_hatecheck" / "data.tsv"
    rows = [
        (row["text"], ABUSE if row["label"] == "hateful" else BENIGN, f"hatecheck {row['functionality']}")
        for row in columns_of(file)
    ]
    yield Part(name="HateCheck", note="CC BY 4.0", file=file, rows=labelled(rows, "en"))
    file = data / "txt_ar_mlma" / "data.tsv"
    rows = [(row["text"], BENIGN if row["sentiment"] == "normal" else ABUSE, "") for row in columns_of(file)]
    yield Part(name="MLMA, Arabic", note="MIT", file=file, rows=labelled(rows, "ar"))
    yield from protected_parts(data)


def protected_parts(data: Path) -> Iterator[Part]:
    for language in ("en", "ar"):
        file = data / "lang_udhr" / f"{UDHR[language]}.txt"
        lines = [(line, BENIGN, "") for line in file.read_text("utf-8").splitlines()]
        rows = labelled(lines, language, protected=True)
        yield Part(name=f"UDHR, {language}", note="United Nations, free use", file=file, rows=rows)
        file = data / f"news_{language}_pud" / "sentences.tsv"
        rows = labelled([(row["text"], BENIGN, "") for row in columns_of(file)], language, protected=True)
        yield Part(name=f"PUD, {language}", note="CC BY-SA 3.0", file=file, rows=rows)
        for split in ("train", "dev", "test"):
            file = data / "txt_multi_sib200_a" / SIB[language] / f"{split}.tsv"
            rows = labelled([(row["text"], BENIGN, "") for row in columns_of(file)], language, protected=True)
            yield Part(name=f"SIB-200, {language}, {split}", note="CC BY-SA 4.0", file=file, rows=rows)
    file = data / "news_event_ucdp_ged" / "ucdp_ged_sample.tsv"
    every = (head for row in columns_of(file) for head in row["source_headline"].split(";"))
    heads = dict.fromkeys(head for head in every if len(head) > 10 and head != "social media")
    rows = labelled([(head, BENIGN, "") for head in heads], "en", protected=True)
    yield Part(name="UCDP GED headlines", note="CC BY 4.0", file=file, rows=rows)


def made(data: Path, out: Path) -> Trained:
    given = list(parts(data))
    options = Options(name="proxy-ranker", bits=BITS, seed=SEED)
    trained = train(joined([part.rows for part in given]), {ABUSE}, options)
    sources = [
        Source(
            name=part.name,
            rows=len(part.rows),
            sha256=hashlib.sha256(part.file.read_bytes()).hexdigest(),
            note=part.note,
        )
        for part in given
    ]
    purpose = Purpose(
        title="Data card of the model proxy-ranker", is_=IS, is_not=(*IS_NOT, on_hatecheck(trained)), notes=NOTES
    )
    write(trained, sources, Columns(text=("text",), label="label"), out, purpose, seed=SEED)
    return trained


def on_hatecheck(trained: Trained) -> str:
    """What becomes of HateCheck's cases when their templates are unknown, as a sentence for the card."""
    forward = trained.judged.scores >= (trained.thresholds["en"]["review"] or 2.0)
    rows = trained.rows
    kinds = {
        "harmless": [place for place, name in enumerate(rows.templates) if name and rows.labels[place] == BENIGN],
        "hateful": [place for place, name in enumerate(rows.templates) if name and rows.labels[place] == ABUSE],
        "quoted": [place for place, name in enumerate(rows.templates) if name in QUOTED],
    }
    counts = {kind: f"{int(forward[places].sum()):,} of {len(places):,}" for kind, places in kinds.items()}
    return (
        "No reader of meaning: of HateCheck's cases, each by a model that had not seen its template, it puts forward "
        f"{counts['hateful']} hateful and {counts['harmless']} harmless ones, among these {counts['quoted']} "
        "denunciations that quote hate or refer to it."
    )


def put_forward(folder: Path, texts: list[str], language: str) -> tuple[int, int]:
    """How many of these texts the model, asked as the pipeline asks it, would put forward; of how many."""
    model = LinearClassifierType().open(str(folder))
    answers = model.score(as_asked(texts), [Language(code=language, confidence=None)] * len(texts))
    return sum(any(score.outlook is Outlook.LIKELY for score in one) for one in answers), len(texts)


def news(data: Path) -> list[str]:
    return [f"{row['title']}\n{row['description']}" for row in columns_of(data / "news_en_agnews" / "test_sample.tsv")]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=Path(os.environ.get("ABATE_DATA", "../shared/data")))
    asked.add_argument("--out", type=Path, default=shipped())
    asked.add_argument("--check", action="store_true")
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "model" if given.check else given.out
        begun = time.process_time()
        trained = made(given.data, out)
        spent = time.process_time() - begun
        version = open_folder(out).version
        if given.check and version != open_folder(given.out).version:
            sys.exit(f"{given.out} holds another model than these data and sources give; run without --check")
        found, of = put_forward(out, news(given.data), "en")
    rows = [
        {
            "work": "train the shipped ranker",
            "ours": f"{version[:12]}, {len(trained.rows):,} rows",
            "peer": "",
            "ours_s": spent,
            "peer_s": None,
            "ratio": None,
            **{f"macro_f1_{code}": one.macro_f1 for code, one in trained.by_language.items()},
            "news_put_forward": found,
            "news_items": of,
            "news_upper_bound": upper_bound(found, of),
        }
    ]
    print(json.dumps(rows, indent=2) if given.json else "\n".join(f"{key}: {value}" for key, value in rows[0].items()))


if __name__ == "__main__":
    main()
