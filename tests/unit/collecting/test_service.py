"""A service says how it is listed; a listing goes on at AWS's own token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from cidb2.collecting import service
from cidb2.collecting.service import Listed, Service, paging, stamped
from tests.support.builders import a_resource


@pytest.mark.parametrize(
    ("name", "regional"), [("iam", False), ("kms", True), ("ec2", True), ("s3", False)]
)
def test_kms_and_ec2_are_listed_region_by_region(name: str, regional: bool) -> None:
    assert Service(name, cast("Any", None)).is_regional is regional


def test_a_listing_begins_without_a_token() -> None:
    assert paging(100, None, "Marker") == {"PaginationConfig": {"PageSize": 100}}


def test_what_is_listed_and_what_is_read_of_it_have_one_arn_that_every_table_can_hold() -> None:
    listed, read = Listed("arn:\ud800", None), a_resource(arn="arn:\ud800")
    assert listed.arn == read.arn == "arn:\\ud800"


@pytest.mark.parametrize("token", ["next", "eyJNYXJrZXIiOiAieCJ9"])
def test_a_listing_goes_on_at_the_token_as_aws_gave_it(token: str) -> None:
    assert paging(100, token, "Marker") == {"PaginationConfig": {"PageSize": 100}, "Marker": token}


def test_a_page_is_as_old_as_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS answers may be older than the answer by all the time that the request took."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    clock = [start]
    monkeypatch.setattr(service, "now", lambda: clock[0])

    def pages() -> Iterator[dict[str, Any]]:
        for number in (1, 2):
            clock[0] += timedelta(seconds=20)  # the request is under way
            yield {"Page": number}

    assert [*stamped(pages())] == [
        (start, {"Page": 1}),
        (start + timedelta(seconds=20), {"Page": 2}),
    ]
