"""Every request to a bucket names its owner: a bucket whose name others took is never read."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from botocore.session import get_session
from moto.s3.models import s3_backends

from cidb2.aws.owners import EXPECTED
from local.commands.serve import variables
from local.gateway.call import Call
from local.simulation.population import HUB, Organisation
from tests.support.command_line import CommandLine
from tests.support.world import Taken, World, world

pytestmark = pytest.mark.e2e

PRODUCT = "cidb2"
STRANGER = "777788889999"
S3 = get_session().get_service_model("s3")
WITH_OWNER = {
    name
    for name in S3.operation_names
    if (shape := S3.operation_model(name).input_shape) and EXPECTED in shape.members
}


@dataclass(frozen=True)
class Request:
    """A request of the product to S3."""

    operation: str
    account: str
    expected: str | None


@dataclass(frozen=True)
class Inventory:
    """Two runs, and what the command line asked; in the second a stranger takes a bucket's name."""

    here: World
    requests: list[Request]
    taken_over: str
    second: Taken


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inventory]:
    planted = Organisation(1, 24, ("us-east-1", "eu-west-1"), seed=5)
    requests: list[Request] = []

    def note(call: Call) -> None:
        if call.service == "s3" and PRODUCT in call.request.headers["User-Agent"]:
            expected = call.request.headers.get("x-amz-expected-bucket-owner")
            requests.append(Request(call.operation, call.account, expected))

    home = str(tmp_path_factory.mktemp("home"))
    with world(planted, time_scale=20) as here, here.watching(note):
        cidb2 = CommandLine({**variables(here.aws), "CIDB2_STACK": "", "CIDB2_HOME": home})
        here.take_inventory()
        for asked in (
            ["sql", "public-buckets", "--engine", "duckdb"],
            ["report", "-o", f"{home}/report.html"],
        ):
            assert cidb2(*asked).exit_code == 0
        [member] = here.healthy()
        name = min(s3_backends[member]["aws"].buckets)

        def take_over(call: Call) -> None:
            if (call.service, call.operation, call.account) == ("s3", "ListBuckets", member):
                _give_away(name, member)

        with here.watching(take_over):
            second = here.take_inventory()
        yield Inventory(here, requests, name, second)


def _give_away(name: str, member: str) -> None:
    """Have a stranger own a bucket that was just listed, with tags that nobody should see."""
    bucket: Any = s3_backends[member]["aws"].buckets.pop(name, None)
    if bucket is not None:
        s3_backends[STRANGER]["aws"].buckets[name] = bucket
        s3_backends[STRANGER]["aws"].put_bucket_tagging(name, {"owner": "a stranger"})
        s3_backends.bucket_accounts[name] = ("aws", STRANGER)


def test_every_request_that_can_names_the_account_that_owns_the_bucket(
    inventory: Inventory,
) -> None:
    asked = {(one.operation, one.account): one.expected for one in inventory.requests}
    able = [one for one in inventory.requests if one.operation in WITH_OWNER]
    assert [one for one in able if one.expected != one.account] == []
    assert {one.operation for one in inventory.requests} - WITH_OWNER == {"ListBuckets"}
    of_the_hub = {operation for operation, account in asked if account == HUB}
    assert {"GetObject", "ListObjectsV2", "PutObject"} <= of_the_hub
    by_account = groupby(sorted(one.account for one in able))
    assert len([*by_account]) == 2 + 1  # the hub, its member, and the one without KMS


def test_a_bucket_that_became_anothers_is_gone_and_nothing_of_it_is_stored(
    inventory: Inventory,
) -> None:
    items, [member] = inventory.here.inventory(), inventory.here.healthy()
    taken_over = items[f"arn:aws:s3:::{inventory.taken_over}"]
    assert taken_over["configurationItemStatus"] == "ResourceDeleted"
    assert not [item for item in items.values() if "a stranger" in str(item)]
    deleted = [item for item in items.values() if item["change"] == "DELETED"]
    assert deleted == [taken_over]
    outcomes = inventory.here.outcomes(inventory.second.run_id)
    assert [told for scope, told in outcomes.items() if scope[:2] == ("s3", member)] == [
        ("COMPLETE", None)
    ]
