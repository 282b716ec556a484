"""Claim three: enforcement contributed. A causal verb needs passing placebos and platforms that were left alone."""

from abate.measurement.claims.claim import Claim, Holds, Verdict, brief, holds_of, unseen
from abate.measurement.claims.evidence import Evidence
from abate.measurement.claims.sentence import Sentence, say


def enforcement_contributed(evidence: Evidence) -> Claim:
    """Say what coincided with the intervention, and whether more can be said."""
    if evidence.pair("/effect/relative_interval") is not None and evidence.get("/intervention") is not None:
        return _against_counterfactual(evidence)
    if evidence.get("/since_presence/event") is not None:
        holds = holds_of(evidence.pair("/since_presence/relative_interval"))
        if holds is Holds.YES:
            return _only_before_and_after(evidence)
    return unseen(evidence, "enforcement", "effect", "since_presence", "presence")


def may_name_a_cause(evidence: Evidence) -> bool:
    """Say whether the design allows a causal verb: the placebos pass, and the controls were left alone."""
    return evidence.get("/effect/calibrated") is True and bool(evidence.rows("/intervention/unaffected_controls"))


def _against_counterfactual(evidence: Evidence) -> Claim:
    holds = holds_of(evidence.pair("/effect/relative_interval"))
    causal = may_name_a_cause(evidence) and holds is Holds.YES
    key = "reduced" if causal else {Holds.YES: "coincided", Holds.NO: "rose", Holds.OPEN: "open"}[holds]
    sentence = say(
        evidence,
        f"enforcement.{key}",
        kind=("/intervention/kind", "text"),
        day=("/intervention/date", "day"),
        weeks=("/effect/periods", "count"),
        change=("/effect/relative", "percent" if holds is Holds.OPEN else "size"),
        interval=("/effect/relative_interval", "fall interval" if holds is Holds.YES else "interval"),
    )
    return Claim(
        name="enforcement",
        verdict=Verdict.MEASURED if causal else Verdict.CONSISTENT,
        holds=holds,
        brief=brief(evidence, "/effect/relative", "/effect/relative_interval", "/truth/effect"),
        sentence=sentence,
        details=tuple(_details(evidence, holds, causal=causal)),
        rival=say(evidence, "enforcement.rival"),
        mind=say(evidence, "enforcement.mind"),
        truth=_truth(evidence),
        rests_on=("effect",),
        chart="effect",
    )


def _details(evidence: Evidence, holds: Holds, *, causal: bool) -> list[Sentence]:
    out = []
    if not causal and holds is Holds.YES:
        passing = evidence.get("/effect/calibrated") is True
        out.append(say(evidence, "enforcement.why" if passing else "enforcement.why.placebos"))
    if evidence.rows("/intervention/risen_controls"):
        out.append(say(evidence, "enforcement.risen", names=("/intervention/risen_controls", "names")))
    if evidence.number("/effect/placebo_coverage") is not None:
        out.append(say(evidence, "enforcement.placebos", coverage=("/effect/placebo_coverage", "size")))
    if evidence.number("/effect/minimum_detectable_relative") is not None:
        size = ("/effect/minimum_detectable_relative", "size")
        out.append(say(evidence, "enforcement.detectable", size=size))
    return out


def _only_before_and_after(evidence: Evidence) -> Claim:
    sentence = say(
        evidence,
        "enforcement.coincided.before",
        kind=("/since_presence/event/kind", "text"),
        day=("/since_presence/event/date", "day"),
        change=("/since_presence/relative", "size"),
        interval=("/since_presence/relative_interval", "fall interval"),
    )
    return Claim(
        name="enforcement",
        verdict=Verdict.CONSISTENT,
        holds=Holds.OPEN,
        brief=brief(evidence, "/since_presence/relative", "/since_presence/relative_interval"),
        sentence=sentence,
        rival=say(evidence, "enforcement.rival"),
        mind=say(evidence, "enforcement.mind"),
        truth=_truth(evidence),
        rests_on=("since_presence",),
        chart="presence",
    )


def _truth(evidence: Evidence) -> Sentence | None:
    if evidence.number("/truth/effect") is None:
        return None
    return say(evidence, "enforcement.truth", change=("/truth/effect", "percent"))
