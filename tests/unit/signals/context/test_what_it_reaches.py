"""What the context reader reaches on data: every row is read by weights that saw no row of its template.

The weights of each fold stand in ``bench/records/context.json``; nothing is trained here. ``python -m bench.context``
prints the same rates with their bounds, and more of them.
"""

import json

import pytest
from bench import train_context

from abate.domain.signal import PROTECTED, ContextLabel, Language
from abate.numeric.intervals import clopper_pearson
from abate.signals.context.model import digest
from abate.signals.context.reader import Cues
from plugin_needs import data_root

SETS = (
    "txt_en_hatecheck", "txt_en_davidson", "txt_ar_mlma", "news_event_ucdp_ged", "news_en_pud", "news_ar_pud",
    "txt_multi_sib200_a", "lang_udhr", "lang_tico19_a",
)  # fmt: skip
GRAVE = {ContextLabel.ENDORSEMENT, ContextLabel.RECRUITMENT, ContextLabel.INSTRUCTION}
pytestmark = pytest.mark.needs_data(*SETS)


@pytest.fixture(scope="module")
def said():
    """Each row with its label out of fold; read once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(train_context, "ROOT", data_root())
        done = train_context.recorded()
    return [(row, ContextLabel(label)) for row, label in zip(done.rows, done.said, strict=True)]


def of(said, source, *parts):
    return [label for row, label in said if row.source == source and (not parts or row.part in parts)]


def spared(labels):
    return sum(label in PROTECTED for label in labels), len(labels)


def test_the_record_belongs_to_the_lists():
    assert json.loads(train_context.RECORD.read_text("utf-8"))["cues"] == digest()


def test_templates_are_never_in_two_folds(said):
    rows = [row for row, _ in said]
    folds = train_context.folds_of(rows)
    held = {}
    for row, fold in zip(rows, folds.tolist(), strict=True):
        assert held.setdefault(row.group, fold) == fold
    counter = {row.group for row in rows if row.part == "counter_quote_nh"}
    assert len(counter) >= 14
    texts = {}
    for row in rows:
        if row.source == "hatecheck" and row.part != "framed":
            assert texts.setdefault((row.part, row.text.lower().strip()), row.group) == row.group


def test_quoted_counter_speech_is_spared(said):
    kept, total = spared(of(said, "hatecheck", "counter_quote_nh"))
    assert total == 173
    assert kept / total >= 0.95


def test_denunciation_without_a_quotation_is_spared_more_often_than_not(said):
    kept, total = spared(of(said, "hatecheck", "counter_ref_nh"))
    assert total == 141
    assert kept / total >= 0.6


def test_hateful_posts_are_hardly_ever_spared(said):
    hateful = [(row, label) for row, label in said if row.source == "hatecheck" and row.part.endswith("_h")]
    kept, total = spared([label for _, label in hateful])
    assert total == 2563
    assert kept / total <= 0.015
    kept, total = spared(of(said, "davidson", "hate"))
    assert total == 1430
    assert kept / total <= 0.015
    kept, total = spared(of(said, "mlma", "hateful"))
    assert kept / total <= 0.015, total


def test_the_card_says_what_was_found(said):
    card = train_context.WEIGHTS.with_name("card.md").read_text("utf-8")
    hateful = [label for row, label in said if row.source == "hatecheck" and row.part.endswith("_h")]
    quoted = [label for row, label in said if row.part == "framed" and row.text.startswith(('"', "He said"))]
    behind = [
        label for row, label in said if row.part == "framed" and row.text.startswith(("Police", "Break", "Accor"))
    ]
    for labels in (
        of(said, "hatecheck", "counter_quote_nh"),
        of(said, "hatecheck", "counter_ref_nh"),
        hateful,
        of(said, "davidson", "hate"),
        of(said, "mlma", "hateful"),
        quoted,
        behind,
    ):
        kept, total = spared(labels)
        assert f"| {kept:,} of {total:,} |" in card
    ours = [row for row in train_context.sentences(train_context.SENTENCES) if row.label in train_context.GRAVE]
    assert len(ours) == 71
    assert "seventy-one invented sentences" in card


@pytest.mark.needs_data("txt_id_hatespeech")
def test_hateful_posts_of_a_language_without_any_in_training_are_hardly_ever_spared_either(data):
    """Indonesian, whose posts may not be trained on."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(train_context, "ROOT", data)
        rows = train_context.table("txt_id_hatespeech", "data.tsv")
    hateful = [row["text"] for row in rows if row["HS"] == "1"]
    answers = Cues().read(hateful, [Language(code="id", confidence=1.0)] * len(hateful))
    kept, total = spared([one.label for one in answers])
    assert total == 5561
    assert kept / total <= 0.015


@pytest.mark.parametrize("source", ["pud", "ucdp", "tico", "udhr"])
def test_news_and_plain_texts_never_endorse_recruit_or_instruct(said, source):
    assert not GRAVE.intersection(of(said, source))


@pytest.mark.needs_data("news_en_agnews")
def test_news_that_was_never_trained_on_neither_endorses_nor_recruits_nor_instructs(data):
    rows = _agnews(data)
    labels = [one.label for one in Cues().read(rows, [Language(code="en", confidence=1.0)] * len(rows))]
    wrong = sum(label in GRAVE for label in labels)
    assert len(labels) >= 3000
    # One-sided 95 %: the upper end of the two-sided interval at 90 %.
    assert clopper_pearson(wrong, len(labels), 0.9)[1] <= 0.001
    plain = sum(label in PROTECTED or label is ContextLabel.NEUTRAL for label in labels)
    assert plain / len(labels) >= 0.85


def _agnews(folder):
    lines = train_context.csv.DictReader(
        (folder / "news_en_agnews" / "test_sample.tsv").open(encoding="utf-8", newline=""), delimiter="\t"
    )
    return [f"{row['title']}. {row['description']}" for row in lines]
