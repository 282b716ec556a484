"""Bytes of a picture → its luma plane. Runs behind the walls; also in-process in tests and in ``bench``.

The luma is what a perceptual hash reads: a JPEG's own Y, else .299 R + .587 G + .114 B rounded to 8 bits, of the
picture *as stored* (no EXIF rotation, alpha dropped and not blended, first frame), which is what the reference
implementation sees after ``Image.convert("RGB")``. Sixteen bits a sample give their high byte, as a viewer shows them.
"""

import struct
import warnings
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Final

import simplejpeg
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from abate.sandbox.wire import Answer, Code

# Ours is checked against the header and names the setting; Pillow's own bound would come first and say "damaged".
Image.MAX_IMAGE_PIXELS = None
# Its decoder would start threads, which the walls end the process for; files side by side keep the processors busy.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

PLUGINS: Final = (
    # Named here so that they are loaded before the walls go up: behind them nothing can be imported any more. MPO and
    # TIFF are never opened; the JPEG reader reaches for them when it meets several pictures in one, or EXIF.
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
_STRIP_PIXELS = 1 << 20
"""Pixels that are turned to luma at a time: a large picture is not held twice."""
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
"""Lengths of the header that follows a BMP's first 14 bytes; two letters alone are the start of many a text."""
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_LONGEST_BRANDS = 256
"""Bytes of an AVIF's first box that are looked at."""
_JPEG_END = b"\xff\xd9"
_TAIL = 64
"""Bytes in which a file's end is looked for: some programs write a few more after it."""
_SAMPLE_SIDE = 8
_Y_IS_LUMA = frozenset({"YCbCr", "Gray", "RGB"})
"""JPEG colour spaces whose gray decode is the luma. CMYK and YCCK are not: their Y is an ink, and often inverted."""


class Unreadable(Exception):  # noqa: N818 - an outcome, not a fault: it becomes an answer
    """No picture comes out of these bytes, and why."""

    def __init__(self, code: Code, *, width: int = 0, height: int = 0) -> None:
        super().__init__(code.name)
        self.answer = Answer(code=code, width=min(width, 0xFFFFFFFF), height=min(height, 0xFFFFFFFF))


def decode(untrusted_content: memoryview, canvas: memoryview) -> Answer:
    """Write the luma of a picture into ``canvas``, row by row from its start; return its size, or why there is none.

    :param canvas: writable, as many bytes as pixels are allowed
    """
    try:
        return _decode(untrusted_content, canvas)
    except Unreadable as outcome:
        return outcome.answer
    except MemoryError:
        return Answer(code=Code.TOO_MUCH_MEMORY)
    except Exception:  # noqa: BLE001 - the edge of a process that only decodes: libraries raise whatever they like here
        return Answer(code=_blame(untrusted_content))


def _decode(untrusted_content: memoryview, canvas: memoryview) -> Answer:
    if not untrusted_content:
        raise Unreadable(Code.EMPTY)
    kind = kind_of(untrusted_content)
    if kind == "JPEG":
        found = _jpeg_luma(untrusted_content, canvas) or _jpeg_without_end(untrusted_content, canvas)
        if found is not None:
            return found
    if kind == "WEBP":
        # Its reader sets memory aside for the whole picture while it opens it, so the header is read before.
        _refuse_too_many(*webp_size(untrusted_content), canvas)
    return _luma(untrusted_content, kind, canvas)


def kind_of(untrusted_content: memoryview) -> str:
    """Return the format by its first bytes, whatever the file is called.

    :raises Unreadable: ``UNKNOWN``
    """
    start = bytes(untrusted_content[:16])
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "WEBP"
    if start.startswith(b"BM") and int.from_bytes(untrusted_content[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if start[4:8] == b"ftyp" and _AVIF_BRANDS & _brands(untrusted_content):
        return "AVIF"
    raise Unreadable(Code.UNKNOWN)


def _brands(untrusted_content: memoryview) -> set[bytes]:
    """Return what a file's first box says the rest is written in (ISO/IEC 14496-12 §4.3): HEIC and MP4 begin alike."""
    length = min(int.from_bytes(untrusted_content[:4], "big"), _LONGEST_BRANDS)
    named = bytes(untrusted_content[8:length])
    return {named[at : at + 4] for at in range(0, len(named), 4)}


def webp_size(untrusted_content: memoryview) -> tuple[int, int]:
    """Return width and height as a WebP's first chunk announces them (RFC 9649 §2.5 to §2.7).

    :raises Unreadable: ``DAMAGED`` for a chunk that is none of the three, ``CUT_OFF`` for one that ends early
    """
    start = bytes(untrusted_content[12:30])
    if len(start) < 18:  # noqa: PLR2004 - the longest of the three headers
        raise Unreadable(Code.CUT_OFF)
    if start.startswith(b"VP8X"):
        return 1 + int.from_bytes(start[12:15], "little"), 1 + int.from_bytes(start[15:18], "little")
    if start.startswith(b"VP8L"):
        (bits,) = struct.unpack_from("<I", start, 9)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if start.startswith(b"VP8 "):
        width, height = struct.unpack_from("<HH", start, 14)
        return width & 0x3FFF, height & 0x3FFF
    raise Unreadable(Code.DAMAGED)


def _refuse_too_many(width: int, height: int, canvas: memoryview) -> None:
    if width * height > len(canvas):
        raise Unreadable(Code.TOO_MANY_PIXELS, width=width, height=height)


def _jpeg_luma(untrusted_content: memoryview, canvas: memoryview) -> Answer | None:
    """Decode straight to gray; ``None`` for what wants the slower reader (inks, odd sampling, warnings, damage)."""
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(untrusted_content)
        _refuse_too_many(width, height, canvas)
        if space not in _Y_IS_LUMA:
            return None
        simplejpeg.decode_jpeg(untrusted_content, "GRAY", buffer=canvas[: width * height])
    except ValueError:
        return None
    return Answer(code=Code.DECODED, width=width, height=height)


def _jpeg_without_end(untrusted_content: memoryview, canvas: memoryview) -> Answer | None:
    """Decode a JPEG that lacks nothing but its last two bytes; ``None`` where more is missing.

    Viewers show such a picture whole, so leaving two bytes away must not be enough to pass unmatched.
    """
    if _JPEG_END in bytes(untrusted_content[-_TAIL:]):
        return None
    return _jpeg_luma(memoryview(bytes(untrusted_content) + _JPEG_END), canvas)


def _luma(untrusted_content: memoryview, kind: str, canvas: memoryview) -> Answer:
    """Decode with Pillow, then strip by strip to luma."""
    with Image.open(BytesIO(untrusted_content), formats=(kind,)) as picture:
        _refuse_too_many(*picture.size, canvas)
        picture.load()
        width, height = picture.size  # a GIF's first frame may reach beyond what the header announced
        _refuse_too_many(width, height, canvas)
        rows = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, rows):
            bottom = min(height, top + rows)
            canvas[top * width : bottom * width] = _strip_luma(picture.crop((0, top, width, bottom)))
    return Answer(code=Code.DECODED, width=width, height=height)


def _strip_luma(strip: Image.Image) -> bytes:
    if strip.mode == "I;16":
        # Pillow would cut every value above 255 down to 255 and hand over a white picture, which matches nothing. The
        # high byte is what a viewer shows, and what Pillow itself takes of 16-bit colours.
        return strip.tobytes()[1::2]
    return strip.convert("RGB").convert("L").tobytes()


def _blame(untrusted_content: memoryview) -> Code:
    """Tell a file that ends early from one that is wrong inside, by whether the format's own end is there."""
    ends: dict[str, Callable[[bytes], bool]] = {
        "JPEG": lambda tail: _JPEG_END in tail,
        "PNG": lambda tail: b"IEND" in tail,
        "GIF": lambda tail: tail.rstrip(b"\0").endswith(b";"),
        "WEBP": lambda _: len(untrusted_content) >= 8 + int.from_bytes(untrusted_content[4:8], "little"),
        "BMP": lambda _: len(untrusted_content) >= int.from_bytes(untrusted_content[2:6], "little"),
        "AVIF": lambda _: _boxes_end(untrusted_content),
    }
    ended = ends[kind_of(untrusted_content)](bytes(untrusted_content[-_TAIL:]))
    return Code.DAMAGED if ended else Code.CUT_OFF


def _boxes_end(untrusted_content: memoryview) -> bool:
    """Say whether the boxes of an AVIF, each of which announces its length, end where the file ends."""
    at = first = int.from_bytes(untrusted_content[:4], "big")
    while at + 8 <= len(untrusted_content):
        length = int.from_bytes(untrusted_content[at : at + 4], "big")
        if length < 8:  # noqa: PLR2004 - 0 means "to the end", 1 a length that no picture needs, the rest are wrong
            return True
        at += length
    return first < at == len(untrusted_content)


def warm() -> bool:
    """Decode one made-up picture of each format, whole, cut off and damaged; say whether the whole ones came out.

    Called before the walls go up, so that every library has loaded what it loads late, and again behind them, so that
    a machine on which a codec needs a call the walls refuse is found out before the first real file.
    """
    warnings.simplefilter("ignore")  # a warning about a hostile file would be formatted from source files on disk
    canvas = memoryview(bytearray(_SAMPLE_SIDE**2))
    return all(_warmed(sample, canvas) for sample in _samples())


def _warmed(sample: bytes, canvas: memoryview) -> bool:
    whole = decode(memoryview(sample), canvas)
    for spoilt in (sample[: len(sample) // 2], sample[:30] + bytes(len(sample) - 30), sample[:-9] + bytes(9)):
        decode(memoryview(spoilt), canvas)
    return whole == Answer(code=Code.DECODED, width=_SAMPLE_SIDE, height=_SAMPLE_SIDE)


@cache
def _samples() -> tuple[bytes, ...]:
    """Return a small picture in every format and every way of storing it that has code of its own."""
    return (
        _sample("JPEG", "RGB"),
        _sample("JPEG", "L", progressive=True),
        _sample("JPEG", "CMYK"),
        _sample("PNG", "RGBA"),
        _sample("PNG", "P"),
        _sample("PNG", "I;16"),
        _sample("WEBP", "RGB", lossless=True),
        _sample("WEBP", "RGBA"),
        _sample("GIF", "P"),
        _sample("BMP", "RGB"),
        _sample("AVIF", "RGB", max_threads=1),
    )


def _sample(kind: str, mode: str, **options: int) -> bytes:
    sink = BytesIO()
    Image.radial_gradient("L").resize((_SAMPLE_SIDE, _SAMPLE_SIDE)).convert(mode).save(sink, kind, **options)
    return sink.getvalue()
