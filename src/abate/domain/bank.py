"""What is already known: banks, their entries, and the matches of items against them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.located import Located
from abate.domain.opinion import Opinion, OpinionWord, newest_of_each
from abate.domain.signal import Span
from abate.domain.times import aware, optional_aware
from abate.domain.verdict import Verdict

SELF = "self"
"""The source name of this platform's own confirmations."""


class BankPurpose(StrEnum):
    """What a match with the bank means."""

    KNOWN = "known"
    """Known violating content: a match may lead to a proposal."""
    DESIGNATED = "designated"
    """Names of designated organisations: gives mentions, whose weight in what may act is zero."""


class Stance(StrEnum):
    """What an entry says of the items that meet it."""

    KNOWN = "known"
    """Known violating content."""
    NEGATIVE = "negative"
    """A known harmless look-alike, such as a news logo: it says no to other entries."""


class EntryState(StrEnum):
    """How an entry stands now, the strongest word that holds."""

    EXPIRED = "expired"
    """Its time is over: it matches nothing."""
    QUARANTINED = "quarantined"
    """Set aside because it suddenly matched too much: its matches go to people."""
    DISPUTED = "disputed"
    """Somebody says that it is not what its bank says: it never acts by itself."""
    NEGATIVE = "negative"
    """It says no."""
    KNOWN = "known"
    """Nothing speaks against it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bank:
    """A labelled collection of known entries."""

    name: str
    purpose: BankPurpose = BankPurpose.KNOWN
    group: str = ""
    """The organisation whose content it holds, as measurement reports it."""
    description: str = ""
    created_at: datetime
    max_distance: int | None = None
    """The distance above which nothing matches it; ``None`` for the signal type's own radius."""
    ceiling: Verdict = Verdict.REMOVE
    """The most that a match with it may propose, whatever the rules say."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, "created_at"))

    def reaches(self, distance: int) -> bool:
        """Say whether a match at ``distance`` is near enough for this bank."""
        return self.max_distance is None or distance <= self.max_distance


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
    """The organisations that vouched for it when it came, sorted. The platform itself is ``self`` once a person
    confirmed it. What they, and others, say since is in their opinions."""
    ref: str = ""
    """The entry's identifier at its source."""
    added_at: datetime
    stance: Stance = Stance.KNOWN
    expires_at: datetime | None = None
    """The moment from which it matches nothing; ``None`` for never."""
    added_by: str = ""
    """Who added it: a user's identifier."""
    origin: str = ""
    """The list or file that it came from."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "added_at", aware(self.added_at, "added_at"))
        object.__setattr__(self, "expires_at", optional_aware(self.expires_at, "expires_at"))
        object.__setattr__(self, "sources", tuple(sorted(set(self.sources))))

    def is_expired(self, now: datetime) -> bool:
        """Say whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An entry with what is said of it: who backs it, who disputes it, whether it is set aside."""

    entry: Entry
    opinions: tuple[Opinion, ...] = ()
    """The one that each source holds now, by source."""
    set_aside: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "opinions", newest_of_each(self.opinions))

    @property
    def backers(self) -> tuple[str, ...]:
        """Return who vouches for it now: its sources and who confirmed it, without those who think otherwise since."""
        confirm = {one.source for one in self.opinions if one.word is OpinionWord.CONFIRM}
        silent = {one.source for one in self.opinions} - confirm
        return tuple(sorted((confirm | set(self.entry.sources)) - silent))

    @property
    def disputers(self) -> tuple[str, ...]:
        """Return who says that it is not what its bank says."""
        return disputers(self.opinions)

    def state(self, now: datetime) -> EntryState:
        """Return how it stands at ``now``."""
        if self.entry.is_expired(now):
            return EntryState.EXPIRED
        if self.set_aside:
            return EntryState.QUARANTINED
        if self.disputers:
            return EntryState.DISPUTED
        return EntryState.NEGATIVE if self.entry.stance is Stance.NEGATIVE else EntryState.KNOWN

    def is_plain_yes(self, now: datetime) -> bool:
        """Say whether it may be handed on in a form that has no word for a no: nothing speaks against it, or waits."""
        return self.state(now) is EntryState.KNOWN


def disputers(opinions: tuple[Opinion, ...]) -> tuple[str, ...]:
    """Return who disputes, of the opinions that are held now."""
    return tuple(one.source for one in opinions if one.word is OpinionWord.DISPUTE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """An item meets an entry."""

    bank: str
    entry: str
    signal_type: str
    distance: int
    """0 for the same value; bits for PDQ, and for a video the mean over its frames that match."""
    sources: tuple[str, ...] = ()
    """Who vouches for the entry now."""
    group: str = ""
    """The bank's group; empty where the entry is negative, for then it is nobody's content."""
    label: str = ""
    """What the entry is called in its list: somebody else's words."""
    stance: Stance = Stance.KNOWN
    state: EntryState = EntryState.KNOWN
    opinions: tuple[Opinion, ...] = ()
    """What each source says of the entry now."""
    ceiling: Verdict = Verdict.REMOVE
    """The most that the bank lets it propose."""
    ref: str = ""
    added_at: datetime | None = None
    added_by: str = ""
    origin: str = ""
    most: Verdict = Verdict.REMOVE
    """The most that it may propose here, once all that speaks against it was weighed."""
    held_back: str = ""
    """Why that is less than the bank's ceiling, one sentence; empty where nothing speaks against it."""
    located: Located | None = None
    """Of a video: which span of the item repeats which of the entry."""
    spans: tuple[Span, ...] = ()
    """Of a text: which stretches of it, as written, meet the entry; empty where all of it does."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "added_at", optional_aware(self.added_at, "added_at"))

    @property
    def disputers(self) -> tuple[str, ...]:
        """Return who says that the entry is not what its bank says."""
        return disputers(self.opinions)

    @property
    def is_group_content(self) -> bool:
        """Say whether measurement counts it: not what says no, was told no, or was set aside."""
        if self.stance is Stance.NEGATIVE or self.state is EntryState.QUARANTINED:
            return False
        return not (self.held_back and self.most is Verdict.NONE)
