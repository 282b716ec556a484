"""The invented year: the same for the same seed, true to its truth, and found again by the measures."""

import json
from datetime import UTC, datetime

import pytest

from abate.domain.history import Step
from abate.domain.item import Kind
from abate.measurement.lives.survival import survival
from abate.measurement.platform import words
from abate.measurement.platform.generate import TAKEDOWN_WEEK, generate
from abate.measurement.platform.lives import HALF_LIFE_DAYS, STRUCK_SHARE
from abate.measurement.platform.tables import tables_of, write_tables
from abate.measurement.tables.read import read_checks, read_interventions, read_lifetimes, read_sightings
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence


@pytest.fixture(scope="module")
def year():
    return generate(4)


@pytest.fixture(scope="module")
def tables(year):
    return tables_of(year)


def test_the_same_seed_invents_the_same_year_and_another_seed_another():
    one, same, other = generate(1, scale=0.1), generate(1, scale=0.1), generate(2, scale=0.1)
    assert one == same
    assert one.posts != other.posts
    assert one.truth != other.truth


def test_the_year_has_its_size_its_languages_and_its_kinds(year):
    truth = year.truth
    assert len(truth.presence) == 52
    assert 30 <= max(truth.presence) <= 55
    assert 5_000 <= len(year.posts) <= 15_000
    assert {post.item.language for post in year.posts} == set(words.LANGUAGES)
    assert {post.item.kind for post in year.posts} == {Kind.TEXT, Kind.PHOTO, Kind.URL}
    assert any("\u0600" <= letter <= "\u06ff" for post in year.posts for letter in post.item.text)
    assert len({item.id for item in year.items}) == len(year.items)
    assert {item.platform for item in year.items} == {words.PLATFORM}


def test_posts_come_in_the_order_of_observation_and_before_the_end(year):
    seen = [post.observed_at for post in year.posts]
    assert seen == sorted(seen)
    assert all(post.item.posted_at <= post.observed_at <= year.until for post in year.posts)
    assert all(event.at <= year.until for event in year.events)
    assert year.until == datetime(2026, 1, 5, tzinfo=UTC)


def test_the_groups_posts_are_made_of_its_material_and_the_neighbours_posts_are_not(year):
    known = {text.casefold() for text in year.material.texts}
    pictures = {words.picture_file(name, edit) for name in words.GROUP_PICTURES for edit in words.EDITS}
    for post in year.posts:
        item = post.item
        mine = (
            " ".join(item.text.casefold().split()) in known or item.url in year.material.urls or item.path in pictures
        )
        assert mine == post.of_group, item
    assert set(year.material.pictures) <= pictures
    assert all(url.startswith("https://grey-lantern.example/") for url in year.material.urls)


def test_some_neighbours_name_the_group_and_are_not_of_it(year):
    named = [post for post in year.posts if words.GROUP in post.item.text]
    assert named
    assert not any(post.of_group for post in named)


def test_the_takedown_strikes_its_share_and_the_twin_shows_what_it_changed(year):
    truth = year.truth
    assert truth.presence[:TAKEDOWN_WEEK] == truth.without_takedown[:TAKEDOWN_WEEK]
    alive = sum(life.created < TAKEDOWN_WEEK * 7 + 2.5 <= life.removed for life in year.lives)
    assert truth.struck == pytest.approx(STRUCK_SHARE * alive, abs=1)
    assert truth.ratio_against_twin < 0.8
    assert truth.presence[TAKEDOWN_WEEK + 1] < 0.6 * truth.without_takedown[TAKEDOWN_WEEK + 1]
    back = [life for life in year.lives if life.returned]
    assert len(back) == truth.returned > 0
    struck = {life.operator for life in year.lives if life.reason == "takedown"}
    assert {life.operator for life in back} <= struck


def test_presence_is_found_again_within_what_came_in_late(year, tables):
    result = presence(tables.sightings, tables.checks, tables.interventions, until=year.until)
    assert len(result.rows) == 52
    assert result.rows[-1].provisional
    for row, there in zip(result.rows, year.truth.presence, strict=True):
        assert there - 4 <= row.value <= there
    settled = [(row.value, there) for row, there in zip(result.rows, year.truth.presence, strict=True)][:-1]
    assert sum(abs(value - there) for value, there in settled) <= 0.02 * sum(year.truth.presence)
    (one,) = result.breaks
    assert one.ratio == pytest.approx(year.truth.ratio_before_after, abs=0.03)
    assert one.interval[0] < year.truth.ratio_before_after < one.interval[1]


def test_the_audience_is_found_again(year, tables):
    whole = following(tables.sightings, until=year.until).whole
    assert 0.97 * year.truth.audience <= whole.value <= year.truth.audience
    assert whole.total > whole.value


def test_the_half_life_is_found_again():
    large = generate(3, scale=8.0)
    lives = tables_of(large).lifetimes
    assert survival(lives, event="closed").whole.curve.median == pytest.approx(HALF_LIFE_DAYS, rel=0.12)
    assert survival(lives).whole.curve.median == pytest.approx(large.truth.half_life_seen_days, rel=0.05)


def test_checks_find_channels_alive_and_then_gone(year):
    found = {life.name: [] for life in year.lives}
    for event in year.events:
        if event.step is Step.CHECKED:
            found[event.channel].append(event.detail)
    struck = [found[life.name] for life in year.lives if life.reason == "takedown" and found[life.name]]
    assert struck
    assert all(details[-1] in {"gone", "error"} for details in struck)
    assert any("error" in details for details in found.values())


def test_the_tables_go_out_and_come_back(tmp_path, year, tables):
    write_tables(year, tmp_path / "out")
    folder = tmp_path / "out"
    sightings = read_sightings(folder / "sightings.parquet")
    result = presence(
        sightings,
        read_checks(folder / "checks.parquet"),
        read_interventions(folder / "interventions.parquet"),
        until=year.until,
    )
    assert result == presence(tables.sightings, tables.checks, tables.interventions, until=year.until)
    assert following(sightings).whole == following(tables.sightings).whole
    lives = read_lifetimes(folder / "lifetimes.parquet")
    assert survival(lives, by="operator", event="takedown").whole.events == year.truth.struck - sum(
        life.reason == "takedown" and life.name not in set(lives.subject.names) for life in year.lives
    )
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    assert truth["takedown"]["ratio_against_twin"] == year.truth.ratio_against_twin
    assert truth["weeks"][TAKEDOWN_WEEK]["week"] == truth["takedown"]["week"]


def test_a_tiny_year_still_works(tmp_path):
    tiny = generate(0, scale=0.02)
    write_tables(tiny, tmp_path)
    json.dumps(tiny.truth.to_json(), allow_nan=False)
