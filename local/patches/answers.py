"""Corrects responses of S3, EC2 and IAM in moto 5.2.5."""

import operator
from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import Region, RegionsAndZonesBackend
from moto.iam.access_control import PermissionResult
from moto.iam.models import Policy
from moto.s3.models import FakeBucket, S3Backend
from moto.utilities.utils import get_partition

from local.patches.replacement import Replacement


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    yield FakeBucket, "get_permission", bucket_permission
    # S3 checks the permission for access logs at delivery, hours later: never here
    yield FakeBucket, "_log_permissions_enabled_policy", lambda *_, **__: True
    yield S3Backend, "log_incoming_request", lambda *_: None
    yield RegionsAndZonesBackend, "describe_regions", same_regions
    for name in ("id", "name"):  # GetAccountAuthorizationDetails expects other names
        yield Policy, f"policy_{name}", property(operator.attrgetter(name))


def bucket_permission(*_: Any) -> PermissionResult:
    """Bucket policies: moto ignores their conditions, so it denies requests that AWS allows."""
    return PermissionResult.NEUTRAL


def same_regions(backend: Any, region_names: list[str] | None = None) -> list[Region]:
    """DescribeRegions: an account has one list, with the regions of its own partition.

    In moto each region has its own list, which includes the regions of GovCloud and China.
    """
    others = list(ec2_backends[backend.account_id].values())
    lists = [vars(other)["regions"] for other in others if "regions" in vars(other)]
    regions: list[Region] = lists[0] if lists else backend.regions
    return [
        region
        for region in regions
        if get_partition(region.name) == backend.partition
        and (not region_names or region.name in region_names)
    ]
