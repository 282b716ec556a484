"""Claims one and two: presence fell, following fell. Descriptions of what was seen, beside what could not be."""

from abate.measurement.claims.claim import Claim, Holds, Verdict, brief, holds_of, unseen
from abate.measurement.claims.evidence import Evidence
from abate.measurement.claims.sentence import Sentence, say

_WORD = {Holds.YES: "fell", Holds.NO: "rose", Holds.OPEN: "open"}


def presence_fell(evidence: Evidence) -> Claim:
    """Say whether weekly active channels fell."""
    if not evidence.has("since_presence"):
        return unseen(evidence, "presence", "since_presence", "presence")
    holds = holds_of(evidence.pair("/since_presence/relative_interval"))
    if holds is Holds.YES and holds_of(evidence.pair("/beyond/points_interval")) is Holds.YES:
        sentence = say(
            evidence,
            "presence.fell.beyond",
            **_change("since_presence", holds, evidence),
            points=("/beyond/points", "points"),
            points_interval=("/beyond/points_interval", "fall interval"),
        )
    else:
        key = f"presence.{_WORD[holds]}{_ends(evidence, 'since_presence')}"
        sentence = say(evidence, key, **_change("since_presence", holds, evidence))
    return Claim(
        name="presence",
        verdict=_verdict(evidence, "since_presence"),
        holds=holds,
        brief=brief(evidence, "/since_presence/relative", "/since_presence/relative_interval", "/truth/since_presence"),
        sentence=sentence,
        details=(
            _detail(evidence, "presence", "since_presence"),
            *_lately(evidence),
            *coincidence(evidence, "since_presence"),
            *_net(evidence),
        ),
        rival=_rival(evidence, "presence"),
        mind=say(evidence, "presence.mind"),
        truth=_truth(evidence, "presence.truth", change=("/truth/since_presence", "percent")),
        rests_on=tuple(name for name in ("since_presence", "presence", "effect", "displacement") if evidence.has(name)),
        chart="presence",
    )


def following_fell(evidence: Evidence) -> Claim:
    """Say whether the distinct audience fell."""
    if not evidence.has("since_following"):
        return unseen(evidence, "following", "since_following", "following")
    holds = holds_of(evidence.pair("/since_following/relative_interval"))
    counts = ".counts" if evidence.get("/since_following/what") == "follower counts" else ""
    details = [_detail(evidence, "following", "since_following", counts)]
    if not counts and evidence.number("/following/whole/sum") is not None:
        whole = {"people": ("/following/whole/value", "count"), "sum": ("/following/whole/sum", "count")}
        details.append(say(evidence, "following.whole", **whole))
    return Claim(
        name="following",
        # Counts bound how many people there are; they do not count them.
        verdict=Verdict.CONSISTENT if counts else _verdict(evidence, "since_following"),
        holds=holds,
        brief=brief(evidence, "/since_following/relative", "/since_following/relative_interval"),
        sentence=say(
            evidence,
            f"following.{_WORD[holds]}{counts}{_ends(evidence, 'since_following')}",
            **_change("since_following", holds, evidence),
        ),
        details=(*details, *coincidence(evidence, "since_following")),
        rival=_rival(evidence, "following"),
        mind=say(evidence, "following.mind"),
        truth=_truth(evidence, "following.truth", people=("/truth/audience", "count")),
        rests_on=("since_following", "following"),
        chart="following",
    )


def coincidence(evidence: Evidence, measure: str) -> tuple[Sentence, ...]:
    """Return the sentence that names the event, where there is one."""
    if evidence.get(f"/{measure}/event") is None:
        return ()
    place = f"/{measure}/event"
    told = say(
        evidence,
        "coincided",
        kind=(f"{place}/kind", "text"),
        day=(f"{place}/date", "day"),
        platform=(f"{place}/platform", "text"),
    )
    return (told,)


def _net(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return what is left once the other platforms are counted in."""
    if evidence.pair("/displacement/net_interval") is None:
        return ()
    net, interval = ("/displacement/net", "signed mean"), ("/displacement/net_interval", "signed mean interval")
    return (say(evidence, "presence.detail.net", net=net, interval=interval),)


def _lately(evidence: Evidence) -> tuple[Sentence, ...]:
    """Return where the latest weeks lie: what fell may have come back."""
    if evidence.pair("/lately_presence/relative_interval") is None:
        return ()
    told = say(
        evidence,
        "presence.lately",
        weeks=("/lately_presence/after/weeks", "count"),
        change=("/lately_presence/relative", "percent"),
        interval=("/lately_presence/relative_interval", "interval"),
    )
    return (told,)


def _ends(evidence: Evidence, measure: str) -> str:
    """Return the ending of the key for a record in which nothing was marked."""
    return "" if evidence.get(f"/{measure}/event") is not None else ".ends"


def _change(measure: str, holds: Holds, evidence: Evidence) -> dict[str, tuple[str, str]]:
    figures = {
        "change": (f"/{measure}/relative", "percent" if holds is Holds.OPEN else "size"),
        "interval": (f"/{measure}/relative_interval", "fall interval" if holds is Holds.YES else "interval"),
        "weeks": (f"/{measure}/after/weeks", "count"),
    }
    return figures if _ends(evidence, measure) else figures | {"start": (f"/{measure}/event/date", "day")}


def _detail(evidence: Evidence, name: str, measure: str, counts: str = "") -> Sentence:
    return say(
        evidence,
        f"{name}.detail{counts}{_ends(evidence, measure)}",
        after=(f"/{measure}/after/mean", "mean"),
        before=(f"/{measure}/before/mean", "mean"),
        weeks=(f"/{measure}/before/weeks", "count"),
    )


def _verdict(evidence: Evidence, measure: str) -> Verdict:
    """Return *measured*, unless the instrument changed between the weeks that are compared."""
    return Verdict.CONSISTENT if _changed_instrument(evidence, measure) is not None else Verdict.MEASURED


def _changed_instrument(evidence: Evidence, measure: str = "since_presence") -> str | None:
    """Return the pointer of a collector's change between the first and the last week compared."""
    start, end = evidence.get(f"/{measure}/before/first"), evidence.get(f"/{measure}/after/last")
    for place, _ in enumerate(evidence.rows("/frame/collectors")):
        day = evidence.get(f"/frame/collectors/{place}/date")
        if isinstance(day, str) and isinstance(start, str) and isinstance(end, str) and start <= day <= f"{end}T":
            return f"/frame/collectors/{place}"
    return None


def _rival(evidence: Evidence, name: str) -> Sentence:
    """Return the strongest: an instrument that changed, then platforms that are named and unseen, then the general."""
    changed = _changed_instrument(evidence, f"since_{name}")
    if changed is not None:
        kind, day = (f"{changed}/kind", "text"), (f"{changed}/date", "day")
        return say(evidence, "presence.rival.instrument", kind=kind, day=day)
    if name == "presence" and evidence.rows("/frame/platforms/unseen"):
        return say(evidence, "presence.rival.unseen", unseen=("/frame/platforms/unseen", "names"))
    return say(evidence, f"{name}.rival")


def _truth(evidence: Evidence, key: str, **figures: tuple[str, str]) -> Sentence | None:
    return say(evidence, key, **figures) if all(evidence.get(at) is not None for at, _ in figures.values()) else None
