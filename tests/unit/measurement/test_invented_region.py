"""The invented region: every table of the contract, the same for the same seed, and true to its truth."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from abate.measurement.platform.elsewhere import SALTMARSH, TIDEWATER
from abate.measurement.platform.lives import TAKEDOWN_WEEK, WEEKS
from abate.measurement.platform.region import region, write_region
from abate.measurement.platform.words import PLATFORM
from abate.measurement.tables.read import read_checks, read_interventions, read_lifetimes, read_sightings
from abate.measurement.weekly.presence import presence


@pytest.fixture(scope="module")
def made():
    return region(3)


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("region")
    write_region(made, out)
    return out


def test_the_same_seed_makes_the_same_region_and_another_seed_another():
    one, same, other = region(1, scale=0.1), region(1, scale=0.1), region(2, scale=0.1)
    assert one == same
    assert one.truth != other.truth


def test_every_table_of_the_contract_is_written_and_read_back(folder):
    assert read_sightings(folder / "sightings.parquet").reading.skipped == 0
    assert read_checks(folder / "checks.parquet").reading.skipped == 0
    assert read_lifetimes(folder / "lifetimes.parquet").reading.skipped == 0
    assert len(read_interventions(folder / "interventions.parquet")) == 1
    for name in ("labels", "replies", "surveys", "incidents", "series"):
        assert pq.read_table(folder / f"{name}.parquet").num_rows > 0
    assert json.loads((folder / "truth.json").read_text("utf-8"))["schema"] == 1


def test_presence_counted_from_the_sightings_never_exceeds_what_was_there(folder, made):
    rows = presence(read_sightings(folder / "sightings.parquet"), by=("platform",)).rows
    truth = made.truth["presence_by_platform"]
    counted = {(row.by[0][1], row.week): row.value for row in rows}
    first = min(row.week for row in rows)
    for platform in (TIDEWATER, SALTMARSH):
        found = [counted.get((platform, first + week)) or 0 for week in range(WEEKS)]
        assert all(here <= there for here, there in zip(found, truth[platform], strict=True))
        assert sum(found) > 0.6 * sum(truth[platform])


def test_the_struck_move_to_tidewater_and_nobody_moves_to_saltmarsh(made):
    moved = {str(row["channel"]) for row in made.tables["sightings"] if str(row["channel"]).endswith("-moved")}
    assert moved
    places = {row["platform"] for row in made.tables["sightings"] if row["channel"] in moved}
    assert places == {TIDEWATER}
    assert made.truth["displacement"]["drop"] < 0


def test_nothing_of_a_channel_is_seen_after_its_end(made):
    ends = {row["subject"]: row["removed"] for row in made.tables["lifetimes"]}
    for row in made.tables["sightings"]:
        end = ends.get(row["channel"])
        assert end is None or row["observed_at"] <= end


def test_views_of_a_post_only_grow(made):
    seen: dict[str, list[tuple[object, int]]] = {}
    for row in made.tables["sightings"]:
        if "views" in row:
            seen.setdefault(str(row["item"]), []).append((row["views_at"], int(str(row["views"]))))
    assert len(seen) > 1_000
    for pairs in seen.values():
        counts = [count for _, count in sorted(pairs, key=lambda pair: str(pair[0]))]
        assert counts == sorted(counts)


def test_incidents_follow_presence_by_the_known_coefficient():
    """A hundred years of the rate that the world draws from: the regression slope is the one in the truth."""
    counts, online = np.zeros(WEEKS), np.zeros(WEEKS)
    truth = region(0, scale=0.2).truth
    for seed in range(25):
        made = region(seed, scale=0.2)
        total = np.sum([made.truth["presence_by_platform"][name] for name in made.truth["platforms"]], axis=0)
        online += total
        for row in made.tables["incidents"]:
            counts[_week(row, made)] += 1
    lagged = np.roll(online / 25, 2)[2:]
    slope = np.polyfit(lagged, np.log(np.maximum(counts[2:] / 25, 0.05)), 1)[0]
    assert slope == pytest.approx(truth["incidents"]["coefficient"], rel=0.5)


def _week(row, made) -> int:
    first = made.truth["weeks"][0]["week"]
    return min(int((row["date"].date() - row["date"].date().fromisoformat(first)).days // 7), WEEKS - 1)


def test_the_labelled_sample_is_weighted_back_to_the_truth(made):
    rows = made.tables["labels"]
    drawn = [row for row in rows if row["label"]]
    weight = np.array([float(row["views"]) / float(row["inclusion_probability"]) for row in drawn])
    bad = np.array([row["label"] == "violating" for row in drawn])
    assert (weight * bad).sum() / weight.sum() == pytest.approx(made.truth["labels"]["by_views"], rel=0.4)
    assert len(drawn) == made.truth["labels"]["labelled"]


def test_recruitment_narrows_from_stage_to_stage(made):
    stages = made.truth["recruitment"]
    assert stages["exposed"] > stages["repeated"] > stages["invited"] > stages["contacted"] > 0


def test_the_takedown_shows_in_the_series_of_harbourline_only(made):
    rows = made.tables["series"]
    before, after = slice(TAKEDOWN_WEEK - 8, TAKEDOWN_WEEK), slice(TAKEDOWN_WEEK + 1, TAKEDOWN_WEEK + 9)
    ratio = {
        name: np.mean([row[name] for row in rows[after]]) / np.mean([row[name] for row in rows[before]])
        for name in (PLATFORM, SALTMARSH, "neighbours")
    }
    assert ratio[PLATFORM] < 0.75
    assert 0.75 < ratio[SALTMARSH] < 1.35
    assert 0.9 < ratio["neighbours"] < 1.1


def test_the_command_writes_the_tables_and_refuses_a_senseless_size(abate, tmp_path):
    done = abate.run("simulate", "platform", "--seed", "2", "--scale", "0.1", "--out", str(tmp_path / "out"), "--json")
    assert done.code == 0
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".parquet", ".json"}
    refused = abate.run("simulate", "platform", "--scale", "0", "--out", str(tmp_path / "none"))
    assert refused.code == 2
    assert "--scale" in refused.err
    (tmp_path / "file").write_text("in the way", "utf-8")
    blocked = abate.run("simulate", "platform", "--scale", "0.1", "--out", str(tmp_path / "file"))
    assert blocked.code == 2
    assert "folder" in blocked.err
