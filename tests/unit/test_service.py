"""A service says how it is listed; a listing goes on at AWS's own token."""

from typing import Any, cast

import pytest

from cidb2.service import Service, paging


@pytest.mark.parametrize(
    ("name", "regional"), [("iam", False), ("kms", True), ("ec2", True), ("s3", False)]
)
def test_kms_and_ec2_are_listed_region_by_region(name: str, regional: bool) -> None:
    assert Service(name, (), cast("Any", None)).is_regional is regional


def test_a_listing_begins_without_a_token() -> None:
    assert paging(100, None, "Marker") == {"PaginationConfig": {"PageSize": 100}}


@pytest.mark.parametrize("token", ["next", "eyJNYXJrZXIiOiAieCJ9"])
def test_a_listing_goes_on_at_the_token_as_aws_gave_it(token: str) -> None:
    assert paging(100, token, "Marker") == {"PaginationConfig": {"PageSize": 100}, "Marker": token}
