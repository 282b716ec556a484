"""The lane of retro: out of the way of the live path, and gone with whoever started it."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.retro import RetroState
from abate.extend.exchange import Listed
from abate.flows import banks, lane, pipeline, retro, retro_work, worker
from abate.settings import Settings, load
from abate.stores.open import open_store
from abate.testing import make_kit

WORDS = "The Order of the Grey Lantern calls its friends to the harbour, number {}."


class RealClock:
    def now(self):
        from datetime import UTC, datetime

        return datetime.now(UTC)


@pytest.fixture
def kit(home):
    store = open_store("", home=home)
    store.migrate()
    made = make_kit(home, store=store)
    object.__setattr__(made, "clock", RealClock())
    banks.create(made, "lantern", purpose=BankPurpose.KNOWN, by="lead")
    yield made
    store.close()


def items(name, number):
    return [Item(id=f"{name}-{n}", kind=Kind.TEXT, text=WORDS.format(n), platform="h") for n in range(number)]


def add(kit, *numbers):
    plug = kit.signals["text"]
    values = [plug.compute(pipeline.Material(item=one)).value for one in items("x", max(numbers) + 1)]
    listed = [Listed(where="l", untrusted_type="text", untrusted_value=values[number]) for number in numbers]
    banks.add_listed(kit, "lantern", listed, by="lead")


def wait_until(so, seconds=60):
    until = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_the_longer_a_step_had_to_wait_the_longer_the_rest():
    assert lane.rest_after(wall=0.1, used=0.1) == pytest.approx(0.025)
    assert lane.rest_after(wall=0.2, used=0.1) == pytest.approx(0.425)
    assert lane.rest_after(wall=9.0, used=0.1) == lane.LONGEST_REST_S
    assert lane.rest_after(wall=0.1, used=0.2) == pytest.approx(0.05), "two clocks never agree to the tick"


def test_the_pace_rests_between_steps_and_does_not_count_its_rest():
    rests = []
    pace = lane.Pace(lambda seconds: (rests.append(seconds), time.sleep(0.05)))
    pace()
    pace()
    assert len(rests) == 2
    assert rests[1] < 0.15


def test_the_settings_of_a_kit_reach_its_worker(tmp_path):
    given = Settings(home=tmp_path, store="sqlite:////x", retro=False, decoders=7)
    environment = lane.environment_of(given)
    assert load(environment) == given
    assert environment.keys() == {"ABATE_HOME", "ABATE_STORE", "ABATE_RETRO", "ABATE_DECODERS"}


def test_a_worker_does_what_waits_and_ends_when_nothing_does(kit):
    pipeline.take_in(kit, items("post", 5), by="platform")
    add(kit, 1, 3)
    assert lane.work(kit, worker="w", idle_s=0.05) == 1
    assert retro.listed(kit)[0].found == 2
    assert lane.work(kit, worker="w", idle_s=0.05) == 0


def test_a_worker_ends_when_it_is_alone(kit):
    pipeline.take_in(kit, items("post", 5), by="platform")
    add(kit, 1)
    assert lane.work(kit, worker="w", alone=lambda: True) == 0
    assert retro_work.is_due(kit)


def test_serving_finds_what_is_there_and_live_items_are_served_meanwhile(kit):
    pipeline.take_in(kit, items("post", 40), by="platform")
    stop, said = threading.Event(), []
    beside = threading.Thread(
        target=worker.run, args=(kit, stop), kwargs={"worker": "serve", "say": said.append, "pause_s": 0.05}
    )
    beside.start()
    try:
        add(kit, *range(0, 40, 2))
        live = 0
        while retro.listed(kit)[0].state is not RetroState.DONE:
            (scan,) = pipeline.take_in(kit, [Item(id=f"live-{live}", kind=Kind.TEXT, text=WORDS.format(2))], by="p")
            assert scan.matches
            live += 1
            time.sleep(0.01)
    finally:
        stop.set()
        beside.join(60)
    assert not said
    assert live > 0
    run = retro.listed(kit)[0]
    with kit.store.read() as tx:
        assert tx.cases.count() == 20 + live
    assert (run.found, run.opened) == (20, 20)


def test_a_worker_goes_with_the_process_that_started_it(kit, home):
    code = (
        "import os, subprocess, sys;"
        "command = [sys.executable, '-m', 'abate', 'retro', 'work', '--beside', str(os.getpid()), '--idle', '600'];"
        "p = subprocess.Popen(command,"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); print(p.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    child = int(done.stdout)
    wait_until(lambda: not _alive(child))


def _alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"


def test_in_memory_the_lane_works_in_this_process(home):
    kit = make_kit(home)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, by="lead")
    pipeline.take_in(kit, items("post", 5), by="platform")
    add(kit, 1)
    tended = lane.Lane(kit)
    wait_until(lambda: tended.tend() or not retro_work.is_due(kit))
    tended.close()
    assert retro.listed(kit)[0].found == 1


def test_a_lane_that_is_closed_ends_its_worker(kit):
    pipeline.take_in(kit, items("post", 5), by="platform")
    add(kit, 1)
    tended = lane.Lane(kit)
    tended.tend()
    process = tended._process
    assert process.poll() is None
    tended.tend()
    assert tended._process is process
    tended.close()
    assert process.returncode is not None
