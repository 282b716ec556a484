"""A signal type: how a fingerprint is computed, written and compared. Entry-point group ``abate.signals``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from abate.domain.item import Kind, Material
from abate.domain.signal import Signal, Span


class SignalType(Protocol):
    """Reads one kind of fingerprint off an item."""

    name: str
    """Permanent: it is what banks store. Never derived from a class name."""
    version: str
    kinds: frozenset[Kind]
    """The item kinds it can read."""
    index: str
    """Name of the index plug that finds its neighbours: ``exact``, ``hamming``, ``winnowing`` …"""
    radius: int
    """Greatest distance that is a match; 0 for exact types."""
    verified: bool
    """Whether a match at distance 0 is proof of the same content (a cryptographic hash that is not broken).

    MD5 is not: collisions are made to order. A perceptual hash is not: different pictures may share it.
    """

    def compute(self, material: Material) -> Signal | None:
        """Return the signal, or ``None`` when this material has nothing to read (no text, no bytes).

        :raises InputError: when there is something to read and it cannot be read; becomes ``NotScanned``
        """
        ...

    def parse(self, value: str) -> str:
        """Return ``value`` in canonical form.

        :raises InputError: when it is not a value of this type
        """
        ...

    def examples(self) -> Mapping[str, str]:
        """Return written values as others write them, each with its canonical form. Loading the plug checks them."""
        ...


@runtime_checkable
class Turnable(Protocol):
    """What a signal type may offer besides: an item's signals as if it had been turned or mirrored before posting."""

    def turned(self, material: Material) -> Sequence[Signal]:
        """Return one signal for each other form, none where :meth:`SignalType.compute` gives ``None``.

        They are looked up where the setting ``photo_orientations`` is ``all``, then kept for ``abate retro``, and
        neither printed nor banked.

        :raises InputError: as :meth:`SignalType.compute`
        """
        ...


@runtime_checkable
class Several(Protocol):
    """What a signal type may offer besides: more than one signal an item, such as each address in a text."""

    def compute_all(self, material: Material) -> Sequence[Signal]:
        """Return every signal, each value once, in reading order, with its spans; used in place of ``compute``.

        :raises InputError: as :meth:`SignalType.compute`
        """
        ...


@runtime_checkable
class Wide(Protocol):
    """What a signal type may say besides: a value stands for more than the item that it is read off, as a domain does.

    It is banked where a list or a person names it, and not because something that is banked leads there.
    """

    stands_for_more: bool


class Seeker(Protocol):
    """Finds known values in texts. It never changes; any number of threads may ask it."""

    def find(self, text: str) -> Sequence[Signal]:
        """Return each known value that stands in ``text`` once, with all its spans, in reading order."""
        ...


@runtime_checkable
class Sought(Protocol):
    """What a signal type may offer besides: it is found by looking for what the banks hold, as phrases are.

    Its ``compute`` gives ``None``: what an item has of it depends on what is known.
    """

    def seeker(self, values: Iterable[str]) -> Seeker:
        """Build the seeker of canonical ``values``."""
        ...


@runtime_checkable
class Highlighting(Protocol):
    """What a signal type may offer besides: it says where in a text the runs of a hit stand."""

    def highlight(self, text: str, runs: Sequence[Span]) -> tuple[Span, ...]:
        """Return the stretches of ``text`` as written that ``runs`` (see ``Hit.runs``) cover, in reading order."""
        ...
