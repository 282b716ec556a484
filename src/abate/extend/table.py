"""A table importer: a tool's export that measurement's tables are made from. Entry-point group ``abate.tables``.

An importer says what stands in a file; it writes nothing and knows no key. Whatever leads to a person goes into a
:class:`Personal` or a field that begins with ``untrusted_``. The import puts a pseudonym or a fingerprint in the place
of each, so that a plug cannot write a name by forgetting to hide it. Names, handles, display names and biographies have
no field at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from abate.domain.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """An identifier that leads to a person: an account, or an item whose address holds one. Never written as it is."""

    untrusted_id: str
    """As the platform writes it, the same at each occurrence."""
    of_item: bool = False
    """Whether it is an item's. An item and an account of one spelling get different pseudonyms."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """A room that the public cannot enter. What was posted there is left out, unless whoever imports names the room."""

    id: str


Channel = str | Personal | Closed
"""Where something was posted: a public channel by its own name, a person's account, or a closed room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """Something posted on a channel: a row of ``sightings``. Times have an offset."""

    where: str
    """File and line, for the error."""
    channel: Channel
    item: str | Personal = ""
    platform: str = ""
    """Empty where the file does not say; whoever imports must then."""
    posted_at: datetime | None = None
    observed_at: datetime | None = None
    """``None`` where the file does not say; then the time when the export was made counts."""
    author: Personal | None = None
    """Who posted in a channel that is not their own: one of its audience."""
    kind: str = "post"
    """``post``, ``reply``, ``forward`` or ``repost``."""
    language: str = ""
    views: int | None = None
    untrusted_text: str = ""
    """For the fingerprint; never written."""
    naive_times: int = 0
    """Times that had no offset and were read as UTC."""
    watched: bool = False
    """Whether the source would tell the item's end, so that its lifetime can be measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Who or how many read a channel, where nothing was posted: a row for ``following``, never for ``presence``."""

    where: str
    channel: Channel
    observed_at: datetime | None = None
    platform: str = ""
    reader: Personal | None = None
    followers: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A watched item, or the channel of watched items, is gone."""

    where: str
    platform: str
    subject: Personal
    at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Something that happened off the platforms: a row of ``incidents``."""

    where: str
    date: datetime
    country: str = ""
    kind: str = ""
    count: int = 1
    naive_times: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Enforced:
    """What a platform says it did in a period: a row of a series of enforcement.

    It counts acts of the platform. More of them may mean more content, more zeal or another rule, so it has no way into
    a table of what was seen.
    """

    where: str
    start: datetime
    service: str
    section: str
    """Which part of the report: orders, notices, own initiative."""
    category: str
    surface: str = ""
    actions: float | None = None
    """``None`` here and below where the report leaves the cell empty, which is not zero."""
    automated: float | None = None
    """Of these, those without a person."""
    median_time: float | None = None
    """Until a notice or order was acted on, in the report's own unit."""
    account_suspensions: float | None = None
    account_terminations: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PassedOver:
    """Something that is whole and in its place, and is no row: a like, a service message, a private chat."""

    reason: str
    """The same words each time, never anything from the file: reasons are counted and printed."""
    count: int = 1


TableRow = Posted | Audience | Ended | Incident | Enforced
"""What a file can hold."""


class TableImporter(Protocol):
    """Reads one tool's exports."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether a file that begins with ``head`` (64 KiB at most) is such an export."""
        ...

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[TableRow | PassedOver | InputError]:
        """Yield the rows one by one; in place of what cannot be read, the error that says why. The rest goes on.

        An error says where it stands and quotes nothing from the file.

        :param names: their column name → the one this format reads, from ``--map``; empty for none
        :raises InputError: when the file as a whole cannot be read, or ``names`` has no meaning in this format
        """
        ...
