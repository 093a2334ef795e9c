"""What really stands in the simulated accounts, read without CIDB2: the judge of an inventory.

IAM and EC2 are asked as any reader asks them, one call for hundreds of resources; KMS, S3 and
Lambda are read from moto's own objects, for thousands of calls would take longer than the run.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.kms.models import Key
from moto.s3.models import FakeAcl, FakeBucket, LifecycleRule, PublicAccessBlock
from moto.s3.utils import bucket_policy_is_public

from local.simulation.population.kms import is_sealed

LIFECYCLE_DEFAULT = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}

ACL_OWNER = {
    "ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a",
    "DisplayName": "webfile",
}
"""The owner of every bucket in moto."""

Item = dict[str, Any]
"""A resource in the words of CIDB2's item; `unreadable` names what AWS keeps from everybody."""

Client = Callable[..., Any]
"""Called as `client("iam", account=..., region=...)`, returns a boto3 client."""

VOLATILE = ("RoleLastUsed", "AttachmentCount", "PermissionsBoundaryUsageCount")
"""Fields of a configuration that only say how much it is used: they are not compared, for the run
itself uses roles, and a run that publishes changes alone does not publish these.
"""

SEALED = ("configuration", "supplementaryConfiguration.RotationStatus")
"""What nobody can read of a key that nobody may describe."""

IAM_LISTS = (
    ("Policies", "AWS::IAM::ManagedPolicy", "PolicyId", "PolicyName"),
    ("RoleDetailList", "AWS::IAM::Role", "RoleId", "RoleName"),
    ("UserDetailList", "AWS::IAM::User", "UserId", "UserName"),
    ("GroupDetailList", "AWS::IAM::Group", "GroupId", "GroupName"),
)


def read(client: Client, accounts: Iterable[str], regions: Iterable[str]) -> dict[str, Item]:
    """Return everything that stands in `accounts` now, by ARN."""
    regions, found = tuple(regions), list[Item]()
    for account in accounts:
        found += _iam(client, account)
        found += _s3(account)
        for region in regions:
            found += _lambda(account, region)
            found += _kms(account, region)
            found += _ec2(client, account, region)
    return {item["arn"]: item for item in found}


def plain(value: Any) -> Any:
    """Return an answer of AWS in JSON's types, fields without a value left out."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        in_utc = value.astimezone(UTC) if value.tzinfo else value
        return in_utc.replace(tzinfo=None).isoformat() + "Z"
    return value


def _item(
    kind: str, account: str, region: str, identity: tuple[str, str, str | None], **content: Any
) -> Item:
    arn, resource_id, name = identity
    content["configuration"] = plain(content["configuration"])
    for field in VOLATILE:
        content["configuration"].pop(field, None)
    head = {"arn": arn, "resourceId": resource_id, "resourceName": name, "resourceType": kind}
    where = {"accountId": account, "awsRegion": region}
    return {**head, **where, "supplementaryConfiguration": {}, "unreadable": (), **content}


def _tags(pairs: Iterable[dict[str, str]], prefix: str = "") -> dict[str, str]:
    return {pair[f"{prefix}Key"]: pair[f"{prefix}Value"] for pair in pairs}


def _iam(client: Client, account: str) -> Iterator[Item]:
    policies = get_backend("iam")[account]["aws"].managed_policies
    wanted = ["User", "Role", "Group", "LocalManagedPolicy"]
    paginator = client("iam", account=account).get_paginator("get_account_authorization_details")
    for page in paginator.paginate(Filter=wanted):
        for listed, kind, id_field, name_field in IAM_LISTS:
            for entity in page[listed]:
                tags = _tags(entity.get("Tags", []))
                if policy := policies.get(entity["Arn"]):
                    entity |= {"PolicyId": policy.id, "PolicyName": policy.name}
                    tags = _tags(policy.get_tags())
                identity = (entity["Arn"], entity[id_field], entity[name_field])
                yield _item(kind, account, "global", identity, configuration=entity, tags=tags)


def _ec2(client: Client, account: str, region: str) -> Iterator[Item]:
    standing = len(get_backend("ec2")[account][region].all_instances())
    if not standing:
        return
    pages = client("ec2", account=account, region=region).get_paginator("describe_instances")
    reservations = [r for page in pages.paginate() for r in page["Reservations"]]
    described = [(r, instance) for r in reservations for instance in r["Instances"]]
    if len(described) != standing:
        raise RuntimeError(f"{account} {region}: {standing} instances, {len(described)} described")
    for reservation, instance in described:
        tags = _tags(instance.get("Tags", []))
        own_id = instance["InstanceId"]
        yield _item(
            "AWS::EC2::Instance",
            account,
            region,
            (f"arn:aws:ec2:{region}:{account}:instance/{own_id}", own_id, tags.get("Name")),
            configuration=instance,
            supplementaryConfiguration={
                name: reservation.get(name) for name in ("ReservationId", "OwnerId", "RequesterId")
            },
            tags=tags,
        )


def _lambda(account: str, region: str) -> Iterator[Item]:
    for function in get_backend("lambda")[account][region].list_functions():
        name, url = function.function_name, function.url_config
        statements = [*function.policy.statements]
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        configuration = function.get_configuration()
        variables = configuration.pop("Environment", {}).get("Variables", {})
        configuration["LastModified"] = datetime.fromisoformat(configuration["LastModified"])
        yield _item(
            "AWS::Lambda::Function",
            account,
            region,
            (function.function_arn, name, name),
            configuration=configuration,
            supplementaryConfiguration={
                "EnvironmentVariableNames": sorted(variables) or None,
                "FunctionUrlConfigs": [plain(url.to_dict())] if url else None,
                "Policy": policy if statements else None,
                "ReservedConcurrentExecutions": function.reserved_concurrency,
            },
            tags={**function.tags},
        )


def _kms(account: str, region: str) -> Iterator[Item]:
    backend = get_backend("kms")[account][region]
    for key in backend.keys.values():
        aliases = sorted(key.aliases)
        identity = (key.arn, key.id, aliases[0] if aliases else None)
        metadata = key.to_dict()["KeyMetadata"]
        for field in ("CreationDate", "DeletionDate"):
            if field in metadata:
                metadata[field] = datetime.fromtimestamp(metadata[field], UTC)
        yield _item(
            "AWS::KMS::Key",
            account,
            region,
            identity,
            configuration=metadata,
            supplementaryConfiguration=_kms_extras(key),
            tags=_tags(backend.tagger.list_tags_for_resource(key.id)["Tags"], "Tag"),
            unreadable=SEALED if is_sealed(key) else (),
        )


def _kms_extras(key: Key) -> dict[str, Any]:
    extras: dict[str, Any] = {
        "Aliases": [
            {"AliasName": name, "AliasArn": alias.alias_arn, "TargetKeyId": key.id}
            for name, alias in key.aliases.items()
        ]
    }
    if key.key_manager == "CUSTOMER":
        status = {"KeyRotationEnabled": key.key_rotation_status}
        extras |= {"Policy": json.loads(key.policy), "RotationStatus": status}
    return extras


def _s3(account: str) -> Iterator[Item]:
    backend = get_backend("s3")[account]["aws"]
    account_block = get_backend("s3control")[account]["aws"].public_access_block
    for bucket in backend.buckets.values():
        created, region = bucket.creation_date.replace(microsecond=0), bucket.region_name
        name = {"Name": bucket.name, "BucketArn": bucket.arn}
        yield _item(
            "AWS::S3::Bucket",
            account,
            region,
            (bucket.arn, bucket.name, bucket.name),
            configuration={**name, "CreationDate": created, "BucketRegion": region},
            supplementaryConfiguration={
                **_s3_extras(bucket),
                "AccountPublicAccessBlock": _block(account_block),
            },
            tags=backend.tagger.get_tag_dict_for_resource(bucket.arn),
        )


def _s3_extras(bucket: FakeBucket) -> dict[str, Any]:
    rule = (bucket.encryption or {"Rule": {}})["Rule"]
    default = rule.get("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    keyed = rule.get("BucketKeyEnabled") == "true"
    owner = bucket.ownership_rule
    rules = [_lifecycle(rule) for rule in bucket.rules]
    public = bucket.policy is not None and bucket_policy_is_public(bucket.policy)
    return {
        "Encryption": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": keyed}]
        },
        "Versioning": {"Status": bucket.versioning_status} if bucket.versioning_status else None,
        "PublicAccessBlock": _block(bucket.public_access_block),
        "Policy": json.loads(bucket.policy) if bucket.policy else None,
        "PolicyStatus": {"IsPublic": public} if bucket.policy else None,
        "Logging": dict(bucket.logging) or None,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": owner}]} if owner else None,
        "LifecycleConfiguration": {"Rules": rules, **LIFECYCLE_DEFAULT} if rules else None,
        "Acl": _acl(bucket.acl),
    }


def _block(block: PublicAccessBlock | None) -> dict[str, bool] | None:
    if block is None:
        return None
    return {
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    }


def _acl(acl: FakeAcl | None) -> dict[str, Any]:
    grants = [(grant.grantees[0], grant.permissions[0]) for grant in (acl or FakeAcl()).grants]
    return {
        "Owner": ACL_OWNER,
        "Grants": [
            {
                "Grantee": {"Type": who.type, **({"URI": who.uri} if who.uri else {"ID": who.id})},
                "Permission": what,
            }
            for who, what in grants
        ],
    }


def _lifecycle(rule: LifecycleRule) -> dict[str, Any]:
    """Return a rule as S3 tells it, of the forms that stand in the accounts."""
    told: dict[str, Any] = {"ID": rule.id, "Status": rule.status, "Filter": {}}
    if rule.filter and (both := rule.filter.and_filter):
        tags = [{"Key": name, "Value": value} for name, value in both.tags.items()]
        told["Filter"] = {"And": {"Prefix": both.prefix, "Tags": tags}}
    elif rule.filter:
        told["Filter"] = {"Prefix": rule.filter.prefix}
    if rule.expiration_days:
        told["Expiration"] = {"Days": int(rule.expiration_days)}
    if rule.transitions:
        told["Transitions"] = [
            {"Days": int(step.days or 0), "StorageClass": step.storage_class}
            for step in rule.transitions
        ]
    if rule.nve_noncurrent_days:
        told["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(rule.nve_noncurrent_days)}
    if rule.aimu_days:
        told["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(rule.aimu_days)}
    return told
