"""Pictures for a reviewer's eyes: grey, small, and made anew from the decoder's luma. Never the stored bytes.

The sandboxed decoder is the only thing that touches the hostile file; what it hands over is a plane of grey values,
from which a PNG with three chunks is written here. A payload, a profile or metadata have no way through.
"""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from abate.domain.item import Item, Kind, Picture
from abate.domain.signal import NotScanned
from abate.flows.kit import Kit

VIEWS: Mapping[str, int] = MappingProxyType({"veiled": 16, "grey": 720})
"""The longer side in pixels. At 16 nothing can be recognised, whatever the style sheet does."""

Grey = npt.NDArray[np.uint8]


def of_item(kit: Kit, item: Item, view: str) -> bytes | NotScanned:
    """Return the item's picture as a grey PNG, or why there is none."""
    if item.kind is not Kind.PHOTO or not item.path:
        return NotScanned(step="read", reason="this item has no picture")
    try:
        with Path(item.path).open("rb") as stream:
            content = stream.read(kit.settings.max_file_bytes + 1)
    except OSError:
        return NotScanned(step="read", reason="the picture's file is not there any more")
    if len(content) > kit.settings.max_file_bytes:
        return NotScanned(step="read", reason="the picture's file is above the setting max_file_bytes")
    picture = kit.decoder.decode(content)
    if isinstance(picture, NotScanned):
        return picture
    return png(shrunk(picture, VIEWS[view]))


def shrunk(picture: Picture, side: int) -> Grey:
    """Return the picture with its longer side at most ``side`` pixels, each the mean of those it stands for."""
    plane = np.frombuffer(bytes(picture.luma), dtype=np.uint8).reshape(picture.height, picture.width)
    step = -(-max(plane.shape) // side)
    if step <= 1:
        return plane
    rows = np.add.reduceat(plane.astype(np.uint32), np.arange(0, plane.shape[0], step), axis=0)
    sums = np.add.reduceat(rows, np.arange(0, plane.shape[1], step), axis=1)
    return (sums / _areas(plane.shape, step)).astype(np.uint8)


def _areas(shape: tuple[int, ...], step: int) -> npt.NDArray[np.int64]:
    """Return how many pixels each block holds; those at the lower and right edge may hold fewer."""
    heights, widths = (np.diff(np.append(np.arange(0, length, step), length)) for length in shape)
    return np.outer(heights, widths)


def png(plane: Grey) -> bytes:
    """Write an 8-bit greyscale PNG (W3C PNG, third edition): header, one data chunk, end."""
    height, width = plane.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)
    lines[:, 1:] = plane
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(lines.tobytes(), 6)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
