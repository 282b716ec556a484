"""Weekly presence and following from Parquet, exact: ours against DuckDB's COUNT(DISTINCT …).

``python -m bench.presence [--size 5000000] [--rounds 3] [--json]``

Invented sightings, three years, eight platforms, written once to a temporary file. Both sides read the same file and
count the distinct channels (then the distinct audience) of each week by posting time; the numbers must be the same in
every week. Ours does more than it is compared for: reporting lag, provisional weeks, and for the audience the sum too.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from abate.measurement.following import COLUMNS as FOLLOWING_COLUMNS
from abate.measurement.following import following
from abate.measurement.presence import COLUMNS as PRESENCE_COLUMNS
from abate.measurement.presence import presence
from abate.measurement.tables.read import read_sightings

START = np.datetime64("2023-01-02T00:00:00", "us")
WEEKS = 158
PLATFORMS = 8
_CHUNK = 1_000_000

QUERY = """
SELECT (epoch_us(posted_at) - 345600000000) // 604800000000 AS week, count(DISTINCT (platform, {unit}))
FROM read_parquet('{path}') GROUP BY week ORDER BY week
"""


def write(path: Path, size: int) -> None:
    """Write sightings in chunks: channels and readers belong to one platform each, some channels post far more."""
    draw = np.random.default_rng(3)
    channels, readers = max(size // 250, 100), max(size // 10, 1000)
    writer = None
    for begun in range(0, size, _CHUNK):
        count = min(_CHUNK, size - begun)
        channel = (draw.random(count) ** 2 * channels).astype(np.int64)
        reader = draw.integers(0, readers // PLATFORMS, count) * PLATFORMS + channel % PLATFORMS
        posted = START + (draw.random(count) * WEEKS * 7 * 86_400e6).astype(np.int64).astype("timedelta64[us]")
        observed = posted + (draw.exponential(0.5, count) * 86_400e6).astype(np.int64).astype("timedelta64[us]")
        table = pa.table(
            {
                "observed_at": pa.array(observed).cast(pa.timestamp("us", "UTC")),
                "posted_at": pa.array(posted).cast(pa.timestamp("us", "UTC")),
                "platform": pa.array((channel % PLATFORMS).astype("U")),
                "channel": pa.array(channel.astype("U")),
                "audience": pa.array(reader.astype("U")),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def ours(path: Path, unit: str) -> list[int | None]:
    if unit == "channel":
        return [row.value for row in presence(read_sightings(path, only=PRESENCE_COLUMNS)).rows]
    return [row.value for row in following(read_sightings(path, only=FOLLOWING_COLUMNS)).rows]


def theirs(path: Path, unit: str) -> list[int]:
    connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
    rows = connection.execute(QUERY.format(unit=unit, path=path)).fetchall()
    return [count for _, count in rows]


def timed(work: Callable[..., Any], *arguments: object) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = work(*arguments)
    return answer, time.perf_counter() - began


def measure(path: Path, size: int, unit: str, rounds: int) -> dict[str, object]:
    own_seconds, peer_seconds = [], []
    for _ in range(rounds):
        own, seconds = timed(ours, path, unit)
        own_seconds.append(seconds)
        other, seconds = timed(theirs, path, unit)
        peer_seconds.append(seconds)
        if own != other:
            sys.exit(f"{unit}: the two sides count differently: correct that before timing it")
    own_median, peer_median = statistics.median(own_seconds), statistics.median(peer_seconds)
    return {
        "work": f"distinct {unit} a week, {size} sightings from Parquet, reading included",
        "ours": "bits a week",
        "peer": "DuckDB COUNT(DISTINCT)",
        "ours_s": own_median,
        "ours_first_s": own_seconds[0],
        "peer_s": peer_median,
        "ratio": peer_median / own_median,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=5_000_000, help="sightings")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sightings.parquet"
        write(path, options.size)
        rows = [measure(path, options.size, unit, options.rounds) for unit in ("channel", "audience")]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['work']}: {row['ours_s']:.2f} s, {row['peer']} {row['peer_s']:.2f} s, ratio {row['ratio']:.2f}")
    print(rows[0]["machine"])


if __name__ == "__main__":
    main()
