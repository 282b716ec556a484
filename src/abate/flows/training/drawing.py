"""Texts that people are asked to label: drawn, put before them as cases, and remembered as a draw.

The random part of a draw is the only sample that says how common anything is, and on which a model's sets can be
audited: what the rules and models put forward is not like what is posted. So every text had the same chance, whether or
not a case about it is open or decided already, and no case says which part of the draw it is in.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from abate.domain.errors import InputError
from abate.domain.item import Item
from abate.domain.rule import RuleEvent
from abate.domain.scan import Proposal, Reason, Scan, Verdict
from abate.domain.signal import UNDETERMINED, Language, Score
from abate.domain.work import Job, JobKind
from abate.extend.classifier import Classifier
from abate.extend.store import Transaction
from abate.flows import cases
from abate.flows.kit import Kit
from abate.flows.rule_record import read_event
from abate.flows.training.labelled import as_asked
from abate.flows.training.sampling import Why, sample_for_learning
from abate.measurement.weeks import to_micros

SPAN: Final = timedelta(days=30)
"""Texts are drawn from those that came in within so long."""
MOST: Final = 10_000
"""Texts, the newest, that are looked at."""
RULE: Final = "sample"
_DRAWN: Final = "drawn:"
_PAGE: Final = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A text of late that is still held."""

    item: str
    text: str
    language: Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What a draw came to."""

    items: Mapping[Why, tuple[str, ...]]
    opened: int
    """Cases that were opened for it; the other texts have one already."""


def held(tx: Transaction, *, since: datetime, most: int = MOST) -> list[Held]:
    """Return the texts that came in since then and are still held, each wording once, oldest first.

    :param most: events that are looked at, the newest
    """
    newest, _ = tx.rule_events.latest()
    after = max(tx.rule_events.before(to_micros(since)), newest - most)
    found: dict[str, Held] = {}
    while page := tx.rule_events.stream(after=after, limit=_PAGE, content=True):
        after = page[-1].seq
        for event in page:
            if event.text.strip():
                found.setdefault(event.text, _held(event))
    return list(found.values())


def held_of(tx: Transaction, items: Sequence[str]) -> list[Held]:
    """Return those of the items whose text is still held."""
    return [_held(event) for event in tx.rule_events.of_items(items).values() if event.text.strip()]


def _held(event: RuleEvent) -> Held:
    code = read_event(event).get("language.code")
    language = Language(code=code if isinstance(code, str) else UNDETERMINED, confidence=None)
    return Held(item=event.item, text=event.text, language=language)


def scored(model: Classifier, texts: list[Held]) -> list[tuple[Held, tuple[Score, ...]]]:
    """Return the texts of which a model says anything, with what it says."""
    said = model.score(as_asked(one.text for one in texts), [one.language for one in texts])
    return [(one, scores) for one, scores in zip(texts, said, strict=True) if isinstance(scores, tuple) and scores]


def draw(kit: Kit, size: int, *, seed: int = 0, by: str) -> Drawn:
    """Draw texts by the model in force and open a case for each that has none: half uncertain, three in ten at random.

    :raises InputError: when no model is in force, or it says something of none of the texts that are held
    """
    if not kit.readers.classifiers:
        msg = "no model is in force to choose by; name one with the setting text_model"
        raise InputError(msg, where="--sample")
    model, now = kit.readers.classifiers[0], kit.clock.now()
    with kit.store.read() as tx:
        texts = held(tx, since=now - SPAN)
    pool = scored(model, texts)
    if not pool:
        msg = f"model {model.name} says nothing of any text that came in within {SPAN.days} days; take some in"
        raise InputError(msg, where="--sample")
    likely = [min(1.0, sum(score.probability for score in scores)) for _, scores in pool]
    chosen = sample_for_learning(likely, seed, size)
    items = {why: tuple(pool[one.place][0].item for one in chosen if one.why is why) for why in Why}
    with kit.store.write() as tx:
        opened = sum(_ask(tx, *pool[one.place], now) for one in chosen)
        _remember(tx, now, items)
        body = {"model": model.version, "items": len(chosen), "cases": opened, "seed": seed, "by": by}
        tx.audit.append(at=now, tag="operator:sample:drawn", subject=model.name, body=body)
    return Drawn(items=items, opened=opened)


def _ask(tx: Transaction, one: Held, scores: tuple[Score, ...], now: datetime) -> bool:
    """Open a case for a text, unless it has one or is gone; return whether it did."""
    items: list[Item] = tx.items.get_many([one.item])
    if not items or not items[0].text or tx.cases.find(item=one.item, limit=1):
        return False
    why = Reason(rule=RULE, text="Drawn so that a model can learn and be checked; nothing else asks for it.")
    proposal = Proposal(verdict=Verdict.REVIEW, reasons=(why,))
    cases.open_case(tx, Scan(item=items[0], scores=scores, language=one.language, proposal=proposal), now)
    return True


def _remember(tx: Transaction, now: datetime, items: Mapping[Why, tuple[str, ...]]) -> None:
    key = f"{_DRAWN}{now:%Y%m%dT%H%M%S%f}"
    note = json.dumps({why.value: own for why, own in items.items()})
    tx.jobs.add(Job(key=key, kind=JobKind.ALARM, subject=_DRAWN, run_at=now, note=note))
    tx.jobs.cancel(key)


def drawn_at_random(tx: Transaction, *, since: datetime) -> list[str]:
    """Return the items that draws since then took at random."""
    rows = [row for row in tx.jobs.find(kind=JobKind.ALARM.value, subject=_DRAWN) if row.run_at >= since]
    return list(dict.fromkeys(item for row in rows for item in json.loads(row.note)[Why.RANDOM.value]))
