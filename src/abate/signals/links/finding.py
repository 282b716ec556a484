"""Finds addresses in a text, with the place of each in the text as written.

Most posts hold none, so :func:`may_hold` looks first for what every written form needs. What passes is freed of its
disguise (``spelling``) and read once from left to right; ``prose`` decides about hosts without a scheme.

Every pattern takes time in proportion to the text: possessive runs, bounded repeats, and look-behinds that keep the
inside of a run from being a start.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from abate.domain.errors import InputError
from abate.domain.signal import Span
from abate.signals.links.address import LONGEST, canonical_of_plain, refang
from abate.signals.links.content import CID, content_identifier
from abate.signals.links.invitations import room, telegram_name
from abate.signals.links.prose import glued, is_spaced_link, linked
from abate.signals.links.spelling import DOT_WORDS, HOST, SPACED_DOT, Plain, is_odd, plain
from abate.signals.links.wrapped import DEEPEST, inside

_STOP: Final = (
    r"\s<>\"`\x00-\x1f\x7f\u00ab\u00bb\u060c\u061b\u061f\u06d4\u2018\u2019\u201a-\u201f\u2026\u2039\u203a\u3001\u3002"
    r"\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1b\uff1f\ufffe\uffff"
)
"""What ends an address in running text: space, quotation marks, the punctuation of other scripts."""
_REST: Final = rf"(?:[/?#\\](?:[^{_STOP}\],;|]|[,;|](?!(?:https?|ftp)://)|\](?!\())*+)?"
"""Path, query and fragment, up to where a second address or the target of a Markdown link begins."""
_PORT: Final = r"(?::\d{1,5}(?!\d))?"
_NAMES: Final = rf"[{HOST}]++(?:\.[{HOST}]++)++"

_LINK = re.compile(
    rf"(?P<web>(?:https?|ftp|gopher|gemini)://(?:[^{_STOP}/?#\\'()\[\]{{}}|,;]|\[[0-9a-f:.]{{2,45}}\])++{_REST})"
    rf"|(?P<app>(?<![{HOST}])(?:(?:tg|sgnl|ipfs|ipns|simplex)://?|magnet:\?|matrix:(?=(?:r|room|roomid|e)/)"
    rf"|xmpp:(?=[^{_STOP}?]{{3,300}}\?join))[^{_STOP}]++)"
    rf"|(?P<room>(?<![{HOST}/#!])[#!][^{_STOP}:/?#@,;]{{1,200}}+:{_NAMES}{_PORT})"
    rf"|(?P<bare>(?<![{HOST}@%&~$]){_NAMES}(?!@){_PORT}{_REST})"
    rf"|(?P<handle>(?<![{HOST}@./])@[a-z][a-z0-9_]{{3,31}}(?![{HOST}@]))",
)
_POINT = re.compile(r"[.:](?=\S)|@")
_SPACE = re.compile(r"\s")
_SPACED = re.compile(
    rf"(?<![{HOST}@%&~$])(?:https?://)?[{HOST}]++(?:\.[{HOST}]++)*+(?:{SPACED_DOT}[{HOST}]++(?:\.[{HOST}]++)*+)++"
    rf"(?!@){_PORT}{_REST}"
)
_IDENTIFIER = re.compile(rf"(?<![\w/.:-]){CID}(?![\w-])")
_CUT_OFF = re.compile(r"\.{2}|\u2026")

_LATER = re.compile(r"\.(?=[A-Za-z](?:[A-Za-z]|[^\x00-\x7f])|[^\x00-\x7f]|\d{1,3}[:/])")
_COLON = re.compile(r": {0,2}[/\[({]|:[\])}]")
_BRACKETED = re.compile(r"[\[({] ?[./]")
_NEAR_WORDS: Final = tuple(word for word in DOT_WORDS if word.isascii())
_FAR_WORDS: Final = tuple(word for word in DOT_WORDS if not word.isascii())
_APPS: Final = ("magnet:", "matrix:", "xmpp:")

_BEFORE: Final = 48
"""Characters before a name in which a platform or an invitation to join is looked for."""
_PLATFORM = re.compile(
    r"(?<!\w)(?:telegram\w{0,3}|tg|телеграмм?\w{0,3}|тг|تلگرام|تلجرام|تليجرام|تيليجرام|تلغرام|ٹیلیگرام)(?!\w)"
)
_JOINING = re.compile(
    r"(?<!\w)(?:channels?|groups?|chat|join|subscribe|канал\w{0,3}|групп\w{1,2}|чат|подпис\w{1,10}|قناة|قناتنا|مجموعة"
    r"|کانال|گروه|چینل|kanal\w{0,6}|grup\w{0,4}|saluran|canal|groupe|gruppe|kituo|kikundi)(?!\w)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One thing that a text leads to."""

    address: str = ""
    """Canonical; empty where what stands there is an invitation and no address."""
    invitation: str = ""
    """Canonical; set where what stands there is a room or a name."""
    span: Span
    """Where it stands in the text as written."""


def may_hold(text: str) -> bool:
    """Say whether :func:`find` may find anything: quick, and wrong in one direction only."""
    if _LATER.search(text) or "@" in text or " . " in text or "Qm" in text or "baf" in text:
        return True
    if ":" in text and (_COLON.search(text) or _any_of(_APPS, text.lower())):
        return True
    if ("[" in text or "(" in text or "{" in text) and _BRACKETED.search(text):
        return True
    low = text.lower()
    if _any_of(_NEAR_WORDS, low):
        return True
    return not low.isascii() and (_any_of(_FAR_WORDS, low) or is_odd(text))


def _any_of(words: tuple[str, ...], low: str) -> bool:
    for word in words:  # noqa: SIM110 - a generator costs as much as all the searches
        if word in low:
            return True
    return False


def find(text: str, *, platform: str = "") -> list[Found]:
    """Return what ``text`` leads to, in reading order: addresses, what they carry inside them, rooms and names.

    :param platform: where the text was posted; on Telegram a name beside a word such as *channel* is an invitation
    """
    return read(text, platform=platform) if may_hold(text) else []


def read(text: str, *, platform: str = "") -> list[Found]:
    """Do what :func:`find` does, without looking first whether it is worth it."""
    freed = plain(text)
    low = _lower(freed.text)
    found = list(_standing(freed, low, platform))
    found += _identifiers(freed)
    if len(found) > 1:
        found.sort(key=lambda one: one.span.start)
    spaced = list(_spaced(freed, low, [one.span for one in found])) if _may_be_spaced(low) else []
    return sorted([*found, *spaced], key=lambda one: one.span.start) if spaced else found


def within(address: str) -> Iterator[str]:
    """Return the addresses that a canonical address carries, from the outside in."""
    for _ in range(DEEPEST):
        written = inside(address)
        if not written:
            return
        try:
            address = canonical_of_plain(refang(written))
        except InputError:
            return
        yield address


def _lower(text: str) -> str:
    """Lower the case and keep every offset: only the dotted capital I has a lower form of another length."""
    return text.replace("\u0130", "i").lower()


def _standing(freed: Plain, low: str, platform: str) -> Iterator[Found]:
    for found in _candidates(low):
        start, end = found.span()
        sort = found.lastgroup
        if sort == "handle":
            yield from _invited(freed, _named(low, start, end, platform), start, end)
        elif sort == "room":
            yield from _invited(freed, _room(freed.text[start:end]), start, end)
        else:
            end = _trimmed(low, start, end)
            yield from _bare(freed, low, start, end) if sort == "bare" else _address(freed, start, end)


def _candidates(low: str) -> Iterator[re.Match[str]]:
    """Look only at the stretches between spaces that hold a sign of a link: reading every word is the slow part."""
    at = 0
    while point := _POINT.search(low, at):
        start = max(at, low.rfind(" ", at, point.start()) + 1, low.rfind("\n", at, point.start()) + 1)
        space = _SPACE.search(low, point.end())
        at = space.start() if space else len(low)
        yield from _LINK.finditer(low, start, at)


def _invited(freed: Plain, invitation: str | None, start: int, end: int) -> Iterator[Found]:
    if invitation:
        yield Found(invitation=invitation, span=_span(freed, start, end))


def _room(written: str) -> str | None:
    server = written.rpartition(":")[0 if written.rpartition(":")[2].isdigit() else 2].rpartition(":")[2]
    return room(written) if linked(server, tail=False) == len(server) else None


def _named(low: str, start: int, end: int, platform: str) -> str | None:
    """Read ``@name`` as Telegram's where its neighbourhood says so; elsewhere it may be anybody's, and a person's."""
    before = low[max(0, start - _BEFORE) : start]
    if _PLATFORM.search(before) or (platform.lower() == "telegram" and _JOINING.search(before)):
        return telegram_name(low[start + 1 : end])
    return None


def _address(freed: Plain, start: int, end: int) -> Iterator[Found]:
    """Yield an address with those that it carries. What a text claims may be anything: what is none is passed over."""
    if end - start > LONGEST or _is_cut_off(freed.text, start, end):
        return
    try:
        address = canonical_of_plain(freed.text[start:end])
    except InputError:
        return
    if not _leads_outside(address):
        return
    span = _span(freed, start, end)
    yield from (Found(address=one, span=span) for one in (address, *within(address)))


def _is_cut_off(text: str, start: int, end: int) -> bool:
    """Say whether the host itself was shortened for display, ``https://exam…``: it names another one."""
    return bool(_CUT_OFF.match(text, end)) and "/" not in text[start:end].partition("://")[2]


def _leads_outside(address: str) -> bool:
    """Say whether a web address names a host of the net: not ``http://localhost/``, nor ``http://.../``."""
    scheme, mark, rest = address.partition("://")
    if not mark or scheme not in {"http", "https", "ftp", "gopher", "gemini"}:
        return True
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return "." in host.strip(".") or "[" in host


def _span(freed: Plain, start: int, end: int) -> Span:
    first, last = freed.original(start, end)
    return Span(start=first, end=last)


def _trimmed(low: str, start: int, end: int) -> int:
    """Leave out the punctuation that closes the sentence, and a bracket that was opened before."""
    if low[end - 1].isalnum():
        return end
    around = low[start - 1 : start] if start else ""
    left = {close: low.count(opening, start, end) - low.count(close, start, end) for opening, close in _BRACKETS}
    while end > start:
        last = low[end - 1]
        if left.get(last, 0) < 0:
            left[last] += 1
        elif last not in ".,;:!?'*" and not (last == around and last in "_~|"):
            break
        end -= 1
    return end


_BRACKETS: Final = ("()", "[]", "{}")


def _bare(freed: Plain, low: str, start: int, end: int) -> Iterator[Found]:
    """Read a host without a scheme."""
    before = low[max(0, start - 2) : start]
    if before.endswith(("/", "\\")) and before != "//":
        return  # the end of a path: src/main.rs
    if before.endswith(":") and _OF_A_PERSON.search(low, max(0, start - _LONGEST_USER), start):
        return  # @someone:example.org, whose server is no link
    found = _HOST_END.search(low, start, end)
    host_end = found.start() if found else end
    start += glued(low[start:host_end])
    size = linked(freed.text[start:host_end], tail=host_end < end)
    if size:
        yield from _address(freed, start, end if start + size == host_end else start + size)


_LONGEST_USER: Final = 256
_OF_A_PERSON = re.compile(r"(?:@|matrix:u/)[^\s:]++:$")
_HOST_END = re.compile(r"[/:?#\\]")


def _identifiers(freed: Plain) -> Iterator[Found]:
    """Find IPFS identifiers that stand alone."""
    if "Qm" not in freed.text and "baf" not in freed.text:
        return
    for found in _IDENTIFIER.finditer(freed.text):
        identifier = content_identifier(found[0])
        if identifier:
            yield Found(address=canonical_of_plain(f"ipfs://{identifier}"), span=_span(freed, *found.span()))


def _may_be_spaced(low: str) -> bool:
    return " . " in low or _any_of(DOT_WORDS, low)


def _spaced(freed: Plain, low: str, taken: list[Span]) -> Iterator[Found]:
    """Find links whose dots are words or stand between spaces, where no plain link stands."""
    for found in _SPACED.finditer(low):
        end = _trimmed(low, *found.span())
        span = _span(freed, found.start(), end)
        n = bisect_left(taken, span.start, key=lambda one: one.end - 1)
        if n < len(taken) and taken[n].start < span.end:
            continue
        written = refang(freed.text[found.start() : end])
        bare = written.partition("://")[2] if "://" in written else written
        host = re.split(r"[/:?#\\]", bare, maxsplit=1)[0].lower()
        if len(written) <= LONGEST and is_spaced_link(host, tail=len(host) < len(bare)):
            yield from (Found(address=one, span=span) for one in _all_of(written))


def _all_of(written: str) -> Iterator[str]:
    try:
        address = canonical_of_plain(written)
    except InputError:
        return
    yield address
    yield from within(address)
