"""What rules may know of the account and the channel that an item stands in: ages and counts, and nothing else.

Past counts are kept of one account, or one channel, on one platform: how many of its items came in, and how many of
these people removed and nobody restored. They say no more than somebody could count in the items and decisions that are
kept anyway, hold no text and no day of anything, and a pseudonym is never looked for on another platform. So they stay
as long as those do. Forgetting them with the last event would make an account that comes back after a quiet quarter
look like a new one, and rules that look at new accounts would then put people before a reviewer for having been away.

Counts begin where they are known from: an item that came in before abate counted is in none of them, and a removal that
was decided before the first one that was counted (:data:`BEGUN`) neither counts nor is taken back. ``account.reports``
is missing until abate takes reports in.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from abate.domain.case import CaseState, Decision
from abate.domain.item import Item
from abate.domain.rule import PastCounts
from abate.domain.scan import Verdict
from abate.extend.store import Transaction

BEGUN: Final = "removals"
"""The row that is nobody's: its ``created_at`` is since when removals are counted."""

_DAY_S = 86_400.0


def account_of(item: Item) -> str:
    """Return under which identifier the item's account is counted; empty where the item names none."""
    return _id("account", item.platform, item.account) if item.account else ""


def channel_of(item: Item) -> str:
    """Return under which identifier the item's channel is counted; empty where the item names none."""
    return _id("channel", item.platform, item.channel) if item.channel else ""


def _id(what: str, platform: str, name: str) -> str:
    # The lengths keep platform "a:1", name "b" apart from platform "a", name "1:b".
    return f"{what}:{len(platform)}:{platform}:{len(name)}:{name}"


def more(tx: Transaction, items: Iterable[Item], now: datetime) -> list[dict[str, object]]:
    """Count new items, and return for each what rules may know beside its evidence: surface, account and channel.

    An item counts itself, and those before it in the batch: two of one account give 1 and 2. One read and one write.

    :param items: items that were not known before, in the order of receipt
    :param now: when they came in
    """
    found, changed = _counted(tx, items, now)
    tx.past_counts.put_many(changed)
    return found


def peek(tx: Transaction, items: Iterable[Item], now: datetime) -> list[dict[str, object]]:
    """Return what :func:`more` would, and change nothing."""
    return _counted(tx, items, now)[0]


def _counted(
    tx: Transaction, items: Iterable[Item], now: datetime
) -> tuple[list[dict[str, object]], Iterable[PastCounts]]:
    items = list(items)
    wanted = dict.fromkeys(key for item in items for key in (account_of(item), channel_of(item)) if key)
    known = {one.id: one for one in tx.past_counts.get_many(wanted)} if wanted else {}
    return [_fields(known, item, now) for item in items], known.values()


def _fields(known: dict[str, PastCounts], item: Item, now: datetime) -> dict[str, object]:
    """Return the fields of one item, with its counts in ``known`` brought up to it."""
    made: dict[str, object] = {"surface": item.surface} if item.surface else {}
    if account := account_of(item):
        known[account] = one = _grown(known.get(account), account, item.account_created_at, None)
        made |= _told("account", one, now)
    if channel := channel_of(item):
        known[channel] = one = _grown(known.get(channel), channel, item.channel_created_at, item.channel_members)
        made |= _told("channel", one, now)
        if one.members is not None:
            made["channel.members"] = one.members
    return made


def _grown(before: PastCounts | None, key: str, created_at: datetime | None, members: int | None) -> PastCounts:
    """Return the counts with one more item; what the platform last said of age and members holds."""
    if before is None:
        return PastCounts(id=key, created_at=created_at, items=1, members=members)
    return PastCounts(
        id=key,
        created_at=created_at or before.created_at,
        items=before.items + 1,
        removed=before.removed,
        members=before.members if members is None else members,
    )


def _told(what: str, one: PastCounts, now: datetime) -> dict[str, object]:
    made: dict[str, object] = {f"{what}.items": one.items, f"{what}.removed": one.removed}
    if one.created_at is not None:
        # A clock that runs ahead gives an account of no age, not of a negative one.
        made[f"{what}.age_days"] = max(0.0, (now - one.created_at).total_seconds() / _DAY_S)
    return made


def settle_removal(tx: Transaction, item: Item, decision: Decision) -> None:
    """Count a removal that just came into force, or was just taken back, for its account and its channel.

    Each item counts once, however many cases it has and in whatever order they are decided and reopened. Call it after
    the case and the decision are written; what is neither a removal nor the end of one changes nothing.
    """
    removal = decision if not decision.reverses else tx.decisions.get(decision.reverses)
    if removal.verdict is not Verdict.REMOVE:
        return
    begun = _begun(tx, decision)
    if removal.at < begun or _others_in_force(tx, removal, begun):
        return
    _count(tx, item, -1 if decision.reverses else 1)


def _begun(tx: Transaction, decision: Decision) -> datetime:
    """Return since when removals are counted: since the earliest of those decided under this version of abate."""
    kept = tx.past_counts.get_many([BEGUN])
    begun = kept[0].created_at if kept else None
    if decision.reverses:
        return begun or decision.at
    if begun is None or decision.at < begun:  # a clock may have gone back since
        tx.past_counts.put_many([PastCounts(id=BEGUN, created_at=decision.at)])
        return decision.at
    return begun


def _others_in_force(tx: Transaction, removal: Decision, begun: datetime) -> bool:
    """Say whether the item is removed, and counted so, by another of its cases."""
    decided = [case for case in tx.cases.find(item=removal.item) if case.state is CaseState.DECIDED]
    others = tx.decisions.get_many(case.decision for case in decided if case.id != removal.case)
    return any(one.verdict is Verdict.REMOVE and one.at >= begun for one in others)


def _count(tx: Transaction, item: Item, by: int) -> None:
    keys = [key for key in (account_of(item), channel_of(item)) if key]
    known = {one.id: one for one in tx.past_counts.get_many(keys)}
    found = (known.get(key) or PastCounts(id=key) for key in keys)
    tx.past_counts.put_many(replace(one, removed=max(0, one.removed + by)) for one in found)
