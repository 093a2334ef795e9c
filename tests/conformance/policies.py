"""Taking a permission out of a role for a while."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from tests.conformance.deployment import Row

Write = Callable[[Row], None]


@contextmanager
def denied(iam: Any, role: str, actions: Collection[str]) -> Iterator[None]:
    """Take actions out of every statement of a role's policies, and put them back."""
    restore = [
        (write, document)
        for write, document in _policies(iam, role)
        if any(action in json.dumps(document) for action in actions)
    ]
    allowed = json.dumps([document for _, document in restore])
    assert all(action in allowed for action in actions), f"{role} does not allow each of {actions}"
    for write, document in restore:
        write({**document, "Statement": [*_without(document, actions)]})
    try:
        yield
    finally:
        for write, document in restore:
            write(document)


def _without(document: Row, actions: Collection[str]) -> Iterator[Row]:
    for statement in document["Statement"]:
        allowed = statement["Action"]
        listed = [allowed] if isinstance(allowed, str) else allowed
        if kept := [each for each in listed if each not in actions]:
            yield {**statement, "Action": kept}


def _policies(iam: Any, role: str) -> Iterator[tuple[Write, Row]]:
    """Yield each policy of a role, and what writes it anew."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        told = iam.get_role_policy(RoleName=role, PolicyName=name)
        yield _inline(iam, role, name), told["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        told = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        yield _managed(iam, arn), told["PolicyVersion"]["Document"]


def _inline(iam: Any, role: str, name: str) -> Write:
    def write(document: Row) -> None:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    return write


def _managed(iam: Any, arn: str) -> Write:
    def write(document: Row) -> None:
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        for old in [each for each in versions if not each["IsDefaultVersion"]]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=old["VersionId"])
        iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True
        )

    return write
