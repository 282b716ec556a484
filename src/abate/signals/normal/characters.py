"""What stands for one character in the heavy normal form, and which script it is of. The definition; all else is speed.

Source: Unicode Standard Annex #15 (NFKD), Unicode Character Database general categories and blocks.
"""

import unicodedata
from typing import Final

_VARIANTS: Final = {
    "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ے": "ي", "ێ": "ي",
    "ک": "ك", "ڪ": "ك", "ګ": "گ",
    "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه", "ۃ": "ه",
    "ٱ": "ا",
    "ı": "i",  # Turkish writes the capital of both as I, so either may stand where the other was meant
    "ѐ": "е", "ς": "σ",
}  # fmt: skip
"""Letters that writers and keyboards use for one another, by the one that stands for all."""

_VANISH: Final = frozenset("'’‘ʼʻ`´ʿʾ′＇ـ\u115f\u1160\u3164\uffa0")
"""Apostrophes and the transliterators' half rings; tatweel; the Hangul fillers, which are letters that show nothing."""

_ENCLOSED: Final = {first + i: chr(ord("a") + i) for first in (0x1F150, 0x1F170) for i in range(26)}
"""White letters in black circles and squares: the only circled letters that Unicode does not decompose."""

SCRIPTS: Final = (
    ("latin", ((0x61, 0x7A), (0xC0, 0x2B8), (0x1D00, 0x1D25), (0x1E00, 0x1EFF), (0xA722, 0xA7FF))),
    ("greek", ((0x370, 0x3FF), (0x1D26, 0x1D2A), (0x1F00, 0x1FFF))),
    ("cyrillic", ((0x400, 0x52F), (0x1C80, 0x1C8F), (0xA640, 0xA69F))),
    ("armenian", ((0x531, 0x58F),)),
    ("canadian", ((0x1400, 0x167F),)),
    ("cherokee", ((0x13A0, 0x13FD), (0xAB70, 0xABBF))),
)
"""Scripts that hold letters which pass for another's, with their blocks. Han and kana mix by nature: none of them."""

SMALL: Final = 1 << len(SCRIPTS)
"""A script of its own: the phonetic alphabet's small capitals and look-alikes, which spell no word of any language."""

_SMALL: Final = frozenset("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡ")


def fold(character: str) -> str:
    """Return what stands for one character: nothing, a space, or one or more letters and digits."""
    category = unicodedata.category(character)
    if category == "Cf" or character in _VANISH:
        return ""
    if category[0] == "C":
        return " "  # controls, surrogates, and the three quarters of Unicode that are private or unassigned
    if ord(character) in _ENCLOSED:
        return _ENCLOSED[ord(character)]
    folded = unicodedata.normalize("NFKD", character.casefold())
    # Once more: 𝐀 has no case of its own, the A that it decomposes to has one.
    folded = unicodedata.normalize("NFKD", folded.casefold())
    kept = [_letter(c) for c in folded if unicodedata.category(c) not in {"Mn", "Me"} and c not in _VANISH]
    if "".join(kept).isspace() and not character.isspace():
        # An accent or vowel sign in its stand-alone form decomposes to a space that carries it. It is a mark.
        return "" if category in {"Lo", "Lm"} else " "
    return "".join(kept)


def _letter(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category[0] in "LN" or category == "Mc":
        return _VARIANTS.get(character, character)
    return " "


def script_of(letter: str) -> int:
    """Return the script of a letter of the normal form: one bit by its place in ``SCRIPTS``, or ``SMALL``, or 0."""
    code = ord(letter)
    if letter in _SMALL:
        return SMALL
    if unicodedata.category(letter)[0] == "L":
        for number, (_, blocks) in enumerate(SCRIPTS):
            if any(first <= code <= last for first, last in blocks):
                return 1 << number
    return 0


_MOST: Final = 1 << 16
"""A table that holds more is emptied: nobody writes that many characters, and all of Unicode would be 200 MB."""


class _Folded(dict[int, str]):
    """The table of ``str.translate``, filled as characters are met: most of Unicode never is."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST:
            self.clear()
        self[code] = folded = fold(chr(code))
        return folded


class _Scripts(dict[str, int]):
    """The script of each letter met so far."""

    def __missing__(self, letter: str) -> int:
        if len(self) >= _MOST:
            self.clear()
        self[letter] = script = script_of(letter)
        return script


FOLDED: Final = _Folded()
SCRIPT_BITS: Final = _Scripts()
