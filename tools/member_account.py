"""Deploy the collector role of a hub to accounts.

`deploy` deploys member-account/template.yaml with the current credentials. `stackset` prints the
commands that deploy it as a StackSet to all current and future accounts of an organisation. The
hub's outputs are read with the current credentials or those of another profile. The stack and
StackSet are named after the hub's stack, so several hubs can collect an account.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

FOLDER = Path(__file__).resolve().parent.parent / "member-account"
NO_STACK = "ValidationError"
WITHOUT_ORGANISATION = ("AccessDeniedException", "AWSOrganizationsNotInUseException")


def stack_name(hub_stack: str) -> str:
    """Return the name of a hub's role stack or StackSet."""
    return f"{hub_stack}-collector-role"


def role_parameters(hub: boto3.Session, stack: str) -> dict[str, str]:
    """Return the role's parameters that come from the hub's stack."""
    [found] = hub.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
    _, _, _, region, account, *_ = found["StackId"].split(":")
    return {
        "Hub": f"{account}/{region}/{stack}",
        "CollectorRoleArns": outputs["CollectorRoleArns"],
        "ExternalId": outputs["ExternalId"],
        "OrganizationId": organization_id(hub.client("organizations")),
        "RoleName": outputs["CollectorRoleName"],
    }


def other_hub(cloudformation: Any, name: str, hub: str) -> str | None:
    """Return the hub of an account's stack `name`, if it is not `hub`."""
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != NO_STACK:
            raise
        return None
    given = {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}
    owner = given.get("Hub") or hub
    return owner if owner != hub else None


def organization_id(organizations: Any) -> str:
    """Return the hub's organisation id; if it cannot be read, print why and return ""."""
    try:
        return str(organizations.describe_organization()["Organization"]["Id"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in WITHOUT_ORGANISATION:
            raise
        print(f"The role will not require an organisation: {error}", file=sys.stderr)
        return ""


def build_deployment(name: str, parameters: Mapping[str, str]) -> list[str]:
    """Return the command that deploys the role; run it in the template's folder."""
    overrides = [f"{key}={value}" for key, value in parameters.items() if value]
    return [
        *(str(Path(sys.executable).with_name("sam")), "deploy", "--stack-name", name),
        *("--template-file", "template.yaml", "--capabilities", "CAPABILITY_NAMED_IAM"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset"),
        *("--parameter-overrides", *overrides),
    ]


def build_stackset(name: str, parameters: Mapping[str, str], region: str) -> list[list[str]]:
    """Return the commands that create the StackSet and its instances, with ROOT_ID to fill in."""
    values = [
        f"ParameterKey={key},ParameterValue={value.replace(',', chr(92) + ',')}"
        for key, value in parameters.items()
        if value
    ]
    set_name = ("--stack-set-name", name)
    return [
        [
            *("aws", "cloudformation", "create-stack-set", *set_name),
            *("--template-body", "file://member-account/template.yaml"),
            *("--capabilities", "CAPABILITY_NAMED_IAM"),
            *("--permission-model", "SERVICE_MANAGED"),
            *("--auto-deployment", "Enabled=true,RetainStacksOnAccountRemoval=false"),
            *("--parameters", *values),
        ],
        [
            *("aws", "cloudformation", "create-stack-instances", *set_name),
            *("--deployment-targets", "OrganizationalUnitIds=ROOT_ID", "--regions", region),
            "--operation-preferences",
            "FailureTolerancePercentage=100,MaxConcurrentPercentage=100",
        ],
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["deploy", "stackset"])
    parser.add_argument("--stack", required=True, help="the stack of the hub")
    parser.add_argument("--hub-profile", help="a profile of the hub's account")
    asked = parser.parse_args()
    hub, name = boto3.Session(profile_name=asked.hub_profile), stack_name(asked.stack)
    parameters = role_parameters(hub, asked.stack)
    if asked.what == "deploy":
        if owner := other_hub(boto3.client("cloudformation"), name, parameters["Hub"]):
            print(f"{name} is the role of another hub here, {owner}: not replaced", file=sys.stderr)
            return 1
        command = build_deployment(name, parameters)
        return subprocess.run(command, cwd=FOLDER, check=False).returncode
    print("# In the management account; a delegated administrator adds --call-as DELEGATED_ADMIN.")
    print("# ROOT_ID is in the output of `aws organizations list-roots`.")
    for command in build_stackset(name, parameters, hub.region_name):
        print(shlex.join(command))
    print("# The StackSet leaves the management account itself out: there, make member-role")
    return 0


if __name__ == "__main__":
    sys.exit(main())
