"""Patches to Organizations in moto 5.2.5."""

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.session import get_session
from moto.organizations.models import (
    FakeAccount,
    FakeOrganizationalUnit,
    FakePolicy,
    OrganizationsBackend,
    organizations_backends,
)
from moto.organizations.responses import OrganizationsResponse

from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield FakeAccount, "describe", account_with_paths(FakeAccount.describe)
    yield FakeOrganizationalUnit, "describe", unit_with_path
    yield OrganizationsResponse, "list_organizational_units_for_parent", list_units
    yield FakePolicy, "SUPPORTED_POLICY_TYPES", policy_types()


@functools.cache
def policy_types() -> list[str]:
    """Return AWS's policy types. moto knows five of them and rejects the others."""
    policy_type = get_session().get_service_model("organizations").shape_for("PolicyType")
    return list(policy_type.metadata["enum"])


def account_with_paths(describe: Callable[[Any], dict[str, Any]]) -> Callable[[Any], Any]:
    """Return an account's description with its path (moto: without).

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    return lambda account: {**describe(account), "Paths": [path_of(account)]}


def unit_with_path(unit: Any) -> dict[str, Any]:
    """Describe a unit with its path (moto: without).

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
    """
    told = {"Id": unit.id, "Arn": unit.arn, "Name": unit.name, "Path": path_of(unit)}
    return {"OrganizationalUnit": told}


def list_units(response: Any) -> str:
    """List the units below a parent, with their paths."""
    units, token = response.organizations_backend.list_organizational_units_for_parent(
        max_results=response._get_int_param("MaxResults"),
        next_token=response._get_param("NextToken"),
        parent_id=response._get_param("ParentId"),
    )
    listed = [unit.describe()["OrganizationalUnit"] for unit in units]
    return json.dumps({"OrganizationalUnits": listed, "NextToken": token})


def path_of(child: Any) -> str:
    """Return the ids from the organisation to an account or unit, each followed by a slash."""
    _, partition, *_ = child.arn.split(":")
    backend: OrganizationsBackend = organizations_backends[child.master_account_id][partition]
    parents: dict[str, Any] = {unit.id: unit.parent_id for unit in backend.ou}
    ids, above = [child.id], child.parent_id
    while above:
        ids.append(above)
        above = parents.get(above)
    return "".join(f"{one}/" for one in reversed([*ids, child.organization_id]))
