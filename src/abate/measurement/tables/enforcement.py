"""Counts of what a platform did: how they are marked, and that they are never read as what was there."""

from collections.abc import Collection
from pathlib import Path

from abate.domain.errors import InputError

MARK = "enforced_"
"""What every outcome of such a series begins with: the type goes with the column, whatever the file is converted to."""
KIND = "enforcement"
"""In the column ``kind`` of each row, and in the file's own metadata."""


def refuse_enforcement(path: Path, table: str, present: Collection[str]) -> None:
    """Refuse a series of enforcement in the place of another table.

    :param present: the file's own column names, before ``--map``
    :raises InputError: when one of them counts enforcement
    """
    marked = next((name for name in present if name.startswith(MARK)), "")
    if marked:
        msg = (
            f"holds enforcement ({marked}): what a platform says it did, never what was there; give it as --series, "
            f"and collect {table} from the platform itself"
        )
        raise InputError(msg, where=str(path))
