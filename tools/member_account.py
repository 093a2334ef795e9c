"""Give accounts the collector role of a deployed hub.

`deploy` deploys member-account/template.yaml with the current credentials; `stackset` prints the
commands by which a StackSet gives it to every account of an organisation, now and later. The hub's
outputs are read with the current credentials too, or with those of another profile.
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
NAME = "cidb2-collector-role"
WITHOUT_ORGANISATION = ("AccessDeniedException", "AWSOrganizationsNotInUseException")


def role_parameters(hub: boto3.Session, stack: str) -> dict[str, str]:
    """Return the parameters of the role that the hub's stack determines."""
    [found] = hub.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}
    return {
        "CollectorRoleArns": outputs["CollectorRoleArns"],
        "ExternalId": outputs["ExternalId"],
        "OrganizationId": organization_id(hub.client("organizations")),
        "RoleName": parameters["CollectorRoleName"],
    }


def organization_id(organizations: Any) -> str:
    """Return the organisation of the hub; empty, and said so, where there is none to be seen."""
    try:
        return str(organizations.describe_organization()["Organization"]["Id"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in WITHOUT_ORGANISATION:
            raise
        print(f"The role will not ask for an organisation: {error}", file=sys.stderr)
        return ""


def build_deployment(parameters: Mapping[str, str]) -> list[str]:
    """Return the command that deploys the role, to be run in its template's folder."""
    overrides = [f"{name}={value}" for name, value in parameters.items() if value]
    return [
        *(str(Path(sys.executable).with_name("sam")), "deploy", "--stack-name", NAME),
        *("--template-file", "template.yaml", "--capabilities", "CAPABILITY_NAMED_IAM"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset"),
        *("--parameter-overrides", *overrides),
    ]


def build_stackset(parameters: Mapping[str, str], region: str) -> list[list[str]]:
    """Return the commands that make the StackSet and its instances; the root's id is to fill in."""
    values = [
        f"ParameterKey={name},ParameterValue={value.replace(',', chr(92) + ',')}"
        for name, value in parameters.items()
        if value
    ]
    set_name = ("--stack-set-name", NAME)
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
    hub = boto3.Session(profile_name=asked.hub_profile)
    parameters = role_parameters(hub, asked.stack)
    if asked.what == "deploy":
        return subprocess.run(build_deployment(parameters), cwd=FOLDER, check=False).returncode
    print("# In the management account; a delegated administrator adds --call-as DELEGATED_ADMIN.")
    print("# ROOT_ID is what `aws organizations list-roots` says.")
    for command in build_stackset(parameters, hub.region_name):
        print(shlex.join(command))
    print("# The StackSet leaves the management account itself out: there, make member-role")
    return 0


if __name__ == "__main__":
    sys.exit(main())
