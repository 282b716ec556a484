"""The loop's own history, read as sightings, audience, checks and lifetimes."""

from datetime import UTC, datetime, timedelta

from abate.domain.history import HistoryEvent, Step
from abate.measurement.lives.survival import survival
from abate.measurement.tables.history import from_history
from abate.measurement.weekly.following import following
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import NO_TIME, to_micros

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)


def event(step, day, **more):
    columns = {"platform": "p", "channel": "a"}
    return HistoryEvent(at=MONDAY + timedelta(days=day), step=step, **columns | more)


def matched(day, item, **more):
    return event(
        Step.MATCHED, day, **{"item": item, "group": "g", "posted_at": MONDAY + timedelta(days=day - 1)} | more
    )


def day(micros):
    return None if micros == NO_TIME else (int(micros) - to_micros(MONDAY)) / 86_400e6


def test_only_a_match_with_a_group_is_a_sighting():
    tables = from_history(
        [
            matched(1, "i1", views=5, language="ar"),
            matched(1, "i2", group=""),
            event(Step.RECEIVED, 1, item="i3"),
        ]
    )
    table = tables.sightings
    assert len(table) == 1
    assert (table.item.text(0), table.group.text(0), table.language.text(0)) == ("i1", "g", "ar")
    assert table.views.tolist() == [5]
    assert presence(table).rows[0].value == 1


def test_readers_of_the_groups_content_are_its_audience_and_all_others_are_left_out():
    tables = from_history(
        [
            matched(1, "i1"),
            matched(2, "i2", channel="b", group="h"),
            event(Step.REACTED, 20, item="i1", audience="x"),
            event(Step.REACTED, 2, item="other", audience="neighbour"),
            event(Step.REACTED, 3, channel="b", audience="follower"),
            event(Step.REACTED, 3, channel="c", audience="stranger"),
            event(Step.REACTED, 3, item="i9", audience="told", group="g"),
            event(Step.REACTED, 3, item="i1"),
        ]
    )
    table = tables.sightings
    readers = {table.audience.text(row): table.group.text(row) for row in range(len(table)) if table.audience.text(row)}
    assert readers == {"x": "g", "follower": "h", "told": "g"}
    assert [row.value for row in following(table).rows] == [2, 0, 1], "a reader counts when reading"


def test_checks_keep_the_four_results():
    tables = from_history([event(Step.CHECKED, n, detail=word) for n, word in enumerate(("alive", "odd", "gone"))])
    assert [tables.checks.result.text(row) for row in range(len(tables.checks))] == ["alive", "gone"]


def test_a_channel_lives_from_its_first_post_to_the_check_that_found_it_gone():
    lives = from_history(
        [
            matched(3, "i1"),
            matched(5, "i2", posted_at=None),
            event(Step.CHECKED, 1, detail="gone"),
            event(Step.CHECKED, 7, detail="alive"),
            event(Step.CHECKED, 9, detail="gone"),
            event(Step.CHECKED, 12, detail="gone"),
            event(Step.CHECKED, 12, detail="private"),
            event(Step.CHECKED, 12, channel="never seen", detail="gone"),
        ]
    ).lifetimes
    assert len(lives) == 1
    assert [day(lives.created[0]), day(lives.first_seen[0]), day(lives.last_seen[0])] == [2, 3, 7]
    assert day(lives.removed[0]) == 9
    assert lives.reason.text(0) == "gone"
    assert survival(lives).whole.curve.median == 7


def test_a_channel_that_shows_life_again_was_not_gone():
    checked = from_history(
        [matched(1, "i"), event(Step.CHECKED, 2, detail="gone"), event(Step.CHECKED, 4, detail="alive")]
    )
    posted = from_history([matched(1, "i"), event(Step.CHECKED, 2, detail="gone"), matched(6, "i2")])
    for tables, last in ((checked, 4), (posted, 6)):
        assert day(tables.lifetimes.removed[0]) is None
        assert tables.lifetimes.reason.text(0) == ""
        assert day(tables.lifetimes.last_seen[0]) == last


def test_an_item_lives_until_its_removal_unless_that_is_undone():
    lives = from_history(
        [
            matched(1, "i1"),
            matched(1, "i2"),
            matched(1, "i3"),
            matched(1, ""),
            event(Step.ACTED, 2, item="i1", detail="remove", views=40),
            event(Step.ACTED, 3, item="i1", detail="remove"),
            event(Step.ACTED, 2, item="i2", detail="remove"),
            event(Step.UNDONE, 4, item="i2"),
            event(Step.ACTED, 2, item="i3", detail="limit"),
            event(Step.ACTED, 2, item="elsewhere", detail="remove"),
        ]
    ).item_lifetimes
    ends = {lives.subject.text(row): day(lives.removed[row]) for row in range(len(lives))}
    assert ends == {"i1": 2, "i2": None, "i3": None}
    assert lives.views_at_removal.tolist() == [40, -1, -1]
    assert day(lives.last_seen[1]) == 4


def test_a_restored_item_lives_on():
    lives = from_history(
        [
            matched(1, "i1"),
            event(Step.ACTED, 2, item="i1", detail="remove"),
            event(Step.ACTED, 3, item="i1", detail="restore"),
        ]
    ).item_lifetimes
    assert day(lives.removed[0]) is None


def test_a_history_without_a_match_has_empty_tables():
    tables = from_history([event(Step.RECEIVED, 1)])
    assert (len(tables.sightings), len(tables.checks), len(tables.lifetimes), len(tables.interventions)) == (0, 0, 0, 0)
