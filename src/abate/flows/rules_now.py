"""Which rules are in force right now: the versions in shadow and live, as one function, with the counters they look at.

Every step in the life of a version leaves a record (``tx.rule_changes``), so their number is a mark that moves with
each. A process compiles anew when it has moved: with the next batch after the change, on whatever machine.

Windows are counted from what the store says was received, in its order, and from nothing else. Who takes items in
counts them before they are committed; in the next write transaction it looks whether the event that it counted last is
there (:meth:`Counters.catch_up`). If it is not, that transaction came to nothing, and the counters are made anew. What
other processes took in meanwhile is read there too. So a window holds what it would in a single process.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

import msgspec

from abate.domain.errors import AbateError
from abate.domain.rule import RuleEvent, RuleState, RuleVersion
from abate.extend.store import Store, Transaction
from abate.flows.known import Knowledge
from abate.policy.rules import check, fields
from abate.policy.rules.check import RuleSet
from abate.policy.rules.errors import RuleError
from abate.policy.rules.event import Event, fit, fit_text
from abate.policy.rules.live import Live, compiled
from abate.policy.rules.tree import Rule, Type, Value, Window
from abate.policy.rules.windows import MICROSECONDS, Windows
from abate.signals.terms import MentionFinder

AT_ONCE: Final = 5_000
"""Events that are read together."""
BRIEFLY_S: Final = 0.1
"""How long an answer that somebody waits for waits for rules that just changed; then it is given by those before."""
ASKED: Final = (RuleState.SHADOW, RuleState.LIVE)
"""The states in which a version is asked about what comes in."""

_URL: Final = "item.url"
_HELD: dict[str, Any] = {
    info.name: {Type.TEXT: str, Type.NUMBER: float}[info.type]
    for info in fields.TABLE
    if info.groups or info.whole or info.name == "item.platform"
}
"""What windows look at. The rest of an event is not read for them."""
_READ_COUNTED = msgspec.json.Decoder(TypedDict("_Counted", _HELD, total=False)).decode  # type: ignore[operator]  # made of a table


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an event stands: what says that it is this one and no other."""

    seq: int = 0
    at: int = 0
    item: str = ""

    @classmethod
    def of(cls, event: RuleEvent) -> "Place":
        """Return an event's."""
        return cls(seq=event.seq, at=event.at, item=event.item)


class Counters:
    """The windows of all rules in force, and up to which event they have counted."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self._windows = Windows(windows)
        self._lock = threading.Lock()
        self._with_address = any(_URL in {window.by, window.of} for window in self._windows.held)
        self._last = Place()
        self.lost = False
        """Whether something was counted that the store never took: nothing is counted on, and they are made anew."""

    @property
    def held(self) -> frozenset[Window]:
        """Return the windows that are counted."""
        return self._windows.held

    def keep_only(self, windows: Iterable[Window]) -> None:
        """Count no longer what nobody looks at any more."""
        with self._lock:
            self._windows.keep_only(windows)

    @classmethod
    def replayed(cls, tx: Transaction, windows: Sequence[Window]) -> "Counters":
        """Return counters that have counted what the store holds, as far back as the windows reach."""
        made = cls(windows)
        newest, at = tx.rule_events.latest()
        if windows and newest:
            longest = max(window.seconds for window in windows)
            made._last = Place(seq=tx.rule_events.before(at - longest * MICROSECONDS))
            while made._last.seq < newest:
                made._count(tx.rule_events.stream(after=made._last.seq, limit=AT_ONCE, content=made._with_address))
        return made

    def catch_up(self, tx: Transaction, *, sole: bool) -> bool:
        """Count what the store took in since; say whether these counters can be relied on.

        :param sole: whether ``tx`` is the one write transaction. Only there is what this process counted, and cannot be
            seen, known to have come to nothing; elsewhere it may be about to be committed.
        """
        while not self.lost and self._windows.held:
            last = self._last
            found = tx.rule_events.stream(after=max(last.seq - 1, 0), limit=AT_ONCE, content=self._with_address)
            with self._lock:
                if self._last is not last:
                    continue  # another thread was quicker
                if last.seq and (found or sole):
                    self.lost = not found or Place.of(found[0]) != last
                    found = found[1:]
                if not self.lost:
                    self._count(found)
            if len(found) < AT_ONCE - 1 or not sole:
                break
        return not self.lost

    def _count(self, events: Iterable[RuleEvent]) -> None:
        for event in events:
            self._windows.take(_counted(event, with_address=self._with_address), event.at)
            self._last = Place.of(event)

    def take(self, records: Sequence[Event], places: Sequence[Place]) -> list[dict[str, Value]]:
        """Count new events in their order, and return each with its windows."""
        made: list[dict[str, Value]] = []
        for record, place in zip(records, places, strict=True):
            with self._lock:  # for each, so that nobody's peek waits for a whole batch
                made.append(self._windows.take(record, place.at))
                self._last = place
        return made

    def peek(self, record: Event, at: int) -> dict[str, Value]:
        """Return an event with its windows as they would be if it came in now; nothing is counted."""
        with self._lock:
            return self._windows.peek(record, at)


def _counted(event: RuleEvent, *, with_address: bool) -> Event:
    try:
        record: Event = _READ_COUNTED(event.body)
    except msgspec.ValidationError:
        # Another version of abate wrote a value of another type: what does not fit is missing.
        record = fit(msgspec.json.decode(event.body))
    if with_address and event.url:
        return {**record, _URL: fit_text(event.url)}
    return record


@dataclass(frozen=True, kw_only=True, slots=True)
class RulesNow:
    """The versions in force, compiled. Versions and the rules of :attr:`function` stand in the same order."""

    mark: int
    """How many steps of versions are in it."""
    revision: int = -1
    """The mark of the banks whose designated names were looked for; -1 for none."""
    names: MentionFinder | None = field(default=None, repr=False, compare=False)
    versions: tuple[RuleVersion, ...] = ()
    function: Live
    counters: Counters = field(repr=False, compare=False)
    reads_past: bool = False
    """Whether any of them asks what is known of an account or a channel."""
    live_of: Mapping[str, tuple[RuleVersion, ...]] = field(default_factory=dict)
    """The live versions of each name that has any."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """Versions that this release cannot read, with why: they are asked nothing."""
    held_back: Mapping[str, str] = field(default_factory=dict)
    """Versions that name an organisation which was designated since, with where: they propose nothing."""

    @property
    def windows(self) -> bool:
        """Say whether any of them looks through a window."""
        return bool(self.counters.held)


class InForce:
    """Keeps the rules in force. Workers on other machines see a change with their next batch."""

    def __init__(self) -> None:
        self._now: RulesNow | None = None
        self._making = threading.Lock()
        self._beside: threading.Thread | None = None

    def current(self, tx: Transaction, known: Knowledge | None = None) -> RulesNow:
        """Return the rules in force in ``tx``, or newer ones.

        :param known: what is known there, whose designated names no rule may look for; of the last call if left out
        """
        mark, now = tx.rule_changes.count(), self._now
        if now is not None and not _is_behind(now, mark, known):
            return now
        with self._making:
            now = self._now
            if now is None or _is_behind(now, mark, known):
                self._now = now = _made(tx, mark, known, now)
            return now

    def is_ready(self, tx: Transaction) -> bool:
        """Say whether :meth:`ready` has nothing to compile or to replay.

        :param tx: the one write transaction
        """
        now = self._now
        return now is not None and tx.rule_changes.count() <= now.mark and now.counters.catch_up(tx, sole=True)

    def ready(self, tx: Transaction, known: Knowledge) -> RulesNow:
        """Return the rules in force in the one write transaction, their counters with all that came in before."""
        now = self.current(tx, known)
        return now if now.counters.catch_up(tx, sole=True) else self.current(tx, known)

    def at_hand(self, tx: Transaction, store: Store, known: Knowledge | None = None) -> RulesNow:
        """Return the rules for an answer that cannot wait for long.

        Rules that just changed are read on a thread of its own, and waited for briefly; those before answer meanwhile.
        Only the first rules of a process are waited for.
        """
        now = self._now
        if now is None:
            return self.current(tx, known)
        if _is_behind(now, tx.rule_changes.count(), known) or not now.counters.catch_up(tx, sole=False):
            self._follow_beside(store, known).join(BRIEFLY_S)
            now = self._now or now
        return now

    def _follow_beside(self, store: Store, known: Knowledge | None) -> threading.Thread:
        beside = self._beside
        if beside is None or not beside.is_alive():
            beside = threading.Thread(target=self._follow, args=(store, known), name="abate-rules", daemon=True)
            self._beside = beside
            beside.start()
        return beside

    def _follow(self, store: Store, known: Knowledge | None) -> None:
        try:
            with store.read() as tx:
                self.current(tx, known)
        except AbateError:
            return  # the next question begins anew, and who takes in meets the reason


def _is_behind(now: RulesNow, mark: int, known: Knowledge | None) -> bool:
    if mark > now.mark or now.counters.lost:
        return True
    return known is not None and known.revision > now.revision and known.mentions is not now.names


def _made(tx: Transaction, mark: int, known: Knowledge | None, before: RulesNow | None) -> RulesNow:
    asked = [version for state in ASKED for version in tx.rules.find(state=state.value)]
    rules, broken = _read(asked, before)
    versions = tuple(version for version in asked if version.id in rules)
    live_of: dict[str, tuple[RuleVersion, ...]] = defaultdict(tuple)
    for version in versions:
        if version.state is RuleState.LIVE:
            live_of[version.name] += (version,)
    found = RuleSet(rules=tuple(rules.values()))
    revision, names = (before.revision, before.names) if before else (-1, None)
    if known is not None:
        revision, names = known.revision, known.mentions
    return RulesNow(
        mark=mark,
        revision=revision,
        names=names,
        versions=versions,
        function=compiled(found.rules),
        counters=_counters(tx, found.windows, before),
        reads_past=any(one.name.startswith(("account.", "channel.")) for one in found.fields),
        live_of=dict(live_of),
        broken=broken,
        held_back=_held_back(versions, names),
    )


def _read(asked: Iterable[RuleVersion], before: RulesNow | None) -> tuple[dict[str, Rule], dict[str, str]]:
    """Return the rule of each version that can be read, in order, and why of each that cannot."""
    known = {old.id: rule for old, rule in zip(before.versions, before.function.rules, strict=True)} if before else {}
    rules: dict[str, Rule] = {}
    broken: dict[str, str] = {}
    for version in asked:
        try:
            rules[version.id] = known.get(version.id) or check.rules(version.text, version.name).rules[0]
        except RuleError as error:
            broken[version.id] = str(error)
    return rules, broken


def _counters(tx: Transaction, windows: tuple[Window, ...], before: RulesNow | None) -> Counters:
    if before is None or before.counters.lost or not before.counters.held.issuperset(windows):
        return Counters.replayed(tx, windows)
    before.counters.keep_only(windows)
    return before.counters


def _held_back(versions: Iterable[RuleVersion], names: MentionFinder | None) -> dict[str, str]:
    if names is None:
        return {}

    def name_in(text: str) -> str | None:
        found = names.find(text)
        return found[0].name if found else None

    said: dict[str, str] = {}
    for version in versions:
        try:
            check.rules(version.text, version.name, name_in)
        except RuleError as error:
            said[version.id] = str(error)
    return said
