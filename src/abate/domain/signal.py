"""What was read off an item: signals, scores, mentions, and the reasons why something could not be read."""

from dataclasses import dataclass

MIN_QUALITY = 50
"""Signals below this quality (0–100) are printed, never matched nor banked: a flat picture resembles every other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """A fingerprint of an item."""

    type: str
    """The permanent name of the signal type, such as ``pdq``."""
    value: str
    """The canonical written form: lower-case hex for hashes."""
    version: str = "1"
    """Raised when the same content would give another value."""
    quality: int = 100
    """0 (worthless) to 100."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A calibrated probability given by a classifier. A score ranks a queue; it never acts."""

    name: str
    probability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A designated organisation is named. Naming is not an offence: weight zero in what may act."""

    name: str
    """The name as the list spells it."""
    list: str
    ref: str
    start: int
    """Offset of the first character in the item's text."""
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NotScanned:
    """'Could not check' as a value: it travels to the report instead of a missing row."""

    step: str
    """The step that gave up: ``read``, ``decode``, ``signal``, ``match``."""
    reason: str
    """One sentence: what, and what to do."""
