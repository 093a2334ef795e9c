"""Adds EC2 operations to moto 5.2.5: placement groups, account settings, public snapshots."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2 import utils
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses import EC2Response
from moto.moto_api._internal import mock_random

from local.patches.replacement import Replacement

AWS_MANAGED_KEY = "alias/aws/ebs"
METADATA_DEFAULTS = (
    *("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags"),
)


def replacements() -> Iterator[Replacement]:
    """Yield the replacements."""
    for operation in (
        create_placement_group,
        describe_placement_groups,
        get_ebs_default_kms_key_id,
        modify_ebs_default_kms_key_id,
        get_instance_metadata_defaults,
        modify_instance_metadata_defaults,
        get_snapshot_block_public_access_state,
        enable_snapshot_block_public_access,
    ):
        yield EC2Response, operation.__name__, operation
    yield utils, "EC2_RESOURCE_TO_PREFIX", {**utils.EC2_RESOURCE_TO_PREFIX, "placement-group": "pg"}
    # moto returns a template's tags as they were at its creation
    yield LaunchTemplate, "tags", property(LaunchTemplate.get_tags, lambda *_: None)
    yield EC2Backend, "placement_groups", _of_each_backend("_placement_groups")
    yield EC2Backend, "settings", _of_each_backend("_settings")
    yield EC2Response, "describe_snapshots", only_restorable(EC2Response.describe_snapshots)


def create_placement_group(self: EC2Response) -> ActionResult:
    """CreatePlacementGroup: supports any strategy, and tags.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html
    """
    backend, name = self.ec2_backend, self._get_param("GroupName")
    where = f"{backend.partition}:ec2:{backend.region_name}:{backend.account_id}"
    group = {
        "GroupName": name,
        "GroupId": f"pg-{mock_random.get_random_hex(17)}",
        "GroupArn": f"arn:{where}:placement-group/{name}",
        "State": "available",
        "Strategy": self._get_param("Strategy", "cluster"),
    }
    backend.placement_groups[group["GroupId"]] = group
    tags = self._parse_tag_specification().get("placement-group", {})
    backend.tags[group["GroupId"]].update(tags)
    return ActionResult({"PlacementGroup": _with_tags(backend, group)})


def describe_placement_groups(self: EC2Response) -> ActionResult:
    """DescribePlacementGroups: returns all groups in one response.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePlacementGroups.html
    """
    backend = self.ec2_backend
    groups = backend.placement_groups.values()
    return ActionResult({"PlacementGroups": [_with_tags(backend, each) for each in groups]})


def get_ebs_default_kms_key_id(self: EC2Response) -> ActionResult:
    """GetEbsDefaultKmsKeyId: returns AWS's key until another is set.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html
    """
    return _setting(self, "KmsKeyId", AWS_MANAGED_KEY)


def modify_ebs_default_kms_key_id(self: EC2Response) -> ActionResult:
    """ModifyEbsDefaultKmsKeyId.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html
    """
    return _set(self, "KmsKeyId", self._get_param("KmsKeyId"))


def get_instance_metadata_defaults(self: EC2Response) -> ActionResult:
    """GetInstanceMetadataDefaults: returns nothing until something is set.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceMetadataDefaults.html
    """
    return _setting(self, "AccountLevel", {})


def modify_instance_metadata_defaults(self: EC2Response) -> ActionResult:
    """ModifyInstanceMetadataDefaults.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html
    """
    given = {name: self._get_param(name) for name in METADATA_DEFAULTS}
    _set(self, "AccountLevel", {name: value for name, value in given.items() if value})
    return ActionResult({"Return": True})


def get_snapshot_block_public_access_state(self: EC2Response) -> ActionResult:
    """GetSnapshotBlockPublicAccessState: returns unblocked until blocking is enabled.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
    """
    state = {"State": "unblocked", "ManagedBy": "account"}
    return ActionResult(state | self.ec2_backend.settings)


def enable_snapshot_block_public_access(self: EC2Response) -> ActionResult:
    """EnableSnapshotBlockPublicAccess.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html
    """
    return _set(self, "State", self._get_param("State"))


def only_restorable(describe: Callable[[EC2Response], ActionResult]) -> Any:
    """DescribeSnapshots: returns only publicly restorable snapshots if the request asks for them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
    """

    @functools.wraps(describe)
    def call(self: EC2Response) -> ActionResult:
        if "all" in (self._get_param("RestorableByUserIds") or []):
            found = [*self.ec2_backend.snapshots.values()]
            public = [one for one in found if "all" in one.create_volume_permission_groups]
            return ActionResult({"Snapshots": public})
        return describe(self)

    return call


def _setting(self: EC2Response, name: str, default: Any) -> ActionResult:
    return ActionResult({name: self.ec2_backend.settings.get(name, default)})


def _set(self: EC2Response, name: str, value: Any) -> ActionResult:
    self.ec2_backend.settings[name] = value
    return ActionResult({name: value})


def _of_each_backend(name: str) -> property:
    """Return a dictionary per account and region, which moto's reset clears."""
    return property(lambda backend: vars(backend).setdefault(name, {}))


def _with_tags(backend: EC2Backend, group: dict[str, Any]) -> dict[str, Any]:
    tags = backend.tags.get(group["GroupId"], {})
    return {**group, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
