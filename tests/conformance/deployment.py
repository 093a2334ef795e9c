"""CIDB2 as `sam deploy` puts it on MiniStack: its runs, its inventory, its member accounts."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cidb2.aws.attributes import from_attributes
from tests.conformance.delivery import Delivery
from tests.conformance.emulator import Emulator
from tests.support.template import MEMBER_TEMPLATE

STACK = "cidb2-dev"
MEMBER_STACK = "cidb2-member"
RUN_SECONDS = 240
STARTED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
Row = dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """The hub's stack on an emulator."""

    aws: Emulator

    def deploy(self, template: Path) -> None:
        """Deploy a built template as `make deploy` does."""
        deployed = Delivery(self.aws, template).deploy("dev")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Return the outputs of the hub's stack."""
        described = self.aws.client("cloudformation").describe_stacks(StackName=STACK)
        outputs = described["Stacks"][0]["Outputs"]
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}

    def join(self, account: str) -> None:
        """Deploy the collector role in an account, as docs/operations.md says."""
        formation = self.aws.client("cloudformation", account)
        given = {name: self.outputs[name] for name in ("CollectorRoleArns", "ExternalId")}
        given["RoleName"] = self.outputs["CollectorRoleName"]
        formation.create_stack(
            StackName=MEMBER_STACK,
            TemplateBody=MEMBER_TEMPLATE.read_text(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
            ],
        )
        described = formation.describe_stacks(StackName=MEMBER_STACK)
        assert described["Stacks"][0]["StackStatus"] in STARTED, described

    def leave(self, account: str) -> None:
        """Take the collector role from an account."""
        self.aws.client("cloudformation", account).delete_stack(StackName=MEMBER_STACK)

    def take_inventory(self, wanted: Row) -> Row:
        """Run the state machine to its end; return the run's summary."""
        told = self._run(wanted)
        assert told["status"] == "SUCCEEDED", f"{told.get('error')}: {told.get('cause')}"
        place = json.loads(told["output"])["summary"]
        body = self.aws.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"]
        summary: Row = json.loads(body.read())
        return summary

    def _run(self, wanted: Row) -> Row:
        machine = self.aws.client("stepfunctions")
        started = machine.start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], input=json.dumps(wanted)
        )
        deadline = time.monotonic() + RUN_SECONDS
        while True:
            told: Row = machine.describe_execution(executionArn=started["executionArn"])
            if told["status"] != "RUNNING":
                return told
            assert time.monotonic() < deadline, "the run did not end"
            time.sleep(0.2)

    def inventory(self) -> dict[str, Row]:
        """Return the current row of every resource, by ARN."""
        pages = (
            self.aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.outputs["InventoryTableName"])
        )
        rows = [from_attributes(row) for page in pages for row in page["Items"]]
        return {row["pk"]: row for row in rows if row["sk"] == "current"}
