"""Studies over small records: what a plan settles is what is counted, from the store's own history or from tables."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abate.domain.errors import InputError
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.flows.claims import TRUTH_FILE, claims_from_store, claims_of
from abate.flows.ground import Scope
from abate.flows.sources import Source
from abate.flows.store_digest import store_sha256
from abate.flows.study import run_study, verify
from abate.measurement.claims.claim import Verdict
from abate.measurement.drawing import stored
from abate.measurement.drawing.shapes import Chart
from abate.measurement.drawing.small_chart import small_chart
from abate.measurement.weeks import to_micros, week_of
from abate.testing import make_kit

FIRST = datetime(2025, 1, 6, 3, tzinfo=UTC)
NAMED = ("Harbourline", "Saltmarsh", "Tidewater")


def event(week, channel, platform="Harbourline", **more):
    at = FIRST + timedelta(weeks=week)
    item = f"{platform}-{channel}-{week}"
    return HistoryEvent(
        at=at, step=Step.MATCHED, platform=platform, channel=channel, item=item, posted_at=at, group="g", **more
    )


@pytest.fixture
def kit(tmp_path):
    made = make_kit(tmp_path)
    with made.store.write() as tx:
        tx.history.append([event(week, f"c{n}") for week in range(30) for n in range(8 if week < 15 else 4)])
        done = Intervention(id="i", date=FIRST + timedelta(weeks=15, days=2), platform="Harbourline", kind="takedown")
        tx.interventions.add(done)
    return made


def plan_of(folder, text):
    path = folder / "study.toml"
    path.write_text(text)
    return path


def test_a_study_of_the_store_holds_while_the_store_grows_beyond_its_date(kit, tmp_path):
    plan = plan_of(tmp_path, "[study]\nuntil = 2025-08-01\n")
    done = run_study(kit, plan, tmp_path / "bundle")
    assert done.judged.claims.evidence.number("/since_presence/relative") == pytest.approx(-0.5)
    with kit.store.write() as tx:
        tx.history.append([event(40, "late")])
    assert verify(kit, tmp_path / "bundle").holds
    with kit.store.write() as tx:
        tx.history.append([event(20, "slipped in")])
    checked = verify(kit, tmp_path / "bundle")
    assert (checked.holds, checked.changed_inputs) == (False, ("store",))


def test_the_hash_of_a_store_is_that_of_what_it_says_and_not_of_the_order_it_was_told_in(tmp_path):
    hashes = set()
    events = [event(week, f"c{week}") for week in range(5)]
    for number, order in enumerate((events, events[::-1])):
        (tmp_path / str(number)).mkdir()
        made = make_kit(tmp_path / str(number))
        with made.store.write() as tx:
            tx.history.append(order)
        hashes.add(store_sha256(made, None))
        assert store_sha256(made, FIRST) != store_sha256(made, None)
    assert len(hashes) == 1


def test_the_claims_are_counted_once_and_again_when_something_is_appended(kit):
    first = claims_from_store(kit)
    assert claims_from_store(kit) is first
    with kit.store.write() as tx:
        tx.history.append([event(29, "new")])
    assert claims_from_store(kit) is not first


def test_a_truth_that_is_none_is_said_to_be_none(kit):
    path = kit.settings.home / TRUTH_FILE
    for content in ("[]", '{"weeks": [{"week": 1}]}', "no JSON"):
        path.write_text(content)
        with pytest.raises(InputError, match="truth"):
            claims_from_store(kit)
    path.write_text(json.dumps({"weeks": [{"week": "2025-01-06", "presence": 8, "without_takedown": 8}]}))
    assert claims_from_store(kit).invented


@pytest.fixture
def year(tmp_path):
    """Three platforms with ten, six and six channels; half of the first are struck in week 20."""
    rows = [
        {
            "observed_at": (FIRST + timedelta(weeks=week)).isoformat(),
            "platform": platform,
            "channel": f"{platform}-{n}",
        }
        for week in range(40)
        for platform, size in zip(NAMED, (10 if week < 20 else 5, 6, 6), strict=True)
        for n in range(size + (week * 7 + len(platform)) % 3)
    ]
    with (tmp_path / "s.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    done = FIRST + timedelta(weeks=20, days=1)
    (tmp_path / "i.csv").write_text(f"date,platform,kind\n{done:%Y-%m-%d},Harbourline,takedown\n")
    return tmp_path


def judged(year, *, interventions=True, **scope):
    kit = make_kit(year)
    source = Source(sightings=year / "s.csv", interventions=year / "i.csv" if interventions else None)
    return claims_of(kit, source, Scope(**scope)).claims


def test_platforms_that_nothing_touched_let_the_counterfactual_speak(year):
    evidence = judged(year).evidence
    assert evidence.get("/intervention/unaffected_controls") == ["Saltmarsh", "Tidewater"]
    assert evidence.get("/intervention/risen_controls") == []
    assert evidence.number("/effect/relative") == pytest.approx(-0.45, abs=0.12)


def test_a_plan_chooses_its_controls_among_those_left_alone(year):
    evidence = judged(year, controls=("Saltmarsh", "Nowhere")).evidence
    assert evidence.get("/intervention/unaffected_controls") == ["Saltmarsh"]


def test_what_the_plan_excludes_is_not_counted(year):
    whole, part = judged(year), judged(year, exclude_platforms=frozenset({"Tidewater"}))
    assert part.evidence.get("/frame/platforms/seen") == ["Harbourline", "Saltmarsh"]
    assert whole.evidence.number("/since_presence/before/mean") > part.evidence.number("/since_presence/before/mean")
    less = judged(year, exclude_channels=frozenset({"Saltmarsh-0"})).evidence
    apart = whole.evidence.number("/since_presence/after/mean") - less.number("/since_presence/after/mean")
    assert apart == pytest.approx(1.0)


def test_a_date_that_the_plan_names_is_asked_of_all_platforms_where_nothing_is_on_record(year):
    start = FIRST + timedelta(weeks=20, days=3)
    for interventions in (False, True):
        evidence = judged(year, interventions=interventions, start=start + timedelta(weeks=2)).evidence
        assert evidence.get("/since_presence/event/kind") == "event that the plan names"
    known = judged(year, start=start).evidence
    assert known.get("/since_presence/event/kind") == "takedown"
    assert known.get("/since_presence/event/date") == start.date().isoformat()
    nothing = judged(year, interventions=False).evidence
    assert nothing.get("/since_presence/event") is None
    assert "nothing that was done is on record" in nothing.missing["effect"].why


def test_weeks_that_the_plan_leaves_out_are_not_compared(year):
    week = judged(year).evidence.get("/since_presence/after/first")
    number = week_of(to_micros(datetime.fromisoformat(str(week)).replace(tzinfo=UTC)))
    less = judged(year, leave_out_weeks=frozenset({number})).evidence
    assert less.number("/since_presence/after/weeks") == 7


def test_without_an_end_to_the_window_all_settled_weeks_are_compared(year):
    evidence = judged(year, after=0).evidence
    assert evidence.number("/since_presence/after/weeks") > 15
    assert evidence.missing["lately_presence"].why == "the weeks compared are the latest ones already"


def test_too_few_weeks_leave_the_rows_grey_and_say_how_many_are_needed(tmp_path):
    made = make_kit(tmp_path)
    with made.store.write() as tx:
        tx.history.append([event(week, "c") for week in range(5)])
    page = claims_from_store(made).claims
    assert {claim.verdict for claim in page.claims} == {Verdict.UNSEEN}
    assert "at least 4 are needed on each side" in page.claims[0].sentence.text()


def test_what_is_no_chart_is_refused():
    with pytest.raises(InputError, match="holds no chart"):
        stored.from_json({"kind": "chart"})
    empty = Chart(title="t", description="d", points=())
    with pytest.raises(ValueError, match="at least one point"):
        small_chart(empty, name="s")


def test_a_bundle_of_another_version_is_judged_by_its_numbers_and_not_by_its_wording(kit, tmp_path):
    run_study(kit, plan_of(tmp_path, "[study]\nuntil = 2025-08-01\n"), tmp_path / "bundle")
    said = tmp_path / "bundle" / "sentences.json"
    said.write_text(said.read_text().replace("A mean of", "On average"))
    assert verify(kit, tmp_path / "bundle").different
    versions = tmp_path / "bundle" / "versions.json"
    versions.write_text(json.dumps(json.loads(versions.read_text()) | {"abate": "0.0"}))
    assert verify(kit, tmp_path / "bundle").different == ()
    assert replace(verify(kit, tmp_path / "bundle"), tampered=()).holds
