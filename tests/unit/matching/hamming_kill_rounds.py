"""A script: saves a Hamming index again and again, is killed, and what it left is opened.

State ``n`` is state ``n - 1`` with the code ``n`` added and the code ``n - 1`` discarded, so that a file that mixes two
states, or has lost one of both, shows.
"""

import time
from pathlib import Path

import numpy as np

from abate.matching.hamming.index import HammingIndex
from kill_harness import Killed, kill_rounds, main

FIRST = 5000
"""Codes of the first state: more than brute force is used for, so that every section of the file is there."""


def code(number):
    return np.random.default_rng(number).integers(0, 256, (1, 32), dtype=np.uint8)


BASE = np.random.default_rng(0).integers(0, 256, (FIRST, 32), dtype=np.uint8)


def step(path, index, state):
    (given,) = index.add(code(state))
    index.discard([given - 1] if state > 1 else [])
    if state % 2:
        index.merge()
    index.save(path)


def rounds(count: int, seed: int, folder: Path) -> Killed:
    path = folder / "index"
    HammingIndex.build(BASE).warm()
    HammingIndex.build(BASE).save(path)
    began = time.monotonic()
    step(path, HammingIndex.open(path), 1)
    step(path, HammingIndex.open(path), 2)
    # On a loaded machine a fixed span would kill every worker before its first save.
    longest = min(max(0.1, 3 * (time.monotonic() - began)), 1.0)

    def current():
        index = HammingIndex.open(path)
        newest = index.next_id - FIRST
        there = [n for n in range(1, newest + 1) if FIRST + n - 1 in index.search(code(n), 0)[1]]
        assert there == [newest][: newest > 0], (newest, there)
        assert len(index) == FIRST + (newest > 0)
        assert index.search(BASE[-1:], 31)[1].tolist() == [FIRST - 1]
        return index, newest

    def work(number, say):
        index, state = current()
        while True:
            state += 1
            step(path, index, state)
            say(str(state))

    def check(number, said):
        _, state = current()
        if said:
            assert state in {int(said[-1]), int(said[-1]) + 1}, (state, said[-1])

    return kill_rounds(work, check, count=count, longest=longest, seed=seed)


if __name__ == "__main__":
    main(rounds)
