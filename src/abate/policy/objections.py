"""What speaks against a match, and how much it may still propose. The rules never see more than is left here.

- **A negative entry** says no to a match of the same signal type that is not nearer than itself, and to every match
  where the item is its very file. The match then proposes nothing. Two cases go to a person instead: this platform
  backs the entry and not the negative one, or fewer organisations say no than yes. Otherwise one poisoned list of
  "harmless" content would silence whatever others confirmed.
- **An opinion** that this platform disputes the entry leaves nothing of its matches: it has looked. Anybody else's
  dispute leaves a review, however many they are: outsiders can make us look, not look away.
- **An entry set aside** because it suddenly matched everything leaves a review.
- **A bank's ceiling** is the most that any of its matches proposes.

Nothing acts without a person on an item that any negative entry says no about, near or far.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from abate.domain.bank import SELF, EntryState, Match, Stance
from abate.domain.scan import Evidence, Verdict

NEVER_AUTOMATIC = {
    "md5": "MD5 collisions are made to order, so a person compares the two",
    "text": "the same words may be a quotation, so a person reads them in context",
    "near_text": "the same words may be a quotation, so a person reads them in context",
    "term": "a phrase is also quoted and answered, so a person reads it in context",
    "url": "what stands behind an address changes, so a person looks",
    "invite": "who stands behind an invitation changes, so a person looks",
    "domain": "one page of a site says little about another, so a person looks",
}
"""Exact types that prove nothing, with why. It holds even where a plug of that name calls itself proof."""

LONGEST_LABEL = 60
"""Letters of an entry's label that a reason repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weight:
    """What is left of a match."""

    most: Verdict
    """The most that it may propose."""
    held_back: str = ""
    """What an entry or a source says against it, one sentence."""
    ceiling: str = ""
    """What the bank's ceiling says, one sentence, where that is what binds."""


def is_proof(match: Match, verified_types: frozenset[str]) -> bool:
    """Say whether ``match`` proves that the item has the entry's very bytes."""
    proves = match.signal_type in verified_types and match.signal_type not in NEVER_AUTOMATIC
    return match.distance == 0 and proves


def weights(evidence: Evidence, verified_types: frozenset[str]) -> tuple[Weight, ...]:
    """Say what is left of each match among all matches of its item, in their order."""
    noes = [match for match in evidence.matches if says_no(match)]
    return tuple(_weight(match, noes, verified_types) for match in evidence.matches)


def weighed(evidence: Evidence, verified_types: frozenset[str]) -> tuple[Match, ...]:
    """Return the matches, each with the most that it may propose and why that is less than its bank's ceiling."""
    left = zip(evidence.matches, weights(evidence, verified_types), strict=True)
    return tuple(replace(match, most=weight.most, held_back=weight.held_back) for match, weight in left)


def _weight(match: Match, noes: Sequence[Match], verified_types: frozenset[str]) -> Weight:
    # Of equally strong ones the first: they come in the order of how much they tell a reviewer.
    most, text = min(
        _objections(match, noes, verified_types), key=lambda pair: pair[0].severity, default=(Verdict.REMOVE, "")
    )
    if match.ceiling.severity < most.severity:
        ceiling = f"Bank {match.bank} proposes {match.ceiling.value} at most."
        return Weight(most=match.ceiling, held_back=text, ceiling=ceiling)
    return Weight(most=most, held_back=text)


def _objections(match: Match, noes: Sequence[Match], verified_types: frozenset[str]) -> Iterator[tuple[Verdict, str]]:
    if match.stance is Stance.NEGATIVE:
        yield Verdict.NONE, f"Known look-alike: {named(match)} says no."
        return
    against = [no for no in noes if _answers(no, match, verified_types)]
    if against:
        yield _told_no(match, against)
    if who := distinct(match.disputers):
        yield _disputed(match, who)
    if match.state is EntryState.QUARANTINED:
        yield Verdict.REVIEW, f"{_capital(named(match))} suddenly matched too much and is set aside: a person decides."
    if noes and not against:
        yield (
            Verdict.REVIEW,
            f"{_capital(named(noes[0]))} says no about this item, though not to this: a person decides.",
        )


def says_no(match: Match) -> bool:
    """Say whether ``match`` is one with a negative entry that is not itself refuted."""
    if match.stance is not Stance.NEGATIVE:
        return False
    disputing = distinct(match.disputers)
    return SELF not in disputing and (not disputing or len(disputing) < len(distinct(match.sources)))


def _answers(no: Match, match: Match, verified_types: frozenset[str]) -> bool:
    """Say whether the no is meant for ``match``: the very file, or of the same type and not farther."""
    return is_proof(no, verified_types) or (no.signal_type == match.signal_type and no.distance <= match.distance)


def _told_no(match: Match, against: Sequence[Match]) -> tuple[Verdict, str]:
    nearest = min(against, key=lambda no: (SELF not in no.sources, no.distance, no.bank, no.entry))
    said = f"{_capital(named(nearest))} says no to {named(match)}: distance {nearest.distance} to {match.distance}"
    yes, no = distinct(match.sources), distinct(source for other in against for source in other.sources)
    if SELF in no:
        return Verdict.NONE, f"{said}, and this platform says so."
    if SELF in yes:
        return Verdict.REVIEW, f"{said}, but this platform confirmed the other: a person decides."
    if no and len(no) >= len(yes):
        return Verdict.NONE, f"{said}, and {joined(no)} says so." if len(no) == 1 else f"{said}; {joined(no)} say so."
    return Verdict.REVIEW, f"{said}, but more vouch for the other: a person decides."


def _disputed(match: Match, who: Sequence[str]) -> tuple[Verdict, str]:
    if SELF in who:
        return Verdict.NONE, f"This platform disputes {named(match)}."
    return Verdict.REVIEW, f"{_capital(named(match))} is disputed by {joined(who)}: a person decides."


def distinct(sources: Iterable[str]) -> tuple[str, ...]:
    """Return the organisations, each once however it is spelled."""
    return tuple(sorted(set(_spelled_alike(sources))))


def _spelled_alike(sources: Iterable[str]) -> Iterator[str]:
    # One organisation must not become two by a capital or a space, nor an outsider become this platform.
    for source in sources:
        name = " ".join(source.split()).casefold()
        if source == SELF or (name and name != SELF):
            yield name


def named(match: Match) -> str:
    """Return an entry as a reason calls it. A name is somebody else's, so it is quoted and kept short."""
    called = f"“{match.label[:LONGEST_LABEL]}” ({match.entry})" if match.label else match.entry
    return f"entry {called} in bank {match.bank}"


def joined(names: Sequence[str]) -> str:
    """Return names as a sentence lists them; at least one."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
