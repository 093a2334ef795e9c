"""Findings of KMS keys."""

from cidb2.items.findings.content import ask, flag, mapping
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, not_
from cidb2.items.resource import Resource


def lacks_rotation(key: Resource) -> Verdict:
    """Tell whether rotation is off for an enabled customer managed key that supports it.

    Only such keys have a rotation status; the KMS collector decides which they are. The finding
    never applies to a replica of a multi-Region key: its rotation is that of the primary key, the
    only one on which it can be enabled (KMS API Reference, EnableKeyRotation and ReplicateKey).
    """
    metadata = key.configuration or {}
    state = metadata.get("KeyState")
    kind = mapping(metadata.get("MultiRegionConfiguration")).get("MultiRegionKeyType")
    off = ask(key, "RotationStatus", lambda status: not_(flag(status.get("KeyRotationEnabled"))))
    return and_(off, state == "Enabled" if state else None, kind != "REPLICA")


RULES = (
    Rule(
        Finding.KEY_WITHOUT_ROTATION,
        types=("AWS::KMS::Key",),
        judge=lacks_rotation,
        title="Customer managed keys that are not rotated",
        advice="aws kms enable-key-rotation --key-id <key>",
    ),
)
