"""Texts that say the same once disguises are off and the rest is normalised, compared by hash."""

import hashlib
from collections.abc import Mapping
from typing import Final

from abate.domain.item import Kind, Material
from abate.domain.signal import Signal
from abate.signals.exact import hex_digits
from abate.signals.normal import deobfuscated

LEAST_LETTERS: Final = 5
"""Below this nothing can be told from an ordinary word: quality 0."""

MATCHED_LETTERS: Final = 20
"""From this length, about four words, a text is matched and banked (quality 50). Shorter ones are greetings, cheers and
names that thousands write independently; banking one would flag them all."""

LEAST_DISTINCT: Final = 6
"""Laughter and drawn-out cries are long but have few different letters: quality 0."""
_BEGINNING: Final = 48


class NormalisedText:
    """SHA-256 of the normalised text, so that a list handed on does not itself carry the texts.

    The hash hides long texts only: a short one is found by hashing a dictionary. Treat such lists as confidential.
    Case, accents, spacing, punctuation and invisible characters do not matter, nor do letters spaced out, stretched or
    taken from another script; one changed word makes another value.
    """

    name = "text"
    version = "2"
    kinds = frozenset({Kind.TEXT, Kind.PHOTO, Kind.VIDEO})
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Hash the item's text (a picture's caption as well); ``None`` where no letter is left of it."""
        normal = deobfuscated(material.item.text)
        if not normal:
            return None
        value = hashlib.sha256(normal.encode()).hexdigest()
        return Signal(type=self.name, value=value, version=self.version, quality=quality(normal))

    def parse(self, value: str) -> str:
        """Return 64 lower-case hexadecimal digits. A text itself is not taken: what is a list of texts stays outside.

        :raises InputError: when ``value`` is none
        """
        return hex_digits(value, name="normalised text", digits=64)

    def examples(self) -> Mapping[str, str]:
        """Return the hash of a sentence as others write it."""
        digest = hashlib.sha256(deobfuscated("The lantern is lit at noon.").encode()).hexdigest()
        return {f" {digest.upper()}": digest}


def quality(normal: str) -> int:
    """Return how telling a normalised text is, 0–100: 50 at ``MATCHED_LETTERS`` letters and digits, 100 at twice."""
    letters = normal.replace(" ", "")
    if len(letters) < LEAST_LETTERS:
        return 0
    # The beginning says it of nearly every text, and costs a quarter.
    if len(set(letters[:_BEGINNING])) < LEAST_DISTINCT and len(set(letters)) < LEAST_DISTINCT:
        return 0
    return min(100, len(letters) * 50 // MATCHED_LETTERS)
