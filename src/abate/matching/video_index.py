"""Finds videos that share frames: all frames of all known videos in one Hamming index, and a vote over what it finds.

The frames of an item are looked up as one batch. Each frame found votes for the video that holds it, and for the time
by which the two are shifted: a clip cut from the middle of a film keeps one shift throughout, frames that match by
chance do not. Percentages are counted as the reference counts them (facebook/ThreatExchange, ``vpdq_index.py``): over
different frames of sufficient quality, so that a minute of standstill is one frame.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.domain.item import FramePolicy
from abate.domain.located import Located
from abate.domain.vpdq import VideoHash, read_video_hash
from abate.extend.index import Hit, Index
from abate.matching.hamming_index import BITS
from abate.matching.living.merging import Beside

if TYPE_CHECKING:
    from abate.matching.hamming.index import HammingIndex

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]

BATCH: Final = 1024
"""Frames of one search; bounds what one answer of the Hamming index can take."""
_HALF_WINDOW_S: Final = 0.5
"""Shifts are counted in windows of a second: two samples of one film lie up to half a second apart."""
_MOST_PAIRS: Final = 1 << 20
"""Pairs of times that one location looks at; of a standing picture more are thinned out, evenly on both sides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """How much two videos must share."""

    item_percent: float = 80.0
    """Of the item's frames, how many must be in the entry: the reference's default."""
    entry_percent: float = 0.0
    """Of the entry's frames, how many must be in the item *as well*: the reference's default."""
    contained_percent: float | None = 80.0
    """Of the entry's frames, how many in the item are enough *alone*, in one run: a known video inside a longer upload,
    which the reference's defaults pass over. ``None`` asks as the reference does."""
    contained_frames: int = 3
    """Frames that such a run must have at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Video:
    """The usable frames of one video, each different one once, with the times at which it is seen."""

    codes: Codes
    """``(n, 32)``"""
    at_s: Floats
    """All times, those of the first code first."""
    starts: Ints
    """``(n + 1,)``: where the times of each code begin."""
    seconds: Ints
    """``(n,)``: the second in which each code is first seen, or for one frame a second the code's own number."""
    policy: str
    first_id: int = 0
    """The identifier of its first code in the Hamming index; the others follow."""

    def __len__(self) -> int:
        return len(self.codes)

    def percent(self, codes: Ints) -> float:
        """Return how much of the video these of its codes are: of its different frames, or of its seconds.

        Where there are four frames a second, one that matches is enough for its second: the other side may have one a
        second only, and lie anywhere between two of ours.
        """
        return 100 * len(np.unique(self.seconds[codes])) / len(np.unique(self.seconds))

    def times(self, codes: Ints) -> tuple[Ints, Floats]:
        """Return ``(row, seconds)``: for each row of ``codes`` every time at which that frame is seen."""
        counts = self.starts[codes + 1] - self.starts[codes]
        rows = np.repeat(np.arange(len(codes)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.at_s[self.starts[codes][rows] + within]


def _video(value: str) -> _Video:
    known: VideoHash = read_video_hash(value)
    times: dict[str, list[float]] = {}
    for frame in known.usable:
        times.setdefault(frame.code, []).append(frame.at_s)
    # Writable, because a kernel is compiled anew for an array that is not.
    codes = np.frombuffer(bytearray.fromhex("".join(times)), np.uint8).reshape(-1, BITS // 8)
    starts = np.cumsum([0, *map(len, times.values())])
    at_s = np.array([at for own in times.values() for at in own], dtype=np.float64)
    dense = known.policy is FramePolicy.QUARTER
    seconds = at_s[starts[:-1]].astype(np.int64) if dense else np.arange(len(codes))
    return _Video(codes=codes, at_s=at_s, starts=starts, seconds=seconds, policy=known.policy.value)


class VideoIndex:
    """Known videos. Any number of threads may look up while one at a time adds and discards."""

    def __init__(self, values: Sequence[str], *, radius: int, thresholds: Thresholds | None = None) -> None:
        """Build over canonical vPDQ ``values``; ``radius`` is in bits, of one frame.

        :raises InputError: when a value is no vPDQ value
        """
        self._radius = radius
        self._thresholds = thresholds or Thresholds()
        self._changing = threading.Lock()
        self._videos: dict[int, _Video] = {}
        self._next = 0
        self._owner = np.empty(0, dtype=np.int64)
        self._hamming: HammingIndex | None = None
        self._merging = Beside()
        self.add(values)

    def __len__(self) -> int:
        """Return how many videos are held."""
        return len(self._videos)

    def add(self, values: Sequence[str]) -> int:
        """Add videos; the first gets the position returned, the others those after it.

        :raises InputError: when a value is no vPDQ value; none is then added
        """
        videos = [_video(value) for value in values]
        with self._changing:
            first, first_id = self._next, len(self._owner)
            self._next += len(videos)
            for position, video in enumerate(videos, first):
                self._videos[position] = replace(video, first_id=first_id)
                first_id += len(video)
            owners = np.repeat(np.arange(first, self._next), [len(video) for video in videos])
            # Who searches meanwhile must find an owner for every code it finds.
            self._owner = np.concatenate([self._owner, owners])
            if len(owners):
                self._keep(np.concatenate([video.codes for video in videos]))
        return first

    def _keep(self, codes: Codes) -> None:
        """Put codes into the Hamming index: built over the first, which are most, and grown by the later."""
        if self._hamming is None:
            # numba takes most of a second to import: paid when there is a video to know
            from abate.matching.hamming.index import HammingIndex

            self._hamming = HammingIndex.build(codes)
        else:
            self._hamming.add(codes)
            self._merging.merge_when_due(self._hamming)

    def discard(self, positions: Sequence[int]) -> None:
        """Take videos out again; positions that are not held are passed over."""
        with self._changing:
            going = [self._videos.pop(position) for position in positions if position in self._videos]
            ids = [np.arange(video.first_id, video.first_id + len(video)) for video in going]
            if ids and self._hamming is not None:
                self._hamming.discard(np.concatenate(ids))
                self._merging.merge_when_due(self._hamming)

    def lookup(self, values: Sequence[str]) -> list[list[Hit]]:
        """Return, for each value, the videos that share enough of it, nearest first, ties by position.

        A hit's distance is the mean over the frames that match, in bits, rounded.

        :raises InputError: when a value is no vPDQ value
        """
        return [self._hits(_video(value)) for value in values]

    def _hits(self, item: _Video) -> list[Hit]:
        frames, ids, distances = self._search(item)
        if not len(frames):
            return []
        owners = self._owner[ids]
        order = np.argsort(owners, kind="stable")
        held, bounds = np.unique(owners[order], return_index=True)
        hits = []
        for position, rows in zip(held.tolist(), np.split(order, bounds[1:]), strict=True):
            entry = self._videos.get(position)
            if entry is not None:  # else it was taken out since the search
                hits.append(self._hit(position, item, entry, _Pairs(frames[rows], ids[rows], distances[rows])))
        return sorted((hit for hit in hits if hit), key=lambda hit: (hit.distance, hit.position))

    def _search(self, item: _Video) -> tuple[Ints, Ints, Ints]:
        index = self._hamming
        found = [
            (start + frames, ids, distances)
            for start in range(0, len(item), BATCH)
            if index is not None
            for frames, ids, distances in [index.search(item.codes[start : start + BATCH], self._radius)]
        ]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
        frames, ids, distances = (np.concatenate(column).astype(np.int64) for column in zip(*found, strict=True))
        return frames, ids, distances

    def _hit(self, position: int, item: _Video, entry: _Video, pairs: "_Pairs") -> Hit | None:
        item_percent = item.percent(pairs.frames)
        entry_percent = entry.percent(pairs.ids - entry.first_id)
        asked = self._thresholds
        alike = item_percent >= asked.item_percent and entry_percent >= asked.entry_percent
        contained = asked.contained_percent is not None and entry_percent >= asked.contained_percent
        if not alike and not contained:
            return None
        votes, spans = _shift(item, entry, pairs)
        if not alike and votes < asked.contained_frames:
            return None
        located = Located(
            item_from_s=spans[0],
            item_to_s=spans[1],
            entry_from_s=spans[2],
            entry_to_s=spans[3],
            item_percent=round(item_percent, 1),
            entry_percent=round(entry_percent, 1),
            frames=item.policy if item.policy == entry.policy else f"{item.policy} against {entry.policy}",
        )
        return Hit(position=position, distance=pairs.mean_distance(), located=located)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Frames of the item that are near codes of one entry."""

    frames: Ints
    ids: Ints
    distances: Ints

    def mean_distance(self) -> int:
        """Return the mean over the item's frames of the distance to the nearest, rounded."""
        order = np.lexsort((self.distances, self.frames))
        _, nearest = np.unique(self.frames[order], return_index=True)
        return round(float(self.distances[order][nearest].mean()))


def _shift(item: _Video, entry: _Video, pairs: _Pairs) -> tuple[int, tuple[float, float, float, float]]:
    """Return how many of the item's moments share the commonest shift, and the spans of both that they make up.

    Ties go to the nearer frames, then to the smaller shift.
    """
    item_s, entry_s, distances = _moments(item, entry, pairs)
    cell = np.floor((entry_s - item_s) / _HALF_WINDOW_S).astype(np.int64)
    # A window is a cell and the next, so that a shift on the edge of two is not cut in half.
    windows = np.concatenate([cell, cell - 1])
    moments = np.concatenate([item_s, item_s])
    order = np.lexsort((np.concatenate([distances, distances]), moments, windows))
    windows, moments = windows[order], moments[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (windows[1:] != windows[:-1]) | (moments[1:] != moments[:-1])
    shifts, at, votes = np.unique(windows[first], return_index=True, return_counts=True)
    bits = np.add.reduceat(np.concatenate([distances, distances])[order][first], at)
    best = np.lexsort((np.abs(shifts), bits, -votes))[0]
    inside = (cell == shifts[best]) | (cell == shifts[best] + 1)
    ends = (item_s[inside].min(), item_s[inside].max(), entry_s[inside].min(), entry_s[inside].max())
    return int(votes[best]), tuple(float(end) for end in ends)  # type: ignore[return-value]  # four in, four out


def _moments(item: _Video, entry: _Video, pairs: _Pairs) -> tuple[Floats, Floats, Floats]:
    """Return ``(item seconds, entry seconds, distance)`` of every pair of moments that look alike."""
    codes = pairs.ids - entry.first_id
    item_counts = item.starts[pairs.frames + 1] - item.starts[pairs.frames]
    entry_counts = entry.starts[codes + 1] - entry.starts[codes]
    total = int((item_counts * entry_counts).sum())
    stride = max(1, int(np.ceil(np.sqrt(total / _MOST_PAIRS))))
    by_item, item_s = item.times(pairs.frames)
    by_item, item_s = by_item[::stride], item_s[::stride]
    again, entry_s = entry.times(codes[by_item])
    again, entry_s = again[::stride], entry_s[::stride]
    return item_s[again], entry_s, pairs.distances[by_item][again].astype(np.float64)


class VideoIndexType:
    """Builds indexes over videos."""

    name = "vpdq"

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        self._thresholds = thresholds

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        """Build an index over canonical vPDQ ``values``; ``radius`` is in bits, of one frame.

        :raises InputError: when a value is no vPDQ value, or the radius is not within 0–256
        """
        if not 0 <= radius <= BITS:
            msg = f"a radius of {radius} bits is not within 0–{BITS}; correct the signal type"
            raise InputError(msg, where="radius")
        return VideoIndex(values, radius=radius, thresholds=self._thresholds)
