"""How long it takes until a subject is removed: survival with its half-life, from the table of lifetimes.

Beside the curve stand the things that the same rows say: competing ends (Aalen–Johansen), a Cox model of columns, the
views that content had when it went, and the time from the first sight to the removal.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat, Footing, Json, finite
from abate.measurement.lives.cox_columns import Cox, cox_of
from abate.measurement.lives.incidence import Incidence, cumulative_incidence
from abate.measurement.lives.kaplan_meier import Curve, LogRank, Observed, RiskTable, curve_of, log_rank, risk_table
from abate.measurement.lives.spells import EVENT, REMOVED, Ends, Spells, by_value, dividing, part, spells_of
from abate.measurement.lives.time_to_action import TimeToAction, from_first_sight
from abate.measurement.lives.views_before_removal import ViewsBeforeRemoval, views_before_removal
from abate.measurement.tables.columns import Lifetimes
from abate.measurement.weeks import NO_TIME

_FEW = 10
_METHOD = "Kaplan-Meier with delayed entry on the daily grid; Greenwood variance, log(-log) interval"
_COX_METHOD = "; Cox regression with Efron's ties and delayed entry"
_ASSUMPTIONS = (
    "age runs from creation, or from the first sight where creation is unknown, and is rounded up to whole days",
    "a subject counts as at risk only after it was first seen",
    "who was lost from sight would have fared like those who were not",
    "subjects fall independently of each other; one takedown of many, or one operator with many, narrows intervals",
    "all subjects share one risk by age; a takedown on one date is averaged over the ages it struck",
)
_COMPETING_ASSUMPTION = (
    "in the curve, competing ends count as lost from sight: it shows what would be if they could not happen; the "
    "incidence shows how many did end in which way"
)
_COX_ASSUMPTION = (
    "a column multiplies the risk by the same factor at every age, and a coefficient is an association, not the "
    "effect of changing it"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSurvival:
    """One curve and what it was made from."""

    curve: Curve
    table: RiskTable
    subjects: int
    events: int

    @property
    def median_interval(self) -> tuple[int | None, int | None]:
        """Where the curve's band passes one half: the half-life's interval (Brookmeyer and Crowley 1982)."""
        return _halved(self.curve.days, self.curve.low), _halved(self.curve.days, self.curve.high)

    def to_json(self) -> Json:
        """Return median and curve."""
        steps = zip(self.curve.days, self.curve.survival, self.curve.low, self.curve.high, strict=True)
        return {
            "median": self.curve.median,
            "median_interval": list(self.median_interval),
            "curve": [[int(day), float(share), float(low), float(high)] for day, share, low, high in steps],
            "subjects": self.subjects,
            "events": self.events,
        }


def _halved(
    days: np.ndarray[tuple[int], np.dtype[np.int64]], band: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> int | None:
    below = np.flatnonzero(band <= 0.5)  # noqa: PLR2004 - the median
    return int(days[below[0]]) if len(below) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Survival:
    """The curve of all, or one for each group, and what else the lifetimes say."""

    whole: GroupSurvival
    groups: dict[str, GroupSurvival]
    """Empty unless a column was named to divide by."""
    log_rank: LogRank | None
    given_alive_at: int | None
    """Where given, every curve and median is for those alive at that age in days; the median is still an age."""
    footing: Footing
    incidence: dict[str, Incidence]
    """The share that ended in each way by each age; empty where no end competes."""
    cox: Cox | None
    views: ViewsBeforeRemoval | None
    """``None`` where the table does not know views."""
    time_to_action: TimeToAction | None = None

    def sentences(self) -> tuple[str, ...]:
        """Say the half-lives, and what was asked beside them, in words."""
        curves = self.groups or {"": self.whole}
        out = [_half_life(name, one) for name, one in curves.items()]
        if self.log_rank is not None:
            test = self.log_rank
            out.append(f"log-rank test of equal curves: chi-square {test.chi2:.3f}, df {test.df}, p {test.p:.3g}")
        if self.views is not None:
            out.extend(self.views.sentences())
        if self.time_to_action is not None:
            out.append(self.time_to_action.sentence())
        return tuple(out)

    def to_json(self) -> Json:
        """Return the contract's object."""
        head = self.footing.to_json() | self.whole.to_json() | {"given_alive_at": self.given_alive_at}
        if self.groups:
            test = self.log_rank
            head["groups"] = {name: one.to_json() for name, one in self.groups.items()}
            head["log_rank"] = None if test is None else {"chi2": finite(test.chi2), "df": test.df, "p": test.p}
        if self.incidence:
            head["incidence"] = {name: one.steps() for name, one in self.incidence.items()}
        if self.cox is not None:
            head |= self.cox.to_json()
        if self.views is not None:
            head["views_before_removal"] = self.views.to_json()
        if self.time_to_action is not None:
            head["time_to_action"] = self.time_to_action.to_json()
        return head


def _half_life(name: str, one: GroupSurvival) -> str:
    low, high = ("not reached" if end is None else str(end) for end in one.median_interval)
    half = "not reached" if one.curve.median is None else f"{one.curve.median} days [{low}, {high}]"
    return f"{name + ': ' if name else ''}half-life {half} ({one.subjects} subjects, {one.events} removed)"


def survival(
    lifetimes: Lifetimes,
    *,
    by: str = "",
    event: str = REMOVED,
    competing: tuple[str, ...] = (),
    given_alive_at: int | None = None,
    until: datetime | None = None,
    cox: tuple[str, ...] = (),
) -> Survival:
    """Estimate how long subjects last.

    :param by: ``platform``, ``operator``, a further column that was read with the table, or ``quarter``: the calendar
        quarter in which each began
    :param event: ``removed`` for any removal, else the reason that counts; other removals end the observation
    :param competing: reasons that end the observation without being the event
    :param given_alive_at: condition on being alive at this age in days: the way out when few were seen young
    :param until: the snapshot; later sights and removals are not known yet
    :param cox: columns whose association with the risk is asked, beside each other
    :raises InputError: for a column or reason that the table does not have, or when nobody remains to be counted
    """
    ends = Ends(event=event, competing=tuple(competing))
    spells = spells_of(lifetimes, ends, until)
    start = max(given_alive_at or 0, 0)
    whole = _fit(spells.observed, start)
    if not whole.table.at_risk[start + 1 :].any() and not (start == 0 and whole.events):
        msg = f"nobody was under observation after day {start}; choose a smaller --given-alive-at or check the table"
        raise InputError(msg, where=lifetimes.reading.file)
    groups = {} if not by else _groups(lifetimes, spells, by, start)
    model = cox_of(lifetimes, spells, cox, start) if cox else None
    return Survival(
        whole=whole,
        groups=groups,
        log_rank=log_rank([_after(one.table, start) for one in groups.values()]) if groups else None,
        given_alive_at=given_alive_at,
        footing=_footing(lifetimes, spells, (whole, *groups.values()), start, model),
        incidence=_incidence(spells, ends, start),
        cox=model,
        views=views_before_removal(lifetimes, spells, by),
        time_to_action=from_first_sight(lifetimes, spells, ends, until),
    )


def _footing(
    lifetimes: Lifetimes, spells: Spells, fits: tuple[GroupSurvival, ...], start: int, model: Cox | None
) -> Footing:
    competing = bool((spells.cause > EVENT).any())
    doubts = _doubts(lifetimes, spells, fits, start)
    found = (
        *reading_caveats(lifetimes.reading),
        *spells.caveats,
        *_truncation(lifetimes, spells, fits[0], start),
        *(() if model is None else model.caveats),
        *doubts,
    )
    further = ((competing, _COMPETING_ASSUMPTION), (model is not None, _COX_ASSUMPTION))
    return Footing(
        method=_METHOD + (_COX_METHOD if model else ""),
        assumptions=(*_ASSUMPTIONS, *(text for there, text in further if there)),
        caveats=found,
        calibrated=None if doubts or (model is not None and model.caveats) else True,
    )


def _fit(observed: Observed, start: int) -> GroupSurvival:
    table = risk_table(observed)
    counted = table.ended[start + 1 :] if start else table.ended
    return GroupSurvival(
        curve=curve_of(table, start), table=table, subjects=len(observed.exit), events=int(counted.sum())
    )


def _after(table: RiskTable, start: int) -> RiskTable:
    """Forget the ends up to the age that is conditioned on."""
    if not start:
        return table
    ended = table.ended.copy()
    ended[: start + 1] = 0
    return RiskTable(at_risk=table.at_risk, ended=ended, left_out=table.left_out)


def _groups(lifetimes: Lifetimes, spells: Spells, by: str, start: int) -> dict[str, GroupSurvival]:
    column = dividing(lifetimes, by)
    return {name: _fit(part(spells.observed, mine), start) for name, mine in by_value(column, spells.rows).items()}


def _incidence(spells: Spells, ends: Ends, start: int) -> dict[str, Incidence]:
    if len(ends.causes) == 1:
        return {}
    tables = [risk_table(spells.ended_in(cause)) for cause in range(EVENT, EVENT + len(ends.causes))]
    return dict(zip(ends.causes, cumulative_incidence(tables, start), strict=True))


def _truncation(lifetimes: Lifetimes, spells: Spells, whole: GroupSurvival, start: int) -> list[Caveat]:
    """Say what the young ages rest on."""
    texts = []
    subjects = len(spells.rows)
    unknown = subjects if lifetimes.created is None else int((lifetimes.created[spells.rows] == NO_TIME).sum())
    if unknown:
        texts.append(
            f"{unknown} of {subjects} subjects have no creation date: their age runs from the first sight, "
            "and what fell before it was seen is not in here"
        )
    if whole.table.left_out:
        texts.append(f"{whole.table.left_out} subjects came into sight and went within a day, and carry no information")
    early = _thin_day(whole, spells, start)
    if early is not None:
        texts.append(
            f"only {int(whole.table.at_risk[early])} subjects were under observation at age {early} days; "
            "one removal moves the whole curve. Condition on a later age with --given-alive-at"
        )
    return [Caveat(code="left-truncation", text=text) for text in texts]


def _thin_day(whole: GroupSurvival, spells: Spells, start: int) -> int | None:
    """Return the first day before the half-life on which few were at risk because few had been seen by then."""
    days = whole.curve.days[1:]
    early = days[whole.table.at_risk[days] < _FEW][:1]
    late = spells.observed.entry is not None and bool((spells.observed.entry > start).any())
    if late and len(early) and whole.curve.at(int(early[0])) > 0.5:  # noqa: PLR2004 - before the half-life
        return int(early[0])
    return None


def _doubts(lifetimes: Lifetimes, spells: Spells, fits: tuple[GroupSurvival, ...], start: int) -> list[Caveat]:
    """Say where the conditions do not hold under which the intervals were found to cover as they promise."""
    out = []
    fewest = min(one.events for one in fits)
    if fewest < _FEW:
        text = f"a curve here rests on {fewest} ends; below {_FEW} its interval is a rough guide"
        out.append(Caveat(code="small-cells", text=text))
    reasons = []
    if lifetimes.operator is not None:
        codes = lifetimes.operator.codes[spells.rows]
        several = int((np.bincount(codes[codes >= 0]) > 1).sum()) if (codes >= 0).any() else 0
        if several:
            reasons.append(f"{several} operators have several subjects, which fall together")
    if fewest < _FEW or _thin_day(fits[0], spells, start) is not None:
        reasons.append("too few were under observation for the interval's coverage to be known")
    struck = _on_one_day(lifetimes, spells)
    if struck:
        reasons.append(struck)
    return out + [Caveat(code="not-calibrated", text=f"{reason}; the interval is too narrow") for reason in reasons]


_TOGETHER = 0.2


def _on_one_day(lifetimes: Lifetimes, spells: Spells) -> str:
    """Say when many removals fell on one calendar day: they were one event, not many."""
    if lifetimes.removed is None or not spells.observed.event.any():
        return ""
    days = lifetimes.removed[spells.rows[spells.observed.event]].astype("datetime64[us]").astype("datetime64[D]")
    values, counts = np.unique(days, return_counts=True)
    most = int(counts.max())
    if most < _FEW or most < _TOGETHER * len(days):
        return ""
    return f"{most} of {len(days)} removals fell on {values[counts.argmax()]}: one event, not {most} independent ones"
