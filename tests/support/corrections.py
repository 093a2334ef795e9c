"""Corrects moto 5.2.5 for all tests where its responses differ from AWS in a way that matters."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from local.gateway.missing_operations import NOTHING
from tests.support.wire import Answer, Call, Refusal, Wire

NONE_CREATED = {
    ("accessanalyzer", "ListAnalyzers"): "analyzers",
    ("elasticache", "DescribeCacheParameterGroups"): "CacheParameterGroups",
    ("fsx", "DescribeStorageVirtualMachines"): "StorageVirtualMachines",
    ("fsx", "DescribeVolumes"): "Volumes",
    ("network-firewall", "ListFirewallPolicies"): "FirewallPolicies",
    ("rds", "DescribeOptionGroups"): "OptionGroupsList",
}
"""Listings with content only in the embedded AWS: moto lacks one and is wrong in the other."""


def correct(wire: Wire) -> None:
    """Add AWS's responses to a wire; a test's own rules take precedence."""
    wire.answers("ListBuckets", list_buckets)
    wire.answers("GetBucketEncryption", bucket_encryption)
    wire.answers("GetBucketRequestPayment", {"Payer": "BucketOwner"})
    for kind in ("Analytics", "IntelligentTiering", "Metrics"):
        wire.answers(f"ListBucket{kind}Configurations", {"IsTruncated": False})
    wire.answers("ListFunctions", list_functions)
    wire.answers("ListFunctionUrlConfigs", function_urls)
    wire.answers("DescribeRegions", describe_regions)
    wire.answers("DescribeResourcePolicy", no_resource_policy)
    for (service, operation), member in {**NOTHING, **NONE_CREATED}.items():
        wire.answers(operation, nothing(service, member))


def nothing(service: str, member: str) -> Callable[[Call], Answer]:
    """Return a rule for an empty listing of one service; other services' calls go to moto."""
    return lambda call: {member: []} if call.service == service else None


def no_resource_policy(call: Call) -> Answer:
    """Return the error of an organisation without a resource policy, or of no organisation.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html
    """
    if call.service != "organizations":
        return None
    if organizations_backends[call.account]["aws"].org is None:
        return Refusal("AWSOrganizationsNotInUseException", status=400)
    return Refusal("ResourcePolicyNotFoundException", status=400)


def list_buckets(call: Call) -> Answer:
    """Return buckets with regions, in pages of MaxBuckets (moto: no regions, no tokens).

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    buckets = sorted(s3_backends[call.account]["aws"].buckets.values(), key=lambda one: one.name)
    first = int(call.parameters.get("ContinuationToken") or 0)
    last = first + call.parameters["MaxBuckets"]
    answer: dict[str, Any] = {
        "Owner": {"ID": call.account},
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.creation_date,
                "BucketRegion": bucket.region_name,
            }
            for bucket in buckets[first:last]
        ],
    }
    return answer | ({"ContinuationToken": str(last)} if last < len(buckets) else {})


def list_functions(call: Call) -> Answer:
    """Return a subset of each function's configuration (moto: all of it).

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    """
    functions = lambda_backends[call.account][call.region].list_functions(None)
    left_out = ("State", "LastUpdateStatus", "RuntimeVersionConfig")
    return {
        "Functions": [
            {
                member: value
                for member, value in function.get_configuration().items()
                if not member.startswith(left_out)
            }
            for function in functions
        ]
    }


def function_urls(call: Call) -> Answer:
    """Return a function's URL configuration (moto: no such operation).

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
    """
    functions = lambda_backends[call.account][call.region]
    config = functions.get_function(call.parameters["FunctionName"]).url_config
    return {"FunctionUrlConfigs": [config.to_dict()] if config else []}


def describe_regions(call: Call) -> Answer:
    """Return the regions of the account's own partition (moto: of all partitions).

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    everywhere = ec2_backends[call.account][call.region].describe_regions()
    return {
        "Regions": [
            {
                "RegionName": region.name,
                "Endpoint": region.endpoint,
                "OptInStatus": region.opt_in_status,
            }
            for region in everywhere
            if get_partition(region.name) == get_partition(call.region)
            and (call.parameters.get("AllRegions") or region.opt_in_status != "not-opted-in")
        ]
    }


def bucket_encryption(call: Call) -> Answer:
    """Return the SSE-S3 default of a bucket without its own encryption (moto: not configured).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
    """
    bucket = s3_backends[call.account]["aws"].buckets.get(call.parameters["Bucket"])
    if bucket is None or bucket.encryption:
        return None
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
