"""One decoder process, as its parent sees it: start, ask, distrust, end."""

import fcntl
import mmap
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from abate.domain.item import Frame, Picture
from abate.sandbox import frames_wire, wire
from abate.sandbox.frames_wire import Asked, Ear, Shown, Wish
from abate.sandbox.walls import Walls
from abate.sandbox.wire import Answer, Code, Orders, UntruthError

_START = (
    "import sys; sys.path.insert(0, sys.argv[5]); import abate; sys.path[:1] = []; sys.path += sys.argv[6:]; "
    "from abate.sandbox.{} import main; main(sys.argv[1:5])"
)
"""Run with ``-I``, so that neither the working directory nor the environment brings a module in. ``abate`` itself comes
from where the parent has it, or the two would speak different protocols after an update; the libraries come from where
the parent found them, looked at last. That is right for a wheel, an editable install and a checkout alike."""
_LIBRARIES = ("PIL", "av", "numpy", "simplejpeg")
_OF_PICTURES, _OF_VIDEOS = "child", "frames_child"
_ENVIRONMENT = {
    # All of it. OpenBLAS starts threads as numpy is imported, and a thread started before the walls is not behind them.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "LC_ALL": "C.UTF-8",
}
_PIPE_BYTES = 1 << 20
"""Fewer switches between the two processes a file; what Linux grants without privilege."""
_GIVE_BACK_ABOVE = 1 << 24
"""Pixels above which the canvas's memory goes back to the system after use."""
_START_S = 60.0
"""Seconds a decoder may take to import and lock itself in; a tenth of one is usual."""
_LAST_BREATH_S = 2.0
"""Seconds between a pipe that closed and the process that is gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What every decoder of a pool is started with."""

    max_pixels: int
    required: bool
    timeout_s: float
    cpu_s: int
    """Seconds of processor after which the kernel ends it, should the parent no longer be there to do so."""
    command: tuple[str, ...]
    """The program; its arguments follow."""


class WorkerGoneError(Exception):
    """The decoder ended, or was not there. ``code`` says why, as far as the way it ended tells."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


def command(*, videos: bool = False) -> tuple[str, ...]:
    """Return how a decoder is started on this installation, without its arguments."""
    start = _START.format(_OF_VIDEOS if videos else _OF_PICTURES)
    return (sys.executable, "-I", "-B", "-X", "utf8", "-c", start)


def can_decode_videos() -> bool:
    """Say whether the library for videos is installed: an extra, because its wheel brings codecs under the GPL."""
    return find_spec("av") is not None


def _folders() -> list[str]:
    """Return where ``abate`` lies, then where the libraries lie."""
    found = [find_spec(name) for name in _LIBRARIES]
    libraries = {str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin}
    return [str(Path(__file__).parents[2]), *sorted(libraries)]


class Worker:
    """A decoder process. Not thread-safe: the pool hands it to one caller at a time."""

    def __init__(self, terms: Terms) -> None:
        """Start the process and wait until its walls stand.

        :raises WorkerGoneError: ``NO_START`` when it ends or stays silent instead
        """
        self.busy_s = 0.0
        """Seconds spent on files so far: as much processor as it can have used."""
        self.served = 0
        self._terms = terms
        canvas = _canvas(terms.max_pixels)
        try:
            self._canvas = mmap.mmap(canvas, terms.max_pixels)
            self._process = _start(terms, canvas)
        finally:
            os.close(canvas)
        try:
            self.walls = self._hello()
        except BaseException:
            self.kill()
            raise

    def decode(self, content: bytes) -> Answer | Picture:
        """Have one file decoded.

        :returns: the picture, or the answer that says why there is none
        :raises WorkerGoneError: when the decoder died, hung or lied; it is ended already
        """
        began = time.monotonic()
        with self._distrusted():
            answer = self._ask(content, began + self._terms.timeout_s)
        self.busy_s += time.monotonic() - began
        self.served += 1
        return self._picture(answer) if answer.code is Code.DECODED else answer

    def frames(self, content: bytes, asked: Asked) -> Iterator[Frame | Answer]:
        """Have one video decoded: its frames one by one, last the answer that says how it ended.

        A caller that stops before the last ends the decoder. Its time is what it takes itself, not what the caller
        does with a frame meanwhile.

        :raises WorkerGoneError: when the decoder died, hung or lied; it is ended already
        """
        nonce, met, spent_s = os.urandom(8), time.monotonic(), 0.0
        ear = Ear(nonce=nonce, asked=asked, max_pixels=self._terms.max_pixels)
        down: bytes | memoryview = frames_wire.request(nonce, asked)
        with self._distrusted():
            while True:
                began = time.monotonic()
                deadline = began + self._terms.timeout_s - spent_s
                self._send([memoryview(down)], deadline)
                said = ear.hear(self._receive(frames_wire.EVENT.size, deadline))
                spent_s += time.monotonic() - began
                if isinstance(said, Answer):
                    break
                if isinstance(said, Wish):
                    down = memoryview(content)[said.start : said.start + said.length]
                    continue
                frame = self._frame(said)
                # Before it is hashed, so that the decoder goes on meanwhile; a byte always fits into the pipe.
                os.write(self._stdin, frames_wire.TAKEN)
                down = b""
                yield frame
        self.busy_s += time.monotonic() - met
        self.served += 1
        yield said

    @contextmanager
    def _distrusted(self) -> Iterator[None]:
        """End the process on whatever goes wrong between it and us, and say why.

        :raises WorkerGoneError: in place of what the pipe or the wire raised
        """
        try:
            yield
        except UntruthError as error:
            self.kill()
            raise WorkerGoneError(Code.LIED) from error
        except TimeoutError as error:
            self.kill()
            raise WorkerGoneError(Code.TIMED_OUT) from error
        except OSError as error:  # the pipe broke: find out how the process ended
            raise WorkerGoneError(self._epitaph()) from error
        except BaseException:  # a Ctrl-C in the middle: what the decoder answers next would belong to this file
            self.kill()
            raise

    def fit(self) -> bool:
        """Say whether it lives and is silent, as one that waits for a file must be."""
        return self._process.poll() is None and not _ready(self._stdout, select.POLLIN, time.monotonic())

    def kill(self) -> None:
        """End the process at once; it has nothing to put away."""
        try:
            self._process.kill()
        except PermissionError:
            # Root without CAP_KILL may not end what it gave another user. The closed pipe ends it when it next reads or
            # writes, its processor limit before that, and subprocess collects it at the next start.
            self._let_go()
            return
        self._process.wait()
        self._let_go()

    def abandon(self) -> None:
        """Forget the process without ending it: in a forked child it belongs to the parent."""
        self._process.returncode = 0
        self._let_go()

    def _let_go(self) -> None:
        self._canvas.close()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _hello(self) -> Walls:
        try:
            return wire.read_hello(self._receive(wire.HELLO.size, time.monotonic() + _START_S))
        except (OSError, UntruthError) as error:
            raise WorkerGoneError(Code.NO_START) from error

    def _ask(self, content: bytes, deadline: float) -> Answer:
        nonce = os.urandom(8)
        self._send([memoryview(wire.request(nonce, len(content))), memoryview(content)], deadline)
        untrusted_header = self._receive(wire.ANSWER.size, deadline)
        return wire.read_answer(untrusted_header, nonce=nonce, max_pixels=self._terms.max_pixels)

    def _frame(self, shown: Shown) -> Frame:
        picture = self._picture(Answer(code=Code.DECODED, width=shown.width, height=shown.height))
        return Frame(number=shown.number, at_s=shown.at_us / 1e6, picture=picture)

    def _picture(self, answer: Answer) -> Picture:
        """Copy the luma out: the canvas is written again for the next file, and by whoever holds its other end."""
        pixels = answer.width * answer.height
        luma = self._canvas[:pixels]
        if pixels > _GIVE_BACK_ABOVE:
            self._canvas.madvise(mmap.MADV_REMOVE)
        return Picture(width=answer.width, height=answer.height, luma=luma)

    @property
    def _stdin(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _send(self, parts: Sequence[memoryview], deadline: float) -> None:
        """Write it all. The pipe does not block: a decoder that stops reading must not stop its parent."""
        waiting = [part for part in parts if part]
        while waiting:
            if not _ready(self._stdin, select.POLLOUT, deadline):
                raise TimeoutError
            written = os.writev(self._stdin, waiting)
            while waiting and written >= len(waiting[0]):
                written -= len(waiting.pop(0))
            if waiting:
                waiting[0] = waiting[0][written:]

    def _receive(self, length: int, deadline: float) -> bytes:
        received = b""
        while len(received) < length:
            if not _ready(self._stdout, select.POLLIN, deadline):
                raise TimeoutError
            chunk = os.read(self._stdout, length - len(received))
            if not chunk:
                raise BrokenPipeError
            received += chunk
        return received

    def _epitaph(self) -> Code:
        """Say what the way the process ended means, and let go of it."""
        try:
            status = self._process.wait(_LAST_BREATH_S)
        except subprocess.TimeoutExpired:  # it closed its pipe and lives on: nothing a decoder does
            self.kill()
            return Code.LIED
        self._let_go()
        return {-signal.SIGSYS: Code.FORBIDDEN_CALL, -signal.SIGXCPU: Code.TIMED_OUT}.get(status, Code.CRASHED)


def _canvas(size: int) -> int:
    """Return shared memory of a size that is sealed: a child that shrank it would crash whoever reads it next.

    :raises WorkerGoneError: ``NO_START`` on a system without such memory, that is, anywhere but on Linux
    """
    if not hasattr(os, "memfd_create"):
        raise WorkerGoneError(Code.NO_START)
    descriptor = os.memfd_create("abate-canvas", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


def _start(terms: Terms, canvas: int) -> subprocess.Popen[bytes]:
    orders = Orders(canvas_fd=canvas, max_pixels=terms.max_pixels, cpu_s=terms.cpu_s, required=terms.required).written()
    process = subprocess.Popen(
        [*terms.command, *orders, *_folders()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        close_fds=True,
        pass_fds=(canvas,),
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,  # a Ctrl-C at the terminal is the parent's to answer
    )
    assert process.stdin is not None
    assert process.stdout is not None
    os.set_blocking(process.stdin.fileno(), False)
    os.set_blocking(process.stdout.fileno(), False)
    with suppress(OSError):  # the user's allowance of pipe memory may be used up: slower, no less right
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _ready(descriptor: int, event: int, deadline: float) -> bool:
    """Wait for a pipe until the deadline, and look at least once. A hang-up counts: the next read or write says so."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
