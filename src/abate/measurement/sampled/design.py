"""Drawing the items that people are to label: stratified, each with the chance it had of being drawn.

More are drawn where more can be learned: from strata with many views, whose scores say least (Neyman 1934), and never
fewer than a floor, since a classifier is most wrong where it is most sure.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat, Footing, Json
from abate.measurement.sampled.strata import Strata, cut
from abate.measurement.tables.columns import Labels

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Within = Literal["evenly", "views"]

STRATA = ("score", "views")
_DOUBT = 0.005
"""The least a stratum is believed to hold: what a classifier misses is in the strata that it calls clean."""
_FLOOR = 20
"""Labels that a stratum gets at least, where that takes no more than half of the sample."""
_LEAST = 10
"""Labels in a stratum below which no interval was simulated: where there would be fewer, the cut is coarser."""
_CUTS = ((4, 3), (4, 2), (3, 2), (2, 2), (3, 1), (2, 1))
"""Score and view bins, the finest first."""
_CERTAIN_SHARE = 4
"""At most one in so many of the drawn is drawn for certain."""
_HEAVY = 2.0
"""Items with more than so many times the views that one drawn item stands for are drawn for certain."""
_HALVINGS = 100
_TINY = 1e-9
"""Of the largest wish: so that a stratum without views still takes what nothing else can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stratum:
    """One stratum of the design."""

    name: str
    items: int
    views: int | None
    drawn: int

    def to_json(self) -> Json:
        """Return the stratum as JSON."""
        return {"stratum": self.name, "items": self.items, "views": self.views, "drawn": self.drawn}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A sample; arrays have the shape ``(items,)``, in the order of the population's rows."""

    population: Labels
    strata: Strata
    probability: Values
    """Of being drawn; 0 for what cannot be (nothing viewed, drawn by views)."""
    drawn: Mask
    summary: tuple[Stratum, ...]
    footing: Footing

    @property
    def sentence(self) -> str:
        """Return the answer in words."""
        return (
            f"{int(self.drawn.sum())} of {len(self.drawn)} items drawn from {len(self.summary)} strata. Fill in the "
            "column label where drawn is true, leave the other rows as they are, and give the file to prevalence."
        )

    def to_json(self) -> Json:
        """Return the design; the rows themselves are in the file."""
        least = self.probability[self.drawn].min()
        return self.footing.to_json() | {
            "drawn": int(self.drawn.sum()),
            "population": len(self.drawn),
            "strata": [stratum.to_json() for stratum in self.summary],
            "smallest_probability": number(float(least)),
        }


def draw_sample(
    population: Labels, size: int, *, by: tuple[str, ...] = STRATA, within: Within = "evenly", seed: int = 0
) -> Drawn:
    """Draw items to be labelled.

    :param size: how many; all, when the population has no more
    :param by: ``score``, ``views``, both or none; one that the population does not have is passed over, and said
    :param within: draw within a stratum evenly, or in proportion to views
    :raises InputError: for a size below 1, an unknown word, or nothing to draw
    """
    caveats = list(reading_caveats(population.reading))
    views = _views(population, within, caveats)
    score = population.score if population.score is not None and np.isfinite(population.score).any() else None
    _check(population, size, by)
    missing = [name for name, column in (("score", score), ("views", views)) if name in by and column is None]
    if missing:
        text = f"the population has no {' and no '.join(missing)}; the strata do without"
        caveats.append(Caveat(code="rows-skipped", text=text))
    score_bins, view_bins = _bins(size)
    certain = np.zeros(len(population), dtype=bool)
    if "views" in by and views is not None:
        certain[_certain(views, size)] = True
    strata = cut(
        score=score if "score" in by else None,
        views=views if "views" in by else None,
        score_bins=score_bins,
        view_bins=view_bins,
        certain=certain,
    )
    mass = np.ones(len(population)) if views is None else views
    counts = _allocation(strata, mass, score if "score" in by else None, size, certain)
    drawn, probability = _draw(strata, counts, mass, within, np.random.default_rng(seed))
    return Drawn(
        population=population,
        strata=strata,
        probability=probability,
        drawn=drawn,
        summary=_summary(strata, views, drawn),
        footing=Footing(
            method=f"stratified by {' and '.join(name for name in by if name not in missing) or 'nothing'}, "
            f"Neyman allocation with a floor, drawn {'evenly' if within == 'evenly' else 'by views'} within a stratum",
            assumptions=(
                "the rows of the population are all there is to be measured",
                "scores steer how many are drawn where; they need not be right",
            ),
            caveats=tuple(caveats),
            seed=seed,
        ),
    )


def _check(population: Labels, size: int, by: tuple[str, ...]) -> None:
    if size < 1:
        msg = f"--size {size} draws nothing; say how many items can be labelled"
        raise InputError(msg)
    strange = [name for name in by if name not in STRATA]
    if strange:
        msg = f"--strata {strange[0]}: choose from {', '.join(STRATA)}"
        raise InputError(msg)
    if not len(population):
        msg = "the population is empty; give its items, one a row"
        raise InputError(msg, where=population.reading.file)


def _views(population: Labels, within: Within, caveats: list[Caveat]) -> Values | None:
    """Return the views of each item; an unknown number counts as none, and is said."""
    if population.views is None or not (population.views > 0).any():
        if within == "views":
            msg = "drawing by views needs the column views; fill it in, or draw evenly"
            raise InputError(msg, where=population.reading.file)
        return None
    unknown = int((population.views < 0).sum())
    if unknown:
        text = f"{unknown} items have no views and count as seen by nobody"
        caveats.append(Caveat(code="rows-skipped", text=text))
    return np.maximum(population.views, 0).astype(np.float64)


def _bins(size: int) -> tuple[int, int]:
    """Return how many score and view bins there are when half of the sample gives every stratum its least."""
    strata = size // (2 * _LEAST) - 1  # beside the most viewed
    return next(((score, view) for score, view in _CUTS if score * view <= strata), (1, 1))


def _certain(views: Values, size: int) -> npt.NDArray[np.int64]:
    """Return the rows that hold more views than a drawn item would stand for, the largest first, a quarter at most."""
    heavy = np.flatnonzero(views > _HEAVY * views.sum() / size)
    return heavy[np.argsort(-views[heavy], kind="stable")][: size // _CERTAIN_SHARE]


def _allocation(strata: Strata, mass: Values, score: Values | None, size: int, certain: Mask) -> npt.NDArray[np.int64]:
    """Return how many to draw from each stratum; adds up to ``size``, or to everything."""
    count = len(strata.names)
    items = np.bincount(strata.place, minlength=count)
    if size >= items.sum():
        return items
    believed = np.full(count, 0.5)
    if score is not None:
        known = np.where(np.isfinite(score), score, 0.5)
        believed = np.bincount(strata.place, known, count) / items
    believed = np.clip(believed, _DOUBT, 1 - _DOUBT)
    root_mean_square = np.sqrt(np.bincount(strata.place, mass**2, count) / items)
    wish = items * root_mean_square * np.sqrt(believed * (1 - believed))
    whole = np.bincount(strata.place, certain, count) == items
    floor = np.where(whole, items, np.minimum(items, max(min(_FLOOR, size // (2 * count)), 1)))
    return _fill(wish, floor, items, size)


def _fill(wish: Values, floor: npt.NDArray[np.int64], most: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Share out ``size`` in proportion to the wishes, between floor and most of each, by largest remainder.

    Where the floors alone are more than ``size``, there are none. ``most`` adds up to more than ``size``.
    """
    if floor.sum() > size:
        floor = np.zeros_like(floor)
    wish = np.maximum(wish, wish.max() * _TINY) if wish.max() > 0 else np.ones(len(wish))
    low, high = 0.0, float((most / wish).max())
    for _ in range(_HALVINGS):
        scale = (low + high) / 2
        if np.clip(scale * wish, floor, most).sum() < size:
            low = scale
        else:
            high = scale
    got = np.clip(low * wish, floor, most)
    whole = np.floor(got).astype(np.int64)
    places = np.argsort(-(got - whole), kind="stable")
    room = places[whole[places] < most[places]]
    whole[room[: size - int(whole.sum())]] += 1
    return whole


def _draw(
    strata: Strata, counts: npt.NDArray[np.int64], mass: Values, within: Within, generator: np.random.Generator
) -> tuple[Mask, Values]:
    drawn = np.zeros(len(strata.place), dtype=bool)
    probability = np.zeros(len(strata.place))
    for at, count in enumerate(counts):
        rows = np.flatnonzero(strata.place == at)
        if within == "views" and mass[rows].sum() > 0:
            chance = proportional_chances(mass[rows], int(count))
            chosen = rows[systematic(chance, generator)]
        else:
            chance = np.full(len(rows), count / len(rows))
            chosen = generator.choice(rows, int(count), replace=False)
        probability[rows] = chance
        drawn[chosen] = True
    return drawn, probability


def proportional_chances(mass: Values, count: int) -> Values:
    """Return chances in proportion to ``mass`` that add up to ``count``; what would exceed 1 is certain.

    :param mass: shape ``(items,)``, some above zero; zero has no chance
    """
    count = min(count, int((mass > 0).sum()))
    certain = np.zeros(len(mass), dtype=bool)
    while True:
        left = count - int(certain.sum())
        rest = mass[~certain].sum()
        chance = np.where(certain, 1.0, left * mass / rest if rest > 0 else 0.0)
        over = (chance >= 1) & ~certain
        if not over.any():
            return chance
        certain |= over


def systematic(chance: Values, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the places drawn, one for each whole step of the chances added up in random order (Madow 1949)."""
    order = generator.permutation(len(chance))
    ends = np.cumsum(chance[order])
    total = round(float(ends[-1]))
    steps = generator.uniform() + np.arange(total)
    # Added-up chances end a rounding error before the whole number; the last step must still find an item.
    return order[np.minimum(np.searchsorted(ends, steps, side="right"), len(chance) - 1)]


def _summary(strata: Strata, views: Values | None, drawn: Mask) -> tuple[Stratum, ...]:
    count = len(strata.names)
    items = np.bincount(strata.place, minlength=count)
    taken = np.bincount(strata.place, drawn, count)
    seen = None if views is None else np.bincount(strata.place, views, count)
    return tuple(
        Stratum(name=name, items=int(items[at]), views=None if seen is None else int(seen[at]), drawn=int(taken[at]))
        for at, name in enumerate(strata.names)
    )
