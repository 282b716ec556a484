"""Script of ``test_pipeline_survives_sigkill``: the whole loop, killed anywhere, against a platform that is real."""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import kept_rules
import kill_harness
from abate.action.webhook import WebhookConnectorType
from abate.domain.action import ActionState
from abate.domain.audit import verify
from abate.domain.bank import BankPurpose
from abate.domain.case import CaseState
from abate.domain.item import Item, Kind
from abate.domain.scan import Verdict
from abate.extend.clock import Clock
from abate.extend.store import Transaction
from abate.flows import banks, cases, orders, pipeline, worker
from abate.flows.kit import Kit
from abate.flows.rules.recording import read_event
from abate.measurement.weeks import to_moment
from abate.policy.rules.check import rules
from abate.stores.open import open_store
from abate.testing import make_kit

RULE = 'rule(name="often", when=count(item.account, "1h") >= 3, then=review, because="Posts often.", owner="kim")'
"""Live, and it looks back: what it counted must be what was stored, however often its process is killed."""
WORDS = "The Order of the Grey Lantern calls its friends to the harbour on the longest night of the year."
ROUNDS_A_STORE = 20
"""A fresh store so often: opening, migrating and the first bank are killed as well."""
SHORTEST_SPAN, LONGEST_SPAN = 0.6, 3.0
"""Seconds: bounds of the span in which a kill falls."""


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def rounds(number_of_rounds: int, seed: int, folder: Path) -> kill_harness.Killed:
    _loop(folder / "warm", "warm", lambda _line: None, until=2)
    began = time.monotonic()
    _loop(folder / "warm", "warm-again", lambda _line: None, until=4)
    # On a loaded machine a fixed span would kill every worker while it opens its store.
    longest = min(max(SHORTEST_SPAN, 2 * (time.monotonic() - began)), LONGEST_SPAN)

    def work(number: int, say: kill_harness.Say) -> None:
        _loop(_home(folder, number), f"r{number}", say)

    def check(number: int, said: list[str]) -> None:
        kept = folder / f"said-{number // ROUNDS_A_STORE}"
        with kept.open("a") as file:
            file.writelines(f"{line}\n" for line in said)
        _check(folder, _home(folder, number), kept.read_text().splitlines())

    return kill_harness.kill_rounds(work, check, count=number_of_rounds, longest=longest, seed=seed)


def _home(folder: Path, number: int) -> Path:
    return folder / f"store-{number // ROUNDS_A_STORE}"


def _kit(home: Path, clock: Clock | None = None) -> Kit:
    home.mkdir(exist_ok=True)
    store = open_store("", home=home)
    store.migrate()
    settings = json.loads((home.parent / "webhook.json").read_text("utf-8"))
    made = make_kit(home, store=store, settings={"undo_seconds": 0}, connector=WebhookConnectorType().open(settings))
    object.__setattr__(made, "clock", clock or RealClock())
    return made


def _loop(home: Path, name: str, say: kill_harness.Say, *, until: int | None = None) -> None:
    kit = _kit(home)
    if not banks.listed(kit):
        banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, by="lead")
    with kit.store.read() as tx:
        has_rule = bool(tx.rules.count())
    if not has_rule:
        kept_rules.keep(kit, RULE)
    (home / "known.txt").write_text(WORDS, "utf-8")
    banks.add_files(kit, "lantern", [home / "known.txt"], by="lead")
    for number in count():
        if number == until:
            break
        _one_upload(kit, f"{name}-{number}", number, say)
    kit.store.close()


def _one_upload(kit: Kit, item_id: str, number: int, say: kill_harness.Say) -> None:
    item = Item(id=item_id, kind=Kind.TEXT, text=WORDS, platform="harbour", account=f"a{number % 2}")
    pipeline.take_in(kit, [item], by="platform")
    say(f"item {item_id}")
    case_id = cases.case_id_of(item_id)
    if number % 3 == 0:
        form = orders.OrderForm(
            authority="Ministry of Harbours", authority_reference=item_id, issuing_state="DE", received_at="",
            raw=item_id.encode(), items=(item_id,), material_types=("INCITES",), reasons="It asks for offences.",
        )  # fmt: skip
        order = orders.receive(kit, form, by="lee")
        say(f"order {order.id} {order.received_text}")
        orders.execute(kit, order.id, by="lee")
        say(f"case {case_id}")
    else:
        decision = cases.decide(kit, case_id, verdict=Verdict.REMOVE, by="rob")
        say(f"decision {decision.id}")
    worker.tick(kit, worker=f"w{number}")
    if number % 3 == 1:
        say(f"decision {cases.undo(kit, case_id, by='rob').id}")
        worker.tick(kit, worker=f"w{number}")


def _check(folder: Path, home: Path, said: list[str]) -> None:
    store = open_store("", home=home)
    store.migrate()
    with store.read() as tx:
        records = tx.audit.read()
        verify(records)
        subjects = {record.subject for record in records}
        for line in said:
            _is_there(tx, line.split())
        for decision in tx.decisions.find():
            assert decision.id in subjects, f"decision {decision.id} has no audit record"
            _has_its_effects(tx, decision.case, decision.id)
        _windows_hold_what_is_stored(tx)
        sent = {line.split()[0] for line in (folder / "received.log").read_text("utf-8").splitlines()}
        warm = {action.id for action in tx.actions.find()}
        (folder / f"known-{home.name}").write_text("\n".join(warm), "utf-8")
        done = {a.id for a in tx.actions.find() if a.state is ActionState.SENT}
        assert done <= sent, f"recorded as sent, never received: {sorted(done - sent)[:3]}"
    store.close()


def _windows_hold_what_is_stored(tx: Transaction) -> None:
    """Each item has its event, and what its window was told is a recount of the events before it."""
    events = tx.rule_events.stream(after=0, limit=1_000_000)
    assert sorted(event.item for event in events) == sorted(item.id for item in tx.items.find())
    versions = tx.rules.find()
    if not versions:
        return
    (window,) = rules(RULE).windows
    begun = min(version.since for version in versions)
    records = [read_event(event) for event in events]
    for here, (event, record) in enumerate(zip(events, records, strict=True)):
        inside = sum(
            other["item.account"] == record["item.account"]
            for earlier, other in zip(events[: here + 1], records, strict=False)
            if earlier.at > event.at - window.seconds * 1_000_000
        )
        told = record.get(window.column)
        assert told == inside or (told is None and to_moment(event.at) < begun), (
            f"event {event.seq}: {told}, not {inside}"
        )
        hits = [(hit.live, hit.event) for hit in tx.rule_hits.of_item(event.item)]
        assert hits == ([(True, event.seq)] if told is not None and inside >= 3 else [])


def _is_there(tx: Transaction, said: list[str]) -> None:
    match said:
        case ["item", item_id]:
            assert tx.items.get(item_id).text == WORDS
        case ["decision", decision_id]:
            tx.decisions.get(decision_id)
        case ["case", case_id]:
            assert tx.decisions.find(case=case_id)
        case ["order", order_id, received]:
            order = tx.orders.get(order_id)
            assert order.received_text == received
            assert order.clock[0].at == order.received_at
            alarms = tx.jobs.find(kind="alarm", subject=order_id)
            assert max(job.run_at for job in alarms) == order.received_at + timedelta(minutes=55)


def _has_its_effects(tx: Transaction, case_id: str, decision_id: str) -> None:
    """A removal in force has its action, the action its job, and the removed item its hold."""
    case = tx.cases.get(case_id)
    for action in tx.actions.find(decision=decision_id):
        assert tx.jobs.find(subject=action.id), f"action {action.id} has no job"
    if case.state is CaseState.DECIDED and case.decision == decision_id:
        (action,) = tx.actions.find(decision=decision_id)
        assert tx.holds.find(action=action.id), f"removal {action.id} has no hold"


if __name__ == "__main__":
    kill_harness.main(rounds)
