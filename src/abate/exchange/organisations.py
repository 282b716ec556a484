"""An organisation of an official list, and the names that it is banked under.

A field may hold several names (``A ; B``, ``A / B``) and end in an acronym (``Grey Lantern Order (GLOR)``). Each
becomes its own name; the acronym only where the words before it spell it and it has four letters, or else "(NGO)" and
"(PAKISTAN)" would be names.

A list of natural persons is none of abate's business: it keeps no profile of a person. Formats count the persons they
pass over and read nothing of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from abate.domain.errors import InputError
from abate.extend.exchange import Listed

TYPE: Final = "name"
"""The signal type under which names are banked."""
WEAK: Final = "~"
"""Written before a name that shall never count by itself."""
LEAST_LETTERS: Final = 3
"""Shorter names would hit anything and are passed over."""
LEAST_ACRONYM: Final = 4

_SEVERAL = re.compile(r"\s+[;/]\s+|;\s*$")
_ENDS_IN_ACRONYM = re.compile(r"(?P<name>.*\S)\s*\((?P<acronym>[A-Z]+)\)")
_WORD = re.compile(r"\w+")
_LOW: Final = frozenset({"low", "weak"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias:
    """Another name, with what its list says of its quality (``a.k.a.``, ``Good``, ``Low``)."""

    name: str
    quality: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    """What a list says of one organisation, as far as it is read."""

    where: str
    name: str
    original: str = ""
    """The name in its own script."""
    aliases: tuple[Alias, ...] = ()
    source: str = ""
    ref: str = ""


def listed(one: Organisation) -> Iterator[Listed]:
    """Yield each name once, labelled with the organisation's name as the list spells it; one of low quality as weak."""
    weak: dict[str, bool] = {}
    for written, low in _written(one):
        for name in split_names(written):
            weak[name] = low and weak.get(name, True)
    for name, low in weak.items():
        yield Listed(
            where=one.where,
            untrusted_type=TYPE,
            untrusted_value=f"{WEAK}{name}" if low else name,
            label=one.name,
            sources=(one.source,) if one.source else (),
            ref=one.ref,
        )


def _written(one: Organisation) -> Iterator[tuple[str, bool]]:
    """Yield what the list gives as names: the first, the one in its own script, the aliases."""
    yield one.name, False
    yield one.original, False
    for alias in one.aliases:
        yield alias.name, not _LOW.isdisjoint(_WORD.findall(alias.quality.casefold()))


def split_names(written: str) -> Iterator[str]:
    """Yield the names in one field, without those that are too short."""
    for part in _SEVERAL.split(written):
        name = part.strip()
        found = _ENDS_IN_ACRONYM.fullmatch(name)
        if found and len(found["acronym"]) >= LEAST_ACRONYM and _spells(found["name"], found["acronym"]):
            yield found["acronym"]
        name = found["name"] if found else name
        if sum(map(str.isalnum, name)) >= LEAST_LETTERS:
            yield name


def _spells(name: str, acronym: str) -> bool:
    """Say whether the first letters of the words, some passed over, spell the acronym."""
    initials = iter(word[0].upper() for word in _WORD.findall(name))
    return all(letter in initials for letter in acronym)


def persons_left_out(number: int, where: str) -> InputError:
    """Return the line that says how many natural persons a list held, and nothing else of them."""
    who = "1 natural person was" if number == 1 else f"{number} natural persons were"
    return InputError(f"{who} left out unread: abate looks for organisations only; nothing is to be done", where=where)
