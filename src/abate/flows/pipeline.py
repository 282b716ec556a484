"""The loop, one function a step: receive → signal → match → decide → review → act → account for it.

``scan`` runs the first four and changes nothing. ``take_in`` runs them all: what it stores, the cases it opens, the
automatic limits it sets, the jobs that carry those out, the history and the audit records are one transaction.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from abate.domain.bank import Match
from abate.domain.errors import InputError
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind, Material
from abate.domain.scan import Evidence, Proposal, Scan, Verdict
from abate.domain.signal import MIN_QUALITY, NotScanned, Signal
from abate.extend.signal import SignalType
from abate.extend.store import Transaction
from abate.flows import automatic, cases, orders
from abate.flows.events import event_of
from abate.flows.intake import Received
from abate.flows.kit import Kit
from abate.policy.builtin import propose


@dataclass(frozen=True, kw_only=True, slots=True)
class Signalled:
    """An item with what was read off it."""

    item: Item
    signals: tuple[Signal, ...]
    not_scanned: tuple[NotScanned, ...]


def scan(kit: Kit, items: Iterable[Item | Received]) -> list[Scan]:
    """Say what each item is and what the rules would do; nothing is stored and nothing is done."""
    received = [item if isinstance(item, Received) else Received(item=item) for item in items]
    return decide(kit, match(kit, _signalled(kit, received)))


def _signalled(kit: Kit, received: Sequence[Received]) -> list[Signalled]:
    """Read the signals of a batch; pictures side by side, since each waits for a decoder of its own."""
    if sum(one.item.kind is Kind.PHOTO for one in received) <= 1:
        return [signal(kit, one) for one in received]
    with ThreadPoolExecutor(kit.settings.decoders) as pool:
        return list(pool.map(partial(signal, kit), received))


def take_in(kit: Kit, items: Iterable[Item | Received], *, by: str) -> list[Scan]:
    """Scan, and let what was found have its consequences, in one transaction.

    :param by: the user or token that brought the items, for the audit
    """
    scans = scan(kit, items)
    now = kit.clock.now()
    with kit.store.write() as tx:
        fresh = {one.item.id: one for one in scans if review(tx, one, now)}
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
    for plug in kit.signals.values():
        if item.kind in plug.kinds:
            found = _compute(plug, material)
            if isinstance(found, Signal):
                signals.append(found)
                problems += _too_poor(item, found)
            elif found is not None:
                problems.append(found)
    return Signalled(item=item, signals=tuple(signals), not_scanned=tuple(problems))


def _material(kit: Kit, item: Item) -> tuple[Material, list[NotScanned]]:
    if not item.path:
        return Material(item=item), []
    content = _read(item.path, kit.settings.max_file_bytes)
    if isinstance(content, NotScanned):
        return Material(item=item), [content]
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


def _too_poor(item: Item, found: Signal) -> list[NotScanned]:
    """Say of a picture that it gave no usable signal. A short text gives none either, and says so by being short."""
    if item.kind is not Kind.PHOTO or found.quality >= MIN_QUALITY:
        return []
    reason = f"{found.type} quality {found.quality} is below {MIN_QUALITY}: too poor to hash, only exact copies match"
    return [NotScanned(step="match", reason=reason)]


def _compute(plug: SignalType, material: Material) -> Signal | NotScanned | None:
    try:
        return plug.compute(material)
    except InputError as error:
        return NotScanned(step="signal", reason=f"{plug.name}: {error}")


def match(kit: Kit, signalled: Sequence[Signalled]) -> list[tuple[Signalled, Evidence]]:
    """Hold the signals against the banks, and look for names of designated organisations, in one batch."""
    with kit.store.read() as tx:
        known = kit.known.current(tx)
    matches = known.matcher.match([one.signals for one in signalled])
    return [
        (
            _with(one, known.matcher.not_scanned(one.signals)),
            Evidence(item=one.item, matches=found, mentions=known.mentions.find(one.item.text)),
        )
        for one, found in zip(signalled, matches, strict=True)
    ]


def _with(one: Signalled, problems: tuple[NotScanned, ...]) -> Signalled:
    return replace(one, not_scanned=one.not_scanned + problems) if problems else one


def decide(kit: Kit, matched: Sequence[tuple[Signalled, Evidence]]) -> list[Scan]:
    """Let the rules propose."""
    verified = frozenset(plug.name for plug in kit.signals.values() if plug.verified)
    return [
        Scan(
            item=one.item,
            signals=one.signals,
            matches=evidence.matches,
            scores=evidence.scores,
            mentions=evidence.mentions,
            proposal=propose(evidence, verified),
            not_scanned=one.not_scanned,
        )
        for one, evidence in matched
    ]


def review(tx: Transaction, one: Scan, now: datetime) -> bool:
    """Store an item that is new, and open a case where the rules propose anything; return whether it was new."""
    if not one.signals and any(problem.step == "read" for problem in one.not_scanned):
        return False  # a line that could not be read is told of in the result; it is no item of the platform
    if tx.items.add_many([one.item]) == 0:
        return False
    if one.proposal.verdict is not Verdict.NONE:
        cases.open_case(tx, one, now)
    return True


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
    groups = sorted({found.group for found in one.matches if found.group})
    events = [received]
    events += [replace(received, step=Step.MATCHED, group=group, detail=_best(one.matches, group)) for group in groups]
    if one.proposal.verdict is not Verdict.NONE:
        events.append(replace(received, step=Step.PROPOSED, detail=one.proposal.verdict.value))
    return events


def _best(matches: tuple[Match, ...], group: str) -> str:
    return min((m for m in matches if m.group == group), key=lambda m: (m.distance, m.signal_type)).signal_type


def to_json(one: Scan) -> dict[str, object]:
    """Return the result of one item in the shape that others script against."""
    return {
        "item": one.item.id,
        "kind": one.item.kind.value,
        "language": {"code": one.item.language or "und", "confidence": None},
        "signals": [{"type": s.type, "value": s.value, "quality": s.quality} for s in one.signals],
        "matches": [
            {
                "bank": m.bank,
                "entry": m.entry,
                "signal_type": m.signal_type,
                "distance": m.distance,
                "source": list(m.sources),
            }
            for m in one.matches
        ],
        "scores": [{"name": s.name, "probability": s.probability} for s in one.scores],
        "context": {"label": "unknown", "probability": None},
        "mentions": [
            {"name": m.name, "list": m.list, "ref": m.ref, "start": m.start, "end": m.end} for m in one.mentions
        ],
        "proposal": proposal_json(one.proposal),
        "not_scanned": [{"step": n.step, "reason": n.reason} for n in one.not_scanned],
    }


def proposal_json(proposal: Proposal) -> dict[str, object]:
    """Return a proposal as JSON-able values."""
    return {
        "action": proposal.verdict.value,
        "automatic": proposal.automatic,
        "reasons": [{"rule": r.rule, "text": r.text} for r in proposal.reasons],
    }
