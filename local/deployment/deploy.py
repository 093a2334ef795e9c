"""Deploys a CloudFormation template to the embedded AWS, in the order of its references.

Nothing is skipped: an unsupported resource type or property is an error that names it.
"""

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

from local.deployment.intrinsics import NO_VALUE, Resolver, UnresolvedReferenceError, names_in
from local.deployment.parameters import parameter_values
from local.deployment.resources import HANDLERS
from local.deployment.stack import Deployment, DeploymentError, Stack, StackResource

PARTITION = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
KNOWN_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs",
    "Parameters", "Resources",
}  # fmt: skip


def deploy(template: dict[str, Any], stack: Stack, client: Callable[[str], Any]) -> Stack:
    """Create the resources of a transformed template; return the stack, filled in.

    `stack.parameters` holds the given values; the template's defaults are added. Raises
    DeploymentError or InvalidParameterError; `stack.resources` then holds the resources created so
    far.
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
        _check(logical_id, resource)
    for logical_id in TopologicalSorter(dependencies(wanted)).static_order():
        kind = wanted[logical_id]["Type"]
        try:
            properties = resolver.resolve(wanted[logical_id].get("Properties", {}))
            made = HANDLERS[kind].create(Deployment(stack, client, logical_id), properties)
        except Exception as error:
            raise DeploymentError(f"{logical_id} ({kind}): {error}") from error
        stack.resources[logical_id] = StackResource(
            logical_id, kind, made.physical_id, made.attributes, properties
        )
        resolver.references[logical_id] = made.physical_id
    stack.outputs = {
        name: resolver.resolve(output["Value"])
        for name, output in template.get("Outputs", {}).items()
        if "Condition" not in output or resolver.holds(output["Condition"])
    }
    return stack


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
    references = {**pseudo, **stack.parameters}
    return Resolver(
        references=references,
        attribute=attribute,
        mappings=template.get("Mappings", {}),
        conditions=template.get("Conditions", {}),
    )


def _check(logical_id: str, resource: dict[str, Any]) -> None:
    handler = HANDLERS.get(resource["Type"])
    if handler is None:
        raise DeploymentError(f"{logical_id}: unsupported resource type {resource['Type']}")
    unknown = sorted(set(resource.get("Properties", {})) - handler.properties)
    if unknown:
        raise DeploymentError(
            f"{logical_id}: {resource['Type']} has unsupported properties: {', '.join(unknown)}"
        )


def dependencies(resources: dict[str, Any]) -> dict[str, set[str]]:
    """Return, for each resource, those that CloudFormation creates before it."""
    graph: dict[str, set[str]] = {}
    for logical_id, resource in resources.items():
        explicit = resource.get("DependsOn", [])
        named = {*names_in([resource.get("Properties", {}), resource.get("Metadata", {})])}
        named |= {explicit} if isinstance(explicit, str) else set(explicit)
        graph[logical_id] = named & set(resources)
    return graph
