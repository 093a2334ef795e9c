"""The first deployment: what AWS checks when it creates a resource is there before it."""

import copy
from typing import Any

import pytest

from local.deployment.template import load_template
from tests.support.creation import Creation
from tests.support.template import TEMPLATE

pytestmark = pytest.mark.integration

HUB = load_template(TEMPLATE, "us-east-1", {}, lambda _: "s3://artifacts/key")["Resources"]
CREATION = Creation(HUB)
CHECKED = [name for name in HUB if CREATION.check(name)]
WITH_A_ROLE = (
    *("AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"),
    *("AWS::StepFunctions::StateMachine", "AWS::Scheduler::Schedule"),
)


def of_type(kind: str) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in HUB.items() if one["Type"] == kind}


@pytest.mark.parametrize("name", CHECKED)
def test_what_is_checked_at_creation_is_there_before(name: str) -> None:
    assert CREATION.missing(name) == set()


def test_everything_that_works_with_a_role_is_checked() -> None:
    assert {name for kind in WITH_A_ROLE for name in of_type(kind)} == {*CHECKED}
    for name in of_type("AWS::Lambda::Function"):
        assert CREATION.check(name).actions  # type: ignore[union-attr]


@pytest.mark.parametrize("name", of_type("AWS::Lambda::Function"))
def test_a_permission_in_a_policy_that_may_come_later_is_missed(name: str) -> None:
    role = f"{name.removesuffix('Function')}Role"
    moved = copy.deepcopy(HUB)
    inline = moved[role]["Properties"].pop("Policies")
    [policy] = inline
    moved["Later"] = {"Type": "AWS::IAM::Policy", "Properties": policy | {"Roles": [{"Ref": role}]}}
    assert Creation(moved).missing(name) == {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    moved[name]["DependsOn"] = "Later"
    assert Creation(moved).missing(name) == set()


def test_a_queue_that_feeds_a_function_is_long_enough_invisible() -> None:
    """Lambda refuses a source whose queue shows a message again while the function is at it.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    [source] = of_type("AWS::Lambda::EventSourceMapping").values()
    queue = HUB[source["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
    function = HUB[source["FunctionName"]["Ref"]]["Properties"]
    assert queue["VisibilityTimeout"] >= function["Timeout"]


def test_a_queue_takes_what_its_topic_sends_before_it_is_subscribed() -> None:
    for name, subscription in of_type("AWS::SNS::Subscription").items():
        if subscription["Protocol"] == "sqs":
            queue = subscription["Endpoint"]["Fn::GetAtt"][0]
            policies = of_type("AWS::SQS::QueuePolicy")
            [policy] = [one for one, each in policies.items() if {"Ref": queue} in each["Queues"]]
            assert policy in CREATION.before(name)


def test_log_groups_are_created_after_a_key_that_lets_them_encrypt() -> None:
    """CreateLogGroup refuses a key whose policy does not let CloudWatch Logs use it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    stated = HUB["DataKey"]["Properties"]["KeyPolicy"]["Statement"]
    [logs] = [one for one in stated if "logs." in str(one["Principal"])]
    assert "kms:Encrypt" in logs["Action"]
    for name in of_type("AWS::Logs::LogGroup"):
        assert "DataKey" in CREATION.before(name)
