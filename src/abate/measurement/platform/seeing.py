"""How the three platforms are seen: by several collectors, with views that grow with age, through readers who go on.

Nobody sees everything. Each collector finds a channel's week with its own probability, and some channels are harder to
find than others, so that what all of them miss is known here and has to be estimated there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from abate.measurement.platform.elsewhere import Elsewhere
from abate.measurement.platform.lives import Year
from abate.measurement.platform.posts import Draft
from abate.measurement.platform.words import GROUP

COLLECTORS = {"keyword-search": 0.62, "link-walk": 0.5, "partner": 0.4}
"""How likely each finds an ordinary channel in a week in which it posts."""
_HIDDEN_SHARE, _HIDDEN_FACTOR = 0.15, 0.45
"""Some channels are hard to find, for every collector at once: that makes any estimate of the total a lower bound."""
VIEW_AGES = (1.0, 7.0, 28.0)
"""Days after posting at which views are read."""
_VIEW_DAYS = 2.5
REPEAT_INVITED, INVITED_CONTACTED = 0.12, 0.3
_SEEING_STREAM, _VIEWS_STREAM, _READING_STREAM = 13, 14, 15

Row = dict[str, object]
"""One row of a table, by column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Rows of sightings, and what was there to be seen."""

    rows: tuple[Row, ...]
    channels: int
    """Channels of the group that posted on any platform."""
    found: int
    """Of these, found by a collector at least once."""


def seen(year: Year, places: Sequence[Elsewhere]) -> Seen:
    """Look at all platforms with all collectors."""
    rows: list[Row] = []
    there = found = 0
    for number, place in enumerate(places):
        draw = year.stream(_SEEING_STREAM, number)
        posts = _by_channel(place.drafts)
        for channel in sorted(posts):
            there += 1
            mine = list(_channel_rows(year, place, posts[channel], draw))
            found += bool(mine)
            rows += mine
    return Seen(rows=tuple(rows), channels=there, found=found)


def _by_channel(drafts: Sequence[Draft]) -> dict[str, list[Draft]]:
    out: dict[str, list[Draft]] = {}
    for draft in drafts:
        out.setdefault(draft.channel, []).append(draft)
    return out


def _channel_rows(year: Year, place: Elsewhere, posts: Sequence[Draft], draw: np.random.Generator) -> Iterator[Row]:
    end = place.end_of(posts[0].channel)
    ease = _HIDDEN_FACTOR if draw.uniform() < _HIDDEN_SHARE else 1.0
    for week in sorted({int(post.posted // 7) for post in posts}):
        for collector, chance in COLLECTORS.items():
            if draw.uniform() >= chance * ease:
                continue
            for post in posts:
                if int(post.posted // 7) == week and post.observed < end:
                    yield sighting(year, place.platform, post, collector)


def sighting(year: Year, platform: str, post: Draft, collector: str) -> Row:
    """Return one sighting of a post; which text, address or picture it carries is its signal."""
    return {
        "observed_at": year.moment(post.observed),
        "posted_at": year.moment(post.posted),
        "platform": platform,
        "channel": post.channel,
        "group": GROUP,
        "language": post.language,
        "kind": post.kind.value,
        "item": name_of(platform, post),
        "signal": " ".join((post.text or post.url or post.path).casefold().split()),
        "collector": collector,
        "collector_version": "1",
        "seed_panel": post.channel.endswith("1"),
    }


def name_of(platform: str, post: Draft) -> str:
    """Return the identifier of a post; a channel posts nothing twice in the same second."""
    return f"{platform.lower()}-{post.channel}-{round(post.posted * 86_400)}"


def views(year: Year, places: Sequence[Elsewhere]) -> Iterator[Row]:
    """Yield what the partner's view counter shows of each post at one, seven and twenty-eight days."""
    for number, place in enumerate(places):
        draw = year.stream(_VIEWS_STREAM, number)
        for post in place.drafts:
            late, end = float(draw.uniform(0, 0.2)), place.end_of(post.channel)
            for age in VIEW_AGES:
                day = post.posted + age - late
                if max(day, post.observed) < end:
                    row = sighting(year, place.platform, post, "partner")
                    grown = round(post.views * (1 - np.exp(-(age - late) / _VIEW_DAYS)))
                    moment = year.moment(max(day, post.observed))
                    yield row | {"observed_at": moment, "views": grown, "views_at": year.moment(day)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """Rows of readers, and how many stood at each stage."""

    rows: tuple[Row, ...]
    exposed: int
    repeated: int
    invited: int
    contacted: int


def readers(year: Year, reactions: Sequence[Row]) -> Readers:
    """Follow the readers of the group's posts on: some of those who come back take an invitation, some of them write.

    :param reactions: one row a reader and post, with ``audience``, ``item`` and ``observed_at``
    """
    draw = year.stream(_READING_STREAM)
    items: dict[str, dict[str, Row]] = {}
    for row in reactions:
        items.setdefault(str(row["audience"]), {}).setdefault(str(row["item"]), row)
    rows, repeated, invited, contacted = list(reactions), 0, 0, 0
    for name in sorted(items):
        last = list(items[name].values())[-1]
        if len(items[name]) < 2:  # noqa: PLR2004 - once is not again
            continue
        repeated += 1
        if draw.uniform() >= REPEAT_INVITED:
            continue
        invited += 1
        rows.append(last | {"kind": "invite", "item": f"{last['item']}-invite"})
        if draw.uniform() < INVITED_CONTACTED:
            contacted += 1
            rows.append(last | {"kind": "contact", "item": f"{last['item']}-contact"})
    return Readers(rows=tuple(rows), exposed=len(items), repeated=repeated, invited=invited, contacted=contacted)
