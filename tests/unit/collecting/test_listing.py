"""A listing asks AWS again where that can mend its answer, and not for ever."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from cidb2.collecting import listing
from cidb2.collecting.checkpoints import Progress
from cidb2.collecting.deadline import Deadline
from cidb2.collecting.listing import RESTARTS
from cidb2.collecting.service import Listed, Page
from tests.support.builders import client_error
from tests.support.collecting import MARGIN_SECONDS, plenty
from tests.unit.conftest import Log

BUSY = client_error("ServiceUnavailable", status=503)
EXPIRED = client_error("InvalidParameterValue", "Value (2) for parameter NextToken is invalid.")
DENIED = client_error("AccessDenied", status=403)
SILENT = ReadTimeoutError(endpoint_url="https://kms")
FAR_AWAY = "2099-01-01T00:00:00.000Z"
Answer = Exception | None


class Reader:
    """Lists five pages; `answers` are what it answers first, None where it yields the page."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = [*answers]
        self.asked: list[str | None] = []

    def pages(self, token: str | None) -> Iterator[Page]:
        for number in range(int(token or 0), 5):
            self.asked.append(str(number) if number else None)
            answer = self.answers.pop(0) if self.answers else None
            if answer:
                raise answer
            yield Page([Listed(str(number), None)], str(number + 1) if number < 4 else None)

    def read(self, listed: Listed, in_parallel: Any) -> None:
        """Nobody reads."""


def listed(
    reader: Reader, progress: Progress, remaining_ms: Callable[[], int] = plenty
) -> Sequence[str]:
    """List as a scope does; return the ARNs in order."""
    deadline = Deadline(remaining_ms, MARGIN_SECONDS, FAR_AWAY)
    listed_pages = listing.pages(reader, progress, deadline)
    return [one.arn for page in listed_pages for one in page.listed]


@pytest.mark.parametrize("error", [BUSY, SILENT, client_error("ThrottlingException")])
@pytest.mark.parametrize("before", [0, 2])
def test_what_may_pass_is_asked_again_at_the_same_page(error: Exception, before: int) -> None:
    reader, progress = Reader(*[None] * before, error), Progress()
    assert listed(reader, progress) == [*"01234"]
    assert len(reader.asked) == 6
    assert reader.asked[before] == reader.asked[before + 1]
    assert progress.is_listed
    assert progress.restarts == 1


@pytest.mark.parametrize(
    "code", ["InvalidParameterValue", "InvalidMarkerException", "InvalidInput"]
)
def test_a_token_that_is_refused_starts_the_listing_over(code: str) -> None:
    reader, progress = Reader(None, None, client_error(code)), Progress()
    assert listed(reader, progress) == [*"01", *"01234"]
    assert reader.asked[2:4] == ["2", None]
    assert progress.is_listed


def test_a_token_of_an_earlier_invocation_that_has_expired_starts_it_over_too() -> None:
    reader, progress = Reader(EXPIRED), Progress(token="3", gone={"vanished"})
    assert listed(reader, progress) == [*"01234"]
    assert progress.gone == set()


@pytest.mark.parametrize(
    ("before", "error"), [(0, DENIED), (2, DENIED), (0, EXPIRED), (2, client_error("ExpiredToken"))]
)
def test_what_asking_again_cannot_mend_passes_through(before: int, error: Exception) -> None:
    reader, progress = Reader(*[None] * before, error), Progress()
    with pytest.raises(ClientError):
        listed(reader, progress)
    assert len(reader.asked) == before + 1
    assert not progress.is_listed


@pytest.mark.parametrize("error", [BUSY, SILENT])
def test_what_fails_twice_in_a_row_passes_through(error: Exception) -> None:
    reader, progress = Reader(None, None, error, error), Progress()
    with pytest.raises((ClientError, BotoCoreError)):
        listed(reader, progress)
    assert reader.asked == [None, "1", "2", "2"]
    assert progress.token == "2"


def test_a_listing_that_starts_over_and_fails_at_once_passes_through() -> None:
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        listed(Reader(None, EXPIRED, BUSY), Progress())


def test_aws_is_asked_again_so_often_in_one_listing_and_no_more() -> None:
    answers = [None, EXPIRED] * (RESTARTS + 1)
    reader, progress = Reader(*answers), Progress()
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        listed(reader, progress)
    assert reader.asked == [None, "1"] * (RESTARTS + 1)
    assert Progress.parse(progress.to_document()).restarts == RESTARTS


def test_where_time_is_short_the_next_invocation_asks_again() -> None:
    reader, progress = Reader(None, BUSY), Progress()
    assert listed(reader, progress, lambda: 1) == ["0"]
    assert not progress.is_listed
    assert listed(reader, Progress.parse(progress.to_document())) == [*"1234"]
    assert reader.asked == [None, "1", "1", "2", "3", "4"]


def test_pages_that_end_before_the_last_token_go_on_at_it() -> None:
    class OnePageEach(Reader):
        def pages(self, token: str | None) -> Iterator[Page]:
            return islice(super().pages(token), 1)

    progress = Progress()
    assert listed(OnePageEach(), progress) == [*"01234"]
    assert progress.is_listed


def test_a_fault_of_ones_own_is_not_asked_again() -> None:
    reader = Reader(KeyError("x"))
    with pytest.raises(KeyError):
        listed(reader, Progress())
    assert reader.asked == [None]


def test_the_log_says_why_a_listing_was_asked_for_again(log: Log) -> None:
    listed(Reader(None, EXPIRED), Progress())
    [line] = log.lines
    assert (line["level"], line["reason"]) == ("WARNING", "REQUEST_REJECTED")
    assert (line["error_code"], line["anew"]) == ("InvalidParameterValue", True)


def test_a_page_that_was_turned_is_enough_for_one_invocation() -> None:
    reader, progress = Reader(), Progress()
    for page in "0123":
        assert listed(reader, progress, lambda: 1) == [page]
    assert not progress.is_listed
    assert listed(reader, progress, lambda: 1) == ["4"]
    assert progress.is_listed
