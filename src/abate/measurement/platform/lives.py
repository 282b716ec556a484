"""The channels of the invented platform: when each of the group's begins and ends, with and without the takedown.

Times are days since the start of the year. Each channel draws from a random stream of its own, so that a takedown
changes the channels it strikes and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from abate.measurement.platform.words import LANGUAGES

WEEKS = 52
YEAR = WEEKS * 7.0
TAKEDOWN_WEEK = 26
TAKEDOWN_DAY = TAKEDOWN_WEEK * 7 + 2.5
"""A Wednesday noon."""
STRUCK_SHARE = 0.7
RETURN_SHARE = 0.3
RETURN_MEAN_DAYS = 21.0
HALF_LIFE_DAYS = 120.0
"""How long a channel of the group lasts when no takedown strikes it; whoever runs it closes it (exponential)."""

_FIRST_CHANNELS = 14
_FIRST_AGE_DAYS = 60.0
_NEW_A_WEEK = (2.8, 1.2)
"""Before and after the takedown week, takedown or not: the group's growth slows by itself."""
_MEAN_LIFE = HALF_LIFE_DAYS / float(np.log(2))

GROUP_STREAM, ORDINARY_STREAM, RETURN_STREAM, REACTION_STREAM, CHECK_STREAM = range(1, 6)
"""The first word of a random stream, so that no two purposes share one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """Which year is invented, and how large."""

    seed: int
    scale: float
    start: datetime

    def scaled(self, number: float) -> int:
        """Return a count at this size, at least one."""
        return max(1, round(number * self.scale))

    def stream(self, *purpose: int) -> np.random.Generator:
        """Return the random stream of a purpose and its number; the same for the same seed, whatever else happens."""
        return np.random.default_rng((self.seed, *purpose))

    def moment(self, day: float) -> datetime:
        """Return the time of a day of the year, to the second."""
        return self.start + timedelta(seconds=round(day * 86_400))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelLife:
    """The true life of one of the group's channels."""

    name: str
    stream: tuple[int, int]
    operator: str
    language: str
    created: float
    closed: float
    """When it would end by itself."""
    removed: float
    """When it ends."""
    reason: str = "closed"
    """``closed`` or ``takedown``."""
    returned: bool = False
    """Opened by an operator whose channel the takedown had removed."""


def planned_lives(year: Year) -> list[ChannelLife]:
    """Return the group's channels as they would live without a takedown."""
    births = [*_first_births(year), *_later_births(year)]
    return [_life(year, place, created) for place, created in enumerate(births)]


def _first_births(year: Year) -> Iterator[float]:
    draw = year.stream(GROUP_STREAM)
    for _ in range(year.scaled(_FIRST_CHANNELS)):
        yield -float(draw.uniform(0, _FIRST_AGE_DAYS))


def _later_births(year: Year) -> Iterator[float]:
    draw = year.stream(GROUP_STREAM, 0, 0)
    due = 0.0
    for week in range(WEEKS):
        due += _NEW_A_WEEK[week >= TAKEDOWN_WEEK] * year.scale
        while due >= 1:
            due -= 1
            yield (week + float(draw.uniform())) * 7


def _life(year: Year, place: int, created: float) -> ChannelLife:
    draw = year.stream(GROUP_STREAM, place)
    # The first channels are those that were still there when the year began.
    closed = max(created, 0.0) + float(draw.exponential(_MEAN_LIFE))
    return ChannelLife(
        name=f"lantern-{place + 1:03d}",
        stream=(GROUP_STREAM, place),
        operator=f"keeper-{place + 1:03d}",
        language=LANGUAGES[int(draw.choice(len(LANGUAGES), p=(0.4, 0.2, 0.3, 0.1)))],
        created=created,
        closed=closed,
        removed=closed,
    )


def strike(year: Year, lives: Sequence[ChannelLife], share: float = STRUCK_SHARE) -> list[ChannelLife]:
    """Return the lives as the takedown leaves them: the known share of those alive ends on that day.

    :param share: of the channels alive, from 0 (a takedown that removes nothing) to 1
    """
    alive = [place for place, life in enumerate(lives) if life.created < TAKEDOWN_DAY < life.removed]
    struck = set(year.stream(GROUP_STREAM, 0, 1).permutation(alive)[: round(share * len(alive))].tolist())
    return [
        replace(life, removed=TAKEDOWN_DAY, reason="takedown") if place in struck else life
        for place, life in enumerate(lives)
    ]


def returns(year: Year, struck: Sequence[ChannelLife]) -> list[ChannelLife]:
    """Return the channels that struck operators open anew."""
    out = []
    for place, life in enumerate(struck):
        draw = year.stream(RETURN_STREAM, place)
        comes_back, wait = draw.uniform() < RETURN_SHARE, float(draw.exponential(RETURN_MEAN_DAYS))
        created = TAKEDOWN_DAY + wait
        if not comes_back or created >= YEAR:
            continue
        closed = created + float(draw.exponential(_MEAN_LIFE))
        out.append(
            replace(
                life,
                name=f"{life.name}-again",
                stream=(RETURN_STREAM, place),
                created=created,
                closed=closed,
                removed=closed,
                reason="closed",
                returned=True,
            )
        )
    return out
