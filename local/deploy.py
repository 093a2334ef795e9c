"""Deploys a CloudFormation template to the embedded AWS, in the order its references ask for.

Nothing is skipped: an unknown resource type, a property that its handler does not know, or a change
that it cannot make, is an error that names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from local.intrinsics import NO_VALUE, Resolver, UnresolvedReferenceError, names_in
from local.parameters import parameter_values
from local.stack import (
    Deployment,
    DeploymentError,
    Handler,
    Properties,
    Stack,
    StackResource,
)

RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
"""Deletion policies under which a resource outlives its stack."""

RETAINED_BY_A_ROLLBACK = frozenset({"Retain"})
"""Those under which it outlives the operation that created it, where that is rolled back."""

PARTITION = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
KNOWN_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs",
    "Parameters", "Resources",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What a deployment would do: `action` is Add, Modify or Remove."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None


Note = Callable[[StackResource, str, str | None], None]
"""Hears of a resource, what was done to it (as CREATE_COMPLETE), and why it failed."""


def unheard(_: StackResource, __: str, ___: str | None) -> None:
    """Take note of nothing."""


def deploy(
    template: dict[str, Any],
    stack: Stack,
    client: Callable[[str], Any],
    handlers: dict[str, Handler],
    note: Note = unheard,
    retained: frozenset[str] = RETAINED,
) -> Stack:
    """Make a stack what a transformed template says, fill in the stack and return it.

    What is new is created, what differs is changed, and then what the template no longer has is
    deleted, unless its deletion policy is among the `retained`. `stack.parameters` are the values
    given; the template's defaults are added to them.
    Raises DeploymentError or InvalidParameterError; what was made until then is in
    `stack.resources`.
    """
    if unknown := sorted(set(template) - KNOWN_SECTIONS):
        raise DeploymentError(f"unknown section {', '.join(unknown)}")
    stack.parameters = parameter_values(template.get("Parameters", {}), stack.parameters)
    resolver = _resolver(template, stack)
    wanted = _wanted(template, resolver)
    for logical_id, resource in wanted.items():
        _check(logical_id, resource, handlers)
    order = _in_order(wanted)
    for logical_id in order:
        kind = wanted[logical_id]["Type"]
        deployment = Deployment(stack, client, logical_id)
        try:
            properties = resolver.resolve(wanted[logical_id].get("Properties", {}))
            policy = _deletion_policy(wanted[logical_id], resolver)
            made = _bring_about(deployment, kind, properties, handlers[kind], note)
        except Exception as error:
            failed = StackResource(logical_id, kind, "", {}, {})
            note(stack.resources.get(logical_id, failed), "FAILED", str(error))
            raise DeploymentError(f"{logical_id} ({kind}): {error}") from error
        stack.resources[logical_id] = replace(made, deletion_policy=policy)
        resolver.references[logical_id] = made.physical_id
    _delete_all_but(set(wanted), stack, client, handlers, note, retained)
    stack.resources = {logical_id: stack.resources[logical_id] for logical_id in order}
    stack.outputs = {
        name: resolver.resolve(output["Value"])
        for name, output in template.get("Outputs", {}).items()
        if "Condition" not in output or resolver.holds(output["Condition"])
    }
    return stack


def changes(template: dict[str, Any], stack: Stack, given: dict[str, Any]) -> list[Change]:
    """Return what `deploy` would do to a stack's resources with these parameters.

    Raises InvalidParameterError.
    """
    parameters = parameter_values(template.get("Parameters", {}), given)
    resolver = _resolver(template, replace(stack, parameters=parameters))
    wanted = _wanted(template, resolver)
    found = []
    for logical_id in _in_order(wanted):
        resource, old = wanted[logical_id], stack.resources.get(logical_id)
        if old is None:
            found.append(Change("Add", logical_id, resource["Type"]))
            continue
        resolver.references[logical_id] = old.physical_id
        try:
            properties = resolver.resolve(resource.get("Properties", {}))
        except UnresolvedReferenceError:  # to something that is new itself
            properties = None
        policy = _deletion_policy(resource, resolver)
        if (properties, policy) != (old.properties, old.deletion_policy):
            found.append(Change("Modify", logical_id, old.type, old.physical_id))
    return found + [
        Change("Remove", old.logical_id, old.type, old.physical_id)
        for old in stack.resources.values()
        if old.logical_id not in wanted
    ]


def delete(
    stack: Stack,
    client: Callable[[str], Any],
    handlers: dict[str, Handler],
    note: Note = unheard,
    retained: frozenset[str] = RETAINED,
) -> None:
    """Delete a stack's resources, the last made first, but those with a `retained` deletion policy.

    Raises DeploymentError; what is not deleted yet is in `stack.resources`.
    """
    _delete_all_but(set(), stack, client, handlers, note, retained)


def _delete_all_but(
    kept: set[str],
    stack: Stack,
    client: Callable[[str], Any],
    handlers: dict[str, Handler],
    note: Note,
    retained: frozenset[str],
) -> None:
    for logical_id, resource in reversed(list(stack.resources.items())):
        if logical_id in kept:
            continue
        stays = resource.deletion_policy in retained
        try:
            if not stays:
                handlers[resource.type].delete(Deployment(stack, client, logical_id), resource)
        except Exception as error:
            note(resource, "DELETE_FAILED", str(error))
            raise DeploymentError(f"{logical_id} ({resource.type}): {error}") from error
        note(resource, "DELETE_SKIPPED" if stays else "DELETE_COMPLETE", None)
        del stack.resources[logical_id]


def _bring_about(
    deployment: Deployment, kind: str, properties: Properties, handler: Handler, note: Note
) -> StackResource:
    old = deployment.stack.resources.get(deployment.logical_id)
    if old is None:
        created = handler.create(deployment, properties)
        made = StackResource(
            deployment.logical_id, kind, created.physical_id, created.attributes, properties
        )
        note(made, "CREATE_COMPLETE", None)
        return made
    if (old.type, old.properties) == (kind, properties):
        return old
    removed = set(old.properties) - set(properties)
    differing = {name for name in properties if properties[name] != old.properties.get(name)}
    if fixed := sorted(removed | (differing - handler.changeable)):
        raise DeploymentError(f"{', '.join(fixed)} cannot be changed here")
    handler.change(deployment, old, properties)
    note(old, "UPDATE_COMPLETE", None)
    return replace(old, properties=properties)


def _wanted(template: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }


def _deletion_policy(resource: dict[str, Any], resolver: Resolver) -> str:
    policy = str(resolver.resolve(resource.get("DeletionPolicy", "Delete")))
    if policy not in RETAINED | {"Delete"}:
        raise DeploymentError(f"DeletionPolicy {policy} is not known here")
    return policy


def _resolver(template: dict[str, Any], stack: Stack) -> Resolver:
    def attribute(logical_id: str, name: str) -> Any:
        resource = stack.resources.get(logical_id)
        is_deployed = logical_id in references
        if resource is None or not is_deployed or name not in resource.attributes:
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


def _check(logical_id: str, resource: dict[str, Any], handlers: dict[str, Handler]) -> None:
    handler = handlers.get(resource["Type"])
    if handler is None:
        raise DeploymentError(f"{logical_id}: resource type {resource['Type']} is not known here")
    unknown = sorted(set(resource.get("Properties", {})) - handler.properties)
    if unknown:
        raise DeploymentError(
            f"{logical_id}: {resource['Type']} has properties not known here: {', '.join(unknown)}"
        )


def dependencies(resources: dict[str, Any]) -> dict[str, set[str]]:
    """Return for each resource those that CloudFormation creates before it."""
    graph: dict[str, set[str]] = {}
    for logical_id, resource in resources.items():
        explicit = resource.get("DependsOn", [])
        named = {*names_in([resource.get("Properties", {}), resource.get("Metadata", {})])}
        named |= {explicit} if isinstance(explicit, str) else set(explicit)
        graph[logical_id] = named & set(resources)
    return graph


def _in_order(resources: dict[str, Any]) -> list[str]:
    return list(TopologicalSorter(dependencies(resources)).static_order())
