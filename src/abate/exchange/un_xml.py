"""The United Nations Security Council's consolidated list as its own XML: organisations only.

The part on individuals is passed over as it streams by: the parser is not asked for a letter of it, so that no person's
name comes to be in a value, an error or a log. Their number is told.

The file is a stranger's. A document type, and with it every entity that could swell or reach outside, is refused at its
first letter; depth, lengths and numbers are bounded. It is read through once before anything is handed on, since half a
list looks like a short list.

Format: ``CONSOLIDATED_LIST`` of ``INDIVIDUALS`` and ``ENTITIES``; an ``ENTITY`` has ``FIRST_NAME`` (its name),
``NAME_ORIGINAL_SCRIPT``, ``UN_LIST_TYPE`` (the regime), ``REFERENCE_NUMBER`` and ``ENTITY_ALIAS`` of ``QUALITY`` and
``ALIAS_NAME``. Comments and addresses name persons, and are passed over too.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NoReturn
from xml.parsers import expat

from abate.domain.errors import InputError
from abate.exchange.lines import opened
from abate.exchange.organisations import Alias, Organisation, listed, persons_left_out
from abate.extend.exchange import Listed

SOURCE: Final = "UN Security Council consolidated"
LARGEST: Final = 256 * 1024 * 1024
"""Bytes; the list has two million."""
DEEPEST: Final = 32
"""Elements inside one another; the list has six."""
LONGEST: Final = 4_000
"""Characters of one field."""
MOST_ALIASES: Final = 1_000
PENDING: Final = 1 << 20
"""Bytes of one tag."""

_BREAKS_OFF: Final = {
    expat.errors.codes[name] for name in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}
_CHUNK: Final = 1 << 16
_ROOT: Final = "CONSOLIDATED_LIST"
_PERSONS: Final = frozenset({"INDIVIDUALS", "INDIVIDUAL"})
_FIELDS: Final = {
    ("FIRST_NAME",), ("NAME_ORIGINAL_SCRIPT",), ("UN_LIST_TYPE",), ("REFERENCE_NUMBER",),
    ("ENTITY_ALIAS", "QUALITY"), ("ENTITY_ALIAS", "ALIAS_NAME"),
}  # fmt: skip
"""Paths inside an ``ENTITY``: all that is ever read."""


class UnXml:
    """Reads the organisations of the consolidated list.

    :param regimes: the regimes to take, as ``UN_LIST_TYPE`` calls them; all, where none is named
    """

    name = "un_xml"

    def __init__(self, regimes: Iterable[str] = ()) -> None:
        self._regimes = frozenset(regime.casefold() for regime in regimes)

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file is named as XML and begins with a consolidated list."""
        return path.suffix.lower() == ".xml" and f"<{_ROOT}".encode() in head

    def read(self, path: Path) -> Iterator[Listed | InputError]:
        """Yield each name of each organisation once; last, how many persons were passed over.

        :raises InputError: when the file cannot be opened, is no such list, or breaks off anywhere
        """
        deque(_rows(path), maxlen=0)
        for row in _rows(path):
            if isinstance(row, InputError):
                yield row
            elif not self._regimes or row[0].casefold() in self._regimes:
                yield from listed(row[1])


_Row = tuple[str, Organisation]
"""An organisation with its regime."""


def _rows(path: Path) -> "Iterator[_Row | InputError]":
    reader = _Reader(path)
    with opened(path) as stream:
        if path.stat().st_size > LARGEST:
            msg = f"has more than {LARGEST // 1024**2} MiB, which no such list has; fetch it again"
            raise InputError(msg, where=str(path))
        while chunk := stream.read(_CHUNK):
            yield from reader.feed(chunk)
        yield from reader.feed(b"", last=True)
    if reader.persons:
        yield persons_left_out(reader.persons, str(path))


class _Reader:
    """What is between two events of the parser."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._fed = 0
        self._depth = 0
        self._persons_at = 0
        self._inside: list[str] = []
        """The open elements from ``ENTITY`` on; empty outside of one."""
        self._line = 0
        self._text: list[str] = []
        self._length = 0
        self._fields: dict[str, str] = {}
        self._aliases: list[Alias] = []
        self._rows: deque[_Row | InputError] = deque()
        self.persons = 0

    def feed(self, chunk: bytes, *, last: bool = False) -> "Iterator[_Row | InputError]":
        """Parse on and yield what is complete.

        :raises InputError: when this cannot be such a list
        """
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            self._broken(error)
        self._fed += len(chunk)
        if self._fed - self._parser.CurrentByteIndex > PENDING:
            self._fail(f"has a tag of more than {PENDING // 1024} KiB, which no such list has; fetch it again")
        while self._rows:
            yield self._rows.popleft()

    def _broken(self, error: expat.ExpatError) -> NoReturn:
        if error.code in _BREAKS_OFF:
            self._fail("ends in the middle of the list; fetch it again")
        self._fail(f"is not well-formed XML ({expat.ErrorString(error.code)}); fetch it again")

    def _fail(self, what: str) -> NoReturn:
        raise InputError(what, where=f"{self._path}:{self._parser.CurrentLineNumber}") from None

    def _refuse(self, *_: object) -> None:
        self._fail("declares a document type, which an official list never does; fetch it from its source")

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"has elements {DEEPEST} deep, which no such list has; fetch it again")
        if self._depth == 1 and tag != _ROOT:
            self._fail(f"is no consolidated list: it does not begin with <{_ROOT}>; check the file")
        if self._inside:
            self._enter(tag)
        elif tag in _PERSONS or self._persons_at:
            self._persons_at = self._persons_at or self._depth
            self.persons += tag == "INDIVIDUAL"
        elif tag == "ENTITY":
            self._inside, self._fields, self._aliases = [tag], {}, []
            self._line = self._parser.CurrentLineNumber

    def _enter(self, tag: str) -> None:
        self._inside.append(tag)
        if tag == "ENTITY_ALIAS":
            self._fields.pop("QUALITY", None)
            self._fields.pop("ALIAS_NAME", None)
        if tuple(self._inside[1:]) in _FIELDS:
            self._text, self._length = [], 0
            self._parser.CharacterDataHandler = self._letters

    def _letters(self, letters: str) -> None:
        self._length += len(letters)
        if self._length > LONGEST:
            self._fail(f"has a field of more than {LONGEST} characters, which no such list has; fetch it again")
        self._text.append(letters)

    def _end(self, tag: str) -> None:
        if self._persons_at == self._depth:
            self._persons_at = 0
        self._depth -= 1
        if self._inside:
            self._leave(tag)

    def _leave(self, tag: str) -> None:
        if self._parser.CharacterDataHandler is not None:
            self._parser.CharacterDataHandler = None
            self._fields[tag] = " ".join("".join(self._text).split())
        self._inside.pop()
        if tag == "ENTITY_ALIAS" and self._fields.get("ALIAS_NAME"):
            self._aliases.append(Alias(name=self._fields["ALIAS_NAME"], quality=self._fields.get("QUALITY", "")))
            if len(self._aliases) > MOST_ALIASES:
                self._fail(f"has an organisation of more than {MOST_ALIASES} aliases; fetch it again")
        if not self._inside:
            self._rows.append(self._row())

    def _row(self) -> "_Row | InputError":
        where = f"{self._path}:{self._line}"
        if not self._fields.get("FIRST_NAME"):
            return InputError("this organisation has no FIRST_NAME, which is its name; correct the list", where=where)
        organisation = Organisation(
            where=where,
            name=self._fields["FIRST_NAME"],
            original=self._fields.get("NAME_ORIGINAL_SCRIPT", ""),
            aliases=tuple(self._aliases),
            source=SOURCE,
            ref=self._fields.get("REFERENCE_NUMBER", ""),
        )
        return self._fields.get("UN_LIST_TYPE", ""), organisation
