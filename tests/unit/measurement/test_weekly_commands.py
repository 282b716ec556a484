"""``abate measure presence``, ``following`` and ``reach`` as a script sees them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from abate import app as wiring
from abate.cli.measuring.options import columns_of
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.flows.measure import (
    following_from_store,
    presence_at_a_glance,
    presence_from_store,
    survival_from_store,
)

SIGHTINGS = """observed_at,platform,channel,group
2025-03-03T09:00Z,harbourline,lantern-1,Order of the Grey Lantern
2025-03-04T09:00Z,harbourline,lantern-1,Order of the Grey Lantern
2025-03-05T09:00Z,harbourline,lantern-2,Order of the Grey Lantern
2025-03-18T09:00Z,harbourline,lantern-1,Order of the Grey Lantern
"""
VIEWS = """item,posted_at,observed_at,platform,channel,views
i1,2025-03-03T09:00Z,2025-03-04T09:00Z,harbourline,lantern-1,100
i1,2025-03-03T09:00Z,2025-03-09T09:00Z,harbourline,lantern-1,250
i1,2025-03-03T09:00Z,2025-04-20T09:00Z,harbourline,lantern-1,9000
"""
READERS = """observed_at,platform,channel,audience
2025-03-03,harbourline,lantern-1,r1
2025-03-03,harbourline,lantern-2,r1
2025-03-04,harbourline,lantern-2,r2
2025-03-11,harbourline,lantern-1,r1
"""


@pytest.fixture
def write(tmp_path):
    def put(text, name="s.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


def test_presence_is_a_row_a_week_with_silence_as_zero(abate, write):
    done = abate.run("measure", "presence", "--sightings", write(SIGHTINGS), "--json")
    assert (done.code, done.err) == (0, "")
    assert [(row["week"], row["value"], row["provisional"]) for row in done.json["rows"]] == [
        ("2025-03-03", 2, False),
        ("2025-03-10", 0, False),
        ("2025-03-17", 1, True),
    ]
    assert {"schema", "method", "level", "calibrated", "assumptions", "warnings", "seed"} <= set(done.json)
    assert {"nowcast", "nowcast_trials", "breaks", "hidden", "panel"} <= set(done.json)


def test_in_words_there_is_a_chart_a_table_and_what_it_assumes(abate, write):
    done = abate.run("measure", "presence", "--sightings", write(SIGHTINGS))
    assert done.code == 0
    assert "Active channels a week" in done.out
    assert "2025-03-17" in done.out
    assert "provisional" in done.out
    assert "warning (sightings-alone)" in done.err
    assert "assumed:" in done.err


def test_following_gives_the_union_with_the_sum_beside_it(abate, write):
    told = abate.run("measure", "following", "--sightings", write(READERS), "--json").json
    assert [(row["value"], row["sum"]) for row in told["rows"]] == [(2, 3), (1, 1)]
    assert told["whole"] == {"value": 2, "sum": 3}


def test_reach_reads_views_at_the_age_that_was_asked(abate, write):
    path = write(VIEWS)
    for age, value in (("7d", 250), ("2D", 100), (" 24h ", 100), ("9w", 9000)):
        told = abate.run("measure", "reach", "--sightings", path, "--age", age, "--json").json
        assert told["rows"][0]["value"] == value
    said = abate.run("measure", "reach", "--sightings", path)
    assert "Views within 7 days" in said.out
    assert "one person may make many" in said.err


def late_world():
    """Half a year of one platform, reported late, in which half of the channels go silent in week 13."""
    monday = datetime(2025, 1, 6, tzinfo=UTC)
    lines = ["observed_at,posted_at,platform,channel,collector_version,seed_panel"]
    for week in range(26):
        for channel in range(12 if week < 13 else 6):
            posted = monday + timedelta(weeks=week, days=channel % 7)
            observed = posted + timedelta(days=9 if (channel + week) % 3 == 0 else 1)
            version = "1" if week < 13 else "2"
            cells = (f"c{channel}", version, str(channel < 5).lower())
            lines.append(",".join([observed.isoformat(), posted.isoformat(), "harbourline", *cells]))
    return "\n".join(lines) + "\n"


def test_every_flag_of_presence_works_together(abate, write, tmp_path):
    done_at = "date,platform,kind\n2025-04-07,harbourline,takedown\n"
    checks = "channel,checked_at,result\n" + "".join(
        f"c1,{(datetime(2025, 1, 7, tzinfo=UTC) + timedelta(weeks=week)).date()},alive\n"
        for week in range(26)
        if week != 3
    )
    path, chart = write(late_world()), tmp_path / "presence.svg"
    flags = ["--checks", write(checks, "k.csv"), "--interventions", write(done_at, "i.csv"), "--by", "platform"]
    flags += ["--panel", write("".join(f"c{n}\n" for n in range(12)), "p.txt"), "--until", "2025-06-29", "--seed", "4"]
    flags += ["--suppress-below", "3", "--chart", chart]
    told = abate.run("measure", "presence", "--sightings", path, *flags, "--json").json
    assert told["seed"] == 4
    assert told["rows"][3] == {
        "week": "2025-01-27",
        "platform": "harbourline",
        "value": None,
        "provisional": False,
        "suppressed": False,
        "missing": "no-check",
    }
    assert told["breaks"][0]["ratio"] == pytest.approx(0.5, abs=0.1)
    assert told["panel"]["changes"][0]["panel"]["ratio"] == pytest.approx(1)
    assert told["nowcast"]
    assert chart.read_text("utf-8").startswith("<svg")

    said = abate.run("measure", "presence", "--sightings", path, *flags)
    assert "will come to" in said.out
    assert "this coincided with takedown on harbourline and is not shown to be caused by it" in said.out.replace(
        "\n", " "
    )
    assert "the fixed panel came to" in said.out.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "the file is empty"),
        (b"observed_at,platform,channel\n", "none below the names of its columns"),
        (b"observed_at,platform,channel\nnever,p,c\n", "'never' is not a time"),
        (b"when,platform,channel\n2025-03-03,p,c\n", "--map THEIRS=observed_at"),
        (b"a;b,c\n1;2,3\n", "separator"),
        (b"\xff\xfe\x00bad", ""),
    ],
)
def test_a_table_that_cannot_be_used_ends_with_one_sentence(abate, write, text, words):
    done = abate.run("measure", "presence", "--sightings", write(text), "--json")
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--by", "colour"), "--by colour"),
        (("--by", "language"), "no column 'language'"),
        (("--until", "yesterday"), "--until 'yesterday'"),
        (("--until", "1999-01-01"), "check --until and --panel"),
        (("--map", "bogus"), "THEIRS=OURS"),
        (("--map", "nope=observed_at"), "no column 'nope'"),
        (("--panel", "absent.txt"), "panel cannot be read"),
        (("--checks", "absent.csv"), "there is no such file"),
        (("--interventions", "absent.csv"), "there is no such file"),
        (("--suppress-below", "1"), "--suppress-below"),
        (("--chart", "/nowhere/at/all.svg"), "name another file"),
    ],
)
def test_a_flag_that_fits_nothing_is_named(abate, write, flags, words):
    done = abate.run("measure", "presence", "--sightings", write(SIGHTINGS), *flags)
    assert (done.code, done.out) == (2, "")
    assert words in done.err.replace("\n", " ")


@pytest.mark.parametrize("age", ["7x", "0d", "-1d", "d", "99999d", ""])
def test_an_age_that_is_none_is_refused(abate, write, age):
    done = abate.run("measure", "reach", "--sightings", write(VIEWS), "--age", age)
    assert done.code == 2
    assert "write days, hours or weeks" in done.err


@pytest.mark.parametrize(("measure", "words"), [("following", "neither audience nor"), ("reach", "carry no views")])
def test_a_table_that_does_not_hold_what_is_asked_says_what_to_add(abate, write, measure, words):
    done = abate.run("measure", measure, "--sightings", write(SIGHTINGS))
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize("measure", ["presence", "following", "reach", "survival"])
def test_a_store_that_has_seen_nothing_says_how_to_begin(abate, measure):
    done = abate.run("measure", measure, "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


def history():
    """A store's own history: matched posts on three channels, one of which goes silent, and their readers."""
    monday = datetime(2025, 3, 3, tzinfo=UTC)
    for week in range(20):
        for channel in "abc"[: 3 if week < 10 else 2]:
            at = {"at": monday + timedelta(weeks=week, days=1), "platform": "harbourline", "channel": channel}
            item = f"{channel}{week}"
            yield HistoryEvent(step=Step.MATCHED, item=item, group="g", posted_at=at["at"] - timedelta(hours=1), **at)
            yield HistoryEvent(step=Step.REACTED, item=item, audience=f"r{week % 4}", **at)


def test_the_stores_own_history_answers_without_any_table(abate):
    with wiring.opened() as kit:
        with kit.store.write() as tx:
            tx.history.append(history())
            struck = datetime(2025, 5, 12, tzinfo=UTC)
            tx.interventions.add(Intervention(id="i", date=struck, platform="harbourline", kind="takedown"))
        assert [row.value for row in presence_from_store(kit).rows] == [3] * 10 + [2] * 10
        assert [row.value for row in following_from_store(kit).rows] == [1] * 20
        assert survival_from_store(kit).whole.subjects == 3
        glance = presence_at_a_glance(kit)
    assert "<svg" in glance.chart
    (sentence,) = glance.sentences
    assert sentence.startswith("Presence on harbourline in the weeks after was 0.67 times that before")
    told = abate.run("measure", "presence", "--by", "group", "--json").json
    assert [row["value"] for row in told["rows"]] == [3] * 10 + [2] * 10


def test_an_empty_store_has_nothing_to_glance_at(home):
    with wiring.opened() as kit:
        assert presence_at_a_glance(kit) is None


def test_a_column_named_twice_counts_once():
    assert columns_of(["group,platform", "group"]) == ("group", "platform")
    assert columns_of("a, b,,a") == ("a", "b")
    assert columns_of(None) == ()


def test_the_same_seed_and_table_give_the_same_bytes(abate, write):
    path = write(late_world())
    one, other = (abate.run("measure", "presence", "--sightings", path, "--json").out for _ in range(2))
    assert json.loads(one)
    assert one == other
