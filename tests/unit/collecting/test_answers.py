"""Answers of several pages, which AWS may give without an end."""

from collections.abc import Mapping
from itertools import count, islice
from typing import Any, cast

import pytest

from cidb2.aws.members import IncompleteAnswerError
from cidb2.collecting.answers import MOST_PAGES, Answers


class Endless:
    """An account that answers each page with another token."""

    def __init__(self, last: int | None = None) -> None:
        self.asked = 0
        self._last = last
        self._tokens = count(1)

    def call(self, *_: Any) -> Mapping[str, Any]:
        self.asked += 1
        page: dict[str, Any] = {"Volumes": [{"VolumeId": f"vol-{self.asked}"}]}
        return page if self.asked == self._last else page | {"NextToken": str(next(self._tokens))}


def entries(account: Endless) -> Any:
    return Answers(cast("Any", account), "ec2", "eu-west-1").entries(
        "DescribeVolumes", {}, "Volumes"
    )


def test_an_answer_without_an_end_is_incomplete() -> None:
    account = Endless()
    with pytest.raises(IncompleteAnswerError, match="an end of its pages"):
        list(entries(account))
    assert account.asked == MOST_PAGES + 1


def test_the_longest_answer_is_read_to_its_end() -> None:
    assert len(list(entries(Endless(last=MOST_PAGES)))) == MOST_PAGES


def test_pages_are_asked_for_one_by_one() -> None:
    account = Endless()
    assert len(list(islice(entries(account), 3))) == 3
    assert account.asked == 3
