"""The door: a pool of decoders, from which a hostile file takes one ``NotScanned`` and nothing else."""

import math
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from abate.domain.item import Frame, FramePolicy, Picture
from abate.domain.signal import NotScanned
from abate.domain.vpdq import MAX_FRAMES
from abate.sandbox import frames_wire, wire
from abate.sandbox.frames_wire import Asked
from abate.sandbox.walls import Walls
from abate.sandbox.wire import Answer, Code
from abate.sandbox.worker import Terms, Worker, WorkerGoneError, can_decode_videos, command

_STEP = "decode"
_LIFETIME_S = 60
"""Seconds of work after which a decoder is replaced. Its processor limit counts its whole life and cannot be raised
from inside, so the life is kept short instead."""
_START_AND_WARM_S = 10
_STARTS_BEFORE_REST = 3
_REST_S = 30.0
"""How long no start is tried after several failed in a row: an archive of a million pictures must not try a million."""


class DecoderPool:
    """Decoders kept ready. Thread-safe; as many files at a time as there are workers, further callers wait.

    :param workers: decoder processes at most; each is started when it is first needed
    :param max_pixels: pictures that announce more are refused by their header; decides each decoder's memory as well
    :param required: without walls that hold, every file is answered with ``NotScanned``; ``False`` decodes in a child
        behind whatever walls there are, which an operator chooses with the setting ``sandbox = "off"``
    :param recycle_after: files after which a decoder is replaced: one that was taken over unseen does not stay
    :param timeout_s: seconds a picture may take, waiting for a free decoder not counted
    :param video_timeout_s: seconds a video may keep its decoder busy
    :param of_videos: whether this is the part for videos of another pool, which makes it when it is first needed
    """

    def __init__(
        self,
        *,
        workers: int,
        max_pixels: int,
        required: bool,
        recycle_after: int = 500,
        timeout_s: float = 15,
        video_timeout_s: float = 300,
        of_videos: bool = False,
    ) -> None:
        self._workers = workers
        self._recycle_after = recycle_after
        self._terms = Terms(
            max_pixels=max_pixels,
            required=required,
            timeout_s=timeout_s,
            cpu_s=_LIFETIME_S + math.ceil(timeout_s) + _START_AND_WARM_S,
            command=command(videos=of_videos),
        )
        self._video_timeout_s = video_timeout_s
        self._videos: DecoderPool | None = None
        """Decoders of videos are processes of their own: no picture meets their larger libraries."""
        self._closed = False
        self._refused: Walls | None = None
        self._failed_starts = 0
        self._rest_until = 0.0
        self._idle: list[Worker] = []
        self._fresh_locks()
        _pools.add(self)

    def __enter__(self) -> Self:
        """Return the pool; decoders start when they are needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every decoder."""
        self.close()

    def decode(self, content: bytes) -> Picture | NotScanned:
        """Return the picture, or why there is none; raises for no content whatever."""
        if len(content) > wire.MAX_CONTENT:
            return self._said(Answer(code=Code.TOO_LARGE))
        with self._slots:
            try:
                return self._decode(content)
            except WorkerGoneError as gone:
                return self._said(Answer(code=gone.code))

    def decode_many(self, contents: Sequence[bytes]) -> list[Picture | NotScanned]:
        """Return what ``decode`` says of each, in order, all workers busy."""
        if min(self._workers, len(contents)) <= 1:
            return [self.decode(content) for content in contents]
        with ThreadPoolExecutor(min(self._workers, len(contents)), thread_name_prefix="abate-decode") as threads:
            return list(threads.map(self.decode, contents))

    def frames(self, content: bytes, policy: FramePolicy, *, most: int = MAX_FRAMES) -> Iterator[Frame | NotScanned]:
        """Yield the chosen frames of a video as they are decoded, and last why some, or all, are missing.

        Raises for no content whatever. A decoder is taken until the last frame, or until the caller closes this; who
        goes through two videos at a time needs two.
        """
        if not can_decode_videos():
            yield NotScanned(step=_STEP, reason=wire.SENTENCES[Code.NO_LIBRARY])
        else:
            yield from self._of_videos()._stream(content, Asked(size=len(content), policy=policy, most=most))  # noqa: SLF001 - one of us

    def close(self) -> None:
        """End every decoder; one that is at work ends when its file is done. Later files are answered, not decoded."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            videos = self._videos
        for worker in idle:
            worker.kill()
        if videos is not None:
            videos.close()

    def walls(self) -> Walls:
        """Return the walls around a decoder of this pool, starting one if none stands ready.

        :raises WorkerGoneError: when none can be started
        """
        with self._slots:
            try:
                worker = self._take()
            except WorkerGoneError:
                if self._refused is None:
                    raise
                return self._refused
            self._give_back(worker)
            return worker.walls

    def _of_videos(self) -> "DecoderPool":
        with self._lock:
            if self._videos is None:
                self._videos = DecoderPool(
                    workers=self._workers,
                    max_pixels=self._terms.max_pixels,
                    required=self._terms.required,
                    recycle_after=self._recycle_after,
                    timeout_s=self._video_timeout_s,
                    of_videos=True,
                )
            if self._closed:
                self._videos.close()
            return self._videos

    def _stream(self, content: bytes, asked: Asked) -> Iterator[Frame | NotScanned]:
        frames = 0
        with self._slots:
            try:
                worker = self._take()
                for said in worker.frames(content, asked):
                    if isinstance(said, Frame):
                        frames += 1
                        yield said
                        continue
                    self._give_back(worker)
                    if said.code is not Code.DECODED:
                        yield self._said_of_video(said, frames)
            except WorkerGoneError as gone:
                yield self._said_of_video(Answer(code=gone.code), frames)

    def _said_of_video(self, answer: Answer, frames: int) -> NotScanned:
        if answer.code is Code.NO_WALLS:
            return self._said(answer)
        values = {"max_pixels": self._terms.max_pixels, "timeout_s": self._terms.timeout_s}
        reason = frames_wire.sentence(answer.code, frames, width=answer.width, height=answer.height, **values)
        return NotScanned(step=_STEP, reason=reason)

    def _decode(self, content: bytes) -> Picture | NotScanned:
        worker = self._take()
        found = worker.decode(content)
        self._give_back(worker)
        return found if isinstance(found, Picture) else self._said(found)

    def _take(self) -> Worker:
        """Return an idle worker, the one used last first, else a new one."""
        while (worker := self._idle_one()) is not None:
            if worker.fit():
                return worker
            # It died or spoke while nothing was asked of it: the next file is not to blame for that.
            worker.kill()
        return self._start()

    def _idle_one(self) -> Worker | None:
        with self._lock:
            if self._closed:
                raise WorkerGoneError(Code.CLOSED)
            if self._refused is not None:
                raise WorkerGoneError(Code.NO_WALLS)
            if self._idle:
                return self._idle.pop()
            if time.monotonic() < self._rest_until:
                raise WorkerGoneError(Code.NO_START)
        return None

    def _start(self) -> Worker:
        try:
            worker = Worker(self._terms)
        except (OSError, WorkerGoneError) as error:
            self._count_failed_start()
            raise WorkerGoneError(Code.NO_START) from error
        with self._lock:
            self._failed_starts = 0
            if worker.walls.hold or not self._terms.required:
                return worker
            self._refused = worker.walls
        worker.kill()
        raise WorkerGoneError(Code.NO_WALLS)

    def _count_failed_start(self) -> None:
        with self._lock:
            self._failed_starts += 1
            if self._failed_starts >= _STARTS_BEFORE_REST:
                self._rest_until = time.monotonic() + _REST_S

    def _give_back(self, worker: Worker) -> None:
        worn = worker.served >= self._recycle_after or worker.busy_s >= _LIFETIME_S
        with self._lock:
            if not worn and not self._closed:
                self._idle.append(worker)
                return
        worker.kill()

    def _said(self, answer: Answer) -> NotScanned:
        if answer.code is Code.NO_WALLS and self._refused is not None:
            return NotScanned(step=_STEP, reason=self._refused.reason)
        sentence = wire.SENTENCES[answer.code].format(
            width=answer.width,
            height=answer.height,
            max_pixels=self._terms.max_pixels,
            timeout_s=self._terms.timeout_s,
            max_content=wire.MAX_CONTENT,
        )
        return NotScanned(step=_STEP, reason=sentence)

    def _fresh_locks(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(self._workers)

    def _after_fork(self) -> None:
        """In a forked child: the decoders are the parent's, and two processes on one pipe would mix up answers."""
        inherited, self._idle = self._idle, []
        self._fresh_locks()
        for worker in inherited:
            worker.abandon()


_pools: "weakref.WeakSet[DecoderPool]" = weakref.WeakSet()


def _forget_inherited() -> None:
    for pool in list(_pools):
        pool._after_fork()  # noqa: SLF001 - the same module, and nobody else's business


os.register_at_fork(after_in_child=_forget_inherited)


def probe() -> Walls:
    """Try a decoder on this machine and return the walls it found; ``Walls.reason`` is what ``abate doctor`` prints.

    A question to the kernel alone would be answered more kindly than a decoder is: containers filter calls too.
    """
    with DecoderPool(workers=1, max_pixels=1 << 20, required=True) as pool:
        try:
            return pool.walls()
        except WorkerGoneError:
            return Walls(started=False)
