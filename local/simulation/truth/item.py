"""A resource as it stands, in the words of CIDB2's item."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local.simulation.population.planted import Planted
from local.simulation.population.site import Client

__all__ = ["VOLATILE", "Client", "Found", "Item", "all_told", "item", "plain", "tag_map", "told"]

Item = dict[str, Any]
"""`unreadable` names what AWS keeps from everybody."""
Found = tuple[str | None, str, str, str, Mapping[str, str]]
"""Name, ARN, type without `AWS::`, id and tags of a resource."""

VOLATILE = (
    *("RoleLastUsed", "AttachmentCount", "PermissionsBoundaryUsageCount"),
    "AvailableIpAddressCount",
)
"""Fields of a configuration that only say how much it is used: they are not compared, for the run
itself uses roles, and a run that publishes changes alone does not publish these.
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


def told(planted: Planted) -> Item:
    """Return what is said of a resource; its configuration is not known but for that."""
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


def all_told(account: str, region: str, found: Iterable[Found]) -> Iterator[Item]:
    """Yield what is said of resources of a region."""
    for name, arn, kind, own_id, tags in found:
        yield told(Planted(f"AWS::{kind}", account, region, arn, own_id, name, tags))


def plain(value: Any) -> Any:
    """Return an answer of AWS in JSON's types, fields without a value left out."""
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
