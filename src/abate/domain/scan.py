"""What the pipeline says of one item, and what it proposes."""

from dataclasses import dataclass

from abate.domain.bank import Match
from abate.domain.item import Item
from abate.domain.signal import NO_CONTEXT, Context, Language, Mention, NotScanned, Score, Signal
from abate.domain.verdict import Verdict

__all__ = ["Evidence", "Proposal", "Reason", "Scan", "Verdict"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One clause of why a rule proposes what it proposes."""

    rule: str
    text: str
    """One sentence for the reviewer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What the rules would do, with reasons. A person decides, except where ``automatic`` says otherwise."""

    verdict: Verdict
    automatic: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that the rules may look at."""

    item: Item
    matches: tuple[Match, ...] = ()
    scores: tuple[Score, ...] = ()
    mentions: tuple[Mention, ...] = ()
    language: Language | None = None
    """``None`` where there is no text, or it was not read."""
    context: Context = NO_CONTEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """The pipeline's result for one item."""

    item: Item
    signals: tuple[Signal, ...] = ()
    matches: tuple[Match, ...] = ()
    scores: tuple[Score, ...] = ()
    mentions: tuple[Mention, ...] = ()
    language: Language | None = None
    """``None`` where there is no text, or it was not read."""
    context: Context = NO_CONTEXT
    proposal: Proposal
    not_scanned: tuple[NotScanned, ...] = ()

    @property
    def evidence(self) -> Evidence:
        """Return what the rules looked at, as it stands in the result."""
        return Evidence(
            item=self.item,
            matches=self.matches,
            scores=self.scores,
            mentions=self.mentions,
            language=self.language,
            context=self.context,
        )
