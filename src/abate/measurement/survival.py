"""How long it takes until a subject is removed: survival with its half-life, from the table of lifetimes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import NOT_CALIBRATED, Caveat, Footing, Json
from abate.measurement.kaplan_meier import Curve, LogRank, Mask, Observed, RiskTable, curve_of, log_rank, risk_table
from abate.measurement.tables.columns import Lifetimes, Words
from abate.measurement.weeks import DAY, NO_TIME, Micros, to_micros

REMOVED = "removed"
"""The event that any removal is, whatever its reason."""
_FEW = 10
_METHOD = "Kaplan-Meier with delayed entry on the daily grid; Greenwood variance, log(-log) interval"
_ASSUMPTIONS = (
    "age runs from creation, or from the first sight where creation is unknown, and is rounded up to whole days",
    "a subject counts as at risk only after it was first seen",
    "who was lost from sight would have fared like those who were not",
    "all subjects share one risk by age; a takedown on one date is averaged over the ages it struck",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSurvival:
    """One curve and what it was made from."""

    curve: Curve
    table: RiskTable
    subjects: int
    events: int

    def to_json(self) -> Json:
        """Return median and curve."""
        steps = zip(self.curve.days, self.curve.survival, self.curve.low, self.curve.high, strict=True)
        return {
            "median": self.curve.median,
            "curve": [[int(day), float(share), float(low), float(high)] for day, share, low, high in steps],
            "subjects": self.subjects,
            "events": self.events,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Survival:
    """The curve of all, or one for each group."""

    whole: GroupSurvival
    groups: dict[str, GroupSurvival]
    """Empty unless a column was named to divide by."""
    log_rank: LogRank | None
    given_alive_at: int | None
    """Where given, every curve and median is for those alive at that age in days; the median is still an age."""
    footing: Footing

    def to_json(self) -> Json:
        """Return the contract's object."""
        head = self.footing.to_json() | self.whole.to_json() | {"given_alive_at": self.given_alive_at}
        if not self.groups:
            return head
        test = None
        if self.log_rank is not None:
            test = {"chi2": self.log_rank.chi2, "df": self.log_rank.df, "p": self.log_rank.p}
        return head | {"groups": {name: one.to_json() for name, one in self.groups.items()}, "log_rank": test}


def survival(
    lifetimes: Lifetimes,
    *,
    by: str = "",
    event: str = REMOVED,
    competing: Sequence[str] = (),
    given_alive_at: int | None = None,
    until: datetime | None = None,
) -> Survival:
    """Estimate how long subjects last.

    :param by: ``platform``, ``operator`` or a further column that was read with the table
    :param event: ``removed`` for any removal, else the reason that counts; other removals end the observation
    :param competing: reasons that end the observation without being the event
    :param given_alive_at: condition on being alive at this age in days: the way out when few were seen young
    :param until: the snapshot; later sights and removals are not known yet
    :raises InputError: for a column or reason that the table does not have, or when nobody remains to be counted
    """
    _check_reasons(lifetimes, (*(() if event == REMOVED else (event,)), *competing))
    clean, rows = _clean(lifetimes, until)
    observed = _observed(lifetimes, rows, event, competing, until)
    start = given_alive_at or 0
    whole = _fit(observed, start)
    if not whole.table.at_risk[start + 1 :].any() and not (start == 0 and whole.events):
        msg = f"nobody was under observation after day {start}; choose a smaller --given-alive-at or check the table"
        raise InputError(msg, where=lifetimes.reading.file)
    groups = {} if not by else _groups(lifetimes, rows, observed, by, start)
    test = log_rank([_after(one.table, start) for one in groups.values()]) if groups else None
    found = (*reading_caveats(lifetimes.reading), *clean, *_truncation(lifetimes, rows, observed, whole, start))
    footing = Footing(method=_METHOD, assumptions=_ASSUMPTIONS, caveats=(*found, NOT_CALIBRATED))
    return Survival(whole=whole, groups=groups, log_rank=test, given_alive_at=given_alive_at, footing=footing)


def _check_reasons(lifetimes: Lifetimes, reasons: Sequence[str]) -> None:
    known = [] if lifetimes.reason is None else sorted(lifetimes.reason.names)
    for reason in reasons:
        if reason not in known:
            msg = f"no removal has the reason {reason!r}; the table's reasons are: {', '.join(known) or 'none'}"
            raise InputError(msg, where=lifetimes.reading.file)


def _origin(lifetimes: Lifetimes) -> Micros:
    if lifetimes.created is None:
        return lifetimes.first_seen
    return np.where(lifetimes.created == NO_TIME, lifetimes.first_seen, lifetimes.created)


def _clean(lifetimes: Lifetimes, until: datetime | None) -> tuple[list[Caveat], Micros]:
    """Return the usable rows, and a warning that names how many contradict themselves."""
    origin = _origin(lifetimes)
    wrong = (lifetimes.last_seen < lifetimes.first_seen) | (origin > lifetimes.first_seen)
    if lifetimes.removed is not None:
        wrong |= (lifetimes.removed != NO_TIME) & (lifetimes.removed < lifetimes.first_seen)
    keep = ~wrong
    if until is not None:
        keep &= lifetimes.first_seen <= to_micros(until)
    rows = np.flatnonzero(keep)
    if not len(rows):
        msg = "no lifetime remains; check --until, and that created ≤ first_seen ≤ last_seen or removed"
        raise InputError(msg, where=lifetimes.reading.file)
    if not wrong.any():
        return [], rows
    order = "created ≤ first_seen ≤ last_seen, and first_seen ≤ removed"
    text = f"{int(wrong.sum())} lifetimes contradict themselves (want {order}) and were left out"
    return [Caveat(code="rows-skipped", text=text)], rows


def _observed(
    lifetimes: Lifetimes, rows: Micros, event: str, competing: Sequence[str], until: datetime | None
) -> Observed:
    origin = _origin(lifetimes)[rows]
    end = lifetimes.last_seen[rows].copy()
    happened = np.zeros(len(rows), dtype=bool)
    if lifetimes.removed is not None:
        removed = lifetimes.removed[rows]
        known = removed != NO_TIME
        end[known] = removed[known]
        happened = known & _counts_as_event(lifetimes.reason, rows, event, competing)
    if until is not None:
        snapshot = to_micros(until)
        happened &= end <= snapshot
        end = np.minimum(end, snapshot)
    return Observed(exit=_days(end - origin), event=happened, entry=_days(lifetimes.first_seen[rows] - origin))


def _counts_as_event(reason: Words | None, rows: Micros, event: str, competing: Sequence[str]) -> Mask:
    if reason is None:
        return np.ones(len(rows), dtype=bool)
    codes = reason.codes[rows]
    others = np.isin(codes, [reason.code_of(name) for name in competing])
    return ~others if event == REMOVED else (codes == reason.code_of(event)) & ~others


def _days(micros: Micros) -> Micros:
    """Round up to whole days: S(d) is then exact at the end of day d, where rounding down would shift it by one."""
    return -(-micros // DAY)


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


def _groups(lifetimes: Lifetimes, rows: Micros, observed: Observed, by: str, start: int) -> dict[str, GroupSurvival]:
    column = lifetimes.column(by)
    codes = column.codes[rows]
    out = {}
    for code in np.unique(codes):
        mine = codes == code
        assert observed.entry is not None
        part = Observed(exit=observed.exit[mine], event=observed.event[mine], entry=observed.entry[mine])
        out[column.names[code] if code >= 0 else ""] = _fit(part, start)
    return dict(sorted(out.items()))


def _truncation(
    lifetimes: Lifetimes, rows: Micros, observed: Observed, whole: GroupSurvival, start: int
) -> list[Caveat]:
    """Say what the young ages rest on."""
    texts = []
    unknown = len(rows) if lifetimes.created is None else int((lifetimes.created[rows] == NO_TIME).sum())
    if unknown:
        texts.append(
            f"{unknown} of {len(rows)} subjects have no creation date: their age runs from the first sight, "
            "and what fell before it was seen is not in here"
        )
    if whole.table.left_out:
        texts.append(f"{whole.table.left_out} subjects came into sight and went within a day, and carry no information")
    days = whole.curve.days[1:]
    early = days[whole.table.at_risk[days] < _FEW][:1]
    late = observed.entry is not None and bool((observed.entry > start).any())
    if late and len(early) and whole.curve.at(int(early[0])) > 0.5:  # noqa: PLR2004 - before the half-life
        texts.append(
            f"only {int(whole.table.at_risk[early[0]])} subjects were under observation at age {int(early[0])} days; "
            "one removal moves the whole curve. Condition on a later age with --given-alive-at"
        )
    return [Caveat(code="left-truncation", text=text) for text in texts]
