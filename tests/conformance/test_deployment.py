"""The life of two stacks on MiniStack: created, changed, reviewed, rolled back, deleted."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from samcli.yamlhelper import yaml_dump, yaml_parse

from local.deployment.template import read_template
from tests.conformance.delivery import Delivery, Done
from tests.conformance.emulator import Emulator, emulator
from tests.permissions.pipeline import EXECUTION_CALLS, SAM_CALLS
from tests.support.template import TEMPLATE, parsed

DEV, PROD = "cidb2-dev", "cidb2-prod"
CHANGED = "Environment=dev LogLevel=DEBUG LogRetentionDays=30 MaxReceiveCount=3"
FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
DECLARED = parsed(TEMPLATE)["Resources"]
TABLES = {name for name, one in DECLARED.items() if one["Type"] == "AWS::DynamoDB::Table"}
KEPT_IN_PROD = {
    name for name, one in DECLARED.items() if isinstance(one.get("DeletionPolicy"), dict)
}
IN_A_DATABASE = {name for name, one in DECLARED.items() if one["Type"] == "AWS::Glue::Table"}
"""Their names are their own in the stack's database."""

CHANGE_SET = re.compile(r"arn:\S+:changeSet/\S+")
LISTINGS = (
    ("athena", "list_work_groups", "WorkGroups"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
    ("cloudwatch", "list_dashboards", "DashboardEntries"),
    ("dynamodb", "list_tables", "TableNames"),
    ("glue", "get_databases", "DatabaseList"),
    ("iam", "list_roles", "Roles"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("lambda", "list_functions", "Functions"),
    ("logs", "describe_log_groups", "logGroups"),
    ("s3", "list_buckets", "Buckets"),
    ("scheduler", "list_schedules", "Schedules"),
    ("sns", "list_subscriptions", "Subscriptions"),
    ("sns", "list_topics", "Topics"),
    ("sqs", "list_queues", "QueueUrls"),
    ("stepfunctions", "list_state_machines", "stateMachines"),
)


@dataclass(frozen=True)
class Step:
    """What a command said and left: entries of the hub's listings that name the stack."""

    said: str
    status: str
    ids: Mapping[str, str]
    standing: list[str]


class Hub:
    """The account that stacks are deployed to."""

    def __init__(self, aws: Emulator) -> None:
        self.aws = aws

    def step(self, stack: str, done: Done, code: int = 0) -> Step:
        said = done.stdout + done.stderr
        assert done.returncode == code, said[-2000:]
        return Step(said, self.status(stack), self.ids(stack), self.standing(stack))

    def status(self, stack: str) -> str:
        try:
            [told] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            return str(error.response["Error"]["Message"])
        return str(told["StackStatus"])

    def ids(self, stack: str) -> dict[str, str]:
        try:
            pages = [
                *self.aws.client("cloudformation")
                .get_paginator("list_stack_resources")
                .paginate(StackName=stack)
            ]
        except ClientError:
            return {}
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def standing(self, stack: str) -> list[str]:
        entries = [
            json.dumps(entry, default=str)
            for service, operation, field in LISTINGS
            for entry in getattr(self.aws.client(service), operation)().get(field, [])
        ]
        return [entry for entry in entries if re.search(rf"\b{stack}\b", entry)]

    def is_usable(self, physical_id: str) -> bool:
        """Tell whether a key, a table, a bucket or its policy is there."""
        bucket, is_policy, _ = physical_id.partition("-policy")  # how MiniStack names it
        if is_policy:
            return bool(self.aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
        keys = self.aws.client("kms").list_keys()["Keys"]
        if physical_id in [key["KeyId"] for key in keys]:
            told = self.aws.client("kms").describe_key(KeyId=physical_id)["KeyMetadata"]
            return bool(told["KeyState"] == "Enabled")
        buckets = [bucket["Name"] for bucket in self.aws.client("s3").list_buckets()["Buckets"]]
        tables = self.aws.client("dynamodb").list_tables()["TableNames"]
        return physical_id in [*buckets, *tables]

    def settings(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """Return what the parameters of CHANGED decide."""
        function = self.aws.client("lambda").get_function_configuration(
            FunctionName=ids["ReporterFunction"]
        )
        queue = self.aws.client("sqs").get_queue_attributes(
            QueueUrl=ids["ReporterQueue"], AttributeNames=["RedrivePolicy"]
        )
        [group] = self.aws.client("logs").describe_log_groups(
            logGroupNamePrefix=ids["ReporterLogGroup"]
        )["logGroups"]
        return {
            "level": function["LoggingConfig"]["ApplicationLogLevel"],
            "variable": function["Environment"]["Variables"]["MAX_RECEIVE_COUNT"],
            "receives": int(json.loads(queue["Attributes"]["RedrivePolicy"])["maxReceiveCount"]),
            "days": group["retentionInDays"],
        }

    def swap_artifacts(self, packaged: Path) -> dict[str, str]:
        """Write something else over each function's package; return what was there, as SHA-256."""
        there, s3 = {}, self.aws.client("s3")
        for name, one in yaml_parse(packaged.read_text())["Resources"].items():
            if one["Type"] == FUNCTION:
                code = one["Properties"]["CodeUri"]
                at = {"Bucket": code["Bucket"], "Key": code["Key"]}
                body = s3.get_object(**at, VersionId=code["Version"])["Body"].read()
                there[name] = base64.b64encode(hashlib.sha256(body).digest()).decode()
                s3.put_object(**at, Body=b"another program")
        return there

    def code_of_functions(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Return the SHA-256 of what each function runs."""
        client = self.aws.client("lambda")
        return {
            name: client.get_function_configuration(FunctionName=ids[name])["CodeSha256"]
            for name, one in DECLARED.items()
            if one["Type"] == FUNCTION
        }


@dataclass(frozen=True)
class Story:
    """The life of two stacks, step by step."""

    declared: set[str]
    steps: Mapping[str, Step]
    settings: Mapping[str, Any]
    approved: Mapping[str, str]
    ran: Mapping[str, str]
    proposed: set[tuple[str, str]]
    executed: set[tuple[str, str]]
    kept: set[str]
    left_of_dev: bool


@pytest.fixture(scope="module")
def story(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    with emulator(tmp_path_factory.mktemp("stacks")) as aws:
        hub, tool = Hub(aws), Delivery(aws, built)
        steps = {"created": hub.step(DEV, tool.deploy("dev"))}
        steps["unchanged"] = hub.step(DEV, tool.deploy("dev"))
        steps["changed"] = hub.step(DEV, tool.deploy("dev", "--parameter-overrides", CHANGED))
        settings = hub.settings(steps["changed"].ids)
        faulty = tool.deploy("prod", "--no-confirm-changeset", "--template-file", failing(built))
        steps["failed"] = hub.step(PROD, faulty, code=1)
        hub.aws.client("cloudformation").delete_stack(StackName=PROD)
        with tool.watched() as proposed:
            pinned = tool.pin("prod")
            shown = tool.deploy("prod", "--template-file", pinned, "--no-execute-changeset")
        steps["shown"] = hub.step(PROD, shown)
        [change_set, *_] = CHANGE_SET.findall(steps["shown"].said)
        approved = hub.swap_artifacts(pinned)
        with tool.watched() as executed:
            steps["executed"] = hub.step(PROD, tool.execute(change_set))
        ran = hub.code_of_functions(steps["executed"].ids)
        steps["executed twice"] = hub.step(PROD, tool.execute(change_set), code=1)
        steps["deleted"] = hub.step(DEV, tool.delete("dev"))
        left_of_dev = hub.is_usable(steps["changed"].ids["DataKey"])
        steps["deleted in prod"] = hub.step(PROD, tool.delete("prod"))
        kept = {name for name in KEPT_IN_PROD if hub.is_usable(steps["executed"].ids[name])}
        declared = {*read_template(built)["Resources"]}
        return Story(
            declared, steps, settings, approved, ran, proposed, executed, kept, left_of_dev
        )


def failing(built: Path) -> Path:
    """Return a template with a resource that nobody can create, after all the others."""
    template = yaml_parse(built.read_text())
    template["Resources"]["Faulty"] = {
        "Type": "AWS::IAM::Policy",
        "DependsOn": [
            name
            for name, one in read_template(built)["Resources"].items()
            if "Condition" not in one and one["Type"] != LAYER
        ],
        "Properties": {
            "PolicyName": "faulty",
            "PolicyDocument": template["Resources"]["CollectorPolicy"]["Properties"][
                "PolicyDocument"
            ],
            "Roles": ["no-such-role"],
        },
    }
    written = built.with_name("failing.yaml")
    written.write_text(yaml_dump(template))
    return written


def always(story: Story) -> set[str]:
    """Return the resources that depend on no condition; SAM names the layer by its content."""
    return {
        name
        for name in story.declared
        if "Condition" not in DECLARED[name] and DECLARED[name]["Type"] != LAYER
    }


def test_sam_creates_every_resource_of_the_template(story: Story) -> None:
    created = story.steps["created"]
    assert created.status == "CREATE_COMPLETE"
    assert created.ids.keys() > always(story)
    assert [name for name in created.ids if name.startswith("SharedLayer")]


def test_a_second_deployment_says_that_nothing_changes(story: Story) -> None:
    unchanged = story.steps["unchanged"]
    assert "No changes to deploy. Stack cidb2-dev is up to date" in unchanged.said
    assert (unchanged.status, unchanged.ids) == ("CREATE_COMPLETE", story.steps["created"].ids)


def test_a_parameter_changes_what_depends_on_it_in_place(story: Story) -> None:
    changed = story.steps["changed"]
    assert (changed.status, changed.ids) == ("UPDATE_COMPLETE", story.steps["created"].ids)
    assert story.settings == {"level": "DEBUG", "variable": "3", "receives": 3, "days": 30}
    assert "* Modify" in changed.said
    assert "+ Add" not in changed.said


def test_a_first_deployment_that_fails_leaves_nothing_but_tables_that_are_protected(
    story: Story,
) -> None:
    """A rollback cannot delete a table under deletion protection: it would fail itself.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    failed = story.steps["failed"]
    assert "Faulty" in failed.said
    assert failed.status == "ROLLBACK_COMPLETE"
    assert len(failed.standing) == len(TABLES), failed.standing


def test_prod_shows_its_change_set_and_does_nothing_yet(story: Story) -> None:
    shown, before = story.steps["shown"], story.steps["failed"]
    assert shown.said.count("+ Add") > len(always(story))
    assert (shown.status, shown.ids) == ("REVIEW_IN_PROGRESS", {})
    assert shown.standing == before.standing


def test_what_was_shown_is_what_is_executed_once(story: Story) -> None:
    executed, again = story.steps["executed"], story.steps["executed twice"]
    assert "cidb2-prod matches the change set" in executed.said
    assert executed.status == again.status == "CREATE_COMPLETE"
    assert again.ids == executed.ids


def test_an_artifact_that_is_swapped_after_the_approval_is_not_deployed(story: Story) -> None:
    assert story.ran == story.approved
    assert len(story.ran) == sum(one["Type"] == FUNCTION for one in DECLARED.values())


def test_the_pipelines_roles_are_judged_by_what_the_delivery_calls(story: Story) -> None:
    assert ("cloudformation", "CreateChangeSet") in story.proposed
    assert story.proposed - SAM_CALLS.keys() == set()
    assert ("cloudformation", "ExecuteChangeSet") in story.executed
    assert story.executed - {("cloudformation", one) for one in EXECUTION_CALLS} == set()


def test_two_stacks_of_one_account_and_region_have_nothing_in_common(story: Story) -> None:
    dev, prod = story.steps["changed"].ids, story.steps["executed"].ids
    assert len(dev) == len(prod)
    assert {name for name in dev if dev[name] in {*prod.values()}} == IN_A_DATABASE


def test_a_dev_stack_that_is_deleted_leaves_nothing_behind(story: Story) -> None:
    assert story.steps["changed"].standing
    assert story.steps["deleted"].status == f"Stack with id {DEV} does not exist"
    assert story.steps["deleted"].standing == []
    assert not story.left_of_dev


def test_prod_keeps_what_it_knows_when_its_stack_is_deleted(story: Story) -> None:
    assert story.steps["deleted in prod"].status == f"Stack with id {PROD} does not exist"
    assert story.kept == KEPT_IN_PROD > TABLES | {"DataKey", "ResultsBucket"}
    listed = [name for name in KEPT_IN_PROD if name.endswith(("Table", "Bucket"))]
    assert len(story.steps["deleted in prod"].standing) == len(listed)
