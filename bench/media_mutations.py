"""Good media files of many formats, and ways of spoiling them. Everything follows from the numbers that are given.

``files()`` is a table, format by format; ``spoilt`` makes case ``number`` of a format. The mutators know where a file's
parts begin (JPEG segments, PNG and RIFF chunks, GIF blocks, ISO boxes), because one that only flips bits is stopped at
the first checksum and never reaches a decoder.
"""

import base64
import importlib.util
import io
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

SIDES = (64, 48)
ODD_SIZES = (0, 1, 2, 3, 7, 8, 63, 64, 255, 256, 4095, 16383, 16384, 32767, 32768, 65535, 65536, 2**24 - 1, 2**31 - 1,
             2**31, 2**32 - 1)  # fmt: skip
"""Sizes at which arithmetic goes wrong."""
TRIES = 3
"""Most mutations laid over one another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of a file with a length of its own: from ``start`` to ``end``, which ``field`` announces."""

    start: int
    end: int
    field: tuple[int, str] | None = None
    """Where the length is written, and as which ``struct`` format."""


def scene() -> Image.Image:
    slope = Image.linear_gradient("L").resize(SIDES)
    ring = Image.radial_gradient("L").resize(SIDES)
    return Image.merge("RGB", (slope, ring, slope.rotate(180)))


def encoded(kind: str, mode: str = "RGB", picture: Image.Image | None = None, **options: object) -> bytes:
    sink = io.BytesIO()
    (picture or scene()).convert(mode).save(sink, kind, **options)
    return sink.getvalue()


def png(colour: int, depth: int, *, interlaced: bool = False) -> bytes:
    """A PNG of any colour type and bit depth, which Pillow itself does not write (PNG, third edition, §11.2)."""
    width, height = SIDES
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]

    def rows(columns: int, lines: int) -> bytes:
        noise = random.Random(colour * 100 + depth)
        length = (columns * samples * depth + 7) // 8
        return b"".join(
            bytes([line % 5]) + bytes((line * 3 + noise.randrange(9)) % 256 for _ in range(length))
            for line in range(lines)
        )

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    body = b"".join(rows(*size) for size in sizes) if interlaced else rows(width, height)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))]
    if colour == 3:
        chunks.append((b"PLTE", bytes(range(256)) * 3 if depth == 8 else bytes(range(3 << depth))))
    chunks += [(b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def moving(kind: str, **options: object) -> bytes:
    turned = [scene().rotate(90 * n) for n in (1, 2, 3)]
    return encoded(kind, save_all=True, append_images=turned, duration=40, **options)


def timeless(content: bytes) -> bytes:
    """Take the hour of writing out of a file of boxes, so that it is the same file every time (ISO 14496-12 §8.2.2)."""
    made = bytearray(content)
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = made.find(name)
        while at >= 0:
            size = 16 if made[at + 4] else 8
            made[at + 8 : at + 8 + size] = bytes(size)
            at = made.find(name, at + 4)
    return bytes(made)


def ycck() -> bytes:
    """A JPEG of inks whose Adobe mark says that they are YCCK."""
    content = bytearray(encoded("JPEG", "CMYK"))
    content[content.index(b"Adobe") + 11] = 2
    return bytes(content)


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a lantern"
    thumbnail = encoded("JPEG", picture=scene().resize((16, 12)))
    return encoded("JPEG", exif=exif.tobytes() + thumbnail)


def rle_bmp() -> bytes:
    """A BMP whose rows are run-length coded, which only the oldest programs write."""
    width, height = SIDES
    body = b"".join(bytes([width // 2, y, width // 2, 255 - y, 0, 0]) for y in range(height)) + b"\0\x01"
    palette = bytes(n // 4 for n in range(1024))
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 0, 0, 256, 0)
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body


ARITHMETIC = (
    (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO"
        "UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
        "T09PT09PT0//yQARCABAAGADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwDR1PMDK2/e+MGj0SO98Qwes/SCzZng"
        "jJXFTyGIp4qyRqpV4K7ndBm/7x7NMLkd0UO5vgqsNVRU1RBnv60TJ+03VOOBM/X1azGfLp3XgPfV+ZqWtjRjnyprkdlgIr2OOJSN"
        "/wCdw6bF+kFonvAaCOtIKRhXheNRRuN5vNPhj8t6r0b+9d+hsEJihV1q9pOpjvQGND71Nvoj7eZf1noO4PKS3HZc7K4Ylx74B1Wp"
        "lzSwVtqaLqewdjX0ZcPBu91wMqh9Me2a9f8Au0u3nOqeg+1/0whvmn9rGw9riTtq+iw3vHrTgjIH0HGR+b0ZsdnMKQGFAhSlWm6J"
        "Mc/zPLH5vqMzH/UjWcvTEKrQhnRQQz/RBMZPby4EnlcyZ+KiDvAOkieHFbP/2Q=="
    ),
    (
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO"
        "UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
        "T09PT09PT0//ygARCABAAGADASIAAhEBAxEB/8wABgAQARD/2gAMAwEAAhADEAAAAdC9qFeHm0Yj1BtWob2DMpu/Nf0IBgsYwE/g"
        "PqzdSQA2UIqtST5rmLUiiZfw74f4+debJxd7h4TEo7duD+OTlROR/MZHBfQcqPEZ9XQiOP8AeSvrgC/6ike5tyBEC//MAAQQBf/a"
        "AAgBAQABBQLoUsr2bA3gM3J21Ya6jI6MftvC2oSrwJpyx4Z7yfdEiZUEwP/MAAQRBf/aAAgBAwEBPwESJcxGMTK3EutZw4Hcr4bD"
        "n5r+JS0g/8wABBEF/9oACAECAQE/ARBhLW8mWCL95FCuuXeLP31q6jD/zAAEEAX/2gAIAQEABj8CqP/MAAQQBf/aAAgBAQABPyEt"
        "SoCc702PgO5LrU1zahYdbpLuJmq7IZ73CPXr/9oADAMBAAIAAwAAABAUl6g5J5li8DvmxWoR41seKUGA/8wABBEF/9oACAEDAQE/"
        "ENKVUeT3Bb5kT+mg/8wABBEF/9oACAECAQE/EI3kG3IWMoZGfqNA/8wABBAF/9oACAEBAAE/EPGb4BfTJZjwJjipW7k/gdJJo/lq"
        "z5kG1hT6IP46Hb6eAhafFnUiEhJVa9vo3fLDWv/Z"
    ),
)
"""Two small pictures with arithmetic coding, sequential and progressive, which Pillow does not write: made by
``cjpeg -arithmetic`` of libjpeg-turbo 2.1.5 from a drawn slope and ring."""

PNG_KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
             (6, 8), (6, 16)]  # fmt: skip

PHOTOS: dict[str, Callable[[], list[bytes]]] = {
    "jpeg baseline": lambda: [
        encoded("JPEG"),
        encoded("JPEG", "L"),
        encoded("JPEG", subsampling=0, quality=95),
        encoded("JPEG", subsampling=1, restart_marker_blocks=2),
        encoded("JPEG", keep_rgb=True),
        with_exif(),
    ],
    "jpeg progressive": lambda: [encoded("JPEG", progressive=True), encoded("JPEG", "L", progressive=True, quality=30)],
    "jpeg inks": lambda: [encoded("JPEG", "CMYK"), ycck(), encoded("JPEG", "CMYK", progressive=True)],
    "jpeg arithmetic": lambda: [base64.b64decode(text) for text in ARITHMETIC],
    "mpo": lambda: [encoded("MPO", save_all=True, append_images=[scene().rotate(90)])],
    "png": lambda: [png(*kind) for kind in PNG_KINDS] + [encoded("PNG", "P"), encoded("PNG", "RGBA")],
    "png interlaced": lambda: [png(*kind, interlaced=True) for kind in PNG_KINDS],
    "apng": lambda: [moving("PNG"), moving("PNG", default_image=True, blend=1, disposal=2)],
    "gif": lambda: [encoded("GIF", "P"), encoded("GIF", "L", interlace=True), encoded("GIF", "1")],
    "gif moving": lambda: [moving("GIF"), moving("GIF", disposal=2, transparency=0)],
    "webp lossy": lambda: [encoded("WEBP"), encoded("WEBP", "RGBA", quality=40)],
    "webp lossless": lambda: [encoded("WEBP", lossless=True), encoded("WEBP", "RGBA", lossless=True, quality=100)],
    "webp moving": lambda: [moving("WEBP"), moving("WEBP", lossless=True)],
    "avif": lambda: [
        encoded("AVIF", speed=8, max_threads=1),
        encoded("AVIF", "RGBA", speed=8, max_threads=1, subsampling="4:4:4"),
        encoded("AVIF", "L", speed=8, max_threads=1, quality=20),
    ],
    "avif moving": lambda: [timeless(moving("AVIF", speed=8, max_threads=1))],
    "bmp": lambda: [encoded("BMP", mode) for mode in ("RGB", "RGBA", "P", "L", "1")] + [rle_bmp()],
}
"""Every format that is decoded as a photo, and every way of writing it that has code of its own."""

CONTAINERS = {"mp4": "mpeg4", "webm": "libvpx", "mkv": "mpeg4", "avi": "mpeg4"}


def video(container: str, codec: str) -> bytes:
    import av

    sink = io.BytesIO()
    options = {"fflags": "+bitexact"}  # or each file bears a number drawn for it
    with av.open(sink, "w", format={"mkv": "matroska"}.get(container, container), options=options) as out:
        stream = out.add_stream(codec, rate=8)
        stream.width, stream.height = SIDES
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for turn in range(12):
            out.mux(stream.encode(av.VideoFrame.from_image(scene().rotate(turn * 30))))
        out.mux(stream.encode())
    return sink.getvalue()


VIDEOS: dict[str, Callable[[], list[bytes]]] = {
    container: (lambda container=container, codec=codec: [video(container, codec)])
    for container, codec in CONTAINERS.items()
    if importlib.util.find_spec("av")
}


@cache
def files(name: str) -> tuple[bytes, ...]:
    """The good files of a format."""
    return tuple((PHOTOS | VIDEOS)[name]())


def parts(content: bytes) -> list[Part]:
    """Where a file's pieces lie; none where its first bytes are of no format that is known here."""
    for start, found in _PARTS.items():
        if content[start[0] :].startswith(start[1]):
            return found(content)
    return []


def _jpeg_parts(content: bytes) -> list[Part]:
    found, at = [], 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        if 0xD0 <= content[at + 1] <= 0xD9:
            found.append(Part(start=at, end=at + 2))
            at += 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if content[at + 1] == 0xDA:  # the scan's own bytes follow until the next marker
            while end + 1 < len(content) and not (content[end] == 0xFF and not _in_scan(content[end + 1])):
                end += 1
        found.append(Part(start=at, end=min(end, len(content)), field=(at + 2, ">H")))
        at = max(end, at + 4)
    return found


def _in_scan(code: int) -> bool:
    return code == 0 or 0xD0 <= code <= 0xD7


def _png_parts(content: bytes) -> list[Part]:
    return _chunks(content, 8, ">I", before=0, after=12)


def _riff_parts(content: bytes) -> list[Part]:
    return [Part(start=0, end=12, field=(4, "<I")), *_chunks(content, 12, "<I", before=4, after=8, even=True)]


def _box_parts(content: bytes) -> list[Part]:
    """Boxes, and those inside the first ``meta`` or ``moov``."""
    outer = _chunks(content, 0, ">I", before=0, after=0)
    inner = [
        part
        for box in outer
        if content[box.start + 4 : box.start + 8] in {b"meta", b"moov"}
        for part in _chunks(
            content[: box.end],
            box.start + (12 if b"meta" in content[box.start : box.start + 8] else 8),
            ">I",
            before=0,
            after=0,
        )
    ]
    return outer + inner


def _chunks(content: bytes, at: int, form: str, *, before: int, after: int, even: bool = False) -> list[Part]:
    found = []
    while at + before + 4 <= len(content):
        (length,) = struct.unpack_from(form, content, at + before)
        end = at + length + after + (length % 2 if even else 0)
        found.append(Part(start=at, end=min(end, len(content)), field=(at + before, form)))
        at = max(end, at + before + 4)
    return found


def _gif_parts(content: bytes) -> list[Part]:
    palette = 3 << (content[10] & 7) + 1 if len(content) > 10 and content[10] & 0x80 else 0
    found, at = [Part(start=0, end=13 + palette)], 13 + palette
    while at < len(content) and content[at] in {0x21, 0x2C}:
        start = at
        local = content[at + 9] if content[at] == 0x2C and at + 9 < len(content) else 0
        at += 2 if content[start] == 0x21 else 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        first = at
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
        found.append(Part(start=start, end=min(at, len(content)), field=(first, "B")))
    return found


def _bmp_parts(content: bytes) -> list[Part]:
    ends = sorted({14, 54, min(len(content), int.from_bytes(content[10:14], "little")), len(content)})
    return [Part(start=start, end=end, field=(2, "<I")) for start, end in zip([0, *ends], ends, strict=False)]


_PARTS: dict[tuple[int, bytes], Callable[[bytes], list[Part]]] = {
    (0, b"\xff\xd8"): _jpeg_parts,
    (0, b"\x89PNG"): _png_parts,
    (0, b"RIFF"): _riff_parts,
    (0, b"GIF8"): _gif_parts,
    (0, b"BM"): _bmp_parts,
    (4, b"ftyp"): _box_parts,
}

_SIZE_FIELDS = (
    # (bytes before the field, where after them, its form): a picture announces how large it is in a place of its own
    (b"IHDR", 4, ">II"),
    (b"fcTL", 8, ">IIII"),
    (b"acTL", 4, ">II"),
    (b"\xff\xc0", 5, ">HH"),
    (b"\xff\xc2", 5, ">HH"),
    (b"\xff\xc9", 5, ">HH"),
    (b"\xff\xdd", 4, ">H"),
    (b"GIF8", 6, "<HH"),
    (b"\x2c", 1, "<HHHH"),
    (b"VP8X", 12, "<HHH"),
    (b"VP8L", 9, "<I"),
    (b"\x9d\x01\x2a", 3, "<HH"),
    (b"ANMF", 8, "<HHHHHH"),
    (b"ispe", 8, ">II"),
    (b"av1C", 4, ">BBBB"),
    (b"iloc", 4, ">HHHII"),
    (b"BM", 18, "<ii"),
    (b"BM", 10, "<II"),
    (b"BM", 28, "<HI"),
    (b"strf", 12, "<ii"),
    (b"tkhd", 80, ">II"),
    (b"stsz", 8, ">II"),
    (b"stco", 8, ">II"),
    (b"\xb0\x82", 2, ">H"),
    (b"\xba\x82", 2, ">H"),
)


def flip(chance: random.Random, content: bytearray, _: bytes) -> None:
    for _unused in range(chance.choice((1, 1, 2, 4, 16))):
        reach = chance.choice((48, 200, len(content), len(content)))
        content[chance.randrange(min(reach, len(content)))] ^= 1 << chance.randrange(8)


def overwrite(chance: random.Random, content: bytearray, _: bytes) -> None:
    length = chance.choice((1, 1, 2, 4, 8, 32))
    at = chance.randrange(len(content))
    value = chance.choice((b"\0", b"\xff", b"\x7f", b"\x80", None))
    content[at : at + length] = value * length if value else chance.randbytes(length)


def cut(chance: random.Random, content: bytearray, _: bytes) -> None:
    del content[chance.randrange(len(content)) :]


def cut_out(chance: random.Random, content: bytearray, _: bytes) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.choice((1, 2, 7, 64, 512))]


def insert(chance: random.Random, content: bytearray, _: bytes) -> None:
    at = chance.randrange(len(content) + 1)
    again = bytes(content[at : at + chance.choice((4, 64, 999))])
    content[at:at] = again or chance.randbytes(9)


def splice(chance: random.Random, content: bytearray, other: bytes) -> None:
    content[chance.randrange(len(content)) :] = other[chance.randrange(len(other)) :]


def another_size(chance: random.Random, content: bytearray, _: bytes) -> None:
    """Announce other dimensions, or another count, than the file has."""
    there = [one for one in _SIZE_FIELDS if one[0] in content]
    if not there:
        return overwrite(chance, content, _)
    mark, after, form = chance.choice(there)
    at = content.index(mark) + after
    kinds = form[1:]
    which = chance.randrange(len(kinds))
    offset = at + struct.calcsize("<" + kinds[:which])
    return _write(chance, content, offset, form[0] + kinds[which])


def length_lie(chance: random.Random, content: bytearray, _: bytes) -> None:
    fields = [part.field for part in parts(bytes(content)) if part.field]
    if fields:
        _write(chance, content, *chance.choice(fields))


def _write(chance: random.Random, content: bytearray, at: int, form: str) -> None:
    size = struct.calcsize(form)
    if at + size > len(content):
        return
    order = "little" if form[0] == "<" else "big"
    standing = int.from_bytes(content[at : at + size], order)
    value = chance.choice((chance.choice(ODD_SIZES), standing + chance.choice((-1, 1, 2, 8)), chance.getrandbits(32)))
    content[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, order)


def part_again(chance: random.Random, content: bytearray, _: bytes) -> None:
    found = parts(bytes(content))
    if found:
        one, where = chance.choice(found), chance.choice(found)
        content[where.end : where.end] = bytes(content[one.start : one.end]) * chance.choice((1, 1, 2, 40))


def part_away(chance: random.Random, content: bytearray, _: bytes) -> None:
    found = parts(bytes(content))
    if len(found) > 1:
        one = chance.choice(found)
        del content[one.start : one.end]


def part_of_another(chance: random.Random, content: bytearray, other: bytes) -> None:
    found, theirs = parts(bytes(content)), parts(other)
    if found and theirs:
        here, there = chance.choice(found), chance.choice(theirs)
        content[here.start : here.end] = other[there.start : there.end]


def inside_the_packing(chance: random.Random, content: bytearray, other: bytes) -> None:
    """Unpack a PNG's rows, spoil them, and pack them again, so that the unpacking itself goes well."""
    packed = next((p for p in parts(bytes(content)) if content[p.start + 4 : p.start + 8] == b"IDAT"), None)
    if packed is None:
        return overwrite(chance, content, other)
    try:
        rows = bytearray(zlib.decompressobj().decompress(bytes(content[packed.start + 8 : packed.end - 4]), 1 << 20))
    except zlib.error:
        return flip(chance, content, other)
    if rows:
        chance.choice((flip, overwrite, cut, cut_out, insert))(chance, rows, other)
    content[packed.start : packed.end] = chunk(b"IDAT", zlib.compress(bytes(rows)))
    return None


MUTATORS = (
    flip, flip, overwrite, cut, cut_out, insert, splice, another_size, another_size, length_lie, part_again, part_away,
    part_of_another, inside_the_packing,
)  # fmt: skip


def spoilt(name: str, number: int) -> bytes:
    """Case ``number`` of a format: the same for ever, as long as the good files are."""
    chance = random.Random(f"{name} {number}")
    content = bytearray(chance.choice(files(name)))
    other = chance.choice(files(name if chance.random() < 0.7 else chance.choice([*PHOTOS])))
    packed = content.startswith(b"\x89PNG")
    for _ in range(chance.randint(1, TRIES)):
        if content:
            mutate = inside_the_packing if packed and chance.random() < 0.3 else chance.choice(MUTATORS)
            mutate(chance, content, other)
    if content.startswith(b"\x89PNG") and chance.random() < 0.8:
        _mend_checksums(content)
    return bytes(content)


def _mend_checksums(content: bytearray) -> None:
    """Make a PNG's checksums right again; otherwise nothing that was spoilt is looked at."""
    for part in _png_parts(bytes(content)):
        if part.end - part.start >= 12:
            crc = zlib.crc32(content[part.start + 4 : part.end - 4])
            content[part.end - 4 : part.end] = struct.pack(">I", crc)
