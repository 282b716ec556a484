"""What rules are tried on is forgotten after the setting ``rules_history_days``, a little with every tick.

Never before the longest window of a version in force has passed over it: a window that lost its beginning would count
less than there was. The hits on an event go before it does, so that no hit is left of an event that is gone, and the
newest event stays, since the next one is numbered after it.
"""

from datetime import datetime, timedelta
from typing import Final

from abate.extend.store import Transaction
from abate.flows.kit import Kit
from abate.flows.rules import life
from abate.flows.rules_now import ASKED
from abate.measurement.weeks import to_micros
from abate.policy.rules.check import RuleSet
from abate.settings import Settings

MOST: Final = 2_000
"""Rows that one tick deletes, so that nobody who takes items in waits for it."""


def history_of(settings: Settings) -> timedelta:
    """Return for how long events are kept; a day at least."""
    return timedelta(days=max(1, settings.rules_history_days))


def prune(kit: Kit) -> int:
    """Forget some of what is too old; return how many rows went."""
    with kit.store.read() as tx:
        before = to_micros(_limit(kit, tx, kit.clock.now()))
        if not _is_old(tx, before):
            return 0
    with kit.store.write() as tx:
        hits = tx.rule_hits.prune(before, limit=MOST)
        return hits + tx.rule_events.prune(before, limit=MOST - hits)


def _limit(kit: Kit, tx: Transaction, now: datetime) -> datetime:
    asked = [version for state in ASKED for version in tx.rules.find(state=state.value)]
    # What cannot be read any more is asked nothing, so it has no windows either.
    windows = RuleSet(rules=tuple(rule for _, rule in life.readable(asked))).windows
    longest = max((window.seconds for window in windows), default=0)
    return now - max(history_of(kit.settings), timedelta(seconds=longest))


def _is_old(tx: Transaction, before: int) -> bool:
    """Say whether an event is older than that which may go."""
    oldest = tx.rule_events.stream(after=0, limit=1)
    return bool(oldest) and oldest[0].at < before and oldest[0].seq != tx.rule_events.latest()[0]
