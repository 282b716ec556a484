"""What every store promises, as functions that take one: memory, SQLite and PostgreSQL pass the same list.

Each check gets an empty, migrated store and the clock that it tells the time by.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from abate.domain.action import Action, ActionState, Effect, Hold
from abate.domain.audit import AuditRecord, commitment, verify
from abate.domain.bank import Bank, BankPurpose, Entry, Match
from abate.domain.case import Case, CaseState, Decision, Ground
from abate.domain.errors import AbateError, ConflictError, InputError, NotFoundError, StoreError
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.domain.item import Item, Kind
from abate.domain.order import Authentication, ClockEvent, ClockEventKind, OrderState, RemovalOrder
from abate.domain.person import Permission, Role, Session, Token, User
from abate.domain.scan import Proposal, Reason, Verdict
from abate.domain.signal import Mention
from abate.domain.work import Job, JobKind, JobState
from abate.extend.store import Store, Transaction
from abate.testing import FrozenClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@contextmanager
def raises(kind: type[AbateError], *words: str) -> Iterator[None]:
    """Expect an error of exactly this kind, with these words in its sentence."""
    try:
        yield
    except kind as error:
        assert all(word in str(error) for word in words), str(error)  # noqa: PT017 - the suite runs without pytest
    else:
        msg = f"no {kind.__name__} was raised"
        raise AssertionError(msg)


def values() -> dict[str, list[object]]:
    """Return two values of every table, by the table's name."""
    item = Item(id="i1", kind=Kind.TEXT, text="good morning", account="a", channel="c", platform="p", posted_at=START)
    match = Match(bank="b", entry="e", signal_type="pdq", distance=3, sources=("x", "y"), group="lantern")
    proposal = Proposal(verdict=Verdict.REVIEW, reasons=(Reason(rule="r", text="It matches."),))
    mention = Mention(name="n", list="l", ref="r", start=1, end=3)
    case = Case(id="c1", item="i1", opened_at=START, proposal=proposal, matches=(match,), mentions=(mention,))
    decision = Decision(
        id="d1", case="c1", item="i1", by="u1", at=START, verdict=Verdict.REMOVE, ground=Ground.TCO_ART3
    )
    action = Action(
        id="a1", decision="d1", item="i1", effect=Effect.REMOVE, connector="simulate", created_at=START, until=START
    )
    hold = Hold(
        id="h1", item="i1", action="a1", purposes=("review",), sealed="00", placed_at=START, expires_at=START + MINUTE
    )
    user = User(id="u1", name="ada", password_hash="x", roles=(Role.LEAD, Role.ADMIN), created_at=START)
    token = Token(
        id="t1",
        user="u1",
        name="ci",
        sha256="f1",
        scopes=(Permission.ITEMS_SUBMIT,),
        created_at=START,
        expires_at=START,
    )
    entry = Entry(id="e1", bank="b", signal_type="pdq", value="ff", sources=("self",), added_at=START)
    session = Session(id="s1", user="u1", csrf="z", created_at=START, expires_at=START)
    intervention = Intervention(id="n1", date=START, platform="p", kind="takedown")
    return {
        "items": [item, replace(item, id="i2", kind=Kind.PHOTO, views=7, posted_at=None)],
        "banks": [Bank(name="b1", created_at=START), Bank(name="b2", purpose=BankPurpose.DESIGNATED, created_at=START)],
        "entries": [entry, replace(entry, id="e2", value="00")],
        "cases": [case, replace(case, id="c2", state=CaseState.DECIDED, decision="d1")],
        "decisions": [decision, replace(decision, id="d2", reverses="d1", verdict=Verdict.NONE)],
        "actions": [action, replace(action, id="a2", state=ActionState.SENT, until=None, undoes="a1")],
        "holds": [hold, replace(hold, id="h2", purposes=("a", "b"), note="none at hand")],
        "orders": [order("o1"), replace(order("o2"), state=OrderState.EXECUTED, executed_at=START)],
        "interventions": [intervention, replace(intervention, id="n2", end=START)],
        "users": [user, replace(user, id="u2", name="bo", disabled=True)],
        "tokens": [token, replace(token, id="t2", sha256="f2", revoked_at=START)],
        "sessions": [session, replace(session, id="s2")],
    }


def order(name: str) -> RemovalOrder:
    """Return a removal order as it came in."""
    return RemovalOrder(
        id=name,
        received_at=START,
        received_text="2026-03-01T13:00:00+01:00",
        raw_sha256="ab" * 32,
        authority="Office",
        authority_reference="7/26",
        issuing_state="AT",
        authentication=Authentication.VERIFIED,
        urls=("https://example.org/1",),
        clock=(ClockEvent(kind=ClockEventKind.STARTED, at=START, reason="received"),),
    )


def job(key: str, *, kind: JobKind = JobKind.DELIVER, after: timedelta = timedelta(0)) -> Job:
    """Return a job that is due ``after`` the start."""
    return Job(key=key, kind=kind, subject=f"of:{key}", run_at=START + after)


def claim(store: Store, worker: str, *, limit: int = 10, kinds: tuple[JobKind, ...] = tuple(JobKind)) -> list[Job]:
    """Claim jobs for five minutes, in a transaction of its own."""
    with store.write() as tables:
        return tables.jobs.claim(kinds, worker=worker, limit=limit, lease=5 * MINUTE)


def note(tables: Transaction, subject: str, body: Mapping[str, object] | None = None) -> AuditRecord:
    """Append a record to the chain."""
    return tables.audit.append(
        at=START, tag="reviewer:case:decided", subject=subject, body=body or {"subject": subject}
    )


def check_every_value_comes_back_as_it_was(store: Store, _clock: FrozenClock) -> None:
    """Each table returns what was put in, by key, by search and by count."""
    for name, (first, second) in values().items():
        with store.write() as tables:
            records = getattr(tables, name)
            records.add(first)
            assert records.add_many([first, second]) == 1
        with store.read() as tables:
            records = getattr(tables, name)
            keys = [getattr(value, "name" if name == "banks" else "id") for value in (first, second)]
            assert [records.get(key) for key in keys] == [first, second]
            assert records.find() == [first, second]
            assert records.count() == 2


def check_a_search_by_indexed_fields_narrows(store: Store, _clock: FrozenClock) -> None:
    """Filters join with 'and'; the order is that of arrival, and a replacement keeps its place."""
    with store.write() as tables:
        for number in range(5):
            tables.items.add(Item(id=f"z{9 - number}", kind=Kind.TEXT, account=f"a{number % 2}", channel="c"))
        tables.items.replace(Item(id="z9", kind=Kind.PHOTO, account="a0", channel="c"))
        assert [item.id for item in tables.items.find(account="a0", channel="c")] == ["z9", "z7", "z5"]
        assert [item.id for item in tables.items.find(account="a0", kind=Kind.TEXT)] == ["z7", "z5"]
        assert [item.id for item in tables.items.find(limit=2)] == ["z9", "z8"]
        assert [item.id for item in tables.items.find(id="z6")] == ["z6"]
        assert tables.items.count(account="a1") == 2
        assert tables.items.find(account="nobody") == []


def check_a_search_by_another_field_is_refused(store: Store, _clock: FrozenClock) -> None:
    """A field without an index is a mistake in the calling code, named as such."""
    with store.read() as tables:
        for asking in (lambda: tables.items.find(text="x"), lambda: tables.items.count(text="x")):
            _expect_type_error(asking)
        _expect_type_error(lambda: tables.jobs.find(note="x"))


def _expect_type_error(asking: Callable[[], object]) -> None:
    try:
        asking()
    except TypeError as error:
        assert "cannot be searched" in str(error)  # noqa: PT017 - this file is shipped without pytest
    else:
        msg = "a search by a field without an index was answered"
        raise AssertionError(msg)


def check_a_taken_key_is_a_conflict_that_the_transaction_survives(store: Store, _clock: FrozenClock) -> None:
    """The caller may go on after the conflict, and the rest is committed."""
    item = Item(id="i", kind=Kind.TEXT)
    with store.write() as tables:
        tables.items.add(item)
        with raises(ConflictError, "items", "'i'"):
            tables.items.add(replace(item, text="other"))
        tables.items.add(replace(item, id="j"))
    with store.read() as tables:
        assert tables.items.get("i").text == ""
        assert tables.items.count() == 2


def check_add_many_passes_over_what_is_there(store: Store, _clock: FrozenClock) -> None:
    """Keys that are taken, before or within the call, are not counted and not overwritten."""
    with store.write() as tables:
        tables.items.add(Item(id="n1", kind=Kind.TEXT, text="first"))
        many = (Item(id=f"n{number % 2500}", kind=Kind.TEXT) for number in range(5000))
        assert tables.items.add_many(many) == 2499
        assert tables.items.get("n1").text == "first"
        assert tables.items.add_many([]) == 0


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


def check_a_value_is_replaced_and_removed(store: Store, _clock: FrozenClock) -> None:
    """The newest value counts, in searches too."""
    with store.write() as tables:
        tables.cases.add(_case("c"))
        tables.cases.add(_case("d"))
    with store.write() as tables:
        tables.cases.replace(replace(_case("c"), state=CaseState.DECIDED, decision="x"))
        tables.cases.remove("d")
    with store.read() as tables:
        assert tables.cases.get("c").decision == "x"
        assert tables.cases.count(state=CaseState.OPEN) == 0
        assert [case.id for case in tables.cases.find(state="decided")] == ["c"]


def _case(name: str) -> Case:
    return Case(id=name, item="i", opened_at=START, proposal=Proposal(verdict=Verdict.REVIEW))


def check_an_exception_takes_everything_back(store: Store, _clock: FrozenClock) -> None:
    """Nothing of a transaction that an exception passed through is left, in any table; the exception comes out."""
    with store.write() as tables:
        tables.items.add(Item(id="kept", kind=Kind.TEXT))
        note(tables, "kept")
    try:
        with store.write() as tables:
            _touch_everything(tables)
            raise KeyError("mine")  # noqa: EM101, TRY301 - the caller's own
    except KeyError as error:
        assert error.args == ("mine",)  # noqa: PT017 - as above
    with store.write() as tables:
        assert [item.id for item in tables.items.find()] == ["kept"]
        assert tables.jobs.find() == []
        assert tables.history.read() == []
        assert tables.counters.since("k", START) == 0
        assert [record.subject for record in tables.audit.read()] == ["kept"]
        with raises(NotFoundError):
            tables.audit.opening(2)
        assert note(tables, "next").seq == 2
        assert verify(tables.audit.read()) is not None


def _touch_everything(tables: Transaction) -> None:
    tables.items.add(Item(id="lost", kind=Kind.TEXT))
    tables.items.remove("kept")
    tables.jobs.add(job("lost"))
    tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED)])
    tables.counters.add("k", START)
    assert note(tables, "lost").seq == 2
    assert len(tables.audit.read()) == 2


def check_a_reader_keeps_the_state_it_began_with(store: Store, _clock: FrozenClock) -> None:
    """What is committed meanwhile is not seen, in any table; the next reader sees it."""
    with store.write() as tables:
        tables.items.add(Item(id="old", kind=Kind.TEXT))
    with store.read() as early:
        assert early.items.count() == 1
        with store.write() as tables:
            tables.items.add(Item(id="new", kind=Kind.TEXT))
            tables.items.remove("old")
            tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED)])
            note(tables, "new")
            assert early.items.count() == 1
        assert [item.id for item in early.items.find()] == ["old"]
        assert early.history.read() == []
        assert early.audit.read() == []
    with store.read() as late:
        assert [item.id for item in late.items.find()] == ["new"]
        assert len(late.history.read()) == 1


def check_a_reader_cannot_write(store: Store, _clock: FrozenClock) -> None:
    """Every table refuses, and nothing is changed."""
    event = HistoryEvent(at=START, step=Step.RECEIVED)
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    with store.read() as tables:
        changes: list[Callable[[], object]] = [
            lambda: tables.items.add(Item(id="j", kind=Kind.TEXT)),
            lambda: tables.items.add_many([Item(id="j", kind=Kind.TEXT)]),
            lambda: tables.items.replace(Item(id="i", kind=Kind.PHOTO)),
            lambda: tables.items.remove("i"),
            lambda: tables.jobs.add(job("j")),
            lambda: tables.jobs.claim([JobKind.DELIVER], worker="w", limit=1, lease=MINUTE),
            lambda: tables.jobs.cancel("j"),
            lambda: note(tables, "n"),
            lambda: tables.audit.forget(1),
            lambda: tables.history.append([event]),
            lambda: tables.counters.add("k", START),
        ]
        for change in changes:
            with raises(StoreError, "store.write()"):
                change()
    with store.read() as tables:
        assert tables.items.find() == [Item(id="i", kind=Kind.TEXT)]


def check_a_second_write_in_one_thread_is_refused(store: Store, _clock: FrozenClock) -> None:
    """Waiting for itself would never end; the outer transaction goes on."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
        with raises(StoreError, "already"), store.write():
            pass
    with store.write() as tables:
        assert tables.items.count() == 1


def check_a_transaction_that_ended_takes_no_more_writes(store: Store, _clock: FrozenClock) -> None:
    """A change after the end is refused, not lost in silence."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    with raises(StoreError):
        tables.items.add(Item(id="j", kind=Kind.TEXT))
    with store.write() as tables:
        note(tables, "first")
    with raises(StoreError, "ended"):
        note(tables, "late")
    with store.read() as tables:
        assert tables.items.count() == 1
        assert len(tables.audit.read()) == 1


def check_the_receipt_of_an_order_never_changes(store: Store, _clock: FrozenClock) -> None:
    """The clock of the law hangs on it. The rest of an order moves on."""
    with store.write() as tables:
        tables.orders.add(order("o"))
        changes = {"received_at": START + MINUTE, "received_text": "later", "raw_sha256": "cd" * 32}
        for name, value in changes.items():
            with raises(ConflictError, name):
                tables.orders.replace(replace(order("o"), **{name: value}))  # type: ignore[arg-type]
        tables.orders.replace(replace(order("o"), state=OrderState.EXECUTED, executed_at=START + MINUTE))
    with store.read() as tables:
        kept = tables.orders.get("o")
        assert (kept.received_at, kept.received_text, kept.raw_sha256) == (
            START,
            "2026-03-01T13:00:00+01:00",
            "ab" * 32,
        )
        assert tables.orders.find(state="executed") == [kept]


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
        assert tables.decisions.find() == [made]


def check_a_login_name_and_a_token_are_unique(store: Store, _clock: FrozenClock) -> None:
    """Two users never share a name, whichever way the second comes."""
    ada = User(id="u1", name="ada", password_hash="x", created_at=START)
    bo = replace(ada, id="u2", name="bo")
    with store.write() as tables:
        assert tables.users.add_many([ada, bo, replace(ada, id="u3")]) == 2
        with raises(ConflictError, "'ada'"):
            tables.users.add(replace(ada, id="u4"))
        with raises(ConflictError):
            tables.users.replace(replace(bo, name="ada"))
        tables.users.replace(replace(bo, disabled=True))
        tables.users.replace(replace(ada, name="eve"))
        tables.users.add(replace(ada, id="u5"))
    with store.read() as tables:
        assert [user.id for user in tables.users.find(name="ada")] == ["u5"]


HOSTILE = (
    "a\x00b",
    "\ud800",
    "\\ud800",
    '"',
    '"a"',
    '"sha256:' + "0" * 64,
    "'; DROP TABLE items; --",
    "\u202eabc",
    "😀" * 400,
    "x" * 5_000,
    "x" * 5_001,
    "",
    " ",
)
"""Texts that have broken databases: NUL, half a surrogate pair, quotes, longer than an index takes."""


def check_hostile_texts_come_back_as_they_were(store: Store, _clock: FrozenClock) -> None:
    """As key, as indexed field, as body, in history, jobs and chain; and no two of them are taken for one."""
    with store.write() as tables:
        for text in HOSTILE:
            tables.items.add(Item(id=text, kind=Kind.TEXT, text=text, account=text))
            tables.history.append([HistoryEvent(at=START, step=Step.RECEIVED, item=text, detail=text)])
            tables.audit.append(at=START, tag="a:b:c", subject=text.replace("\ud800", "?"), body={})
            tables.counters.add(text, START)
    with store.read() as tables:
        assert [item.text for item in tables.items.find()] == list(HOSTILE)
        for text in HOSTILE:
            assert tables.items.get(text).id == text
            assert [item.id for item in tables.items.find(account=text)] == [text]
            assert tables.counters.since(text, START) == 1
        assert [event.detail for event in tables.history.read()] == list(HOSTILE)
        assert verify(tables.audit.read()) is not None


def check_hostile_texts_in_jobs(store: Store, _clock: FrozenClock) -> None:
    """A note may say anything; a key or subject that is too long for an index is refused."""
    with store.write() as tables:
        for text in HOSTILE:
            if len(text) > 250:
                with raises(InputError, "characters"):
                    tables.jobs.add(replace(job("k"), key=text))
                continue
            tables.jobs.add(replace(job("k"), key=text, subject=text))
            assert tables.jobs.claim([JobKind.DELIVER], worker=text, limit=1, lease=MINUTE)[0].worker == text
            tables.jobs.postpone(text, worker=text, run_at=START + MINUTE, note=text)
            assert tables.jobs.get(text).note == text
            assert [found.key for found in tables.jobs.find(subject=text)] == [text]


def check_a_job_is_added_once(store: Store, _clock: FrozenClock) -> None:
    """The same key again changes nothing, whatever became of the job."""
    with store.write() as tables:
        assert tables.jobs.add(job("k"))
        assert not tables.jobs.add(replace(job("k"), subject="other"))
    assert [taken.key for taken in claim(store, "w")] == ["k"]
    with store.write() as tables:
        tables.jobs.finish("k", worker="w")
        assert not tables.jobs.add(job("k"))
        assert tables.jobs.get("k").state is JobState.DONE
        assert tables.jobs.get("k").subject == "of:k"


def check_due_jobs_are_claimed_earliest_first(store: Store, clock: FrozenClock) -> None:
    """Only what is due, of the kinds asked for, no more than asked for; each claim is an attempt."""
    with store.write() as tables:
        tables.jobs.add(job("late", after=2 * MINUTE))
        tables.jobs.add(job("early", after=-MINUTE))
        tables.jobs.add(job("now"))
        tables.jobs.add(job("alarm", kind=JobKind.ALARM))
        assert [found.key for found in tables.jobs.find()] == ["early", "now", "alarm", "late"]
        assert [found.key for found in tables.jobs.find(kind=JobKind.ALARM)] == ["alarm"]
        assert [found.key for found in tables.jobs.find(limit=1, state="ready")] == ["early"]
    deliver = (JobKind.DELIVER,)
    first = claim(store, "w", limit=1, kinds=deliver)
    assert [(taken.key, taken.attempts, taken.state) for taken in first] == [("early", 1, JobState.RUNNING)]
    assert first[0].lease_until == START + 5 * MINUTE
    assert [taken.key for taken in claim(store, "w", kinds=deliver)] == ["now"]
    clock.move(minutes=2)
    assert [taken.key for taken in claim(store, "w", kinds=deliver)] == ["late"]
    assert claim(store, "w", kinds=deliver) == []
    assert claim(store, "w", kinds=()) == []


def check_a_lease_that_ran_out_passes_to_another_worker(store: Store, clock: FrozenClock) -> None:
    """The second takes the job over; the first can neither finish, postpone nor bury it any more."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "first")
    clock.move(minutes=4)
    assert claim(store, "second") == []
    clock.move(minutes=1)
    assert [(taken.worker, taken.attempts) for taken in claim(store, "second")] == [("second", 2)]
    with store.write() as tables:
        with raises(ConflictError, "'first'", "'second'"):
            tables.jobs.finish("k", worker="first")
        with raises(ConflictError):
            tables.jobs.postpone("k", worker="first", run_at=START, note="")
        with raises(ConflictError):
            tables.jobs.bury("k", worker="first", note="")
        assert tables.jobs.get("k").worker == "second"
        tables.jobs.finish("k", worker="second")
        with raises(ConflictError, "done"):
            tables.jobs.finish("k", worker="second")
        assert tables.jobs.get("k").lease_until is None


def check_a_worker_may_finish_late_while_nobody_took_over(store: Store, clock: FrozenClock) -> None:
    """A lease that ran out unnoticed harmed nobody."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "w")
    clock.move(hours=1)
    with store.write() as tables:
        tables.jobs.finish("k", worker="w")
    assert claim(store, "w") == []


def check_a_job_is_postponed_and_buried(store: Store, clock: FrozenClock) -> None:
    """Postponed, it waits for its new time; buried, it waits for a person."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "w")
    with store.write() as tables:
        tables.jobs.postpone("k", worker="w", run_at=START + MINUTE, note="no answer")
        given_back = tables.jobs.get("k")
    assert (given_back.state, given_back.worker, given_back.lease_until) == (JobState.READY, "", None)
    assert (given_back.note, given_back.attempts) == ("no answer", 1)
    assert claim(store, "w") == []
    clock.move(minutes=1)
    assert [taken.attempts for taken in claim(store, "w")] == [2]
    with store.write() as tables:
        tables.jobs.bury("k", worker="w", note="refused")
        assert (tables.jobs.get("k").state, tables.jobs.get("k").note) == (JobState.DEAD, "refused")
    clock.move(days=1)
    assert claim(store, "w") == []


def check_a_job_is_cancelled(store: Store, _clock: FrozenClock) -> None:
    """One that waits or runs is; one that is done, dead or unknown is not."""
    with store.write() as tables:
        for key in ("waits", "runs", "done", "dead"):
            tables.jobs.add(job(key, kind=JobKind.ALARM if key == "waits" else JobKind.DELIVER))
    claim(store, "w", kinds=(JobKind.DELIVER,))
    with store.write() as tables:
        tables.jobs.finish("done", worker="w")
        tables.jobs.bury("dead", worker="w", note="")
        answers = [tables.jobs.cancel(key) for key in ("waits", "runs", "done", "dead", "unknown")]
        assert answers == [True, True, False, False, False]
        with raises(ConflictError):
            tables.jobs.finish("runs", worker="w")
    assert claim(store, "w") == []


def check_workers_never_share_a_job(store: Store, _clock: FrozenClock) -> None:
    """Four workers that claim at once take each job once, and all of them."""
    with store.write() as tables:
        for number in range(40):
            tables.jobs.add(job(f"k{number:02}"))

    def work(worker: str) -> list[str]:
        mine: list[str] = []
        while taken := claim(store, worker, limit=3):
            mine += [one.key for one in taken]
        return mine

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, "abcd"))
    assert sorted(key for share in shares for key in share) == [f"k{number:02}" for number in range(40)]


def check_the_chain_links_across_transactions(store: Store, _clock: FrozenClock) -> None:
    """Records number on without a gap, follow each other, and open to what they committed to."""
    body = {"verdict": "remove", "at": START, "reasons": ["Gr\u00fc\u00dfe", 1, None]}
    with store.write() as tables:
        made = [note(tables, "a", body), note(tables, "b")]
    with store.write() as tables:
        made.append(note(tables, "c"))
        assert tables.audit.read(after=2) == made[2:]
    with store.read() as tables:
        assert tables.audit.read() == made
        assert tables.audit.read(after=1, limit=1) == made[1:2]
        assert verify(tables.audit.read()) == made[2]
        opening = tables.audit.opening(1)
    assert commitment(opening.salt, body) == made[0].commitment
    assert "Gr\u00fc\u00dfe" in opening.body


def check_a_forgotten_opening_leaves_the_chain_whole(store: Store, _clock: FrozenClock) -> None:
    """The data are gone, the record and its links are not; forgetting twice is no error."""
    with store.write() as tables:
        note(tables, "a")
        note(tables, "b")
        tables.audit.forget(1)
    with store.write() as tables:
        tables.audit.forget(1)
        with raises(NotFoundError, "1"):
            tables.audit.opening(1)
        assert tables.audit.opening(2).seq == 2
        last = verify(tables.audit.read())
        assert last is not None
        assert last.subject == "b"


def check_a_bad_tag_is_refused_and_leaves_no_link(store: Store, _clock: FrozenClock) -> None:
    """The chain goes on from the last good record."""
    with store.write() as tables:
        note(tables, "a")
        with raises(InputError, "source:subject:action"):
            tables.audit.append(at=START, tag="Nonsense", subject="x", body={})
        assert note(tables, "b").seq == 2


def check_history_keeps_its_order(store: Store, _clock: FrozenClock) -> None:
    """Events come back as they were appended, whole, and by step."""
    full = HistoryEvent(
        at=START,
        step=Step.MATCHED,
        item="i",
        platform="p",
        channel="c",
        group="g",
        language="ar",
        kind="text",
        posted_at=START - MINUTE,
        audience="x",
        views=2**62,
        detail="d",
    )
    events = [full, HistoryEvent(at=START - MINUTE, step=Step.RECEIVED), replace(full, step=Step.DECIDED, views=None)]
    with store.write() as tables:
        tables.history.append(iter(events))
        tables.history.append([])
        with raises(InputError, "views"):
            tables.history.append([replace(full, views=2**63)])
    with store.read() as tables:
        assert tables.history.read()[:3] == events
        assert tables.history.read(limit=1) == events[:1]
        assert tables.history.read(steps=[Step.DECIDED, Step.RECEIVED]) == events[1:]


def check_counters_count_from_a_time(store: Store, _clock: FrozenClock) -> None:
    """The window includes its first moment; keys do not mix."""
    with store.write() as tables:
        for minutes in (0, 1, 2):
            tables.counters.add("k", START + minutes * MINUTE)
        tables.counters.add("other", START)
        assert tables.counters.since("k", START + MINUTE) == 2
    with store.read() as tables:
        assert tables.counters.since("k", START) == 3
        assert tables.counters.since("k", START + 3 * MINUTE) == 0


def check_writers_take_turns(store: Store, _clock: FrozenClock) -> None:
    """What a writer read stays true until it commits: no update is lost, and the chain has one order."""
    with store.write() as tables:
        tables.items.add(Item(id="sum", kind=Kind.TEXT, views=0))
    gate = threading.Barrier(4)

    def work(_number: int) -> None:
        gate.wait(timeout=30)
        for _ in range(5):
            with store.write() as tables:
                views = tables.items.get("sum").views
                assert views is not None
                tables.items.replace(Item(id="sum", kind=Kind.TEXT, views=views + 1))
                note(tables, str(views))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with store.read() as tables:
        assert tables.items.get("sum").views == 20
        assert [record.subject for record in tables.audit.read()] == [str(number) for number in range(20)]
        assert verify(tables.audit.read()) is not None


def check_the_store_tells_its_time(store: Store, clock: FrozenClock) -> None:
    """Aware, in UTC, and by the clock that it was given."""
    assert store.now() == START
    clock.move(minutes=1)
    assert store.now() == START + MINUTE
    assert store.now().utcoffset() == timedelta(0)


def check_migrating_twice_changes_nothing(store: Store, _clock: FrozenClock) -> None:
    """The values are still there."""
    with store.write() as tables:
        tables.items.add(Item(id="i", kind=Kind.TEXT))
    store.migrate()
    with store.read() as tables:
        assert tables.items.count() == 1


STORE_CHECKS: tuple[Callable[[Store, FrozenClock], None], ...] = tuple(
    check for name, check in list(globals().items()) if name.startswith("check_")
)
"""All of the above, so that none can be left out."""


def check_store(make: Callable[[FrozenClock], Store]) -> None:
    """Hold a store against every promise. ``make`` returns an empty, migrated one that tells the time by the clock."""
    for check in STORE_CHECKS:
        clock = FrozenClock(START)
        store = make(clock)
        check(store, clock)
        store.close()
