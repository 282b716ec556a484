"""A photo's hash from its JPEG bytes: grey decoding and the banded kernel, against python-threatexchange's PdqSignal.

``python -m bench.photo_hash [--size 1920x1080] [--file photo.jpg] [--rounds 7] [--json]``

Ours is what runs in a decoder and its parent, without the walls between them (``bench.sandbox`` says what those add);
the canvas that is decoded into is used again for the next picture, as there. The two sides take turns in one process,
processor seconds are compared, so that a busy machine slows neither, and the answers must be within 2 bits. Nearly all
of ours is libjpeg-turbo: the ratio that its decoding alone would have is printed as the most that can be reached.
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
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from abate.sandbox import pixels
from abate.sandbox.wire import Code
from abate.signals.pdq_kernel import orientations, pdq

SIZES = ["320x240", "640x480", "1920x1080", "4032x3024"]


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
    began = time.process_time()
    answer = work(*arguments)
    return answer, time.process_time() - began


def decoded(content: bytes, canvas: np.ndarray) -> np.ndarray:
    answer = pixels.decode(memoryview(content), memoryview(canvas))
    assert answer.code is Code.DECODED, answer
    return canvas[: answer.width * answer.height].reshape(answer.height, answer.width)


def peer() -> tuple[str, Callable[[bytes], str]]:
    try:
        from threatexchange.signal_type.pdq.signal import PdqSignal
    except ImportError:
        sys.exit("the peer is missing: pip install -e '.[exchange,oracles]'")
    from importlib.metadata import version

    return f"threatexchange {version('threatexchange')} PdqSignal.hash_from_bytes", PdqSignal.hash_from_bytes


def measure(content: bytes, rounds: int) -> dict[str, object]:
    name, theirs = peer()
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
    canvas = np.ones(width * height, dtype=np.uint8)
    orientations(decoded(content, canvas))
    decoding, hashing, other, turning = [], [], [], []
    rounds = max(rounds, min(60, rounds * 2_000_000 // (width * height)))
    for _ in range(rounds):
        grey, seconds = timed(decoded, content, canvas)
        decoding.append(seconds)
        (value, _), seconds = timed(pdq, grey)
        hashing.append(seconds)
        turning.append(timed(orientations, grey)[1])
        reference, seconds = timed(theirs, content)
        other.append(seconds)
        if (int(value, 16) ^ int(reference, 16)).bit_count() > 2:
            sys.exit(f"the answers differ by more than 2 bits at {width}x{height}: correct the kernel before timing it")
    ours = statistics.median(map(sum, zip(decoding, hashing, strict=True)))
    return {
        "work": f"PDQ of one JPEG {width}x{height}, {len(content)} bytes",
        "ours": "grey decoding + banded kernel",
        "peer": name,
        "ours_s": ours,
        "peer_s": statistics.median(other),
        "ratio": statistics.median(other) / ours,
        "ratio_of_decoding_alone": statistics.median(other) / statistics.median(decoding),
        "decoding_share": statistics.median(decoding) / ours,
        "hashing_s": statistics.median(hashing),
        "orientations_s": statistics.median(turning),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default=None, help=f"width x height; default: {', '.join(SIZES)}")
    parser.add_argument("--file", action="append", type=Path, default=[], help="a JPEG in place of the drawn ones")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [options.size] if options.size else SIZES
    # One after the other: a large picture made first would have the peer's arrays come out of warm memory.
    drawn = (scene(*(int(side) for side in size.split("x"))) for size in sizes)
    given = [one.read_bytes() for one in options.file]
    rows = [measure(content, options.rounds) for content in given or drawn]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['work']}: {row['ours_s'] * 1000:.2f} ms, {row['peer']} {row['peer_s'] * 1000:.2f} ms, "
            f"ratio {row['ratio']:.1f} of at most {row['ratio_of_decoding_alone']:.1f}; "
            f"decoding is {row['decoding_share']:.0%} of ours; "
            f"all eight orientations {row['orientations_s'] * 1000:.2f} ms in place of {row['hashing_s'] * 1000:.2f} ms"
        )
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
