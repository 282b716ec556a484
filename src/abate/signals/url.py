"""Web addresses in one canonical spelling.

Canonical is what the WHATWG URL standard's parser makes of it (lower-case host in ASCII form, default port dropped, dot
segments resolved), and beyond it: no trailing dot on the host, no user name or password, no fragment, no parameter that
only tells who shared the link. A fragment that is a route (``#/…``, ``#!…``) is kept: on ``matrix.to`` it *is* the
address.

Nothing here resolves a name or opens a connection: looking at a link would tell its owner who is looking.

Source: URL Standard (url.spec.whatwg.org), parsed by ``can_ada``.
"""

import re
from collections.abc import Mapping
from typing import Final

import can_ada

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Signal

TRACKING: Final = frozenset(
    {
        "_hsenc", "_hsmi", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igsh", "igshid", "li_fat_id", "mc_cid",
        "mc_eid", "mkt_tok", "msclkid", "srsltid", "ttclid", "twclid", "wbraid", "yclid", "ysclid",
    }
)  # fmt: skip
"""Parameters that name a click, a campaign or a sharer and never change what the page shows; ``utm_…`` as well."""

SCHEMES: Final = frozenset({"http", "https", "ftp", "magnet", "ipfs", "ipns", "matrix", "tg", "gemini", "gopher"})
"""What leads to content. ``javascript:``, ``data:`` or ``mailto:`` is no place on the web."""

LONGEST: Final = 8192
"""Characters. Browsers and servers give up about there, and patterns over megabytes of spaces would not be quick."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_DEFANGEDLONGEST: Final = 8192
"""Characters. Browsers and servers give up about there, and patterns over megabytes of spaces would not be quick."""

_SCHEME = re.compile(r"^(?:hxxp|h\*\*p|http)(s?)\s*(?:\[:\]|:|\[:)\s*(?://\]|\[?//\]?|\[/\]\[/\])", re.IGNORECASE)
_DEFANGED_SCHEME = re.compile(
    r"^(?:hxxp|h\*\*p|http)(s?)\s*(?:\[:\]|:|\[:)\s*(?://\]|\[?//\]?|\[/\]\[/\])", re.IGNORECASE
)
_DEFANGED_DOT = re.compile(r"\s*[\[({]\s*(?:\.|dot)\s*[\])}]\s*", re.IGNORECASE)
_DEFANGED_SLASH = re.compile(r"\[/\]")
_HOSTLIKE = re.compile(r"^(?:[^\s/?#@:]+\.[^\s/?#@:]+|localhost|\[[0-9a-f:.]+\])(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)


def refang(untrusted: str) -> str:
    """Undo the spellings in which addresses are passed around unclickable: ``hxxps[:]//example[.]org``, ``(dot)``."""
    text = _DEFANGED_DOT.sub(".", untrusted.strip())
    text = _DEFANGED_SCHEME.sub(r"http\1://", text)
    return _DEFANGED_SLASH.sub("/", text)


def canonical(untrusted: str) -> str:
    """Return the canonical spelling of one address.

    :raises InputError: when ``untrusted`` is not one address that leads to content
    """
    if len(untrusted) > LONGEST:
        raise _refusal(untrusted, f"it is longer than {LONGEST} characters; cut it to the address")
    text = refang(untrusted)
    if not text or any(c.isspace() for c in text):
        raise _refusal(untrusted, "give one address, without spaces")
    address = _parsed(_with_scheme(text), untrusted)
    if address.protocol.rstrip(":") not in SCHEMES:
        raise _refusal(untrusted, f"its scheme leads to no content; known are {', '.join(sorted(SCHEMES))}")
    _strip(address)
    return address.href


def _with_scheme(text: str) -> str:
    """Put ``https`` before a bare host; ``example.org:8080/x`` has a port there, no scheme."""
    found = _SCHEME.match(text)
    if found and (found[1].lower() in SCHEMES or not _HOSTLIKE.match(text)):
        return text
    return f"https://{text.removeprefix('//')}" if _HOSTLIKE.match(text.removeprefix("//")) else text


def _parsed(text: str, untrusted: str) -> can_ada.URL:
    try:
        return can_ada.parse(text)
    except (ValueError, TypeError) as error:  # TypeError: a lone surrogate, which JSON can smuggle into a str
        raise _refusal(untrusted, "give it as https://host/path") from error


def _strip(address: can_ada.URL) -> None:
    """Take away what does not change where the address leads."""
    host = address.hostname.rstrip(".")
    if host and host != address.hostname:
        address.hostname = host
    if address.has_credentials():
        address.username, address.password = "", ""
    if not address.hash.startswith(("#/", "#!")):
        address.hash = ""
    if address.has_search():
        address.search = _telling(address.search)


def _telling(search: str) -> str:
    """Return the query without tracking parameters, the rest in its order and spelling."""
    pairs = search.removeprefix("?").split("&")
    return "&".join(pair for pair in pairs if pair and not _tracks(pair.partition("=")[0].lower()))


def _tracks(parameter: str) -> bool:
    return parameter.startswith("utm_") or parameter in TRACKING


def _refusal(untrusted: str, remedy: str) -> InputError:
    return InputError(f"{untrusted[:120]!r} is not a web address: {remedy}")


class CanonicalUrl:
    """The address an item carries: its ``url``, or the text of an item of kind ``url``."""

    name = "url"
    version = "1"
    kinds = frozenset(Kind)
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Return the canonical address; ``None`` for an item without one.

        :raises InputError: when the item claims to have an address and it is none
        """
        untrusted = _untrusted_address(material.item)
        if not untrusted:
            return None
        return Signal(type=self.name, value=canonical(untrusted), version=self.version)

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


def _untrusted_address(item: Item) -> str:
    return (item.url or (item.text if item.kind is Kind.URL else "")).strip()
