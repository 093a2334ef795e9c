"""What was listed is compared with what is known; deletions that look like a fault are held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cidb2.items.compare import change_of, is_news, is_suspicious, missing
from cidb2.items.digests import Digests
from cidb2.items.item import Change
from cidb2.items.known import Known
from tests.support.builders import a_resource, key_arn, known_as

RESOURCE = a_resource()
SAME = RESOURCE.content_hash
OTHER = "0" * 64


@pytest.mark.parametrize(
    ("known", "change"),
    [
        (None, Change.CREATED),
        (known_as(SAME, {}), Change.UNCHANGED),
        (known_as(SAME, {"tags": "AccessDenied"}), Change.UNCHANGED),
        (known_as(OTHER, {}), Change.CHANGED),
    ],
)
def test_a_resource_is_created_unchanged_or_changed(known: Known | None, change: Change) -> None:
    assert change_of(RESOURCE, known) is change


@pytest.mark.parametrize(
    ("known", "unreadable", "news"),
    [
        (None, {}, True),
        (known_as(OTHER, {}), {}, True),
        (known_as(SAME, {}), {}, False),
        (known_as(SAME, {}), {"tags": "AccessDenied"}, True),
        (known_as(SAME, {"tags": "AccessDenied"}), {}, True),
        (known_as(SAME, {"tags": "AccessDenied"}), {"tags": "Throttling"}, True),
    ],
)
def test_it_is_news_when_the_table_would_hold_something_else(
    known: Known | None, unreadable: dict[str, str], news: bool
) -> None:
    assert is_news(a_resource(unreadable=unreadable), known) is news


def test_the_same_unreadable_fields_as_yesterday_are_no_news() -> None:
    resource = a_resource(unreadable={"tags": "AccessDenied"})
    assert not is_news(resource, known_as(resource.content_hash, {"tags": "AccessDenied"}))


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_exactly_what_is_known_and_was_not_seen_is_missing(
    known: set[int], listed: set[int]
) -> None:
    arns = {key_arn(str(number)) for number in known}
    seen = Digests(key_arn(str(number)) for number in listed)
    assert missing(arns, seen) == sorted(key_arn(str(number)) for number in known - listed)


@pytest.mark.parametrize(
    ("known", "gone", "suspicious"),
    [
        (20, 20, False),
        (21, 21, True),
        (41, 21, True),
        (42, 21, False),
        (43, 21, False),
        (100, 50, False),
        (100, 51, True),
        (1, 1, False),
        (0, 0, False),
    ],
)
def test_more_than_half_and_more_than_20_deletions_are_suspicious(
    known: int, gone: int, suspicious: bool
) -> None:
    assert is_suspicious(known, gone) is suspicious
