"""The page's content: what was looked at, the seven claims in their order, and how far each may be trusted."""

from dataclasses import dataclass

from abate.measurement.claims.claim import Claim
from abate.measurement.claims.enforcement import enforcement_contributed
from abate.measurement.claims.evidence import Evidence, token
from abate.measurement.claims.fell import following_fell, presence_fell
from abate.measurement.claims.outside import fewer_threats, uncurbed_it_grows
from abate.measurement.claims.people import disillusioned_and_rejected, support_feeds_recruitment
from abate.measurement.claims.sentence import Sentence, say
from abate.measurement.footing import SCHEMA, Json

ORDER = (
    presence_fell,
    following_fell,
    enforcement_contributed,
    support_feeds_recruitment,
    disillusioned_and_rejected,
    fewer_threats,
    uncurbed_it_grows,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """How far to trust one measure, in its own words."""

    measure: str
    method: Sentence
    assumptions: tuple[Sentence, ...]
    warnings: tuple[Sentence, ...]
    checks: tuple[Sentence, ...]
    """Calibrated or not, placebo coverage, the smallest change that it could have seen."""

    def sentences(self) -> tuple[Sentence, ...]:
        """Return all that is said, in order."""
        return (self.method, *self.checks, *self.assumptions, *self.warnings)


@dataclass(frozen=True, kw_only=True, slots=True)
class SevenClaims:
    """What the page says."""

    frame: tuple[Sentence, ...]
    claims: tuple[Claim, ...]
    trust: dict[str, Trust]
    """By measure: of all that any claim rests on, and of what is drawn besides."""
    evidence: Evidence

    def sentences(self) -> tuple[Sentence, ...]:
        """Return every sentence of the page."""
        told = [one for claim in self.claims for one in claim.sentences()]
        trusted = [one for trust in self.trust.values() for one in trust.sentences()]
        return (*self.frame, *told, *trusted)

    def to_json(self) -> Json:
        """Return sentences and numbers; every pointer in the one leads into the other."""
        return {
            "schema": SCHEMA,
            "frame": [one.to_json() for one in self.frame],
            "claims": [claim.to_json() for claim in self.claims],
            "trust": {name: [one.to_json() for one in trust.sentences()] for name, trust in sorted(self.trust.items())},
            "numbers": self.evidence.document,
        }


def seven_claims(evidence: Evidence) -> SevenClaims:
    """Judge the evidence."""
    claims = tuple(judge(evidence) for judge in ORDER)
    measures = [name for name, answer in evidence.answers.items() if "assumptions" in answer]
    return SevenClaims(
        frame=tuple(frame(evidence)),
        claims=claims,
        trust={name: trust_in(evidence, name) for name in measures},
        evidence=evidence,
    )


def frame(evidence: Evidence) -> list[Sentence]:
    """Say what was looked at and what was not, before any claim."""
    out = []
    if evidence.rows("/frame/platforms/seen"):
        out.append(say(evidence, "frame.seen", platforms=("/frame/platforms/seen", "names")))
    if evidence.rows("/frame/platforms/unseen"):
        out.append(say(evidence, "frame.unseen", platforms=("/frame/platforms/unseen", "names")))
    else:
        out.append(say(evidence, "frame.unseen.none"))
    out += _collectors(evidence)
    if evidence.get("/frame/last_complete_week") is not None:
        out.append(say(evidence, "frame.last", week=("/frame/last_complete_week", "day")))
    else:
        out.append(say(evidence, "frame.last.none"))
    if evidence.number("/frame/weeks_without_check"):
        out.append(say(evidence, "frame.missing", weeks=("/frame/weeks_without_check", "count")))
    return out + _plan(evidence)


def _collectors(evidence: Evidence) -> list[Sentence]:
    changes = [
        say(
            evidence,
            "frame.collector",
            kind=(f"/frame/collectors/{place}/kind", "text"),
            day=(f"/frame/collectors/{place}/date", "day"),
        )
        for place, _ in enumerate(evidence.rows("/frame/collectors"))
    ]
    if len(evidence.rows("/frame/collector_versions")) > 1:
        changes.append(say(evidence, "frame.versions", versions=("/frame/collector_versions", "names")))
    return changes or [say(evidence, "frame.collector.none")]


def _plan(evidence: Evidence) -> list[Sentence]:
    if not evidence.has("plan"):
        return [say(evidence, "frame.no_plan")]
    out = []
    if evidence.get("/plan/question"):
        out.append(say(evidence, "frame.question", question=("/plan/question", "text")))
    if evidence.get("/plan/primary"):
        out.append(say(evidence, "frame.primary", primary=("/plan/primary", "text")))
    amended = evidence.rows("/plan/amendments")
    # What was frozen before the outcome was read is the first plan, whatever was made of it since.
    first = "/plan/amendments/0/sha256_before" if amended else "/plan/sha256"
    out.append(say(evidence, "frame.plan", day=("/plan/frozen_at", "day"), hash=(first, "hash")))
    for place, _ in enumerate(amended):
        at = f"/plan/amendments/{place}"
        out.append(say(evidence, "frame.amended", day=(f"{at}/at", "day"), fields=(f"{at}/fields", "names")))
    if amended:
        out.append(say(evidence, "frame.amended.hash", hash=("/plan/sha256", "hash")))
    return out


def trust_in(evidence: Evidence, measure: str) -> Trust:
    """Gather what a measure says of itself."""
    at = f"/{token(measure)}"
    assumptions = [_quoted(evidence, f"{at}/assumptions/{n}") for n, _ in enumerate(evidence.rows(f"{at}/assumptions"))]
    warnings = [_quoted(evidence, f"{at}/warnings/{n}/text") for n, _ in enumerate(evidence.rows(f"{at}/warnings"))]
    word = {True: "trust.calibrated", False: "trust.failed"}.get(evidence.get(f"{at}/calibrated"), "trust.unchecked")  # type: ignore[call-overload]  # any JSON value may stand there
    checks = [say(evidence, word)]
    if evidence.number(f"{at}/placebo_coverage") is not None:
        checks.append(say(evidence, "trust.placebo", coverage=(f"{at}/placebo_coverage", "size")))
    if evidence.number(f"{at}/minimum_detectable") is not None:
        checks.append(say(evidence, "trust.detectable", size=(f"{at}/minimum_detectable", "mean")))
    return Trust(
        measure=measure,
        method=_quoted(evidence, f"{at}/method"),
        assumptions=tuple(assumptions),
        warnings=tuple(warnings),
        checks=tuple(checks),
    )


def _quoted(evidence: Evidence, pointer: str) -> Sentence:
    return say(evidence, "quoted", text=(pointer, "text"))
