"""What the rules do without a person: a limit of at most 24 hours, under caps, reviewed by a person in any case."""

from dataclasses import replace
from datetime import datetime

from abate.domain.scan import Scan
from abate.extend.store import Transaction
from abate.flows import cases
from abate.flows.kit import Kit
from abate.policy import ceilings


def limit(kit: Kit, tx: Transaction, one: Scan, now: datetime, *, case_id: str = "") -> Scan:
    """Set the automatic limit that the rules propose, or hand the item to a person where a cap is reached.

    :param case_id: the case, where it is not the item's first

    The cap is what stops a poisoned list, or a sender who posts the same file a thousand times to silence others who
    posted it too, from taking a platform down in a minute.
    """
    account, platform = ceilings.account_key(one.item), ceilings.platform_key(one.item)
    start = now - ceilings.WINDOW
    counts = ceilings.Counts(account=tx.counters.since(account, start), platform=tx.counters.since(platform, start))
    caps = kit.settings.automatic_per_account_hour, kit.settings.automatic_per_hour
    answer = ceilings.within(counts, ceilings.Limits(per_account_hour=caps[0], per_hour=caps[1]))
    case = tx.cases.get(case_id or cases.case_id_of(one.item.id))
    if not answer.allowed:
        capped = ceilings.capped(one.proposal, answer)
        tx.cases.replace(replace(case, proposal=capped))
        return replace(one, proposal=capped)
    cases.limit_automatically(kit, tx, case, one.item)
    tx.counters.add(account, now)
    tx.counters.add(platform, now)
    return one
