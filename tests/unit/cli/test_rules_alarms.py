"""``abate rules alarms`` and ``abate rules seen``: what waits is listed, and closed once by somebody who may."""

from datetime import datetime, timedelta

import pytest

from abate import app as wiring
from abate.domain.person import Role
from abate.domain.rule import RuleState, RuleVersion
from abate.flows import people, rule_alarms
from abate.policy.rules.anomaly import Finding, Unusual

PASSWORD = "herring before noon"
HASH = "ab12" * 16


@pytest.fixture
def ringing(abate):
    """One live version whose rate is unusual."""
    with wiring.opened() as kit:
        now = kit.clock.now()
        version = RuleVersion(
            id=HASH, name="burst", text="", created_at=now, created_by="kim", since=now, state=RuleState.LIVE, share=100
        )
        finding = Finding(kind=Unusual.MORE, hits=40, events=60, usual=1.25)
        alarm = rule_alarms.new(HASH, "burst", now - timedelta(minutes=1), finding, counted=39)
        with kit.store.write() as tx:
            tx.rules.add(version)
            rule_alarms.write(tx, alarm)
    return alarm


def test_what_waits_is_listed(abate, ringing):
    listed = abate.run("rules", "alarms")
    assert (listed.code, listed.err.strip()) == (0, "1 alarms wait")
    assert listed.out.startswith(f"{ringing.id}  rule burst hit 40 of 60 items within an hour")
    (one,) = abate.run("rules", "alarms", "--json").json
    assert (one["rule"], one["kind"], one["hits"], one["counted"], one["usual"]) == (HASH, "more", 40, 39, 1.25)
    assert datetime.fromisoformat(one["at"]) == ringing.at


def test_who_looked_closes_it_once(abate, ringing):
    closed = abate.run("rules", "seen", ringing.id, "--note", "The festival.")
    assert (closed.code, closed.err.strip()) == (0, f"alarm {ringing.id} about rule burst is closed")
    assert abate.run("rules", "alarms", "--json").json == []
    again = abate.run("rules", "seen", ringing.id, "--json")
    assert again.code == 1
    assert "already" in again.err
    assert "there is no" in abate.run("rules", "seen", "order:1").err


def test_who_logs_in_is_recorded_and_must_be_allowed_to(abate, ringing, tmp_path):
    with wiring.opened() as kit:
        people.add_user(kit, "rae", PASSWORD, [Role.REVIEWER], by="operator")
        lee = people.add_user(kit, "lee", PASSWORD, [Role.LEAD], by="operator")
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    refused = abate.run("rules", "seen", ringing.id, "--as", "rae", "--password-file", password)
    assert refused.code != 0
    assert (
        abate.run("rules", "seen", ringing.id, "--as", "lee", "--password-file", password, "--json").json["hits"] == 40
    )
    with wiring.opened() as kit, kit.store.read() as tx:
        record = next(record for record in tx.audit.read() if record.tag == "rules:alarm:seen")
        assert lee.id in tx.audit.opening(record.seq).body
