"""Limits the calls to real accounts to the collector role's actions."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from samtranslator.yaml_helper import yaml_parse

from cidb2.services import SERVICES
from cidb2.types.actions import DESCRIBE_REGIONS, action_of, actions_of
from cidb2.types.catalog import DECLARED, REGIONAL
from local.gateway.call import Call


@dataclass(frozen=True)
class Reads:
    """The actions that member-account/template.yaml allows, and the name of its role."""

    actions: tuple[str, ...]
    role_name: str

    @classmethod
    def of(cls, template: Path) -> Self:
        """Read the actions from the collector role's template."""
        parsed: dict[str, Any] = yaml_parse(template.read_text())
        resources = parsed["Resources"].values()
        policies = [*parsed["Resources"]["CollectorRole"]["Properties"]["Policies"]]
        policies += [
            each["Properties"] for each in resources if each["Type"] == "AWS::IAM::ManagedPolicy"
        ]
        statements = (
            statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
        )
        actions = (action for statement in statements for action in statement["Action"])
        return cls(tuple(actions), str(parsed["Parameters"]["RoleName"]["Default"]))

    @property
    def services(self) -> tuple[str, ...]:
        """The services that need any of the actions."""
        return tuple(each for each in SERVICES if not _needed(each).isdisjoint(self.actions))

    def allow(self, call: Call) -> bool:
        """Return whether a call is one of the actions."""
        return action_of(call.service, call.operation) in self.actions

    def cover(self, policy: str | None) -> bool:
        """Return whether a session policy exists and allows nothing but the actions."""
        try:
            statements = json.loads(policy or "")["Statement"]
            return all(
                statement["Effect"] == "Allow" and set(statement["Action"]) <= set(self.actions)
                for statement in statements
            )
        except (ValueError, TypeError, KeyError):  # not a policy that collectors write
            return False

    def by_service(self, chosen: tuple[str, ...]) -> dict[str, list[str]]:
        """Return the actions of a run over the `chosen` services, as names by IAM prefix."""
        asked: dict[str, list[str]] = {}
        needed = {DESCRIBE_REGIONS} if any(REGIONAL[service] for service in chosen) else set()
        needed = needed.union(*map(_needed, chosen))
        for action in self.actions:
            prefix, _, name = action.partition(":")
            if action in needed:
                asked.setdefault(prefix, []).append(name)
        return asked


def _needed(service: str) -> set[str]:
    return {*actions_of(DECLARED[service])}
