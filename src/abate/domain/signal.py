"""What was read off an item: signals, language, context, scores, mentions, and why something could not be read."""

from dataclasses import dataclass, field
from enum import StrEnum

MIN_QUALITY = 50
"""Signals below this quality (0–100) are printed, never matched nor banked: a flat picture resembles every other."""


UNDETERMINED = "und"
"""The language code that says that the language is not known (ISO 639-2)."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Span:
    """A stretch of a text: offsets of its first character and of the one behind its last, in code points."""

    start: int
    end: int


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
    spans: tuple[Span, ...] = field(default=(), compare=False)
    """Where it stands in the item's text, as written; empty where it is read off the whole. Never stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """The language a text is written in."""

    code: str
    """ISO 639-1 where there is such a code, else 639-3; ``und`` where it cannot be said."""
    confidence: float | None
    """Probability among the languages that are told apart, 0 to 1; ``None`` where the platform said it, not we."""


class ContextLabel(StrEnum):
    """What a text does with what it speaks of."""

    REPORT = "report"
    COUNTER_SPEECH = "counter_speech"
    ACADEMIC_LEGAL = "academic_legal"
    ENDORSEMENT = "endorsement"
    RECRUITMENT = "recruitment"
    INSTRUCTION = "instruction"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


PROTECTED = frozenset({ContextLabel.REPORT, ContextLabel.COUNTER_SPEECH, ContextLabel.ACADEMIC_LEGAL})
"""Speech about such content that is not such content. A score alone sends none of it to review."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """How a text is read: as a report, as counter-speech … It may spare or order; it never acts."""

    label: ContextLabel = ContextLabel.UNKNOWN
    probability: float | None = None
    """Calibrated; ``None`` where the label is ``unknown``."""


NO_CONTEXT = Context()
"""Nothing was said about how it is read."""


class Outlook(StrEnum):
    """What a score's conformal set holds at the model's level, in the language of the text."""

    LIKELY = "likely"
    """Only the class that the score speaks of."""
    UNCERTAIN = "uncertain"
    """That class and others, or none: the model cannot tell."""
    UNLIKELY = "unlikely"
    """Only others."""
    UNKNOWN = "unknown"
    """The model was not calibrated on this language, or its drift alarm is on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A calibrated probability given by a classifier. A score ranks a queue; it never acts."""

    name: str
    """``MODEL:LABEL``."""
    probability: float
    outlook: Outlook = Outlook.UNKNOWN


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
    """The step that gave up: ``read``, ``decode``, ``signal``, ``match``, ``language``, ``score``, ``context``."""
    reason: str
    """One sentence: what, and what to do."""
