"""Evidence → the flat event record that rules read: field → value, and what is missing is absent.

Everything is made fit for all evaluators here, once: numbers finite and within bounds, texts valid Unicode without NUL.
An entry that something says no to, or that this platform disputes, is no match for a rule either.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from abate.domain.bank import SELF, Match
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import UNDETERMINED, ContextLabel, Outlook, Signal
from abate.policy.objections import distinct, is_proof, weights
from abate.policy.rules import fields
from abate.policy.rules.fields import Info
from abate.policy.rules.tree import Field, Type, Value

Event = Mapping[str, Value]
"""An event record."""

AT = "at"
"""Key and column of when abate received the event: whole microseconds since 1970 in UTC. Never what a sender wrote."""
SEQ = "seq"
"""Key and column of the order of receipt, a whole number that no two events share. ``at`` never falls as it rises."""

OUTSIDE = ("surface", "account.", "channel.")
"""How the names begin of what no evidence holds."""

_UNFIT = re.compile("[\0\ud800-\udfff]")


def fit_text(untrusted_text: str) -> str:
    """Return the text with what no column holds, NUL and half characters, replaced."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", untrusted_text)


def fit_number(value: float) -> float | None:
    """Return the number as a double; missing where it is not finite or too large."""
    # 0.0 is added so that there is one zero.
    return float(value) + 0.0 if -fields.MOST <= value <= fields.MOST else None


def fit(values: Mapping[str, object]) -> dict[str, Value]:
    """Return a record of the values that the table knows and whose type fits; what does not fit is missing."""
    made: dict[str, Value] = {}
    for column, value in values.items():
        info = fields.BY_NAME.get(column.partition(":")[0])
        held = None if info is None else _fit(info, value)
        if held is not None:
            made[column] = held
    return made


def _fit(info: Info, value: object) -> Value:
    if info.type is Type.BOOL:
        return value if isinstance(value, bool) else None
    if info.type is Type.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        number = fit_number(value)
        return float(int(number)) if info.whole and number is not None else number
    if info.type is Type.TEXT and isinstance(value, str):
        return fit_text(value)
    if info.type is Type.TEXTS and isinstance(value, tuple | list):
        return tuple(fit_text(one) for one in value if isinstance(one, str))
    return None


def record(
    evidence: Evidence,
    verified_types: frozenset[str],
    *,
    signals: Iterable[Signal] = (),
    more: Mapping[str, object] | None = None,
    asked: Iterable[Field] = (),
) -> dict[str, Value]:
    """Return the event record of an item.

    :param verified_types: names of the signal types whose match at distance 0 proves identity
    :param more: what the evidence does not hold: ``surface`` and the fields of account and channel
    :param asked: the fields that the rules read (``RuleSet.fields``): of those with a key, these are counted
    """
    left = [
        match
        for match, weight in zip(evidence.matches, weights(evidence, verified_types), strict=True)
        if weight.most is not Verdict.NONE
    ]
    found = {name: value for name, value in (more or {}).items() if name.startswith(OUTSIDE)}
    found.update(_item(evidence))
    found.update(_signals(tuple(signals)))
    found.update(_matches(left, verified_types))
    found.update(_read(evidence))
    found.update(_by_key(left, asked))
    return fit(found)


def _item(evidence: Evidence) -> Iterator[tuple[str, object]]:
    item = evidence.item
    yield "item.kind", item.kind.value
    if item.views is not None:
        yield "item.views", item.views
    for name in ("platform", "text", "language", "account", "channel", "url"):
        if written := getattr(item, name):
            yield f"item.{name}", written
    if item.posted_at is not None:
        yield from _posted(item.posted_at)


def _posted(at: datetime) -> Iterator[tuple[str, object]]:
    yield "posted.hour", at.hour
    yield "posted.weekday", at.isoweekday()


def _signals(signals: tuple[Signal, ...]) -> Iterator[tuple[str, object]]:
    if signals:
        yield "signals.types", _names(signal.type for signal in signals)
        yield "signals.quality", min(signal.quality for signal in signals)
    for signal in signals:
        if signal.type == "sha256":
            yield "item.digest", signal.value


def _matches(left: list[Match], verified_types: frozenset[str]) -> Iterator[tuple[str, object]]:
    yield "matches.count", len(left)
    yield "matches.exact", sum(match.distance == 0 for match in left)
    yield "matches.same_file", sum(is_proof(match, verified_types) for match in left)
    yield "matches.banks", _names(match.bank for match in left)
    yield "matches.groups", _names(match.group for match in left)
    yield "matches.types", _names(match.signal_type for match in left)
    yield "matches.states", _names(match.state.value for match in left)
    yield "matches.own", any(SELF in match.sources for match in left)
    yield "matches.sources", max((len(distinct(match.sources)) for match in left), default=0)
    if left:
        yield "matches.min_distance", min(match.distance for match in left)


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in found if name}))


def _read(evidence: Evidence) -> Iterator[tuple[str, object]]:
    if evidence.language is not None and evidence.language.code != UNDETERMINED:
        yield "language.code", evidence.language.code
        yield "language.confidence", evidence.language.confidence
    if evidence.context.label is not ContextLabel.UNKNOWN:
        yield "context.label", evidence.context.label.value
        yield "context.probability", evidence.context.probability
    for score in evidence.scores:
        # A model that was not calibrated on this language gives a number, but no probability.
        if score.outlook is not Outlook.UNKNOWN:
            yield f"score:{score.name}", score.probability
    yield "mentions.count", len(evidence.mentions)
    yield "mentions.lists", _names(mention.list for mention in evidence.mentions)


def _by_key(left: list[Match], asked: Iterable[Field]) -> Iterator[tuple[str, object]]:
    for field in asked:
        ours = [match.distance for match in left if field.key == _key(match, field.name)]
        if field.name in {"matches_in", "matches_of"}:
            yield field.column, len(ours)
        if field.name in {"distance_in", "distance_of"} and ours:
            yield field.column, min(ours)


def _key(match: Match, name: str) -> str:
    return match.bank if name.endswith("_in") else match.signal_type
