"""Every sentence of the console, in one catalogue: a translation is one more mapping with the same keys.

Templates name keys only; a test holds that each key they use exists and that each key here is used.
"""

from collections.abc import Mapping
from types import MappingProxyType

from abate.web.strings import console, rules

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
"""Primary language subtags that are written from right to left (ISO 639)."""

ENGLISH: Mapping[str, str] = MappingProxyType({**console.ENGLISH, **rules.ENGLISH})


def text(key: str) -> str:
    """Return the sentence under ``key``.

    :raises KeyError: when the catalogue lacks it, which a test finds first
    """
    return ENGLISH[key]


def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr`` for a BCP 47 language tag."""
    return "rtl" if language.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
