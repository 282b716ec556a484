"""Undoes the spellings in which addresses are passed around unclickable, with the way back to the original.

Two kinds of hiding. Characters that show nothing or look like ASCII (zero-width, full-width, circled, mathematical),
and defanging: ``hxxps[:]//example[.]org``, ``example(dot)org``, ``h**p://``. Both are undone wherever they stand,
because they have no other use beside letters. A dot written as a word or between spaces has (``the end . It was``):
it is undone only where the caller knows that the whole is an address, and :data:`SPACED_DOT` is how a finder
recognises it.

Every pattern is linear: none begins with an unbounded run that it could begin again one character later.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0900-\u0963\u0966-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0f18-\u0f39\u0f71-\u0f84\u1000-\u109f\u1780-\u17d3"
    "\u200c\u200d"
)
r"""Marks and joiners that stand inside words of their scripts and that ``\w`` leaves out."""

HOST: Final = rf"\w\-{MARKS}"
"""What a label of a host may be written with, as the inside of a character class."""

DOT_WORDS: Final = ("dot", "d0t", "punkt", "punto", "ponto", "nokta", "titik", "точка", "نقطة", "نقطه")

SPACED_DOT: Final = rf"(?: {{1,2}}\. {{1,2}}| {{1,2}}(?:{'|'.join(DOT_WORDS)}) {{1,2}})"
"""A dot between spaces, or its word in one of the languages, as writers put it to keep a link from being one."""

_DOT: Final = rf"(?:\.|{'|'.join(DOT_WORDS)})"

_HIDDEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINING: Final = "\u0600-\u0dff\u1000-\u17ff"
_LOOKALIKES: Final = "\u2024\uff0d-\uff1a\uff20-\uff3a\uff3f\uff41-\uff5a\u24b6-\u24e9\U0001d400-\U0001d7ff"
"""The stand-ins of ASCII that nobody needs for writing: one-dot leader, full-width, circled, mathematical letters."""

_ODD = re.compile(
    # A joiner after an Arabic or Indic letter is spelling, not hiding.
    rf"[{_HIDDEN}]+|(?<![{_JOINING}])[\u200c\u200d]+|[{_LOOKALIKES}]+"
    # An ideographic full stop ends sentences, so it is a dot only inside what is otherwise ASCII.
    r"|(?<=[0-9A-Za-z\-])[\u3002\uff61](?=[0-9A-Za-z])"
)
_ODD_LETTER = re.compile(rf"[{_HIDDEN}{_LOOKALIKES}\u3002\uff61]")
_ODD_RUN = re.compile(rf"[{_HIDDEN}\u200c\u200d{_LOOKALIKES}\u3002\uff61]+")
_ODD_JOINER = re.compile(rf"[\u200c\u200d](?<![{_JOINING}][\u200c\u200d])")
_SCHEME = re.compile(
    # The set of first letters stands outside the part that ignores case, where it can be searched for.
    r"[HhTt](?i:(?<=h)(?:tt|xx|xt|tx|\*\*|__|\+\+)p|(?<=t)(?<![a-z0-9]t)tp)([Ss]?) {0,2}"
    r"[\[({]? {0,2}:[\])}]? {0,2}[\[({]?/[\])}]? {0,2}[\[({]?/[\])}]?"
)
_ODD_SCHEMES: Final = ("xxp", "xtp", "txp", "**p", "__p", "++p")
_ODD_COLON = re.compile(r":(?:(?<=[\[({ ]:)| {0,2}[\[({\])}]| {1,2}/|/ {0,2}[\[({\])}]|/ {1,2}/)")
_SLASH = re.compile(rf"(?<=[{HOST}/\]])\[/\]")
_BRACKETED_DOT = re.compile(rf"(?<![\[({{])[\[({{]++ ?{_DOT} ?[\])}}]++\s*+(?=[{HOST}])", re.IGNORECASE)
_HOST_LETTER = re.compile(rf"[{HOST}]")
_SPACED_DOT = re.compile(rf"(?<=[{HOST}]){SPACED_DOT}(?=[{HOST}])", re.IGNORECASE)


class _Table(dict[int, str]):
    """The table of ``str.translate``, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_TABLE: Final = _Table({0x3002: ".", 0xFF61: ".", 0x2024: "."})


Change: TypeAlias = tuple[int, int, str]
"""Where what is replaced begins and ends, and what stands there then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """What one pass replaced, in reading order; four numbers each."""

    at: "array[int]" = field(default_factory=lambda: array("q"))
    """Where the replacement stands in the new text."""
    width: "array[int]" = field(default_factory=lambda: array("q"))
    """And how many characters it has."""
    was_at: "array[int]" = field(default_factory=lambda: array("q"))
    """Where what it replaced stood in the old text."""
    was_width: "array[int]" = field(default_factory=lambda: array("q"))

    def start(self, offset: int) -> int:
        """Return where the character at ``offset`` of the new text begins in the old."""
        n = bisect_right(self.at, offset) - 1
        if n < 0:
            return offset
        inside = offset - self.at[n]
        if inside >= self.width[n]:
            return self.was_at[n] + self.was_width[n] + inside - self.width[n]
        return self.was_at[n] + (inside if self.width[n] == self.was_width[n] else 0)

    def end(self, offset: int) -> int:
        """Return where the character before ``offset`` (not 0) of the new text ends in the old."""
        n = bisect_right(self.at, offset - 1) - 1
        # A pass may leave nothing at a place where the next edit begins: the last that has a width is meant.
        while n >= 0 and self.width[n] == 0 and self.at[n] == offset - 1:
            n -= 1
        if n >= 0 and offset - 1 - self.at[n] < self.width[n] and self.width[n] != self.was_width[n]:
            return self.was_at[n] + self.was_width[n]
        return self.start(offset - 1) + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A text as it would have been written to be clicked."""

    text: str
    edits: tuple[Edits, ...] = ()
    """The passes, in their order."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` (not empty) stands in the original, end exclusive."""
        for one in reversed(self.edits):
            start, end = one.start(start), one.end(end)
        return start, end


def is_odd(text: str) -> bool:
    """Say whether ``text`` may hold characters that show nothing or stand in for ASCII."""
    if text.isascii():
        return False
    if _ODD_LETTER.search(text):
        return True
    return ("\u200c" in text or "\u200d" in text) and _ODD_JOINER.search(text) is not None


def plain(untrusted: str, *, whole: bool = False) -> Plain:
    """Undo what hides addresses in ``untrusted``.

    :param whole: all of it is one address, so dots between spaces and dots written as words are undone as well
    """
    text = untrusted
    passes: list[Edits] = []
    if is_odd(text):
        text = _rewritten(text, _odd_runs(text), passes)
    if ":" in text and _hides_scheme(text):
        text = _rewritten(text, _schemes(text), passes)
    if "[/]" in text:
        text = _rewritten(text, ((*found.span(), "/") for found in _SLASH.finditer(text)), passes)
    if "[" in text or "(" in text or "{" in text:
        text = _rewritten(text, _bracketed_dots(text), passes)
    if whole and " " in text:
        text = _rewritten(text, ((*found.span(), ".") for found in _SPACED_DOT.finditer(text)), passes)
    return Plain(text=text, edits=tuple(passes))


def _hides_scheme(text: str) -> bool:
    low = text.lower()
    if low.count("ttp") != low.count("http") or _ODD_COLON.search(text):
        return True
    for scheme in _ODD_SCHEMES:  # noqa: SIM110 - a generator costs as much as all the searches
        if scheme in low:
            return True
    return False


def _odd_runs(text: str) -> Iterator[Change]:
    """Find with one set of characters where the pattern of several alternatives, much slower, is worth asking."""
    for run in _ODD_RUN.finditer(text):
        # One further, because a full stop looks at what follows it.
        for found in _ODD.finditer(text, run.start(), run.end() + 1):
            yield *found.span(), _shown(found[0])


def _shown(run: str) -> str:
    return run.translate(_TABLE) if run[0] in "\u3002\uff61" or _is_lookalike(run[0]) else ""


def _is_lookalike(character: str) -> bool:
    return (
        character == "\u2024"
        or "\uff0d" <= character <= "\uff5a"
        or character >= "\U0001d400"
        or ("\u24b6" <= character <= "\u24e9")
    )


def _schemes(text: str) -> Iterator[Change]:
    for found in _SCHEME.finditer(text):
        yield *found.span(), f"http{found[1].lower()}://"


def _bracketed_dots(text: str) -> Iterator[Change]:
    """Find bracketed dots between letters of a host, with the spaces on both sides."""
    behind = 0
    for found in _BRACKETED_DOT.finditer(text):
        start, end = found.span()
        while start > behind and text[start - 1].isspace():
            start -= 1
        if start > behind and _HOST_LETTER.match(text, start - 1):
            yield start, end, "."
        behind = end


def _rewritten(text: str, changes: Iterable[Change], passes: list[Edits]) -> str:
    pieces: list[str] = []
    edits = Edits()
    behind = at = 0
    for start, end, by in changes:
        pieces += (text[behind:start], by)
        at += start - behind
        edits.at.append(at)
        edits.width.append(len(by))
        edits.was_at.append(start)
        edits.was_width.append(end - start)
        at, behind = at + len(by), end
    if not pieces:
        return text
    passes.append(edits)
    return "".join((*pieces, text[behind:]))
