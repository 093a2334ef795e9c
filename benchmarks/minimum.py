"""Computes the minimum number of calls for all fields that CIDB2 collects."""

from collections import Counter
from collections.abc import Iterable
from math import ceil

from benchmarks.population import SERVICES, Population
from benchmarks.sample import BUCKET_OPERATIONS, Sample, Samples

PAGE = {
    "GetAccountAuthorizationDetails": 1_000,
    "ListRoles": 1_000,
    "ListUsers": 1_000,
    "ListKeys": 1_000,
    "ListAliases": 100,
    "DescribeInstances": 1_000,
    "ListBuckets": 1_000,
}
"""AWS's maximum page sizes."""

Minimum = Counter[tuple[str, str]]


def minimum(
    population: Population, samples: Samples, services: Iterable[str] = SERVICES
) -> Minimum:
    """Return the minimum calls by service and operation, without retries.

    Counts listings with maximum page sizes; one call per key or bucket and configuration; and one
    AssumeRole per collection, because each has its own session policy.
    """
    of_service = {"iam": _iam, "kms": _kms, "ec2": _ec2, "s3": _s3}
    calls: Minimum = Counter()
    for account_id in population.account_ids:
        for service in services:
            calls["sts", "AssumeRole"] += 1
            calls += of_service[service](population, samples, account_id)
    return calls


def _pages(operation: str, number: int) -> int:
    return max(1, ceil(number / PAGE[operation]))


def _samples_of(
    population: Population,
    samples: Samples,
    account_id: str,
    service: str,
    region: str | None = None,
) -> list[Sample]:
    copies = population.copies(account_id, service, region)
    return [samples[service][copy.sample] for copy in copies]


def _iam(population: Population, samples: Samples, account_id: str) -> Minimum:
    identities = _samples_of(population, samples, account_id, "iam")
    of_kind = Counter(one.kind for one in identities)
    roles, users = of_kind["RoleDetailList"], of_kind["UserDetailList"]
    listings = {"GetAccountAuthorizationDetails": len(identities)}
    listings |= {name: n for name, n in {"ListRoles": roles, "ListUsers": users}.items() if n}
    of_user = dict.fromkeys(("ListAccessKeys", "ListMFADevices", "GetLoginProfile"), users)
    pages = {name: _pages(name, number) for name, number in listings.items()}
    calls = {**pages, **of_user, "ListPolicyTags": of_kind["Policies"]}
    return Counter({("iam", operation): number for operation, number in calls.items()})


def _kms(population: Population, samples: Samples, account_id: str) -> Minimum:
    calls: Minimum = Counter({("ec2", "DescribeRegions"): 1})
    for region in population.regions:
        keys = _samples_of(population, samples, account_id, "kms", region)
        customers = [key for key in keys if key.is_customer_key]
        calls["kms", "ListKeys"] += _pages("ListKeys", len(keys))
        if keys:
            aliases = sum(len(key.aliases) for key in keys)
            calls["kms", "ListAliases"] += _pages("ListAliases", aliases)
        calls["kms", "DescribeKey"] += len(keys)
        calls["kms", "GetKeyPolicy"] += len(customers)
        calls["kms", "ListResourceTags"] += len(customers)
        calls["kms", "GetKeyRotationStatus"] += sum(key.can_rotate for key in customers)
    return calls


def _ec2(population: Population, samples: Samples, account_id: str) -> Minimum:
    calls: Minimum = Counter({("ec2", "DescribeRegions"): 1})
    for region in population.regions:
        instances = _samples_of(population, samples, account_id, "ec2", region)
        calls["ec2", "DescribeInstances"] += _pages("DescribeInstances", len(instances))
    return calls


def _s3(population: Population, samples: Samples, account_id: str) -> Minimum:
    buckets = _samples_of(population, samples, account_id, "s3")
    calls: Minimum = Counter({("s3", name): len(buckets) for name in BUCKET_OPERATIONS.values()})
    calls["s3", "GetBucketPolicyStatus"] = sum(one.has_bucket_policy for one in buckets)
    calls["s3", "ListBuckets"] = _pages("ListBuckets", len(buckets))
    calls["s3control", "GetPublicAccessBlock"] = 1
    return calls
