"""The words: frozen, named, aware, comparable; every record refuses a time without an offset."""

import dataclasses
import importlib
import pkgutil
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args, get_type_hints

import pytest

import abate.domain
from abate.domain import errors
from abate.domain.bank import Entry
from abate.domain.errors import AbateError, ChainBrokenError, InputError, StoreError
from abate.domain.item import Item, Kind, Material

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

VALUES = sorted(
    {
        kind
        for module in pkgutil.iter_modules(abate.domain.__path__)
        for kind in vars(importlib.import_module(f"abate.domain.{module.name}")).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__.startswith("abate.domain.")
    },
    key=lambda kind: kind.__name__,
)


def _is_time(hint) -> bool:
    return hint is datetime or datetime in get_args(hint)


def _some(hint):
    """A value that fits a needed field; only its time matters here."""
    return NOON if _is_time(hint) else "x"


def _build(kind, **given):
    hints = get_type_hints(kind)
    needed = {f.name: _some(hints[f.name]) for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING}
    return kind(**needed | given)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_every_value_is_frozen_and_keyword_only(kind):
    value = _build(kind)
    first = dataclasses.fields(kind)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first, "other")
    with pytest.raises(TypeError, match="positional"):
        kind("x")
    assert not hasattr(value, "__dict__")


TIMED = [(kind, name) for kind in VALUES for name, hint in get_type_hints(kind).items() if _is_time(hint)]


@pytest.mark.parametrize(("kind", "name"), TIMED, ids=[f"{kind.__name__}.{name}" for kind, name in TIMED])
def test_every_time_of_every_value_is_aware_and_in_utc(kind, name):
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert getattr(_build(kind, **{name: there}), name).isoformat() == NOON.isoformat()
    with pytest.raises(InputError, match=f"{name} has no UTC offset"):
        _build(kind, **{name: datetime(2026, 3, 1)})  # noqa: DTZ001 - what must be refused


def test_the_list_of_values_is_not_empty():
    assert len(VALUES) > 20
    assert len(TIMED) > 20


def test_who_vouches_for_an_entry_is_a_sorted_set():
    entry = Entry(id="e", bank="b", signal_type="pdq", value="v", sources=("z", "a", "z"), added_at=NOON)
    assert entry.sources == ("a", "z")


def test_material_holds_an_item_with_what_is_at_hand():
    assert Material(item=Item(id="i", kind=Kind.TEXT)).content is None


def test_an_input_error_says_where_it_stood():
    assert str(InputError("no time", where="row 3")) == "row 3: no time"
    assert (InputError("no time", where="row 3").where, InputError("no time", where="row 3").bare) == (
        "row 3",
        "no time",
    )
    assert str(InputError("no time")) == "no time"


def test_an_edge_can_catch_all_errors_by_their_root():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) > 7
    assert all(issubclass(kind, AbateError) and kind.__doc__ for kind in kinds)
    assert issubclass(ChainBrokenError, StoreError)
