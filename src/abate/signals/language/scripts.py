"""The three scripts that our languages are written in, and the languages that are told apart in each.

Beside ours stand languages that are only there to be recognised as others: without them, every Spanish post would be
French with certainty. The languages are the columns of py3langid's model; some of them count as one of ours.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from abate.domain.signal import UNDETERMINED
from abate.signals.normal.light import light

BMP: Final = 1 << 16
NOTHING, SPACE, OTHER = 0, 1, 2
"""Kinds of characters: shows nothing and is passed over; parts words; is a letter of a script that we do not read."""
FIRST_SCRIPT: Final = 3
"""The kind of the first script's letters; the others follow in the order of ``SCRIPTS``."""
TWO_BYTES: Final = 0x800
"""Code points below this are written in at most two bytes of UTF-8; the model is shown no others."""
BY_NEIGHBOURS: Final = 0xFFFF
"""Stands in place of a character that cannot be read by itself: a mark that joins what is before it, a ligature."""
SIGNS: Final = "".join(chr(code) for code in range(0x20, 0x7F) if not chr(code).isalpha())
"""The signs and digits that the model is shown; every other stands as a space."""
UNSEEN: Final = "\N{ZERO WIDTH SPACE}"
"""Stands for every character that shows nothing."""
UNSEEN_POINT: Final = ord(UNSEEN)
APOSTROPHES: Final = "‘’"
"""Shown as the plain one, which French, Swahili and Uzbek are mostly typed with."""
LETTERS_OF_UZBEK: Final = "ʻʼ"
"""Modifier letters without a script of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A script, and who writes it."""

    name: str
    prefix: str
    """How the Unicode names of its letters begin."""
    ours: dict[str, str]
    """py3langid's label of each language that counts as one of ours, and our code for it."""
    others: tuple[str, ...]
    """Labels of languages that are not ours, and would otherwise be taken for one of ours."""

    letters: dict[str, str] = field(default_factory=dict)
    """Letters that one language alone is written with, by its label."""
    words: dict[str, str] = field(default_factory=dict)
    """Letters that are a word by themselves in one language alone, by its label."""
    rare: tuple[str, ...] = ()
    """Labels that count as one of ours and are seldom met."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Our codes in the order of the groups; the last group holds all others."""
        return (*dict.fromkeys(self.ours.values()), UNDETERMINED)


SCRIPTS: Final = (
    Script(
        name="Latin",
        prefix="LATIN",
        ours={"en": "en", "fr": "fr", "de": "de", "tr": "tr", "id": "id", "so": "so", "ha": "ha", "sw": "sw"}
        | {"ku": "ku", "uz": "uz"},
        others=(
            *("es", "pt", "it", "ca", "ro", "ht"),
            *("nl", "af", "sv", "da", "no", "fi", "et", "lt", "lv"),
            *("pl", "cs", "hr", "sr", "hu", "sq", "eu", "cy"),
            *("az", "tk", "crh", "tl", "mg"),
            *("om", "rw", "lg", "ln", "sn", "zu", "xh", "ig"),
        ),
    ),
    Script(
        name="Cyrillic",
        prefix="CYRILLIC",
        ours={"ru": "ru", "tg": "tg", "uz": "uz"},
        others=("uk", "be", "bg", "mk", "sr", "kk", "ky", "tt", "ba", "mn"),
        letters={"tg": "ҷӣӯ"},
    ),
    Script(
        name="Arabic",
        prefix="ARABIC",
        # Moroccan and Egyptian Arabic count as Arabic, Southern Uzbek as Uzbek; Dari has no label beside Persian. What
        # py3langid calls Southern Kurdish is what it answers for Sorani.
        ours={"ar": "ar", "ary": "ar", "arz": "ar", "fa": "fa", "ps": "ps", "ur": "ur", "sdh": "ckb", "uzs": "uz"},
        others=("ug",),
        letters={"ps": "ټډړږښګڼۍځڅ", "ur": "ٹڈڑںے", "sdh": "ڕڵ"},
        words={"ps": "د"},
        rare=("uzs",),
    ),
)
"""Malay is not among the others: the model cannot tell it from formal Indonesian. Nor are creoles of our languages."""

CODES: Final = tuple(sorted({code for script in SCRIPTS for code in script.codes} - {UNDETERMINED}))
"""Every language that is told apart."""


def as_read(character: str) -> int:
    """Return the code point that stands for one character wherever it stands, or ``BY_NEIGHBOURS``."""
    if unicodedata.category(character) == "Cs":
        return ord(" ")
    shown = "".join(one for one in light(character) if kind(one) != NOTHING) or UNSEEN
    # A mark that shows nothing may stand in any order with others.
    moves = unicodedata.combining(character) != 0 and shown != UNSEEN
    if len(shown) != 1 or ord(shown) >= BY_NEIGHBOURS or moves or character in _joining():
        return BY_NEIGHBOURS
    return ord("'" if shown in APOSTROPHES else shown)


@lru_cache(maxsize=1)
def _joining() -> frozenset[str]:
    """Return what composition may join to the character before it."""
    parts = [unicodedata.decomposition(character).split() for character in map(chr, range(BMP))]
    seconds = {chr(int(pair[1], 16)) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}  # noqa: PLR2004 - a pair
    return frozenset(seconds | set(map(chr, range(0x1160, 0x1200))))


def kind(character: str) -> int:
    """Return the kind of one character as it is read."""
    category = unicodedata.category(character)
    if character in LETTERS_OF_UZBEK:
        return FIRST_SCRIPT
    if category in {"Cf", "Cs", "Co", "Cn"}:
        return NOTHING
    if category[0] not in "LM":
        return SPACE
    if category == "Mn":
        return NOTHING
    name = unicodedata.name(character, "")
    for number, script in enumerate(SCRIPTS):
        if name.startswith(script.prefix):
            return FIRST_SCRIPT + number
    return OTHER


def alphabet(script: Script) -> list[str]:
    """Return every character that the model may be shown of a text in ``script``: signs, and letters of two bytes."""
    number = FIRST_SCRIPT + SCRIPTS.index(script)
    letters = (character for character in map(chr, range(TWO_BYTES)) if kind(character) == number)
    return sorted({*SIGNS, *(letter for letter in letters if light(letter) == letter)})
