"""What the suite of the store puts in: a moment, two values of every table, texts that have broken databases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from abate.domain.action import Action, ActionState, Effect, Hold
from abate.domain.audit import AuditRecord
from abate.domain.bank import Bank, BankPurpose, Entry, EntryState, Match, Stance
from abate.domain.case import Case, CaseState, Decision, Ground
from abate.domain.flood import Quarantine, QuarantineState, Tally, TallyAccount, TallyStep
from abate.domain.history import Intervention
from abate.domain.item import Item, Kind
from abate.domain.opinion import Opinion, OpinionWord
from abate.domain.order import Authentication, ClockEvent, ClockEventKind, OrderState, RemovalOrder
from abate.domain.person import Permission, Role, Session, Token, User
from abate.domain.retro import HeldBack, RetroRun, RetroState
from abate.domain.rule import Backtest, PastCounts, RuleChange, RuleState, RuleStep, RuleVersion
from abate.domain.scan import Proposal, Reason, Verdict
from abate.domain.signal import Mention
from abate.domain.work import Job, JobKind
from abate.extend.store import Store, Transaction

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

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


def values() -> dict[str, list[object]]:
    """Return two values of every table, by the table's name."""
    item = Item(id="i1", kind=Kind.TEXT, text="good morning", account="a", channel="c", platform="p", posted_at=START)
    opinion = Opinion(id="p1", entry="e1", source="x", word=OpinionWord.DISPUTE, by="u1", at=START, reason="a logo")
    match = Match(
        bank="b",
        entry="e",
        signal_type="pdq",
        distance=3,
        sources=("x", "y"),
        group="lantern",
        state=EntryState.DISPUTED,
        opinions=(opinion,),
        added_at=START,
        most=Verdict.REVIEW,
        held_back="It is disputed.",
    )
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
    entry = Entry(id="e1", bank="b", signal_type="pdq", value="ff", sources=("self",), added_at=START)
    set_aside = Quarantine(id="q1", entry="e1", bank="b", opened_at=START, items=60, seen=90, usual=3)
    step = TallyStep(at=START, count=3)
    tally = Tally(id="e1", steps=(step,), accounts=(TallyAccount(digest="f", at=START, count=1),), peaks=(step, step))
    retro = RetroRun(id="r1", created_at=START, by="u1", bank="b", position=7, upto=9, finished_at=START)
    held = (HeldBack(entry="e1", quarantine="q1", items=3),)
    intervention = Intervention(id="n1", date=START, platform="p", kind="takedown")
    bank = Bank(name="b2", purpose=BankPurpose.DESIGNATED, created_at=START, max_distance=20, ceiling=Verdict.REVIEW)
    later = replace(item, id="i2", kind=Kind.PHOTO, views=7, posted_at=None, surface="feed", channel_members=9)
    return {
        "items": [item, replace(later, account_created_at=START, channel_created_at=START - MINUTE)],
        "banks": [Bank(name="b1", created_at=START), bank],
        "entries": [
            entry,
            replace(
                entry, id="e2", value="00", stance=Stance.NEGATIVE, expires_at=START, added_by="u1", origin="l.csv"
            ),
        ],
        "opinions": [opinion, replace(opinion, id="p2", word=OpinionWord.WITHDRAW)],
        "quarantines": [set_aside, replace(set_aside, id="q2", state=QuarantineState.RELEASED, closed_at=START)],
        "tallies": [tally, Tally(id="stream")],
        "cases": [case, replace(case, id="c2", state=CaseState.DECIDED, decision="d1")],
        "decisions": [decision, replace(decision, id="d2", reverses="d1", verdict=Verdict.NONE)],
        "actions": [action, replace(action, id="a2", state=ActionState.SENT, until=None, undoes="a1")],
        "holds": [hold, replace(hold, id="h2", purposes=("a", "b"), note="none at hand")],
        "orders": [order("o1"), replace(order("o2"), state=OrderState.EXECUTED, executed_at=START)],
        "interventions": [intervention, replace(intervention, id="n2", end=START)],
        "retros": [
            retro,
            replace(retro, id="r2", state=RetroState.DONE, since=START, entries=("e1", "e2"), set_aside=held),
        ],
        **_values_of_people(),
        **_values_of_rules(),
    }


def _values_of_people() -> dict[str, list[object]]:
    user = User(
        id="u1",
        name="ada",
        password_hash="x",  # noqa: S106 - of nobody
        roles=(Role.LEAD, Role.ADMIN),
        created_at=START,
    )
    token = Token(
        id="t1",
        user="u1",
        name="ci",
        sha256="f1",
        scopes=(Permission.ITEMS_SUBMIT,),
        created_at=START,
        expires_at=START,
    )
    session = Session(id="s1", user="u1", csrf="z", created_at=START, expires_at=START)
    return {
        "users": [user, replace(user, id="u2", name="bo", disabled=True)],
        "tokens": [token, replace(token, id="t2", sha256="f2", revoked_at=START)],
        "sessions": [session, replace(session, id="s2")],
    }


def _values_of_rules() -> dict[str, list[object]]:
    drafted = RuleVersion(
        id="ab" * 32, name="burst", text="rule(…)", created_at=START, created_by="u1", since=START, asked_at=START
    )
    live = replace(drafted, id="cd" * 32, state=RuleState.LIVE, share=10, replaces="ab" * 32, asked_at=None)
    change = RuleChange(id="g1", rule="ab" * 32, name="burst", step=RuleStep.DRAFTED, at=START, by="u1")
    tried = Backtest(
        id="k1", rule="ab" * 32, ran_at=START, by="u1", since=START - MINUTE, until=START, events=7, hits=2, report="{}"
    )
    past = PastCounts(id="account:1:p1:a", created_at=START, items=7, removed=2)
    return {
        "rules": [drafted, live],
        "rule_changes": [change, replace(change, id="g2", step=RuleStep.SHARED, share=50, backtest="k1", note="slow")],
        "backtests": [tried, replace(tried, id="k2", events=0, hits=0)],
        "past_counts": [past, PastCounts(id="channel:1:p1:c", members=300)],
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
