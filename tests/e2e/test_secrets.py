"""What is secret in an account, or opens one, is in the inventory at most: nobody else is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from unittest import mock

import pytest
from moto.backends import get_backend

from local.gateway.call import Answer, Call
from local.lambda_runtime import runtime
from local.simulation.population import REGIONS, Organisation
from tests.support import secrets
from tests.support.services import functions_for
from tests.support.world import PLANTED_SERVICES, Taken, World, eventually, world
from tests.support.xray import Daemon

QUOTED, CUT_OFF = "234567890123", "345678901234"
IN_TAG, IN_POLICY, IN_VARIABLE, IN_MESSAGE = (f"hunter2-in-a-{each}" for each in "tpvm")
INVOKED = functions_for(PLANTED_SERVICES)
PLANTED = {
    "tag": IN_TAG,
    "policy": IN_POLICY,
    "variable": IN_VARIABLE,
    "message": IN_MESSAGE,
    "access key": secrets.ACCESS_KEY,
    "secret access key": secrets.SECRET_KEY,
    "session token": secrets.SESSION_TOKEN,
}
STATEMENT = {
    "Sid": "Secret",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:UserAgent": IN_POLICY}},
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
ASSUMED = f"""<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>{secrets.ACCESS_KEY}</AccessKeyId>
<SecretAccessKey>{secrets.SECRET_KEY}</SecretAccessKey>
<SessionToken>{secrets.SESSION_TOKEN}</SessionToken>"""


@dataclass
class Told:
    """Two runs, and everything that anybody is told of them who may not read the inventory.

    `invocations` are what Step Functions gave the functions and got back: its history and its log.
    """

    here: World
    runs: list[Taken] = field(default_factory=list)
    invocations: list[bytes] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)

    def places(self) -> dict[str, str]:
        aws = self.here.aws
        executions = [run.execution for run in self.runs]
        keys = self.here.keys("runs/")
        return {
            **{name: aws.logs(f"{name}Function") for name in INVOKED},
            "histories": "".join(str(aws.history(each.arn)) for each in executions),
            "invocations": b"".join(self.invocations).decode(),
            "traces": json.dumps(self.segments),
            "runs table": str(self.here.runs_rows()),
            "summaries": "".join(self.here.object(key).decode() for key in keys),
        }


def plant(here: World) -> None:
    """Put secrets where people put them: into tags and policies."""
    aws = here.aws
    bucket = "bucket-with-secrets"
    s3 = aws.client("s3", account=QUOTED)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=POLICY)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "password", "Value": IN_TAG}]})
    iam = aws.client("iam", account=QUOTED)
    tags = [{"Key": "password", "Value": IN_TAG}]
    iam.create_role(RoleName="role-with-secrets", AssumeRolePolicyDocument=POLICY, Tags=tags)
    kms = aws.client("kms", account=QUOTED, region=REGIONS[1])
    kms.create_key(Policy=POLICY, Tags=[{"TagKey": "password", "TagValue": IN_TAG}])


def is_for_kms(call: Call, account: str) -> bool:
    return account in call.parameters["RoleArn"] and "-kms-" in call.parameters["RoleSessionName"]


def take_two_runs(told: Told) -> None:
    """Take an inventory of it all, then one in which everything fails that could be talkative."""
    here = told.here
    faults = here.aws.faults
    told.runs.append(here.take_inventory())
    here.aws.client("sqs").send_message(
        QueueUrl=here.stack.outputs["QueueUrl"], MessageBody=json.dumps({"tags": IN_MESSAGE})
    )
    eventually(lambda: "UNKNOWN_MESSAGE" in here.aws.logs("ReporterFunction"))
    asked = {"service": "sts", "operation": "AssumeRole"}
    quoting = secrets.CANONICAL_REQUEST + f" {secrets.ACCESS_KEY} {secrets.SECRET_KEY}"
    cut = Answer(HTTPStatus.OK, ASSUMED.encode(), {"Content-Type": "text/xml"})
    with (
        here.configured("Ec2CollectorFunction", {"CONCURRENCY": IN_VARIABLE}),
        faults.error(
            "SignatureDoesNotMatch",
            quoting,
            HTTPStatus.FORBIDDEN,
            where=lambda call: is_for_kms(call, QUOTED),
            **asked,
        ),
        faults.add(lambda *_: cut, where=lambda call: is_for_kms(call, CUT_OFF), **asked),
    ):
        told.runs.append(here.take_inventory())


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    daemon = Daemon()
    settings = {
        "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
        "DATABASE_PASSWORD": IN_VARIABLE,
    }
    planted = Organisation(2, 16, REGIONS[:2], seed=3)
    with (
        mock.patch.dict(runtime.SAME_FOR_ALL, settings),
        world(planted, parameters={"LogLevel": "DEBUG"}, time_scale=20) as here,
    ):
        plant(here)
        seen = Told(here)
        invoke = here.aws.runtime.invoke

        def note(function: Any, event: bytes, trace_id: str | None = None) -> Any:
            outcome = invoke(function, event, trace_id)
            if trace_id:  # the queue's poller has none: what is in the queue is in the inventory
                seen.invocations.extend((event, outcome.payload))
            return outcome

        with mock.patch.object(here.aws.runtime, "invoke", note):
            take_two_runs(seen)
        daemon.close()
        seen.segments = daemon.segments
        yield seen


def issued(here: World) -> set[str]:
    """Return the secrets of all credentials that STS gave out, to functions and in accounts."""
    found = set[str]()
    for account in [here.stack.account, *(each.id for each in here.planted.accounts)]:
        for role in get_backend("sts")[account]["aws"].assumed_roles:
            found |= {role.secret_access_key, role.session_token}
    return found


def test_what_was_planted_was_read(told: Told) -> None:
    """Else nothing below would prove anything."""
    rows = str(told.here.inventory_rows())
    assert IN_TAG in rows
    assert IN_POLICY in rows
    assert len(issued(told.here)) > 2 * len(INVOKED)


@pytest.mark.parametrize("secret", PLANTED.values(), ids=PLANTED)
def test_no_secret_is_told_anywhere(told: Told, secret: str) -> None:
    assert [name for name, text in told.places().items() if secret in text] == []


def test_no_credentials_are_told_anywhere(told: Told) -> None:
    for secret in issued(told.here):
        assert [name for name, text in told.places().items() if secret in text] == []


def test_what_failed_is_told_all_the_same(told: Told) -> None:
    run = told.runs[-1]
    scopes = {
        (row["service"], row["accountId"]): row
        for row in run.summary["scopes"]
        if row["outcome"] == "FAILED"
    }
    quoted, cut, dead = scopes["kms", QUOTED], scopes["kms", CUT_OFF], scopes["ec2", QUOTED]
    assert quoted["reason"] == "CREDENTIALS_REJECTED"
    assert "x-amz-security-token:(redacted)" in quoted["errorMessage"]
    assert quoted["errorMessage"].endswith("(redacted) (redacted)")
    assert (cut["reason"], cut["errorCode"]) == ("SERVICE_ERROR", "UnreadableAnswerError")
    assert (dead["reason"], dead["errorCode"]) == ("INTERNAL", "ConfigurationError")
    assert dead["errorMessage"] == "CONCURRENCY: not a valid int"


def test_every_place_is_looked_at(told: Told) -> None:
    """A log that is empty, or a history of nothing, would hide nothing."""
    places, run_id = told.places(), told.runs[-1].run_id
    assert {name for name in INVOKED if "REPORT RequestId" not in places[name]} == set()
    others = places.keys() - {*INVOKED}
    assert {name for name in others if run_id not in places[name]} == set()
    assert "UNKNOWN_MESSAGE" in places["Reporter"]
