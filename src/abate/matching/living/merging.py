"""Merging beside the work: whoever added or discarded waits for no merge."""

import threading
from typing import Protocol


class Mergeable(Protocol):
    """An index that says when a merge is worth its while."""

    @property
    def due(self) -> bool:
        """Whether it is."""
        ...

    def merge(self, *, whole: bool = True) -> None:
        """Merge."""
        ...


class Beside:
    """Merges on a thread of its own, one merge at a time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def merge_when_due(self, index: Mergeable) -> None:
        """Begin a merge where it is due and none is under way; a large part stays as it is."""
        if index.due and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=index.merge, kwargs={"whole": False}, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Wait for the merge that is under way."""
        if self._thread is not None:
            self._thread.join()
