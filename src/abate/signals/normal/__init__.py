"""Text reduced to what is compared: ``light`` for what reads languages, ``normalise`` (heavy) for what matches."""

from abate.signals.normal.heavy import Spans, normalise, normalise_many, with_spans
from abate.signals.normal.light import light, light_many
from abate.signals.normal.views import (
    View,
    deobfuscated,
    matching_views,
    matching_views_many,
    read_together,
    reading,
    squeeze,
)

__all__ = [
    "Spans",
    "View",
    "deobfuscated",
    "light",
    "light_many",
    "matching_views",
    "matching_views_many",
    "normalise",
    "normalise_many",
    "read_together",
    "reading",
    "squeeze",
    "with_spans",
]
