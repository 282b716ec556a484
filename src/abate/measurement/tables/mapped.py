"""A mapping that is meant for several tables: a name that none of them has is a slip, and is said."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from abate.domain.errors import InputError
from abate.measurement.tables.naming import names_in


def refuse_unknown(mapping: Mapping[str, str], files: Sequence[Path]) -> None:
    """Refuse a name that no file has; with a single file its reader does so.

    :raises InputError: for such a name, or when a file cannot be read
    """
    if not mapping or len(files) < 2:  # noqa: PLR2004 - several
        return
    present = {path: names_in(path, single=True) for path in files}
    for theirs in mapping:
        if not any(theirs in names for names in present.values()):
            columns = "; ".join(f"{path}: {_listed(names)}" for path, names in present.items())
            msg = f"--map {theirs}=…: no file has a column {theirs!r}; their columns are: {columns}"
            raise InputError(msg)


def _listed(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
