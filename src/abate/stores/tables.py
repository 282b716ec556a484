"""Which values are kept: one declaration a table.

Adding a table is a declaration here, a line in ``RecordTables`` and one migration.

The three stores read this list; so does the test that compares it with what the migrations really made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from abate.domain.action import Action, Hold
from abate.domain.bank import Bank, Entry
from abate.domain.case import Case, Decision
from abate.domain.errors import ConflictError, NotFoundError
from abate.domain.flood import Quarantine, Tally
from abate.domain.history import Intervention
from abate.domain.item import Item
from abate.domain.opinion import Opinion
from abate.domain.order import RemovalOrder
from abate.domain.person import Session, Token, User
from abate.domain.retro import RetroRun
from abate.domain.rule import Backtest, PastCounts, RuleChange, RuleVersion
from abate.extend.store import Records

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSpec(Generic[T]):
    """What a store must know about one kind of value."""

    name: str
    type: type[T]
    key: str = "id"
    columns: tuple[str, ...] = ()
    """Fields that can be asked for; each has an index."""
    unique: tuple[str, ...] = ()
    """Those of ``columns`` that no two values share."""
    fixed: tuple[str, ...] = ()
    """Fields that never change once stored; real columns that a trigger guards in the databases."""
    permanent: bool = False
    """Whether nothing of it ever changes and it is never deleted."""

    def key_of(self, value: T) -> str:
        """Return the key of ``value``."""
        return str(getattr(value, self.key))

    def check_where(self, where: Mapping[str, str]) -> None:
        """Refuse a question about a field without an index.

        :raises TypeError: naming the field and those that can be asked for
        """
        for name in where:
            if name != self.key and name not in self.columns:
                known = ", ".join((self.key, *self.columns))
                msg = f"{self.name} cannot be searched by {name!r}; it can by {known}"
                raise TypeError(msg)

    def check_change(self, old: T, new: T) -> None:
        """Refuse a replacement that changes what never changes.

        :raises ConflictError: naming the fields
        """
        if self.permanent and old != new:
            msg = f"{self.name} {self.key_of(old)!r} never changes; add a new one that says what is different now"
            raise ConflictError(msg)
        changed = [name for name in self.fixed if getattr(old, name) != getattr(new, name)]
        if changed:
            msg = (
                f"{self.name} {self.key_of(old)!r}: {', '.join(changed)} never changes once stored; leave it as it was"
            )
            raise ConflictError(msg)

    def check_put(self) -> None:
        """Refuse to store in place of what is there, whatever it is, where that might change what never changes.

        :raises TypeError: for a table of which anything never changes, or with a unique field besides its key
        """
        if self.permanent or self.fixed or self.unique:
            msg = f"{self.name} has fields that never change or that no two share; use add and replace, one at a time"
            raise TypeError(msg)

    def check_removal(self, key: str) -> None:
        """Refuse to delete what is permanent.

        :raises ConflictError: when this table only grows
        """
        if self.permanent:
            msg = f"{self.name} {key!r} is never deleted; add a new one that takes it back"
            raise ConflictError(msg)

    def missing(self, key: str) -> NotFoundError:
        """Return the error for a key that is not there."""
        return NotFoundError(f"nothing is stored in {self.name} under {key!r}; list what exists and name one of those")

    def taken(self, value: T) -> ConflictError:
        """Return the error for a value whose key, or unique field, is taken."""
        said = ", ".join(f"{name} {getattr(value, name)!r}" for name in (self.key, *self.unique))
        return ConflictError(f"{self.name} already holds {said}; read it and decide anew")


ITEMS = TableSpec(name="items", type=Item, columns=("account", "channel", "platform", "kind", "url"))
BANKS = TableSpec(name="banks", type=Bank, key="name", columns=("purpose",))
ENTRIES = TableSpec(name="entries", type=Entry, columns=("bank", "signal_type", "value"))
OPINIONS = TableSpec(name="opinions", type=Opinion, columns=("entry",), permanent=True)
QUARANTINES = TableSpec(name="quarantines", type=Quarantine, columns=("entry", "state"))
TALLIES = TableSpec(name="tallies", type=Tally)
CASES = TableSpec(name="cases", type=Case, columns=("item", "state"))
DECISIONS = TableSpec(name="decisions", type=Decision, columns=("case", "item"), permanent=True)
ACTIONS = TableSpec(name="actions", type=Action, columns=("decision", "item", "state"))
HOLDS = TableSpec(name="holds", type=Hold, columns=("item", "action", "state"))
ORDERS = TableSpec(
    name="orders", type=RemovalOrder, columns=("state",), fixed=("received_at", "received_text", "raw_sha256")
)
INTERVENTIONS = TableSpec(name="interventions", type=Intervention, columns=("platform", "kind"))
USERS = TableSpec(name="users", type=User, columns=("name",), unique=("name",))
TOKENS = TableSpec(name="tokens", type=Token, columns=("sha256", "user"), unique=("sha256",))
SESSIONS = TableSpec(name="sessions", type=Session, columns=("user",))
RETROS = TableSpec(name="retros", type=RetroRun, columns=("state",))
RULES = TableSpec(name="rules", type=RuleVersion, columns=("name", "state"))
RULE_CHANGES = TableSpec(name="rule_changes", type=RuleChange, columns=("rule", "name"), permanent=True)
BACKTESTS = TableSpec(name="backtests", type=Backtest, columns=("rule",), permanent=True)
PAST_COUNTS = TableSpec(name="past_counts", type=PastCounts)

TABLES: tuple[TableSpec[Any], ...] = tuple(spec for spec in list(globals().values()) if isinstance(spec, TableSpec))
"""All of the above, so that none can be left out."""


class MakeRecords(Protocol):
    """Opens the table of one declaration inside a transaction."""

    def __call__(self, spec: TableSpec[T], /) -> Records[T]:
        """Return the table."""
        ...


class RecordTables:
    """The tables of values of a ``Transaction``, whatever they lie in."""

    def __init__(self, make: MakeRecords) -> None:
        self.items = make(ITEMS)
        self.banks = make(BANKS)
        self.entries = make(ENTRIES)
        self.opinions = make(OPINIONS)
        self.quarantines = make(QUARANTINES)
        self.tallies = make(TALLIES)
        self.cases = make(CASES)
        self.decisions = make(DECISIONS)
        self.actions = make(ACTIONS)
        self.holds = make(HOLDS)
        self.orders = make(ORDERS)
        self.interventions = make(INTERVENTIONS)
        self.users = make(USERS)
        self.tokens = make(TOKENS)
        self.sessions = make(SESSIONS)
        self.retros = make(RETROS)
        self.rules = make(RULES)
        self.rule_changes = make(RULE_CHANGES)
        self.backtests = make(BACKTESTS)
        self.past_counts = make(PAST_COUNTS)
