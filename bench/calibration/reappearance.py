"""Reappearance: operators that lose several channels, heavy loss from sight, few operators, returns that are rare."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from abate.measurement.lives.reappearance import Asked, reappearance
from abate.measurement.tables.columns import Lifetimes, Words, encode
from abate.measurement.weeks import DAY, NO_TIME
from bench.calibration.scenario import Replicate, Scenario

COVERS = tuple(f"measurement/lives/{name}.py" for name in ("reappearance", "removals", "regained_audience", "spells"))
START = 1_740_787_200_000_000
MEAN_WAIT = 21.0
Row = tuple[int | str, float, float | None, float]
"""Operator, created, removed or not, last seen."""
APART = 1_000.0
"""Days between the losses of one operator in the scenarios with several: each is over before the next begins."""


def table(rows: Sequence[Row], **more: Words) -> Lifetimes:
    """Lifetimes from (operator, created, removed or None, last seen), in days."""
    operator, created, removed, last = zip(*rows, strict=True)
    micros = [
        np.array([NO_TIME if day is None else round(day * DAY) + START for day in column], dtype=np.int64)
        for column in (created, removed, last)
    ]
    return Lifetimes(
        subject=encode(str(place) for place in range(len(rows))),
        platform=encode(["p"] * len(rows)),
        operator=encode(str(one) for one in operator),
        created=micros[0],
        first_seen=micros[0],
        removed=micros[1],
        last_seen=micros[2],
        more=more,
    )


def _rows(draw: np.random.Generator, operator: int, shares: list[float], watched: float) -> Iterator[Row]:
    """One operator's losses, far apart; each is followed by a return with its share, if it is watched that long."""
    for place, share in enumerate(shares):
        lost = place * APART + draw.uniform(0, 60)
        yield operator, place * APART - 50, lost, lost
        back = lost + draw.exponential(MEAN_WAIT)
        if draw.random() < share and back < lost + watched:
            yield operator, back, None, back + 1


def _replicate(
    operators: int, *, most: int = 1, share: float = 0.3, likeness: float = 2.0, watched: float = 200.0, days: int = 30
) -> Callable[[np.random.Generator], Replicate]:
    """Operators differ in how they come back (beta, sum ``likeness``), and each loses up to ``most`` channels."""

    def replicate(draw: np.random.Generator) -> Replicate:
        rows = []
        for operator in range(operators):
            mine = draw.beta(share * likeness, (1 - share) * likeness)
            rows += _rows(draw, operator, [mine] * int(draw.integers(1, most + 1)), watched)
        answer = reappearance(table(rows), Asked(days=(days,)))
        (one,) = answer.incidence
        truth = share * -math.expm1(-days / MEAN_WAIT)
        labelled = answer.footing.calibrated is None
        return Replicate(truth=truth, value=one.value, low=one.interval[0], high=one.interval[1], labelled=labelled)

    return replicate


def _censored(operators: int, share: float, days: int) -> Callable[[np.random.Generator], Replicate]:
    """One loss each, spread over the last 120 days before the snapshot: most are not watched to the day asked for."""

    def replicate(draw: np.random.Generator) -> Replicate:
        rows = [("nobody", -10, None, 120)]
        for operator in range(operators):
            lost = draw.uniform(0, 120)
            rows.append((operator, -50, lost, lost))
            back = lost + draw.exponential(MEAN_WAIT)
            if draw.random() < share and back < 120:
                rows.append((operator, back, None, back))
        answer = reappearance(table(rows), Asked(days=(days,)))
        (one,) = answer.incidence
        truth = share * -math.expm1(-days / MEAN_WAIT)
        labelled = answer.footing.calibrated is None or one.value is None
        low, high = one.interval or (0.0, 1.0)
        return Replicate(truth=truth, value=one.value or 0.0, low=low, high=high, labelled=labelled)

    return replicate


def _audience(operators: int) -> Callable[[np.random.Generator], Replicate]:
    """The next channel regains a median of 40 %, with sizes that vary a hundredfold and differ by operator."""

    def replicate(draw: np.random.Generator) -> Replicate:
        rows, sizes = [], []
        for operator in range(operators):
            size = draw.lognormal(6, 1)
            for place in range(int(draw.integers(1, 4))):
                rows += [
                    (operator, place * APART - 50, place * APART, place * APART),
                    (operator, place * APART + 5, None, place * APART + 9),
                ]
                before = size * draw.lognormal(0, 0.5)
                sizes += [before, 0.4 * before * draw.lognormal(0, 0.8)]
        answer = reappearance(table(rows, followers=encode(f"{size:.4f}" for size in sizes)), Asked(days=(30,)))
        low, high = answer.regained.ratio.interval
        return Replicate(truth=0.4, value=answer.regained.ratio.value, low=low, high=high)

    return replicate


SCENARIOS = (
    Scenario(name="reappearance-one-loss", covers=COVERS, replicate=_replicate(60), exact=True),
    Scenario(name="reappearance-several-losses", covers=COVERS, replicate=_replicate(50, most=6), exact=True),
    Scenario(name="reappearance-few-operators", covers=COVERS, replicate=_replicate(15, most=6), exact=True),
    Scenario(name="reappearance-alike", covers=COVERS, replicate=_replicate(50, most=6, likeness=0.3), exact=True),
    Scenario(name="reappearance-rare", covers=COVERS, replicate=_replicate(80, most=3, share=0.03), exact=True),
    Scenario(name="reappearance-unwatched", covers=COVERS, replicate=_censored(80, 0.3, 90), exact=True),
    Scenario(name="reappearance-unwatched-few", covers=COVERS, replicate=_censored(25, 0.3, 30), exact=True),
    Scenario(name="reappearance-audience", covers=COVERS, replicate=_audience(40)),
    Scenario(name="reappearance-audience-few", covers=COVERS, replicate=_audience(12)),
)
