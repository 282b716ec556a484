"""From a table of labels to what an estimate needs: who was labelled, with which chance, and what the whole looks like.

The unlabelled rows are the rest of the population. Where inclusion probabilities show that they are *all* of it (the
labelled items standing outside, as in a sample drawn elsewhere), the labelled rows do not count towards it.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.footing import Caveat
from abate.measurement.sampled.weighted_share import Labelled, Places, Population, Values
from abate.measurement.tables.columns import Labels, Words
from abate.measurement.weeks import NO_TIME, to_micros

Weight = Literal["views", "items"]
Mask = npt.NDArray[np.bool_]

_AGREES = 1e-3
"""Inclusion probabilities that add up, stratum by stratum, to the unlabelled rows alone within this much say that the
labelled rows stand beside the population. Anything looser would be met by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The sample beside its population."""

    labelled: Labelled
    population: Population
    names: tuple[str, ...]
    """Of the strata; one empty name where there are none."""
    weight: Weight
    classifier_only: float | None
    """What the scores alone would say: their weighted mean over the population."""
    listed: bool
    """Whether the population is a finite list of which chances of being drawn are known."""
    largest: float
    """Share of the whole that the heaviest unlabelled item holds; 0 where the population has no rows."""
    items: int | None
    """In the population; ``None`` where it is not known."""
    total: float | None
    """Views in the population, where they are the weight and known."""
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """The usable rows of the table."""

    table: Labels
    labelled: Mask
    weight: Values
    stratum: Places
    names: tuple[str, ...]


def rows_until(labels: Labels, until: datetime | None) -> Labels:
    """Leave out what was posted after the snapshot.

    :raises InputError: when nothing remains
    """
    if until is None or labels.posted_at is None:
        return labels
    keep = (labels.posted_at == NO_TIME) | (labels.posted_at <= to_micros(until))
    if not keep.any():
        msg = f"nothing was posted by {until.date()}; choose a later --until"
        raise InputError(msg, where=labels.reading.file)
    return take(labels, keep)


def take(labels: Labels, keep: Mask) -> Labels:
    """Return the rows under a mask of shape ``(rows,)``."""
    if keep.all():
        return labels
    kept: dict[str, Any] = {}
    for column in fields(labels):
        values = getattr(labels, column.name)
        if isinstance(values, Words):
            kept[column.name] = Words(codes=values.codes[keep], names=values.names)
        elif isinstance(values, np.ndarray):
            kept[column.name] = values[keep]
    return replace(labels, **kept)


def labelled_rows(labels: Labels) -> Mask:
    """Return which rows carry a label, shape ``(rows,)``.

    :raises InputError: when none does
    """
    mask = np.zeros(len(labels), dtype=bool) if labels.label is None else labels.label.codes >= 0
    if not mask.any():
        msg = "no row has a label; fill in the column label for the items that were looked at"
        raise InputError(msg, where=labels.reading.file)
    return mask


def positives(labels: Labels, positive: str) -> tuple[Mask, list[Caveat]]:
    """Return which rows carry the label ``positive``; a label that never occurs may be a slip of the pen.

    Every other label is negative.
    """
    assert labels.label is not None
    code = labels.label.code_of(positive)
    mask = labels.label.codes == code if code >= 0 else np.zeros(len(labels), dtype=bool)
    if mask.any():
        return mask, []
    used = sorted({labels.label.names[place] for place in np.unique(labels.label.codes[labels.label.codes >= 0])})
    shown = ", ".join(used[:5]) + (", …" if len(used) > 5 else "")  # noqa: PLR2004 - enough to see a slip
    text = f"no label reads {positive!r}; the labels are: {shown}. Check --positive before believing a zero"
    return mask, [Caveat(code="no-positives", text=text)]


def taken(labels: Labels, positive: str, *, weight: Weight | None = None) -> Taken:
    """Set the labelled items beside the population.

    :param weight: by default views where the table has them, else items
    :raises InputError: when nothing is labelled, or views are asked for and missing
    """
    chosen = _weight(labels, weight)
    rows, found = _usable(labels, chosen)
    yes, said = positives(rows.table, positive)
    chance, listed, lost = _chances(rows)
    counted = rows.labelled & ~lost & (rows.weight > 0)
    if not counted.any():
        msg = "no labelled row can be counted: each lacks views or its inclusion_probability; fill them in"
        raise InputError(msg, where=labels.reading.file)
    heavy = rows.weight[counted] / chance[counted]
    sample = Labelled(
        stratum=rows.stratum[counted],
        weight=heavy,
        positive=yes[counted].astype(np.float64),
        unseen=1 - chance[counted] if listed else np.ones(int(counted.sum())),
        score=None if rows.table.score is None else rows.table.score[counted],
    )
    frame = _frame(rows, counted, chance, listed=listed)
    population, known = _population(rows, sample, counted, frame, listed=listed)
    whole = float(rows.weight[frame].sum()) if known else 0.0
    rest = rows.weight[~rows.labelled & frame] if known else np.zeros(0)
    if lost.any():
        text = f"{int(lost.sum())} labelled rows have no inclusion_probability while others have, and were left out"
        found.append(Caveat(code="rows-skipped", text=text))
    return Taken(
        labelled=sample,
        population=population,
        names=rows.names,
        weight=chosen,
        classifier_only=_scores_alone(rows, frame if known else rows.labelled),
        listed=listed,
        largest=float(rest.max() / whole) if len(rest) and whole else 0.0,
        items=int(frame.sum()) if known else None,
        total=whole if known and chosen == "views" else None,
        caveats=(*found, *said),
    )


def _weight(labels: Labels, weight: Weight | None) -> Weight:
    has_views = labels.views is not None and bool((labels.views[labelled_rows(labels)] >= 0).any())
    if weight == "views" and not has_views:
        msg = "--weight views needs the column views on the labelled rows; fill it in, or ask --weight items"
        raise InputError(msg, where=labels.reading.file)
    return weight or ("views" if has_views else "items")


def _usable(labels: Labels, weight: Weight) -> tuple[_Rows, list[Caveat]]:
    found = []
    if weight == "views" and labels.views is not None and (labels.views < 0).any():
        missing = int((labels.views < 0).sum())
        text = f"{missing} of {len(labels)} rows have no views and were left out of a share of views"
        found.append(Caveat(code="rows-skipped", text=text))
        labels = take(labels, labels.views >= 0)
    mass = np.ones(len(labels)) if weight == "items" or labels.views is None else labels.views.astype(np.float64)
    names, stratum = _strata(labels)
    mask = labelled_rows(labels)
    return _Rows(table=labels, labelled=mask, weight=mass, stratum=stratum, names=names), found


def _strata(labels: Labels) -> tuple[tuple[str, ...], Places]:
    if labels.stratum is None:
        return ("",), np.zeros(len(labels), dtype=np.int64)
    codes, place = np.unique(labels.stratum.codes, return_inverse=True)
    names = tuple("" if code < 0 else labels.stratum.names[code] for code in codes)
    order = sorted(range(len(names)), key=lambda at: names[at])
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[at] for at in order), rank[place]


def _chances(rows: _Rows) -> tuple[Values, bool, Mask]:
    """Return each row's chance of being drawn (1 where unknown), whether it is known, and the labelled rows without."""
    none = np.zeros(len(rows.labelled), dtype=bool)
    given = rows.table.inclusion_probability
    if given is None or not np.isfinite(given[rows.labelled]).any():
        return np.ones(len(none)), False, none
    known = np.isfinite(given)
    return np.where(known, given, 1.0), True, rows.labelled & ~known


def _frame(rows: _Rows, counted: Mask, chance: Values, *, listed: bool) -> Mask:
    """Return the rows that make up the population."""
    everything = np.ones(len(counted), dtype=bool)
    if not listed:
        return everything
    count = len(rows.names)
    stands_for = np.bincount(rows.stratum[counted], 1 / chance[counted], count)
    rest = np.bincount(rows.stratum[~rows.labelled], minlength=count)
    # A sample of one in two thousand comes within the tolerance either way; it is what it comes closer to.
    beside = np.abs(stands_for - rest).sum() < np.abs(stands_for - np.bincount(rows.stratum, minlength=count)).sum()
    return ~rows.labelled if beside and np.allclose(stands_for, rest, rtol=_AGREES, atol=0) else everything


def _population(rows: _Rows, sample: Labelled, counted: Mask, frame: Mask, *, listed: bool) -> tuple[Population, bool]:
    """Return the population, and whether the table's own rows describe it."""
    count = len(rows.names)
    rest = frame & ~rows.labelled
    # Unlabelled rows that name no stratum, beside labelled ones that do, say nothing of how large a stratum is.
    nameless = count > 1 and bool(rest.any()) and len(np.unique(rows.stratum[rest])) == 1 and _blank(rows, rest)
    known = bool(rest.any()) and not nameless
    if not known:
        share = np.bincount(sample.stratum, sample.weight, count)
        return Population(share=share / share.sum(), known=count == 1), False
    share = np.bincount(rows.stratum[frame], rows.weight[frame], count)
    if share.sum() <= 0:
        msg = "the unlabelled rows have no views at all; fill them in, or ask --weight items"
        raise InputError(msg, where=rows.table.reading.file)
    scores = _Scores(rows, counted, frame if listed else rest, listed=listed)
    return Population(
        share=share / share.sum(),
        score=scores.mean,
        score_variance=None if listed else scores.variance,
        score_spread=scores.spread,
    ), True


def _blank(rows: _Rows, rest: Mask) -> bool:
    return rows.names[int(rows.stratum[np.flatnonzero(rest)[0]])] == ""


class _Scores:
    """Mean score by stratum; NaN where a row that counts has none: a score that is missing is not missing by chance."""

    def __init__(self, rows: _Rows, counted: Mask, over: Mask, *, listed: bool) -> None:
        count = len(rows.names)
        self.mean: Values | None = None
        self.variance = np.zeros(count)
        self.spread = np.zeros(count)
        score = rows.table.score
        if score is None:
            return
        self.mean = np.full(count, np.nan)
        for place in range(count):
            mine = rows.stratum == place
            used, all_scored = score[mine & over], score[mine & (over | counted)]
            weight = rows.weight[mine & over]
            if len(used) and weight.sum() > 0 and np.isfinite(all_scored).all():
                mean = float(np.average(used, weights=weight))
                self.mean[place] = mean
                share = weight / weight.sum()
                self.variance[place] = 0.0 if listed else float(np.sum((share * (used - mean)) ** 2))
                self.spread[place] = float(np.var(all_scored, ddof=1)) if len(all_scored) > 1 else 0.0


def _scores_alone(rows: _Rows, over: Mask) -> float | None:
    score = rows.table.score
    if score is None:
        return None
    use = over & np.isfinite(score) & (rows.weight > 0)
    return float(np.average(score[use], weights=rows.weight[use])) if use.any() else None
