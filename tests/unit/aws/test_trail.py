"""A listing that comes back to where it was is noticed; one that goes on is not."""

from collections.abc import Iterable

import pytest
from botocore.exceptions import PaginationError
from hypothesis import given
from hypothesis import strategies as st

from cidb2.aws.trail import Trail


def follow(tokens: Iterable[str]) -> Trail:
    trail = Trail()
    for token in tokens:
        trail.follow(token)
    return trail


@given(before=st.integers(0, 50), circle=st.integers(1, 50))
def test_a_circle_of_any_length_is_noticed_wherever_it_begins(before: int, circle: int) -> None:
    pages = range(4 * (before + circle))
    with pytest.raises(PaginationError):
        follow(str(page if page < before else before + (page - before) % circle) for page in pages)


@given(st.lists(st.text(min_size=1), unique=True))
def test_tokens_that_all_differ_are_no_circle(tokens: list[str]) -> None:
    follow(tokens)


def test_one_token_is_kept_however_many_pages_there_are() -> None:
    trail = follow(map(str, range(100_000)))
    assert trail == Trail(token="65534", pages=34_465, reach=65_536)
