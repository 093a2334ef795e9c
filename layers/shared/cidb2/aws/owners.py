"""Whose buckets are meant: S3 refuses a request where another account owns the bucket.

A bucket's name is free for anybody once the bucket is deleted, so between two calls it may have
become another account's. Each request names the owner whom CIDB2 expects, and another's bucket
answers 403 AccessDenied.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from typing import Any

EXPECTED = "ExpectedBucketOwner"


def expect_owner(s3: Any, account_id: str) -> None:
    """Have every request of a client of S3 that can name a bucket's owner name this account."""

    def name_owner(params: dict[str, Any], model: Any, **_: Any) -> None:
        if EXPECTED in model.input_shape.members:
            params[EXPECTED] = account_id

    s3.meta.events.register("before-parameter-build.s3", name_owner)
