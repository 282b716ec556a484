"""A report: renders what was measured or accounted for. Entry-point group ``abate.reports``."""

from collections.abc import Mapping
from typing import Protocol


class Report(Protocol):
    """Renders a result."""

    name: str
    media_type: str

    def render(self, result: Mapping[str, object]) -> bytes:
        """Return the rendered document."""
        ...
