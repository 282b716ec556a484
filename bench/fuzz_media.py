"""Spoilt media files by the hundred thousand, through real decoders: none may crash, hang, or want more than its room.

``python -m bench.fuzz_media [--files 100000] [--only NAME] [--first N] [--workers 2] [--write] [--check] [--json]``

Case ``number`` of a format is the same file every time, so that a run can be taken up with ``--first`` and a bad case
made again: ``bench.media_mutations.spoilt("gif moving", 1234)``. ``--write`` keeps the counts a format and outcome in
``records/fuzz_media.json`` with the hash of the sources they cover; ``--check`` says whether that record is stale, and
repeats a block of each format. Containers of video are among the formats where the library for them is installed.
"""

import argparse
import hashlib
import json
import platform
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from abate.domain.item import Frame, FramePolicy, Picture
from abate.domain.signal import NotScanned
from abate.sandbox import frames_wire, limits, wire
from abate.sandbox.pool import DecoderPool
from abate.sandbox.wire import Code
from bench.media_mutations import PHOTOS, VIDEOS, spoilt

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "bench" / "records" / "fuzz_media.json"
COVERS = ("bench/fuzz_media.py", "bench/media_mutations.py", "src/abate/sandbox")
ROOM = 1 << 20
"""Pixels a picture may have here: the good files are small, and what claims more is a bomb."""
TIMEOUT_S = 60.0
"""Generous: the machine may be busy, and a hang is a hang at any length."""
BLOCK = 500
"""Files of one format whose outcomes are kept as one digest, so that any block can be held against the record."""
FORBIDDEN = frozenset({Code.CRASHED, Code.FORBIDDEN_CALL, Code.LIED, Code.TIMED_OUT, Code.NO_START, Code.NO_WALLS})
"""What no file may bring about."""
MOST_FRAMES = 20
"""Frames that are taken of a video."""


def readable(sentences: dict[Code, str]) -> dict[Code, re.Pattern[str]]:
    return {code: re.compile(re.sub(r"\\\{[^}]*\\\}", r"\\d+", re.escape(text))) for code, text in sentences.items()}


OF_PICTURES, OF_VIDEOS = readable(wire.SENTENCES), readable(frames_wire.SENTENCES)
AFTER_FRAMES = re.compile(r" Of what came before, (\d+) frames? (was|were) read\.$")


@dataclass(slots=True)
class Outcome:
    """What became of the files of one format."""

    counts: Counter[str] = field(default_factory=Counter)
    blocks: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = 0
    bad: list[int] = field(default_factory=list)
    """Numbers of the cases that a decoder did not outlive."""


def outcome_of(found: Picture | NotScanned) -> str:
    """The word for what a decoder answered.

    :raises AssertionError: when it is no true picture and none of the known sentences
    """
    if isinstance(found, Picture):
        check_picture(found)
        return "DECODED"
    return word_of(found.step, found.reason, OF_PICTURES)


def check_picture(found: Picture) -> None:
    assert 1 <= found.width * found.height == len(found.luma) <= ROOM, (found.width, found.height)


def word_of(step: str, reason: str, sentences: dict[Code, re.Pattern[str]]) -> str:
    assert step == "decode", step
    codes = [code.name for code, sentence in sentences.items() if sentence.fullmatch(reason)]
    assert codes, reason
    return codes[0]


def outcome_of_video(answers: Iterable[Frame | NotScanned]) -> str:
    """The word for how a video ended, marked where frames came before.

    :raises AssertionError: as ``outcome_of``, and when the frames are out of order or go on after the end
    """
    frames, end = 0, ""
    last = -1
    for found in answers:
        assert not end, "nothing follows the end"
        if isinstance(found, Frame):
            check_picture(found.picture)
            assert found.number > last, "frames come in order"
            frames, last = frames + 1, found.number
        else:
            plain = AFTER_FRAMES.sub("", found.reason)
            end = word_of(found.step, plain, OF_VIDEOS)
    assert frames or end, "no frame and no reason"
    return f"{end} AFTER FRAMES" if end and frames else end or "DECODED"


def ask(pool: DecoderPool, name: str, number: int) -> tuple[int, str, float]:
    content = spoilt(name, number)
    began = time.perf_counter()
    if name in VIDEOS:
        policy = FramePolicy.KEYFRAME if number % 2 else FramePolicy.SECOND
        word = outcome_of_video(pool.frames(content, policy, most=MOST_FRAMES))
    else:
        word = outcome_of(pool.decode(content))
    return number, word, time.perf_counter() - began


def blocks(numbers: range) -> Iterator[range]:
    for start in range(numbers.start, numbers.stop, BLOCK):
        yield range(start, min(start + BLOCK, numbers.stop))


def run(pool: DecoderPool, name: str, numbers: range, workers: int, watch: Callable[[], None]) -> Outcome:
    made = Outcome()
    with ThreadPoolExecutor(workers) as threads:
        for block in blocks(numbers):
            answers = list(threads.map(partial(ask, pool, name), block))
            made.counts.update(word for _, word, _ in answers)
            made.blocks.append(digest([word for _, word, _ in answers]))
            made.bad += [number for number, word, _ in answers if Code.__members__[word.split()[0]] in FORBIDDEN]
            for number, _, seconds in answers:
                if seconds > made.slowest_s:
                    made.slowest_s, made.slowest = seconds, number
            watch()
    return made


def digest(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


class Memory:
    """The most memory that a decoder of the pool was seen to have had."""

    def __init__(self, pool: DecoderPool) -> None:
        self._pool = pool
        self.peak_mib = 0

    def look(self) -> None:
        # Whose process it is says nobody else than the pool's inside.
        pools = [self._pool, *([self._pool._videos] if self._pool._videos else [])]  # noqa: SLF001 - as above
        for worker in [one for pool in pools for one in pool._idle]:  # noqa: SLF001 - as above
            status = Path(f"/proc/{worker._process.pid}/status").read_text("ascii")  # noqa: SLF001 - as above
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            self.peak_mib = max(self.peak_mib, int(found[1]) // 1024 if found else 0)


def sources_hash() -> str:
    files = [
        found for name in COVERS for found in sorted([ROOT / name, *(ROOT / name).glob("*.py")]) if found.is_file()
    ]
    state = hashlib.sha256()
    for file in files:
        state.update(hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()


def fuzz(names: Sequence[str], total: int, first: int, workers: int) -> dict[str, object]:
    """Run ``total`` files, spread evenly over the formats."""
    each, sources = -(-total // len(names)), sources_hash()
    results: dict[str, Outcome] = {}
    began = time.perf_counter()
    with DecoderPool(
        workers=workers, max_pixels=ROOM, required=True, timeout_s=TIMEOUT_S, video_timeout_s=TIMEOUT_S
    ) as pool:
        memory = Memory(pool)
        for name in names:
            results[name] = run(pool, name, range(first, first + each), workers, memory.look)
            words = ", ".join(f"{word} {count}" for word, count in results[name].counts.most_common())
            print(f"{name}: {words}; slowest {results[name].slowest_s * 1000:.0f} ms (case {results[name].slowest})",
                  file=sys.stderr, flush=True)  # fmt: skip
    if sources != sources_hash():
        sys.exit("the sources changed during the run, so it says nothing about either: run it again")
    return {
        "sources": sources,
        "files": each * len(names),
        "first": first,
        "each": each,
        "seconds": round(time.perf_counter() - began),
        "decoder_peak_mib": memory.peak_mib,
        "decoder_limit_mib": limits.address_space(ROOM) >> 20,
        "parent_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "slowest_ms": round(max(one.slowest_s for one in results.values()) * 1000),
        "versions": {name: version(name) for name in ("pillow", "simplejpeg", *(["av"] if VIDEOS else []))}
        | {"python": platform.python_version()},
        "formats": {
            name: {"outcomes": dict(sorted(one.counts.items())), "blocks": one.blocks} for name, one in results.items()
        },
        "bad": {name: one.bad for name, one in results.items() if one.bad},
    }


def check(workers: int) -> None:
    """Hold the record against the sources, then repeat one block in fifty, drawn by the hash."""
    if not RECORD.exists():
        sys.exit("there is no record: run `python -m bench.fuzz_media --write`, and commit it")
    record = json.loads(RECORD.read_text("utf-8"))
    if record["sources"] != sources_hash():
        sys.exit("the record is stale: run `python -m bench.fuzz_media --write`, and commit it")
    drawn = int(record["sources"], 16)
    with DecoderPool(
        workers=workers, max_pixels=ROOM, required=True, timeout_s=TIMEOUT_S, video_timeout_s=TIMEOUT_S
    ) as pool:
        for place, (name, kept) in enumerate(record["formats"].items()):
            which = [n for n in range(len(kept["blocks"])) if (drawn + place + n) % 50 == 0] or [0]
            for number in which:
                start = record["first"] + number * BLOCK
                numbers = range(start, min(start + BLOCK, record["first"] + record["each"]))
                again = run(pool, name, numbers, workers, lambda: None)
                if again.bad or again.blocks != [kept["blocks"][number]]:
                    sys.exit(f"{name}: files {numbers.start} to {numbers.stop - 1} came out otherwise than recorded")
    print(f"the record of {record['files']} files holds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000, help="in all, spread evenly over the formats")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", default="", help="formats whose name holds this")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.check:
        check(options.workers)
        return
    names = [name for name in (*PHOTOS, *VIDEOS) if options.only in name]
    record = fuzz(names, options.files, options.first, options.workers)
    if options.write:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    if options.json:
        print(json.dumps([record], indent=1))
    else:
        print(
            f"{record['files']} files in {record['seconds']} s, slowest {record['slowest_ms']} ms, "
            f"a decoder had at most {record['decoder_peak_mib']} MiB of {record['decoder_limit_mib']}, "
            f"this process {record['parent_peak_mib']} MiB"
        )
    if record["bad"]:
        sys.exit(f"decoders did not outlive these: {record['bad']}")


if __name__ == "__main__":
    main()
