"""The fields that a rule may read: name, type, what it is, what reading it costs, and how far it may lead.

An event is a flat mapping from these names (and from ``name:key`` for those that take a key) to values; what is absent
is missing. Numbers are finite doubles within :data:`MOST`, texts are valid Unicode without NUL, lists hold no gaps:
``event`` makes them so.

``most`` is the law under each rule. A rule proposes at most what the weakest of its fields allows:

- what is read off matches may propose a limit, for a person to agree to;
- whatever an author, a model or a crowd can bring about (words, addresses, language, scores, context, history, views,
  windows) puts an item before a person at most;
- a mention of an organisation has weight zero: no rule that reads one may propose anything.

An event holds a count for each bank and signal type that it meets. Of the others it holds nothing, and that is 0, not
missing, wherever matches were counted at all (``counted_by``): a bank that is made tomorrow was met by nothing today.
"""

from dataclasses import dataclass

from abate.domain.verdict import Verdict
from abate.policy.rules.tree import Type

MOST = 1e15
"""The largest size of a number: below it whole numbers are exact, and a column's sum is held there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Info:
    """One row of the table."""

    name: str
    type: Type
    help: str
    cost: int = 1
    """Rank against a plain comparison of two numbers."""
    most: Verdict = Verdict.REVIEW
    """What a rule that reads it may propose at most."""
    groups: bool = False
    """Windows may count by it, and count different values of it."""
    whole: bool = False
    """It holds whole numbers, which windows may sum."""
    key: str = ""
    """What it is asked for by, where it takes a key: ``score("MODEL:LABEL")``."""
    guarded: bool = False
    """It speaks of what a model thinks: protected speech is spared by a rule that reads it."""
    counted_by: str = ""
    """A field that is there whenever this was counted: where that is there and this is not, this is 0."""


_N, _T, _B, _L = Type.NUMBER, Type.TEXT, Type.BOOL, Type.TEXTS
_FILE = Verdict.LIMIT
_COUNT = "matches.count"

TABLE = (
    Info(name="surface", type=_T, help="where it is shown: feed, search, profile …", most=_FILE),
    Info(name="item.kind", type=_T, help="text, photo, video, url or file", most=_FILE),
    Info(name="item.platform", type=_T, help="the platform it was posted on", most=_FILE),
    Info(name="item.text", type=_T, help="its text, as written", cost=2),
    Info(name="item.language", type=_T, help="language code as the platform gave it"),
    Info(name="item.account", type=_T, help="the platform's pseudonym of who posted it", groups=True),
    Info(name="item.channel", type=_T, help="the channel it stands in", groups=True),
    Info(name="item.url", type=_T, help="the address it is, or links to", groups=True),
    Info(name="item.digest", type=_T, help="SHA-256 of its bytes", groups=True),
    Info(name="item.views", type=_N, help="how often it was seen so far", whole=True),
    Info(name="posted.hour", type=_N, help="hour of posting in UTC, 0 to 23"),
    Info(name="posted.weekday", type=_N, help="day of posting in UTC, 1 for Monday to 7"),
    Info(name="language.code", type=_T, help="the language that was read"),
    Info(name="language.confidence", type=_N, help="probability of that language, 0 to 1"),
    Info(name="signals.types", type=_L, help="the signal types that could be read"),
    Info(name="signals.quality", type=_N, help="the lowest quality of its signals, 0 to 100"),
    Info(name="matches.count", type=_N, help="entries that it meets and that nothing says no to", most=_FILE),
    Info(name="matches.exact", type=_N, help="of these, the ones at distance 0", most=_FILE),
    Info(name="matches.same_file", type=_N, help="of these, the ones that prove the very same file", most=_FILE),
    Info(name="matches.min_distance", type=_N, help="the smallest distance", most=_FILE),
    Info(name="matches.banks", type=_L, help="the banks of the entries it meets", most=_FILE),
    Info(name="matches.groups", type=_L, help="the groups of these banks", most=_FILE),
    Info(name="matches.types", type=_L, help="the signal types that met", most=_FILE),
    Info(name="matches.states", type=_L, help="how these entries stand: known, disputed, quarantined", most=_FILE),
    Info(name="matches.sources", type=_N, help="the most organisations that vouch for one of them", most=_FILE),
    Info(name="matches.own", type=_B, help="whether this platform confirmed one of them itself", most=_FILE),
    Info(
        name="matches_in",
        type=_N,
        help="how many entries of a bank it meets",
        most=_FILE,
        key="bank",
        counted_by=_COUNT,
    ),
    Info(name="distance_in", type=_N, help="the smallest distance to entries of a bank", most=_FILE, key="bank"),
    Info(
        name="matches_of",
        type=_N,
        help="how many entries of a signal type it meets",
        most=_FILE,
        key="type",
        counted_by=_COUNT,
    ),
    Info(name="distance_of", type=_N, help="the smallest distance of a signal type", most=_FILE, key="type"),
    Info(name="score", type=_N, help="a model's calibrated probability", key="MODEL:LABEL", guarded=True),
    Info(name="context.label", type=_T, help="report, counter_speech, academic_legal, endorsement …", guarded=True),
    Info(name="context.probability", type=_N, help="how sure that is, 0 to 1", guarded=True),
    Info(name="mentions.count", type=_N, help="names of designated organisations in its text", most=Verdict.NONE),
    Info(name="mentions.lists", type=_L, help="the lists that these names come from", most=Verdict.NONE),
    Info(name="account.age_days", type=_N, help="days since the account was made"),
    Info(name="account.items", type=_N, help="items of the account so far", whole=True),
    Info(name="account.reports", type=_N, help="reports about the account that were not thrown out", whole=True),
    Info(name="account.removed", type=_N, help="items of the account that people removed and no one restored"),
    Info(name="channel.age_days", type=_N, help="days since the channel was made"),
    Info(name="channel.items", type=_N, help="items of the channel so far", whole=True),
    Info(name="channel.members", type=_N, help="members of the channel", whole=True),
    Info(name="channel.removed", type=_N, help="items of the channel that people removed and no one restored"),
)
"""All fields, in the order of the documentation."""

BY_NAME = {one.name: one for one in TABLE}
PLAIN = {name: one for name, one in BY_NAME.items() if not one.key}
KEYED = {name: one for name, one in BY_NAME.items() if one.key}
