"""What the last weeks will come to: the ladder against published numbers, by hand, and on a world that is late."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from abate.measurement.counting.scope import Calendar
from abate.measurement.tables.columns import Sightings, encode
from abate.measurement.weekly.nowcast import (
    Ages,
    Ladder,
    bring_up,
    first_known,
    ladder,
    none,
    nowcast,
    triangle_of,
)
from abate.measurement.weekly.presence import presence
from abate.measurement.weeks import DAY, NO_TIME, WEEK, week_of, week_start, weeks_of

FIRST = 2_800

TAYLOR_ASHE = """
357848 1124788 1735330 2218270 2745596 3319994 3466336 3606286 3833515 3901463
352118 1236139 2170033 3353322 3799067 4120063 4647867 4914039 5339085
290507 1292306 2218525 3235179 3985995 4132918 4628910 4909315
310608 1418858 2195047 3757447 4029929 4381982 4588268
443160 1136350 2128333 2897821 3402672 3873311
396132 1333217 2180715 2985752 3691712
440832 1288463 2419861 3483130
359480 1421128 2864498
376686 1363294
344014
"""
"""The triangle on which Mack's method was published (Mack 1993, from Taylor and Ashe 1983)."""
MACKS_FACTORS = (3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177)
MACKS_SIGMA2 = (160280, 37737, 41965, 15183, 13731, 8186, 447, 1147)


def calendar(weeks=30, into=WEEK, lag=WEEK):
    """A calendar whose snapshot lies so far into its last week."""
    snapshot = week_start(FIRST + weeks - 1) + into
    return Calendar(first=FIRST, count=weeks, snapshot=snapshot, lag=lag, retrospective=False)


def ages_of(weeks=30, into=WEEK, since=FIRST):
    return Ages(weeks=calendar(weeks, into), since=week_start(since))


def settled(rows, steps, at_age_0=100.0):
    """A triangle in which every week grows by the same steps."""
    full = at_age_0 * np.concatenate(([1.0], np.cumprod(steps)))
    known = np.tile(full, (rows, 1))
    for row in range(rows):
        known[row, rows - row :] = np.nan
    return known


def test_the_factors_and_variances_are_those_that_mack_published():
    rows = [[float(value) for value in line.split()] for line in TAYLOR_ASHE.split("\n") if line]
    found = ladder(np.array([row + [np.nan] * (10 - len(row)) for row in rows]))
    assert found.factor == pytest.approx(MACKS_FACTORS, abs=5e-5)
    assert found.spread[:8] == pytest.approx(MACKS_SIGMA2, abs=0.5)
    assert found.weeks.tolist() == list(range(9, 0, -1))


def test_a_week_is_brought_up_by_the_product_of_the_factors_and_macks_error():
    from scipy.stats import gamma, t

    steps = Ladder(
        factor=np.array([2.0, 1.25]),
        spread=np.array([4.0, 1.0]),
        weight=np.array([900.0, 1800.0]),
        weeks=np.array([20, 19]),
        rows=20,
    )
    value, (low, high) = bring_up(40.0, 0, steps)
    assert value == 100
    error = 4 / 2**2 * (1 / 40 + 1 / 900) + 1 / 1.25**2 * (1 / 80 + 1 / 1800)
    widened = 100**2 * error * (t.ppf(0.975, 18) / 1.959964) ** 2
    still_out = gamma(60**2 / widened, scale=widened / 60)
    assert low == np.floor(40 + still_out.ppf(0.025))
    assert high == np.ceil(40 + still_out.ppf(0.975))
    assert steps.share_known(0) == pytest.approx(0.4)


def test_what_is_known_already_is_never_taken_back():
    known = settled(30, (1.5, 1.1)) * np.random.default_rng(1).uniform(0.8, 1.2, (30, 1))
    for age in (0, 1):
        value, (low, high) = bring_up(5.0, age, ladder(known))
        assert 5 <= low <= value <= high


def test_too_little_known_or_too_few_weeks_before_give_no_number():
    assert bring_up(0.0, 0, ladder(settled(30, (2.0,)))) is None
    assert bring_up(10.0, 0, ladder(settled(30, (11.0,)))) is None, "less than a tenth is known"
    assert bring_up(10.0, 0, ladder(settled(5, (2.0,)))) is None, "four weeks tell nothing"
    assert bring_up(10.0, 0, ladder(settled(6, (2.0,)))) is not None


def test_weeks_that_are_all_alike_leave_no_doubt():
    assert bring_up(100.0, 1, ladder(settled(30, (2.0,)))) == (100, (100, 100))
    value, interval = bring_up(100.0, 0, ladder(settled(30, (2.0,))))
    assert (value, interval) == (200, (200, 200))


def test_ages_are_counted_back_from_the_snapshot_and_not_in_calendar_weeks():
    ages = ages_of(10, into=2 * DAY)
    assert ages.last == FIRST + 9
    week = np.array([FIRST + 5, FIRST + 5, FIRST + 5, FIRST + 5])
    observed = week_start(FIRST + 5) + np.array([0, 2 * DAY, 2 * DAY + 1, 9 * DAY + 1])
    # Every week of the past is looked at as it stood two days into it.
    assert ages.known_at(week, observed).tolist() == [0, 0, 1, 2]


def test_a_unit_counts_once_a_week_from_its_first_observation_in_it():
    ages = ages_of(4)
    at = week_start(FIRST) + np.array([0, 0, 0, WEEK]) + DAY
    observed = at + np.array([15 * DAY, 0, 8 * DAY, 0])
    known = first_known(at, observed, np.array([0, 0, 1, 0]), 2, ages)
    assert known[0, :4].tolist() == [1, 2, 2, 2], "unit 0 at once; unit 1 by the end of the next week"
    assert known[1, :3].tolist() == [1, 1, 1]
    assert np.isnan(known[1, 3]), "that age has not come"


@pytest.mark.parametrize("limit", [0, 40, 130, 1 << 27])
def test_the_triangle_is_the_same_counted_by_hand_in_one_table_in_several_or_sorted(monkeypatch, limit):
    draw = np.random.default_rng(4)
    at = week_start(FIRST) + draw.integers(0, 12 * WEEK, 900)
    observed = at + draw.integers(0, 5 * WEEK, 900)
    unit = draw.integers(0, 40, 900)
    ages = ages_of(12)
    monkeypatch.setattr("abate.measurement.weekly.nowcast._TABLE_LIMIT", limit)
    known = first_known(at, observed, unit, 40, ages)
    week = weeks_of(at)
    age = ages.known_at(week, observed)
    for place, old in zip(*np.nonzero(np.isfinite(known)), strict=True):
        assert known[place, old] == len(set(unit[(week == FIRST + place) & (age <= old)]))
    assert np.isnan(known[11, 1:]).all()


def test_watching_that_began_late_leaves_out_what_was_there_before():
    assert ages_of(30, since=FIRST + 10).start == FIRST + 10
    assert ages_of(200).start == FIRST + 199 - 40 - 13, "the habits of a year ago say little of today's"


def world(weeks=60, channels=80, seed=1, *, late=lambda week: 0.45, days=9.0):
    """Channels that post once a week; a part of the posts is reported late."""
    draw = np.random.default_rng(seed)
    week = np.repeat(np.arange(weeks), channels)
    posted = week_start(FIRST) + week * WEEK + (draw.random(len(week)) * WEEK).astype(np.int64)
    slow = draw.random(len(week)) < np.array([late(one) for one in week])
    observed = posted + (np.where(slow, draw.exponential(days, len(week)), 0.05) * DAY).astype(np.int64)
    return posted, observed, np.tile(np.arange(channels), weeks)


def sightings(posted, observed, channel, until):
    seen = observed <= until
    names = [f"c{place}" for place in range(int(channel.max()) + 1)]
    return Sightings(
        observed_at=observed[seen],
        posted_at=posted[seen],
        platform=encode(["p"] * int(seen.sum())),
        channel=encode([names[place] for place in channel[seen]]),
    )


def test_the_raw_last_weeks_fall_short_and_the_ladder_brings_them_up():
    raw, ladders = [], []
    for seed in range(12):
        posted, observed, channel = world(seed=seed, late=lambda _: 0.6, days=14.0)
        snapshot = week_start(FIRST + 60)
        answer = presence(sightings(posted, observed, channel, snapshot - 1))
        counts = {row.week: row.value for row in answer.rows}
        young = [one for one in answer.beside.nowcast.weeks if one.value is not None]
        assert young
        raw += [counts[one.week] / 80 for one in young[-3:]]
        ladders += [one.value / 80 for one in young[-3:]]
    assert np.mean(raw) < 0.8
    assert np.mean(ladders) == pytest.approx(1, abs=0.03)


def test_past_weeks_say_whether_the_interval_can_be_believed():
    posted, observed, channel = world(seed=3)
    honest = presence(sightings(posted, observed, channel, week_start(FIRST + 60) - 1))
    assert honest.beside.nowcast.calibrated is True
    assert honest.beside.nowcast.trials >= 12

    posted, observed, channel = world(seed=3, late=lambda week: 0.05 if week < 38 else 0.9)
    changed = presence(sightings(posted, observed, channel, week_start(FIRST + 60) - 1))
    assert changed.beside.nowcast.calibrated is False
    assert changed.footing.calibrated is False
    (told,) = [one for one in changed.footing.caveats if one.code == "not-calibrated"]
    assert "reporting has changed" in told.text


def test_too_few_past_weeks_leave_it_open_whether_the_interval_holds():
    posted, observed, channel = world(weeks=8)
    found = presence(sightings(posted, observed, channel, week_start(FIRST + 8) - 1))
    assert found.beside.nowcast.calibrated is None
    assert any("with too few weeks before them" in one.text for one in found.footing.caveats)


def test_a_week_is_settled_at_the_age_at_which_nothing_more_came():
    known = settled(20, (2.0, 1.0, 1.0, 1.0))
    found = nowcast(known, [FIRST + 19], Ages(weeks=calendar(20), since=week_start(FIRST)))
    assert found.weeks[0].value == 200
    assert found.trials == 14, "of 19 weeks that are fully known, those with five before them to learn from"
    assert nowcast(settled(20, (1.0, 1.0)), [FIRST + 19], ages_of(20)).weeks[0].interval == (100, 100)


def test_without_posting_times_or_collected_afterwards_nobody_knows_how_late_reports_come():
    at = week_start(FIRST) + np.arange(3) * WEEK + DAY
    bare = {"platform": encode(["p"] * 3), "channel": encode(["a", "b", "c"])}
    for posted in (None, np.full(3, NO_TIME)):
        found = presence(Sightings(observed_at=at, posted_at=posted, **bare))
        assert any("no posting time" in one.text for one in found.footing.caveats)
    posted = week_start(FIRST) + np.arange(30) * WEEK
    later = Sightings(
        observed_at=np.full(30, posted[-1] + DAY),
        posted_at=posted,
        platform=encode(["p"] * 30),
        channel=encode(["a"] * 30),
    )
    assert any("collected afterwards" in one.text for one in presence(later).footing.caveats)
    assert none("because").weeks == ()


def test_the_json_row_is_a_monday_with_its_interval():
    posted, observed, channel = world()
    rows = presence(sightings(posted, observed, channel, week_start(FIRST + 60) - 1)).to_json()["nowcast"]
    assert rows
    for row in rows:
        assert datetime.fromisoformat(row["week"]).weekday() == 0
        low, high = row["interval"]
        assert low <= row["value"] <= high


def test_a_week_before_the_triangle_is_not_brought_up():
    known = triangle_of(np.array([FIRST]), np.array([0]), np.array([5]), ages_of(6))
    found = nowcast(known, [FIRST - 3], ages_of(6))
    assert found.weeks[0].value is None
    moment = datetime(2025, 3, 3, tzinfo=UTC) + timedelta(0)
    assert week_of(int(moment.timestamp() * 1e6)) > FIRST
