"""Times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from cidb2.times import now
from cli.ages import age, moment

TODAY = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90m", timedelta(minutes=90)),
        ("36h", timedelta(hours=36)),
        ("0d", timedelta()),
        ("2 w", timedelta(weeks=2)),
    ],
)
def test_an_age_is_a_moment_so_long_ago(text: str, ago: timedelta) -> None:
    before = now() - ago
    assert before <= moment(text) <= now() - ago


def test_a_day_and_a_time_are_taken_as_utc_where_they_name_no_zone() -> None:
    assert moment("2026-11-24") == TODAY
    assert moment("2026-11-24T06:00Z") == TODAY + timedelta(hours=6)
    assert moment("2026-11-24T06:00+02:00") == TODAY + timedelta(hours=4)
    assert moment("2026-11-24T02:00+02:00").tzinfo == UTC


BEYOND_TIME = ("0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "-1d", "1y", "9999999999d", "2026-13-01", *BEYOND_TIME]
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="use 90m, 36h, 7d or 2w"):
        moment(text)


@pytest.mark.parametrize(
    ("ago", "told"), [({"minutes": 119}, "119 m"), ({"hours": 47}, "47 h"), ({"days": 9}, "9 d")]
)
def test_an_age_is_told_in_its_largest_unit(ago: dict[str, int], told: str) -> None:
    assert age(TODAY - timedelta(**ago), TODAY) == told
