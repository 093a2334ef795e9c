"""S3 access points, which belong to one region; in moto, each account has one list for all regions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from moto.moto_api._internal import mock_random
from moto.s3.utils import bucket_policy_is_public

from cidb2.times import now
from local.gateway.call import Answer, Call
from local.gateway.missing_operations import Correction, stored

MAX_POINTS = 1_000
LISTED = (
    *("Name", "NetworkOrigin", "VpcConfiguration", "Bucket", "AccessPointArn", "Alias"),
    "BucketAccountId",
)
"""Members of an access point that ListAccessPoints returns."""
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
POINTS, POLICIES, TAGS = "points", "policies", "tags"


def create(call: Call) -> Answer:
    """Create an access point; it blocks public access unless the call says otherwise."""
    asked = call.parameters
    name, vpc = asked["Name"], asked.get("VpcConfiguration")
    arn = f"arn:aws:s3:{call.region}:{call.account}:accesspoint/{name}"
    point = {
        "Name": name,
        "Bucket": asked["Bucket"],
        "NetworkOrigin": "VPC" if vpc else "Internet",
        **({"VpcConfiguration": vpc} if vpc else {}),
        "PublicAccessBlockConfiguration": {
            **dict.fromkeys(BLOCKED, True),
            **asked.get("PublicAccessBlockConfiguration", {}),
        },
        "CreationDate": now(),
        "Alias": f"{name}-{mock_random.get_random_hex(34)}-s3alias",
        "AccessPointArn": arn,
        "Endpoints": {
            "ipv4": f"s3-accesspoint.{call.region}.amazonaws.com",
            "dualstack": f"s3-accesspoint.dualstack.{call.region}.amazonaws.com",
        },
        "BucketAccountId": asked.get("BucketAccountId", call.account),
    }
    stored(call, POINTS)[name] = point
    stored(call, TAGS)[arn] = asked.get("Tags", [])
    return call.result({"AccessPointArn": arn, "Alias": point["Alias"]})


def listed(call: Call) -> Answer:
    """Return the region's access points, paginated."""
    asked, points = call.parameters, sorted(stored(call, POINTS).items())
    first = int(asked.get("NextToken") or 0)
    last = first + int(asked.get("MaxResults") or MAX_POINTS)
    entries = [
        {member: point[member] for member in LISTED if member in point}
        for _, point in points[first:last]
    ]
    more = {"NextToken": str(last)} if last < len(points) else {}
    return call.result({"AccessPointList": entries, **more})


def put_policy(call: Call) -> Answer:
    """Store the policy of an access point."""
    stored(call, POLICIES)[call.parameters["Name"]] = call.parameters["Policy"]
    return call.result({})


def tags(call: Call) -> Answer:
    """Return the tags of an access point."""
    return call.result({"Tags": stored(call, TAGS).get(call.parameters["ResourceArn"], [])})


def of_point(kept: str, code: str, told: Callable[[Any], dict[str, Any]]) -> Correction:
    """Return a correction that returns what is kept of an access point, or the error `code`."""

    def tell(call: Call) -> Answer:
        value = stored(call, kept).get(call.parameters["Name"])
        if value is None:
            return call.error(code, f"{code}: {call.parameters['Name']}", HTTPStatus.NOT_FOUND)
        return call.result(told(value))

    return tell


def _status(policy: str) -> dict[str, Any]:
    return {"PolicyStatus": {"IsPublic": bucket_policy_is_public(policy.encode())}}


NO_POLICY = "NoSuchAccessPointPolicy"

ANSWERS: dict[tuple[str, str], Correction] = {
    ("s3control", "CreateAccessPoint"): create,
    ("s3control", "GetAccessPoint"): of_point(POINTS, "NoSuchAccessPoint", dict),
    ("s3control", "GetAccessPointPolicy"): of_point(
        POLICIES, NO_POLICY, lambda policy: {"Policy": policy}
    ),
    ("s3control", "GetAccessPointPolicyStatus"): of_point(POLICIES, NO_POLICY, _status),
    ("s3control", "ListAccessPoints"): listed,
    ("s3control", "ListTagsForResource"): tags,
    ("s3control", "PutAccessPointPolicy"): put_policy,
}
"""Corrections by client and operation."""
