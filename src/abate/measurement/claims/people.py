"""Claims four and five: recruitment, and disillusion. Neither ever claims a cause, and both end where sight ends."""

from abate.measurement.claims.claim import Claim, Holds, Verdict, holds_of, unseen
from abate.measurement.claims.evidence import Evidence
from abate.measurement.claims.sentence import Sentence, say

_PAST_READING = frozenset({"invite_link", "contact"})
"""Stages that lie past reading and coming back."""


def support_feeds_recruitment(evidence: Evidence) -> Claim:
    """Say how far the stages can be seen, which is never as far as joining.

    Where no invitation and no contact is seen the row stays grey, whatever is known of those who came back.
    """
    stage = _furthest_stage(evidence)
    if stage is None:
        return unseen(evidence, "recruitment", "recruitment")
    before, here = f"/recruitment/stages/{stage - 1}", f"/recruitment/stages/{stage}"
    past = evidence.get("/recruitment/sight_ends") in _PAST_READING
    figures = {
        "before": (f"{before}/name", "text"),
        "whole": (f"{before}/count", "count"),
        "stage": (f"{here}/name", "text"),
        "rate": (f"{here}/rate", "size"),
        "interval": (f"{here}/interval", "interval"),
    }
    if past:
        sentence = say(evidence, "recruitment.stages", ends=("/recruitment/sight_ends", "text"), **figures)
    else:
        sentence = say(evidence, "recruitment.readers", **figures)
    return Claim(
        name="recruitment",
        verdict=Verdict.CONSISTENT if past else Verdict.UNSEEN,
        holds=Holds.OPEN,
        sentence=sentence,
        details=(say(evidence, "recruitment.detail"),) if past else (),
        rival=say(evidence, "recruitment.rival"),
        mind=say(evidence, "recruitment.mind" if past else "recruitment.collect"),
        truth=_true_contacts(evidence, here),
        rests_on=("recruitment",),
        chart="recruitment" if past else "",
    )


def _true_contacts(evidence: Evidence, stage: str) -> Sentence | None:
    """Return how many of those invited made contact, beside an estimate of just that."""
    known = all(evidence.number(f"/truth/recruitment/{name}") is not None for name in ("invited", "contacted"))
    if not known or evidence.get(f"{stage}/name") != "contact":
        return None
    contacted, invited = ("/truth/recruitment/contacted", "count"), ("/truth/recruitment/invited", "count")
    return say(evidence, "recruitment.truth", contacted=contacted, invited=invited)


def _furthest_stage(evidence: Evidence) -> int | None:
    """Return the last stage that has a rate with an interval and a stage before it."""
    seen = [
        place
        for place, _ in enumerate(evidence.rows("/recruitment/stages"))
        if place
        and evidence.number(f"/recruitment/stages/{place}/rate") is not None
        and evidence.pair(f"/recruitment/stages/{place}/interval") is not None
        and evidence.number(f"/recruitment/stages/{place - 1}/count") is not None
    ]
    return seen[-1] if seen and evidence.get("/recruitment/sight_ends") is not None else None


def disillusioned_and_rejected(evidence: Evidence) -> Claim:
    """Say how the supportive share of replies changed, within channels and by which channels there are."""
    interval = evidence.pair("/stance/change/interval")
    if interval is None:
        return unseen(evidence, "disillusion", "stance", details=_survey(evidence))
    side = holds_of(interval)
    if evidence.number("/stance/within/value") is None or evidence.pair("/stance/within/interval") is None:
        side = Holds.OPEN
    figures = {
        "change": ("/stance/change/value", "signed points" if side is Holds.OPEN else "points"),
        "interval": ("/stance/change/interval", "fall interval" if side is Holds.YES else "interval"),
    }
    if side is not Holds.OPEN:
        figures |= {
            "within": ("/stance/within/value", "signed points"),
            "within_interval": ("/stance/within/interval", "interval"),
        }
    word = {Holds.YES: "less", Holds.NO: "more", Holds.OPEN: "open"}[side]
    change, between = ("/stance/change/value", "signed points"), ("/stance/change/interval", "interval")
    return Claim(
        name="disillusion",
        verdict=Verdict.CONSISTENT,
        # Supporters who were removed are no minds that changed: whether any did lies within the channels that stayed.
        holds=holds_of(evidence.pair("/stance/within/interval")),
        brief=(say(evidence, "brief.points", change=change, interval=between),),
        sentence=say(evidence, f"disillusion.{word}", **figures),
        details=(
            *(() if side is Holds.OPEN else (say(evidence, "disillusion.within"),)),
            *(_survey(evidence) or (say(evidence, "disillusion.no_survey"),)),
        ),
        rival=say(evidence, "disillusion.rival"),
        mind=say(evidence, "disillusion.mind"),
        truth=_true_within(evidence),
        rests_on=("stance",),
        chart="stance",
    )


def _true_within(evidence: Evidence) -> Sentence | None:
    if evidence.number("/truth/within") is None:
        return None
    return say(evidence, "disillusion.truth", within=("/truth/within", "signed points"))


def _survey(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return the latest survey, where one was given."""
    newest = len(evidence.rows("/surveys/rows")) - 1
    if newest < 0:
        return ()
    row = f"/surveys/rows/{newest}"
    told = say(
        evidence,
        "disillusion.survey",
        share=(f"{row}/share", "size"),
        margin=(f"{row}/margin", "points"),
        question=(f"{row}/question", "text"),
        source=(f"{row}/source", "text"),
        day=(f"{row}/date", "day"),
    )
    return (told,)
