"""Why a case is here, in lines: what presses, what the rules say, what it met, what it names."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from abate.domain.bank import SELF, Match, Stance
from abate.domain.case import Case
from abate.domain.signal import PROTECTED, ContextLabel
from abate.domain.times import aware

_READS_AS = {
    ContextLabel.REPORT: "a report",
    ContextLabel.COUNTER_SPEECH: "counter-speech",
    ContextLabel.ACADEMIC_LEGAL: "academic or legal text",
}


def describe_case(case: Case, *, now: datetime, deadline: str = "") -> tuple[str, ...]:
    """Return the lines, the one that presses most first.

    :param deadline: how the item's deadline stands in words, where it has one
    """
    return tuple(_lines(case, aware(now, "now"), deadline))


def _lines(case: Case, now: datetime, deadline: str) -> Iterator[str]:
    if deadline:
        yield f"Due by law: {deadline}."
    if case.proposal.automatic:
        yield "Limited without a person, for at most 24 hours: confirm it or take it back."
    yield from (reason.text for reason in case.proposal.reasons)
    if not case.proposal.reasons:
        yield "No rule spoke: an order, a report or a person put it here."
    yield from (_met(match) for match in case.matches)
    if case.context.label in PROTECTED:
        how_sure = f"{case.context.probability or 0:.0%}"
        yield f"Reads as {_READS_AS[case.context.label]} ({how_sure}): such speech is protected."
    if names := sorted({mention.name for mention in case.mentions}):
        yield f"Names {', '.join(names)}. Naming is not an offence and weighed nothing here."
    yield f"Waiting for {_age(max(timedelta(), now - case.opened_at))}."


def _met(match: Match) -> str:
    known = ["this platform" if source == SELF else source for source in match.sources]
    group = f" of {match.group}" if match.group else ""
    met = f"Bank {match.bank}{group}, entry {match.entry}: {match.signal_type}, distance {match.distance}"
    where = f", {located.item_span} of it being {located.entry_span} of the entry" if (located := match.located) else ""
    says = "says no, " if match.stance is Stance.NEGATIVE else ""
    told = f" {match.held_back}" if match.held_back and not says else ""
    return f"{met}{where}, {says}vouched for by {', '.join(known) or 'nobody'}.{told}"


def _age(length: timedelta) -> str:
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if number := length // size:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
