"""Work that a page asks for and a browser need not wait for: one thing at a time, on a thread of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from abate.domain.errors import AbateError, ConflictError

PATIENCE_S: Final = 2.0
"""Seconds after which a page is answered that the work goes on."""
MOST: Final = 8
"""Things that run or wait."""


@dataclass(frozen=True, slots=True)
class Run:
    """Something that was begun."""

    since: datetime
    future: Future[object]


class Runs:
    """What was begun from a page, by its key. Lost when the process ends: whoever wants it begins it again."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """Make a page wait ``patience_s`` seconds at most for what it begins."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="abate-run")
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}

    def begin(self, key: str, work: Callable[[], object], now: datetime) -> bool:
        """Begin ``work`` and say whether it is done already. What it raises in that time is raised here.

        :raises ConflictError: when work of this key is not done yet, or too much waits
        """
        with self._lock:
            going = {name for name, run in self._runs.items() if not run.future.done()}
            if key in going or len(going) >= MOST:
                why = "this runs already" if key in going else f"{MOST} others run or wait"
                msg = f"{why}; look again in a moment"
                raise ConflictError(msg)
            future: Future[object] = self._pool.submit(work)
            self._runs[key] = Run(since=now, future=future)
        try:
            future.result(self._patience_s)
        except TooLateError:
            return future.done()
        finally:
            if future.done():
                self._forget(key)
        return True

    def since(self, key: str) -> datetime | None:
        """Return since when work of this key runs or waits; ``None`` for none."""
        run = self._runs.get(key)
        return run.since if run is not None and not run.future.done() else None

    def failure(self, key: str) -> str:
        """Return why work of this key that nobody waited for ended without a result, once; empty for none.

        :raises Exception: what nobody foresaw, as the work raised it
        """
        run = self._runs.get(key)
        if run is None or not run.future.done():
            return ""
        self._forget(key)
        try:
            run.future.result()
        except AbateError as error:
            return str(error)
        return ""

    def _forget(self, key: str) -> None:
        with self._lock:
            self._runs.pop(key, None)

    def close(self) -> None:
        """Begin nothing more that waits, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)
