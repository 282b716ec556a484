"""Lists of designated organisations, one JSON object a line: the United Nations' consolidated list, by organisation.

Fields: ``name``, ``aliases`` (objects with ``name`` and ``quality``), ``name_original_script``, ``list``, ``regime``,
``ref``. Rows that say they are a natural person are dropped at the door: they are counted, and nothing of them is kept.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.exchange.json_list import SUFFIXES, objects, text
from abate.exchange.organisations import Alias, Organisation, listed, persons_left_out, split_names
from abate.extend.exchange import Listed

__all__ = ["DesignatedNames", "split_names"]

_KIND: Final = ("type", "entity_type", "subject_type", "record_type", "schema")
_PERSON: Final = frozenset({"individual", "individuals", "person", "natural person", "natural_person"})
_OF_PERSONS: Final = frozenset(
    {"date_of_birth", "birth_date", "dob", "gender", "nationality", "passport", "second_name", "individual_alias"}
)
"""Keys that no organisation has."""


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
        persons = 0
        for row in objects(path):
            if isinstance(row, InputError):
                yield row
            elif _is_person(row[1]):
                persons += 1
            elif not text(row[1], "name"):
                yield InputError("this object has no `name`; fill it in or remove it", where=row[0])
            else:
                yield from listed(_organisation(*row))
        if persons:
            yield persons_left_out(persons, str(path))


def _is_person(row: Mapping[str, object]) -> bool:
    kinds = {text(row, key).casefold() for key in _KIND}
    return not kinds.isdisjoint(_PERSON) or not _OF_PERSONS.isdisjoint(key.casefold() for key in row)


def _organisation(where: str, row: Mapping[str, object]) -> Organisation:
    return Organisation(
        where=where,
        name=text(row, "name"),
        original=text(row, "name_original_script"),
        aliases=tuple(_aliases(row.get("aliases"))),
        source=text(row, "list"),
        ref=text(row, "ref"),
    )


def _aliases(given: object) -> Iterator[Alias]:
    for alias in given if isinstance(given, list) else ():
        if isinstance(alias, dict):
            yield Alias(name=text(alias, "name"), quality=text(alias, "quality"))
        else:
            yield Alias(name=str(alias))
