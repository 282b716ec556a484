"""The store under SIGKILL: what was acknowledged is there, whole, with its record and its job."""

import time
from pathlib import Path

import pytest

from kill_harness import kill_rounds, run_script

HERE = Path(__file__).parent


def test_what_was_acknowledged_survives_sigkill_at_any_moment(tmp_path):
    killed = run_script(HERE / "store_kill_rounds.py", count=100, folder=tmp_path)
    assert killed.rounds == 100
    assert killed.said > killed.rounds, "the kills came too early to hit commits"
    assert killed.silent > 0, "no kill hit the opening of the store"


def test_the_harness_notices_a_loss(tmp_path):
    script = tmp_path / "loses.py"
    script.write_text(
        "import time, kill_harness\n"
        "def work(number, say):\n"
        "    while True:\n"
        "        say('kept nowhere'); time.sleep(0.01)\n"
        "def check(number, said):\n"
        "    assert not said, 'acknowledged and lost'\n"
        "kill_harness.main(lambda count, seed, folder:"
        " kill_harness.kill_rounds(work, check, count=count, longest=0.2, seed=seed))\n"
    )
    with pytest.raises(AssertionError, match="acknowledged and lost"):
        run_script(script, count=5, folder=tmp_path)


def test_the_harness_notices_a_worker_that_ended_by_itself(tmp_path):
    script = tmp_path / "stops.py"
    script.write_text(
        "import kill_harness\n"
        "def work(number, say):\n"
        "    raise ValueError('broke')\n"
        "kill_harness.main(lambda count, seed, folder:"
        " kill_harness.kill_rounds(work, print, count=count, longest=30, seed=seed))\n"
    )
    with pytest.raises(AssertionError, match="broke"):
        run_script(script, count=1, folder=tmp_path)


def test_the_harness_refuses_to_fork_beside_a_thread():
    import threading

    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(AssertionError, match="threads run"):
            kill_rounds(lambda number, say: time.sleep(1), lambda number, said: None, count=1, longest=1)
    finally:
        stop.set()
        thread.join()
