"""Addresses that carry another one: archives, gateways, link filters. Read from the spelling; nothing is opened.

A copy in a web archive leads to the same content as the page did, and one IPFS object to the same behind every gateway.
A shortened link does not say where it leads, and is never resolved: only its own address is known.
"""

import re
from typing import Final
from urllib.parse import parse_qs, unquote

from abate.signals.links.content import content_identifier

DEEPEST: Final = 3
"""An archive of an archive of an archive; beyond that nobody clicks."""

_TIME_MAPS: Final = ("web.archive.org", "archive.org", "web-beta.archive.org", "wayback.archive-it.org", "arquivo.pt")
_WAYBACK: Final = re.compile(r"/(?:web|wayback|noFrame/replay|\d{2,8})/(?:[\d*]{1,15}(?:[a-z]{2}_)?/)?(.+)", re.DOTALL)
_TODAY: Final = frozenset(f"archive.{end}" for end in ("today", "ph", "is", "li", "vn", "md", "fo"))
_TODAY_PATH: Final = re.compile(
    r"/(?:o/\w{1,8}/|(?:newest|oldest|timegate)/|[\d.\-]{4,20}/)?((?:https?:/|[^/]+\.[^/]+(?:/|$)).*)", re.DOTALL
)
_MEMENTO: Final = re.compile(r"/(?:api/json|memento|timemap/\w+|list|timegate)/(?:\d{4,14}/)?(.+)", re.DOTALL)
_IPFS_PATH: Final = re.compile(r"/ipfs/([^/?#]+)(.*)", re.DOTALL)
_IPFS_HOST: Final = re.compile(r"([a-z0-9]{40,115})\.ipfs\.[^/]+")
_FILTERS: Final = {
    ("google.com", "/url"): ("q", "url"),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("l.instagram.com", "/"): ("u",),
    ("vk.com", "/away.php"): ("to",),
    ("m.vk.com", "/away.php"): ("to",),
    ("youtube.com", "/redirect"): ("q",),
    ("steamcommunity.com", "/linkfilter/"): ("url", "u"),
    ("out.reddit.com", "/"): ("url",),
    ("t.me", "/iv"): ("url",),
    ("webcache.googleusercontent.com", "/search"): ("q",),
}
"""Pages that send on to an address among their parameters."""


def inside(canonical: str) -> str | None:
    """Return the address that a canonical ``http(s)`` address carries, as written; ``None`` where it carries none."""
    scheme, _, rest = canonical.partition("://")
    if scheme not in {"http", "https"}:
        return None
    authority, slash, tail = rest.partition("/")
    host, path = authority.partition(":")[0].removeprefix("www."), slash + tail
    return _archived(host, path) or _filtered(host, path) or _pinned(host, path)


def _archived(host: str, path: str) -> str | None:
    if host in _TIME_MAPS:
        found = _WAYBACK.fullmatch(path)
    elif host in _TODAY:
        found = _TODAY_PATH.fullmatch(path)
    elif host == "timetravel.mementoweb.org":
        found = _MEMENTO.fullmatch(path)
    else:
        return None
    return _mended(found[1]) if found else None


def _mended(written: str) -> str:
    """Give back the slash that some servers fold away, and undo the escapes of one that was put in as a parameter."""
    text = unquote(written) if re.match(r"https?%3A", written, re.IGNORECASE) else written
    return re.sub(r"^(https?):/(?!/)", r"\1://", text)


def _filtered(host: str, path: str) -> str | None:
    place, _, query = path.partition("?")
    names = _FILTERS.get((host, place), ())
    if not names:
        return None
    given = parse_qs(query, max_num_fields=None, separator="&")
    written = next((given[name][0] for name in names if name in given), None)
    if written and host == "webcache.googleusercontent.com":
        # cache:CODE:ADDRESS, where the code may be absent
        found = re.match(r"cache:(?:[\w-]{12}:)?(\S+)", written)
        return found[1] if found else None
    return written


def _pinned(host: str, path: str) -> str | None:
    found = _IPFS_PATH.match(path)
    if found and content_identifier(found[1]):
        return f"ipfs://{found[1]}{found[2]}"
    below = _IPFS_HOST.fullmatch(host)
    return f"ipfs://{below[1]}{path}" if below and content_identifier(below[1]) else None
