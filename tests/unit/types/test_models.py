"""What is derived from botocore's models."""

import pytest

from cidb2.types.actions import action_of
from cidb2.types.models import (
    ModelError,
    Paging,
    page_argument,
    page_size,
    paging_of,
    result_of,
    shape_at,
)
from cidb2.types.models import output_of as output
from cidb2.types.tagging import tag_map, tags_member


@pytest.mark.parametrize(
    ("client", "operation", "paging"),
    [
        (
            "ec2",
            "DescribeVolumes",
            Paging(("NextToken",), (("NextToken",),), None, "MaxResults"),
        ),
        (
            "iam",
            "ListInstanceProfiles",
            Paging(("Marker",), (("Marker",),), "IsTruncated", "MaxItems"),
        ),
        (
            "route53",
            "ListResourceRecordSets",
            Paging(
                ("StartRecordName", "StartRecordType", "StartRecordIdentifier"),
                (("NextRecordName",), ("NextRecordType",), ("NextRecordIdentifier",)),
                "IsTruncated",
                "MaxItems",
            ),
        ),
        (
            "cloudfront",
            "ListDistributions",
            Paging(
                ("Marker",),
                (("DistributionList.NextMarker",),),
                "DistributionList.IsTruncated",
                "MaxItems",
            ),
        ),
        (
            "firehose",
            "ListDeliveryStreams",
            Paging(
                ("ExclusiveStartDeliveryStreamName",),
                (("DeliveryStreamNames[-1]",),),
                "HasMoreDeliveryStreams",
                "Limit",
            ),
        ),
        ("wafv2", "ListWebACLs", Paging(("NextMarker",), (("NextMarker",),), None, "Limit")),
        ("ec2", "DescribeAddresses", None),
    ],
)
def test_pages_follow_each_other_as_the_model_says(
    client: str, operation: str, paging: Paging | None
) -> None:
    assert paging_of(client, operation) == paging


@pytest.mark.parametrize(
    ("client", "operation", "most", "page", "size"),
    [
        ("ec2", "DescribeVpcs", 0, 0, 1000),
        ("ec2", "DescribeVpcs", 100, 0, 100),
        ("ec2", "DescribeVpcs", 100, 7, 7),
        ("ec2", "DescribeVolumes", 0, 0, None),
        ("ec2", "DescribeVolumes", 100, 0, 100),
        ("ec2", "DescribeLaunchTemplates", 1000, 0, 200),
        ("ec2", "DescribeAddresses", 100, 7, None),
        ("lambda", "ListFunctions", 0, 0, 50),
    ],
)
def test_a_page_is_as_large_as_the_service_gives_and_memory_allows(
    client: str, operation: str, most: int, page: int, size: int | None
) -> None:
    assert page_size(client, operation, page, most) == size


@pytest.mark.parametrize(
    ("client", "operation", "size", "argument"),
    [
        ("ec2", "DescribeVpcs", 100, {"MaxResults": 100}),
        ("cloudfront", "ListDistributions", 100, {"MaxItems": "100"}),
        ("apigatewayv2", "GetApis", 100, {"MaxResults": "100"}),
        ("ec2", "DescribeVpcs", None, {}),
        ("ec2", "DescribeAddresses", 100, {}),
    ],
)
def test_a_page_size_is_a_number_or_a_text(
    client: str, operation: str, size: int | None, argument: dict[str, int | str]
) -> None:
    assert page_argument(client, operation, size) == argument


def test_the_entries_are_in_the_only_list() -> None:
    assert result_of("ec2", "DescribeAddresses") == "Addresses"
    assert result_of("cloudfront", "ListDistributions") == "DistributionList.Items"
    with pytest.raises(ModelError, match="MetricAlarms"):
        result_of("cloudwatch", "DescribeAlarms")


@pytest.mark.parametrize(
    ("client", "operation", "action"),
    [
        ("elbv2", "DescribeTags", "elasticloadbalancing:DescribeTags"),
        ("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms"),
        ("resourcegroupstaggingapi", "GetResources", "tag:GetResources"),
        ("apigatewayv2", "GetApis", "apigateway:GET"),
        ("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        ("s3", "GetBucketReplication", "s3:GetReplicationConfiguration"),
        ("s3", "GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
    ],
)
def test_an_action_follows_from_the_operation(client: str, operation: str, action: str) -> None:
    assert action_of(client, operation) == action


@pytest.mark.parametrize(
    ("client", "operation", "result", "tags"),
    [
        ("ec2", "DescribeVolumes", "Volumes", "Tags"),
        ("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces", "TagSet"),
        ("rds", "DescribeDBInstances", "DBInstances", "TagList"),
        ("eks", "DescribeCluster", "cluster", "tags"),
        ("sns", "ListTopics", "Topics", None),
    ],
)
def test_the_tags_of_an_entry_are_found_by_their_shape(
    client: str, operation: str, result: str, tags: str | None
) -> None:
    assert tags_member(shape_at(output(client, operation), result)) == tags


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "a", "Value": "b"}, {"Key": "c"}],
        [{"key": "a", "value": "b"}, {"key": "c", "value": None}],
        [{"TagKey": "a", "TagValue": "b"}, {"TagKey": "c", "TagValue": ""}],
        {"a": "b", "c": ""},
    ],
)
def test_tags_of_every_form_are_a_map(tags: object) -> None:
    assert tag_map(tags, is_shown=False) == {"a": "b", "c": ""}


def test_a_tag_without_a_key_costs_nothing_where_the_configuration_shows_it() -> None:
    assert tag_map([{"Value": "x"}, {"Key": "a"}], is_shown=True) == {"a": ""}
