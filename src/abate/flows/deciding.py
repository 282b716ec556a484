"""One item, one answer, in time: what a platform asks before it publishes. Nothing is stored and nothing is done.

What cannot be said in time, or could not be read, is answered as the operator stated: *open* lets it pass, *closed*
asks for a person. Either way the answer says which it was, and the item still goes through the loop when it is sent in.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import Item
from abate.domain.scan import Proposal, Reason, Scan, Verdict
from abate.domain.signal import NotScanned
from abate.flows import pipeline
from abate.flows.intake import Received
from abate.flows.kit import Kit
from abate.flows.rules.in_force import preview

AT_ONCE: Final = 4
"""Items that are looked at side by side; more would only wait for each other."""
WAITING: Final = 64
"""Items that may wait or be looked at; the next is answered at once that there was no time."""
RULE: Final = "deadline"
_UNREAD = frozenset({"read", "decode", "signal"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the caller is promised."""

    deadline_s: float
    closed: bool
    """Whether what is not known in time goes to a person; otherwise it passes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """The answer."""

    scan: Scan
    in_time: bool
    """Whether everything was looked at; otherwise the proposal is the stated one."""


class Deciders:
    """Looks at items on threads of its own, so that one slow picture makes nobody else late.

    :raises InputError: when the setting says neither open nor closed: a slip of the pen must not let everything pass
    """

    def __init__(self, kit: Kit) -> None:
        if kit.settings.decide_fail not in {"open", "closed"}:
            msg = f"setting decide_fail wants open or closed, not {kit.settings.decide_fail!r}"
            raise InputError(msg)
        # The large model takes longer than anybody who waits: what it would have read counts as not asked.
        self._kit = replace(kit, readers=kit.readers.at_once())
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="abate-decide")
        self._room = threading.BoundedSemaphore(WAITING)

    def decide(self, item: Item, terms: Terms, *, forget: Path | None = None) -> Decided:
        """Answer within the deadline.

        :param forget: a file that was made for this question, and goes with it
        """
        if not self._room.acquire(blocking=False):
            _unlink(forget)
            return _undecided(
                Scan(item=item, proposal=Proposal(verdict=Verdict.NONE)), terms, "too much is asked at once"
            )
        future = self._pool.submit(self._look, item, forget)
        future.add_done_callback(lambda _: self._room.release())
        try:
            scan = future.result(terms.deadline_s)
        except TooLateError:
            _give_up(future, forget)
            late = f"there was no answer within {terms.deadline_s * 1000:.0f} ms"
            return _undecided(Scan(item=item, proposal=Proposal(verdict=Verdict.NONE)), terms, late)
        unread = [problem for problem in scan.not_scanned if problem.step in _UNREAD]
        if unread and scan.proposal.verdict is Verdict.NONE:
            return _undecided(scan, terms, "it could not be read")
        return Decided(scan=scan, in_time=True)

    def _look(self, item: Item, forget: Path | None) -> Scan:
        try:
            kit = self._kit
            read = pipeline.signal(kit, Received(item=item))
            known = kit.known.at_hand(kit.store)
            judged = pipeline.decide(kit, pipeline.held_against(kit, known, [read]))
            return preview(kit, judged, known)[0]
        finally:
            _unlink(forget)

    def close(self) -> None:
        """Let what is under way end; nothing further is looked at."""
        self._pool.shutdown(cancel_futures=True)


def _give_up(future: "Future[Scan]", forget: Path | None) -> None:
    if future.cancel():  # it was never begun, so nobody else deletes its file
        _unlink(forget)


def _unlink(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)


def _undecided(scan: Scan, terms: Terms, why: str) -> Decided:
    stated = Verdict.REVIEW if terms.closed else Verdict.NONE
    meaning = "a person looks at it first" if terms.closed else "it passes, and is looked at when it is sent in"
    reason = Reason(rule=RULE, text=f"Not decided: {why}; as stated, {meaning}.")
    problem = NotScanned(step="decide", reason=f"{why}; send it to /v1/items, which waits for the whole answer")
    proposal = Proposal(verdict=stated, reasons=(reason,))
    return Decided(scan=replace(scan, proposal=proposal, not_scanned=(*scan.not_scanned, problem)), in_time=False)
