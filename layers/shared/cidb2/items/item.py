"""The item: a resource as published and stored, in AWS Config's vocabulary."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from cidb2.items.resource import Resource
from cidb2.scope import Scope

SCHEMA_VERSION = "1.0"


class Change(StrEnum):
    """How an item compares with the inventory table."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    DELETED = "DELETED"


class Effect(StrEnum):
    """What a change means, gravest first; `docs/reasons.md` explains each."""

    EXPOSURE_WIDENED = "EXPOSURE_WIDENED"
    TRUST_ADDED = "TRUST_ADDED"
    ENCRYPTION_REMOVED = "ENCRYPTION_REMOVED"
    REPLACED = "REPLACED"
    TAGS_ONLY = "TAGS_ONLY"


class Effects(TypedDict, total=False):
    """What a change means, as an item tells it; empty if that could not be judged."""

    effects: list[str]
    addedPrincipals: list[str]


class Status(StrEnum):
    """The values of AWS Config's configurationItemStatus that CIDB2 uses."""

    DISCOVERED = "ResourceDiscovered"
    OK = "OK"
    DELETED = "ResourceDeleted"


class Pointer(TypedDict):
    """The location in S3 of the large fields of an item that is too large for a message."""

    bucket: str
    key: str


class Item(TypedDict):
    """A configuration item; `schemas/item.json` is its contract."""

    schemaVersion: str
    runId: str
    scope: str
    change: str
    accountId: str
    awsRegion: str
    resourceType: str
    resourceId: str
    resourceName: str | None
    arn: str
    tags: NotRequired[dict[str, str] | None]
    configuration: NotRequired[dict[str, Any] | None]
    supplementaryConfiguration: NotRequired[dict[str, Any]]
    configurationItemCaptureTime: str
    configurationItemStatus: str
    contentHash: str
    unreadable: dict[str, str]
    effects: NotRequired[list[str]]
    addedPrincipals: NotRequired[list[str]]
    omitted: NotRequired[list[str]]
    pointer: NotRequired[Pointer]


CLAIMED = ("tags", "configuration", "supplementaryConfiguration")
"""The fields that are stored in S3 if an item is too large for a message."""

_STATUS = {
    Change.CREATED: Status.DISCOVERED,
    Change.CHANGED: Status.OK,
    Change.UNCHANGED: Status.OK,
    Change.DELETED: Status.DELETED,
}


def status_of(change: str) -> Status:
    """Return the status of an item with this change."""
    return _STATUS[Change(change)]


def live_item(
    resource: Resource,
    scope: Scope,
    run_id: str,
    change: Change,
    moment: str,
    effects: Effects | None = None,
) -> Item:
    """Return the item of an existing resource; `moment` is its capture time."""
    item = Item(
        schemaVersion=SCHEMA_VERSION,
        runId=run_id,
        scope=str(scope),
        change=change,
        accountId=scope.account_id,
        awsRegion=resource.region,
        resourceType=resource.resource_type,
        resourceId=resource.resource_id,
        resourceName=resource.resource_name,
        arn=resource.arn,
        tags=dict(resource.tags) if resource.tags is not None else None,
        configuration=dict(resource.configuration) if resource.configuration is not None else None,
        supplementaryConfiguration=dict(resource.supplementary),
        configurationItemCaptureTime=moment,
        configurationItemStatus=_STATUS[change],
        contentHash=resource.content_hash,
        unreadable=resource.unreadable_codes,
    )
    if effects and "effects" in effects:
        item["effects"] = effects["effects"]
    if effects and "addedPrincipals" in effects:
        item["addedPrincipals"] = effects["addedPrincipals"]
    if resource.omitted:
        item["omitted"] = [*resource.omitted]
    return item


def tombstone(known: Item, run_id: str, moment: str) -> Item:
    """Return the item that records the deletion of `known`, with its last content.

    `moment` is the start of the scope's listing: anything seen of the resource after that is newer
    than this deletion.
    """
    gone = known.copy()
    gone.pop("effects", None)
    gone.pop("addedPrincipals", None)
    gone["runId"] = run_id
    gone["change"] = Change.DELETED
    gone["configurationItemCaptureTime"] = moment
    gone["configurationItemStatus"] = Status.DELETED
    return gone


def effects_told(item: Item) -> Effects:
    """Return what the change of an item means, as the item tells it."""
    told: Effects = {}
    if "effects" in item:
        told["effects"] = item["effects"]
    if "addedPrincipals" in item:
        told["addedPrincipals"] = item["addedPrincipals"]
    return told


def statement(content_hash: str, unreadable: Mapping[str, str]) -> str:
    """Return the statement of an item: its content hash, and its unreadable fields."""
    return content_hash + "".join(f" {name}:{code}" for name, code in sorted(unreadable.items()))


def message_attributes(item: Item) -> dict[str, str | list[str]]:
    """Return the SNS message attributes by which a subscriber can filter."""
    effects = item.get("effects")
    return {
        "change": item["change"],
        "accountId": item["accountId"],
        "awsRegion": item["awsRegion"],
        "resourceType": item["resourceType"],
        "service": Scope.parse(item["scope"]).service,
        **({"effects": effects} if effects else {}),
    }


def without_claimed(item: Item, pointer: Pointer) -> Mapping[str, Any]:
    """Return the item with a pointer in place of its large fields."""
    return {name: value for name, value in item.items() if name not in CLAIMED} | {
        "pointer": pointer
    }
