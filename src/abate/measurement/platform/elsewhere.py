"""What happens beyond the guarded platform: where the struck go, and a place that nothing touches.

Three invented platforms. Harbourline is the guarded one, and its takedown is the one intervention. Some of the struck
operators open on Tidewater within weeks: that is displacement, and its size is known here. Saltmarsh is struck by
nothing and receives nobody, so it can serve as a control.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from abate.measurement.platform.lives import HALF_LIFE_DAYS, TAKEDOWN_DAY, WEEKS, YEAR, ChannelLife, Year
from abate.measurement.platform.posts import Draft, group_posts
from abate.measurement.platform.words import LANGUAGES

TIDEWATER, SALTMARSH = "Tidewater", "Saltmarsh"
MOVED_SHARE = 0.25
MOVE_MEAN_DAYS = 14.0

_ELSEWHERE_STREAM, _MOVE_STREAM = 11, 12
_FIRST = {TIDEWATER: 10, SALTMARSH: 12}
_NEW_A_WEEK = {TIDEWATER: 0.5, SALTMARSH: 0.6}
_MEAN_LIFE = HALF_LIFE_DAYS / float(np.log(2))


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The group's channels on one other platform, with what they posted."""

    platform: str
    lives: tuple[ChannelLife, ...]
    drafts: tuple[Draft, ...]

    def end_of(self, channel: str) -> float:
        """Return the day after which nobody sees anything of a channel: its end, or the year's."""
        return self._ends[channel]

    @cached_property
    def _ends(self) -> dict[str, float]:
        return {life.name: min(life.removed, YEAR) for life in self.lives}


def elsewhere(year: Year, struck: Sequence[ChannelLife]) -> tuple[Elsewhere, ...]:
    """Return the other platforms.

    :param struck: channels of the guarded platform that the takedown removed
    """
    moved = list(_moved(year, struck))
    return tuple(
        _told(year, platform, [*_own_lives(year, number, platform), *(moved if platform == TIDEWATER else ())])
        for number, platform in enumerate((TIDEWATER, SALTMARSH))
    )


def _told(year: Year, platform: str, lives: Sequence[ChannelLife]) -> Elsewhere:
    drafts = [draft for life in lives for draft in group_posts(year, life, life.removed)]
    return Elsewhere(platform=platform, lives=tuple(lives), drafts=tuple(drafts))


def _own_lives(year: Year, number: int, platform: str) -> Iterator[ChannelLife]:
    draw = year.stream(_ELSEWHERE_STREAM, number)
    births = [-float(draw.uniform(0, 60)) for _ in range(year.scaled(_FIRST[platform]))]
    later = int(draw.poisson(_NEW_A_WEEK[platform] * WEEKS * year.scale))
    births += sorted(float(day) for day in draw.uniform(0, YEAR, later))
    for place, created in enumerate(births):
        closed = max(created, 0.0) + float(draw.exponential(_MEAN_LIFE))
        yield ChannelLife(
            name=f"{platform.lower()}-{place + 1:03d}",
            stream=(_ELSEWHERE_STREAM, number * 100_000 + place),
            operator=f"{platform.lower()}-keeper-{place + 1:03d}",
            language=LANGUAGES[int(draw.choice(len(LANGUAGES), p=(0.4, 0.2, 0.3, 0.1)))],
            created=created,
            closed=closed,
            removed=closed,
        )


def _moved(year: Year, struck: Sequence[ChannelLife]) -> Iterator[ChannelLife]:
    for place, life in enumerate(struck):
        draw = year.stream(_MOVE_STREAM, place)
        goes, wait = draw.uniform() < MOVED_SHARE, float(draw.exponential(MOVE_MEAN_DAYS))
        created = TAKEDOWN_DAY + wait
        if not goes or created >= YEAR:
            continue
        closed = created + float(draw.exponential(_MEAN_LIFE))
        yield replace(
            life,
            name=f"{life.name}-moved",
            stream=(_MOVE_STREAM, place),
            created=created,
            closed=closed,
            removed=closed,
            reason="closed",
            returned=True,
        )
