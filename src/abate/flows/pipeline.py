"""The loop, one function a step: receive → signal → match → decide → review → act → account for it.

``scan`` runs the first four and changes nothing. ``take_in`` runs them all: what it stores, the cases it opens, the
automatic limits it sets, the jobs that carry those out, the history and the audit records are one transaction.

To decide has two parts. The built-in rules judge what an item meets, and may do so twice. The operator's own rules
count what comes in, so they are asked once, in the transaction that stores it; a scan asks them without being counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TypeVar, cast

from abate.domain.bank import EntryState, Match
from abate.domain.errors import InputError
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind, Material
from abate.domain.retro import KeptSignal
from abate.domain.scan import Evidence, Scan, Verdict
from abate.domain.signal import MIN_QUALITY, NotScanned, Signal
from abate.extend.signal import Several, SignalType, Turnable
from abate.extend.store import Transaction
from abate.flows import automatic, cases, floods, orders, text
from abate.flows.events import event_of
from abate.flows.intake import Received
from abate.flows.kit import Kit
from abate.flows.known import Knowledge, revision_of
from abate.flows.reading import AHEAD_LETTERS, in_groups, readers, side_by_side
from abate.flows.rules import alarm
from abate.flows.rules.in_force import is_read, preview, take
from abate.flows.text import highlighted, sought_many
from abate.flows.video import frame_policy, frames_of
from abate.policy.builtin import propose
from abate.policy.objections import weighed
from abate.signals.normal import read_together

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signalled:
    """An item with what was read off it."""

    item: Item
    signals: tuple[Signal, ...]
    not_scanned: tuple[NotScanned, ...]
    turned: tuple[Signal, ...] = ()
    """What it would give turned or mirrored: looked up where the operator asked for it, and nothing else."""


BATCH = 256
"""Items of a stream that are matched together, and taken in as one transaction."""
_PATIENCE = 3
"""How often a batch is judged anew because the banks changed, before it is judged while nobody can change them."""


def scan(kit: Kit, items: Iterable[Item | Received]) -> list[Scan]:
    """Say what each item is and what the rules would do; nothing is stored and nothing is done."""
    return preview(kit, judge(kit, list(signals_of(kit, items))))


def scan_each(kit: Kit, items: Iterable[Item | Received]) -> Iterator[Scan]:
    """Like :func:`scan`, of a stream of any length: in order, in bounded memory, reading while it matches."""
    for group in _groups(kit, items):
        yield from preview(kit, judge(kit, group))


def take_in_each(kit: Kit, items: Iterable[Item | Received], *, by: str) -> Iterator[Scan]:
    """Like :func:`take_in`, of a stream of any length; each :data:`BATCH` is a transaction of its own."""
    for group in _groups(kit, items):
        yield from _take_in(kit, group, by)


def _groups(kit: Kit, items: Iterable[Item | Received]) -> Iterator[list[Signalled]]:
    read = signals_of(kit, items)
    return in_groups(read, size=BATCH, weigh=lambda one: len(one.item.text), heaviest=AHEAD_LETTERS)


def signals_of(kit: Kit, items: Iterable[Item | Received]) -> Iterator[Signalled]:
    """Read the signals of each item, in order; files side by side, since each waits for a decoder of its own."""
    received = (item if isinstance(item, Received) else Received(item=item) for item in items)
    return side_by_side(partial(signal, kit), _texts_read(received), workers=readers(kit.settings))


def _texts_read(received: Iterable[Received]) -> Iterator[Received]:
    """Hand the items on once their texts were normalised together, which is several times quicker than one by one."""
    for group in in_groups(received, size=BATCH, weigh=lambda one: len(one.item.text), heaviest=AHEAD_LETTERS):
        read_together([one.item.text for one in group if one.item.text])
        yield from group


def judge(kit: Kit, signalled: Sequence[Signalled]) -> list[Scan]:
    """Match what was read and let the built-in rules propose; nothing is stored.

    ``retro`` uses it too: an operator's rules were asked about an item when it came in, and would count it twice.
    """
    return decide(kit, match(kit, signalled))


def take_in(kit: Kit, items: Iterable[Item | Received], *, by: str) -> list[Scan]:
    """Scan, and let what was found have its consequences, in one transaction.

    :param by: the user or token that brought the items, for the audit
    """
    return _take_in(kit, list(signals_of(kit, items)), by)


def _take_in(kit: Kit, signalled: Sequence[Signalled], by: str) -> list[Scan]:
    kept: dict[str, Signalled] = {}
    for one in signalled:
        kept.setdefault(one.item.id, one)
    return settle(kit, signalled, lambda tx, scans: _store(kit, tx, scans, kept, by))


def settle(kit: Kit, signalled: Sequence[Signalled], store: Callable[[Transaction, list[Scan]], T]) -> T:
    """Judge, then ``store`` in one write transaction; what was judged by banks that changed meanwhile is judged again.

    Otherwise an item would fall between: stored after ``retro`` held new entries against history, and matched before
    they were known. Rules that changed meanwhile are read outside of the transaction too, where it holds nobody up.
    """
    for _ in range(_PATIENCE):
        with kit.store.read() as tx:
            revision = revision_of(tx)
        scans = judge(kit, signalled)
        with kit.store.write() as tx:
            if revision_of(tx) == revision and kit.rules.is_ready(tx):
                return store(tx, scans)
    with kit.store.write() as tx:  # nothing changes while this is the one writer
        return store(tx, judge(kit, signalled))


def _store(kit: Kit, tx: Transaction, scans: list[Scan], read: Mapping[str, Signalled], by: str) -> list[Scan]:
    now = kit.clock.now()
    asked = take(kit, tx, watch(kit, tx, keep(tx, scans), now), now)
    alarm.watch(kit, tx, now)
    fresh = {one.item.id: one for one in review(tx, asked, now)}
    tx.signals.append(KeptSignal(item=key, signal=s) for key in fresh for s in read[key].signals + read[key].turned)
    acted = act(kit, tx, list(fresh.values()), now)
    account(tx, acted, now)
    orders.join(kit, tx, [one.item for one in acted])
    tx.audit.append(at=now, tag="platform:items:received", subject=by, body={"items": list(fresh)})
    done = {one.item.id: one for one in acted}
    return [done.get(one.item.id) or _nothing_done(one) for one in scans]


def _nothing_done(one: Scan) -> Scan:
    """Say of an item that was known already, or could not be read, that the loop did nothing with it this time."""
    if not one.signals and one.not_scanned:
        return one
    known = NotScanned(step="receive", reason="an item of this identifier is known already; nothing was done again")
    calm = replace(one.proposal, automatic=False)
    return replace(one, proposal=calm, not_scanned=(*one.not_scanned, known))


def signal(kit: Kit, received: Received) -> Signalled:
    """Compute every signal that this kind of item can give. What cannot be read becomes a ``NotScanned``."""
    item = received.item
    if received.not_scanned:
        return Signalled(item=item, signals=(), not_scanned=received.not_scanned)
    material, problems = _material(kit, item)
    signals: list[Signal] = []
    turned: list[Signal] = []
    for plug in kit.signals.values():
        if item.kind in plug.kinds:
            found = _compute(plug, material)
            if isinstance(found, NotScanned):
                problems.append(found)
            elif found:
                signals += found
                problems += _too_poor(plug, found)
                turned += _turned(kit, plug, material)
    return Signalled(item=item, signals=tuple(signals), not_scanned=tuple(problems), turned=tuple(turned))


def _turned(kit: Kit, plug: SignalType, material: Material) -> Sequence[Signal]:
    """Return what the item would give turned or mirrored, where the operator had that looked up."""
    if kit.settings.photo_orientations != "all" or not isinstance(plug, Turnable):
        return ()
    return plug.turned(material)


def _material(kit: Kit, item: Item) -> tuple[Material, list[NotScanned]]:
    if not item.path:
        return Material(item=item), []
    content = _read(item.path, kit.settings.max_file_bytes)
    if isinstance(content, NotScanned):
        return Material(item=item), [content]
    if item.kind is Kind.VIDEO:
        problems: list[NotScanned] = []
        frames = frames_of(kit.decoder, content, frame_policy(kit.settings), problems)
        return Material(item=item, content=content, frames=frames), problems
    if item.kind is not Kind.PHOTO:
        return Material(item=item, content=content), []
    picture = kit.decoder.decode(content)
    if isinstance(picture, NotScanned):
        return Material(item=item, content=content), [picture]
    return Material(item=item, content=content, picture=picture), []


def _read(path: str, limit: int) -> bytes | NotScanned:
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        return NotScanned(step="read", reason=f"{path} cannot be read ({error.strerror}); check that it is there")
    if len(content) > limit:
        return NotScanned(step="read", reason=f"{path} is above {limit} bytes; raise the setting max_file_bytes")
    return content


def _too_poor(plug: SignalType, found: Sequence[Signal]) -> list[NotScanned]:
    """Say of a picture or video that it gave no usable signal. A short text gives none, and says so by being short."""
    if Kind.TEXT in plug.kinds:
        return []
    poor = (one for one in found if one.quality < MIN_QUALITY)
    too_poor = "too poor to hash, only exact copies match"
    return [
        NotScanned(step="match", reason=f"{one.type} quality {one.quality} is below {MIN_QUALITY}: {too_poor}")
        for one in poor
    ]


def _compute(plug: SignalType, material: Material) -> Sequence[Signal] | NotScanned:
    try:
        if _gives_several(type(plug)):
            return cast("Several", plug).compute_all(material)
        found = plug.compute(material)
    except InputError as error:
        return NotScanned(step="signal", reason=f"{plug.name}: {error}")
    return () if found is None else (found,)


@cache
def _gives_several(plug: type) -> bool:
    """Say whether a signal type reads several signals off an item. Asking a Protocol at each item would be slow."""
    return issubclass(plug, Several)


def match(kit: Kit, signalled: Sequence[Signalled]) -> list[tuple[Signalled, Evidence]]:
    """Hold the signals against the banks, and look for names of designated organisations, in one batch."""
    with kit.store.read() as tx:
        known = kit.known.current(tx)
        kit.rules.current(tx, known)
    return held_against(kit, known, signalled)


def held_against(kit: Kit, known: Knowledge, signalled: Sequence[Signalled]) -> list[tuple[Signalled, Evidence]]:
    """Like :func:`match`, with what the caller knows."""
    told = _with_sought(known, signalled)
    matches = known.matcher.match([one.signals + one.turned for one in told], at=kit.clock.now())
    names = [known.mentions.names_in(one.item.text) for one in told]
    evidence = [
        Evidence(item=one.item, matches=highlighted(kit.signals, one.item.text, found), mentions=mentions)
        for one, found, (mentions, _) in zip(told, matches, names, strict=True)
    ]
    read = text.read(kit.readers, evidence, [stretches for _, stretches in names])
    return [
        (_with(one, known.matcher.not_scanned(one.signals) + problems), seen)
        for one, (seen, problems) in zip(told, read, strict=True)
    ]


def _with_sought(known: Knowledge, signalled: Sequence[Signalled]) -> list[Signalled]:
    """Add the known phrases of each text. What it has of them depends on what is known: they are never kept."""
    found = sought_many(known.seekers, [one.item.text for one in signalled])
    return [replace(one, signals=one.signals + own) if own else one for one, own in zip(signalled, found, strict=True)]


def _with(one: Signalled, problems: tuple[NotScanned, ...]) -> Signalled:
    return replace(one, not_scanned=one.not_scanned + problems) if problems else one


def decide(kit: Kit, matched: Sequence[tuple[Signalled, Evidence]]) -> list[Scan]:
    """Let the built-in rules propose, and say of each match what speaks against it."""
    verified = verified_types(kit)
    return [
        Scan(
            item=one.item,
            signals=one.signals,
            matches=weighed(evidence, verified),
            scores=evidence.scores,
            mentions=evidence.mentions,
            language=evidence.language,
            context=evidence.context,
            proposal=propose(evidence, verified),
            not_scanned=one.not_scanned,
        )
        for one, evidence in matched
    ]


def verified_types(kit: Kit) -> frozenset[str]:
    """Return the signal types whose equal values prove one file."""
    return frozenset(plug.name for plug in kit.signals.values() if plug.verified)


def keep(tx: Transaction, scans: Iterable[Scan]) -> list[Scan]:
    """Store the items that are new, and return theirs of the scans: of one identifier the first."""
    read: dict[str, Scan] = {}
    for one in scans:
        if is_read(one):
            read.setdefault(one.item.id, one)
    known = {item.id for item in tx.items.get_many(read)}
    new = [one for key, one in read.items() if key not in known]
    tx.items.add_many(one.item for one in new)
    return new


def watch(kit: Kit, tx: Transaction, new: Sequence[Scan], now: datetime) -> list[Scan]:
    """Count what the entries meet; where one suddenly meets everything, propose anew without it."""
    scans, going = floods.watch(kit, tx, new, now)
    return [_again(kit, one) if any(m.entry in going for m in one.matches) else one for one in scans]


def _again(kit: Kit, one: Scan) -> Scan:
    verified = verified_types(kit)
    return replace(one, matches=weighed(one.evidence, verified), proposal=propose(one.evidence, verified))


def review(tx: Transaction, new: Sequence[Scan], now: datetime) -> Sequence[Scan]:
    """Open a case for each item that the rules propose anything for."""
    for one in new:
        if one.proposal.verdict is not Verdict.NONE:
            cases.open_case(tx, one, now)
    return new


def act(kit: Kit, tx: Transaction, scans: Sequence[Scan], now: datetime) -> list[Scan]:
    """Set the automatic limits that the rules ask for and the caps allow; a person reviews each of them.

    Returns the scans with the proposals that came into force: above a cap, review takes the limit's place.
    """
    return [automatic.limit(kit, tx, one, now) if one.proposal.automatic else one for one in scans]


def account(tx: Transaction, scans: Sequence[Scan], now: datetime) -> None:
    """Append what happened to the history."""
    tx.history.append(event for one in scans for event in _events(one, now))


def _events(one: Scan, now: datetime) -> list[HistoryEvent]:
    received = event_of(one.item, Step.RECEIVED, now)
    counted = [found for found in one.matches if found.group and found.is_group_content]
    groups = sorted({found.group for found in counted})
    events = [received]
    events += [replace(received, step=Step.MATCHED, group=group, detail=_best(counted, group)) for group in groups]
    aside = [found for found in one.matches if found.state is EntryState.QUARANTINED]
    if aside:
        # It stays in the history, under no group: what meets everything would make a wave of one mistake.
        events.append(replace(received, step=Step.MATCHED, detail=EntryState.QUARANTINED.value))
    if one.proposal.verdict is not Verdict.NONE:
        events.append(replace(received, step=Step.PROPOSED, detail=one.proposal.verdict.value))
    return events


def _best(matches: Iterable[Match], group: str) -> str:
    return min((m for m in matches if m.group == group), key=lambda m: (m.distance, m.signal_type)).signal_type
