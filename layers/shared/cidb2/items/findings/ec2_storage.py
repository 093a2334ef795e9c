"""Findings of EC2's snapshots and images."""

from typing import Any

from cidb2.items.findings.content import any_entry, ask_any, flag, mapping, member
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, told_by
from cidb2.items.item import Effect
from cidb2.items.resource import Resource


def is_public_snapshot(snapshot: Resource) -> Verdict:
    """Tell whether everybody may create volumes from a snapshot.

    Its permissions are judged, not whether the account blocks public snapshots at the moment.
    """
    return told_by(
        ask_any(snapshot, "IsPublic", flag), _permits_all(snapshot, "CreateVolumePermissions")
    )


def is_public_image(image: Resource) -> Verdict:
    """Tell whether everybody may launch instances from an image."""
    return told_by(flag(member(image, "Public")), _permits_all(image, "LaunchPermissions"))


def _permits_all(resource: Resource, permissions: str) -> Verdict:
    return ask_any(resource, permissions, lambda entries: any_entry(_is_for_all, entries))


def _is_for_all(permission: Any) -> Verdict:
    return mapping(permission).get("Group") == "all" if mapping(permission) else None


RULES = (
    Rule(
        Finding.PUBLIC_SNAPSHOT,
        types=("AWS::EC2::Snapshot",),
        judge=is_public_snapshot,
        title="Public snapshots",
        advice=(
            "aws ec2 modify-snapshot-attribute --snapshot-id <snapshot> "
            "--attribute createVolumePermission --operation-type remove --group-names all"
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
    Rule(
        Finding.PUBLIC_IMAGE,
        types=("AWS::EC2::Image",),
        judge=is_public_image,
        title="Public images",
        advice=(
            "aws ec2 modify-image-attribute --image-id <image> "
            "--launch-permission 'Remove=[{Group=all}]'"
        ),
        effect=Effect.EXPOSURE_WIDENED,
    ),
)
