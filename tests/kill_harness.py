"""Kills a writing process at random moments and looks at what it left: SIGKILL, which nothing can catch.

A *script* imports what it needs once and calls :func:`kill_rounds`; a test starts that script with :func:`run_script`.
The script is a process of its own because forking is only safe while it has one thread, and a test runner has several.
Each round forks the warmed process twice: a worker, which is killed, and a checker, which must find everything well.

SIGKILL does not prove power loss: what the kernel had taken over still reaches the disk.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent

Say = Callable[[str], None]
Work = Callable[[int, Say], None]
"""Writes, in round ``number``, until it is killed; says each thing that was acknowledged to it, one line each."""
Check = Callable[[int, list[str]], None]
"""Looks at what round ``number`` left, given the lines that were said; raises when something is wrong."""


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What happened in all rounds."""

    rounds: int
    said: int
    """Lines that reached us before the kills."""
    silent: int
    """Rounds killed before the first line: they hit the opening and the first commit."""


def kill_rounds(work: Work, check: Check, *, count: int, longest: float, seed: int = 0) -> Killed:
    """Run ``work`` ``count`` times, each killed after at most ``longest`` seconds, each followed by ``check``.

    The delays are spread over the whole span and a third of them over its first tenth, where opening and the first
    commits lie. Raises when a worker ended by itself or a check failed.
    """
    chance = random.Random(seed)
    lines: list[int] = []
    for number in range(count):
        span = longest / 10 if number % 3 == 0 else longest
        said = _run_and_kill(work, number, chance.uniform(0, span))
        _in_a_child(lambda number=number, said=said: check(number, said))
        lines.append(len(said))
    return Killed(rounds=count, said=sum(lines), silent=lines.count(0))


def _run_and_kill(work: Work, number: int, delay: float) -> list[str]:
    _one_thread()
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        _work_in_child(work, number, tell)
    os.close(tell)
    heard = _listen(hear, time.monotonic() + delay)
    os.kill(child, signal.SIGKILL)
    heard += _listen(hear, None)
    os.close(hear)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        msg = f"round {number}: the worker ended by itself, status {status}: {heard[-2000:].decode(errors='replace')}"
        raise AssertionError(msg)
    # A line that was cut by the kill was not said.
    return heard.decode().split("\n")[:-1]


def _work_in_child(work: Work, number: int, tell: int) -> None:
    try:
        work(number, lambda line: _ignore(os.write(tell, f"{line}\n".encode())))
    except BaseException:  # noqa: BLE001 - a process edge: whatever it was, the parent must hear it
        os.write(tell, traceback.format_exc().encode())
    os._exit(1)


def _ignore(_written: int) -> None:
    """Lines are shorter than a pipe's atomic write, so none is ever written in part."""


def _listen(hear: int, until: float | None) -> bytes:
    heard = b""
    while until is None or time.monotonic() < until:
        wait = None if until is None else max(0.0, until - time.monotonic())
        if select.select([hear], [], [], wait)[0]:
            got = os.read(hear, 65536)
            if not got:
                break
            heard += got
    return heard


def _in_a_child(check: Callable[[], None]) -> None:
    """Check in a child, so that the warmed process keeps no file open and starts no thread."""
    child = os.fork()
    if child == 0:
        try:
            check()
        except BaseException:  # noqa: BLE001 - a process edge: the status tells the parent, the text tells the reader
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        msg = "what the killed process left is not whole; see above"
        raise AssertionError(msg)


def _one_thread() -> None:
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - only their number
    if threads != 1:
        msg = f"{threads} threads run; a fork would copy their locks: warm up without starting threads"
        raise AssertionError(msg)


def main(rounds: Callable[[int, int, Path], Killed]) -> None:
    """Be a script: ``script.py COUNT SEED FOLDER``; prints the summary as JSON."""
    count, seed, folder = sys.argv[1:]
    print(json.dumps(asdict(rounds(int(count), int(seed), Path(folder)))))  # noqa: T201 - the script's answer


def run_script(script: Path, *, count: int, folder: Path, seed: int = 0, timeout: float = 300) -> Killed:
    """Start a script from a test and return its summary; the script's complaint is the failure's message."""
    paths = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, script, str(count), str(seed), folder],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        # numpy's linear algebra would start a thread when it is imported.
        env=os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return Killed(**json.loads(done.stdout.splitlines()[-1]))
