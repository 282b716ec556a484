"""The three stores, as the contract suite sees them. The PostgreSQL server comes from ``plugin_postgres``."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from abate.extend.clock import Clock
from abate.extend.store import Store
from abate.stores.open import open_store

STORES = ("memory", "sqlite", "postgresql")


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Clock | None], Store]]:
    """Yield a function that opens a migrated store of each kind."""
    opened: list[Store] = []
    address = {"memory": lambda: "memory:", "sqlite": str}.get(
        request.param, lambda: request.getfixturevalue("postgres_address")
    )()

    def make(clock: Clock | None) -> Store:
        opened.append(open_store(address, home=tmp_path, clock=clock))
        opened[-1].migrate()
        return opened[-1]

    yield make
    for store in opened:
        store.close()
