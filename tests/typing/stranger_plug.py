"""What a stranger's plug looks like to a type checker: read by mypy, never run.

A change of ``extend`` that breaks somebody's package breaks this file first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from abate.domain.action import Action
from abate.domain.audit import AuditRecord, link, verify
from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.domain.scan import Proposal, Reason, Verdict
from abate.domain.signal import Context, Language, NotScanned, Score, Signal
from abate.extend.action import Connector, ConnectorType
from abate.extend.classifier import Classifier, ClassifierType
from abate.extend.clock import Clock
from abate.extend.context import ContextReader
from abate.extend.counters import Counters
from abate.extend.exchange import Listed, ListFormat
from abate.extend.index import Hit, Index, IndexType
from abate.extend.language import LanguageIdentifier
from abate.extend.report import Report
from abate.extend.signal import SignalType
from abate.extend.store import Records, Store, Transaction
from abate.extend.table import PassedOver, Personal, Posted, TableImporter, TableRow
from abate.extend.vault import Vault
from abate.testing import (
    ExampleExport,
    ExampleList,
    FrozenClock,
    check_connector,
    check_index_type,
    check_list_format,
    check_signal_type,
    check_store,
    check_table_importer,
)


class Length:
    """A signal type: how long a text is."""

    name = "length"
    version = "1"
    kinds = frozenset({Kind.TEXT})
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        return Signal(type=self.name, value=str(len(material.item.text))) if material.item.text else None

    def parse(self, value: str) -> str:
        if not value.isdecimal():
            msg = "a length is a whole number"
            raise InputError(msg, where=value)
        return value

    def examples(self) -> Mapping[str, str]:
        return {"12": "12"}


class Even:
    """A built index."""

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        return [[Hit(position=0, distance=0)] for _ in values]

    def add(self, values: Sequence[str]) -> int:
        return len(values)

    def discard(self, positions: Sequence[int]) -> None:
        del positions

    def __len__(self) -> int:
        return 1


class EvenType:
    """Builds it."""

    name = "even"

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        assert_type(values, Sequence[str])
        assert_type(radius, int)
        return Even()


class Lines:
    """A list format."""

    name = "lines"

    def recognises(self, path: Path, head: bytes) -> bool:
        return path.suffix == ".lines" and bool(head)

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        yield Listed(where=f"{path}:1", untrusted_type="sha256", untrusted_value="")
        yield InputError("is empty; leave the line out", where=f"{path}:2")


class Ticker:
    """A table importer."""

    name = "ticker"

    def recognises(self, path: Path, head: bytes) -> bool:
        return path.suffix == ".ticker" and bool(head)

    def read(self, path: Path, names: Mapping[str, str]) -> Iterator[TableRow | PassedOver | InputError]:
        assert_type(names, Mapping[str, str])
        yield Posted(where=f"{path}:1", channel=Personal(untrusted_id="1"))
        yield PassedOver(reason="a blank")


class Telegraph:
    """A connector."""

    name = "telegraph"
    simulated = True

    def send(self, action: Action, item: Item) -> str:
        return f"{action.effect} {item.id}"


class TelegraphType:
    """Makes it."""

    name = "telegraph"

    def open(self, settings: Mapping[str, str]) -> Connector:
        assert_type(settings, Mapping[str, str])
        return Telegraph()


class Coin:
    """A classifier."""

    name = "coin"
    version = "1"

    def score(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[tuple[Score, ...] | NotScanned]:
        return [(Score(name=self.name, probability=len(text) / 2),) for text, _ in zip(texts, languages, strict=True)]


class CoinType:
    """Opens coins."""

    name = "coin"

    def recognises(self, folder: str) -> bool:
        return folder.endswith("coin")

    def open(self, folder: str) -> Coin:
        assert folder
        return Coin()


class English:
    """A language identifier and a context reader, as little as each may be."""

    name = "english"
    version = "1"

    def identify(self, texts: Sequence[str]) -> list[Language | NotScanned]:
        return [Language(code="en", confidence=len(text) / 1000) for text in texts]

    def read(self, texts: Sequence[str], languages: Sequence[Language | None]) -> list[Context | NotScanned]:
        return [Context() for _ in zip(texts, languages, strict=True)]


class Noon:
    """A clock."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, tzinfo=UTC)


class Nothing:
    """A report, a vault and counters, as little as each may be."""

    name = "nothing"
    media_type = "text/plain"

    def render(self, result: Mapping[str, object]) -> bytes:
        return repr(dict(result)).encode()

    def seal(self, content: bytes) -> str:
        return str(len(content))

    def destroy(self, address: str) -> None: ...

    def holds(self, address: str) -> bool:
        return address == ""

    def add(self, key: str, at: datetime) -> None: ...

    def since(self, key: str, start: datetime) -> int:
        return len(key) + start.year


signal_type: SignalType = Length()
index_type: IndexType = EvenType()
list_format: ListFormat = Lines()
table_importer: TableImporter = Ticker()
connector_type: ConnectorType = TelegraphType()
classifier: Classifier = Coin()
classifier_type: ClassifierType = CoinType()
language_identifier: LanguageIdentifier = English()
context_reader: ContextReader = English()
clock: Clock = Noon()
report: Report = Nothing()
vault: Vault = Nothing()
counters: Counters = Nothing()


def what_a_store_gives(store: Store) -> None:
    assert_type(store.write(), AbstractContextManager[Transaction])
    with store.read() as tx:
        assert_type(tx.items, Records[Item])
        assert_type(tx.items.get("1"), Item)
        assert_type(tx.audit.read(after=0), list[AuditRecord])


def what_a_strangers_test_calls(folder: Path, make: Callable[[FrozenClock], Store]) -> None:
    check_signal_type(Length(), nonsense=["", "long"])
    check_index_type(EvenType(), distinct=["0", "2", "4", "6", "8"])
    check_list_format(Lines(), ExampleList(file_name="list.lines", row="12\n"), folder)
    check_table_importer(Ticker(), ExampleExport(file_name="a.ticker", content="1\n", rows=1, broken="1\n"), folder)
    check_connector(Telegraph(), simulated=True)
    check_store(make)
    check_signal_type(Even())  # type: ignore[arg-type]  # no signal type: the checker must object


def what_values_are(record: AuditRecord) -> None:
    follower = link(previous=record, at=record.at, tag="a:b:c", subject="", committed="")
    assert_type(verify([follower], after=record), AuditRecord | None)
    assert_type(Proposal(verdict=Verdict.NONE).reasons, tuple[Reason, ...])
    Item(id="1", kind=Kind.TEXT).text = "changed"  # type: ignore[misc]  # frozen: the checker must object
    Item("1", Kind.TEXT)  # type: ignore[call-arg]  # by keyword only: the checker must object
