"""The demo's rules: a starter rule that went live by the book, and its next version, which is tried in shadow.

Nothing is passed over: it is drafted, asked about what comes in without consequences, tried on the month before, asked
for by one of the invented people and let go live by another.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from abate.flows.kit import Kit
from abate.flows.rules import backtest, life
from abate.flows.rules.starter import starter

RULE = "channel_with_many_removals"
TRIED_ON = timedelta(days=30)
AUTHOR, LEAD = "demo-analyst", "demo-lead"
_NARROW, _WIDE = "channel.items >= 20", "channel.items >= 10"


def _try(kit: Kit) -> None:
    life.draft(kit, starter(RULE).text, by=AUTHOR)
    life.shadow(kit, RULE, by=AUTHOR, note="to see how often it would fire")


def _ask(kit: Kit) -> None:
    now = kit.clock.now()
    backtest.keep(kit, RULE, since=now - TRIED_ON, until=now, by=AUTHOR)
    life.ask(kit, RULE, share=50, by=AUTHOR, note="its hits are what we remove anyway")


def _approve(kit: Kit) -> None:
    life.approve(kit, RULE, by=LEAD, note="half of the accounts first")


def _widen_share(kit: Kit) -> None:
    life.set_share(kit, RULE, 100, by=LEAD)


def _try_the_next(kit: Kit) -> None:
    life.draft(kit, starter(RULE).text.replace(_NARROW, _WIDE), by=AUTHOR)
    life.shadow(kit, RULE, by=AUTHOR, note="does it find channels sooner?")


_LIFE: Mapping[int, Callable[[Kit], None]] = {130: _try, 100: _ask, 99: _approve, 85: _widen_share, 45: _try_the_next}
"""Days before the year's end, and what happens then."""


def live(kit: Kit, days_left: int) -> None:
    """Let happen to the rules what happens on the day that has ``days_left`` after it."""
    if step := _LIFE.get(days_left):
        step(kit)
