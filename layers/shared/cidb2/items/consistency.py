"""Checks that an item is consistent, so that no account can report on another.

The ARN, account, region and type of a consistent item match its scope, and so do the keys of its
row. Error messages quote no value, because anybody may have written it.
"""

import re
from datetime import timedelta

from cidb2.errors import InconsistentItemError
from cidb2.items.item import Item, status_of
from cidb2.run import begun_at
from cidb2.scope import GLOBAL, Scope
from cidb2.times import parse
from cidb2.types.catalog import DECLARED, TYPES
from cidb2.types.declaration import ResourceType, ServiceTypes

CLOCK_SKEW = timedelta(minutes=5)
"""Maximum difference between the clocks of state machine, functions and AWS."""

_REGION_NAME = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def check_consistency(item: Item) -> None:
    """Raise InconsistentItemError if an item does not match its own scope and run.

    The item must be valid against its schema.
    """
    check_scope(item)
    if item["configurationItemStatus"] != status_of(item["change"]):
        raise InconsistentItemError("configurationItemStatus", "does not match the change")
    _check_run(item)


def check_scope(item: Item) -> None:
    """Raise InconsistentItemError if an item has another account, region or type than its scope."""
    scope = Scope.parse(item["scope"])
    declared = TYPES.get(scope.service, {}).get(item["resourceType"])
    if declared is None:
        raise InconsistentItemError("resourceType", "does not belong to the scope's service")
    if item["accountId"] != scope.account_id:
        raise InconsistentItemError("accountId", "not the scope's account")
    service = DECLARED[scope.service]
    _check_region(item, scope, service, declared)
    _check_arn(item, scope, service, declared)


def _check_region(item: Item, scope: Scope, service: ServiceTypes, declared: ResourceType) -> None:
    region = item["awsRegion"]
    if service.is_global and scope.region != GLOBAL:
        raise InconsistentItemError("scope", "names a region, but the service is global")
    if not service.is_global and region != scope.region:
        raise InconsistentItemError("awsRegion", "not the scope's region")
    has_region = not service.is_global or declared.region
    if has_region and not _REGION_NAME.fullmatch(region):
        raise InconsistentItemError("awsRegion", "not a region name")
    if not has_region and region != GLOBAL:
        raise InconsistentItemError("awsRegion", "not global")


def _check_arn(item: Item, scope: Scope, service: ServiceTypes, declared: ResourceType) -> None:
    template = service.arns[declared.type]
    _, _, prefix, region, account, resource = item["arn"].split(":", 5)
    if prefix != template.service:
        raise InconsistentItemError("arn", "not in the scope's service")
    if region != template.region.replace("{region}", item["awsRegion"]):
        raise InconsistentItemError("arn", "not in the scope's region")
    if not template.fits_account(account, scope.account_id):
        raise InconsistentItemError("arn", "not in the scope's account")
    if declared.id == declared.arn_member and item["resourceId"] != item["arn"]:
        raise InconsistentItemError("resourceId", "not the ARN")
    if declared.id == declared.name and item["resourceId"] != item["resourceName"]:
        raise InconsistentItemError("resourceName", "not the id")
    known = {declared.name: item["resourceName"], declared.id: item["resourceId"]}
    if not template.fits(resource, known):
        raise InconsistentItemError("arn", "does not match the resource's type, id and name")


def _check_run(item: Item) -> None:
    try:
        begun, captured = begun_at(item["runId"]), parse(item["configurationItemCaptureTime"])
    except ValueError as error:
        raise InconsistentItemError(
            "runId", "the run id or the capture time contains no valid time"
        ) from error
    if begun - captured > CLOCK_SKEW:
        raise InconsistentItemError("runId", "the run began after the capture")
