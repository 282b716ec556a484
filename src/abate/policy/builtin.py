"""The built-in rules: what an item's evidence proposes, and why.

What they hold to, in order of weight:

* Every match goes before a person at least (``review``), unless something says no to it (``objections``).
* ``remove`` is never proposed by a rule.
* Automatic means: a ``limit``, and only for the *same file* as an entry that this platform confirmed itself or that two
  source organisations vouch for. "Same file" needs distance 0 of a type whose plug calls it proof (``verified``).
* Confirmation counts organisations, never signals: two signals computed from one item say the same thing twice.
* Words and addresses are never automatic. Quoting is what news, research and counter-speech do with words, and what
  stands behind an address changes.
* MD5 is never automatic: anybody can make an innocent file with the MD5 of a known one, and have it limited.
* A perceptual match is likeness, not identity, at any distance.
* Mentions have weight zero: they are not read here at all. Naming a group is not an offence.
* Scores rank a queue, and put an item before a person at most, unless its context protects it (``guard``).
* What may act is read off files alone. No text, language, score or context changes what is automatic, in either
  direction: whoever writes a caption would otherwise decide it.

Not here: the operator's own rules, which need more than the evidence; and the caps on how much may happen without a
person, which stand in ``ceilings``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from abate.domain.bank import SELF, Match
from abate.domain.item import Kind
from abate.domain.scan import Evidence, Proposal, Reason, Verdict
from abate.policy import ceilings, guard
from abate.policy.objections import NEVER_AUTOMATIC, Weight, distinct, is_proof, joined, named, weights

MIN_OUTSIDE_SOURCES = 2
"""Organisations that must vouch for an entry which this platform did not confirm itself."""

MAX_REASONS = 12
"""Reasons that are written out; a picture next to a thousand others gets the strongest and a count."""

FILE_KINDS = frozenset({Kind.PHOTO, Kind.VIDEO, Kind.FILE})
"""Kinds whose bytes are a file somebody made. A text's bytes are words, and the same words may be a quotation."""

_LABELS = {
    "sha256": "SHA-256",
    "md5": "MD5",
    "pdq": "PDQ",
    "text": "words",
    "near_text": "wording",
    "term": "phrase",
    "url": "address",
    "invite": "invitation",
    "domain": "domain",
}

_LAST = 2**31
"""The rank of what is said of no match."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a rule may look at besides the match it judges."""

    evidence: Evidence
    verified_types: frozenset[str]
    """Names of the signal types whose match at distance 0 proves identity."""

    lent: Mapping[str, tuple[str, ...]]
    """Who vouches for the exact matches of each signal type that may act themselves."""

    def is_proof(self, match: Match) -> bool:
        """Say whether ``match`` proves that the item has the entry's very bytes."""
        return is_proof(match, self.verified_types)

    def backers(self, match: Match) -> tuple[str, ...]:
        """Return who vouches for the bytes of ``match``, over all banks: one hash at distance 0 is one content.

        Others lend their organisations only where they might act themselves: not out of a bank that is kept below that,
        and not an entry that is disputed or set aside.
        """
        return distinct((*match.sources, *self.lent.get(match.signal_type, ())))


Clause = Callable[[Match, Facts], str | None]
"""Returns the sentence for the reviewer, or ``None`` when the rule has nothing to say about this match."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One named rule. The first rule that speaks about a match is the one that counts."""

    name: str
    verdict: Verdict
    automatic: bool
    clause: Clause


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judged:
    """What a rule's word about one match came to."""

    verdict: Verdict
    automatic: bool
    rank: int
    """The rule's place; behind all of them where no rule was asked."""
    reasons: tuple[Reason, ...]

    @property
    def order(self) -> tuple[int, bool, int]:
        """Return what puts the strongest first."""
        return -self.verdict.severity, not self.automatic, self.rank


def propose(evidence: Evidence, verified_types: frozenset[str], rules: "Sequence[Rule] | None" = None) -> Proposal:
    """Say what the rules would do with an item.

    :param verified_types: names of the signal types whose plug says ``verified``
    :param rules: strongest first; the built-in ones where none are given. Whatever they say is held under what is left
        of each match.
    """
    left = list(zip(evidence.matches, weights(evidence, verified_types), strict=True))
    facts = Facts(evidence=evidence, verified_types=verified_types, lent=_lent(left))
    judged = [
        _judge(match, weight, facts, RULES if rules is None else rules) for match, weight in sorted(left, key=_key)
    ]
    scored = guard.heard(evidence)
    judged.append(_Judged(verdict=Verdict.REVIEW, automatic=False, rank=_LAST, reasons=scored) if scored else None)
    found = sorted((one for one in judged if one is not None), key=lambda one: one.order)
    if not found:
        return Proposal(verdict=Verdict.NONE)
    reasons = tuple(dict.fromkeys(reason for one in found for reason in one.reasons))
    return Proposal(verdict=found[0].verdict, automatic=found[0].automatic, reasons=_shortened(reasons))


def _key(pair: tuple[Match, Weight]) -> tuple[int, str, str, str, tuple[str, ...]]:
    match = pair[0]
    return match.distance, match.bank, match.entry, match.signal_type, match.sources


def _lent(left: Iterable[tuple[Match, Weight]]) -> Mapping[str, tuple[str, ...]]:
    lent: dict[str, set[str]] = defaultdict(set)
    for match, weight in left:
        if match.distance == 0 and weight.most.severity >= Verdict.LIMIT.severity:
            lent[match.signal_type].update(match.sources)
    return {name: tuple(sources) for name, sources in lent.items()}


def _judge(match: Match, weight: Weight, facts: Facts, rules: "Sequence[Rule]") -> _Judged | None:
    """Ask the rules about one match, and hold what they say under what is left of it."""
    against = [("objection", weight.held_back), ("bank_ceiling", weight.ceiling)]
    heard = tuple(Reason(rule=name, text=text) for name, text in against if text)
    if weight.most is Verdict.NONE:
        return _Judged(verdict=Verdict.NONE, automatic=False, rank=len(rules), reasons=heard)
    for rank, rule in enumerate(rules):
        text = rule.clause(match, facts)
        if text is not None:
            verdict, automatic = ceilings.under(rule.verdict, weight.most, automatic=rule.automatic)
            told = heard if weight.held_back or verdict is not rule.verdict else ()
            reasons = (Reason(rule=rule.name, text=text), *told)
            return _Judged(verdict=verdict, automatic=automatic, rank=rank, reasons=reasons)
    return None


def confirmed_file(match: Match, facts: Facts) -> str | None:
    """Speak when the item is the same file as an entry that is confirmed well enough to act on for a day."""
    if not facts.is_proof(match) or facts.evidence.item.kind not in FILE_KINDS:
        return None
    backers = facts.backers(match)
    if SELF in backers:
        return f"Same file ({_label(match)}) as {named(match)}, confirmed by this platform."
    if len(backers) >= MIN_OUTSIDE_SOURCES:
        return f"Same file ({_label(match)}) as {named(match)}, confirmed by {joined(backers)}."
    return None


def unconfirmed_file(match: Match, facts: Facts) -> str | None:
    """Speak when the item is the same file as an entry that too few vouch for."""
    if not facts.is_proof(match) or facts.evidence.item.kind not in FILE_KINDS:
        return None
    who = f"only {joined(facts.backers(match))} vouches" if facts.backers(match) else "nobody vouches"
    return f"Same file ({_label(match)}) as {named(match)}; {who} for it, so a person confirms it first."


def same_words(match: Match, facts: Facts) -> str | None:
    """Speak when a text or an address is byte for byte the entry's."""
    if not facts.is_proof(match):
        return None
    return f"Same bytes ({_label(match)}) as {named(match)}; {NEVER_AUTOMATIC['text']}."


def exact_but_no_proof(match: Match, _facts: Facts) -> str | None:
    """Speak when the match is exact, of a type that proves nothing."""
    why = NEVER_AUTOMATIC.get(match.signal_type)
    if why is None or match.distance != 0:
        return None
    return f"Same {_label(match)} as {named(match)}; {why}."


def similar(match: Match, _facts: Facts) -> str | None:
    """Speak about every other match: likeness."""
    return f"Similar ({_label(match)}, distance {match.distance}) to {named(match)}."


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


def _label(match: Match) -> str:
    return _LABELS.get(match.signal_type, match.signal_type)
