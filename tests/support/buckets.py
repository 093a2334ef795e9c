"""What the runbook does before it deletes a stack."""

from local.embedded import EmbeddedAws
from local.stack import Stack


def empty_buckets(aws: EmbeddedAws, stack: Stack) -> None:
    """Delete every version of every object in a stack's buckets."""
    s3 = aws.client("s3")
    for resource in stack.of_type("AWS::S3::Bucket"):
        bucket = resource.physical_id
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
