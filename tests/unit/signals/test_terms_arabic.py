"""How well what is written onto Arabic words is undone, on pairs of words that were judged one by one."""

import csv
from pathlib import Path

import pytest

from abate.signals.terms import PhraseSeeker

JUDGED = Path(__file__).resolve().parents[2] / "data" / "arabic_terms.tsv"


def rows(half):
    lines = [line for line in JUDGED.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [row for row in csv.DictReader(lines, delimiter="\t") if row["half"] == half]


def measured(half, mode):
    """Return recall and precision over occurrences: a pair counts as often as its token stands in the corpus."""
    hit = wrong = missed = 0
    for row in rows(half):
        found = bool(PhraseSeeker([f"{mode}:{row['term']}"]).find(row["token"]))
        times = int(row["times"])
        hit += times * (found and row["is_term"] == "1")
        wrong += times * (found and row["is_term"] == "0")
        missed += times * (not found and row["is_term"] == "1")
    return hit / (hit + missed), hit / (hit + wrong)


@pytest.mark.parametrize("half", ["dev", "test"])
def test_recall_is_95_and_precision_85_percent_on_both_halves(half, record_property):
    recall, precision = measured(half, "clitic")
    record_property(f"{half} recall", round(recall, 4))
    record_property(f"{half} precision", round(precision, 4))
    assert recall >= 0.95
    assert precision >= 0.85


@pytest.mark.parametrize("half", ["dev", "test"])
def test_exact_boundaries_lose_more_than_half(half, record_property):
    recall, precision = measured(half, "exact")
    record_property(f"{half} recall of exact boundaries", round(recall, 4))
    assert recall < 0.45
    assert precision == 1


def test_each_half_was_judged_on_enough_pairs_with_near_misses_among_them():
    """A near miss holds the whole term, or the term as it changes, and is another word."""
    for half, least in (("dev", 900), ("test", 250)):
        judged = rows(half)
        assert len(judged) >= least
        assert len({row["term"] for row in judged}) >= 50
        near = [row for row in judged if row["is_term"] == "0" and row["term"].removesuffix("ه") in row["token"]]
        assert len(near) >= 14
        assert len({(row["term"], row["token"]) for row in judged}) == len(judged)
