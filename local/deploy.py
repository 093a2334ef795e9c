"""Deploys a CloudFormation template to the embedded AWS, in the order its references ask for.

Nothing is skipped: an unknown resource type, or a property that its handler does not know, is an
error that names it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

from local.intrinsics import NO_VALUE, Resolver, UnresolvedReferenceError, names_in
from local.parameters import parameter_values

Properties = dict[str, Any]
PARTITION = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
KNOWN_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs",
    "Parameters", "Resources", "Transform",
}  # fmt: skip


class DeploymentError(Exception):
    """The template asks for something that cannot be deployed; the message names it."""


@dataclass(frozen=True)
class Created:
    """What a handler made: `physical_id` is what Ref gives, `attributes` what GetAtt gives."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StackResource:
    """A deployed resource, with the properties it was asked for: moto does not keep them all."""

    logical_id: str
    type: str
    physical_id: str
    attributes: dict[str, Any]
    properties: Properties
    retain: bool = False


@dataclass
class Stack:
    """A deployed template; resources are in the order of their creation."""

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
        """Return what Ref gives for a resource."""
        return self.resources[logical_id].physical_id

    def of_type(self, resource_type: str) -> list[StackResource]:
        """Return the resources of one type."""
        return [found for found in self.resources.values() if found.type == resource_type]


@dataclass(frozen=True)
class Deployment:
    """What a handler works with: clients of the stack's account, and the names it gives."""

    stack: Stack
    client: Callable[[str], Any]
    logical_id: str = ""

    def name(self, longest: int = 64) -> str:
        """Return a physical name, unique to the stack and the resource, as CloudFormation would."""
        digest = hashlib.sha256(f"{self.stack.name}/{self.logical_id}".encode()).hexdigest()[:12]
        head = f"{self.stack.name}-{self.logical_id}"[: longest - len(digest) - 1]
        return f"{head}-{digest}"


@dataclass(frozen=True)
class Handler:
    """How one resource type is made and unmade, and every property that it understands."""

    properties: frozenset[str]
    create: Callable[[Deployment, Properties], Created]
    delete: Callable[[Deployment, StackResource], None]


def deploy(
    template: dict[str, Any],
    stack: Stack,
    client: Callable[[str], Any],
    handlers: dict[str, Handler],
) -> Stack:
    """Create every resource of a transformed template, fill in the stack and return it.

    `stack.parameters` are the values given; the template's defaults are added to them. Raises
    DeploymentError or InvalidParameterError; what was made until then is in `stack.resources`.
    """
    if unknown := sorted(set(template) - KNOWN_SECTIONS):
        raise DeploymentError(f"unknown section {', '.join(unknown)}")
    stack.parameters = parameter_values(template.get("Parameters", {}), stack.parameters)
    resolver = _resolver(template, stack)
    wanted = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }
    for logical_id, resource in wanted.items():
        _check(logical_id, resource, handlers)
    for logical_id in _in_order(wanted):
        resource = wanted[logical_id]
        handler = handlers[resource["Type"]]
        try:
            properties = resolver.resolve(resource.get("Properties", {}))
            created = handler.create(Deployment(stack, client, logical_id), properties)
        except Exception as error:
            kind = resource["Type"]
            raise DeploymentError(f"{logical_id} ({kind}): {error}") from error
        stack.resources[logical_id] = StackResource(
            logical_id,
            resource["Type"],
            created.physical_id,
            created.attributes,
            properties,
            retain=resource.get("DeletionPolicy", "Delete") != "Delete",
        )
        resolver.references[logical_id] = created.physical_id
    for name, output in template.get("Outputs", {}).items():
        if "Condition" not in output or resolver.holds(output["Condition"]):
            stack.outputs[name] = resolver.resolve(output["Value"])
    return stack


def delete(stack: Stack, client: Callable[[str], Any], handlers: dict[str, Handler]) -> None:
    """Delete a stack's resources, the last made first; those with DeletionPolicy Retain stay."""
    for logical_id, resource in reversed(list(stack.resources.items())):
        if not resource.retain:
            handlers[resource.type].delete(Deployment(stack, client, logical_id), resource)
        del stack.resources[logical_id]


def _resolver(template: dict[str, Any], stack: Stack) -> Resolver:
    def attribute(logical_id: str, name: str) -> Any:
        resource = stack.resources.get(logical_id)
        if resource is None or name not in resource.attributes:
            raise UnresolvedReferenceError(f"Fn::GetAtt {logical_id}.{name}: no such attribute")
        return resource.attributes[name]

    pseudo = {
        **PARTITION,
        "AWS::AccountId": stack.account,
        "AWS::NoValue": NO_VALUE,
        "AWS::Region": stack.region,
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
    }
    return Resolver(
        references={**pseudo, **stack.parameters},
        attribute=attribute,
        mappings=template.get("Mappings", {}),
        conditions=template.get("Conditions", {}),
    )


def _check(logical_id: str, resource: dict[str, Any], handlers: dict[str, Handler]) -> None:
    handler = handlers.get(resource["Type"])
    if handler is None:
        raise DeploymentError(f"{logical_id}: resource type {resource['Type']} is not known here")
    unknown = sorted(set(resource.get("Properties", {})) - handler.properties)
    if unknown:
        raise DeploymentError(
            f"{logical_id}: {resource['Type']} has properties not known here: {', '.join(unknown)}"
        )


def _in_order(resources: dict[str, Any]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for logical_id, resource in resources.items():
        explicit = resource.get("DependsOn", [])
        named = {*names_in(resource.get("Properties", {}))}
        named |= {explicit} if isinstance(explicit, str) else set(explicit)
        graph[logical_id] = named & set(resources)
    return list(TopologicalSorter(graph).static_order())
