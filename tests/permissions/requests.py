"""One request to AWS as IAM sees it: who, which action, on what, under which conditions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from string import Template
from typing import Any

from local.deployment.stack import Stack
from local.gateway.call import Call
from tests.support.aws_lists import actions

ACTIONS = {
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3", "GetBucketAccelerateConfiguration"): "s3:GetAccelerateConfiguration",
    ("s3", "GetBucketCors"): "s3:GetBucketCORS",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetBucketNotificationConfiguration"): "s3:GetBucketNotification",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "GetObjectLockConfiguration"): "s3:GetBucketObjectLockConfiguration",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "ListBucketAnalyticsConfigurations"): "s3:GetAnalyticsConfiguration",
    ("s3", "ListBucketIntelligentTieringConfigurations"): "s3:GetIntelligentTieringConfiguration",
    ("s3", "ListBucketInventoryConfigurations"): "s3:GetInventoryConfiguration",
    ("s3", "ListBucketMetricsConfigurations"): "s3:GetMetricsConfiguration",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("sns", "PublishBatch"): "sns:Publish",
}
"""Operations whose action has another name (Service Authorization Reference)."""

PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""The IAM prefixes of services that sign with another name."""

ANY_RESOURCE = {
    "apigateway": "arn:aws:apigateway:${Region}::/restapis/any",
    "wafv2": "arn:aws:wafv2:${Region}:${Account}:regional/webacl/any/any",
}
"""Resources of services whose formats in AWS's list are too vague for the evaluator."""

NAMED_ONE_BY_ONE = frozenset({"ec2", "kms", "lambda", "organizations", "s3", "sts"})
"""Services whose resources are told from the parameters of each operation."""

AMBIGUOUS = "backup:ListTags"
"""The evaluator refuses vaults, whose ARNs are those of two types."""

PLACE = ("Partition", "Region", "Account")
COLONS_OF_AN_ARN = 5
"""Up to the resource."""

ANY_PARTS = ("any",) * 5
"""Fit what AWS's list leaves open, of however many parts it is."""

OF_ONE_IN_EC2 = {
    "DescribeImageAttribute": ("ImageId", "image"),
    "DescribeSnapshotAttribute": ("SnapshotId", "snapshot"),
    "GetManagedPrefixListEntries": ("PrefixListId", "prefix-list"),
}
"""The parameter that names the resource, and the kind in its ARN."""

OF_ONE = ("AccountId", "ParentId", "PolicyId", "ResourceId")
"""The parameters that name one of an organisation's roots, units, policies and accounts."""

TLS = "aws:SecureTransport"
EXTERNAL_ID = "sts:ExternalId"
ORGANIZATION = "aws:PrincipalOrgID"
VARIABLE = {
    r"\d{8}T\d{6}Z-[0-9a-f]{7}(?:[0-9a-f]|s\d)": "<run>",
    r"[0-9a-f]{64}": "<hash>",
    r"\d{12}": "<account>",
    r"/\d+\.zip$": "/<number>.zip",
}


@dataclass(frozen=True)
class Request:
    """A request, and whether it has to be allowed.

    `principal` is the ARN of a role, or a service. `session` is the session policy that it is made
    under, as JSON. `near` is the resource whose policy judges one that does not exist. `operation`
    is the call behind it; empty where AWS makes the request itself, and then `source` is the page
    that says so, else the run in which it was seen.
    """

    principal: str
    action: str
    resource: str
    account: str
    operation: str = ""
    source: str = ""
    session: str = ""
    context: tuple[tuple[str, str], ...] = ()
    allowed: bool = True
    near: str = ""
    why: str = field(default="", compare=False)

    def but(self, why: str, **changes: object) -> "Request":
        """Return the same with something changed, which has to be refused."""
        return replace(self, allowed=False, why=why, **changes)  # type: ignore[arg-type]

    def having(self, **context: str) -> "Request":
        """Return the same with a condition key set."""
        return replace(self, context=tuple(sorted({**dict(self.context), **context}.items())))

    def __str__(self) -> str:
        told = " ".join(f"{key}={value}" for key, value in self.context)
        wanted = "allowed" if self.allowed else f"refused ({self.why})"
        return f"{self.principal} {self.action} {self.resource} {told}: has to be {wanted}"


def requests_of(call: Call, source: str, organization: str) -> Iterator[Request]:
    """Yield what a call asks of IAM: one action, on one resource or several.

    `organization` is the ARN of the organisation that everybody is in.
    """
    name = (call.service, call.operation)
    context = {TLS: "true"}
    if name == ("sts", "AssumeRole"):
        context[ORGANIZATION] = organization.rpartition("/")[2]
        if external_id := call.parameters.get("ExternalId"):
            context[EXTERNAL_ID] = external_id
    action = ACTIONS.get(name) or _action(call)
    for resource in _resources(call, organization, action):
        yield Request(
            principal=call.principal.arn,
            action=action,
            resource=resource,
            account=_account_of(resource) or call.account,
            operation=call.operation,
            source=source,
            session=call.principal.session_policy or "",
            context=tuple(sorted(context.items())),
        )


def _action(call: Call) -> str:
    """Return the action of an operation that has its name; API Gateway's are HTTP methods."""
    prefix = PREFIXES.get(call.signed_for, call.signed_for)
    return f"{prefix}:{call.request.method if prefix == 'apigateway' else call.operation}"


def _resources(call: Call, organization: str, action: str) -> list[str]:
    """Return the ARNs that a call is about; `*` where the action knows no resource."""
    asked, place = call.parameters, f"{call.region}:{call.account}"
    match call.service:
        case "dynamodb" if "TableName" in asked or "RequestItems" in asked:
            tables = [asked["TableName"]] if "TableName" in asked else [*asked["RequestItems"]]
            index = f"/index/{asked['IndexName']}" if asked.get("IndexName") else ""
            return [f"arn:aws:dynamodb:{place}:table/{table}{index}" for table in tables]
        case "s3" if "Bucket" in asked:
            key = f"/{asked['Key']}" if "Key" in asked else ""
            return [f"arn:aws:s3:::{asked['Bucket']}{key}"]
        case "s3control" if call.operation.startswith("GetAccessPointPolicy"):
            return [f"arn:aws:s3:{place}:accesspoint/{asked['Name']}"]
        case "s3control" if "ResourceArn" in asked:
            return [asked["ResourceArn"]]
        case "kms" if asked.get("KeyId"):
            return [f"arn:aws:kms:{place}:key/{asked['KeyId'].rpartition('/')[2]}"]
        case "ec2" if call.operation in OF_ONE_IN_EC2:
            member, kind = OF_ONE_IN_EC2[call.operation]
            account = call.account if kind == "prefix-list" else ""  # others have no account
            return [f"arn:aws:ec2:{call.region}:{account}:{kind}/{asked[member]}"]
        case "organizations" if known := [asked[one] for one in OF_ONE if one in asked]:
            return [_in_organization(organization, *known)]
        case "lambda" if "Resource" in asked:
            return [asked["Resource"]]
        case "lambda" if "LayerName" in asked:
            return [f"arn:aws:lambda:{place}:layer:{asked['LayerName']}:{asked['VersionNumber']}"]
        case "lambda" if "FunctionName" in asked:
            return [f"arn:aws:lambda:{place}:function:{asked['FunctionName'].rpartition(':')[2]}"]
        case "stepfunctions" if arn := asked.get("executionArn") or asked.get("stateMachineArn"):
            return [arn]
    if named := asked.get("TopicArn") or asked.get("RoleArn") or asked.get("PolicyArn"):
        return [named]
    return [resource_of(action, asked, call.region, call.account)]


def _in_organization(organization: str, named: str) -> str:
    """Return the ARN of what an organisation consists of or has, by its id."""
    kind, _, _ = named.rpartition("-")
    kinds = {"r": "root", "p": "policy", "rp": "resourcepolicy", "": "account"}
    place = organization.replace(":organization/", f":{kinds.get(kind, 'ou')}/")
    return "/".join([place, *(["service_control_policy"] if kind == "p" else []), named])


def resource_of(action: str, asked: Mapping[str, Any], region: str, account: str) -> str:
    """Return an ARN that an action takes: one that a call names, or any other; `*` without one.

    Nothing but `*` is allowed to those that call these actions, so any will do.
    """
    service, _, operation = action.partition(":")
    lists = actions().get(service, {"Actions": {}})
    takes = lists["Actions"].get(operation.lower(), {}).get("Resources")
    if service in NAMED_ONE_BY_ONE or not takes:
        return "*"
    formats = [one for name in takes for one in lists["Resources"][name.lower()]["ARNFormats"]]
    patterns = [Template(one).safe_substitute(dict.fromkeys(PLACE, "[^:]*")) for one in formats]
    given = chain(*(value if isinstance(value, list) else [value] for value in asked.values()))
    for value in map(str, given):
        if action != AMBIGUOUS and any(re.fullmatch(one, value) for one in patterns):
            return value
    text = ANY_RESOURCE.get(service, formats[0])
    place = dict(zip(PLACE, ("aws", region, account), strict=True))
    if text.endswith(":.*"):  # a name, or a type and parts after it
        any_one = ":".join(ANY_PARTS) if text.count(":") > COLONS_OF_AN_ARN else ANY_PARTS[0]
    else:
        any_one = "/".join(ANY_PARTS)
    return Template(text.replace(".*", any_one)).safe_substitute(place)


def _account_of(arn: str) -> str:
    return arn.split(":")[4] if arn.startswith("arn:") else ""


def shape(resource: str, *stacks: Stack) -> str:
    """Return an ARN in the words of the templates: the resource, and what is fixed of the rest.

    What is no stack's is told by its service and kind: `<kms key>`.
    """
    for one in (one for stack in stacks for one in stack.resources.values()):
        arn = str(one.attributes.get("Arn") or one.physical_id).removesuffix(":*")
        if arn.startswith("arn:") and (
            resource == arn or resource.startswith((f"{arn}/", f"{arn}:"))
        ):
            rest = resource.removeprefix(arn)
            for pattern, name in VARIABLE.items():
                rest = re.sub(pattern, name, rest)
            return one.logical_id + rest
    if not resource.startswith("arn:"):
        return resource
    _, _, service, _, _, name = resource.split(":", 5)
    if name.startswith("execution:"):
        return f"<{service} execution of a map run>" if "/" in name else f"<{service} execution>"
    kind = re.match(r"[a-z]+(?=/)", name)
    return f"<{service} {kind[0]}>" if kind else f"<{service}>"
