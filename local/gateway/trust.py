"""Evaluates trust policies. moto lets everyone assume any role, even a missing one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import fnmatch
import json
from collections.abc import Callable
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from local.gateway.identity import PARTITION, Principal

OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": fnmatch.fnmatchcase,
    "ArnEquals": fnmatch.fnmatchcase,
    "ArnLike": fnmatch.fnmatchcase,
}


def may_assume(role_arn: str, caller: Principal, external_id: str | None) -> bool:
    """Return whether the role exists and its trust policy admits the caller.

    AWS principals and the conditions above are supported; anything else admits nobody.
    """
    account = role_arn.split(":")[4]
    try:
        role = iam_backends[account][PARTITION].get_role_by_arn(role_arn)
    except NotFoundException:
        return False
    context = {
        "sts:ExternalId": external_id,
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalOrgID": _organization_of(caller.account),
    }
    statements = _as_list(json.loads(role.assume_role_policy_document)["Statement"])
    admitted = [
        statement["Effect"]
        for statement in statements
        if _acts_on(statement)
        and _names(statement.get("Principal", {}), caller)
        and _holds(statement.get("Condition", {}), context)
    ]
    return "Allow" in admitted and "Deny" not in admitted


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _acts_on(statement: dict[str, Any]) -> bool:
    actions = _as_list(statement.get("Action", []))
    return any(fnmatch.fnmatchcase("sts:AssumeRole", action) for action in actions)


def _names(principal: Any, caller: Principal) -> bool:
    if principal == "*":
        return True
    own = {
        "*",
        caller.account,
        caller.arn,
        caller.session_arn,
        f"arn:{PARTITION}:iam::{caller.account}:root",
    }
    return bool(own & set(_as_list(principal.get("AWS", []))))


def _holds(conditions: dict[str, dict[str, Any]], context: dict[str, str | None]) -> bool:
    return all(
        operator in OPERATORS
        and (value := context.get(key)) is not None
        and any(OPERATORS[operator](value, wanted) for wanted in _as_list(allowed))
        for operator, tests in conditions.items()
        for key, allowed in tests.items()
    )


def _organization_of(account: str) -> str | None:
    for partitions in organizations_backends.values():
        backend = partitions[PARTITION]
        if backend.org and any(member.id == account for member in backend.accounts):
            return str(backend.org.id)
    return None
