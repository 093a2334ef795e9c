"""Findings of note: what a person wants to be told of a resource, judged from what was read of it.

A field that could not be read leaves a finding unknown. That is counted apart, for it does not mean
that all is well; what was known of the field before does not answer for today.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cidb2.fields import supplement
from cidb2.resource import Resource

NAMED = 20
"""ARNs that are named of a finding in a scope; all are counted."""

Verdict = bool | None
"""Whether it is so; None where nobody knows."""


class Finding(StrEnum):
    """What may be found; `docs/operations.md` says what each means and what to do."""

    PUBLIC_BUCKET = "PUBLIC_BUCKET"
    KEY_WITHOUT_ROTATION = "KEY_WITHOUT_ROTATION"
    POLICY_ALLOWS_ALL = "POLICY_ALLOWS_ALL"
    INSTANCE_WITH_IMDSV1 = "INSTANCE_WITH_IMDSV1"
    PUBLIC_FUNCTION = "PUBLIC_FUNCTION"


def is_public(bucket: Resource) -> Verdict:
    """Tell whether policy or ACL open a bucket to everybody, and nothing of its own blocks that.

    A block of public access for the whole account is not read, so a bucket may be less public than
    it looks (S3 User Guide, 'Blocking public access to your Amazon S3 storage').
    """
    by_policy = _ask(bucket, "PolicyStatus", lambda status: status.get("IsPublic", False))
    by_acl = _ask(bucket, "Acl", lambda acl: any(map(_is_for_everybody, acl.get("Grants", []))))
    return _or(
        _and(by_policy, _not(_blocks(bucket, "RestrictPublicBuckets"))),
        _and(by_acl, _not(_or(_blocks(bucket, "IgnorePublicAcls"), _ignores_acls(bucket)))),
    )


def lacks_rotation(key: Resource) -> Verdict:
    """Tell whether an enabled customer key that can rotate does not.

    Only such keys have a rotation status at all: the KMS collector says which they are.
    """
    state = (key.configuration or {}).get("KeyState")
    off = _ask(key, "RotationStatus", lambda status: status.get("KeyRotationEnabled") is False)
    return _and(off, state == "Enabled" if state else None)


def allows_all(identity: Resource) -> Verdict:
    """Tell whether a policy's default version, or one written into an identity, allows * on *.

    Conditions are not looked at: under one it is still a policy that may allow everything.
    """
    verdicts = [_document_allows_all(document) for document in _documents(identity)]
    return _or(*verdicts)


def has_imdsv1(instance: Resource) -> Verdict:
    """Tell whether an instance's metadata can be asked for without a session token."""
    configuration = instance.configuration or {}
    options = configuration.get("MetadataOptions") or {}
    is_gone = configuration.get("State", {}).get("Name") == "terminated"
    if is_gone or options.get("HttpEndpoint") == "disabled":
        return False
    return {"optional": True, "required": False}.get(options.get("HttpTokens", ""))


def is_open(function: Resource) -> Verdict:
    """Tell whether a function's policy lets everybody invoke it, at once or by its URL.

    A URL without authentication lets in whom the policy does (AWS Lambda Developer Guide, 'Control
    access to Lambda function URLs').
    """
    if isinstance(function.supplementary.get("Policy"), str):
        return None  # not JSON
    return _ask(
        function, "Policy", lambda policy: any(map(_is_open, _listed(policy.get("Statement", []))))
    )


_JUDGES: Mapping[str, tuple[Finding, Callable[[Resource], Verdict]]] = {
    "AWS::S3::Bucket": (Finding.PUBLIC_BUCKET, is_public),
    "AWS::KMS::Key": (Finding.KEY_WITHOUT_ROTATION, lacks_rotation),
    "AWS::IAM::ManagedPolicy": (Finding.POLICY_ALLOWS_ALL, allows_all),
    "AWS::IAM::Role": (Finding.POLICY_ALLOWS_ALL, allows_all),
    "AWS::IAM::User": (Finding.POLICY_ALLOWS_ALL, allows_all),
    "AWS::IAM::Group": (Finding.POLICY_ALLOWS_ALL, allows_all),
    "AWS::EC2::Instance": (Finding.INSTANCE_WITH_IMDSV1, has_imdsv1),
    "AWS::Lambda::Function": (Finding.PUBLIC_FUNCTION, is_open),
}


@dataclass
class Noted:
    """One finding: how many resources have it, of how many nobody knows, and the first that do."""

    count: int = 0
    unknown: int = 0
    arns: list[str] = field(default_factory=list)

    def add(self, figures: Mapping[str, Any], named: int) -> None:
        """Add figures, and ARNs until `named` are kept."""
        self.count += figures.get("count", 0)
        self.unknown += figures.get("unknown", 0)
        self.arns = [*self.arns, *figures.get("arns", [])][:named]

    def to_document(self) -> dict[str, Any]:
        figures = {"count": self.count, "unknown": self.unknown}
        return figures | ({"arns": self.arns} if self.arns else {})


@dataclass
class Findings:
    """The findings of a scope, or of several together; `named` is how many ARNs each names."""

    named: int = NAMED
    by_name: dict[Finding, Noted] = field(default_factory=dict)

    def note(self, resource: Resource) -> None:
        """Count what is found of one resource."""
        if resource.resource_type not in _JUDGES:
            return
        finding, judge = _JUDGES[resource.resource_type]
        verdict = judge(resource)
        if verdict is None:
            self.add({finding: {"unknown": 1}})
        elif verdict:
            self.add({finding: {"count": 1, "arns": [resource.arn]}})

    def add(self, document: Mapping[str, Mapping[str, Any]]) -> None:
        """Add the findings of a ledger row, or of another one's document."""
        for name, figures in document.items():
            self.by_name.setdefault(Finding(name), Noted()).add(figures, self.named)

    def to_document(self) -> dict[str, Any]:
        """Return `count`, `unknown` and the first `arns` of each finding that there is."""
        return {finding.value: noted.to_document() for finding, noted in self.by_name.items()}


# --- buckets ------------------------------------------------------------------------------------

_EVERYBODY = re.compile(r".*/groups/global/(AllUsers|AuthenticatedUsers)")


def _is_for_everybody(grant: Mapping[str, Any]) -> bool:
    return bool(_EVERYBODY.fullmatch(grant.get("Grantee", {}).get("URI") or ""))


def _blocks(bucket: Resource, setting: str) -> Verdict:
    return _ask(bucket, "PublicAccessBlock", lambda block: block.get(setting, False))


def _ignores_acls(bucket: Resource) -> Verdict:
    """Tell whether ACLs are disabled (S3 User Guide, 'Controlling ownership of objects')."""
    return _ask(
        bucket,
        "OwnershipControls",
        lambda controls: any(
            rule.get("ObjectOwnership") == "BucketOwnerEnforced"
            for rule in controls.get("Rules", [])
        ),
    )


# --- functions ----------------------------------------------------------------------------------

_BY_URL = frozenset({"lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl"})


def _is_open(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    who = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    asked = {key for tests in (statement.get("Condition") or {}).values() for key in tests}
    return statement.get("Effect") == "Allow" and "*" in _listed(who) and asked <= _BY_URL


# --- policies -----------------------------------------------------------------------------------

_INLINE = ("RolePolicyList", "UserPolicyList", "GroupPolicyList")
_EVERY_ACTION = re.compile(r"\*+(:\*+)?")
_EVERY_RESOURCE = re.compile(r"\*+")


def _documents(identity: Resource) -> Iterator[Any]:
    configuration = identity.configuration or {}
    for version in configuration.get("PolicyVersionList", []):
        if version.get("IsDefaultVersion"):
            yield version.get("Document")
    for name in _INLINE:
        for policy in configuration.get(name, []):
            yield policy.get("PolicyDocument")


def _document_allows_all(document: Any) -> Verdict:
    if not isinstance(document, Mapping):
        return None
    return any(map(_statement_allows_all, _listed(document.get("Statement", []))))


def _statement_allows_all(statement: Mapping[str, Any]) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and any(map(_EVERY_ACTION.fullmatch, _listed(statement.get("Action", []))))
        and any(map(_EVERY_RESOURCE.fullmatch, _listed(statement.get("Resource", []))))
    )


def _listed(value: Any) -> list[Any]:
    """Return what IAM allows to stand alone as the list that it stands for."""
    return value if isinstance(value, list) else [value]


# --- verdicts -----------------------------------------------------------------------------------


def _ask(resource: Resource, name: str, question: Callable[[Any], bool]) -> Verdict:
    """Ask a field of supplementaryConfiguration; what is not configured is asked as empty."""
    if supplement(name) in resource.unreadable:
        return None
    return bool(question(resource.supplementary.get(name) or {}))


def _and(*verdicts: Verdict) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def _or(*verdicts: Verdict) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict
