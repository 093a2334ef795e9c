"""Findings of S3 buckets."""

import re
from collections.abc import Mapping
from typing import Any

from cidb2.items.findings.content import any_entry, ask, flag, mapping, matches
from cidb2.items.findings.rule import Finding, Rule
from cidb2.items.findings.verdicts import Verdict, and_, not_, or_
from cidb2.items.item import Effect
from cidb2.items.resource import Resource

_EVERYBODY = re.compile(r".*/groups/global/(AllUsers|AuthenticatedUsers)")


def is_public(bucket: Resource) -> Verdict:
    """Tell whether a bucket's policy or ACL makes it public, and nothing blocks that.

    S3 applies the block settings of both the bucket and its account (S3 User Guide, 'Blocking
    public access to your Amazon S3 storage'). Every bucket has an ACL, so a missing ACL is unknown.
    """
    by_policy = ask(bucket, "PolicyStatus", lambda status: flag(status.get("IsPublic")))
    by_acl = ask(
        bucket,
        "Acl",
        lambda acl: any_entry(_is_for_everybody, acl.get("Grants")),
        not_configured=None,
    )
    return or_(
        and_(by_policy, not_(_blocks(bucket, "RestrictPublicBuckets"))),
        and_(by_acl, not_(or_(_blocks(bucket, "IgnorePublicAcls"), _ignores_acls(bucket)))),
    )


def _is_for_everybody(grant: Any) -> Verdict:
    grantee = mapping(grant).get("Grantee")
    if not isinstance(grantee, Mapping):
        return None
    return matches(_EVERYBODY, grantee.get("URI") or [])


def _blocks(bucket: Resource, setting: str) -> Verdict:
    """Tell whether the bucket or its account turns a setting on; either is enough."""
    return or_(
        *(
            ask(bucket, name, lambda block: flag(block.get(setting)))
            for name in ("PublicAccessBlock", "AccountPublicAccessBlock")
        )
    )


def _ignores_acls(bucket: Resource) -> Verdict:
    """Tell whether ACLs are disabled (S3 User Guide, 'Controlling ownership of objects')."""
    return ask(
        bucket,
        "OwnershipControls",
        lambda controls: any_entry(
            lambda rule: mapping(rule).get("ObjectOwnership") == "BucketOwnerEnforced",
            controls.get("Rules", []),
        ),
    )


RULES = (
    Rule(
        Finding.PUBLIC_BUCKET,
        types=("AWS::S3::Bucket",),
        judge=is_public,
        title="Buckets that are public by policy or ACL",
        advice="Turn on the bucket's public access block, or that of the account.",
        effect=Effect.EXPOSURE_WIDENED,
    ),
)
