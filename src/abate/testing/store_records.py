"""What every store promises of its tables of values: keys, searches, what never changes, and hostile texts."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from collections.abc import Callable
from dataclasses import replace

from abate.domain.audit import verify
from abate.domain.bank import Bank
from abate.domain.case import Case, CaseState, Decision
from abate.domain.errors import ConflictError, NotFoundError, StoreError
from abate.domain.history import HistoryEvent, Step
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.order import OrderState
from abate.domain.person import User
from abate.domain.rule import PastCounts
from abate.domain.scan import Proposal, Verdict
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, holds, promised, raises
from abate.testing.store_values import HOSTILE, MINUTE, START, order, values


@promised
def check_every_value_comes_back_as_it_was(store: Store, _clock: FrozenClock) -> None:
    """Each table returns what was put in, by key, by search and by count."""
    for name, (first, second) in values().items():
        with store.write() as tables:
            records = getattr(tables, name)
            records.add(first)
            equal(records.add_many([first, second]), 1)
        with store.read() as tables:
            records = getattr(tables, name)
            keys = [getattr(value, "name" if name == "banks" else "id") for value in (first, second)]
            equal([records.get(key) for key in keys], [first, second])
            equal(records.find(), [first, second])
            equal(records.count(), 2)


@promised
def check_a_search_by_indexed_fields_narrows(store: Store, _clock: FrozenClock) -> None:
    """Filters join with 'and'; the order is that of arrival, and a replacement keeps its place."""
    with store.write() as tables:
        for number in range(5):
            tables.items.add(Item(id=f"z{9 - number}", kind=Kind.TEXT, account=f"a{number % 2}", channel="c"))
        tables.items.replace(Item(id="z9", kind=Kind.PHOTO, account="a0", channel="c"))
        equal([item.id for item in tables.items.find(account="a0", channel="c")], ["z9", "z7", "z5"])
        equal([item.id for item in tables.items.find(account="a0", kind=Kind.TEXT)], ["z7", "z5"])
        equal([item.id for item in tables.items.find(limit=2)], ["z9", "z8"])
        equal([item.id for item in tables.items.find(id="z6")], ["z6"])
        equal(tables.items.count(account="a1"), 2)
        equal(tables.items.find(account="nobody"), [])


@promised
def check_a_search_by_another_field_is_refused(store: Store, _clock: FrozenClock) -> None:
    """A field without an index is a mistake in the calling code, named as such."""
    with store.read() as tables:
        for asking in (lambda: tables.items.find(text="x"), lambda: tables.items.count(text="x")):
            with raises(TypeError, "cannot be searched"):
                asking()
        with raises(TypeError, "cannot be searched"):
            tables.jobs.find(note="x")


@promised
def check_a_taken_key_is_a_conflict_that_the_transaction_survives(store: Store, _clock: FrozenClock) -> None:
    """The caller may go on after the conflict, and the rest is committed."""
    item = Item(id="i", kind=Kind.TEXT)
    with store.write() as tables:
        tables.items.add(item)
        with raises(ConflictError, "items", "'i'"):
            tables.items.add(replace(item, text="other"))
        tables.items.add(replace(item, id="j"))
    with store.read() as tables:
        equal(tables.items.get("i").text, "")
        equal(tables.items.count(), 2)


@promised
def check_many_keys_are_read_at_once(store: Store, _clock: FrozenClock) -> None:
    """Those that are there, each once, in the order of their arrival whatever order they were asked in."""
    with store.write() as tables:
        tables.items.add_many(Item(id=f"n{number}", kind=Kind.TEXT) for number in range(1200))
    with store.read() as tables:
        asked = [f"n{number}" for number in reversed(range(0, 2400, 2))]
        equal([item.id for item in tables.items.get_many(asked)], [f"n{number}" for number in range(0, 1200, 2)])
        equal([item.id for item in tables.items.get_many(["n7", "gone", "n7", "x" * 5_000])], ["n7"])
        equal(tables.items.get_many([]), [])
        equal(tables.orders.get_many(["gone"]), [])


@promised
def check_add_many_passes_over_what_is_there(store: Store, _clock: FrozenClock) -> None:
    """Keys that are taken, before or within the call, are not counted and not overwritten."""
    with store.write() as tables:
        tables.items.add(Item(id="n1", kind=Kind.TEXT, text="first"))
        many = (Item(id=f"n{number % 2500}", kind=Kind.TEXT) for number in range(5000))
        equal(tables.items.add_many(many), 2499)
        equal(tables.items.get("n1").text, "first")
        equal(tables.items.add_many([]), 0)


@promised
def check_put_many_writes_over_what_is_there(store: Store, _clock: FrozenClock) -> None:
    """The last value of a key counts, in searches too, and keeps the place of the first; the rest is as it was."""
    with store.write() as tables:
        tables.items.add_many(Item(id=f"n{number}", kind=Kind.TEXT, account="a") for number in range(3))
        tables.items.put_many([Item(id="n1", kind=Kind.PHOTO, account="b", text="new"), Item(id="x", kind=Kind.TEXT)])
        equal([item.id for item in tables.items.find()], ["n0", "n1", "n2", "x"])
        equal(tables.items.get("n1"), Item(id="n1", kind=Kind.PHOTO, account="b", text="new"))
        equal([item.id for item in tables.items.find(account="a")], ["n0", "n2"])
        equal([item.id for item in tables.items.find(account="b", kind="photo")], ["n1"])
        tables.items.put_many([])
        tables.past_counts.put_many(PastCounts(id=f"n{number % 2500}", items=number) for number in range(5000))
        tables.past_counts.put_many(PastCounts(id=text, items=1) for text in HOSTILE)
    with store.read() as tables:
        counts = [past.items for past in tables.past_counts.find(limit=2500)]
        equal(counts, list(range(2500, 5000)))
        equal([past.id for past in tables.past_counts.find()[2500:]], list(HOSTILE))
        for values_given in ([], [PastCounts(id="late")]):
            with raises(StoreError, "store.write()"):
                tables.past_counts.put_many(values_given)


@promised
def check_put_many_refuses_a_table_of_which_anything_never_changes(store: Store, _clock: FrozenClock) -> None:
    """Or with a second field that no two values share; nothing is stored then."""
    ada = User(id="u1", name="ada", password_hash="x", created_at=START)  # noqa: S106 - of nobody
    with store.write() as tables:
        made = Decision(id="d", case="c", item="i", by="u", at=START, verdict=Verdict.REMOVE)
        refusals: tuple[tuple[Callable[[], object], str], ...] = (
            (lambda: tables.decisions.put_many([made]), "decisions"),
            (lambda: tables.orders.put_many([order("o")]), "orders"),
            (lambda: tables.users.put_many([ada]), "users"),
            (lambda: tables.backtests.put_many([]), "backtests"),
        )
        for refused, name in refusals:
            with raises(TypeError, name, "one at a time"):
                refused()
        equal((tables.decisions.count(), tables.orders.count(), tables.users.count()), (0, 0, 0))


@promised
def check_what_is_not_there_is_not_found(store: Store, _clock: FrozenClock) -> None:
    """Reading, replacing and removing say so by name."""
    with store.write() as tables:
        with raises(NotFoundError, "items", "'gone'"):
            tables.items.get("gone")
        with raises(NotFoundError):
            tables.items.replace(Item(id="gone", kind=Kind.TEXT))
        with raises(NotFoundError):
            tables.items.remove("gone")
        with raises(NotFoundError, "'gone'"):
            tables.jobs.get("gone")
        with raises(NotFoundError, "'gone'"):
            tables.jobs.finish("gone", worker="w")
        with raises(NotFoundError):
            tables.audit.opening(1)


@promised
def check_a_value_is_replaced_and_removed(store: Store, _clock: FrozenClock) -> None:
    """The newest value counts, in searches too."""
    with store.write() as tables:
        tables.cases.add(_case("c"))
        tables.cases.add(_case("d"))
    with store.write() as tables:
        tables.cases.replace(replace(_case("c"), state=CaseState.DECIDED, decision="x"))
        tables.cases.remove("d")
    with store.read() as tables:
        equal(tables.cases.get("c").decision, "x")
        equal(tables.cases.count(state=CaseState.OPEN), 0)
        equal([case.id for case in tables.cases.find(state="decided")], ["c"])


def _case(name: str) -> Case:
    return Case(id=name, item="i", opened_at=START, proposal=Proposal(verdict=Verdict.REVIEW))


@promised
def check_the_receipt_of_an_order_never_changes(store: Store, _clock: FrozenClock) -> None:
    """The clock of the law hangs on it. The rest of an order moves on."""
    with store.write() as tables:
        tables.orders.add(order("o"))
        changes = {"received_at": START + MINUTE, "received_text": "later", "raw_sha256": "cd" * 32}
        for name, value in changes.items():
            with raises(ConflictError, name):
                tables.orders.replace(replace(order("o"), **{name: value}))  # type: ignore[arg-type]  # by name
        tables.orders.replace(replace(order("o"), state=OrderState.EXECUTED, executed_at=START + MINUTE))
    with store.read() as tables:
        kept = tables.orders.get("o")
        equal(
            (kept.received_at, kept.received_text, kept.raw_sha256),
            (
                START,
                "2026-03-01T13:00:00+01:00",
                "ab" * 32,
            ),
        )
        equal(tables.orders.find(state="executed"), [kept])


@promised
def check_a_decision_never_changes(store: Store, _clock: FrozenClock) -> None:
    """Neither a field nor its being there; storing it as it is, is no change."""
    made = Decision(id="d", case="c", item="i", by="u", at=START, verdict=Verdict.REMOVE)
    with store.write() as tables:
        tables.decisions.add(made)
        tables.decisions.replace(made)
        with raises(ConflictError, "never changes"):
            tables.decisions.replace(replace(made, note="I meant otherwise"))
        with raises(ConflictError, "never deleted"):
            tables.decisions.remove("d")
    with store.read() as tables:
        equal(tables.decisions.find(), [made])


@promised
def check_an_opinion_never_changes(store: Store, _clock: FrozenClock) -> None:
    """What somebody once said of an entry stays, whatever they say now."""
    said = Opinion(id="p", entry="e", source="hotline", word=OpinionWord.DISPUTE, at=START)
    with store.write() as tables:
        tables.opinions.add(said)
        with raises(ConflictError, "never changes"):
            tables.opinions.replace(replace(said, word=OpinionWord.CONFIRM))
        with raises(ConflictError, "never deleted"):
            tables.opinions.remove("p")
    with store.read() as tables:
        equal(tables.opinions.find(entry="e"), [said])


@promised
def check_what_was_done_to_a_rule_and_measured_of_it_never_changes(store: Store, _clock: FrozenClock) -> None:
    """Who let a rule go live, and on which grounds, is said once and stays."""
    given = values()
    with store.write() as tables:
        for name, field in (("rule_changes", "by"), ("backtests", "report")):
            first, records = given[name][0], getattr(tables, name)
            records.add(first)
            with raises(ConflictError, "never changes"):
                records.replace(replace(first, **{field: "somebody else"}))  # type: ignore[type-var]  # any dataclass
            with raises(ConflictError, "never deleted"):
                records.remove(getattr(first, "id"))  # noqa: B009 - of a value whose type is not known here
    with store.read() as tables:
        equal(tables.rule_changes.find(name="burst"), given["rule_changes"][:1])
        equal(tables.backtests.find(rule="ab" * 32), given["backtests"][:1])


@promised
def check_changed_entries_are_told_in_order_and_once(store: Store, _clock: FrozenClock) -> None:
    """Whoever asks with the mark that they had last misses nothing; what was not committed is not told."""
    with store.write() as tables:
        equal((tables.entry_changes.newest(), tables.entry_changes.since(0)), (0, []))
        tables.entry_changes.append(["e1", "e2"])
        tables.entry_changes.append([])
        first = tables.entry_changes.newest()
    with raises(ConflictError), store.write() as tables:
        tables.entry_changes.append(["e9"])
        tables.banks.add(Bank(name="b", created_at=START))
        tables.banks.add(Bank(name="b", created_at=START))
    with store.write() as tables:
        equal(tables.entry_changes.newest(), first)
        tables.entry_changes.append(("", "e3", *(f"n{number}" for number in range(2500)), "e3", HOSTILE[0]))
    with store.read() as tables:
        holds(tables.entry_changes.newest() > first, "the mark did not grow")
        told = ["", "e3", *(f"n{number}" for number in range(2500)), HOSTILE[0]]
        equal(tables.entry_changes.since(first), told)
        equal(tables.entry_changes.since(0), ["e1", "e2", *told])
        equal(tables.entry_changes.since(tables.entry_changes.newest()), [])
        with raises(StoreError):
            tables.entry_changes.append(["e4"])


@promised
def check_a_login_name_and_a_token_are_unique(store: Store, _clock: FrozenClock) -> None:
    """Two users never share a name, whichever way the second comes."""
    ada = User(id="u1", name="ada", password_hash="x", created_at=START)  # noqa: S106 - of nobody
    bo = replace(ada, id="u2", name="bo")
    with store.write() as tables:
        equal(tables.users.add_many([ada, bo, replace(ada, id="u3")]), 2)
        with raises(ConflictError, "'ada'"):
            tables.users.add(replace(ada, id="u4"))
        with raises(ConflictError):
            tables.users.replace(replace(bo, name="ada"))
        tables.users.replace(replace(bo, disabled=True))
        tables.users.replace(replace(ada, name="eve"))
        tables.users.add(replace(ada, id="u5"))
    with store.read() as tables:
        equal([user.id for user in tables.users.find(name="ada")], ["u5"])


@promised
def check_hostile_texts_come_back_as_they_were(store: Store, _clock: FrozenClock) -> None:
    """As key, as indexed field, as body, in history, jobs and chain; and no two of them are taken for one."""
    with store.write() as tables:
        for text in HOSTILE:
            tables.items.add(Item(id=text, kind=Kind.TEXT, text=text, account=text))
            tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED, item=text, detail=text)])
            tables.audit.append(at=START, tag="a:b:c", subject=text.replace("\ud800", "?"), body={})
            tables.counters.add(text, START)
    with store.read() as tables:
        equal([item.text for item in tables.items.find()], list(HOSTILE))
        for text in HOSTILE:
            equal(tables.items.get(text).id, text)
            equal([item.id for item in tables.items.find(account=text)], [text])
            equal(tables.counters.since(text, START), 1)
        equal([event.detail for event in tables.history.read()], list(HOSTILE))
        holds(verify(tables.audit.read()), "the audit chain has no last record")
