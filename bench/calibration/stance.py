"""Stance before and after: minds that change, supporters who leave, both, neither; with and without scores."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from abate.measurement.sampled.stance import stance
from abate.measurement.tables.columns import Labels, Words
from abate.measurement.weeks import DAY, to_micros
from bench.calibration.scenario import Replicate, Scenario

COVERS = ("measurement/sampled/stance.py", "measurement/sampled/units.py", "measurement/sampled/ppi.py")
START = datetime(2025, 5, 5, tzinfo=UTC)
LABELS = ("supportive", "neutral", "opposed")


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Channels like these; what is asked is what the mean over very many of them would show."""

    channels: int = 80
    replies: float = 200.0
    uneven: float = 0.5
    """Spread of the logarithm of channel sizes."""
    share: float = 0.4
    concentration: float = 8.0
    """Channels differ in their share as draws from a beta distribution of this size."""
    moved: float = 0.0
    """By how much the share of each channel falls."""
    leaving: float = 0.0
    """Of the channels more supportive than most, how many leave."""
    labelled: float = 0.15
    scores: bool = True


def simulate(draw: np.random.Generator, world: World) -> tuple[Labels, dict[str, float]]:
    count = world.channels
    size = draw.lognormal(np.log(world.replies), world.uneven, (count, 1)) * draw.lognormal(0, 0.1, (count, 2))
    share = draw.beta(world.share * world.concentration, (1 - world.share) * world.concentration, count)
    both = np.stack([share, np.clip(share - world.moved, 0, 1)], axis=1)
    gone = (share > world.share) & (draw.random(count) < world.leaving)
    size[gone, 1] = 0
    replies = draw.poisson(size)
    channel, period = np.divmod(np.repeat(np.arange(2 * count), replies.ravel()), 2)
    positive = draw.random(len(channel)) < both[channel, period]
    codes = np.where(positive, 0, 1 + draw.integers(0, 2, len(channel))).astype(np.int32)
    codes[draw.random(len(channel)) >= world.labelled] = -1
    score = np.clip(0.5 + 0.25 * (2 * positive - 1) + 0.2 * draw.standard_normal(len(channel)), 0, 1)
    offset = draw.integers(1, 50 * DAY, len(channel))
    table = Labels(
        item=Words(codes=np.arange(len(channel), dtype=np.int32), names=range(len(channel))),  # type: ignore[arg-type]  # names are never read
        label=Words(codes=codes, names=LABELS),
        score=score if world.scores else None,
        channel=Words(codes=channel.astype(np.int32), names=[f"c{at}" for at in range(count)]),
        posted_at=to_micros(START) + np.where(period == 1, offset, -offset),
    )
    return table, _expected(draw, world)


_KNOWN: dict[World, dict[str, float]] = {}


def _expected(draw: np.random.Generator, world: World) -> dict[str, float]:
    """Return what a million channels would show. Sizes do not depend on the share, so that they cancel."""
    del draw  # the truth must not depend on the replicate
    if world not in _KNOWN:
        fixed = np.random.default_rng(1)
        share = fixed.beta(world.share * world.concentration, (1 - world.share) * world.concentration, 1_000_000)
        after = np.clip(share - world.moved, 0, 1)
        left = np.where(share > world.share, world.leaving, 0.0)
        stay = 1 - left
        before, now = float(share.mean()), float(np.average(after, weights=stay))
        within = float(np.average(after - share, weights=stay))
        _KNOWN[world] = {
            "before": before,
            "after": now,
            "change": now - before,
            "within": within,
            "composition": now - before - within,
        }
    return _KNOWN[world]


def measured(draw: np.random.Generator, world: World, what: str) -> Replicate:
    table, truth = simulate(draw, world)
    answer = stance(table, "supportive", START, seed=int(draw.integers(1 << 30)))
    estimate = getattr(answer, what)
    assert estimate.value is not None
    assert estimate.interval is not None
    return Replicate(
        truth=truth[what],
        value=estimate.value,
        low=estimate.interval[0],
        high=estimate.interval[1],
        labelled=answer.footing.calibrated is not True,
    )


def _scenario(name: str, world: World, what: str, *, null: bool = False) -> Scenario:
    return Scenario(
        name=f"stance-{name}-{what}", covers=COVERS, replicate=lambda draw: measured(draw, world, what), null=null
    )


STILL, LEFT = World(), World(leaving=0.6)
SCENARIOS: tuple[Scenario, ...] = (
    _scenario("nothing", STILL, "change", null=True),
    _scenario("nothing", STILL, "within", null=True),
    _scenario("nothing", STILL, "composition", null=True),
    _scenario("nothing", STILL, "before"),
    _scenario("supporters-left", LEFT, "within", null=True),
    _scenario("supporters-left", LEFT, "composition"),
    _scenario("supporters-left", LEFT, "change"),
    _scenario("minds-changed", World(moved=0.1), "within"),
    _scenario("both", World(moved=0.1, leaving=0.6), "composition"),
    _scenario("both", World(moved=0.1, leaving=0.6), "within"),
    _scenario("no-scores", World(scores=False, moved=0.05), "change"),
    _scenario("uneven", World(uneven=1.0, moved=0.05, channels=150), "within"),
    _scenario("small-channels", World(replies=40, channels=80, moved=0.05), "within"),
    _scenario("few-channels", World(channels=8, moved=0.05), "change"),
)
