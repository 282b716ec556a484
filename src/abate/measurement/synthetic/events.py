"""Which units had an event of their own while they were compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from abate.measurement.footing import Caveat
from abate.measurement.synthetic.panel import Panel
from abate.measurement.tables.columns import Interventions
from abate.measurement.weeks import NO_TIME, to_micros, to_moment

_YEARS = (1000, 3000)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnEvents:
    """Events of the panel's units within its window."""

    donors: dict[str, str]
    """Donor → its events, for the sentence."""
    treated: tuple[str, ...]
    """Events of the treated unit besides the one that began in the first treated period."""
    instruments: tuple[str, ...]
    placed: bool
    """Whether the periods are dates or years; else every event of the table counts as inside the window."""

    def caveats(self, treated: str, *, kept: bool) -> list[Caveat]:
        """Say who had an event, and whether it was left out for it."""
        out = []
        if self.donors:
            named = "; ".join(f"{name} ({what})" for name, what in self.donors.items())
            done = "kept as donors because --keep was given" if kept else "left out of the donors"
            out.append(Caveat(code="concurrent-event", text=f"units with their own event were {done}: {named}"))
        if self.treated:
            text = f"{treated} had other events in the window ({'; '.join(self.treated)}): they cannot be told apart"
            out.append(Caveat(code="concurrent-event", text=text))
        if self.instruments:
            text = f"the instrument changed ({'; '.join(self.instruments)}); a step there may be the collector's"
            out.append(Caveat(code="instrument-change", text=text))
        if out and not self.placed:
            text = "the periods are neither dates nor years: every event of the table counted as inside the window"
            out.append(Caveat(code="concurrent-event", text=text))
        return out


def own_events(panel: Panel, interventions: Interventions) -> OwnEvents:
    """Find the interventions whose platform is a unit of the panel and which touch its periods."""
    edges, placed = _edges(panel)
    donors: dict[str, list[str]] = {}
    treated, instruments = [], []
    for row in range(len(interventions)):
        name = interventions.platform.text(row)
        began = int(interventions.date[row])
        ended = _end(interventions, row)
        if placed and not (began < edges[-1] and ended >= edges[0]):
            continue
        kind = interventions.kind.text(row)
        told = f"{kind}, {to_moment(began).date()}"
        if kind.startswith("collector") and name in (panel.treated, *panel.donors):
            instruments.append(f"{name}: {told}")
        if name in panel.donors:
            donors.setdefault(name, []).append(told)
        elif name == panel.treated and not (placed and edges[panel.before] <= began < edges[panel.before + 1]):
            treated.append(told)
    return OwnEvents(
        donors={name: "; ".join(donors[name]) for name in panel.donors if name in donors},
        treated=tuple(treated),
        instruments=tuple(instruments),
        placed=placed,
    )


def _end(interventions: Interventions, row: int) -> int:
    end = NO_TIME if interventions.end is None else int(interventions.end[row])
    return int(interventions.date[row]) if end == NO_TIME else end


def _edges(panel: Panel) -> tuple[Sequence[int], bool]:
    """Return where each period begins, and where the last one ends, in microseconds."""
    if panel.dated:
        starts = [int(at) for at in panel.at]
        return [*starts, starts[-1] + int(np.median(np.diff(panel.at)))], True
    if all(at == at // 1 and _YEARS[0] <= at < _YEARS[1] for at in panel.at):
        years = [int(at) for at in panel.at]
        return [to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in [*years, years[-1] + 1]], True
    return (), False
