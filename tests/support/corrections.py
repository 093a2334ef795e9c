"""Where moto 5.2.5 answers otherwise than AWS, and it matters: AWS's answer, for every test."""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from local.gateway.lacking import NOTHING
from tests.support.wire import Answer, Call, Wire

NONE_CREATED = {
    ("accessanalyzer", "ListAnalyzers"): "analyzers",
    ("elasticache", "DescribeCacheParameterGroups"): "CacheParameterGroups",
    ("fsx", "DescribeStorageVirtualMachines"): "StorageVirtualMachines",
    ("fsx", "DescribeVolumes"): "Volumes",
    ("network-firewall", "ListFirewallPolicies"): "FirewallPolicies",
    ("rds", "DescribeOptionGroups"): "OptionGroupsList",
}
"""Listings of which only the embedded AWS has some: moto lacks the one, and errs at the other."""


def correct(wire: Wire) -> None:
    """Teach a wire AWS's answers; a test's own rules go before them."""
    wire.answers("ListBuckets", list_buckets)
    wire.answers("GetBucketEncryption", bucket_encryption)
    wire.answers("ListFunctions", list_functions)
    wire.answers("ListFunctionUrlConfigs", function_urls)
    wire.answers("DescribeRegions", describe_regions)
    for (service, operation), member in {**NOTHING, **NONE_CREATED}.items():
        wire.answers(operation, nothing(service, member))


def nothing(service: str, member: str) -> Callable[[Call], Answer]:
    """Return what answers a listing of a service that moto lacks; it leaves others to moto."""
    return lambda call: {member: []} if call.service == service else None


def list_buckets(call: Call) -> Answer:
    """Buckets with their regions, in pages of MaxBuckets; moto has neither regions nor tokens.

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
    """A subset of each function's configuration; moto gives all of it.

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
    """The URL of a function; moto has no such operation.

    https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
    """
    functions = lambda_backends[call.account][call.region]
    config = functions.get_function(call.parameters["FunctionName"]).url_config
    return {"FunctionUrlConfigs": [config.to_dict()] if config else []}


def describe_regions(call: Call) -> Answer:
    """The regions of the account's own partition; moto names those of all.

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
    """Every bucket is encrypted, by SSE-S3 unless it says otherwise; moto's are not at first.

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
