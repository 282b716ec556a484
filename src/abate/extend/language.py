"""Language identification. Entry-point group ``abate.languages``."""

from collections.abc import Sequence
from typing import Protocol

from abate.domain.signal import Language, NotScanned


class LanguageIdentifier(Protocol):
    """Says which language a text is in."""

    name: str
    version: str

    def identify(self, texts: Sequence[str]) -> list[Language | NotScanned]:
        """Return the language of each text, in order, or why it cannot be said: no letters, too few, unknown script."""
        ...
