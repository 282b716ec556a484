"""What is already known: banks, their entries, and the matches of items against them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import aware


class BankPurpose(StrEnum):
    """What a match with the bank means."""

    KNOWN = "known"
    """Known violating content: a match may lead to a proposal."""
    DESIGNATED = "designated"
    """Names of designated organisations: gives mentions, whose weight in what may act is zero."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bank:
    """A labelled collection of known entries."""

    name: str
    purpose: BankPurpose = BankPurpose.KNOWN
    group: str = ""
    """The organisation whose content it holds, as measurement reports it."""
    description: str = ""
    created_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One known signal, with who vouches for it."""

    id: str
    bank: str
    signal_type: str
    value: str
    label: str = ""
    """For a name: the organisation's name as its list spells it; otherwise a free note."""
    sources: tuple[str, ...] = ()
    """The organisations that vouch for it, sorted. The platform itself is ``self`` once a person confirmed it."""
    ref: str = ""
    """The entry's identifier at its source."""
    added_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "added_at", aware(self.added_at, "added_at"))
        object.__setattr__(self, "sources", tuple(sorted(set(self.sources))))


SELF = "self"
"""The source name of this platform's own confirmations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """An item meets an entry."""

    bank: str
    entry: str
    signal_type: str
    distance: int
    """0 for the same value; bits for PDQ."""
    sources: tuple[str, ...] = ()
    group: str = ""
    """The bank's group."""
    label: str = ""
    """What the entry is called in its list: somebody else's words."""
