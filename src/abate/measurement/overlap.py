"""How much of the same content branches, languages or platforms share: zero for nothing, one for all.

Jaccard compares which signals occur, cosine in how many channels each occurs. Channels are what was sampled, so that
intervals come from leaving out blocks of channels (the grouped jackknife). A bootstrap would draw a channel twice and
another never: the sets of signals shrink, and with them what is shared, by more than the interval is wide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import number, pair
from abate.measurement.counting import weekly
from abate.measurement.counting.scope import reading_caveats, within
from abate.measurement.footing import NOT_CALIBRATED, Caveat, Footing, Json
from abate.measurement.tables.columns import Sightings, Words
from abate.numeric.intervals import LEVEL, Interval, clopper_pearson

BY = ("group", "platform", "language")
COLUMNS = ("signal", "item", "kind")
"""What overlap reads besides the columns it needs and the one it divides by."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Measure = Callable[[Any], Floats]
"""Of a sparse table of counts."""

SMALL = 10
_BLOCKS = 50
_METHOD = "Jaccard similarity of the sets of {what}; interval by leaving out blocks of channels, on the logit scale"
_ASSUMPTIONS = (
    "similarity is not command: who shares content need not take orders, nor even know the other",
    "what was seen is a sample of channels; with more channels more would be shared, so compare at equal effort",
)
_OF_ITEMS = "items were compared by their names, as no signal was given: the same content under two names is not seen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Similarity:
    """One measure of likeness for every pair; all arrays of shape ``(names, names)``, NaN where there is none."""

    values: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """What is shared by whom."""

    by: str
    what: str
    """``signal`` or ``item``."""
    names: tuple[str, ...]
    counts: tuple[int, ...]
    """Different signals of each."""
    jaccard: Similarity
    cosine: Similarity
    mix: Similarity | None
    """One minus the Jensen-Shannon divergence (base 2) of the kinds of posts, where the table has kinds."""
    footing: Footing

    @property
    def suppressed(self) -> tuple[str, ...]:
        """Return those with too few signals to be compared."""
        return tuple(name for name, count in zip(self.names, self.counts, strict=True) if count < SMALL)

    @property
    def sentence(self) -> str:
        """Name the pair that shares most."""
        pairs = pairs_of(self)
        if not pairs:
            return f"no two have {SMALL} different {self.what}s or more, so that nothing can be compared"
        (one, other), value = next(iter(pairs.items()))
        return f"most is shared by {one} and {other}: {value:.1%} of the {self.what}s that either has"

    def interval(self, one: int, other: int) -> Interval | None:
        """Return the interval of a pair's Jaccard similarity."""
        return _interval(self.jaccard, one, other)

    def to_json(self) -> Json:
        """Return the contract's object, with cosine and the mix of kinds beside it."""
        out = self.footing.to_json() | {
            "by": self.by,
            "of": self.what,
            "matrix": _matrix(self.names, self.jaccard),
            "interval": _intervals(self.names, self.jaccard),
            "cosine": {"matrix": _matrix(self.names, self.cosine), "interval": _intervals(self.names, self.cosine)},
            "counts": {
                name: count if count >= SMALL else None for name, count in zip(self.names, self.counts, strict=True)
            },
            "suppressed": list(self.suppressed),
        }
        if self.mix is not None:
            out["mix"] = {"matrix": _matrix(self.names, self.mix), "interval": _intervals(self.names, self.mix)}
        return out


def _matrix(names: Sequence[str], found: Similarity) -> Json:
    return {
        one: {other: number(float(found.values[row, place])) for place, other in enumerate(names)}
        for row, one in enumerate(names)
    }


def _intervals(names: Sequence[str], found: Similarity) -> Json:
    return {
        one: {other: pair(_interval(found, row, place)) for place, other in enumerate(names)}
        for row, one in enumerate(names)
    }


def _interval(found: Similarity, one: int, other: int) -> Interval | None:
    low, high = float(found.low[one, other]), float(found.high[one, other])
    return (low, high) if np.isfinite(low) and np.isfinite(high) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """Which channel of which part holds what; each triple once."""

    channel: Whole
    part: Whole
    thing: Whole
    parts: int
    things: int

    def counted(self, rows: npt.NDArray[np.bool_] | None = None) -> Any:  # noqa: ANN401 - scipy is published without types
        """Return in how many channels each part holds each thing, as a sparse table of shape ``(parts, things)``."""
        from scipy.sparse import csr_array  # heavy: only where something is compared

        chosen = slice(None) if rows is None else rows
        ones = np.ones(len(self.part[chosen]))
        return csr_array((ones, (self.part[chosen], self.thing[chosen])), shape=(self.parts, self.things))


def overlap(sightings: Sightings, *, by: str, until: datetime | None = None, seed: int = 0) -> Overlap:
    """Compare what groups, platforms or languages hold.

    :param by: ``group``, ``platform`` or ``language``
    :param until: the snapshot
    :param seed: of the division of channels into blocks, where there are more than fifty
    :raises InputError: for another ``by``, without a column of signals or items, or with fewer than two to compare
    """
    if by not in BY:
        msg = f"--by {by or 'nothing'}: choose from {', '.join(BY)}"
        raise InputError(msg)
    sightings = within(sightings, until, None)
    division = weekly.divide(sightings, (by,))
    names = [name[0][1] for name in division.names]
    what, things = _things(sightings)
    usable = np.array([bool(name) for name in names])[division.cell] & (things.codes >= 0)
    if len(np.unique(division.cell[usable])) < 2:  # noqa: PLR2004 - a comparison needs two
        msg = f"fewer than two values of {by!r} have a {what}; there is nothing to compare"
        raise InputError(msg, where=sightings.reading.file)
    channel = _channels(sightings)
    # Who has no name at all is not compared; parts are numbered again without it.
    kept = [place for place, name in enumerate(names) if name]
    part = np.searchsorted(kept, division.cell)
    held = _held(channel[usable], part[usable], things.codes[usable], len(kept))
    kinds = None
    if sightings.kind is not None and len(set(sightings.kind.codes[usable].tolist()) - {-1}) > 1:
        known = usable & (sightings.kind.codes >= 0)
        kinds = _held(channel[known], part[known], sightings.kind.codes[known], len(kept))
    return _answer(sightings, by, what, [names[place] for place in kept], held, kinds, seed)


def _channels(sightings: Sightings) -> Whole:
    """Return a number for each channel, shape ``(rows,)``, in the order of the names: rows may stand in any."""
    platform, channel = (_ranks(column) for column in (sightings.platform, sightings.channel))
    return platform * len(sightings.channel.names) + channel


def _ranks(column: Words) -> Whole:
    order = sorted(range(len(column.names)), key=column.names.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[column.codes]


def _things(sightings: Sightings) -> tuple[str, Words]:
    for name in ("signal", "item"):
        column: Words | None = getattr(sightings, name)
        if column is not None and (column.codes >= 0).any():
            return name, column
    msg = "overlap needs a column signal (or item) that is filled in; add it, or rename one with --map THEIRS=signal"
    raise InputError(msg, where=sightings.reading.file)


def _held(channel: Whole, part: Whole, thing: npt.NDArray[np.int32], parts: int) -> _Held:
    found, numbered = np.unique(thing, return_inverse=True)
    rows = np.unique(np.column_stack([channel, part, numbered]), axis=0)
    return _Held(channel=rows[:, 0], part=rows[:, 1], thing=rows[:, 2], parts=parts, things=len(found))


def _answer(
    sightings: Sightings, by: str, what: str, names: list[str], held: _Held, kinds: _Held | None, seed: int
) -> Overlap:
    whole = held.counted()
    counts = np.diff(whole.indptr)
    few = counts < SMALL
    shown = {"jaccard": _jaccard, "cosine": _cosine}
    found = {name: _with_intervals(held, measure, few, seed) for name, measure in shown.items()}
    caveats = [*reading_caveats(sightings.reading), *_caveats(names, counts, held), NOT_CALIBRATED]
    more = (_OF_ITEMS,) if what == "item" else ()
    return Overlap(
        by=by,
        what=what,
        names=tuple(names),
        counts=tuple(int(count) for count in counts),
        jaccard=found["jaccard"],
        cosine=found["cosine"],
        mix=None if kinds is None else _with_intervals(kinds, _mix, few, seed),
        footing=Footing(
            method=_METHOD.format(what=f"{what}s"), assumptions=_ASSUMPTIONS + more, caveats=tuple(caveats), seed=seed
        ),
    )


def _jaccard(counted: Any) -> Floats:  # noqa: ANN401 - a sparse table
    there = (counted > 0).astype(np.float64)
    shared = (there @ there.T).toarray()
    size = shared.diagonal()
    return _share(shared, size[:, None] + size[None, :] - shared)


def _cosine(counted: Any) -> Floats:  # noqa: ANN401 - a sparse table
    inner = (counted @ counted.T).toarray()
    length = np.sqrt(inner.diagonal())
    return _share(inner, length[:, None] * length[None, :])


def _mix(counted: Any) -> Floats:  # noqa: ANN401 - a sparse table
    dense = counted.toarray()
    shares = _share(dense, dense.sum(axis=1, keepdims=True))
    middle = (shares[:, None, :] + shares[None, :, :]) / 2
    likeness: Floats = 1 - (_entropy(middle) - (_entropy(shares)[:, None] + _entropy(shares)[None, :]) / 2)
    return np.clip(likeness, 0.0, 1.0)


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = part / whole
    return share


def _entropy(shares: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(shares > 0, -shares * np.log2(shares), 0.0)
    total: Floats = parts.sum(axis=-1)
    return np.where(np.isnan(shares).any(axis=-1), np.nan, total)


def _with_intervals(held: _Held, measure: Measure, few: npt.NDArray[np.bool_], seed: int) -> Similarity:
    whole = held.counted()
    values = measure(whole)
    channels = np.unique(held.channel)
    block_of = np.random.default_rng(seed).permutation(len(channels)) % _BLOCKS
    block = block_of[np.searchsorted(channels, held.channel)]
    count = min(len(channels), _BLOCKS)
    left = np.array([measure(whole - held.counted(block == place)) for place in range(count)])
    spread = np.sqrt((count - 1) / count * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    # A part that lies in one block alone has nothing left without it: no interval then.
    own = np.array([len(np.unique(block[held.part == part])) for part in range(held.parts)])
    freedom = np.minimum(own[:, None], own[None, :]) - 1
    low, high = _bounds(values, spread, freedom)
    hidden = few[:, None] | few[None, :]
    np.fill_diagonal(low, 1.0)
    np.fill_diagonal(high, 1.0)
    values, low, high = (np.where(hidden, np.nan, table) for table in (values, low, high))
    return Similarity(values=values, low=low, high=high)


def _bounds(values: Floats, spread: Floats, freedom: Whole) -> tuple[Floats, Floats]:
    """Return the limits on the logit scale; at 0 and 1, where it has no value, those of so many channels at random."""
    from scipy.special import expit, stdtrit  # heavy: only where something is compared

    low, high = np.full_like(values, np.nan), np.full_like(values, np.nan)
    for place in zip(*np.nonzero(np.isfinite(values) & (freedom > 0)), strict=True):
        value, error = float(values[place]), float(spread[place])
        if 0 < value < 1 and np.isfinite(error):
            logit = np.log(value / (1 - value))
            reach = stdtrit(freedom[place], (1 + LEVEL) / 2) * error / (value * (1 - value))
            low[place], high[place] = expit(logit - reach), expit(logit + reach)
        elif value in {0.0, 1.0}:
            trials = int(freedom[place]) + 1
            low[place], high[place] = clopper_pearson(trials * value, trials)
    return low, high


def _caveats(names: Sequence[str], counts: Whole, held: _Held) -> list[Caveat]:
    out = []
    small = [name for name, count in zip(names, counts, strict=True) if count < SMALL]
    if small:
        text = f"fewer than {SMALL} different ones seen of {', '.join(small)}: suppressed"
        out.append(Caveat(code="small-cells", text=text))
    alone = [name for part, name in enumerate(names) if len(np.unique(held.channel[held.part == part])) == 1]
    if alone:
        text = f"a single channel stands for {', '.join(alone)}: no interval can be given"
        out.append(Caveat(code="small-cells", text=text))
    return out


def pairs_of(answer: Overlap) -> Mapping[tuple[str, str], float]:
    """Return the Jaccard similarity of each pair that is shown, the most alike first."""
    found = {
        (answer.names[one], answer.names[other]): float(answer.jaccard.values[one, other])
        for one in range(len(answer.names))
        for other in range(one + 1, len(answer.names))
        if np.isfinite(answer.jaccard.values[one, other])
    }
    return dict(sorted(found.items(), key=lambda item: -item[1]))
