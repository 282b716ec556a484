"""Unseen news against an index of other real texts: what is reported anew is no copy of what somebody else wrote."""

import csv

import pytest

from abate.domain.signal import MIN_QUALITY
from abate.matching.text_index import WinnowingIndexType
from near_texts import signal_of


def values(texts):
    found = [signal_of(text) for text in texts]
    return [one.value for one in found if one is not None and one.quality >= MIN_QUALITY]


def column(path, *names):
    with path.open(encoding="utf-8", newline="") as stream:
        return [". ".join(row[name] for name in names) for row in csv.DictReader(stream, delimiter="\t")]


def others(data):
    """Posts and pages in a dozen languages, none of them news of the sets below."""
    pages = [
        line for path in sorted((data / "lang_udhr").glob("*.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    parallel = (data / "lang_tico19_a" / "parallel.tsv").read_text("utf-8").splitlines()[1:]
    return [*pages, *(cell for line in parallel for cell in line.split("\t")[1:])]


@pytest.mark.needs_data("lang_udhr")
@pytest.mark.needs_data("lang_tico19_a")
@pytest.mark.needs_data("news_en_agnews")
@pytest.mark.needs_data("news_ar_pud")
@pytest.mark.needs_data("news_en_pud")
def test_at_most_one_in_a_thousand_pieces_of_news_is_taken_for_a_copy(data):
    built = WinnowingIndexType().build(values(others(data)), radius=99)
    assert len(built) > 1000
    news = {
        "agnews": column(data / "news_en_agnews" / "test_sample.tsv", "title", "description"),
        "ar": column(data / "news_ar_pud" / "sentences.tsv", "text"),
        "en": column(data / "news_en_pud" / "sentences.tsv", "text"),
    }
    for name, texts in news.items():
        asked = values(texts)
        taken = sum(map(bool, built.lookup(asked)))
        assert taken <= 0.001 * len(asked), name


@pytest.mark.needs_data("news_en_agnews")
def test_of_reports_of_one_year_those_that_repeat_each_other_share_a_passage(data):
    """They are hits, and rightly: agencies are quoted. Beyond a distance of 70 little is left of them."""
    asked = values(column(data / "news_en_agnews" / "test_sample.tsv", "title", "description"))
    built = WinnowingIndexType().build(asked, radius=99)
    hits = [[hit for hit in own if hit.position != place] for place, own in enumerate(built.lookup(asked))]
    repeating = sum(map(bool, hits)) / len(asked)
    far = sum(any(hit.distance > 70 for hit in own) for own in hits) / len(asked)
    assert 0.01 < repeating < 0.04
    assert far < 0.01
