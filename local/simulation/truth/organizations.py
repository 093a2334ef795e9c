"""The organisation with its units, accounts and policies, as its management account sees it."""

import json
from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from local.simulation.truth.item import Client, Item, item, plain, tag_map
from local.simulation.truth.kinds import without

SENSITIVE = ("Email", "MasterAccountEmail")


def read(client: Client, account: str) -> Iterator[Item]:
    """Yield them in the account that has founded an organisation, in any other nothing."""
    if get_backend("organizations")[account]["aws"].org is None:
        return
    organizations = client("organizations", account=account)
    roots = organizations.list_roots()["Roots"]
    organization = organizations.describe_organization()["Organization"]
    extras = {"Roots": roots, **_delegated(organizations)}
    yield _item(account, "Organization", organization, None, {}, extras)
    yield from _resource_policy(organizations, account)
    for root in roots:
        yield from _units(organizations, account, root["Id"], root["Name"])
    for page in organizations.get_paginator("list_accounts").paginate():
        for entry in page["Accounts"]:
            tags = _tags(organizations, entry["Id"])
            yield _item(account, "Account", entry, entry["Name"], tags, {})
    for kind in {policy.type for policy in get_backend("organizations")[account]["aws"].policies}:
        yield from _policies(organizations, account, kind)


def _units(organizations: Any, account: str, parent: str, above: str) -> Iterator[Item]:
    answer = organizations.list_organizational_units_for_parent(ParentId=parent)
    for unit in answer["OrganizationalUnits"]:
        names, tags = f"{above}/{unit['Name']}", _tags(organizations, unit["Id"])
        extras = {"ParentId": parent, "NamePath": names}
        yield _item(account, "OrganizationalUnit", unit, unit["Name"], tags, extras)
        yield from _units(organizations, account, unit["Id"], names)


def _delegated(organizations: Any) -> dict[str, Any]:
    admins = organizations.list_delegated_administrators()["DelegatedAdministrators"]
    services = {
        each["Id"]: organizations.list_delegated_services_for_account(AccountId=each["Id"])
        for each in admins
    }
    return {
        "DelegatedAdministrators": plain([without(each, SENSITIVE) for each in admins]),
        "DelegatedServices": {
            one: plain(told["DelegatedServices"]) for one, told in services.items()
        },
    }


def _resource_policy(organizations: Any, account: str) -> Iterator[Item]:
    try:
        policy = organizations.describe_resource_policy()["ResourcePolicy"]
    except organizations.exceptions.ResourcePolicyNotFoundException:
        return
    summary = policy["ResourcePolicySummary"]
    tags = _tags(organizations, summary["Id"])
    yield item(
        "AWS::Organizations::ResourcePolicy",
        account,
        "global",
        (summary["Arn"], summary["Id"], tags.get("Name")),
        configuration={**policy, "Content": json.loads(policy["Content"])},
        tags=tags,
    )


def _policies(organizations: Any, account: str, kind: str) -> Iterator[Item]:
    for summary in organizations.list_policies(Filter=kind)["Policies"]:
        if summary["AwsManaged"]:
            continue
        policy = organizations.describe_policy(PolicyId=summary["Id"])["Policy"]
        targets = organizations.list_targets_for_policy(PolicyId=summary["Id"])["Targets"]
        yield item(
            "AWS::Organizations::Policy",
            account,
            "global",
            (summary["Arn"], summary["Id"], summary["Name"]),
            configuration={**policy, "Content": json.loads(policy["Content"])},
            supplementaryConfiguration={"Targets": targets},
            tags=_tags(organizations, summary["Id"]),
        )


def _item(
    account: str,
    kind: str,
    entry: dict[str, Any],
    name: str | None,
    tags: dict[str, str],
    extras: dict[str, Any],
) -> Item:
    return item(
        f"AWS::Organizations::{kind}",
        account,
        "global",
        (entry["Arn"], entry["Id"], name),
        configuration=without(entry, SENSITIVE),
        supplementaryConfiguration=extras,
        tags=tags,
    )


def _tags(organizations: Any, resource: str) -> dict[str, str]:
    return tag_map(organizations.list_tags_for_resource(ResourceId=resource)["Tags"])
