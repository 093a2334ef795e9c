"""The policies of a deployed stack, each by a name, and which of them judge a request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.deployment.stack import Stack
from local.gateway.identity import OPERATOR_ROLE
from tests.permissions.requests import Request

Document = dict[str, Any]
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
REDRIVER = "redriver"
"""A role that the hub's stack is told of as one that may send dead letters back."""

UNBOUNDED = "unbounded"
"""The policy of somebody who may do everything: only resource policies and trust hold them."""

OF_OTHERS = "keys and roles of"
"""The policy of keys and roles that are nobody's here: it leaves all to the policies of the caller,
as the default key policy does.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""


def is_given(name: str) -> bool:
    """Tell whether a policy is not this project's, so nobody asks whether it could say less."""
    return name.startswith((UNBOUNDED, OF_OTHERS))


def leaving_it_to_the_account(account: str) -> Document:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    actions = ["kms:*", "sts:*"]
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions}
    return {"Version": "2012-10-17", "Statement": [statement]}


ON_RESOURCES = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::XRay::ResourcePolicy": "PolicyDocument",
}
TRACES = "xray:"
"""What X-Ray's policies guard: it has no resource of its own, and services write to the account."""


@dataclass
class Policies:
    """Documents by name: `<role>/<policy>`, `<role>/trust`, `<resource>` or a session's JSON.

    A policy that several roles have is judged for each of them.
    """

    documents: dict[str, Document] = field(default_factory=lambda: {UNBOUNDED: EVERYTHING})
    of_principal: dict[str, list[str]] = field(default_factory=dict)
    on_resource: dict[str, str] = field(default_factory=dict)

    def add(self, stack: Stack, *, only: tuple[str, ...] = ()) -> None:
        """Add the policies of a stack; those of `only` these roles and policies, if any."""
        for name, arn, kind, document in _all(stack):
            if only and name not in only:
                continue
            self.documents[name] = _completed(document)
            if kind == "identity":
                self.of_principal.setdefault(arn, []).append(name)
            else:
                self.on_resource[arn] = name

    def judging(self, request: Request) -> dict[str, Any]:
        """Return the names of the policies that a request is judged by."""
        if request.principal.rpartition("/")[2] in (OPERATOR_ROLE, REDRIVER, UNBOUNDED):
            identity = [UNBOUNDED]
        else:
            identity = self.of_principal.get(request.principal, [])
        about = request.near or request.resource
        if request.action.startswith(TRACES) and not request.principal.startswith("arn:"):
            about = TRACES
        on = next(
            (
                name
                for arn, name in self.on_resource.items()
                if about == arn or about.startswith(f"{arn}/")
            ),
            None,
        )
        if on is None and (":key/" in about or ":role/" in about):
            account = request.principal.split(":")[4]
            on = f"{OF_OTHERS} {account}"
            self.documents[on] = leaving_it_to_the_account(account)
        session = request.session or None
        return {"identity": identity, "session": session, "resourcePolicy": on}


def _all(stack: Stack) -> Iterator[tuple[str, str, str, Document]]:
    """Yield name, ARN of whom or what it is about, kind and document of every policy."""
    roles = {one.physical_id: one for one in stack.of_type("AWS::IAM::Role")}
    for one in stack.resources.values():
        match one.type:
            case "AWS::IAM::Role":
                arn, trust = one.attributes["Arn"], one.properties["AssumeRolePolicyDocument"]
                yield f"{one.logical_id}/trust", arn, "resource", trust
                for policy in one.properties.get("Policies", []):
                    yield f"{one.logical_id}/run", arn, "identity", policy["PolicyDocument"]
            case "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy":
                for role in (roles[name] for name in one.properties["Roles"]):
                    name, arn = f"{role.logical_id}/{one.logical_id}", str(role.attributes["Arn"])
                    yield name, arn, "identity", one.properties["PolicyDocument"]
            case _ if one.type in ON_RESOURCES:
                document = one.properties[ON_RESOURCES[one.type]]
                document = json.loads(document) if isinstance(document, str) else document
                for arn in _guarded(stack, one.logical_id):
                    yield one.logical_id, arn, "resource", document


def _guarded(stack: Stack, logical_id: str) -> list[str]:
    """Return the ARNs of what a resource's policy guards."""
    one = stack.resources[logical_id]
    if one.type == "AWS::KMS::Key":
        return [one.attributes["Arn"]]
    if one.type == "AWS::XRay::ResourcePolicy":
        return [TRACES]
    properties = one.properties
    names = properties.get("Topics") or properties.get("Queues") or [properties["Bucket"]]
    by_id = {
        each.physical_id: each
        for each in stack.resources.values()
        if each.type not in ON_RESOURCES  # a bucket's policy goes by the bucket's name too
    }
    return [str(by_id[name].attributes.get("Arn") or name) for name in names]


def _completed(document: Document) -> Document:
    """Return a policy with its version; CloudFormation's lists of one stay as they are."""
    return {"Version": "2012-10-17", **document}
