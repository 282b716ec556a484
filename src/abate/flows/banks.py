"""Banks: created, filled from files or lists, listed, emptied and handed on, each change with its audit record."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from abate.domain.bank import SELF, Bank, BankPurpose, Entry
from abate.domain.errors import InputError, NotFoundError
from abate.domain.signal import MIN_QUALITY
from abate.extend.exchange import Listed, ListFormat
from abate.extend.store import Transaction
from abate.flows.intake import receive
from abate.flows.kit import Kit
from abate.flows.known import bank_changed
from abate.flows.pipeline import signal
from abate.signals.terms import normalise_name

UNNAMED = "unnamed list"
"""One voice for all lists whose source nobody named: a list under two file names is still one."""
NAME = "name"
"""The entry type of a designated organisation's name; no item gives a signal of it."""
_BATCH = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What came of filling a bank."""

    added: int
    known: int
    """Entries that stood there already."""
    refused: tuple[str, ...] = ()
    """One sentence for each line or file that could not be taken."""


def create(kit: Kit, name: str, *, purpose: BankPurpose, group: str = "", description: str = "", by: str) -> Bank:
    """Create an empty bank.

    :raises ConflictError: when the name is taken
    :raises InputError: when the name is empty or has white space
    """
    if not name or any(letter.isspace() for letter in name):
        msg = f"bank name {name!r} is empty or has white space; write it like grey-lantern-photos"
        raise InputError(msg)
    now = kit.clock.now()
    bank = Bank(name=name, purpose=purpose, group=group, description=description, created_at=now)
    with kit.store.write() as tx:
        tx.banks.add(bank)
        bank_changed(tx, now)
        tx.audit.append(at=now, tag="curator:bank:created", subject=name, body={"purpose": purpose.value, "by": by})
    return bank


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


def add_files(kit: Kit, name: str, paths: list[Path], *, label: str = "", by: str) -> Added:
    """Add what can be read off files and folders of known content; the platform itself vouches for it."""
    found: list[Listed] = []
    refused: list[str] = []
    for received in receive(paths, kit.settings):
        one = signal(kit, received)
        refused += [f"{one.item.id}: {problem.reason}" for problem in one.not_scanned if problem.step != "match"]
        good = [found_signal for found_signal in one.signals if found_signal.quality >= MIN_QUALITY]
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
    added = add_listed(kit, name, found, by=by)
    return Added(added=added.added, known=added.known, refused=(*refused, *added.refused))


def import_list(
    kit: Kit, name: str, path: Path, *, source: str = "", trust_sources: bool = False, by: str, format_name: str = ""
) -> Added:
    """Add the lines of somebody's list.

    A list is one voice. Who vouches is the operator's word, ``source``; lists without one share one. The sources that
    a list names itself count only with ``trust_sources``, because two of them let a match act without a person; and
    nobody's list speaks as this platform.

    :raises InputError: when no list format knows the file, or ``source`` is the platform's own word
    """
    if source.strip().casefold() == SELF:
        msg = f"a list is not vouched for by {SELF!r}; name who vouches with --source, or add the files themselves"
        raise InputError(msg)
    voice = source or UNNAMED
    lines = chosen_format(kit, path, format_name).read(path)
    return add_listed(kit, name, (_from_outside(line, voice, trust=trust_sources) for line in lines), by=by)


def _from_outside(line: Listed | InputError, voice: str, *, trust: bool) -> Listed | InputError:
    if isinstance(line, InputError):
        return line
    named = tuple(source for source in line.sources if source.strip().casefold() != SELF)
    return replace(line, sources=named if trust and named else (voice,))


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


def add_listed(kit: Kit, name: str, lines: Iterable[Listed | InputError], *, by: str) -> Added:
    """Add listed values, each checked by its signal type, in batches of one transaction each."""
    with kit.store.read() as tx:
        bank = tx.banks.get(name)
    total = known = 0
    refused: list[str] = []
    rest = iter(lines)
    while batch := list(islice(rest, _BATCH)):
        entries_of_batch = list(_entries(kit, bank, batch, refused))
        with kit.store.write() as tx:
            added = _add(kit, tx, bank, entries_of_batch, by)
        total += added
        known += len(entries_of_batch) - added
    return Added(added=total, known=known, refused=tuple(refused))


def _add(kit: Kit, tx: Transaction, bank: Bank, new: list[Entry], by: str) -> int:
    now = kit.clock.now()
    added = tx.entries.add_many(new)
    bank_changed(tx, now)
    tx.audit.append(at=now, tag="curator:bank:filled", subject=bank.name, body={"added": added, "by": by})
    return added


def _entries(kit: Kit, bank: Bank, lines: Iterable[Listed | InputError], refused: list[str]) -> Iterator[Entry]:
    for line in lines:
        if isinstance(line, InputError):
            refused.append(str(line))
            continue
        try:
            yield _entry(kit, bank, line)
        except InputError as error:
            refused.append(f"{line.where}: {error}")


def _entry(kit: Kit, bank: Bank, line: Listed) -> Entry:
    signal_type = line.untrusted_type
    value = _value(kit, bank, signal_type, line.untrusted_value)
    key = f"{bank.name}\n{signal_type}\n{value}\n{','.join(sorted(line.sources))}\n{line.ref}"
    return Entry(
        id="e" + hashlib.sha256(key.encode()).hexdigest()[:16],
        bank=bank.name,
        signal_type=signal_type,
        value=value,
        label=line.label,
        sources=line.sources,
        ref=line.ref,
        added_at=kit.clock.now(),
    )


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
        if not entry_ids:
            tx.banks.remove(name)
        bank_changed(tx, now)
        body = {"entries": len(going), "whole": not entry_ids, "by": by}
        tx.audit.append(at=now, tag="curator:bank:emptied", subject=name, body=body)
    return len(going)


def write_json(path: Path, found: Iterable[Entry], *, platform: str) -> None:
    """Write entries as a JSON list that ``import`` reads; what this platform vouches for is written by its name."""
    rows = [
        {
            "type": entry.signal_type,
            "value": entry.value,
            "label": entry.label,
            "source": ",".join(platform if source == SELF else source for source in entry.sources),
            "ref": entry.ref,
        }
        for entry in found
    ]
    try:
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        msg = f"cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(path)) from error
