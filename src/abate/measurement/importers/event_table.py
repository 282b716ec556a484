"""Tables of violent events, as the Uppsala Conflict Data Program publishes them, to ``incidents``.

One event is one incident, whatever its deaths: the count of a row is 1. Only the day, the country and the type of
violence are taken; the names of sides, places, sources and headlines are not read. An event that is dated to a month or
a year (``date_prec`` 4 and 5) is passed over, because it would stand in a week that nobody claims; a range of days or a
week (2 and 3) counts on its first day.

A table of another programme is read with ``--map``: a date, a country and a type are enough
(``--map event_date=date_start --map event_type=type_of_violence``).

Source: Sundberg, Melander: Introducing the UCDP Georeferenced Event Dataset, Journal of Peace Research 50(4), 2013;
its codebook for ``type_of_violence`` and ``date_prec``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.extend.table import Incident, PassedOver
from abate.measurement.importers import text_rows
from abate.measurement.importers.moments import iso
from abate.measurement.importers.text_rows import TextRow

KINDS: Final = {"1": "state-based", "2": "non-state", "3": "one-sided"}
"""The codebook's types of organised violence."""
_MARKS: Final = frozenset({"date_start", "type_of_violence", "country"})
_VAGUE: Final = frozenset({"4", "5"})
_IMPRECISE: Final = PassedOver(reason="an event that is dated to a month or a year only")


class EventTable:
    """Reads event tables."""

    name = "events"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the columns are UCDP's."""
        return path.suffix.lower() in {".csv", ".tsv", ".txt"} and text_rows.columns_of(head) >= _MARKS

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[Incident | PassedOver | InputError]:
        """Yield the events.

        :raises InputError: when the file cannot be opened or has no column for the date
        """
        for row in text_rows.rows(path, names, (frozenset({"date_start"}),)):
            yield row if isinstance(row, InputError) else _incident(row)


def _incident(row: TextRow) -> Incident | PassedOver | InputError:
    if row.cell("date_prec") in _VAGUE:
        return _IMPRECISE
    began = iso(row.cell("date_start"))
    if began is None:
        return InputError("says no date that can be read; write it as 2026-03-29", where=row.where)
    kind = row.cell("type_of_violence")
    return Incident(
        where=row.where,
        # A day is a day wherever it was: an offset that the table does not have is nothing to warn of.
        date=began.at,
        country=row.cell("country"),
        kind=KINDS.get(kind, kind),
    )
