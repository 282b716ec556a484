"""A lane of its own for what is not urgent: the live path never waits for it.

The work runs in a process of low priority, in short transactions, and rests after each step: the longer, the
more it had to wait for processor, disk or the store's lock, for then somebody else was at them.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from typing import Final

from abate.flows import retro_work
from abate.flows.kit import Kit
from abate.settings import Settings

REST: Final = 0.25
"""Seconds of rest for each second of work on an idle machine."""
GIVE_WAY: Final = 4.0
"""Seconds of rest for each second that was spent waiting for what others use."""
LONGEST_REST_S: Final = 1.0
"""A busy day slows the lane down; it never stops it."""
NICER: Final = 10
"""A tenth of the processor where somebody else wants all of it: out of the way, and still done within seconds."""
_START: Final = f"""
import os, runpy
os.nice({NICER})
runpy.run_module("abate", run_name="__main__", alter_sys=True)
"""
"""Stepping aside comes first: importing what it needs is most of the work of a short run."""
_IN_PROCESS_S = 0.1
"""How long the clocks wait for a run in memory, where no other process can do it."""
IDLE_S: Final = 5.0
"""How long a worker waits for more before it ends."""


class Pace:
    """Rests between two steps."""

    def __init__(self, rest: Callable[[float], None] = time.sleep) -> None:
        self._rest = rest
        self._start()

    def _start(self) -> None:
        self._wall, self._used = time.monotonic(), time.thread_time()

    def __call__(self) -> None:
        """Rest for as long as the step since the last call asks for."""
        wall, used = time.monotonic() - self._wall, time.thread_time() - self._used
        self._rest(rest_after(wall, used))
        self._start()


def rest_after(wall: float, used: float) -> float:
    """Return the seconds to rest after a step that took ``wall`` seconds, of which it computed for ``used``."""
    waited = max(0.0, wall - used)
    return min(LONGEST_REST_S, REST * used + GIVE_WAY * waited)


def step_aside() -> None:
    """Take a low priority, unless the process was started with one; where the system knows it, interrupt nobody."""
    os.nice(max(0, NICER - os.nice(0)))
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def work(kit: Kit, *, worker: str, idle_s: float = IDLE_S, alone: Callable[[], bool] = lambda: False) -> int:
    """Work on retro runs until none came for ``idle_s``; return how many runs were worked on.

    :param alone: says that whoever wanted the work is gone
    """
    pace, runs, idle_since = Pace(), 0, time.monotonic()
    while not alone():
        if retro_work.is_due(kit) and retro_work.work(kit, worker=worker, pause=pace, enough=alone):
            runs, idle_since = runs + 1, time.monotonic()
        elif time.monotonic() - idle_since >= idle_s:
            break
        else:
            time.sleep(min(0.2, idle_s / 4))
    return runs


class Lane:
    """Starts a worker when a run waits and none is at work. The worker ends by itself, and with whoever started it."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._process: subprocess.Popen[bytes] | None = None

    def tend(self) -> int:
        """See to it that what waits is worked on; returns 0: whoever ticks need not hurry for it."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        if self._process is None and self._kit.settings.retro and retro_work.is_due(self._kit):
            if self._kit.store.name == "memory":  # no other process sees it
                until = time.monotonic() + _IN_PROCESS_S
                worker = f"lane:{os.getpid()}"
                retro_work.work(self._kit, worker=worker, pause=Pace(), enough=lambda: time.monotonic() > until)
            else:
                self._process = self._started()
        return 0

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _START, "retro", "work", "--beside", str(os.getpid())]
        environment = os.environ | environment_of(self._kit.settings)
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        """End the worker; its run goes on where it stands when the next one comes."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the settings as a process of our own reads them, whatever file or code they came from."""
    given = {"ABATE_HOME": str(settings.home.absolute())}
    for one in fields(Settings):
        value = getattr(settings, one.name)
        if one.name != "home" and value != one.default:
            given[f"ABATE_{one.name.upper()}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return given
