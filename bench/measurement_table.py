"""Invented sightings for the measurement benchmarks: three years, eight platforms, as many rows as asked for.

Rows come in the order in which a collector would have written them. Each item belongs to one channel and has one
posting time; it is seen about five times within days, each time through one reader, with views that grow.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = np.datetime64("2023-01-02T00:00:00", "us")
WEEKS = 158
PLATFORMS = 8
ROW_GROUP = 1_000_000
_SPAN = WEEKS * 7 * 86_400
_LANGUAGES = np.array(["ar", "de", "en", "fr", "id", "ru"])


def channels_of(size: int) -> int:
    """Return how many channels a table of this size has: 200,000 at fifty million rows."""
    return max(size // 250, 100)


def readers_of(size: int) -> int:
    """Return how many pseudonyms a table of this size has: five million at fifty million rows."""
    return max(size // 10, 1_000)


def write(path: Path, size: int, *, text: bool = False) -> None:
    """Write the table to Parquet in row groups of a million.

    :param text: item and audience as text (pseudonyms of 16 hex digits), not as numbers
    """
    writer = None
    for table in _chunks(size, text=text):
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def _chunks(size: int, *, text: bool) -> Iterator[Any]:
    draw = np.random.default_rng(3)
    for begun in range(0, size, ROW_GROUP):
        count = min(ROW_GROUP, size - begun)
        # Seconds since the start: within each chunk mixed, chunk after chunk later.
        observed = ((begun + draw.random(count) * count) / size * _SPAN).astype(np.int64)
        yield _table(draw, observed, size, text=text)


def _table(draw: np.random.Generator, observed: np.ndarray, size: int, *, text: bool) -> Any:
    count, items = len(observed), max(size // 5, 1)
    lag = (draw.exponential(1.5, count) * 86_400).astype(np.int64)
    item = np.clip((observed - lag) * items // _SPAN, 0, items - 1)
    posted = np.minimum(item * _SPAN // items, observed)
    mixed = _mix(item)
    channel = ((mixed % 1_000_003 / 1_000_003) ** 2 * channels_of(size)).astype(np.int64)
    reader = draw.integers(0, readers_of(size) // PLATFORMS, count) * PLATFORMS + channel % PLATFORMS
    popular = 10 + mixed % 5_000
    views = (popular * (1 - np.exp((posted - observed) / 172_800.0))).astype(np.int64)
    followers = 100 + _mix(channel) % 9_000 + observed // 86_400
    asked = draw.random(count) < 0.1
    return pa.table(
        {
            "observed_at": _times(observed),
            "posted_at": _times(posted),
            "platform": pa.array((channel % PLATFORMS).astype("U1")).cast(pa.string()),
            "channel": pa.array(np.char.add("c", channel.astype("U7"))),
            "language": pa.array(_LANGUAGES[_mix(channel) % len(_LANGUAGES)]),
            "item": _names(item, text=text),
            "audience": _names(reader, text=text),
            "views": pa.array(views),
            "followers": pa.array(followers, mask=~asked),
        }
    )


def _times(seconds: np.ndarray) -> Any:
    return pa.array(START + seconds.astype("timedelta64[s]")).cast(pa.timestamp("us", "UTC"))


def _names(number: np.ndarray, *, text: bool) -> Any:
    if not text:
        return pa.array(number)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    mixed = _mix(number).astype(np.uint64)
    letters = np.empty((len(number), 16), np.uint8)
    for place in range(16):
        letters[:, place] = digits[(mixed >> np.uint64(4 * place)).astype(np.int64) & 15]
    offsets = np.arange(len(number) + 1, dtype=np.int32) * 16
    return pa.StringArray.from_buffers(len(number), pa.py_buffer(offsets), pa.py_buffer(letters))


def _mix(number: np.ndarray) -> np.ndarray:
    """Scramble whole numbers one to one (the finaliser of splitmix64), into 0 to 2^63."""
    word = number.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((word ^ (word >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
