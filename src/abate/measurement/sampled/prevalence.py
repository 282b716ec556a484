"""Prevalence: the share of all views (or items) that fell on what violates, from a sample that people labelled.

A classifier's own count is not an estimate: at 1 % with a specificity of 98 % it says 2.8 %, always, and no amount of
data helps. Labels of a sample with known chances are one; the classifier's scores then make it narrower.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.sampled.population import Taken, Weight, rows_until, taken
from abate.measurement.sampled.rogan_gladen import Corrected, Reviewers, corrected
from abate.measurement.sampled.weighted_share import (
    CENSUS,
    EXACT,
    EXACT_FINITE,
    SampledShare,
    StratumShare,
    sampled_share,
)
from abate.measurement.tables.columns import Labels
from abate.numeric.intervals import Interval

FEW = 10
"""Labels; a stratum with fewer is named."""
ENOUGH = 10
"""Labels in each stratum from which on the interval's coverage was simulated."""
_EVENLY = 0.02
"""Effective over real sample size: below this the weights are more uneven than any that was simulated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prevalence:
    """The share, its strata, and what the scores alone would have said."""

    value: float
    interval: Interval
    labelled: int
    strata: tuple[tuple[str, StratumShare], ...]
    """Name → share, as labelled: reviewers' errors are undone for the whole only."""
    classifier_only: float | None
    weight: Weight
    effective: float
    """The number of equally weighted labels that would know as much."""
    positive: str
    as_labelled: tuple[float, Interval] | None
    """Before the reviewers' errors were undone; ``None`` where none were given."""
    total: float | None
    """Views or items in the population, where known."""
    footing: Footing

    @property
    def sentence(self) -> str:
        """Return the answer in words."""
        low, high = (f"{100 * limit:.3g}" for limit in self.interval)
        verb = "fell on" if self.weight == "views" else "are"
        return f"{100 * self.value:.3g} % [{low}, {high}] of all {self.weight} {verb} {self.positive}."

    def to_json(self) -> Json:
        """Return the contract's object."""
        violating = None
        if self.total is not None:
            violating = {
                "value": number(self.value * self.total),
                "interval": pair((self.interval[0] * self.total, self.interval[1] * self.total)),
            }
        before = None
        if self.as_labelled is not None:
            before = {"value": number(self.as_labelled[0]), "interval": pair(self.as_labelled[1])}
        return self.footing.to_json() | {
            "prevalence": number(self.value),
            "interval": pair(self.interval),
            "labelled": self.labelled,
            "strata": [_stratum_json(name, one) for name, one in self.strata],
            "classifier_only": None if self.classifier_only is None else number(self.classifier_only),
            "weight": self.weight,
            "effective_n": number(self.effective),
            "as_labelled": before,
            "violating": violating,
        }


def _stratum_json(name: str, one: StratumShare) -> Json:
    return {
        "stratum": name,
        "n": one.labelled,
        "positives": one.positives,
        "value": number(one.value),
        "interval": [0.0, 1.0] if one.limits is None else pair(one.limits.interval()),
        "method": one.method,
        "share": number(one.share),
        "lambda": number(one.tuning),
        "effective_n": number(one.effective),
    }


def prevalence(  # noqa: PLR0913 - the flags of the command, each given by name
    labels: Labels,
    positive: str,
    *,
    weight: Weight | None = None,
    population_items: int | None = None,
    population_views: int | None = None,
    reviewers: Reviewers | None = None,
    until: datetime | None = None,
    seed: int = 0,
) -> Prevalence:
    """Estimate the share of the population that carries the label ``positive``.

    :param weight: by default views where the table has them, else items
    :param population_items: how many items the population has, where its rows are not in the table
    :param population_views: how many views
    :param reviewers: how often the people who labelled are right, where that is known
    :param seed: of the draws behind the interval, where the reviewers' rates carry errors of their own
    :raises InputError: when nothing is labelled, or a number given contradicts the table
    """
    labels = rows_until(labels, until)
    sample = taken(labels, positive, weight=weight)
    total = _total(sample, labels, population_items, population_views)
    found = sampled_share(sample.labelled, sample.population)
    shown = found.limits.interval()
    after = None if reviewers is None else corrected(found.value, found.limits, reviewers, np.random.default_rng(seed))
    return Prevalence(
        value=found.value if after is None else after.value,
        interval=shown if after is None else after.interval,
        labelled=len(sample.labelled.weight),
        strata=tuple(zip(sample.names, found.strata, strict=True)),
        classifier_only=sample.classifier_only,
        weight=sample.weight,
        positive=positive,
        effective=found.effective,
        as_labelled=None if after is None else (found.value, shown),
        total=total,
        footing=_footing(labels, sample, found, reviewers, after, seed),
    )


def _total(sample: Taken, labels: Labels, items: int | None, views: int | None) -> float | None:
    """Return how much the share is a share of.

    :raises InputError: when fewer items or views are given than the table holds
    """
    held = int(labels.views[labels.views > 0].sum()) if labels.views is not None else 0
    for name, given, least in (("items", items, len(labels)), ("views", views, held)):
        if given is not None and given < least:
            msg = f"--population-{name} {given} is less than the {least} in the table; give the size of the whole"
            raise InputError(msg, where=labels.reading.file)
    given = views if sample.weight == "views" else items
    if given is not None:
        return float(given)
    return sample.total if sample.weight == "views" else sample.items


def _footing(
    labels: Labels,
    sample: Taken,
    found: SampledShare,
    reviewers: Reviewers | None,
    after: Corrected | None,
    seed: int,
) -> Footing:
    caveats = [*reading_caveats(labels.reading), *sample.caveats, *_warnings(sample, found, after)]
    calibrated = _calibrated(sample, found, reviewers)
    if calibrated is False:
        text = "the interval was not checked on samples like this one; read it as a rough guide"
        caveats.append(Caveat(code="not-calibrated", text=text))
    drawn = reviewers is not None and (reviewers.positives_tested, reviewers.negatives_tested) != (None, None)
    return Footing(
        method=f"{found.method}{'; reviewers corrected after Rogan and Gladen' if reviewers else ''}",
        assumptions=tuple(_assumptions(sample, reviewers)),
        caveats=tuple(caveats),
        calibrated=calibrated,
        seed=seed if drawn else None,
    )


def _calibrated(sample: Taken, found: SampledShare, reviewers: Reviewers | None) -> bool:
    """Say whether the interval is exact, or was simulated on samples like this one."""
    if found.unlabelled_share > 0 or (not sample.population.known and len(sample.names) > 1 and not sample.listed):
        return False
    if found.method in {EXACT, EXACT_FINITE} and reviewers is None:
        return True
    labelled = [one.labelled for one in found.strata]
    drawn = [one.labelled for one in found.strata if one.method != CENSUS]
    return min(drawn, default=ENOUGH) >= ENOUGH and found.effective >= _EVENLY * sum(labelled)


def _warnings(sample: Taken, found: SampledShare, after: Corrected | None) -> list[Caveat]:
    out = []
    bare = [name or "(none)" for name, one in zip(sample.names, found.strata, strict=True) if one.value is None]
    if bare:
        text = (
            f"no label in {', '.join(bare)}, which {'hold' if len(bare) > 1 else 'holds'} "
            f"{found.unlabelled_share:.1%} of all {sample.weight}: the answer is for the rest"
        )
        out.append(Caveat(code="small-cells", text=text))
    drawn = [(name, one) for name, one in zip(sample.names, found.strata, strict=True) if one.method != CENSUS]
    few = [name for name, one in drawn if 0 < one.labelled < FEW]
    if few and len(sample.names) > 1:
        out.append(Caveat(code="small-cells", text=f"fewer than {FEW} labels in {', '.join(few)}"))
    low, high = found.limits.interval()
    if sample.largest > (high - low) / 2:
        text = (
            f"one unlabelled item alone holds {sample.largest:.1%} of all views, more than the interval allows for; "
            "label the most viewed items too"
        )
        out.append(Caveat(code="poor-fit", text=text))
    if sample.listed is False and len(sample.names) > 1 and not sample.population.known:
        text = "neither unlabelled rows nor inclusion_probability say how large each stratum is; labels stand for it"
        out.append(Caveat(code="poor-fit", text=text))
    if after is not None and after.clipped:
        text = (
            "the labels show fewer positives than the reviewers' false alarms alone would make; check the specificity"
        )
        out.append(Caveat(code="poor-fit", text=text))
    return out


def _assumptions(sample: Taken, reviewers: Reviewers | None) -> list[str]:
    out = []
    if sample.listed:
        out.append("each item was drawn with the inclusion_probability it carries")
    else:
        out.append("within a stratum every item was equally likely to be labelled")
    out.append("what was drawn and not labelled does not differ from what was")
    if sample.items is not None:
        out.append("the rows of the table are the population")
    elif len(sample.names) > 1:
        out.append("the labelled items stand for how large each stratum is")
    if sample.population.score is not None and np.isfinite(sample.population.score).any():
        out.append("scores may be wrong in any way; they were given before the labels were known")
    if reviewers is None:
        out.append("labels are right; give --reviewer-sensitivity and --reviewer-specificity where they are not")
    elif reviewers.positives_tested is None and reviewers.negatives_tested is None:
        out.append("the reviewers' sensitivity and specificity are known without error and the same for every item")
    else:
        out.append("the reviewers' sensitivity and specificity are the same for every item as on their test")
    return out
