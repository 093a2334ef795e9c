"""A resource as it stands, in the words of CIDB2's item."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

Item = dict[str, Any]
"""`unreadable` names what AWS keeps from everybody."""

Client = Callable[..., Any]
"""Called as `client("iam", account=..., region=...)`, returns a boto3 client."""

VOLATILE = ("RoleLastUsed", "AttachmentCount", "PermissionsBoundaryUsageCount")
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
