"""The house rules of the two templates, and how they fit the code that they deploy."""

import importlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from cidb2 import services, settings
from cidb2.aws.sessions import new_session
from cidb2.validation import validator
from local.deployment.intrinsics import Resolver
from local.deployment.stack import Deployment, Stack
from local.deployment.template import SAM, load_template
from tests.support.creation import Creation, as_list
from tests.support.services import COLLECTORS
from tests.support.template import (
    MEMBER_TEMPLATE,
    ORGANIZATION_TEMPLATE,
    ROOT,
    STATE_MACHINES,
    TEMPLATE,
    function_variables,
    parsed,
)
from tools.check_parameters import overrides
from tools.services import declared

pytestmark = pytest.mark.integration

SETTINGS: dict[str, Any] = {
    "initializer": settings.InitializerSettings,
    **{f"{name}_collector": settings.CollectorSettings for name in services.COLLECTORS},
    "results_processor": settings.ResultsSettings,
    "reporter": settings.ReporterSettings,
}
"""What each function reads its environment with."""

BY_LAMBDA = {"AWS_REGION"}
"""Variables that the runtime itself sets."""

BY_OBSERVABILITY = {"POWERTOOLS_METRICS_NAMESPACE", "STACK_NAME"}
"""Variables that Powertools, and what names the metrics, reads."""

OF_ONE_COLLECTOR = {"s3_collector": {"S3_BUCKET_CONFIGURATIONS": "S3BucketConfigurations"}}
"""Variables that one collector's module reads, with their parameters."""

WITH_A_DEFAULT = {"CONCURRENCY", "CONTINUE_MARGIN_SECONDS", "LATE_AFTER_SECONDS"}
"""Variables that tests and tuning set, and the template leaves at their default."""

STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",  # it protects a bucket that stays
}
NAMED = {
    "BucketName",
    "FunctionName",
    "LayerName",
    "Name",
    "QueueName",
    "RoleName",
    "TableName",
    "TopicName",
}
"""Properties that name a thing for good, so that a second stack would collide with the first."""

HAS_TO_BE_NAMED = {
    "AWS::Athena::WorkGroup": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::XRay::ResourcePolicy": "PolicyName",
}
"""Where the stack's own name tells one from another's."""

MANY_OF_A_NAME = "AWS::Athena::NamedQuery"
"""What an id tells apart, so that a name stops nobody."""

OF_THE_LAKE = ("AWS::Athena::", "AWS::Glue::")
"""What a run does without: who asks in SQL needs it."""

OUTPUTS = {
    "StateMachineArn",
    "TopicArn",
    "InventoryTableName",
    "RunsTableName",
    "ResultsBucketName",
    "QueueUrl",
    "DeadLetterQueueUrl",
    "CollectorRoleArns",
    "CollectorRoleName",
    "ExternalId",
    "InitializerRoleArn",
    "LakeDatabaseName",
    "LakeWorkGroupName",
}
SNS_TRACES = {"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"}
"""What SNS asks of X-Ray for a topic that is traced (SNS Developer Guide, 'Active tracing')."""

THE_KEY = {
    "Fn::If": ["MakesItsKey", {"Fn::GetAtt": ["DataKey", "Arn"]}, {"Ref": "EncryptionKeyArn"}]
}
"""The key that encrypts everything: the stack's own, or the one that it was given."""

TEMPLATES = {
    "hub": TEMPLATE,
    "member": MEMBER_TEMPLATE,
    "organization": ORGANIZATION_TEMPLATE,
}
YAML_FILES = TEMPLATES | STATE_MACHINES


class Reading(Mapping[str, str]):
    """An environment that notes which variables are read, and has a number or price for each."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        if name not in self._given:
            raise KeyError(name)
        return "kmsRequests=1" if name == "PRICE_OVERRIDES" else "1"

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def resources(*types: str) -> dict[str, dict[str, Any]]:
    """Return the hub's resources of some types, or all of them, by logical id."""
    every: dict[str, dict[str, Any]] = parsed(TEMPLATE)["Resources"]
    return {name: each for name, each in every.items() if not types or each["Type"] in types}


def functions() -> dict[str, dict[str, Any]]:
    """Return each function's properties, what all of them share included."""
    shared = parsed(TEMPLATE)["Globals"]["Function"]
    return {
        name: shared | each["Properties"]
        for name, each in resources("AWS::Serverless::Function").items()
    }


def folder(properties: Mapping[str, Any]) -> str:
    return Path(properties["CodeUri"]).name


def statements(role: str) -> list[dict[str, Any]]:
    """Return what the policies of a role of the hub state, its own and those that it shares."""
    policies = [*resources()[role]["Properties"]["Policies"]]
    separate = (one["Properties"] for one in resources("AWS::IAM::Policy").values())
    policies += [one for one in separate if named(role, None) in one["Roles"]]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def named(logical_id: str, attribute: str | None = "Arn") -> dict[str, Any]:
    """Return a reference to a resource, or to an attribute of it, in its long form."""
    return {"Fn::GetAtt": [logical_id, attribute]} if attribute else {"Ref": logical_id}


# --- parameters and outputs -----------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_parameter_and_output_is_described(name: str) -> None:
    template = parsed(TEMPLATES[name])
    for each in (*template["Parameters"].values(), *template["Outputs"].values()):
        assert each["Description"].endswith(".")


def test_every_parameter_is_constrained_and_has_a_default() -> None:
    for name, each in parsed(TEMPLATE)["Parameters"].items():
        assert "Default" in each, name
        assert {*each} & {"AllowedValues", "AllowedPattern", "MinValue"}, name
        if "AllowedPattern" in each:
            assert re.search(each["AllowedPattern"], str(each["Default"])), name
            assert each["ConstraintDescription"], name


def test_every_parameter_is_shown_in_one_group() -> None:
    interface = parsed(TEMPLATE)["Metadata"]["AWS::CloudFormation::Interface"]
    shown = Counter(name for group in interface["ParameterGroups"] for name in group["Parameters"])
    assert shown == Counter(list(parsed(TEMPLATE)["Parameters"]))


def test_what_clients_need_is_put_out() -> None:
    assert {*parsed(TEMPLATE)["Outputs"]} >= OUTPUTS


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("DefaultBatchSize", "batch_size"),
        ("LargeBatchSize", "large_batch_size"),
        ("LargeBatchThreshold", "large_batch_threshold"),
        ("BatchDelayMs", "batch_delay_ms"),
    ],
)
def test_a_default_of_the_stack_has_the_limits_of_the_input_that_overrides_it(
    parameter: str, field: str
) -> None:
    schema: Any = validator("execution-input").schema
    limits = schema["properties"]["config"]["properties"][field]
    declared = parsed(TEMPLATE)["Parameters"][parameter]
    assert (declared["MinValue"], declared["MaxValue"]) == (limits["minimum"], limits["maximum"])


def test_the_defaults_are_those_of_the_contract() -> None:
    declared = parsed(TEMPLATE)["Parameters"]
    names = ("DefaultBatchSize", "LargeBatchSize", "LargeBatchThreshold")
    assert [declared[name]["Default"] for name in names] == [10, 20, 100]
    assert declared["InventoryScheduleExpression"]["Default"] == "rate(1 day)"
    assert declared["InventoryScheduleState"]["Default"] == "DISABLED"


def test_hub_and_member_template_agree_on_the_external_id() -> None:
    ours, theirs = (
        parsed(path)["Parameters"]["ExternalId"] for path in (TEMPLATE, MEMBER_TEMPLATE)
    )
    for name in ("Type", "Default", "AllowedPattern"):
        assert ours[name] == theirs[name]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_role_of_a_hub_is_what_its_collectors_enter_and_its_own(environment: str) -> None:
    stack, given = deployment(environment)
    name = collector_role(stack, given)
    wanted = {"dev": "CIDB2-Collector-Role-cidb2-dev", "prod": "CIDB2-Collector-Role"}
    assert name == wanted[environment]
    assert re.search(parsed(MEMBER_TEMPLATE)["Parameters"]["RoleName"]["AllowedPattern"], name)
    assert collector_role("another", {}) == "CIDB2-Collector-Role-another"
    assert collector_role("another", {"CollectorRoleName": "Auditor"}) == "Auditor"


def deployment(environment: str) -> tuple[str, dict[str, str]]:
    """Return the stack and the parameters of an environment in samconfig.toml."""
    config = ROOT / "samconfig.toml"
    told = tomllib.loads(config.read_text("utf-8"))[environment]["deploy"]["parameters"]
    return told["stack_name"], overrides(config, environment)


def collector_role(stack: str, given: dict[str, str]) -> str:
    """Return the name of the role as collectors, their policies and the output have it."""
    values = {"AWS::Partition": "aws", "AWS::StackName": stack, "CollectorRoleName": ""} | given
    conditions = {"NamesTheCollectorRole": parsed(TEMPLATE)["Conditions"]["NamesTheCollectorRole"]}
    resolver = Resolver(values, lambda *_: "", conditions=conditions)
    variables = [function_variables(f"{name}_collector") for name in services.COLLECTORS]
    entered = [
        resolver.resolve(each["Resource"]).rpartition("/")[2]
        for role in COLLECTORS
        for each in statements(f"{role}Role")
        if each["Sid"] == "EnterMemberAccounts"
    ]
    [name] = {
        *(resolver.resolve(each["COLLECTOR_ROLE_NAME"]) for each in variables),
        *entered,
        resolver.resolve(parsed(TEMPLATE)["Outputs"]["CollectorRoleName"]["Value"]),
    }
    return str(name)


# --- functions ------------------------------------------------------------------------------------


def test_every_folder_of_functions_is_a_function() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert {folder(each) for each in functions().values()} == folders == {*SETTINGS}


@pytest.mark.parametrize("name", functions())
def test_a_function_has_its_own_role_log_group_and_package(name: str) -> None:
    each, base = functions()[name], name.removesuffix("Function")
    package = f"functions.{folder(each)}"
    assert each["Role"] == named(f"{base}Role")
    assert each["LoggingConfig"]["LogGroup"] == named(f"{base}LogGroup", None)
    assert resources()[f"{base}Role"]["Type"] == "AWS::IAM::Role"
    assert each["Handler"] == f"{package}.app.handler"
    assert callable(importlib.import_module(f"{package}.app").handler)
    build = resources()[name]["Metadata"]["BuildProperties"]
    assert build == {"ParentPackageMode": "explicit", "ParentPackages": package}


def test_the_log_level_is_set_where_lambda_filters_by_it() -> None:
    """Under LogFormat JSON, Lambda's level comes before Powertools' variables."""
    shared = parsed(TEMPLATE)["Globals"]["Function"]
    assert shared["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": named("LogLevel", None),
    }
    assert not {"LOG_LEVEL", "POWERTOOLS_LOG_LEVEL"} & shared["Environment"]["Variables"].keys()
    model: Any = new_session().get_service_model("lambda").shape_for("ApplicationLogLevel")
    assert {*parsed(TEMPLATE)["Parameters"]["LogLevel"]["AllowedValues"]} <= {*model.enum}


def test_no_two_functions_share_a_role() -> None:
    roles = [json.dumps(each["Role"]) for each in functions().values()]
    assert len({*roles}) == len(roles)


def test_every_log_group_has_a_retention_and_is_encrypted() -> None:
    groups = resources("AWS::Logs::LogGroup")
    assert len(groups) == len(functions()) + len(STATE_MACHINES)
    for each in groups.values():
        assert each["Properties"]["RetentionInDays"] == named("LogRetentionDays", None)
        assert each["Properties"]["KmsKeyId"] == THE_KEY


@pytest.mark.parametrize("function", SETTINGS)
def test_a_functions_environment_is_what_it_reads(function: str) -> None:
    declared = {*function_variables(function)}
    environment = Reading(dict.fromkeys(declared | BY_LAMBDA))
    SETTINGS[function].from_env(environment)
    read = environment.read | BY_OBSERVABILITY | OF_ONE_COLLECTOR.get(function, {}).keys()
    assert declared == read - BY_LAMBDA - WITH_A_DEFAULT


@pytest.mark.parametrize("name", functions())
def test_a_role_is_for_lambda_and_writes_its_own_log(name: str) -> None:
    base = name.removesuffix("Function")
    trust = resources()[f"{base}Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [each["Principal"] for each in trust] == [{"Service": "lambda.amazonaws.com"}]
    [log] = [each for each in statements(f"{base}Role") if each["Sid"] == "WriteItsLog"]
    assert log["Resource"] == named(f"{base}LogGroup")


def test_the_collectors_differ_in_their_names_and_permissions_only() -> None:
    bodies = set()
    for collector in services.COLLECTORS:
        name = collector.capitalize()
        related = [
            deepcopy(resources()[f"{name}Collector{kind}"]) for kind in ("Function", "LogGroup")
        ]
        variables = related[0]["Properties"]["Environment"]["Variables"]
        for variable, parameter in OF_ONE_COLLECTOR.get(f"{collector}_collector", {}).items():
            assert variables.pop(variable) == named(parameter, None)
        body = json.dumps(related)
        for spelling in (f"{name}C", f"{collector}_c"):
            body = body.replace(spelling, "X")
        body = re.sub(r"\w+ collector, one account", "X collector, one account", body)
        bodies.add(body)
    assert len(bodies) == 1


# --- permissions ----------------------------------------------------------------------------------


def test_no_collector_may_read_data_or_change_anything() -> None:
    verbs = ("Describe", "Get", "GET", "List", "BatchGet")  # GET: API Gateway's only reading action
    data = {
        "GetFunction",
        "GetObject",
        "GetParameter",
        "GetSecretValue",
        "DescribeInstanceAttribute",
    }
    for service in services.SERVICES:
        for action in declared(service).actions:
            operation = action.partition(":")[2]
            assert operation.startswith(verbs)
            assert operation not in data
            assert "*" not in action


def test_the_member_role_trusts_the_collectors_alone() -> None:
    role = parsed(MEMBER_TEMPLATE)["Resources"]["CollectorRole"]
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": named("CollectorRoleArns", None)}
    assert trust["Action"] == "sts:AssumeRole"
    asks, condition, nothing = trust["Condition"]["Fn::If"]
    assert (asks, nothing) == ("Asks", {"Ref": "AWS::NoValue"})
    asked = {
        "sts:ExternalId": ("AsksForExternalId", "ExternalId"),
        "aws:PrincipalOrgID": ("AsksForOrganization", "OrganizationId"),
    }
    assert condition == {
        "StringEquals": {
            key: {"Fn::If": [when, named(parameter, None), {"Ref": "AWS::NoValue"}]}
            for key, (when, parameter) in asked.items()
        }
    }
    [output] = [parsed(TEMPLATE)["Outputs"]["CollectorRoleArns"]["Value"]["Fn::Join"]]
    assert output[1] == [named(f"{each}Role") for each in COLLECTORS]


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({}, None),
        ({"ExternalId": "hub-1"}, {"sts:ExternalId": "hub-1"}),
        ({"OrganizationId": "o-abcde12345"}, {"aws:PrincipalOrgID": "o-abcde12345"}),
        (
            {"ExternalId": "hub-1", "OrganizationId": "o-abcde12345"},
            {"sts:ExternalId": "hub-1", "aws:PrincipalOrgID": "o-abcde12345"},
        ),
    ],
    ids=["nothing", "external id", "organisation", "both"],
)
@pytest.mark.parametrize("path", [MEMBER_TEMPLATE, ORGANIZATION_TEMPLATE], ids=["member", "org"])
def test_a_role_elsewhere_asks_for_what_it_is_given_and_for_nothing_else(
    path: Path, given: dict[str, str], asked: dict[str, str] | None
) -> None:
    [trust] = resolved_role(path, given)["AssumeRolePolicyDocument"]["Statement"]
    wanted = {"StringEquals": asked} if asked else None
    assert trust.get("Condition") == wanted


def test_the_member_role_is_bounded_where_a_boundary_is_given() -> None:
    boundary = "arn:aws:iam::234567890123:policy/boundary"
    assert "PermissionsBoundary" not in resolved_role(MEMBER_TEMPLATE, {})
    bounded = resolved_role(MEMBER_TEMPLATE, {"PermissionsBoundaryArn": boundary})
    assert bounded["PermissionsBoundary"] == boundary


def resolved_role(path: Path, given: dict[str, str]) -> Any:
    """Return the properties of a template's only role, as CloudFormation resolves them."""
    template = parsed(path)
    values: dict[str, Any] = {"AWS::Partition": "aws", "AWS::AccountId": "234567890123"}
    values |= {name: each.get("Default", name) for name, each in template["Parameters"].items()}
    resolver = Resolver(values | given, lambda *_: "", conditions=template["Conditions"])
    [role] = (each for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role")
    return resolver.resolve(role["Properties"])


@pytest.mark.parametrize("role", resources("AWS::IAM::Role"))
def test_a_role_names_each_statement_and_each_action(role: str) -> None:
    for each in statements(role):
        assert each["Effect"] == "Allow"
        assert re.fullmatch("[A-Z][A-Za-z0-9]+", each["Sid"])
        assert not [action for action in as_list(each["Action"]) if "*" in action]


def test_nobody_but_collectors_enters_member_accounts() -> None:
    entering = {
        role
        for role in resources("AWS::IAM::Role")
        if any("${CollectorRoleName}" in str(each["Resource"]) for each in statements(role))
    }
    assert entering == {f"{each}Role" for each in COLLECTORS}


@pytest.mark.parametrize(
    ("given", "asked"),
    [("", None), ("o-abcde12345", {"StringEquals": {"aws:ResourceOrgID": "o-abcde12345"}})],
    ids=["no organisation", "one"],
)
def test_collectors_enter_accounts_of_the_organisation_that_is_named(
    given: str, asked: dict[str, Any] | None
) -> None:
    values = {"AWS::Partition": "aws", "AWS::StackName": "cidb2-dev", "CollectorRoleName": ""}
    conditions = parsed(TEMPLATE)["Conditions"]
    resolver = Resolver(values | {"OrganizationId": given}, lambda *_: "", conditions=conditions)
    entering = [
        resolver.resolve(each)
        for role in COLLECTORS
        for each in statements(f"{role}Role")
        if each["Action"] == "sts:AssumeRole"
    ]
    assert len(entering) == len(COLLECTORS)
    assert [each.get("Condition") for each in entering] == [asked] * len(COLLECTORS)


@pytest.mark.parametrize(
    "role", [*(f"{name}Role" for name in STATE_MACHINES), "InventoryScheduleRole"]
)
def test_a_service_acts_for_this_account_alone(role: str) -> None:
    [trust] = resources()[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": named("AWS::AccountId", None)}
    }


# --- storage and messages -------------------------------------------------------------------------


@pytest.mark.parametrize("table", resources("AWS::DynamoDB::Table"))
def test_a_table_is_protected_restorable_and_pays_for_what_it_does(table: str) -> None:
    properties = resources()[table]["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"]["KMSMasterKeyId"] == THE_KEY
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}


@pytest.mark.parametrize("name", resources(*STATEFUL))
def test_what_holds_state_is_kept_in_prod_once_its_first_deployment_succeeded(name: str) -> None:
    one = resources()[name]
    kept = "Retain" if "DeletionProtectionEnabled" in one["Properties"] else "RetainExceptOnCreate"
    assert one["DeletionPolicy"] == {"Fn::If": ["IsProd", kept, "Delete"]}
    assert one["UpdateReplacePolicy"] == {"Fn::If": ["IsProd", "Retain", "Delete"]}


def test_the_bucket_is_private_encrypted_and_spoken_to_over_tls() -> None:
    properties = resources()["ResultsBucket"]["Properties"]
    assert {*properties["PublicAccessBlockConfiguration"].values()} == {True}
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == THE_KEY
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}


def test_answers_of_athena_are_encrypted_and_limited_by_the_workgroup_alone() -> None:
    """WorkGroupConfiguration of AWS::Athena::WorkGroup in the CloudFormation User Guide."""
    settings = resources()["LakeWorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == named("LakeScanLimitBytes", None)
    result = settings["ResultConfiguration"]
    assert result["EncryptionConfiguration"] == {"EncryptionOption": "SSE_KMS", "KmsKey": THE_KEY}
    assert result["ExpectedBucketOwner"] == named("AWS::AccountId", None)
    assert result["OutputLocation"] == {"Fn::Sub": "s3://${ResultsBucket}/answers/"}


def test_who_uses_the_results_is_logged_and_the_log_itself_is_private() -> None:
    log = resources()["AccessLogBucket"]["Properties"]
    written = resources()["ResultsBucket"]["Properties"]["LoggingConfiguration"]
    assert written["DestinationBucketName"] == named("AccessLogBucket", None)
    assert {*log["PublicAccessBlockConfiguration"].values()} == {True}
    [rule] = log["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    expiry = log["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]
    assert expiry == named("AuditRetentionDays", None)
    stated = resources()["AccessLogBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [delivery] = [each for each in stated if each["Effect"] == "Allow"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    prefix = written["LogFilePrefix"]
    assert delivery["Resource"] == {"Fn::Sub": f"${{AccessLogBucket.Arn}}/{prefix}*"}
    assert delivery["Condition"]["ArnEquals"] == {"aws:SourceArn": named("ResultsBucket")}


@pytest.mark.parametrize(
    "name",
    resources("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"),
)
def test_every_resource_policy_refuses_what_is_not_encrypted(name: str) -> None:
    stated = resources()[name]["Properties"]["PolicyDocument"]["Statement"]
    [refusal] = [each for each in stated if each["Sid"] == "OnlyOverTls"]
    assert (refusal["Effect"], refusal["Principal"]) == ("Deny", "*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_everything_that_holds_messages_is_encrypted_and_has_a_policy() -> None:
    holders = resources("AWS::SNS::Topic", "AWS::SQS::Queue")
    assert len(holders) == 5
    for name, each in holders.items():
        assert each["Properties"]["KmsMasterKeyId"] == THE_KEY
        assert f"{name}Policy" in resources()
    assert resources()["DataKey"]["Properties"]["EnableKeyRotation"] is True


def test_the_queue_waits_six_times_as_long_as_the_reporter_takes_and_its_window() -> None:
    """AWS Lambda Developer Guide, 'Using Lambda with Amazon SQS'."""
    queue, reporter = resources()["ReporterQueue"]["Properties"], functions()["ReporterFunction"]
    [source] = reporter["Events"].values()
    window = source["Properties"]["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= 6 * reporter["Timeout"] + window


def test_the_machine_may_follow_executions_of_both_shapes_and_redrive_those_of_its_maps() -> None:
    """Step Functions Developer Guide, 'IAM policies for using Distributed Map states'."""
    stated = {each["Sid"]: each for each in statements("CollectStateMachineRole")}
    values = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    resolver = Resolver(values, lambda *_: "collect")
    execution = "arn:aws:states:us-east-1:123456789012:execution:collect"
    shapes = [f"{execution}:1", f"{execution}/MapOfIam:1"]

    def reach(sid: str) -> list[str]:
        patterns = resolver.resolve(as_list(stated[sid]["Resource"]))
        return [one for one in shapes if any(fnmatchcase(one, each) for each in patterns)]

    assert reach("FollowAndStopTheChildren") == shapes
    assert stated["RedriveTheChildren"]["Action"] == "states:RedriveExecution"
    assert reach("RedriveTheChildren") == shapes[1:]


def test_what_cannot_be_stored_ends_in_the_dead_letter_queue_and_is_kept_longest() -> None:
    queue = resources()["ReporterQueue"]["Properties"]
    dead = resources()["ReporterDeadLetterQueue"]["Properties"]
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": named("ReporterDeadLetterQueue"),
        "maxReceiveCount": named("MaxReceiveCount", None),
    }
    variables = function_variables("reporter")
    assert variables["MAX_RECEIVE_COUNT"] == named("MaxReceiveCount", None)
    assert dead["MessageRetentionPeriod"] >= queue["MessageRetentionPeriod"]


def test_the_reporter_reports_the_messages_of_a_batch_one_by_one() -> None:
    [event] = functions()["ReporterFunction"]["Events"].values()
    source = event["Properties"]
    assert source["Queue"] == named("ReporterQueue")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert source["BatchSize"] <= 10 or source["MaximumBatchingWindowInSeconds"] >= 1


def test_the_queue_hears_the_topic_alone_and_the_bare_message() -> None:
    subscription = resources()["ReporterSubscription"]
    assert subscription["Properties"]["RawMessageDelivery"] is True
    assert subscription["DependsOn"] == "ReporterQueuePolicy"
    stated = resources()["ReporterQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [delivery] = [each for each in stated if each["Effect"] == "Allow"]
    assert delivery["Principal"] == {"Service": "sns.amazonaws.com"}
    assert delivery["Condition"]["ArnEquals"] == {"aws:SourceArn": named("InventoryTopic", None)}


def test_only_the_roles_that_may_publish_items_are_not_refused() -> None:
    topic = named("InventoryTopic", None)
    publishers = {
        role
        for role in resources("AWS::IAM::Role")
        for each in statements(role)
        if "sns:Publish" in as_list(each["Action"]) and topic in as_list(each["Resource"])
    }
    assert publishers == {f"{each}Role" for each in COLLECTORS}
    refusal = refusal_of("InventoryTopicPolicy", "sns:Publish")
    assert refusal["Resource"] == topic
    [(operator, tests)] = refusal["Condition"].items()
    assert (operator, *tests) == ("ArnNotEquals", "aws:PrincipalArn")
    assert {role["Fn::GetAtt"][0] for role in tests["aws:PrincipalArn"]} == publishers


def test_x_ray_takes_the_segments_of_every_topic_that_is_traced_and_of_no_other() -> None:
    """Without a policy that lets SNS write them, a traced topic's segments are lost.

    https://docs.aws.amazon.com/sns/latest/dg/sns-active-tracing.html
    """
    traced = [
        name
        for name, each in resources("AWS::SNS::Topic").items()
        if each["Properties"].get("TracingConfig") == "Active"
    ]
    values = {name: f"arn of {name}" for name in traced} | {"AWS::AccountId": "123456789012"}
    resolver = Resolver(values, lambda *_: "")
    stated = [
        statement
        for each in resources("AWS::XRay::ResourcePolicy").values()
        for statement in json.loads(resolver.resolve(each["Properties"]["PolicyDocument"]))[
            "Statement"
        ]
    ]
    for statement in stated:
        assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
        assert {*statement["Action"]} == SNS_TRACES
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"
    sources = [each["Condition"]["StringEquals"]["aws:SourceArn"] for each in stated]
    assert sources == [values[name] for name in traced]


def test_the_key_lets_sns_encrypt_for_the_topic_that_the_queue_hears_and_for_no_other() -> None:
    topic = resources()["ReporterSubscription"]["Properties"]["TopicArn"]["Ref"]
    place = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    resolver = Resolver(place | {"AWS::StackName": "cidb2-dev"}, lambda *_: "")
    stated = resources()["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
    [sns] = [one for one in stated if one["Principal"] == {"Service": "sns.amazonaws.com"}]
    pattern = resolver.resolve(sns["Condition"])["ArnLike"]["aws:SourceArn"]

    def matches(stack: str, logical_id: str) -> bool:
        deployment = Deployment(Stack(stack, "123456789012", "us-east-1", {}), str, logical_id)
        return fnmatchcase(f"arn:aws:sns:us-east-1:123456789012:{deployment.name(256)}", pattern)

    assert matches("cidb2-dev", topic)
    others = resources("AWS::SNS::Topic").keys() - {topic}
    assert not any(matches("cidb2-dev", other) for other in others)
    assert not matches("cidb2-prod", topic)


REDRIVERS = [
    "arn:aws:iam::123456789012:role/aws-reserved/sso/Ops",
    "arn:aws:iam::123456789012:role/B",
]


@pytest.mark.parametrize("roles", [[], REDRIVERS[:1], REDRIVERS], ids=["nobody", "one", "two"])
def test_the_queue_refuses_all_but_the_topic_and_those_who_may_redrive(roles: list[str]) -> None:
    given = ",".join(roles)
    assert re.search(parsed(TEMPLATE)["Parameters"]["RedriveRoleArns"]["AllowedPattern"], given)
    conditions = {"HasRedriveRoles": parsed(TEMPLATE)["Conditions"]["HasRedriveRoles"]}
    values = {"RedriveRoleArns": given, "InventoryTopic": "the topic"}
    resolver = Resolver(values, lambda *_: "the queue", conditions=conditions)
    refusal = resolver.resolve(refusal_of("ReporterQueuePolicy", "sqs:SendMessage"))
    assert refusal["Resource"] == "the queue"
    assert refusal["Condition"] == {
        "ArnNotEquals": {
            "aws:SourceArn": "the topic",
            **({"aws:PrincipalArn": roles} if roles else {}),
        }
    }


@pytest.mark.parametrize("given", [f"{REDRIVERS[1]},", f"{REDRIVERS[1]}, {REDRIVERS[0]}", "role/B"])
def test_roles_that_redrive_are_named_by_arns_between_commas(given: str) -> None:
    pattern = parsed(TEMPLATE)["Parameters"]["RedriveRoleArns"]["AllowedPattern"]
    assert not re.search(pattern, given)


def refusal_of(policy: str, action: str) -> Any:
    """Return what a resource's policy denies everybody under a condition on who it is."""
    stated = resources()[policy]["Properties"]["PolicyDocument"]["Statement"]
    [refusal] = [one for one in stated if one["Effect"] == "Deny" and one["Sid"] != "OnlyOverTls"]
    assert (refusal["Principal"], refusal["Action"]) == ("*", action)
    return refusal


def test_the_schedule_starts_the_machine_with_an_input_that_initialize_takes() -> None:
    target = resources()["InventorySchedule"]["Properties"]["Target"]
    assert target["Arn"] == named("InventoryStateMachine", None)
    assert target["Input"] == named("InventoryScheduleInput", None)
    default = parsed(TEMPLATE)["Parameters"]["InventoryScheduleInput"]["Default"]
    assert validator("execution-input").is_valid(json.loads(default))


@pytest.mark.parametrize("organization", ["", "arn:aws:iam::210987654321:role/Reads"])
def test_the_schedule_comes_after_everything_that_a_run_needs(organization: str) -> None:
    """A rate() without a start date fires at once (EventBridge Scheduler, 'Schedule types')."""
    given = {"OrganizationsRoleArn": organization}
    template = load_template(TEMPLATE, "us-east-1", given, lambda _: "s3://artifacts/key")
    values = {name: each["Default"] for name, each in template["Parameters"].items()} | given
    resolver = Resolver(values, lambda *_: "", conditions=template["Conditions"])
    made = {
        name: each
        for name, each in template["Resources"].items()
        if not (each["Type"].startswith(OF_THE_LAKE) or name.endswith("EmailSubscription"))
        and ("Condition" not in each or resolver.holds(each["Condition"]))
    }
    earlier = Creation(template["Resources"]).before("InventorySchedule")
    assert made.keys() - earlier == {"InventorySchedule"}


# --- the files themselves -------------------------------------------------------------------------


def test_nothing_has_a_name_that_stops_a_second_stack() -> None:
    """Beside the first, or of the same name once that is deleted and has left what is kept."""
    for name, each in resources().items():
        properties, needed = each.get("Properties", {}), HAS_TO_BE_NAMED.get(each["Type"])
        if each["Type"] != MANY_OF_A_NAME:
            assert not {*properties} & NAMED - {needed}, name
        if needed in properties:
            assert "${AWS::StackName}" in properties[needed]["Fn::Sub"], name


def test_the_database_has_a_name_of_its_own_stack_that_sql_takes_without_quotes() -> None:
    given = resources()["LakeDatabase"]["Properties"]["DatabaseInput"]["Name"]
    stacks = ("1c0d2c90-8f5b-11f0-a6e0-0a1b2c3d4e5f", "2e4f6a80-8f5b-11f0-a6e0-0a1b2c3d4e5f")
    arn = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Dev-1"
    names = {
        Resolver({"AWS::StackId": f"{arn}/{stack}"}, attribute=lambda *_: "").resolve(given)
        for stack in stacks
    }
    assert names == {"cidb2_1c0d2c90", "cidb2_2e4f6a80"}


def test_every_logical_id_ends_in_what_it_is() -> None:
    kinds = {
        "AWS::IAM::Policy": "Policy",
        "AWS::IAM::Role": "Role",
        "AWS::Logs::LogGroup": "LogGroup",
        "AWS::Serverless::Function": "Function",
        "AWS::Serverless::LayerVersion": "Layer",
    }
    for name, each in resources().items():
        kind = kinds.get(each["Type"], each["Type"].rpartition("::")[2])
        assert name.endswith(kind), name


@pytest.mark.parametrize("name", YAML_FILES)
def test_no_yaml_hides_a_part_behind_an_anchor(name: str) -> None:
    with YAML_FILES[name].open(encoding="utf-8") as text:
        tokens = {type(token) for token in yaml.scan(text)}
    assert not tokens & {yaml.AnchorToken, yaml.AliasToken}


def test_sam_makes_of_the_template_what_cloudformation_takes() -> None:
    transformed = load_template(TEMPLATE, "us-east-1", {}, lambda _: "s3://artifacts/key")
    types = Counter(each["Type"] for each in transformed["Resources"].values())
    assert not [kind for kind in types if kind.startswith("AWS::Serverless::")]
    assert types["AWS::Lambda::Function"] == len(functions())
    assert types["AWS::Lambda::EventSourceMapping"] == 1
    assert types["AWS::StepFunctions::StateMachine"] == len(STATE_MACHINES)
    assert types["AWS::IAM::Role"] == len(resources("AWS::IAM::Role"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_needs_the_language_extensions(name: str) -> None:
    """They know neither RetainExceptOnCreate nor AWS::StackName inside of Fn::ToJsonString.

    https://github.com/aws-cloudformation/cfn-language-discussion: issue 139, RFC 0014
    """
    template = parsed(TEMPLATES[name])
    assert template.get("Transform", SAM) == SAM
    assert not re.search("Fn::(ToJsonString|Length|ForEach)", json.dumps(template))
