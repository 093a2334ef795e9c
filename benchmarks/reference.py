"""The reference: plain boto3 with 32 threads that makes only the calls the fields need.

It does not compare, hash, publish, record or store anything. It is the lower bound in Python
against which the collectors are measured.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.sample import BUCKET_OPERATIONS

THREADS = 32
CONFIG = Config(max_pool_connections=THREADS)
ROLE = "arn:aws:iam::{}:role/CIDB2-Collector-Role"
NO_POLICY = "NoSuchBucketPolicy"
CONFIGURATIONS = [xform_name(name) for name in BUCKET_OPERATIONS.values() if "Policy" not in name]

Job = Callable[[], Any]


def collect(account_ids: Iterable[str], regions: Iterable[str]) -> int:
    """Read every resource of the accounts and return their number."""
    with ThreadPoolExecutor(THREADS) as pool:
        sts = boto3.client("sts", config=CONFIG)
        account_ids = [*account_ids]
        sessions = pool.map(lambda account_id: _session(sts, account_id), account_ids)
        listings = [
            job
            for account_id, session in zip(account_ids, sessions, strict=True)
            for job in _listings(account_id, session, [*regions])
        ]
        listed = pool.map(lambda job: job(), listings)
        readings = [reading for readings in listed for reading in readings]
        return len([*pool.map(lambda job: job(), readings)])


def _session(sts: Any, account_id: str) -> boto3.Session:
    answer = sts.assume_role(RoleArn=ROLE.format(account_id), RoleSessionName="reference")
    keys = answer["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _listings(
    account_id: str, session: boto3.Session, regions: list[str]
) -> list[Callable[[], list[Job]]]:
    """Return a function per scope that lists it and returns a job per resource."""

    def clients(service: str) -> dict[str, Any]:
        return {
            region: session.client(service, region, config=CONFIG)  # type: ignore[call-overload]
            for region in regions
        }

    s3, iam = clients("s3"), session.client("iam", config=CONFIG)
    control = session.client("s3control", config=CONFIG)
    return [
        lambda: _buckets(s3, control, account_id),
        lambda: _identities(iam),
        *(lambda kms=kms: _keys(kms) for kms in clients("kms").values()),
        *(lambda ec2=ec2: _instances(ec2) for ec2 in clients("ec2").values()),
    ]


def _pages(client: Any, operation: str, size: int, **arguments: Any) -> Iterable[Mapping[str, Any]]:
    paginator = client.get_paginator(operation)
    pages: Iterable[Mapping[str, Any]] = paginator.paginate(
        PaginationConfig={"PageSize": size}, **arguments
    )
    return pages


def _instances(ec2: Any) -> list[Job]:
    found = [
        instance
        for page in _pages(ec2, "describe_instances", 1_000)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
    return [lambda one=one: one for one in found]  # type: ignore[misc]


def _identities(iam: Any) -> list[Job]:
    kinds = ["User", "Group", "Role", "LocalManagedPolicy"]
    jobs: list[Job] = []
    for page in _pages(iam, "get_account_authorization_details", 1_000, Filter=kinds):
        for kind in ("GroupDetailList", "RoleDetailList"):
            jobs += [lambda one=one: one for one in page.get(kind, [])]  # type: ignore[misc]
        jobs += [
            lambda name=user["UserName"]: _user(iam, name)  # type: ignore[misc]
            for user in page.get("UserDetailList", [])
        ]
        jobs += [
            lambda arn=policy["Arn"]: iam.list_policy_tags(PolicyArn=arn)  # type: ignore[misc]
            for policy in page["Policies"]
        ]
    for operation in ("list_roles", "list_users"):  # descriptions, last use of passwords
        deque(_pages(iam, operation, 1_000), maxlen=0)
    return jobs


def _user(iam: Any, name: str) -> list[Any]:
    keys, devices = iam.list_access_keys(UserName=name), iam.list_mfa_devices(UserName=name)
    return [keys, devices, _answered(iam.get_login_profile, UserName=name)]


def _keys(kms: Any) -> list[Job]:
    keys = [key["KeyId"] for page in _pages(kms, "list_keys", 1_000) for key in page["Keys"]]
    aliases = [alias for page in _pages(kms, "list_aliases", 100) for alias in page["Aliases"]]
    return [lambda key=key: (_key(kms, key), aliases) for key in keys]  # type: ignore[misc]


def _key(kms: Any, key: str) -> list[Any]:
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    if metadata["KeyManager"] == "AWS":
        return [metadata]
    fields = [
        metadata,
        kms.get_key_policy(KeyId=key, PolicyName="default"),
        kms.list_resource_tags(KeyId=key, Limit=50),
    ]
    if metadata["KeySpec"] == "SYMMETRIC_DEFAULT" and metadata["Origin"] == "AWS_KMS":
        fields.append(kms.get_key_rotation_status(KeyId=key))
    return fields


def _buckets(clients: Mapping[str, Any], control: Any, account_id: str) -> list[Job]:
    first = next(iter(clients.values()))
    block = control.get_public_access_block(AccountId=account_id)
    return [
        lambda bucket=bucket: [*_bucket(clients[bucket["BucketRegion"]], bucket["Name"]), block]  # type: ignore[misc]
        for page in _pages(first, "list_buckets", 1_000)
        for bucket in page["Buckets"]
    ]


def _bucket(s3: Any, name: str) -> list[Any]:
    policy = _answered(s3.get_bucket_policy, Bucket=name)
    status = None if policy == NO_POLICY else _answered(s3.get_bucket_policy_status, Bucket=name)
    return [policy, status, *(_answered(getattr(s3, call), Bucket=name) for call in CONFIGURATIONS)]


def _answered(call: Callable[..., Any], **arguments: str) -> Any:
    """Return the answer, or the code of an error: some mean that nothing is configured."""
    try:
        return call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
