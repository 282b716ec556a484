"""Tells a host that is meant as a link from prose that happens to hold a dot.

``file.txt``, ``e.g.``, ``Node.js``, ``STM.PA``, ``end.Next sentence`` and ``home.in the morning`` are no links. The
public suffix list rules out most; what is left is told by case, by a path that follows, and by a list of suffixes
that are words as well. So ``lantern.in`` alone is missed, and ``lantern.in/news``, ``www.lantern.in`` and
``https://lantern.in`` are found.
"""

import re
from typing import Final

from abate.signals.links.suffixes import has_known_suffix

LONGEST_HOST: Final = 512
"""Characters. A host has at most 253; what is glued behind it may be looked at as well."""
_CUTS: Final = 3

CERTAIN: Final = frozenset({"com", "org", "net", "info", "biz", "onion", "edu", "gov"})
"""Suffixes that are no words and no abbreviations, in whatever case they are written."""

WORDS: Final = frozenset(
    {
        "ac", "ad", "ag", "ai", "al", "am", "ar", "as", "at", "au", "ba", "bb", "be", "bi", "bo", "by", "ca", "cc",
        "cd", "ci", "co", "de", "do", "ec", "es", "et", "eu", "gg", "hm", "id", "ie", "il", "im", "in", "io", "is",
        "it", "je", "jo", "ki", "km", "kw", "la", "lb", "li", "lu", "ly", "ma", "md", "me", "mg", "ml", "mm", "mo",
        "mr", "ms", "mt", "mu", "my", "na", "ne", "ng", "ni", "no", "nu", "om", "pa", "ph", "pl", "pm", "pr", "ps",
        "pt", "pw", "py", "re", "ro", "rs", "sa", "sc", "se", "sg", "sh", "si", "sn", "so", "sr", "ss", "st", "su",
        "td", "tf", "to", "tv", "us", "va", "vs", "ws", "ye", "yt", "za", "zip", "mov",
    }
)  # fmt: skip
"""Suffixes that are words of the languages we read, units, initials or file endings too."""

_NOT_NAMES: Final = frozenset(
    {"this", "that", "these", "those", "early", "first", "many", "some", "most", "other", "former", "every", "failed"}
)
"""What stands before "dot com" where the boom is meant."""
_LEAST_NAME: Final = 4

_OTHER_THEN_ASCII = re.compile(r"[\u0590-\u1cff\u2c80-\uffff]+(?=[0-9a-z])", re.IGNORECASE)
_ASCII_THEN_OTHER = re.compile(r"(?<=[0-9a-z])[\u0370-\u1dff\u2c00-\uffff]", re.IGNORECASE)


def glued(written: str) -> int:
    """Return how many characters of another script are glued before a host: particles, languages without spaces."""
    found = _OTHER_THEN_ASCII.match(written)
    return found.end() if found else 0


def linked(written: str, *, tail: bool) -> int:
    """Return how many characters of a host without a scheme make a link; 0 where it is prose.

    :param written: the host in its own case, with what a missing space glued behind it: ``example.org.Next``
    :param tail: whether a port or a path follows
    """
    if len(written) > LONGEST_HOST:
        return 0
    size = len(written)
    found = _ASCII_THEN_OTHER.search(written, written.rfind(".") + 1)
    if found and not tail:
        size = found.start()
    for _ in range(_CUTS):
        if is_link(written[:size], tail=tail and size == len(written)):
            return size
        dot = written.rfind(".", 0, size)
        if dot < 0 or not _begins_a_sentence(written[dot + 1]):
            return 0
        size = dot
    return 0


def _begins_a_sentence(letter: str) -> bool:
    return not letter.isascii() or letter.isupper()


def is_link(written: str, *, tail: bool) -> bool:
    """Say whether a whole host without a scheme is meant as a link; parameters as for :func:`linked`."""
    low = written.lower()
    if low.replace(".", "").isdigit():
        return tail and low.count(".") == 3  # noqa: PLR2004 - four numbers; without a path it is a version
    if not has_known_suffix(low):
        return False
    first, last = low.partition(".")[0], low.rpartition(".")[2]
    if tail or first == "www" or last in CERTAIN:
        return True
    if not written.endswith(last):
        return False  # "end.Next", "STM.PA"
    return last not in WORDS or (low.count(".") > 1 and len(first) > 1)


def is_spaced_link(host: str, *, tail: bool) -> bool:
    """Say whether a host whose dots were words or stood between spaces is meant as a link."""
    if not has_known_suffix(host):
        return False
    name, last = host.rpartition(".")[0], host.rpartition(".")[2]
    if "." not in name and (len(name) < _LEAST_NAME or name in _NOT_NAMES):
        return False
    return tail or last in CERTAIN or (len(last) == 2 and last not in WORDS)  # noqa: PLR2004 - a country's
