"""What every store promises of its jobs: each is done once, by one worker, when it is due."""
# ruff: noqa: D401 - the docstring of a check is the promise that its failure quotes, not a command

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from abate.domain.errors import ConflictError, InputError
from abate.domain.work import JobKind, JobState
from abate.extend.store import Store
from abate.testing.fakes import FrozenClock
from abate.testing.promises import equal, holds, promised, raises
from abate.testing.store_values import HOSTILE, MINUTE, START, claim, job

LONGEST_JOB_TEXT = 250
"""Characters of a key or a subject; more than an index of every database takes."""


@promised
def check_hostile_texts_in_jobs(store: Store, _clock: FrozenClock) -> None:
    """A note may say anything; a key or subject that is too long for an index is refused."""
    with store.write() as tables:
        for text in HOSTILE:
            if len(text) > LONGEST_JOB_TEXT:
                with raises(InputError, "characters"):
                    tables.jobs.add(replace(job("k"), key=text))
                continue
            tables.jobs.add(replace(job("k"), key=text, subject=text))
            equal(tables.jobs.claim([JobKind.DELIVER], worker=text, limit=1, lease=MINUTE)[0].worker, text)
            tables.jobs.postpone(text, worker=text, run_at=START + MINUTE, note=text)
            equal(tables.jobs.get(text).note, text)
            equal([found.key for found in tables.jobs.find(subject=text)], [text])


@promised
def check_a_job_is_added_once(store: Store, _clock: FrozenClock) -> None:
    """The same key again changes nothing, whatever became of the job."""
    with store.write() as tables:
        holds(tables.jobs.add(job("k")), "a new job was not added")
        holds(not tables.jobs.add(replace(job("k"), subject="other")), "a known key was added again")
    equal([taken.key for taken in claim(store, "w")], ["k"])
    with store.write() as tables:
        tables.jobs.finish("k", worker="w")
        holds(not tables.jobs.add(job("k")), "a finished job was added again")
        holds(tables.jobs.get("k").state is JobState.DONE, "the finished job is not done")
        equal(tables.jobs.get("k").subject, "of:k")


@promised
def check_due_jobs_are_claimed_earliest_first(store: Store, clock: FrozenClock) -> None:
    """Only what is due, of the kinds asked for, no more than asked for; each claim is an attempt."""
    with store.write() as tables:
        tables.jobs.add(job("late", after=2 * MINUTE))
        tables.jobs.add(job("early", after=-MINUTE))
        tables.jobs.add(job("now"))
        tables.jobs.add(job("alarm", kind=JobKind.ALARM))
        equal([found.key for found in tables.jobs.find()], ["early", "now", "alarm", "late"])
        equal([found.key for found in tables.jobs.find(kind=JobKind.ALARM)], ["alarm"])
        equal([found.key for found in tables.jobs.find(limit=1, state="ready")], ["early"])
    deliver = (JobKind.DELIVER,)
    first = claim(store, "w", limit=1, kinds=deliver)
    equal([(taken.key, taken.attempts, taken.state) for taken in first], [("early", 1, JobState.RUNNING)])
    equal(first[0].lease_until, START + 5 * MINUTE)
    equal([taken.key for taken in claim(store, "w", kinds=deliver)], ["now"])
    clock.move(minutes=2)
    equal([taken.key for taken in claim(store, "w", kinds=deliver)], ["late"])
    equal(claim(store, "w", kinds=deliver), [])
    equal(claim(store, "w", kinds=()), [])


@promised
def check_a_lease_that_ran_out_passes_to_another_worker(store: Store, clock: FrozenClock) -> None:
    """The second takes the job over; the first can neither finish, postpone nor bury it any more."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "first")
    clock.move(minutes=4)
    equal(claim(store, "second"), [])
    clock.move(minutes=1)
    equal([(taken.worker, taken.attempts) for taken in claim(store, "second")], [("second", 2)])
    with store.write() as tables:
        with raises(ConflictError, "'first'", "'second'"):
            tables.jobs.finish("k", worker="first")
        with raises(ConflictError):
            tables.jobs.postpone("k", worker="first", run_at=START, note="")
        with raises(ConflictError):
            tables.jobs.bury("k", worker="first", note="")
        equal(tables.jobs.get("k").worker, "second")
        tables.jobs.finish("k", worker="second")
        with raises(ConflictError, "done"):
            tables.jobs.finish("k", worker="second")
        holds(tables.jobs.get("k").lease_until is None, "a finished job has a lease")


@promised
def check_a_worker_may_finish_late_while_nobody_took_over(store: Store, clock: FrozenClock) -> None:
    """A lease that ran out unnoticed harmed nobody."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "w")
    clock.move(hours=1)
    with store.write() as tables:
        tables.jobs.finish("k", worker="w")
    equal(claim(store, "w"), [])


@promised
def check_a_job_is_postponed_and_buried(store: Store, clock: FrozenClock) -> None:
    """Postponed, it waits for its new time; buried, it waits for a person."""
    with store.write() as tables:
        tables.jobs.add(job("k"))
    claim(store, "w")
    with store.write() as tables:
        tables.jobs.postpone("k", worker="w", run_at=START + MINUTE, note="no answer")
        given_back = tables.jobs.get("k")
    equal((given_back.state, given_back.worker, given_back.lease_until), (JobState.READY, "", None))
    equal((given_back.note, given_back.attempts), ("no answer", 1))
    equal(claim(store, "w"), [])
    clock.move(minutes=1)
    equal([taken.attempts for taken in claim(store, "w")], [2])
    with store.write() as tables:
        tables.jobs.bury("k", worker="w", note="refused")
        equal((tables.jobs.get("k").state, tables.jobs.get("k").note), (JobState.DEAD, "refused"))
    clock.move(days=1)
    equal(claim(store, "w"), [])


@promised
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
        equal(answers, [True, True, False, False, False])
        with raises(ConflictError):
            tables.jobs.finish("runs", worker="w")
    equal(claim(store, "w"), [])


@promised
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
    equal(sorted(key for share in shares for key in share), [f"k{number:02}" for number in range(40)])
