"""What follows when an item of long ago meets an entry of today: the consequences that the entry would have had then.

One item has at most one open case: a find joins it. What was decided stays decided; only a match that no case of the
item has seen opens a further one, which says that it is a find. Doing it twice does nothing the second time.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from abate.domain.action import Effect
from abate.domain.bank import EntryState, Match, Stance
from abate.domain.case import AUTOMATIC, Case, CaseState
from abate.domain.history import Step
from abate.domain.scan import Proposal, Reason, Scan, Verdict
from abate.extend.store import Transaction
from abate.flows import automatic, cases, effects
from abate.flows.events import event_of
from abate.flows.kit import Kit

_ORDER = tuple(Verdict)


class Outcome(StrEnum):
    """What a find led to."""

    NOTHING = "nothing"
    """No entry speaks against the item, or a case of it has seen all that do."""
    OPENED = "opened"
    JOINED = "joined"
    SET_ASIDE = "set_aside"
    """Only entries that are set aside speak anew against the item: nobody is asked before a lead has looked at them."""
    REMOVED_ALREADY = "removed_already"


def foresee(tx: Transaction, one: Scan, now: datetime) -> Outcome:
    """Say what :func:`follow` would do."""
    still_open, fresh = _news(tx, one)
    if one.proposal.verdict is Verdict.NONE or not fresh:
        return Outcome.NOTHING
    if any(action.effect is Effect.REMOVE for action in effects.in_force(tx, one.item.id, now)):
        return Outcome.REMOVED_ALREADY
    if all(match.state is EntryState.QUARANTINED for match in fresh):
        return Outcome.SET_ASIDE
    return Outcome.JOINED if still_open else Outcome.OPENED


def fresh_matches(tx: Transaction, one: Scan) -> list[Match]:
    """Return the matches that speak against the item and are new to its cases."""
    return _news(tx, one)[1]


def _news(tx: Transaction, one: Scan) -> tuple[Case | None, list[Match]]:
    known = tx.cases.find(item=one.item.id)
    still_open = _open(known)
    seen_by = known if still_open is None else [still_open]
    return still_open, _fresh(one.matches, seen_by, sources_too=still_open is not None)


def follow(kit: Kit, tx: Transaction, one: Scan, now: datetime) -> tuple[Outcome, bool]:
    """Open a case or join the open one, set the automatic limit that the rules and caps allow, and account for it.

    :returns: what was done, and whether a limit was set
    """
    outcome = foresee(tx, one, now)
    if outcome not in {Outcome.OPENED, Outcome.JOINED}:
        return outcome, False
    known = tx.cases.find(item=one.item.id)
    still_open = _open(known)
    case = _join(tx, still_open, one, now) if still_open else _open_further(tx, one, known, now)
    limited = _limit(kit, tx, replace(one, proposal=case.proposal), case, now)
    _account(tx, one, known, still_open, now)
    return outcome, limited


def _open(known: Iterable[Case]) -> Case | None:
    return next((case for case in known if case.state is CaseState.OPEN), None)


def _fresh(matches: Sequence[Match], known: Iterable[Case], *, sources_too: bool) -> list[Match]:
    """Return the matches that no case has seen and that speak against the item.

    :param sources_too: whether a match that more vouch for than before is fresh as well
    """
    seen: dict[tuple[str, str], set[str]] = {}
    for match in (match for case in known for match in case.matches):
        seen.setdefault((match.bank, match.entry), set()).update(match.sources)
    against = (m for m in matches if m.stance is not Stance.NEGATIVE and m.most is not Verdict.NONE)
    return [
        match
        for match in against
        if (match.bank, match.entry) not in seen
        or (sources_too and not seen[match.bank, match.entry] >= set(match.sources))
    ]


def _join(tx: Transaction, case: Case, one: Scan, now: datetime) -> Case:
    """Put what is new into the open case. What it held stays: it is why somebody may be looking at it now."""
    current = {(match.bank, match.entry): match for match in one.matches}
    kept = tuple(current.pop((match.bank, match.entry), match) for match in case.matches)
    added = tuple(match for match in one.matches if (match.bank, match.entry) in current)
    proposal = _both(case.proposal, one.proposal)
    joined = replace(case, matches=kept + added, proposal=proposal)
    tx.cases.replace(joined)
    body = {"item": case.item, "verdict": proposal.verdict.value, "entries": [match.entry for match in added]}
    tx.audit.append(at=now, tag="rules:case:joined", subject=case.id, body=body)
    return joined


def _both(before: Proposal, now: Proposal) -> Proposal:
    """Return the stronger of two proposals with the reasons of both; the find is told last."""
    verdict = max(before.verdict, now.verdict, key=_ORDER.index)
    reasons = dict.fromkeys((*before.reasons, *now.reasons, _reason("It met entries that came after it was posted.")))
    return Proposal(verdict=verdict, automatic=before.automatic or now.automatic, reasons=tuple(reasons))


def _reason(text: str) -> Reason:
    return Reason(rule="retro", text=text)


def _open_further(tx: Transaction, one: Scan, known: Sequence[Case], now: datetime) -> Case:
    text = "Found in history: it was posted before the entry came."
    if known:
        decided = tx.decisions.get(known[-1].decision)
        text = (
            f"Found in history, after case {known[-1].id} was decided "
            f"({decided.verdict.value}, {decided.at:%Y-%m-%d}): the entry came since."
        )
    proposal = replace(one.proposal, reasons=(*one.proposal.reasons, _reason(text)))
    return cases.open_case(tx, replace(one, proposal=proposal), now, case_id=_further_id(one.item.id, len(known)))


def _further_id(item_id: str, earlier: int) -> str:
    """Return a case's identifier: the item's own for its first, after it one made of the item and the number."""
    if not earlier:
        return cases.case_id_of(item_id)
    return "c" + hashlib.sha256(f"{item_id}\n#{earlier}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _limit(kit: Kit, tx: Transaction, one: Scan, case: Case, now: datetime) -> bool:
    """Set the limit, once a case: what the rules did before, and a person may have taken back, is not done again."""
    before = any(decision.by == AUTOMATIC for decision in tx.decisions.find(case=case.id))
    if before or not one.proposal.automatic:
        return False
    return automatic.limit(kit, tx, one, now, case_id=case.id).proposal.automatic


def _account(tx: Transaction, one: Scan, known: Iterable[Case], joined: Case | None, now: datetime) -> None:
    told = {match.group for case in known for match in case.matches}
    groups = sorted({m.group for m in one.matches if m.group and m.is_group_content} - told)
    event = event_of(one.item, Step.MATCHED, now)
    events = [replace(event, group=group, detail=_nearest(one.matches, group)) for group in groups]
    if joined is None or joined.proposal.verdict is not one.proposal.verdict:
        events.append(replace(event, step=Step.PROPOSED, detail=one.proposal.verdict.value))
    tx.history.append(events)


def _nearest(matches: Iterable[Match], group: str) -> str:
    return min((m for m in matches if m.group == group), key=lambda m: (m.distance, m.signal_type)).signal_type
