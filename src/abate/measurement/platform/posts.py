"""What is posted, read and checked on the invented platform, day by day of its year."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

import numpy as np

from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.measurement.platform import words
from abate.measurement.platform.lives import (
    CHECK_STREAM,
    ORDINARY_STREAM,
    REACTION_STREAM,
    YEAR,
    ChannelLife,
    Year,
)

_SLOW_SHARE, _SLOW_MEAN_DAYS, _QUICK_MEAN_DAYS = 0.15, 6.0, 0.03
"""Most posts are seen within the hour; some only when somebody reports them."""
_PEOPLE = 5_000
_OLDEST_DAYS = 900
"""The oldest accounts and channels of neighbours, before the year began."""
_CHECK_EVERY_DAYS = 7.0
_FAILED_CHECKS = 0.02
_GROUP_KINDS = (Kind.TEXT, Kind.PHOTO, Kind.URL)
_GROUP_SHARES = (0.6, 0.15, 0.25)
_ORDINARY_PHOTOS = 0.06
_NEWS_SHARE = 0.01
POSTS_A_WEEK = (1.3, 3.3)
"""The least and the most busy channel of the group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A post before it has its identifier; times in days."""

    posted: float
    observed: float
    channel: str
    account: str
    language: str
    kind: Kind
    text: str = ""
    url: str = ""
    path: str = ""
    views: int = 0
    of_group: bool = False
    channel_made: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """An item, and when the platform's own eyes first fell on it."""

    item: Item
    observed_at: datetime
    of_group: bool


def group_posts(year: Year, life: ChannelLife, end: float) -> Iterator[Draft]:
    """Yield what a channel of the group posts until it ends.

    The same stream is drawn in the same order whatever the end, so that the year and its twin agree up to there.
    """
    draw = year.stream(*life.stream, 1)
    rate = float(draw.uniform(*POSTS_A_WEEK)) / 7
    day = max(life.created, 0.0)
    while True:
        day += float(draw.exponential(1 / rate))
        if day >= min(end, YEAR):
            return
        yield _group_post(draw, life, day)


def _group_post(draw: np.random.Generator, life: ChannelLife, day: float) -> Draft:
    observed = day + _lag(draw)
    kind = _GROUP_KINDS[int(draw.choice(3, p=_GROUP_SHARES))]
    mine = [text for language, text in words.GROUP_TEXTS if language == life.language]
    text, url = str(draw.choice(mine)), str(draw.choice(words.GROUP_URLS))
    picture = words.picture_file(str(draw.choice(words.GROUP_PICTURES)), str(draw.choice(words.EDITS)))
    return Draft(
        posted=day,
        observed=observed,
        channel=life.name,
        account=life.operator,
        language=life.language,
        kind=kind,
        text=_passed_on(draw, text) if kind is Kind.TEXT else "",
        url=url if kind is Kind.URL else "",
        path=picture if kind is Kind.PHOTO else "",
        views=int(draw.poisson(120)),
        of_group=True,
        channel_made=life.created,
    )


def _passed_on(draw: np.random.Generator, text: str) -> str:
    """Change what passing on changes: nothing, the case, the spacing."""
    way = draw.uniform()
    if way < 0.7:  # noqa: PLR2004 - most copies are plain
        return text
    return text.upper() if way < 0.85 else text.replace(" ", "  ")  # noqa: PLR2004 - half and half of the rest


def ordinary_posts(year: Year, place: int) -> Iterator[Draft]:
    """Yield a year of one channel of neighbours."""
    draw = year.stream(ORDINARY_STREAM, place)
    language = words.LANGUAGES[int(draw.choice(len(words.LANGUAGES), p=(0.45, 0.25, 0.2, 0.1)))]
    rate = float(draw.uniform(0.8, 2.4)) / 7
    day = float(draw.exponential(1 / rate))
    while day < YEAR:
        photo = draw.uniform() < _ORDINARY_PHOTOS
        yield Draft(
            posted=day,
            observed=day + _lag(draw),
            channel=f"neighbours-{place + 1:03d}",
            account=f"neighbour-{int(draw.integers(year.scaled(_PEOPLE))):05d}",
            language=language,
            kind=Kind.PHOTO if photo else Kind.TEXT,
            text=_talk(draw, language),
            path=words.picture_file(str(draw.choice(words.ORDINARY_PICTURES))) if photo else "",
            views=int(draw.poisson(60)),
            channel_made=-_age(f"neighbours-{place + 1:03d}"),
        )
        day += float(draw.exponential(1 / rate))


def _talk(draw: np.random.Generator, language: str) -> str:
    news = draw.uniform() < _NEWS_SHARE
    pattern = words.ABOUT_THE_GROUP[language] if news else str(draw.choice(words.TALK[language]))
    return pattern.format(
        thing=draw.choice(words.THINGS[language]),
        place=draw.choice(words.PLACES[language]),
        hour=f"{int(draw.integers(7, 21))}:{int(draw.integers(4)) * 15:02d}",
        count=int(draw.integers(3, 60)),
    )


def _age(name: str) -> float:
    """Return how many days before the year something was made: by its name, so that nothing is drawn for it."""
    return float(1 + crc32(name.encode()) % _OLDEST_DAYS)


def _lag(draw: np.random.Generator) -> float:
    slow = draw.uniform() < _SLOW_SHARE
    return float(draw.exponential(_SLOW_MEAN_DAYS if slow else _QUICK_MEAN_DAYS))


def identified(drafts: Sequence[Draft]) -> list[tuple[str, Draft]]:
    """Return the drafts with the identifiers a platform gives, in the order of posting."""
    ordered = sorted(drafts, key=lambda draft: (draft.posted, draft.channel))
    return [(f"hl-{number:07d}", draft) for number, draft in enumerate(ordered, start=1)]


def observed_posts(year: Year, named: Sequence[tuple[str, Draft]], ends: Mapping[str, float]) -> list[Post]:
    """Return the posts that somebody saw: within the year, and before their channel was gone."""
    seen = [(name, draft) for name, draft in named if draft.observed < min(ends.get(draft.channel, YEAR), YEAR)]
    return [
        Post(item=_item(year, name, draft), observed_at=year.moment(draft.observed), of_group=draft.of_group)
        for name, draft in sorted(seen, key=lambda pair: (pair[1].observed, pair[0]))
    ]


def _item(year: Year, name: str, draft: Draft) -> Item:
    return Item(
        id=name,
        kind=draft.kind,
        text=draft.text,
        language=draft.language,
        account=draft.account,
        channel=draft.channel,
        platform=words.PLATFORM,
        posted_at=year.moment(draft.posted),
        url=draft.url,
        path=draft.path,
        views=draft.views,
        surface="channel",
        account_created_at=year.moment(-_age(draft.account)),
        channel_created_at=year.moment(draft.channel_made),
    )


def reactions(
    year: Year, named: Sequence[tuple[str, Draft]], ends: Mapping[str, float]
) -> Iterator[tuple[HistoryEvent, bool]]:
    """Yield who reacted to what, and whether it was to the group's content.

    A channel of the group draws its readers from its own circle; circles overlap, as real ones do.
    """
    draw = year.stream(REACTION_STREAM)
    circles: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for name, draft in named:
        if draft.channel not in circles:
            circles[draft.channel] = _circle(year, draw)
        readers = draw.choice(circles[draft.channel], size=int(draw.poisson(3 if draft.of_group else 1)))
        for reader in sorted(set(readers.tolist())):
            day = draft.posted + float(draw.exponential(1.0))
            if day < min(ends.get(draft.channel, YEAR), YEAR):
                yield _reaction(year, name, draft, day, reader), draft.of_group


def _circle(year: Year, draw: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    people = year.scaled(_PEOPLE)
    size = min(int(draw.integers(20, 120)), people)
    return draw.choice(people, size=size, replace=False)


def _reaction(year: Year, name: str, draft: Draft, day: float, reader: int) -> HistoryEvent:
    return HistoryEvent(
        at=year.moment(day),
        step=Step.REACTED,
        item=name,
        platform=words.PLATFORM,
        channel=draft.channel,
        language=draft.language,
        kind=draft.kind.value,
        posted_at=year.moment(draft.posted),
        audience=f"reader-{reader:05d}",
    )


def checks(year: Year, lives: Sequence[ChannelLife], first_seen: Mapping[str, datetime]) -> Iterator[HistoryEvent]:
    """Yield the weekly look at each channel known to show the group's content, until it was found gone twice."""
    for place, life in enumerate(lives):
        if life.name not in first_seen:
            continue
        draw = year.stream(CHECK_STREAM, place)
        day = (first_seen[life.name] - year.start).total_seconds() / 86_400 + float(draw.uniform(0, 1))
        gone = 0
        while day < YEAR and gone < 2:  # noqa: PLR2004 - once more, to be sure
            detail = "alive" if day < life.removed else "gone"
            if draw.uniform() < _FAILED_CHECKS:
                detail = "error"
            gone += detail == "gone"
            yield HistoryEvent(
                at=year.moment(day), step=Step.CHECKED, platform=words.PLATFORM, channel=life.name, detail=detail
            )
            day += _CHECK_EVERY_DAYS
