"""Copies stand together, parts are alike, and the same seed cuts the same way."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.flows.training.copies import groups_of, united
from abate.flows.training.folds import folds_of
from abate.flows.training.labelled import Labelled


def rows(*texts, templates=None, sources=None):
    none = ("",) * len(texts)
    return Labelled(
        texts=texts,
        labels=none,
        languages=none,
        templates=templates or none,
        sources=sources or none,
        protected=(False,) * len(texts),
    )


def together(*texts, **columns):
    return len(set(groups_of(rows(*texts, **columns)).tolist())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The lamp is lit at 5", "the LAMP is lit, at 17!"),
        ("RT @somebody: the lamp is lit", "the lamp is lit"),
        ("the lamp is lit https://example.org/a", "the lamp is lit https://example.org/b"),
        ("أضيء المصباح ٥ مرات", "أضيء المصباح ٧ مرات"),
        (
            "once upon a time there was a harbour with a lamp that shone at night",
            "Once upon a time there was a harbour, with a lamp that nobody had lit",
        ),
    ],
)
def test_copies_are_one_group(one, other):
    assert together(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("the lamp is lit", "the lamp is out"), ("good morning", "good evening"), ("5", "7"), ("", " ")]
)
def test_other_words_are_other_groups(one, other):
    assert not together(one, other)


def test_rows_of_one_template_or_one_source_stand_together():
    assert together("red lamp", "blue boat", templates=("t1", "t1"))
    assert together("red lamp", "blue boat", sources=("paper", "paper"))
    assert not together("red lamp", "blue boat", templates=("t1", "t2"))


def test_a_template_and_a_source_of_one_name_are_two_things():
    assert not together("red lamp", "blue boat", templates=("x", ""), sources=("", "x"))


def test_a_copy_of_a_copy_is_a_copy():
    assert together("red lamp", "red lamp", "blue boat", templates=("", "t", "t"))


def test_hostile_texts_have_a_group_too():
    texts = ("\ud800\x00", "\u200d" * 100_000, "a" * 3_000_000, "a" * 3_000_000 + "b")
    assert len(groups_of(rows(*texts))) == 4


@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=25))
def test_groups_are_the_connected_parts(keys):
    numbers = united(keys).tolist()
    reached = [{place} for place in range(len(keys))]
    for _ in keys:  # brute force: spread until nothing changes
        for place in range(len(keys)):
            for other in range(len(keys)):
                if set(keys[place]) & set(keys[other]):
                    reached[place] |= reached[other]
                    reached[other] |= reached[place]
    for place in range(len(keys)):
        for other in range(len(keys)):
            assert (numbers[place] == numbers[other]) == (other in reached[place])


@given(
    groups=st.lists(st.integers(0, 30), min_size=1, max_size=80),
    folds=st.integers(2, 5),
    seed=st.integers(0, 5),
)
def test_no_group_stands_in_two_folds_and_the_seed_decides(groups, folds, seed):
    strata = [place % 3 for place in range(len(groups))]
    cut = folds_of(np.array(groups), strata, folds, seed)
    assert all(len({fold for fold, mine in zip(cut, groups, strict=True) if mine == one}) == 1 for one in groups)
    assert np.array_equal(cut, folds_of(np.array(groups), strata, folds, seed))
    assert set(cut.tolist()) <= set(range(folds))


def test_folds_hold_alike_of_each_label_and_language():
    strata = [("en", "1")] * 50 + [("en", "0")] * 500 + [("ar", "1")] * 25
    cut = folds_of(np.arange(len(strata)), strata, 5, seed=1)
    for stratum in set(strata):
        counts = Counter(fold for fold, mine in zip(cut.tolist(), strata, strict=True) if mine == stratum)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_another_seed_cuts_otherwise():
    one, other = (folds_of(np.arange(200), ["x"] * 200, 4, seed) for seed in (1, 2))
    assert not np.array_equal(one, other)
