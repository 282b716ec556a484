"""What every store promises, as functions that take one: memory, SQLite and PostgreSQL pass the same list.

Each check gets an empty, migrated store and the clock that it tells the time by.
"""

from collections.abc import Callable

from abate.extend.store import Store
from abate.testing import store_jobs, store_logs, store_records, store_rules, store_signals, store_transactions
from abate.testing.fakes import FrozenClock
from abate.testing.promises import checks_of
from abate.testing.store_values import START

STORE_CHECKS: tuple[Callable[[Store, FrozenClock], None], ...] = (
    *checks_of(store_records),
    *checks_of(store_transactions),
    *checks_of(store_jobs),
    *checks_of(store_logs),
    *checks_of(store_signals),
    *checks_of(store_rules),
)
"""All of them, so that none can be left out: for a test that reports each promise by itself."""


def check_store(make: Callable[[FrozenClock], Store]) -> None:
    """Hold a store against every promise.

    :param make: returns an empty, migrated store that tells the time by the clock
    :raises AssertionError: with the first promise that was broken
    """
    for check in STORE_CHECKS:
        clock = FrozenClock(START)
        store = make(clock)
        try:
            check(store, clock)
        finally:
            store.close()
