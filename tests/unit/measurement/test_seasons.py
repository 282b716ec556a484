"""What a calendar puts into a series, held against published dates and the rules of the tabular count."""

from datetime import date, timedelta

import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.measurement.seasons import columns, hijri_start, ramadan, ramadan_share, regressors

PUBLISHED = {
    1431: "2010-08-11",
    1433: "2012-07-20",
    1435: "2014-06-28",
    1436: "2015-06-18",
    1437: "2016-06-06",
    1438: "2017-05-27",
    1439: "2018-05-17",
    1440: "2019-05-06",
    1441: "2020-04-24",
    1442: "2021-04-13",
    1443: "2022-04-02",
    1444: "2023-03-23",
    1445: "2024-03-11",
    1446: "2025-03-01",
}
"""First days of Ramadan as they were announced in Mecca."""
FESTIVALS = {1441: "2020-05-24", 1442: "2021-05-13", 1443: "2022-05-02", 1444: "2023-04-21", 1445: "2024-04-10"}
"""The day after Ramadan, as announced."""
LEAP = {2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29}


@pytest.mark.parametrize(("year", "day"), PUBLISHED.items())
def test_ramadan_begins_within_a_day_of_its_announcement(year, day):
    assert abs(ramadan(year)[0] - date.fromisoformat(day)) <= timedelta(days=1)


@pytest.mark.parametrize(("year", "day"), FESTIVALS.items())
def test_ramadan_ends_within_a_day_of_the_festival(year, day):
    assert abs(ramadan(year)[1] + timedelta(days=1) - date.fromisoformat(day)) <= timedelta(days=1)


def test_months_alternate_and_eleven_years_in_thirty_have_a_day_more():
    # 1 Muharram 1 is 16 July 622 in the Julian calendar, 19 July in the Gregorian one carried back.
    day = date(622, 7, 19)
    for year in range(1, 1501):
        for month in range(1, 13):
            assert hijri_start(year, month) == day
            longer = month % 2 == 1 or (month == 12 and year % 30 in LEAP)
            day += timedelta(days=30 if longer else 29)


def test_the_share_of_ramadan_counts_its_days():
    first, last = ramadan(1445)
    assert ramadan_share(first - timedelta(days=2), 7) == pytest.approx(5 / 7)
    assert ramadan_share(last, 7) == pytest.approx(1 / 7)
    assert ramadan_share(first, 1) == 1
    assert ramadan_share(last + timedelta(days=1), 1) == 0
    # A Gregorian year may hold the beginning of two.
    days = [date(2030, 1, 1) + timedelta(days=place) for place in range(365)]
    counted = sum(any(low <= day <= high for low, high in map(ramadan, (1451, 1452))) for day in days)
    assert ramadan_share(days[0], 365) == pytest.approx(counted / 365)
    assert ramadan_share(date(1, 1, 1), 7) == 0


def test_weekdays_are_columns_for_days_and_none_for_weeks():
    names = columns(("weekday", "ramadan"), 1)
    assert names == ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "ramadan")
    days = [date(2025, 3, 3) + timedelta(days=place) for place in range(14)]
    table = regressors(days, ("weekday", "ramadan"), 1)
    assert table.shape == (14, 7)
    assert np.array_equal(table[:7, :6], np.eye(7)[:, 1:])
    assert table[:, 6].tolist() == [1.0] * 14
    assert columns(("weekday", "ramadan"), 7) == ("ramadan",)
    assert regressors(days[::7], ("weekday",), 7).shape == (2, 0)
    assert regressors(days[::2], ("weekday",), 2).sum() == pytest.approx(6.0)
    assert regressors([], ("ramadan",), 1).shape == (0, 1)


def test_an_unknown_calendar_is_refused_by_name():
    with pytest.raises(InputError, match="--calendar lunar: choose from weekday, ramadan"):
        columns(("lunar",), 1)
