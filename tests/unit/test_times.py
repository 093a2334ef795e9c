"""Times are written in UTC, so that their text sorts as they do."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from cidb2.times import iso, now, parse, sortable

zones = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
moments = st.datetimes(datetime(1970, 1, 2), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001


@given(moments)
def test_a_time_comes_back_as_the_same_moment(moment: datetime) -> None:
    assert parse(iso(moment)) == parse(sortable(moment)) == moment


@given(moments, moments)
def test_sortable_texts_are_in_the_order_of_time(one: datetime, other: datetime) -> None:
    assert (sortable(one) < sortable(other)) == (one < other)


def test_times_are_written_as_aws_writes_them() -> None:
    moment = datetime(2026, 11, 24, 3, 48, 30, tzinfo=UTC)
    assert iso(moment) == "2026-11-24T03:48:30Z"
    assert iso(moment.replace(tzinfo=None)) == "2026-11-24T03:48:30Z"
    assert sortable(moment) == "2026-11-24T03:48:30.000000Z"


def test_now_is_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
