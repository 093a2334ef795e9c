"""CloudFormation's API over the deployer: change sets, failures that name themselves, roll-back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from local.embedded import EmbeddedAws

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent / "local_fixtures"
Template = dict[str, Any]
QUEUE = "AWS::SQS::Queue"
AT_ONCE = {"Delay": 0, "MaxAttempts": 1}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(FIXTURES / "template.yaml", {"Color": "blue"}, stack_name="past") as started:
        yield started


class Api:
    """CloudFormation as boto3 has it, for one stack."""

    def __init__(self, aws: EmbeddedAws, stack: str) -> None:
        self.client = aws.client("cloudformation")
        self.stack = stack

    def propose(self, template: Template, kind: str, **parameters: str) -> dict[str, Any]:
        """Create a change set and return its description."""
        self.client.create_change_set(
            StackName=self.stack,
            ChangeSetName="proposed",
            ChangeSetType=kind,
            TemplateBody=json.dumps(template),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        )
        return self.change_set()

    def change_set(self) -> dict[str, Any]:
        described = self.client.describe_change_set(StackName=self.stack, ChangeSetName="proposed")
        return dict(described)

    def make(self, template: Template, kind: str = "CREATE", **parameters: str) -> str:
        """Create and execute a change set; return the stack's status."""
        self.propose(template, kind, **parameters)
        self.client.execute_change_set(StackName=self.stack, ChangeSetName="proposed")
        [stack] = self.client.describe_stacks(StackName=self.stack)["Stacks"]
        return str(stack["StackStatus"])

    def reasons(self) -> str:
        events = self.client.describe_stack_events(StackName=self.stack)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


def template(*, more: Template | None = None, **queue: Any) -> Template:
    """Return a template of one queue, and what comes on top."""
    resources = {"Thing": {"Type": QUEUE, "Properties": queue}, **(more or {})}
    return {
        "Parameters": {"Seconds": {"Type": "Number", "Default": 30, "MaxValue": 100}},
        "Resources": resources,
        "Outputs": {"Url": {"Value": {"Ref": "Thing"}}},
    }


TIMED = template(VisibilityTimeout={"Ref": "Seconds"})


def timeout_of(aws: EmbeddedAws, url: str) -> str:
    asked = ["VisibilityTimeout"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)
    return str(found["Attributes"]["VisibilityTimeout"])


def test_a_stack_is_created_described_changed_and_deleted(aws: EmbeddedAws) -> None:
    api = Api(aws, "whole")
    assert api.make(TIMED, Seconds="20") == "CREATE_COMPLETE"
    api.client.get_waiter("stack_create_complete").wait(StackName="whole", WaiterConfig=AT_ONCE)
    [stack] = api.client.describe_stacks(StackName="whole")["Stacks"]
    url = stack["Outputs"][0]["OutputValue"]
    assert timeout_of(aws, url) == "20"
    [listed] = api.client.list_stack_resources(StackName="whole")["StackResourceSummaries"]
    [described] = api.client.describe_stack_resources(StackName="whole")["StackResources"]
    detail = api.client.describe_stack_resource(StackName="whole", LogicalResourceId="Thing")
    for shown in (listed, described, detail["StackResourceDetail"]):
        assert (shown["PhysicalResourceId"], shown["ResourceType"]) == (url, QUEUE)
    assert api.client.get_template(StackName="whole")["TemplateBody"] == TIMED
    [summary] = api.client.get_template_summary(StackName="whole")["Parameters"]
    assert summary["ParameterKey"] == "Seconds"
    [change] = api.propose(TIMED, "UPDATE", Seconds="25")["Changes"]
    assert change["ResourceChange"]["Action"] == "Modify"
    assert api.make(TIMED, "UPDATE", Seconds="25") == "UPDATE_COMPLETE"
    assert timeout_of(aws, url) == "25"
    api.client.delete_stack(StackName="whole")
    api.client.get_waiter("stack_delete_complete").wait(StackName="whole", WaiterConfig=AT_ONCE)
    with pytest.raises(ClientError, match="Stack with id whole does not exist"):
        api.client.describe_stacks(StackName="whole")
    by_id = api.client.describe_stacks(StackName=stack["StackId"])["Stacks"]
    assert [each["StackStatus"] for each in by_id] == ["DELETE_COMPLETE"]


def test_nothing_to_change_is_a_change_set_that_failed(aws: EmbeddedAws) -> None:
    api = Api(aws, "same")
    api.make(TIMED)
    proposed = api.propose(TIMED, "UPDATE")
    assert proposed["Status"] == "FAILED"
    assert "didn't contain changes" in proposed["StatusReason"]
    with pytest.raises(WaiterError):
        api.client.get_waiter("change_set_create_complete").wait(
            StackName="same", ChangeSetName="proposed", WaiterConfig=AT_ONCE
        )
    with pytest.raises(ClientError, match="cannot be executed"):
        api.client.execute_change_set(StackName="same", ChangeSetName="proposed")


@pytest.mark.parametrize(
    ("name", "faulty", "reason"),
    [
        ("type", {"Other": {"Type": "AWS::Made::Up"}}, "AWS::Made::Up is not known here"),
        ("property", {"Other": {"Type": QUEUE, "Properties": {"Colour": 1}}}, "here: Colour"),
        ("service", {"Other": {"Type": QUEUE, "Properties": {"QueueName": "a b"}}}, "alphanumeric"),
        ("reference", {"Other": {"Type": QUEUE, "Properties": {"Tags": {"Ref": "X"}}}}, "Ref X"),
    ],
)  # fmt: skip
def test_what_is_not_understood_fails_the_stack_by_name_and_leaves_nothing(
    aws: EmbeddedAws, name: str, faulty: Template, reason: str
) -> None:
    api = Api(aws, name)
    assert api.make(template(more=faulty)) == "ROLLBACK_COMPLETE"
    assert reason in api.reasons()
    assert "Other" in api.reasons()
    assert not aws.client("sqs").list_queues(QueueNamePrefix=f"{name}-").get("QueueUrls")
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state"):
        api.propose(TIMED, "UPDATE")
    api.client.delete_stack(StackName=name)


def test_an_update_that_fails_brings_back_what_was(aws: EmbeddedAws) -> None:
    api = Api(aws, "back")
    api.make(TIMED, Seconds="20")
    [stack] = api.client.describe_stacks(StackName="back")["Stacks"]
    faulty = template(
        VisibilityTimeout={"Ref": "Seconds"},
        more={"Other": {"Type": QUEUE, "Properties": {"QueueName": "a b"}}},
    )
    assert api.make(faulty, "UPDATE", Seconds="60") == "UPDATE_ROLLBACK_COMPLETE"
    assert timeout_of(aws, stack["Outputs"][0]["OutputValue"]) == "20"
    [after] = api.client.describe_stacks(StackName="back")["Stacks"]
    assert after["Parameters"] == stack["Parameters"]
    assert "alphanumeric" in api.reasons()
    assert api.make(TIMED, "UPDATE", Seconds="21") == "UPDATE_COMPLETE"


def test_a_change_that_would_replace_a_resource_is_refused_by_name(aws: EmbeddedAws) -> None:
    api = Api(aws, "renamed")
    api.make(template(QueueName="first"))
    assert api.make(template(QueueName="second"), "UPDATE") == "UPDATE_ROLLBACK_COMPLETE"
    assert "QueueName cannot be changed here" in api.reasons()


def test_what_a_template_no_longer_has_is_deleted(aws: EmbeddedAws) -> None:
    api = Api(aws, "fewer")
    kept = {"Type": QUEUE, "DeletionPolicy": "Retain", "Properties": {"QueueName": "kept"}}
    gone = {"Type": QUEUE, "Properties": {"QueueName": "gone"}}
    api.make(template(more={"Kept": kept, "Gone": gone}))
    changes = api.propose(template(), "UPDATE")["Changes"]
    removed = {change["ResourceChange"]["LogicalResourceId"] for change in changes}
    assert removed == {"Kept", "Gone"}
    assert api.make(template(), "UPDATE") == "UPDATE_COMPLETE"
    assert aws.client("sqs").get_queue_url(QueueName="kept")
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("sqs").get_queue_url(QueueName="gone")


def test_a_deletion_policy_may_depend_on_a_condition(aws: EmbeddedAws) -> None:
    chosen = TIMED | {"Conditions": {"Long": {"Fn::Equals": [{"Ref": "Seconds"}, "60"]}}}
    policy = {"Fn::If": ["Long", "Retain", "Delete"]}
    chosen["Resources"] = {"Thing": TIMED["Resources"]["Thing"] | {"DeletionPolicy": policy}}
    for seconds, is_left in (("20", False), ("60", True)):
        api = Api(aws, f"choice{seconds}")
        api.make(chosen, Seconds=seconds)
        url = aws.cloudformation.record(api.stack).stack.outputs["Url"]
        api.client.delete_stack(StackName=api.stack)
        assert (url in aws.client("sqs").list_queues().get("QueueUrls", [])) is is_left


@pytest.mark.parametrize(
    ("policy", "after_the_rollback", "after_the_deletion"),
    [("Delete", False, False), ("RetainExceptOnCreate", False, True), ("Retain", True, True)],
)
def test_what_a_deletion_policy_keeps(
    aws: EmbeddedAws, policy: str, after_the_rollback: bool, after_the_deletion: bool
) -> None:
    """DeletionPolicy attribute, in the CloudFormation Template Reference."""

    def is_there(name: str) -> bool:
        return bool(aws.client("sqs").list_queues(QueueNamePrefix=name).get("QueueUrls"))

    def kept(name: str) -> Template:
        return {"Type": QUEUE, "DeletionPolicy": policy, "Properties": {"QueueName": name}}

    faulty = {"Type": QUEUE, "DependsOn": "Kept", "Properties": {"QueueName": "a b"}}
    failed, updated, deleted = (f"{policy}-{each}" for each in ("failed", "updated", "deleted"))
    first = template(more={"Kept": kept(failed), "Faulty": faulty})
    assert Api(aws, failed).make(first) == "ROLLBACK_COMPLETE"
    assert is_there(failed) is after_the_rollback
    api = Api(aws, deleted)
    api.make(template(more={"Kept": kept(deleted)}))
    second = template(more={"Kept": kept(deleted), "More": kept(updated), "Faulty": faulty})
    second["Resources"]["Faulty"]["DependsOn"] = "More"
    assert api.make(second, "UPDATE") == "UPDATE_ROLLBACK_COMPLETE"
    assert is_there(updated) is after_the_rollback
    assert is_there(deleted)
    api.client.delete_stack(StackName=deleted)
    assert is_there(deleted) is after_the_deletion


def test_a_deletion_policy_or_a_transform_that_is_not_known_is_refused(aws: EmbeddedAws) -> None:
    for name, wrong in {
        "snapshot": {"Resources": {"Thing": {"Type": QUEUE, "DeletionPolicy": "Snapshot"}}},
        "macro": TIMED | {"Transform": ["AWS::LanguageExtensions"]},
    }.items():
        api = Api(aws, name)
        assert api.make(wrong) == "ROLLBACK_COMPLETE"
        assert re.search("DeletionPolicy Snapshot|unknown section Transform", api.reasons())


def test_a_parameter_out_of_bounds_is_refused_before_anything_happens(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="the most is 100"):
        Api(aws, "bounds").propose(TIMED, "CREATE", Seconds="101")


def test_a_second_stack_of_a_name_is_refused(aws: EmbeddedAws) -> None:
    Api(aws, "once").make(TIMED)
    with pytest.raises(ClientError, match="already exists"):
        Api(aws, "once").make(TIMED)


def test_other_accounts_and_regions_see_stacks_of_their_own(aws: EmbeddedAws) -> None:
    Api(aws, "mine").make(TIMED)
    for elsewhere in ({"account": "234567890123"}, {"region": "eu-west-1"}):
        client = aws.client("cloudformation", **elsewhere)
        assert not client.describe_stacks()["Stacks"]


def test_an_operation_that_is_not_known_says_so(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="ListExports is not known here"):
        aws.client("cloudformation").list_exports()


def test_what_was_deployed_past_the_api_is_shown_by_it(aws: EmbeddedAws) -> None:
    [stack] = aws.client("cloudformation").describe_stacks(StackName="past")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs == {name: str(value) for name, value in aws.stack.outputs.items()}
