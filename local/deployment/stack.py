"""Stacks, their resources, and the handlers that create resource types."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Properties = dict[str, Any]


class DeploymentError(Exception):
    """The template needs something that cannot be deployed; the message names it."""


@dataclass(frozen=True)
class Created:
    """A created resource: `physical_id` is its Ref, `attributes` are its GetAtt values."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StackResource:
    """A deployed resource with its requested properties: moto does not store them all."""

    logical_id: str
    type: str
    physical_id: str
    attributes: dict[str, Any]
    properties: Properties


@dataclass
class Stack:
    """A deployed template; its resources are in dependency order."""

    name: str
    account: str
    region: str
    parameters: dict[str, Any]
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The stack's ARN."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:12]
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/{digest}"

    def physical_id(self, logical_id: str) -> str:
        """Return a resource's physical id, its Ref."""
        return self.resources[logical_id].physical_id

    def of_type(self, resource_type: str) -> list[StackResource]:
        """Return the resources of one type."""
        return [found for found in self.resources.values() if found.type == resource_type]


@dataclass(frozen=True)
class Deployment:
    """A handler's context: clients of the stack's account, and names for resources."""

    stack: Stack
    client: Callable[[str], Any]
    logical_id: str = ""

    def name(self, longest: int = 64) -> str:
        """Return a physical name, unique per stack and resource, as CloudFormation would."""
        unique = f"{self.stack.name}/{self.logical_id}"
        digest = hashlib.sha256(unique.encode()).hexdigest()[:12]
        head = f"{self.stack.name}-{self.logical_id}"[: longest - len(digest) - 1]
        return f"{head}-{digest}"


Create = Callable[[Deployment, Properties], Created]


@dataclass(frozen=True)
class Handler:
    """Creates one resource type; `properties` are all that it supports."""

    properties: frozenset[str]
    create: Create
