"""Lists of designated organisations, one JSON object a line: the United Nations' consolidated list, by organisation.

Fields: ``name``, ``aliases`` (objects with ``name``), ``name_original_script``, ``list``, ``regime``, ``ref``. A list
of natural persons is none of abate's business: it keeps no profile of a person.

A field may hold several names (``A ; B``, ``A / B``) and end in an acronym (``Grey Lantern Order (GLOR)``). Each
becomes its own name; the acronym only where the words before it spell it and it has four letters, or else "(NGO)" and
"(PAKISTAN)" would be names.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.exchange.json_list import SUFFIXES, objects, text
from abate.extend.exchange import Listed

TYPE: Final = "name"
"""The signal type under which names are banked."""
LEAST_LETTERS: Final = 3
"""Shorter names would hit anything and are passed over."""
LEAST_ACRONYM: Final = 4

_SEVERAL = re.compile(r"\s+[;/]\s+|;\s*$")
_ENDS_IN_ACRONYM = re.compile(r"(?P<name>.*\S)\s*\((?P<acronym>[A-Z]+)\)")


class DesignatedNames:
    """Reads organisations' names and aliases."""

    name = "designated"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file is named as JSON and its first object is an organisation with a name."""
        return path.suffix.lower() in SUFFIXES and b'"name"' in head and b'"value"' not in head

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield each name of each organisation once, labelled with the organisation's name as the list spells it.

        :raises InputError: when the file cannot be opened, or is an array that is too large or is not JSON
        """
        for row in objects(path):
            if isinstance(row, InputError):
                yield row
            elif not text(row[1], "name"):
                yield InputError("this object has no `name`; fill it in or remove it", where=row[0])
            else:
                yield from _listed(*row)


def _listed(where: str, row: Mapping[str, object]) -> Iterator[Listed]:
    source = text(row, "list")
    names = dict.fromkeys(name for written in _written(row) for name in split_names(written))
    for name in names:
        yield Listed(
            where=where,
            untrusted_type=TYPE,
            untrusted_value=name,
            label=text(row, "name"),
            sources=(source,) if source else (),
            ref=text(row, "ref"),
        )


def _written(row: Mapping[str, object]) -> Iterator[str]:
    """Yield what the list gives as names: the first, the one in its own script, the aliases."""
    yield text(row, "name")
    yield text(row, "name_original_script")
    aliases = row.get("aliases")
    for alias in aliases if isinstance(aliases, list) else ():
        yield text(alias, "name") if isinstance(alias, dict) else str(alias)


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
    initials = iter(word[0].upper() for word in re.findall(r"\w+", name))
    return all(letter in initials for letter in acronym)
