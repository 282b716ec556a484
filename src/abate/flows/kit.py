"""What the verbs work with. ``app`` puts it together from settings and plugs; a test puts it together with fakes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from abate.domain.item import Frame, FramePolicy, Picture
from abate.domain.signal import NotScanned
from abate.extend.action import Connector
from abate.extend.clock import Clock
from abate.extend.exchange import ListFormat
from abate.extend.index import IndexType
from abate.extend.signal import SignalType
from abate.extend.store import Store
from abate.extend.vault import Vault
from abate.flows.known import Known
from abate.flows.rules_now import InForce
from abate.flows.tables import Tables
from abate.flows.text import TextReaders
from abate.settings import Settings


class Decoder(Protocol):
    """Turns hostile bytes into pixels, somewhere that can do nothing else."""

    def decode(self, content: bytes) -> Picture | NotScanned:
        """Return the picture, or why there is none."""
        ...

    def frames(self, content: bytes, policy: FramePolicy) -> Iterator[Frame | NotScanned]:
        """Yield the chosen frames of a video as they are decoded, and last why some, or all, are missing."""
        ...


class Asking(Protocol):
    """What a question about numbers takes of the kit. One that names its files takes nothing of the store."""

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        ...

    @property
    def store(self) -> Store:
        """Return the store; it may be opened only now."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def signals(self) -> Mapping[str, SignalType]:
        """Return the signal types."""
        ...

    @property
    def tables(self) -> Tables:
        """Return the history as measurement reads it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """The tools of every flow."""

    settings: Settings
    store: Store
    clock: Clock
    vault: Vault
    decoder: Decoder
    signals: Mapping[str, SignalType]
    indexes: Mapping[str, IndexType]
    formats: Mapping[str, ListFormat]
    readers: TextReaders
    """What reads texts besides the signal types."""
    known: Known
    """The banks as an index, kept between batches."""
    tables: Tables
    """The history as measurement reads it, kept until something is appended."""
    connector: Connector
    """The consequences that are in force; the simulated one reaches no platform."""
    rules: InForce
    """The rules of the operator that are in force, with what they count."""
