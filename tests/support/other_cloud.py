"""A second moto server, in its own process, that simulates AWS for real accounts.

`python -m tests.support.other_cloud FOLDER` plants an organisation, lets a user assume the
collector role there, writes `ready.json`, and then appends each call as a line of `calls.jsonl`. It
exits when standard input is closed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local.deployment.deploy import deploy
from local.deployment.stack import Stack
from local.deployment.template import load_template
from local.emulator.cloud import Cloud
from local.gateway.call import Answer, Call
from local.gateway.signatures import is_signed
from local.simulation import truth
from local.simulation.population import HUB, Organisation
from local.simulation.truth import Item
from tests.support.template import MEMBER_TEMPLATE, ROOT
from tests.support.world import PLANTED_SERVICES

PERSON = "somebody"
EXPIRED_KEY = "ASIAEXPIREDEXPIRED00"
REGIONS = ("us-east-1", "eu-west-1")
EXTERNAL_ID = "between-friends"
AUDITOR = "Auditor"

Row = dict[str, Any]


@dataclass(frozen=True)
class OtherCloud:
    """The other server, as seen by a test."""

    endpoint: str
    access_key: str
    secret_key: str
    without_role: str
    members: list[str]
    truth: dict[str, Item]
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user whose AWS tools are configured for this server."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def calls(self) -> list[Row]:
        """Return all calls since the last `forget`."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def forget(self) -> None:
        """Clear the recorded calls."""
        (self.folder / "calls.jsonl").write_text("")

    def standing(self, accounts: list[str]) -> dict[str, Item]:
        """Return the actual resources in some of its accounts, of the collected services."""
        return {
            arn: item
            for arn, item in self.truth.items()
            if item["accountId"] in accounts and arn.split(":")[2] in PLANTED_SERVICES
        }


@contextmanager
def other_cloud(folder: Path) -> Iterator[OtherCloud]:
    """Start the server, and stop it at the end of the block."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.other_cloud", str(folder)],
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'shared'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        assert process.stdout.readline() == b"ready\n"
        yield OtherCloud(folder=folder, **json.loads((folder / "ready.json").read_text()))
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def main(folder: Path) -> None:
    """Serve until standard input is closed."""
    planted = Organisation(2, 40, REGIONS, seed=11)
    record = (folder / "calls.jsonl").open("a")

    def write_down(call: Call) -> None:
        entry = {
            "service": call.service,
            "operation": call.operation,
            "caller": call.principal.arn,
            "account": call.account,
            "key": call.principal.access_key,
            "policy": call.principal.session_policy,
            "signed": is_signed(call),
            "status": call.status,
        }
        record.write(f"{json.dumps(entry)}\n")
        record.flush()

    def expire(call: Call) -> Answer | None:
        if call.principal.access_key != EXPIRED_KEY:
            return None
        message = "The security token included in the request is expired"
        return call.error("ExpiredToken", message, 403)

    with Cloud() as cloud:
        planted.plant()
        iam = cloud.client("iam")
        iam.create_user(UserName=PERSON)
        key = iam.create_access_key(UserName=PERSON)["AccessKey"]
        person = f"arn:aws:iam::{HUB}:user/{PERSON}"
        members = [one.id for one in planted.accounts if one.condition == "healthy"]
        for account in members:
            _deploy_role(cloud, account, person, {})
            asking = {"RoleName": AUDITOR, "ExternalId": EXTERNAL_ID}
            _deploy_role(cloud, account, person, asking)
        standing = truth.read(cloud.client, [HUB, *members], REGIONS)
        ready = {
            "endpoint": cloud.endpoint,
            "access_key": key["AccessKeyId"],
            "secret_key": key["SecretAccessKey"],
            "without_role": next(a.id for a in planted.accounts if a.condition == "role missing"),
            "members": members,
            "truth": standing,
        }
        (folder / "ready.json").write_text(json.dumps(ready))
        cloud.front.services.insert(0, expire)
        cloud.front.observers.append(write_down)
        print("ready", flush=True)
        sys.stdin.read()


def _deploy_role(cloud: Cloud, account: str, person: str, more: dict[str, str]) -> None:
    given = {"CollectorRoleArns": person, **more}
    template = load_template(MEMBER_TEMPLATE, cloud.region, given, str)
    name = "-".join(["collector", *more.values()])
    stack = Stack(name, account, cloud.region, given)
    deploy(template, stack, partial(cloud.client, account=account))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
