"""The resource policy of an organisation, which moto lacks."""

from moto.backends import get_backend
from moto.moto_api._internal import mock_random

from local.gateway.call import Answer, Call
from local.gateway.missing_operations import Correction, stored

POLICY = "resource policy"


def put_resource_policy(call: Call) -> Answer:
    """Give the organisation a resource policy.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_PutResourcePolicy.html
    """
    organization = get_backend("organizations")[call.account]["aws"].org
    if organization is None:
        return not_in_use(call)
    own = f"rp-{mock_random.get_random_hex(12)}"
    arn = organization.arn.replace(":organization/", ":resourcepolicy/")
    summary = {"Id": own, "Arn": f"{arn}/{own}"}
    policy = {"ResourcePolicySummary": summary, "Content": call.parameters["Content"]}
    stored(call, POLICY)[own] = (policy, call.parameters.get("Tags", []))
    return call.result({"ResourcePolicy": policy})


def describe_resource_policy(call: Call) -> Answer:
    """Return the resource policy.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html
    """
    for policy, _ in stored(call, POLICY).values():
        return call.result({"ResourcePolicy": policy})
    if get_backend("organizations")[call.account]["aws"].org is None:
        return not_in_use(call)
    return call.error("ResourcePolicyNotFoundException", "there is no resource policy", 400)


def not_in_use(call: Call) -> Answer:
    """Return the error of an account that is in no organisation."""
    return call.error("AWSOrganizationsNotInUseException", "not in an organization", 400)


def tags_of_resource_policy(call: Call) -> Answer | None:
    """Return the tags of a resource policy (moto: not a valid id)."""
    found = stored(call, POLICY).get(call.parameters["ResourceId"])
    return call.result({"Tags": found[1]}) if found else None


ANSWERS: dict[tuple[str, str], Correction] = {
    ("organizations", "DescribeResourcePolicy"): describe_resource_policy,
    ("organizations", "ListTagsForResource"): tags_of_resource_policy,
    ("organizations", "PutResourcePolicy"): put_resource_policy,
}
"""Corrections by client and operation."""
