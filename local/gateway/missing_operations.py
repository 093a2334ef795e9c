"""Operations of collected types that moto lacks.

No simulated account has resources of most of these types. ElastiCache parameter groups and firewall
policies can be created, and have their own read operations.
"""

from collections.abc import Callable
from typing import Any

from moto.backends import get_backend
from moto.moto_api._internal import mock_random

from local.gateway.call import Answer, Call

Correction = Callable[[Call], Answer | None]


def empty_list(member: str) -> Correction:
    """Return a correction that returns an empty list."""
    return lambda call: call.result({member: []})


def create_cache_parameter_group(call: Call) -> Answer:
    """Create a parameter group with the parameters of its family.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html
    """
    given = {name: value for name, value in call.parameters.items() if name != "Tags"}
    name = given["CacheParameterGroupName"]
    arn = f"arn:aws:elasticache:{call.region}:{call.account}:parametergroup:{name}"
    group = {**given, "IsGlobal": False, "ARN": arn}
    stored(call, "parameter_groups")[name] = (group, [])
    return call.result({"CacheParameterGroup": group})


def modify_cache_parameter_group(call: Call) -> Answer:
    """Set the values of some parameters.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html
    """
    name = call.parameters["CacheParameterGroupName"]
    for each in call.parameters["ParameterNameValues"]:
        stored(call, "parameter_groups")[name][1].append({**each, "Source": "user"})
    return call.result({"CacheParameterGroupName": name})


def describe_cache_parameter_groups(call: Call) -> Answer:
    """Return all created groups.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameterGroups.html
    """
    groups = [group for group, _ in stored(call, "parameter_groups").values()]
    return call.result({"CacheParameterGroups": groups})


def describe_cache_parameters(call: Call) -> Answer:
    """Return the values that were set.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameters.html
    """
    _, changed = stored(call, "parameter_groups")[call.parameters["CacheParameterGroupName"]]
    return call.result({"Parameters": changed})


def tags_of_cache(call: Call) -> Answer | None:
    """Return the tags of a parameter group (moto: not a valid ARN)."""
    if ":parametergroup:" in call.parameters["ResourceName"]:
        return call.result({"TagList": []})
    return None


def create_firewall_policy(call: Call) -> Answer:
    """Create a policy with its rules.

    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewallPolicy.html
    """
    asked, token = call.parameters, str(mock_random.uuid4())
    name = asked["FirewallPolicyName"]
    arn = f"arn:aws:network-firewall:{call.region}:{call.account}:firewall-policy/{name}"
    head = {
        "FirewallPolicyName": name,
        "FirewallPolicyArn": arn,
        "FirewallPolicyId": str(mock_random.uuid4()),
        "FirewallPolicyStatus": "ACTIVE",
        "Tags": asked.get("Tags", []),
    }
    created = {"UpdateToken": token, "FirewallPolicyResponse": head}
    stored(call, "policies")[arn] = {**created, "FirewallPolicy": asked["FirewallPolicy"]}
    return call.result(created)


def list_firewall_policies(call: Call) -> Answer:
    """Return names and ARNs of the policies.

    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_ListFirewallPolicies.html
    """
    heads = [each["FirewallPolicyResponse"] for each in stored(call, "policies").values()]
    found = [{"Name": h["FirewallPolicyName"], "Arn": h["FirewallPolicyArn"]} for h in heads]
    return call.result({"FirewallPolicies": found})


def describe_firewall_policy(call: Call) -> Answer:
    """Return a policy as created.

    https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeFirewallPolicy.html
    """
    return call.result(stored(call, "policies")[call.parameters["FirewallPolicyArn"]])


def get_work_group(call: Call) -> Answer | None:
    """Return a workgroup with its creation time (moto: the time of the response)."""
    name = call.parameters["WorkGroup"]
    group = get_backend("athena")[call.account][call.region].get_work_group(name)
    if group is None:
        return None
    created = stored(call, "created").setdefault(name, group["CreationTime"])
    return call.result({"WorkGroup": {**group, "CreationTime": created}})


def stored(call: Call, what: str) -> dict[str, Any]:
    """Return a service's stored resources in an account and region; moto's reset clears them."""
    backend = get_backend("ec2")[call.account][call.region]
    found: dict[str, Any] = vars(backend).setdefault(f"_kept_{call.service}_{what}", {})
    return found


NOTHING = {
    ("apigatewayv2", "GetAuthorizers"): "Items",
    ("elasticache", "DescribeGlobalReplicationGroups"): "GlobalReplicationGroups",
    ("elasticache", "DescribeServerlessCaches"): "ServerlessCaches",
    ("elasticache", "DescribeUserGroups"): "UserGroups",
    ("memorydb", "DescribeACLs"): "ACLs",
    ("memorydb", "DescribeParameterGroups"): "ParameterGroups",
    ("rds", "DescribeDBProxyEndpoints"): "DBProxyEndpoints",
    ("wafv2", "ListResourcesForWebACL"): "ResourceArns",
}
"""The member that holds the empty list, by client and operation."""

ANSWERS: dict[tuple[str, str], Correction] = {
    **{key: empty_list(member) for key, member in NOTHING.items()},
    ("athena", "GetWorkGroup"): get_work_group,
    ("elasticache", "CreateCacheParameterGroup"): create_cache_parameter_group,
    ("elasticache", "ModifyCacheParameterGroup"): modify_cache_parameter_group,
    ("elasticache", "DescribeCacheParameterGroups"): describe_cache_parameter_groups,
    ("elasticache", "DescribeCacheParameters"): describe_cache_parameters,
    ("elasticache", "ListTagsForResource"): tags_of_cache,
    ("network-firewall", "CreateFirewallPolicy"): create_firewall_policy,
    ("network-firewall", "DescribeFirewallPolicy"): describe_firewall_policy,
    ("network-firewall", "ListFirewallPolicies"): list_firewall_policies,
}
"""Corrections by client and operation."""
