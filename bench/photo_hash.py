"""A photo's hash from its JPEG bytes: grey decoding and the banded kernel, against what PdqSignal does.

``python -m bench.photo_hash [--size 1920x1080] [--rounds 7] [--json]``

python-threatexchange's PdqSignal opens the file with Pillow, converts it to RGB and calls ``pdqhash``; the same three
steps stand here. The two sides take turns in one process, medians are compared, and the answers must be within 2 bits.
"""

import argparse
import io
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image

from abate.signals.pdq_kernel import pdq

SIZES = ["640x480", "1920x1080", "4032x3024"]


def scene(width: int, height: int) -> bytes:
    """A picture with as much detail as a photograph: smooth shapes and grain."""
    noise = np.random.default_rng(7)
    coarse = Image.fromarray(noise.integers(0, 256, (height // 40 + 2, width // 40 + 2, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = noise.integers(-12, 13, (height, width, 1), dtype=np.int16)
    sink = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(sink, "JPEG", quality=85)
    return sink.getvalue()


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = work(*arguments)
    return answer, time.perf_counter() - began


def decoded(content: bytes) -> np.ndarray:
    return simplejpeg.decode_jpeg(content, colorspace="GRAY")[:, :, 0]


def theirs(content: bytes) -> int:
    import pdqhash

    with Image.open(io.BytesIO(content)) as picture:
        bits, _ = pdqhash.compute(np.asarray(picture.convert("RGB")))
    return int("".join(map(str, bits)), 2)


def measure(width: int, height: int, rounds: int) -> dict[str, object]:
    content = scene(width, height)
    pdq(decoded(content))
    decoding, hashing, other = [], [], []
    for _ in range(rounds):
        grey, seconds = timed(decoded, content)
        decoding.append(seconds)
        (value, _), seconds = timed(pdq, grey)
        hashing.append(seconds)
        reference, seconds = timed(theirs, content)
        other.append(seconds)
        if (int(value, 16) ^ reference).bit_count() > 2:
            sys.exit(f"the answers differ by more than 2 bits at {width}x{height}: correct the kernel before timing it")
    ours = statistics.median(map(sum, zip(decoding, hashing, strict=True)))
    return {
        "work": f"PDQ of one JPEG {width}x{height}, {len(content)} bytes",
        "ours": "grey decoding + banded kernel",
        "peer": "Pillow RGB + pdqhash, as PdqSignal does",
        "ours_s": ours,
        "peer_s": statistics.median(other),
        "ratio": statistics.median(other) / ours,
        "decoding_share": statistics.median(decoding) / ours,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default=None, help=f"width x height; default: {', '.join(SIZES)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [options.size] if options.size else SIZES
    rows = [measure(*(int(side) for side in size.split("x")), options.rounds) for size in sizes]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['work']}: {row['ours_s'] * 1000:.2f} ms, {row['peer']} {row['peer_s'] * 1000:.2f} ms, "
            f"ratio {row['ratio']:.1f}; decoding is {row['decoding_share']:.0%} of ours"
        )
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
