"""The stack gets its rollback alarms, and keeps everything else."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.support.template import TEMPLATE, parsed
from tools.rollback_alarms import ALARMS, MARK, MINUTES, build_update, set_alarms

NAME = "cidb2-prod"
ARN = f"arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/{NAME}/1a2b"
APPLICATION = {"Key": "Application", "Value": "cidb2"}
PARAMETERS = {"Environment": "prod", "EncryptionKeyArn": "arn:aws:kms:a-key"}


def a_stack(status: str = "CREATE_COMPLETE", **more: Any) -> dict[str, Any]:
    return {
        "StackId": ARN,
        "StackName": NAME,
        "StackStatus": status,
        "CreationTime": "2026-11-24T03:48:30Z",
        "Tags": [APPLICATION],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()
        ],
        **more,
    }


def detail(name: str) -> dict[str, Any]:
    return {
        "StackResourceDetail": {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"{NAME}-{name}",
            "ResourceType": "AWS::CloudWatch::Alarm",
            "LastUpdatedTimestamp": "2026-11-24T03:48:30Z",
            "ResourceStatus": "CREATE_COMPLETE",
        }
    }


@pytest.fixture
def client() -> Any:
    session = boto3.Session("a key", "its secret", region_name="us-east-1")
    return session.client("cloudformation")


def test_the_alarms_are_in_the_template() -> None:
    resources = parsed(TEMPLATE)["Resources"]
    assert {resources[name]["Type"] for name in ALARMS} == {"AWS::CloudWatch::Alarm"}


def test_every_parameter_and_tag_stays_as_it_is() -> None:
    update = build_update(a_stack(), {name: name for name in ALARMS})
    assert update["UsePreviousTemplate"] is True
    assert {each["ParameterKey"] for each in update["Parameters"]} == PARAMETERS.keys()
    assert all(each["UsePreviousValue"] for each in update["Parameters"])
    assert update["Tags"] == [APPLICATION, MARK]
    again = build_update(a_stack(Tags=update["Tags"]), {name: name for name in ALARMS})
    assert again == update


def test_the_update_names_the_stacks_own_alarms_and_is_waited_for(client: Any) -> None:
    names = {name: f"{NAME}-{name}" for name in ALARMS}
    prefix = "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:"
    wanted = build_update(a_stack(), names)
    triggers = wanted["RollbackConfiguration"]["RollbackTriggers"]
    assert [each["Arn"] for each in triggers] == [prefix + name for name in names.values()]
    with Stubber(client) as stubber:
        stubber.add_response("describe_stacks", {"Stacks": [a_stack()]}, {"StackName": NAME})
        for name in ALARMS:
            asked = {"StackName": NAME, "LogicalResourceId": name}
            stubber.add_response("describe_stack_resource", detail(name), asked)
        stubber.add_response("update_stack", {"StackId": ARN}, wanted)
        stubber.add_response("describe_stacks", {"Stacks": [a_stack("UPDATE_COMPLETE")]})
        assert f"{MINUTES} minutes" in set_alarms(client, NAME)
        stubber.assert_no_pending_responses()


def test_what_is_set_is_left_alone(client: Any) -> None:
    triggers = [{"Type": "AWS::CloudWatch::Alarm", "Arn": "arn:aws:cloudwatch:of-somebody"}]
    there = a_stack(RollbackConfiguration={"RollbackTriggers": triggers})
    with Stubber(client) as stubber:
        stubber.add_response("describe_stacks", {"Stacks": [there]})
        assert set_alarms(client, NAME) == f"{NAME} already has its rollback alarms"
        stubber.assert_no_pending_responses()
