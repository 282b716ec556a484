"""What a video costs, and what is found: frame policies beside vpdq and plain decoding, the index beside a scan.

``python -m bench.video [--seconds 30] [--size 1280x720] [--videos 20000] [--rounds 3] [--json]``

The film is made here: a camera that wanders over an invented landscape, H.264, 30 frames a second, a keyframe every 2 s
as streaming platforms ask for. Time is that of the processor, decoder process included, because that travels better
from a machine that is shared. Plain decoding is PyAV on one thread, every frame, nothing else done.

vpdq is run in the same process where it is installed. Where it is not, its figure is frozen, as a multiple of plain
decoding in the same run: 1.30, as this script measured it on its own film with vpdq 0.2.5 (medians of three, a busy
machine of two cores). It is marked as frozen; do not compare it to a few per cent.

Recall is that of clips cut out of known films at any moment, scaled to a third and packed anew; the films are known by
one frame a second, as in partner lists, or by four.
"""

import argparse
import io
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from abate.domain.item import FramePolicy, Frames, Item, Kind, Material
from abate.domain.vpdq import FrameHash, VideoHash
from abate.matching.video_index import Thresholds, VideoIndex
from abate.sandbox.pool import DecoderPool
from abate.signals.video import RADIUS, Vpdq

FROZEN_TO_PLAIN = 1.30
"""vpdq 0.2.5, seconds of processor for each of plain decoding."""
FROZEN = "vpdq 0.2.5 (frozen figure)"
AS_VPDQ = Thresholds(contained_percent=None)
FPS = 30


def landscape(seed: int, width: int, height: int) -> np.ndarray:
    """Shapes of every size, as a photograph has."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cell, weight in ((160, 1.2), (80, 1.0), (40, 0.9), (20, 0.8), (10, 0.7), (5, 0.5)):
        coarse = random.integers(0, 256, (height // cell + 2, width // cell + 2, 3), dtype=np.uint8)
        total += weight * np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    return ((total - total.min()) * (255 / (total.max() - total.min()))).astype(np.uint8)


def shots(seed: int, width: int, height: int, times: np.ndarray, pace: float) -> list[np.ndarray]:
    """What the camera sees at these seconds."""
    wide = landscape(seed, 3 * width, 2 * height)
    left = ((0.5 + 0.5 * np.sin(times * 0.5 * pace)) * (2 * width - 1)).astype(int)
    top = ((0.5 + 0.5 * np.cos(times * 0.31 * pace)) * (height - 1)).astype(int)
    return [wide[y : y + height, x : x + width] for x, y in zip(left, top, strict=True)]


def encoded(pictures: list[np.ndarray], size: tuple[int, int] | None = None, fps: int = FPS) -> bytes:
    import av

    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as container:
        options = {"threads": "1", "preset": "veryfast", "g": str(2 * fps), "crf": "26"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = size or pictures[0].shape[1::-1]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame.reformat(*size) if size else frame))
        container.mux(stream.encode(None))
    return sink.getvalue()


def cpu_of(work: Callable[[], Any]) -> tuple[Any, float]:
    """Seconds of processor of this process and of its children that ended meanwhile."""
    began = os.times()
    answer = work()
    ended = os.times()
    return answer, sum(ended[:4]) - sum(began[:4])


def median(work: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    runs = [cpu_of(work) for _ in range(rounds)]
    return runs[0][0], statistics.median(seconds for _, seconds in runs)


def hashed(pool: DecoderPool, content: bytes, policy: FramePolicy) -> str:
    frames = Frames(policy=policy, decode=lambda: pool.frames(content, policy))  # type: ignore[arg-type, return-value]
    signal = Vpdq().compute(Material(item=Item(id="film", kind=Kind.VIDEO), frames=frames))
    assert signal is not None
    return signal.value


def ours(content: bytes, policy: FramePolicy) -> str:
    """Hash with a decoder of its own, whose time counts when it has ended."""
    with DecoderPool(workers=1, max_pixels=10_000_000, required=False) as pool:
        return hashed(pool, content, policy)


def plain(content: bytes) -> int:
    import av

    with av.open(io.BytesIO(content)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return sum(1 for _ in container.decode(video=0))


def theirs(content: bytes) -> list[tuple[int, str]]:
    import vpdq

    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(content)
        file.flush()
        return [(found.frame_number, found.hex) for found in vpdq.computeHash(file.name, seconds_per_hash=1)]


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def row(work: str, our: str, peer: str, our_s: float, peer_s: float, **more: object) -> dict[str, object]:
    return {"work": work, "ours": our, "peer": peer, "ours_s": our_s, "peer_s": peer_s, "ratio": peer_s / our_s, **more}


def costs(seconds: int, width: int, height: int, rounds: int) -> list[dict[str, object]]:
    film = encoded(shots(1, width, height, np.arange(seconds * FPS) / FPS, 0.3))
    work = f"hash {seconds} s of {width}x{height} at {FPS} frames a second, {len(film)} bytes"
    empty = encoded(shots(1, 64, 64, np.zeros(1), 1.0))
    ours(empty, FramePolicy.SECOND)  # compile the kernel
    _, start_s = median(lambda: ours(empty, FramePolicy.SECOND), rounds)
    every, second_s = median(lambda: ours(film, FramePolicy.SECOND), rounds)
    took = {FramePolicy.SECOND: second_s - start_s}
    for policy in (FramePolicy.QUARTER, FramePolicy.KEYFRAME):
        took[policy] = median(lambda policy=policy: ours(film, policy), rounds)[1] - start_s
    _, plain_s = median(lambda: plain(film), rounds)
    peer, peer_s = FROZEN, FROZEN_TO_PLAIN * plain_s
    if find_spec("vpdq"):
        found, peer_s = median(lambda: theirs(film), rounds)
        peer = "vpdq"
        check_same(every, found)
    facts = {"decoder_start_s": start_s, "machine": machine()}
    bare = "plain decoding, nothing hashed"
    return [
        row(work, f"{policy.value}, sandboxed", beside, our_s, beside_s, **facts)
        for beside, beside_s in ((peer, peer_s), (bare, plain_s))
        for policy, our_s in took.items()
    ]


def check_same(value: str, found: list[tuple[int, str]]) -> None:
    own = [(int(part.split(",")[0]), part.split(",")[2]) for part in value.split(";")]
    apart = [(int(a, 16) ^ int(b, 16)).bit_count() for (_, a), (_, b) in zip(own, found, strict=True)]
    if [number for number, _ in own] != [number for number, _ in found] or max(apart) > 16:
        sys.exit(f"vpdq picks other frames or is up to {max(apart)} bits away: mend that before timing it")


def recall(films: int = 12, clips: int = 5) -> list[dict[str, object]]:
    """How many clips of known films are found, by how still the films are and by policy."""
    random, rows = np.random.default_rng(3), []
    with DecoderPool(workers=1, max_pixels=1_000_000, required=False) as pool:
        for pace, moving in ((0.02, "still"), (0.1, "slow"), (0.5, "moving")):
            long = np.arange(30 * 10) / 10
            known = [encoded(shots(seed, 240, 180, long, pace), fps=10) for seed in range(films)]
            indexes = {
                held: VideoIndex([hashed(pool, one, held) for one in known], radius=RADIUS)
                for held in (FramePolicy.SECOND, FramePolicy.QUARTER)
            }
            found, wrong = Counter(), Counter()
            for film in range(films):
                for start in random.uniform(0, 20, clips):
                    clip = shots(film, 240, 180, start + np.arange(100) / 10, pace)
                    content = encoded(clip, size=(80, 60), fps=10)
                    for policy in FramePolicy:
                        value = hashed(pool, content, policy)
                        for held, index in indexes.items():
                            (hits,) = index.lookup([value])
                            found[policy, held] += any(hit.position == film for hit in hits)
                            wrong[policy, held] += any(hit.position != film for hit in hits)
            rows += [
                {
                    "work": f"find {films * clips} clips of 10 s, cut anywhere and scaled to a third, {moving} films",
                    "ours": f"{policy.value} against {held.value}",
                    "found": found[policy, held] / (films * clips),
                    "wrong_films": wrong[policy, held],
                }
                for held in indexes
                for policy in FramePolicy
            ]
    return rows


def scan_flat(known: list[np.ndarray], asked: np.ndarray) -> set[int]:
    """What VPDQIndex does, with numpy's own bit count: every frame beside every frame."""
    hits = set()
    for position, codes in enumerate(known):
        near = np.bitwise_count(asked[:, None, :] ^ codes[None, :, :]).sum(axis=2) <= RADIUS
        if near.any(axis=1).mean() >= 0.8:
            hits.add(position)
    return hits


def matching(videos: int, rounds: int) -> list[dict[str, object]]:
    random = np.random.default_rng(5)
    known = [random.integers(0, 2**63, (60, 4), dtype=np.uint64) for _ in range(videos)]
    asked = [known[int(one)][10:30] for one in random.integers(0, videos, 10)]
    asked += [random.integers(0, 2**63, (20, 4), dtype=np.uint64) for _ in range(10)]
    began = time.process_time()
    index = VideoIndex([written(codes) for codes in known], radius=RADIUS, thresholds=AS_VPDQ)
    build_s = time.process_time() - began
    values = [written(codes) for codes in asked]
    index.lookup(values)
    own, our_s = median(lambda: [{hit.position for hit in hits} for hits in index.lookup(values)], rounds)
    flat, flat_s = median(lambda: [scan_flat(known, codes) for codes in asked[8:12]], 1)
    if own[8:12] != flat:
        sys.exit("the index and the flat scan find different videos: mend that before timing it")
    work = f"look up a video of 20 frames among {videos} of 60 frames"
    facts = {"build_s": build_s, "machine": machine()}
    rows = [row(work, "one index over all frames", "flat scan (numpy)", our_s / len(asked), flat_s / 4, **facts)]
    if find_spec("faiss"):
        peer_s = faiss_flat(known, asked, rounds) / len(asked)
        peer = "faiss IndexBinaryFlat, as VPDQIndex has it"
        rows.append(row(work, "one index over all frames", peer, our_s / len(asked), peer_s, **facts))
    return rows


def faiss_flat(known: list[np.ndarray], asked: list[np.ndarray], rounds: int) -> float:
    import faiss

    faiss.omp_set_num_threads(1)
    flat = faiss.IndexBinaryFlat(256)
    flat.add(np.concatenate(known).view(np.uint8))
    queries = [np.ascontiguousarray(codes).view(np.uint8) for codes in asked]
    _, seconds = median(lambda: [flat.range_search(one, RADIUS + 1) for one in queries], rounds)
    return seconds


def written(codes: np.ndarray) -> str:
    frames = [
        FrameHash(number=30 * n, quality=100, code=code.tobytes().hex(), at_s=float(n)) for n, code in enumerate(codes)
    ]
    return VideoHash(frames=tuple(frames)).written()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--size", default="1280x720", help="width x height")
    parser.add_argument("--videos", type=int, default=20_000, help="known videos of the lookup")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not find_spec("av"):
        sys.exit("videos are decoded by an extra: pip install '.[video]'")
    width, height = (int(side) for side in options.size.split("x"))
    rows = costs(options.seconds, width, height, options.rounds) + matching(options.videos, options.rounds) + recall()
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for one in rows:
        if "found" in one:
            print(f"{one['work']}: {one['ours']}: {one['found']:.0%} found, {one['wrong_films']} wrong films")
        else:
            print(f"{one['work']}: {one['ours']} {one['ours_s']:.4f} s, {one['peer']} {one['peer_s']:.4f} s, "
                  f"ratio {one['ratio']:.1f}")  # fmt: skip
    print(f"CPU seconds; {rows[0]['machine']}; a decoder's start costs {rows[0]['decoder_start_s']:.2f} s more, once")


if __name__ == "__main__":
    main()
