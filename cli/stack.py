"""Finds the deployed stack, by name or as the only one, and provides its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError, NoRegionError

from cidb2.aws.clients import client_config
from cidb2.aws.owners import expect_owner
from cidb2.aws.table import Table
from cidb2.items.claim_check import ClaimCheck
from cidb2.items.inventory import QUERIES_SIDE_BY_SIDE, Inventory
from cidb2.ledger.view import LedgerView
from cidb2.reasons import error_code
from cli.errors import CliError, ExitCode

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

INVENTORY_TABLE = "InventoryTableName"
RUNS_TABLE = "RunsTableName"
RESULTS_BUCKET = "ResultsBucketName"
STATE_MACHINE = "StateMachineArn"
OUTPUTS = (INVENTORY_TABLE, RUNS_TABLE, RESULTS_BUCKET, STATE_MACHINE)
"""Outputs of template.yaml that identify a CIDB2 stack."""


GONE = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
"""States of a stack whose tables are gone or about to be."""


class Stack:
    """A CIDB2 stack: its outputs, and its parts, created on first use."""

    def __init__(self, session: boto3.Session, name: str, outputs: Mapping[str, str]) -> None:
        self._session = session
        self.name = name
        self.outputs = outputs

    @cached_property
    def ledger(self) -> LedgerView:
        return LedgerView(self._table(RUNS_TABLE))

    @cached_property
    def inventory(self) -> Inventory:
        claim_check = ClaimCheck(self.s3, self.bucket)
        return Inventory(self._table(INVENTORY_TABLE), claim_check)

    @property
    def bucket(self) -> str:
        return self.outputs[RESULTS_BUCKET]

    @property
    def account(self) -> str:
        """The stack's account."""
        return self.state_machine.split(":")[4]

    @property
    def state_machine(self) -> str:
        return self.outputs[STATE_MACHINE]

    @cached_property
    def s3(self) -> "S3Client":
        client: S3Client = client_of(self._session, "s3")
        expect_owner(client, self.account)
        return client

    @cached_property
    def machines(self) -> "SFNClient":
        client: SFNClient = client_of(self._session, "stepfunctions")
        return client

    @cached_property
    def athena(self) -> "AthenaClient":
        client: AthenaClient = client_of(self._session, "athena")
        return client

    def _table(self, output: str) -> Table:
        return Table(client_of(self._session, "dynamodb"), self.outputs[output])


@dataclass(frozen=True)
class Choice:
    """The chosen stack and credentials; None leaves the choice to the environment."""

    name: str | None = None
    profile: str | None = None
    region: str | None = None

    def find(self) -> Stack:
        """Return the stack; raises CliError if there is none, or several match."""
        session = boto3.Session(profile_name=self.profile, region_name=self.region)
        if not session.region_name:
            raise NoRegionError
        cloudformation: CloudFormationClient = client_of(session, "cloudformation")
        if self.name is not None:
            return _named(cloudformation, session, self.name)
        return _only(cloudformation, session)


def client_of(session: boto3.Session, service: str) -> Any:
    """Return a client with CIDB2's common settings."""
    config = client_config(QUERIES_SIDE_BY_SIDE)
    try:
        return session.client(service, config=config)  # type: ignore[call-overload]  # any service
    except ValueError as error:  # botocore's error for an endpoint that is not a URL
        raise CliError(ExitCode.USAGE, f"{error}.", "Check AWS_ENDPOINT_URL.") from error


def _named(cloudformation: "CloudFormationClient", session: boto3.Session, name: str) -> Stack:
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error_code(error) != "ValidationError":
            raise
        raise CliError(
            ExitCode.NOT_FOUND,
            f"Stack {name} does not exist in {session.region_name}.",
            "Choose the stack with --stack (or CIDB2_STACK), its region with --stack-region and "
            "its account with --profile. Without --stack, the only CIDB2 stack is used.",
        ) from error
    outputs = _outputs(found)
    if found["StackStatus"] in GONE:
        raise CliError(
            ExitCode.NOT_FOUND, f"Stack {name} is deleted or being deleted: {found['StackStatus']}."
        )
    if missing := [output for output in OUTPUTS if output not in outputs]:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"Stack {name} is not a deployed CIDB2 stack: it has no output {', '.join(missing)}.",
            "Choose another with --stack, or check whether its deployment failed.",
        )
    return Stack(session, name, outputs)


def _only(cloudformation: "CloudFormationClient", session: boto3.Session) -> Stack:
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    found = {
        one["StackName"]: outputs
        for page in pages
        for one in page["Stacks"]
        if outputs_are_ours(outputs := _outputs(one)) and one["StackStatus"] not in GONE
    }
    if not found:
        raise CliError(
            ExitCode.NOT_FOUND,
            f"There is no CIDB2 stack in {session.region_name}.",
            "Choose its region with --stack-region and its account with --profile; README.md "
            "explains how to deploy one.",
        )
    if len(found) > 1:
        raise CliError(
            ExitCode.USAGE,
            f"There are several CIDB2 stacks in {session.region_name}: {', '.join(found)}.",
            "Choose one with --stack or CIDB2_STACK.",
        )
    [(name, outputs)] = found.items()
    return Stack(session, name, outputs)


def outputs_are_ours(outputs: Mapping[str, str]) -> bool:
    """Return whether a stack with these outputs is a CIDB2 stack."""
    return all(name in outputs for name in OUTPUTS)


def _outputs(stack: Any) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
