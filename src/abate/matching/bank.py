"""Joins what was read off items with what the banks hold."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from abate.domain.bank import Bank, BankPurpose, Entry, EntryState, Match, Stance, Standing
from abate.domain.errors import ConflictError
from abate.domain.opinion import Opinion
from abate.domain.signal import MIN_QUALITY, NotScanned, Signal
from abate.extend.index import Hit, Index, IndexType, Lasting
from abate.extend.signal import SignalType

STEP: Final = "match"
WORTH_KEEPING: Final = 10_000
"""Values from which an index is kept in a file: fewer are indexed faster than a file is checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What is said of entries besides the entries themselves."""

    opinions: Mapping[str, Sequence[Opinion]] = field(default_factory=dict)
    """By the entry's identifier; entries nobody has an opinion of are left out."""
    set_aside: Collection[str] = frozenset()
    """The identifiers of entries that wait for a lead."""


class Matcher:
    """Looks signals up in the banks of known content, negative entries included.

    It follows the banks: :meth:`update` takes what changed. Any number of threads may match meanwhile; they see the
    banks before or after a change, entry by entry. Banks of designated names are passed over: they give mentions, not
    matches.
    """

    def __init__(
        self,
        *,
        banks: Iterable[Bank],
        entries: Iterable[Entry],
        signal_types: Mapping[str, SignalType],
        index_types: Mapping[str, IndexType],
        said: Said | None = None,
        folder: Path | None = None,
    ) -> None:
        """Build the indexes.

        :param folder: where indexes that last are kept; ``None`` for nowhere
        :raises InputError: when an entry's value is none of its type; entries are parsed before they are banked
        """
        self._signal_types = signal_types
        self._index_types = index_types
        self._folder = folder
        self._entries: dict[str, Entry] = {}
        self._types: dict[str, _OfType] = {}
        self._unsearchable: dict[str, NotScanned] = {}
        self.update(banks=banks, changed=entries, gone=(), said=said or Said())

    def __len__(self) -> int:
        """Return how many different values can be matched."""
        return sum(len(known) for known in self._types.values())

    def update(self, *, banks: Iterable[Bank], changed: Iterable[Entry], gone: Iterable[str], said: Said) -> None:
        """Take in what changed. One thread at a time.

        :param banks: all of them
        :param changed: entries that are new or not what they were
        :param gone: identifiers of entries that are not there any more
        :param said: all that is said of all entries
        :raises InputError: as for the constructor
        """
        self._banks = {bank.name: bank for bank in banks if bank.purpose is BankPurpose.KNOWN}
        self._said = said
        going = [self._entries.pop(key) for key in gone if key in self._entries]
        coming: dict[str, list[Entry]] = defaultdict(list)
        for entry in changed:
            if self._entries.get(entry.id) == entry:
                continue  # only what is said of it changed
            known = self._entries.pop(entry.id, None)
            going += [known] if known is not None else []
            if entry.bank in self._banks:
                self._entries[entry.id] = entry
                coming[entry.signal_type].append(entry)
        for name, group in coming.items():
            self._put(name, group)
        for entry in going:
            # After the new ones came: what was only changed stays findable in between.
            if entry.signal_type in self._types:
                self._types[entry.signal_type].drop(entry)

    def _put(self, name: str, group: Sequence[Entry]) -> None:
        if name in self._types:
            self._types[name].put(group)
            return
        reason = _why_unsearchable(name, self._signal_types, self._index_types)
        if reason:
            self._unsearchable[name] = NotScanned(step=STEP, reason=reason)
            return
        plug = self._signal_types[name]
        self._types[name] = _OfType(plug, _Builder(self._index_types[plug.index], self._folder), group)

    def values(self, signal_type: str) -> tuple[str, ...]:
        """Return the different values that are known of a signal type."""
        known = self._types.get(signal_type)
        return known.values() if known else ()

    def match(self, signals: Sequence[Sequence[Signal]], *, at: datetime) -> list[tuple[Match, ...]]:
        """Return, for each item's signals, its matches, nearest first.

        A match has the spans of its signal in the text; where the index tells which stretches of the signal an entry
        repeats, it has those, still in the signal's own letters (see ``Hit.runs``).

        Signals below ``MIN_QUALITY`` match nothing: a flat picture resembles every other. Entries of equal value and
        stance in one bank are one match, vouched for by all their sources together.

        :param at: now: entries whose time is over match nothing
        """
        found: list[dict[tuple[str, str], Match]] = [{} for _ in signals]
        for name, known in list(self._types.items()):
            self._match_type(name, known, signals, found, at)
        return [tuple(sorted(item.values(), key=_nearest_first)) for item in found]

    def not_scanned(self, signals: Sequence[Signal]) -> tuple[NotScanned, ...]:
        """Return why some of an item's signals could not be looked up although banks hold entries of their type."""
        names = dict.fromkeys(signal.type for signal in signals if signal.quality >= MIN_QUALITY)
        return tuple(self._unsearchable[name] for name in names if name in self._unsearchable)

    def _match_type(
        self,
        name: str,
        known: "_OfType",
        signals: Sequence[Sequence[Signal]],
        found: list[dict[tuple[str, str], Match]],
        at: datetime,
    ) -> None:
        """Look up all signals of one type together, each value once however many items carry it."""
        askers: dict[str, list[tuple[int, Signal]]] = defaultdict(list)
        for item, own in enumerate(signals):
            for signal in own:
                if signal.type == name and signal.quality >= MIN_QUALITY:
                    askers[signal.value].append((item, signal))
        if not askers:
            return
        for asking, near in zip(askers.values(), known.near([*askers]), strict=True):
            matches = [_at(match, hit) for hit, entries in near for match in self._joined(entries, hit.distance, at)]
            for item, signal in asking:
                for match in matches:
                    key = (match.bank, match.entry)
                    if key not in found[item] or found[item][key].distance > match.distance:
                        found[item][key] = replace(match, spans=signal.spans) if signal.spans else match

    def _joined(self, entries: Sequence[Entry], distance: int, at: datetime) -> Iterator[Match]:
        """Yield the matches that the entries of one value give: one a bank and stance."""
        groups: dict[tuple[str, Stance], list[Entry]] = defaultdict(list)
        for entry in entries:
            bank = self._banks.get(entry.bank)
            if bank is not None and bank.reaches(distance) and not entry.is_expired(at):
                groups[entry.bank, entry.stance].append(entry)
        for (name, stance), group in sorted(groups.items()):
            yield self._match_of(self._banks[name], stance, group, distance, at)

    def _match_of(self, bank: Bank, stance: Stance, group: Sequence[Entry], distance: int, at: datetime) -> Match:
        """Return the match of entries of one value: the oldest entry, all sources, and the strongest word on any."""
        oldest = min(group, key=lambda entry: (entry.added_at, entry.id))
        standings = [self._standing(entry) for entry in group]
        opinions = Standing(entry=oldest, opinions=tuple(one for each in standings for one in each.opinions))
        # Somebody who disputes one of them does not vouch for the same value under another name.
        backers = {source for each in standings for source in each.backers} - set(opinions.disputers)
        states = {each.state(at) for each in standings}
        return Match(
            bank=bank.name,
            entry=oldest.id,
            signal_type=oldest.signal_type,
            distance=distance,
            sources=tuple(sorted(backers)),
            group="" if stance is Stance.NEGATIVE else bank.group,
            label=oldest.label,
            stance=stance,
            state=next(state for state in EntryState if state in states),
            opinions=opinions.opinions,
            ceiling=bank.ceiling,
            most=bank.ceiling,
            ref=oldest.ref,
            added_at=oldest.added_at,
            added_by=oldest.added_by,
            origin=oldest.origin,
        )

    def _standing(self, entry: Entry) -> Standing:
        opinions = tuple(self._said.opinions.get(entry.id, ()))
        return Standing(entry=entry, opinions=opinions, set_aside=entry.id in self._said.set_aside)


class _OfType:
    """The entries of one signal type, by value, and the index over their values."""

    def __init__(self, signal_type: SignalType, index_type: "_Builder", entries: Iterable[Entry]) -> None:
        self._parse = signal_type.parse
        by_value = self._by_value(entries)
        self._index: Index = index_type.build([*by_value], radius=signal_type.radius)
        self._positions = {value: position for position, value in enumerate(by_value)}
        self._held = {position: tuple(group) for position, group in enumerate(by_value.values())}

    def __len__(self) -> int:
        return len(self._held)

    def values(self) -> tuple[str, ...]:
        return tuple(self._positions)

    def _by_value(self, entries: Iterable[Entry]) -> dict[str, list[Entry]]:
        by_value: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_value[self._parse(entry.value)].append(entry)
        return by_value

    def near(self, values: Sequence[str]) -> Iterator[list[tuple[Hit, tuple[Entry, ...]]]]:
        """Yield, for each value, how each known value near it was hit, and its entries."""
        for hits in self._index.lookup(values):
            yield [(hit, self._held.get(hit.position, ())) for hit in hits]

    def put(self, entries: Iterable[Entry]) -> None:
        """Add entries, each under the canonical form of its value."""
        by_value = self._by_value(entries)
        for value in by_value.keys() & self._positions.keys():
            self._held[self._positions[value]] += tuple(by_value.pop(value))
        if by_value:
            first = self._index.add([*by_value])
            for position, (value, group) in enumerate(by_value.items(), first):
                self._held[position] = tuple(group)
                self._positions[value] = position

    def drop(self, entry: Entry) -> None:
        """Take one entry out again: that very one, for what replaced it may have the same value."""
        value = self._parse(entry.value)
        position = self._positions[value]
        left = tuple(one for one in self._held[position] if one is not entry)
        if left:
            self._held[position] = left
        else:
            self._index.discard([position])
            del self._held[position], self._positions[value]


class _Builder:
    """Builds an index, or opens the one that an earlier process left."""

    def __init__(self, index_type: IndexType, folder: Path | None) -> None:
        self._index_type = index_type
        self._folder = folder

    def build(self, values: Sequence[str], *, radius: int) -> Index:
        lasting: object = self._index_type
        if self._folder is not None and len(values) >= WORTH_KEEPING and isinstance(lasting, Lasting):
            # A file that cannot be written, or is being written by another worker, costs time and no answer.
            with suppress(OSError, ConflictError):
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                return lasting.open_or_build(self._folder, values, radius=radius)
        return self._index_type.build(values, radius=radius)


def _why_unsearchable(name: str, signal_types: Mapping[str, SignalType], index_types: Mapping[str, IndexType]) -> str:
    if name not in signal_types:
        return f"no signal type {name!r} is installed; install the package that brings it"
    index = signal_types[name].index
    if index not in index_types:
        return f"signal type {name!r} wants the index {index!r}; install the package that brings it"
    return ""


def _at(match: Match, hit: Hit) -> Match:
    return replace(match, located=hit.located, spans=hit.runs) if hit.located or hit.runs else match


def _nearest_first(match: Match) -> tuple[int, str, str]:
    return match.distance, match.bank, match.entry
