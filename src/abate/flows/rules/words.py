"""The words that a rule can be written with on this platform: for completion in an editor, and for its side panel."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from abate.domain.bank import BankPurpose, EntryState
from abate.domain.item import Kind
from abate.domain.signal import ContextLabel
from abate.domain.verdict import Verdict
from abate.extend.store import Transaction
from abate.flows.kit import Kit
from abate.policy.rules import fields, functions

LOOKED_AT: Final = 500
"""Of the newest items, in which it is looked what surfaces, languages and scores there are."""
SHOWN: Final = 200
"""Values of one field that are offered."""

_PARTS: Mapping[str, str] = {
    "name": "small letters, digits and _; no two the same",
    "when": "the condition",
    "then": "what it proposes: none, review or limit",
    "because": "the reviewer's sentence; {item.views} shows what the item held",
    "owner": "who answers for it",
    "surfaces": "where it applies; everywhere if left out",
    "ceiling": "the most that it may propose, whatever then says",
}
_SEEN: Mapping[str, tuple[str, ...]] = {
    "surface": ("surface", "surfaces"),
    "item.platform": ("item.platform",),
    "item.language": ("item.language",),
    "language.code": ("language.code",),
}
"""Fields whose values are those that were seen → the words that stand before such a value in a rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word of the language."""

    text: str
    kind: str
    """``field``, ``call``, ``part`` or ``logic``."""
    type: str = ""
    """What it gives, or how it is called."""
    most: str = ""
    """The most that a rule may propose that reads it."""
    help: str = ""
    opens: bool = False
    """Whether a bracket follows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """All words, and what may stand in quotes."""

    words: tuple[Word, ...]
    values: Mapping[str, tuple[str, ...]]
    """Word that stands before a value, such as ``matches_in`` → the values that this platform knows."""


def words(kit: Kit) -> Words:
    """Return what can be written now."""
    with kit.store.read() as tx:
        return Words(words=(*_fields(), *_calls(), *_parts()), values=_values(kit, tx))


def _fields() -> Iterable[Word]:
    for one in fields.TABLE:
        how = f'("{one.key}") {one.type.value}' if one.key else one.type.value
        yield Word(text=one.name, kind="field", type=how, most=one.most.value, help=one.help, opens=bool(one.key))


def _calls() -> Iterable[Word]:
    for one in functions.TABLE:
        yield Word(text=one.name, kind="call", type=one.gives.value, help=one.help, opens=True)
    for name, told in functions.WINDOWS.items():
        called, _, what = told.partition(": ")
        yield Word(text=name, kind="call", type=called, help=what, opens=True)


def _parts() -> Iterable[Word]:
    yield Word(text="rule", kind="part", help="one rule", opens=True)
    for name, told in _PARTS.items():
        yield Word(text=f"{name}=", kind="part", help=told)
    for verdict in Verdict:
        if verdict is not Verdict.REMOVE:  # no rule removes
            yield Word(text=verdict.value, kind="logic")
    for word in ("and", "or", "not", "in", "if", "else", "True", "False"):
        yield Word(text=word, kind="logic")


def _values(kit: Kit, tx: Transaction) -> dict[str, tuple[str, ...]]:
    banks = tx.banks.find()
    known = _sorted(bank.name for bank in banks if bank.purpose is not BankPurpose.DESIGNATED)
    types = _sorted(kit.signals)
    found = {
        "item.kind": tuple(kind.value for kind in Kind),
        "context.label": tuple(label.value for label in ContextLabel if label is not ContextLabel.UNKNOWN),
        "matches.states": tuple(state.value for state in EntryState),
        "mentions.lists": _sorted(bank.name for bank in banks if bank.purpose is BankPurpose.DESIGNATED),
        "matches.groups": _sorted(bank.group for bank in banks),
    }
    found |= dict.fromkeys(("matches.banks", "matches_in", "distance_in"), known)
    found |= dict.fromkeys(("matches.types", "signals.types", "matches_of", "distance_of"), types)
    return found | _seen(tx)


def _seen(tx: Transaction) -> dict[str, tuple[str, ...]]:
    """Return what the newest items held. Only what platforms and models are called, and nothing about a person."""
    newest, _ = tx.rule_events.latest()
    held = [_body(event.body) for event in tx.rule_events.stream(after=newest - LOOKED_AT, limit=LOOKED_AT)]
    found = {
        word: _sorted(str(body[field]) for body in held if field in body)
        for field, behind in _SEEN.items()
        for word in behind
    }
    scores = (name.partition(":")[2] for body in held for name in body if name.startswith("score:"))
    return found | {"score": _sorted(scores)}


def _body(text: str) -> dict[str, object]:
    made = json.loads(text)
    return made if isinstance(made, dict) else {}


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))[:SHOWN]
