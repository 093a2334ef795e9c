"""An actual resource, in the form of CIDB2's item."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local.simulation.population.planted import Planted
from local.simulation.population.site import Client

__all__ = [
    "VOLATILE",
    "Client",
    "Found",
    "Item",
    "expected_item",
    "expected_items",
    "item",
    "plain",
    "tag_map",
]

Item = dict[str, Any]
"""An item; `unreadable` names the fields that nobody can read."""
Found = tuple[str | None, str, str, str, Mapping[str, str]]
"""A resource's name, ARN, type without `AWS::`, id and tags."""

VOLATILE = (
    *("RoleLastUsed", "AttachmentCount", "PermissionsBoundaryUsageCount"),
    "AvailableIpAddressCount",
)
"""Fields of a configuration that only measure usage. They are not compared: the run itself uses
roles, and changes of these fields alone are not published.
"""


def item(
    kind: str, account: str, region: str, identity: tuple[str, str, str | None], **content: Any
) -> Item:
    arn, resource_id, name = identity
    content["configuration"] = plain(content["configuration"])
    for field in VOLATILE:
        content["configuration"].pop(field, None)
    head = {"arn": arn, "resourceId": resource_id, "resourceName": name, "resourceType": kind}
    where = {"accountId": account, "awsRegion": region}
    return {**head, **where, "supplementaryConfiguration": {}, "unreadable": (), **content}


def expected_item(planted: Planted) -> Item:
    """Return the item expected of a planted resource, without a configuration."""
    return {
        "arn": planted.arn,
        "resourceId": planted.id,
        "resourceName": planted.name,
        "resourceType": planted.type,
        "accountId": planted.account,
        "awsRegion": planted.region,
        "tags": dict(planted.tags),
        "unreadable": (),
        "shows": planted.shows,
    }


def expected_items(account: str, region: str, found: Iterable[Found]) -> Iterator[Item]:
    """Yield the expected items of a region's resources."""
    for name, arn, kind, own_id, tags in found:
        yield expected_item(Planted(f"AWS::{kind}", account, region, arn, own_id, name, tags))


def plain(value: Any) -> Any:
    """Return an AWS response in JSON types, without null fields."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        in_utc = value.astimezone(UTC) if value.tzinfo else value
        return in_utc.replace(tzinfo=None).isoformat() + "Z"
    return value


def tag_map(pairs: Iterable[dict[str, str]], prefix: str = "") -> dict[str, str]:
    return {pair[f"{prefix}Key"]: pair[f"{prefix}Value"] for pair in pairs}
