"""The signal type ``url``: addresses in one canonical spelling."""

from collections.abc import Mapping, Sequence

from abate.domain.item import Kind, Material
from abate.domain.signal import Signal
from abate.signals.links.address import canonical
from abate.signals.links.reading import addresses, own_address, signals


class CanonicalUrl:
    """The address an item carries, and every address in its text, with those that archives and gateways carry.

    It is its ``url``, or the text of an item of kind ``url``.
    """

    name = "url"
    version = "2"
    kinds = frozenset(Kind)
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Return the canonical address of the item itself; ``None`` for an item without one.

        :raises InputError: when the item claims to have an address and it is none
        """
        address = own_address(material.item)
        return Signal(type=self.name, value=address, version=self.version) if address else None

    def compute_all(self, material: Material) -> Sequence[Signal]:
        """Return every address: the item's own, those in its text, and those that they carry.

        What a text claims to be an address and is none is passed over.

        :raises InputError: when the item's own is none, and its text holds none either
        """
        found = signals(self.name, self.version, addresses(material.item))
        if not found:
            own_address(material.item)
        return found

    def parse(self, value: str) -> str:
        """Return the canonical spelling.

        :raises InputError: when ``value`` is not one address that leads to content
        """
        return canonical(value)

    def examples(self) -> Mapping[str, str]:
        """Return addresses as lists and reports write them."""
        return {
            "hxxps[:]//Example[.]org:443/a/../b?utm_source=x&q=1#top": "https://example.org/b?q=1",
            "EXAMPLE(dot)org./b": "https://example.org/b",
            "http://user:secret@example.org": "http://example.org/",
            "https://matrix.to/#/%23room:example.org": "https://matrix.to/#/%23room:example.org",
        }
