"""What may be asked of real accounts: the actions of the collector role, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from samtranslator.yaml_helper import yaml_parse

from cidb2.services import REGIONAL
from local.gateway.call import Call

NAMED_OTHERWISE = {
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
}
"""Operations whose action has another name (Service Authorization Reference)."""

REGIONS_ARE_ASKED = "ec2:DescribeRegions"
"""Collectors of every regional service ask EC2 which regions an account has enabled."""


@dataclass(frozen=True)
class Reads:
    """The actions that member-account/template.yaml allows, and the name of its role."""

    actions: tuple[str, ...]
    role_name: str

    @classmethod
    def of(cls, template: Path) -> Self:
        """Read them out of the collector role's template."""
        parsed: dict[str, Any] = yaml_parse(template.read_text())
        role = parsed["Resources"]["CollectorRole"]["Properties"]
        statements = (
            statement
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        )
        actions = (action for statement in statements for action in statement["Action"])
        return cls(tuple(actions), str(parsed["Parameters"]["RoleName"]["Default"]))

    @property
    def services(self) -> tuple[str, ...]:
        """The services that they read, in the template's order."""
        return tuple(dict.fromkeys(action.partition(":")[0] for action in self.actions))

    def allow(self, call: Call) -> bool:
        """Say whether a call is one of them."""
        return action_of(call.service, call.operation) in self.actions

    def cover(self, policy: str | None) -> bool:
        """Say whether a session policy is there and allows nothing but them."""
        try:
            statements = json.loads(policy or "")["Statement"]
            return all(
                statement["Effect"] == "Allow" and set(statement["Action"]) <= set(self.actions)
                for statement in statements
            )
        except (ValueError, TypeError, KeyError):  # it is none as collectors write them
            return False

    def by_service(self, chosen: tuple[str, ...]) -> dict[str, list[str]]:
        """Return what a run over the `chosen` services asks for, without the services' names."""
        asked: dict[str, list[str]] = {}
        needs_regions = any(REGIONAL[service] for service in chosen)
        for action in self.actions:
            service, _, name = action.partition(":")
            if service in chosen or (action == REGIONS_ARE_ASKED and needs_regions):
                asked.setdefault(service, []).append(name)
        return asked


def action_of(service: str, operation: str) -> str:
    """Return the IAM action that an operation needs."""
    return NAMED_OTHERWISE.get((service, operation), f"{service}:{operation}")
