"""Initialize: from an execution's input to a run that is written down, or one clear message."""

import json
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import pytest

from cidb2.errors import (
    InvalidInputError,
    OrganizationUnavailableError,
    OrganizationUnreadableError,
    RegionsUnavailableError,
    StorageRefusedError,
)
from cidb2.services import SERVICES
from tests.support.aws import HUB, MEMBER, OTHER_MEMBER, REGION
from tests.support.hub import BUCKET, TOPIC_ARN, Hub, deployed
from tests.support.organization import Organization
from tests.support.wire import Paging, Refusal, Wire

pytestmark = pytest.mark.integration

UNIT, INNER, ELSEWHERE = "ou-ab12-cd345678", "ou-ab12-inner111", "ou-ab12-elsewher"
DEEP, SUSPENDED = "456789012345", "567890123456"
ORGANIZATION_ROLE = f"arn:aws:iam::{HUB}:role/organization"
TOKENS = Paging(reads="NextToken", writes="NextToken")


@pytest.fixture
def organization(hub: Hub) -> Organization:
    """Return root { HUB, OTHER_MEMBER, UNIT { MEMBER, SUSPENDED, INNER { DEEP } } }."""
    founded = Organization()
    founded.add_account(OTHER_MEMBER)
    founded.add_account(MEMBER, founded.add_unit(UNIT))
    founded.add_account(DEEP, founded.add_unit(INNER, UNIT))
    founded.suspend(founded.add_account(SUSPENDED, UNIT))
    founded.add_unit(ELSEWHERE)
    return founded


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what AWS refuses tried again at once."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    monkeypatch.setattr("cidb2.aws.rates.OperationRate.wait", lambda _: None)


def accounts_of(hub: Hub, run: dict[str, Any]) -> list[str]:
    listed = [each["accountId"] for each in hub.stored_object(run["accounts"]["key"])]
    assert run["accounts"]["count"] == len(listed)
    return listed


def refusal(hub: Hub, given: Any) -> InvalidInputError:
    """Return why an input is refused, after seeing that it left nothing behind."""
    with pytest.raises(InvalidInputError) as refused:
        hub.initialize(given)
    assert hub.runs() == []
    assert hub.objects() == []
    return refused.value


# --- accounts -------------------------------------------------------------------------------------


def test_accounts_that_are_listed_count_once_and_keep_their_order(hub: Hub) -> None:
    run = hub.initialize({"accounts": [MEMBER, HUB, MEMBER]})
    assert accounts_of(hub, run) == [MEMBER, HUB]


@pytest.mark.usefixtures("organization")
def test_the_organisation_is_every_account_that_is_active(hub: Hub) -> None:
    run = hub.initialize({"accounts": "organization"})
    assert accounts_of(hub, run) == sorted([HUB, MEMBER, OTHER_MEMBER, DEEP])
    names = {each["accountId"]: each["name"] for each in hub.stored_object(run["accounts"]["key"])}
    assert names[MEMBER] == f"name of {MEMBER}"


@pytest.mark.usefixtures("organization")
def test_accounts_that_are_excluded_are_left_out(hub: Hub) -> None:
    run = hub.initialize({"accounts": "organization", "exclude_accounts": [HUB, DEEP]})
    assert accounts_of(hub, run) == sorted([MEMBER, OTHER_MEMBER])


@pytest.mark.usefixtures("organization")
@pytest.mark.parametrize(
    ("units", "accounts"),
    [([UNIT], [MEMBER, DEEP]), ([INNER], [DEEP]), ([INNER, UNIT, INNER], [MEMBER, DEEP])],
)
def test_a_unit_means_its_accounts_and_those_of_the_units_below_it(
    hub: Hub, units: list[str], accounts: list[str]
) -> None:
    run = hub.initialize({"accounts": {"organizational_units": units}})
    assert accounts_of(hub, run) == accounts


def test_the_root_means_every_account(hub: Hub, organization: Organization) -> None:
    run = hub.initialize({"accounts": {"organizational_units": [organization.root]}})
    assert accounts_of(hub, run) == sorted([HUB, MEMBER, OTHER_MEMBER, DEEP])


def test_every_page_of_the_organisation_is_read(hub: Hub, wire: Wire) -> None:
    ids = [f"{number:012}" for number in range(1, 4)]
    pages = [{"Accounts": [{"Id": each, "Name": each, "State": "ACTIVE"}]} for each in ids]
    wire.pages("ListAccounts", pages, TOKENS)
    assert accounts_of(hub, hub.initialize({"accounts": "organization"})) == ids
    assert [call.parameters.get("NextToken") for call in wire.of("ListAccounts")] == [
        None,
        *TOKENS.tokens[:2],
    ]


@pytest.mark.parametrize(
    ("given", "is_active"),
    [
        ({"State": "ACTIVE"}, True),
        ({"State": "ACTIVE", "Status": "SUSPENDED"}, True),
        ({"Status": "ACTIVE"}, True),
        ({"State": "PENDING_CLOSURE", "Status": "ACTIVE"}, False),
        ({"State": "PENDING_ACTIVATION"}, False),
        ({"State": "SUSPENDED"}, False),
        ({"Status": "SUSPENDED"}, False),
        ({"Status": "PENDING_CLOSURE"}, False),
        ({}, True),
    ],
    ids=str,
)
def test_an_accounts_state_counts_and_its_retired_status_where_it_has_none(
    hub: Hub, wire: Wire, given: dict[str, str], is_active: bool
) -> None:
    """Organizations API Reference, Account: Status was retired in September 2026."""
    other = {"Id": MEMBER, "Name": "", "State": "ACTIVE"}
    wire.answers("ListAccounts", {"Accounts": [other, {"Id": DEEP, "Name": "", **given}]})
    expected = [MEMBER, DEEP] if is_active else [MEMBER]
    assert accounts_of(hub, hub.initialize({"accounts": "organization"})) == expected


@pytest.mark.usefixtures("organization")
def test_a_suspended_account_has_its_rows_with_the_reason(hub: Hub) -> None:
    run = hub.initialize({"accounts": {"organizational_units": [UNIT]}, "services": ["iam", "ec2"]})
    rows = hub.scopes(run["runId"])
    assert {*rows} == {f"{SUSPENDED}/iam/global", f"{SUSPENDED}/ec2/*"}
    assert {(row["outcome"], row["reason"]) for row in rows.values()} == {
        ("FAILED", "ACCOUNT_SUSPENDED")
    }
    assert {row["lastReason"] for row in hub.ledger.coverage(SUSPENDED)} == {"ACCOUNT_SUSPENDED"}


@pytest.mark.usefixtures("organization")
def test_an_input_of_nothing_means_the_organisation(hub: Hub) -> None:
    assert accounts_of(hub, hub.initialize({})) == sorted([HUB, MEMBER, OTHER_MEMBER, DEEP])


def test_an_input_of_nothing_means_the_accounts_that_the_stack_names() -> None:
    with deployed(TargetAccounts=f"{MEMBER}, {HUB}") as hub:
        assert accounts_of(hub, hub.initialize({})) == [MEMBER, HUB]
        assert not hub.wire.operations("organizations")


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "AWSOrganizationsNotInUseException", "Odd"]
)
@pytest.mark.parametrize(
    ("given", "operation"),
    [
        ({"accounts": "organization"}, "ListAccounts"),
        ({"accounts": {"organizational_units": [UNIT]}}, "ListAccountsForParent"),
    ],
    ids=["organization", "units"],
)
def test_an_organisation_that_cannot_be_read_is_one_clear_message(
    hub: Hub, wire: Wire, given: Any, operation: str, code: str
) -> None:
    wire.refuses(operation, code)
    with pytest.raises(OrganizationUnreadableError) as refused:
        hub.initialize(given)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith("accounts: ")
    assert code in message
    assert "TargetAccounts" in message
    assert (hub.runs(), hub.objects()) == ([], [])


ATTEMPTS = 7


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 400), ("ServiceException", 500)]
)
@pytest.mark.usefixtures("organization", "no_backoff")
def test_an_organisation_that_throttles_or_fails_is_asked_again_and_named_transient(
    hub: Hub, wire: Wire, code: str, status: int
) -> None:
    refusal = Refusal(code, "another request is already in progress", status)
    wire.answers("ListAccounts", refusal, times=ATTEMPTS - 1)
    assert len(accounts_of(hub, hub.initialize({"accounts": "organization"}))) == 4
    before = hub.runs()
    wire.answers("ListAccounts", refusal)
    with pytest.raises(OrganizationUnavailableError, match=code):
        hub.initialize({"accounts": "organization"}, "another")
    assert len(wire.of("ListAccounts")) == 2 * ATTEMPTS
    assert hub.runs() == before


@pytest.mark.usefixtures("no_backoff")
def test_regions_that_ec2_cannot_name_now_are_asked_again_and_named_transient(
    hub: Hub, wire: Wire
) -> None:
    given = {"accounts": [MEMBER], "regions": [REGION]}
    refusal = Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
    wire.answers("DescribeRegions", refusal, times=ATTEMPTS - 1)
    assert hub.initialize(given)["regions"] == [REGION]
    assert {*(call.parameters["AllRegions"] for call in wire.of("DescribeRegions"))} == {True}
    wire.answers("DescribeRegions", refusal)
    with pytest.raises(RegionsUnavailableError, match="RequestLimitExceeded"):
        hub.initialize(given, "another")


@pytest.mark.usefixtures("organization")
def test_a_unit_that_does_not_exist_is_a_mistake_in_its_field(hub: Hub) -> None:
    given = {"accounts": {"organizational_units": [UNIT, "ou-zzzz-11111111"]}}
    refused = refusal(hub, given)
    assert refused.field == "accounts.organizational_units[1]"
    assert "ou-zzzz-11111111" in str(refused)


def test_an_account_that_changes_between_two_pages_counts_once(hub: Hub, wire: Wire) -> None:
    pages = [
        {"Accounts": [{"Id": MEMBER, "Name": "old", "State": "ACTIVE"}]},
        {"Accounts": [{"Id": MEMBER, "Name": "new", "State": "ACTIVE"}]},
    ]
    wire.pages("ListAccounts", pages, TOKENS)
    run = hub.initialize({"accounts": "organization"})
    [listed] = hub.stored_object(run["accounts"]["key"])
    assert (listed["accountId"], listed["name"]) == (MEMBER, "new")


def test_an_organisation_elsewhere_is_read_by_the_role_that_the_stack_names() -> None:
    with deployed(OrganizationsRoleArn=ORGANIZATION_ROLE, ExternalId="hub-1") as hub:
        Organization().add_account(MEMBER)
        run = hub.initialize({"accounts": "organization"})
        assert accounts_of(hub, run) == sorted([HUB, MEMBER])
        [call] = hub.wire.of("AssumeRole")
        assert call.parameters == {
            "RoleArn": ORGANIZATION_ROLE,
            "RoleSessionName": "cidb2-organization",
            "ExternalId": "hub-1",
        }


def test_a_role_that_may_not_be_assumed_is_one_clear_message_and_matters_only_when_needed() -> None:
    with deployed(OrganizationsRoleArn=ORGANIZATION_ROLE) as hub:
        hub.wire.refuses("AssumeRole", "AccessDenied")
        with pytest.raises(OrganizationUnreadableError, match=r"AccessDenied.*AssumeRole"):
            hub.initialize({"accounts": "organization"})
        assert accounts_of(hub, hub.initialize({"accounts": [MEMBER]})) == [MEMBER]


# --- what is wrong --------------------------------------------------------------------------------

OTHER_TOPIC = TOPIC_ARN.replace("InventoryTopic", "other")

BAD: list[tuple[Any, str, str]] = [
    (None, "input", "is not of type 'object'"),
    ([], "input", "is not of type 'object'"),
    ({"account": [MEMBER]}, "input", "'account' was unexpected"),
    ({"accounts": []}, "accounts", "non-empty"),
    ({"accounts": 7}, "accounts", "12-digit account ids"),
    ({"accounts": "all"}, "accounts", "organization"),
    ({"accounts": [MEMBER, "12345"]}, "accounts[1]", "12 digits"),
    ({"accounts": [123456789012]}, "accounts[0]", "12 digits"),
    ({"accounts": {}}, "accounts", "organizational_units"),
    ({"accounts": {"organizational_units": ["x"]}}, "accounts.organizational_units[0]", "ou-"),
    ({"accounts": [MEMBER], "exclude_accounts": [MEMBER]}, "exclude_accounts", "no active account"),
    ({"accounts": [MEMBER], "exclude_accounts": ["x"]}, "exclude_accounts[0]", "12 digits"),
    ({"accounts": [MEMBER], "regions": []}, "regions", "all enabled regions"),
    ({"accounts": [MEMBER], "regions": ["europe"]}, "regions[0]", "eu-west-1"),
    ({"accounts": [MEMBER], "regions": [REGION, "xx-none-1"]}, "regions[1]", "eu-west-1"),
    ({"accounts": [MEMBER], "services": ["fax"]}, "services[0]", f"one of {', '.join(SERVICES)}"),
    ({"accounts": [MEMBER], "services": []}, "services", "all of them"),
    ({"accounts": [MEMBER], "config": {"batch_size": 0}}, "config.batch_size", "from 1 to 100"),
    ({"accounts": [MEMBER], "config": {"batch_size": "10"}}, "config.batch_size", "whole number"),
    ({"accounts": [MEMBER], "config": {"batch_size": 101}}, "config.batch_size", "from 1 to 100"),
    (
        {"accounts": [MEMBER], "config": {"batch_size": 30}},
        "config.large_batch_size",
        "less than config.batch_size, 30",
    ),
    (
        {"accounts": [MEMBER], "config": {"batch_delay_ms": -1}},
        "config.batch_delay_ms",
        "milliseconds",
    ),
    ({"accounts": [MEMBER], "config": {"publish": "all"}}, "config.publish", "full or changes"),
    ({"accounts": [MEMBER], "config": {"sizes": 1}}, "config", "batch_size"),
    (
        {"accounts": [MEMBER], "config": {"allow_mass_deletion": "yes"}},
        "config.allow_mass_deletion",
        "true or false",
    ),
    (
        {"accounts": [MEMBER], "config": {"sns_topic_arn": "topic"}},
        "config.sns_topic_arn",
        "own topic",
    ),
    (
        {"accounts": [MEMBER], "config": {"sns_topic_arn": OTHER_TOPIC}},
        "config.sns_topic_arn",
        f"allowed: {TOPIC_ARN}",
    ),
]


@pytest.mark.parametrize(("given", "field", "allowed"), BAD, ids=json.dumps)
def test_a_wrong_input_is_refused_with_its_field_and_what_is_allowed(
    hub: Hub, given: Any, field: str, allowed: str
) -> None:
    refused = refusal(hub, given)
    assert refused.field == field
    assert str(refused).startswith(f"{field}: ")
    assert allowed in str(refused)
    assert "\n" not in str(refused)


def test_an_organisation_without_an_active_account_to_collect_is_refused(
    hub: Hub, organization: Organization
) -> None:
    given = {"accounts": {"organizational_units": [ELSEWHERE]}}
    assert refusal(hub, given).field == "accounts"
    organization.suspend(organization.add_account("678901234567", ELSEWHERE))
    assert refusal(hub, given).field == "accounts"


# --- what is written ------------------------------------------------------------------------------


def test_the_stacks_own_topic_may_be_named_or_left_out(hub: Hub) -> None:
    for config in ({}, {"sns_topic_arn": TOPIC_ARN}):
        run = hub.initialize({"accounts": [MEMBER], "config": config})
        assert run["config"]["sns_topic_arn"] == TOPIC_ARN


@pytest.fixture
def tuned() -> Iterator[Hub]:
    with deployed(DefaultBatchSize="5", LargeBatchSize="50", LargeBatchThreshold="200") as hub:
        yield hub


def test_what_the_input_leaves_out_comes_from_the_stack(tuned: Hub) -> None:
    run = tuned.initialize({"accounts": [MEMBER], "config": {"large_batch_size": 40}})
    assert run["config"] == {
        "batch_size": 5,
        "large_batch_size": 40,
        "large_batch_threshold": 200,
        "batch_delay_ms": 20,
        "sns_topic_arn": TOPIC_ARN,
        "publish": "full",
        "allow_mass_deletion": False,
    }


def test_regions_and_services_count_once(hub: Hub) -> None:
    regions = ["eu-west-1", REGION, "eu-west-1"]
    run = hub.initialize(
        {"accounts": [MEMBER], "regions": regions, "services": ["s3", "kms", "s3"]}
    )
    assert run["regions"] == ["eu-west-1", REGION]
    assert run["services"] == ["kms", "s3"]


def test_the_run_and_its_accounts_are_written_down(hub: Hub) -> None:
    given = {"accounts": [MEMBER, HUB], "services": ["iam"], "config": {"publish": "changes"}}
    run = hub.initialize(given)
    [usage, row] = sorted(hub.runs(), key=itemgetter("pk"))
    assert (row["pk"], row["sk"]) == ("runs", run["runId"])
    assert (usage["pk"], usage["function"]) == (f"run#{run['runId']}", "initializer")
    assert (row["status"], row["accounts"]) == ("RUNNING", 2)
    assert json.loads(row["input"]) == given
    assert row["config"] == run["config"]
    assert row["services"] == ["iam"]
    assert row["startedAt"] == run["startedAt"] == "2026-11-24T03:48:30.000Z"
    assert row["executionArn"].endswith(":execution:inventory:example")
    assert run["accounts"]["bucket"] == BUCKET
    assert hub.objects() == [run["accounts"]["key"]] == [f"runs/{run['runId']}/accounts.json"]


def test_an_initialize_that_is_tried_again_is_the_same_run(hub: Hub) -> None:
    given = {"accounts": [MEMBER]}
    first, again = hub.initialize(given), hub.initialize(given)
    assert first == again
    assert [row["pk"] for row in hub.runs()].count("runs") == 1
    assert hub.initialize(given, execution="another")["runId"] != first["runId"]
    assert first["runId"].startswith("20261124T034830Z-")


def test_a_bucket_that_refuses_fails_initialize_and_no_run_is_opened(hub: Hub, wire: Wire) -> None:
    wire.refuses("PutObject", "AccessDenied")
    with pytest.raises(StorageRefusedError, match=BUCKET):
        hub.initialize({"accounts": [MEMBER]})
    assert hub.runs() == []
