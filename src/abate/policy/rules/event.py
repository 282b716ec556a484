"""Evidence → the flat event record that rules read: field → value, and what is missing is absent.

Everything is made fit for all evaluators here, once: numbers finite and within bounds, texts valid Unicode without NUL.
An entry that something says no to, or that this platform disputes, is no match for a rule either.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from abate.domain.bank import SELF, Match
from abate.domain.item import Item
from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import UNDETERMINED, ContextLabel, Outlook, Signal
from abate.policy.objections import distinct, is_proof, weights
from abate.policy.rules import fields
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
    if untrusted_text.isascii() and "\0" not in untrusted_text:
        return untrusted_text
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", untrusted_text)


def fit_number(value: float) -> float | None:
    """Return the number as a double; missing where it is not finite or too large."""
    # 0.0 is added so that there is one zero.
    return float(value) + 0.0 if -fields.MOST <= value <= fields.MOST else None


def held(field: Field, event: Event) -> Value:
    """Return what an event holds under a field: 0 where it was counted and is not there."""
    value = event.get(field.column)
    if value is None and event.get(fields.BY_NAME[field.name].counted_by) is not None:
        return 0.0
    return value


def fit(values: Mapping[str, object]) -> dict[str, Value]:
    """Return a record of the values that the table knows and whose type fits; what does not fit is missing."""
    made: dict[str, Value] = {}
    for column, value in values.items():
        info = fields.PLAIN.get(column)
        if info is None:
            name, colon, key = column.partition(":")
            info = fields.KEYED.get(name)
            if info is None or not colon:
                continue
            column = f"{name}:{fit_text(key)}"  # noqa: PLW2901 - the same column, fit
        fitting = _fit(info.type, value)
        if fitting is not None:
            made[column] = float(int(fitting)) if info.whole and isinstance(fitting, float) else fitting
    return made


def _fit(kind: Type, value: object) -> Value:
    if kind is Type.TEXT:
        return fit_text(value) if isinstance(value, str) else None
    if kind is Type.NUMBER:
        return fit_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind is Type.BOOL:
        return value if isinstance(value, bool) else None
    return tuple(fit_text(one) for one in value if isinstance(one, str)) if isinstance(value, tuple | list) else None


def record(
    evidence: Evidence,
    verified_types: frozenset[str],
    *,
    signals: Iterable[Signal] = (),
    more: Mapping[str, object] | None = None,
) -> dict[str, Value]:
    """Return the event record of an item.

    :param verified_types: names of the signal types whose match at distance 0 proves identity
    :param more: what the evidence does not hold: ``surface`` and the fields of account and channel
    """
    made = fit({name: value for name, value in (more or {}).items() if name.startswith(OUTSIDE)})
    made.update(_item(evidence.item))
    made.update(_signals(tuple(signals)))
    made.update(_read(evidence))
    left = [
        match
        for match, weight in zip(evidence.matches, weights(evidence, verified_types), strict=True)
        if weight.most is not Verdict.NONE
    ]
    if left:
        made.update(fit(dict(_matches(left, verified_types))))
        made.update(fit(dict(_by_key(left))))
    else:
        made.update(_NOTHING_MET)
    return made


def _item(item: Item) -> dict[str, Value]:
    """Return the fields of the item itself. Made for every item that comes in, so each is made fit where it is read."""
    made: dict[str, Value] = {"item.kind": item.kind.value}
    for column, written in (
        ("item.platform", item.platform),
        ("item.text", item.text),
        ("item.language", item.language),
        ("item.account", item.account),
        ("item.channel", item.channel),
        ("item.url", item.url),
    ):
        if written:
            made[column] = fit_text(written)
    if item.views is not None and (views := fit_number(item.views)) is not None:
        made["item.views"] = views
    if item.posted_at is not None:
        made["posted.hour"] = float(item.posted_at.hour)
        made["posted.weekday"] = float(item.posted_at.isoweekday())
    return made


def _signals(signals: tuple[Signal, ...]) -> dict[str, Value]:
    if not signals:
        return {}
    made: dict[str, Value] = {
        "signals.types": _names(signal.type for signal in signals),
        "signals.quality": float(min(signal.quality for signal in signals)),
    }
    for signal in signals:
        if signal.type == "sha256":
            made["item.digest"] = fit_text(signal.value)
    return made


def _matches(left: list[Match], verified_types: frozenset[str]) -> Iterator[tuple[str, object]]:
    yield "matches.count", len(left)
    yield "matches.exact", sum(match.distance == 0 for match in left)
    yield "matches.same_file", sum(is_proof(match, verified_types) for match in left)
    yield "matches.banks", _names(match.bank for match in left)
    yield "matches.groups", _names(match.group for match in left)
    yield "matches.types", _names(match.signal_type for match in left)
    yield "matches.states", _names(match.state.value for match in left)
    yield "matches.own", any(SELF in match.sources for match in left)
    yield "matches.sources", max(len(distinct(match.sources)) for match in left)
    yield "matches.min_distance", min(match.distance for match in left)


_NOTHING_MET: Mapping[str, Value] = {
    "matches.count": 0.0,
    "matches.exact": 0.0,
    "matches.same_file": 0.0,
    "matches.banks": (),
    "matches.groups": (),
    "matches.types": (),
    "matches.states": (),
    "matches.own": False,
    "matches.sources": 0.0,
}
"""Of most items: that they were held against the banks, and met nothing."""


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({fit_text(name) for name in found if name}))


def _read(evidence: Evidence) -> dict[str, Value]:
    """Return what was read off the item's words."""
    found: dict[str, object] = {}
    if evidence.language is not None and evidence.language.code != UNDETERMINED:
        found["language.code"] = evidence.language.code
        found["language.confidence"] = evidence.language.confidence
    if evidence.context.label is not ContextLabel.UNKNOWN:
        found["context.label"] = evidence.context.label.value
        found["context.probability"] = evidence.context.probability
    for score in evidence.scores:
        # A model that was not calibrated on this language gives a number, but no probability.
        if score.outlook is not Outlook.UNKNOWN:
            found[f"score:{score.name}"] = score.probability
    made = fit(found) if found else {}
    made["mentions.count"] = float(len(evidence.mentions))
    made["mentions.lists"] = _names(mention.list for mention in evidence.mentions)
    return made


def _by_key(left: list[Match]) -> Iterator[tuple[str, object]]:
    """Count by bank and by type. What is not met is not written: it is 0 (``held``)."""
    for name, keys in (("in", [match.bank for match in left]), ("of", [match.signal_type for match in left])):
        nearest: dict[str, int] = {}
        for key, match in zip(keys, left, strict=True):
            nearest[key] = min(match.distance, nearest.get(key, match.distance))
        for key, distance in nearest.items():
            yield f"matches_{name}:{key}", keys.count(key)
            yield f"distance_{name}:{key}", distance
