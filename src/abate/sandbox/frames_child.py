"""The program behind the walls that decodes videos: as ``child``, and led by the decoder instead of its parent."""

from contextlib import suppress
from functools import partial
from io import FileIO
from typing import NoReturn

from abate.sandbox import child, frames, frames_wire
from abate.sandbox.frames_wire import Shown, Wish


class HungUp(BaseException):
    """The parent is gone."""


class Asking:
    """The video as a file to read; each read is a question to the parent."""

    def __init__(self, source: FileIO, sink: FileIO, nonce: bytes, size: int) -> None:
        self._source, self._sink, self._nonce, self._size = source, sink, nonce, size
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        length = min(size, frames_wire.MAX_READ, self._size - self._at)
        if length <= 0:
            return b""
        self._sink.write(frames_wire.event(self._nonce, Wish(start=self._at, length=length)))
        found = bytes(child.exactly(self._source, length))
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place and return it; one outside is the nearest inside."""
        base = (0, self._at, self._size)[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at


class Videos:
    """What a decoder of videos does."""

    @staticmethod
    def warm() -> bool:
        """Load the codecs and try them."""
        return frames.warm()

    @staticmethod
    def serve(source: FileIO, sink: FileIO, canvas: memoryview) -> None:
        """Answer requests until the parent hangs up."""
        with suppress(HungUp):
            while header := child.exactly(source, frames_wire.REQUEST.size):
                nonce, asked = frames_wire.read_request(bytes(header))
                show = partial(_shown, source, sink, nonce)
                answer = frames.decode(Asking(source, sink, nonce, asked.size), canvas, asked, show)
                sink.write(frames_wire.event(nonce, answer))


def _shown(source: FileIO, sink: FileIO, nonce: bytes, shown: Shown) -> None:
    """Say that a frame lies in the canvas and wait until it was taken."""
    sink.write(frames_wire.event(nonce, shown))
    if bytes(child.exactly(source, len(frames_wire.TAKEN))) != frames_wire.TAKEN:
        raise HungUp


def main(arguments: list[str]) -> NoReturn:  # pragma: no cover - coverage cannot write behind walls; pool tests run it
    """Do what ``child.main`` does, for videos."""
    child.main(arguments, Videos())
