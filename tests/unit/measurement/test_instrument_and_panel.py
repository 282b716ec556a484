"""When the instrument changes: it is named, and a fixed panel tells its step from one in the world."""

import numpy as np
import pytest

from abate.domain.history import Intervention
from abate.measurement.counting.instrument import changes
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.tables.history import interventions_table
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import DAY, to_moment, week_start

FIRST = 2_800


def at(week, day=1.0):
    return week_start(FIRST + week) + int(day * DAY)


def world(counts, *, panel=6, versions=None, collector=None):
    """Channels active each week; the first ``panel`` of them are looked at in the same way throughout."""
    rows = [(week, place) for week, count in enumerate(counts) for place in range(count)]
    more = {}
    if versions is not None:
        more["collector_version"] = encode([versions(week) for week, _ in rows])
    if collector is not None:
        more["collector"] = encode([collector(week, place) for week, place in rows])
    if panel:
        more["seed_panel"] = np.array([place < panel for _, place in rows], dtype=np.int32)
    return Sightings(
        observed_at=np.array([at(week) for week, _ in rows]),
        platform=encode(["p"] * len(rows)),
        channel=encode([f"c{place}" for _, place in rows]),
        **more,
    )


def done(*kinds):
    return interventions_table(
        Intervention(id=str(n), date=to_moment(at(week)), platform="p", kind=kind)
        for n, (week, kind) in enumerate(kinds)
    )


STEP = [20, 21, 19, 20, 22, 18, 20, 21, 20, 19, 40, 41, 39, 42, 40, 38, 41, 40, 39, 40]
"""From week 10 on everything doubles."""


def codes(answer):
    return {one.code for one in answer.footing.caveats}


def test_a_new_version_that_finds_twice_as_much_leaves_the_fixed_panel_where_it_was():
    answer = presence(world(STEP, versions=lambda week: "2.0" if week >= 10 else "1.0"))
    assert "instrument-change" in codes(answer)
    (change,) = answer.beside.panel.changes
    assert change.change.week == FIRST + 10
    assert str(change.change).startswith("version 1.0 → 2.0 in the week of ")
    assert change.panel.ratio == pytest.approx(1)
    assert change.everything.ratio == pytest.approx(2, rel=0.05)
    assert "the instrument is the likelier reason" in change.sentence


def test_the_json_gives_the_panel_by_week_and_around_each_change():
    told = presence(world(STEP, versions=lambda week: "2.0" if week >= 10 else "1.0")).to_json()["panel"]
    assert [row["value"] for row in told["rows"]][:3] == [6, 6, 6]
    assert told["rows"][-1]["value"] is None, "the last week is provisional"
    (change,) = told["changes"]
    assert change["panel"]["ratio"] == pytest.approx(1)
    assert change["everything"]["interval"][0] < change["everything"]["ratio"] < change["everything"]["interval"][1]


def test_an_announced_change_counts_as_one_and_other_interventions_do_not():
    answer = presence(world(STEP), interventions=done((10, "collector moved"), (12, "takedown")))
    assert [one.change.what for one in answer.beside.panel.changes] == ["collector moved"]
    assert "instrument-change" in codes(answer)


def test_without_a_change_or_without_a_panel_there_is_nothing_to_set_beside():
    assert presence(world(STEP)).beside.panel is None
    assert presence(world(STEP, panel=0, versions=lambda week: str(week // 10))).to_json()["panel"] is None
    nobody = world(STEP, versions=lambda week: str(week // 10))
    object.__setattr__(nobody, "seed_panel", np.full(len(nobody), -1, dtype=np.int32))
    assert presence(nobody).beside.panel is None, "a column in which nobody says yes is no panel"


def test_too_few_weeks_around_a_change_compare_nothing_and_say_so():
    answer = presence(world([9, 9, 9, 9, 9], versions=lambda week: "2" if week >= 2 else "1"))
    (change,) = answer.beside.panel.changes
    assert change.panel is None
    assert "too few usable weeks" in change.sentence
    assert change.to_json()["panel"] == {"ratio": None, "interval": None}


def test_each_collector_has_its_own_versions():
    table = world(
        [4] * 6,
        versions=lambda week: "2" if week >= 3 else "1",
        collector=lambda week, place: ("north", "south")[place % 2],
    )
    assert [one.what for one in changes(table, None)] == ["version 1 → 2 of north", "version 1 → 2 of south"]


def test_two_collectors_of_different_versions_are_no_change():
    table = world([4] * 6, versions=lambda _: "1", collector=lambda week, place: ("north", "south")[place % 2])
    version = ["1" if place % 2 else "7" for place in range(len(table))]
    object.__setattr__(table, "collector_version", encode(version))
    assert changes(table, None) == ()


def test_rows_that_do_not_say_their_version_announce_nothing():
    assert changes(world([4] * 6, versions=lambda week: "" if week < 3 else "1"), None) == ()


def test_of_many_changes_the_first_are_named_and_the_others_counted():
    answer = presence(world([4] * 9, versions=str))
    (told,) = [one.text for one in answer.footing.caveats if one.code == "instrument-change"]
    assert told.count("→") == 5
    assert "and 3 more" in told


def test_a_panel_of_readers_and_of_follower_counts_is_counted_as_the_whole_is():
    table = world(STEP, versions=lambda week: "2.0" if week >= 10 else "1.0")
    readers = encode([f"r{place}" for place in range(len(table))])
    object.__setattr__(table, "audience", readers)
    (change,) = following(table).beside.panel.changes
    assert change.panel.ratio == pytest.approx(1)
    object.__setattr__(table, "audience", None)
    object.__setattr__(table, "posted_at", table.observed_at)
    object.__setattr__(table, "followers", np.full(len(table), 100, dtype=np.int64))
    answer = following(table)
    (change,) = answer.beside.panel.changes
    assert change.panel.ratio == pytest.approx(1)
    assert change.everything.ratio == pytest.approx(2, rel=0.05)
    assert any("a follower count is of the day" in one.text for one in answer.footing.caveats)
