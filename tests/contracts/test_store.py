"""The contract of the store, held by memory, SQLite and PostgreSQL alike."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from abate.extend.store import Store
from abate.testing import STORE_CHECKS, FrozenClock, check_store
from abate.testing.store_values import START


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_every_store_keeps_the_promise(check, make_store: Callable[[FrozenClock], Store]):
    clock = FrozenClock(START)
    check(make_store(clock), clock)


def test_the_suite_runs_all_its_checks_on_one_call():
    from abate.stores.memory import MemoryStore

    check_store(lambda clock: MemoryStore(clock=clock))
    assert len(STORE_CHECKS) > 25


def test_a_store_without_a_clock_tells_the_databases_time(make_store):
    told = make_store(None).now()
    assert told.utcoffset() == timedelta(0)
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)
