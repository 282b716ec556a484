"""The signal type ``domain``: whose name an address stands under."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Signal, Span
from abate.signals.links.address import canonical
from abate.signals.links.reading import addresses, signals
from abate.signals.links.suffixes import is_public_suffix, registrable

MOST_HOSTS: Final = 5
"""Hosts of one address that are looked up: the longest, and the shortest four down to the registrable domain."""
_IP: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]")
_SUFFIX: Final = re.compile(r"[^\W_]{2,63}")
_WEB: Final = frozenset({"http", "https", "ftp", "gopher", "gemini"})


class Domain:
    """The registrable domain of every address, and the hosts below it that the address stands under.

    An entry ``example.org`` so meets ``sub.example.org``, an entry ``sub.example.org`` only itself and what is below
    it. Under a private suffix of the list, ``name.blogspot.com`` is a domain of its own. A leading ``www.`` is no
    host of its own.
    """

    name = "domain"
    version = "1"
    kinds = frozenset(Kind)
    index = "exact"
    radius = 0
    verified = False
    stands_for_more = True

    def compute(self, material: Material) -> Signal | None:
        """Return the first domain; ``None`` for an item without an address."""
        return next(iter(self.compute_all(material)), None)

    def compute_all(self, material: Material) -> Sequence[Signal]:
        """Return every domain and host, each once, in reading order; of each address the registrable domain first."""
        return signals(self.name, self.version, _domains(material.item))

    def parse(self, value: str) -> str:
        """Return the host in lower-case ASCII form, without ``www.``.

        :raises InputError: when ``value`` is no host, or a suffix under which anybody may register
        """
        host = _host_of(value)
        if is_public_suffix(host):
            msg = f"{value[:80]!r} is a public suffix, under which anybody may have a name; give the name that is meant"
            raise InputError(msg)
        if not _hosts(host):
            msg = f"{value[:80]!r} is no domain of the net; give it as example.org"
            raise InputError(msg)
        return host

    def examples(self) -> Mapping[str, str]:
        """Return domains as lists write them."""
        return {
            "*.Example[.]org": "example.org",
            "https://www.example.org/": "example.org",
            "sub.example.org.": "sub.example.org",
            "bücher.example": "xn--bcher-kva.example",
            "192.0.2.7": "192.0.2.7",
        }


def _host_of(value: str) -> str:
    written = value.strip().removeprefix("*").removeprefix(".")
    if _SUFFIX.fullmatch(written) and is_public_suffix(written.lower()):
        return written.lower()
    try:
        address = canonical(written)
    except InputError as error:
        msg = f"{value[:80]!r} is no domain; give it as example.org"
        raise InputError(msg) from error
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    if scheme not in _WEB or path or ":" in _IP.sub("", host):
        msg = f"{value[:80]!r} is more than a domain; bank it as a url, or give its host alone"
        raise InputError(msg)
    return _bare(host)


def _bare(host: str) -> str:
    """Leave out each leading ``www.``, unless that is the registrable domain's own label."""
    domain = registrable(host)
    while host.startswith("www.") and host != domain:
        host = host.removeprefix("www.")
    return host


def _domains(item: Item) -> Iterator[tuple[str, Span | None]]:
    for address, span in addresses(item):
        scheme, mark, rest = address.partition("://")
        if mark and scheme in _WEB:
            authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
            host = authority if authority.endswith("]") else re.sub(r":\d+$", "", authority)
            yield from ((one, span) for one in _hosts(_bare(host)))


def _hosts(host: str) -> list[str]:
    """Return the registrable domain of a host, the hosts between, and the host itself; none for one that has none."""
    if _IP.fullmatch(host):
        return [host]
    domain = registrable(host)
    if domain is None:
        return []
    below = host[: len(host) - len(domain)].split(".")[:-1]
    between = [".".join((*below[n:], domain)) for n in range(len(below) - 1, 0, -1)]
    return [*dict.fromkeys(_bare(one) for one in (domain, *between[: MOST_HOSTS - 2], host))]
