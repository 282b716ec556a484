"""The text of a rule for the eye: its words told apart, and what changed from one version to the next.

Both give pieces of text and what they are. No markup is made here: the template writes each piece, and escapes it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from abate.policy.rules import fields, functions

MOST_LINES = 1_000
"""Lines of a text that is compared: what is longer is shown and not compared, since comparing takes their product."""
_MOST_WORDS = 400
"""Words of a line within which changes are marked; a longer one is marked as a whole."""

_TOKEN = re.compile(
    r"""(?P<note>\#[^\n]*)
    |(?P<quoted>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)
    |(?P<number>\b\d[\d_.]*(?:e[+-]?\d+)?\b)
    |(?P<name>[^\W\d][\w.]*)""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LOGIC = frozenset({"and", "or", "not", "in", "if", "else", "True", "False"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of text and what it is; ``kind`` is empty for nothing of note."""

    text: str
    kind: str = ""


def coloured(text: str) -> tuple[Piece, ...]:
    """Return a rule's text in pieces: ``note``, ``quoted``, ``number``, ``field``, ``call``, ``logic``, the rest."""
    return tuple(_coloured(text))


def _coloured(text: str) -> Iterator[Piece]:
    behind = 0
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "name":
            kind = _kind(found[0])
        if kind:
            if found.start() > behind:
                yield Piece(text=text[behind : found.start()])
            yield Piece(text=found[0], kind=kind)
            behind = found.end()
    if behind < len(text):
        yield Piece(text=text[behind:])


def _kind(name: str) -> str:
    if name in _LOGIC:
        return "logic"
    if name in functions.BY_NAME or name in functions.WINDOWS:
        return "call"
    return "field" if name in fields.BY_NAME else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a comparison."""

    kind: str
    """``same``, ``del`` for what only the older text has, ``ins`` for what only the newer one has."""
    pieces: tuple[Piece, ...]
    """Its parts; those of kind ``changed`` are what differs from the line that it stands for."""


def compared(older: str, newer: str) -> tuple[Line, ...] | None:
    """Return both texts as one, line by line; ``None`` where they are too long for it."""
    old, new = older.splitlines(), newer.splitlines()
    if len(old) > MOST_LINES or len(new) > MOST_LINES:
        return None
    return tuple(_compared(old, new))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Line(kind="same", pieces=(Piece(text=text),)) for text in old[a:b])
            continue
        marked = [_within(*pair) for pair in zip_longest(old[a:b], new[c:d])]
        yield from (Line(kind="del", pieces=gone) for gone, _ in marked if gone is not None)
        yield from (Line(kind="ins", pieces=come) for _, come in marked if come is not None)


_Pieces = tuple[Piece, ...]


def _within(old: str | None, new: str | None) -> tuple[_Pieces | None, _Pieces | None]:
    """Return the pieces of a line and of the one that stands in its place."""
    if old is None or new is None:
        return (None if old is None else (Piece(text=old),), None if new is None else (Piece(text=new),))
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        return (Piece(text=old, kind="changed"),), (Piece(text=new, kind="changed"),)
    gone: list[Piece] = []
    come: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        mark = "" if kind == "equal" else "changed"
        gone += [Piece(text="".join(before[a:b]), kind=mark)] if b > a else []
        come += [Piece(text="".join(after[c:d]), kind=mark)] if d > c else []
    return tuple(gone), tuple(come)
