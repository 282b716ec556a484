"""The program behind the walls: reads a file from its standard input, writes the luma to the canvas, answers.

Started by ``worker`` in a fresh interpreter: a fork would carry the parent's secrets, keys and connections in its
memory. Everything is imported and warmed first, then the walls go up, and only then does a hostile byte come near.
"""

import gc
import mmap
import os
from io import FileIO
from typing import NoReturn, Protocol

from abate.sandbox import limits, pixels, wire
from abate.sandbox.kernel import Kernel, Linux
from abate.sandbox.walls import raise_walls

_FIRST_OTHER = 3
"""The first descriptor after the standard three."""
_NO_DESCRIPTOR_ABOVE = 4096
"""A fresh interpreter was handed the standard three and the canvas; this is the belt to those braces."""


def serve(source: FileIO, sink: FileIO, canvas: memoryview) -> None:
    """Answer requests until the parent hangs up."""
    while header := exactly(source, wire.REQUEST.size):
        nonce, length = wire.read_request(bytes(header))
        content = exactly(source, length)
        sink.write(wire.answer(nonce, pixels.decode(content, canvas)))


def exactly(source: FileIO, length: int) -> memoryview:
    """Return ``length`` bytes, or none at all when the parent hung up."""
    buffer = memoryview(bytearray(length))
    filled = 0
    while filled < length:
        count = source.readinto(buffer[filled:])
        if not count:
            return buffer[:0]
        filled += count
    return buffer


class Trade(Protocol):
    """What a decoder does for a living."""

    def warm(self) -> bool:
        """Load the codecs and say whether they work."""
        ...

    def serve(self, source: FileIO, sink: FileIO, canvas: memoryview) -> None:
        """Answer requests until the parent hangs up."""
        ...


class Pictures:
    """What this decoder does."""

    @staticmethod
    def warm() -> bool:
        """Load the codecs and try them."""
        return pixels.warm()

    @staticmethod
    def serve(source: FileIO, sink: FileIO, canvas: memoryview) -> None:
        """Answer requests until the parent hangs up."""
        serve(source, sink, canvas)


PICTURES = Pictures()


def run(
    kernel: Kernel, orders: wire.Orders, canvas: memoryview, source: FileIO, sink: FileIO, trade: Trade = PICTURES
) -> int:
    """Warm the codecs, put up the walls, say hello, serve; the exit status is for the parent alone."""
    trade.warm()
    walls = raise_walls(kernel, limits.limits(max_pixels=orders.max_pixels, cpu_s=orders.cpu_s))
    serves = walls.hold or not orders.required
    if serves and not trade.warm():
        return 1
    sink.write(wire.hello(walls))
    if serves:
        gc.freeze()
        trade.serve(source, sink, canvas)
    return 0


def main(
    arguments: list[str], trade: Trade = PICTURES
) -> NoReturn:  # pragma: no cover - coverage cannot write behind walls; pool tests run it
    """Take the orders and the canvas, shut every other descriptor, run, and end without tidying up.

    Tidying up would close the canvas, and closing is a call that the filter does not know.
    """
    orders = wire.read_orders(arguments)
    canvas = memoryview(mmap.mmap(orders.canvas_fd, orders.max_pixels))
    os.closerange(_FIRST_OTHER, _NO_DESCRIPTOR_ABOVE)
    os._exit(run(Linux(), orders, canvas, FileIO(0, "rb", closefd=False), FileIO(1, "wb", closefd=False), trade))
