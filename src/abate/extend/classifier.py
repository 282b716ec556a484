"""A classifier: gives calibrated scores. Entry-point group ``abate.classifiers``."""

from collections.abc import Sequence
from typing import Protocol

from abate.domain.item import Material
from abate.domain.signal import Score


class Classifier(Protocol):
    """Scores items. A score ranks a queue; no rule may act on one."""

    name: str
    version: str

    def score(self, materials: Sequence[Material]) -> list[tuple[Score, ...]]:
        """Return the scores of each material, in order; an empty tuple where it has nothing to say."""
        ...
