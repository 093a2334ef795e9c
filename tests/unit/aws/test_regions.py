"""Regions are those that the account has enabled, and one of them answers for the whole of it."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError

from cidb2.aws.endpoints import regions_beside
from cidb2.aws.regions import Regions, first_answer, regions_of
from cidb2.reasons import explain
from tests.support.builders import client_error
from tests.support.fakes import FakeAccount, FakeAws

REGIONS = [
    {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
    {"RegionName": "af-south-1", "OptInStatus": "opted-in"},
    {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"},
    {"RegionName": "us-east-1"},
]
SCP = client_error(
    "UnauthorizedOperation", "with an explicit deny in a service control policy", 403
)
NOT_ENABLED = client_error("AuthFailure", status=401)
DENIED = client_error("UnauthorizedOperation", status=403)
SLOW = ConnectTimeoutError(endpoint_url="https://aws")


def asking(answers: dict[str, Exception]) -> tuple[Callable[[str], str], list[str]]:
    """Return a question that regions answer by their name, or not, and a list of who was asked."""
    asked: list[str] = []

    def ask(region: str) -> str:
        asked.append(region)
        if region in answers:
            raise answers[region]
        return region

    return ask, asked


def test_regions_that_are_not_opted_in_are_told_apart_all_in_order() -> None:
    ec2 = FakeAws(describe_regions={"Regions": REGIONS})
    account = cast("Any", FakeAccount(ec2=ec2))
    assert regions_of(account) == Regions(["af-south-1", "eu-west-1", "us-east-1"], ["me-south-1"])
    assert ec2.arguments["describe_regions"] == [{"AllRegions": True}]


def test_regions_are_asked_near_the_hub_then_where_the_partition_leads_then_as_the_run_wants() -> (
    None
):
    refusals = iter([NOT_ENABLED, SCP, SCP, {"Regions": REGIONS}])
    account = FakeAccount(ec2=FakeAws(describe_regions=lambda **_: next(refusals)))
    account.region = "me-south-1"
    assert regions_of(cast("Any", account), ["eu-west-1", "eu-west-2"]).enabled
    assert account.asked == [
        ("ec2", region) for region in ("me-south-1", "us-east-1", "eu-west-1", "eu-west-2")
    ]


@pytest.mark.parametrize("closed", [SCP, NOT_ENABLED, client_error("RegionDisabledException")])
def test_the_one_region_that_is_open_answers(closed: Exception) -> None:
    everywhere = dict.fromkeys(regions_beside("eu-west-1"), closed)
    del everywhere["us-west-2"]
    ask, asked = asking(everywhere)
    answered = first_answer(["eu-west-1"], ask)
    assert answered.answer == "us-west-2"
    assert answered.refused == explain(closed)
    assert len(asked) == len({*asked})


def test_where_the_first_region_answers_nobody_else_is_asked() -> None:
    ask, asked = asking({})
    answered = first_answer(["eu-west-1", "us-east-1"], ask)
    assert (answered.answer, answered.refused, asked) == ("eu-west-1", None, ["eu-west-1"])


@pytest.mark.parametrize("error", [DENIED, SLOW, client_error("Throttling")])
def test_a_region_that_fails_is_passed_over_once_and_the_second_such_is_the_end(
    error: Exception,
) -> None:
    ask, asked = asking({"eu-west-1": error})
    assert first_answer(["eu-west-1", "us-east-1"], ask).answer == "us-east-1"
    ask, asked = asking({"eu-west-1": error, "us-east-1": DENIED})
    with pytest.raises(type(error)) as raised:
        first_answer(["eu-west-1", "us-east-1", "eu-west-2"], ask)
    assert raised.value is error
    assert asked == ["eu-west-1", "us-east-1"]


def test_regions_that_are_closed_do_not_use_up_the_patience() -> None:
    ask, _ = asking({"eu-west-1": SCP, "us-east-1": DENIED, "eu-west-2": NOT_ENABLED})
    assert first_answer(["eu-west-1", "us-east-1", "eu-west-2", "eu-west-3"], ask).answer == (
        "eu-west-3"
    )


def test_where_every_region_is_closed_the_first_one_says_why() -> None:
    everywhere: dict[str, Exception] = dict.fromkeys(regions_beside("eu-west-1"), SCP)
    ask, asked = asking(everywhere | {"me-south-1": NOT_ENABLED})
    with pytest.raises(type(NOT_ENABLED)) as raised:
        first_answer(["me-south-1", "us-east-1"], ask)
    assert raised.value is NOT_ENABLED
    assert {*asked} == {*everywhere}


def test_a_mistake_of_ours_is_not_asked_of_the_next_region() -> None:
    ask, asked = asking({"eu-west-1": KeyError("Regions")})
    with pytest.raises(KeyError):
        first_answer(["eu-west-1", "us-east-1"], ask)
    assert asked == ["eu-west-1"]
