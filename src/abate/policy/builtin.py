"""The built-in rules: what an item's evidence proposes, and why.

What they hold to, in order of weight:

* Every match goes before a person at least (``review``).
* ``remove`` is never proposed by a rule.
* Automatic means: a ``limit``, and only for the *same file* as an entry that this platform confirmed itself or that two
  source organisations vouch for. "Same file" needs distance 0 of a type whose plug calls it proof (``verified``).
* Confirmation counts organisations, never signals: two signals computed from one item say the same thing twice.
* Words and addresses are never automatic. Quoting is what news, research and counter-speech do with words, and what
  stands behind an address changes.
* MD5 is never automatic: anybody can make an innocent file with the MD5 of a known one, and have it limited.
* A perceptual match is likeness, not identity, at any distance.
* Mentions have weight zero: they are not read here at all. Naming a group is not an offence.
* Scores rank a queue. They are not read here either.

Not here: exemptions, context and the operator's own rules, which need more than the evidence; and the caps on how much
may happen without a person, which stand in ``ceilings``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from abate.domain.bank import SELF, Match
from abate.domain.item import Kind
from abate.domain.scan import Evidence, Proposal, Reason, Verdict

MIN_OUTSIDE_SOURCES = 2
"""Organisations that must vouch for an entry which this platform did not confirm itself."""

MAX_REASONS = 12
"""Reasons that are written out; a picture next to a thousand others gets the strongest and a count."""

FILE_KINDS = frozenset({Kind.PHOTO, Kind.VIDEO, Kind.FILE})
"""Kinds whose bytes are a file somebody made. A text's bytes are words, and the same words may be a quotation."""

LONGEST_LABEL = 60
"""Letters of an entry's label that a reason repeats."""

NEVER_AUTOMATIC = {
    "md5": "MD5 collisions are made to order, so a person compares the two",
    "text": "the same words may be a quotation, so a person reads them in context",
    "url": "what stands behind an address changes, so a person looks",
}
"""Exact types that prove nothing, with why. It holds even where a plug of that name calls itself proof."""

_LABELS = {"sha256": "SHA-256", "md5": "MD5", "pdq": "PDQ", "text": "words", "url": "address"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a rule may look at besides the match it judges."""

    evidence: Evidence
    verified_types: frozenset[str]
    """Names of the signal types whose match at distance 0 proves identity."""

    def is_proof(self, match: Match) -> bool:
        """Say whether ``match`` proves that the item has the entry's very bytes."""
        proves = match.signal_type in self.verified_types and match.signal_type not in NEVER_AUTOMATIC
        return match.distance == 0 and proves

    def backers(self, match: Match) -> tuple[str, ...]:
        """Return who vouches for the bytes of ``match``, over all banks: one hash at distance 0 is one content."""
        same = (m for m in self.evidence.matches if m.signal_type == match.signal_type and m.distance == 0)
        return _distinct(source for m in same for source in m.sources)


Clause = Callable[[Match, Facts], str | None]
"""Returns the sentence for the reviewer, or ``None`` when the rule has nothing to say about this match."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One named rule. The first rule that speaks about a match is the one that counts."""

    name: str
    verdict: Verdict
    automatic: bool
    clause: Clause


def propose(evidence: Evidence, verified_types: frozenset[str]) -> Proposal:
    """Say what the rules would do with an item.

    :param verified_types: names of the signal types whose plug says ``verified``
    """
    facts = Facts(evidence=evidence, verified_types=verified_types)
    ordered = sorted(evidence.matches, key=lambda m: (m.distance, m.bank, m.entry, m.signal_type, m.sources))
    found = [_judge(match, facts) for match in ordered]
    if not found:
        return Proposal(verdict=Verdict.NONE)
    found.sort(key=lambda pair: RULES.index(pair[0]))
    strongest = found[0][0]
    reasons = tuple(dict.fromkeys(reason for _, reason in found))
    return Proposal(verdict=strongest.verdict, automatic=strongest.automatic, reasons=_shortened(reasons))


def _judge(match: Match, facts: Facts) -> tuple[Rule, Reason]:
    spoken = ((rule, rule.clause(match, facts)) for rule in RULES)
    # The last rule speaks about every match, so there always is a first.
    rule, text = next((rule, text) for rule, text in spoken if text is not None)
    return rule, Reason(rule=rule.name, text=text)


def confirmed_file(match: Match, facts: Facts) -> str | None:
    """Speak when the item is the same file as an entry that is confirmed well enough to act on for a day."""
    if not facts.is_proof(match) or facts.evidence.item.kind not in FILE_KINDS:
        return None
    backers = facts.backers(match)
    if SELF in backers:
        return f"Same file ({_label(match)}) as {_entry(match)}, confirmed by this platform."
    if len(backers) >= MIN_OUTSIDE_SOURCES:
        return f"Same file ({_label(match)}) as {_entry(match)}, confirmed by {_joined(backers)}."
    return None


def unconfirmed_file(match: Match, facts: Facts) -> str | None:
    """Speak when the item is the same file as an entry that too few vouch for."""
    if not facts.is_proof(match) or facts.evidence.item.kind not in FILE_KINDS:
        return None
    who = f"only {_joined(facts.backers(match))} vouches" if facts.backers(match) else "nobody vouches"
    return f"Same file ({_label(match)}) as {_entry(match)}; {who} for it, so a person confirms it first."


def same_words(match: Match, facts: Facts) -> str | None:
    """Speak when a text or an address is byte for byte the entry's."""
    if not facts.is_proof(match):
        return None
    return f"Same bytes ({_label(match)}) as {_entry(match)}; {NEVER_AUTOMATIC['text']}."


def exact_but_no_proof(match: Match, _facts: Facts) -> str | None:
    """Speak when the match is exact, of a type that proves nothing."""
    why = NEVER_AUTOMATIC.get(match.signal_type)
    if why is None or match.distance != 0:
        return None
    return f"Same {_label(match)} as {_entry(match)}; {why}."


def similar(match: Match, _facts: Facts) -> str | None:
    """Speak about every other match: likeness."""
    return f"Similar ({_label(match)}, distance {match.distance}) to {_entry(match)}."


RULES = (
    Rule(name="confirmed_file", verdict=Verdict.LIMIT, automatic=True, clause=confirmed_file),
    Rule(name="unconfirmed_file", verdict=Verdict.REVIEW, automatic=False, clause=unconfirmed_file),
    Rule(name="same_words", verdict=Verdict.REVIEW, automatic=False, clause=same_words),
    Rule(name="exact_but_no_proof", verdict=Verdict.REVIEW, automatic=False, clause=exact_but_no_proof),
    Rule(name="similar", verdict=Verdict.REVIEW, automatic=False, clause=similar),
)
"""Strongest first; reasons are told in this order."""


def _shortened(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    if len(reasons) <= MAX_REASONS:
        return reasons
    more = Reason(rule="more", text=f"And {len(reasons) - MAX_REASONS} more matches of these kinds.")
    return (*reasons[:MAX_REASONS], more)


def _distinct(sources: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_spelled_alike(sources))))


def _spelled_alike(sources: Iterable[str]) -> Iterator[str]:
    # One organisation must not become two by a capital or a space, nor an outsider become this platform.
    for source in sources:
        name = " ".join(source.split()).casefold()
        if source == SELF or (name and name != SELF):
            yield name


def _label(match: Match) -> str:
    return _LABELS.get(match.signal_type, match.signal_type)


def _entry(match: Match) -> str:
    # A name tells a reviewer more than an identifier; it is somebody else's, so it is quoted and kept short.
    named = f"“{match.label[:LONGEST_LABEL]}” ({match.entry})" if match.label else match.entry
    return f"entry {named} in bank {match.bank}"


def _joined(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
