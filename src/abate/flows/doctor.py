"""Doctor: what would keep abate from keeping its promises on this machine, each finding with its remedy."""

import os
import statistics
import tempfile
import time
from dataclasses import dataclass

from abate.domain.audit import AuditRecord, verify
from abate.domain.errors import ChainBrokenError
from abate.flows import model_alarms, worker
from abate.flows.kit import Kit
from abate.sandbox.pool import probe

_PAGE = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    good: bool
    text: str


def examine(kit: Kit) -> list[Finding]:
    """Look at everything that can silently be wrong."""
    return [_chain(kit), _walls(kit), _custodians(kit), _clock(kit), _connector(kit), _models(kit), _fsync(kit)]


def _chain(kit: Kit) -> Finding:
    last: AuditRecord | None = None
    count = 0
    try:
        with kit.store.read() as tx:
            while page := tx.audit.read(after=last.seq if last else 0, limit=_PAGE):
                last = verify(page, after=last)
                count += len(page)
    except ChainBrokenError as error:
        return Finding(name="audit chain", good=False, text=str(error))
    return Finding(name="audit chain", good=True, text=f"{count} records hold together")


def _walls(kit: Kit) -> Finding:
    walls = probe()
    off = kit.settings.sandbox != "required"
    text = "media are decoded WITHOUT walls: setting sandbox is off; " if off else ""
    return Finding(name="sandbox", good=not off and walls.hold, text=f"{text}{walls.reason}")


def _custodians(kit: Kit) -> Finding:
    outside = bool(kit.settings.custodian_a and kit.settings.custodian_b)
    at_home = [name for name in ("a", "b") if (kit.settings.home / "custodians" / f"{name}.txt").exists()]
    if outside and not at_home:
        return Finding(name="custodians", good=True, text="held evidence opens only with two keys kept elsewhere")
    remedy = "give each file to its custodian and write its public line into the settings custodian_a and custodian_b"
    text = f"the custodians' keys lie on this machine ({kit.settings.home / 'custodians'}); {remedy}"
    return Finding(name="custodians", good=False, text=text)


def _clock(kit: Kit) -> Finding:
    apart = abs((kit.store.now() - kit.clock.now()).total_seconds())
    if worker.is_late(kit):
        return Finding(name="alarms", good=False, text="an alarm waits for over 30 seconds; run `abate serve`")
    text = f"no alarm waits; this machine's clock and the store's are {apart:.1f} s apart"
    return Finding(name="alarms", good=apart < worker.LATE.total_seconds(), text=text)


def _connector(kit: Kit) -> Finding:
    if kit.connector.simulated:
        text = "decisions are simulated: nothing reaches a platform until the setting connector names another"
        return Finding(name="connector", good=True, text=text)
    return Finding(name="connector", good=True, text=f"decisions go out through {kit.connector.name}")


def _models(kit: Kit) -> Finding:
    if not kit.readers.classifiers:
        return Finding(name="models", good=True, text="no model scores texts; the setting text_model names one")
    waiting = model_alarms.alarms(kit)
    if waiting:
        return Finding(name="models", good=False, text="; ".join(one.text for one in waiting))
    names = ", ".join(one.name for one in kit.readers.classifiers)
    return Finding(name="models", good=True, text=f"no drift alarm is open about {names}")


def _fsync(kit: Kit) -> Finding:
    """Measure what one commit costs. That the disk keeps its word in a power failure is nothing a program can prove."""
    took = []
    with tempfile.TemporaryFile(dir=kit.settings.home) as stream:
        for _ in range(20):
            start = time.perf_counter()
            stream.write(b"abate")
            stream.flush()
            os.fsync(stream.fileno())
            took.append(time.perf_counter() - start)
    text = f"the disk takes {statistics.median(took) * 1000:.2f} ms to promise a write (median of {len(took)})"
    return Finding(name="fsync", good=True, text=text)
