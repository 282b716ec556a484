"""Prevalence at 1 % and below, with classifiers and reviewers that err, heavy views and samples drawn by abate."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from abate.measurement.sampled.design import Within, draw_sample
from abate.measurement.sampled.prevalence import Prevalence, prevalence
from abate.measurement.sampled.rogan_gladen import Reviewers
from abate.measurement.tables.columns import Labels, Words
from bench.calibration.scenario import Replicate, Scenario

COVERS = (
    "measurement/sampled/prevalence.py",
    "measurement/sampled/population.py",
    "measurement/sampled/ppi.py",
    "measurement/sampled/rogan_gladen.py",
    "measurement/sampled/weighted_share.py",
    "numeric/confidence.py",
)
DRAWN = (*COVERS, "measurement/sampled/design.py", "measurement/sampled/strata.py")
SENSITIVITY, SPECIFICITY = 0.85, 0.98
ITEMS = 30_000
LABELS = ("bad", "fine")


@cache
def names(count: int) -> tuple[str, ...]:
    return tuple(f"i{place}" for place in range(count))


class World:
    """Items with views, a truth and the score of a classifier that errs."""

    def __init__(
        self,
        draw: np.random.Generator,
        *,
        share: float = 0.01,
        heavy: float = 0.0,
        items: int = ITEMS,
        flags: bool = True,
    ) -> None:
        self.draw = draw
        self.bad = draw.random(items) < share
        # What violates is seen a little more often than the rest, which is what makes weights treacherous.
        self.views = np.maximum(
            np.exp(5 + heavy * draw.standard_normal(items) + 0.3 * heavy * self.bad).astype(np.int64), 1
        )
        if flags:
            self.score = erring(draw, self.bad, SENSITIVITY, SPECIFICITY).astype(np.float64)
        else:
            self.score = 1 / (1 + np.exp(-(3.0 * (draw.standard_normal(items) + 2.5 * self.bad) - 6.5)))

    def truth(self, weight: str) -> float:
        mass = self.views if weight == "views" else np.ones(len(self.views))
        return float(np.average(self.bad, weights=mass))

    def table(
        self,
        drawn: np.ndarray,
        *,
        stratum: np.ndarray | None = None,
        strata: Sequence[str] = (),
        chance: np.ndarray | None = None,
        said: np.ndarray | None = None,
        scores: bool = True,
    ) -> Labels:
        shown = self.bad if said is None else said
        codes = np.full(len(self.bad), -1, dtype=np.int32)
        codes[drawn] = np.where(shown[drawn], 0, 1)
        return Labels(
            item=Words(codes=np.arange(len(self.bad), dtype=np.int32), names=names(len(self.bad))),
            stratum=None if stratum is None else Words(codes=stratum.astype(np.int32), names=tuple(strata)),
            views=self.views,
            inclusion_probability=chance,
            label=Words(codes=codes, names=LABELS),
            score=self.score if scores else None,
        )


def erring(draw: np.random.Generator, bad: np.ndarray, sensitivity: float, specificity: float) -> np.ndarray:
    return draw.random(len(bad)) < np.where(bad, sensitivity, 1 - specificity)


def told(answer: Prevalence, truth: float) -> Replicate:
    return Replicate(
        truth=truth,
        value=answer.value,
        low=answer.interval[0],
        high=answer.interval[1],
        labelled=answer.footing.calibrated is not True,
    )


def plain(
    draw: np.random.Generator, *, labels: int, scores: bool, share: float = 0.01, heavy: float = 0.0, flags: bool = True
) -> Replicate:
    """A simple random sample."""
    world = World(draw, share=share, heavy=heavy, flags=flags)
    weight = "views" if heavy else "items"
    drawn = draw.choice(ITEMS, labels, replace=False)
    return told(prevalence(world.table(drawn, scores=scores), "bad", weight=weight), world.truth(weight))


def flagged(draw: np.random.Generator, *, labels: int) -> Replicate:
    """As many labels of what the classifier flags as of what it does not."""
    world = World(draw)
    stratum = world.score.astype(np.int64)
    chance = np.zeros(ITEMS)
    parts = []
    for place in (0, 1):
        rows = np.flatnonzero(stratum == place)
        size = min(labels // 2, len(rows))
        parts.append(draw.choice(rows, size, replace=False))
        chance[rows] = size / len(rows)
    table = world.table(np.concatenate(parts), stratum=stratum, strata=("clean", "flagged"), chance=chance)
    return told(prevalence(table, "bad", weight="items"), world.truth("items"))


def many_strata(draw: np.random.Generator, *, labels: int = 50) -> Replicate:
    """Twenty strata of uneven size with as many labels each: most see no positive at all."""
    world = World(draw)
    sizes = draw.dirichlet(np.full(20, 3.0))
    stratum = draw.choice(20, ITEMS, p=sizes)
    parts = [
        draw.choice(rows, min(labels, len(rows)), replace=False)
        for rows in (np.flatnonzero(stratum == at) for at in range(20))
    ]
    table = world.table(np.concatenate(parts), stratum=stratum, strata=[f"s{at:02d}" for at in range(20)], scores=False)
    return told(prevalence(table, "bad", weight="items"), world.truth("items"))


def in_the_heaviest(draw: np.random.Generator, *, labels: int = 50) -> Replicate:
    """All that violates sits in the largest of twenty strata, which has no more labels than the others."""
    world = World(draw, share=0.0)
    stratum = draw.choice(20, ITEMS, p=draw.dirichlet(np.ones(20)))
    places = [np.flatnonzero(stratum == at) for at in range(20)]
    world.bad[draw.choice(max(places, key=len), ITEMS // 100, replace=False)] = True
    parts = [draw.choice(rows, min(labels, len(rows)), replace=False) for rows in places]
    table = world.table(np.concatenate(parts), stratum=stratum, strata=[f"s{at:02d}" for at in range(20)], scores=False)
    return told(prevalence(table, "bad", weight="items"), world.truth("items"))


def nearly_whole(
    draw: np.random.Generator, *, bad: int, strata: int = 10, items: int = 25, labels: int = 20
) -> Replicate:
    """Small strata, of which most is labelled: what is hidden hides in a few items."""
    world = World(draw, share=0.0, items=strata * items)
    world.bad[draw.choice(strata * items, bad, replace=False)] = True
    stratum = np.repeat(np.arange(strata), items)
    parts = [draw.choice(np.flatnonzero(stratum == at), labels, replace=False) for at in range(strata)]
    table = world.table(
        np.concatenate(parts),
        stratum=stratum,
        strata=[f"s{at}" for at in range(strata)],
        chance=np.full(strata * items, labels / items),
        scores=False,
    )
    return told(prevalence(table, "bad", weight="items"), world.truth("items"))


def drawn_by_abate(
    draw: np.random.Generator,
    *,
    size: int,
    within: Within,
    share: float = 0.01,
    flags: bool = False,
    heavy: float = 1.5,
) -> Replicate:
    """From the population through ``sample`` and the labels to the answer."""
    world = World(draw, share=share, heavy=heavy, flags=flags)
    whole = world.table(np.empty(0, dtype=np.int64))
    sample = draw_sample(whole, size, within=within, seed=int(draw.integers(1 << 30)))
    chance = np.where(sample.probability > 0, sample.probability, np.nan)
    table = world.table(
        np.flatnonzero(sample.drawn), stratum=sample.strata.place, strata=sample.strata.names, chance=chance
    )
    return told(prevalence(table, "bad", weight="views"), world.truth("views"))


def reviewed(draw: np.random.Generator, *, labels: int, tested: tuple[int, int] | None) -> Replicate:
    """Reviewers who err, at rates that are known, or were found on a test."""
    world = World(draw)
    said = erring(draw, world.bad, SENSITIVITY, SPECIFICITY)
    table = world.table(draw.choice(ITEMS, labels, replace=False), said=said, scores=False)
    if tested is None:
        reviewers = Reviewers(sensitivity=SENSITIVITY, specificity=SPECIFICITY)
    else:
        reviewers = Reviewers(
            sensitivity=draw.binomial(tested[0], SENSITIVITY) / tested[0],
            specificity=draw.binomial(tested[1], SPECIFICITY) / tested[1],
            positives_tested=tested[0],
            negatives_tested=tested[1],
        )
    answer = prevalence(table, "bad", weight="items", reviewers=reviewers, seed=int(draw.integers(1 << 30)))
    return told(answer, world.truth("items"))


def _scenario(name: str, replicate, *, exact: bool = True, covers: tuple[str, ...] = COVERS) -> Scenario:  # noqa: ANN001 - a lambda
    return Scenario(name=f"prevalence-{name}", covers=covers, replicate=replicate, exact=exact)


SCENARIOS: tuple[Scenario, ...] = (
    _scenario("labels-only", lambda draw: plain(draw, labels=2_000, scores=False)),
    _scenario("scores", lambda draw: plain(draw, labels=2_000, scores=True)),
    _scenario("scores-few-labels", lambda draw: plain(draw, labels=500, scores=True)),
    _scenario("scores-graded", lambda draw: plain(draw, labels=1_000, scores=True, flags=False)),
    _scenario("views-heavy", lambda draw: plain(draw, labels=2_000, scores=False, heavy=1.0)),
    _scenario("views-heavier-scores", lambda draw: plain(draw, labels=2_000, scores=True, heavy=1.5, flags=False)),
    _scenario("one-in-a-thousand", lambda draw: plain(draw, labels=1_000, scores=True, share=0.001)),
    _scenario("ten-percent-scores", lambda draw: plain(draw, labels=600, scores=True, share=0.1, flags=False)),
    _scenario("none", lambda draw: plain(draw, labels=500, scores=True, share=0.0)),
    _scenario("flag-strata", lambda draw: flagged(draw, labels=2_000)),
    _scenario("flag-strata-few-labels", lambda draw: flagged(draw, labels=400)),
    _scenario("many-strata", many_strata),
    _scenario("many-strata-few-labels", lambda draw: many_strata(draw, labels=12)),
    _scenario("in-the-heaviest-stratum", in_the_heaviest),
    _scenario("in-the-heaviest-stratum-few-labels", lambda draw: in_the_heaviest(draw, labels=12)),
    _scenario("nearly-whole-one", lambda draw: nearly_whole(draw, bad=1)),
    _scenario("nearly-whole-three", lambda draw: nearly_whole(draw, bad=3)),
    _scenario("nearly-whole-thirty", lambda draw: nearly_whole(draw, bad=30)),
    _scenario("drawn", lambda draw: drawn_by_abate(draw, size=1_000, within="evenly"), covers=DRAWN),
    _scenario("drawn-flags", lambda draw: drawn_by_abate(draw, size=1_000, within="evenly", flags=True), covers=DRAWN),
    _scenario("drawn-few", lambda draw: drawn_by_abate(draw, size=300, within="evenly"), covers=DRAWN),
    _scenario("drawn-fewer", lambda draw: drawn_by_abate(draw, size=120, within="evenly", share=0.05), covers=DRAWN),
    _scenario("drawn-by-views", lambda draw: drawn_by_abate(draw, size=1_000, within="views"), covers=DRAWN),
    _scenario("reviewers-known", lambda draw: reviewed(draw, labels=2_000, tested=None)),
    _scenario("reviewers-tested", lambda draw: reviewed(draw, labels=2_000, tested=(200, 1_000))),
)
