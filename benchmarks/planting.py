"""Plants samples in moto once, and stores their responses in AWS's protocols."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from benchmarks.population import SERVICES
from benchmarks.sample import (
    ACCOUNT,
    BUCKET_OPERATIONS,
    IAM_KINDS,
    NUMBER,
    REGION,
    SAMPLES,
    Reply,
    Sample,
    Samples,
)
from local.emulator.cloud import Cloud
from local.simulation.population import Organisation
from local.simulation.population.iam import PATH

PLANTED_REGION = "us-east-1"
PLANTED = 600
SEED = 20261124

IDENTITIES = {
    "Policies": ("PolicyName", "PolicyId"),
    "GroupDetailList": ("GroupName", "GroupId"),
    "UserDetailList": ("UserName", "UserId"),
    "RoleDetailList": ("RoleName", "RoleId"),
}
DOCUMENTS = ("AssumeRolePolicyDocument", "Document", "PolicyDocument")


@contextmanager
def planted() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield an account in moto that contains all sampled resources, and its clients."""
    organisation = Organisation(2, PLANTED, (PLANTED_REGION,), SEED)
    healthy = [one for one in organisation.accounts if one.condition == "healthy"]
    account = healthy[-1].id  # the first holds a sealed key and an oversized bucket
    with Cloud() as cloud:
        organisation.plant()
        yield account, {name: cloud.client(name, account) for name in SERVICES}


def gather(account_id: str, clients: Mapping[str, Any]) -> Samples:
    """Return the samples by service, the same ones every time."""
    return {
        "iam": _identities(clients["iam"], account_id),
        "kms": list(islice(_keys(clients["kms"], account_id), SAMPLES)),
        "ec2": _instances(clients["ec2"], account_id),
        "s3": list(islice(_buckets(clients["s3"], account_id), SAMPLES)),
    }


def answer(service: str, operation: str, value: Mapping[str, Any]) -> Reply:
    """Return a successful response in the protocol of `service`; `value` is in boto3's form."""
    model = get_service_model(service)
    serializer = get_serializer_class(service, model.protocol)(model.operation_model(operation))
    done = serializer.serialize(dict(value))
    body = done["body"]
    return Reply(
        done["status_code"],
        body.encode() if isinstance(body, str) else body,
        {name: text for name, text in done["headers"].items() if name != "Content-Length"},
    )


def _asked(service: str, call: Any, **arguments: str) -> tuple[str, Reply]:
    operation: str = call.__self__.meta.method_to_api_mapping[call.__name__]
    try:
        answered = call(**arguments)
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]
        body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
        body = f"<ErrorResponse>{body}</ErrorResponse>" if service == "iam" else body
        return operation, Reply(status["HTTPStatusCode"], body.encode())
    return operation, answer(service, operation, answered)


def _marked(reply: Reply, marks: Mapping[str, str]) -> Reply:
    return Reply(reply.status, _with_marks(reply.body.decode(), marks).encode(), reply.headers)


def _with_marks(text: str, marks: Mapping[str, str]) -> str:
    for said, mark in marks.items():
        text = text.replace(said, mark)
    return text


def _between(reply: Reply, tag: str, marks: Mapping[str, str]) -> bytes:
    """Return the content of an XML response's first element `tag`."""
    inner = reply.body.decode().split(f"<{tag}>", 1)[1].rsplit(f"</{tag}>", 1)[0]
    return _with_marks(inner, marks).encode()


def _instances(ec2: Any, account_id: str) -> list[Sample]:
    samples = []
    for reservation in ec2.describe_instances(MaxResults=1000)["Reservations"][:SAMPLES]:
        own_id = reservation["Instances"][0]["InstanceId"]
        marks = {
            own_id: f"i-00000{NUMBER}",
            reservation["ReservationId"]: f"r-00000{NUMBER}",
            account_id: ACCOUNT,
            PLANTED_REGION: REGION,
        }
        reply = answer("ec2", "DescribeInstances", {"Reservations": [reservation]})
        arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{marks[own_id]}"
        samples.append(Sample(arn, _between(reply, "reservationSet", marks)))
    return samples


def _identities(iam: Any, account_id: str) -> list[Sample]:
    kinds = ["User", "Group", "Role", "LocalManagedPolicy"]
    details = iam.get_account_authorization_details(Filter=kinds)
    samples = []
    for kind, (name_field, id_field) in IDENTITIES.items():
        for detail in chosen(details, kind):
            marks = {
                detail[name_field]: f"{detail[name_field]}-{NUMBER}",
                detail[id_field]: f"{detail[id_field][:9]}{NUMBER}",
                account_id: ACCOUNT,
            }
            encoded = {kind: [_with_documents_encoded(detail)], "IsTruncated": False}
            listed = answer("iam", "GetAccountAuthorizationDetails", encoded)
            sample = Sample(_with_marks(detail["Arn"], marks), _between(listed, kind, marks))
            sample.kind = kind
            for operation, reply in _further(iam, kind, detail):
                sample.replies[operation] = _marked(reply, marks)
            samples.append(sample)
    return samples


def _further(iam: Any, kind: str, detail: Mapping[str, Any]) -> Iterator[tuple[str, Reply]]:
    """Yield the responses of further calls about an identity; for a listing, its entry."""
    if kind == "Policies":
        yield _asked("iam", iam.list_policy_tags, PolicyArn=detail["Arn"])
    elif kind == "UserDetailList":
        for call in (iam.list_access_keys, iam.list_mfa_devices, iam.get_login_profile):
            yield _asked("iam", call, UserName=detail["UserName"])
        user = iam.get_user(UserName=detail["UserName"])["User"]
        yield "ListUsers", _entry("ListUsers", "Users", user)
    elif kind == "RoleDetailList":
        role = iam.get_role(RoleName=detail["RoleName"])["Role"]
        yield "ListRoles", _entry("ListRoles", "Roles", role)


def _entry(operation: str, member: str, entry: Mapping[str, Any]) -> Reply:
    listed = answer("iam", operation, {member: [_with_documents_encoded(entry)]})
    return Reply(200, _between(listed, member, {}))


def chosen(details: Mapping[str, Any], kind: str) -> list[Any]:
    """Return the identities of a kind that become samples: planted ones, sorted by name."""
    planted_here = [one for one in details[kind] if one["Path"] == PATH]
    return sorted(planted_here, key=itemgetter(IDENTITIES[kind][0]))[: IAM_KINDS[kind]]


def _with_documents_encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_documents_encoded(inner) for inner in value]
    if isinstance(value, dict):
        return {
            name: quote(json.dumps(inner)) if name in DOCUMENTS else _with_documents_encoded(inner)
            for name, inner in value.items()
        }
    return value


def _keys(kms: Any, account_id: str) -> Iterator[Sample]:
    aliases = kms.list_aliases()["Aliases"]
    for key in kms.list_keys()["Keys"]:
        own_id: str = key["KeyId"]
        made_up = f"mrk-{'0' * 20}" if own_id.startswith("mrk-") else "00000000-0000-0000-0000-"
        marks = {own_id: f"{made_up}{NUMBER}", account_id: ACCOUNT, PLANTED_REGION: REGION}
        sample = Sample(
            _with_marks(key["KeyArn"], marks), _with_marks(json.dumps(key), marks).encode()
        )
        for call in (kms.describe_key, kms.list_resource_tags, kms.get_key_rotation_status):
            operation, reply = _asked("kms", call, KeyId=own_id)
            sample.replies[operation] = _marked(reply, marks)
        operation, reply = _asked("kms", kms.get_key_policy, KeyId=own_id, PolicyName="default")
        sample.replies[operation] = _marked(reply, marks)
        for alias in aliases:
            if alias.get("TargetKeyId") == own_id:
                name = alias["AliasName"]
                text = _with_marks(json.dumps(alias), {**marks, name: f"{name}-{NUMBER}"})
                sample.aliases.append(text.encode())
        yield sample


def _buckets(s3: Any, account_id: str) -> Iterator[Sample]:
    calls = [getattr(s3, xform_name(name)) for name in BUCKET_OPERATIONS.values()]
    for bucket in s3.list_buckets(MaxBuckets=1000)["Buckets"]:
        name = bucket["Name"]
        marks = {name: f"{name}-{NUMBER}", account_id: ACCOUNT, PLANTED_REGION: REGION}
        listed = answer("s3", "ListBuckets", {"Buckets": [bucket]})
        sample = Sample(
            _with_marks(f"arn:aws:s3:::{name}", marks), _between(listed, "Buckets", marks)
        )
        for call in calls:
            operation, reply = _asked("s3", call, Bucket=name)
            sample.replies[operation] = _marked(reply, marks)
        yield sample
