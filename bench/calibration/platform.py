"""Whole invented platforms: is a takedown that removed nothing claimed, and is one that removed a known share found?

Each world is a year of Harbourline under a seed of its own: channels that begin, post and end by themselves, a takedown
in week 26 that strikes none or a known share, and some who come back. The question is the one that the third claim
asks, with its fixed settings; the truth is the difference to the twin year without the takedown. The group's growth
slows in that very week in every world, which is the rival explanation that a claim has to survive.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import numpy as np

from abate.measurement.effect.answer import Effect
from abate.measurement.effect.estimate import effect_of
from abate.measurement.effect.question import Question
from abate.measurement.platform.lives import (
    TAKEDOWN_WEEK,
    WEEKS,
    YEAR,
    ChannelLife,
    Year,
    planned_lives,
    returns,
    strike,
)
from abate.measurement.platform.posts import POSTS_A_WEEK
from bench.calibration.effect_state_space import COVERS, replicate_of
from bench.calibration.scenario import Replicate, Scenario

_COVERS = (*COVERS, "measurement/platform/lives.py")
_START = datetime(2025, 1, 6, tzinfo=UTC)
_WINDOW = 8


def weekly(year: Year, lives: Sequence[ChannelLife]) -> np.ndarray:
    """Count the channels that post in each week; a channel posts on the same days until it ends, whenever that is."""
    active = np.zeros((len(lives), WEEKS), dtype=bool)
    for row, life in enumerate(lives):
        draw = year.stream(*life.stream, 1)
        gap = 7 / draw.uniform(*POSTS_A_WEEK)
        days = max(life.created, 0.0) + np.cumsum(draw.exponential(gap, 300))
        active[row, (days[days < min(life.removed, YEAR)] // 7).astype(np.int64)] = True
    return active.sum(axis=0).astype(np.float64)


def once(draw: np.random.Generator, *, share: float) -> Replicate:
    year = Year(seed=int(draw.integers(2**31)), scale=1.0, start=_START)
    planned = planned_lives(year)
    lives = strike(year, planned, share)
    lives += returns(year, [life for life in lives if life.reason == "takedown"])
    seen, twin = weekly(year, lives), weekly(year, planned)
    after = slice(TAKEDOWN_WEEK + 1, TAKEDOWN_WEEK + 1 + _WINDOW)
    looked_at = seen[: after.stop].copy()
    looked_at[TAKEDOWN_WEEK] = np.nan  # the week of the event is half before and half after
    question = Question(
        outcomes=(("active channels", looked_at),), start=TAKEDOWN_WEEK, level_prior=None, sensitivity=False
    )
    answer = effect_of(question)
    assert isinstance(answer, Effect)
    return replicate_of(answer, float((seen[after] - twin[after]).mean()))


SCENARIOS = (
    Scenario(name="platform-null", covers=_COVERS, replicate=partial(once, share=0.0), exact=True, null=True),
    *(
        Scenario(
            name=f"platform-struck-{percent}",
            covers=_COVERS,
            replicate=partial(once, share=percent / 100),
            exact=True,
        )
        for percent in (10, 30, 60)
    ),
)
