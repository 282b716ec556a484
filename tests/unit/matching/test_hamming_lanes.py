"""What kernels say to the processor gives what their Python says."""

import numba
import numpy as np
import pytest

from abate.matching.living import lanes


def anew(function):
    """Compile without a cache, so that the lowering itself runs."""
    return numba.njit(function)


@pytest.mark.parametrize("limit", [0, 3, 7, 9, 16])
def test_lanes_that_are_near_are_found_wherever_they_begin(limit):
    words = np.random.default_rng(3).integers(0, 65536, 100, dtype=np.uint16)
    near_lanes = lanes.near_lanes

    def asked(words, start, value, limit):
        return near_lanes(words, start, value, limit)

    compiled = anew(asked)
    for start in (0, 1, 5, 31, 67):
        expected = [bool((int(word) ^ 0xA5A5).bit_count() <= limit) for word in words[start : start + 32]]
        for found in (compiled(words, start, 0xA5A5, limit), near_lanes(words, start, 0xA5A5, limit)):
            assert [bool(int(found) >> lane & 1) for lane in range(32)] == expected


def test_a_negative_limit_is_never_asked_of_a_short_word():
    """Limits are spent before the vectors are asked: 0 is the least, because pairs have at least what one chunk has."""
    from abate.matching.hamming.parts import question

    for radius in range(48):
        asked = question(np.zeros((1, 4), dtype=np.uint64), radius)
        assert asked.budgets[1] - int(np.bitwise_count(asked.flips).max()) >= 0


@pytest.mark.parametrize("mask", [1, 2, 0b1010000, 1 << 31])
def test_the_lowest_bit_is_found(mask):
    lowest = lanes.lowest

    def asked(mask):
        return lowest(mask)

    assert anew(asked)(np.uint32(mask)) == lowest(mask) == bin(mask)[::-1].index("1")


def test_what_is_published_is_read_and_what_is_fetched_stays():
    fetch_ahead, publish, published = lanes.fetch_ahead, lanes.publish, lanes.published

    def work(array):
        fetch_ahead(array, 2)
        publish(array, 2, 7)
        return published(array, 2)

    for run in (work, anew(work)):
        array = np.zeros(4, dtype=np.uint32)
        assert run(array) == 7
        assert array.tolist() == [0, 0, 7, 0]
