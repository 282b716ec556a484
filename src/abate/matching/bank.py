"""Joins what was read off items with what the banks hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from abate.domain.bank import Bank, BankPurpose, Entry, Match
from abate.domain.signal import MIN_QUALITY, NotScanned, Signal
from abate.extend.index import Index, IndexType
from abate.extend.signal import SignalType

STEP: Final = "match"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """The entries of one signal type."""

    index: Index
    holders: tuple[tuple[Match, ...], ...]
    """For each value of the index, the match it gives in each bank that holds it, at distance 0."""


class Matcher:
    """Looks signals up in the banks of known content. Made for one state of the banks; never changes.

    Banks of designated names are passed over: they give mentions, not matches.
    """

    def __init__(
        self,
        *,
        banks: Iterable[Bank],
        entries: Iterable[Entry],
        signal_types: Mapping[str, SignalType],
        index_types: Mapping[str, IndexType],
    ) -> None:
        """Build the indexes.

        :raises InputError: when an entry's value is none of its type; entries are parsed before they are banked
        """
        known = {bank.name: bank for bank in banks if bank.purpose is BankPurpose.KNOWN}
        by_type: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.bank in known:
                by_type[entry.signal_type].append(entry)
        self._known: dict[str, _Known] = {}
        self._unsearchable: dict[str, NotScanned] = {}
        for name, group in by_type.items():
            reason = _why_unsearchable(name, signal_types, index_types)
            if reason:
                self._unsearchable[name] = NotScanned(step=STEP, reason=reason)
            else:
                signal_type = signal_types[name]
                self._known[name] = _build(group, known, signal_type, index_types[signal_type.index])

    def __len__(self) -> int:
        """Return how many different values can be matched."""
        return sum(len(known.index) for known in self._known.values())

    def match(self, signals: Sequence[Sequence[Signal]]) -> list[tuple[Match, ...]]:
        """Return, for each item's signals, its matches, nearest first.

        Signals below ``MIN_QUALITY`` match nothing: a flat picture resembles every other. Entries of equal value in one
        bank are one match, vouched for by all their sources together.
        """
        found: list[dict[tuple[str, str], Match]] = [{} for _ in signals]
        for name, known in self._known.items():
            self._match_type(name, known, signals, found)
        return [tuple(sorted(item.values(), key=_nearest_first)) for item in found]

    def not_scanned(self, signals: Sequence[Signal]) -> tuple[NotScanned, ...]:
        """Return why some of an item's signals could not be looked up although banks hold entries of their type."""
        names = dict.fromkeys(signal.type for signal in signals if signal.quality >= MIN_QUALITY)
        return tuple(self._unsearchable[name] for name in names if name in self._unsearchable)

    @staticmethod
    def _match_type(
        name: str, known: _Known, signals: Sequence[Sequence[Signal]], found: list[dict[tuple[str, str], Match]]
    ) -> None:
        """Look up all signals of one type together, each value once however many items carry it."""
        askers: dict[str, list[int]] = defaultdict(list)
        for item, own in enumerate(signals):
            for signal in own:
                if signal.type == name and signal.quality >= MIN_QUALITY:
                    askers[signal.value].append(item)
        if not askers:
            return
        for items, hits in zip(askers.values(), known.index.lookup([*askers]), strict=True):
            matches = [_at(match, hit.distance) for hit in hits for match in known.holders[hit.position]]
            for item in items:
                for match in matches:
                    key = (match.bank, match.entry)
                    if key not in found[item] or found[item][key].distance > match.distance:
                        found[item][key] = match


def _why_unsearchable(name: str, signal_types: Mapping[str, SignalType], index_types: Mapping[str, IndexType]) -> str:
    if name not in signal_types:
        return f"no signal type {name!r} is installed; install the package that brings it"
    index = signal_types[name].index
    if index not in index_types:
        return f"signal type {name!r} wants the index {index!r}; install the package that brings it"
    return ""


def _build(
    entries: Sequence[Entry], banks: Mapping[str, Bank], signal_type: SignalType, index_type: IndexType
) -> _Known:
    by_value: dict[str, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        by_value[signal_type.parse(entry.value)][entry.bank].append(entry)
    holders = tuple(
        tuple(_joined(group, banks[bank]) for bank, group in sorted(by_bank.items())) for by_bank in by_value.values()
    )
    return _Known(index=index_type.build([*by_value], radius=signal_type.radius), holders=holders)


def _joined(group: Sequence[Entry], bank: Bank) -> Match:
    """Return the match that entries of one value in one bank give: the oldest entry, all sources."""
    oldest = min(group, key=lambda entry: (entry.added_at, entry.id))
    sources = {source for entry in group for source in entry.sources}
    return Match(
        bank=bank.name,
        entry=oldest.id,
        signal_type=oldest.signal_type,
        distance=0,
        sources=tuple(sorted(sources)),
        group=bank.group,
        label=oldest.label,
    )


def _at(match: Match, distance: int) -> Match:
    return match if distance == 0 else replace(match, distance=distance)


def _nearest_first(match: Match) -> tuple[int, str, str]:
    return match.distance, match.bank, match.entry
