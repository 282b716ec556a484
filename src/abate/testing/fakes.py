"""The fakes: shipped, so that they are the same in the tests of abate and in those of a stranger's plug."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from abate import plugins
from abate.domain.action import Action
from abate.domain.errors import PartnerError
from abate.domain.item import Frame, FramePolicy, Item, Picture
from abate.domain.signal import NotScanned
from abate.extend.action import Connector
from abate.extend.store import Store
from abate.flows.kit import Kit
from abate.flows.known import Known
from abate.flows.rules_now import InForce
from abate.flows.tables import Tables
from abate.flows.text import TextReaders
from abate.sandbox.pool import DecoderPool
from abate.settings import Settings
from abate.stores.memory import MemoryStore
from abate.stores.vault import MemoryVault

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday, for tests that need some day."""


@dataclass(slots=True)
class FrozenClock:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self.moment

    def move(self, **by: float) -> None:
        """Move the clock, as in ``move(minutes=5)``."""
        self.moment += timedelta(**by)


class NoDecoder:
    """A decoder that decodes nothing: for tests that have no pictures."""

    def decode(self, content: bytes) -> Picture | NotScanned:  # noqa: ARG002 - the Protocol's word
        """Say that nothing is decoded here."""
        return NotScanned(step="decode", reason="this test decodes nothing; use a real DecoderPool")

    def frames(self, content: bytes, policy: FramePolicy) -> Iterator[Frame | NotScanned]:  # noqa: ARG002 - as above
        """Say that nothing is decoded here."""
        yield NotScanned(step="decode", reason="this test decodes nothing; use a real DecoderPool")


@dataclass(slots=True)
class RecordingConnector:
    """A platform that does as told, or refuses as long as ``refusals`` lasts; remembers what it was asked."""

    name: str = "recording"
    simulated: bool = False
    refusals: int = 0
    asked: list[Action] = field(default_factory=list)

    def send(self, action: Action, item: Item) -> str:
        """Remember the action.

        :raises PartnerError: while there are refusals left
        """
        assert action.item == item.id
        self.asked.append(action)
        if self.refusals:
            self.refusals -= 1
            msg = "the platform answered 503; it will be asked again"
            raise PartnerError(msg)
        return "Done."


def open_decoder() -> DecoderPool:
    """Return a decoder with the default limits."""
    table = Settings()
    return DecoderPool(workers=1, max_pixels=table.max_pixels, required=table.sandbox == "required")


def make_kit(
    home: Path,
    *,
    store: Store | None = None,
    clock: FrozenClock | None = None,
    connector: Connector | None = None,
    decoder: DecoderPool | None = None,
    settings: Mapping[str, object] | None = None,
    readers: TextReaders | None = None,
) -> Kit:
    """Put a kit together with fakes where none is given. The clock, frozen, is the store's too.

    Texts are read for language, scores and context only by the ``readers`` that are given.
    """
    clock = clock or FrozenClock()
    signals, indexes = plugins.load_signals(), plugins.load_indexes()
    return Kit(
        settings=Settings(**{"home": home, **(settings or {})}),  # type: ignore[arg-type]  # a test's own values
        store=store or MemoryStore(clock=clock),
        clock=clock,
        vault=MemoryVault(),
        decoder=decoder or NoDecoder(),
        signals=signals,
        indexes=indexes,
        formats=plugins.load_formats(),
        readers=readers or TextReaders(),
        known=Known(signals=signals, indexes=indexes),
        rules=InForce(),
        tables=Tables(),
        connector=connector or RecordingConnector(),
    )


@contextmanager
def decoding_kit(home: Path, **given: object) -> Iterator[Kit]:
    """Like :func:`make_kit`, with a real sandboxed decoder that is closed afterwards."""
    with open_decoder() as decoder:
        yield make_kit(home, decoder=decoder, **given)  # type: ignore[arg-type]  # passed on as given
