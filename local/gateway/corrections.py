"""Corrects moto where its responses differ from AWS in a way that matters here.

Each correction cites the AWS page that it follows. Keep them few.
"""

from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.s3.models import s3_backends

from local.gateway import (
    access_points,
    buckets,
    iam,
    missing_operations,
    organizations,
    stored_resources,
)
from local.gateway.call import Answer, Call
from local.gateway.identity import PARTITION
from local.gateway.trust import may_assume

SNS_LIMIT_BYTES = 262_144
MAX_BUCKETS = 10_000
MAX_FUNCTIONS = 50
NOT_LISTED = (
    *("State", "StateReason", "StateReasonCode"),
    *("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"),
    "RuntimeVersionConfig",
)
"""Members of a function's configuration that ListFunctions omits."""


def answer(call: Call) -> Answer | None:
    """Return AWS's response if moto's would differ, else None."""
    if call.service == "s3" and not _is_owner_expected(call):
        return call.error("AccessDenied", "Access Denied", 403)
    correction = CORRECTIONS.get((call.service, call.operation))
    return correction(call) if correction else None


def _is_owner_expected(call: Call) -> bool:
    """Return whether the bucket belongs to the expected owner, if one is given (moto: not checked).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    expected = call.request.headers.get("x-amz-expected-bucket-owner")
    found = s3_backends.bucket_accounts.get(call.uri_parameters.get("Bucket", ""))
    return expected is None or found is None or found[1] == expected


def list_buckets(call: Call) -> Answer:
    """Return buckets with their region, paginated (moto: no region, no token after the first page).

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    wanted = call.parameters
    first = wanted.get("ContinuationToken") or ""
    buckets = [
        bucket
        for _, bucket in sorted(s3_backends[call.account][PARTITION].buckets.items())
        if bucket.name >= first
        and bucket.name.startswith(wanted.get("Prefix") or "")
        and wanted.get("BucketRegion") in (None, bucket.region_name)
    ]
    size = int(wanted.get("MaxBuckets") or MAX_BUCKETS)
    page: dict[str, Any] = {
        "Owner": {"ID": call.account},
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.creation_date,
                "BucketRegion": bucket.region_name,
                "BucketArn": f"arn:{PARTITION}:s3:::{bucket.name}",
            }
            for bucket in buckets[:size]
        ],
    }
    if len(buckets) > size:
        page["ContinuationToken"] = buckets[size].name
    return call.result(page)


def get_bucket_encryption(call: Call) -> Answer | None:
    """Return the SSE-S3 default of a bucket without its own encryption (moto: not configured).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
    """
    bucket = s3_backends[call.account][PARTITION].buckets.get(call.parameters["Bucket"])
    if bucket is None or bucket.encryption:
        return None
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
    return call.result({"ServerSideEncryptionConfiguration": {"Rules": [rule]}})


def assume_role(call: Call) -> Answer | None:
    """Return AccessDenied for a missing role, as for one whose trust policy rejects the caller.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html
    """
    role_arn = call.parameters["RoleArn"]
    if may_assume(role_arn, call.principal, call.parameters.get("ExternalId")):
        return None
    message = (
        f"User: {call.principal.session_arn} is not authorized to perform: "
        f"sts:AssumeRole on resource: {role_arn}"
    )
    return call.error("AccessDenied", message, 403)


def list_functions(call: Call) -> Answer:
    """Return a subset of each function's configuration, paginated (moto: all members, one page).

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    wanted, backend = call.parameters, lambda_backends[call.account][call.region]
    functions = [*backend.list_functions(wanted.get("FunctionVersion"))]
    first = int(wanted.get("Marker") or 0)
    last = first + min(int(wanted.get("MaxItems") or MAX_FUNCTIONS), MAX_FUNCTIONS)
    configurations = (function.get_configuration() for function in functions[first:last])
    page: dict[str, Any] = {
        "Functions": [
            {member: value for member, value in each.items() if member not in NOT_LISTED}
            for each in configurations
        ]
    }
    if last < len(functions):
        page["NextMarker"] = str(last)
    return call.result(page)


def list_function_url_configs(call: Call) -> Answer:
    """Return a function's URL configuration (moto: no such operation).

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
    """
    backend = lambda_backends[call.account][call.region]
    try:
        config = backend.get_function(call.parameters["FunctionName"]).url_config
    except UnknownFunctionException as unknown:
        return call.error("ResourceNotFoundException", str(unknown), 404)
    return call.result({"FunctionUrlConfigs": [config.to_dict()] if config else []})


def publish(call: Call) -> Answer | None:
    """Reject a message larger than 256 KiB, attributes included.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    if _message_bytes(call.parameters) <= SNS_LIMIT_BYTES:
        return None
    return call.error("InvalidParameter", "Invalid parameter: Message too long", 400)


def publish_batch(call: Call) -> Answer | None:
    """Reject a batch larger than 256 KiB in total (moto: checks each message on its own).

    https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
    """
    entries = call.parameters.get("PublishBatchRequestEntries", [])
    if sum(map(_message_bytes, entries)) <= SNS_LIMIT_BYTES:
        return None
    message = "The length of all the messages put together is more than the limit."
    return call.error("BatchRequestTooLong", message, 400)


def _message_bytes(message: dict[str, Any]) -> int:
    attributes = message.get("MessageAttributes") or {}
    return len(message.get("Message", "").encode()) + sum(
        len(name.encode())
        + len(value["DataType"].encode())
        + len((value.get("StringValue") or "").encode())
        + len(value.get("BinaryValue") or b"")
        for name, value in attributes.items()
    )


CORRECTIONS: dict[tuple[str, str], Callable[[Call], Answer | None]] = {
    ("lambda", "ListFunctions"): list_functions,
    ("lambda", "ListFunctionUrlConfigs"): list_function_url_configs,
    ("s3", "ListBuckets"): list_buckets,
    ("s3", "GetBucketEncryption"): get_bucket_encryption,
    ("sts", "AssumeRole"): assume_role,
    ("sns", "Publish"): publish,
    ("sns", "PublishBatch"): publish_batch,
    **access_points.ANSWERS,
    **buckets.ANSWERS,
    **missing_operations.ANSWERS,
    **stored_resources.ANSWERS,
    **iam.ANSWERS,
    **organizations.ANSWERS,
}
