"""Which accounts a live version is asked about: a share of them, always the same ones, drawn by a hash.

Raising a share only adds accounts, and every rule draws anew, so that no account is always among the first. An item
without an account stands for itself.
"""

from collections.abc import Iterable
from hashlib import blake2b

from abate.domain.rule import RuleVersion
from abate.policy.rules.event import Event
from abate.policy.rules.life import live_pair


def percent_of(name: str, event: Event, item: str) -> int:
    """Return the number of an event's account under a rule's name, 0 to 99. It never changes, on any machine.

    :param item: the item's identifier, which stands in where the event has no account
    """
    account = event.get("item.account")
    drawn = ("account", account) if account is not None else ("item", item)
    parts = (name, str(event.get("item.platform", "")), *map(str, drawn))
    # Each part with its length before it: no two different ones read the same. Half characters are told apart as well.
    told = b"".join(b"%d:%s" % (len(part), part) for part in (one.encode(errors="surrogatepass") for one in parts))
    # Of 2^64 numbers, 16 hundredths are likelier by one in 10^17.
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "big") % 100


def asked(of_name: Iterable[RuleVersion], percent: int) -> RuleVersion | None:
    """Return which of the versions of a name counts for an account with this number; ``None`` for none."""
    newer, older = live_pair(of_name)
    return newer if newer is not None and percent < newer.share else older
