"""An exchange: a partner or a file format that lists come from. Entry-point group ``abate.exchanges``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from abate.domain.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One line of somebody's list, before it is checked. ``untrusted_`` until the signal type parsed it."""

    where: str
    """File and line, for the error."""
    untrusted_type: str
    untrusted_value: str
    label: str = ""
    sources: tuple[str, ...] = ()
    ref: str = ""
    untrusted_stance: str = ""
    """``known`` or ``negative`` as the list says it; empty for known."""
    untrusted_expires_at: str = ""
    """When it stops to count, as the list says it; empty for never."""
    disputed_by: tuple[str, ...] = ()
    """The organisations that, says the list, dispute it."""


class ListFormat(Protocol):
    """Reads one format of hash or name list from a file."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether a file that begins with ``head`` is in this format."""
        ...

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield the listed values; in place of a row that cannot be read, the error that says why. The rest goes on.

        :raises InputError: when the file as a whole cannot be read in this format
        """
        ...
