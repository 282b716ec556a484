"""The compiled kernels give what the Python that they are made from gives."""

import numpy as np

from abate.signals.linear import hashed, kernel
from abate.signals.linear.features import chunks, tables

TEXTS = ["The lantern is lit.", "", "e\u0301", "фонарь горит", "🏮 … lit", "x" * 60]
BITS = 10


def python_of_all(monkeypatch):
    for name in ("by_neighbours", "_length", "spaced", "_keep", "distinct", "_longest", "_gather", "_shuffle"):
        monkeypatch.setattr(kernel, name, getattr(kernel, name).py_func)


def test_hashing_and_scoring(monkeypatch):
    ((points, ends),) = chunks(TEXTS)
    table = np.random.default_rng(1).integers(-9, 9, (1 << BITS, 4)).astype(np.int16)
    compiled = kernel.hash_texts(points, ends, tables(), BITS)
    alone = kernel.by_neighbours(points, ends, tables()[0])
    sums = [np.zeros((len(ends), columns), dtype=np.int64) for columns in (2, 4)]
    for one in sums:
        kernel.score_texts(points, ends, tables(), BITS, np.ascontiguousarray(table[:, : one.shape[1]]), one)
    python_of_all(monkeypatch)
    with np.errstate(over="ignore"):
        slow = kernel.hash_texts.py_func(points, ends, tables(), BITS)
        for one in sums:
            own = np.zeros_like(one)
            short = np.ascontiguousarray(table[:, : one.shape[1]])
            kernel.score_texts.py_func(points, ends, tables(), BITS, short, own)
            assert own.tolist() == one.tolist()
            again = np.zeros_like(one)
            kernel.score_buckets.py_func(*slow, short, again)
            assert again.tolist() == one.tolist()
    assert [part.tolist() for part in compiled] == [part.tolist() for part in slow]
    assert alone.tolist() == kernel.by_neighbours(points, ends, tables()[0]).tolist()


def test_the_descent(monkeypatch):
    rows = hashed(TEXTS, bits=BITS)
    texts = np.stack([[1.0, -1, -1, 1, -1, 1], [0.5] * 6, [0.0] * 6], axis=1)
    answers = []
    for slow in (False, True):
        pairs = np.zeros((1 << BITS, 2), dtype=np.float32)
        pairs[:, 1] = 1.5
        scale = np.zeros(len(rows))
        lengths, descend = kernel.inverse_lengths, kernel.descend
        if slow:
            python_of_all(monkeypatch)
            lengths, descend = lengths.py_func, descend.py_func
        lengths(rows.buckets, rows.ends, pairs, scale)
        texts[:, 2] = scale
        with np.errstate(over="ignore"):
            bias = descend(rows.buckets, rows.ends, texts, pairs, 0.0, (7, 20, 0.001))
        answers.append((bias, pairs))
    assert answers[0][0] == answers[1][0]
    assert np.array_equal(answers[0][1], answers[1][1])
