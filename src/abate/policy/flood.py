"""When an entry is set aside because it suddenly matches everything: a poisoned list, a hash of what everybody posts.

It takes three things at once, within the last :data:`WINDOW`:

- **many items from many accounts**: at least ``Limits.items``, of which one account brings :data:`PER_ACCOUNT` at most.
  Somebody who posts known content over and over must not switch off the entry that finds it.
- **a share of all that comes in** above ``Limits.percent``. What goes round after an attack is a small part of what
  people post, and that is when an entry is needed most; a logo, a blank picture or a phrase is not.
- **more than is usual for it**: :data:`TIMES_USUAL` times the highest window of the days before.

What follows is mild: its matches go to people instead of acting. So it is right to act early, and a lead who releases
the entry is not asked again for :data:`LET_BE`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from abate.domain.flood import Quarantine, QuarantineState, Tally, TallyAccount, TallyStep

WINDOW = timedelta(hours=1)
STEP = timedelta(minutes=5)
DAYS = 14
"""How many days with matches tell what is usual."""
PER_ACCOUNT = 5
"""Items of one account that count within the window."""
TRACKED = 64
"""Accounts that are told apart; once that many brought the entry, nobody is spamming alone."""
TIMES_USUAL = 4
LET_BE = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The operator's measure of "too much". ``items`` of 0 or less is off."""

    items: int
    percent: int
    """Of all items that came in."""


def counted(tally: Tally, at: datetime, accounts: Iterable[str]) -> Tally:
    """Return the tally with one more item for each of ``accounts``, which are digests and may repeat."""
    held = {one.digest: one for one in tally.accounts if one.at > at - WINDOW}
    fresh = 0
    for digest in accounts:
        known = held.get(digest, TallyAccount(digest=digest, at=at, count=0))
        fresh += known.count < PER_ACCOUNT
        if digest in held or len(held) < TRACKED:
            held[digest] = TallyAccount(digest=digest, at=at, count=min(known.count + 1, PER_ACCOUNT))
    return replace(grown(tally, at, fresh), accounts=tuple(held.values()))


def grown(tally: Tally, at: datetime, number: int) -> Tally:
    """Return the tally with ``number`` more, whoever brought them."""
    steps = list(_within(tally.steps, at))
    begin = max([_step(at), *(step.at for step in steps)])  # a clock that went back adds to the newest step
    if steps and steps[-1].at == begin:
        steps[-1] = replace(steps[-1], count=steps[-1].count + number)
    else:
        steps.append(TallyStep(at=begin, count=number))
    peaks = {peak.at: peak.count for peak in tally.peaks}
    day = begin.replace(hour=0, minute=0)
    peaks[day] = max(peaks.get(day, 0), sum(step.count for step in steps))
    newest = sorted(peaks.items())[-DAYS:]
    return replace(tally, steps=tuple(steps), peaks=tuple(TallyStep(at=when, count=count) for when, count in newest))


def _step(at: datetime) -> datetime:
    return at - (at - at.replace(hour=0, minute=0, second=0, microsecond=0)) % STEP


def _within(steps: Sequence[TallyStep], at: datetime) -> Iterable[TallyStep]:
    return (step for step in steps if step.at > at - WINDOW)


def in_window(tally: Tally, at: datetime) -> int:
    """Return how many were counted within the window that ends at ``at``."""
    return sum(step.count for step in _within(tally.steps, at))


def usual(tally: Tally, at: datetime) -> int:
    """Return the highest window of the days before the present window began; 0 while there is none."""
    today = (at - WINDOW).date()
    return max((peak.count for peak in tally.peaks if peak.at.date() < today), default=0)


def is_flood(tally: Tally, stream: Tally, at: datetime, limits: Limits) -> bool:
    """Say whether what ``tally`` counts is too much of the ``stream`` and too much for itself."""
    count = in_window(tally, at)
    many = 0 < limits.items <= count
    large_share = count * 100 > limits.percent * in_window(stream, at)
    return many and large_share and count > TIMES_USUAL * usual(tally, at)


def is_let_be(earlier: Iterable[Quarantine], at: datetime) -> bool:
    """Say whether the entry is set aside already, or a lead released it a short while ago."""
    return any(
        one.state is QuarantineState.OPEN
        or (one.state is QuarantineState.RELEASED and one.closed_at is not None and one.closed_at > at - LET_BE)
        for one in earlier
    )
