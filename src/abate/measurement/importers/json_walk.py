"""A JSON document too large to hold, walked from its beginning: members and elements are parsed one by one.

What is decoded at once is one member or one element, of :data:`sources.LONGEST` bytes at most; the document itself may
have any size. A document that is broken in the middle ends there: behind a fault nothing says where the next element
begins.
"""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from abate.domain.errors import InputError
from abate.measurement.importers.sources import LONGEST

_PIECE: Final = 64 * 1024
_DEEPEST: Final = 100
_BLANK: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()


class Walk:
    """The place in a document. Each method leaves it behind what it read."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False

    def next_sign(self) -> str:
        """Return the next character that is not blank, without passing it; nothing at the end.

        :raises InputError: when the file is not UTF-8
        """
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def members(self) -> Iterator[str]:
        """Enter an object and yield each name; whoever takes a name must read its value before the next.

        :raises InputError: when the document is broken
        """
        self._pass("{")
        while self.next_sign() != "}":
            name = self.value()
            self._pass(":")
            if not isinstance(name, str):
                raise self._broken()
            yield name
            self._between("}")
        self._pass("}")

    def elements(self) -> Iterator[int]:
        """Enter an array and yield each element's number, from 1; its value must be read before the next.

        :raises InputError: when the document is broken
        """
        self._pass("[")
        number = 0
        while self.next_sign() != "]":
            number += 1
            yield number
            self._between("]")
        self._pass("]")

    def value(self) -> object:
        """Read a value whole.

        :raises InputError: when it is no JSON, or longer than ``LONGEST``
        """
        self.next_sign()
        size = _PIECE
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                # It may only be cut off: read more, twice as much each time.
                if self._ended or len(self._text) - self._at > LONGEST:
                    raise self._broken() from error
            else:
                # A number at the end of what was read may go on.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return found
            wanted = len(self._text) - self._at + size
            while len(self._text) - self._at < wanted and self._more():
                pass
            size *= 2

    def skip(self, depth: int = 0) -> None:
        """Pass a value of any size without holding it.

        :raises InputError: when it is broken, or nested deeper than any export
        """
        if depth > _DEEPEST:
            raise self._broken()
        sign = self.next_sign()
        if sign == "{":
            for _ in self.members():
                self.skip(depth + 1)
        elif sign == "[":
            for _ in self.elements():
                self.skip(depth + 1)
        else:
            self.value()

    def _more(self) -> bool:
        """Read a piece, and forget what was passed; return whether there was any."""
        if self._ended:
            return False
        untrusted = self._stream.read(_PIECE)
        self._ended = not untrusted
        try:
            piece = self._decoder.decode(untrusted, final=self._ended)
        except UnicodeDecodeError as error:
            msg = "is not UTF-8; save it as UTF-8"
            raise InputError(msg, where=str(self._path)) from error
        self._text = self._text[self._at :] + piece
        self._at = 0
        return not self._ended

    def _pass(self, sign: str) -> None:
        if self.next_sign() != sign:
            raise self._broken()
        self._at += 1

    def _between(self, end: str) -> None:
        if self.next_sign() != end:
            self._pass(",")

    def _broken(self) -> InputError:
        msg = "is broken JSON here, and nothing behind it can be read; make the export again"
        return InputError(msg, where=str(self._path))
