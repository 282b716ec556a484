"""What every store promises of the events that rules are tried on, and of what they hit."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from abate.domain.errors import StoreError
from abate.domain.item import Item, Kind
from abate.domain.rule import RuleEvent, RuleHit
from abate.domain.verdict import Verdict
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, promised, raises
from abate.testing.store_values import HOSTILE

_AT = 1_772_366_400_000_000
_HOUR = 3_600_000_000


def _event(item: str, *, at: int = _AT, body: str = "{}") -> RuleEvent:
    return RuleEvent(item=item, at=at, body=body)


def _hit(event: int, *, rule: str = "r", item: str = "i", at: int = _AT, live: bool = False) -> RuleHit:
    return RuleHit(event=event, rule=rule, item=item, at=at, live=live, verdict=Verdict.REVIEW)


def _text(item: str, text: str = "", url: str = "") -> Item:
    return Item(id=item, kind=Kind.TEXT, text=text, url=url)


@promised
def check_events_are_numbered_and_read_in_the_order_of_their_receipt(store: Store, _clock: FrozenClock) -> None:
    """From 1 on without a gap, across transactions; a stream can stop anywhere and go on."""
    with store.write() as tables:
        equal((tables.rule_events.latest(), tables.rule_events.append([])), ((0, 0), 1))
        equal(tables.rule_events.stream(after=0, limit=9), [])
        equal(tables.rule_events.append(_event(f"i{place}", at=_AT + place // 2) for place in range(5000)), 1)
    with store.write() as tables:
        equal(tables.rule_events.append([_event("late", at=_AT + 9999), _event("later", at=_AT + 9999)]), 5001)
        equal(tables.rule_events.latest(), (5002, _AT + 9999))
    with store.read() as tables:
        found = list[RuleEvent]()
        while part := tables.rule_events.stream(after=len(found), limit=1999):
            found += part
        equal([event.seq for event in found], list(range(1, 5003)))
        equal([event.item for event in found[4998:]], ["i4998", "i4999", "late", "later"])
        equal([event.at for event in found[:4]], [_AT, _AT, _AT + 1, _AT + 1])


@promised
def check_an_event_keeps_no_words_and_is_read_with_those_that_its_item_still_has(
    store: Store, _clock: FrozenClock
) -> None:
    """Words and address are not kept a second time: what is forgotten in the item is forgotten here."""
    said = _event("i", body='{"surface":"feed"}')
    with store.write() as tables:
        tables.items.add_many([_text("i", "good morning", "u:1"), _text("j", "good night")])
        tables.rule_events.append([replace(said, text="kept?", url="kept?"), _event("j"), _event("gone")])
        bare = [replace(said, seq=1), RuleEvent(item="j", at=_AT, body="{}", seq=2)]
        bare.append(RuleEvent(item="gone", at=_AT, body="{}", seq=3))
        equal(tables.rule_events.stream(after=0, limit=9), bare)
        told = [replace(bare[0], text="good morning", url="u:1"), replace(bare[1], text="good night"), bare[2]]
        equal(tables.rule_events.stream(after=0, limit=9, content=True), told)
        equal(tables.rule_events.of_items(["j", "gone", "nobody", "j"]), {"j": told[1], "gone": told[2]})
        tables.items.replace(_text("i"))
        tables.items.remove("j")
    with store.read() as tables:
        equal(tables.rule_events.stream(after=0, limit=9, content=True), bare)
        equal(tables.rule_events.of_items(iter(["i"])), {"i": bare[0]})


@promised
def check_fields_of_an_event_are_forgotten_and_the_rest_of_it_stays(store: Store, _clock: FrozenClock) -> None:
    """What was destroyed with an item leaves no fingerprint in its event, in whatever way the event is read."""
    with store.write() as tables:
        tables.rule_events.append(
            [_event("i", body='{"item.digest":"ab","surface":"feed"}'), _event("j", body="no JSON")]
        )
        tables.rule_events.append([_event("k", body='{"item.digest":"ab"}'), _event("l", body="[]")])
    with store.write() as tables:
        for item in ("i", "j", "l", "nobody"):
            tables.rule_events.forget(item, fields=["item.digest", "item.account"])
    with store.read() as tables:
        left = ['{"surface":"feed"}', "no JSON", '{"item.digest":"ab"}', "[]"]
        equal([event.body for event in tables.rule_events.stream(after=0, limit=9)], left)
        equal(tables.rule_events.of_items(["i"])["i"].body, left[0])
        with raises(StoreError, "store.write()"):
            tables.rule_events.forget("i", fields=["surface"])


@promised
def check_events_and_hits_of_hostile_items_come_back_as_they_were(store: Store, _clock: FrozenClock) -> None:
    """Whatever an item is called and whatever stands in it."""
    with store.write() as tables:
        tables.items.add_many(_text(item, item, item) for item in HOSTILE)
        tables.rule_events.append(_event(item, body=item) for item in HOSTILE)
        tables.rule_hits.append(_hit(seq, item=item) for seq, item in enumerate(HOSTILE, start=1))
    with store.read() as tables:
        for content in (False, True):
            found = tables.rule_events.stream(after=0, limit=99, content=content)
            equal([event.item for event in found], list(HOSTILE))
            equal([event.body for event in found], list(HOSTILE))
            told = list(HOSTILE) if content else [""] * len(HOSTILE)
            equal([(event.text, event.url) for event in found], [(text, text) for text in told])
        equal({item: event.text for item, event in tables.rule_events.of_items(HOSTILE).items()}, _same(HOSTILE))
        equal([hit.item for hit in tables.rule_hits.of_rule("r", limit=99)], list(reversed(HOSTILE)))
        for seq, item in enumerate(HOSTILE, start=1):
            equal(tables.rule_hits.of_item(item), [_hit(seq, item=item)])


def _same(texts: tuple[str, ...]) -> dict[str, str]:
    return {text: text for text in texts}


@promised
def check_the_events_before_a_time_end_at_a_number(store: Store, _clock: FrozenClock) -> None:
    """That of the last one received earlier, not then; 0 where there is none."""
    with store.write() as tables:
        equal(tables.rule_events.before(_AT), 0)
        tables.rule_events.append(_event(f"i{place}", at=_AT + place // 3 * 10) for place in range(9))
    with store.read() as tables:
        at = [_AT - 1, _AT, _AT + 1, _AT + 10, _AT + 20, _AT + 21]
        equal([tables.rule_events.before(moment) for moment in at], [0, 0, 3, 3, 6, 9])


@promised
def check_old_events_go_a_part_at_a_time_and_the_newest_stays(store: Store, _clock: FrozenClock) -> None:
    """So no number is ever given twice, however long nothing came in."""
    with store.write() as tables:
        equal(tables.rule_events.prune(_AT, limit=9), 0)
        tables.rule_events.append(_event(f"i{place}", at=_AT + place) for place in range(6))
        equal([tables.rule_events.prune(before, limit=2) for before in (_AT, _AT + 3, _AT + 3, _AT + 3)], [0, 2, 1, 0])
        equal([event.seq for event in tables.rule_events.stream(after=0, limit=2)], [4, 5])
        equal(tables.rule_events.of_items(["i2"]), {})
        equal(tables.rule_events.before(_AT + 2), 0)
    with store.write() as tables:
        equal(tables.rule_events.prune(_AT + 99, limit=99), 2)
        equal(tables.rule_events.prune(_AT + 99, limit=99), 0)
        equal(tables.rule_events.latest(), (6, _AT + 5))
        equal(tables.rule_events.append([_event("next", at=_AT + 100)]), 7)
        equal([event.item for event in tables.rule_events.stream(after=2, limit=9)], ["i5", "next"])


@promised
def check_hits_are_read_by_version_and_by_item(store: Store, _clock: FrozenClock) -> None:
    """Of a version the newest first, of an item in order; whole, and of nothing else."""
    with store.write() as tables:
        tables.rule_hits.append([])
        tables.rule_hits.append(_hit(n, item=f"i{n % 1000}", at=_AT + n // 3, live=n % 2 > 0) for n in range(1, 2501))
        tables.rule_hits.append([replace(_hit(7, rule="s", item="i7", at=_AT + 900), verdict=Verdict.NONE)])
    with store.read() as tables:
        equal([hit.event for hit in tables.rule_hits.of_rule("r", limit=4)], [2500, 2499, 2498, 2497])
        equal(tables.rule_hits.of_rule("r", limit=1), [_hit(2500, item="i500", at=_AT + 833)])
        equal(tables.rule_hits.of_rule("gone", limit=9), [])
        found = tables.rule_hits.of_item("i7")
        equal([(hit.event, hit.rule, hit.live) for hit in found[:2]], [(7, "r", True), (1007, "r", True)])
        equal([(hit.rule, hit.verdict) for hit in found[2:]], [("r", Verdict.REVIEW), ("s", Verdict.NONE)])
        equal(tables.rule_hits.of_item("i"), [])


@promised
def check_hits_are_counted_by_the_hour(store: Store, _clock: FrozenClock) -> None:
    """Hours begin with the first one asked for; one without a hit is left out, and hits that counted are told apart."""
    since = _AT + 7
    with store.write() as tables:
        after = [-1, 0, 1, _HOUR - 1, _HOUR, 5 * _HOUR, 5 * _HOUR + 9]
        tables.rule_hits.append(_hit(n, at=since + late, live=n % 3 == 1) for n, late in enumerate(after))
        tables.rule_hits.append([_hit(9, rule="s", at=since + 9 * _HOUR, live=True)])
    with store.read() as tables:
        counted = [(since, 3, 1), (since + _HOUR, 1, 1), (since + 5 * _HOUR, 2, 0)]
        equal(tables.rule_hits.per_hour("r", since=since), counted)
        equal(tables.rule_hits.per_hour("r", since=since + 2 * _HOUR), counted[2:])
        equal(tables.rule_hits.per_hour("gone", since=0), [])
        equal(tables.rule_hits.per_hour("s", since=0), [((since + 9 * _HOUR) // _HOUR * _HOUR, 1, 1)])


@promised
def check_old_hits_go_a_part_at_a_time(store: Store, _clock: FrozenClock) -> None:
    """The oldest first, of whichever version."""
    with store.write() as tables:
        equal(tables.rule_hits.prune(_AT, limit=9), 0)
        tables.rule_hits.append(_hit(n, rule="rs"[n % 2], at=_AT + n) for n in range(6))
        equal([tables.rule_hits.prune(before, limit=2) for before in (_AT, _AT + 3, _AT + 3, _AT + 3)], [0, 2, 1, 0])
        equal([hit.event for hit in tables.rule_hits.of_item("i")], [3, 4, 5])
        equal([hit.event for hit in tables.rule_hits.of_rule("r", limit=9)], [4])
        equal(tables.rule_hits.prune(_AT + 99, limit=99), 3)
        equal((tables.rule_hits.of_item("i"), tables.rule_hits.per_hour("s", since=0)), ([], []))


@promised
def check_events_and_hits_are_committed_together_or_not_at_all(store: Store, _clock: FrozenClock) -> None:
    """A transaction that fails keeps none, prunes none and uses up no number; one that reads may do neither."""
    with store.write() as tables:
        tables.rule_events.append([_event("a"), _event("b")])
        tables.rule_hits.append([_hit(1), _hit(2)])
    with suppress(ZeroDivisionError), store.write() as tables:
        tables.rule_events.append([_event("lost")])
        tables.rule_hits.append([_hit(3)])
        equal((tables.rule_events.prune(_AT + 1, limit=9), tables.rule_hits.prune(_AT + 1, limit=9)), (2, 3))
        raise ZeroDivisionError
    with store.read() as tables:
        equal([event.item for event in tables.rule_events.stream(after=0, limit=9)], ["a", "b"])
        equal([hit.event for hit in tables.rule_hits.of_item("i")], [1, 2])
        changes: tuple[Callable[[], object], ...] = (
            lambda: tables.rule_events.append([]),
            lambda: tables.rule_hits.append([]),
            lambda: tables.rule_events.prune(_AT, limit=1),
            lambda: tables.rule_hits.prune(_AT, limit=1),
        )
        for change in changes:
            with raises(StoreError, "store.write()"):
                change()
    with store.write() as tables:
        equal(tables.rule_events.append([_event("c")]), 3)


@promised
def check_a_reader_keeps_the_events_it_began_with(store: Store, _clock: FrozenClock) -> None:
    """While others append and prune, a history is tried on one state of it."""
    with store.write() as tables:
        tables.rule_events.append([_event("a"), _event("b")])
        tables.rule_hits.append([_hit(1)])
    with store.read() as early:
        equal(early.rule_events.latest(), (2, _AT))
        with store.write() as tables:
            tables.rule_events.append([_event("c", at=_AT + 1)])
            tables.rule_hits.append([_hit(3, at=_AT + 1)])
            equal((tables.rule_events.prune(_AT + 1, limit=9), tables.rule_hits.prune(_AT + 1, limit=9)), (2, 1))
        equal([event.item for event in early.rule_events.stream(after=0, limit=9)], ["a", "b"])
        equal((early.rule_events.latest(), early.rule_hits.of_item("i")), ((2, _AT), [_hit(1)]))
    with store.read() as late:
        equal([event.item for event in late.rule_events.stream(after=0, limit=9)], ["c"])
        equal(late.rule_hits.of_item("i"), [_hit(3, at=_AT + 1)])
