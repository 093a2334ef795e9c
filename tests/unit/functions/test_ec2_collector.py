"""EC2 instances, as DescribeInstances gives them."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from cidb2.collecting.readers import in_turn
from cidb2.collecting.service import Reader
from cidb2.items.resource import Resource
from cidb2.scope import Scope
from functions.ec2_collector.collector import EC2
from tests.support.builders import ACCOUNT, REGION, a_run, client_error
from tests.support.fakes import FakeAccount, FakeAws

SCOPE = Scope(ACCOUNT, "ec2", REGION)
INSTANCE = {
    "InstanceId": "i-1",
    "LaunchTime": datetime(2026, 1, 2, tzinfo=UTC),
    "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "größe", "Value": ""}],
}
PAGES: list[Any] = [
    {
        "Reservations": [
            {
                "ReservationId": "r-1",
                "OwnerId": ACCOUNT,
                "RequesterId": "amazon",
                "Instances": [INSTANCE],
            },
            {"ReservationId": "r-2", "OwnerId": ACCOUNT, "Instances": [{"InstanceId": "i-2"}]},
        ],
        "NextToken": "next",
    },
    {"Reservations": []},
]


def answering(**arguments: Any) -> Any:
    """Answer with the last page where it is asked for, and with the first otherwise."""
    return deepcopy(PAGES[arguments.get("NextToken") == "next"])


def reader(ec2: FakeAws) -> Reader:
    return EC2.listings[0].reader(cast("Any", FakeAccount(ec2=ec2)), SCOPE, a_run())


def read(ec2: FakeAws) -> list[Resource]:
    """Return the instances of the first page."""
    page = next(iter(reader(ec2).pages(None)))
    resources = (reader(ec2).read(one, in_turn) for one in page.listed)
    return [resource for resource in resources if resource]


def test_every_instance_of_every_reservation_is_listed_by_its_arn() -> None:
    first, last = reader(FakeAws(describe_instances=answering)).pages(None)
    prefix = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance"
    assert [one.arn for one in first.listed] == [f"{prefix}/i-1", f"{prefix}/i-2"]
    assert (first.next_token, list(last.listed), last.next_token) == ("next", [], None)


def test_an_instance_has_its_reservation_its_tags_and_its_name() -> None:
    ec2 = FakeAws(describe_instances=answering)
    web, nameless = read(ec2)
    assert web.configuration == INSTANCE | {"LaunchTime": "2026-01-02T00:00:00Z"}
    assert web.supplementary == {
        "ReservationId": "r-1",
        "OwnerId": ACCOUNT,
        "RequesterId": "amazon",
    }
    assert nameless.supplementary["RequesterId"] is None
    assert web.tags == {"Name": "web", "größe": ""}
    assert (web.resource_type, web.resource_id, web.resource_name, web.region) == (
        "AWS::EC2::Instance",
        "i-1",
        "web",
        REGION,
    )
    assert (nameless.resource_name, nameless.tags) == (None, {})


def test_the_listing_goes_on_at_awss_token_in_the_scopes_region() -> None:
    ec2 = FakeAws(describe_instances=answering)
    account = FakeAccount(ec2=ec2)
    list(EC2.listings[0].reader(cast("Any", account), SCOPE, a_run()).pages("next"))
    assert account.asked == [("ec2", REGION)]
    [arguments] = ec2.arguments["describe_instances"]
    assert arguments == {"MaxResults": 40, "NextToken": "next"}


def test_no_other_call_is_made_for_an_instance() -> None:
    ec2 = FakeAws(describe_instances=answering)
    assert read(ec2)
    assert ec2.calls.keys() == {"describe_instances"}


def test_a_refusal_passes_through() -> None:
    refusing = reader(FakeAws(describe_instances=client_error("UnauthorizedOperation")))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        next(iter(refusing.pages(None)))
