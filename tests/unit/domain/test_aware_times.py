"""Times at the door: aware, in UTC, or refused with a sentence."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.domain.times import aware, optional_aware, parse_time

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS))  # noqa: DTZ001 - the strategy adds it
def test_an_aware_time_is_the_same_moment_in_utc(moment):
    assert aware(moment, "at") == moment
    assert aware(moment, "at").tzinfo is UTC
    assert parse_time(moment.isoformat(), "at") == moment


@given(st.datetimes())
def test_a_naive_time_is_refused_by_name(moment):
    with pytest.raises(InputError, match="received_at has no UTC offset"):
        aware(moment, "received_at")


@given(st.dates())
def test_a_date_is_its_midnight_in_utc(day):
    assert parse_time(day.isoformat(), "at") == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-05:00"])
def test_a_time_that_its_offset_leads_out_of_the_calendar_is_refused(text):
    with pytest.raises(InputError, match="posted_at lies outside the years 1 to 9999"):
        parse_time(text, "posted_at")


@pytest.mark.parametrize("text", ["", "noon", "2026-02-30", "2026-13-01T00:00:00Z", "1772366400", "١٢٣٤-٠١-٠١"])
def test_what_is_no_time_is_refused_with_the_way_to_write_one(text):
    with pytest.raises(InputError, match="write it as 2026-03-29T01:30:00"):
        parse_time(text, "posted_at")


def test_a_date_time_without_an_offset_is_refused():
    with pytest.raises(InputError, match="posted_at has no UTC offset"):
        parse_time("2026-03-29T01:30:00", "posted_at")


def test_no_time_is_let_through():
    assert optional_aware(None, "until") is None
    assert optional_aware(datetime(2026, 3, 1, tzinfo=UTC), "until").date() == date(2026, 3, 1)
