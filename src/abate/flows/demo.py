"""The demo: an invented year on an invented platform, run through the real pipeline day by day.

Nothing here is faked but the world outside: the posts, the reactions and a reviewer who knows the truth are generated;
banks, matches, proposals, cases, decisions, holds, deliveries, the audit chain and the measures are the real ones.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

from abate.domain.action import HoldState
from abate.domain.bank import BankPurpose
from abate.domain.case import AUTOMATIC, CaseState, Ground
from abate.domain.history import HistoryEvent
from abate.domain.order import Authentication, RemovalOrder
from abate.domain.person import Role
from abate.domain.scan import Verdict
from abate.extend.exchange import Listed
from abate.extend.store import Transaction
from abate.flows import banks, cases, clocks, delivery, demo_rules, holding, orders, people, pipeline, worker
from abate.flows.claims import TRUTH_FILE
from abate.flows.demo_pictures import pictures
from abate.flows.kit import Kit
from abate.flows.measure import following_from_store, presence_from_store, survival_from_store
from abate.measurement.platform.generate import Generated, generate
from abate.measurement.platform.posts import Post
from abate.measurement.platform.words import GROUP, PLATFORM

BANK = "grey-lantern"
LIST = "invented-designations"
WEEKS = 53
OPEN_DAYS = 9
"""How many of the last days the invented reviewer leaves to you."""
ORDER_AGE = timedelta(minutes=23)
_LOGINS = "demo-logins.json"


@dataclass(slots=True)
class ReplayClock:
    """A clock that goes through the year while it is replayed."""

    moment: datetime

    def now(self) -> datetime:
        """Return where the replay stands."""
        return self.moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What the demo did, and what it measured beside the generator's truth."""

    items: int
    cases_open: int
    cases_decided: int
    automatic: int
    held: int
    order: str
    audit_records: int
    presence_ratio: float | None
    presence_interval: tuple[float, float] | None
    presence_truth: float
    audience: int | None
    audience_truth: int
    half_life_days: float | None
    half_life_truth: int | None
    presence_by_week: tuple[tuple[int | None, int], ...]
    """Measured and true channels of each week."""


def build(kit: Kit, *, seed: int = 0, scale: float = 0.4, watch: Callable[[float], None] = lambda _: None) -> Summary:
    """Fill an empty store with the invented year, ending yesterday, and open an order whose clock is running.

    :param watch: told the share of the year that is done
    """
    made = generate(seed, scale=scale, start=_start(kit.clock.now()))
    folder = _draw(kit)
    clock = ReplayClock(made.start)
    past = replace(kit, clock=clock)
    _fill_banks(past, made, folder)
    days = _days(made)
    for number, (day, posts, events) in enumerate(days):
        clock.moment = datetime.combine(day, time.max, UTC)
        _live(past, _placed(posts, folder), events, decide=number < len(days) - OPEN_DAYS)
        demo_rules.live(past, len(days) - 1 - number)
        watch((number + 1) / len(days))
    with kit.store.write() as tx:
        tx.interventions.add_many(made.interventions)
    _keep_truth(kit, made)
    _settle(kit)
    keep_an_order_running(kit)
    return summarise(kit, made)


def _keep_truth(kit: Kit, made: Generated) -> None:
    """Write down what no real platform can tell, so that each estimate can be shown beside it."""
    text = json.dumps(made.truth.to_json(), ensure_ascii=False, allow_nan=False)
    (kit.settings.home / TRUTH_FILE).write_text(text, "utf-8")


def _start(now: datetime) -> datetime:
    """Return the Monday that lets the year end before today."""
    monday = (now - timedelta(days=now.weekday())).date()
    return datetime(monday.year, monday.month, monday.day, tzinfo=UTC) - timedelta(weeks=WEEKS - 1)


def _draw(kit: Kit) -> Path:
    folder = kit.settings.home / "demo-pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pictures().items():
        (folder / name).write_bytes(content)
    return folder


def _fill_banks(kit: Kit, made: Generated, folder: Path) -> None:
    banks.create(
        kit, BANK, purpose=BankPurpose.KNOWN, group=GROUP, description="What the group passes round.", by="demo"
    )
    banks.add_files(kit, BANK, [folder / name for name in made.material.pictures], by="demo")
    words = folder / "texts"
    words.mkdir(exist_ok=True)
    for number, text in enumerate(made.material.texts):
        (words / f"bulletin-{number}.txt").write_text(text, "utf-8")
    banks.add_files(kit, BANK, [words], by="demo")
    urls = [
        Listed(where="demo", untrusted_type="url", untrusted_value=url, sources=("demo",)) for url in made.material.urls
    ]
    banks.add_listed(kit, BANK, urls, by="demo")
    banks.create(kit, LIST, purpose=BankPurpose.DESIGNATED, description="An invented list of designations.", by="demo")
    name = Listed(where="demo", untrusted_type=banks.NAME, untrusted_value=GROUP, label=GROUP, ref="GL.001")
    banks.add_listed(kit, LIST, [name], by="demo")


def _days(made: Generated) -> list[tuple[date, list[Post], list[HistoryEvent]]]:
    posts = {day: list(those) for day, those in groupby(made.posts, key=lambda post: post.observed_at.date())}
    events = {day: list(those) for day, those in groupby(made.events, key=lambda event: event.at.date())}
    return [(day, posts.get(day, []), events.get(day, [])) for day in sorted(posts.keys() | events.keys())]


def _placed(posts: Iterable[Post], folder: Path) -> list[Post]:
    """Point the pictures' names at the drawn files."""
    return [
        replace(post, item=replace(post.item, path=str(folder / post.item.path))) if post.item.path else post
        for post in posts
    ]


def _live(kit: Kit, posts: list[Post], events: list[HistoryEvent], *, decide: bool) -> None:
    """Let one day happen: posts come in, people react, the reviewer works, the platform is told."""
    pipeline.take_in(kit, [post.item for post in posts], by="demo")
    with kit.store.write() as tx:
        tx.history.append(events)
        if decide:
            _review(kit, tx, {post.item.id: post for post in posts})
    delivery.deliver(kit, worker="demo", limit=500)


def _review(kit: Kit, tx: Transaction, today: dict[str, Post]) -> None:
    """Decide the day's cases as a reviewer would who sees what is the group's own and what only quotes it."""
    for case in tx.cases.find(state=CaseState.OPEN.value):
        post = today.get(case.item)
        if post is None:
            continue
        verdict = Verdict.REMOVE if post.of_group else Verdict.NONE
        sealed = holding.Sealed(address="", note="the demo seals only what you decide yourself")
        choice = cases.Choice(
            verdict=verdict, ground=Ground.TERMS, note="decided in the replayed year", by="demo-reviewer"
        )
        cases.decide_in(kit, tx, case.id, choice, sealed)


def _settle(kit: Kit) -> None:
    while worker.tick(kit, worker="demo", limit=500):
        pass


def keep_an_order_running(kit: Kit) -> None:
    """Receive an order unless one is due: a demo that was left overnight has a clock to show in the morning, too."""
    now = kit.clock.now()
    if not any(deadline.due > now for deadline in clocks.due(kit)):
        _order(kit)


def _order(kit: Kit) -> RemovalOrder:
    """Receive an order about the newest open item; its hour is running."""
    waiting = cases.listed(kit, CaseState.OPEN)
    item = waiting[-1].item if waiting else ""
    received = (kit.clock.now() - ORDER_AGE).astimezone()
    form = orders.OrderForm(
        authority="Harbour Authority of the Invented Coast",
        authority_reference="HA-2026-017",
        issuing_state="DE",
        received_at=received.isoformat(timespec="seconds"),
        raw=f"Removal order HA-2026-017 concerning item {item}. Invented for the demo.".encode(),
        items=(item,) if item else (),
        material_types=("SOLICITS_PARTICIPATION",),
        reasons="The item asks its readers to take part in the invented group's gatherings.",
        authentication=Authentication.VERIFIED,
    )
    return orders.receive(kit, form, by="demo")


def summarise(kit: Kit, made: Generated) -> Summary:
    """Measure what the store now holds, beside what the generator knows."""
    presence, audience, lives = presence_from_store(kit), following_from_store(kit), survival_from_store(kit)
    takedown = next((one for one in presence.breaks if one.ratio is not None), None)
    true_weeks = dict(enumerate(made.truth.presence, start=presence.rows[0].week))
    with kit.store.read() as tx:
        newest = tx.orders.find()[-1]
        return Summary(
            items=tx.items.count(),
            cases_open=tx.cases.count(state=CaseState.OPEN.value),
            cases_decided=tx.cases.count(state=CaseState.DECIDED.value),
            automatic=sum(decision.by == AUTOMATIC for decision in tx.decisions.find()),
            held=tx.holds.count(state=HoldState.HELD.value),
            order=newest.id,
            audit_records=len(tx.audit.read()),
            presence_ratio=takedown.ratio if takedown else None,
            presence_interval=takedown.interval if takedown else None,
            presence_truth=made.truth.ratio_before_after,
            audience=audience.whole.value,
            audience_truth=made.truth.audience,
            half_life_days=lives.whole.curve.median,
            half_life_truth=made.truth.half_life_seen_days,
            presence_by_week=tuple((row.value, true_weeks.get(row.week, 0)) for row in presence.rows),
        )


def logins(kit: Kit) -> dict[str, str]:
    """Return the demo's logins, making a person for each role the first time; kept beside the demo's store."""
    path = kit.settings.home / _LOGINS
    if path.exists():
        return dict(json.loads(path.read_text("utf-8")))
    made = dict(_people(kit))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(made, stream)
    return made


def _people(kit: Kit) -> Iterator[tuple[str, str]]:
    for role in Role:
        password = f"{PLATFORM.lower()}-{secrets.token_hex(4)}"
        people.add_user(kit, role.value, password, [role], by="demo")
        yield role.value, password
