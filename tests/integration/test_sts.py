"""How a collector enters a member account: one session, narrow, named, and never stale."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cidb2.collecting.handler import collector_handler
from cidb2.services import COLLECTOR_OF, SERVICES
from functions.ec2_collector import app as ec2
from functions.iam_collector import app as iam
from tests.support.aws import HUB, MEMBER, OTHER_MEMBER, REGION
from tests.support.hub import ROLE_NAME, STACK_ID, Hub, deployed, run_state
from tests.support.wire import Answer, Call, Paging, Refusal, Wire
from tools.services import declared

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

FIRST, SECOND = "20261124T034830Z-1a2b3c4s1", "20261125T034830Z-1a2b3c4s1"
TOKENS = Paging(reads="NextToken", writes="NextToken")
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
"""What STS takes (STS API Reference, AssumeRole)."""

POLICY_LIMIT = 2048


def key(number: int) -> str:
    return f"ASIA{number:016}"


def sessions(*expire_in: timedelta) -> Callable[[Call], Answer]:
    """Return answers of AssumeRole whose credentials expire so soon; the keys are numbered."""
    remaining = list(expire_in)

    def assume(_: Call) -> Answer:
        number = len(expire_in) - len(remaining) + 1
        return {
            "Credentials": {
                "AccessKeyId": key(number),
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": datetime.now(UTC) + remaining.pop(0),
            }
        }

    return assume


def pages(count: int) -> list[dict[str, Any]]:
    """Return pages of DescribeInstances with an instance on each."""
    return [
        {"Reservations": [{"OwnerId": MEMBER, "Instances": [{"InstanceId": f"i-{number}"}]}]}
        for number in range(count)
    ]


def test_a_warm_function_assumes_a_role_once_for_an_account_and_run(hub: Hub, wire: Wire) -> None:
    for run, account in (
        (FIRST, MEMBER),
        (FIRST, MEMBER),
        (FIRST, OTHER_MEMBER),
        (FIRST, MEMBER),
        (SECOND, MEMBER),
    ):
        hub.collect("iam", account, run=run_state(run))
    assert [call.parameters["RoleArn"] for call in wire.of("AssumeRole")] == [
        f"arn:aws:iam::{account}:role/{ROLE_NAME}" for account in (MEMBER, OTHER_MEMBER, MEMBER)
    ]


def test_a_warm_function_forgets_the_accounts_that_it_saw_longest_ago(hub: Hub, wire: Wire) -> None:
    accounts = [f"{number:012}" for number in range(1, 6)]
    for account in [*accounts, accounts[-1], accounts[0]]:
        hub.collect("iam", account)
    assumed = [call.parameters["RoleArn"].split(":")[4] for call in wire.of("AssumeRole")]
    assert assumed == [*accounts, accounts[0]]


def test_the_hubs_own_role_assumes_and_the_session_reads(hub: Hub, wire: Wire) -> None:
    hub.collect("kms")
    [assumed] = wire.of("AssumeRole")
    reads = {call.access_key for call in wire.calls if call.service in ("kms", "ec2")}
    stores = {call.access_key for call in wire.calls if call.service in ("dynamodb", "sns")}
    assert (assumed.account, assumed.region, stores) == (HUB, REGION, {assumed.access_key})
    assert len(reads) == 1
    assert reads != stores


@pytest.mark.parametrize("service", SERVICES)
def test_the_name_of_a_session_says_which_run_reads_what(
    hub: Hub, wire: Wire, service: str
) -> None:
    hub.collect(service, run=run_state(organizationAccount=MEMBER))
    [call] = wire.of("AssumeRole")
    name = call.parameters["RoleSessionName"]
    assert SESSION_NAME.fullmatch(name)
    assert COLLECTOR_OF[service] in name
    assert FIRST in name


@pytest.mark.parametrize("service", SERVICES)
def test_a_session_may_do_what_its_service_needs_and_nothing_else(
    hub: Hub, wire: Wire, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for app in (ec2, iam):  # with all listings
        monkeypatch.setattr(app, "handler", collector_handler(app.COLLECTOR))
    hub.collect(service, run=run_state(organizationAccount=MEMBER))
    [call] = wire.of("AssumeRole")
    policy = call.parameters["Policy"]
    [statement] = json.loads(policy)["Statement"]
    assert len(policy) < POLICY_LIMIT
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    assert statement["Action"] == sorted(declared(service).actions)
    assert not [action for action in statement["Action"] if "*" in action]


def test_a_stack_that_names_no_external_id_has_one_of_its_own(hub: Hub, wire: Wire) -> None:
    hub.collect("iam")
    own = wire.of("AssumeRole")[0].parameters["ExternalId"]
    assert own == STACK_ID.rpartition("/")[2]


def test_the_external_id_of_the_stack_is_sent() -> None:
    with deployed(ExternalId="hub-1") as hub:
        hub.collect("iam")
        [call] = hub.wire.of("AssumeRole")
        assert call.parameters["ExternalId"] == "hub-1"


def test_the_role_has_the_stacks_name_and_partition() -> None:
    with deployed(CollectorRoleName="Auditor", **{"AWS::Partition": "aws-us-gov"}) as hub:
        hub.wire.refuses("AssumeRole", "AccessDenied")
        hub.collect("iam")
        [call] = hub.wire.of("AssumeRole")
        assert call.parameters["RoleArn"] == f"arn:aws-us-gov:iam::{MEMBER}:role/Auditor"


def test_credentials_that_end_in_the_middle_of_a_listing_are_renewed(hub: Hub, wire: Wire) -> None:
    """Botocore renews what has less than ten minutes left: here, before every request."""
    wire.pages("DescribeInstances", pages(3), TOKENS)
    soon, later = timedelta(minutes=5), timedelta(hours=1)
    wire.answers("AssumeRole", sessions(soon, soon, soon, later))
    assert len(hub.take("ec2")) == 3
    [regions] = wire.of("DescribeRegions")
    listing = wire.of("DescribeInstances")
    used = [call.access_key for call in (regions, *listing)]
    assert used == [key(2), key(3), key(4), key(4)]
    assert hub.scopes()[f"{MEMBER}/ec2/{REGION}"]["outcome"] == "COMPLETE"


def test_credentials_that_cannot_be_renewed_end_the_scope_and_delete_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.pages("DescribeInstances", pages(3), TOKENS)
    before = hub.take("ec2", run=run_state(FIRST))
    soon = sessions(*[timedelta(minutes=5)] * 3)
    refused = Refusal("AccessDenied", "is not authorized to perform: sts:AssumeRole")
    wire.answers("AssumeRole", refused)
    wire.answers("AssumeRole", soon, times=3)
    items = hub.take("ec2", run=run_state(SECOND))
    row = hub.scopes(SECOND)[f"{MEMBER}/ec2/{REGION}"]
    assert (row["outcome"], row["reason"], row["items"]) == ("PARTIAL", "ACCESS_DENIED", 1)
    assert items.keys() == before.keys()
    assert "ResourceDeleted" not in {item["configurationItemStatus"] for item in items.values()}
