"""One claim: what is said of it, how well it is known, what else could explain it."""

from dataclasses import dataclass
from enum import StrEnum

from abate.measurement.claims.evidence import Evidence, token
from abate.measurement.claims.sentence import Sentence, say
from abate.measurement.footing import Json


class Verdict(StrEnum):
    """How well a claim is known. It says nothing about whether the claim is true: that is :class:`Holds`."""

    MEASURED = "measured"
    CONSISTENT = "consistent with"
    SCENARIO = "scenario"
    UNSEEN = "cannot be seen from here"


class Holds(StrEnum):
    """Whether the numbers are on the claim's side."""

    YES = "yes"
    NO = "no"
    OPEN = "open"
    """The interval holds both, or nothing was measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A row of the page."""

    name: str
    """``presence``, ``following``, ``enforcement``, ``recruitment``, ``disillusion``, ``threats``, ``growth``."""
    verdict: Verdict
    holds: Holds
    sentence: Sentence
    brief: tuple[Sentence, ...] = ()
    """The estimate in a few signs for the row of all seven, and beside it the truth where an invented year knows it."""
    details: tuple[Sentence, ...] = ()
    rival: Sentence
    """The strongest rival explanation."""
    mind: Sentence
    """What would change our mind."""
    truth: Sentence | None = None
    """Of an invented year: what its generator knows."""
    rests_on: tuple[str, ...] = ()
    """Names of the measures behind it, for the panel that says how far to trust them."""
    chart: str = ""
    """Name of its small chart; empty where there is nothing to draw."""

    def sentences(self) -> tuple[Sentence, ...]:
        """Return all that is said, in order."""
        last = () if self.truth is None else (self.truth,)
        return (*self.brief, self.sentence, *self.details, self.rival, self.mind, *last)

    def to_json(self) -> Json:
        """Return the row."""
        return {
            "claim": self.name,
            "verdict": self.verdict.value,
            "holds": self.holds.value,
            "brief": [one.to_json() for one in self.brief],
            "sentence": self.sentence.to_json(),
            "details": [one.to_json() for one in self.details],
            "rival": self.rival.to_json(),
            "change_our_mind": self.mind.to_json(),
            "truth": None if self.truth is None else self.truth.to_json(),
            "rests_on": list(self.rests_on),
            "chart": self.chart,
        }


def unseen(evidence: Evidence, name: str, *measures: str, details: tuple[Sentence, ...] = ()) -> Claim:
    """Return the honest grey row: why nothing can be said, and what would have to be collected.

    :param measures: what the claim would rest on; the first that says why it is missing is quoted
    :param details: what can be said beside it all the same
    """
    quoted = next((one for one in measures if one in evidence.missing), "")
    if not quoted:
        said, collect = say(evidence, "unseen.bare"), say(evidence, f"{name}.collect")
    else:
        place = f"/missing/{token(quoted)}"
        said = say(evidence, "unseen", why=(f"{place}/why", "text"))
        known = evidence.missing[quoted].collect
        collect = (
            say(evidence, "collect", what=(f"{place}/collect", "text")) if known else say(evidence, f"{name}.collect")
        )
    return Claim(
        name=name,
        verdict=Verdict.UNSEEN,
        holds=Holds.OPEN,
        sentence=said,
        details=details,
        rival=say(evidence, f"{name}.rival"),
        mind=collect,
    )


def brief(evidence: Evidence, value: str, interval: str, truth: str = "") -> tuple[Sentence, ...]:
    """Return a relative change with its interval, and the true change where it is known.

    :param value: pointer of the change, as ``interval`` and ``truth`` are of theirs
    """
    if evidence.number(value) is None or evidence.pair(interval) is None:
        return ()
    told = say(evidence, "brief.change", change=(value, "percent"), interval=(interval, "interval"))
    if not truth or evidence.number(truth) is None:
        return (told,)
    return told, say(evidence, "brief.truth", change=(truth, "percent"))


def holds_of(interval: tuple[float, float] | None, *, falls: bool = True) -> Holds:
    """Say on which side of no change an interval lies.

    :param falls: the claim is a fall; otherwise a rise
    """
    if interval is None or interval[0] <= 0 <= interval[1]:
        return Holds.OPEN
    return Holds.YES if (interval[1] < 0) == falls else Holds.NO
