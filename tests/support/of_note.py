"""Computes the expected findings among planted items with independent, plain checks."""

import json
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]


def of_note(items: Mapping[str, Item]) -> dict[str, set[str]]:
    """Return the ARNs by finding; unreadable values give no finding."""
    found: dict[str, set[str]] = {}
    for arn, item in items.items():
        for finding, has_it in _LOOKS.get(item["resourceType"], {}).items():
            if has_it(item):
                found.setdefault(finding, set()).add(arn)
    return found


def _public(bucket: Item) -> Any:
    more = bucket["supplementaryConfiguration"]
    own, of_account = more["PublicAccessBlock"] or {}, more["AccountPublicAccessBlock"] or {}
    rules = (more["OwnershipControls"] or {"Rules": []})["Rules"]
    acls_count = {"ObjectOwnership": "BucketOwnerEnforced"} not in rules
    by_acl = "global/AllUsers" in json.dumps(more["Acl"]) and acls_count
    by_policy = (more["PolicyStatus"] or {"IsPublic": False})["IsPublic"]

    def is_blocked(setting: str) -> Any:
        return own.get(setting) or of_account.get(setting)

    return (by_acl and not is_blocked("IgnorePublicAcls")) or (
        by_policy and not is_blocked("RestrictPublicBuckets")
    )


def _not_rotating(key: Item) -> bool:
    status = key["supplementaryConfiguration"].get("RotationStatus")
    metadata = key["configuration"] or {}
    is_replica = "'REPLICA'" in str(metadata.get("MultiRegionConfiguration"))
    is_on = metadata.get("KeyState") == "Enabled" and not is_replica
    return is_on and status is not None and not status["KeyRotationEnabled"]


def _admin(identity: Item) -> bool:
    versions = identity["configuration"].pop("PolicyVersionList", [])
    default = [one for one in versions if one["IsDefaultVersion"]]
    attached = json.dumps(identity["configuration"].get("AttachedManagedPolicies", []))
    inline = json.dumps([identity["configuration"], default])
    is_admin = ':iam::aws:policy/AdministratorAccess"' in attached
    return is_admin or '"Action": "*", "Resource": "*"' in inline


def _imdsv1(instance: Item) -> Any:
    configuration = instance["configuration"]
    is_there = configuration["State"]["Name"] != "terminated"
    return is_there and configuration["MetadataOptions"]["HttpTokens"] == "optional"


def _open_administration(group: Item) -> bool:
    def allows(port: int, address: str) -> bool:
        return any(
            f'"{address}"' in json.dumps(rule)
            and (rule["IpProtocol"] == "-1" or rule["FromPort"] <= port <= rule["ToPort"])
            for rule in group["configuration"]["IpPermissions"]
            if rule["IpProtocol"] in ("-1", "tcp")
        )

    halves = ("0.0.0.0/1", "128.0.0.0/1")
    return any(
        allows(port, "0.0.0.0/0")
        or allows(port, "::/0")
        or all(allows(port, half) for half in halves)
        for port in (22, 3389)
    )


def _public_snapshot(snapshot: Item) -> Any:
    return snapshot["supplementaryConfiguration"]["IsPublic"]


def _public_image(image: Item) -> bool:
    return {"Group": "all"} in image["supplementaryConfiguration"]["LaunchPermissions"]


def _unencrypted(disk: Item) -> bool:
    return not disk["configuration"]["Encrypted"]


def _open_to_all(function: Item) -> bool:
    return '"Principal": "*"' in json.dumps(function["supplementaryConfiguration"]["Policy"])


_LOOKS: Mapping[str, Any] = {
    "AWS::S3::Bucket": {"PUBLIC_BUCKET": _public},
    "AWS::KMS::Key": {"KEY_WITHOUT_ROTATION": _not_rotating},
    "AWS::EC2::SecurityGroup": {"OPEN_ADMINISTRATION_PORT": _open_administration},
    "AWS::EC2::Snapshot": {
        "PUBLIC_SNAPSHOT": _public_snapshot,
        "UNENCRYPTED_SNAPSHOT": _unencrypted,
    },
    "AWS::EC2::Image": {"PUBLIC_IMAGE": _public_image},
    "AWS::EC2::Volume": {"UNENCRYPTED_VOLUME": _unencrypted},
    "AWS::EC2::Instance": {"INSTANCE_WITH_IMDSV1": _imdsv1},
    "AWS::Lambda::Function": {"PUBLIC_FUNCTION": _open_to_all},
    **{
        f"AWS::IAM::{kind}": {"POLICY_ALLOWS_ALL": _admin}
        for kind in ("ManagedPolicy", "Role", "User", "Group")
    },
}
