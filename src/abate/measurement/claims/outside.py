"""Claims six and seven: threats outside, and what would have been. An association at most; a scenario always."""

from abate.measurement.claims.claim import Claim, Holds, Verdict, holds_of, unseen
from abate.measurement.claims.evidence import Evidence
from abate.measurement.claims.sentence import Sentence, say


def fewer_threats(evidence: Evidence) -> Claim:
    """Say whether incidents and presence move together, and never more than that."""
    interval = evidence.pair("/threat/interval")
    if interval is None or evidence.number("/threat/lag") is None:
        return unseen(evidence, "threats", "threat")
    holds = holds_of(interval, falls=False)
    word = {Holds.YES: "with", Holds.NO: "against", Holds.OPEN: "open"}[holds]
    sentence = say(
        evidence,
        f"threats.{word}",
        lag=("/threat/lag", "count"),
        times=("/threat/coefficient", "times of log"),
        interval=("/threat/interval", "times of log interval"),
    )
    return Claim(
        name="threats",
        verdict=Verdict.CONSISTENT,
        holds=holds,
        sentence=sentence,
        brief=(
            say(
                evidence,
                "brief.times",
                times=("/threat/coefficient", "times of log"),
                interval=("/threat/interval", "times of log interval"),
            ),
        ),
        details=(say(evidence, "threats.detail"),),
        rival=say(evidence, "threats.rival"),
        mind=say(evidence, "threats.mind"),
        truth=_true_association(evidence),
        rests_on=("threat",),
    )


def _true_association(evidence: Evidence) -> Sentence | None:
    if evidence.number("/truth/threat/coefficient") is None or evidence.number("/truth/threat/lag") is None:
        return None
    times, lag = ("/truth/threat/coefficient", "times of log"), ("/truth/threat/lag", "count")
    return say(evidence, "threats.truth", times=times, lag=lag)


def uncurbed_it_grows(evidence: Evidence) -> Claim:
    """Carry the weeks before on. Always a scenario, whatever the interval says."""
    if not evidence.has("growth"):
        return unseen(evidence, "growth", "growth")
    rate = {"weekly": ("/growth/weekly", "percent"), "interval": ("/growth/interval", "interval")}
    short = say(evidence, "brief.weekly", change=rate["weekly"], interval=rate["interval"])
    details = []
    if evidence.get("/growth/at_end") is None or evidence.get("/intervention") is None:
        sentence = say(evidence, "growth.scenario.bare", fitted=("/growth/fitted/weeks", "count"), **rate)
    else:
        sentence = say(
            evidence,
            "growth.scenario",
            fitted=("/growth/fitted/weeks", "count"),
            day=("/intervention/date", "day"),
            value=("/growth/at_end/value", "mean"),
            value_interval=("/growth/at_end/interval", "mean interval"),
            end=("/growth/at_end/week", "day"),
            **rate,
        )
    if evidence.number("/growth/doubling_weeks") is not None:
        details.append(say(evidence, "growth.doubling", doubling=("/growth/doubling_weeks", "mean")))
    truth = None
    if evidence.number("/truth/growth_at_end") is not None:
        truth = say(evidence, "growth.truth", value=("/truth/growth_at_end", "count"))
    return Claim(
        name="growth",
        verdict=Verdict.SCENARIO,
        holds=holds_of(evidence.pair("/growth/interval"), falls=False),
        brief=(short,),
        sentence=sentence,
        details=tuple(details),
        rival=say(evidence, "growth.rival"),
        mind=say(evidence, "growth.mind"),
        truth=truth,
        rests_on=("growth",),
        chart="growth",
    )
