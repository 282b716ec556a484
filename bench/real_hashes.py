"""Real-looking PDQ hashes: structured pictures, edits of them, crops of photographs: banks whose bits hang together.

``python -m bench.real_hashes --size 240000 --out FOLDER [--photos FOLDER…] [--workers 2]``

Uniform random bits are kind to an index that looks values up by sixteen bits at a time: real bits are not. Light comes
from above, subjects stand in the middle, and half of what is posted is an edit of something posted before. Four
families are drawn, each picture hashed by abate's own PDQ and kept at quality 50 or more, as a bank does:

- *scenes*: sky, ground, soft and hard shapes, and texture whose power falls with frequency as in photographs;
- *edits* of scenes: recompressed, cropped by a few per cent, brightened, blurred, overlaid with a caption;
- *templates*: a few hundred pictures under thousands of captions, dense clusters within the radius;
- *crops* of the photographs that are named with ``--photos`` (left out, and said so, where none is).

Writes ``known.npy`` and ``asked.npy`` (uint8, n × 32): what a bank holds, and pictures of the same families that it
does not hold; ``bench.lookup --skewed FOLDER`` reads them. Prints how far the bits are from uniform: how often two
hashes share a sixteen-bit chunk against chance, as stored and under a permutation.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from abate.domain.signal import MIN_QUALITY
from abate.signals.pdq_kernel import pdq

SIDE = 160
"""Pixels. PDQ looks at 64 × 64 samples, so that a larger picture gives other bits only where it has finer edges."""
TEMPLATES = 300
EDITS = 3
"""Edits drawn of each scene, on average."""
PART = 2_000
ASKED_SHARE = 0.05
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png"}
Codes = npt.NDArray[np.uint8]


@cache
def textures() -> npt.NDArray[np.float64]:
    """Thirty-two fields of noise whose amplitude falls as 1 / frequency, as it does in photographs."""
    draw = np.random.default_rng(1)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(512), np.fft.fftfreq(512)))
    frequency[0, 0] = 1
    fields = np.fft.ifft2(np.fft.fft2(draw.normal(size=(32, 512, 512))) / frequency).real
    return np.asarray(fields / fields.std(axis=(1, 2), keepdims=True))


def texture(draw: np.random.Generator) -> npt.NDArray[np.float64]:
    top, left = draw.integers(0, 512 - SIDE, 2)
    return textures()[draw.integers(32), top : top + SIDE, left : left + SIDE]


def scene(draw: np.random.Generator) -> Image.Image:
    """Draw a picture: lighter above, a horizon, subjects nearer the middle than the edge, texture over all."""
    horizon = int(SIDE * np.clip(draw.normal(0.55, 0.15), 0.1, 0.95))
    rows = np.arange(SIDE)[:, None] / SIDE
    light = 200 - 90 * draw.random() * rows - 60 * draw.random() * (np.arange(SIDE)[None, :] / SIDE)
    light[horizon:] -= draw.uniform(20, 110)
    picture = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(draw.integers(1, 9)):
        x, y = np.clip(draw.normal(0.5, 0.22, 2), 0, 1) * SIDE
        width, height = draw.gamma(2.0, SIDE / 14, 2) + 3
        box = (x - width, y - height, x + width, y + height)
        (pen.ellipse if draw.random() < 0.6 else pen.rectangle)(box, fill=int(draw.integers(0, 256)))
    if draw.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(float(draw.uniform(0.4, 2.5))))
    lit = np.asarray(picture, dtype=np.float64) + texture(draw) * draw.uniform(4, 28)
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def caption(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Write a line of strokes along the top or the bottom, as a caption does."""
    written = picture.copy()
    pen = ImageDraw.Draw(written)
    top = int(picture.height * (0.04 if draw.random() < 0.5 else 0.82))
    for place in range(int(picture.width * 0.05), int(picture.width * draw.uniform(0.4, 0.95)), 6):
        stroke = (place, top + int(draw.integers(0, 4)), place + int(draw.integers(2, 5)), top + picture.height // 10)
        pen.rectangle(stroke, fill=255 if draw.random() < 0.8 else 0)
    return written


def edited(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Do to a picture what re-posting does: one or two of cropping, light, blur, caption; then a JPEG again."""
    for step in draw.integers(0, 4, draw.integers(1, 3)):
        if step == 0:
            cut = (draw.uniform(0, 0.06, 4) * SIDE).astype(int)
            box = (cut[0], cut[1], picture.width - cut[2], picture.height - cut[3])
            picture = picture.crop(tuple(int(edge) for edge in box)).resize((SIDE, SIDE))
        elif step == 1:
            picture = ImageEnhance.Brightness(picture).enhance(float(draw.uniform(0.7, 1.4)))
        elif step == 2:
            picture = picture.filter(ImageFilter.GaussianBlur(float(draw.uniform(0.5, 1.5))))
        else:
            picture = caption(picture, draw)
    sink = BytesIO()
    picture.save(sink, "JPEG", quality=int(draw.integers(30, 95)))
    return Image.open(sink).convert("L")


@cache
def photographs(folders: tuple[str, ...]) -> tuple[Image.Image, ...]:
    files = [path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.suffix in PHOTO_SUFFIXES]
    return tuple(Image.open(path).convert("L") for path in files)


def crop(picture: Image.Image, draw: np.random.Generator) -> Image.Image:
    share = draw.uniform(0.15, 0.9)
    width, height = int(picture.width * share), int(picture.height * share)
    left, top = draw.integers(0, picture.width - width + 1), draw.integers(0, picture.height - height + 1)
    return picture.crop((int(left), int(top), int(left) + width, int(top) + height)).resize((SIDE, SIDE))


@cache
def templates() -> tuple[Image.Image, ...]:
    draw = np.random.default_rng(2)
    return tuple(scene(draw) for _ in range(TEMPLATES))


def pictures(draw: np.random.Generator, folders: tuple[str, ...], wanted: int) -> list[Image.Image]:
    drawn: list[Image.Image] = []
    while len(drawn) < wanted:
        family = draw.random()
        if family < 0.2:
            drawn.append(caption(templates()[draw.integers(TEMPLATES)], draw))
        elif family < 0.5 and photographs(folders):
            chosen = photographs(folders)[draw.integers(len(photographs(folders)))]
            drawn.append(edited(crop(chosen, draw), draw))
        else:
            first = scene(draw)
            drawn += [first, *(edited(first, draw) for _ in range(draw.poisson(EDITS)))]
    return drawn[:wanted]


def part(number: int, folders: tuple[str, ...], wanted: int) -> Codes:
    """Return the codes of one part that are good enough for a bank; the same number draws the same ones."""
    found = (pdq(np.asarray(picture)) for picture in pictures(np.random.default_rng([7, number]), folders, wanted))
    good = [bytes.fromhex(value) for value, quality in found if quality >= MIN_QUALITY]
    return np.frombuffer(b"".join(good), dtype=np.uint8).reshape(-1, 32)


def corpus(size: int, folders: tuple[str, ...], workers: int) -> Codes:
    parts: list[Codes] = []
    with ProcessPoolExecutor(workers) as pool:
        number = 0
        while sum(map(len, parts)) < size:
            parts += pool.map(part, range(number, number + 8), [folders] * 8, [PART] * 8)
            number += 8
            print(f"\r{sum(map(len, parts))} of {size}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.concatenate(parts)[:size]


def chunk_excess(codes: Codes, order: npt.NDArray[np.int64] | None = None) -> float:
    """Return how many times oftener than by chance two codes share one of their sixteen 16-bit chunks."""
    bits = np.unpackbits(codes, axis=1)
    ordered = bits if order is None else np.ascontiguousarray(bits[:, order])
    chunks = np.packbits(ordered, axis=1).view(np.uint16)
    pairs = len(codes) * (len(codes) - 1) / 2
    shared = [(np.bincount(chunk, minlength=1 << 16).astype(float) ** 2).sum() - len(codes) for chunk in chunks.T]
    return float(np.mean(shared) / 2 / pairs * (1 << 16))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=240_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--photos", type=Path, nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folders = tuple(str(folder) for folder in options.photos)
    codes = corpus(int(options.size / (1 - ASKED_SHARE)) + 1, folders, options.workers)
    shuffled = np.random.default_rng(3).permutation(len(codes))
    asked = int(len(codes) * ASKED_SHARE)
    options.out.mkdir(parents=True, exist_ok=True)
    np.save(options.out / "asked.npy", codes[shuffled[:asked]])
    np.save(options.out / "known.npy", codes[shuffled[asked:]])
    told = {
        "hashes": len(codes) - asked,
        "asked": asked,
        "photographs": len(photographs(folders)),
        "different": len(np.unique(codes, axis=0)),
        "chunk_excess_as_stored": chunk_excess(codes),
        "chunk_excess_permuted": chunk_excess(codes, np.random.default_rng(4).permutation(256)),
    }
    print(json.dumps(told, indent=1) if options.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


if __name__ == "__main__":
    main()
