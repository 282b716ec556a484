"""Splits work over plain threads: the kernels release the interpreter lock, and no thread outlives its call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")


def in_threads(work: Callable[[int, int], T], length: int, threads: int) -> list[T]:
    """Return ``work(first, end)`` of contiguous shares of ``length``, in order; with one share no thread is started."""
    shares = min(threads, length)
    if shares <= 1:
        return [work(0, length)]
    rims = [length * share // shares for share in range(shares + 1)]
    with ThreadPoolExecutor(shares - 1) as pool:
        others = [pool.submit(work, *rim) for rim in pairwise(rims[1:])]
        first = work(0, rims[1])
        return [first, *(other.result() for other in others)]
