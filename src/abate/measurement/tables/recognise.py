"""Which table of the contract a file is, by the names of its columns."""

from collections.abc import Collection

from abate.measurement.tables.contract import TABLES

SERIES = "series"
_MARKS = {
    "incidents": frozenset({"count", "country", "kind"}),
    "labels": frozenset({"label", "stratum", "inclusion_probability", "score"}),
}
"""Tables that need one common column only: one of these must stand beside it."""
_RATHER = {"incidents": ("interventions", "surveys", "sightings"), "labels": ("sightings",)}
"""Where both fit, the one with more needed columns is meant."""


def recognise(names: Collection[str]) -> tuple[str, ...]:
    """Return the tables whose needed columns are all there; none for what may still be a series.

    :param names: of the file's columns, after ``--map``
    """
    there = set(names)
    fits = [name for name, table in TABLES.items() if there.issuperset(table.needed) and _marked(name, there)]
    return tuple(name for name in fits if not any(other in fits for other in _RATHER.get(name, ())))


def nearest(names: Collection[str]) -> str:
    """Return a sentence part that says which table comes closest and what it lacks."""
    there = set(names)

    def lack(name: str) -> tuple[float, int]:
        missing = [needed for needed in TABLES[name].needed if needed not in there]
        known = len(there & set(TABLES[name].columns))
        return len(missing) / len(TABLES[name].needed), -known

    name = min(TABLES, key=lack)
    missing = [needed for needed in TABLES[name].needed if needed not in there]
    if len(missing) == len(TABLES[name].needed):
        return "none of them is a column of any table; rename them with --map THEIRS=OURS"
    lacking = missing or sorted(_MARKS[name])
    word = " and " if missing else " or "
    return f"closest are {name}, which lack {word.join(lacking)}; rename columns with --map THEIRS=OURS"


def _marked(name: str, there: set[str]) -> bool:
    return name not in _MARKS or bool(there & _MARKS[name])
