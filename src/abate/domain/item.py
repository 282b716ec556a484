"""What was posted: the item, and what is at hand of it while signals are computed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from abate.domain.times import optional_aware


class Kind(StrEnum):
    """What sort of thing an item is; decides which signal types can read it."""

    TEXT = "text"
    PHOTO = "photo"
    VIDEO = "video"
    URL = "url"
    FILE = "file"
    """Anything else that has bytes: only its exact hashes are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something posted on the platform that abate guards."""

    id: str
    """The platform's own identifier, else the path it was read from."""
    kind: Kind
    text: str = ""
    language: str = ""
    """ISO 639 code as the platform gave it; empty when unknown."""
    account: str = ""
    """The platform's pseudonymous account identifier; never joined across platforms."""
    channel: str = ""
    platform: str = ""
    posted_at: datetime | None = None
    url: str = ""
    path: str = ""
    """Where the media bytes lie on this machine; empty for text and URL items."""
    views: int | None = None
    surface: str = ""
    """Where it is shown: feed, search, profile, in the platform's own words."""
    account_created_at: datetime | None = None
    channel_created_at: datetime | None = None
    channel_members: int | None = None

    def __post_init__(self) -> None:
        for name in ("posted_at", "account_created_at", "channel_created_at"):
            object.__setattr__(self, name, optional_aware(getattr(self, name), name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A decoded still image: 8-bit luma, one byte a pixel, row by row."""

    width: int
    height: int
    luma: Sequence[int]
    """A buffer of ``width * height`` bytes (bytes, bytearray or memoryview)."""


class FramePolicy(StrEnum):
    """Which frames of a video are looked at. A hash over others is another hash, so the choice is written into it."""

    SECOND = "second"
    """One a second, counted as the reference implementation of vPDQ counts them."""
    QUARTER = "quarter"
    """Those, and as many between that there are four a second: a clip is seldom cut at the seconds of a list."""
    KEYFRAME = "keyframe"
    """Those that the encoder stored whole: several times cheaper, and other pictures than a list of seconds holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame of a video."""

    number: int
    """How many frames come before it."""
    at_s: float
    """Seconds after the first frame, as a player shows it."""
    picture: Picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Frames:
    """The chosen frames of a video, decoded while they are gone through: memory stays flat however long it is."""

    policy: FramePolicy
    decode: Callable[[], Iterator[Frame]]
    """Start from the first frame. Each call decodes anew; finish or close one before you start the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """An item with what is at hand of it: the bytes as stored, and what they could be decoded to."""

    item: Item
    content: bytes | None = None
    picture: Picture | None = None
    frames: Frames | None = None
