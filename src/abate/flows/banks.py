"""Banks: created, filled from files or lists, listed and emptied, each change with its audit record."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from abate.domain.bank import SELF, Bank, BankPurpose, Entry, Stance, Standing
from abate.domain.errors import InputError, NotFoundError
from abate.domain.flood import QuarantineState
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.signal import MIN_QUALITY, Signal
from abate.domain.times import parse_time
from abate.domain.verdict import Verdict
from abate.extend.exchange import Listed, ListFormat
from abate.extend.signal import Wide
from abate.extend.store import Transaction
from abate.flows import retro
from abate.flows.intake import receive
from abate.flows.kit import Kit
from abate.flows.known import BANK, FEW, bank_changed
from abate.flows.pipeline import signal
from abate.signals.terms import normalise_name

UNNAMED = "unnamed list"
"""One voice for all lists whose source nobody named: a list under two file names is still one."""
NAME = "name"
"""The entry type of a designated organisation's name; no item gives a signal of it."""
_BATCH = 2_000
"""Lines of one transaction: whoever else writes waits for no more than these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What came of filling a bank."""

    added: int
    known: int
    """Entries that stood there already."""
    refused: tuple[str, ...] = ()
    """One sentence for each line or file that could not be taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What holds of all that is added together, besides what each line says itself."""

    stance: Stance | None = None
    """For all of it; ``None`` leaves it to each line."""
    expires_at: datetime | None = None
    """For lines that do not say when."""
    origin: str = ""
    """The list or file that it comes from."""


def create(  # noqa: PLR0913 - the flags of the command, each given by name
    kit: Kit,
    name: str,
    *,
    purpose: BankPurpose,
    group: str = "",
    description: str = "",
    max_distance: int | None = None,
    ceiling: Verdict = Verdict.REMOVE,
    by: str,
) -> Bank:
    """Create an empty bank.

    :raises ConflictError: when the name is taken
    :raises InputError: when the name is empty or has white space or a slash, or no signal type reaches ``max_distance``
    """
    if not name or any(letter.isspace() or letter == "/" for letter in name):
        msg = f"bank name {name!r} is empty, or has white space or a slash; write it like grey-lantern-photos"
        raise InputError(msg)
    check_distance(kit, max_distance)
    now = kit.clock.now()
    bank = Bank(
        name=name,
        purpose=purpose,
        group=group,
        description=description,
        created_at=now,
        max_distance=max_distance,
        ceiling=ceiling,
    )
    with kit.store.write() as tx:
        tx.banks.add(bank)
        bank_changed(tx)
        body = {"purpose": purpose.value, "max_distance": max_distance, "ceiling": ceiling.value, "by": by}
        tx.audit.append(at=now, tag="curator:bank:created", subject=name, body=body)
    return bank


def check_distance(kit: Kit, max_distance: int | None) -> None:
    """Refuse a distance that no match can have: a bank narrows what its signal types find, and cannot widen it.

    :raises InputError: naming the widest radius there is
    """
    widest = max((plug.radius for plug in kit.signals.values()), default=0)
    if max_distance is not None and not 0 <= max_distance <= widest:
        msg = f"a distance of {max_distance} is not within 0 to {widest}, the widest radius of the signal types"
        raise InputError(msg, where="max_distance")


def configure(kit: Kit, name: str, *, max_distance: int | None, ceiling: Verdict, by: str) -> Bank:
    """Set how near a match with the bank must be and the most that it may propose; from the next batch on.

    :param max_distance: ``None`` for the signal type's own radius
    :raises NotFoundError: when there is no such bank
    :raises InputError: when no signal type reaches ``max_distance``
    """
    check_distance(kit, max_distance)
    now = kit.clock.now()
    with kit.store.write() as tx:
        before = tx.banks.get(name)
        bank = replace(before, max_distance=max_distance, ceiling=ceiling)
        tx.banks.replace(bank)
        bank_changed(tx)
        body = {"before": _set(before), "after": _set(bank), "by": by}
        tx.audit.append(at=now, tag="curator:bank:set", subject=name, body=body)
    return bank


def _set(bank: Bank) -> dict[str, object]:
    return {"max_distance": bank.max_distance, "ceiling": bank.ceiling.value}


def show(kit: Kit, name: str) -> Bank:
    """Return one bank.

    :raises NotFoundError: when there is no such bank
    """
    with kit.store.read() as tx:
        return tx.banks.get(name)


def listed(kit: Kit) -> list[tuple[Bank, int]]:
    """Return the banks, each with how many entries it has."""
    with kit.store.read() as tx:
        return [(bank, tx.entries.count(bank=bank.name)) for bank in tx.banks.find()]


def entries(kit: Kit, name: str) -> list[Entry]:
    """Return a bank's entries, oldest first.

    :raises NotFoundError: when there is no such bank
    """
    with kit.store.read() as tx:
        tx.banks.get(name)
        return tx.entries.find(bank=name)


def standings(kit: Kit, name: str, *, limit: int | None = None) -> list[Standing]:
    """Return a bank's entries with what is said of each, oldest first.

    :raises NotFoundError: when there is no such bank
    """
    with kit.store.read() as tx:
        tx.banks.get(name)
        return stood(tx, tx.entries.find(bank=name, limit=limit))


def stood(tx: Transaction, found: list[Entry]) -> list[Standing]:
    """Return entries with what is said of each."""
    said: dict[str, list[Opinion]] = defaultdict(list)
    few = len(found) <= FEW
    for one in (o for e in found for o in tx.opinions.find(entry=e.id)) if few else tx.opinions.find():
        said[one.entry].append(one)
    waiting = {one.entry for one in tx.quarantines.find(state=QuarantineState.OPEN.value)}
    return [Standing(entry=e, opinions=tuple(said.get(e.id, ())), set_aside=e.id in waiting) for e in found]


def add_files(kit: Kit, name: str, paths: list[Path], *, label: str = "", terms: Terms | None = None, by: str) -> Added:
    """Add what can be read off files and folders; the platform itself vouches for it, or says no with it."""
    found: list[Listed] = []
    refused: list[str] = []
    for received in receive(paths, kit.settings):
        one = signal(kit, received)
        refused += [f"{one.item.id}: {problem.reason}" for problem in one.not_scanned if problem.step != "match"]
        good = [found_signal for found_signal in one.signals if _is_of_the_whole(kit, found_signal)]
        if not good and not one.not_scanned:
            refused.append(f"{one.item.id}: too poor to be told apart (quality below {MIN_QUALITY}); add a better copy")
        found += [
            Listed(
                where=one.item.id,
                untrusted_type=found_signal.type,
                untrusted_value=found_signal.value,
                label=label or Path(one.item.id).name,
                sources=(SELF,),
            )
            for found_signal in good
        ]
    added = add_listed(kit, name, found, terms=terms, by=by)
    return Added(added=added.added, known=added.known, refused=(*refused, *added.refused))


def _is_of_the_whole(kit: Kit, found: Signal) -> bool:
    """Say whether a signal stands for the file: a text is known content, and the sites that it links to are not."""
    return found.quality >= MIN_QUALITY and not found.spans and not isinstance(kit.signals[found.type], Wide)


def import_list(  # noqa: PLR0913 - the flags of the command, each given by name
    kit: Kit,
    name: str,
    path: Path,
    *,
    source: str = "",
    trust_sources: bool = False,
    terms: Terms | None = None,
    by: str,
    format_name: str = "",
) -> Added:
    """Add the lines of somebody's list.

    A list is one voice. Who vouches is the operator's word, ``source``; lists without one share one. The sources that
    a list names itself count only with ``trust_sources``, because two of them let a match act without a person; and
    nobody's list speaks as this platform. Whom it calls a disputer is believed: that takes away and gives nothing.

    :raises InputError: when no list format knows the file, or ``source`` is the platform's own word
    """
    if source.strip().casefold() == SELF:
        msg = f"a list is not vouched for by {SELF!r}; name who vouches with --source, or add the files themselves"
        raise InputError(msg)
    voice = source or UNNAMED
    lines = chosen_format(kit, path, format_name).read(path)
    outside = (_from_outside(line, voice, trust=trust_sources) for line in lines)
    return add_listed(kit, name, outside, terms=replace(terms or Terms(), origin=path.name), by=by)


def _from_outside(line: Listed | InputError, voice: str, *, trust: bool) -> Listed | InputError:
    if isinstance(line, InputError):
        return line
    named, disputing = _without_self(line.sources), _without_self(line.disputed_by)
    return replace(line, sources=named if trust and named else (voice,), disputed_by=disputing)


def _without_self(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(source for source in sources if source.strip().casefold() != SELF)


def chosen_format(kit: Kit, path: Path, name: str = "") -> ListFormat:
    """Return the named list format, else the first that recognises the file.

    :raises InputError: when there is none, naming those there are
    """
    known = ", ".join(sorted(kit.formats))
    if name and name not in kit.formats:
        msg = f"no list format {name!r}; there are: {known}"
        raise InputError(msg)
    if name:
        return kit.formats[name]
    try:
        with path.open("rb") as stream:
            head = stream.read(64 * 1024)
    except OSError as error:
        msg = f"cannot be read ({error.strerror}); check the path"
        raise InputError(msg, where=str(path)) from error
    for one in kit.formats.values():
        if one.recognises(path, head):
            return one
    msg = f"no list format recognises this file; name one with --format: {known}"
    raise InputError(msg, where=str(path))


def add_listed(
    kit: Kit, name: str, lines: Iterable[Listed | InputError], *, terms: Terms | None = None, by: str
) -> Added:
    """Add listed values, each checked by its signal type, in batches of one transaction each."""
    with kit.store.read() as tx:
        bank = tx.banks.get(name)
    total = known = 0
    refused: list[str] = []
    rest = iter(lines)
    while batch := list(islice(rest, _BATCH)):
        read = list(_entries(kit, bank, batch, refused, terms or Terms(), by))
        with kit.store.write() as tx:
            added = _add(kit, tx, bank, read, by)
        total += added
        known += len(read) - added
    return Added(added=total, known=known, refused=tuple(refused))


def _add(kit: Kit, tx: Transaction, bank: Bank, read: list[tuple[Entry, tuple[str, ...]]], by: str) -> int:
    now = kit.clock.now()
    new = [entry for entry, _ in read]
    added = tx.entries.add_many(new)
    renewed = _renew(tx, new) if added < len(new) else 0
    tx.opinions.add_many(_dispute(entry, source, now, by) for entry, disputing in read for source in disputing)
    bank_changed(tx, [entry.id for entry in new])
    retro.enqueue(kit, tx, bank.name, new if added else (), by=by)
    body = {"added": added, "renewed": renewed, "by": by}
    tx.audit.append(at=now, tag="curator:bank:filled", subject=bank.name, body=body)
    return added


def _renew(tx: Transaction, listed_again: list[Entry]) -> int:
    """Give entries that are listed again the later of both ends; return how many got one."""
    until = {entry.id: entry.expires_at for entry in listed_again}
    renewed = 0
    for known in tx.entries.get_many(until):
        new = until[known.id]
        if known.expires_at is not None and (new is None or new > known.expires_at):
            tx.entries.replace(replace(known, expires_at=new))
            renewed += 1
    return renewed


def _dispute(entry: Entry, source: str, now: datetime, by: str) -> Opinion:
    # The same word of the same list again is the same opinion: it does not come back after it was withdrawn.
    key = hashlib.sha256(f"{entry.id}\n{source}\n{entry.origin}".encode()).hexdigest()[:16]
    reason = f"so says {entry.origin}" if entry.origin else "so says a list"
    return Opinion(id=f"o{key}", entry=entry.id, source=source, word=OpinionWord.DISPUTE, by=by, at=now, reason=reason)


def _entries(
    kit: Kit, bank: Bank, lines: Iterable[Listed | InputError], refused: list[str], terms: Terms, by: str
) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Yield each entry with who disputes it."""
    for line in lines:
        if isinstance(line, InputError):
            refused.append(str(line))
            continue
        try:
            yield _entry(kit, bank, line, terms, by), line.disputed_by
        except InputError as error:
            refused.append(f"{line.where}: {error}")


def _entry(kit: Kit, bank: Bank, line: Listed, terms: Terms, by: str) -> Entry:
    signal_type = line.untrusted_type
    value = _value(kit, bank, signal_type, line.untrusted_value)
    stance = terms.stance or _stance(line.untrusted_stance)
    if stance is Stance.NEGATIVE and bank.purpose is BankPurpose.DESIGNATED:
        msg = "a name is never negative: naming a group weighs nothing, so there is nothing to say no to"
        raise InputError(msg)
    key = f"{bank.name}\n{signal_type}\n{value}\n{','.join(sorted(line.sources))}\n{line.ref}"
    if stance is Stance.NEGATIVE:
        key += f"\n{stance.value}"  # a no and a yes to one value are two entries
    return Entry(
        id="e" + hashlib.sha256(key.encode()).hexdigest()[:16],
        bank=bank.name,
        signal_type=signal_type,
        value=value,
        label=line.label,
        sources=line.sources,
        ref=line.ref,
        added_at=kit.clock.now(),
        stance=stance,
        expires_at=parse_time(line.untrusted_expires_at, "expires_at")
        if line.untrusted_expires_at
        else terms.expires_at,
        added_by=by,
        origin=terms.origin,
    )


def _stance(untrusted: str) -> Stance:
    word = untrusted.casefold() or Stance.KNOWN.value
    if word not in set(Stance):
        msg = f"stance {untrusted[:80]!r} is none; write {' or '.join(Stance)}"
        raise InputError(msg)
    return Stance(word)


def _value(kit: Kit, bank: Bank, signal_type: str, untrusted_value: str) -> str:
    """Check a value by its type. Names live only in banks of names, and nothing else does: a name is no offence."""
    if (signal_type == NAME) != (bank.purpose is BankPurpose.DESIGNATED):
        msg = f"a {signal_type} entry does not belong into a bank of purpose {bank.purpose.value}"
        raise InputError(msg)
    if signal_type == NAME:
        return normalise_name(untrusted_value)
    plug = kit.signals.get(signal_type)
    if plug is None:
        msg = f"unknown signal type {signal_type!r}; there are: {', '.join(sorted(kit.signals))}"
        raise InputError(msg)
    return plug.parse(untrusted_value)


def remove(kit: Kit, name: str, entry_ids: list[str], *, by: str) -> int:
    """Remove entries from a bank; none named removes the bank with all of them. Returns how many entries went.

    :raises NotFoundError: when the bank or an entry is not there; nothing is removed then
    """
    now = kit.clock.now()
    with kit.store.write() as tx:
        tx.banks.get(name)
        going = entry_ids or [entry.id for entry in tx.entries.find(bank=name)]
        for entry_id in going:
            if tx.entries.get(entry_id).bank != name:
                msg = f"entry {entry_id} is not in bank {name}; `abate bank show {name}` lists those that are"
                raise NotFoundError(msg)
            tx.entries.remove(entry_id)
            _close_quarantines(tx, entry_id, now, by)
        if not entry_ids:
            tx.banks.remove(name)
        bank_changed(tx, [BANK, *going])
        body = {"entries": len(going), "whole": not entry_ids, "by": by}
        tx.audit.append(at=now, tag="curator:bank:emptied", subject=name, body=body)
    return len(going)


def _close_quarantines(tx: Transaction, entry_id: str, now: datetime, by: str) -> None:
    for one in tx.quarantines.find(entry=entry_id, state=QuarantineState.OPEN.value):
        gone = replace(one, state=QuarantineState.RELEASED, closed_at=now, closed_by=by, note="the entry was removed")
        tx.quarantines.replace(gone)
