"""The commands that give accounts the role say what the hub's stack and the template want."""

import re
import shlex
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.template import MEMBER_TEMPLATE, parsed
from tools.member_account import (
    build_deployment,
    build_stackset,
    organization_id,
    other_hub,
    role_parameters,
    stack_name,
)

ARNS = ",".join(f"arn:aws:iam::123456789012:role/{name}" for name in ("iam", "kms", "ec2", "s3"))
OUTPUTS = {
    "CollectorRoleArns": ARNS,
    "CollectorRoleName": "Reader",
    "ExternalId": "6f0d3c1e-0000",
    "TopicArn": "arn:aws:sns",
}
STACKS = "arn:aws:cloudformation:eu-west-1:123456789012:stack/"
HUB = "123456789012/eu-west-1/cidb2-dev"


class FakeHub:
    """A session of the hub's account, with its stack and its organisation."""

    def __init__(self, refusal: str = "") -> None:
        self._refusal = refusal

    def client(self, _service: str) -> Any:
        return self

    def describe_stacks(self, StackName: str) -> Any:
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()]
        return {"Stacks": [{"Outputs": outputs, "StackId": f"{STACKS}{StackName}/6f0d3c1e"}]}

    def describe_organization(self) -> Any:
        if self._refusal:
            raise ClientError({"Error": {"Code": self._refusal}}, "DescribeOrganization")
        return {"Organization": {"Id": "o-abcde12345"}}


@pytest.fixture
def parameters() -> dict[str, str]:
    return role_parameters(FakeHub(), "cidb2-dev")  # type: ignore[arg-type]


def test_what_the_role_asks_for_is_what_the_hub_has(parameters: dict[str, str]) -> None:
    assert parameters == {
        "Hub": HUB,
        "CollectorRoleArns": ARNS,
        "ExternalId": "6f0d3c1e-0000",
        "OrganizationId": "o-abcde12345",
        "RoleName": "Reader",
    }
    for name, value in parameters.items():
        declared = parsed(MEMBER_TEMPLATE)["Parameters"][name]
        assert re.search(declared.get("AllowedPattern", ""), value)


class FakeAccount:
    """CloudFormation in an account that has the stacks of some hubs."""

    def __init__(self, stacks: dict[str, str]) -> None:
        self._stacks = stacks

    def describe_stacks(self, StackName: str) -> Any:
        if StackName not in self._stacks:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        hub = {"ParameterKey": "Hub", "ParameterValue": self._stacks[StackName]}
        return {"Stacks": [{"Parameters": [hub]}]}


def test_hubs_of_one_organisation_have_stacks_of_their_own() -> None:
    assert stack_name("cidb2-dev") == "cidb2-dev-collector-role" != stack_name("cidb2-prod")


@pytest.mark.parametrize(
    ("owner", "found"),
    [
        (HUB, None),
        ("", None),
        ("210987654321/eu-west-1/cidb2-dev", "210987654321/eu-west-1/cidb2-dev"),
        ("123456789012/us-east-1/cidb2-dev", "123456789012/us-east-1/cidb2-dev"),
    ],
    ids=["its own", "of nobody", "another account", "another region"],
)
def test_the_role_of_another_hub_of_that_name_is_not_replaced(
    owner: str, found: str | None
) -> None:
    name = stack_name("cidb2-dev")
    assert other_hub(FakeAccount({name: owner}), name, HUB) == found
    assert other_hub(FakeAccount({}), name, HUB) is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_a_hub_without_an_organisation_says_so_and_asks_for_none(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert organization_id(FakeHub(code)) == ""
    assert code in capsys.readouterr().err


def test_any_other_refusal_is_raised() -> None:
    with pytest.raises(ClientError, match="TooManyRequests"):
        organization_id(FakeHub("TooManyRequestsException"))


def test_the_role_is_deployed_with_every_parameter(parameters: dict[str, str]) -> None:
    command = build_deployment("cidb2-dev-collector-role", parameters | {"OrganizationId": ""})
    assert command[command.index("--stack-name") + 1] == "cidb2-dev-collector-role"
    overrides = command[command.index("--parameter-overrides") + 1 :]
    assert overrides == [
        f"Hub={HUB}",
        f"CollectorRoleArns={ARNS}",
        "ExternalId=6f0d3c1e-0000",
        "RoleName=Reader",
    ]


def test_the_stackset_is_service_managed_and_gives_the_role_to_accounts_that_join(
    parameters: dict[str, str],
) -> None:
    create, instances = build_stackset("cidb2-dev-collector-role", parameters, "eu-west-1")
    for command in (create, instances):
        assert command[command.index("--stack-set-name") + 1] == "cidb2-dev-collector-role"
    assert create[create.index("--permission-model") + 1] == "SERVICE_MANAGED"
    assert create[create.index("--auto-deployment") + 1].startswith("Enabled=true")
    assert instances[instances.index("--regions") + 1] == "eu-west-1"
    told = create[create.index("--parameters") + 1 :]
    escaped = ARNS.replace(",", "\\,")
    assert f"ParameterKey=CollectorRoleArns,ParameterValue={escaped}" in told
    assert shlex.split(shlex.join(create)) == create
