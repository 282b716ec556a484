"""Keeps an entry that resembles everything from opening a case for every item of history.

The measure of a flood is the live one (:mod:`abate.policy.flood`), with the history that a run has read so far in place
of an hour of the stream. What counts is finds, which no case had seen before: so nothing is usual for an entry, and 0
stands for it. The counts are stored with what they count, one tally for each run and entry, until the run is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from abate.domain.bank import Entry, EntryState, Match
from abate.domain.flood import QuarantineState, Tally, TallyStep
from abate.domain.retro import HeldBack, RetroRun
from abate.domain.scan import Scan
from abate.extend.store import Transaction
from abate.flows import floods, retro_find
from abate.flows.kit import Kit
from abate.flows.pipeline import Signalled, decide
from abate.flows.retro_find import Outcome
from abate.policy import flood

_ASKED_AT_ONCE: Final = 5_000
"""Tallies that are looked for in one transaction when a run is over."""
_LED_ON: Final = frozenset({Outcome.OPENED, Outcome.JOINED})


@dataclass(slots=True)
class _Watch:
    """What one transaction counts for a run."""

    kit: Kit
    tx: Transaction
    run: RetroRun
    now: datetime
    tallies: dict[str, Tally]
    """Of the entries that the run holds against history, as far as the finds met them."""
    going: set[str] = field(default_factory=set)
    """Entries that this transaction set aside."""
    quarantines: dict[str, str] = field(default_factory=dict)

    def follow(self, number: int, one: Scan) -> tuple[Outcome, bool]:
        """Do what follows from a find, unless the entry that it met turns out to meet everything."""
        one = self._again(one)
        outcome = retro_find.foresee(self.tx, one, self.now)
        if outcome in _LED_ON and self._count(number, one):
            one = self._again(one)
        outcome, limited = retro_find.follow(self.kit, self.tx, one, self.now)
        if outcome is Outcome.SET_ASIDE:
            self._hold_back(one)
        return outcome, limited

    def _again(self, one: Scan) -> Scan:
        """Propose anew without what was set aside since the item was judged."""
        if not any(match.entry in self.going and match.state is not EntryState.QUARANTINED for match in one.matches):
            return one
        marked = floods.marked(one, self.going)
        read = Signalled(item=one.item, signals=one.signals, not_scanned=one.not_scanned)
        return decide(self.kit, [(read, marked.evidence)])[0]

    def _count(self, number: int, one: Scan) -> bool:
        """Count a find for the entries that it met; say whether that sets one of them aside."""
        limits, began = floods.limits_of(self.kit), self.run.created_at
        read = _stream(self.run, number)
        gone = len(self.going)
        for match in floods.telling(retro_find.fresh_matches(self.tx, one)):
            key = _key(self.run, match.entry)
            if limits.items <= 0 or key not in self.tallies:
                continue
            tally = flood.counted(self.tallies[key], began, [floods.digest(one.item)])
            self.tallies[key] = tally
            # A release lasts as long as a run that began within its day, however long that run is stopped.
            if flood.is_flood(tally, read, began, limits) and not self._is_let_be(match):
                self._set_aside(match, flood.in_window(tally, began), flood.in_window(read, began))
        return len(self.going) > gone

    def _is_let_be(self, match: Match) -> bool:
        return flood.is_let_be(self.tx.quarantines.find(entry=match.entry), self.run.created_at)

    def _set_aside(self, match: Match, items: int, seen: int) -> None:
        one = floods.quarantine(match.entry, match.bank, self.now, (items, seen, 0), run=self.run.id)
        floods.set_aside(self.tx, one)
        self.going.add(match.entry)

    def _hold_back(self, one: Scan) -> None:
        for match in retro_find.fresh_matches(self.tx, one):
            if match.entry not in self.quarantines:
                waiting = self.tx.quarantines.find(entry=match.entry, state=QuarantineState.OPEN.value)
                self.quarantines[match.entry] = waiting[-1].id
            self.run = _held(self.run, match.entry, self.quarantines[match.entry])
        self.run = replace(self.run, held_back=self.run.held_back + 1)


def _stream(run: RetroRun, number: int) -> Tally:
    """Return how many items a run has read up to one signal, as its policy counts them.

    Items lie one after another in the signals; how many there are up to one of them is told from its place among all.
    """
    read = max(1, -(-(run.items or run.upto) * number // run.upto))
    return Tally(id=run.id, steps=(TallyStep(at=run.created_at, count=read),))


def _held(run: RetroRun, entry: str, quarantine: str) -> RetroRun:
    held = {one.quarantine: one for one in run.set_aside}
    before = held.get(quarantine, HeldBack(entry=entry, quarantine=quarantine, items=0))
    held[quarantine] = replace(before, items=before.items + 1)
    return replace(run, set_aside=tuple(held.values()))


def _key(run: RetroRun, entry: str) -> str:
    """Return the identifier of a tally. No entry and no other tally has one with a colon."""
    return f"{run.id}:{entry}"


def follow(
    kit: Kit, tx: Transaction, run: RetroRun, finds: Sequence[tuple[int, Scan]], counted: frozenset[str], now: datetime
) -> tuple[RetroRun, list[tuple[Outcome, bool]]]:
    """Do what follows from finds, in their order, and count what each entry met.

    :param finds: by the number of the signal at which each was found
    :param counted: the entries that the run holds against history
    :returns: the run with what it held back; and what was done for each find, and whether a limit was set
    """
    entries = dict.fromkeys(m.entry for _, one in finds for m in one.matches if m.entry in counted)
    keys = [_key(run, entry) for entry in entries]
    stored = {tally.id: tally for tally in tx.tallies.get_many(keys)}
    before = {key: stored.get(key, Tally(id=key)) for key in keys}
    watch = _Watch(kit=kit, tx=tx, run=run, now=now, tallies=dict(before))
    followed = [watch.follow(number, one) for number, one in finds]
    for key, tally in watch.tallies.items():
        if tally is not before[key]:
            floods.keep(tx, tally, stored)
    return watch.run, followed


def forget(kit: Kit, run: RetroRun, entries: Iterable[Entry]) -> None:
    """Delete what a run counted, now that it is over. A kill before that leaves rows that nothing reads."""
    keys = [_key(run, entry.id) for entry in entries]
    for first in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[first : first + _ASKED_AT_ONCE]
        with kit.store.read() as tx:
            is_any = bool(tx.tallies.get_many(some))
        if is_any:
            with kit.store.write() as tx:
                for tally in tx.tallies.get_many(some):
                    tx.tallies.remove(tally.id)
