"""Web addresses in one canonical spelling.

Canonical is what the WHATWG URL standard's parser makes of it (lower-case host in ASCII form, default port dropped, dot
segments resolved), and beyond it: no trailing dot on the host, no user name or password, no fragment, no parameter that
only tells who shared the link, a magnet link by its infohash alone. A fragment that is the address is kept: a route
(``#/…``, ``#!…``, as on ``matrix.to``), and all of it on hosts whose invitations stand there.

Source: URL Standard (url.spec.whatwg.org), parsed by ``ada_url``.
"""

import re
from typing import Final

from ada_url import URL

from abate.domain.errors import InputError
from abate.signals.links.content import content_identifier, magnet
from abate.signals.links.spelling import plain

TRACKING: Final = frozenset(
    {
        "_hsenc", "_hsmi", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igsh", "igshid", "li_fat_id", "mc_cid",
        "mc_eid", "mkt_tok", "msclkid", "srsltid", "ttclid", "twclid", "wbraid", "yclid", "ysclid",
    }
)  # fmt: skip
"""Parameters that name a click, a campaign or a sharer and never change what the page shows; ``utm_…`` as well."""

SCHEMES: Final = frozenset(
    {
        "http", "https", "ftp", "magnet", "ipfs", "ipns", "matrix", "tg", "gemini", "gopher", "sgnl", "simplex", "xmpp",
    }
)  # fmt: skip
"""What leads to content. ``javascript:``, ``data:`` or ``mailto:`` is no place on the web."""

LONGEST: Final = 8192
"""Characters. Browsers and servers give up about there."""

FRAGMENT_IS_THE_ADDRESS: Final = frozenset({"signal.group", "simplex.chat"})
_SHORT_INVITATIONS: Final = ".simplex.im"

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOSTLIKE = re.compile(r"(?:[^\s/?#@:]+\.[^\s/?#@:]+|localhost|\[[0-9a-f:.]+\])(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ROUNDS: Final = 4
"""How often what parsing uncovered is looked at again before the address is called a trick."""


def refang(untrusted: str) -> str:
    """Undo the spellings in which addresses are passed around unclickable: ``hxxps[:]//example[.]org``, ``(dot)``."""
    return plain(untrusted.strip(), whole=True).text


def canonical(untrusted: str) -> str:
    """Return the canonical spelling of one address.

    :raises InputError: when ``untrusted`` is not one address that leads to content
    """
    if len(untrusted) > LONGEST:
        raise _refusal(untrusted, f"it is longer than {LONGEST} characters; cut it to the address")
    return canonical_of_plain(refang(untrusted))


def canonical_of_plain(text: str) -> str:
    """Return the canonical spelling of one address that hides nothing.

    What parsing uncovers, by cutting a path or escaping a character, is looked at again, so that a canonical spelling
    is its own.

    :raises InputError: as :func:`canonical`
    """
    read = text
    for _ in range(_ROUNDS):
        address = _spelt(read)
        read = refang(address)
        if read == address:
            return address
    raise _refusal(text, "each reading of it gives another; give it as it is clicked")


def _spelt(text: str) -> str:
    if not text or _SPACE.search(text):
        raise _refusal(text, "give one address, without spaces")
    address = parsed(_with_scheme(text))
    scheme = address.protocol[:-1]
    if scheme not in SCHEMES:
        raise _refusal(text, f"its scheme leads to no content; known are {', '.join(sorted(SCHEMES))}")
    spelt = magnet(address.href) if scheme == "magnet" else _stripped(address, text)
    if len(spelt) > LONGEST:
        raise _refusal(text, f"it is longer than {LONGEST} characters; cut it to the address")
    return spelt


def _with_scheme(text: str) -> str:
    """Put ``https`` before a bare host; ``example.org:8080/x`` has a port there, no scheme."""
    found = _SCHEME.match(text)
    if found and (found[1].lower() in SCHEMES or not _HOSTLIKE.match(text)):
        return text
    return f"https://{text.removeprefix('//')}" if _HOSTLIKE.match(text.removeprefix("//")) else text


def parsed(text: str) -> URL:
    """Parse as a browser does.

    :raises InputError: when a browser would refuse it
    """
    try:
        return URL(text)
    except UnicodeEncodeError:
        # A lone surrogate, which JSON can smuggle into a str: browsers read it as U+FFFD.
        return parsed(_SURROGATE.sub("\ufffd", text))
    except ValueError as error:
        raise _refusal(text, "give it as https://host/path") from error


def _stripped(address: URL, text: str) -> str:
    """Take away what does not change where the address leads."""
    host = _without_trailing_dot(address)
    if "@" in text and (address.username or address.password):
        address.username, address.password = "", ""
    if "#" in text and not _leads_on(address.hash, host):
        address.hash = ""
    if "?" in text:
        address.search = _telling(address.search)
    return _one_content(address) if address.protocol == "ipfs:" else str(address.href)


def _without_trailing_dot(address: URL) -> str:
    host = str(address.hostname)
    bare = host.rstrip(".")
    if not bare or bare == host:
        return host
    try:
        address.hostname = bare
    except ValueError as error:
        raise _refusal(str(address.href), "its host is none without the dots at its end") from error
    return str(address.hostname)


def _leads_on(fragment: str, host: str) -> bool:
    if host in FRAGMENT_IS_THE_ADDRESS or host.endswith(_SHORT_INVITATIONS):
        return True
    return fragment.startswith(("#/", "#!"))


def _one_content(address: URL) -> str:
    """Write the identifier of an ``ipfs`` address in version 1."""
    identifier = content_identifier(address.host)
    return f"ipfs://{identifier}{address.pathname}{address.search}" if identifier else str(address.href)


def _telling(search: str) -> str:
    """Return the query, with its mark, without tracking parameters, the rest in its order and spelling."""
    pairs = search.removeprefix("?").split("&")
    kept = "&".join(pair for pair in pairs if pair and not _tracks(pair.partition("=")[0].lower()))
    return f"?{kept}" if kept else ""


def _tracks(parameter: str) -> bool:
    return parameter.startswith("utm_") or parameter in TRACKING


def _refusal(untrusted: str, remedy: str) -> InputError:
    return InputError(f"{untrusted[:120]!r} is not a web address: {remedy}")
