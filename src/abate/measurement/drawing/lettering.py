"""Text from outside inside a drawing: a platform may be called anything, and an SVG file must stay one."""

import unicodedata
from html import escape

_ISOLATE, _END = "\u2068", "\u2069"
_STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows them, beyond the name they stand in."""
_BLANKS = "\t\n\r"


def lettered(untrusted_text: str) -> str:
    """Return a text as markup, with what XML has no place for and what steers directions replaced."""
    return escape("".join(_sign(sign) for sign in untrusted_text))


def isolated(untrusted_text: str) -> str:
    """Return a text as markup that keeps its own direction, whatever stands around it."""
    return f"{_ISOLATE}{lettered(untrusted_text)}{_END}"


def unsteered(untrusted_text: str) -> str:
    """Return a text without what steers directions or a terminal; letters of every script stay."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(sign) else sign for sign in untrusted_text)


def _steers(sign: str) -> bool:
    return sign in _STEERING or (unicodedata.category(sign) in {"Cc", "Cs"} and sign not in _BLANKS)


def _sign(sign: str) -> str:
    if sign in _BLANKS:
        return " "
    # XML 1.0 (W3C 2008), production 2: no control characters, no surrogates, no U+FFFE and U+FFFF.
    known = sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"
    return sign if known and sign not in _STEERING else "\N{REPLACEMENT CHARACTER}"
