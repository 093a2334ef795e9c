"""Four services are collected; nobody's regions have to be listed for those that are global."""

import pytest

from cidb2.services import SERVICES, unlisted_region


def test_four_services_are_collected() -> None:
    assert SERVICES == ("iam", "kms", "ec2", "s3")


@pytest.mark.parametrize(
    ("service", "region"), [("iam", "global"), ("s3", "global"), ("kms", "*"), ("ec2", "*")]
)
def test_an_account_that_cannot_be_opened_has_one_row_a_service(service: str, region: str) -> None:
    assert unlisted_region(service) == region
