"""Reading side by side: files wait for decoders of their own, so several are under way, and come out in order.

What is ahead is bounded, in number and in letters, so that memory stays flat whatever the length of the batch.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from abate.flows.intake import Received
from abate.settings import Settings

T = TypeVar("T")

AHEAD: Final = 128
"""Files read ahead of the one that is handed on: enough for the decoders to work on while a batch is matched."""
AHEAD_LETTERS: Final = 16 * 2**20
"""Letters of text that are held ahead."""


def readers(settings: Settings) -> int:
    """Return on how many threads files are read: two more than decoders, so that none rests while one hashes."""
    return settings.decoders + 2


def side_by_side(
    read: Callable[[Received], T], received: Iterable[Received], *, workers: int, ahead: int = AHEAD
) -> Iterator[T]:
    """Yield what ``read`` makes of each, in order; files on ``workers`` threads, what has no file at once.

    Leaving early, as Ctrl-C does, drops what was not begun and waits for what was.
    """
    pool: ThreadPoolExecutor | None = None
    waiting: deque[tuple[Future[T] | T, int]] = deque()
    letters = 0
    try:
        for one in received:
            weight = len(one.item.text)
            if one.item.path and not one.not_scanned:
                pool = pool or ThreadPoolExecutor(workers, thread_name_prefix="abate-read")
                waiting.append((pool.submit(read, one), weight))
            else:
                waiting.append((read(one), weight))
            letters += weight
            while len(waiting) > ahead or letters > AHEAD_LETTERS or _is_ready(waiting):
                found, weight = waiting.popleft()
                letters -= weight
                yield _result(found)
        while waiting:
            yield _result(waiting.popleft()[0])
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _is_ready(waiting: "deque[tuple[Future[T] | T, int]]") -> bool:
    return bool(waiting) and (not isinstance(waiting[0][0], Future) or waiting[0][0].done())


def _result(found: "Future[T] | T") -> T:
    return found.result() if isinstance(found, Future) else found


def in_groups(values: Iterable[T], *, size: int, weigh: Callable[[T], int], heaviest: int) -> Iterator[list[T]]:
    """Cut ``values`` into lists of at most ``size`` that end once they weigh ``heaviest``."""
    group: list[T] = []
    weight = 0
    for value in values:
        group.append(value)
        weight += weigh(value)
        if len(group) >= size or weight >= heaviest:
            yield group
            group, weight = [], 0
    if group:
        yield group
