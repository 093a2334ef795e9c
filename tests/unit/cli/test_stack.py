"""The stack that a command asks: the one that is named, or the only one that there is."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli import stack
from cli.errors import CliError
from cli.stack import OUTPUTS, Choice

WHEN = "2026-11-24T00:00:00Z"


def described(
    name: str, outputs: tuple[str, ...] = OUTPUTS, status: str = "CREATE_COMPLETE"
) -> dict[str, Any]:
    told = [{"OutputKey": each, "OutputValue": f"{name}-{each}"} for each in outputs]
    return {
        "StackName": name,
        "CreationTime": WHEN,
        "StackStatus": status,
        **({"Outputs": told} if outputs else {}),
    }


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("cloudformation", region_name="eu-west-1")
    monkeypatch.setattr(stack, "client_of", lambda session, service: client)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_the_only_stack_of_cidb2_is_taken(cloudformation: Stubber) -> None:
    stacks = [described("other", ("ResultsBucketName",)), described("bare", ()), described("it")]
    cloudformation.add_response("describe_stacks", {"Stacks": stacks[:1], "NextToken": "n"}, {})
    cloudformation.add_response("describe_stacks", {"Stacks": stacks[1:]}, {"NextToken": "n"})
    found = Choice().find()
    assert (found.name, found.bucket) == ("it", "it-ResultsBucketName")


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        ((), 3, "There is no CIDB2 stack in eu-west-1."),
        (("a", "b"), 2, "There are several CIDB2 stacks in eu-west-1: a, b."),
    ],
)
def test_none_and_several_are_not_guessed_at(
    cloudformation: Stubber, names: tuple[str, ...], code: int, said: str
) -> None:
    cloudformation.add_response("describe_stacks", {"Stacks": [*map(described, names)]})
    with pytest.raises(CliError, match=said) as refused:
        Choice().find()
    assert refused.value.code == code


def test_a_stack_that_is_named_must_be_one_of_cidb2(cloudformation: Stubber) -> None:
    asked = {"StackName": "other"}
    cloudformation.add_response("describe_stacks", {"Stacks": [described("other", ())]}, asked)
    with pytest.raises(CliError, match="no output InventoryTableName, RunsTableName") as refused:
        Choice("other").find()
    assert refused.value.code == 3
    text = "Stack with id other does not exist"
    cloudformation.add_client_error("describe_stacks", "ValidationError", text)
    with pytest.raises(CliError, match="Stack other does not exist in eu-west-1"):
        Choice("other").find()


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
def test_a_stack_that_goes_is_none(cloudformation: Stubber, status: str) -> None:
    going = described("old", status=status)
    cloudformation.add_response("describe_stacks", {"Stacks": [going, described("it")]})
    assert Choice().find().name == "it"
    cloudformation.add_response("describe_stacks", {"Stacks": [going]}, {"StackName": "old"})
    with pytest.raises(
        CliError, match=f"Stack old is deleted or being deleted: {status}"
    ) as refused:
        Choice("old").find()
    assert refused.value.code == 3


def test_a_name_that_no_stack_can_have_is_that_of_none(cloudformation: Stubber) -> None:
    text = "1 validation error detected: Value 'a b' at 'stackName' failed to satisfy constraint"
    cloudformation.add_client_error("describe_stacks", "ValidationError", text)
    with pytest.raises(CliError, match="Stack a b does not exist in eu-west-1") as refused:
        Choice("a b").find()
    assert refused.value.code == 3


def test_an_endpoint_that_is_no_url_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(CliError, match="Invalid endpoint: nonsense") as refused:
        Choice(region="eu-west-1").find()
    assert refused.value.code == 2
