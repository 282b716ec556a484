"""What several rooms count with: intervals against scipy's own, blocks of a series, words in memory, bits."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from abate.numeric import kernels, memory
from abate.numeric.confidence import Beta, exact_limits, matched_beta
from abate.numeric.intervals import LEVEL, clopper_pearson, normal_quantile, poisson_interval, wilson
from abate.numeric.resample import block_length, block_places

compiled_anew = numba.njit(nogil=True)
"""Without a cache: what is looked at happens while a kernel is compiled."""

SHARES = [(0, 1), (0, 30), (1, 30), (15, 30), (29, 30), (30, 30), (3, 1000)]


@pytest.mark.parametrize(("successes", "trials"), SHARES)
def test_the_exact_and_the_score_interval_of_a_share_are_scipys(successes, trials):
    oracle = stats.binomtest(successes, trials)
    for own, method in ((clopper_pearson, "exact"), (wilson, "wilson")):
        theirs = oracle.proportion_ci(LEVEL, method)
        assert own(successes, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    theirs = oracle.proportion_ci(0.8, "exact")
    assert clopper_pearson(successes, trials, 0.8) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nobody_asked_knows_nothing():
    assert clopper_pearson(0, 0) == wilson(0, 0) == exact_limits(0, 0).interval() == (0, 1)


@pytest.mark.parametrize("count", [0, 1, 7, 400])
def test_the_interval_of_a_count_is_garwoods(count):
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert poisson_interval(count) == pytest.approx((low, stats.chi2.ppf(0.975, 2 * count + 2) / 2))


@pytest.mark.parametrize("of", [clopper_pearson, wilson, exact_limits])
@pytest.mark.parametrize(("successes", "trials"), [(4, 3), (-1, 3)])
def test_more_successes_than_trials_cannot_be(of, successes, trials):
    with pytest.raises(ValueError, match="count again"):
        of(successes, trials)


def test_the_normal_quantile_is_the_known_one():
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054)


@pytest.mark.parametrize(("successes", "trials"), SHARES)
def test_limits_as_distributions_give_the_exact_interval(successes, trials):
    assert exact_limits(successes, trials).interval() == pytest.approx(clopper_pearson(successes, trials), abs=1e-12)


def test_a_limit_at_an_end_stands_there_whatever_is_drawn():
    draw = np.random.default_rng(1)
    limits = exact_limits(0, 10)
    assert limits.low.draw(draw, 4).tolist() == [0, 0, 0, 0]
    assert exact_limits(10, 10).high.draw(draw, 3).tolist() == [1, 1, 1]
    drawn = limits.high.draw(draw, 20_000)
    assert drawn.mean() == pytest.approx(1 / 11, rel=0.05)


@given(st.floats(0.01, 0.99), st.floats(1e-6, 0.2))
def test_a_matched_beta_has_the_mean_and_where_it_can_the_variance(mean, variance):
    found = matched_beta(mean, variance)
    size = found.a + found.b
    assert found.a / size == pytest.approx(mean)
    if variance < mean * (1 - mean) * 0.99:
        assert mean * (1 - mean) / (size + 1) == pytest.approx(variance)


def test_a_matched_beta_without_doubt_or_at_an_end_is_a_point():
    assert matched_beta(0.3, 0.0).quantile(0.975) == pytest.approx(0.3, abs=1e-5)
    assert matched_beta(0.0, 0.1) == Beta(a=0.0, b=1.0)
    assert matched_beta(1.0, 0.1).quantile(0.1) == 1.0


@given(st.integers(1, 60), st.integers(1, 8), st.one_of(st.none(), st.integers(1, 80)))
def test_a_replicate_is_made_of_stretches_of_the_series(size, replicates, length):
    places = block_places(size, replicates, np.random.default_rng(2), length=length)
    long = min(block_length(size) if length is None else length, size)
    assert places.shape == (replicates, size)
    assert places.min() >= 0
    assert places.max() < size
    for begun in range(0, size, long):
        block = places[:, begun : begun + long]
        assert (np.diff(block, axis=1) == 1).all()


def test_a_block_is_the_cube_root_of_the_series_and_two_at_least():
    assert [block_length(size) for size in (1, 8, 27, 1000)] == [2, 2, 3, 10]


def test_bits_are_counted_alike_in_python_and_in_a_kernel():
    @compiled_anew
    def count(words, out):
        for place in range(len(words)):
            out[place] = kernels.popcount(words[place])

    words = np.array([0, 1, 0xFFFF_FFFF_FFFF_FFFF, 1 << 63, 0x5555], dtype=np.uint64)
    fast, slow = np.zeros((2, len(words)), dtype=np.int64)
    count(words, fast)
    count.py_func(words, slow)
    assert fast.tolist() == slow.tolist() == [0, 1, 64, 1, 8]


def test_a_signed_word_is_refused_where_its_bits_are_counted():
    @compiled_anew
    def count(word):
        return kernels.popcount(word)

    with pytest.raises(numba.TypingError):
        count(np.int64(-1))


def test_a_kernel_is_compiled_where_nothing_can_be_cached(monkeypatch):
    once = numba.njit

    def refusing(function, **options):
        if options.pop("cache", False):
            msg = "cannot cache function: no locator available"
            raise RuntimeError(msg)
        return once(function, **options)

    monkeypatch.setattr(kernels.numba, "njit", refusing)
    assert kernels.njit(lambda number: number + 1)(2) == 3


def test_words_are_read_from_any_address_alike_in_python_and_in_a_kernel():
    @compiled_anew
    def load(address):
        return memory.load_word(address), memory.load_byte(address)

    data = np.arange(1, 20, dtype=np.uint8)
    for place in (0, 3, 8):
        address = np.uint64(data.ctypes.data + place)
        word = int.from_bytes(data[place : place + 8].tobytes(), "little")
        assert load(address) == load.py_func(address) == (word, data[place])


def test_an_address_has_to_be_an_unsigned_word():
    for read in (memory.load_word, memory.load_byte):

        @compiled_anew
        def load(address, read=read):
            return read(address)

        with pytest.raises(numba.TypingError):
            load(np.int32(5))
