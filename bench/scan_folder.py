"""``abate scan`` over a folder of small photos: one decoder and two, and what memory it takes.

``python -m bench.scan_folder [--size 2000] [--json]``

Each run is a process of its own, as a user starts it: ``abate scan FOLDER --out FILE``. The folder holds JPEGs of
320 × 240 that differ; the peer is the same with one decoder. Peak memory is the parent's own, as the kernel counts it.

One decoder keeps two cores busy already: the parent reads, hashes and writes on the other. So on two cores a second one
gains only what evens out the two; how many cores' worth of processor was used says whether both were busy.
"""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = 400
"""Pictures that are drawn; a folder of more holds each several times, with other bytes at its end."""


def fill(folder: Path, size: int) -> None:
    chance = random.Random(size)
    drawn = [picture(chance) for _ in range(min(size, KINDS))]
    for place in range(size):
        target = folder / f"{place // 1000:03}"
        target.mkdir(exist_ok=True)
        (target / f"{place:06}.jpg").write_bytes(drawn[place % len(drawn)] + place.to_bytes(4, "big"))


def picture(chance: random.Random) -> bytes:
    import io

    rough = np.random.default_rng(chance.randrange(2**32)).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(rough).resize((320, 240), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def scan(folder: Path, home: Path, decoders: int) -> dict[str, float]:
    out = home / f"{decoders}.jsonl"
    environment = os.environ | {"ABATE_HOME": str(home), "ABATE_DECODERS": str(decoders)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-c", MEASURED, str(folder), str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": used, "peak_mib": int(done.stdout) / 1024, "lines": out.read_bytes().count(b"\n")}


MEASURED = """
import resource, sys
from abate.cli.root import app
app(["scan", sys.argv[1], "--out", sys.argv[2]], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(size: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as place:
        folder, home = Path(place) / "folder", Path(place) / "home"
        folder.mkdir()
        home.mkdir()
        small = Path(place) / "small"
        small.mkdir()
        fill(small, 200)
        fill(folder, size)
        start = scan(small, home, 3)
        one, two = scan(folder, home, 1), scan(folder, home, 2)
    if not one["lines"] == two["lines"] == size:
        sys.exit("a file has no line: correct that before timing it")
    return {
        "work": f"{size} photos of 320 x 240 scanned from a folder",
        "ours": "two decoders",
        "peer": "one decoder",
        "ours_s": two["wall_s"],
        "peer_s": one["wall_s"],
        "ratio": one["wall_s"] / two["wall_s"],
        "files_per_s": size / two["wall_s"],
        "cpu_s": two["cpu_s"],
        "cpu_s_of_one": one["cpu_s"],
        "cores_used": two["cpu_s"] / two["wall_s"],
        "cores_used_by_one": one["cpu_s"] / one["wall_s"],
        "peak_mib": two["peak_mib"],
        "peak_mib_of_200": start["peak_mib"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    row = measure(asked.size)
    if asked.json:
        print(json.dumps([row]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"{row['work']}: {row['peer_s']:.1f} s with one decoder, "
        f"{row['ours_s']:.1f} s with two (ratio {row['ratio']:.2f}), "
        f"{row['files_per_s']:.0f} files/s, {row['cpu_s']:.1f} processor seconds, "
        f"{row['cores_used_by_one']:.2f} cores busy with one and {row['cores_used']:.2f} with two; "
        f"peak memory {row['peak_mib']:.0f} MiB "
        f"({row['peak_mib_of_200']:.0f} MiB for 200 files)"
    )


if __name__ == "__main__":
    main()
