"""Stance: which share of replies carries a label before and after a date, by channel in aggregate only.

A share can fall because supporters left and because those who stayed changed; the two are told apart by channel, the
smallest thing looked at. No account is read. Whoever was removed is gone from the replies, not from the world: leavers
removed are not minds changed; and replies are not the public, so that surveys stand beside them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.measurement.answer import Estimate
from abate.measurement.counting.scope import reading_caveats
from abate.measurement.footing import Caveat, Footing, Json, finite
from abate.measurement.sampled.population import labelled_rows, positives, rows_until, take
from abate.measurement.sampled.ppi import tuned
from abate.measurement.sampled.units import SMALLEST, Split, Sums, split, units_of
from abate.measurement.sampled.weighted_share import NEAR_ZERO
from abate.measurement.tables.columns import Labels, Surveys
from abate.measurement.weeks import NO_TIME, to_micros, to_moment
from abate.numeric.confidence import exact_limits
from abate.numeric.intervals import LEVEL

ENOUGH_CHANNELS = 30
"""Channels, in effect, from which on the interval's coverage was simulated."""
_PERIODS = ("before", "after")
_SHARES = (*_PERIODS, "change", "within", "composition")
_BOUNDS = {"before": (0, 1), "after": (0, 1), "change": (-1, 1), "within": (-1, 1), "composition": (-2, 2)}
"""Between which each can lie: composition is a change less another, so that either may be as large as it can."""
_REPLICATES = 1_000
_CELLS = 4_000_000
"""Replicates times channels held at once: a few times 32 MB."""
_NO_CHANNEL = ""
_LIMIT = "Replies are not the public: who replies chose to, and who was removed cannot."
_LEAVERS = (
    "Leavers removed are not minds changed: only the part within channels can be a change of mind, and need not be."
)
_ASSUMPTIONS = (
    "labels are right",
    "within a channel and period every reply was equally likely to be labelled, or carries its inclusion_probability",
    "channels are drawn from many like them: the interval is a bootstrap over channels",
    "who was at work in a channel before and after are not the same people; no account is looked at",
    f"a channel with fewer than {SMALLEST} labelled replies in a period is pooled with others that stayed, left, came",
)

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What people answered when somebody asked."""

    date: datetime
    question: str
    share: float
    margin: float
    source: str = ""

    def to_json(self) -> Json:
        """Return the survey as the contract writes it."""
        return {
            "date": self.date.date().isoformat(),
            "question": self.question,
            "share": finite(self.share),
            "margin": finite(self.margin),
            "source": self.source,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Stance:
    """Shares before and after, and what the change is made of."""

    positive: str
    before: Estimate
    after: Estimate
    change: Estimate
    within: Estimate
    composition: Estimate
    labelled: tuple[int, int]
    channels: dict[str, int]
    """How many stayed, left and arrived."""
    tuning: float
    surveys: tuple[Survey, ...]
    hidden: tuple[str, ...]
    """The shares that are not shown: a period with too few labelled replies, and what would give it away."""
    footing: Footing

    @property
    def sentence(self) -> str:
        """Return the answer in words."""
        told = [_told(name, one) for name, one in (("Before", self.before), ("after", self.after))]
        parts = [
            _told(name, one, points=True)
            for name, one in (
                ("change", self.change),
                ("within channels", self.within),
                ("composition", self.composition),
            )
        ]
        return f"{', '.join(told)} of replies labelled {self.positive}; {', '.join(parts)}. {_LEAVERS} {_LIMIT}"

    def to_json(self) -> Json:
        """Return the contract's object."""
        return self.footing.to_json() | {
            **{name: self._shown(name) for name in _SHARES},
            "labelled": {
                name: None if name in self.hidden else count
                for name, count in zip(_PERIODS, self.labelled, strict=True)
            },
            "channels": self.channels,
            "lambda": finite(self.tuning),
            "surveys": [survey.to_json() for survey in self.surveys],
            "sentences": [_LEAVERS, _LIMIT],
        }

    def _shown(self, name: str) -> Json:
        one: Estimate = getattr(self, name)
        return one.to_json() | {"suppressed": True} if name in self.hidden else one.to_json()


def _told(name: str, one: Estimate, *, points: bool = False) -> str:
    if one.value is None or one.interval is None:
        return f"{name} not shown"
    low, high = one.interval
    unit = " points" if points else " %"
    return f"{name} {100 * one.value:.3g}{unit} [{100 * low:.3g}, {100 * high:.3g}]"


def stance(
    labels: Labels,
    positive: str,
    start: datetime,
    *,
    surveys: Surveys | None = None,
    until: datetime | None = None,
    suppress_below: int | None = None,
    seed: int = 0,
) -> Stance:
    """Compare the share of replies labelled ``positive`` before and from ``start`` on.

    :param suppress_below: hide a period with fewer labelled replies, and what would give it away; by default 10
    :param seed: of the bootstrap over channels
    :raises InputError: when a column is missing, or a period has no label
    """
    kept, found = _dated(labels, until)
    period = (cast("npt.NDArray[np.int64]", kept.posted_at) >= to_micros(start)).astype(np.int64)
    said = labelled_rows(kept)
    _require_both(kept, period[said], start)
    yes, unused = positives(kept, positive)
    sums, tuning, counts = _sums(kept, period, said, yes)
    generator = np.random.default_rng(seed)
    channels = len(sums.unit)
    point = split(sums, np.ones((1, channels)), tuning)
    again = _again(sums, tuning, generator)
    hits = np.array([[(yes & said & (period == at)).sum(), (said & (period == at)).sum()] for at in (0, 1)])
    effective = _effective(sums.replies)
    hidden = _hidden(hits[:, 1], SMALLEST if suppress_below is None else suppress_below)
    shown = _estimates(point, again, hits, effective) | {name: Estimate(value=None) for name in hidden}
    thin = effective < ENOUGH_CHANNELS
    caveats = [
        *reading_caveats(labels.reading),
        *found,
        *unused,
        *_warnings(sums, hits, thin=thin, hidden=bool(hidden)),
    ]
    return Stance(
        positive=positive,
        labelled=(int(hits[0, 1]), int(hits[1, 1])),
        channels=counts,
        tuning=tuning,
        hidden=hidden,
        surveys=() if surveys is None else _surveys(surveys),
        footing=Footing(
            method="share of labelled replies by channel"
            + (", prediction-powered (PPI++)" if tuning else "")
            + "; Kitagawa's split among the channels that stayed; bootstrap over channels",
            assumptions=_ASSUMPTIONS,
            caveats=tuple(caveats),
            calibrated=not thin,
            seed=seed,
        ),
        **shown,
    )


def _dated(labels: Labels, until: datetime | None) -> tuple[Labels, list[Caveat]]:
    for name in ("posted_at", "channel"):
        column = getattr(labels, name)
        if column is None:
            msg = f"stance needs the column {name} beside the labels; add it, or rename one with --map THEIRS={name}"
            raise InputError(msg, where=labels.reading.file)
    labels = rows_until(labels, until)
    assert labels.posted_at is not None
    assert labels.channel is not None
    keep = (labels.posted_at != NO_TIME) & (labels.channel.codes >= 0)
    if not keep.any():
        msg = "no row has both a channel and a posted_at; fill them in"
        raise InputError(msg, where=labels.reading.file)
    if keep.all():
        return labels, []
    text = f"{int((~keep).sum())} of {len(labels)} rows have no channel or no posted_at and were left out"
    return take(labels, keep), [Caveat(code="rows-skipped", text=text)]


def _require_both(labels: Labels, period: npt.NDArray[np.int64], start: datetime) -> None:
    for at, name in ((0, "before"), (1, "from")):
        if not (period == at).any():
            assert labels.posted_at is not None
            first, last = (to_moment(int(edge)).date() for edge in (labels.posted_at.min(), labels.posted_at.max()))
            msg = f"no labelled reply was posted {name} --start {start.date()}; the rows run from {first} to {last}"
            raise InputError(msg, where=labels.reading.file)


def _sums(
    labels: Labels, period: npt.NDArray[np.int64], said: npt.NDArray[np.bool_], yes: npt.NDArray[np.bool_]
) -> tuple[Sums, float, dict[str, int]]:
    assert labels.channel is not None
    names, channel = np.unique(labels.channel.codes, return_inverse=True)
    place = 2 * channel + period
    size = 2 * len(names)
    weight = np.ones(len(labels))
    if labels.inclusion_probability is not None and np.isfinite(labels.inclusion_probability[said]).all():
        weight = 1 / np.where(said, labels.inclusion_probability, 1.0)

    def added(values: Values, rows: npt.NDArray[np.bool_]) -> Values:
        return np.bincount(place[rows], values[rows], size).reshape(-1, 2).astype(np.float64)

    everything = np.ones(len(labels), dtype=bool)
    # Where every row is labelled, the sample is all there is to say how large a channel is.
    frame, mass = (said, weight) if said.all() else (everything, np.ones(len(labels)))
    replies = added(mass, frame)
    count = added(np.ones(len(labels)), said)
    scored = labels.score is not None and bool(np.isfinite(labels.score).all()) and not said.all()
    score = labels.score if scored and labels.score is not None else np.zeros(len(labels))
    unit, stayed = units_of(replies, count)
    there = replies > 0
    counts = {
        "stayed": int(there.all(axis=1).sum()),
        "left": int((there[:, 0] & ~there[:, 1]).sum()),
        "arrived": int((there[:, 1] & ~there[:, 0]).sum()),
    }
    sums = Sums(
        replies=replies,
        labelled=added(weight, said),
        count=count,
        positive=added(weight * yes, said),
        labelled_score=added(weight * score, said),
        score=added(mass * score, frame),
        unit=unit,
        stayed=stayed,
    )
    share = weight[said] / weight[said].sum()
    hits = int((yes & said).sum())
    enough = NEAR_ZERO <= hits <= int(said.sum()) - NEAR_ZERO
    tuning = tuned(yes[said].astype(np.float64), score[said], share) if scored and enough else 0.0
    return sums, tuning, counts


def _again(sums: Sums, tuning: float, generator: np.random.Generator) -> Split:
    """Draw the channels again, as many at once as memory bears."""
    channels = len(sums.unit)
    batch = max(_CELLS // channels, 1)
    parts = []
    for first in range(0, _REPLICATES, batch):
        size = min(batch, _REPLICATES - first)
        drawn = generator.multinomial(channels, np.full(channels, 1 / channels), size=size)
        parts.append(split(sums, drawn.astype(np.float64), tuning))
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("before", "after", "within")}
    return Split(**joined)


def _effective(replies: Values) -> float:
    """Return how many channels of equal size would vary as much as these.

    It is the smaller of the numbers in the two periods, and among those that stayed, where any did.
    """
    stayed = replies[(replies > 0).all(axis=1)]
    sizes = [part for part in (replies, stayed) if len(part)]
    return float(min(np.min(part.sum(axis=0) ** 2 / (part**2).sum(axis=0)) for part in sizes))


def _estimates(point: Split, again: Split, hits: npt.NDArray[np.int64], effective: float) -> dict[str, Estimate]:
    """Put intervals around the point estimates: as wide as the draws vary, by Student's quantile for few channels."""
    from scipy.special import stdtrit  # heavy: only where a number is asked for

    # A bootstrap of few channels varies too little by one part in their number, and Student's quantile allows for a
    # spread that was itself found on few.
    wide = float(stdtrit(max(effective - 1, 1.0), (1 + LEVEL) / 2))
    wide *= float(np.sqrt(effective / max(effective - 1, 1.0)))
    shown = {}
    for name in ("before", "after", "change", "within", "composition"):
        value, drawn = float(getattr(point, name)[0]), getattr(again, name)
        drawn = drawn[np.isfinite(drawn)]
        if not np.isfinite(value) or len(drawn) < 2:  # noqa: PLR2004 - no spread in one
            shown[name] = Estimate(value=None)
            continue
        half = wide * float(np.std(drawn, ddof=1))
        least, most = _BOUNDS[name]
        interval = (max(value - half, least), min(value + half, most))
        shown[name] = Estimate(value=value, interval=interval)
    for at, name in enumerate(("before", "after")):
        shown[name] = _near_the_edge(shown[name], int(hits[at, 0]), int(hits[at, 1]))
    return shown


def _hidden(labelled: npt.NDArray[np.int64], least: int) -> tuple[str, ...]:
    """Return what is not shown: the change beside one share would give the other away."""
    few = tuple(name for name, count in zip(_PERIODS, labelled, strict=True) if count < least)
    return (*few, *_SHARES[len(_PERIODS) :]) if few else ()


def _near_the_edge(one: Estimate, k: int, n: int) -> Estimate:
    """Widen to the exact interval where positives or negatives are a handful: no spread is seen in what hardly is."""
    if SMALLEST <= k <= n - SMALLEST or one.value is None:
        return one
    exact = exact_limits(k, n).interval()
    low, high = exact if one.interval is None else one.interval
    return Estimate(value=one.value, interval=(min(low, exact[0]), max(high, exact[1])))


def _warnings(sums: Sums, hits: npt.NDArray[np.int64], *, thin: bool, hidden: bool) -> list[Caveat]:
    out = []
    for at, name in enumerate(_PERIODS):
        if hits[at, 1] < SMALLEST:
            text = f"fewer than {SMALLEST} labelled replies {name} the date"
            out.append(Caveat(code="small-cells", text=f"{text}; what rests on them is not shown" if hidden else text))
    bare = (sums.count == 0) & (sums.replies > 0)
    pooled = np.zeros(2)
    for unit in range(len(sums.stayed)):
        mine = sums.unit == unit
        for at in (0, 1):
            if mine.any() and not sums.count[mine, at].any():
                pooled[at] += sums.replies[mine, at].sum()
    lost = float((pooled / np.maximum(sums.replies.sum(axis=0), 1)).max())
    if bare.any() and lost > 0:
        out.append(Caveat(code="small-cells", text=f"up to {lost:.1%} of replies are in channels without any label"))
    if thin:
        text = f"{len(sums.unit)} channels, of which few hold most replies, are too few for a bootstrap over channels"
        out.append(Caveat(code="not-calibrated", text=text))
    return out


def _surveys(surveys: Surveys) -> tuple[Survey, ...]:
    order = np.argsort(surveys.date, kind="stable")
    return tuple(
        Survey(
            date=to_moment(int(surveys.date[row])),
            question=surveys.question.text(row),
            share=float(surveys.share[row]),
            margin=float(surveys.margin[row]),
            source="" if surveys.source is None else surveys.source.text(row),
        )
        for row in map(int, order)
    )
