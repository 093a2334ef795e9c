"""What the collectors have in common: scopes, and what becomes of them when AWS refuses."""

from typing import Any

import pytest

from cidb2.errors import ConfigurationError, InvalidInputError, StorageRefusedError
from cidb2.types.catalog import unlisted_region
from tests.support.aws import MEMBER, REGION, client
from tests.support.builders import RUN_ID
from tests.support.hub import Hub, run_state
from tests.support.instances import FIRST, SCOPE, SECOND, arn, reservations, statuses
from tests.support.invocation import invoke
from tests.support.wire import Refusal, Wire

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"
LISTINGS = {
    "iam": ("GetAccountAuthorizationDetails", "global"),
    "kms": ("ListKeys", REGION),
    "ec2": ("DescribeInstances", REGION),
    "s3": ("ListBuckets", "global"),
}
"""The operation that lists a service, and the region of its scope."""

SCP = (
    "User: arn:aws:sts::234567890123:assumed-role/CIDB2-Collector-Role/cidb2 is not authorized to "
    "perform the operation with an explicit deny in a service control policy"
)


def test_a_regional_service_has_a_scope_in_every_enabled_region(hub: Hub, wire: Wire) -> None:
    regions = [
        {"RegionName": FRANKFURT, "OptInStatus": "opt-in-not-required"},
        {"RegionName": IRELAND, "OptInStatus": "opted-in"},
        {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"},
    ]
    wire.answers("DescribeRegions", {"Regions": regions})
    assert hub.collect("ec2", run=run_state(regions=None))["scopes"] == {"COMPLETE": 2}
    assert {*hub.scopes()} == {f"{MEMBER}/ec2/{region}" for region in (FRANKFURT, IRELAND)}
    assert {call.region for call in wire.of("DescribeInstances")} == {FRANKFURT, IRELAND}


@pytest.mark.parametrize("service", ["iam", "s3"])
def test_a_global_service_has_one_scope_and_needs_no_regions(
    hub: Hub, wire: Wire, service: str
) -> None:
    hub.collect(service, run=run_state(regions=None))
    assert {*hub.scopes()} == {f"{MEMBER}/{service}/global"}
    assert not wire.of("DescribeRegions")


def test_a_region_that_is_asked_for_and_not_enabled_is_a_gap_with_its_reason(hub: Hub) -> None:
    run = run_state(regions=[REGION, "ap-east-1"])
    assert hub.collect("ec2", run=run)["scopes"] == {"COMPLETE": 1, "FAILED": 1}
    assert hub.scopes()[f"{MEMBER}/ec2/ap-east-1"]["reason"] == "REGION_DISABLED"


def test_what_is_known_of_a_region_that_is_closed_stays_and_is_named(hub: Hub, wire: Wire) -> None:
    client("ec2", MEMBER, IRELAND).run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    hub.take("ec2", run=run_state(FIRST, regions=[IRELAND]))
    enabled = {"RegionName": REGION, "OptInStatus": "opt-in-not-required"}
    closed = {"RegionName": IRELAND, "OptInStatus": "not-opted-in"}
    wire.answers("DescribeRegions", {"Regions": [enabled, closed]})
    hub.take("ec2", run=run_state(SECOND, regions=None))
    assert hub.scopes(SECOND)[f"{MEMBER}/ec2/{IRELAND}"]["reason"] == "REGION_DISABLED"
    assert "ResourceDeleted" not in statuses(hub).values()


@pytest.mark.parametrize(
    ("service", "code"), [("ec2", "UnauthorizedOperation"), ("kms", "AccessDeniedException")]
)
def test_a_region_that_an_scp_shuts_is_told_apart_and_costs_no_other(
    hub: Hub, wire: Wire, service: str, code: str
) -> None:
    operation, _ = LISTINGS[service]
    wire.answers(operation, Refusal(code, SCP), region=FRANKFURT)
    wire.answers(operation, Refusal(code, "is not authorized to perform"), region=IRELAND)
    answer = hub.collect(service, run=run_state(regions=[REGION, FRANKFURT, IRELAND]))
    assert answer["scopes"] == {"COMPLETE": 1, "FAILED": 2}
    rows = {row["awsRegion"]: row for row in hub.scopes().values()}
    assert (rows[FRANKFURT]["reason"], rows[FRANKFURT]["errorCode"]) == ("SCP_DENIED", code)
    assert (rows[IRELAND]["reason"], rows[IRELAND]["errorCode"]) == ("ACCESS_DENIED", code)
    assert "reason" not in rows[REGION]


@pytest.mark.parametrize(
    ("service", "code", "words"),
    [
        (
            "kms",
            "AccessDeniedException",
            "Unable to determine service/operation name to be authorized",
        ),
        ("ec2", "InvalidAction", "The action is not valid for this web service."),
    ],
)
def test_a_listing_that_a_region_does_not_offer_is_no_gap(
    hub: Hub, wire: Wire, service: str, code: str, words: str
) -> None:
    operation, _ = LISTINGS[service]
    wire.refuses(operation, code, words, region=FRANKFURT)
    answer = hub.collect(service, run=run_state(regions=[REGION, FRANKFURT]))
    assert answer["scopes"] == {"COMPLETE": 2}
    row = hub.scopes()[f"{MEMBER}/{service}/{FRANKFURT}"]
    assert (row["reason"], row["errorCode"], row["items"]) == ("NOT_OFFERED", code, 0)


@pytest.mark.parametrize("service", ["ec2", "kms"])
def test_regions_that_may_not_be_listed_are_one_gap_for_all_of_them(
    hub: Hub, wire: Wire, service: str
) -> None:
    wire.refuses("DescribeRegions", "UnauthorizedOperation")
    answer = hub.collect(service, run=run_state(regions=None))
    assert (answer["status"], answer["scopes"]) == ("DONE", {"FAILED": 1})
    assert hub.scopes()[f"{MEMBER}/{service}/*"]["reason"] == "ACCESS_DENIED"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UnauthorizedOperation", SCP),
        ("AuthFailure", "AWS was not able to validate the provided access credentials"),
    ],
)
def test_an_account_that_closes_the_hubs_region_names_its_regions_from_another(
    hub: Hub, wire: Wire, code: str, words: str
) -> None:
    enabled = [{"RegionName": FRANKFURT, "OptInStatus": "opt-in-not-required"}]
    wire.refuses("DescribeRegions", code, words)
    wire.answers("DescribeRegions", {"Regions": enabled}, region=FRANKFURT)
    assert hub.collect("ec2", run=run_state(regions=None))["scopes"] == {"COMPLETE": 1}
    assert {*hub.scopes()} == {f"{MEMBER}/ec2/{FRANKFURT}"}
    asked = wire.of("DescribeRegions")
    assert asked[0].region == REGION
    assert {*(call.parameters["AllRegions"] for call in asked)} == {True}


@pytest.mark.parametrize("service", LISTINGS)
def test_an_account_whose_role_cannot_be_assumed_is_a_gap_in_every_service(
    hub: Hub, wire: Wire, service: str
) -> None:
    wire.refuses("AssumeRole", "AccessDenied", "is not authorized to perform: sts:AssumeRole")
    answer = hub.collect(service, run=run_state(regions=None))
    assert answer["scopes"] == {"FAILED": 1}
    [row] = hub.scopes().values()
    assert (row["reason"], row["errorCode"]) == ("ROLE_DENIED", "AccessDenied")
    assert row["awsRegion"] == unlisted_region(service)
    assert wire.operations(service) == set()


@pytest.mark.parametrize("service", LISTINGS)
def test_a_listing_that_is_denied_deletes_nothing(hub: Hub, wire: Wire, service: str) -> None:
    operation, region = LISTINGS[service]
    client("ec2", MEMBER).run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    client("iam", MEMBER).create_group(GroupName="operators")
    client("kms", MEMBER).create_key()
    client("s3", MEMBER).create_bucket(Bucket="mine")
    before = hub.take(service, run=run_state(FIRST))
    assert before
    wire.refuses(operation, "AccessDenied")
    assert hub.take(service, run=run_state(SECOND)) == before
    row = hub.scopes(SECOND)[f"{MEMBER}/{service}/{region}"]
    assert (row["outcome"], row["reason"], row["deleted"]) == ("FAILED", "ACCESS_DENIED", 0)


def test_a_page_that_fails_leaves_what_came_before_it_and_deletes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(1, 4)))
    hub.take("ec2", run=run_state(FIRST))
    wire.answers("DescribeInstances", reservations(range(1, 2)) | {"NextToken": "next"})
    wire.refuses("DescribeInstances", "UnauthorizedOperation", NextToken="next")
    items = hub.take("ec2", run=run_state(SECOND))
    assert [items[arn(number)]["runId"] for number in (1, 2, 3)] == [SECOND, FIRST, FIRST]
    row = hub.scopes(SECOND)[SCOPE]
    assert (row["outcome"], row["reason"], row["items"]) == ("PARTIAL", "ACCESS_DENIED", 1)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "event"),
        ({"run": run_state(), "account": {"accountId": "1"}}, "account.accountId"),
        ({"run": run_state() | {"runId": "x"}, "account": {"accountId": MEMBER}}, "run.runId"),
        (
            {"run": run_state(), "account": {"accountId": MEMBER}, "continuation": {"key": 1}},
            "continuation",
        ),
    ],
)
def test_an_event_of_another_form_is_refused_before_anything_is_read(
    hub: Hub, wire: Wire, event: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        hub.invoke("ec2_collector", event)
    assert refused.value.field.startswith(field)
    assert wire.calls == []


def test_a_function_without_its_environment_says_which_variable_it_misses(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="AWS_REGION: not set"):
        invoke("ec2_collector", {"run": run_state(), "account": {"accountId": MEMBER}})


def test_a_ledger_that_refuses_fails_the_invocation_with_its_own_error(
    hub: Hub, wire: Wire
) -> None:
    wire.refuses("UpdateItem", "AccessDeniedException")
    with pytest.raises(StorageRefusedError, match="RunsTable"):
        hub.collect("ec2")


def test_an_inventory_that_cannot_be_read_is_a_gap_and_publishes_nothing(
    hub: Hub, wire: Wire
) -> None:
    wire.answers("DescribeInstances", reservations(range(1)))
    wire.refuses("Query", "AccessDeniedException", IndexName="by-scope")
    assert hub.collect("ec2")["scopes"] == {"FAILED": 1}
    [row] = hub.scopes().values()
    assert (row["reason"], row["errorCode"]) == ("STORAGE_UNAVAILABLE", "AccessDeniedException")
    assert hub.messages() == []


def test_a_checkpoint_that_is_gone_fails_the_invocation_with_its_own_error(hub: Hub) -> None:
    with pytest.raises(StorageRefusedError, match="NoSuchKey"):
        hub.collect("ec2", continuation={"key": f"checkpoints/{RUN_ID}/ec2/1.zip", "number": 1})
