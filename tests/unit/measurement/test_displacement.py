"""Displacement: drop, rises, ratio and net by hand, and who was not looked at."""

import math
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.displacement import displacement, levels
from abate.measurement.drawing.displacement_chart import displacement_chart
from abate.measurement.platform_weeks import Platforms, platforms_of_series, platforms_of_sightings
from abate.measurement.tables.read import read_checks, read_sightings
from abate.measurement.tables.series import read_series

NAMES = ("harbourline", "quayside", "tidewater")
CAUSAL = re.compile(r"\b(caus\w*|because|due to|leads? to|led to|drives?|drove|moved to|fled)\b", re.IGNORECASE)
MONDAY = datetime(2025, 1, 6, tzinfo=UTC)


def platforms(values, before, names=NAMES):
    values = np.asarray(values, dtype=np.float64)
    weeks = tuple(str(place) for place in range(len(values)))
    return Platforms(names=tuple(names[: values.shape[1]]), values=values, weeks=weeks, before=before)


def weekly(before=30, after=16, levels=(120.0, 60.0, 30.0), moved=(-60.0, 20.0, 10.0), seed=0, spread=0.05):
    """White noise around levels that step at the start."""
    draw = np.random.default_rng(seed)
    level = np.tile(levels, (before + after, 1))
    level[before:] += moved
    return level + draw.normal(size=level.shape) * spread * np.array(levels)


def said(answer, code):
    return [one.text for one in answer.footing.caveats if one.code == code]


def test_drop_rises_ratio_and_net_are_differences_of_means():
    table = [[100, 50, 10], [104, 54, 14], [102, 52, 12], [60, 70, 20], [62, 74, 22], [64, 72, 24]]
    answer = displacement(platforms(table, 3), treated="harbourline")
    assert answer.drop == pytest.approx(-40)
    assert answer.rise == pytest.approx({"quayside": 20, "tidewater": 10})
    assert answer.net == pytest.approx(-10)
    assert answer.ratio == pytest.approx(30 / 40)
    low, high = answer.net_interval
    assert low < -10 < high
    assert (low + high) / 2 == pytest.approx(-10)


def test_the_intervals_hold_what_was_put_in():
    answer = displacement(platforms(weekly(), 30), treated="harbourline")
    for interval, truth in (
        (answer.drop_interval, -60),
        (answer.rise_interval["quayside"], 20),
        (answer.rise_interval["tidewater"], 10),
        (answer.net_interval, -30),
        (answer.interval, 0.5),
    ):
        assert interval[0] < truth < interval[1]
    assert answer.footing.calibrated is True


def test_only_the_named_others_are_in_the_net():
    whole = platforms(weekly(), 30)
    one = displacement(whole, treated="harbourline", others=("tidewater", "tidewater"))
    assert list(one.rise) == ["tidewater"]
    assert one.net == pytest.approx(one.drop + one.rise["tidewater"])
    both = displacement(whole, treated="harbourline")
    assert both.net == pytest.approx(one.net + both.rise["quayside"])


def test_platforms_that_were_not_observed_are_named():
    answer = displacement(platforms(weekly(), 30), treated="harbourline", unobserved=("saltmarsh", "lowmoor"))
    (text,) = said(answer, "unobserved-platforms")
    assert text.startswith("the net is over harbourline, quayside, tidewater only")
    assert text.endswith("known and not seen: saltmarsh, lowmoor")
    assert answer.to_json()["unobserved"] == ["saltmarsh", "lowmoor"]
    (nobody_named,) = said(displacement(platforms(weekly(), 30), treated="harbourline"), "unobserved-platforms")
    assert "not in it" in nobody_named
    assert "known" not in nobody_named


def test_where_the_fall_may_be_none_there_is_no_ratio():
    answer = displacement(platforms(weekly(moved=(0, 20, 10)), 30), treated="harbourline")
    assert answer.ratio is None
    assert answer.interval is None
    assert "cannot be told from none" in said(answer, "no-drop")[0]
    assert "of that fall" not in answer.sentence


def test_a_platform_that_grew_has_no_ratio_either():
    answer = displacement(platforms(weekly(moved=(60, 20, 10)), 30), treated="harbourline")
    assert answer.drop > 0
    assert answer.ratio is None


def test_a_fall_barely_told_from_none_has_a_ratio_that_reaches_far_and_ends():
    """Fieller's set is bounded exactly where the fall is told from none, however barely."""
    widest = 0.0
    for seed in range(25):
        table = weekly(before=8, after=6, moved=(-9, 20, 0), seed=seed, spread=0.06)
        answer = displacement(platforms(table, 8), treated="harbourline")
        assert (answer.interval is None) == (answer.drop_interval[1] >= 0)
        if answer.interval is not None:
            assert answer.interval[0] < answer.ratio < answer.interval[1]
            widest = max(widest, answer.interval[1] / answer.ratio)
    assert 2 < widest < math.inf


def test_one_platform_alone_has_a_drop_and_a_net_that_are_the_same():
    answer = displacement(platforms(weekly()[:, :1], 30), treated="harbourline")
    assert answer.rise == {}
    assert answer.ratio is None
    assert answer.net == pytest.approx(answer.drop)
    assert list(levels(answer)) == ["harbourline"]
    assert displacement_chart(answer).more == ()


def test_a_week_without_a_value_anywhere_is_left_out_everywhere():
    table = weekly()
    holes = table.copy()
    holes[5, 1] = np.nan
    holes[40, 0] = np.nan
    kept = np.delete(table, [5, 40], axis=0)
    holed, whole = (displacement(platforms(one, at), treated="harbourline") for one, at in ((holes, 30), (kept, 29)))
    assert holed.net == pytest.approx(whole.net)
    assert holed.net_interval == pytest.approx(whole.net_interval)


def test_a_hole_in_a_platform_that_is_not_compared_leaves_nothing_out():
    table = weekly()
    table[:, 2] = np.nan
    answer = displacement(platforms(table, 30), treated="harbourline", others=("quayside",))
    assert answer.rise["quayside"] == pytest.approx(20, abs=3)


@pytest.mark.parametrize(("rows", "side"), [(slice(0, 30), "before"), (slice(30, None), "after")])
def test_a_side_without_any_whole_week_is_refused(rows, side):
    table = weekly()
    table[rows, 1] = np.nan
    with pytest.raises(InputError, match=f"no week {side} the start has a value"):
        displacement(platforms(table, 30), treated="harbourline")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"treated": "nowhere"}, "--treated nowhere: there is no such platform"),
        ({"treated": "harbourline", "others": ("nowhere",)}, "--others nowhere"),
        ({"treated": "harbourline", "others": ("harbourline",)}, "is not among the others"),
    ],
)
def test_a_platform_that_is_not_there_is_refused(flags, words):
    with pytest.raises(InputError, match=re.escape(words)):
        displacement(platforms(weekly(), 30), **flags)


def test_two_weeks_on_a_side_give_numbers_without_an_interval():
    answer = displacement(platforms([[10, 5], [12, 5], [6, 9], [4, 7]], 2), treated="harbourline")
    assert answer.drop == pytest.approx(-6)
    assert answer.net == pytest.approx(-3)
    assert answer.net_interval is None
    assert answer.ratio is None
    told = answer.to_json()
    assert told["net_interval"] is told["persistence"] is told["minimum_detectable"] is None
    assert told["rise_interval"] == {"quayside": None}
    assert said(answer, "not-calibrated")
    assert "[" not in answer.sentence


def test_levels_that_never_vary_have_no_interval():
    answer = displacement(platforms([[10, 5]] * 6 + [[4, 5]] * 6, 6), treated="harbourline")
    assert answer.drop == pytest.approx(-6)
    assert answer.drop_interval is None
    assert answer.footing.calibrated is False


def test_a_line_of_before_is_carried_on():
    rows = np.arange(20.0)
    table = np.column_stack([100 + 2 * rows, 50 - rows])
    table[12:] += [-30, 10]
    answer = displacement(platforms(table, 12), treated="harbourline", trend=True)
    assert answer.drop == pytest.approx(-30)
    assert answer.rise["quayside"] == pytest.approx(10)
    plain = displacement(platforms(table, 12), treated="harbourline")
    assert plain.drop == pytest.approx(-30 + 2 * (15.5 - 5.5))


def test_a_line_through_three_weeks_is_carried_on_without_an_interval():
    answer = displacement(platforms([[10, 1], [12, 2], [14, 3], [10, 9]], 3), treated="harbourline", trend=True)
    assert answer.drop == pytest.approx(10 - 16)
    assert answer.rise["quayside"] == pytest.approx(9 - 4)
    assert answer.net_interval is None


def test_one_week_has_no_direction():
    with pytest.raises(InputError, match="--trend linear needs two weeks"):
        displacement(platforms([[10, 1], [12, 2], [14, 3]], 1), treated="harbourline", trend=True)


def test_levels_that_moved_before_the_start_are_said_to():
    table = weekly(before=40)
    table[20:, 1] += 40
    answer = displacement(platforms(table, 40), treated="harbourline")
    assert "levels moved before the start already" in said(answer, "poor-fit")[0]
    assert answer.footing.calibrated is False
    assert not said(displacement(platforms(table, 40), treated="harbourline", trend=True), "poor-fit")


def test_short_windows_are_not_called_calibrated():
    answer = displacement(platforms(weekly(before=15), 15), treated="harbourline")
    assert answer.footing.calibrated is False
    assert said(answer, "not-calibrated")


def test_a_handful_of_channels_is_said_to_make_the_change():
    answer = displacement(platforms(weekly(levels=(120.0, 60.0, 4.0), moved=(-60, 20, 3)), 30), treated="harbourline")
    assert said(answer, "small-cells") == [
        "fewer than 10 a week before the start on tidewater: single channels make the change"
    ]


@pytest.mark.parametrize("seed", range(6))
def test_no_sentence_says_that_anybody_moved(seed):
    draw = np.random.default_rng(seed)
    table = weekly(moved=tuple(draw.normal(size=3) * 40), seed=seed)
    answer = displacement(platforms(table, 30), treated="harbourline")
    assert not CAUSAL.search(answer.sentence)
    assert not CAUSAL.search(displacement_chart(answer).description)
    assert "net over the platforms seen" in answer.sentence


def test_the_chart_shows_the_treated_platform_and_the_others_together():
    table = weekly()
    table[3, 0] = np.nan
    answer = displacement(platforms(table, 30), treated="harbourline")
    chart = displacement_chart(answer)
    assert chart.name == "harbourline"
    assert chart.points[3].value is None
    assert [one.name for one in chart.more] == ["the others together"]
    assert chart.more[0].points[7].value == pytest.approx(table[7, 1:].sum())
    assert chart.events[0].x == 30


# The tables that an analyst gives.


@pytest.fixture
def write(tmp_path):
    def put(lines, name="series.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    return put


COUNTS = ([6] * 5 + [2] * 4, [2] * 5 + [4] * 4)


def seen(counts=COUNTS, weeks=None, extra=()):
    """Sightings of so many channels a week on each platform, and the first of the next week, which is not over."""
    lines = ["observed_at,platform,channel,item"]
    lines += [f"{(MONDAY + timedelta(weeks=len(counts[0]))).isoformat()},{name},late,late" for name in NAMES[:2]]
    for name, values in zip(NAMES, counts, strict=False):
        for week, count in enumerate(values):
            day = (MONDAY + timedelta(weeks=week, days=1)).isoformat()
            lines += [f"{day},{name},{name}-{place},{name}-{week}-{place}" for place in range(count)]
    return [*lines, *extra]


def series(counts=COUNTS):
    rows = zip(*counts, strict=True)
    return ["week,harbourline,quayside,remark"] + [
        f"{(MONDAY + timedelta(weeks=week)).date()},{','.join(map(str, row))},calm" for week, row in enumerate(rows)
    ]


FIFTH = MONDAY + timedelta(weeks=5)


def test_sightings_and_a_series_of_the_same_weeks_agree(write):
    counted = platforms_of_sightings(read_sightings(write(seen(), "seen.csv"), {}, ("item",)), start=FIFTH)
    given = platforms_of_series(
        read_series(write(series())), treated="harbourline", start=FIFTH.date().isoformat(), time="week"
    )
    assert given.names == ("harbourline", "quayside")
    assert counted.weeks[:-1] == given.weeks
    assert counted.before == given.before == 5
    assert counted.values[:-1].tolist() == given.values.tolist()
    assert np.isnan(counted.values[-1]).all()


def test_rows_out_of_order_are_put_in_the_order_of_their_time(write):
    head, *rows = series()
    given = platforms_of_series(
        read_series(write([head, *reversed(rows)])), treated="quayside", start="2025-02-10", time="week"
    )
    assert given.names == ("quayside", "harbourline")
    assert given.values[:, 1].tolist() == COUNTS[0]


def test_without_a_time_column_the_start_is_a_row(write):
    given = platforms_of_series(read_series(write(series())), treated="harbourline", start="5", others=("quayside",))
    assert given.before == 5
    assert given.weeks[:2] == ("0", "1")


def test_a_column_of_remarks_is_no_platform_but_a_slip_among_numbers_is_an_error(write):
    head, *rows = series()
    slipped = [row.replace("calm", "3") for row in rows]
    slipped[2] = slipped[2].replace(",3", ",three")
    with pytest.raises(InputError, match="remark"):
        platforms_of_series(read_series(write([head, *slipped])), treated="harbourline", start="5", others=())


def test_rows_that_could_not_be_read_are_named(write):
    found = platforms_of_series(
        read_series(write([*series(), "2025-03-10,1,2,calm,one too many"])),
        treated="harbourline",
        start="2025-02-10",
        time="week",
    )
    assert [one.code for one in found.caveats] == ["rows-skipped"]


def test_a_week_nobody_checked_has_no_value(write):
    checks = ["channel,checked_at,result"] + [
        f"harbourline-0,{(MONDAY + timedelta(weeks=week, days=2)).isoformat()},alive" for week in range(9) if week != 3
    ]
    counted = platforms_of_sightings(
        read_sightings(
            write(seen(([6, 6, 6, 0, 6, 2, 2, 2, 2], [2, 2, 2, 0, 2, 4, 4, 4, 4])), "seen.csv"), {}, ("item",)
        ),
        start=FIFTH,
        checks=read_checks(write(checks, "checks.csv"), {}),
    )
    assert np.isnan(counted.values[3]).all()
    assert np.isfinite(np.delete(counted.values[:-1], 3, axis=0)).all()
    assert any(one.code == "no-check" for one in counted.caveats)


def test_weeks_whose_posts_are_still_coming_in_have_no_value(write):
    """Posts are seen two weeks late, so that the last weeks are not whole yet."""
    lines = ["observed_at,posted_at,platform,channel,item"]
    for week in range(12):
        posted = MONDAY + timedelta(weeks=week, days=1)
        late = posted + timedelta(weeks=2)
        lines += [f"{late.isoformat()},{posted.isoformat()},{name},{name}-1,{name}-{week}" for name in NAMES[:2]]
    found = platforms_of_sightings(read_sightings(write(lines), {}, ("posted_at", "item")), start=FIFTH)
    assert np.isnan(found.values[-1]).all()
    assert np.isfinite(found.values[:8]).all()
    assert any(one.code == "reporting-lag" for one in found.caveats)


def test_a_start_within_a_week_mixes_it(write):
    sightings = read_sightings(write(seen(), "seen.csv"), {}, ("item",))
    mixed = platforms_of_sightings(sightings, start=FIFTH + timedelta(days=2))
    (text,) = [one.text for one in mixed.caveats if one.code == "mixed-week"]
    assert "2025-02-12 is no Monday" in text
    assert "2025-02-10, is part untreated" in text
    assert mixed.before == 5
    assert "mixed-week" not in {one.code for one in platforms_of_sightings(sightings, start=FIFTH).caveats}


@pytest.mark.parametrize("start", [MONDAY, MONDAY - timedelta(days=1), MONDAY + timedelta(weeks=10)])
def test_a_start_outside_the_weeks_is_refused(write, start):
    sightings = read_sightings(write(seen(), "seen.csv"), {}, ("item",))
    with pytest.raises(InputError, match="the weeks go from 2025-01-06 to 2025-03-10; choose one after the first"):
        platforms_of_sightings(sightings, start=start)


def test_a_changed_collector_is_carried_into_the_answer(write):
    lines = seen()
    lines = [lines[0] + ",collector_version"] + [
        f"{line},{'2' if line[:10] >= '2025-02-01' else '1'}" for line in lines[1:]
    ]
    read = read_sightings(write(lines), {}, ("item", "collector_version"))
    found = platforms_of_sightings(read, start=FIFTH)
    answer = displacement(found, treated="harbourline")
    assert "instrument-change" in {one.code for one in answer.footing.caveats}
    assert len(found.caveats) == len(set(found.caveats))


def test_a_script_finds_every_key_of_the_contract(abate, write, tmp_path):
    chart = tmp_path / "chart.svg"
    flags = ("measure", "displacement", "--sightings", write(seen(), "seen.csv"), "--treated", "harbourline")
    done = abate.run(*flags, "--start", "2025-02-10", "--unobserved", "saltmarsh", "--chart", chart, "--json")
    assert done.code == 0
    told = done.json
    assert {"schema", "method", "level", "calibrated", "assumptions", "warnings"} <= set(told)
    assert {"drop", "rise", "ratio", "interval", "net", "net_interval", "unobserved"} <= set(told)
    assert told["drop"] == pytest.approx(-4)
    assert told["rise"] == pytest.approx({"quayside": 2})
    assert told["net"] == pytest.approx(-2)
    assert told["unobserved"] == ["saltmarsh"]
    assert told["start"] == "2025-02-10"
    assert "harbourline and the other platforms" in chart.read_text("utf-8")


def test_the_command_answers_the_same_from_a_series(abate, write):
    flags = ("--treated", "harbourline", "--start", "2025-02-10", "--json")
    from_series = abate.run("measure", "displacement", "--series", write(series()), "--time", "week", *flags).json
    from_sightings = abate.run("measure", "displacement", "--sightings", write(seen(), "seen.csv"), *flags).json
    for key in ("drop", "rise", "ratio", "interval", "net", "net_interval", "drop_interval", "persistence"):
        assert from_series[key] == from_sightings[key], key


def test_a_reader_sees_a_sentence_and_the_warnings(abate, write):
    flags = ("--treated", "harbourline", "--start", "2025-02-10", "--trend", "linear")
    done = abate.run("measure", "displacement", "--sightings", write(seen(), "seen.csv"), *flags)
    assert done.code == 0
    assert "from 2025-02-10 on harbourline changed by" in done.out
    assert "warning (unobserved-platforms)" in done.err
    assert "assumed: without the treatment every platform would have gone on along its straight line" in done.err


def test_checks_and_a_snapshot_are_read(abate, write):
    checks = ["channel,checked_at,result"] + [
        f"harbourline-0,{(MONDAY + timedelta(weeks=week, days=2)).isoformat()},alive" for week in range(9)
    ]
    flags = ("measure", "displacement", "--sightings", write(seen(), "seen.csv"), "--treated", "harbourline")
    more = ("--checks", write(checks, "checks.csv"), "--start", "2025-02-10", "--until", "2025-02-23", "--json")
    told = abate.run(*flags, *more).json
    assert told["drop"] == pytest.approx(-4)
    assert "sightings-alone" not in {one["code"] for one in told["warnings"]}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--treated", "harbourline", "--start", "5"), "give --sightings FILE or --series FILE"),
        (("--series", "FILE", "--start", "5"), "--treated NAME"),
        (("--series", "FILE", "--treated", "harbourline"), "--start TIME"),
        (
            ("--series", "FILE", "--sightings", "FILE", "--treated", "harbourline", "--start", "5"),
            "--sightings FILE or",
        ),
        (("--series", "FILE", "--treated", "harbourline", "--start", "5", "--trend", "bent"), "--trend bent"),
        (
            ("--series", "FILE", "--treated", "harbourline", "--start", "5", "--until", "2025-02-01"),
            "--until needs dates",
        ),
        (("--series", "FILE", "--treated", "nowhere", "--start", "5"), "no column 'nowhere'"),
        (("--series", "FILE", "--treated", "harbourline", "--start", "0"), "no week before the start"),
        (("--series", "FILE", "--treated", "harbourline", "--start", "50"), "rows go from 0 to 8"),
        (("--sightings", "SEEN", "--treated", "nowhere", "--start", "2025-02-10"), "--treated nowhere"),
        (("--sightings", "SEEN", "--treated", "harbourline", "--start", "soon"), "--start"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(abate, write, flags, words):
    files = {"FILE": write(series()), "SEEN": write(seen(), "seen.csv")}
    done = abate.run("measure", "displacement", *(files.get(flag, flag) for flag in flags), "--json")
    assert done.code == 2
    assert words in done.err
    assert len(done.err.strip().splitlines()) == 1
