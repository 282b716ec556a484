"""Script of ``test_store_survives_sigkill``: a decision, its record, its job, an event: one commit each time."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import kill_harness
from abate.domain.audit import verify
from abate.domain.case import Decision
from abate.domain.rule import RuleEvent, RuleHit
from abate.domain.scan import Verdict
from abate.domain.work import Job, JobKind
from abate.extend.store import Transaction
from abate.stores.open import open_store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS_A_STORE = 10
"""A fresh store so often: its first migration is killed as well."""


def rounds(number_of_rounds: int, seed: int, folder: Path) -> kill_harness.Killed:
    # Warm: everything is imported and every statement compiled before the first fork.
    _write(folder / "warm", "warm", lambda _line: None, until=2)

    def work(number: int, say: kill_harness.Say) -> None:
        _write(_home(folder, number), f"r{number}", say)

    def check(number: int, said: list[str]) -> None:
        kept = folder / f"said-{number // ROUNDS_A_STORE}"
        with kept.open("a") as file:
            file.writelines(f"{line}\n" for line in said)
        _check(_home(folder, number), kept.read_text().split())

    return kill_harness.kill_rounds(work, check, count=number_of_rounds, longest=0.3, seed=seed)


def _home(folder: Path, number: int) -> Path:
    return folder / f"store-{number // ROUNDS_A_STORE}"


def _write(home: Path, name: str, say: kill_harness.Say, *, until: int | None = None) -> None:
    store = open_store("", home=home)
    store.migrate()
    for number in count():
        if number == until:
            break
        key = f"{name}-{number}"
        with store.write() as tables:
            tables.decisions.add(Decision(id=key, case="c", item="i", by="u", at=NOON, verdict=Verdict.REMOVE))
            tables.jobs.add(Job(key=f"deliver:{key}", kind=JobKind.DELIVER, subject=key, run_at=NOON))
            tables.audit.append(at=NOON, tag="reviewer:case:decided", subject=key, body={"decision": key})
            _event_and_hit(tables, key)
        say(key)
    store.close()


def _event_and_hit(tables: Transaction, key: str) -> None:
    place = tables.rule_events.append([RuleEvent(item=key, at=tables.rule_events.latest()[1] + 1, body="{}")])
    hit = RuleHit(event=place, rule="r", item=key, at=place, live=True, verdict=Verdict.REVIEW)
    tables.rule_hits.append([hit])


def _check(home: Path, said: list[str]) -> None:
    store = open_store("", home=home)
    store.migrate()
    with store.read() as tables:
        records = tables.audit.read()
        verify(records)
        decided = [decision.id for decision in tables.decisions.find()]
        assert [record.subject for record in records] == decided, "a decision without its record, or a record without"
        assert {job.subject for job in tables.jobs.find()} == set(decided), "a decision without its job, or a job alone"
        assert all(tables.audit.opening(record.seq) for record in records[-3:])
        events = tables.rule_events.stream(after=0, limit=10**6)
        numbered = [(event.seq, event.item) for event in events]
        assert numbered == list(enumerate(decided, start=1)), "an event is missing, or a number was left out"
        hits = tables.rule_hits.of_rule("r", limit=10**6)
        assert [(hit.event, hit.item) for hit in reversed(hits)] == numbered, "an event without its hit, or a hit alone"
        lost = set(said) - set(decided)
        assert not lost, f"acknowledged and lost: {sorted(lost)}"
        # At most the one that was committed but not yet said in each round is there unsaid.
        assert len(decided) - len(set(said)) <= ROUNDS_A_STORE
    store.close()


if __name__ == "__main__":
    kill_harness.main(rounds)
