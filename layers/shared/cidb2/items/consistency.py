"""Whether what an item says of itself fits together: nobody speaks for another.

A consistent item speaks of its own scope alone: its ARN, account, region and type are the scope's,
and so are the keys that its row gets. No message quotes a value, for the values may be anybody's.
"""

import re
from datetime import timedelta

from cidb2.errors import InconsistentItemError
from cidb2.items.item import Item, status_of
from cidb2.run import begun_at
from cidb2.scope import GLOBAL, Scope
from cidb2.services import REGIONAL, TYPES, ResourceType
from cidb2.times import parse

CLOCK_SKEW = timedelta(minutes=5)
"""How far apart the clocks of a run may be: the state machine's, the functions', AWS's."""

_REGION_NAME = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def check_consistency(item: Item) -> None:
    """Raise InconsistentItemError where an item speaks of anything but its own scope and run.

    The item has the shape that its schema demands.
    """
    check_scope(item)
    if item["configurationItemStatus"] != status_of(item["change"]):
        raise InconsistentItemError("configurationItemStatus", "not the status of the change")
    _check_run(item)


def check_scope(item: Item) -> None:
    """Raise InconsistentItemError where an item is of another account, region or type."""
    scope = Scope.parse(item["scope"])
    kind = TYPES.get(scope.service, {}).get(item["resourceType"])
    if kind is None:
        raise InconsistentItemError("resourceType", "not a type of the scope's service")
    if item["accountId"] != scope.account_id:
        raise InconsistentItemError("accountId", "not the scope's account")
    _check_region(item, scope, kind)
    _check_arn(item, scope, kind)


def _check_region(item: Item, scope: Scope, kind: ResourceType) -> None:
    region = item["awsRegion"]
    if not REGIONAL[scope.service] and scope.region != GLOBAL:
        raise InconsistentItemError("scope", "a region of a global service")
    if REGIONAL[scope.service] and region != scope.region:
        raise InconsistentItemError("awsRegion", "not the scope's region")
    if kind.has_region and not _REGION_NAME.fullmatch(region):
        raise InconsistentItemError("awsRegion", "not a region's name")
    if not kind.has_region and region != GLOBAL:
        raise InconsistentItemError("awsRegion", "not global")


def _check_arn(item: Item, scope: Scope, kind: ResourceType) -> None:
    _, _, service, region, account, resource = item["arn"].split(":", 5)
    if service != scope.service:
        raise InconsistentItemError("arn", "not of the scope's service")
    if region != (scope.region if REGIONAL[scope.service] else ""):
        raise InconsistentItemError("arn", "not of the scope's region")
    if account != (scope.account_id if kind.names_account else ""):
        raise InconsistentItemError("arn", "not of the scope's account")
    if not resource.startswith(kind.prefix):
        raise InconsistentItemError("arn", "not of the resource's type")
    if resource.removeprefix(kind.prefix).rpartition("/")[2] != kind.name_of(item):
        raise InconsistentItemError("arn", "does not end with the resource's id or name")


def _check_run(item: Item) -> None:
    try:
        begun, captured = begun_at(item["runId"]), parse(item["configurationItemCaptureTime"])
    except ValueError as error:
        raise InconsistentItemError("runId", "it or the capture time is not a time") from error
    if begun - captured > CLOCK_SKEW:
        raise InconsistentItemError("runId", "the run began after the capture")
