"""Security findings, derived from the collected configuration.

If a field could not be read, the finding is unknown. Unknowns are counted separately, because they
do not mean that all is well; an earlier value of the field does not count for today.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cidb2.items.resource import Resource, supplement

NAMED = 20
"""Maximum ARNs listed per finding and scope; all are counted."""

Verdict = bool | None
"""Whether a finding applies; None if unknown."""


class Finding(StrEnum):
    """The findings; `docs/reasons.md` explains each and what to do about it."""

    PUBLIC_BUCKET = "PUBLIC_BUCKET"
    KEY_WITHOUT_ROTATION = "KEY_WITHOUT_ROTATION"
    POLICY_ALLOWS_ALL = "POLICY_ALLOWS_ALL"
    INSTANCE_WITH_IMDSV1 = "INSTANCE_WITH_IMDSV1"
    PUBLIC_FUNCTION = "PUBLIC_FUNCTION"


def is_public(bucket: Resource) -> Verdict:
    """Tell whether a bucket's policy or ACL makes it public, and nothing blocks that.

    S3 applies the block settings of both the bucket and its account (S3 User Guide, 'Blocking
    public access to your Amazon S3 storage'). Every bucket has an ACL, so a missing ACL is unknown.
    """
    by_policy = _ask(bucket, "PolicyStatus", lambda status: _flag(status.get("IsPublic")))
    by_acl = _ask(
        bucket, "Acl", lambda acl: _any(_is_for_everybody, acl.get("Grants")), not_configured=None
    )
    return _or(
        _and(by_policy, _not(_blocks(bucket, "RestrictPublicBuckets"))),
        _and(by_acl, _not(_or(_blocks(bucket, "IgnorePublicAcls"), _ignores_acls(bucket)))),
    )


def lacks_rotation(key: Resource) -> Verdict:
    """Tell whether rotation is off for an enabled customer managed key that supports it.

    Only such keys have a rotation status; the KMS collector decides which they are. The finding
    never applies to a replica of a multi-Region key: its rotation is that of the primary key, the
    only one on which it can be enabled (KMS API Reference, EnableKeyRotation and ReplicateKey).
    """
    metadata = key.configuration or {}
    state = metadata.get("KeyState")
    kind = _mapping(metadata.get("MultiRegionConfiguration")).get("MultiRegionKeyType")
    off = _ask(key, "RotationStatus", lambda status: _not(_flag(status.get("KeyRotationEnabled"))))
    return _and(off, state == "Enabled" if state else None, kind != "REPLICA")


def allows_all(identity: Resource) -> Verdict:
    """Tell whether a policy's default version, or a policy of an identity, allows * on *.

    An identity is judged by its inline policies and its AWS managed policies. A customer managed
    policy is a finding of its own, not of the identities to which it is attached. Conditions are
    ignored, because under its condition such a policy still allows everything.
    """
    attached = _listed((identity.configuration or {}).get("AttachedManagedPolicies", []))
    return _or(
        *_judge_documents(identity),
        *(_matches(_ADMINISTRATOR, _mapping(policy).get("PolicyArn")) for policy in attached),
    )


def has_imdsv1(instance: Resource) -> Verdict:
    """Tell whether an instance serves its metadata without a session token."""
    configuration = instance.configuration or {}
    options = _mapping(configuration.get("MetadataOptions"))
    is_gone = _mapping(configuration.get("State")).get("Name") == "terminated"
    if is_gone or options.get("HttpEndpoint") == "disabled":
        return False
    tokens = options.get("HttpTokens")
    return tokens == "optional" if tokens in ("optional", "required") else None


def is_open(function: Resource) -> Verdict:
    """Tell whether a function's policy lets everybody invoke it, directly or by its URL.

    A URL without authentication is open to whomever the policy allows (AWS Lambda Developer Guide,
    'Control access to Lambda function URLs').
    """
    return _ask(function, "Policy", lambda policy: _any(_is_open, policy.get("Statement", [])))


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
    """One finding: the number of resources, the number of unknowns, and the first ARNs."""

    count: int = 0
    unknown: int = 0
    arns: list[str] = field(default_factory=list)

    def add(self, figures: Mapping[str, Any], named: int) -> None:
        """Add figures, and ARNs up to `named`."""
        self.count += figures.get("count", 0)
        self.unknown += figures.get("unknown", 0)
        self.arns = [*self.arns, *figures.get("arns", [])][:named]

    def to_document(self) -> dict[str, Any]:
        figures = {"count": self.count, "unknown": self.unknown}
        return figures | ({"arns": self.arns} if self.arns else {})


@dataclass
class Findings:
    """The findings of one or several scopes; `named` is the maximum of ARNs per finding."""

    named: int = NAMED
    by_name: dict[Finding, Noted] = field(default_factory=dict)

    def note(self, resource: Resource) -> None:
        """Count the findings of one resource."""
        if resource.resource_type not in _JUDGES:
            return
        finding, judge = _JUDGES[resource.resource_type]
        verdict = judge(resource)
        if verdict is None:
            self.add({finding: {"unknown": 1}})
        elif verdict:
            self.add({finding: {"count": 1, "arns": [resource.arn]}})

    def add(self, document: Mapping[str, Mapping[str, Any]]) -> None:
        """Add the findings of a ledger row, or of another document."""
        for name, figures in document.items():
            self.by_name.setdefault(Finding(name), Noted()).add(figures, self.named)

    def to_document(self) -> dict[str, Any]:
        """Return `count`, `unknown` and the first `arns` of each finding that occurs."""
        return {finding.value: noted.to_document() for finding, noted in self.by_name.items()}


# --- buckets ------------------------------------------------------------------------------------

_EVERYBODY = re.compile(r".*/groups/global/(AllUsers|AuthenticatedUsers)")


def _is_for_everybody(grant: Any) -> Verdict:
    grantee = _mapping(grant).get("Grantee")
    if not isinstance(grantee, Mapping):
        return None
    return _matches(_EVERYBODY, grantee.get("URI") or [])


def _blocks(bucket: Resource, setting: str) -> Verdict:
    """Tell whether the bucket or its account turns a setting on; either is enough."""
    return _or(
        *(
            _ask(bucket, name, lambda block: _flag(block.get(setting)))
            for name in ("PublicAccessBlock", "AccountPublicAccessBlock")
        )
    )


def _ignores_acls(bucket: Resource) -> Verdict:
    """Tell whether ACLs are disabled (S3 User Guide, 'Controlling ownership of objects')."""
    return _ask(
        bucket,
        "OwnershipControls",
        lambda controls: _any(
            lambda rule: _mapping(rule).get("ObjectOwnership") == "BucketOwnerEnforced",
            controls.get("Rules", []),
        ),
    )


# --- functions ----------------------------------------------------------------------------------

_BY_URL = frozenset({"lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl"})


def _is_open(statement: Any) -> Verdict:
    if not isinstance(statement, Mapping):
        return None
    principal = statement.get("Principal", [])
    who = principal.get("AWS", []) if isinstance(principal, Mapping) else principal
    return _and(
        statement.get("Effect") == "Allow",
        _any(lambda one: one == "*" if isinstance(one, str) else None, who),
        _asks_by_url_only(statement.get("Condition", {})),
    )


def _asks_by_url_only(condition: Any) -> Verdict:
    tests = condition.values() if isinstance(condition, Mapping) else [None]
    return _not(
        _any(lambda test: not test.keys() <= _BY_URL if isinstance(test, Mapping) else None, tests)
    )


# --- policies -----------------------------------------------------------------------------------

_INLINE = ("RolePolicyList", "UserPolicyList", "GroupPolicyList")
_ADMINISTRATOR = re.compile(
    r"arn:[^:]+:iam::aws:policy/(AdministratorAccess|AWSMcpServiceActionsFullAccess)"
)
"""The AWS managed policies that allow every action on every resource (AWS Managed Policy Reference
Guide). The collectors' calls do not return the documents of AWS managed policies."""

_EVERY_ACTION = re.compile(r"\*+(:\*+)?")
_EVERY_RESOURCE = re.compile(r"\*+")


def _judge_documents(identity: Resource) -> Iterator[Verdict]:
    configuration = identity.configuration or {}
    for version in map(_mapping, _listed(configuration.get("PolicyVersionList", []))):
        is_default = _flag(version.get("IsDefaultVersion"))
        yield _and(is_default, _document_allows_all(version.get("Document")))
    for name in _INLINE:
        for policy in _listed(configuration.get(name, [])):
            yield _document_allows_all(_mapping(policy).get("PolicyDocument"))


def _document_allows_all(document: Any) -> Verdict:
    if not isinstance(document, Mapping):
        return None
    return _any(_statement_allows_all, document.get("Statement", []))


def _statement_allows_all(statement: Any) -> Verdict:
    if not isinstance(statement, Mapping):
        return None
    return _and(
        statement.get("Effect") == "Allow",
        _matches(_EVERY_ACTION, statement.get("Action", [])),
        _matches(_EVERY_RESOURCE, statement.get("Resource", [])),
    )


# --- content of any shape, written by accounts ---------------------------------------------------


def _ask(
    resource: Resource,
    name: str,
    question: Callable[[Mapping[str, Any]], Verdict],
    *,
    not_configured: Verdict = False,
) -> Verdict:
    """Judge a field of supplementaryConfiguration; `not_configured` is the verdict if it is null.

    The verdict is unknown if the field could not be read, or if AWS's answer lacks a member.
    """
    if supplement(name) in resource.unreadable:
        return None
    value = resource.supplementary.get(name)
    if value is None:
        return not_configured
    return question(value) if isinstance(value, Mapping) else None


def _any(judge: Callable[[Any], Verdict], value: Any) -> Verdict:
    """Judge each entry of a list; IAM also accepts a single entry without a list."""
    return _or(*map(judge, _listed(value)))


def _matches(pattern: re.Pattern[str], value: Any) -> Verdict:
    """Tell whether any of several texts matches; unknown if a value is not text."""
    return _any(lambda one: bool(pattern.fullmatch(one)) if isinstance(one, str) else None, value)


def _flag(value: Any) -> Verdict:
    return value if isinstance(value, bool) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> Collection[Any]:
    return (
        value if isinstance(value, Collection) and not isinstance(value, str | Mapping) else [value]
    )


# --- verdicts -----------------------------------------------------------------------------------


def _and(*verdicts: Verdict) -> Verdict:
    return False if False in verdicts else None if None in verdicts else True


def _or(*verdicts: Verdict) -> Verdict:
    return True if True in verdicts else None if None in verdicts else False


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict
