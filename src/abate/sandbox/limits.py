"""How much of the machine one decoder may take."""

import ctypes
import resource
import struct

from abate.sandbox.kernel import Kernel

_MEBIBYTE = 1 << 20
_BASE = 640 * _MEBIBYTE
"""Interpreter and codecs (about 140 MiB of addresses), the file in up to three copies, and room to work."""
_BYTES_A_PIXEL = 16
"""Measured on pictures of 100 megapixels, canvas and all: JPEG 2 (progressive 5, inks 7), PNG 6, GIF 3, AVIF 11, and
WebP 18, whose reader keeps two canvases of four bytes, hands over a third and fills a fourth."""

# Not in the standard library's table: linux/resource.h
_RLIMIT_LOCKS = 10


def address_space(max_pixels: int) -> int:
    """Return the bytes of address space in which any picture of ``max_pixels`` can be decoded, and no bomb."""
    return max(1024 * _MEBIBYTE, _BASE + _BYTES_A_PIXEL * max_pixels)


def limits(*, max_pixels: int, cpu_s: int) -> dict[int, int]:
    """Return limit by ``RLIMIT_…`` number.

    Descriptors are at zero: those open stay usable, no new one can be had. So are processes, files, core dumps (they
    would write a hostile picture, and what was decoded before it, to disk), locked memory and message queues.
    """
    nothing = (
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_NPROC,
        resource.RLIMIT_CORE,
        resource.RLIMIT_MEMLOCK,
        resource.RLIMIT_MSGQUEUE,
        _RLIMIT_LOCKS,
    )
    return dict.fromkeys(nothing, 0) | {
        resource.RLIMIT_AS: address_space(max_pixels),
        resource.RLIMIT_CPU: cpu_s + 1,
    }


def apply(kernel: Kernel, wanted: dict[int, int]) -> None:
    """Set each limit for good; one that is lower already stays.

    :raises OSError: never for a process that may lower its own limits
    """
    for which, value in wanted.items():
        _, standing = resource.getrlimit(which)
        lowest = value if standing == resource.RLIM_INFINITY else min(value, standing)
        # One second between the two: at the soft limit a process dies of SIGXCPU, which names the cause, at the hard
        # one of SIGKILL, which does not.
        soft = max(0, lowest - 1) if which == resource.RLIMIT_CPU else lowest
        buffer = ctypes.create_string_buffer(struct.pack("=QQ", soft, lowest))
        kernel.call("prlimit64", 0, which, ctypes.addressof(buffer), 0)
