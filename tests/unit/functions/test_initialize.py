"""From an execution's input to a run; nothing is written until the whole input is good."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ReadTimeoutError

from cidb2.errors import (
    InvalidInputError,
    OrganizationUnreadableError,
    RegionsUnavailableError,
    RegionsUnreadableError,
    StorageRefusedError,
)
from cidb2.ledger.partitions import shard_of
from cidb2.ledger.writer import Ledger
from cidb2.reasons import error_code
from cidb2.run import Run
from cidb2.services import COLLECTORS, ORGANIZATION, SERVICES
from cidb2.settings import InitializerSettings
from cidb2.times import parse
from functions.initializer.accounts import Account
from functions.initializer.initialize import Execution, Initializer
from tests.support.builders import BUCKET, TOPIC_ARN, a_config, client_error
from tests.support.fakes import FakeAws, FakeS3, MemoryTable

EXECUTION = Execution(
    "arn:aws:states:us-east-1:123456789012:execution:inventory:1", "2026-11-24T03:48:30.123Z"
)
ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"
REGIONS = ["ap-southeast-2", "eu-west-1", "us-east-1"]


class FakeOrganization:
    def __init__(self) -> None:
        self.everyone = [Account(ONE, "one"), Account(TWO, "two"), Account(THREE, "three")]
        self.refusal: Exception | None = None
        self.asked_below: list[str] = []

    def accounts(self) -> list[Account]:
        if self.refusal:
            raise self.refusal
        return self.everyone

    def accounts_below(self, parents: Sequence[str]) -> list[Account]:
        self.asked_below += parents
        return self.everyone[:2]


class Rig:
    """An initializer with fakes around it."""

    def __init__(self, **settings: Any) -> None:
        self.organization = FakeOrganization()
        self.runs_table = MemoryTable()
        self.ledger = Ledger(self.runs_table, 400)
        self.s3 = FakeS3()
        self.ec2 = FakeAws(
            describe_regions={"Regions": [{"RegionName": region} for region in REGIONS]}
        )
        given: dict[str, Any] = {
            "region": "us-east-1",
            "account": ONE,
            "runs_table": "runs",
            "results_bucket": BUCKET,
            "topic_arn": TOPIC_ARN,
            "target_accounts": (),
            "excluded_accounts": (),
            "excluded_regions": (),
            "organizations_role_arn": "",
            "external_id": "",
            "batch_size": 10,
            "large_batch_size": 20,
            "large_batch_threshold": 100,
            "batch_delay_ms": 50,
            "account_concurrency": 25,
            "collect_timeout_seconds": 21_600,
            "run_retention_days": 400,
        }
        self.settings = InitializerSettings(**given | settings)

    def initialize(self, given: Any, execution: Execution = EXECUTION) -> dict[str, Any]:
        """Return the run's state."""
        initializer = Initializer(
            settings=self.settings,
            organization=cast("Any", self.organization),
            ledger=self.ledger,
            s3=cast("Any", self.s3),
            ec2=cast("Any", self.ec2),
        )
        state: dict[str, Any] = initializer.initialize(given, execution)["run"]
        return state

    def accounts(self, given: Any) -> list[str]:
        """Return the ids of the accounts that a run of this input collects."""
        state = self.initialize(given)
        listed = json.loads(self.s3.objects[state["accounts"]["key"]])
        assert state["accounts"]["count"] == len(listed)
        return [account["accountId"] for account in listed]

    def refusal(self, given: Any) -> str:
        """Return the message with which the input is refused, having written nothing."""
        with pytest.raises(InvalidInputError) as refused:
            self.initialize(given)
        assert self.runs_table.rows == {}
        assert self.s3.objects == {}
        return str(refused.value)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_an_empty_input_collects_the_organisation_with_the_stacks_defaults(rig: Rig) -> None:
    state = rig.initialize({})
    assert state == {
        "runId": "20261124T034830Z-" + state["runId"].partition("-")[2],
        "startedAt": "2026-11-24T03:48:30.123Z",
        "deadline": "2026-11-24T09:48:30.123Z",
        "services": [*SERVICES],
        "organizationAccount": ONE,
        "collectors": dict.fromkeys(COLLECTORS, True),
        "regions": None,
        "excludedRegions": [],
        "accounts": {
            "bucket": BUCKET,
            "key": f"runs/{state['runId']}/accounts.json",
            "count": 3,
        },
        "accountConcurrency": 25,
        "expiresAt": 1_830_052_110,
        "config": asdict(a_config(batch_delay_ms=50)),
    }
    listed = json.loads(rig.s3.objects[state["accounts"]["key"]])
    assert listed[0] == {"accountId": ONE, "name": "one", "shard": shard_of(state["runId"], ONE)}


def test_what_the_issue_gives_as_its_input_works_as_it_stands(rig: Rig) -> None:
    given = {
        "accounts": ["123456789012", "234567890123"],
        "config": {
            "batch_size": 10,
            "large_batch_size": 20,
            "large_batch_threshold": 100,
            "sns_topic_arn": TOPIC_ARN,
        },
    }
    assert rig.accounts(given) == given["accounts"]


def test_a_run_can_be_read_by_the_next_step(rig: Rig) -> None:
    state = json.loads(json.dumps(rig.initialize({"services": ["kms"], "regions": ["eu-west-1"]})))
    run = Run.parse(state)
    assert (run.services, run.regions) == (("kms",), ("eu-west-1",))


def test_the_same_execution_is_the_same_run_and_another_is_another() -> None:
    again = Execution(EXECUTION.arn, EXECUTION.started_at)
    other = Execution(EXECUTION.arn + "2", EXECUTION.started_at)
    later = Execution(EXECUTION.arn, "2026-11-24T03:48:31Z")
    assert again.run_id(3) == EXECUTION.run_id(3) != other.run_id(3)
    assert EXECUTION.run_id(3) < later.run_id(3)


def test_an_attempt_that_counts_other_accounts_goes_on_with_the_run_of_the_first(rig: Rig) -> None:
    first = rig.initialize({"accounts": [ONE]})
    again = rig.initialize({"accounts": [ONE, TWO, THREE]})
    assert again["runId"] == first["runId"]
    assert again["accounts"]["count"] == 3
    assert len(rig.ledger.recent_runs(None, ("runId",))) == 1


def test_an_account_listed_twice_counts_once(rig: Rig) -> None:
    assert rig.accounts({"accounts": [TWO, ONE, TWO]}) == [TWO, ONE]


def test_excluded_accounts_are_left_out(rig: Rig) -> None:
    assert rig.accounts({"accounts": [ONE, TWO], "exclude_accounts": [ONE, THREE]}) == [TWO]
    assert rig.accounts({"accounts": "organization", "exclude_accounts": [TWO]}) == [ONE, THREE]


def test_units_of_the_organisation_can_be_named(rig: Rig) -> None:
    units = ["ou-ab12-cd345678", "r-ab12"]
    assert rig.accounts({"accounts": {"organizational_units": units}}) == [ONE, TWO]
    assert rig.organization.asked_below == units


def test_the_stacks_target_accounts_take_the_organisations_place() -> None:
    assert Rig(target_accounts=(TWO, ONE, TWO)).accounts({}) == [TWO, ONE]


def test_an_input_that_names_accounts_goes_before_the_target_accounts() -> None:
    rig = Rig(target_accounts=(TWO,))
    assert rig.accounts({"accounts": "organization"}) == [ONE, TWO, THREE]
    assert rig.accounts({"accounts": [THREE]}) == [THREE]


def test_accounts_in_a_list_need_no_organisation(rig: Rig) -> None:
    rig.organization.refusal = OrganizationUnreadableError("no")
    assert rig.accounts({"accounts": [ONE]}) == [ONE]


def test_suspended_accounts_are_not_collected_and_the_run_says_so(rig: Rig) -> None:
    rig.organization.everyone[1] = Account(TWO, "two", is_active=False)
    assert rig.accounts({"services": ["kms", "iam"]}) == [ONE, THREE]
    rows = list(rig.ledger.scopes(EXECUTION.run_id(3)))
    assert {(row["accountId"], row["service"], row["awsRegion"]) for row in rows} == {
        (TWO, "kms", "*"),
        (TWO, "iam", "global"),
    }
    assert {(row["outcome"], row["reason"]) for row in rows} == {("FAILED", "ACCOUNT_SUSPENDED")}
    assert {row["accountName"] for row in rows} == {"two"}


ROLE = f"arn:aws:iam::{TWO}:role/organization"


@pytest.mark.parametrize(
    ("settings", "given", "reader"),
    [
        ({}, {}, ONE),
        ({}, {"accounts": [ONE, TWO]}, ONE),
        ({"organizations_role_arn": ROLE}, {}, TWO),
        ({"organizations_role_arn": ROLE, "target_accounts": (TWO, THREE)}, {}, TWO),
    ],
)
def test_the_organisation_is_read_in_the_account_that_can(
    settings: Any, given: Any, reader: str
) -> None:
    state = Rig(**settings).initialize(given)
    assert state["organizationAccount"] == reader
    assert ORGANIZATION in state["services"]


@pytest.mark.parametrize(
    ("settings", "given"),
    [
        ({}, {"accounts": [TWO]}),
        ({"excluded_accounts": (ONE,)}, {}),
        ({"target_accounts": (ONE,)}, {}),
        ({"organizations_role_arn": ROLE}, {"accounts": [ONE]}),
        ({}, {"services": ["kms"]}),
    ],
)
def test_a_run_without_that_account_does_not_collect_the_organisation(
    settings: Any, given: Any
) -> None:
    state = Rig(**settings).initialize(given)
    assert "organizationAccount" not in state
    assert ORGANIZATION not in state["services"]


@pytest.mark.parametrize(
    ("field", "named"), [("services", ORGANIZATION), ("types", "AWS::Organizations::Account")]
)
def test_an_input_that_names_it_without_that_account_is_refused(field: str, named: str) -> None:
    told = Rig().refusal({field: [named], "accounts": [TWO]})
    assert told.startswith(f"{field}: organizations is read in the account {ONE}")
    told = Rig(target_accounts=(ONE,)).refusal({field: [named]})
    assert told.startswith(f"{field}: organizations needs an organisation")


def test_a_suspended_account_lacks_all_services_but_the_organisations(rig: Rig) -> None:
    rig.organization.everyone[1] = Account(TWO, "two", is_active=False)
    rig.initialize({"services": ["kms", ORGANIZATION]})
    rows = rig.ledger.scopes(EXECUTION.run_id(3))
    assert [(row["accountId"], row["service"]) for row in rows] == [(TWO, "kms")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"accounts": [ONE], "exclude_accounts": [ONE]}, "exclude_accounts"),
        ({"exclude_accounts": [ONE, TWO, THREE]}, "exclude_accounts"),
    ],
)
def test_a_run_of_no_account_is_refused(rig: Rig, given: Any, field: str) -> None:
    assert rig.refusal(given).startswith(f"{field}: leaves no active account")


def test_a_run_of_suspended_accounts_alone_is_refused(rig: Rig) -> None:
    rig.organization.everyone = [Account(ONE, is_active=False)]
    assert rig.refusal({}).startswith("accounts: leaves no active account")


def test_an_organisation_that_cannot_be_read_ends_the_run_before_it_began(rig: Rig) -> None:
    rig.organization.refusal = OrganizationUnreadableError("accounts: cannot be read")
    with pytest.raises(OrganizationUnreadableError):
        rig.initialize({})
    assert rig.runs_table.rows == {}
    assert rig.s3.objects == {}


def test_another_topic_is_refused_with_the_reason(rig: Rig) -> None:
    other = TOPIC_ARN.replace("InventoryTopic", "Other")
    message = rig.refusal({"config": {"sns_topic_arn": other}})
    assert message.startswith(f"config.sns_topic_arn: {other} is not this stack's topic")
    assert "the only one that its roles may publish to" in message
    assert f"(allowed: {TOPIC_ARN}, or omit it)" in message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"batch_size": 30}, "20 is less than config.batch_size, 30"),
        ({"large_batch_size": 9}, "9 is less than config.batch_size, 10"),
        ({"batch_size": 6, "large_batch_size": 5}, "5 is less than config.batch_size, 6"),
    ],
)
def test_a_large_batch_that_is_smaller_than_a_batch_is_refused(
    rig: Rig, config: dict[str, int], message: str
) -> None:
    refusal = rig.refusal({"config": config})
    assert refusal.startswith(f"config.large_batch_size: {message}")
    assert "(allowed: batch_size or more)" in refusal


def test_batches_of_one_size_are_fine(rig: Rig) -> None:
    config = rig.initialize({"config": {"batch_size": 5, "large_batch_size": 5}})["config"]
    assert (config["batch_size"], config["large_batch_size"]) == (5, 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 7),
        ("large_batch_size", 70),
        ("large_batch_threshold", 0),
        ("batch_delay_ms", 0),
        ("publish", "changes"),
        ("allow_mass_deletion", True),
    ],
)
def test_what_the_input_configures_goes_before_the_stacks_defaults(
    rig: Rig, name: str, value: Any
) -> None:
    assert rig.initialize({"config": {name: value}})["config"][name] == value


def test_a_whole_number_written_with_a_point_is_a_whole_number_or_refused(rig: Rig) -> None:
    try:
        config = rig.initialize({"config": {"batch_size": 10.0}})["config"]
    except InvalidInputError as refused:
        assert refused.field == "config.batch_size"
    else:
        assert type(config["batch_size"]) is int


def test_regions_and_services_listed_twice_count_once(rig: Rig) -> None:
    given = {"regions": ["us-east-1", "eu-west-1", "us-east-1"], "services": ["s3", "s3", "iam"]}
    state = rig.initialize(given)
    assert state["regions"] == ["us-east-1", "eu-west-1"]
    assert state["services"] == ["iam", "s3"]


def test_types_narrow_a_run_and_name_its_services(rig: Rig) -> None:
    volume, key = "AWS::EC2::Volume", "AWS::KMS::Key"
    state = rig.initialize({"types": [volume, key, volume]})
    assert (state["services"], state["types"]) == (["kms", "ec2"], [volume, key])
    assert state["collectors"] == {one: one in ("kms", "ec2") for one in COLLECTORS}
    run = Run.parse(json.loads(json.dumps(state)))
    assert run.types == (volume, key)
    assert rig.runs_table.rows["runs", state["runId"]]["types"] == [volume, key]


def test_a_run_of_all_types_names_none(rig: Rig) -> None:
    state = rig.initialize({"services": ["kms"]})
    assert "types" not in state
    assert rig.runs_table.rows["runs", state["runId"]]["types"] == []


def test_the_scopes_of_a_suspended_account_are_narrowed_too(rig: Rig) -> None:
    rig.organization.everyone[1] = Account(TWO, "two", is_active=False)
    rig.initialize({"types": ["AWS::EC2::Volume", "AWS::KMS::Key"]})
    rows = rig.ledger.scopes(EXECUTION.run_id(3))
    assert {row["service"]: row.get("isNarrowed") for row in rows} == {"kms": None, "ec2": True}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"types": []}, "types: [] should be non-empty"),
        ({"types": ["aws::ec2::volume"]}, "types[0]: 'aws::ec2::volume' is not a collected type"),
        ({"types": ["AWS::EC2::Volume"], "services": ["s3"]}, "types[0]: AWS::EC2::Volume is a ty"),
    ],
)
def test_wrong_types_are_refused_and_start_nothing(rig: Rig, given: Any, message: str) -> None:
    assert rig.refusal(given).startswith(message)


def test_where_ec2_does_not_name_the_regions_the_run_says_so(rig: Rig) -> None:
    rig.ec2.answers["describe_regions"] = client_error("UnauthorizedOperation")
    with pytest.raises(RegionsUnreadableError, match=r"^regions: .*UnauthorizedOperation"):
        rig.initialize({"regions": ["eu-west-1"]})
    assert rig.s3.writes == []


@pytest.mark.parametrize(
    "error",
    [
        client_error("RequestLimitExceeded", status=503),
        client_error("InternalError", status=500),
        ReadTimeoutError(endpoint_url="https://aws"),
    ],
    ids=error_code,
)
def test_where_ec2_cannot_name_the_regions_now_the_run_may_be_tried_again(
    rig: Rig, error: Exception
) -> None:
    rig.ec2.answers["describe_regions"] = error
    with pytest.raises(RegionsUnavailableError, match=f"^regions: .*{error_code(error)}"):
        rig.initialize({"regions": ["eu-west-1"]})
    assert rig.s3.writes == []


@pytest.mark.parametrize("answer", [{}, {"Regions": [{"RegionName": "us-east-1"}, {}]}])
def test_a_region_that_ec2_may_have_left_out_is_no_wrong_input(
    rig: Rig, answer: dict[str, Any]
) -> None:
    rig.ec2.answers["describe_regions"] = answer
    with pytest.raises(RegionsUnavailableError, match="AWS's answer lacks Region"):
        rig.initialize({"regions": ["eu-west-1"]})


def test_the_regions_are_all_that_there_are_whether_the_hub_uses_them_or_not(rig: Rig) -> None:
    rig.initialize({"regions": ["eu-west-1"]})
    assert rig.ec2.arguments["describe_regions"] == [{"AllRegions": True}]


def test_a_run_that_names_no_regions_does_not_ask_which_exist(rig: Rig) -> None:
    rig.initialize({"exclude_regions": []})
    assert rig.ec2.calls.total() == 0


def test_a_region_that_does_not_exist_is_refused_with_those_that_do(rig: Rig) -> None:
    message = rig.refusal({"regions": ["eu-west-1", "mars-north-1"]})
    assert message.startswith("regions[1]: mars-north-1 is not a region")
    assert f"(allowed: {', '.join(REGIONS)})" in message


@pytest.mark.parametrize(
    ("given", "regions", "excluded"),
    [
        ({"exclude_regions": ["us-east-1", "us-east-1"]}, None, ["us-east-1"]),
        ({"exclude_regions": []}, None, []),
        ({}, None, ["ap-southeast-2"]),
        ({"regions": ["us-east-1", "ap-southeast-2"]}, ["us-east-1"], ["ap-southeast-2"]),
        (
            {"regions": ["us-east-1", "ap-southeast-2"], "exclude_regions": []},
            ["us-east-1", "ap-southeast-2"],
            [],
        ),
    ],
    ids=["named", "none", "the stack's", "of those named", "all of those named"],
)
def test_regions_are_excluded_as_the_input_says_else_as_the_stack_does(
    given: Any, regions: list[str] | None, excluded: list[str]
) -> None:
    rig = Rig(excluded_regions=("ap-southeast-2",))
    state = rig.initialize(given)
    assert (state["regions"], state["excludedRegions"]) == (regions, excluded)
    assert Run.parse(state).excluded_regions == tuple(excluded)
    row = rig.runs_table.rows["runs", state["runId"]]
    assert row["excludedRegions"] == excluded


@pytest.mark.parametrize(
    ("given", "excluded"), [({}, [TWO]), ({"exclude_accounts": [ONE]}, [ONE])], ids=["not", "so"]
)
def test_accounts_are_excluded_as_the_input_says_else_as_the_stack_does(
    given: Any, excluded: list[str]
) -> None:
    rig = Rig(excluded_accounts=(TWO,))
    assert set(rig.accounts(given)) == {ONE, TWO, THREE} - {*excluded}
    [row] = [row for (pk, _), row in rig.runs_table.rows.items() if pk == "runs"]
    assert row["excludedAccounts"] == excluded


@pytest.mark.parametrize(
    ("settings", "given", "message"),
    [
        ({}, {"exclude_regions": ["mars-north-1"]}, "exclude_regions[0]: mars-north-1 is no"),
        ({"excluded_regions": ("eu-west-1", "mars-north-1")}, {}, "ExcludedRegions[1]: mars-north"),
        (
            {"excluded_regions": ("eu-west-1",)},
            {"regions": ["eu-west-1"]},
            "ExcludedRegions: leaves no region",
        ),
        (
            {},
            {"regions": ["eu-west-1"], "exclude_regions": ["eu-west-1"]},
            "exclude_regions: leaves no region",
        ),
        (
            {"excluded_accounts": (ONE,)},
            {"accounts": [ONE]},
            "ExcludedAccounts: leaves no active account",
        ),
    ],
)
def test_what_leaves_nothing_or_does_not_exist_is_refused_by_the_name_of_its_field(
    settings: dict[str, Any], given: Any, message: str
) -> None:
    assert Rig(**settings).refusal(given).startswith(message)


@pytest.mark.parametrize(
    "given", [None, [], "organization", {"accounts": [1]}, {"config": {"x": 1}}]
)
def test_bad_input_starts_nothing(rig: Rig, given: Any) -> None:
    assert "(allowed: " in rig.refusal(given)
    assert rig.ec2.calls.total() == 0


def test_the_run_is_written_down_with_what_was_asked_for(rig: Rig) -> None:
    given = {"accounts": [ONE], "services": ["kms"], "config": {"publish": "changes"}}
    state = rig.initialize(given)
    row = rig.runs_table.rows["runs", state["runId"]]
    assert json.loads(row["input"]) == given
    assert (row["status"], row["accounts"], row["services"]) == ("RUNNING", 1, ["kms"])
    assert (row["startedAt"], row["executionArn"]) == (EXECUTION.started_at, EXECUTION.arn)
    assert row["deadline"] == state["deadline"]
    assert row["config"] == state["config"]


def test_a_runs_deadline_is_counted_from_the_start_of_its_execution() -> None:
    state = Rig(collect_timeout_seconds=90).initialize({})
    assert parse(state["deadline"]) - parse(EXECUTION.started_at) == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("started_at", "deadline"),
    [
        ("2026-11-24T03:48:30.123Z", "2026-11-24T03:50:00.123Z"),
        ("2026-11-24T03:48:30.000Z", "2026-11-24T03:50:00.000Z"),
    ],
)
def test_a_deadline_has_the_form_of_the_times_that_the_machine_compares_it_with(
    started_at: str, deadline: str
) -> None:
    rig = Rig(collect_timeout_seconds=90)
    state = rig.initialize({}, Execution(EXECUTION.arn, started_at))
    assert state["deadline"] == deadline


def test_an_initialization_that_is_tried_again_leaves_one_run(rig: Rig) -> None:
    assert rig.initialize({}) == rig.initialize({})
    assert len(rig.runs_table.rows) == len(rig.s3.objects) == 1


def test_a_bucket_that_refuses_is_an_error_of_storage(rig: Rig) -> None:
    rig.s3.refusal = client_error("AccessDenied")
    with pytest.raises(StorageRefusedError):
        rig.initialize({})
    assert rig.runs_table.rows == {}
