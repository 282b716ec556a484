"""``abate demo``: the real pipeline over an invented year, its measures beside the truth, and the console on top."""

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from abate.domain.audit import verify
from abate.domain.rule import RuleState
from abate.flows import cases, clocks
from abate.flows.demo import build, keep_an_order_running, logins
from abate.flows.rules import life
from abate.sandbox.pool import DecoderPool
from abate.stores.open import open_store
from abate.testing import FrozenClock, make_kit


def test_the_measured_fall_stands_beside_the_truth_and_close_to_it(tmp_path) -> None:
    from datetime import UTC, datetime

    clock = FrozenClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    store = open_store("", home=tmp_path, clock=clock)
    store.migrate()
    shares = []
    with DecoderPool(workers=1, max_pixels=10**7, required=True) as decoder:
        kit = make_kit(tmp_path, store=store, clock=clock, decoder=decoder)
        summary = build(kit, seed=3, scale=0.25, watch=shares.append)
        assert shares[-1] == 1.0
        assert summary.presence_ratio is not None
        assert abs(summary.presence_ratio - summary.presence_truth) < 0.1
        assert summary.presence_truth < 0.8
        low, high = summary.presence_interval
        assert low <= summary.presence_ratio <= high
        measured = [value for value, _ in summary.presence_by_week[:-2] if value is not None]
        true = [truth for value, truth in summary.presence_by_week[:-2] if value is not None]
        assert sum(abs(a - b) for a, b in zip(measured, true, strict=True)) <= 0.1 * sum(true)
        assert abs(summary.audience - summary.audience_truth) <= 0.05 * summary.audience_truth
        assert summary.cases_open > 3
        assert summary.held > 10
        assert summary.automatic > 3
        _went_by_the_book(kit)
        (deadline,) = clocks.due(kit)
        assert (deadline.due - clock.now()).total_seconds() == 37 * 60
        assert cases.queue(kit)[0].deadline == deadline
        with store.read() as tx:
            assert verify(tx.audit.read()).seq == summary.audit_records
        clock.move(hours=2)
        keep_an_order_running(kit)
        assert len(clocks.due(kit)) == 2
        assert logins(kit) == logins(kit)
        assert (tmp_path / "demo-logins.json").stat().st_mode & 0o077 == 0
    store.close()


def _went_by_the_book(kit) -> None:
    shadowed, live = sorted(life.listed(kit), key=lambda version: version.since, reverse=True)
    assert (live.state, live.share, shadowed.state) == (RuleState.LIVE, 100, RuleState.SHADOW)
    assert live.name == shadowed.name
    by = {change.step.value: change.by for change in life.history(kit, live.name)}
    assert by["approved"] not in {by["asked"], by["drafted"]}
    with kit.store.read() as tx:
        assert tx.backtests.get(live.backtest).events > 100
        counted = {hit.live for hit in tx.rule_hits.of_rule(live.id, limit=5)}
        noted = {hit.live for hit in tx.rule_hits.of_rule(shadowed.id, limit=5)}
    assert (counted, noted) == ({True}, {False})


def test_once_prints_the_summary_and_ends_well(abate) -> None:
    answer = abate.run("demo", "--once", "--json")
    assert answer.code == 0
    assert answer.json["presence_ratio"] < 0.9
    assert not any(abate.home.iterdir()), "the demo leaves your own folder alone"


def test_the_demo_serves_a_console_that_asks_who_you_are(home, tmp_path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "abate", "demo", "--port", "8477"], stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        page = _answer("http://127.0.0.1:8477/login", process)
        assert "Log in" in page
        said = log.read_text("utf-8")
        assert len(re.findall(r"^login \S+ +password \S+$", said, re.MULTILINE)) == 6
        assert "the generator's truth" in said
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in {0, 130, -signal.SIGINT}
    assert (home / "demo" / "built").exists()


def _answer(url: str, process: subprocess.Popen, seconds: float = 240) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return answer.read().decode()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    msg = "the console never answered"
    raise AssertionError(msg)
