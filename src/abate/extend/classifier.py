"""A classifier: gives calibrated scores of texts. Entry-point group ``abate.classifiers``."""

from collections.abc import Sequence
from typing import Protocol

from abate.domain.signal import Language, NotScanned, Score


class Classifier(Protocol):
    """A model that was opened. A score ranks a queue; no rule may act on one."""

    name: str
    """What its scores are called by."""
    version: str
    """The model's SHA-256."""

    def score(
        self, texts: Sequence[str], languages: Sequence[Language | None]
    ) -> "list[tuple[Score, ...] | NotScanned]":
        """Return the scores of each text, in order, or why there are none: a language it has not seen, a time-out.

        Only of what the model was trained to look for: a score that is ``likely`` is put before a person. A model that
        does not say which of its classes those are gives all of them, as ``unknown``; they order and do no more. A text
        with nothing in it gets an empty tuple.
        """
        ...


class ClassifierType(Protocol):
    """Opens the models of one kind."""

    name: str

    def recognises(self, folder: str) -> bool:
        """Say whether ``folder`` holds a model of this kind, by its manifest."""
        ...

    def open(self, folder: str) -> Classifier:
        """Open the model in ``folder``, every file of it checked against its manifest.

        :raises InputError: when a file is missing, was changed, or cannot be read by this version
        """
        ...
