"""How many were there whom no list saw? Capture and recapture across collectors, said to be a lower bound.

A list is what one collector saw. Where two lists overlap little, much was missed by both. All estimators here assume
that a list which sees one unit sees another as easily; in truth some channels are easy to see for all and some for
none, the overlap is larger than chance, and the estimate falls short: of 5,000 it may find 3,500. Hence the lower bound
(Chao 1987). Lists that avoid each other, one by language, say, push the other way; that is looked for and warned of.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from abate.measurement.answer import Estimate
from abate.measurement.footing import Caveat, Json
from abate.measurement.weekly.log_linear import Cells, Pair, choose
from abate.numeric.intervals import LEVEL, Interval, normal_quantile

FEWEST_SHARED = 7
"""Below this overlap Chapman's estimate is biased by more than 2 % (Robson and Regier 1964), and of no use anyway."""
MOST_LISTS = 7
"""Beyond these the smallest lists are joined into one; a union of lists is a list."""
ONCE, TWICE = 1, 2
JOINED = "all others"
_AVOIDING = -3.0
"""Standard errors by which the overlap of two lists lies below chance before they are said to avoid each other."""

SENTENCE = (
    "a lower bound: what is hard to see for every list is missing from it, and the truth is as large as this or larger"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """Who saw whom."""

    names: tuple[str, ...]
    """The collectors."""
    seen: npt.NDArray[np.int64]
    """Shape ``(units,)``: bit ``k`` is set where list ``k`` saw the unit; units that no list saw are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """Two lists and what they share."""

    lists: tuple[str, str]
    shared: int
    chapman: Estimate | None
    """``None`` where they share too little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """The whole, seen and unseen, estimated from the overlap of lists."""

    observed: int
    sizes: tuple[tuple[str, int], ...]
    overlaps: tuple[Overlap, ...]
    lower_bound: float
    """The lower end of Chao's interval, rounded down: at least so many."""
    chapman: Estimate
    """Of the two lists that share most."""
    chao: Estimate
    log_linear: Estimate
    terms: tuple[tuple[str, str], ...]
    """Pairs of lists that the chosen model lets depend on each other."""
    avoiding: tuple[tuple[str, str], ...]
    """Pairs that share clearly less than chance: with these the estimate may be too high."""

    def to_json(self) -> Json:
        """Return the contract's ``hidden``, with the lists and their overlaps."""
        terms: Json = {"terms": [list(term) for term in self.terms]}
        return {
            "lower_bound": self.lower_bound,
            "estimators": {
                "chapman": self.chapman.to_json(),
                "chao": self.chao.to_json(),
                "log_linear": self.log_linear.to_json() | terms,
            },
            "observed": self.observed,
            "lists": [{"list": name, "count": count} for name, count in self.sizes],
            "overlaps": [
                {"lists": list(one.lists), "count": one.shared}
                | {"chapman": None if one.chapman is None else one.chapman.to_json()}
                for one in self.overlaps
            ],
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """Say it, and what it is not."""
        return (
            f"{self.observed} were seen by {len(self.sizes)} lists; in all there were at least "
            f"{self.lower_bound:.0f}, {SENTENCE}"
        )

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """Warn of lists that avoid each other."""
        if not self.avoiding:
            return ()
        named = " and ".join(self.avoiding[0])
        text = f"the lists {named} share less than chance would have it; the hidden total may be too high, not a bound"
        return (Caveat(code="avoiding-lists", text=text),)


def lists_of(unit: npt.NDArray[np.int64], size: int, collector: npt.NDArray[np.int32], names: Sequence[str]) -> Lists:
    """Put together who saw whom.

    :param unit: shape ``(rows,)``, in ``[0, size)``
    :param collector: shape ``(rows,)``, place in ``names``, or -1 where nobody says who saw it
    """
    there = [code for code in range(len(names)) if (collector == code).any()]
    seen_by = {code: np.zeros(size, dtype=bool) for code in there}
    for code, flags in seen_by.items():
        flags[unit[collector == code]] = True
    ranked = sorted(there, key=lambda code: (-int(seen_by[code].sum()), names[code]))
    first, rest = ranked, ranked[:0]
    if len(ranked) > MOST_LISTS:
        first, rest = ranked[: MOST_LISTS - 1], ranked[MOST_LISTS - 1 :]
    parts = [(names[code], seen_by[code]) for code in first]
    if rest:
        parts.append((JOINED, np.logical_or.reduce([seen_by[code] for code in rest])))
    seen = np.zeros(size, dtype=np.int64)
    for place, (_, flags) in enumerate(parts):
        seen |= flags.astype(np.int64) << place
    return Lists(names=tuple(name for name, _ in parts), seen=seen[seen > 0])


def hidden_total(lists: Lists) -> Hidden | str:
    """Estimate the whole from the overlap of lists.

    :return: the answer, or why there is none
    """
    if len(lists.names) < TWICE:
        return "a hidden total needs two collectors or more that saw the same platform; the column collector names them"
    cells = np.bincount(lists.seen, minlength=2 ** len(lists.names)).astype(np.float64)
    overlaps = _overlaps(lists)
    best = max(overlaps, key=lambda one: one.shared)
    if best.chapman is None:
        return f"the collectors share {best.shared} at most; {FEWEST_SHARED} are needed to estimate a hidden total"
    observed = len(lists.seen)
    unseen, variance = chao_unseen(cells)
    chao = total(observed, unseen, variance)
    assert chao.interval is not None
    model = choose(cells)
    return Hidden(
        observed=observed,
        sizes=tuple((name, int((lists.seen >> place & 1).sum())) for place, name in enumerate(lists.names)),
        overlaps=overlaps,
        lower_bound=float(math.floor(chao.interval[0])),
        chapman=best.chapman,
        chao=chao,
        log_linear=Estimate(value=None) if model is None else total(observed, model.unseen, model.variance),
        terms=_named(lists.names, () if model is None else model.pairs),
        avoiding=_named(lists.names, _avoiding(cells, lists)),
    )


def _named(names: Sequence[str], pairs: Sequence[Pair]) -> tuple[tuple[str, str], ...]:
    return tuple((names[one], names[other]) for one, other in pairs)


def _overlaps(lists: Lists) -> tuple[Overlap, ...]:
    out = []
    for one, other in combinations(range(len(lists.names)), 2):
        first, second = lists.seen >> one & 1, lists.seen >> other & 1
        shared = int((first & second).sum())
        estimate = chapman(int(first.sum()), int(second.sum()), shared) if shared >= FEWEST_SHARED else None
        out.append(Overlap(lists=(lists.names[one], lists.names[other]), shared=shared, chapman=estimate))
    return tuple(out)


def chapman(first: int, second: int, shared: int) -> Estimate:
    """Return Chapman's estimate from two lists (1951), with Seber's variance (1970) on the unseen part."""
    whole = (first + 1) * (second + 1) / (shared + 1) - 1
    spread = (first + 1) * (second + 1) * (first - shared) * (second - shared) / ((shared + 1) ** 2 * (shared + 2))
    observed = first + second - shared
    return Estimate(value=whole, interval=_interval(observed, whole - observed, spread))


def chao_unseen(cells: Cells) -> tuple[float, float]:
    """Return Chao's lower bound of the unseen for lists that differ in reach (1989), and its variance.

    With two lists it is Chapman's; with equal lists it is the better known ``f1² / 2 f2`` times (lists - 1) / lists.
    That one overshoots where lists differ in reach, which a lower bound must not.

    :param cells: how many were seen by exactly the lists whose bits are set, shape ``(2**lists,)``
    """
    times = np.array([number.bit_count() for number in range(len(cells))])
    only, twice = cells[times == ONCE], float(cells[times == TWICE].sum())
    once = float(only.sum())
    unseen = (once**2 - float((only**2).sum())) / (2 * (twice + 1))
    by_only = float((only * ((once - only) / (twice + 1)) ** 2).sum())
    return unseen, by_only + twice * (unseen / (twice + 1)) ** 2 + unseen


def total(observed: int, unseen: float, variance: float) -> Estimate:
    """Return the whole with its interval from the unseen part and its variance."""
    return Estimate(value=observed + unseen, interval=_interval(observed, unseen, variance))


def _interval(observed: int, unseen: float, variance: float) -> Interval:
    """Return the log-normal interval of the unseen part (Burnham, in Chao 1987): never below what was seen."""
    if unseen <= 0:
        return float(observed), float(observed)
    factor = math.exp(normal_quantile((1 + LEVEL) / 2) * math.sqrt(math.log1p(variance / unseen**2)))
    return observed + unseen / factor, observed + unseen * factor


def _avoiding(cells: Cells, lists: Lists) -> list[Pair]:
    """Return the pairs of lists whose interaction, given all the others, is clearly negative.

    Two lists alone cannot show it: their overlap is what the estimate is made of.
    """
    count = len(lists.names)
    if count == TWICE:
        return []
    return [one for one in combinations(range(count), 2) if _odds(cells, one) < _AVOIDING]


def _odds(cells: Cells, lists: Pair) -> float:
    """Return the log odds ratio of two lists among what the other lists saw, in standard errors."""
    one, other = (1 << place for place in lists)
    number = np.arange(len(cells))
    others = (number & ~(one | other)) > 0
    first, second = (number & one) > 0, (number & other) > 0
    both, left, right, none = (
        float(cells[others & (first == has) & (second == had)].sum()) + 0.5
        for has, had in ((True, True), (True, False), (False, True), (False, False))
    )
    spread = math.sqrt(1 / both + 1 / left + 1 / right + 1 / none)
    return math.log(both * none / (left * right)) / spread
