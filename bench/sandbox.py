"""What the walls cost: milliseconds to decode one JPEG with and without them.

``python -m bench.sandbox [--size 1600x1004] [--rounds 40] [--json]``

The two sides take turns in one process, so that a busy machine slows both; medians are compared. A busy machine also
lets a decoder wait for its turn, which no wall is to blame for: what both processes together spent on the processor is
therefore given beside what passed on the clock.
"""

import argparse
import io
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from abate.domain.item import Picture
from abate.sandbox import pixels
from abate.sandbox.pool import DecoderPool, probe


def scene(width: int, height: int) -> bytes:
    """A picture with as much detail as a photograph: smooth shapes and grain."""
    noise = np.random.default_rng(7)
    coarse = Image.fromarray(noise.integers(0, 256, (height // 40 + 2, width // 40 + 2, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = noise.integers(-12, 13, (height, width, 1), dtype=np.int16)
    sink = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(sink, "JPEG", quality=85)
    return sink.getvalue()


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def spent(pid: int) -> float:
    """Milliseconds of a processor that this process has had so far, and a decoder that waits (``schedstat``)."""
    decoder = int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0])
    return (time.process_time_ns() + decoder) / 1e6


def taken(work: Callable[[], object], pid: int) -> tuple[float, float]:
    """Milliseconds on the clock, and on the processors, that the work took."""
    before = spent(pid)
    clock = timed(work)
    return clock, spent(pid) - before


def measure(width: int, height: int, rounds: int) -> dict[str, object]:
    content = scene(width, height)
    pixels.warm()
    canvas = memoryview(bytearray(width * height))
    with DecoderPool(workers=1, max_pixels=width * height, required=True) as pool:
        start_ms = timed(lambda: pool.decode(content))
        assert isinstance(pool.decode(content), Picture), pool.decode(content)
        decoder = pool._idle[0]._process.pid  # noqa: SLF001 - how long it worked says nobody else
        within, without = [], []
        for _ in range(rounds):
            without.append(taken(lambda: pixels.decode(memoryview(content), canvas), decoder))
            within.append(taken(lambda: pool.decode(content), decoder))
    ours, ours_cpu = (statistics.median(column) for column in zip(*within, strict=True))
    bare, bare_cpu = (statistics.median(column) for column in zip(*without, strict=True))
    return {
        "work": f"decode one JPEG {width}x{height}, {len(content)} bytes, to luma",
        "ours": "behind the walls",
        "peer": "the same decoding in this process",
        "ours_s": ours / 1000,
        "peer_s": bare / 1000,
        "ratio": bare / ours,
        "added_ms": ours - bare,
        "added_processor_ms": ours_cpu - bare_cpu,
        "first_picture_ms": start_ms,
        "walls": probe().reason,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default=None, help="width x height; default: four sizes")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [options.size] if options.size else ["320x240", "640x480", "1600x1004", "4032x3024"]
    rows = [measure(*(int(side) for side in size.split("x")), options.rounds) for size in sizes]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['work']}: {row['peer_s'] * 1000:.2f} ms bare, {row['ours_s'] * 1000:.2f} ms behind the walls, "
            f"{row['added_ms']:+.2f} ms ({row['added_processor_ms']:+.2f} on the processors); "
            f"first picture of a decoder {row['first_picture_ms']:.0f} ms"
        )
    print(f"{rows[0]['walls']} {rows[0]['machine']}")


if __name__ == "__main__":
    main()
