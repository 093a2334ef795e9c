"""Items as rows of the inventory table, and back.

`pk` is the ARN, `sk` is `current` or `version#<capture time>#<run>`. Only the current row of an
existing resource has the keys of `by-scope` and `by-type`, and only versions have that of
`by-change`. configuration and supplementaryConfiguration are JSON text, as in AWS Config: so no
number, empty value or level is lost in a conversion.
"""

import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cidb2.aws.attributes import to_attributes
from cidb2.items.canonical import to_json
from cidb2.items.item import Change, Item
from cidb2.items.resource import CONFIGURATION, SUPPLEMENTARY
from cidb2.scope import Scope

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

CURRENT = "current"
VERSION = "version#"
EXPIRES_AT = "expiresAt"
_AS_TEXT = (CONFIGURATION, SUPPLEMENTARY)
_KEYS = ("pk", "sk", "scopeKey", "scopeSort", "typeKey", "changeKey", EXPIRES_AT)

TYPE_SHARDS = 16
"""Partitions per type. Each accepts 1,000 writes per second (DynamoDB, 'Best practices for
designing and using partition keys'), and a first inventory writes everything at once."""


def version_key(capture_time: str, run_id: str) -> str:
    """Return the sort key of a version, which is in time order and unique per run."""
    return f"{VERSION}{capture_time}#{run_id}"


def scope_key(account_id: str, service: str) -> str:
    """Return the partition of the scope index that holds all regions of a service."""
    return f"{account_id}/{service}"


def type_key(resource_type: str, shard: int) -> str:
    """Return one of the type index's partitions of a type."""
    return f"{resource_type}#{shard:02}"


def type_of(key: str) -> str:
    """Return the type that a partition of the type index has."""
    return key.partition("#")[0]


def change_key(run_id: str, account_id: str, service: str) -> str:
    """Return the partition of the change index for the changes of a run in one service."""
    return f"{run_id}/{account_id}/{service}"


def current_row(item: Item, expires_at: int | None) -> dict[str, "AttributeValueTypeDef"]:
    """Return the row of a resource's current state; tombstones have `expires_at` (epoch s)."""
    return to_attributes(_content(item) | _keys(item, CURRENT, expires_at) | _index_keys(item))


def version_row(item: Item, expires_at: int) -> dict[str, "AttributeValueTypeDef"]:
    """Return the row of a resource's state at its capture time."""
    sort_key = version_key(item["configurationItemCaptureTime"], item["runId"])
    scope = Scope.parse(item["scope"])
    changed = {"changeKey": change_key(item["runId"], scope.account_id, scope.service)}
    return to_attributes(_content(item) | _keys(item, sort_key, expires_at) | changed)


def item_of(row: Mapping[str, Any]) -> Item:
    """Return the item of a row; with a `pointer`, its large fields are missing."""
    content = {name: value for name, value in row.items() if name not in _KEYS}
    content.setdefault("resourceName", None)
    content.setdefault("unreadable", {})
    if "pointer" not in content:
        content.setdefault("tags", None)
        content |= {name: json.loads(content[name], parse_constant=str) for name in _AS_TEXT}
    return cast("Item", content)


def _content(item: Item) -> dict[str, Any]:
    content = dict(item)
    content |= {name: to_json(content[name]) for name in _AS_TEXT if name in content}
    if not item["unreadable"]:
        del content["unreadable"]
    return content


def _keys(item: Item, sort_key: str, expires_at: int | None) -> dict[str, Any]:
    return {"pk": item["arn"], "sk": sort_key, EXPIRES_AT: expires_at}


def _index_keys(item: Item) -> dict[str, Any]:
    if item["change"] == Change.DELETED:
        return {}
    scope = Scope.parse(item["scope"])
    return {
        "scopeKey": scope_key(scope.account_id, scope.service),
        "scopeSort": f"{scope.region}/{item['arn']}",
        "typeKey": type_key(item["resourceType"], zlib.crc32(item["arn"].encode()) % TYPE_SHARDS),
    }
