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
    role_parameters,
)

ARNS = ",".join(f"arn:aws:iam::123456789012:role/{name}" for name in ("iam", "kms", "ec2", "s3"))
OUTPUTS = {"CollectorRoleArns": ARNS, "ExternalId": "6f0d3c1e-0000", "TopicArn": "arn:aws:sns"}


class FakeHub:
    """A session of the hub's account, with its stack and its organisation."""

    def __init__(self, refusal: str = "") -> None:
        self._refusal = refusal

    def client(self, _service: str) -> Any:
        return self

    def describe_stacks(self, StackName: str) -> Any:
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()]
        parameters = [{"ParameterKey": "CollectorRoleName", "ParameterValue": "Reader"}]
        return {"Stacks": [{"Outputs": outputs, "Parameters": parameters}]}

    def describe_organization(self) -> Any:
        if self._refusal:
            raise ClientError({"Error": {"Code": self._refusal}}, "DescribeOrganization")
        return {"Organization": {"Id": "o-abcde12345"}}


@pytest.fixture
def parameters() -> dict[str, str]:
    return role_parameters(FakeHub(), "cidb2-dev")  # type: ignore[arg-type]


def test_what_the_role_asks_for_is_what_the_hub_has(parameters: dict[str, str]) -> None:
    assert parameters == {
        "CollectorRoleArns": ARNS,
        "ExternalId": "6f0d3c1e-0000",
        "OrganizationId": "o-abcde12345",
        "RoleName": "Reader",
    }
    for name, value in parameters.items():
        declared = parsed(MEMBER_TEMPLATE)["Parameters"][name]
        assert re.search(declared.get("AllowedPattern", ""), value)


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
    command = build_deployment(parameters | {"OrganizationId": ""})
    overrides = command[command.index("--parameter-overrides") + 1 :]
    assert overrides == [
        f"CollectorRoleArns={ARNS}",
        "ExternalId=6f0d3c1e-0000",
        "RoleName=Reader",
    ]


def test_the_stackset_is_service_managed_and_gives_the_role_to_accounts_that_join(
    parameters: dict[str, str],
) -> None:
    create, instances = build_stackset(parameters, "eu-west-1")
    assert create[create.index("--permission-model") + 1] == "SERVICE_MANAGED"
    assert create[create.index("--auto-deployment") + 1].startswith("Enabled=true")
    assert instances[instances.index("--regions") + 1] == "eu-west-1"
    told = create[create.index("--parameters") + 1 :]
    escaped = ARNS.replace(",", "\\,")
    assert f"ParameterKey=CollectorRoleArns,ParameterValue={escaped}" in told
    assert shlex.split(shlex.join(create)) == create
