"""How a text is to be read. Entry-point group ``abate.contexts``."""

from collections.abc import Sequence
from typing import Protocol

from abate.domain.signal import Context, Language, NotScanned


class ContextReader(Protocol):
    """Tells reports, counter-speech and academic or legal texts from endorsement, recruitment and instruction."""

    name: str
    version: str

    def read(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[Context | NotScanned]:
        """Return each text's context, in order; ``NotScanned`` in a language that it cannot read."""
        ...
