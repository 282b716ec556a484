"""One picture in every format and mode: its hash is what the reference gives for the same RGB."""

import base64
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from abate.sandbox import pixels
from abate.sandbox.wire import Code
from abate.signals.pdq_kernel import pdq

DATA = Path(__file__).parents[1] / "data"
VECTORS = DATA / "pdq_vectors.json"
"""Under ``formats``: what pdqhash 0.2.8 answers for the RGB of ``LOSSLESS``, which numpy alone computes."""
RARE = json.loads((DATA / "rare_jpegs.json").read_text("utf-8"))
WIDTH, HEIGHT = 317, 241
ROOM = 1 << 18
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def painted():
    """A coloured picture from whole-number arithmetic: discs, a slope, stripes that bend, and a little grain."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    discs = sum(
        ((x - a) ** 2 + (y - b) ** 2 < r * r) * c
        for a, b, r, c in [(80, 60, 50, 90), (220, 90, 40, 70), (150, 180, 60, 60)]
    )
    red = discs + x * 30 // WIDTH
    green = (x * x // 700 + y * 2) // 24 % 3 * 60 + y * 100 // HEIGHT
    blue = np.abs((x * 3 + y * 5) // 7 % 160 - 80) + discs // 2
    grain = (x * 2654435761 ^ y * 40503) >> 7 & 7
    return np.stack([red + grain, green + grain, blue + grain], axis=2).clip(0, 255).astype(np.uint8)


RGB = painted()
GREY = (RGB @ np.array([299, 587, 114]) // 1000).astype(np.uint8)
ALPHA = (np.indices(GREY.shape).sum(0) % 256).astype(np.uint8)


def png(samples, colour, depth, palette=b"", *, interlaced=False):
    """Write a PNG of any type (PNG, third edition, §7 and §11.2); ``samples``: (height, width, samples a pixel)."""
    parts = [samples[top::down, left::right] for left, top, right, down in PASSES] if interlaced else [samples]
    body = b"".join(b"\0" + row for part in parts for row in rows(part, depth))
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, colour, 0, 0, interlaced)
    chunks = [(b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
        if data or name != b"PLTE"
    )


def rows(part, depth):
    for row in part.reshape(len(part), -1):
        if depth == 16:
            yield row.astype(">u2").tobytes()
        elif depth == 8:
            yield row.astype(np.uint8).tobytes()
        else:
            bits = (row[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            yield np.packbits(bits.astype(np.uint8)).tobytes()


def grey(depth):
    """Samples of ``depth`` bits, and the 8-bit grey that they mean."""
    if depth == 16:
        fine = GREY.astype(int) * 256 + ALPHA  # the low byte is noise that no eight bits hold
        return fine[..., None], GREY
    coarse = GREY.astype(int) >> 8 - depth
    return coarse[..., None], (coarse * 255 // ((1 << depth) - 1)).astype(np.uint8)


def palette(depth):
    """Indices of ``depth`` bits, a palette in no order of brightness, and the colours that they mean."""
    indices = GREY.astype(int) >> 8 - depth
    colours = np.arange(1 << depth) * 167 % 256
    table = np.stack([colours, 255 - colours, colours * 7 % 256], axis=1).astype(np.uint8)
    return indices[..., None], table.tobytes(), table[indices]


def with_alpha(samples, alpha=ALPHA):
    return np.concatenate([samples, alpha[..., None]], axis=2)


def stacked(one):
    return np.stack([one] * 3, axis=2)


def lossless():
    """Name, file, and the RGB that it says, for every way in which nothing is lost."""
    made = {}
    for interlaced, word in ((False, ""), (True, " interlaced")):
        for depth in (1, 2, 4, 8, 16):
            samples, meant = grey(depth)
            made[f"png grey {depth}{word}"] = png(samples, 0, depth, interlaced=interlaced), stacked(meant)
        for depth in (1, 2, 4, 8):
            indices, table, meant = palette(depth)
            made[f"png palette {depth}{word}"] = png(indices, 3, depth, table, interlaced=interlaced), meant
        for depth in (8, 16):
            wide = (lambda one: one.astype(int) * 257) if depth == 16 else (lambda one: one)
            named = {
                "grey alpha": (4, with_alpha(wide(GREY)[..., None], wide(ALPHA)), stacked(GREY)),
                "rgb": (2, wide(RGB), RGB),
                "rgba": (6, with_alpha(wide(RGB), wide(ALPHA)), RGB),
            }
            for name, (colour, samples, meant) in named.items():
                made[f"png {name} {depth}{word}"] = png(samples, colour, depth, interlaced=interlaced), meant
    picture, other = Image.fromarray(RGB), Image.fromarray(RGB[::-1])
    several = {"save_all": True, "append_images": [other, picture.rotate(180)], "duration": 40}
    made["webp lossless"] = encoded(picture, "WEBP", lossless=True), RGB
    made["webp lossless moving"] = encoded(picture, "WEBP", lossless=True, **several), RGB
    made["apng"] = encoded(picture, "PNG", **several), RGB
    made["gif grey"] = encoded(Image.fromarray(GREY), "GIF"), stacked(GREY)
    made["gif grey interlaced"] = encoded(Image.fromarray(GREY), "GIF", interlace=True), stacked(GREY)
    made["gif grey moving"] = (
        encoded(Image.fromarray(GREY), "GIF", **several | {"append_images": [other.convert("L")]}),
        stacked(GREY),
    )
    for mode in ("RGB", "RGBA", "L"):
        meant = stacked(GREY) if mode == "L" else RGB
        made[f"bmp {mode}"] = encoded(Image.fromarray(GREY if mode == "L" else RGB).convert(mode), "BMP"), meant
    return made


def encoded(picture, kind, **options):
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def lossy():
    """Files whose RGB is what a decoder makes of it: there Pillow says what the reference is given."""
    picture = Image.fromarray(RGB)
    moving = {"save_all": True, "append_images": [picture.rotate(180)]}
    inks = encoded(picture.convert("CMYK"), "JPEG", quality=90)
    adobe = inks.index(b"Adobe") + 11
    exif = Image.Exif()
    exif[0x0112] = 6
    thumbnail = encoded(picture.resize((40, 30)).rotate(90), "JPEG")
    made = {f"jpeg subsampling {n}": encoded(picture, "JPEG", quality=90, subsampling=n) for n in (0, 1, 2)}
    made |= {f"jpeg rare {name}": base64.b64decode(text) for name, text in RARE["files"].items()}
    return made | {
        "jpeg grey": encoded(Image.fromarray(GREY), "JPEG"),
        "jpeg kept rgb": encoded(picture, "JPEG", keep_rgb=True),
        "jpeg progressive": encoded(picture, "JPEG", progressive=True),
        "jpeg restarts": encoded(picture, "JPEG", restart_marker_blocks=3),
        "jpeg inks": inks,
        "jpeg inks by difference": inks[:adobe] + b"\2" + inks[adobe + 1 :],
        "jpeg turned by exif, thumbnail inside": encoded(picture, "JPEG", exif=exif.tobytes() + thumbnail),
        "mpo": encoded(picture, "MPO", **moving),
        "webp": encoded(picture, "WEBP", quality=80),
        "webp alpha": encoded(picture.convert("RGBA"), "WEBP", quality=80),
        "webp moving": encoded(picture, "WEBP", quality=80, **moving),
        "avif": encoded(picture, "AVIF", speed=9, max_threads=1),
        "avif 4:4:4 alpha": encoded(picture.convert("RGBA"), "AVIF", speed=9, max_threads=1, subsampling="4:4:4"),
        "avif moving": encoded(picture, "AVIF", speed=9, max_threads=1, **moving),
        "gif colours": encoded(picture, "GIF"),
    }


LOSSLESS, LOSSY = lossless(), lossy()
FLAT_COLOURS = {"gif colours"}
"""A chosen palette: rounding its luma to 8 bits errs alike over whole areas, which moves bits near the median."""


def hashed(content):
    canvas = bytearray(ROOM)
    answer = pixels.decode(memoryview(content), memoryview(canvas))
    assert answer.code is Code.DECODED, answer
    luma = np.frombuffer(canvas, np.uint8)[: answer.width * answer.height]
    return pdq(luma.reshape(answer.height, answer.width))


def reference(rgb):
    pdqhash = pytest.importorskip("pdqhash", reason="pip install '.[oracles]'")
    bits, quality = pdqhash.compute(np.ascontiguousarray(rgb))
    return f"{int(''.join(map(str, bits)), 2):064x}", quality


def distance(one, other):
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_has_the_frozen_hash_of_the_rgb_it_says(name):
    frozen = json.loads(VECTORS.read_text("utf-8"))["formats"][name]
    value, quality = hashed(LOSSLESS[name][0])
    assert distance(value, frozen["pdq"]) <= 2
    assert quality == frozen["quality"]


@pytest.mark.parametrize("name", LOSSLESS)
def test_a_lossless_file_has_the_hash_that_the_reference_gives_its_rgb(name):
    value, quality = hashed(LOSSLESS[name][0])
    theirs, their_quality = reference(LOSSLESS[name][1])
    assert distance(value, theirs) <= 2
    assert quality == their_quality


@pytest.mark.parametrize("name", LOSSY)
def test_a_lossy_file_has_the_hash_that_the_reference_gives_its_rgb(name):
    with Image.open(io.BytesIO(LOSSY[name])) as picture:
        theirs, their_quality = reference(np.asarray(picture.convert("RGB")))
    value, quality = hashed(LOSSY[name])
    assert distance(value, theirs) <= (8 if name in FLAT_COLOURS else 2)
    assert abs(quality - their_quality) <= 1


@pytest.mark.parametrize("name", [name for name in LOSSY if "rare" not in name and "by difference" not in name])
def test_what_an_encoder_loses_leaves_the_picture_matched(name):
    frozen = json.loads(VECTORS.read_text("utf-8"))["formats"]["png rgb 8"]
    assert distance(hashed(LOSSY[name])[0], frozen["pdq"]) <= 16


def test_sixteen_bits_of_grey_match_the_same_picture_in_eight():
    """Read as Pillow reads them, they are one white field, which matches nothing: a way to pass unseen."""
    fine, _ = hashed(LOSSLESS["png grey 16"][0])
    plain, quality = hashed(LOSSLESS["png grey 8"][0])
    assert distance(fine, plain) <= 2
    assert quality >= 50


@given(st.integers(1, 4), st.integers(1, 400), st.booleans(), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]))
def test_a_picture_of_a_few_rows_is_decoded_and_too_poor_to_match(few, many, upright, kind):
    size = (few, many) if upright else (many, few)
    value, quality = hashed(encoded(Image.fromarray(RGB).resize(size), kind))
    assert (value, quality) == ("0" * 64, 0)


@pytest.mark.parametrize("size", [(5, 5), (5, 300), (300, 5), (6, 64), (64, 64), (63, 65)])
def test_a_narrow_picture_has_the_hash_of_the_reference(size):
    small = np.asarray(Image.fromarray(RGB).resize(size))
    value, quality = hashed(encoded(Image.fromarray(small), "PNG"))
    theirs, their_quality = reference(small)
    assert distance(value, theirs) <= 2
    assert quality == their_quality


def frozen():
    """What ``python tests/properties/test_pdq.py`` writes of this file."""
    made = {}
    for name, (_, rgb) in LOSSLESS.items():
        value, quality = reference(rgb)
        made[name] = {"pdq": value, "quality": int(quality)}
    return made
