"""A policy that nobody expects costs what is known of it: neither its resource nor a neighbour."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.aws import MEMBER, REGION, client
from tests.support.hub import Hub, deployed

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_listing_each")]

WIDE_OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
ODD_POLICIES = {
    "no JSON": "{oops",
    "a number": "7",
    "no statement": '{"Statement": null}',
    "a statement that is text": '{"Statement": "x"}',
    "an action that is a number": json.dumps({"Statement": WIDE_OPEN | {"Action": 1}}),
    "a condition that is a list": json.dumps({"Statement": WIDE_OPEN | {"Condition": [1]}}),
    "480 levels": '{"Statement": ' + "[" * 480 + "]" * 480 + "}",
    "20,000 levels": '{"Statement": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "no number": '{"Statement": [], "a": NaN}',
    "a number beyond all": '{"Statement": [], "a": [1e999, ' + "9" * 4_000 + "]}",
    "half of a surrogate pair": '{"Statement": [], "\\ud800": "\\udc00"}',
    "NUL": '{"Statement": [], "a\\u0000": "\\u0000"}',
}


def put_roles(hub: Hub) -> None:
    listed = [
        {
            "RoleName": f"role-{number}",
            "RoleId": f"AROA{number}",
            "Arn": f"arn:aws:iam::{MEMBER}:role/role-{number}",
            "Path": "/",
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": quote(policy)}],
        }
        for number, policy in enumerate(ODD_POLICIES.values())
    ]
    others: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "Policies": []}
    answer = {**others, "RoleDetailList": listed, "IsTruncated": False}
    hub.wire.answers("GetAccountAuthorizationDetails", answer)


def put_functions(hub: Hub) -> None:
    names = [f"f{number}" for number in range(len(ODD_POLICIES))]
    prefix = f"arn:aws:lambda:{REGION}:{MEMBER}:function"
    listed = [
        {"FunctionName": name, "FunctionArn": f"{prefix}:{name}", "Runtime": "python3.13"}
        for name in names
    ]
    hub.wire.answers("ListFunctions", {"Functions": listed})
    hub.wire.answers("ListTags", {"Tags": {}})
    hub.wire.answers("ListFunctionUrlConfigs", {"FunctionUrlConfigs": []})
    hub.wire.answers("GetFunctionConcurrency", {})
    for function, policy in zip(listed, ODD_POLICIES.values(), strict=True):
        name = function["FunctionName"]
        hub.wire.answers("GetFunctionConfiguration", function, FunctionName=name)
        hub.wire.answers("GetPolicy", {"Policy": policy}, FunctionName=name)


def put_keys(hub: Hub) -> None:
    kms = client("kms", MEMBER, REGION)
    for policy in ODD_POLICIES.values():
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        hub.wire.answers("GetKeyPolicy", {"Policy": policy}, KeyId=key)


def put_buckets(hub: Hub) -> None:
    s3 = client("s3", MEMBER, REGION)
    hub.wire.answers("GetBucketPolicyStatus", {"PolicyStatus": {"IsPublic": False}})
    for number, policy in enumerate(ODD_POLICIES.values()):
        s3.create_bucket(Bucket=f"bucket-{number}")
        hub.wire.answers("GetBucketPolicy", {"Policy": policy}, Bucket=f"bucket-{number}")


@pytest.mark.parametrize(
    ("service", "put", "unknown"),
    [
        ("iam", put_roles, 7),
        ("lambda", put_functions, 7),
        ("kms", put_keys, 7),
        ("s3", put_buckets, 0),
    ],
)
def test_an_odd_policy_costs_no_resource_and_leaves_its_finding_unknown(
    service: str, put: Callable[[Hub], None], unknown: int
) -> None:
    with deployed() as hub:
        put(hub)
        hub.collect(service)
        [row] = hub.scopes().values()
        assert (row["outcome"], row["items"]) == ("COMPLETE", len(ODD_POLICIES))
        assert sum(one["unknown"] for one in row["findings"].values()) == unknown
        assert hub.deliver() == []
        assert len(hub.items()) == len(ODD_POLICIES)
