"""What is labelled next: half uncertain, three in ten at random, two in ten high."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.flows.training.sampling import Chosen, Why, sample_for_learning

SCORES = np.linspace(0, 1, 5_001)


def test_the_shares_are_those_of_the_rule():
    counts = Counter(one.why for one in sample_for_learning(SCORES, seed=7, size=100))
    assert counts == {Why.UNCERTAIN: 50, Why.RANDOM: 30, Why.HIGH: 20}


def test_the_uncertain_lie_about_a_half_and_the_high_at_the_top():
    chosen = sample_for_learning(SCORES, seed=7, size=100)
    assert all(abs(SCORES[one.place] - 0.5) < 0.02 for one in chosen if one.why is Why.UNCERTAIN)
    assert all(SCORES[one.place] > 0.98 for one in chosen if one.why is Why.HIGH)


def test_every_item_has_the_same_chance_of_the_random_part():
    """1,000 draws of 3 of 10: a chance of 0.3 each, so 300 ± 5 standard deviations of 14.5."""
    counts = Counter(
        one.place
        for seed in range(1_000)
        for one in sample_for_learning(np.linspace(0, 1, 10), seed, size=10)
        if one.why is Why.RANDOM
    )
    assert all(abs(counts[place] - 300) < 73 for place in range(10))


@given(st.lists(st.floats(0, 1), max_size=40), st.integers(0, 9), st.integers(0, 60))
def test_each_item_at_most_once_and_as_many_as_wanted(scores, seed, size):
    chosen = sample_for_learning(np.array(scores), seed, size)
    assert len(chosen) == min(size, len(scores))
    assert len({one.place for one in chosen}) == len(chosen)
    assert chosen == sample_for_learning(np.array(scores), seed, size)


@pytest.mark.parametrize("scores", [[1.1], [-0.1], [float("nan")], [[0.5]]])
def test_what_is_no_probability_is_refused(scores):
    with pytest.raises(ValueError, match="0 to 1"):
        sample_for_learning(np.array(scores), seed=1)


def test_one_item_is_chosen_for_what_it_is():
    assert sample_for_learning([0.4], seed=1, size=1) == [Chosen(place=0, why=Why.UNCERTAIN)]
